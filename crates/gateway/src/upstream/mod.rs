//! Large models elsewhere: asked in their own protocol, and answering as everybody here does.
//!
//! An answer changes hands only before its first piece: until then a failure is tried again, within bounds, or returned
//! for somebody else to answer; after it, a failure ends the answer.
mod address;
mod anthropic;
mod breaker;
mod draft;
mod failure;
mod openai;
mod parser;
mod pause;
mod question;
mod reading;
mod settings;

pub use settings::{Api, Secret, Settings};

use crate::{download::innermost, layers::random};
use address::Address;
use axum::body::Bytes;
use breaker::{Breaker, Pass};
use chat::{Answerer, BoxFuture, ChatRequest, Delta, Error, Reply};
use failure::{Failure, Who, seconds};
use futures_util::{StreamExt, stream};
use parser::Parser;
use pause::LONGEST_ASKED;
use question::{Expected, Protocol, Question};
use reading::{Patience, Reading};
use reqwest::{
    Client, Response, Url,
    header::{self, HeaderMap, HeaderName, HeaderValue},
    redirect,
};
use serde_json::Value;
use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};
use tokio::time::{sleep, timeout_at};

/// The version of Anthropic's API that is spoken here.
const ANTHROPIC_VERSION: &str = "2023-06-01";
/// How long an idle connection is kept for the next request.
const KEEP_CONNECTION: Duration = Duration::from_secs(60);
/// Most bytes of an answer that is an error.
const MOST_OF_ERROR: usize = 64 << 10;

/// A server elsewhere that answers with large models.
#[derive(Debug)]
pub struct Upstream {
    settings: Settings,
    address: Address,
    headers: HeaderMap,
    client: Client,
    breaker: Arc<Breaker>,
    who: Arc<Who>,
}

impl Upstream {
    /// Checks `settings`, without asking anybody.
    ///
    /// # Errors
    /// A text that names the setting and what was expected.
    pub fn new(settings: Settings) -> Result<Self, String> {
        let address = Address::new(&settings).map_err(|e| format!("url: {e}"))?;
        let headers = headers(&settings)?;
        // an error says that one is there already, which is as good
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = Client::builder()
            .user_agent(concat!("kinglet/", env!("CARGO_PKG_VERSION")))
            // neither the key nor the prompt goes where the operator did not say
            .redirect(redirect::Policy::none())
            .referer(false)
            .connect_timeout(settings.connect_timeout)
            .tcp_nodelay(true)
            .pool_idle_timeout(KEEP_CONNECTION);
        let builder = if address.is_here() { builder.no_proxy() } else { builder };
        let client = builder.build().map_err(|e| format!("no HTTP client: {}", innermost(&e)))?;
        let breaker = Breaker::new(settings.breaker_failures, settings.breaker_pause);
        let who = Arc::new(Who::new(&settings, address.host()));
        Ok(Self { settings, address, headers, client, breaker, who })
    }

    /// What it is called here.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// What it is called in the price book.
    pub fn provider(&self) -> &str {
        &self.settings.provider
    }

    /// Whether it failed so often that it is left alone now; [`Self::chat`] and [`Self::post`] then fail at once.
    pub fn is_resting(&self) -> bool {
        self.breaker.is_resting(Instant::now())
    }

    /// Its model `model`, as one who answers.
    pub fn model(self: &Arc<Self>, model: impl Into<String>) -> Remote {
        Remote { upstream: self.clone(), model: model.into() }
    }

    /// Answers `request` with `model`, in one choice. Returns once the first delta is there, so that an error before it
    /// can go to somebody else; after that an error ends the deltas. Dropping them ends the connection.
    ///
    /// The usage is the upstream's; `estimated`, by four bytes of text to a token, where it tells none.
    ///
    /// # Errors
    /// Input and ContextLength, when the request is at fault; Busy when the upstream has too many, Timeout when it takes
    /// too long, and Upstream for all else.
    pub async fn chat(&self, model: &str, request: &ChatRequest) -> Result<Reply, Error> {
        let Question { route, body, protocol, expected } = question::ask(&self.settings, model, request)?;
        let url = self.url(route, model)?;
        let body = Bytes::from(body.to_string());
        let parser = || Parser::new(protocol.clone(), expected, self.settings.max_answer);
        self.persist(|end| self.begin(&url, &body, parser(), end)).await
    }

