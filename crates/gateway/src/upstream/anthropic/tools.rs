//! Tools and their choice as Anthropic's API has them.
use super::schema;
use crate::tools::Choice;
use chat::{ChatRequest, Error};
use serde_json::{Map, Value, json};

/// What may be called.
#[derive(Debug)]
pub(super) struct Tools {
    pub(super) tools: Vec<Value>,
    pub(super) choice: Choice,
    several: bool,
}

impl Tools {
    /// Reads `request`; `strict` says whether the API enforces schemas of arguments.
    pub(super) fn read(request: &ChatRequest, strict: bool) -> Result<Self, Error> {
        let given = request.tools.iter().flatten().enumerate();
        let tools = given.map(|(i, tool)| translate(tool, &format!("tools[{i}]"), strict));
        let mut tools: Vec<Value> = tools.collect::<Result<_, _>>()?;
        let (choice, allowed) = Choice::read(request.tool_choice.as_ref())?;
        if let Some(allowed) = allowed {
            tools.retain(|tool| allowed.iter().any(|name| tool["name"] == **name));
        }
        if tools.is_empty() && choice.is_forced() {
            return Err(Error::field("tool_choice", "a call needs tools"));
        }
        Ok(Self { tools, choice, several: request.parallel_tool_calls != Some(false) })
    }

    /// Has the answer given as the arguments of a tool, beside the other tools where these may be called; returns what
    /// the tool is called.
    pub(super) fn answer_in(&mut self, schema: Value) -> String {
        let mut name = "answer".to_owned();
        while self.tools.iter().any(|tool| tool["name"] == name) {
            name.push('_');
        }
        let calls = !self.tools.is_empty() && self.choice == Choice::Auto;
        self.choice = if calls { Choice::Required } else { Choice::Named(name.clone()) };
        let description = "Gives the answer to the user, whose form is that of the arguments.";
        self.tools.push(json!({ "name": name, "description": description, "input_schema": schema }));
        name
    }

    /// Writes both into `body`.
    pub(super) fn write(self, body: &mut Map<String, Value>) {
        if self.tools.is_empty() {
            return;
        }
        let mut choice = match &self.choice {
            Choice::None => json!({ "type": "none" }),
            Choice::Auto => json!({ "type": "auto" }),
            Choice::Required => json!({ "type": "any" }),
            Choice::Named(name) => json!({ "type": "tool", "name": name }),
        };
        if !self.several && self.choice != Choice::None {
            choice["disable_parallel_tool_use"] = true.into();
        }
        body.insert("tools".to_owned(), Value::Array(self.tools));
        body.insert("tool_choice".to_owned(), choice);
    }
}

fn translate(tool: &Value, at: &str, strict: bool) -> Result<Value, Error> {
    if tool["type"] != "function" {
        return Err(Error::field(format!("{at}.type"), "only `function` can be passed on to Anthropic's API"));
    }
    let function = &tool["function"];
    let name = function["name"].as_str().filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| Error::field(format!("{at}.function.name"), "missing"))?;
    let mut schema = match &function["parameters"] {
        Value::Null => json!({ "properties": {} }),
        Value::Object(fields) => Value::Object(fields.clone()),
        _ => return Err(Error::field(format!("{at}.function.parameters"), "a JSON schema expected")),
    };
    schema["type"] = "object".into();
    let enforced = (strict && function["strict"] == true).then(|| schema::native(&schema)).flatten();
    let mut translated = json!({ "name": name, "input_schema": enforced.as_ref().unwrap_or(&schema) });
    if enforced.is_some() {
        translated["strict"] = true.into();
    }
    for (name, value) in [("description", &function["description"]), ("cache_control", &tool["cache_control"])] {
        if !value.is_null() {
            translated[name] = value.clone();
        }
    }
    Ok(translated)
}
