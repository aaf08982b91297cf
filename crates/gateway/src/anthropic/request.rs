//! Reads a request of Anthropic's API as a chat request.
use crate::openai::body;
use chat::{ChatRequest, Content, Error, Function, Guided, Message, Options, Part, Role, ToolCall};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// A request as it comes; what is not named here, such as `cache_control`, is left out.
#[derive(Deserialize)]
pub(super) struct Asked {
    model: String,
    /// Demanded where tokens are generated.
    pub(super) max_tokens: Option<usize>,
    messages: Vec<Turn>,
    #[serde(default)]
    system: Value,
    tools: Option<Vec<Tool>>,
    tool_choice: Option<ToolChoice>,
    mcp_servers: Option<Vec<Value>>,
    stop_sequences: Option<Vec<String>>,
    temperature: Option<f32>,
    top_p: Option<f32>,
    top_k: Option<i64>,
    stream: Option<bool>,
    metadata: Option<Metadata>,
    thinking: Option<Thinking>,
    output_config: Option<OutputConfig>,
    /// The older place of `output_config.format`.
    output_format: Option<Value>,
}

#[derive(Deserialize)]
struct Turn {
    role: Speaker,
    #[serde(default)]
    content: Value,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Speaker {
    User,
    Assistant,
    System,
}

/// A block of any type, with what may belong to it.
#[derive(Deserialize)]
struct Block {
    r#type: String,
    text: Option<String>,
    source: Option<Source>,
    id: Option<String>,
    name: Option<String>,
    input: Option<Map<String, Value>>,
    tool_use_id: Option<String>,
    #[serde(default)]
    content: Value,
}

#[derive(Deserialize)]
struct Source {
    r#type: String,
    media_type: Option<String>,
    data: Option<String>,
    url: Option<String>,
}

#[derive(Deserialize)]
struct Tool {
    /// `custom` or nothing; all others are run by Anthropic, or known to its models alone.
    r#type: Option<String>,
    name: String,
    description: Option<String>,
    input_schema: Option<Value>,
    strict: Option<bool>,
}

#[derive(Deserialize)]
struct ToolChoice {
    r#type: String,
    name: Option<String>,
    disable_parallel_tool_use: Option<bool>,
}

#[derive(Deserialize)]
struct Metadata {
    user_id: Option<String>,
}

#[derive(Deserialize)]
struct Thinking {
    r#type: String,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Deserialize)]
struct OutputConfig {
    format: Option<Value>,
    effort: Option<String>,
}

impl Asked {
    /// The same as a chat request.
    ///
    /// # Errors
    /// Input, naming the field as this API has it.
    pub(super) fn chat(self) -> Result<ChatRequest, Error> {
        if self.mcp_servers.is_some_and(|servers| !servers.is_empty()) {
            return Err(Error::field("mcp_servers", "tools on servers are not called here, only your own"));
        }
        let mut messages = Vec::new();
        if !self.system.is_null() {
            let system = blocks(&self.system, "system")?;
            let parts = system.iter().enumerate().map(|(i, block)| part(block, &format!("system[{i}]")));
            messages.push(Message::new(Role::System, Content::of(parts.collect::<Result<_, _>>()?)));
        }
        for (i, turn) in self.messages.iter().enumerate() {
            turn.read(&format!("messages[{i}]"), &mut messages)?;
        }
        let format = self.output_config.as_ref().and_then(|config| config.format.clone()).or(self.output_format);
        let response_format = format.map(|format| response_format(&format)).transpose()?.flatten();
        let tools =
            self.tools.map(|tools| tools.iter().enumerate().map(|(i, tool)| tool.read(i)).collect()).transpose()?;
        let tool_choice = self.tool_choice.as_ref().map(ToolChoice::read).transpose()?;
        let mut more = Map::new();
        if let Some(thinking) = self.thinking {
            more.insert("thinking".to_owned(), thinking.read()?);
        }
        more.extend(self.metadata.and_then(|m| m.user_id).map(|user| ("user".to_owned(), user.into())));
        let effort = self.output_config.and_then(|config| config.effort);
        more.extend(effort.map(|effort| ("reasoning_effort".to_owned(), effort.into())));
        Ok(ChatRequest {
            model: self.model,
            messages,
            tools,
            tool_choice,
            parallel_tool_calls: self.tool_choice.and_then(|c| c.disable_parallel_tool_use).map(|disabled| !disabled),
            more,
            options: Options {
                temperature: self.temperature,
                top_p: self.top_p,
                top_k: self.top_k,
                max_tokens: self.max_tokens,
                stop: self.stop_sequences.unwrap_or_default(),
                stream: self.stream,
                guided: Guided { response_format, ..Guided::default() },
                ..Options::default()
            },
            ..ChatRequest::default()
        })
    }
}

impl Turn {
    /// Adds the turn's messages. What tools returned is told in messages of its own, in the order of the blocks.
    fn read(&self, at: &str, messages: &mut Vec<Message>) -> Result<(), Error> {
        let at = format!("{at}.content");
        let role = match self.role {
            Speaker::User => Role::User,
            Speaker::Assistant => Role::Assistant,
            Speaker::System => Role::System,
        };
        let (mut parts, mut calls, n_before) = (Vec::new(), Vec::new(), messages.len());
        for (i, block) in blocks(&self.content, &at)?.iter().enumerate() {
            let at = format!("{at}[{i}]");
            match (block.r#type.as_str(), role) {
                ("tool_result", Role::User) => {
                    if !parts.is_empty() {
                        messages.push(Message::new(role, Content::of(std::mem::take(&mut parts))));
                    }
                    messages.push(tool_result(block, &at)?);
                }
                ("tool_use", Role::Assistant) => calls.push(tool_use(block, &at)?),
                // thoughts are their model's own, and signed for it
                ("thinking" | "redacted_thinking", Role::Assistant) => {}
                _ => parts.push(part(block, &at)?),
            }
        }
        if !parts.is_empty() || !calls.is_empty() || messages.len() == n_before {
            let mut message = Message::new(role, Content::of(parts));
            message.tool_calls = Some(calls).filter(|calls| !calls.is_empty());
            messages.push(message);
        }
        Ok(())
    }
}

/// A text as one block, or the blocks of a list.
fn blocks(value: &Value, at: &str) -> Result<Vec<Block>, Error> {
    let items = match value {
        Value::String(text) => &vec![json!({ "type": "text", "text": text })],
        Value::Array(items) => items,
        Value::Null => return Err(Error::field(at, "missing")),
        _ => return Err(Error::field(at, "a text or a list of blocks expected")),
    };
    items.iter().enumerate().map(|(i, item)| body::fields_at(item, &format!("{at}[{i}]"))).collect()
}

/// A text or an image.
fn part(block: &Block, at: &str) -> Result<Part, Error> {
    match (block.r#type.as_str(), &block.text, &block.source) {
        ("text", Some(text), _) => Ok(Part::of_text(text.clone())),
        ("text", None, _) => Err(Error::field(format!("{at}.text"), "missing")),
        ("image", _, Some(source)) => Ok(Part::of_image(source.url(&format!("{at}.source"))?)),
        ("image", _, None) => Err(Error::field(format!("{at}.source"), "missing")),
        (other, ..) => Err(Error::field(format!("{at}.type"), format!("`{other}` is not read here"))),
    }
}

impl Source {
    fn url(&self, at: &str) -> Result<String, Error> {
        match (self.r#type.as_str(), &self.media_type, &self.data, &self.url) {
            ("base64", Some(media_type), Some(data), _) => Ok(format!("data:{media_type};base64,{data}")),
            ("base64", ..) => Err(Error::field(at, "`media_type` and `data` expected")),
            ("url", _, _, Some(url)) => Ok(url.clone()),
            ("url", ..) => Err(Error::field(format!("{at}.url"), "missing")),
            _ => Err(Error::field(format!("{at}.type"), "`base64` or `url` expected, no files are kept here")),
        }
    }
}

fn tool_use(block: &Block, at: &str) -> Result<ToolCall, Error> {
    let (Some(id), Some(name)) = (&block.id, &block.name) else {
        return Err(Error::field(at, "`id`, `name` and `input` expected"));
    };
    let arguments = Value::Object(block.input.clone().unwrap_or_default()).to_string();
    Ok(ToolCall::new(id, Function { name: name.clone(), arguments }))
}

fn tool_result(block: &Block, at: &str) -> Result<Message, Error> {
    let id = block.tool_use_id.clone().ok_or_else(|| Error::field(format!("{at}.tool_use_id"), "missing"))?;
    let at = format!("{at}.content");
    let parts = match &block.content {
        Value::Null => Vec::new(), // a tool may have nothing to say
        content => {
            let blocks = blocks(content, &at)?;
            let parts = blocks.iter().enumerate().map(|(i, block)| part(block, &format!("{at}[{i}]")));
            parts.collect::<Result<_, _>>()?
        }
    };
    let content = if parts.is_empty() { Content::Text(String::new()) } else { Content::of(parts) };
    Ok(Message { tool_call_id: Some(id), ..Message::new(Role::Tool, content) })
}

impl Tool {
    fn read(&self, i: usize) -> Result<Value, Error> {
        if let Some(other) = self.r#type.as_ref().filter(|kind| *kind != "custom") {
            let message =
                format!("`{other}` is a tool of Anthropic's own, only those with an `input_schema` are called here");
            return Err(Error::field(format!("tools[{i}].type"), message));
        }
        let schema = self.input_schema.as_ref();
        let schema = schema.ok_or_else(|| Error::field(format!("tools[{i}].input_schema"), "missing"))?;
        let mut function = json!({ "name": self.name, "parameters": schema });
        if let Some(description) = &self.description {
            function["description"] = description.as_str().into();
        }
        if let Some(strict) = self.strict {
            function["strict"] = strict.into();
        }
        Ok(json!({ "type": "function", "function": function }))
    }
}

impl ToolChoice {
    fn read(&self) -> Result<Value, Error> {
        match (self.r#type.as_str(), &self.name) {
            ("auto", _) => Ok("auto".into()),
            ("any", _) => Ok("required".into()),
            ("none", _) => Ok("none".into()),
            ("tool", Some(name)) => Ok(json!({ "type": "function", "function": { "name": name } })),
            ("tool", None) => Err(Error::field("tool_choice.name", "missing")),
            _ => Err(Error::field("tool_choice.type", "`auto`, `any`, `tool` or `none` expected")),
        }
    }
}

impl Thinking {
    /// As it goes to whoever is asked further on.
    fn read(self) -> Result<Value, Error> {
        if !["enabled", "disabled", "adaptive"].contains(&&*self.r#type) {
            return Err(Error::field("thinking.type", "`enabled`, `disabled` or `adaptive` expected"));
        }
        let mut thinking = Map::from_iter([("type".to_owned(), self.r#type.into())]);
        thinking.extend(self.rest);
        Ok(Value::Object(thinking))
    }
}

/// A schema in the words of chat requests.
fn response_format(format: &Value) -> Result<Option<Value>, Error> {
    let at = "output_config.format";
    match (format["type"].as_str(), format.get("schema")) {
        _ if format.is_null() => Ok(None),
        (Some("json_schema"), Some(schema)) => Ok(Some(
            json!({ "type": "json_schema", "json_schema": { "name": "answer", "strict": true, "schema": schema } }),
        )),
        (Some("json_schema"), None) => Err(Error::field(format!("{at}.schema"), "missing")),
        _ => Err(Error::field(format!("{at}.type"), "`json_schema` expected")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: Value) -> Result<ChatRequest, Error> {
        body::fields::<Asked>(&body)?.chat()
    }

    #[test]
    fn all_that_is_said_arrives() {
        let image = |source: Value| json!({ "type": "image", "source": source });
        let request = read(json!({
            "model": "m", "max_tokens": 5, "stream": true, "stop_sequences": ["x"],
            "metadata": { "user_id": "u" }, "thinking": { "type": "enabled", "budget_tokens": 1024 },
            "tools": [{ "name": "f", "description": "d", "input_schema": { "type": "object" }, "strict": true }],
            "tool_choice": { "type": "any", "disable_parallel_tool_use": true },
            "messages": [
                { "role": "user", "content": [
                    image(json!({ "type": "base64", "media_type": "image/png", "data": "AA==" })),
                    image(json!({ "type": "url", "url": "https://there.example/a.png" })),
                    { "type": "text", "text": "which?" },
                ] },
                { "role": "assistant", "content": [{ "type": "tool_use", "id": "a", "name": "f", "input": { "b": [1] } }] },
                { "role": "user", "content": [{ "type": "tool_result", "tool_use_id": "a" }] },
            ],
        }));
        let wanted = json!({
            "model": "m", "max_tokens": 5, "stream": true, "stop": ["x"],
            "tools": [{ "type": "function",
                "function": { "name": "f", "parameters": { "type": "object" }, "description": "d", "strict": true } }],
            "tool_choice": "required", "parallel_tool_calls": false,
            "messages": [
                { "role": "user", "content": [
                    { "type": "image_url", "image_url": { "url": "data:image/png;base64,AA==" } },
                    { "type": "image_url", "image_url": { "url": "https://there.example/a.png" } },
                    { "type": "text", "text": "which?" },
                ] },
                { "role": "assistant", "content": null,
                    "tool_calls": [{ "id": "a", "type": "function", "function": { "name": "f", "arguments": "{\"b\":[1]}" } }] },
                { "role": "tool", "content": "", "tool_call_id": "a" },
            ],
        });
        let request = request.unwrap();
        assert_eq!(serde_json::to_value(&request).unwrap(), wanted);
        let more = json!({ "thinking": { "type": "enabled", "budget_tokens": 1024 }, "user": "u" });
        assert_eq!(Value::Object(request.more), more);
    }
}
