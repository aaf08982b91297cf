//! Tests what a tool claims of its results, on variations of real arguments that the host makes.
use crate::{
    Fault, Property,
    compare::same,
    finding::{Counter, Finding, FindingKind},
    observe::Observer,
    vary::{Names, shuffled},
};
use fastrand::Rng;
use serde_json::{Map, Value};

/// Most arguments that a property is tried on, and how often each is varied.
const MOST_ARGUMENTS: usize = 24;
const VARIATIONS: usize = 2;
/// Most counter-examples that are told.
const MOST_TOLD: usize = 2;

/// One try of a property.
pub(crate) struct Trial<'a> {
    property: &'a Property,
    arguments: Map<String, Value>,
    /// The held-out example that they are from.
    reveals: Option<String>,
    /// Other arguments, whose result follows from that of the first.
    varied: Option<(Map<String, Value>, Names)>,
    /// Results of other arguments, which are wrong here as a rule.
    others: Vec<Value>,
}

/// Arguments as they were extracted, and what was computed of them.
pub(crate) struct Known {
    pub(crate) arguments: Map<String, Value>,
    pub(crate) result: Value,
    /// The held-out example that they are from.
    pub(crate) reveals: Option<String>,
}

/// All tries of the tool's properties.
pub(crate) fn trials<'a>(observer: &Observer<'a>, examples: &[Known]) -> Vec<Trial<'a>> {
    let mut trials = Vec::new();
    for property in &observer.tool.properties {
        let mut rng = Rng::with_seed(7);
        for (i, known) in examples.iter().take(MOST_ARGUMENTS).enumerate() {
            let (arguments, reveals) = (&known.arguments, &known.reveals);
            let others = examples.iter().cycle().skip(i + 1).take(3).map(|other| other.result.clone());
            let others: Vec<_> = others.filter(|other| !same(other, &known.result)).collect();
            let trial = |varied, others| Trial {
                property,
                arguments: arguments.clone(),
                reveals: reveals.clone(),
                varied,
                others,
            };
            if let Property::ShuffleInvariant { .. } | Property::RenamingEquivariant { .. } = property {
                let varied = variations(observer, property, arguments, &mut rng);
                trials.extend(varied.into_iter().map(|varied| trial(Some(varied), Vec::new())));
            } else {
                trials.push(trial(None, others));
            }
        }
    }
    trials
}

fn variations(
    observer: &Observer<'_>,
    property: &Property,
    arguments: &Map<String, Value>,
    rng: &mut Rng,
) -> Vec<(Map<String, Value>, Names)> {
    let mut all = Vec::new();
    for round in 0..VARIATIONS {
        let varied = match property {
            Property::ShuffleInvariant { argument } => {
                shuffled(arguments, argument, rng).map(|varied| (varied, Names::default()))
            }
            Property::RenamingEquivariant { argument } => Names::of(arguments, argument, round % 2 == 0, rng)
                .map(|names| (names.renamed_arguments(arguments), names)),
            _ => None,
        };
        all.extend(varied.filter(|(varied, _)| varied != arguments && observer.is_input(varied)));
    }
    all
}

/// What is wrong with the tool's claims.
///
/// # Errors
/// Only where the sandbox is not to be had.
pub(crate) async fn test(observer: &Observer<'_>, trials: &[Trial<'_>]) -> Result<Vec<Finding>, Finding> {
    let mut findings = Vec::new();
    for property in &observer.tool.properties {
        let kind = property.kind();
        let tries: Vec<&Trial<'_>> = trials.iter().filter(|trial| trial.property == property).collect();
        if tries.is_empty() {
            let message =
                format!("property `{kind}`: it could not be tried on any example: leave it out, or fit the arguments");
            findings.push(Finding::new(FindingKind::Property, message));
            continue;
        }
        let (mut counters, mut n, mut n_broken) = (Vec::new(), 0, 0);
        for trial in tries {
            n += 1;
            if let Some(counter) = trial.broken(observer, &observer.tool.code).await? {
                n_broken += 1;
                if counters.len() < MOST_TOLD {
                    counters.push(counter);
                }
            }
        }
        if n_broken > 0 {
            let message = format!(
                "property `{kind}` does not hold in {n_broken} of {n} tries: mend the tool, or do not claim it"
            );
            findings.push(Finding::new(FindingKind::Property, message).shown(counters));
        } else if *property == Property::Inverse && is_blind(observer, trials).await? {
            let message = "`check` said yes to every result, also to those of other arguments: it must tell wrong ones";
            findings.push(Finding::new(FindingKind::Property, message));
        }
    }
    Ok(findings)
}

