//! A chat request in the shape of OpenAI's API, with every option optional.
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{SeqAccess, Visitor, value::SeqAccessDeserializer},
};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, fmt};

/// Messages to answer, and how.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChatRequest {
    /// Name of the model.
    pub model: String,
    /// The conversation, oldest first.
    pub messages: Vec<Message>,
    /// Tools that may be called, as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools: Option<Vec<Value>>,
    /// Which tool is to be called: `none`, `auto`, `required` or a named one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_choice: Option<Value>,
    /// Whether one answer may hold several calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parallel_tool_calls: Option<bool>,
    /// Report log-probabilities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logprobs: Option<bool>,
    /// Report this many of the most likely tokens too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_logprobs: Option<usize>,
    /// The older form of `tools`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub functions: Option<Vec<Value>>,
    /// The forms that the answer may have: `text`, `audio`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modalities: Option<Vec<String>>,
    /// Further variables for the model's template, e.g. `enable_thinking`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat_template_kwargs: Option<Map<String, Value>>,
    /// The messages' text is continued as it stands, without a template: by models here alone, which read it as text.
    #[serde(skip)]
    pub raw: bool,
    /// Fields that mean nothing here, for whoever is asked further on: `user`, `reasoning_effort`, ...
    #[serde(skip)]
    pub more: Map<String, Value>,
    /// How to choose tokens and when to end.
    #[serde(flatten)]
    pub options: Options,
}

/// What chat and plain completions have in common.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// 0 is greedy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f32>,
    /// Keep the smallest set whose probability reaches this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f32>,
    /// Keep the k most likely; 0 and -1 keep all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_k: Option<i64>,
    /// Drop what is less likely than this share of the most likely.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_p: Option<f32>,
    /// 1 is off.
    #[serde(alias = "repeat_penalty", skip_serializing_if = "Option::is_none")]
    pub repetition_penalty: Option<f32>,
    /// -2 to 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence_penalty: Option<f32>,
    /// -2 to 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frequency_penalty: Option<f32>,
    /// Token id (as text, as JSON has it) to what is added to its logit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logit_bias: Option<BTreeMap<String, f32>>,
    /// Most tokens to generate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<usize>,
    /// The same by its newer name, which wins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_completion_tokens: Option<usize>,
    /// Texts that end the answer; one text alone is read too.
    #[serde(deserialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<String>,
    /// Go on where the model would end: for measuring, as other servers have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignore_eos: Option<bool>,
    /// How many answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n: Option<usize>,
    /// The same seed gives the same answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<i64>,
    /// Send the answer piece by piece.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream: Option<bool>,
    /// How to stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream_options: Option<StreamOptions>,
    /// What form the answer must have.
    #[serde(flatten)]
    pub guided: Guided,
}

/// What form an answer must have; one of these at most. The first is OpenAI's, the others are vLLM's and llama.cpp's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Guided {
    /// `text`, `json_object` or `json_schema`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_format: Option<Value>,
    /// An object with `json`, `regex`, `choice`, `grammar` or `json_object`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub structured_outputs: Option<Value>,
    /// A JSON schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guided_json: Option<Value>,
    /// A regex that the whole answer matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guided_regex: Option<String>,
    /// One of these texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guided_choice: Option<Vec<String>>,
    /// A grammar in Lark's notation or in GBNF.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guided_grammar: Option<String>,
    /// A JSON schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json_schema: Option<Value>,
    /// A regex that the whole answer matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regex: Option<String>,
    /// A grammar in GBNF or in Lark's notation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grammar: Option<String>,
}

/// How to stream.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StreamOptions {
    /// End with a chunk that holds the usage.
    pub include_usage: Option<bool>,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Instructions; also read from the newer name `developer`.
    #[serde(alias = "developer")]
    System,
    /// The one who asks.
    User,
    /// The one who answers.
    Assistant,
    /// What a called tool returned.
    Tool,
}

