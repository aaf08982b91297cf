//! `POST /api/chat`.
use super::{
    options::{Common, check_loaded, image_url},
    reply::{Kind, Teller},
};
use crate::{
    app::Shared,
    exchange::{self, Context},
    openai::{Failure, body},
};
use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use chat::{ChatRequest, Content, Function, Message, Part, Role, ToolCall};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Asked {
    messages: Option<Vec<Turn>>,
    tools: Option<Vec<Value>>,
}

#[derive(Deserialize)]
struct Turn {
    role: Role,
    content: Option<String>,
    images: Option<Vec<String>>,
    tool_calls: Option<Vec<Call>>,
    tool_name: Option<String>,
    tool_call_id: Option<String>,
}

#[derive(Deserialize)]
struct Call {
    id: Option<String>,
    function: Called,
}

#[derive(Deserialize)]
struct Called {
    name: String,
    #[serde(default)]
    arguments: Value,
}

pub(super) async fn create(State(app): State<Shared>, context: Context, request: Request) -> Result<Response, Failure> {
    let body = body::read(request, &app.config).await?;
    let (common, asked): (Common, Asked) = (body::fields(&body)?, body::fields(&body)?);
    let teller = Teller::new(Kind::Chat, common.asked_model());
    let model = common.model(&app);
    let turns = asked.messages.unwrap_or_default();
    if turns.is_empty() {
        check_loaded(&app, &model)?;
        return Ok(Json(teller.loaded()).into_response());
    }
    let request = ChatRequest { tools: asked.tools, ..common.chat(model, messages(turns))? };
    let answering = exchange::ask(&app, context, request, 1).await?;
    teller.tell(answering, common.is_streamed()).await
}

/// The conversation. Calls without ids are given some, and results find theirs by the tool's name, or by the order.
fn messages(turns: Vec<Turn>) -> Vec<Message> {
    let (mut messages, mut open): (Vec<Message>, Vec<ToolCall>) = (Vec::new(), Vec::new());
    for (i, turn) in turns.into_iter().enumerate() {
        let calls: Vec<ToolCall> =
            turn.tool_calls.into_iter().flatten().enumerate().map(|(j, call)| call.read(i, j)).collect();
        let mut parts: Vec<_> = turn.content.filter(|text| !text.is_empty()).map(Part::of_text).into_iter().collect();
        parts.extend(turn.images.iter().flatten().map(|image| Part::of_image(image_url(image))));
        let mut message = Message::new(turn.role, Content::of(parts));
        if message.content == Content::Nothing && calls.is_empty() {
            message.content = Content::Text(String::new());
        }
        if turn.role == Role::Tool {
            let place =
                open.iter().position(|call| turn.tool_name.as_ref().is_none_or(|name| *name == call.function.name));
            let id = place.map(|place| open.remove(place).id);
            message.tool_call_id = turn.tool_call_id.or(id);
            message.name = turn.tool_name;
        } else {
            open.clone_from(&calls);
            message.tool_calls = Some(calls).filter(|calls| !calls.is_empty());
        }
        messages.push(message);
    }
    messages
}

impl Call {
    /// Call `j` of turn `i`.
    fn read(self, i: usize, j: usize) -> ToolCall {
        let arguments = match self.function.arguments {
            Value::Null => "{}".to_owned(),
            Value::String(text) => text,
            other => other.to_string(),
        };
        let id = self.id.filter(|id| !id.is_empty()).unwrap_or_else(|| format!("call_{i}_{j}"));
        ToolCall::new(id, Function { name: self.function.name, arguments })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn results_find_their_calls() {
        let call = |name: &str| json!({ "function": { "name": name, "arguments": { "a": 1 } } });
        let turns = json!([
            { "role": "user", "content": "look", "images": ["iVBORw0"] },
            { "role": "assistant", "content": "", "tool_calls": [call("x"), call("y"), call("x")] },
            { "role": "tool", "content": "2", "tool_name": "y" },
            { "role": "tool", "content": "1", "tool_name": "x" },
            { "role": "tool", "content": "3" },
            { "role": "tool", "content": "4", "tool_call_id": "own" },
        ]);
        let messages = messages(serde_json::from_value(turns).unwrap());
        let ids: Vec<_> = messages[2..].iter().map(|message| message.tool_call_id.as_deref().unwrap()).collect();
        assert_eq!(ids, ["call_1_1", "call_1_0", "call_1_2", "own"]);
        let calls = messages[1].tool_calls.as_ref().unwrap();
        assert_eq!((&*calls[0].id, &*calls[0].function.arguments), ("call_1_0", r#"{"a":1}"#));
        let wanted = json!([{ "type": "text", "text": "look" },
            { "type": "image_url", "image_url": { "url": "data:image/png;base64,iVBORw0" } }]);
        assert_eq!(serde_json::to_value(&messages[0].content).unwrap(), wanted);
    }
}
