//! Answers as Anthropic's API tells them: a message of blocks, or the events that build one.
use crate::{
    blocks::{Block, Step, Whole},
    dialect::Dialect,
    layers::random,
    openai::Failure,
};
use chat::{Error, Finish, Usage};
use serde_json::{Map, Value, json};

/// The whole message.
pub(super) fn whole(model: &str, whole: Whole) -> Value {
    let content: Vec<Value> = whole.blocks.iter().map(|(block, text)| block_json(block, text)).collect();
    let calls = whole.blocks.iter().any(|(block, _)| matches!(block, Block::Call { .. }));
    let mut message = message(model);
    message["content"] = content.into();
    message["stop_reason"] = stop_reason(whole.finish, calls).into();
    message["usage"] = usage_json(&whole.usage);
    message
}

/// The event that begins a message. What the prompt took is told at the end: it is not known before.
pub(super) fn start(model: &str) -> Value {
    json!({ "type": "message_start", "message": message(model) })
}

/// A message before its first block.
fn message(model: &str) -> Value {
    json!({
        "id": format!("msg_{:016x}{:08x}", random(), random() as u32),
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": null,
        "stop_sequence": null,
        "usage": usage_json(&Usage::default()),
    })
}

/// Turns steps into events.
#[derive(Default)]
pub(super) struct Events {
    has_calls: bool,
}

impl Events {
    pub(super) fn of(&mut self, step: Result<Step, Error>) -> Vec<Value> {
        match step {
            Ok(Step::Open(idx, block)) => {
                self.has_calls |= matches!(block, Block::Call { .. });
                let start =
                    json!({ "type": "content_block_start", "index": idx, "content_block": block_json(&block, "") });
                // as there: once, when the first block has begun
                let ping = (idx == 0).then(|| json!({ "type": "ping" }));
                [start].into_iter().chain(ping).collect()
            }
            Ok(Step::More(idx, block, text)) => {
                let delta = match block {
                    Block::Text => json!({ "type": "text_delta", "text": text }),
                    Block::Thinking => json!({ "type": "thinking_delta", "thinking": text }),
                    Block::Call { .. } => json!({ "type": "input_json_delta", "partial_json": text }),
                };
                vec![json!({ "type": "content_block_delta", "index": idx, "delta": delta })]
            }
            Ok(Step::Close(idx, ..)) => vec![json!({ "type": "content_block_stop", "index": idx })],
            Ok(Step::End(finish, usage)) => {
                let delta = json!({ "stop_reason": stop_reason(finish, self.has_calls), "stop_sequence": null });
                let end = json!({ "type": "message_delta", "delta": delta, "usage": usage_json(&usage) });
                vec![end, json!({ "type": "message_stop" })]
            }
            Err(error) => vec![Failure::from(error).body(Dialect::Anthropic)],
        }
    }
}

fn block_json(block: &Block, text: &str) -> Value {
    match block {
        Block::Text => json!({ "type": "text", "text": text }),
        // nobody here signs what was thought
        Block::Thinking => json!({ "type": "thinking", "thinking": text, "signature": "" }),
        Block::Call { id, name } => {
            // a call that was cut has no whole input, and the stop reason says so
            let input: Map<String, Value> = serde_json::from_str(text).unwrap_or_default();
            json!({ "type": "tool_use", "id": id, "name": name, "input": input })
        }
    }
}

/// A call that was demanded ends like one that was chosen; which stop text ended an answer is not known.
fn stop_reason(finish: Finish, has_calls: bool) -> &'static str {
    match finish {
        Finish::Stop if has_calls => "tool_use",
        Finish::Stop => "end_turn",
        Finish::Length => "max_tokens",
        Finish::ToolCalls => "tool_use",
        Finish::ContentFilter => "refusal",
    }
}

/// What came from a cache is not among the input tokens here.
fn usage_json(usage: &Usage) -> Value {
    let mut told = json!({
        "input_tokens": usage.prompt_tokens.saturating_sub(usage.cached),
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": usage.cached,
        "output_tokens": usage.completion_tokens,
    });
    if usage.reasoning > 0 {
        told["output_tokens_details"] = json!({ "thinking_tokens": usage.reasoning });
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thoughts_are_blocks_of_their_own() {
        let mut events = Events::default();
        let all: Vec<Value> = [
            Step::Open(0, Block::Thinking),
            Step::More(0, Block::Thinking, "hm".to_owned()),
            Step::Close(0, Block::Thinking, "hm".to_owned()),
            Step::End(
                Finish::ContentFilter,
                Usage { prompt_tokens: 9, cached: 4, completion_tokens: 2, ..Usage::default() },
            ),
        ]
        .into_iter()
        .flat_map(|step| events.of(Ok(step)))
        .collect();
        let usage = json!({ "input_tokens": 5, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 4,
            "output_tokens": 2 });
        let wanted = json!([
            { "type": "content_block_start", "index": 0,
              "content_block": { "type": "thinking", "thinking": "", "signature": "" } },
            { "type": "ping" },
            { "type": "content_block_delta", "index": 0, "delta": { "type": "thinking_delta", "thinking": "hm" } },
            { "type": "content_block_stop", "index": 0 },
            { "type": "message_delta", "delta": { "stop_reason": "refusal", "stop_sequence": null }, "usage": usage },
            { "type": "message_stop" },
        ]);
        assert_eq!(Value::from(all), wanted);
    }
}
