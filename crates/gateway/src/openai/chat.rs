//! `POST /v1/chat/completions`.
use super::{
    Failure, body, options,
    reply::{self, Head},
};
use crate::{
    app::Shared,
    exchange::{self, Answering, Choices, Context, Total},
};
use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use chat::{ChatRequest, Delta, Error, Finish, Function, Options, TokenLogprob, ToolCall};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

pub(super) async fn create(State(app): State<Shared>, context: Context, request: Request) -> Result<Response, Failure> {
    let body = body::read(request, &app.config).await?;
    let options: Options = body::fields(&body)?; // first and alone: inside the request a fault would lose its name
    let request: ChatRequest = body::fields(&body)?;
    let n = options::n_choices(&options)?;
    let Answering { headers, deltas } = exchange::ask(&app, context, request.clone(), n).await?;
    if options.stream == Some(true) {
        let head = Head::new("chatcmpl", "chat.completion.chunk", &request.model);
        let mut chunks = Chunks::new(head, &request, n);
        let stream = reply::stream(deltas.flat_map(move |(idx, delta)| stream::iter(chunks.of(idx, delta)))).await?;
        Ok((headers, stream).into_response())
    } else {
        let head = Head::new("chatcmpl", "chat.completion", &request.model);
        Ok((headers, Json(whole(head, &request, n, deltas).await?)).into_response())
    }
}

/// The reply in one piece.
async fn whole(head: Head, request: &ChatRequest, n: usize, mut deltas: Choices) -> Result<Value, Error> {
    let (mut choices, mut total) = (vec![Choice::default(); n], Total::of(n));
    while let Some((idx, delta)) = deltas.next().await {
        match delta? {
            Delta::Text { text, logprobs } => {
                choices[idx].text.push_str(&text);
                choices[idx].logprobs.extend(logprobs);
            }
            Delta::ToolCall { index, id, name, arguments } => {
                let calls = &mut choices[idx].calls;
                if let (Some(id), Some(name)) = (id, name) {
                    let function = Function { name, arguments: String::new() };
                    calls.push(ToolCall { id, r#type: "function".to_owned(), function });
                }
                if let Some(call) = calls.get_mut(index) {
                    call.function.arguments.push_str(&arguments);
                }
            }
            Delta::Finish(finish) => choices[idx].finish = Some(finish),
            Delta::Reasoning(text) => choices[idx].reasoning.push_str(&text),
            Delta::Usage(usage) => total.add(usage),
        }
    }
    let choices = choices.iter().enumerate().map(|(idx, choice)| {
        json!({
            "index": idx,
            "message": choice.message(),
            "logprobs": logprobs_json(request, &choice.logprobs),
            "finish_reason": choice.finish,
        })
    });
    let mut reply = head.with(choices.collect());
    reply["usage"] = reply::usage_json(&total.usage);
    Ok(reply)
}

#[derive(Clone, Default)]
struct Choice {
    text: String,
    reasoning: String,
    calls: Vec<ToolCall>,
    logprobs: Vec<TokenLogprob>,
    finish: Option<Finish>,
}

impl Choice {
    fn message(&self) -> Value {
        let mut message = json!({ "role": "assistant", "content": self.text, "refusal": null });
        if !self.reasoning.is_empty() {
            message["reasoning_content"] = self.reasoning.as_str().into();
        }
        if !self.calls.is_empty() {
            message["tool_calls"] = json!(self.calls);
            if self.text.is_empty() {
                message["content"] = Value::Null;
            }
        }
        message
    }
}

/// Turns deltas into chunks.
struct Chunks {
    head: Head,
    total: Total,
    request: ChatRequest,
    include_usage: bool,
    /// Choices whose first chunk, which names the role, went out.
    begun: Vec<bool>,
}

impl Chunks {
    fn new(head: Head, request: &ChatRequest, n: usize) -> Self {
        let include_usage = request.options.stream_options.as_ref().is_some_and(|o| o.include_usage == Some(true));
        Self { head, total: Total::of(n), request: request.clone(), include_usage, begun: vec![false; n] }
    }

    fn of(&mut self, idx: usize, delta: Result<Delta, Error>) -> Vec<Result<String, Error>> {
        let delta = match delta {
            Ok(delta) => delta,
            Err(error) => return vec![Err(error)],
        };
        let mut chunks = Vec::new();
        if !std::mem::replace(&mut self.begun[idx], true) {
            chunks.push(Ok(self.chunk(idx, json!({ "role": "assistant", "content": "" }), &[], None)));
        }
        match delta {
            Delta::Text { text, logprobs } if text.is_empty() && logprobs.is_empty() => {}
            Delta::Text { text, logprobs } => {
                chunks.push(Ok(self.chunk(idx, json!({ "content": text }), &logprobs, None)));
            }
            Delta::Reasoning(text) => {
                chunks.push(Ok(self.chunk(idx, json!({ "reasoning_content": text }), &[], None)));
            }
            Delta::ToolCall { index, id, name, arguments } => {
                let call = match (id, name) {
                    (Some(id), Some(name)) => json!({ "index": index, "id": id, "type": "function",
                        "function": { "name": name, "arguments": arguments } }),
                    _ => json!({ "index": index, "function": { "arguments": arguments } }),
                };
                chunks.push(Ok(self.chunk(idx, json!({ "tool_calls": [call] }), &[], None)));
            }
            Delta::Finish(finish) => chunks.push(Ok(self.chunk(idx, json!({}), &[], Some(finish)))),
            Delta::Usage(usage) => {
                self.total.add(usage);
                if self.total.complete() {
                    reply::end(&mut chunks, &self.head, &self.total.usage, self.include_usage);
                }
            }
        }
        chunks
    }

    fn chunk(&self, idx: usize, delta: Value, logprobs: &[TokenLogprob], finish: Option<Finish>) -> String {
        let logprobs = if logprobs.is_empty() { Value::Null } else { logprobs_json(&self.request, logprobs) };
        let choice = json!({ "index": idx, "delta": delta, "logprobs": logprobs, "finish_reason": finish });
        let mut chunk = self.head.with(json!([choice]));
        if self.include_usage {
            chunk["usage"] = Value::Null;
        }
        chunk.to_string()
    }
}

fn logprobs_json(request: &ChatRequest, logprobs: &[TokenLogprob]) -> Value {
    match request.logprobs {
        Some(true) => json!({ "content": logprobs, "refusal": null }),
        _ => Value::Null,
    }
}
