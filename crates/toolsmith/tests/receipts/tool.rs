//! The tool that reads receipts, from the answer of whoever made it.
use serde_json::Value;
use toolsmith::Tool;

/// What stands before a receipt when `fields` are asked for.
pub(crate) fn request(fields: &[&str], receipt: &str) -> String {
    let fields = fields.join(", ");
    format!(
        "Read this receipt and answer with JSON of these fields, each as it is written there: {fields}.\n\n{receipt}"
    )
}

/// The tool that declines below `sure`, 1 to 4; without it as its maker set it.
pub(crate) fn tool(sure: Option<u8>) -> Tool {
    let answer = include_str!("tool.md");
    let about: Value = serde_json::from_str(block(answer, "json")).expect("JSON about the tool");
    let text = |name: &str| about[name].as_str().expect("a text").to_owned();
    let mut code = block(answer, "python").to_owned();
    if let Some(sure) = sure {
        assert!(code.contains("\nSURE = 3\n"), "the maker's bar is a line of its own");
        code = code.replace("\nSURE = 3\n", &format!("\nSURE = {sure}\n"));
    }
    Tool {
        name: text("name"),
        description: text("description"),
        code,
        input: about["input"].clone(),
        output: about["output"].clone(),
        properties: serde_json::from_value(about["properties"].clone()).expect("known properties"),
        comparison: toolsmith::Comparison::Json,
        ..Tool::default()
    }
}

fn block<'a>(answer: &'a str, language: &str) -> &'a str {
    let (_, rest) = answer.split_once(&format!("```{language}\n")).expect("a block");
    rest.split_once("\n```").expect("its end").0
}
