//! A model together with one of its adapters: to all routes a model like any other.
use crate::Local;
use engine::{Error, Grammar, Job, Shape, Stats};
use serde_json::Value;
use std::{borrow::Cow, path::Path, sync::Arc};

/// `local` answering with its adapter `adapter`.
pub struct Adapted {
    local: Arc<dyn Local>,
    adapter: String,
}

impl Adapted {
    /// Requests to it go to `local`, and name `adapter`.
    pub fn new(local: Arc<dyn Local>, adapter: impl Into<String>) -> Self {
        Self { local, adapter: adapter.into() }
    }
}

impl Local for Adapted {
    fn submit_all(&self, mut jobs: Vec<Job>) -> Result<(), Error> {
        jobs.iter_mut().for_each(|(request, _)| request.adapter = Some(self.adapter.clone()));
        self.local.submit_all(jobs)
    }

    fn adapters(&self) -> Vec<String> {
        Vec::new()
    }

    fn load_adapter(&self, name: &str, file: &Path, scale: f32) -> Result<(), Error> {
        self.local.load_adapter(name, file, scale)
    }

    fn unload_adapter(&self, name: &str) -> bool {
        self.local.unload_adapter(name)
    }

    fn stats(&self) -> Stats {
        self.local.stats()
    }

    fn n_ctx(&self) -> usize {
        self.local.n_ctx()
    }

    fn n_vocab(&self) -> usize {
        self.local.n_vocab()
    }

    fn chats(&self) -> bool {
        self.local.chats()
    }

    fn guard<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.local.guard(text)
    }

    fn render(&self, context: &Value) -> Result<String, Error> {
        self.local.render(context)
    }

    fn encode_rendered(&self, rendered: &str) -> Vec<u32> {
        self.local.encode_rendered(rendered)
    }

    fn encode(&self, text: &str) -> Vec<u32> {
        self.local.encode(text)
    }

    fn bytes(&self, id: u32) -> Vec<u8> {
        self.local.bytes(id)
    }

    fn text(&self, id: u32) -> String {
        self.local.text(id)
    }

    fn grammar(&self, shape: &Shape) -> Result<Arc<Grammar>, Error> {
        self.local.grammar(shape)
    }

    fn identity(&self, _: Option<&str>) -> Result<String, Error> {
        self.local.identity(Some(&self.adapter))
    }

    fn template_says(&self, letters: &str) -> bool {
        self.local.template_says(letters)
    }
}
