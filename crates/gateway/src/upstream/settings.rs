//! What an operator says of an upstream: where it is, how it is asked, and how long it may take.
use std::{fmt, str::FromStr, time::Duration};

/// Which protocol an upstream speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Api {
    /// OpenAI's: OpenAI itself, vLLM, SGLang, llama.cpp, Ollama, Qianfan, DeepSeek and most others.
    #[default]
    OpenAi,
    /// OpenAI's with Azure's addresses: the key in `api-key`, the deployment in the path, the version in the query.
    Azure,
    /// Anthropic's Messages.
    Anthropic,
}

impl FromStr for Api {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "openai" => Ok(Self::OpenAi),
            "azure" => Ok(Self::Azure),
            "anthropic" => Ok(Self::Anthropic),
            _ => Err(format!("`openai`, `azure` or `anthropic` expected, `{name}` found")),
        }
    }
}

/// A text that is sent, and shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// For sending alone.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// An upstream as an operator describes it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What it is called here, in errors too.
    pub name: String,
    /// What it is called in the price book; often the name.
    pub provider: String,
    /// Which protocol it speaks.
    pub api: Api,
    /// The address that its API begins with, such as `https://api.openai.com/v1`; `{model}` in its path stands for the
    /// model's name.
    pub url: String,
    /// Sent as the API wants it.
    pub key: Option<Secret>,
    /// Further headers.
    pub headers: Vec<(String, Secret)>,
    /// Send the key over plain http to machines outside the local network, too.
    pub plain_http: bool,
    /// Longest wait for a connection.
    pub connect_timeout: Duration,
    /// Longest wait from asking to the first piece of the answer.
    pub first_token_timeout: Duration,
    /// Longest wait between two events of the answer.
    pub idle_timeout: Duration,
    /// Longest time for the whole, all tries and pauses included.
    pub timeout: Duration,
    /// How often a request goes out at most, while nothing of its answer has come.
    pub tries: u32,
    /// The pause after the first failure, doubled after each further one; up to half of it is left out at random.
    pub pause: Duration,
    /// Failures one after another after which it is left alone.
    pub breaker_failures: u32,
    /// How long it is left alone; then one request is let through to see.
    pub breaker_pause: Duration,
    /// Ask for the usage at a stream's end; some older servers refuse the field.
    pub stream_usage: bool,
    /// Most bytes of an answer.
    pub max_answer: usize,
    /// Fields of requests that this upstream would refuse, and that are left out.
    pub without: Vec<String>,
    /// Most tokens of an answer where the client says none and the API wants a number: Anthropic's does.
    pub max_tokens: usize,
    /// Anthropic's API: the schema of an answer is always that of a forced tool, for models and servers that do not know
    /// `output_config.format`.
    pub answer_by_tool: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: String::new(),
            provider: String::new(),
            api: Api::default(),
            url: String::new(),
            key: None,
            headers: Vec::new(),
            plain_http: false,
            connect_timeout: Duration::from_secs(10),
            first_token_timeout: Duration::from_secs(120),
            idle_timeout: Duration::from_secs(60),
            timeout: Duration::from_secs(600),
            tries: 3,
            pause: Duration::from_millis(500),
            breaker_failures: 5,
            breaker_pause: Duration::from_secs(30),
            stream_usage: true,
            max_answer: 16 << 20,
            without: Vec::new(),
            max_tokens: 8192,
            answer_by_tool: false,
        }
    }
}

impl Settings {
    /// The upstream at `url`, with defaults for all else.
    pub fn new(name: impl Into<String>, api: Api, url: impl Into<String>) -> Self {
        let name = name.into();
        Self { provider: name.clone(), name, api, url: url.into(), ..Self::default() }
    }
}
