//! Reads a request for a response as a chat request.
use crate::openai::body;
use chat::{ChatRequest, Content, Error, Function, Guided, Message, Options, Part, Role, ToolCall};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// A request as it comes; what is not named here is left out.
#[derive(Deserialize)]
pub(super) struct Asked {
    model: String,
    #[serde(default)]
    input: Value,
    instructions: Option<String>,
    tools: Option<Vec<Tool>>,
    #[serde(default)]
    tool_choice: Value,
    parallel_tool_calls: Option<bool>,
    text: Option<Text>,
    max_output_tokens: Option<usize>,
    temperature: Option<f32>,
    top_p: Option<f32>,
    stream: Option<bool>,
    reasoning: Option<Reasoning>,
    user: Option<String>,
    background: Option<bool>,
    previous_response_id: Option<String>,
    #[serde(default)]
    conversation: Value,
    #[serde(default)]
    prompt: Value,
}

#[derive(Deserialize)]
struct Text {
    #[serde(default)]
    format: Value,
    verbosity: Option<String>,
}

#[derive(Deserialize)]
struct Reasoning {
    effort: Option<String>,
}

#[derive(Deserialize)]
struct Tool {
    r#type: String,
    name: Option<String>,
    description: Option<String>,
    parameters: Option<Value>,
    strict: Option<bool>,
}

/// An item of any type, with what may belong to it.
#[derive(Deserialize)]
struct Item {
    /// `message` where it is left out.
    r#type: Option<String>,
    role: Option<Role>,
    #[serde(default)]
    content: Value,
    call_id: Option<String>,
    name: Option<String>,
    arguments: Option<String>,
    #[serde(default)]
    output: Value,
}

impl Asked {
    /// The same as a chat request.
    ///
    /// # Errors
    /// Input, naming the field as this API has it.
    pub(super) fn chat(self) -> Result<ChatRequest, Error> {
        self.check()?;
        let mut messages = Vec::new();
        messages.extend(self.instructions.map(|text| Message::new(Role::System, Content::Text(text))));
        match &self.input {
            Value::String(text) => messages.push(Message::new(Role::User, Content::Text(text.clone()))),
            Value::Array(items) => {
                for (i, item) in items.iter().enumerate() {
                    let at = format!("input[{i}]");
                    body::fields_at::<Item>(item, &at)?.read(&at, &mut messages)?;
                }
            }
            Value::Null => return Err(Error::field("input", "missing")),
            _ => return Err(Error::field("input", "a text or a list of items expected")),
        }
        let tools =
            self.tools.map(|tools| tools.iter().enumerate().map(|(i, tool)| tool.read(i)).collect()).transpose()?;
        let response_format = self.text.as_ref().map(|text| response_format(&text.format)).transpose()?.flatten();
        let further = [
            ("user", self.user),
            ("reasoning_effort", self.reasoning.and_then(|reasoning| reasoning.effort)),
            ("verbosity", self.text.and_then(|text| text.verbosity)),
        ];
        let more = further.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))).collect();
        Ok(ChatRequest {
            model: self.model,
            messages,
            tools,
            tool_choice: tool_choice(self.tool_choice)?,
            parallel_tool_calls: self.parallel_tool_calls,
            more,
            options: Options {
                temperature: self.temperature,
                top_p: self.top_p,
                max_completion_tokens: self.max_output_tokens,
                stream: self.stream,
                guided: Guided { response_format, ..Guided::default() },
                ..Options::default()
            },
            ..ChatRequest::default()
        })
    }

    /// Refuses what would need something to be kept.
    fn check(&self) -> Result<(), Error> {
        if self.previous_response_id.is_some() {
            let message = "no responses are kept here: send the earlier items in `input`, and leave it out";
            return Err(Error::field("previous_response_id", message));
        }
        if !self.conversation.is_null() {
            return Err(Error::field(
                "conversation",
                "no conversations are kept here: send the earlier items in `input`",
            ));
        }
        if !self.prompt.is_null() {
            return Err(Error::field("prompt", "no prompts are kept here: send it as `instructions` and `input`"));
        }
        if self.background == Some(true) {
            return Err(Error::field("background", "answers are not kept until somebody asks for them: use `stream`"));
        }
        if self.max_output_tokens == Some(0) {
            return Err(Error::field("max_output_tokens", "at least 1 expected"));
        }
        Ok(())
    }
}

