//! Reads OpenAI's chunks and replies, and what others make of them.
use super::super::{
    draft::{Draft, counted},
    failure::Fault,
};
use chat::{Finish, TokenLogprob, Usage};
use serde_json::{Value, json};

/// Takes one chunk of a stream.
pub(in super::super) fn read(chunk: &Value, draft: &mut Draft) -> Result<(), Fault> {
    if let Some(error) = error_of(chunk) {
        return Err(Fault::Said(error.clone()));
    }
    let choices = chunk["choices"].as_array().map(Vec::as_slice).unwrap_or_default();
    // others would be of choices that nobody asked for
    for choice in choices.iter().filter(|choice| choice["index"].as_u64().unwrap_or(0) == 0) {
        let delta = choice.get("delta").or_else(|| choice.get("message")).unwrap_or(&Value::Null);
        said(delta, &choice["logprobs"], draft)?;
        if let Some(finish) = choice["finish_reason"].as_str().filter(|finish| !finish.is_empty()) {
            draft.finish(finished(finish)?);
        }
    }
    let usages = [&chunk["usage"], &chunk["x_groq"]["usage"], &chunk["choices"][0]["usage"]];
    if let Some(found) = usages.into_iter().find(|usage| usage.is_object()) {
        draft.usage(usage(found));
    }
    Ok(())
}

/// Takes a reply in one piece.
pub(in super::super) fn whole(reply: &Value, draft: &mut Draft) -> Result<(), Fault> {
    read(reply, draft)?;
    if !reply["choices"][0].is_object() {
        return Err(Fault::broken("an answer with `choices` expected, another found; check its url"));
    }
    if !draft.is_finished() {
        draft.finish(Finish::Stop); // it is whole, so it has ended
    }
    Ok(())
}

/// Text, thoughts, refusal and calls of a delta, or of a whole message.
fn said(delta: &Value, logprobs: &Value, draft: &mut Draft) -> Result<(), Fault> {
    // some say the same under both names
    let thoughts = [&delta["reasoning_content"], &delta["reasoning"]];
    if let Some(thought) = thoughts.into_iter().filter_map(Value::as_str).find(|thought| !thought.is_empty()) {
        draft.reasoning(thought);
    }
    match &delta["content"] {
        Value::Array(parts) => parts.iter().for_each(|part| said_in_part(part, draft)),
        content => draft.text(content.as_str().unwrap_or_default(), logprobs_of(&logprobs["content"])),
    }
    if let Some(refusal) = delta["refusal"].as_str().filter(|refusal| !refusal.is_empty()) {
        draft.refusal(refusal);
    }
    for call in delta["tool_calls"].as_array().into_iter().flatten() {
        let function = &call["function"];
        let arguments = match &function["arguments"] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            // as an object rather than its text
            other => other.to_string(),
        };
        draft.call(call["index"].as_u64(), call["id"].as_str(), function["name"].as_str(), &arguments)?;
    }
    Ok(())
}

/// A part of a content that is a list: Mistral's models think in such.
fn said_in_part(part: &Value, draft: &mut Draft) {
    match part["type"].as_str() {
        Some("thinking") => {
            let thoughts = part["thinking"].as_array().into_iter().flatten();
            thoughts.filter_map(|thought| thought["text"].as_str()).for_each(|thought| draft.reasoning(thought));
        }
        _ => draft.text(part["text"].as_str().unwrap_or_default(), Vec::new()),
    }
}

fn logprobs_of(tokens: &Value) -> Vec<TokenLogprob> {
    let read = |token: &Value| {
        let mut token = token.clone();
        if let Some(fields) = token.as_object_mut().filter(|fields| !fields.contains_key("top_logprobs")) {
            fields.insert("top_logprobs".to_owned(), json!([]));
        }
        serde_json::from_value(token).ok()
    };
    tokens.as_array().into_iter().flatten().filter_map(read).collect()
}

