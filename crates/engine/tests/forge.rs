//! A file of random weights loads, and its logits are numbers.
#[path = "../examples/forge.rs"]
#[expect(dead_code, reason = "an example's `main` is not called here")]
mod forge;
#[path = "support/tiny.rs"]
#[expect(dead_code, reason = "one of its models is enough")]
mod tiny;
#[path = "support/vocabulary.rs"]
mod vocabulary;
#[path = "support/writer.rs"]
mod writer;

use engine::{Engine, Event, Limits, LoadOptions, Model, Request, Want, gguf::Gguf};
use std::sync::{Arc, mpsc};

struct Channel(mpsc::Sender<Event>);

impl engine::Listener for Channel {
    fn hear(&mut self, event: Event) {
        self.0.send(event).ok();
    }
    fn gone(&self) -> bool {
        false
    }
}

/// Log-probabilities of a few tokens, from a file in each quantisation.
#[test]
fn a_forged_file_answers_with_finite_numbers() {
    let dir = std::env::temp_dir().join(format!("kinglet-forge-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a folder");
    let from = dir.join("tokenizer.gguf");
    std::fs::write(&from, tiny::llama().bytes()).expect("written");
    for quant in ["q4_k", "q4_k_m", "q8_0"] {
        let out = dir.join(format!("{quant}.gguf"));
        forge::forge(forge::by_name("tiny").expect("a shape"), quant, &from, &out).expect("a file");
        let model = Model::load(&Gguf::open(&out).expect("well formed"), &LoadOptions { n_threads: Some(1) });
        let limits = Limits { n_ctx: 64, n_cache: 64, ..Limits::default() };
        let engine = Engine::start(Arc::new(model.expect("a model")), limits).expect("an engine");
        let (sender, receiver) = mpsc::channel();
        let request = Request {
            ignore_end: true,
            logprobs: Some(0),
            ..Request::new(vec![5, 6, 7], Want::Answer { max_tokens: 8 })
        };
        engine.submit(request, Box::new(Channel(sender))).expect("room");
        let events: Vec<_> = receiver.iter().collect();
        let told: Vec<f32> = events.iter().flat_map(logprobs).collect();
        assert!(told.len() == 8 && told.iter().all(|x| x.is_finite() && *x < 0.0), "{quant}: {told:?}");
    }
    std::fs::remove_dir_all(&dir).expect("removed");
}

#[test]
fn what_cannot_be_forged_is_said() {
    assert!(forge::by_name("70b").err().expect("refused").contains("tiny, 1.5b, 8b"));
    let tiny = forge::by_name("tiny").expect("a shape");
    let nowhere = std::path::Path::new("/nonexistent/file.gguf");
    let fault = forge::forge(tiny, "q4_k", nowhere, nowhere).expect_err("no tokenizer");
    assert!(fault.starts_with("/nonexistent/file.gguf: "), "{fault}");
}

fn logprobs(event: &Event) -> Vec<f32> {
    match event {
        Event::Text { tokens, .. } => tokens.iter().filter_map(|token| token.logprob).collect(),
        _ => Vec::new(),
    }
}