    /// Has `body` answered with `model` at `route` below its API's address, such as `embeddings`: as it is, but for the
    /// model's name, and in one piece.
    ///
    /// # Errors
    /// As [`Self::chat`].
    pub async fn post(&self, route: &'static str, model: &str, mut body: Value) -> Result<Value, Error> {
        if self.settings.api == Api::Anthropic {
            let message =
                format!("upstream `{}` speaks Anthropic's API, which has no /{route}; ask another", self.name());
            return Err(Error::new(chat::Kind::Input, message));
        }
        if let Some(fields) = body.as_object_mut() {
            fields.insert("model".to_owned(), model.into());
            fields.shift_remove("stream");
            fields.shift_remove("stream_options");
        }
        let url = self.url(route, model)?;
        let body = Bytes::from(body.to_string());
        self.persist(|end| self.whole(&url, &body, end)).await
    }

    fn url(&self, route: &str, model: &str) -> Result<Url, Error> {
        let fault = |e| Error::new(chat::Kind::Input, format!("upstream `{}`: {e}", self.name()));
        self.address.of(route, model).map_err(fault)
    }

    /// Tries until it succeeds, or no further try can help or be afforded.
    async fn persist<T, F>(&self, attempt: impl Fn(tokio::time::Instant) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let end = tokio::time::Instant::now() + self.settings.timeout;
        let mut n_failed = 0;
        loop {
            let failure = match attempt(end).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            n_failed += 1;
            let pause = failure.after.unwrap_or_else(|| pause::back_off(self.settings.pause, n_failed, random()));
            let in_time = pause <= LONGEST_ASKED && tokio::time::Instant::now() + pause < end;
            if !failure.again || n_failed >= self.settings.tries || !in_time || self.is_resting() {
                return Err(failure.error);
            }
            sleep(pause).await;
        }
    }

    /// One try of a chat, up to its first delta.
    async fn begin(
        &self,
        url: &Url,
        body: &Bytes,
        parser: Parser,
        end: tokio::time::Instant,
    ) -> Result<Reply, Failure> {
        let patience = Patience::new(&self.settings, end);
        let (response, pass) = self.send(url, body, &patience).await?;
        let mut reading = Reading::new(response, parser, patience, pass, self.who.clone());
        let first = match reading.next().await {
            Some(first) => first?,
            None => return Err(self.who.broken("an answer expected, nothing came")),
        };
        Ok(Reply { deltas: stream::iter([Ok(first)]).chain(reading.deltas()).boxed() })
    }

    /// One try of an answer in one piece.
    async fn whole(&self, url: &Url, body: &Bytes, end: tokio::time::Instant) -> Result<Value, Failure> {
        let patience = Patience::new(&self.settings, end);
        let (mut response, mut pass) = self.send(url, body, &patience).await?;
        let answer = match self.collect(&mut response, self.settings.max_answer, end).await {
            Ok(Some(bytes)) => serde_json::from_slice::<Value>(&bytes)
                .map_err(|e| self.who.broken(&format!("an answer in JSON expected: {e}; check its url"))),
            Ok(None) => {
                let most = self.settings.max_answer;
                Err(self.who.broken(&format!("an answer of at most {most} bytes expected, a longer one found")))
            }
            Err(failure) => Err(failure),
        };
        match &answer {
            Ok(_) => pass.succeeded(),
            Err(_) => pass.failed(Instant::now()),
        }
        answer
    }

    /// Sends one request; returns once the head of its answer is there, which is a success.
    async fn send(&self, url: &Url, body: &Bytes, patience: &Patience) -> Result<(Response, Pass), Failure> {
        let mut pass = self.breaker.admit(Instant::now()).map_err(|left| self.resting(left))?;
        let failure = match self.exchange(url, body, patience).await {
            Ok(response) => return Ok((response, pass)),
            Err(failure) => failure,
        };
        match failure.is_down {
            true => pass.failed(Instant::now()),
            false => pass.succeeded(), // it lives, and is right to refuse
        }
        Err(failure)
    }