fn finished(reason: &str) -> Result<Finish, Fault> {
    match reason {
        "length" | "max_tokens" | "model_length" => Ok(Finish::Length),
        "tool_calls" | "function_call" | "tool_use" => Ok(Finish::ToolCalls),
        "content_filter" | "sensitive" | "refusal" => Ok(Finish::ContentFilter),
        "error" | "abort" | "network_error" | "insufficient_system_resource" => {
            Err(Fault::broken(format!("it gave up (`{reason}`); try again later")))
        }
        // `stop`, and other words for it
        _ => Ok(Finish::Stop),
    }
}

/// The error in a chunk or reply, in whatever form.
fn error_of(chunk: &Value) -> Option<&Value> {
    if let Some(error) = chunk.get("error").filter(|error| !error.is_null()) {
        return Some(error);
    }
    let is_answer = chunk.get("choices").is_some() || chunk.get("usage").is_some();
    let says = ["message", "detail", "error_msg", "msg"].iter().any(|name| chunk.get(*name).is_some());
    (chunk["object"] == "error" || (!is_answer && says)).then_some(chunk)
}

/// Tokens as they were counted. Some count thoughts beside the answer's tokens rather than among them, which their
/// total shows.
fn usage(usage: &Value) -> Usage {
    let count = |value: &Value| value.as_u64().map(counted);
    let first = |values: &[&Value]| values.iter().find_map(|value| count(value));
    let total = count(&usage["total_tokens"]).unwrap_or(0);
    let prompt_tokens = count(&usage["prompt_tokens"]).unwrap_or(0);
    let reasoning = count(&usage["completion_tokens_details"]["reasoning_tokens"]).unwrap_or(0);
    let said = count(&usage["completion_tokens"]).unwrap_or(total.saturating_sub(prompt_tokens));
    let apart = reasoning > 0 && total == prompt_tokens.saturating_add(said).saturating_add(reasoning);
    let cached = first(&[
        &usage["prompt_tokens_details"]["cached_tokens"],
        &usage["prompt_cache_hit_tokens"],
        &usage["cached_tokens"],
    ]);
    Usage {
        prompt_tokens,
        completion_tokens: if apart { said.saturating_add(reasoning) } else { said },
        cached: cached.unwrap_or(0).min(prompt_tokens),
        reasoning,
        ..Usage::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_is_read_in_every_dialect() {
        let cases = [
            (json!({ "prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14 }), (9, 5, 0, 0)),
            (json!({ "prompt_tokens": 9, "total_tokens": 14, "prompt_cache_hit_tokens": 4 }), (9, 5, 4, 0)),
            (
                json!({ "prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 21,
                    "prompt_tokens_details": { "cached_tokens": 8 },
                    "completion_tokens_details": { "reasoning_tokens": 7 } }),
                (9, 12, 8, 7),
            ),
            (
                json!({ "prompt_tokens": 9, "completion_tokens": 12, "total_tokens": 21,
                    "completion_tokens_details": { "reasoning_tokens": 7 } }),
                (9, 12, 0, 7),
            ),
            (json!({ "prompt_tokens": -1, "completion_tokens": "5" }), (0, 0, 0, 0)),
        ];
        for (told, expected) in cases {
            let Usage { prompt_tokens, completion_tokens, cached, reasoning, .. } = usage(&told);
            assert_eq!((prompt_tokens, completion_tokens, cached, reasoning), expected, "{told}");
        }
    }

    #[test]
    fn errors_are_found_in_every_dialect() {
        for error in [
            json!({ "error": { "message": "no" } }),
            json!({ "error": "no" }),
            json!({ "object": "error", "message": "no" }),
            json!({ "code": "InvalidParameter", "message": "no" }),
            json!({ "error_code": 17, "error_msg": "no" }),
        ] {
            assert!(matches!(read(&error, &mut Draft::default()), Err(Fault::Said(_))), "{error}");
        }
        for fine in [json!({ "choices": [], "error": null }), json!({ "usage": null }), json!({ "id": "x" })] {
            assert!(read(&fine, &mut Draft::default()).is_ok(), "{fine}");
        }
    }
}