impl Item {
    /// Adds what the item says. Calls stand in the assistant's message before them, if there is one.
    fn read(self, at: &str, messages: &mut Vec<Message>) -> Result<(), Error> {
        let missing = |name: &str| Error::field(format!("{at}.{name}"), "missing");
        match self.r#type.as_deref().unwrap_or("message") {
            "message" => {
                let content = content(&self.content, &format!("{at}.content"))?;
                messages.push(Message::new(self.role.ok_or_else(|| missing("role"))?, content));
            }
            "function_call" => {
                let name = self.name.ok_or_else(|| missing("name"))?;
                let arguments = self.arguments.ok_or_else(|| missing("arguments"))?;
                let id = self.call_id.ok_or_else(|| missing("call_id"))?;
                let call = ToolCall::new(id, Function { name, arguments });
                match messages.last_mut().filter(|last| last.role == Role::Assistant) {
                    Some(last) => last.tool_calls.get_or_insert_default().push(call),
                    None => {
                        let message = Message::new(Role::Assistant, Content::Nothing);
                        messages.push(Message { tool_calls: Some(vec![call]), ..message });
                    }
                }
            }
            "function_call_output" => {
                let message = Message::new(Role::Tool, content(&self.output, &format!("{at}.output"))?);
                messages
                    .push(Message { tool_call_id: Some(self.call_id.ok_or_else(|| missing("call_id"))?), ..message });
            }
            // thoughts are their model's own
            "reasoning" => {}
            "item_reference" => {
                return Err(Error::field(format!("{at}.type"), "no items are kept here: send the item itself"));
            }
            other => return Err(Error::field(format!("{at}.type"), format!("`{other}` is not read here"))),
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct Piece {
    r#type: String,
    text: Option<String>,
    refusal: Option<String>,
    image_url: Option<String>,
}

fn content(value: &Value, at: &str) -> Result<Content, Error> {
    match value {
        Value::String(text) => Ok(Content::Text(text.clone())),
        Value::Array(pieces) => {
            let part = |(i, piece): (usize, &Value)| {
                let at = format!("{at}[{i}]");
                body::fields_at::<Piece>(piece, &at)?.part(&at)
            };
            Ok(Content::of(pieces.iter().enumerate().map(part).collect::<Result<_, _>>()?))
        }
        Value::Null => Err(Error::field(at, "missing")),
        _ => Err(Error::field(at, "a text or a list expected")),
    }
}

impl Piece {
    fn part(self, at: &str) -> Result<Part, Error> {
        match (self.r#type.as_str(), self.text, self.refusal, self.image_url) {
            ("input_text" | "output_text" | "text", Some(text), ..) => Ok(Part::of_text(text)),
            ("input_text" | "output_text" | "text", None, ..) => Err(Error::field(format!("{at}.text"), "missing")),
            ("refusal", _, Some(refusal), _) => Ok(Part::of_text(refusal)),
            ("input_image", _, _, Some(url)) => Ok(Part::of_image(url)),
            ("input_image", ..) => Err(Error::field(format!("{at}.image_url"), "missing, no files are kept here")),
            (other, ..) => Err(Error::field(format!("{at}.type"), format!("`{other}` is not read here"))),
        }
    }
}

impl Tool {
    /// In the words of chat requests.
    fn read(&self, i: usize) -> Result<Value, Error> {
        let Self { r#type: kind, .. } = self;
        if kind != "function" {
            let message = format!("`{kind}` is a tool of OpenAI's own, only `function` is called here");
            return Err(Error::field(format!("tools[{i}].type"), message));
        }
        let name = self.name.as_ref().ok_or_else(|| Error::field(format!("tools[{i}].name"), "missing"))?;
        let mut function = json!({ "name": name });
        let further = [
            ("description", self.description.clone().map(Value::String)),
            ("parameters", self.parameters.clone()),
            ("strict", self.strict.map(Value::Bool)),
        ];
        for (name, value) in further {
            if let Some(value) = value {
                function[name] = value;
            }
        }
        Ok(json!({ "type": "function", "function": function }))
    }
}

/// In the words of chat requests, where a function's name stands one level deeper.
fn tool_choice(choice: Value) -> Result<Option<Value>, Error> {
    let function = |choice: &Value| json!({ "type": "function", "function": { "name": choice["name"] } });
    match (&choice, choice["type"].as_str()) {
        (Value::Null, _) => Ok(None),
        (Value::String(_), _) => Ok(Some(choice)),
        (_, Some("function")) => Ok(Some(function(&choice))),
        (_, Some("allowed_tools")) => {
            let tools: Vec<Value> = choice["tools"].as_array().into_iter().flatten().map(function).collect();
            let allowed = json!({ "mode": choice["mode"], "tools": tools });
            Ok(Some(json!({ "type": "allowed_tools", "allowed_tools": allowed })))
        }
        _ => Err(Error::field("tool_choice", "`none`, `auto`, `required`, a function or `allowed_tools` expected")),
    }
}

/// In the words of chat requests, where name and schema stand one level deeper.
fn response_format(format: &Value) -> Result<Option<Value>, Error> {
    match format["type"].as_str() {
        None if format.is_null() => Ok(None),
        Some("text" | "json_object") => Ok(Some(format.clone())),
        Some("json_schema") if format["schema"].is_null() => Err(Error::field("text.format.schema", "missing")),
        Some("json_schema") => {
            let inner: Map<String, Value> = format
                .as_object()
                .into_iter()
                .flatten()
                .filter(|(name, _)| *name != "type")
                .map(|(n, v)| (n.clone(), v.clone()))
                .collect();
            Ok(Some(json!({ "type": "json_schema", "json_schema": inner })))
        }
        _ => Err(Error::field("text.format.type", "`text`, `json_object` or `json_schema` expected")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_said_arrives() {
        let schema = json!({ "type": "object" });
        let body = json!({
            "model": "m", "instructions": "Be brief.", "max_output_tokens": 5, "user": "u", "store": true,
            "reasoning": { "effort": "low" }, "include": [], "parallel_tool_calls": false,
            "tools": [{ "type": "function", "name": "f", "description": "d", "parameters": schema, "strict": true }],
            "tool_choice": { "type": "function", "name": "f" },
            "text": { "format": { "type": "json_schema", "name": "n", "schema": schema, "strict": true }, "verbosity": "low" },
            "input": [
                { "role": "user", "content": [
                    { "type": "input_image", "image_url": "data:image/png;base64,AA==", "detail": "auto" },
                    { "type": "input_text", "text": "which?" },
                ] },
                { "type": "function_call", "call_id": "a", "name": "f", "arguments": "{}" },
                { "type": "function_call_output", "call_id": "a", "output": "1" },
            ],
        });
        let wanted = json!({
            "model": "m", "max_completion_tokens": 5, "parallel_tool_calls": false,
            "tools": [{ "type": "function",
                "function": { "name": "f", "description": "d", "parameters": schema, "strict": true } }],
            "tool_choice": { "type": "function", "function": { "name": "f" } },
            "response_format": { "type": "json_schema", "json_schema": { "name": "n", "schema": schema, "strict": true } },
            "messages": [
                { "role": "system", "content": "Be brief." },
                { "role": "user", "content": [
                    { "type": "image_url", "image_url": { "url": "data:image/png;base64,AA==" } },
                    { "type": "text", "text": "which?" },
                ] },
                { "role": "assistant", "content": null,
                    "tool_calls": [{ "id": "a", "type": "function", "function": { "name": "f", "arguments": "{}" } }] },
                { "role": "tool", "content": "1", "tool_call_id": "a" },
            ],
        });
        let request = body::fields::<Asked>(&body).and_then(Asked::chat).unwrap();
        assert_eq!(serde_json::to_value(&request).unwrap(), wanted);
        let more = json!({ "user": "u", "reasoning_effort": "low", "verbosity": "low" });
        assert_eq!(Value::Object(request.more), more);
    }
}
