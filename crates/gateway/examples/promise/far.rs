//! The large model: a server on loopback that answers from the labels, wrong as often as it is told to.
use crate::tasks::hash;
use axum::{
    Json, Router,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Value, json};
use std::{collections::HashMap, net::SocketAddr, sync::Arc};

/// What it knows.
pub(crate) struct Far {
    labels: HashMap<String, String>,
    error: f64,
}

impl Far {
    pub(crate) fn new(labels: HashMap<String, String>, error: f64) -> Arc<Self> {
        Arc::new(Self { labels, error })
    }

    /// Its answer to a question, which is always the same.
    pub(crate) fn answer(&self, question: &str) -> String {
        let place = (hash(&format!("is it right? {question}")) >> 11) as f64 / (1u64 << 53) as f64;
        match self.labels.get(question) {
            Some(label) if place >= self.error => label.clone(),
            Some(label) if label.starts_with('{') => r#"{"date":"","total":""}"#.to_owned(),
            _ => "something_else".to_owned(),
        }
    }

    /// Serves it; gives its address.
    pub(crate) async fn serve(self: Arc<Self>) -> std::io::Result<SocketAddr> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let routes = Router::new().route("/v1/chat/completions", post(reply)).with_state(self);
        tokio::spawn(async move {
            let _ = axum::serve(listener, routes).await; // ends with the program
        });
        Ok(address)
    }
}

async fn reply(State(far): State<Arc<Far>>, Json(body): Json<Value>) -> Response {
    let question = body["messages"].as_array().and_then(|m| m.last()).and_then(|m| m["content"].as_str());
    let answer = far.answer(question.unwrap_or_default());
    let usage = json!({ "prompt_tokens": body.to_string().len() / 4, "completion_tokens": answer.len().div_ceil(4) });
    let chunk = |choices: Value| json!({ "object": "chat.completion.chunk", "model": "label", "choices": choices });
    let text = chunk(json!([{ "index": 0, "delta": { "role": "assistant", "content": answer } }]));
    let end = chunk(json!([{ "index": 0, "delta": {}, "finish_reason": "stop" }]));
    let mut last = chunk(json!([]));
    last["usage"] = usage;
    let events: String = [text, end, last].iter().map(|event| format!("data: {event}\n\n")).collect();
    ([(header::CONTENT_TYPE, "text/event-stream")], events + "data: [DONE]\n\n").into_response()
}
