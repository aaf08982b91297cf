//! Spans of requests for a collector of OpenTelemetry (OTLP over HTTP): numbers and names, never texts or keys.
use crate::download::{innermost, is_here};
use axum::http::HeaderMap;
use ledger::{Attempt, Tokens, Trace};
use opentelemetry::{
    Context, KeyValue, StringValue, Value,
    propagation::TextMapPropagator,
    trace::{Span, SpanKind, Status, Tracer, TracerProvider},
};
use opentelemetry_http::{Bytes, HeaderExtractor, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracer, SdkTracerProvider},
};
use reqwest::{Client, Url, redirect};
use std::{
    fmt,
    io::Write,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, UNIX_EPOCH},
};
use tokio::runtime::Handle;

/// Most spans that wait to be sent; further ones are dropped.
const MOST_WAITING: usize = 2048;
/// Most spans sent at once.
const MOST_AT_ONCE: usize = 512;
/// How long a span waits for others to be sent with.
const DELAY: Duration = Duration::from_secs(2);
/// Longest wait for a collector.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long what waits may take to be sent at the end.
const END: Duration = Duration::from_secs(3);

/// The address of a collector, below which it takes spans at `/v1/traces`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collector(Url);

impl Collector {
    /// Checks `address`, without asking anybody.
    ///
    /// # Errors
    /// A text that says what was expected.
    pub fn at(address: &str) -> Result<Self, String> {
        let example = "an address such as \"http://127.0.0.1:4318\" expected";
        let url = Url::parse(address).map_err(|e| format!("{example}: {e}"))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(format!("{example}, with http:// or https://"));
        }
        let is_plain = url.username().is_empty() && url.password().is_none();
        if !is_plain || url.query().is_some() || url.fragment().is_some() {
            return Err(format!("{example}, without a name, a password or a query, as it is shown"));
        }
        Ok(Self(url))
    }

    fn traces(&self) -> String {
        format!("{self}/v1/traces")
    }
}

impl fmt::Display for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

/// Sends a span for each request, in batches and beside the requests: a collector that is slow or gone costs spans alone.
pub struct Telemetry {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

impl Telemetry {
    /// Begins to send to `collector`, by the runtime that this is called in.
    ///
    /// # Errors
    /// Outside a runtime, or without a client for HTTP.
    pub fn start(collector: &Collector) -> Result<Self, String> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Post::new(collector)?)
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(collector.traces())
            .with_timeout(PATIENCE)
            .build()
            .map_err(|e| format!("{collector}: {e}"))?;
        let batches = BatchConfigBuilder::default()
            .with_max_queue_size(MOST_WAITING)
            .with_max_export_batch_size(MOST_AT_ONCE)
            .with_scheduled_delay(DELAY)
            .build();
        // empty, as the usual one reads the environment
        let resource = Resource::builder_empty()
            .with_service_name("kinglet")
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let provider = SdkTracerProvider::builder()
            .with_span_processor(BatchSpanProcessor::builder(exporter).with_batch_config(batches).build())
            // whoever began the trace decides whether it is kept
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
            .with_resource(resource)
            .build();
        let tracer = provider.tracer("kinglet");
        Ok(Self { provider, tracer })
    }

    /// Sends what waits, for a few seconds at most; what is told later is dropped.
    pub async fn close(&self) {
        let provider = self.provider.clone();
        // it waits for its own thread
        let closing = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(END));
        if !matches!(closing.await, Ok(Ok(()))) {
            warn("some traces could not be sent to their collector in time");
        }
    }

    /// The span of `trace`; without `call`, that of a request which was not understood.
    pub(crate) fn tell(&self, trace: &Trace, parent: &Parent, call: Option<&Call>) {
        let began = UNIX_EPOCH + micros(trace.time);
        let ended = began + micros(trace.total_us);
        let (operation, mut attributes) = match call {
            Some(call) => (call.operation, call.attributes(trace)),
            None => ("POST", vec![word("http.request.method", "POST"), word("url.path", &trace.asked)]),
        };
        attributes.extend(of_any(trace));
        let mut span = self
            .tracer
            .span_builder(format!("{operation} {}", trace.asked))
            .with_kind(SpanKind::Server)
            .with_start_time(began)
            .with_attributes(attributes)
            .start_with_context(&self.tracer, &parent.0);
        for attempt in &trace.attempts {
            span.add_event_with_timestamp("kinglet.attempt", ended, tried(attempt));
        }
        // an error of the client's is none of this server's
        if trace.status >= 500 {
            span.set_status(Status::error(""));
        }
        span.end_with_timestamp(ended);
    }
}

/// The span, elsewhere, under which a request came: headers `traceparent` and `tracestate`.
#[derive(Clone, Default)]
pub(crate) struct Parent(Context);

impl Parent {
    /// None where there is none, or none that can be read.
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        Self(TraceContextPropagator::new().extract_with_context(&Context::new(), &HeaderExtractor(headers)))
    }
}

/// What is asked of a model, as far as spans tell.
#[derive(Clone, Copy)]
pub(crate) struct Call {
    /// By its name in the semantic conventions for generative AI.
    pub(crate) operation: &'static str,
    /// The most tokens of an answer, where the client says.
    pub(crate) max_tokens: Option<usize>,
    /// Where the client says.
    pub(crate) temperature: Option<f32>,
}

