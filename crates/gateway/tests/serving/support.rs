//! A server with a model that follows a script, on a port of loopback.

use crate::script::Script;
use gateway::{Config, Registry};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{sync::oneshot, task::JoinHandle, time::timeout};

/// Far more than anything here takes.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// A running server; `stop` ends it.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) model: Arc<Script>,
    stop: Option<oneshot::Sender<()>>,
    ended: JoinHandle<std::io::Result<()>>,
    client: Client,
}

impl Server {
    /// A server whose model `script` is ready.
    pub(crate) async fn start() -> Self {
        Self::with(Config::default()).await
    }

    /// The same, configured.
    pub(crate) async fn with(config: Config) -> Self {
        let (server, registry) = Self::loading(config).await;
        assert!(registry.ready("script", server.model.clone()));
        server
    }

    /// A server whose model is still loading.
    pub(crate) async fn loading(config: Config) -> (Self, Registry) {
        let config = Config { listen: "127.0.0.1:0".to_owned(), ..config };
        let registry = Registry::new(["script".to_owned()]);
        let (bound, address) = oneshot::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = registry.clone();
        let ended = tokio::spawn(async move {
            let told = |address| bound.send(address).expect("somebody waits for the address");
            let until = async { drop(stopped.await) };
            gateway::serve(config, serving, told, until).await
        });
        let address = address.await.expect("an address");
        // the first test that comes here installs it
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().build().expect("a client");
        (Self { address, model: Arc::new(Script::default()), stop: Some(stop), ended, client }, registry)
    }

    /// Tells it to stop; it drains.
    pub(crate) fn begin_stop(&mut self) {
        self.stop.take().expect("once").send(()).expect("a server");
    }

    /// Waits until it has stopped.
    pub(crate) async fn ended(self) {
        timeout(LONG, self.ended).await.expect("in time").expect("no panic").expect("no error");
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("http://{}{path}", self.address)).timeout(LONG)
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.expect("an answer")
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Response {
        let request = self.request(Method::POST, path).header("content-type", "application/json");
        request.body(body.to_string()).send().await.expect("an answer")
    }

    /// The value of the metric whose line begins with `name`.
    pub(crate) async fn metric(&self, name: &str) -> Option<f64> {
        let text = self.get("/metrics").await.text().await.expect("a text");
        let line = text.lines().find(|line| line.starts_with(name))?;
        line.rsplit(' ').next()?.parse().ok()
    }
}

/// The body as JSON.
pub(crate) async fn json(response: Response) -> Value {
    serde_json::from_str(&response.text().await.expect("a text")).expect("JSON")
}

/// The data of each event of a stream.
pub(crate) async fn events(response: Response) -> Vec<String> {
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let text = response.text().await.expect("a text");
    text.split("\n\n").filter_map(|event| event.strip_prefix("data: ").map(str::to_owned)).collect()
}

/// The data of each event of a stream of named events, whose names are also in their data.
pub(crate) async fn named_events(response: Response) -> Vec<Value> {
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let text = response.text().await.expect("a text");
    let event = |event: &str| {
        let (name, data) = event.split_once('\n').expect("two lines");
        let data: Value = serde_json::from_str(data.strip_prefix("data: ").expect("data")).expect("JSON");
        assert_eq!(name.strip_prefix("event: "), data["type"].as_str());
        data
    };
    text.split("\n\n").filter(|text| !text.is_empty()).map(event).collect()
}

/// The types of `events`.
pub(crate) fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().expect("a type")).collect()
}

/// The prompt of the last request.
pub(crate) fn prompt(server: &Server) -> String {
    let ids = server.model.asked().last().expect("a request").prompt.clone();
    String::from_utf8(ids.iter().map(|id| *id as u8).collect()).expect("UTF-8")
}

/// Whether the grammar of the last request accepts each of `texts`.
pub(crate) fn accepted(server: &Server, texts: &[&str]) -> Vec<bool> {
    let grammar = server.model.asked().last().expect("a request").grammar.clone();
    texts.iter().map(|text| grammar.as_ref().is_none_or(|grammar| grammar.accepts(text))).collect()
}

/// Waits until `is` says so.
pub(crate) async fn until(what: &str, mut is: impl FnMut() -> bool) {
    let poll = async {
        while !is() {
            tokio::task::yield_now().await;
        }
    };
    timeout(LONG, poll).await.unwrap_or_else(|_| panic!("{what}: not within {LONG:?}"));
}
