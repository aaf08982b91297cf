//! Counters, gauges and histograms, in Prometheus' text form.
use crate::app::Shared;
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use chat::Usage;
use prometheus_client::{
    encoding::text::encode,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};
use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

type Labels = Vec<(&'static str, String)>;
type Histograms = Family<Labels, Histogram, fn() -> Histogram>;

/// Everything that is measured.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Labels, Counter>,
    prompt: Family<Labels, Counter>,
    cached: Family<Labels, Counter>,
    generated: Family<Labels, Counter>,
    first: Histograms,
    between: Histograms,
    queue: Histograms,
    running: Family<Labels, Gauge>,
    waiting: Family<Labels, Gauge>,
    pages_used: Family<Labels, Gauge>,
    pages_kept: Family<Labels, Gauge>,
    pages: Family<Labels, Gauge>,
    rows: Family<Labels, Counter>,
    drafted: Family<Labels, Counter>,
    accepted: Family<Labels, Counter>,
    evicted: Family<Labels, Counter>,
    preempted: Family<Labels, Counter>,
    answers: Family<Labels, Counter>,
    passed_on: Family<Labels, Counter>,
    certified: Family<Labels, Gauge>,
    audits: Family<Labels, Counter>,
    audits_open: Family<Labels, Gauge>,
    alarms: Family<Labels, Gauge>,
    began: Histograms,
    took: Histograms,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("kinglet"),
            requests: Family::default(),
            prompt: Family::default(),
            cached: Family::default(),
            generated: Family::default(),
            first: Family::new_with_constructor(waits),
            between: Family::new_with_constructor(steps),
            queue: Family::new_with_constructor(waits),
            running: Family::default(),
            waiting: Family::default(),
            pages_used: Family::default(),
            pages_kept: Family::default(),
            pages: Family::default(),
            rows: Family::default(),
            drafted: Family::default(),
            accepted: Family::default(),
            evicted: Family::default(),
            preempted: Family::default(),
            answers: Family::default(),
            passed_on: Family::default(),
            certified: Family::default(),
            audits: Family::default(),
            audits_open: Family::default(),
            alarms: Family::default(),
            began: Family::new_with_constructor(answers),
            took: Family::new_with_constructor(answers),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let r = &mut self.registry;
        r.register("requests", "Requests answered, by route and status", self.requests.clone());
        r.register("prompt_tokens", "Prompt tokens, as replies say", self.prompt.clone());
        r.register("cached_tokens", "Prompt tokens found in the cache, as replies say", self.cached.clone());
        r.register("generated_tokens", "Generated tokens, as replies say", self.generated.clone());
        let s = || Unit::Seconds;
        r.register_with_unit("time_to_first_token", "From submission to the first token", s(), self.first.clone());
        r.register_with_unit("time_between_tokens", "Between one token and the next", s(), self.between.clone());
        r.register_with_unit("queue_time", "From submission to the first step", s(), self.queue.clone());
        r.register("answers", "Answers begun, by route and tier", self.answers.clone());
        r.register("passed_on", "Models that could not answer, by model and reason", self.passed_on.clone());
        r.register(
            "promise_certified",
            "Whether any answer of models here is proven good enough",
            self.certified.clone(),
        );
        r.register("audits", "Requests whose answers were compared, by route", self.audits.clone());
        r.register("audits_waiting", "Requests whose answers wait to be compared", self.audits_open.clone());
        r.register("promise_alarms", "How often harm was more frequent than promised", self.alarms.clone());
        r.register_with_unit("answer_first_token", "From a request to its first token", s(), self.began.clone());
        r.register_with_unit("answer", "From a request to the end of its answer", s(), self.took.clone());
        r.register("requests_running", "Requests running now", self.running.clone());
        r.register("requests_waiting", "Requests waiting now", self.waiting.clone());
        r.register("cache_pages_used", "KV cache pages that requests and pins hold now", self.pages_used.clone());
        r.register("cache_pages_kept", "KV cache pages kept for later requests", self.pages_kept.clone());
        r.register("cache_pages", "KV cache pages in all", self.pages.clone());
        r.register("cache_pages_evicted", "Kept KV cache pages given up for others", self.evicted.clone());
        r.register("requests_preempted", "Requests that gave their pages to others half-way", self.preempted.clone());
        r.register("tokens_run", "Tokens that went through the model", self.rows.clone());
        r.register("tokens_drafted", "Of these, tokens guessed ahead of an answer", self.drafted.clone());
        r.register("tokens_accepted", "Of these, tokens that the answer has", self.accepted.clone());
    }

    /// A response went out.
    pub(crate) fn request(&self, route: &str, status: StatusCode) {
        let labels = vec![("route", route.to_owned()), ("status", status.as_str().to_owned())];
        self.requests.get_or_create(&labels).inc();
    }

    /// A reply said `usage`.
    pub(crate) fn usage(&self, model: &str, usage: Usage) {
        let labels = vec![("model", model.to_owned())];
        self.prompt.get_or_create(&labels).inc_by(usage.prompt_tokens as u64);
        self.cached.get_or_create(&labels).inc_by(usage.cached as u64);
        self.generated.get_or_create(&labels).inc_by(usage.completion_tokens as u64);
    }

    /// An answer began.
    pub(crate) fn answered(&self, route: &str, tier: &str) {
        self.answers.get_or_create(&vec![("route", route.to_owned()), ("tier", tier.to_owned())]).inc();
    }

    /// `model` could not answer, for a `reason` in a word.
    pub(crate) fn passed_on(&self, model: &str, reason: &str) {
        self.passed_on.get_or_create(&vec![("model", model.to_owned()), ("reason", reason.to_owned())]).inc();
    }

    /// An answer of `model` had its first token, and its end, after these times.
    pub(crate) fn took(&self, model: &str, first: Option<Duration>, all: Duration) {
        let labels = vec![("model", model.to_owned())];
        if let Some(first) = first {
            self.began.get_or_create(&labels).observe(first.as_secs_f64());
        }
        self.took.get_or_create(&labels).observe(all.as_secs_f64());
    }

    /// A clock for one request to `model`, beginning now.
    pub(crate) fn clock(&self, model: &str) -> Clock {
        let labels = vec![("model", model.to_owned())];
        Clock {
            last: Instant::now(),
            began: false,
            first: self.first.get_or_create(&labels).clone(),
            between: self.between.get_or_create(&labels).clone(),
            queue: self.queue.get_or_create(&labels).clone(),
        }
    }
}