impl Call {
    fn attributes(&self, trace: &Trace) -> Vec<KeyValue> {
        let mut all = vec![
            word("gen_ai.operation.name", self.operation),
            word("gen_ai.request.model", &trace.asked),
            // who failed or answers from memory is this program
            word("gen_ai.provider.name", trace.provider.as_deref().unwrap_or("kinglet")),
        ];
        let most = self.max_tokens.map(|n| i64::try_from(n).unwrap_or(i64::MAX));
        all.extend(most.map(|n| KeyValue::new("gen_ai.request.max_tokens", n)));
        // by its digits: 0.7 is to stay 0.7 in twice the bits
        let temperature = self.temperature.and_then(|t| t.to_string().parse::<f64>().ok());
        all.extend(temperature.map(|t| KeyValue::new("gen_ai.request.temperature", t)));
        all.extend(trace.model.as_deref().map(|model| word("gen_ai.response.model", model)));
        all.extend(trace.finish.clone().map(|finish| {
            let all = Value::Array(vec![StringValue::from(finish)].into());
            KeyValue::new("gen_ai.response.finish_reasons", all)
        }));
        if trace.tokens != Tokens::default() {
            all.extend([
                KeyValue::new("gen_ai.usage.input_tokens", trace.tokens.input),
                KeyValue::new("gen_ai.usage.cache_read.input_tokens", trace.tokens.cached_input),
                KeyValue::new("gen_ai.usage.output_tokens", trace.tokens.output),
            ]);
        }
        all
    }
}

/// What is said of every request.
fn of_any(trace: &Trace) -> impl Iterator<Item = KeyValue> {
    let words = [
        ("kinglet.request_id", Some(&trace.id)),
        ("kinglet.route", trace.route.as_ref()),
        ("kinglet.tier", trace.tier.as_ref()),
        ("error.type", trace.error.as_ref()),
    ];
    let numbers = [
        ("http.response.status_code", Some(trace.status)),
        ("kinglet.cost_micro_usd", Some(trace.cost)),
        ("kinglet.first_token_us", trace.first_token_us),
    ];
    let words = words.into_iter().filter_map(|(name, said)| said.map(|said| word(name, said)));
    words.chain(numbers.into_iter().filter_map(|(name, n)| n.map(|n| KeyValue::new(name, n))))
}

/// Without its `why`, which may be in somebody else's words.
fn tried(attempt: &Attempt) -> Vec<KeyValue> {
    vec![
        word("kinglet.tier", &attempt.tier),
        word("gen_ai.response.model", &attempt.model),
        word("kinglet.outcome", &attempt.outcome),
    ]
}

fn word(name: &'static str, said: &str) -> KeyValue {
    KeyValue::new(name, said.to_owned())
}

fn micros(n: i64) -> Duration {
    Duration::from_micros(n.try_into().unwrap_or(0))
}

/// Posts what the exporter has, by the runtime's threads: the exporter's own has none to wait on sockets.
#[derive(Debug)]
struct Post {
    client: Client,
    runtime: Handle,
    collector: Collector,
    /// The last one failed, which was told.
    fails: AtomicBool,
}

impl Post {
    fn new(collector: &Collector) -> Result<Self, String> {
        let runtime = Handle::try_current().map_err(|e| format!("no runtime for traces: {e}"))?;
        // an error says that one is there already, which is as good
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = Client::builder()
            .user_agent(concat!("kinglet/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .referer(false)
            .timeout(PATIENCE);
        let builder = if is_here(&collector.0) { builder.no_proxy() } else { builder };
        let client = builder.build().map_err(|e| format!("no HTTP client: {}", innermost(&e)))?;
        Ok(Self { client, runtime, collector: collector.clone(), fails: AtomicBool::new(false) })
    }

    /// Says once that nothing arrives, until something does.
    fn note(&self, fault: Option<String>) {
        let failed = self.fails.swap(fault.is_some(), Ordering::Relaxed);
        if let Some(why) = fault.filter(|_| !failed) {
            warn(&format!("no traces arrive at {}, and are dropped: {why}", self.collector.traces()));
        }
    }
}

#[async_trait::async_trait]
impl HttpClient for Post {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (client, request) = (self.client.clone(), request.try_into()?);
        // begun in there too: its timer starts at once
        let sent = match self.runtime.spawn(async move { client.execute(request).await }).await {
            Ok(Ok(response)) => Ok(response.status()),
            Ok(Err(error)) => Err(innermost(&error)),
            Err(_) => return Err("the program ends".into()),
        };
        self.note(match &sent {
            Ok(status) if status.is_success() => None,
            Ok(status) => Some(format!("status {status}")),
            Err(why) => Some(why.clone()),
        });
        // the body, which may be of any size, would tell nothing that is looked at
        Ok(Response::builder().status(sent?).body(Bytes::new())?)
    }
}

fn warn(what: &str) {
    // standard error may be closed; there is nobody left to tell then
    let _ = writeln!(std::io::stderr(), "warning: {what}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked_and_shown_without_secrets() {
        let traces = |address| Collector::at(address).map(|collector| collector.traces());
        assert_eq!(traces("http://127.0.0.1:4318").as_deref(), Ok("http://127.0.0.1:4318/v1/traces"));
        assert_eq!(traces("https://host/otlp/").as_deref(), Ok("https://host/otlp/v1/traces"));
        for wrong in ["", "127.0.0.1:4318", "ftp://host", "http://me:s3cret@host", "http://host?key=s3cret"] {
            let error = Collector::at(wrong).expect_err(wrong);
            assert!(error.contains("expected") && !error.contains("s3cret"), "{error}");
        }
    }
}
