//! Asks one after the other until somebody can answer; once a piece of an answer went out, it never changes hands.
use crate::{
    app::App,
    local::{LocalAnswerer, merge},
    routes::{Plan, Step, Target},
};
use chat::{Blame, ChatRequest, Delta, Error, Kind, Usage};
use futures_util::{
    StreamExt,
    future::try_join_all,
    stream::{self, BoxStream},
};
use ledger::Attempt;

/// Deltas of several choices, each with its choice's number.
pub(crate) type Choices = BoxStream<'static, (usize, Result<Delta, Error>)>;

/// An answer whose first delta has come.
pub(crate) struct Answered {
    pub(crate) step: Step,
    /// Why it is this one who answers.
    pub(crate) why: String,
    /// Of an answer that was looked at before it was given, 0 to 1.
    pub(crate) confidence: Option<f64>,
    pub(crate) deltas: Choices,
}

/// What came of asking one.
struct Outcome {
    deltas: Choices,
    confidence: Option<f64>,
}

/// Asks those of `plan`. Everybody who was asked is told in `attempts`.
///
/// # Errors
/// That of the last one asked, or the first that nobody else could mend.
pub(crate) async fn answer(
    app: &App,
    plan: &Plan,
    request: &ChatRequest,
    n: usize,
    attempts: &mut Vec<Attempt>,
) -> Result<Answered, Error> {
    let mut why = plan.why.to_owned();
    for (i, step) in plan.steps.iter().enumerate() {
        let is_last = i + 1 == plan.steps.len();
        let least = plan.min_confidence.filter(|_| !is_last);
        let attempt = |outcome: &str, why: &str| attempt(step, outcome, why);
        match ask(app, step, request, n, least).await {
            Ok(outcome) => {
                attempts.push(attempt("answered", &why));
                return Ok(Answered {
                    step: step.clone(),
                    why,
                    confidence: outcome.confidence,
                    deltas: outcome.deltas,
                });
            }
            Err(failure) => {
                app.metrics.passed_on(&step.target.to_string(), failure.name);
                attempts.push(attempt(failure.name, &failure.error.message));
                if is_last || !failure.goes_on {
                    return Err(failure.error);
                }
                why = format!("{} of {}", failure.name, step.target);
            }
        }
    }
    Err(Error::new(Kind::Internal, "nobody to ask; this is a defect"))
}

/// What the books say of one who was asked.
pub(crate) fn attempt(step: &Step, outcome: &str, why: &str) -> Attempt {
    let (tier, model) = (step.tier.clone(), step.target.to_string());
    Attempt { tier, model, outcome: outcome.to_owned(), why: why.to_owned() }
}

/// Why one did not answer.
struct Failure {
    error: Error,
    /// In a word, for traces.
    name: &'static str,
    /// Whether another may answer it.
    goes_on: bool,
}

async fn ask(app: &App, step: &Step, request: &ChatRequest, n: usize, least: Option<f32>) -> Result<Outcome, Failure> {
    let is_local = matches!(step.target, Target::Local(_));
    let failed = |error: Error| {
        let goes_on = if is_local { others_may(&error) } else { elsewhere_may(&error) };
        Failure { name: word(&error), goes_on, error }
    };
    match &step.target {
        Target::Local(model) => {
            let local = app.registry.get(model).map_err(failed)?;
            let answerer = LocalAnswerer { local, metrics: &app.metrics };
            let asked_for = request.logprobs == Some(true);
            let mut request = ChatRequest { model: model.clone(), ..request.clone() };
            request.logprobs = (asked_for || least.is_some()).then_some(true);
            let replies = answerer.choices(&request, n).await.map_err(failed)?;
            let deltas = once_for_all(merge(replies.into_iter().map(|reply| reply.deltas)).boxed());
            match least {
                None => Ok(Outcome { deltas: begun(deltas).await.map_err(failed)?, confidence: None }),
                Some(least) => sure(deltas, least, asked_for).await.map_err(|error| {
                    let is_unsure = error.kind == Kind::Unavailable && error.message.starts_with(UNSURE);
                    if is_unsure { Failure { error, name: "low_confidence", goes_on: true } } else { failed(error) }
                }),
            }
        }
        Target::Upstream { .. } if request.raw => {
            let message = "a text is continued as it stands by models here alone";
            Err(failed(Error::field("raw", message)))
        }
        Target::Upstream { upstream, model } => {
            let asked = try_join_all((0..n).map(|_| upstream.chat(model, request)));
            let replies = asked.await.map_err(failed)?;
            let deltas = merge(replies.into_iter().map(|reply| reply.deltas)).boxed();
            Ok(Outcome { deltas, confidence: None })
        }
    }
}

