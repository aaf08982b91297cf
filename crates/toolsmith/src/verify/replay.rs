//! A new version beside the one that it is to replace: whatever that did right, it must do right too.
use super::MOST_SHOWN;
use crate::{
    Sandbox, Tool,
    finding::{Counter, Finding, FindingKind},
    observe::{Observer, Seen},
};

/// What `old` does right of its stored examples and negatives, and `new` does not.
///
/// # Errors
/// Only where a tool cannot be run at all.
pub async fn regressions(sandbox: &Sandbox, old: &Tool, new: &Tool) -> Result<Option<Finding>, Finding> {
    let (before, after) = (Observer::new(sandbox, old)?, Observer::new(sandbox, new)?);
    let (mut n, mut counters) = (0, Vec::new());
    let mut hear = |counter: Counter| {
        n += 1;
        if counters.len() < MOST_SHOWN {
            counters.push(counter);
        }
    };
    for example in &old.examples {
        let is_right = |seen: &Seen| matches!(seen, Seen::Answer(a) if new.comparison.agrees(a, &example.answer));
        let seen = after.answer(&new.code, &example.text).await?.seen;
        if !is_right(&seen) && is_right(&before.answer(&old.code, &example.text).await?.seen) {
            let expected = Some(example.answer.clone());
            let reveals = Some(example.text.clone());
            hear(Counter { input: example.text.clone(), expected, found: seen.tell(), reveals });
        }
    }
    for text in &old.negatives {
        let seen = after.answer(&new.code, text).await?.seen;
        if seen != Seen::Declined && before.answer(&old.code, text).await?.seen == Seen::Declined {
            let expected = Some("declined: `extract` returns None".to_owned());
            hear(Counter { input: text.clone(), expected, found: seen.tell(), reveals: None });
        }
    }
    let message = format!("{n} stored examples that the version in use does right: this one does not");
    Ok((n > 0).then(|| Finding::new(FindingKind::Regression, message).shown(counters)))
}
