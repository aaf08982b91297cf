//! A tool as it is kept: its code and schemas, by whose hash it is called, and all that speaks for it.
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// A tool. Records are only ever appended: other code is another tool, which may supersede this one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tool {
    /// What people call it: lower case, digits and `_`. Its versions share it.
    pub name: String,
    /// What it does, in a sentence, for people and for agents.
    pub description: String,
    /// Python: `extract`, `run` and `render`, and what they need.
    pub code: String,
    /// JSON Schema of the arguments of `run`, an object.
    pub input: Value,
    /// JSON Schema of what `run` returns.
    pub output: Value,
    /// A fingerprint of all that its requests had beside their text: system prompt, form of the answer. Of others it knows
    /// nothing.
    pub context: String,
    /// How its answers are compared with those that are expected.
    pub comparison: Comparison,
    /// What it was made from and verified by.
    pub examples: Vec<Example>,
    /// Texts that it must decline.
    pub negatives: Vec<String>,
    /// What must hold of its results whatever the arguments.
    pub properties: Vec<Property>,
    /// What verification found.
    pub report: Report,
    /// Where it comes from.
    pub provenance: Provenance,
    /// The id of the version that it is to replace.
    pub supersedes: Option<String>,
    /// Another program for the same requests: an answer is given only where both programs give it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second: Option<Second>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alone: Option<String>,
}

/// A second program that answers a tool's requests, written independently of the first (N-version programming, Avizienis,
/// IEEE Transactions on Software Engineering 11, 1985). What one of them gets wrong, the other does not get wrong in the same
/// way, as a rule: then they differ, and the request goes to the next tier.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Second {
    /// Python: `extract`, `run` and `render`, and what they need.
    pub code: String,
    /// JSON Schema of the arguments of its `run`.
    pub input: Value,
    /// JSON Schema of what that returns.
    pub output: Value,
    /// What verification found of it.
    pub report: Report,
    /// Where it comes from.
    pub provenance: Provenance,
}

impl Tool {
    /// SHA-256 of code and schemas, in hexadecimal: the same tool has the same id everywhere.
    pub fn id(&self) -> String {
        let mut parts = vec![self.code.clone(), self.input.to_string(), self.output.to_string(), self.context.clone()];
        if let Some(Second { code, input, output, .. }) = &self.second {
            parts.extend([code.clone(), input.to_string(), output.to_string()]);
        }
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        hash.finalize().iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}"); // a string takes all
            hex
        })
    }
}

/// A request's text and the answer that is right.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Example {
    /// What was asked.
    #[serde(alias = "input")]
    pub text: String,
    /// What is right.
    #[serde(alias = "target")]
    pub answer: String,
    /// The trace that it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// How two answers are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// The same text, but for white space at its ends and how much of it stands between words.
    #[default]
    Exact,
    /// The same text without case and punctuation.
    Words,
    /// The same JSON value, numbers by their value, whatever the order of fields.
    Json,
    /// The same number.
    Number,
}

/// What must hold of a tool's results, in words that the host knows: it is the host who tests it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Property {
    /// The order of the list in argument `argument` does not matter to the result.
    ShuffleInvariant {
        /// The argument.
        argument: String,
    },
    /// Names (strings) that are renamed consistently in the arguments are renamed in the result.
    RenamingEquivariant {
        /// The argument that holds them.
        argument: String,
    },
    /// `run` on its own result, as argument `argument`, gives that result again.
    Idempotent {
        /// The argument.
        argument: String,
    },
    /// The result is one of the values in argument `argument`.
    OneOf {
        /// The argument.
        argument: String,
    },
    /// The result is a list with the very elements of argument `argument`.
    Permutes {
        /// The argument.
        argument: String,
    },
    /// The function `check(result, **arguments)` of the tool's code says whether a result is right: the inverse of `run`.
    Inverse,
}

/// What verification found of a tool.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// Examples that the maker did not see.
    pub n_held_out: usize,
    /// Of these, how many it answered right.
    pub n_right: usize,
    /// Of these, how many it declined, which leaves them to the next tier; none was answered wrong.
    pub n_unanswered: usize,
    /// Foreign texts shown to it, and how many of them it declined.
    pub n_negatives: usize,
    /// As above.
    pub n_declined: usize,
    /// How often properties were tried.
    pub n_properties: usize,
    /// Mutants of its code that were tried, and how many of them were noticed.
    pub n_mutants: usize,
    /// As above.
    pub n_killed: usize,
    /// Mutants that are the same as far as can be told, and count neither way: examples reach the place of the fault, yet
    /// nothing changes, neither on them nor on hundreds of varied inputs (ties, guards of what never comes).
    pub n_equivalent: usize,
    /// Mutants that differ only where the tool declines: guards that no negative needs. What they guard is left to the next
    /// tier, so no answer rests on them, and they count neither way. That a guard is strict enough, negatives alone show.
    pub n_guards: usize,
    /// Microseconds of processor time of a call in the sandbox: half are faster.
    pub median_us: u64,
    /// Microseconds of the slowest call.
    pub slowest_us: u64,
    /// The sandbox that it was verified in.
    pub sandbox: String,
}

impl Report {
    /// Mutants that were noticed, of all on which an answer rests as far as can be told; 1 where there are none.
    pub fn mutation_score(&self) -> f64 {
        let n = self.n_mutants.saturating_sub(self.n_equivalent + self.n_guards);
        if n == 0 { 1.0 } else { self.n_killed as f64 / n as f64 }
    }
}

/// Where a tool comes from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Provenance {
    /// The model that wrote it.
    pub maker: String,
    /// SHA-256 of the first prompt.
    pub prompt: String,
    /// Micro-USD that it took.
    pub cost: i64,
    /// Microseconds since 1970; set by whoever keeps it, as cost is.
    pub time: i64,
    /// How often it was sent back.
    pub repairs: usize,
}
