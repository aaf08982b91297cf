//! A maker's answer: one block of JSON that describes a tool, and one of Python that is the tool.
use serde_json::Value;
use toolsmith::Tool;

/// The tool in `text`.
///
/// # Errors
/// A sentence that says what is missing.
pub(super) fn tool(text: &str) -> Result<Tool, String> {
    let said: Value = serde_json::from_str(block(text, "json")?).map_err(|e| format!("the JSON block: {e}"))?;
    let word = |name: &str| said[name].as_str().map(str::to_owned).ok_or_else(|| format!("`{name}`: a text expected"));
    Ok(Tool {
        name: word("name")?,
        description: word("description")?,
        code: block(text, "python")?.to_owned(),
        input: said["input"].clone(),
        output: said["output"].clone(),
        properties: serde_json::from_value(said["properties"].clone()).map_err(|e| format!("`properties`: {e}"))?,
        ..Tool::default()
    })
}

/// The first block of `language` in `text`.
///
/// # Errors
/// There is none.
pub(super) fn block<'a>(text: &'a str, language: &str) -> Result<&'a str, String> {
    let begin = format!("```{language}\n");
    let found = text.split_once(&begin).and_then(|(_, rest)| rest.split_once("\n```")).map(|(code, _)| code);
    found.ok_or_else(|| format!("a block that begins with {} expected", begin.trim_end()))
}
