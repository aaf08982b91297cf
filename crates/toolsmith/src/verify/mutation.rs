//! Whether examples, negatives and properties would notice if the tool were a little wrong.
use super::{Observed, Tried};
use crate::{
    Fault, Report,
    compare::same,
    finding::{Finding, FindingKind},
    mutate::{Mutant, mutants},
    observe::{Observer, Seen},
    property::Trial,
    vary::{changed, perturbed},
};
use fastrand::Rng;
use serde_json::{Map, Value};

/// Varied texts, and varied arguments: on none of them does a mutant differ that is called equivalent.
const VARIED: usize = 200;
/// Most survivors that are told.
const MOST_TOLD: usize = 12;

/// What became of all mutants.
pub(super) struct Survey {
    pub(super) n: usize,
    /// Mutants that do something else than the tool does, which no example shows; or that do it in a place which no example
    /// reaches.
    pub(super) survivors: Vec<Mutant>,
    /// Mutants in places that examples reach, which yet never did anything else.
    pub(super) n_equivalent: usize,
    /// Mutants that only do something where the tool declines.
    pub(super) n_guards: usize,
}

/// On which made-up inputs a mutant differs from the tool.
#[derive(PartialEq)]
enum Differs {
    Nowhere,
    /// On some that the tool declines.
    WhereDeclined,
    /// On some that it answers.
    WhereAnswered,
}

impl Survey {
    pub(super) fn finding(&self, report: &Report, bar: f64) -> Finding {
        let told: Vec<_> = self.survivors.iter().take(MOST_TOLD).map(Mutant::tell).collect();
        let message = format!(
            "parts of the code are not held by any example: of {} small faults put into it, {} were noticed ({:.0} %, {:.0} % \
             expected). Remove branches and options that no example needs, so that all that is left is shown to be \
             right; a simpler tool that declines more is better. Not noticed were:\n  {}",
            report.n_mutants - report.n_equivalent - report.n_guards,
            report.n_killed,
            report.mutation_score() * 100.0,
            bar * 100.0,
            told.join("\n  ")
        );
        Finding::new(FindingKind::Untested, message)
    }
}

/// An input that the host made up, and what the tool does with it. What is right nobody knows: it only tells mutants that
/// differ from those that do not.
enum Varied {
    Text(String, Seen),
    Arguments { arguments: Map<String, Value>, result: Value, text: String, answer: Option<String> },
}

/// Tries all mutants, at most `most`.
pub(super) async fn survey(
    observer: &Observer<'_>,
    tried: &[Tried<'_>],
    trials: &[Trial<'_>],
    negatives: &[String],
    most: usize,
) -> Result<Survey, Finding> {
    let mutants = mutants(&observer.tool.code, most)?;
    let mut survey = Survey { n: mutants.len(), survivors: Vec::new(), n_equivalent: 0, n_guards: 0 };
    let mut varied = None;
    for mutant in mutants {
        if is_noticed(observer, &mutant.code, tried, trials, negatives).await? {
            continue;
        }
        let is_reached = is_noticed(observer, &mutant.probe, tried, trials, negatives).await?;
        if is_reached && varied.is_none() {
            varied = Some(self::varied(observer, tried).await?);
        }
        if !is_reached {
            survey.survivors.push(mutant);
            continue;
        }
        match differs(observer, &mutant.code, varied.iter().flatten()).await? {
            Differs::Nowhere => survey.n_equivalent += 1,
            Differs::WhereDeclined => survey.n_guards += 1,
            Differs::WhereAnswered => survey.survivors.push(mutant),
        }
    }
    Ok(survey)
}

/// Whether verification would have shown that `code` is not the tool.
async fn is_noticed(
    observer: &Observer<'_>,
    code: &str,
    tried: &[Tried<'_>],
    trials: &[Trial<'_>],
    negatives: &[String],
) -> Result<bool, Finding> {
    let comparison = observer.tool.comparison;
    for Tried { example, observed: Observed { seen: before, .. }, .. } in tried {
        let seen = observer.answer(code, &example.text).await?.seen;
        let same = match (before, &seen) {
            (Seen::Answer(_), Seen::Answer(answer)) => comparison.agrees(answer, &example.answer),
            _ => seen.is_as(before),
        };
        if !same {
            return Ok(true);
        }
    }
    for text in negatives {
        if observer.answer(code, text).await?.seen != Seen::Declined {
            return Ok(true);
        }
    }
    for trial in trials {
        if trial.broken(observer, code).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Made-up inputs that the tool can do something with: where it fails itself, nothing is to be compared.
async fn varied(observer: &Observer<'_>, tried: &[Tried<'_>]) -> Result<Vec<Varied>, Finding> {
    let code = &observer.tool.code;
    let mut rng = Rng::with_seed(11);
    let mut all = Vec::new();
    for i in 0..VARIED {
        let text = &tried[i % tried.len()].example.text;
        let other = &tried[rng.usize(..tried.len())].example.text;
        let text = perturbed(text, other, &mut rng);
        let seen = observer.answer(code, &text).await?.seen;
        if matches!(seen, Seen::Answer(_) | Seen::Declined) {
            all.push(Varied::Text(text, seen));
        }
    }
    let known: Vec<(&str, &Map<String, Value>)> = tried
        .iter()
        .filter_map(|tried| Some((tried.example.text.as_str(), tried.observed.outcome.arguments.as_ref()?)))
        .collect();
    for i in 0..if known.is_empty() { 0 } else { VARIED } {
        let (text, arguments) = known[i % known.len()];
        let arguments = changed(arguments, &mut rng);
        if !observer.is_input(&arguments) {
            continue;
        }
        if let Ok(result) = observer.run(code, &arguments).await? {
            let answer = observer.render(code, result.clone(), text).await?.ok();
            all.push(Varied::Arguments { arguments, result, text: text.to_owned(), answer });
        }
    }
    Ok(all)
}

async fn differs(
    observer: &Observer<'_>,
    code: &str,
    varied: impl Iterator<Item = &Varied>,
) -> Result<Differs, Finding> {
    let mut differs = Differs::Nowhere;
    for input in varied {
        let is_same = match input {
            Varied::Text(text, seen) => observer.answer(code, text).await?.seen.is_as(seen),
            Varied::Arguments { arguments, result, text, answer } => {
                let ran: Result<Value, Fault> = observer.run(code, arguments).await?;
                let rendered = observer.render(code, result.clone(), text).await?.ok();
                ran.is_ok_and(|other| same(&other, result)) && rendered == *answer
            }
        };
        match input {
            _ if is_same => {}
            Varied::Text(_, Seen::Declined) => differs = Differs::WhereDeclined,
            _ => return Ok(Differs::WhereAnswered),
        }
    }
    Ok(differs)
}
