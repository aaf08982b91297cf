//! Answers as Ollama tells them: one object, or one for each piece, the last with the numbers.
use crate::{
    blocks::{self, Block, Step, Whole},
    dialect::Dialect,
    exchange::Answering,
    moment,
    openai::Failure,
    pieces,
};
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use chat::{Error, Finish, Usage};
use futures_util::{StreamExt, stream};
use serde_json::{Map, Value, json};
use std::time::{Duration, Instant};

/// Where the text of an answer stands.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// In a message.
    Chat,
    /// In the answer itself.
    Generate,
}

/// Tells one answer.
pub(super) struct Teller {
    kind: Kind,
    /// As the client named it.
    model: String,
    begun: Instant,
    /// How long the first piece took.
    first: Option<Duration>,
    n_calls: usize,
}

impl Teller {
    pub(super) fn new(kind: Kind, model: &str) -> Self {
        Self { kind, model: model.to_owned(), begun: Instant::now(), first: None, n_calls: 0 }
    }

    /// The reply, whole or in lines.
    pub(super) async fn tell(mut self, answering: Answering, is_streamed: bool) -> Result<Response, Failure> {
        let Answering { headers, deltas } = answering;
        self.first = Some(self.begun.elapsed());
        if is_streamed {
            let steps = blocks::steps(deltas).flat_map(move |step| stream::iter(self.line(step)));
            return Ok((headers, pieces::lines(steps)).into_response());
        }
        let whole = blocks::whole(deltas).await?;
        Ok((headers, Json(self.whole(whole))).into_response())
    }

    /// The answer to a request that asks for nothing: the model is loaded.
    pub(super) fn loaded(&self) -> Value {
        let mut value = self.said("", None, Vec::new());
        value["done"] = true.into();
        value["done_reason"] = "load".into();
        value
    }

    fn whole(&mut self, whole: Whole) -> Value {
        let (mut text, mut thinking, mut calls) = (String::new(), String::new(), Vec::new());
        for (block, said) in &whole.blocks {
            match block {
                Block::Text => text.push_str(said),
                Block::Thinking => thinking.push_str(said),
                Block::Call { id, name } => calls.push(self.call(id, name, said)),
            }
        }
        let value = self.said(&text, Some(&*thinking).filter(|thinking| !thinking.is_empty()), calls);
        self.done(value, whole.finish, &whole.usage)
    }

    fn line(&mut self, step: Result<Step, Error>) -> Option<Value> {
        match step {
            Ok(Step::More(_, Block::Text, text)) => Some(self.said(&text, None, Vec::new())),
            Ok(Step::More(_, Block::Thinking, text)) => Some(self.said("", Some(&text), Vec::new())),
            // arguments are an object here, so a call is told when it is whole
            Ok(Step::Close(_, Block::Call { id, name }, arguments)) => {
                let call = self.call(&id, &name, &arguments);
                Some(self.said("", None, vec![call]))
            }
            Ok(Step::End(finish, usage)) => Some(self.done(self.said("", None, Vec::new()), finish, &usage)),
            Ok(Step::Open(..) | Step::More(..) | Step::Close(..)) => None,
            Err(error) => Some(Failure::from(error).body(Dialect::Ollama)),
        }
    }

    fn call(&mut self, id: &str, name: &str, arguments: &str) -> Value {
        let idx = self.n_calls;
        self.n_calls += 1;
        // a call that was cut has no whole arguments, and the reason of the end says so
        let arguments: Map<String, Value> = serde_json::from_str(arguments).unwrap_or_default();
        json!({ "id": id, "function": { "index": idx, "name": name, "arguments": arguments } })
    }

    fn said(&self, text: &str, thinking: Option<&str>, calls: Vec<Value>) -> Value {
        let mut value = json!({ "model": self.model, "created_at": moment::now() });
        let mut message = json!({});
        if self.kind == Kind::Chat {
            message["role"] = "assistant".into();
            message["content"] = text.into();
        } else {
            value["response"] = text.into();
        }
        let place = if self.kind == Kind::Chat { &mut message } else { &mut value };
        if let Some(thinking) = thinking {
            place["thinking"] = thinking.into();
        }
        if !calls.is_empty() {
            place["tool_calls"] = calls.into();
        }
        if self.kind == Kind::Chat {
            value["message"] = message;
        }
        value["done"] = false.into();
        value
    }

    /// `value` with what it took, in nanoseconds. What nobody measured on the way is measured here.
    fn done(&self, mut value: Value, finish: Finish, usage: &Usage) -> Value {
        let total = self.begun.elapsed();
        let measured = |by_who_answered: Duration, here: Duration| {
            nanos(if by_who_answered.is_zero() { here } else { by_who_answered })
        };
        let first = self.first.unwrap_or(total);
        value["done"] = true.into();
        value["done_reason"] = if finish == Finish::Length { "length" } else { "stop" }.into();
        value["total_duration"] = nanos(total).into();
        value["load_duration"] = 0.into();
        value["prompt_eval_count"] = usage.prompt_tokens.into();
        value["prompt_eval_duration"] = measured(usage.prefill, first).into();
        value["eval_count"] = usage.completion_tokens.into();
        value["eval_duration"] = measured(usage.decode, total.saturating_sub(first)).into();
        value
    }
}

/// At least 1, as clients divide by it.
pub(super) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX).max(1)
}
