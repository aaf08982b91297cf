//! Prompts that stay in the cache until the engine ends, whatever else needs room, and may be saved for the next start.
use super::{Engine, Event, Limits, Listener, Request, Want};
use crate::{
    Error, Kind,
    cache::{Cache, saved},
    forward::Runner,
    kernel::PAGE,
};
use std::sync::{Arc, mpsc};

/// The key under which the first page of a saved prompt is run once more.
const PROBE: u64 = u64::MAX;

/// What came of [`Engine::pin`].
#[derive(Debug)]
pub struct Pinned {
    /// Tokens that are pinned.
    pub n_tokens: usize,
    /// Of them, those that had to be run.
    pub n_run: usize,
    /// Why what was saved is not of use, if it is not.
    pub refused: Option<Error>,
    /// The prompts to be saved, where what was saved before is not the same.
    pub bytes: Option<Vec<u8>>,
}

impl Engine {
    /// Keeps the keys and values of `prompts` in the cache until the engine ends. Takes them from `saved`, the bytes of an
    /// earlier [`Pinned`], where these are right to the last bit for this model on this machine. To be called once, while
    /// nothing else runs.
    ///
    /// # Errors
    /// Input when the prompts leave no room for a request, or as [`Engine::submit`].
    pub fn pin(&self, prompts: &[Vec<u32>], saved: Option<Vec<u8>>) -> Result<Pinned, Error> {
        self.check_room(prompts)?;
        let mut found = Vec::new();
        let mut refused = None;
        if let Some(bytes) = saved {
            match self.restore(bytes) {
                Ok(tokens) => found = tokens,
                Err(error) => refused = Some(error),
            }
        }
        let (mut n_tokens, mut n_run) = (0, 0);
        for prompt in prompts {
            let n_cached = self.run(prompt, 0)?;
            n_tokens += prompt.len();
            // the last token is run even when it is known
            n_run += if n_cached + 1 == prompt.len() && found.contains(prompt) { 0 } else { prompt.len() - n_cached };
            let tokens = prompt.clone();
            if !self.between_steps(move |_, cache| cache.pin(&tokens))? {
                return Err(Error::new(
                    Kind::Busy,
                    "other requests took the room of a prompt to pin; pin it while none run",
                ));
            }
        }
        let is_saved = refused.is_none() && found.len() == prompts.len() && prompts.iter().all(|p| found.contains(p));
        let all = prompts.to_vec();
        let bytes = match is_saved {
            true => None,
            false => self.between_steps(move |runner, cache| cache.save(&runner.model, &all))?,
        };
        Ok(Pinned { n_tokens, n_run, refused, bytes })
    }

    fn check_room(&self, prompts: &[Vec<u32>]) -> Result<(), Error> {
        for prompt in prompts {
            self.check(&Request::new(prompt.clone(), Want::Answer { max_tokens: 0 }))?;
        }
        let n_pages: usize = prompts.iter().map(|prompt| Cache::pages_for(prompt.len())).sum();
        let Limits { n_ctx, n_cache, .. } = self.limits;
        let n_left = Cache::pages_for(n_cache) - Cache::pages_for(n_ctx);
        match n_pages <= n_left {
            true => Ok(()),
            false => Err(Error::new(
                Kind::Input,
                format!(
                    "prompts to pin: room for {} tokens is left of a cache of {n_cache} beside one context of {n_ctx}, {} \
                     are needed; a larger cache or a smaller context expected",
                    n_left * PAGE,
                    n_pages * PAGE
                ),
            )),
        }
    }

    /// Takes what `bytes` hold into the cache; returns the prompts.
    fn restore(&self, bytes: Vec<u8>) -> Result<Vec<Vec<u32>>, Error> {
        let bytes = Arc::new(bytes);
        let read = saved::read(&self.model, self.limits.kv, &bytes)?;
        for prompt in &read {
            // what it is worth is seen when the first page is run anew: same model, same processor, same kernels, same bits
            let first: Vec<u32> = prompt.tokens.iter().take(PAGE).copied().collect();
            self.run(&first, PROBE)?;
            let page = self.between_steps(move |_, cache| cache.first_page(PROBE, &first))?;
            if page.is_none_or(|page| page != prompt.first_page()) {
                return Err(Error::format(
                    "saved prompts: this model computes other keys and values on this machine than those that are saved",
                ));
            }
        }
        let found = read.iter().map(|prompt| prompt.tokens.clone()).collect();
        let (model, kv, bytes) = (self.model.clone(), self.limits.kv, bytes.clone());
        self.between_steps(move |_, cache| {
            saved::read(&model, kv, &bytes).into_iter().flatten().for_each(|prompt| cache.restore(&prompt));
        })?;
        Ok(found)
    }

    /// Runs `prompt`, and returns how much of it was in the cache.
    fn run(&self, prompt: &[u32], kv_key: u64) -> Result<usize, Error> {
        let (sender, receiver) = mpsc::channel();
        let request = Request { kv_key, ..Request::new(prompt.to_vec(), Want::Answer { max_tokens: 0 }) };
        self.submit(request, Box::new(Ear(sender)))?;
        for event in receiver {
            match event {
                Event::Done { usage, .. } => return Ok(usage.n_cached),
                Event::Failed(error) => return Err(error),
                _ => {}
            }
        }
        Err(stopped())
    }

    /// Has the engine's thread do `task` between two steps, and waits for what comes of it.
    fn between_steps<T: Send + 'static>(
        &self,
        task: impl FnOnce(&mut Runner, &mut Cache) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let (sender, receiver) = mpsc::channel();
        let task = move |runner: &mut Runner, cache: &mut Cache| {
            let _ = sender.send(task(runner, cache)); // whoever asked waits for it
        };
        self.shared.lock().tasks.push(Box::new(task));
        self.shared.wake.notify_one();
        receiver.recv().map_err(|_| stopped())
    }
}

fn stopped() -> Error {
    Error::new(Kind::Internal, "the engine stopped before a prompt was pinned")
}

struct Ear(mpsc::Sender<Event>);

impl Listener for Ear {
    fn hear(&mut self, event: Event) {
        let _ = self.0.send(event); // whoever asked waits for it
    }

    fn gone(&self) -> bool {
        false
    }
}