/// Whether `check` accepts whatever it is shown.
async fn is_blind(observer: &Observer<'_>, trials: &[Trial<'_>]) -> Result<bool, Finding> {
    let mut n = 0;
    let tries: Vec<&Trial<'_>> = trials.iter().filter(|trial| *trial.property == Property::Inverse).collect();
    for trial in tries {
        for other in &trial.others {
            n += 1;
            let accepted = observer.inverse(&observer.tool.code, other.clone(), &trial.arguments).await?;
            if accepted != Ok(true) {
                return Ok(false);
            }
        }
    }
    Ok(n > 0)
}

impl Trial<'_> {
    /// What shows that the property does not hold of `code`, if it does not.
    ///
    /// # Errors
    /// Only where the sandbox is not to be had.
    pub(crate) async fn broken(&self, observer: &Observer<'_>, code: &str) -> Result<Option<Counter>, Finding> {
        let first = match observer.run(code, &self.arguments).await? {
            Ok(first) => first,
            Err(fault) => return Ok(Some(self.counter(&self.arguments, None, Err(fault)))),
        };
        let told = |holds: bool, expected: Value, found: Value| {
            (!holds).then(|| self.counter(&self.arguments, Some(expected), Ok(found)))
        };
        Ok(match self.property {
            Property::ShuffleInvariant { .. } | Property::RenamingEquivariant { .. } => {
                let Some((varied, names)) = &self.varied else { return Ok(None) };
                let expected = names.renamed(&first);
                let found = observer.run(code, varied).await?;
                let holds = found.as_ref().is_ok_and(|found| same(found, &expected));
                (!holds).then(|| self.counter(varied, Some(expected), found))
            }
            Property::Idempotent { argument } => {
                let mut again = self.arguments.clone();
                again.insert(argument.clone(), first.clone());
                let found = observer.run(code, &again).await?;
                let holds = observer.is_input(&again) && found.as_ref().is_ok_and(|found| same(found, &first));
                (!holds).then(|| self.counter(&again, Some(first), found))
            }
            Property::OneOf { argument } => {
                let among = elements(&self.arguments[argument.as_str()]);
                told(among.iter().any(|element| same(element, &first)), Value::Array(among), first)
            }
            Property::Permutes { argument } => {
                let before = self.arguments[argument.as_str()].clone();
                told(is_permutation(&before, &first), before, first)
            }
            Property::Inverse => match observer.inverse(code, first.clone(), &self.arguments).await? {
                Ok(true) => None,
                Ok(false) => {
                    Some(self.counter(&self.arguments, None, Ok(Value::from(format!("`check` refuses {first}")))))
                }
                Err(fault) => Some(self.counter(&self.arguments, None, Err(fault))),
            },
        })
    }

    fn counter(&self, arguments: &Map<String, Value>, expected: Option<Value>, found: Result<Value, Fault>) -> Counter {
        let input = format!("run(**{})", Value::Object(arguments.clone()));
        let found = found.map_or_else(|fault| format!("{}: {fault}", fault.kind.word()), |found| found.to_string());
        Counter { input, expected: expected.map(|expected| expected.to_string()), found, reveals: self.reveals.clone() }
    }
}

fn elements(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(elements) => elements.clone(),
        Value::Object(fields) => {
            fields.iter().flat_map(|(name, value)| [Value::from(name.as_str()), value.clone()]).collect()
        }
        _ => Vec::new(),
    }
}

fn is_permutation(before: &Value, after: &Value) -> bool {
    let (Value::Array(before), Value::Array(after)) = (before, after) else { return false };
    let mut left: Vec<&Value> = after.iter().collect();
    let all = before.iter().all(|element| match left.iter().position(|other| same(element, other)) {
        Some(place) => {
            left.swap_remove(place);
            true
        }
        None => false,
    });
    all && left.is_empty()
}
