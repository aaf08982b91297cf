//! Which requests a tool may answer at all, and what of them it knows nothing about.
use chat::{ChatRequest, Content, Message, Role};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Fields that say nothing of what the right answer is: who asks, how it is billed, how long is thought.
const HARMLESS: [&str; 8] = [
    "user",
    "metadata",
    "store",
    "service_tier",
    "safety_identifier",
    "prompt_cache_key",
    "prompt_cache_retention",
    "reasoning_effort",
];

/// The context and the text of `request`, if a tool may answer it: one choice, text alone, one message of the user after any
/// number of the system's, no functions, no log-probabilities, no stop texts, nothing that bends the choice of words, and no
/// field that may change the answer in a way that nobody here knows.
///
/// The context is SHA-256, in hexadecimal, over everything else that the right answer depends on: system messages, the form
/// that is asked for, the template's variables. Temperature, seed, user and stream are not in it. Nor is `max_tokens`: whoever
/// answers checks that the answer fits.
pub fn asked(request: &ChatRequest) -> Option<(String, String)> {
    if !is_plain(request) {
        return None;
    }
    let (last, before) = request.messages.split_last()?;
    if last.role != Role::User || before.iter().any(|message| message.role != Role::System) {
        return None;
    }
    let text = said(last)?;
    if text.trim().is_empty() {
        return None;
    }
    let system: Vec<String> = before.iter().map(said).collect::<Option<_>>()?;
    let mut guided = request.options.guided.clone();
    // to ask for text is to ask for nothing
    let is_text = |format: &Value| format.get("type").and_then(Value::as_str) == Some("text");
    guided.response_format = guided.response_format.filter(|format| !is_text(format) && !format.is_null());
    let variables = request.chat_template_kwargs.as_ref().filter(|variables| !variables.is_empty());
    let bytes = serde_json::to_vec(&(system, guided, variables)).ok()?;
    let mut context = String::new();
    for byte in Sha256::digest(bytes) {
        let _ = write!(context, "{byte:02x}"); // a string takes all
    }
    Some((context, text))
}

/// Whether `request` asks for one text and nothing beside it.
fn is_plain(request: &ChatRequest) -> bool {
    let ChatRequest {
        model: _,
        messages: _,
        tools,
        tool_choice: _,
        parallel_tool_calls: _,
        logprobs,
        top_logprobs,
        ..
    } = request;
    let options = &request.options;
    let none = |list: &Option<Vec<Value>>| list.as_ref().is_none_or(Vec::is_empty);
    let neutral = |value: Option<f32>, neutral: f32| value.is_none_or(|value| value == neutral);
    let spoken = request.modalities.as_ref().is_none_or(|all| all.iter().all(|form| form == "text"));
    let known = request.more.iter().all(|(name, value)| value.is_null() || HARMLESS.contains(&name.as_str()));
    !request.raw
        && none(tools)
        && none(&request.functions)
        && *logprobs != Some(true)
        && top_logprobs.is_none_or(|n| n == 0)
        && spoken
        && known
        && options.n.is_none_or(|n| n == 1)
        && options.stop.is_empty()
        && options.ignore_eos != Some(true)
        && options.logit_bias.as_ref().is_none_or(|bias| bias.is_empty())
        && neutral(options.presence_penalty, 0.0)
        && neutral(options.frequency_penalty, 0.0)
        && neutral(options.repetition_penalty, 1.0)
}

