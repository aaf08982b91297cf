//! Clients of large models elsewhere.
use chat::{ChatRequest, Error, Kind, Reply};

/// A model provider elsewhere.
pub struct Upstream {
    name: String,
    provider: String,
}

impl Upstream {
    /// What it is called here.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is called in the price book.
    pub fn provider(&self) -> &str {
        &self.provider
    }

    pub(crate) async fn chat(&self, _model: &str, _request: &ChatRequest) -> Result<Reply, Error> {
        Err(Error::new(Kind::Upstream, "not yet"))
    }
}
