//! Reads the events and replies of Anthropic's Messages API.
use super::super::{
    draft::{Draft, counted},
    failure::Fault,
};
use chat::{Finish, Usage};
use serde_json::Value;

/// What must be remembered between events.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Reader {
    /// The tool whose arguments are the answer's text.
    answer_tool: Option<String>,
    /// Which block is a call of it.
    answer_block: Option<u64>,
    counts: Counts,
}

/// Tokens, as the last event that told them has it.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    /// Without those below.
    input: usize,
    from_cache: usize,
    into_cache: usize,
    output: usize,
}

impl Reader {
    pub(in super::super) fn new(answer_tool: Option<String>) -> Self {
        Self { answer_tool, ..Self::default() }
    }

    /// Takes an event; says whether it is the last.
    pub(in super::super) fn event(&mut self, event: &Value, draft: &mut Draft) -> Result<bool, Fault> {
        let place = event["index"].as_u64();
        match event["type"].as_str() {
            Some("message_start") => self.count(&event["message"]["usage"], draft),
            Some("content_block_start") => self.block(place, &event["content_block"], false, draft)?,
            Some("content_block_delta") => self.piece(place, &event["delta"], draft)?,
            Some("message_delta") => {
                self.count(&event["usage"], draft);
                end(&event["delta"], draft);
            }
            Some("message_stop") => return Ok(true),
            Some("error") => return Err(Fault::Said(event["error"].clone())),
            // pings, ends of blocks, and what is yet to be invented
            _ => {
                if let Some(error) = event.get("error").filter(|error| !error.is_null()) {
                    return Err(Fault::Said(error.clone()));
                }
            }
        }
        Ok(false)
    }

    /// Takes a reply in one piece.
    pub(in super::super) fn whole(&mut self, reply: &Value, draft: &mut Draft) -> Result<(), Fault> {
        if let Some(error) = reply.get("error").filter(|error| !error.is_null()) {
            return Err(Fault::Said(error.clone()));
        }
        let blocks = reply["content"].as_array();
        let blocks =
            blocks.ok_or_else(|| Fault::broken("an answer with `content` expected, another found; check its url"))?;
        for (place, block) in (0..).zip(blocks) {
            self.block(Some(place), block, true, draft)?;
        }
        self.count(&reply["usage"], draft);
        end(reply, draft);
        if !draft.is_finished() {
            draft.finish(Finish::Stop); // it is whole, so it has ended
        }
        Ok(())
    }

    /// A block that begins, or one that is whole.
    fn block(&mut self, place: Option<u64>, block: &Value, is_whole: bool, draft: &mut Draft) -> Result<(), Fault> {
        let text = |name: &str| block[name].as_str().unwrap_or_default();
        match block["type"].as_str() {
            Some("text") => draft.text(text("text"), Vec::new()),
            Some("thinking") => draft.reasoning(text("thinking")),
            Some("tool_use") => {
                // empty where pieces are to follow
                let has_input = is_whole || block["input"].as_object().is_some_and(|input| !input.is_empty());
                let input = if has_input { block["input"].to_string() } else { String::new() };
                if self.answer_tool.as_deref().is_some_and(|tool| block["name"] == tool) {
                    self.answer_block = place;
                    draft.text(&input, Vec::new());
                } else {
                    draft.call(place, block["id"].as_str(), block["name"].as_str(), &input)?;
                }
            }
            // of tools that run there, and thoughts that are not shown
            _ => {}
        }
        Ok(())
    }

    fn piece(&self, place: Option<u64>, delta: &Value, draft: &mut Draft) -> Result<(), Fault> {
        let text = |name: &str| delta[name].as_str().unwrap_or_default();
        match delta["type"].as_str() {
            Some("text_delta") => draft.text(text("text"), Vec::new()),
            Some("thinking_delta") => draft.reasoning(text("thinking")),
            Some("input_json_delta") if self.answer_block.is_some() && self.answer_block == place => {
                draft.text(text("partial_json"), Vec::new());
            }
            Some("input_json_delta") if !text("partial_json").is_empty() => {
                draft.call(place, None, None, text("partial_json"))?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Their count of the prompt leaves out what was read from a cache or written into it; ours holds all.
    fn count(&mut self, usage: &Value, draft: &mut Draft) {
        let Counts { input, from_cache, into_cache, output } = &mut self.counts;
        for (count, name) in [
            (input, "input_tokens"),
            (from_cache, "cache_read_input_tokens"),
            (into_cache, "cache_creation_input_tokens"),
            (output, "output_tokens"),
        ] {
            *count = usage[name].as_u64().map_or(*count, counted);
        }
        let Counts { input, from_cache, into_cache, output } = self.counts;
        draft.usage(Usage {
            prompt_tokens: input + from_cache + into_cache,
            completion_tokens: output,
            cached: from_cache,
            ..Usage::default()
        });
    }
}

/// Why it ended, if `delta` says so.
fn end(delta: &Value, draft: &mut Draft) {
    let Some(reason) = delta["stop_reason"].as_str() else { return };
    draft.finish(match reason {
        // a pause, too, leaves the answer incomplete
        "max_tokens" | "model_context_window_exceeded" | "pause_turn" => Finish::Length,
        "tool_use" => Finish::ToolCalls,
        "refusal" => Finish::ContentFilter,
        _ => Finish::Stop,
    });
}
