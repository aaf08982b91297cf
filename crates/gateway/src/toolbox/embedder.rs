//! The model that makes vectors of texts: one here, or one elsewhere, which is paid for.
use super::tier::Asking;
use crate::{
    Target,
    account::Accounts,
    app::{App, Shared},
    layers::random,
    local::{room, submit},
    openai::embeddings,
    promise::idle,
};
use chat::{Error, Kind, Usage};
use engine::{Event, Want};
use futures_util::StreamExt;
use serde_json::json;
use toolsmith::dispatch::gist;

/// Texts of one request to a model elsewhere.
const AT_ONCE: usize = 64;

/// Makes vectors of texts.
pub(super) struct Embedder(pub(super) Target);

impl Embedder {
    /// Whether texts stay on this machine.
    pub(super) fn is_here(&self) -> bool {
        matches!(self.0, Target::Local(_))
    }

    /// Which model it is.
    ///
    /// # Errors
    /// While it is loading, or where there is none.
    pub(super) fn identity(&self, app: &App) -> Result<String, Error> {
        match &self.0 {
            Target::Local(model) => app.registry.get(model)?.identity(None).map_err(crate::local::error),
            Target::Upstream { .. } => Ok(self.0.to_string()),
        }
    }

    /// Whether a request would wait for it.
    pub(super) fn is_busy(&self, app: &App) -> bool {
        match &self.0 {
            Target::Local(model) => app.registry.get(model).is_ok_and(|local| local.stats().n_waiting > 0),
            Target::Upstream { upstream, .. } => upstream.is_resting(),
        }
    }

    /// How many texts are best asked for together.
    pub(super) fn at_once(&self) -> usize {
        if self.is_here() { 1 } else { AT_ONCE }
    }

    /// The vector of a request's text.
    ///
    /// # Errors
    /// Whatever keeps the model from it.
    pub(super) async fn one(&self, app: &Shared, asked: &Asking<'_>) -> Result<Vec<f32>, Error> {
        let (upstream, model) = match &self.0 {
            Target::Local(model) => return here(app, model, asked.text).await,
            Target::Upstream { .. } => (self.0.clone(), app.clone()),
        };
        let (route, id, text) = (asked.plan.route.clone(), asked.context.id.clone(), asked.text.to_owned());
        // whoever no longer waits for it pays for it all the same
        let paid = tokio::spawn(async move {
            let (vectors, usage) = away(&upstream, &[&text]).await?;
            if let Some(accounts) = &model.config.accounts {
                accounts.embedded(&route, &id, &upstream, &usage).await;
            }
            Ok(vectors.into_iter().next().unwrap_or_default())
        });
        paid.await.map_err(|_| Error::new(Kind::Internal, "a defect while a text was embedded, please report it"))?
    }

    /// The vectors of `texts`, which nobody waits for; none for a text of which there is none.
    ///
    /// # Errors
    /// Whatever keeps the model from it.
    pub(super) async fn several(
        &self,
        app: &App,
        accounts: &Accounts,
        route: &str,
        texts: &[&str],
    ) -> Result<Vec<Option<Vec<f32>>>, Error> {
        let Target::Local(model) = &self.0 else {
            let (vectors, usage) = away(&self.0, texts).await?;
            accounts.embedded(route, &format!("{:016x}", random()), &self.0, &usage).await;
            return Ok(vectors.into_iter().map(Some).collect());
        };
        let mut vectors = Vec::new();
        for text in texts {
            idle(&*app.registry.get(model)?).await;
            vectors.push(match here(app, model, text).await {
                Ok(vector) => Some(vector),
                Err(error) if matches!(error.kind, Kind::Input | Kind::ContextLength { .. }) => None,
                Err(error) => return Err(error),
            });
        }
        Ok(vectors)
    }
}

/// By a model here.
async fn here(app: &App, model: &str, text: &str) -> Result<Vec<f32>, Error> {
    let local = app.registry.get(model)?;
    let prompt = local.encode(gist(text));
    room(&*local, prompt.len(), None)?;
    let request = engine::Request::new(prompt, Want::Embedding);
    let events = submit(&*local, vec![request], &app.metrics, model)?;
    let mut events = futures_util::stream::iter(events).flatten();
    while let Some(event) = events.next().await {
        if let Event::Embedding(vector) = event? {
            return Ok(vector);
        }
    }
    Err(Error::new(Kind::Internal, format!("`{model}` gave no vector; this is a defect")))
}

/// By a model elsewhere, and what that took.
async fn away(target: &Target, texts: &[&str]) -> Result<(Vec<Vec<f32>>, Usage), Error> {
    let Target::Upstream { upstream, model } = target else {
        return Err(Error::new(Kind::Internal, "a model elsewhere expected; this is a defect"));
    };
    let input: Vec<&str> = texts.iter().map(|text| gist(text)).collect();
    let body = json!({ "input": input, "encoding_format": "float" });
    let (vectors, usage) = embeddings::elsewhere(&upstream.post("embeddings", model, body).await?)?;
    if vectors.len() != texts.len() {
        let found = format!("{} vectors expected, {} found", texts.len(), vectors.len());
        return Err(Error::new(Kind::Upstream, format!("`{target}`: {found}")));
    }
    Ok((vectors, usage))
}
