//! What a gateway adds: a server that answers at once, and a load at a fixed rate on it, straight and through gateways.
//!
//! `overhead mock PORT` serves; `overhead load RATE SECONDS URL[=KEY] ...` asks each URL in turn, three times, and prints
//! the latencies from the moment a request was due. A late request counts as long as it waited: an open loop.
use std::{
    env,
    io::{self, Write},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Mutex, mpsc},
    time::{Instant, sleep_until},
};

const MODEL: &str = "mock";
const ROUNDS: usize = 3;
/// Connections that a load holds open.
const CONNECTIONS: usize = 64;

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let done = runtime.map_err(|e| e.to_string()).and_then(|runtime| match args[..] {
        ["mock", port] => runtime.block_on(mock(port)).map_err(|e| e.to_string()),
        ["load", rate, seconds, ref targets @ ..] if !targets.is_empty() => {
            let number = |text: &str| text.parse::<f64>().map_err(|e| format!("{text}: {e}"));
            let (rate, seconds) = (number(rate)?, number(seconds)?);
            runtime.block_on(compare(rate, seconds, targets))
        }
        _ => Err("overhead mock PORT, or overhead load RATE SECONDS URL[=KEY] ...".to_owned()),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            let _ = writeln!(io::stderr(), "error: {fault}"); // there is nobody else to tell
            ExitCode::FAILURE
        }
    }
}

