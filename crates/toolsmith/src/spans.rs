//! Arguments read out of a request by a small model that may only point: each value is a piece of this very request.
//!
//! A grammar guarantees form, not truth: small models copy what they were shown last. So each text and number that they may
//! write is a span of the request, and what they wrote is refused unless it uses no span twice and leaves none over that looks
//! as if it mattered. To refuse is always safe: the next tier answers.
mod candidates;
mod consumed;
mod narrow;

pub use consumed::check;
pub use narrow::narrowed;

use crate::{Call, Sandbox, Tool};
use chat::{Answerer, ChatRequest, Content, Delta, Deltas, Finish, Guided, Message, Options, Role};
use serde_json::{Map, Value, json};
use std::{fmt, future::poll_fn};

/// Bytes of a request that a small model is asked to read.
const LONGEST: usize = 8_000;
/// Bytes of an answer that are read.
const LONGEST_ANSWER: usize = 64 << 10;
/// Examples that are tried to find those to show.
const TRIED: usize = 8;

/// A text and the arguments in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Demonstration {
    /// What was asked.
    pub text: String,
    /// What `extract` found in it.
    pub arguments: Map<String, Value>,
}

/// Why there are no arguments.
#[derive(Clone, Debug, PartialEq)]
pub enum Refused {
    /// The request is too long for a small model.
    TooLong,
    /// The schema, or this request, has no arguments that could be spans.
    Schema(String),
    /// The model did not answer.
    Failed(chat::Error),
    /// The answer was cut.
    Unfinished,
    /// The answer is no JSON object.
    NoObject,
    /// The arguments are not what the tool's schema says.
    Invalid(String),
    /// This value is no span of the request.
    NotThere(String),
    /// This span was used more often than it stands in the request.
    Twice(String),
    /// This part of the request was left over.
    LeftOver(String),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "at most {LONGEST} bytes expected"),
            Self::Schema(why) => write!(f, "no arguments can be read from this request: {why}"),
            Self::Failed(error) => write!(f, "the model did not answer: {error}"),
            Self::Unfinished => f.write_str("the model's answer was cut"),
            Self::NoObject => f.write_str("the model's answer is no JSON object"),
            Self::Invalid(why) => write!(f, "the arguments are not what the tool's schema says: {why}"),
            Self::NotThere(value) => write!(f, "`{value:.80}` does not stand in the request"),
            Self::Twice(value) => write!(f, "`{value:.80}` is used more often than it stands in the request"),
            Self::LeftOver(part) => write!(f, "`{part:.80}` of the request is left over"),
        }
    }
}

impl std::error::Error for Refused {}

/// Up to `n` of the tool's examples with the arguments that its own `extract` finds, the shortest of the first few.
pub async fn demonstrations(sandbox: &Sandbox, tool: &Tool, n: usize) -> Vec<Demonstration> {
    let mut texts: Vec<&str> = tool.examples.iter().map(|example| example.text.as_str()).take(TRIED.max(n)).collect();
    texts.sort_by_key(|text| text.len());
    let mut found = Vec::new();
    for text in texts {
        if found.len() >= n {
            break;
        }
        let outcome = sandbox.call(&tool.code, Call::Extract { text: text.to_owned() }).await;
        if let Some(arguments) = outcome.ok().and_then(|outcome| outcome.arguments) {
            found.push(Demonstration { text: text.to_owned(), arguments });
        }
    }
    found
}

/// The arguments of `tool` in `text`, as `model` of `answerer` points at them.
///
/// # Errors
/// Whatever is not beyond doubt is refused.
pub async fn extract(
    answerer: &dyn Answerer,
    model: &str,
    tool: &Tool,
    shown: &[Demonstration],
    text: &str,
) -> Result<Map<String, Value>, Refused> {
    if text.len() > LONGEST {
        return Err(Refused::TooLong);
    }
    let schema = narrowed(&tool.input, text).map_err(Refused::Schema)?;
    let request = request(model, tool, shown, text, &schema);
    let reply = answerer.answer(&request).await.map_err(Refused::Failed)?;
    let answer = read(reply.deltas).await?;
    let Ok(Value::Object(arguments)) = serde_json::from_str(answer.trim()) else { return Err(Refused::NoObject) };
    check(tool, text, &arguments)?;
    Ok(arguments)
}

/// What the model is asked: the arguments in `text`, in the form of `schema`.
fn request(model: &str, tool: &Tool, shown: &[Demonstration], text: &str, schema: &Value) -> ChatRequest {
    let instructions = format!(
        "Find the arguments of the function `{}` in the user's message and write them as JSON.\n{}\nJSON Schema of the \
         arguments: {}\nCopy every value from the message exactly, use each part of it once, leave nothing out.",
        tool.name, tool.description, tool.input
    );
    let mut messages = vec![Message::new(Role::System, Content::Text(instructions))];
    for demonstration in shown {
        let arguments = Value::Object(demonstration.arguments.clone()).to_string();
        messages.push(Message::new(Role::User, Content::Text(demonstration.text.clone())));
        messages.push(Message::new(Role::Assistant, Content::Text(arguments)));
    }
    messages.push(Message::new(Role::User, Content::Text(text.to_owned())));
    let format = json!({"type": "json_schema", "json_schema": {"name": "arguments", "strict": true, "schema": schema}});
    let options = Options {
        temperature: Some(0.0),
        max_tokens: Some(256 + text.len() / 2),
        guided: Guided { response_format: Some(format), ..Guided::default() },
        ..Options::default()
    };
    ChatRequest { model: model.to_owned(), messages, options, ..ChatRequest::default() }
}

async fn read(mut deltas: Deltas) -> Result<String, Refused> {
    let (mut text, mut finish) = (String::new(), None);
    while let Some(delta) = poll_fn(|context| deltas.as_mut().poll_next(context)).await {
        match delta.map_err(Refused::Failed)? {
            Delta::Finish(why) => finish = Some(why),
            delta => delta.say(&mut text),
        }
        if text.len() > LONGEST_ANSWER {
            return Err(Refused::Unfinished);
        }
    }
    if finish == Some(Finish::Stop) { Ok(text) } else { Err(Refused::Unfinished) }
}
