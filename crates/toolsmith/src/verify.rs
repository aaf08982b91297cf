//! Proves a tool before anybody relies on it: the host compares, in the very sandbox that serves, and the tool's maker has
//! no say in it.
//!
//! With a share `p` of all requests answered wrong, `n` held-out examples let a tool through with probability (1 - p)^n:
//! 4.2 % for one request in ten and 30 examples. What that leaves, a shadow beside the serving tier must find.
mod mutation;
mod replay;

pub use replay::regressions;

use crate::{
    Example, FaultKind, Report, Sandbox, Tool,
    check::check,
    finding::{Counter, Finding, FindingKind},
    observe::{Observed, Observer, Seen},
    property::{self, Known},
};
use std::time::Duration;

/// Most counter-examples in one finding.
const MOST_SHOWN: usize = 3;
/// Calls that take all the time there is, after which no more examples are tried: each costs that time.
const MOST_ENDLESS: usize = 3;

/// What a tool must pass.
#[derive(Clone, Debug, PartialEq)]
pub struct Gates {
    /// Examples that the maker shall see at first.
    pub shown: usize,
    /// Examples at least that it has not seen.
    pub held_out: usize,
    /// Of its own examples, the share that it must answer; it may decline the others. Wrong answers: none.
    pub answered: f64,
    /// The share of mutants that the examples must notice.
    pub mutation_score: f64,
    /// Most mutants.
    pub mutants: usize,
    /// How often a maker may try again.
    pub repairs: usize,
    /// Most microseconds of processor time of a call, of half of them.
    pub median_us: u64,
    /// Most microseconds of processor time of the slowest call.
    pub slowest_us: u64,
    /// Most tokens of an answer of the maker.
    pub answer_tokens: usize,
}

impl Default for Gates {
    fn default() -> Self {
        Self {
            shown: 5,
            held_out: 30,
            answered: 0.9,
            mutation_score: 0.9,
            mutants: 60,
            repairs: 3,
            median_us: 25_000,
            slowest_us: 100_000,
            answer_tokens: 16_384,
        }
    }
}

/// A text with the answer that is right, and what the tool made of it.
struct Tried<'a> {
    example: &'a Example,
    held_out: bool,
    observed: Observed,
}

impl Tried<'_> {
    fn counter(&self, expected: Option<String>, found: String) -> Counter {
        let input = self.example.text.clone();
        Counter { reveals: self.reveals(), input, expected, found }
    }

    fn reveals(&self) -> Option<String> {
        self.held_out.then(|| self.example.text.clone())
    }
}

/// Verifies `tool` on its own examples, which its maker saw, and on `held_out`, which it did not. All of `negatives` it must
/// decline.
///
/// # Errors
/// All that is wrong with it, the gravest first.
pub async fn verify(
    sandbox: &Sandbox,
    tool: &Tool,
    held_out: &[Example],
    negatives: &[String],
    gates: &Gates,
) -> Result<Report, Vec<Finding>> {
    if held_out.len() < gates.held_out {
        let message = format!("{} held-out examples, {} at least expected", held_out.len(), gates.held_out);
        return Err(vec![Finding::new(FindingKind::Untested, message)]);
    }
    let all: Vec<Example> = tool.examples.iter().chain(held_out).cloned().collect();
    let findings = check(tool, &all, negatives);
    if !findings.is_empty() {
        return Err(sorted(findings));
    }
    let observer = Observer::new(sandbox, tool).map_err(|finding| vec![finding])?;
    watched(&observer, held_out, negatives, gates).await.map_err(|finding| vec![finding])?
}