/// Answers every request at once: as a stream if that is asked for.
async fn mock(port: &str) -> io::Result<()> {
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    loop {
        let (mut stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(async move {
            let mut seen = Vec::new();
            while let Ok(request) = message(&mut stream, &mut seen).await {
                let streams = request.windows(13).any(|part| part == b"\"stream\":true");
                if stream.write_all(reply(streams).as_bytes()).await.is_err() {
                    return;
                }
            }
        });
    }
}

fn reply(streams: bool) -> String {
    let usage = r#"{"prompt_tokens":12,"completion_tokens":8,"total_tokens":20}"#;
    if !streams {
        let message = r#"{"role":"assistant","content":"one two three four"}"#;
        let choice = format!(r#"{{"index":0,"message":{message},"finish_reason":"stop"}}"#);
        let head = format!(r#""id":"x","object":"chat.completion","created":1,"model":"{MODEL}""#);
        let body = format!(r#"{{{head},"choices":[{choice}],"usage":{usage}}}"#);
        let n = body.len();
        return format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {n}\r\n\r\n{body}");
    }
    let head = format!(r#""id":"x","object":"chat.completion.chunk","created":1,"model":"{MODEL}""#);
    let chunk = |choices: &str, more: &str| format!("data: {{{head},\"choices\":[{choices}]{more}}}\n\n");
    let mut body = String::new();
    for word in ["one", " two", " three", " four"] {
        let choice = format!(r#"{{"index":0,"delta":{{"content":"{word}"}},"finish_reason":null}}"#);
        body.push_str(&chunk(&choice, ""));
    }
    body.push_str(&chunk(r#"{"index":0,"delta":{},"finish_reason":"stop"}"#, ""));
    body.push_str(&chunk("", &format!(",\"usage\":{usage}")));
    body.push_str("data: [DONE]\n\n");
    let n = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: {n}\r\n\r\n{body}")
}

/// The next HTTP message; what comes after it stays in `seen`.
async fn message(stream: &mut TcpStream, seen: &mut Vec<u8>) -> io::Result<Vec<u8>> {
    loop {
        if let Some(end) = end_of(seen) {
            let rest = seen.split_off(end);
            return Ok(std::mem::replace(seen, rest));
        }
        if stream.read_buf(seen).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// Where the message in `seen` ends, by its length or its last chunk.
fn end_of(seen: &[u8]) -> Option<usize> {
    let head = seen.windows(4).position(|part| part == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&seen[..head]).to_ascii_lowercase();
    if text.contains("transfer-encoding: chunked") {
        return seen[head..].windows(5).position(|part| part == b"0\r\n\r\n").map(|at| head + at + 5);
    }
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse::<usize>().ok());
    Some(head + length.unwrap_or(0)).filter(|end| seen.len() >= *end)
}

/// Where to ask, and what.
struct Target {
    name: String,
    address: String,
    request: Vec<u8>,
}

impl Target {
    fn new(text: &str) -> Result<Self, String> {
        let (url, key) = text.split_once('=').map_or((text, None), |(url, key)| (url, Some(key)));
        let rest = url.strip_prefix("http://").ok_or_else(|| format!("{url}: http:// expected"))?;
        let (address, path) = rest.split_once('/').unwrap_or((rest, ""));
        let message = r#"{"role":"user","content":"Say four words, please."}"#;
        let body = format!(r#"{{"model":"mock/{MODEL}","messages":[{message}],"max_tokens":16}}"#);
        let key = key.map(|key| format!("authorization: Bearer {key}\r\n")).unwrap_or_default();
        let head = format!("POST /{path}/chat/completions HTTP/1.1\r\nhost: {address}\r\n{key}");
        let length = format!("content-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
        Ok(Self { name: url.to_owned(), address: address.to_owned(), request: (head + &length + &body).into_bytes() })
    }

    async fn connect(&self) -> io::Result<TcpStream> {
        let stream = TcpStream::connect(&self.address).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

async fn compare(rate: f64, seconds: f64, targets: &[&str]) -> Result<(), String> {
    let targets = targets.iter().map(|text| Target::new(text).map(Arc::new)).collect::<Result<Vec<_>, _>>()?;
    for round in 1..=ROUNDS {
        for target in &targets {
            let seen = load(target.clone(), rate, seconds).await.map_err(|e| format!("{}: {e}", target.name))?;
            let line = format!("round {round}: {:<32} {rate:>6.0}/s: {}\n", target.name, seen.show());
            io::stdout().write_all(line.as_bytes()).map_err(|e| e.to_string())?;
        }
    }
    Ok(())
}

/// What came of a load.
#[derive(Default)]
struct Seen {
    /// From when they were due, of all that were answered well.
    latencies: Vec<Duration>,
    n_failed: usize,
}

impl Seen {
    fn show(mut self) -> String {
        self.latencies.sort_unstable();
        let n = self.latencies.len();
        let at = |share: f64| match n {
            0 => f64::NAN,
            n => self.latencies[((n as f64 * share) as usize).min(n - 1)].as_secs_f64() * 1e3,
        };
        let [half, most, worst] = [0.5, 0.99, 1.0].map(at);
        format!("p50 {half:>7.3} ms, p99 {most:>8.3} ms, most {worst:>8.3} ms; {n} answered, {} failed", self.n_failed)
    }
}

async fn load(target: Arc<Target>, rate: f64, seconds: f64) -> io::Result<Seen> {
    let n = (rate * seconds) as usize;
    let (due, waiting) = mpsc::channel(n.max(1));
    let waiting = Arc::new(Mutex::new(waiting));
    let mut workers = Vec::new();
    for _ in 0..CONNECTIONS {
        let stream = target.connect().await?;
        workers.push(tokio::spawn(work(target.clone(), stream, waiting.clone())));
    }
    let start = Instant::now() + Duration::from_millis(50);
    for i in 0..n {
        let at = start + Duration::from_secs_f64(i as f64 / rate);
        sleep_until(at).await;
        let _ = due.send(at).await; // where all workers are gone, the counts tell
    }
    drop(due);
    let mut all = Seen::default();
    for worker in workers {
        let seen = worker.await.map_err(io::Error::other)?;
        all.latencies.extend(seen.latencies);
        all.n_failed += seen.n_failed;
    }
    Ok(all)
}

/// Asks on one connection whenever a request is due.
async fn work(target: Arc<Target>, mut stream: TcpStream, waiting: Arc<Mutex<mpsc::Receiver<Instant>>>) -> Seen {
    let (mut all, mut seen) = (Seen::default(), Vec::new());
    loop {
        let Some(due) = waiting.lock().await.recv().await else { return all };
        let answer = match stream.write_all(&target.request).await {
            Ok(()) => message(&mut stream, &mut seen).await,
            Err(e) => Err(e),
        };
        match answer {
            Ok(answer) if answer.starts_with(b"HTTP/1.1 200") => all.latencies.push(due.elapsed()),
            Ok(_) => all.n_failed += 1,
            Err(_) => {
                all.n_failed += 1;
                match target.connect().await {
                    Ok(new) => (stream, seen) = (new, Vec::new()),
                    Err(_) => return all,
                }
            }
        }
    }
}
