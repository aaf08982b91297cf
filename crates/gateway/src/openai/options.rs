//! Checks what a request asks for, and turns it into the engine's sampling.
use crate::{layers::random, local::check_content};
use chat::{ChatRequest, Error, Options};
use engine::Sampling;
use std::{fmt::Display, ops::RangeInclusive};

/// Most choices of one request.
const MOST_CHOICES: usize = 16;
/// Most texts that end an answer.
const MOST_STOPS: usize = 16;
/// Most alternatives reported for one token.
const MOST_LOGPROBS: usize = 20;

/// The engine's sampling, every value checked.
pub(crate) fn sampling(options: &Options, n_vocab: usize) -> Result<Sampling, Error> {
    check_stop(options)?;
    let top_k = within("top_k", options.top_k, 0, -1..=i64::MAX)?;
    let repetition_penalty = within("repetition_penalty", options.repetition_penalty, 1.0, 0.0..=10.0)?;
    if repetition_penalty == 0.0 {
        return Err(Error::field("repetition_penalty", "must be above 0"));
    }
    Ok(Sampling {
        temperature: within("temperature", options.temperature, 1.0, 0.0..=2.0)?,
        top_k: usize::try_from(top_k).unwrap_or(0), // -1 keeps all, as 0 does
        top_p: within("top_p", options.top_p, 1.0, 0.0..=1.0)?,
        min_p: within("min_p", options.min_p, 0.0, 0.0..=1.0)?,
        repetition_penalty,
        presence_penalty: within("presence_penalty", options.presence_penalty, 0.0, -2.0..=2.0)?,
        frequency_penalty: within("frequency_penalty", options.frequency_penalty, 0.0, -2.0..=2.0)?,
        logit_bias: logit_bias(options, n_vocab)?,
        seed: options.seed.map_or_else(random, i64::cast_unsigned),
        ..Sampling::default()
    })
}

/// How many choices.
pub(super) fn n_choices(options: &Options) -> Result<usize, Error> {
    within("n", options.n, 1, 1..=MOST_CHOICES)
}

/// The options of choice `idx` of several: seeds that differ, and are known.
pub(crate) fn of_choice(options: &Options, idx: usize) -> Options {
    let seed = options.seed.map(|seed| seed.wrapping_add_unsigned(idx as u64));
    Options { n: None, seed, ..options.clone() }
}

/// How many alternatives to report, if any.
pub(super) fn n_logprobs(name: &str, asked: Option<usize>) -> Result<Option<usize>, Error> {
    asked.map(|n| within(name, Some(n), 0, 0..=MOST_LOGPROBS)).transpose()
}

/// Refuses what a chat cannot have.
pub(crate) fn check_chat(request: &ChatRequest) -> Result<(), Error> {
    if request.messages.is_empty() {
        return Err(Error::field("messages", "at least one expected"));
    }
    for (i, message) in request.messages.iter().enumerate() {
        check_content(message, &format!("messages[{i}]"))?;
    }
    if request.functions.as_ref().is_some_and(|functions| !functions.is_empty()) {
        return Err(Error::field("functions", "the older form of `tools` is not read"));
    }
    if request.modalities.iter().flatten().any(|kind| kind != "text") {
        return Err(Error::field("modalities", "only `text` is answered"));
    }
    if n_logprobs("top_logprobs", request.top_logprobs)?.is_some_and(|n| n > 0) && request.logprobs != Some(true) {
        return Err(Error::field("top_logprobs", "needs `logprobs` to be true"));
    }
    let most =
        [("max_completion_tokens", request.options.max_completion_tokens), ("max_tokens", request.options.max_tokens)];
    match most.iter().find(|(_, n)| *n == Some(0)) {
        Some((name, _)) => Err(Error::field(*name, "at least 1 expected")),
        None => Ok(()),
    }
}

fn check_stop(options: &Options) -> Result<(), Error> {
    let n_stops = options.stop.len();
    if n_stops > MOST_STOPS {
        return Err(Error::field("stop", format!("at most {MOST_STOPS} texts expected, {n_stops} found")));
    }
    match options.stop.iter().position(String::is_empty) {
        Some(i) => Err(Error::field(format!("stop[{i}]"), "an empty text would end every answer")),
        None => Ok(()),
    }
}

fn logit_bias(options: &Options, n_vocab: usize) -> Result<Vec<(u32, f32)>, Error> {
    let read = |(token, bias): (&String, &f32)| {
        let place = format!("logit_bias.{token}");
        let id = token.parse().ok().filter(|id: &u32| (*id as usize) < n_vocab);
        let unknown = || Error::field(place.clone(), format!("a token id below {n_vocab} expected"));
        Ok((id.ok_or_else(unknown)?, within(&place, Some(*bias), 0.0, -100.0..=100.0)?))
    };
    options.logit_bias.iter().flatten().map(read).collect()
}

/// `value`, or `default` when there is none.
fn within<T: PartialOrd + Display>(
    name: &str,
    value: Option<T>,
    default: T,
    range: RangeInclusive<T>,
) -> Result<T, Error> {
    match value {
        None => Ok(default),
        Some(value) if range.contains(&value) => Ok(value),
        Some(value) => Err(Error::field(name, format!("{} to {} expected, {value} found", range.start(), range.end()))),
    }
}
