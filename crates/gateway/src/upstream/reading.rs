//! An answer under way: bytes from the socket, each wait bounded, and the verdict on the upstream at the end.
use super::{
    breaker::Pass,
    failure::{Failure, Fault, Who, seconds},
    parser::Parser,
    settings::Settings,
};
use chat::{Delta, Error};
use futures_util::{Stream, stream};
use reqwest::Response;
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, timeout, timeout_at};

/// How long to wait for the usage, and for the end of the connection's answer, once the text is complete.
const GRACE: Duration = Duration::from_secs(5);

/// How long an answer may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    first: Duration,
    idle: Duration,
    whole: Duration,
    asked: Instant,
    /// When all of it must be over.
    pub(super) end: Instant,
}

impl Patience {
    /// Of a request that goes out now, and must be over at `end`.
    pub(super) fn new(settings: &Settings, end: Instant) -> Self {
        let Settings { first_token_timeout: first, idle_timeout: idle, timeout: whole, .. } = *settings;
        Self { first, idle, whole, asked: Instant::now(), end }
    }

    /// When the first piece must be there.
    pub(super) fn first(&self) -> Instant {
        (self.asked + self.first).min(self.end)
    }

    /// Why it ended at `limit`.
    pub(super) fn late(&self, who: &Who, limit: Instant, began: bool) -> Failure {
        who.late(&match (limit >= self.end, began) {
            (true, _) => format!(
                "the answer was not complete within {}; ask for less, or raise its timeout",
                seconds(self.whole)
            ),
            (_, false) => {
                format!("no answer within {}; try again, or raise its first_token_timeout", seconds(self.first))
            }
            (_, true) => {
                format!("the answer stood still for {}; try again, or raise its idle_timeout", seconds(self.idle))
            }
        })
    }
}

/// An answer under way.
pub(super) struct Reading {
    response: Option<Response>,
    parser: Parser,
    patience: Patience,
    pass: Pass,
    who: Arc<Who>,
    /// When the last event came, or somebody began to wait for the next.
    since: Instant,
    /// When the first and the last delta came.
    heard: Option<(Instant, Instant)>,
}

impl Reading {
    pub(super) fn new(response: Response, parser: Parser, patience: Patience, pass: Pass, who: Arc<Who>) -> Self {
        Self { response: Some(response), parser, patience, pass, who, since: Instant::now(), heard: None }
    }

    /// The deltas; an error is the last item.
    pub(super) fn deltas(self) -> impl Stream<Item = Result<Delta, Error>> + Send {
        stream::unfold(self, |mut reading| async {
            let item = reading.next().await?;
            Some((item.map_err(|failure| failure.error), reading))
        })
    }

    /// The next delta.
    pub(super) async fn next(&mut self) -> Option<Result<Delta, Failure>> {
        self.since = Instant::now();
        loop {
            if let Some(delta) = self.parser.next() {
                return Some(Ok(self.note(delta)));
            }
            if self.parser.is_complete() {
                self.settle().await;
            }
            self.response.as_ref()?;
            if let Err(failure) = self.read().await {
                self.response = None;
                if failure.is_down {
                    self.pass.failed(std::time::Instant::now());
                }
                return Some(Err(failure));
            }
        }
    }

    /// Notes when `delta` came, and tells what was measured with the usage.
    fn note(&mut self, delta: Delta) -> Delta {
        let now = Instant::now();
        match delta {
            Delta::Usage(mut usage) => {
                let (first, last) = self.heard.unwrap_or((now, now));
                (usage.prefill, usage.decode) = (first - self.patience.asked, last - first);
                self.pass.succeeded();
                Delta::Usage(usage)
            }
            Delta::Finish(_) => delta,
            said => {
                self.pass.answers();
                self.heard = Some((self.heard.map_or(now, |(first, _)| first), now));
                said
            }
        }
    }

    /// Reads on, until at least some bytes have come.
    async fn read(&mut self) -> Result<(), Failure> {
        let Some(response) = &mut self.response else { return Ok(()) };
        let is_finished = self.parser.is_finished();
        let limit = match (is_finished, self.heard) {
            (true, _) => self.since + GRACE.min(self.patience.idle),
            (_, None) => self.patience.first(),
            (_, Some(_)) => self.since + self.patience.idle,
        };
        let limit = limit.min(self.patience.end);
        match timeout_at(limit, response.chunk()).await {
            Ok(Ok(Some(bytes))) => match self.parser.take(&bytes) {
                Ok(true) => self.since = Instant::now(),
                Ok(false) => {}
                Err(fault) => return Err(self.fault(&fault)),
            },
            Ok(Ok(None)) => return self.end(),
            // what was to come after the text is not worth losing it
            Ok(Err(_)) | Err(_) if is_finished => return self.end(),
            Ok(Err(error)) => return Err(self.who.lost(error, Duration::ZERO)),
            Err(_) => return Err(self.patience.late(&self.who, limit, self.heard.is_some())),
        }
        Ok(())
    }

    /// No bytes follow.
    fn end(&mut self) -> Result<(), Failure> {
        self.response = None;
        self.parser.end().map_err(|fault| self.fault(&fault))
    }

    fn fault(&self, fault: &Fault) -> Failure {
        self.who.fault(fault)
    }

    /// Reads what little follows the answer's end: a connection that was read to its end serves the next request, too.
    async fn settle(&mut self) {
        if let Some(mut response) = self.response.take() {
            let rest = async { while let Ok(Some(_)) = response.chunk().await {} };
            let _ = timeout(GRACE.min(self.patience.idle) / 10, rest).await; // else another connection serves it
        }
    }
}
