//! Asks a server that speaks OpenAI's API, and notes when each piece of its answer came: the client of a measurement.
use crate::{
    download::{innermost, is_here},
    events::Events,
};
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url};
use serde_json::Value;
use std::{
    io,
    net::{Ipv4Addr, TcpListener},
    time::{Duration, Instant},
};

/// Most bytes of an answer that is read in one piece.
const MAX_ANSWER: usize = 64 << 20;

/// A server, by the address that its API begins with.
#[derive(Clone, Debug)]
pub struct Server {
    client: Client,
    /// Ends in `/v1` or the like, without a slash.
    base: String,
    key: Option<String>,
}

/// One answer as it came.
#[derive(Clone, Debug)]
pub struct Heard {
    /// When it was asked for.
    pub asked: Instant,
    /// When each piece of text came.
    pub pieces: Vec<Instant>,
    /// When the stream ended.
    pub ended: Instant,
    /// All of it.
    pub text: String,
    /// Why it ended, in the server's word.
    pub finish: Option<String>,
    /// Tokens of the prompt, by the server's count.
    pub n_prompt: u64,
    /// Tokens of the answer, by the server's count; of pieces, where it does not count.
    pub n_answer: u64,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The server said no: with this status, in these words.
    Refused(u16, String),
    /// The server is not there, or went away.
    Lost(String),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(status, why) => write!(f, "refused with {status}: {why}"),
            Self::Lost(why) => f.write_str(why),
        }
    }
}

impl Server {
    /// The server at `base`, such as `http://127.0.0.1:8080/v1`. `patience` bounds each wait for its next bytes.
    ///
    /// # Errors
    /// When `base` is no address, or a key would be sent in the open to another machine.
    pub fn new(base: &str, key: Option<&str>, patience: Duration) -> Result<Self, String> {
        let bad = |why: &str| format!("address `{base}`: {why}, such as http://127.0.0.1:8080/v1");
        let url = Url::parse(base).map_err(|e| bad(&format!("{e}; an address expected")))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(bad("http:// or https:// expected"));
        }
        if key.is_some() && url.scheme() == "http" && !is_here(&url) {
            return Err(format!("address `{base}`: a key is sent over https alone, or to this machine; use https"));
        }
        // an error says that one is there already, which is as good
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = Client::builder().connect_timeout(patience.min(Duration::from_secs(20))).read_timeout(patience);
        // a connection for each request: a server may close an idle one just when the next request goes out on it
        let builder = builder.pool_max_idle_per_host(0);
        let builder = if is_here(&url) { builder.no_proxy() } else { builder };
        let client = builder.build().map_err(|e| format!("no HTTP client: {}", innermost(&e)))?;
        Ok(Self { client, base: base.trim_end_matches('/').to_owned(), key: key.map(str::to_owned) })
    }

    /// Whether `/health`, which stands beside the API, says that all is well.
    pub async fn is_ready(&self) -> bool {
        let root = self.base.strip_suffix("/v1").unwrap_or(&self.base);
        self.client.get(format!("{root}/health")).send().await.is_ok_and(|r| r.status() == StatusCode::OK)
    }

    /// The first model that the server names.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub async fn model(&self) -> Result<String, Fault> {
        let models = whole(self.with_key(self.client.get(format!("{}/models", self.base)))).await?;
        let name = models["data"][0]["id"].as_str().map(str::to_owned);
        name.ok_or_else(|| Fault::Lost(format!("{}/models: a list of models expected, none found", self.base)))
    }

    /// The answer to `body`, a chat request, or with a `prompt` a completion request, in one piece.
    ///
    /// # Errors
    /// Refused, with the server's own words; Lost for all else.
    pub async fn ask(&self, body: &Value) -> Result<Value, Fault> {
        whole(self.request(body)).await
    }

    /// Streams the answer to `body`, as of [`Self::ask`], which asks for a stream.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub async fn listen(&self, body: &Value) -> Result<Heard, Fault> {
        let asked = Instant::now();
        let mut response = accepted(self.request(body)).await?;
        let mut heard = Heard {
            asked,
            pieces: Vec::new(),
            ended: asked,
            text: String::new(),
            finish: None,
            n_prompt: 0,
            n_answer: 0,
        };
        let mut events = Events::default();
        let mut done = false;
        while let Some(bytes) = response.chunk().await.map_err(|e| Fault::Lost(innermost(&e)))? {
            let mut found = Vec::new();
            events.push(&bytes, &mut found).map_err(Fault::Lost)?;
            for data in found {
                done = done || data == "[DONE]";
                if !done {
                    heard.take(&data)?;
                }
            }
        }
        if !done && heard.finish.is_none() {
            return Err(Fault::Lost("the stream ended before the answer did".to_owned()));
        }
        heard.ended = Instant::now();
        heard.n_answer = heard.n_answer.max(u64::from(!heard.pieces.is_empty()));
        Ok(heard)
    }

    fn request(&self, body: &Value) -> RequestBuilder {
        let route = if body["prompt"].is_null() { "chat/completions" } else { "completions" };
        let request = self.client.post(format!("{}/{route}", self.base));
        self.with_key(request.header("content-type", "application/json").body(body.to_string()))
    }

    fn with_key(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }
}

