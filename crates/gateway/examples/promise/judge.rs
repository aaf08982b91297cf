//! The judge as a command: holds both answers against the label of the request.
use crate::tasks;
use serde_json::{Value, json};
use std::{collections::HashMap, fs, io::Read};

/// Reads a comparison, and prints how good both answers are. `gold` is a file of JSON: questions with their labels.
pub(crate) fn judge(gold: &str) -> Result<(), String> {
    let gold = fs::read_to_string(gold).map_err(|e| format!("{gold}: {e}"))?;
    let gold: HashMap<String, String> = serde_json::from_str(&gold).map_err(|e| e.to_string())?;
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|e| e.to_string())?;
    let asked: Value = serde_json::from_str(&text).map_err(|e| e.to_string())?;
    let question = asked["request"]["messages"].as_array().and_then(|messages| messages.last());
    let question = question.and_then(|message| message["content"].as_str()).ok_or("no question")?;
    let label = gold.get(question).ok_or_else(|| format!("no label for {question:?}"))?;
    let score = |who: &str| u8::from(tasks::is_right(asked[who].as_str().unwrap_or_default(), label));
    println!("{}", json!({ "small": score("small"), "large": score("large") }));
    Ok(())
}
