//! A chat request as one upstream is asked it, and how its answer is to be read.
use super::{
    anthropic,
    draft::Draft,
    failure::Fault,
    openai,
    settings::{Api, Settings},
};
use chat::{ChatRequest, Error, Options};
use serde_json::Value;

/// What is sent, and what is to come back.
#[derive(Clone, Debug)]
pub(super) struct Question {
    /// Below the API's address.
    pub(super) route: &'static str,
    pub(super) body: Value,
    pub(super) protocol: Protocol,
    pub(super) expected: Expected,
}

/// What is known of an answer before it comes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Expected {
    /// The client named the tool to call.
    pub(super) named: bool,
    /// Bytes of the prompt's text, from which its tokens are estimated where nobody counts them.
    pub(super) prompt_bytes: usize,
}

/// How an answer is read.
#[derive(Clone, Debug)]
pub(super) enum Protocol {
    OpenAi,
    Anthropic(anthropic::Reader),
}

impl Protocol {
    pub(super) fn of(api: Api) -> Self {
        match api {
            Api::OpenAi | Api::Azure => Self::OpenAi,
            Api::Anthropic => Self::Anthropic(anthropic::Reader::default()),
        }
    }

    /// Takes an event's data; says whether it is the last.
    pub(super) fn event(&mut self, event: &Value, draft: &mut Draft) -> Result<bool, Fault> {
        match self {
            Self::OpenAi => openai::read(event, draft).map(|()| false),
            Self::Anthropic(reader) => reader.event(event, draft),
        }
    }

    /// Takes an answer in one piece.
    pub(super) fn whole(&mut self, answer: &Value, draft: &mut Draft) -> Result<(), Fault> {
        match self {
            Self::OpenAi => openai::whole(answer, draft),
            Self::Anthropic(reader) => reader.whole(answer, draft),
        }
    }
}

/// `request` for `model` as the upstream in `settings` is asked it.
pub(super) fn ask(settings: &Settings, model: &str, request: &ChatRequest) -> Result<Question, Error> {
    check(request)?;
    let mut question = match settings.api {
        Api::OpenAi | Api::Azure => openai::ask(settings, model, request)?,
        Api::Anthropic => anthropic::ask(settings, model, request)?,
    };
    let named = request.tool_choice.as_ref().is_some_and(|choice| choice["type"] == "function");
    question.expected = Expected { named, prompt_bytes: prompt_bytes(request) };
    if let Some(body) = question.body.as_object_mut() {
        settings.without.iter().for_each(|field| drop(body.shift_remove(field)));
    }
    Ok(question)
}

/// Refuses what no upstream could be asked, or whose answer could not be told.
fn check(request: &ChatRequest) -> Result<(), Error> {
    if request.messages.is_empty() {
        return Err(Error::field("messages", "at least one expected"));
    }
    if request.functions.as_ref().is_some_and(|functions| !functions.is_empty()) {
        return Err(Error::field("functions", "the older form of `tools` is not read"));
    }
    if request.modalities.iter().flatten().any(|kind| kind != "text") {
        return Err(Error::field("modalities", "only `text` is answered"));
    }
    Ok(())
}

/// Texts, calls and tools; images are not counted.
fn prompt_bytes(request: &ChatRequest) -> usize {
    let calls = request.messages.iter().flat_map(|message| message.tool_calls.iter().flatten());
    let calls: usize = calls.map(|call| call.function.name.len() + call.function.arguments.len()).sum();
    let texts: usize = request.messages.iter().map(|message| message.content.text().len()).sum();
    let tools: usize = request.tools.iter().flatten().map(|tool| tool.to_string().len()).sum();
    texts + calls + tools
}

/// A request's options as JSON. By way of text, so that 0.7 stays 0.7: as a number of double width, a float shows digits
/// that nobody wrote.
pub(super) fn as_json(request: &ChatRequest) -> Result<Value, Error> {
    exact(request)
}

/// The same for options alone.
pub(super) fn options_as_json(options: &Options) -> Result<Value, Error> {
    exact(options)
}

fn exact(value: &impl serde::Serialize) -> Result<Value, Error> {
    let defect =
        |e| Error::new(chat::Kind::Internal, format!("a defect while writing the request ({e}), please report it"));
    serde_json::from_str(&serde_json::to_string(value).map_err(defect)?).map_err(defect)
}
