//! A response of items, or the events that build one.
use crate::{
    blocks::{Block, Step, Whole},
    dialect::Dialect,
    layers::random,
    openai::Failure,
    registry::seconds,
};
use chat::{Error, Finish, Usage};
use serde_json::{Value, json};

/// Tells one response.
pub(super) struct Telling {
    /// The response before its end.
    response: Value,
    /// Items that are whole.
    output: Vec<Value>,
    /// The id of the open item.
    item_id: String,
    /// The number of the next event.
    number: usize,
}

impl Telling {
    /// For the request in `body`, whose settings a response repeats.
    pub(super) fn new(body: &Value) -> Self {
        let given =
            |name: &str, default: Value| body.get(name).filter(|value| !value.is_null()).cloned().unwrap_or(default);
        let response = json!({
            "id": id("resp"),
            "object": "response",
            "created_at": seconds(),
            "status": "in_progress",
            "background": false,
            "error": null,
            "incomplete_details": null,
            "instructions": body["instructions"],
            "max_output_tokens": body["max_output_tokens"],
            "metadata": given("metadata", json!({})),
            "model": body["model"],
            "output": [],
            "parallel_tool_calls": given("parallel_tool_calls", true.into()),
            "previous_response_id": null,
            "reasoning": { "effort": body["reasoning"]["effort"], "summary": null },
            "store": false, // whatever was asked: nothing is kept
            "temperature": given("temperature", json!(1.0)),
            "text": given("text", json!({ "format": { "type": "text" } })),
            "tool_choice": given("tool_choice", "auto".into()),
            "tools": given("tools", json!([])),
            "top_p": given("top_p", json!(1.0)),
            "truncation": "disabled",
            "usage": null,
            "user": body["user"],
        });
        Self { response, output: Vec::new(), item_id: String::new(), number: 0 }
    }

    /// The response in one piece.
    pub(super) fn whole(mut self, whole: Whole) -> Value {
        self.output = whole.blocks.iter().map(|(block, text)| item(&id(prefix(block)), block, Some(text))).collect();
        self.ended(whole.finish, &whole.usage)
    }

    /// The first events.
    pub(super) fn begin(&mut self) -> Vec<Value> {
        let response = self.response.clone();
        vec![
            self.event("response.created", json!({ "response": response })),
            self.event("response.in_progress", json!({ "response": response })),
        ]
    }

    /// The events of one step.
    pub(super) fn of(&mut self, step: Result<Step, Error>) -> Vec<Value> {
        match step {
            Ok(Step::Open(idx, block)) => self.open(idx, &block),
            Ok(Step::More(idx, block, text)) => {
                let delta = json!({ "delta": text });
                vec![self.within(idx, &block, &format!("{}.delta", written(&block)), delta)]
            }
            Ok(Step::Close(idx, block, text)) => self.close(idx, &block, &text),
            Ok(Step::End(finish, usage)) => {
                let response = self.ended(finish, &usage);
                let name = if response["status"] == "completed" { "response.completed" } else { "response.incomplete" };
                vec![self.event(name, json!({ "response": response }))]
            }
            Err(error) => {
                let failure = Failure::from(error).body(Dialect::OpenAi);
                let code = failure["error"]["code"].as_str().filter(|code| *code == "rate_limit_exceeded");
                let mut response = self.response.clone();
                response["status"] = "failed".into();
                response["output"] = self.output.clone().into();
                response["error"] =
                    json!({ "code": code.unwrap_or("server_error"), "message": failure["error"]["message"] });
                vec![self.event("response.failed", json!({ "response": response }))]
            }
        }
    }

    fn open(&mut self, idx: usize, block: &Block) -> Vec<Value> {
        self.item_id = id(prefix(block));
        let item = item(&self.item_id, block, None);
        let added = self.event("response.output_item.added", json!({ "output_index": idx, "item": item }));
        let part =
            part(block, "").map(|part| self.within(idx, block, "response.content_part.added", json!({ "part": part })));
        [added].into_iter().chain(part).collect()
    }

    fn close(&mut self, idx: usize, block: &Block, text: &str) -> Vec<Value> {
        let whole = match block {
            Block::Call { name, .. } => json!({ "name": name, "arguments": text }),
            _ => json!({ "text": text }),
        };
        let done = self.within(idx, block, &format!("{}.done", written(block)), whole);
        let part = part(block, text)
            .map(|part| self.within(idx, block, "response.content_part.done", json!({ "part": part })));
        let item = item(&self.item_id, block, Some(text));
        self.output.push(item.clone());
        let item = self.event("response.output_item.done", json!({ "output_index": idx, "item": item }));
        [done].into_iter().chain(part).chain([item]).collect()
    }

