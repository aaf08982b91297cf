//! What a gateway adds: a server that answers at once, and a load at a fixed rate on it, straight and through gateways.
//!
//! `overhead mock PORT` serves; `overhead load RATE SECONDS URL[=KEY] ...` asks each URL in turn, three times, and prints
//! the latencies from the moment a request was due. A late request counts as long as it waited: an open loop.
//! `overhead walk SECONDS STRAIGHT THROUGH[=KEY]` does so at several rates, and prints what the second adds to the first.
use std::{
    env,
    io::{self, Write},
    process::ExitCode,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Mutex, mpsc},
};

const MODEL: &str = "mock";
const ROUNDS: usize = 3;
/// Connections that a load holds open.
const CONNECTIONS: usize = 64;
/// Requests a second of a walk.
const RATES: [f64; 7] = [50.0, 100.0, 250.0, 500.0, 750.0, 1000.0, 1500.0];
/// The most that may be added to the 99th percentile, in milliseconds.
const BAR: f64 = 2.0;
/// How much later than asked for a thread may wake: so much is spent awake instead.
const OVERSLEEP: Duration = Duration::from_micros(120);

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let done =
        runtime.map_err(|e| e.to_string()).and_then(|runtime| match args[..] {
            ["mock", port] => runtime.block_on(mock(port)).map_err(|e| e.to_string()),
            ["load", rate, seconds, ref targets @ ..] if !targets.is_empty() => {
                let number = |text: &str| text.parse::<f64>().map_err(|e| format!("{text}: {e}"));
                let (rate, seconds) = (number(rate)?, number(seconds)?);
                runtime.block_on(compare(rate, seconds, targets))
            }
            ["walk", seconds, straight, through] => {
                let seconds = seconds.parse().map_err(|e| format!("{seconds}: {e}"))?;
                runtime.block_on(walk(seconds, [straight, through]))
            }
            _ => Err("overhead mock PORT, load RATE SECONDS URL[=KEY] ..., or walk SECONDS STRAIGHT THROUGH[=KEY]"
                .to_owned()),
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
            say(&format!("round {round}: {:<32} {rate:>6.0}/s: {}", target.name, seen.show()))?;
        }
    }
    Ok(())
}

/// Straight and through, in turn, at each rate. What is added is the median of what each round's pair differs by.
async fn walk(seconds: f64, targets: [&str; 2]) -> Result<(), String> {
    let [straight, through] = targets.map(Target::new);
    let targets = [Arc::new(straight?), Arc::new(through?)];
    say("   rate   straight p50      p99    through p50      p99      added p50      p99  failed")?;
    let mut highest = None;
    for rate in RATES {
        let (mut rounds, mut n_failed) = (Vec::new(), 0);
        for _ in 0..ROUNDS {
            let mut round = [0.0; 4]; // p50 and p99 straight, p50 and p99 through
            for (i, target) in targets.iter().enumerate() {
                let mut seen =
                    load(target.clone(), rate, seconds).await.map_err(|e| format!("{}: {e}", target.name))?;
                n_failed += seen.n_failed;
                round[2 * i..2 * i + 2].copy_from_slice(&seen.at([0.5, 0.99]));
            }
            rounds.push(round);
        }
        let [s50, s99, t50, t99] = [0, 1, 2, 3].map(|i| median(rounds.iter().map(|round| round[i])));
        let [a50, a99] = [0, 1].map(|i| median(rounds.iter().map(|round| round[i + 2] - round[i])));
        let added = format!("{a50:>14.3} {a99:>8.3}");
        say(&format!("{rate:>5.0}/s {s50:>14.3} {s99:>8.3} {t50:>14.3} {t99:>8.3} {added} {n_failed:>7}"))?;
        if a99 < BAR && n_failed == 0 {
            highest = Some(rate);
        }
    }
    say(&match highest {
        Some(rate) => format!("milliseconds; the highest of these rates with less than {BAR} added to p99: {rate}/s"),
        None => format!("milliseconds; less than {BAR} added to p99: at none of these rates"),
    })
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn say(line: &str) -> Result<(), String> {
    writeln!(io::stdout(), "{line}").map_err(|e| e.to_string())
}

/// What came of a load.
#[derive(Default)]
struct Seen {
    /// From when they were due, of all that were answered well.
    latencies: Vec<Duration>,
    n_failed: usize,
}

impl Seen {
    /// The latencies in milliseconds that such shares are under.
    fn at<const N: usize>(&mut self, shares: [f64; N]) -> [f64; N] {
        self.latencies.sort_unstable();
        let n = self.latencies.len();
        shares.map(|share| match n {
            0 => f64::NAN,
            n => self.latencies[((n as f64 * share) as usize).min(n - 1)].as_secs_f64() * 1e3,
        })
    }

    fn show(mut self) -> String {
        let [half, most, worst] = self.at([0.5, 0.99, 1.0]);
        let n = self.latencies.len();
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
    let departing = thread::spawn(move || depart(&due, n, rate));
    let mut all = Seen::default();
    for worker in workers {
        let seen = worker.await.map_err(io::Error::other)?;
        all.latencies.extend(seen.latencies);
        all.n_failed += seen.n_failed;
    }
    departing.join().map_err(|_| io::Error::other("the clock of the load panicked"))?;
    Ok(all)
}

/// Sends each request out when it is due: in a thread of its own, as the runtime's timer knows milliseconds only.
fn depart(due: &mpsc::Sender<Instant>, n: usize, rate: f64) {
    let start = Instant::now() + Duration::from_millis(50);
    for i in 0..n {
        let at = start + Duration::from_secs_f64(i as f64 / rate);
        let left = at.saturating_duration_since(Instant::now());
        thread::sleep(left.saturating_sub(OVERSLEEP));
        while Instant::now() < at {
            std::hint::spin_loop();
        }
        if due.try_send(at).is_err() {
            return; // all workers are gone, as the counts tell: there is room for all that is ever due
        }
    }
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
