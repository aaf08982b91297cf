//! Tools: which may be called, what a call looks like in the model's text, and how the model is told of them.
mod calls;
mod choice;

use crate::Local;
pub(crate) use calls::Calls;
use chat::{ChatRequest, Error, Function, Message, Role, ToolCall};
pub(crate) use choice::Choice;
use engine::Shape;
use serde_json::{Map, Value, json};

/// Most tools of one request.
const MOST_TOOLS: usize = 128;
/// Most calls of one answer: small models repeat themselves.
const MOST_CALLS: usize = 16;
/// How a call begins and ends in the text of models that were taught this form (Hermes, Qwen, SmolLM and others), and
/// of those that were taught none.
pub(super) const OPEN: &str = "<tool_call>";
pub(super) const HEAD: &str = "\n{\"name\": \"";
pub(super) const ARGUMENTS: &str = "\", \"arguments\": ";
pub(super) const CLOSE: &str = "}\n</tool_call>";

/// The tools of one request, checked.
#[derive(Clone, Debug)]
pub(crate) struct Tools {
    pub(crate) choice: Choice,
    /// Those that may be called: name, and schema of the arguments.
    callable: Vec<(String, Shape)>,
    several: bool,
}

impl Tools {
    /// Reads `tools`, `tool_choice` and `parallel_tool_calls`; `None` when nothing may be called.
    pub(crate) fn read(request: &ChatRequest) -> Result<Option<Self>, Error> {
        let given = request.tools.as_deref().unwrap_or_default();
        if given.len() > MOST_TOOLS {
            return Err(Error::field("tools", format!("at most {MOST_TOOLS} expected, {} found", given.len())));
        }
        let mut callable = Vec::new();
        for (i, tool) in given.iter().enumerate() {
            let (name, shape) = function(tool, &format!("tools[{i}]"))?;
            if callable.iter().any(|(other, _)| *other == name) {
                return Err(Error::field(format!("tools[{i}].function.name"), format!("`{name}` stands twice")));
            }
            callable.push((name, shape));
        }
        let (choice, allowed) = Choice::read(request.tool_choice.as_ref())?;
        let known = |name: &String| callable.iter().any(|(other, _)| other == name);
        let named = if let Choice::Named(name) = &choice { Some(name) } else { None };
        if let Some(name) = allowed.iter().flatten().chain(named).find(|name| !known(name)) {
            return Err(Error::field("tool_choice", format!("`{name}` is not among the tools")));
        }
        if callable.is_empty() && choice == Choice::Required {
            return Err(Error::field("tool_choice", "a call needs tools"));
        }
        callable.retain(|(name, _)| {
            allowed.as_ref().is_none_or(|all| all.contains(name)) && named.is_none_or(|n| n == name)
        });
        if callable.is_empty() || choice == Choice::None {
            return Ok(None);
        }
        let several = request.parallel_tool_calls != Some(false) && named.is_none();
        Ok(Some(Self { choice, callable, several }))
    }

    /// The arguments of each tool, with the field that says what they are.
    pub(crate) fn arguments(&self, request: &ChatRequest) -> Vec<(Shape, String)> {
        let place = |name: &str| {
            let tools = request.tools.iter().flatten();
            let idx = tools.map(|tool| &tool["function"]["name"]).position(|other| other == name).unwrap_or(0);
            format!("tools[{idx}].function.parameters")
        };
        self.callable.iter().map(|(name, shape)| (shape.clone(), place(name))).collect()
    }

    /// The texts that may be answered; those of `format` too, where a call is not demanded.
    pub(crate) fn shape(&self, format: Option<Shape>) -> Shape {
        let literal = |text: &str| Shape::Literal(text.to_owned());
        let ways = self.callable.iter().map(|(name, arguments)| {
            Shape::Sequence(vec![literal(&format!("{HEAD}{name}{ARGUMENTS}")), arguments.clone(), literal(CLOSE)])
        });
        let body = Shape::Either(ways.collect());
        let next = Shape::Sequence(vec![literal(&format!("\n{OPEN}")), body.clone()]);
        let more = Shape::Repeat { what: Box::new(next), least: 0, most: Some(MOST_CALLS - 1) };
        let calls = |open: Shape| {
            Shape::Sequence([open, body.clone()].into_iter().chain(self.several.then(|| more.clone())).collect())
        };
        match (&self.choice, format) {
            (Choice::Required | Choice::Named(_), _) => calls(literal(OPEN)),
            (_, Some(format)) => Shape::Either(vec![format, calls(literal(OPEN))]),
            _ => {
                Shape::Either(vec![Shape::Prose { without: OPEN.to_owned() }, calls(Shape::ProseUpTo(OPEN.to_owned()))])
            }
        }
    }
}

