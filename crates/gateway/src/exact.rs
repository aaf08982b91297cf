//! Answers to the very same request of the same tenant, given again. Nothing that is merely similar is ever taken.
use crate::exchange::{Choices, Context};
use chat::{ChatRequest, Delta, Error, Usage};
use futures_util::{StreamExt, stream};
use lru::LruCache;
use sha2::{Digest, Sha256};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// What stands for a request.
pub(crate) type Fingerprint = [u8; 32];
type Answer = Arc<Vec<(usize, Delta)>>;

/// Whether a client wants an answer that was given before: header `x-kinglet-cache`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Where the answer would be the same anyway: at temperature 0.
    #[default]
    Usual,
    /// At any temperature.
    On,
    /// Never.
    Off,
}

/// The answers that were used last.
pub(crate) struct Exact {
    kept: Mutex<Kept>,
    most_bytes: usize,
}

struct Kept {
    answers: LruCache<Fingerprint, (usize, Answer)>,
    n_bytes: usize,
}

impl Exact {
    /// Keeps up to `most_bytes`; with 0, none.
    pub(crate) fn new(most_bytes: usize) -> Self {
        Self { kept: Mutex::new(Kept { answers: LruCache::unbounded(), n_bytes: 0 }), most_bytes }
    }

    /// What stands for `request` with `n` choices, unless its answer is not to be kept.
    pub(crate) fn fingerprint(
        &self,
        context: &Context,
        route: &str,
        request: &ChatRequest,
        n: usize,
    ) -> Option<Fingerprint> {
        let wanted = match context.cache {
            Wish::Usual => request.options.temperature == Some(0.0),
            Wish::On => true,
            Wish::Off => false,
        };
        if !wanted || self.most_bytes == 0 {
            return None;
        }
        let key = context.key.as_deref();
        let tenant = key.map(|key| (key.tenant.as_deref(), if key.tenant.is_some() { "" } else { key.owner.as_str() }));
        // how it is sent changes nothing of what is said
        let mut same = request.clone();
        (same.options.stream, same.options.stream_options, same.options.n) = (None, None, None);
        let text = serde_json::to_vec(&(tenant, route, n, &same, same.raw, &same.more)).ok()?;
        Some(Sha256::digest(text).into())
    }

    /// The answer that is kept.
    pub(crate) fn get(&self, of: &Fingerprint) -> Option<Choices> {
        let (_, answer) = self.lock().answers.get(of)?.clone();
        let deltas: Vec<_> = answer.iter().map(|(idx, delta)| (*idx, Ok(again(delta)))).collect();
        Some(stream::iter(deltas).boxed())
    }

    fn put(&self, of: Fingerprint, answer: Vec<(usize, Delta)>, n_bytes: usize) {
        // one answer may not drive all others out
        if n_bytes > self.most_bytes / 8 {
            return;
        }
        let mut kept = self.lock();
        kept.n_bytes += n_bytes;
        if let Some((_, (before, _))) = kept.answers.push(of, (n_bytes, Arc::new(answer))) {
            kept.n_bytes -= before;
        }
        while kept.n_bytes > self.most_bytes {
            let Some((_, (n_bytes, _))) = kept.answers.pop_lru() else { break };
            kept.n_bytes -= n_bytes;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same deltas; once all `n` choices are complete, `keep` has them.
pub(crate) fn keeping(deltas: Choices, n: usize, of: Fingerprint, exact: Arc<Exact>) -> Choices {
    let mut heard = Some((Vec::new(), 0, n));
    let hear = move |item: (usize, Result<Delta, Error>)| {
        let Some((kept, n_bytes, n_open)) = &mut heard else { return item };
        let Ok(delta) = &item.1 else {
            heard = None;
            return item;
        };
        *n_bytes += size(delta);
        *n_open -= usize::from(matches!(delta, Delta::Usage(_)));
        kept.push((item.0, delta.clone()));
        if *n_bytes > exact.most_bytes / 8 {
            heard = None;
        } else if *n_open == 0
            && let Some((kept, n_bytes, _)) = heard.take()
        {
            exact.put(of, kept, n_bytes);
        }
        item
    };
    deltas.map(hear).boxed()
}

/// The same, with all of the prompt found in a cache, for which nobody waited.
fn again(delta: &Delta) -> Delta {
    match delta {
        Delta::Usage(usage) => Delta::Usage(Usage { cached: usage.prompt_tokens, queued: Duration::ZERO, ..*usage }),
        other => other.clone(),
    }
}

/// Bytes of memory, about.
fn size(delta: &Delta) -> usize {
    let texts = match delta {
        Delta::Text { text, logprobs } => {
            let of_token = |t: &chat::TokenLogprob| 64 * (1 + t.top_logprobs.len());
            text.len() + logprobs.iter().map(of_token).sum::<usize>()
        }
        Delta::Reasoning(text) => text.len(),
        Delta::ToolCall { name, arguments, .. } => name.as_ref().map_or(0, String::len) + arguments.len(),
        Delta::Finish(_) | Delta::Usage(_) => 0,
    };
    texts + size_of::<(usize, Delta)>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delta(text: &str) -> Delta {
        Delta::Text { text: text.to_owned(), logprobs: Vec::new() }
    }

    fn context() -> Context {
        Context::of(None, Wish::Usual)
    }

    #[test]
    fn only_the_same_request_of_the_same_tenant_is_the_same() {
        let exact = Exact::new(1 << 20);
        let of = |context: &Context, json: &str| {
            let request: ChatRequest = serde_json::from_str(json).expect("a request");
            exact.fingerprint(context, "r", &request, 1)
        };
        let with = |owner: &str, tenant: Option<&str>| {
            let key =
                ledger::Key { owner: owner.to_owned(), tenant: tenant.map(str::to_owned), ..ledger::Key::default() };
            Context::of(Some(Arc::new(key)), Wish::Usual)
        };
        let plain = r#"{"model":"m","messages":[{"role":"user","content":"a"}],"temperature":0}"#;
        let streamed = r#"{"model":"m","messages":[{"role":"user","content":"a"}],"temperature":0,"stream":true}"#;
        let other = r#"{"model":"m","messages":[{"role":"user","content":"b"}],"temperature":0}"#;
        let warm = r#"{"model":"m","messages":[{"role":"user","content":"a"}],"temperature":1}"#;
        assert!(of(&context(), plain).is_some());
        assert_eq!(of(&context(), plain), of(&context(), streamed));
        assert_ne!(of(&context(), plain), of(&context(), other));
        assert_eq!(of(&context(), warm), None);
        assert!(of(&Context::of(None, Wish::On), warm).is_some());
        assert_eq!(of(&Context::of(None, Wish::Off), plain), None);
        let all = [of(&context(), plain), of(&with("x", None), plain), of(&with("y", None), plain)];
        assert!(all[0] != all[1] && all[1] != all[2] && all[0] != all[2]);
        assert_eq!(of(&with("x", Some("t")), plain), of(&with("y", Some("t")), plain));
        assert_ne!(of(&with("x", Some("t")), plain), of(&with("t", None), plain));
    }

    #[test]
    fn the_oldest_goes_when_room_is_short() {
        let exact = Exact::new(8000);
        let put = |id: u8| exact.put([id; 32], vec![(0, delta("x"))], 900);
        (0..20).for_each(put);
        assert!(exact.get(&[19; 32]).is_some() && exact.get(&[0; 32]).is_none());
        assert!(exact.lock().n_bytes <= 8000);
        exact.put([99; 32], Vec::new(), 1001);
        assert!(exact.get(&[99; 32]).is_none(), "more than its share");
    }
}
