//! A chat request in the words of Anthropic's Messages API.
//!
//! What says which form an answer must have is translated or refused. What only tilts the choice of words, and has no
//! counterpart there, is left out: `seed`, `min_p`, penalties, `logit_bias`.
use super::{
    super::{
        question::{Expected, Protocol, Question, options_as_json},
        settings::Settings,
    },
    messages,
    reader::Reader,
    schema,
    tools::Tools,
};
use crate::constraint;
use chat::{ChatRequest, Error, Role};
use engine::Shape;
use serde_json::{Map, Value, json};

/// `request` for `model`; streamed.
pub(in super::super) fn ask(settings: &Settings, model: &str, request: &ChatRequest) -> Result<Question, Error> {
    if request.logprobs == Some(true) {
        return Err(Error::field("logprobs", "not told by Anthropic's API; leave it out"));
    }
    let conversation = messages::translate(&request.messages)?;
    let mut body = Map::new();
    body.insert("model".to_owned(), model.into());
    body.insert("messages".to_owned(), Value::Array(conversation.messages));
    if !conversation.system.is_empty() {
        body.insert("system".to_owned(), Value::Array(conversation.system));
    }
    let mut tools = Tools::read(request, !settings.answer_by_tool)?;
    let mut answer_tool = None;
    match form(request)? {
        // a call is demanded, and its arguments are the answer
        Some(_) if tools.choice.is_forced() => {}
        Some((schema, place)) => match schema::native(&schema).filter(|_| !settings.answer_by_tool) {
            Some(native) => {
                let format = json!({ "type": "json_schema", "schema": native });
                body.insert("output_config".to_owned(), json!({ "format": format }));
            }
            None if schema["type"] == "object" => answer_tool = Some(tools.answer_in(schema)),
            None => return Err(Error::field(place, "type `object` expected by Anthropic's API")),
        },
        None => {}
    }
    let thinking = thinking(request, tools.choice.is_forced());
    options(settings, request, thinking, &mut body)?;
    tools.write(&mut body);
    body.insert("stream".to_owned(), true.into());
    let protocol = Protocol::Anthropic(Reader::new(answer_tool));
    Ok(Question { route: "messages", body: Value::Object(body), protocol, expected: Expected::default() })
}

/// The schema that the answer must have, and the field that asks for it.
fn form(request: &ChatRequest) -> Result<Option<(Value, String)>, Error> {
    match constraint::read(&request.options.guided)? {
        None => Ok(None),
        Some((Shape::Schema(schema), place)) => Ok(Some((schema, place))),
        Some((_, place)) => Err(Error::field(place, "not enforced by Anthropic's API, only JSON schemas are")),
    }
}

/// Whether and how much the model is to think first, where it may.
fn thinking(request: &ChatRequest, is_forced: bool) -> Option<&Value> {
    let thinking = request.more.get("thinking").filter(|thinking| thinking.is_object())?;
    // the thoughts that led to a call would have to be shown again, and are not in the conversation
    let in_calls = request.messages.last().is_some_and(|message| message.role == Role::Tool);
    (thinking["type"] != "enabled" || !(is_forced || in_calls)).then_some(thinking)
}

fn options(
    settings: &Settings,
    request: &ChatRequest,
    thinking: Option<&Value>,
    body: &mut Map<String, Value>,
) -> Result<(), Error> {
    let options = &request.options;
    let json = options_as_json(options)?;
    let asked = options.max_completion_tokens.or(options.max_tokens);
    // thoughts count among the answer's tokens
    let budget = thinking.and_then(|thinking| thinking["budget_tokens"].as_u64()).unwrap_or(0);
    let most = asked.map_or(budget.saturating_add(settings.max_tokens as u64), |n| n as u64);
    body.insert("max_tokens".to_owned(), most.into());
    let thinks = thinking.is_some_and(|thinking| thinking["type"] != "disabled");
    if let Some(temperature) = options.temperature.filter(|_| !thinks) {
        // the scale ends at 1 there
        let value = if temperature > 1.0 { json!(1) } else { json["temperature"].clone() };
        body.insert("temperature".to_owned(), value);
    }
    // newer models take one of both alone
    if options.top_p.is_some() && options.temperature.is_none() && !thinks {
        body.insert("top_p".to_owned(), json["top_p"].clone());
    }
    if let Some(top_k) = options.top_k.filter(|top_k| *top_k > 0 && !thinks) {
        body.insert("top_k".to_owned(), top_k.into());
    }
    if let Some(i) = options.stop.iter().position(|stop| stop.trim().is_empty()) {
        return Err(Error::field(
            format!("stop[{i}]"),
            "a text with more than white space expected by Anthropic's API",
        ));
    }
    if !options.stop.is_empty() {
        body.insert("stop_sequences".to_owned(), json!(options.stop));
    }
    let user = request.more.get("user").or_else(|| request.more.get("metadata")?.get("user_id"));
    if let Some(user) = user.filter(|user| user.is_string()) {
        body.insert("metadata".to_owned(), json!({ "user_id": user }));
    }
    if let Some(thinking) = thinking {
        body.insert("thinking".to_owned(), thinking.clone());
    }
    Ok(())
}
