//! What a tool says to a text: where it has two programs, only what both of them say.
use crate::{Call, Fault, FaultKind, Sandbox, Schemas, Tool, spans::Phrases};
use serde_json::{Map, Value};

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// The answer.
    Answer(String),
    /// `extract` does not know such a text.
    Declined,
    /// Two programs that do not say the same: nobody knows which one is right, so this is no answer.
    Differs {
        /// What the first one says.
        first: String,
        /// What the second one says; none: it declines.
        second: Option<String>,
    },
}

/// Whether a second program comes to what the first one computed of arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// Both come to the same.
    Agrees,
    /// There is no second program, or no text is known in which it could be asked.
    Unasked,
    /// They do not: nobody knows which one is right.
    Differs {
        /// The second one has no answer at all.
        declines: bool,
    },
}

/// Asks the first program of `tool`, and where that has an answer, the second one.
///
/// # Errors
/// What either came to instead of an answer; `Value` for what its schemas refuse.
pub async fn answer(sandbox: &Sandbox, tool: &Tool, schemas: &Schemas, text: &str) -> Result<Said, Fault> {
    let Some(first) = program(sandbox, &tool.code, schemas, text).await? else { return Ok(Said::Declined) };
    let (Some(second), Some(schemas)) = (&tool.second, schemas.second()) else { return Ok(Said::Answer(first)) };
    Ok(match program(sandbox, &second.code, schemas, text).await? {
        Some(other) if tool.comparison.agrees(&other, &first) => Said::Answer(first),
        second => Said::Differs { first, second },
    })
}

/// What the second program of `tool` says where the first one is given `arguments` and no text. It reads texts alone, so it is
/// asked by one that says them in `phrases`.
///
/// # Errors
/// As for [`answer`].
pub async fn agreement(
    sandbox: &Sandbox,
    tool: &Tool,
    schemas: &Schemas,
    phrases: &Phrases,
    arguments: &Map<String, Value>,
) -> Result<Agreement, Fault> {
    if tool.second.is_none() {
        return Ok(Agreement::Unasked);
    }
    let Some(text) = phrases.say(sandbox, arguments).await? else { return Ok(Agreement::Unasked) };
    Ok(match answer(sandbox, tool, schemas, &text).await? {
        Said::Answer(_) => Agreement::Agrees,
        Said::Differs { second, .. } => Agreement::Differs { declines: second.is_none() },
        Said::Declined => Agreement::Unasked,
    })
}

async fn program(sandbox: &Sandbox, code: &str, schemas: &Schemas, text: &str) -> Result<Option<String>, Fault> {
    let outcome = sandbox.call(code, Call::Answer { text: text.to_owned() }).await?;
    let Some(arguments) = outcome.arguments else { return Ok(None) };
    let checked = schemas
        .check_arguments(&Value::Object(arguments))
        .and_then(|()| schemas.check_result(&outcome.result.unwrap_or_default()));
    checked.map_err(|why| Fault::new(FaultKind::Value, why))?;
    Ok(outcome.answer)
}

impl Said {
    /// The answer, if there is one.
    pub fn answer(self) -> Option<String> {
        match self {
            Self::Answer(answer) => Some(answer),
            Self::Declined | Self::Differs { .. } => None,
        }
    }
}
