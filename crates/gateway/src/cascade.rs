//! Asks one after the other until somebody can answer; once a piece of an answer went out, it never changes hands.
use crate::{
    app::App,
    local::{LocalAnswerer, merge},
    promise::{self, Watch},
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
    mut watch: Option<&mut Watch>,
) -> Result<Answered, Error> {
    let mut why = plan.why.to_owned();
    for (i, step) in plan.steps.iter().enumerate() {
        let is_last = i + 1 == plan.steps.len();
        let care = match watch.as_deref_mut() {
            Some(watch) => Care::Certified(watch),
            None => plan.min_confidence.filter(|_| !is_last).map_or(Care::None, Care::Threshold),
        };
        let attempt = |outcome: &str, why: &str| attempt(step, outcome, why);
        match ask(app, step, request, n, care).await {
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

/// What an answer of a model here must be before it is given.
enum Care<'a> {
    None,
    /// Its tokens at least this probable.
    Threshold(f32),
    /// Accepted by what is certified on its route.
    Certified(&'a mut Watch),
}

async fn ask(app: &App, step: &Step, request: &ChatRequest, n: usize, care: Care<'_>) -> Result<Outcome, Failure> {
    match &step.target {
        Target::Local(model) => ask_here(app, model, request, n, care).await,
        Target::Upstream { upstream, model } => {
            let failed = |error: Error| Failure { name: word(&error), goes_on: elsewhere_may(&error), error };
            if request.raw {
                let message = "a text is continued as it stands by models here alone";
                return Err(failed(Error::field("raw", message)));
            }
            let asked = try_join_all((0..n).map(|_| upstream.chat(model, request)));
            let replies = asked.await.map_err(failed)?;
            let deltas = merge(replies.into_iter().map(|reply| reply.deltas)).boxed();
            Ok(Outcome { deltas, confidence: None })
        }
    }
}

async fn ask_here(app: &App, model: &str, request: &ChatRequest, n: usize, care: Care<'_>) -> Result<Outcome, Failure> {
    let failed = |error: Error| Failure { name: word(&error), goes_on: others_may(&error), error };
    let unsure = |name, why| Failure { error: Error::new(Kind::Unavailable, why), name, goes_on: true };
    if let Care::Certified(watch) = &care {
        watch.tries().map_err(|declined| unsure(declined.name, declined.why))?;
    }
    let local = app.registry.get(model).map_err(failed)?;
    let answerer = LocalAnswerer { local, metrics: &app.metrics };
    let asked_for = (request.logprobs == Some(true)).then(|| request.top_logprobs.unwrap_or(0));
    let mut told = ChatRequest { model: model.to_owned(), ..request.clone() };
    told.logprobs = (asked_for.is_some() || !matches!(care, Care::None)).then_some(true);
    if let Care::Certified(_) = care {
        told.top_logprobs = Some(asked_for.unwrap_or(0).max(promise::N_LIKELIEST));
    }
    let replies = answerer.choices(&told, n).await.map_err(failed)?;
    let deltas = once_for_all(merge(replies.into_iter().map(|reply| reply.deltas)).boxed());
    match care {
        Care::None => Ok(Outcome { deltas: begun(deltas).await.map_err(failed)?, confidence: None }),
        Care::Threshold(least) => {
            let (deltas, confidence) = measured(deltas, asked_for.is_some()).await.map_err(failed)?;
            if confidence < f64::from(least) {
                let why = "the answer's mean token probability was";
                return Err(unsure("low_confidence", format!("{why} {confidence:.3}, at least {least} is asked for")));
            }
            Ok(Outcome { deltas, confidence: Some(confidence) })
        }
        Care::Certified(watch) => match watch.hear(request, deltas, asked_for).await.map_err(failed)? {
            Ok((deltas, score)) => Ok(Outcome { deltas, confidence: Some(score) }),
            Err(declined) => Err(unsure(declined.name, declined.why)),
        },
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

/// The whole answer, with the mean probability of its tokens: `exp(mean ln p)` over all choices.
async fn measured(mut deltas: Choices, keep_logprobs: bool) -> Result<(Choices, f64), Error> {
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
    Ok((stream::iter(all).boxed(), (sum / n_tokens.max(1) as f64).exp()))
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
