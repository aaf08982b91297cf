//! Arguments read out of a request by a small model that may only point: each value is a piece of this very request.
//!
//! A grammar guarantees form, not truth: small models copy what they were shown last. So each text and number that they may
//! write is a span of the request, and what they wrote is refused unless it uses no span twice, keeps the order that the tool's
//! examples have, and leaves nothing over but what is left over there, or is mere courtesy. Last, one of those examples is said
//! anew with these arguments, and the tool's own code must find them in it. To refuse is always safe: the next tier answers.
mod candidates;
mod habits;
mod phrases;
mod placed;
mod reader;
mod readings;

pub use phrases::Phrases;
pub use reader::Reader;

use chat::{ChatRequest, Content, Delta, Deltas, Finish, Guided, Message, Options, Role};
use serde_json::{Map, Value, json};
use std::{fmt, future::poll_fn};

/// Bytes of an answer that are read.
const LONGEST_ANSWER: usize = 64 << 10;

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
    /// The model did not answer, or the sandbox is not to be had.
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
    /// This span stands before another that it should follow.
    Disorder(String),
    /// This is how requests are worded, and no argument.
    Wording(String),
    /// This part of the request was left over.
    LeftOver(String),
    /// What examples ask is not asked here.
    Unsaid,
    /// These signs stand between, before or behind arguments in no example.
    Apart(String),
    /// The tool does not find these arguments in any example that says them.
    Unlike,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => f.write_str("it is too long for a small model"),
            Self::Schema(why) => write!(f, "no arguments can be read from this request: {why}"),
            Self::Failed(error) => write!(f, "no answer: {error}"),
            Self::Unfinished => f.write_str("the model's answer was cut"),
            Self::NoObject => f.write_str("the model's answer is no JSON object"),
            Self::Invalid(why) => write!(f, "the arguments are not what the tool's schema says: {why}"),
            Self::NotThere(value) => write!(f, "`{value:.80}` does not stand in the request"),
            Self::Twice(value) => write!(f, "`{value:.80}` is used more often than it stands in the request"),
            Self::Disorder(value) => write!(f, "`{value:.80}` stands before what it should follow"),
            Self::Wording(value) => write!(f, "`{value:.80}` is how requests are worded, and no argument"),
            Self::LeftOver(part) => write!(f, "`{part:.80}` of the request is left over"),
            Self::Unsaid => f.write_str("what the tool's requests ask is not asked"),
            Self::Apart(signs) => write!(f, "`{signs:.80}` stands around arguments in no example"),
            Self::Unlike => f.write_str("the tool does not find these arguments in its own words"),
        }
    }
}

impl std::error::Error for Refused {}

/// What the model is asked: the arguments of the tool that is called and described so in `text`, in the form of `schema`.
fn request(model: &str, tool: [&str; 2], shown: &[&Demonstration], text: &str, schema: &Value) -> ChatRequest {
    let [name, description] = tool;
    let instructions = format!(
        "Find the arguments of the function `{name}` in the user's message and write them as JSON.\n{description}\nCopy every \
         value from the message exactly, in its order, use each part of it once, leave nothing out."
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
