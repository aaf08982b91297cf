//! Runs a tool on requests whose answers are known.
use serde::Serialize;
use toolsmith::{Example, Said, Sandbox, Schemas, Tool, answer};

/// Letters of a text that are shown.
const SHOWN: usize = 300;

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Tested {
    /// Examples it was shown.
    pub n: usize,
    /// Of these, how many it answered right.
    pub right: usize,
    /// And how many it declined, which leaves them to the next tier.
    pub declined: usize,
    /// And on how many its two programs did not agree, which leaves them to the next tier, too.
    pub differ: usize,
    /// Texts that it must decline.
    pub negatives: usize,
    /// Whatever it answered wrong, the texts that it must decline among them.
    pub wrong: Vec<Wrong>,
    /// What it raised, or took too long for: these requests went to the next tier, too.
    pub faults: Vec<Failed>,
}

/// A wrong answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Wrong {
    /// The beginning of what was asked.
    pub text: String,
    /// What is right; none: nothing, it has to decline.
    pub expected: Option<String>,
    /// What it said.
    pub found: String,
}

/// A call that came to nothing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Failed {
    /// The beginning of what was asked.
    pub text: String,
    /// Why.
    pub why: String,
}

/// Runs `tool` on `examples`, and on `negatives`, which it must decline.
///
/// # Errors
/// If its schemas are none.
pub async fn tested(
    sandbox: &Sandbox,
    tool: &Tool,
    examples: &[Example],
    negatives: &[String],
) -> Result<Tested, String> {
    let schemas = Schemas::new(tool)?;
    let mut tested = Tested { n: examples.len(), negatives: negatives.len(), ..Tested::default() };
    for Example { text, answer: right, .. } in examples {
        match answer(sandbox, tool, &schemas, text).await {
            Ok(Said::Answer(found)) if tool.comparison.agrees(&found, right) => tested.right += 1,
            Ok(Said::Answer(found)) => tested.wrong.push(wrong(text, Some(right), &found)),
            Ok(Said::Declined) => tested.declined += 1,
            Ok(Said::Differs { .. }) => tested.differ += 1,
            Err(fault) => tested.faults.push(Failed { text: shown(text), why: fault.message }),
        }
    }
    for text in negatives {
        match answer(sandbox, tool, &schemas, text).await {
            Ok(said) => tested.wrong.extend(said.answer().map(|found| wrong(text, None, &found))),
            Err(fault) => tested.faults.push(Failed { text: shown(text), why: fault.message }),
        }
    }
    Ok(tested)
}

fn wrong(text: &str, expected: Option<&String>, found: &str) -> Wrong {
    Wrong { text: shown(text), expected: expected.map(|answer| shown(answer)), found: shown(found) }
}

fn shown(text: &str) -> String {
    let mut letters = text.chars();
    let mut shown: String = letters.by_ref().take(SHOWN).collect();
    if letters.next().is_some() {
        shown.push_str("..");
    }
    shown
}
