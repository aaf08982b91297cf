//! All that a model file goes through, from its bytes to one token.
use engine::{
    Engine, Error, Event, Limits, LoadOptions, Model, Request, Tokenizer, Want, gguf::Gguf, model::Info,
    tokenizer::Special,
};
use std::sync::{Arc, mpsc};

/// Reads `file` as far as it is good.
///
/// # Errors
/// The first fault that any step finds.
pub(crate) fn load(file: &Gguf) -> Result<Model, Error> {
    // neither may fail otherwise than by an error, whatever the other finds
    let (info, tokenizer) = (Info::read(file), Tokenizer::from_gguf(file));
    if let Ok(tokenizer) = &tokenizer {
        tokenizer.encode("ab <s>\u{e9} 12", Special::Parse);
        tokenizer.encode_prompt(&tokenizer.guard("ab <s>"));
    }
    let model = Model::load(file, &LoadOptions { n_threads: Some(1) })?;
    // what loads was good in each part
    info.and(tokenizer).map(|_| model)
}

/// Loads `file` and asks it for one token.
///
/// # Errors
/// The first fault that any step finds.
pub(crate) fn one_token(file: &Gguf) -> Result<(), Error> {
    let model = load(file)?;
    let n_ctx = model.info.n_ctx.min(32);
    let limits = Limits { n_ctx, n_cache: 32, ..Limits::default() };
    let engine = Engine::start(Arc::new(model), limits)?;
    let (sender, receiver) = mpsc::channel();
    let request = Request {
        logprobs: Some(2),
        prompt_logprobs: true,
        ..Request::new(vec![0, 1, 2], Want::Answer { max_tokens: 1 })
    };
    engine.submit(request, Box::new(Channel(sender)))?;
    for event in receiver {
        match event {
            Event::Failed(error) => return Err(error),
            Event::Done { .. } => break,
            _ => {}
        }
    }
    Ok(())
}

struct Channel(mpsc::Sender<Event>);
impl engine::Listener for Channel {
    fn hear(&mut self, event: Event) {
        self.0.send(event).ok();
    }
    fn gone(&self) -> bool {
        false
    }
}
