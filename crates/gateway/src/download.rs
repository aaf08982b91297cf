//! Downloads a file over HTTP: resumed where it was cut, and never longer than was announced.
//!
//! Ranges and their validators: RFC 9110, sections 8.8, 13.1.5 and 14.
mod exchange;
mod failure;

pub use failure::{Failure, Kind};

pub(crate) use exchange::is_here;
pub(crate) use failure::{innermost, is_certificate};

use exchange::{Answer, Exchange};
use reqwest::{Client, Url, redirect};
use serde::{Deserialize, Serialize};
use std::{io, time::Duration};

/// Bytes after which a connection counts as one that worked.
const PROGRESS: u64 = 1 << 20;

/// What to download, and what must hold of it.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// Address, `http` or `https`.
    pub url: &'a str,
    /// Sent as a bearer to the host of `url` alone, and only over TLS or to this machine.
    pub token: Option<&'a str>,
    /// The size, where it is known.
    pub n_bytes: Option<u64>,
    /// The SHA-256 in hex, where it is known: compared with what the server announces, not with the bytes.
    pub sha256: Option<&'a str>,
    /// What the file must begin with.
    pub magic: &'a [u8],
    /// Most bytes to take, for want of room.
    pub max_bytes: u64,
    /// How long to wait for what.
    pub patience: Patience,
}

/// How long to wait for what.
#[derive(Clone, Debug)]
pub struct Patience {
    /// For a connection.
    pub connect: Duration,
    /// For the next bytes.
    pub idle: Duration,
    /// After the first failure; doubled after each further one.
    pub pause: Duration,
    /// Longest pause, also when the server asks for one.
    pub longest_pause: Duration,
    /// Failures one after another before giving up.
    pub n_tries: u32,
}

impl Default for Patience {
    fn default() -> Self {
        let [connect, idle] = [20, 60].map(Duration::from_secs);
        Self { connect, idle, pause: Duration::from_millis(500), longest_pause: Duration::from_secs(120), n_tries: 5 }
    }
}

/// What tells one state of a file from another: bytes taken under one mark are only continued under the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Where it was asked for.
    pub url: String,
    /// The strong ETag of whoever sends the bytes.
    pub etag: Option<String>,
    /// The ETag that a hub gives for the file behind its redirect: its SHA-256 in hex.
    pub linked: Option<String>,
    /// The whole size.
    pub n_bytes: Option<u64>,
}

/// Takes the bytes. Called from the download's own task, which waits meanwhile.
pub trait Sink: Send {
    /// Bytes held from earlier, and the mark that they were begun with.
    fn held(&self) -> (u64, Option<Mark>);
    /// Forgets what is held, and begins anew.
    ///
    /// # Errors
    /// The disk's; they end the download. The same holds for `write`.
    fn restart(&mut self, mark: &Mark) -> io::Result<()>;
    /// The next bytes.
    ///
    /// # Errors
    /// As above.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// What went wrong, and the pause after which it is tried again.
    fn wait(&mut self, why: &str, pause: Duration);
}

/// Downloads `wanted` into `sink`, with pauses and further tries where they can help. Returns the mark of what is held.
///
/// # Errors
/// A [`Failure`] that names the address and the remedy. What is held stays, and the next call continues it, unless it
/// was found to be something else than what is wanted.
pub async fn download(wanted: &Wanted<'_>, sink: &mut dyn Sink) -> Result<Mark, Failure> {
    let url = exchange::parse(wanted.url)?;
    let exchange = Exchange { client: client(&url, &wanted.patience)?, wanted, url };
    let mut n_failed = 0;
    loop {
        let (before, _) = sink.held();
        let failure = match attempt(&exchange, sink).await {
            Ok(mark) => return Ok(mark),
            Err(failure) => failure,
        };
        n_failed = if sink.held().0 >= before + PROGRESS { 1 } else { n_failed + 1 };
        let doubled = wanted.patience.pause.saturating_mul(1 << (n_failed - 1).min(10));
        let pause = failure.after.unwrap_or(doubled.min(wanted.patience.longest_pause));
        if !failure.retry || n_failed >= wanted.patience.n_tries {
            return Err(failure);
        }
        if pause > wanted.patience.longest_pause {
            let asked = format!("{}; it asks to come back in {} s: try again then", failure.message, pause.as_secs());
            return Err(Failure::new(failure.kind, asked));
        }
        sink.wait(&failure.message, pause);
        tokio::time::sleep(pause).await;
    }
}

