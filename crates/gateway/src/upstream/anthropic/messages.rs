//! A conversation as Anthropic's API has it: system texts apart, two roles in turn, everything in blocks.
use chat::{Content, Error, Message, Part, Role, ToolCall};
use serde_json::{Map, Value, json};

/// A conversation in blocks.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    pub(super) system: Vec<Value>,
    pub(super) messages: Vec<Value>,
}

/// Translates `messages`.
pub(super) fn translate(messages: &[Message]) -> Result<Conversation, Error> {
    let mut all = Conversation::default();
    for (i, message) in messages.iter().enumerate() {
        let at = format!("messages[{i}]");
        let mut blocks = content(&message.content, &format!("{at}.content"))?;
        match message.role {
            Role::System => all.system.extend(blocks),
            Role::User => all.say("user", blocks),
            Role::Assistant => {
                for (j, call) in message.tool_calls.iter().flatten().enumerate() {
                    blocks.push(tool_use(call, &format!("{at}.tool_calls[{j}]"))?);
                }
                all.say("assistant", blocks);
            }
            Role::Tool => {
                let id = message.tool_call_id.as_deref();
                let id = id.ok_or_else(|| Error::field(format!("{at}.tool_call_id"), "missing"))?;
                let mut result = json!({ "type": "tool_result", "tool_use_id": sane(id) });
                if !blocks.is_empty() {
                    result["content"] = Value::Array(blocks);
                }
                all.say("user", vec![result]);
            }
        }
    }
    all.trim();
    Ok(all)
}

impl Conversation {
    /// Adds to what `role` says, in the same message while nobody else speaks.
    fn say(&mut self, role: &str, blocks: Vec<Value>) {
        if blocks.is_empty() {
            return;
        }
        if let Some(last) = self.messages.last_mut().filter(|last| last["role"] == role)
            && let Some(before) = last["content"].as_array_mut()
        {
            before.extend(blocks);
            return;
        }
        self.messages.push(json!({ "role": role, "content": blocks }));
    }

    /// An answer that is begun already must not end in white space.
    fn trim(&mut self) {
        let last = self.messages.last_mut().filter(|last| last["role"] == "assistant");
        let block = last.and_then(|last| last["content"].as_array_mut()?.last_mut());
        if let Some(Value::String(text)) = block.and_then(|block| block.get_mut("text")) {
            text.truncate(text.trim_end().len());
        }
    }
}

fn content(content: &Content, at: &str) -> Result<Vec<Value>, Error> {
    match content {
        Content::Nothing => Ok(Vec::new()),
        Content::Text(said) => Ok(text(said).into_iter().collect()),
        Content::Parts(parts) => {
            let blocks = parts.iter().enumerate().map(|(j, part)| block(part, &format!("{at}[{j}]")).transpose());
            blocks.flatten().collect()
        }
    }
}

/// None for a text without any letter, which the API refuses.
fn text(text: &str) -> Option<Value> {
    (!text.trim().is_empty()).then(|| json!({ "type": "text", "text": text }))
}

fn block(part: &Part, at: &str) -> Result<Option<Value>, Error> {
    let block = match part.r#type.as_str() {
        "text" => text(part.text.as_deref().unwrap_or_default()),
        "refusal" => text(part.rest.get("refusal").and_then(Value::as_str).unwrap_or_default()),
        "image_url" => {
            let image = part.rest.get("image_url").unwrap_or(&Value::Null);
            let url = image["url"].as_str().or_else(|| image.as_str()).unwrap_or_default();
            Some(json!({ "type": "image", "source": source(url, &format!("{at}.image_url.url"))? }))
        }
        "file" => {
            let data = part.rest.get("file").and_then(|file| file["file_data"].as_str()).unwrap_or_default();
            Some(json!({ "type": "document", "source": source(data, &format!("{at}.file.file_data"))? }))
        }
        other => {
            let message =
                format!("type `{other}` is not known to Anthropic's API, only `text`, `image_url` and `file`");
            return Err(Error::field(at, message));
        }
    };
    Ok(block.map(|mut block| {
        if let Some(cache) = part.rest.get("cache_control") {
            block["cache_control"] = cache.clone();
        }
        block
    }))
}

/// Where an image or a document is: in the URL itself, or at it.
fn source(url: &str, at: &str) -> Result<Value, Error> {
    if url.starts_with("https://") || url.starts_with("http://") {
        return Ok(json!({ "type": "url", "url": url }));
    }
    let data = url.strip_prefix("data:").and_then(|rest| rest.split_once(','));
    let data = data.and_then(|(head, data)| Some((head.strip_suffix(";base64")?, data)));
    let (head, data) = data.ok_or_else(|| Error::field(at, "an https: URL, or a data: URL in base64, expected"))?;
    let kind = head.split(';').next().unwrap_or_default(); // parameters mean nothing here
    Ok(json!({ "type": "base64", "media_type": kind, "data": data }))
}

fn tool_use(call: &ToolCall, at: &str) -> Result<Value, Error> {
    let arguments = Some(call.function.arguments.trim()).filter(|text| !text.is_empty()).unwrap_or("{}");
    let input: Map<String, Value> = serde_json::from_str(arguments)
        .map_err(|e| Error::field(format!("{at}.function.arguments"), format!("a JSON object expected: {e}")))?;
    Ok(json!({ "type": "tool_use", "id": sane(&call.id), "name": call.function.name, "input": input }))
}

/// An id in the letters that the API allows: calls that others made have all kinds.
fn sane(id: &str) -> String {
    id.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' }).collect()
}
