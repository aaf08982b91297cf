//! A server on loopback that plays what it is told, and notes what it was asked.
use chat::{Answerer, ChatRequest, Delta, Error, Finish, Usage};
use futures_util::StreamExt;
use gateway::{Api, Secret, Settings, Upstream};
use serde_json::Value;
use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
    time::timeout,
};

/// Far more than anything here takes.
pub(crate) const LONG: Duration = Duration::from_secs(20);
/// What must run out in a test.
pub(crate) const SHORT: Duration = Duration::from_millis(200);

/// What is done after a request was read.
#[derive(Clone, Debug)]
pub(crate) enum Play {
    /// These bytes go out, each list as a write of its own.
    Send(Vec<Vec<u8>>),
    /// The same, and then nothing more, with the connection left open.
    Hang(Vec<Vec<u8>>),
    /// The first, and then the second again and again without end, each after a pause.
    Drip(Vec<u8>, Vec<u8>, Duration),
}

/// One request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) head: String,
    pub(crate) body: Value,
}

/// A server; dropped, it ends.
pub(crate) struct Stage {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    /// Connections that were made, and those that ended.
    counts: Arc<Mutex<(usize, usize)>>,
    running: JoinHandle<()>,
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.running.abort();
    }
}

impl Stage {
    /// Plays `plays`, one for each request; the last one again and again.
    pub(crate) async fn new(plays: Vec<Play>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (asked, counts) = (Arc::<Mutex<Vec<Asked>>>::default(), Arc::<Mutex<(usize, usize)>>::default());
        let (noted, counted, plays) = (asked.clone(), counts.clone(), Arc::new(Mutex::new(VecDeque::from(plays))));
        let running = tokio::spawn(async move {
            let mut all = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.expect("a client");
                counted.lock().expect("a lock").0 += 1;
                let (noted, counted, plays) = (noted.clone(), counted.clone(), plays.clone());
                all.spawn(async move {
                    let _ = serve(stream, &noted, &plays).await;
                    counted.lock().expect("a lock").1 += 1;
                });
            }
        });
        Self { address, asked, counts, running }
    }

    /// What was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("a lock").clone()
    }

    /// Connections that were made, and those that ended.
    pub(crate) fn counts(&self) -> (usize, usize) {
        *self.counts.lock().expect("a lock")
    }

    /// Settings for asking it: short times, and tries without long pauses.
    pub(crate) fn settings(&self, api: Api) -> Settings {
        Settings {
            key: Some(Secret::new("sk-very-secret")),
            connect_timeout: LONG,
            first_token_timeout: LONG,
            idle_timeout: LONG,
            timeout: LONG,
            pause: Duration::from_millis(1),
            ..Settings::new("up", api, format!("http://{}/v1", self.address))
        }
    }

    /// One who asks it so.
    pub(crate) fn upstream(&self, api: Api) -> Arc<Upstream> {
        upstream(self.settings(api))
    }
}

/// An upstream with these settings.
pub(crate) fn upstream(settings: Settings) -> Arc<Upstream> {
    Arc::new(Upstream::new(settings).expect("fine settings"))
}

async fn serve(mut stream: TcpStream, asked: &Mutex<Vec<Asked>>, plays: &Mutex<VecDeque<Play>>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    while let Some(request) = read(&mut stream).await? {
        asked.lock().expect("a lock").push(request);
        let play = {
            let mut plays = plays.lock().expect("a lock");
            if plays.len() > 1 { plays.pop_front() } else { plays.front().cloned() }
        };
        let play = play.expect("a play");
        if let Play::Send(parts) | Play::Hang(parts) = &play {
            for part in parts {
                stream.write_all(part).await?;
                tokio::task::yield_now().await;
            }
        }
        match play {
            Play::Send(parts) if parts.concat().windows(17).any(|w| w == b"connection: close") => break,
            Play::Send(parts) if parts.is_empty() => break,
            Play::Send(_) => {}
            // until the other side leaves
            Play::Hang(_) => while stream.read(&mut [0; 64]).await? > 0 {},
            Play::Drip(first, next, pause) => {
                stream.write_all(&first).await?;
                loop {
                    tokio::time::sleep(pause).await;
                    stream.write_all(&next).await?;
                }
            }
        }
    }
    stream.shutdown().await
}