/// What can be said once the tool may run; an error where the sandbox is not to be had.
async fn watched(
    observer: &Observer<'_>,
    held_out: &[Example],
    negatives: &[String],
    gates: &Gates,
) -> Result<Result<Report, Vec<Finding>>, Finding> {
    let mut findings = Vec::new();
    let own = observer.tool.examples.iter().map(|example| (example, false));
    let (mut tried, mut n_endless) = (Vec::new(), 0);
    for (example, held_out) in own.chain(held_out.iter().map(|example| (example, true))) {
        let (observed, unsteady) = twice(observer, &example.text).await?;
        n_endless += usize::from(is_endless(&observed));
        let tried_one = Tried { example, held_out, observed };
        findings.extend(unsteady.then(|| unsteadiness(&tried_one)));
        tried.push(tried_one);
        if n_endless == MOST_ENDLESS {
            return Ok(Err(sorted(judged(observer, &tried, gates))));
        }
    }
    findings.extend(judged(observer, &tried, gates));
    findings.extend(declined(observer, negatives).await?);
    let arguments = arguments(&tried);
    let trials = property::trials(observer, &arguments);
    findings.extend(property::test(observer, &trials).await?);
    let (median, slowest) = times(&tried);
    findings.extend(slow(&tried, median, slowest, gates));
    if !findings.is_empty() {
        return Ok(Err(sorted(findings)));
    }
    let is_right = |tried: &&Tried<'_>| tried.held_out && matches!(tried.observed.seen, Seen::Answer(_));
    let n_right = tried.iter().filter(is_right).count();
    let survey = mutation::survey(observer, &tried, &trials, negatives, gates.mutants).await?;
    let limits = observer.sandbox.limits();
    let report = Report {
        n_held_out: held_out.len(),
        n_right,
        n_unanswered: held_out.len() - n_right,
        n_negatives: negatives.len(),
        n_declined: negatives.len(),
        n_properties: trials.len(),
        n_mutants: survey.n,
        n_killed: survey.n - survey.survivors.len() - survey.n_equivalent - survey.n_guards,
        n_equivalent: survey.n_equivalent,
        n_guards: survey.n_guards,
        median_us: micros(median),
        slowest_us: micros(slowest),
        sandbox: format!("Monty 0.0.23, {} ms, {} MiB", limits.time.as_millis(), limits.memory >> 20),
    };
    if report.mutation_score() < gates.mutation_score {
        return Ok(Err(vec![survey.finding(&report, gates.mutation_score)]));
    }
    Ok(Ok(report))
}

/// Whether it took all the time there is.
fn is_endless(observed: &Observed) -> bool {
    matches!(&observed.seen, Seen::Fault(fault) if fault.kind == FaultKind::Time)
}

/// The same call twice, and whether that gave two outcomes. The second finds the code compiled.
async fn twice(observer: &Observer<'_>, text: &str) -> Result<(Observed, bool), Finding> {
    let code = &observer.tool.code;
    let mut first = observer.answer(code, text).await?;
    if is_endless(&first) {
        return Ok((first, false)); // the dearest of all to look at again
    }
    let second = observer.answer(code, text).await?;
    first.took = first.took.min(second.took);
    let same = first.seen.is_as(&second.seen) && first.outcome == second.outcome;
    Ok((first, !same))
}

fn unsteadiness(tried: &Tried<'_>) -> Finding {
    let counter = tried.counter(None, "two outcomes of two calls".to_owned());
    Finding::new(FindingKind::Unsteady, "the same text must have the same outcome always").shown(vec![counter])
}