/// Name and arguments of one tool.
fn function(tool: &Value, place: &str) -> Result<(String, Shape), Error> {
    if tool["type"] != "function" {
        return Err(Error::field(format!("{place}.type"), "only `function` is called here"));
    }
    let name = tool["function"]["name"].as_str().unwrap_or_default();
    if !is_name(name) {
        let expected = "1 to 64 letters, digits, `_`, `-` or `.` expected";
        return Err(Error::field(format!("{place}.function.name"), expected));
    }
    let at = format!("{place}.function.parameters");
    let arguments = match &tool["function"]["parameters"] {
        Value::Null => Shape::object(),
        Value::Object(schema) => {
            let mut schema = schema.clone();
            match schema.get("type") {
                None => drop(schema.insert("type".to_owned(), "object".into())),
                Some(kind) if kind == "object" => {}
                Some(_) => return Err(Error::field(format!("{at}.type"), "`object` expected")),
            }
            Shape::Schema(Value::Object(schema))
        }
        _ => return Err(Error::field(at, "a JSON schema expected")),
    };
    Ok((name.to_owned(), arguments))
}

fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
}

/// Whether the model's own template tells it of tools, in the form that is read here.
pub(crate) fn is_native(local: &dyn Local) -> bool {
    local.template_says("tools") && local.template_says(OPEN)
}

/// The messages for a model whose template knows no tools: a system text of our own tells of them, and what was called
/// and came of it is text.
pub(crate) fn as_text(messages: &[Message], tools: Option<&[Value]>) -> Vec<Message> {
    let mut all: Vec<Message> = Vec::new();
    for message in messages {
        let message = match (message.role, &message.tool_calls) {
            (Role::Tool, _) => {
                text(Role::User, format!("<tool_response>\n{}\n</tool_response>", message.content.text()))
            }
            (Role::Assistant, Some(calls)) if !calls.is_empty() => {
                let calls = calls.iter().map(|ToolCall { function: Function { name, arguments }, .. }| {
                    format!("{OPEN}{HEAD}{name}{ARGUMENTS}{arguments}{CLOSE}")
                });
                let said = Some(message.content.text()).filter(|text| !text.is_empty());
                text(Role::Assistant, said.into_iter().chain(calls).collect::<Vec<_>>().join("\n"))
            }
            _ => message.clone(),
        };
        match all.last_mut() {
            // several results of one turn: templates want roles to alternate
            Some(last) if message.role == Role::User && last.role == Role::User && is_result(last) => {
                *last = text(Role::User, format!("{}\n{}", last.content.text(), message.content.text()));
            }
            _ => all.push(message),
        }
    }
    if let Some(tools) = tools.filter(|tools| !tools.is_empty()) {
        let told = told(tools);
        match all.first_mut() {
            Some(first) if first.role == Role::System => {
                *first = text(Role::System, format!("{}\n\n{told}", first.content.text()));
            }
            _ => all.insert(0, text(Role::System, told)),
        }
    }
    all
}

fn is_result(message: &Message) -> bool {
    message.content.text().starts_with("<tool_response>")
}

fn told(tools: &[Value]) -> String {
    let lines: Vec<String> = tools.iter().map(Value::to_string).collect();
    let call = format!("{OPEN}{HEAD}NAME{ARGUMENTS}{{\"ARGUMENT\": VALUE}}{CLOSE}");
    format!(
        "You can call these tools, whose descriptions are JSON:\n<tools>\n{}\n</tools>\nTo call one, answer with\n{call}",
        lines.join("\n")
    )
}

fn text(role: Role, text: String) -> Message {
    Message { role, content: chat::Content::Text(text), name: None, tool_calls: None, tool_call_id: None }
}

/// Whether any message speaks of calls.
pub(crate) fn in_messages(messages: &[Message]) -> bool {
    messages.iter().any(|m| m.role == Role::Tool || m.tool_calls.as_ref().is_some_and(|calls| !calls.is_empty()))
}

/// A tool as templates are given it.
pub(crate) fn for_template(tool: &Value) -> Value {
    let mut function = tool["function"].as_object().cloned().unwrap_or_default();
    function.entry("description").or_insert_with(|| "".into());
    if function.get("parameters").is_none_or(Value::is_null) {
        function.insert("parameters".to_owned(), json!({ "type": "object", "properties": {} }));
    }
    Value::Object(Map::from_iter([
        ("type".to_owned(), "function".into()),
        ("function".to_owned(), Value::Object(function)),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_called_becomes_text_where_no_template_tells_it() {
        let call = json!({ "id": "c", "type": "function", "function": { "name": "now", "arguments": "{\"a\":1}" } });
        let messages: Vec<Message> = serde_json::from_value(json!([
            { "role": "system", "content": "Be brief." },
            { "role": "user", "content": "hi" },
            { "role": "assistant", "content": null, "tool_calls": [call] },
            { "role": "tool", "tool_call_id": "c", "content": "noon" },
            { "role": "tool", "tool_call_id": "c", "content": "one" },
        ]))
        .unwrap();
        let tools = [json!({ "type": "function", "function": { "name": "now" } })];
        let told = as_text(&messages, Some(&tools));
        let roles: Vec<_> = told.iter().map(|m| m.role).collect();
        assert_eq!(roles, [Role::System, Role::User, Role::Assistant, Role::User]);
        assert!(told[0].content.text().starts_with("Be brief.\n\nYou can call"));
        assert_eq!(told[2].content.text(), "<tool_call>\n{\"name\": \"now\", \"arguments\": {\"a\":1}}\n</tool_call>");
        let results = "<tool_response>\nnoon\n</tool_response>\n<tool_response>\none\n</tool_response>";
        assert_eq!(told[3].content.text(), results);
    }
}