fn client(url: &Url, patience: &Patience) -> Result<Client, Failure> {
    // an error says that one is there already, which is as good
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .user_agent(concat!("kinglet/", env!("CARGO_PKG_VERSION")))
        // by hand, so that the token stays at home
        .redirect(redirect::Policy::none())
        .connect_timeout(patience.connect)
        .read_timeout(patience.idle);
    // a proxy's loopback is not ours
    let builder = if exchange::is_here(url) { builder.no_proxy() } else { builder };
    let no_client = |e| Failure::new(Kind::Network, format!("no HTTP client: {}", failure::innermost(&e)));
    builder.build().map_err(no_client)
}

/// One exchange, redirects included, and its body.
async fn attempt(exchange: &Exchange<'_>, sink: &mut dyn Sink) -> Result<Mark, Failure> {
    let (held, mark) = sink.held();
    // less than the magic was never looked at
    let mark = mark.filter(|m| m.url == exchange.wanted.url && held > 0 && held >= exchange.wanted.magic.len() as u64);
    let (mut response, mark, at) = match exchange.run(held, mark.as_ref()).await? {
        Answer::Whole(mark) => return Ok(mark),
        Answer::Rest(response, mark) => (response, mark, held),
        Answer::Anew(response, mark) => {
            sink.restart(&mark).map_err(Failure::disk)?;
            (response, mark, 0)
        }
        Answer::Stale(failure) => {
            sink.restart(&Mark::default()).map_err(Failure::disk)?;
            return Err(failure);
        }
    };
    let mut body = Body { exchange, total: mark.n_bytes, at, head: Vec::new() };
    let kind = response.headers().get("content-type").and_then(|v| v.to_str().ok()).unwrap_or("bytes").to_owned();
    loop {
        match response.chunk().await {
            Ok(Some(bytes)) => {
                if let Err(failure) = body.check(&bytes, &kind) {
                    // whatever this is, it is not the beginning of what is wanted
                    sink.restart(&Mark::default()).map_err(Failure::disk)?;
                    return Err(failure);
                }
                sink.write(&bytes).map_err(Failure::disk)?;
            }
            Ok(None) => break,
            Err(e) => return Err(exchange.lost(e)),
        }
    }
    match mark.n_bytes {
        Some(total) if total != body.at => Err(exchange.cut(body.at, total)),
        _ if exchange.wanted.n_bytes.is_some_and(|n| n != body.at) => {
            sink.restart(&Mark::default()).map_err(Failure::disk)?;
            Err(exchange.wrong_size(body.at))
        }
        _ => Ok(mark),
    }
}

/// What was read of a body.
struct Body<'a> {
    exchange: &'a Exchange<'a>,
    total: Option<u64>,
    at: u64,
    /// The first bytes, until there are enough to know the magic.
    head: Vec<u8>,
}

impl Body<'_> {
    fn check(&mut self, bytes: &[u8], kind: &str) -> Result<(), Failure> {
        let wanted = self.exchange.wanted;
        if self.at < wanted.magic.len() as u64 {
            self.head.extend_from_slice(bytes);
            let n = wanted.magic.len().min(self.head.len());
            if self.head[..n] != wanted.magic[..n] {
                return Err(self.exchange.not_the_file(&self.head, kind));
            }
        }
        self.at += bytes.len() as u64;
        let limit = self.total.or(wanted.n_bytes).unwrap_or(wanted.max_bytes).min(wanted.max_bytes);
        if self.at > limit {
            return Err(self.exchange.too_long(limit));
        }
        Ok(())
    }
}