    async fn exchange(&self, url: &Url, body: &Bytes, patience: &Patience) -> Result<Response, Failure> {
        let request = self.client.post(url.clone()).headers(self.headers.clone()).body(body.clone());
        let limit = patience.first();
        let sent = timeout_at(limit, request.send()).await.map_err(|_| patience.late(&self.who, limit, false))?;
        let mut response = sent.map_err(|e| self.who.lost(e, self.settings.connect_timeout))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status().as_u16();
        let after = pause::retry_after(response.headers(), SystemTime::now());
        // without its words the status says enough
        let words = self.collect(&mut response, MOST_OF_ERROR, limit).await.ok().flatten().unwrap_or_default();
        Err(self.who.refused(status, &words, after))
    }

    /// The body, unless it is longer than `most`.
    async fn collect(
        &self,
        response: &mut Response,
        most: usize,
        end: tokio::time::Instant,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let mut bytes = Vec::new();
        loop {
            let limit = end.min(tokio::time::Instant::now() + self.settings.idle_timeout);
            let late = |_| Patience::new(&self.settings, end).late(&self.who, limit, true);
            let more = timeout_at(limit, response.chunk()).await.map_err(late)?;
            match more.map_err(|e| self.who.lost(e, Duration::ZERO))? {
                None => return Ok(Some(bytes)),
                Some(more) if bytes.len() + more.len() > most => return Ok(None),
                Some(more) => bytes.extend_from_slice(&more),
            }
        }
    }

    fn resting(&self, left: Duration) -> Failure {
        let what = format!("left alone after several failures, for another {}; ask another meanwhile", seconds(left));
        Failure { is_down: false, ..self.who.broken(&what) }
    }
}

/// One model of an upstream, as one who answers.
#[derive(Clone, Debug)]
pub struct Remote {
    upstream: Arc<Upstream>,
    model: String,
}

impl Answerer for Remote {
    fn answer<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<Reply, Error>> {
        Box::pin(self.upstream.chat(&self.model, request))
    }
}

/// The headers of every request, each checked; what the operator wrote wins.
fn headers(settings: &Settings) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::ACCEPT, HeaderValue::from_static("text/event-stream, application/json"));
    if settings.api == Api::Anthropic {
        headers.insert("anthropic-version", HeaderValue::from_static(ANTHROPIC_VERSION));
    }
    if let Some(key) = &settings.key {
        let (name, value) = match settings.api {
            Api::OpenAi => (header::AUTHORIZATION, format!("Bearer {}", key.expose())),
            Api::Azure => (HeaderName::from_static("api-key"), key.expose().to_owned()),
            Api::Anthropic => (HeaderName::from_static("x-api-key"), key.expose().to_owned()),
        };
        headers.insert(name, sensitive(&value).map_err(|()| "key: letters, digits and signs expected, others found")?);
    }
    for (name, value) in &settings.headers {
        let known = HeaderName::try_from(name).map_err(|_| format!("header `{name}`: not the name of a header"))?;
        let value = sensitive(value.expose()).map_err(|()| format!("header `{name}`: a value in one line expected"))?;
        headers.insert(known, value);
    }
    Ok(headers)
}

fn sensitive(text: &str) -> Result<HeaderValue, ()> {
    let mut value = HeaderValue::from_str(text).map_err(drop)?;
    value.set_sensitive(true); // not shown by any `Debug`
    Ok(value)
}

/// Reads a recorded answer, as the pieces of a body: what the stream readers are fuzzed and tested with.
///
/// # Errors
/// As [`Upstream::chat`].
#[doc(hidden)]
pub fn read_recorded<'a>(api: Api, pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<Delta>, Error> {
    let settings = Settings::new("recorded", api, "");
    let who = Who::new(&settings, String::new());
    let mut parser = Parser::new(Protocol::of(api), Expected::default(), settings.max_answer);
    let read = pieces.into_iter().try_for_each(|piece| parser.take(piece).map(drop)).and_then(|()| parser.end());
    read.map_err(|fault| who.fault(&fault).error)?;
    Ok(std::iter::from_fn(|| parser.next()).collect())
}