    /// An event inside the open item.
    fn within(&mut self, idx: usize, block: &Block, name: &str, fields: Value) -> Value {
        let mut place = json!({ "item_id": self.item_id, "output_index": idx });
        if !matches!(block, Block::Call { .. }) {
            place["content_index"] = 0.into();
        }
        if *block == Block::Text && name.contains("output_text") {
            place["logprobs"] = json!([]);
        }
        extend(&mut place, fields);
        self.event(name, place)
    }

    fn event(&mut self, name: &str, fields: Value) -> Value {
        let mut event = json!({ "type": name, "sequence_number": self.number });
        self.number += 1;
        extend(&mut event, fields);
        event
    }

    /// The response at its end.
    fn ended(&mut self, finish: Finish, usage: &Usage) -> Value {
        let reason = match finish {
            Finish::Stop | Finish::ToolCalls => None,
            Finish::Length => Some("max_output_tokens"),
            Finish::ContentFilter => Some("content_filter"),
        };
        let mut response = self.response.clone();
        response["status"] = if reason.is_some() { "incomplete" } else { "completed" }.into();
        response["incomplete_details"] = reason.map_or(Value::Null, |reason| json!({ "reason": reason }));
        if let (Some(_), Some(last)) = (reason, self.output.last_mut()) {
            last["status"] = "incomplete".into();
        }
        response["output"] = std::mem::take(&mut self.output).into();
        response["usage"] = json!({
            "input_tokens": usage.prompt_tokens,
            "input_tokens_details": { "cached_tokens": usage.cached },
            "output_tokens": usage.completion_tokens,
            "output_tokens_details": { "reasoning_tokens": usage.reasoning },
            "total_tokens": usage.prompt_tokens + usage.completion_tokens,
        });
        response
    }
}

fn extend(value: &mut Value, fields: Value) {
    if let (Value::Object(value), Value::Object(fields)) = (value, fields) {
        value.extend(fields);
    }
}

fn id(prefix: &str) -> String {
    format!("{prefix}_{:016x}{:016x}", random(), random())
}

fn prefix(block: &Block) -> &'static str {
    match block {
        Block::Text => "msg",
        Block::Thinking => "rs",
        Block::Call { .. } => "fc",
    }
}

/// What is written into an item, as events name it.
fn written(block: &Block) -> &'static str {
    match block {
        Block::Text => "response.output_text",
        Block::Thinking => "response.reasoning_text",
        Block::Call { .. } => "response.function_call_arguments",
    }
}

/// The one part of an item that has parts.
fn part(block: &Block, text: &str) -> Option<Value> {
    match block {
        Block::Text => Some(json!({ "type": "output_text", "text": text, "annotations": [], "logprobs": [] })),
        Block::Thinking => Some(json!({ "type": "reasoning_text", "text": text })),
        Block::Call { .. } => None,
    }
}

/// An item with its whole text, or as it begins.
fn item(id: &str, block: &Block, text: Option<&str>) -> Value {
    let status = if text.is_some() { "completed" } else { "in_progress" };
    let content: Vec<Value> = text.and_then(|text| part(block, text)).into_iter().collect();
    match block {
        Block::Text => {
            json!({ "id": id, "type": "message", "status": status, "role": "assistant", "content": content })
        }
        Block::Thinking => {
            json!({ "id": id, "type": "reasoning", "status": status, "summary": [], "content": content })
        }
        Block::Call { id: call_id, name } => json!({ "id": id, "type": "function_call", "status": status,
            "call_id": call_id, "name": name, "arguments": text.unwrap_or_default() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thoughts_are_items_of_their_own() {
        let mut telling = Telling::new(&json!({ "model": "m" }));
        let steps = [
            Step::Open(0, Block::Thinking),
            Step::More(0, Block::Thinking, "hm".to_owned()),
            Step::Close(0, Block::Thinking, "hm".to_owned()),
            Step::End(Finish::ContentFilter, Usage { reasoning: 1, ..Usage::default() }),
        ];
        let events: Vec<Value> = steps.into_iter().flat_map(|step| telling.of(Ok(step))).collect();
        let types: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
        let wanted = [
            "response.output_item.added",
            "response.content_part.added",
            "response.reasoning_text.delta",
            "response.reasoning_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.incomplete",
        ];
        assert_eq!(types, wanted);
        let response = &events[6]["response"];
        assert_eq!(response["output"][0]["content"], json!([{ "type": "reasoning_text", "text": "hm" }]));
        assert_eq!(response["incomplete_details"], json!({ "reason": "content_filter" }));
        assert_eq!(response["usage"]["output_tokens_details"]["reasoning_tokens"], 1);
    }
}