/// Wrong answers, faults, values that the schemas refuse, and too many declines.
fn judged(observer: &Observer<'_>, tried: &[Tried<'_>], gates: &Gates) -> Vec<Finding> {
    let comparison = observer.tool.comparison;
    let n = tried.len();
    let wrong = |t: &Tried<'_>| matches!(&t.observed.seen, Seen::Answer(a) if !comparison.agrees(a, &t.example.answer));
    let fault = |t: &Tried<'_>| matches!(t.observed.seen, Seen::Fault(_));
    let invalid = |t: &Tried<'_>| matches!(t.observed.seen, Seen::Invalid(_));
    let declined = |t: &Tried<'_>| t.observed.seen == Seen::Declined;
    let n_answered = tried.iter().filter(|t| !declined(t)).count();
    let mut findings = Vec::new();
    let mut add = |kind, found: Vec<&Tried<'_>>, what: &str| {
        if !found.is_empty() {
            let message = format!("{} of {n} examples: {what}", found.len());
            findings.push(Finding::new(kind, message).shown(counters(&found)));
        }
    };
    add(FindingKind::Wrong, tried.iter().filter(|t| wrong(t)).collect(), "the answer is wrong; where unsure, decline");
    add(FindingKind::Fault, tried.iter().filter(|t| fault(t)).collect(), "it failed; an answer or None expected");
    add(FindingKind::Invalid, tried.iter().filter(|t| invalid(t)).collect(), "the tool's own schema refuses it");
    if (n_answered as f64) < gates.answered * n as f64 {
        let share = gates.answered * 100.0;
        let what = format!("declined, but at least {share:.0} % of them must be answered");
        add(FindingKind::Declined, tried.iter().filter(|t| declined(t)).collect(), &what);
    }
    findings
}

/// Some of `found`, those first that the maker has seen already.
fn counters(found: &[&Tried<'_>]) -> Vec<Counter> {
    let mut found = found.to_vec();
    found.sort_by_key(|tried| tried.held_out);
    let counter = |tried: &&Tried<'_>| tried.counter(Some(tried.example.answer.clone()), tried.observed.seen.tell());
    found.iter().take(MOST_SHOWN).map(counter).collect()
}

async fn declined(observer: &Observer<'_>, negatives: &[String]) -> Result<Option<Finding>, Finding> {
    let (mut n, mut counters) = (0, Vec::new());
    for text in negatives {
        let seen = observer.answer(&observer.tool.code, text).await?.seen;
        if seen == Seen::Declined {
            continue;
        }
        n += 1;
        if counters.len() < MOST_SHOWN {
            let expected = Some("declined: `extract` returns None".to_owned());
            counters.push(Counter { input: text.clone(), expected, found: seen.tell(), reveals: None });
        }
    }
    let message = format!("{n} of {} texts that are none of its business: not declined", negatives.len());
    Ok((n > 0).then(|| Finding::new(FindingKind::Foreign, message).shown(counters)))
}

/// What was extracted from the examples, and what was computed of it; each once.
fn arguments(tried: &[Tried<'_>]) -> Vec<Known> {
    let mut all = Vec::<Known>::new();
    for tried in tried.iter().filter(|tried| matches!(tried.observed.seen, Seen::Answer(_))) {
        if let (Some(arguments), Some(result)) = (&tried.observed.outcome.arguments, &tried.observed.outcome.result)
            && !all.iter().any(|other| other.arguments == *arguments)
        {
            let (arguments, result) = (arguments.clone(), result.clone());
            all.push(Known { arguments, result, reveals: tried.reveals() });
        }
    }
    all
}

/// Median and slowest call.
fn times(tried: &[Tried<'_>]) -> (Duration, Duration) {
    let mut times: Vec<_> = tried.iter().map(|tried| tried.observed.took).collect();
    times.sort_unstable();
    (times.get(times.len() / 2).copied().unwrap_or_default(), times.last().copied().unwrap_or_default())
}

fn slow(tried: &[Tried<'_>], median: Duration, slowest: Duration, gates: &Gates) -> Option<Finding> {
    let (median, slowest) = (micros(median), micros(slowest));
    if median <= gates.median_us && slowest <= gates.slowest_us {
        return None;
    }
    let message = format!(
        "too slow: half of the calls took more than {median} µs ({} allowed), the slowest {slowest} µs ({} allowed): a \
         faster method expected instead of trying all possibilities; compile patterns once, at the top level",
        gates.median_us, gates.slowest_us
    );
    let worst = tried.iter().max_by_key(|tried| (tried.observed.took, !tried.held_out))?;
    let counter = worst.counter(None, format!("{} µs", micros(worst.observed.took)));
    Some(Finding::new(FindingKind::Slow, message).shown(vec![counter]))
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|finding| (finding.kind, finding.line));
    findings
}
