//! Recorded reference outputs, which may be absent, and what the engine says of them.
use crate::channel::Channel;
use engine::{Engine, Event, Request, TokenInfo, Want};
use std::{path::Path, sync::mpsc};

/// A file of the reference outputs, as JSON.
pub(crate) fn json(name: &str) -> Option<serde_json::Value> {
    serde_json::from_str(&text(name)?).ok()
}

/// A file of the reference outputs.
pub(crate) fn text(name: &str) -> Option<String> {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/reference").join(name))
        .ok()
}

/// Log-probabilities of the prompt's tokens, and of the `n_top` most likely ones.
pub(crate) fn prompt_infos(engine: &Engine, prompt: Vec<u32>, n_top: usize) -> Vec<TokenInfo> {
    let (sender, receiver) = mpsc::channel();
    let request = Request {
        logprobs: Some(n_top),
        prompt_logprobs: true,
        ..Request::new(prompt, Want::Answer { max_tokens: 0 })
    };
    engine.submit(request, Box::new(Channel(sender))).unwrap();
    match receiver.recv().unwrap() {
        Event::Prompt(infos) => infos,
        other => panic!("log-probabilities expected, {other:?} found"),
    }
}