impl Role {
    /// As templates know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
        }
    }
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    #[serde(default)]
    pub content: Content,
    /// Name of the speaker or of the tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Calls that the assistant made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_calls: Option<Vec<ToolCall>>,
    /// The call that a tool's message answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
}

impl Message {
    /// `content`, said by `role`.
    pub fn new(role: Role, content: Content) -> Self {
        Self { role, content, name: None, tool_calls: None, tool_call_id: None }
    }
}

/// What a message says.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Content {
    /// Nothing (`null`), as beside tool calls.
    #[default]
    Nothing,
    /// One text.
    Text(String),
    /// Several parts.
    Parts(Vec<Part>),
}

impl Content {
    /// What `parts` say: one text alone is a text.
    pub fn of(mut parts: Vec<Part>) -> Self {
        match (parts.pop(), parts.is_empty()) {
            (None, _) => Self::Nothing,
            (Some(Part { r#type, text: Some(text), rest }), true) if r#type == "text" && rest.is_empty() => {
                Self::Text(text)
            }
            (Some(last), _) => {
                parts.push(last);
                Self::Parts(parts)
            }
        }
    }

    /// The texts, joined by line ends; parts that are no text are left out.
    pub fn text(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Text(text) => text.clone(),
            Self::Parts(parts) => parts.iter().filter_map(|p| p.text.as_deref()).collect::<Vec<_>>().join("\n"),
        }
    }
}

/// A part of a message: `{"type": "text", "text": ..}`, or of another type with what belongs to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// `text`, `image_url`, `input_audio`, ...
    pub r#type: String,
    /// The text of a `text` part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Everything else.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Part {
    /// A text.
    pub fn of_text(text: impl Into<String>) -> Self {
        Self { r#type: "text".to_owned(), text: Some(text.into()), rest: Map::new() }
    }

    /// The image at `url`, which may be a `data:` URL that holds it.
    pub fn of_image(url: impl Into<String>) -> Self {
        let image = Map::from_iter([("url".to_owned(), Value::String(url.into()))]);
        let rest = Map::from_iter([("image_url".to_owned(), Value::Object(image))]);
        Self { r#type: "image_url".to_owned(), text: None, rest }
    }
}

/// A call that the assistant made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// Its id, which the tool's message repeats.
    pub id: String,
    /// `function`.
    #[serde(default = "function")]
    pub r#type: String,
    /// What is called.
    pub function: Function,
}

impl ToolCall {
    /// A call of `function`, whose result will name `id`.
    pub fn new(id: impl Into<String>, function: Function) -> Self {
        Self { id: id.into(), r#type: "function".to_owned(), function }
    }
}

/// A function and its arguments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// A JSON object, as text.
    pub arguments: String,
}

fn function() -> String {
    "function".to_owned()
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor)
    }
}

/// A visitor rather than an untagged enum, so that a fault inside a part is reported with its own place.
struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a list of parts, or null")
    }

    fn visit_unit<E>(self) -> Result<Content, E> {
        Ok(Content::Nothing)
    }

    fn visit_str<E>(self, text: &str) -> Result<Content, E> {
        Ok(Content::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Content, E> {
        Ok(Content::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, parts: A) -> Result<Content, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(parts)).map(Content::Parts)
    }
}

/// Reads `null`, a text or a list of texts.
fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct Texts;

    impl<'de> Visitor<'de> for Texts {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a text or a list of texts")
        }

        fn visit_unit<E>(self) -> Result<Vec<String>, E> {
            Ok(Vec::new())
        }

        fn visit_str<E>(self, text: &str) -> Result<Vec<String>, E> {
            Ok(vec![text.to_owned()])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, texts: A) -> Result<Vec<String>, A::Error> {
            Vec::deserialize(SeqAccessDeserializer::new(texts))
        }
    }
    deserializer.deserialize_any(Texts)
}