/// The choices of a model here share a prompt that was read once.
fn once_for_all(deltas: Choices) -> Choices {
    let shared = |(idx, delta): (usize, Result<Delta, Error>)| match delta {
        Ok(Delta::Usage(usage)) if idx > 0 => (idx, Ok(Delta::Usage(Usage { prompt_tokens: 0, cached: 0, ..usage }))),
        other => (idx, other),
    };
    deltas.map(shared).boxed()
}

/// The same deltas, once the first is there.
async fn begun(mut deltas: Choices) -> Result<Choices, Error> {
    match deltas.next().await {
        Some((_, Err(error))) => Err(error),
        first => Ok(stream::iter(first).chain(deltas).boxed()),
    }
}

const UNSURE: &str = "the answer's mean token probability";

/// The whole answer, if its tokens were at least this probable: `exp(mean ln p)` over all choices.
async fn sure(mut deltas: Choices, least: f32, keep_logprobs: bool) -> Result<Outcome, Error> {
    let (mut all, mut sum, mut n_tokens) = (Vec::new(), 0.0, 0usize);
    while let Some((idx, delta)) = deltas.next().await {
        let mut delta = delta?;
        if let Delta::Text { logprobs, .. } = &mut delta {
            sum += logprobs.iter().map(|token| f64::from(token.chosen.logprob)).sum::<f64>();
            n_tokens += logprobs.len();
            if !keep_logprobs {
                logprobs.clear();
            }
        }
        all.push((idx, Ok(delta)));
    }
    let confidence = (sum / n_tokens.max(1) as f64).exp();
    if confidence < f64::from(least) {
        let message = format!("{UNSURE} was {confidence:.3}, at least {least} is asked for");
        return Err(Error::new(Kind::Unavailable, message));
    }
    Ok(Outcome { deltas: stream::iter(all).boxed(), confidence: Some(confidence) })
}

/// Whether a larger model may do what a model here could not.
fn others_may(error: &Error) -> bool {
    // what is wrong with these is what this model cannot do; all else is wrong for everybody
    const OURS: [&str; 12] = [
        "messages",
        "model",
        "response_format",
        "structured_outputs",
        "json_schema",
        "guided",
        "regex",
        "grammar",
        "tools",
        "tool_choice",
        "functions",
        "modalities",
    ];
    match error.kind {
        Kind::Input => error.param.as_ref().is_some_and(|param| OURS.iter().any(|ours| param.starts_with(ours))),
        Kind::Limit { .. } | Kind::Forbidden => false,
        _ => true,
    }
}

/// Whether somebody else may do what one elsewhere could not.
pub(crate) fn elsewhere_may(error: &Error) -> bool {
    error.blame != Blame::Client || matches!(error.kind, Kind::ContextLength { .. } | Kind::UnknownModel)
}

/// The word for `error` in traces.
pub(crate) fn word(error: &Error) -> &'static str {
    match error.kind {
        Kind::Input => "unsupported",
        Kind::UnknownModel => "unknown_model",
        Kind::ContextLength { .. } => "context_length",
        Kind::Busy => "busy",
        Kind::Limit { .. } => "limit",
        Kind::Forbidden => "forbidden",
        Kind::Unavailable => "unavailable",
        Kind::Timeout => "timeout",
        Kind::Upstream => "upstream_error",
        Kind::Internal => "internal_error",
    }
}
