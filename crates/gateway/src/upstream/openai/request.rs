//! A chat request in OpenAI's words: as it came, but for what is ours to say.
use super::super::{
    question::{Expected, Protocol, Question, as_json},
    settings::Settings,
};
use chat::{ChatRequest, Error};
use serde_json::json;

/// Fields that no client sets past the checks.
const OURS: [&str; 5] = ["model", "messages", "n", "stream", "stream_options"];

/// `request` for `model`; streamed, with one choice.
pub(in super::super) fn ask(settings: &Settings, model: &str, request: &ChatRequest) -> Result<Question, Error> {
    let mut body = as_json(request)?;
    if let Some(fields) = body.as_object_mut() {
        for (name, value) in &request.more {
            if !OURS.contains(&name.as_str()) && !fields.contains_key(name) {
                fields.insert(name.clone(), value.clone());
            }
        }
        fields.shift_remove("n");
        fields.shift_remove("stream_options");
        fields.insert("model".to_owned(), model.into());
        fields.insert("stream".to_owned(), true.into());
        if settings.stream_usage {
            fields.insert("stream_options".to_owned(), json!({ "include_usage": true }));
        }
    }
    Ok(Question { route: "chat/completions", body, protocol: Protocol::OpenAi, expected: Expected::default() })
}