impl Heard {
    /// Takes one chunk of the stream.
    fn take(&mut self, data: &str) -> Result<(), Fault> {
        let chunk: Value =
            serde_json::from_str(data).map_err(|e| Fault::Lost(format!("a chunk that is no JSON: {e}")))?;
        if let Some(error) = chunk.get("error").filter(|e| !e.is_null()) {
            return Err(Fault::Refused(200, message(error).unwrap_or_else(|| error.to_string())));
        }
        let choice = &chunk["choices"][0];
        let text = choice["delta"]["content"].as_str().or(choice["text"].as_str());
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.pieces.push(Instant::now());
            self.text.push_str(text);
        }
        if let Some(finish) = choice["finish_reason"].as_str() {
            self.finish = Some(finish.to_owned());
        }
        let count = |name: &str| chunk["usage"][name].as_u64();
        self.n_prompt = count("prompt_tokens").unwrap_or(self.n_prompt);
        self.n_answer = count("completion_tokens").unwrap_or(self.n_answer.max(self.pieces.len() as u64));
        Ok(())
    }

    /// The wait for the first piece.
    pub fn first(&self) -> Option<Duration> {
        self.pieces.first().map(|at| *at - self.asked)
    }

    /// The waits between pieces.
    pub fn gaps(&self) -> impl Iterator<Item = Duration> {
        self.pieces.windows(2).map(|pair| pair[1] - pair[0])
    }
}

/// A port of loopback that nobody listens on at this moment.
///
/// # Errors
/// When the system has none.
pub fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

async fn whole(request: RequestBuilder) -> Result<Value, Fault> {
    let bytes = body(accepted(request).await?).await?;
    serde_json::from_slice(&bytes).map_err(|e| Fault::Lost(format!("an answer that is no JSON: {e}")))
}

/// The answer's head, if the server does not refuse.
async fn accepted(request: RequestBuilder) -> Result<Response, Fault> {
    let response = request.send().await.map_err(|e| Fault::Lost(innermost(&e)))?;
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let bytes = body(response).await?;
    let said = serde_json::from_slice(&bytes).ok().and_then(|v: Value| message(&v["error"]));
    let said = said.unwrap_or_else(|| String::from_utf8_lossy(&bytes).chars().take(200).collect());
    Err(Fault::Refused(status.as_u16(), said))
}

async fn body(mut response: Response) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    while let Some(more) = response.chunk().await.map_err(|e| Fault::Lost(innermost(&e)))? {
        bytes.extend_from_slice(&more);
        if bytes.len() > MAX_ANSWER {
            return Err(Fault::Lost(format!("an answer of at most {} MiB expected, more found", MAX_ANSWER >> 20)));
        }
    }
    Ok(bytes)
}

fn message(error: &Value) -> Option<String> {
    error["message"].as_str().or(error.as_str()).map(str::to_owned)
}
