//! Documents into JSON of one schema: how long a whole request takes, and whether what came is whole and valid.
use gateway::load::{Fault, Server};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::{fs, path::Path, time::Instant};

const FILE: &str = "receipts_test.jsonl";
const FIELDS: [&str; 4] = ["company", "date", "address", "total"];
/// Room for four fields, and a bound for a side that would not end.
const MAX_TOKENS: usize = 256;
/// Most bytes of a document: what a slot holds beside the answer.
const MAX_DOCUMENT: usize = 2500;

/// A document.
#[derive(Deserialize)]
pub(super) struct Receipt {
    text: String,
}

/// What came of some documents.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Milliseconds of each request that was answered.
    pub(super) times: Vec<f64>,
    /// Answers that were complete and of the schema.
    pub(super) n_valid: usize,
    /// Why there are none.
    pub(super) refused: Option<String>,
}

/// The first `n` documents in `dir` that a slot has room for.
pub(super) fn read(dir: &Path, n: usize) -> Result<Vec<Receipt>, String> {
    let path = dir.join(FILE);
    let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let read = |(i, line)| {
        let fault = |e| format!("{}, line {}: {e}", path.display(), i + 1);
        serde_json::from_str::<Receipt>(line).map_err(fault)
    };
    let fits = |r: &Result<Receipt, String>| r.as_ref().map_or(true, |r| r.text.len() <= MAX_DOCUMENT);
    text.lines().enumerate().map(read).filter(fits).take(n).collect()
}

/// Asks for each of `receipts`, one after the other.
pub(super) async fn run(server: &Server, model: &str, chats: bool, receipts: &[Receipt]) -> Outcome {
    let mut outcome = Outcome::default();
    for receipt in receipts {
        let body = body(model, chats, receipt);
        let started = Instant::now();
        match server.ask(&body).await {
            Ok(answer) => {
                outcome.times.push(started.elapsed().as_secs_f64() * 1e3);
                outcome.n_valid += usize::from(is_valid(&answer));
            }
            Err(fault @ Fault::Refused(..)) => {
                outcome.refused = Some(fault.to_string());
                break;
            }
            Err(fault) => outcome.refused = Some(fault.to_string()),
        }
    }
    outcome
}

fn body(model: &str, chats: bool, receipt: &Receipt) -> Value {
    let properties: Map<_, _> =
        FIELDS.map(|field| (field.to_owned(), json!({ "type": "string" }))).into_iter().collect();
    let schema = json!({
        "type": "object", "properties": properties, "required": FIELDS, "additionalProperties": false,
    });
    let task = "Read the receipt. Answer with a JSON object that has the fields company, date, address and total, each \
                copied from the receipt.";
    let mut body = json!({ "model": model, "temperature": 0, "max_tokens": MAX_TOKENS });
    if chats {
        let format = json!({ "name": "receipt", "strict": true, "schema": schema });
        body["messages"] = json!([{ "role": "user", "content": format!("{task}\n\n{}", receipt.text) }]);
        body["response_format"] = json!({ "type": "json_schema", "json_schema": format });
    } else {
        body["prompt"] = format!("{task}\n\n{}\n\nJSON:\n", receipt.text).into();
        body["json_schema"] = schema;
    }
    body
}

/// Whether `answer` is a whole object that has the four fields, each a text, and no others. Where a side closes an answer
/// for want of room, it says `length`, and yet all of it is there.
fn is_valid(answer: &Value) -> bool {
    let choice = &answer["choices"][0];
    let text = choice["message"]["content"].as_str().or(choice["text"].as_str()).unwrap_or("");
    let fields = serde_json::from_str::<Map<String, Value>>(text).unwrap_or_default();
    let has = |field: &str| fields.get(field).is_some_and(Value::is_string);
    fields.len() == FIELDS.len() && FIELDS.iter().all(|field| has(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_and_valid_answers_count() {
        let answer = |text: &str| json!({ "choices": [{ "message": { "content": text } }] });
        let good = r#"{"company": "A", "date": "1", "address": "", "total": "2.00"}"#;
        assert!(is_valid(&answer(good)));
        assert!(is_valid(&json!({ "choices": [{ "text": good }] })));
        for bad in [
            &good[..30],
            "{}",
            "",
            r#"{"company": "A", "date": "1", "address": "", "total": 2}"#,
            r#"{"company": "A", "date": "1", "address": "", "total": "2", "tax": "0"}"#,
        ] {
            assert!(!is_valid(&answer(bad)), "{bad}");
        }
        assert!(!is_valid(&json!({ "choices": [] })));
    }

    #[test]
    fn documents_are_read_and_faults_have_a_line() {
        let dir = std::env::temp_dir().join(format!("kinglet-receipts-{}", std::process::id()));
        fs::create_dir_all(&dir).expect("a folder");
        let long = "x".repeat(MAX_DOCUMENT + 1);
        fs::write(
            dir.join(FILE),
            format!("{{\"text\":\"a\"}}\n{{\"text\":\"{long}\"}}\n{{\"text\":\"b\",\"id\":1}}\n{{\n"),
        )
        .expect("written");
        let texts: Vec<_> = read(&dir, 2).expect("two").into_iter().map(|r| r.text).collect();
        assert_eq!(texts, ["a", "b"]);
        assert!(read(&dir, 3).is_err_and(|e| e.contains("line 4")));
        fs::remove_dir_all(&dir).expect("removed");
        assert!(read(&dir, 1).is_err_and(|e| e.contains(FILE)));
        let body = body("m", true, &Receipt { text: "TOTAL 1.00".to_owned() });
        assert_eq!(body["response_format"]["json_schema"]["schema"]["required"], json!(FIELDS));
    }
}
