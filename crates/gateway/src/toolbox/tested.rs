//! Runs a tool on requests whose answers are known.
use serde::Serialize;
use toolsmith::{Call, Example, Sandbox, Tool};

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
pub async fn tested(sandbox: &Sandbox, tool: &Tool, examples: &[Example], negatives: &[String]) -> Tested {
    let mut tested = Tested { n: examples.len(), negatives: negatives.len(), ..Tested::default() };
    for Example { text, answer, .. } in examples {
        match said(sandbox, tool, text).await {
            Ok(Some(found)) if tool.comparison.agrees(&found, answer) => tested.right += 1,
            Ok(Some(found)) => tested.wrong.push(wrong(text, Some(answer), &found)),
            Ok(None) => tested.declined += 1,
            Err(why) => tested.faults.push(Failed { text: shown(text), why }),
        }
    }
    for text in negatives {
        match said(sandbox, tool, text).await {
            Ok(Some(found)) => tested.wrong.push(wrong(text, None, &found)),
            Ok(None) => {}
            Err(why) => tested.faults.push(Failed { text: shown(text), why }),
        }
    }
    tested
}

async fn said(sandbox: &Sandbox, tool: &Tool, text: &str) -> Result<Option<String>, String> {
    let outcome = sandbox.call(&tool.code, Call::Answer { text: text.to_owned() }).await;
    outcome.map(|outcome| outcome.answer).map_err(|fault| fault.message)
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