/// The times of one request. Read in the engine's thread, as a slow client delays whoever reads the channel.
pub(crate) struct Clock {
    last: Instant,
    began: bool,
    first: Histogram,
    between: Histogram,
    queue: Histogram,
}

impl Clock {
    pub(crate) fn token(&mut self) {
        let now = Instant::now();
        let histogram = if self.began { &self.between } else { &self.first };
        histogram.observe(now.duration_since(self.last).as_secs_f64());
        (self.last, self.began) = (now, true);
    }

    pub(crate) fn queued(&self, time: Duration) {
        self.queue.observe(time.as_secs_f64());
    }
}

/// `GET /metrics`
pub(crate) async fn show(State(app): State<Shared>) -> Response {
    let metrics = &app.metrics;
    for (name, local) in app.registry.loaded() {
        let (labels, stats) = (vec![("model", name.to_owned())], local.stats());
        metrics.running.get_or_create(&labels).set(stats.n_running as i64);
        metrics.waiting.get_or_create(&labels).set(stats.n_waiting as i64);
        metrics.pages_used.get_or_create(&labels).set(stats.n_pages_used as i64);
        metrics.pages_kept.get_or_create(&labels).set(stats.n_pages_kept as i64);
        metrics.pages.get_or_create(&labels).set(stats.n_pages as i64);
        let counts = [
            (&metrics.rows, stats.n_rows),
            (&metrics.drafted, stats.n_drafted),
            (&metrics.accepted, stats.n_accepted),
            (&metrics.evicted, stats.n_evicted),
            (&metrics.preempted, stats.n_preempted),
        ];
        for (counter, n) in counts {
            // the engine counts; two who look at once must not count twice
            counter.get_or_create(&labels).inner().fetch_max(n, Ordering::Relaxed);
        }
    }
    for keeper in app.keepers.values() {
        let (labels, standing) = (vec![("route", keeper.route().to_owned())], keeper.standing());
        metrics.certified.get_or_create(&labels).set(i64::from(standing.life.version.is_some()));
        metrics.audits.get_or_create(&labels).inner().fetch_max(standing.life.audits, Ordering::Relaxed);
        metrics.audits_open.get_or_create(&labels).set(standing.open);
        metrics.alarms.get_or_create(&labels).set(standing.life.alarms.len() as i64);
    }
    let mut text = String::new();
    if encode(&mut text, &metrics.registry).is_err() {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response(); // a String takes all that is written
    }
    ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response()
}

/// Buckets for answers: from caches to books.
fn answers() -> Histogram {
    Histogram::new([0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0])
}

/// Buckets for waits: a tenth of a second to minutes, as prompts are read by a CPU.
fn waits() -> Histogram {
    Histogram::new([0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0])
}

/// Buckets for decode steps: 1000 to 0.2 tokens/s.
fn steps() -> Histogram {
    Histogram::new([0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0])
}