/// What `message` says, if that is text and nothing else.
fn said(message: &Message) -> Option<String> {
    if message.name.is_some() || message.tool_calls.is_some() || message.tool_call_id.is_some() {
        return None;
    }
    if let Content::Parts(parts) = &message.content {
        // a hint to caches changes nothing of what is said
        let plain = |key: &String| key == "cache_control";
        if !parts.iter().all(|part| part.r#type == "text" && part.text.is_some() && part.rest.keys().all(plain)) {
            return None;
        }
    }
    Some(message.content.text())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn request(fields: Value) -> ChatRequest {
        let mut body = json!({"model": "m", "messages": [
            {"role": "system", "content": "Answer in a word."},
            {"role": "user", "content": "2 + 2?"},
        ]});
        let (Some(body), Value::Object(fields)) = (body.as_object_mut(), fields) else { panic!("objects") };
        body.extend(fields);
        serde_json::from_value(json!(body)).expect("a request")
    }

    fn with_more(name: &str, value: Value) -> ChatRequest {
        let mut request = request(json!({}));
        request.more.insert(name.to_owned(), value);
        request
    }

    #[test]
    fn what_does_not_matter_changes_no_context() {
        let (context, text) = asked(&request(json!({}))).expect("a plain request");
        assert_eq!((context.len(), text.as_str()), (64, "2 + 2?"));
        for fields in [
            json!({"temperature": 0.7, "top_p": 0.5, "top_k": 4, "min_p": 0.1, "seed": 7, "n": 1, "stream": true}),
            json!({"model": "other", "max_tokens": 7, "stop": [], "tools": [], "tool_choice": "none", "logprobs": false}),
            json!({"response_format": {"type": "text"}, "modalities": ["text"], "presence_penalty": 0}),
            json!({"chat_template_kwargs": {}, "stream_options": {"include_usage": true}}),
            json!({"messages": [
                {"role": "developer", "content": [{"type": "text", "text": "Answer in a word."}]},
                {"role": "user", "content": [{"type": "text", "text": "2 + 2?", "cache_control": {"type": "ephemeral"}}]},
            ]}),
        ] {
            assert_eq!(asked(&request(fields.clone())), Some((context.clone(), text.clone())), "{fields}");
        }
        for (name, value) in [("user", json!("u")), ("reasoning_effort", json!("low")), ("prediction", Value::Null)] {
            assert_eq!(asked(&with_more(name, value)), Some((context.clone(), text.clone())), "{name}");
        }
    }

    #[test]
    fn what_the_right_answer_depends_on_is_in_the_context() {
        let schema = json!({"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}});
        let user = json!({"role": "user", "content": "2 + 2?"});
        let system = |text: &str| json!({"role": "system", "content": text});
        let contexts = [
            json!({}),
            json!({"messages": [user]}),
            json!({"messages": [system("Answer in two words."), user]}),
            json!({"messages": [system("Answer in"), system("a word."), user]}),
            json!({"response_format": {"type": "json_object"}}),
            json!({"response_format": schema}),
            json!({"guided_choice": ["3", "4"]}),
            json!({"regex": "[0-9]"}),
            json!({"chat_template_kwargs": {"enable_thinking": false}}),
        ];
        let n = contexts.len();
        let all: std::collections::BTreeSet<_> =
            contexts.into_iter().map(|fields| asked(&request(fields)).expect("plain").0).collect();
        assert_eq!(all.len(), n);
    }

    #[test]
    fn what_no_tool_may_answer_is_told() {
        let user = |content: Value| json!({"role": "user", "content": content});
        for fields in [
            json!({"n": 2}),
            json!({"stop": "4"}),
            json!({"logprobs": true}),
            json!({"top_logprobs": 3}),
            json!({"logit_bias": {"7": 5.0}}),
            json!({"frequency_penalty": 0.5}),
            json!({"repetition_penalty": 1.3}),
            json!({"ignore_eos": true}),
            json!({"modalities": ["text", "audio"]}),
            json!({"tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": "none"}),
            json!({"functions": [{"name": "f"}]}),
            json!({"messages": []}),
            json!({"messages": [{"role": "system", "content": "Say hello."}]}),
            json!({"messages": [user(json!("  "))]}),
            json!({"messages": [user(json!("one")), user(json!("two"))]}),
            json!({"messages": [user(json!("one")), {"role": "assistant", "content": "1"}, user(json!("two"))]}),
            json!({"messages": [user(json!("one")), {"role": "system", "content": "late"}]}),
            json!({"messages": [{"role": "user", "content": "one", "name": "bob"}]}),
            json!({"messages": [user(json!([{"type": "image_url", "image_url": {"url": "data:,"}}]))]}),
            json!({"messages": [user(json!([{"type": "text", "text": "what is it?"}, {"type": "image_url"}]))]}),
        ] {
            assert_eq!(asked(&request(fields.clone())), None, "{fields}");
        }
        assert_eq!(asked(&ChatRequest { raw: true, ..request(json!({})) }), None);
        for name in ["prediction", "web_search_options", "audio", "verbosity", "what_comes_next_year"] {
            assert_eq!(asked(&with_more(name, json!({}))), None, "{name}");
        }
    }
}
