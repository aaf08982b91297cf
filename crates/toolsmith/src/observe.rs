//! What a tool does with an input, as its verification sees it.
use crate::{
    Call, Fault, FaultKind, Outcome, Sandbox, Schemas, Tool,
    finding::{Finding, FindingKind},
};
use serde_json::{Map, Value};
use std::time::Duration;

/// Runs a tool's code, or code that stands for it, and holds what comes against the tool's schemas.
pub(crate) struct Observer<'a> {
    pub(crate) sandbox: &'a Sandbox,
    pub(crate) tool: &'a Tool,
    schemas: Schemas,
}

/// What became of a text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Seen {
    Declined,
    Answer(String),
    /// Arguments or a result that the schemas refuse, and why.
    Invalid(String),
    Fault(Fault),
}

/// All that became of a text.
#[derive(Clone, Debug)]
pub(crate) struct Observed {
    pub(crate) seen: Seen,
    pub(crate) outcome: Outcome,
    /// Processor time; none where it failed.
    pub(crate) took: Duration,
}

impl<'a> Observer<'a> {
    pub(crate) fn new(sandbox: &'a Sandbox, tool: &'a Tool) -> Result<Self, Finding> {
        let schemas = Schemas::new(tool).map_err(|why| Finding::new(FindingKind::Schema, why))?;
        Ok(Self { sandbox, tool, schemas })
    }

    /// # Errors
    /// Only where the sandbox is not to be had.
    pub(crate) async fn answer(&self, code: &str, text: &str) -> Result<Observed, Finding> {
        Ok(match called(self.sandbox.timed(code, Call::Answer { text: text.to_owned() }).await)? {
            Ok((outcome, took)) => Observed { seen: self.seen(&outcome), outcome, took },
            Err(fault) => Observed { seen: Seen::Fault(fault), outcome: Outcome::default(), took: Duration::ZERO },
        })
    }

    /// # Errors
    /// As above; within, the tool's own fault, or that its result is none that its schema knows.
    pub(crate) async fn run(
        &self,
        code: &str,
        arguments: &Map<String, Value>,
    ) -> Result<Result<Value, Fault>, Finding> {
        let ran = called(self.sandbox.call(code, Call::Run { arguments: arguments.clone() }).await)?;
        Ok(ran.map(|outcome| outcome.result.unwrap_or_default()).and_then(|result| match self.bad_result(&result) {
            None => Ok(result),
            Some(why) => Err(Fault::new(FaultKind::Value, why)),
        }))
    }

    /// # Errors
    /// As above.
    pub(crate) async fn render(&self, code: &str, result: Value, text: &str) -> Result<Result<String, Fault>, Finding> {
        let rendered = called(self.sandbox.call(code, Call::Render { result, text: text.to_owned() }).await)?;
        Ok(rendered.map(|outcome| outcome.answer.unwrap_or_default()))
    }

    /// # Errors
    /// As above.
    pub(crate) async fn inverse(
        &self,
        code: &str,
        result: Value,
        arguments: &Map<String, Value>,
    ) -> Result<Result<bool, Fault>, Finding> {
        let arguments = arguments.clone();
        let checked = called(self.sandbox.call(code, Call::Check { result, arguments }).await)?;
        Ok(checked.map(|outcome| outcome.result == Some(Value::Bool(true))))
    }

    pub(crate) fn is_input(&self, arguments: &Map<String, Value>) -> bool {
        self.schemas.check_arguments(&Value::Object(arguments.clone())).is_ok()
    }

    fn seen(&self, outcome: &Outcome) -> Seen {
        let Some(arguments) = &outcome.arguments else { return Seen::Declined };
        let arguments = Value::Object(arguments.clone());
        if let Err(why) = self.schemas.check_arguments(&arguments) {
            return Seen::Invalid(format!("{why}: {arguments}"));
        }
        let result = outcome.result.clone().unwrap_or_default();
        match (self.bad_result(&result), &outcome.answer) {
            (Some(why), _) => Seen::Invalid(why),
            (None, answer) => Seen::Answer(answer.clone().unwrap_or_default()),
        }
    }

    fn bad_result(&self, result: &Value) -> Option<String> {
        self.schemas.check_result(result).err().map(|why| format!("{why}: {result}"))
    }
}

fn called<T>(called: Result<T, Fault>) -> Result<Result<T, Fault>, Finding> {
    match called {
        Err(fault) if fault.kind == FaultKind::Unavailable => {
            Err(Finding::new(FindingKind::Sandbox, format!("the sandbox: {fault}")))
        }
        called => Ok(called),
    }
}

impl Seen {
    /// Whether two outcomes are one to whoever asked. How it failed is no difference.
    pub(crate) fn is_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Invalid(_) | Self::Fault(_), Self::Invalid(_) | Self::Fault(_)) => true,
            _ => self == other,
        }
    }

    /// In words.
    pub(crate) fn tell(&self) -> String {
        match self {
            Self::Declined => "declined (`extract` returned None)".to_owned(),
            Self::Answer(answer) => answer.clone(),
            Self::Invalid(why) => why.clone(),
            Self::Fault(fault) => format!("{}: {fault}", fault.kind.word()),
        }
    }
}
