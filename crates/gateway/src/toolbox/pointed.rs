//! Where a tool cannot read a request of its kind, the small model may point at its arguments: spans of the request alone.
use super::{Ready, lasting, tier::fits};
use crate::{app::App, local::LocalAnswerer};
use chat::{ChatRequest, Error, Kind};
use std::sync::Arc;
use tokio::sync::OnceCell;
use toolsmith::{
    Call, dispatch,
    spans::{Reader, Refused},
};

/// Whose answers are compared: a tool's own, or those that it computes from what a small model points at.
pub(crate) struct Subject {
    pub(crate) ready: Arc<Ready>,
    pub(crate) by: Option<Pointer>,
}

/// A model that points.
pub(crate) struct Pointer {
    /// Its name here.
    pub(crate) model: String,
    /// Which one it is: of another, nothing is known.
    pub(crate) identity: String,
    /// What was learned of the tool's requests.
    reader: OnceCell<Result<Reader, Refused>>,
}

/// A tool's answer, or in a word and in a sentence why there is none.
pub(crate) type Said = Result<String, (&'static str, String)>;

impl Pointer {
    /// The model here that is called so, once it is loaded, if it holds conversations.
    pub(crate) fn find(app: &App, model: &str) -> Option<Self> {
        let local = app.registry.get(model).ok().filter(|local| local.chats())?;
        Some(Self { model: model.to_owned(), identity: local.identity(None).ok()?, reader: OnceCell::new() })
    }
}

impl Subject {
    /// What stands for it in the name of its comparisons.
    pub(crate) fn word(&self) -> String {
        let id = &self.ready.kept.id;
        self.by.as_ref().map_or_else(|| id.clone(), |by| format!("{id} read by {}#{}", by.model, by.identity))
    }

    /// Whether it is still what it was.
    pub(crate) fn is_current(&self, app: &App) -> bool {
        let Some(by) = &self.by else { return true };
        Pointer::find(app, &by.model).is_some_and(|now| now.identity == by.identity)
    }

    /// What the tool says to `request` if the small model points.
    ///
    /// # Errors
    /// The model's, which may pass: whatever it says or refuses to say is an outcome.
    pub(crate) async fn point(&self, app: &App, request: &ChatRequest) -> Result<Said, Error> {
        let defect = || Error::new(Kind::Internal, "no model points here; this is a defect");
        let (Some(by), Some(tier0)) = (&self.by, &app.tier0) else { return Err(defect()) };
        let Some((_, text)) = dispatch::asked(request) else {
            return Ok(Err(("declined", "no such request".to_owned())));
        };
        let Ready { tool, schemas, .. } = &*self.ready;
        let sandbox = tier0.toolbox.sandbox();
        let learned = async || {
            let phrases = self.ready.phrases(sandbox).await;
            lasting(phrases.and_then(|phrases| Reader::new(tool, phrases)))
        };
        let reader = match by.reader.get_or_try_init(learned).await {
            Ok(Ok(reader)) => reader,
            Ok(Err(refused)) => return Ok(Err(("declined", refused.to_string()))),
            Err(refused) => return Err(Error::new(Kind::Unavailable, refused.to_string())),
        };
        let local = LocalAnswerer { local: app.registry.get(&by.model)?, metrics: &app.metrics };
        let arguments = match reader.extract(sandbox, &local, &by.model, &text).await {
            Ok(arguments) => arguments,
            Err(Refused::Failed(error)) => return Err(error),
            Err(refused) => return Ok(Err(("declined", refused.to_string()))),
        };
        let ran = tier0.toolbox.call(&self.ready, Call::Run { arguments: arguments.clone() }).await;
        let result = match ran {
            Ok(outcome) => outcome.result.unwrap_or_default(),
            Err(error) => return Ok(Err(("raised", error.message))),
        };
        if let Err(fault) = schemas.check_result(&result) {
            return Ok(Err(("value", fault)));
        }
        if let Err(differs) = tier0.toolbox.agreement(&self.ready, &arguments).await {
            return Ok(Err(differs));
        }
        let rendered = tier0.toolbox.call(&self.ready, Call::Render { result, text }).await;
        Ok(match rendered.map(|outcome| outcome.answer) {
            Ok(Some(answer)) => fits(request, answer),
            Ok(None) => Err(("value", "it wrote nothing".to_owned())),
            Err(error) => Err(("raised", error.message)),
        })
    }
}