/// One request; none at the end of the connection.
async fn read(stream: &mut TcpStream) -> std::io::Result<Option<Asked>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return Ok(None),
        }
    }
    let head = String::from_utf8(head).expect("text");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
    let mut body = vec![0; length.parse().expect("a number")];
    stream.read_exact(&mut body).await?;
    Ok(Some(Asked { head, body: serde_json::from_slice(&body).expect("JSON") }))
}

/// An answer of `kind` whose connection ends with it.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Play {
    let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\n{headers}\r\n{body}");
    Play::Send(vec![head.into_bytes()])
}

/// The head of a stream that ends with its connection.
pub(crate) fn stream_head() -> Vec<u8> {
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n".to_vec()
}

/// A stream with these data.
pub(crate) fn events(data: &[&str]) -> Vec<Vec<u8>> {
    let events = data.iter().map(|data| format!("data: {data}\n\n").into_bytes());
    std::iter::once(stream_head()).chain(events).collect()
}

/// A short answer of OpenAI's API.
pub(crate) const HELLO: [&str; 4] = [
    r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":"Hel"}}]}"#,
    r#"{"choices":[{"index":0,"delta":{"content":"lo"},"finish_reason":"stop"}]}"#,
    r#"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}"#,
    "[DONE]",
];

/// A request that says hello.
pub(crate) fn hello() -> ChatRequest {
    serde_json::from_str(r#"{"model":"route","messages":[{"role":"user","content":"Hi"}]}"#).expect("a request")
}

/// All deltas of the answer to `request`, and the error that ended them.
pub(crate) async fn heard(
    upstream: &Arc<Upstream>,
    request: &ChatRequest,
) -> Result<(Vec<Delta>, Option<Error>), Error> {
    let all = async {
        let mut reply = upstream.model("large").answer(request).await?;
        let (mut deltas, mut failed) = (Vec::new(), None);
        while let Some(delta) = reply.deltas.next().await {
            assert!(failed.is_none(), "nothing comes after an error");
            match delta {
                Ok(delta) => deltas.push(timeless(delta)),
                Err(error) => failed = Some(error),
            }
        }
        Ok((deltas, failed))
    };
    timeout(LONG, all).await.expect("an end in time")
}

/// The deltas of an answer that ends well.
pub(crate) async fn whole(upstream: &Arc<Upstream>, request: &ChatRequest) -> Vec<Delta> {
    let (deltas, failed) = heard(upstream, request).await.expect("an answer");
    assert_eq!(failed, None, "after {deltas:?}");
    deltas
}

/// The error before any answer.
pub(crate) async fn refused(upstream: &Arc<Upstream>, request: &ChatRequest) -> Error {
    let error = heard(upstream, request).await.expect_err("an error");
    assert!(!error.message.contains("secret"), "{error}");
    error
}

/// Without the times, which differ.
fn timeless(delta: Delta) -> Delta {
    match delta {
        Delta::Usage(usage) => Delta::Usage(Usage { prefill: Duration::ZERO, decode: Duration::ZERO, ..usage }),
        other => other,
    }
}

/// A text without log-probabilities.
pub(crate) fn text(text: &str) -> Delta {
    Delta::Text { text: text.to_owned(), logprobs: Vec::new() }
}

/// The beginning of a call.
pub(crate) fn call(index: usize, id: &str, name: &str, arguments: &str) -> Delta {
    let (id, name, arguments) = (Some(id.to_owned()), Some(name.to_owned()), arguments.to_owned());
    Delta::ToolCall { index, id, name, arguments }
}

/// A further piece of a call.
pub(crate) fn piece(index: usize, arguments: &str) -> Delta {
    Delta::ToolCall { index, id: None, name: None, arguments: arguments.to_owned() }
}

/// The end of an answer.
pub(crate) fn end(finish: Finish, prompt_tokens: usize, completion_tokens: usize) -> [Delta; 2] {
    let usage = Usage { prompt_tokens, completion_tokens, ..Usage::default() };
    [Delta::Finish(finish), Delta::Usage(usage)]
}
