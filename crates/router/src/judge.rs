//! Judges: who says whether the small model's answer was as good as the large one's.
//!
//! ```
//! use router::judge::{Judge, Verdict};
//!
//! let judge: Judge = "number".parse()?;
//! let request = chat::ChatRequest::default();
//! let verdict = judge.compare(&request, "It costs $1,000.50.", "1000.5");
//! assert_eq!(verdict, Some(Verdict { small: 1.0, large: 1.0 }));
//! # Ok::<(), String>(())
//! ```
mod decimal;
pub mod human;
mod json;
mod number;
pub mod pairwise;
pub mod reliability;
mod text;

use chat::ChatRequest;
use regex::{Captures, Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Bytes that a compiled pattern may take.
const MOST_OF_PATTERN: usize = 256 << 10;
/// What can be written as a judge.
const FORMS: &str =
    "`exact`, `fields`, `json`, `number`, `regex:PATTERN`, `command:PROGRAM ARGS`, `model:UPSTREAM/MODEL` or `human`";

/// How good both answers to one request were, each from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The small model's.
    pub small: f64,
    /// The large model's.
    pub large: f64,
}

impl Verdict {
    /// What a promise fears most, and what it counts where nothing better is known.
    pub const HARM: Self = Self { small: 0.0, large: 1.0 };
    /// Neither is better.
    pub const EVEN: Self = Self { small: 1.0, large: 1.0 };

    /// The large answer was right, the small one as far as it agrees.
    pub(crate) fn agreement(share: f64) -> Self {
        Self { small: share, large: 1.0 }
    }

    /// Whether the small answer was worse.
    pub fn is_harm(self) -> bool {
        self.small < self.large
    }

    /// By how much the small answer was worse.
    pub fn loss(self) -> f64 {
        (self.large - self.small).max(0.0)
    }
}

/// Who judges, as an operator writes it.
///
/// The first five take the large answer for right and look how far the small one agrees. They give a verdict always:
/// an audit that was left out because its answers are hard to compare could have been a harm. So where both answers
/// lack what is compared (a number, a match, JSON), they are compared as texts, and where one lacks it they disagree.
/// Calls of tools are not looked at: whoever asks puts them into the answers' texts.
#[derive(Clone, Debug, PartialEq)]
pub enum Judge {
    /// The texts are equal but for white space around them.
    Exact,
    /// The same fields with the same values, or the same text; case, width, white space and most punctuation aside.
    Fields,
    /// The share of leaf fields that agree, as F1; values as for `fields`.
    Json,
    /// The last number of each.
    Number,
    /// What a pattern finds first in each.
    Regex(Pattern),
    /// A program of the operator, which may know better answers or run tests.
    Command {
        /// Its path, or its name where `PATH` finds it.
        program: String,
        /// Given to it as they are.
        args: Vec<String>,
    },
    /// A model that sees both answers and not whose they are.
    Model {
        /// Where it is asked.
        upstream: String,
        /// Its name there.
        model: String,
    },
    /// Whoever sends feedback.
    Human,
}

impl Judge {
    /// Judges by comparing; none where somebody else has to be asked: a program, a model or a person.
    pub fn compare(&self, _request: &ChatRequest, small: &str, large: &str) -> Option<Verdict> {
        let agreement = match self {
            Self::Exact => share(small.trim() == large.trim()),
            Self::Fields => share(json::agree(small, large)),
            Self::Json => json::f1(small, large),
            Self::Number => share(number::agree(small, large)),
            Self::Regex(pattern) => share(pattern.agree(small, large)),
            Self::Command { .. } | Self::Model { .. } | Self::Human => return None,
        };
        Some(Verdict::agreement(agreement))
    }
}

fn share(agree: bool) -> f64 {
    if agree { 1.0 } else { 0.0 }
}

impl FromStr for Judge {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (name, rest) = text.split_once(':').map_or((text, None), |(name, rest)| (name, Some(rest)));
        let rest = match (name, rest) {
            ("exact" | "fields" | "json" | "number" | "human", Some(_)) => {
                return Err(format!("`{name}` alone expected, `{text}` found"));
            }
            (_, rest) => rest.unwrap_or_default().trim(),
        };
        match name {
            "exact" => Ok(Self::Exact),
            "fields" => Ok(Self::Fields),
            "json" => Ok(Self::Json),
            "number" => Ok(Self::Number),
            "human" => Ok(Self::Human),
            "regex" => Pattern::new(rest).map(Self::Regex),
            "command" => command(rest),
            "model" => model(rest),
            _ => Err(format!("a judge expected, {FORMS}; `{text}` found")),
        }
    }
}

fn command(text: &str) -> Result<Judge, String> {
    if text.contains(['"', '\'', '\0']) {
        return Err("`command:PROGRAM ARGS` is split at white space and knows no quotes; put them into a script".into());
    }
    let mut words = text.split_whitespace().map(str::to_owned);
    let program = words.next().ok_or("`command:PROGRAM ARGS` expected, no program found")?;
    Ok(Judge::Command { program, args: words.collect() })
}

fn model(text: &str) -> Result<Judge, String> {
    match text.split_once('/') {
        Some((upstream, model)) if !upstream.is_empty() && !model.is_empty() && !text.contains(char::is_whitespace) => {
            Ok(Judge::Model { upstream: upstream.to_owned(), model: model.to_owned() })
        }
        _ => Err(format!("`model:UPSTREAM/MODEL` expected, `model:{text}` found")),
    }
}

impl fmt::Display for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact => f.write_str("exact"),
            Self::Fields => f.write_str("fields"),
            Self::Json => f.write_str("json"),
            Self::Number => f.write_str("number"),
            Self::Regex(pattern) => write!(f, "regex:{}", pattern.0.as_str()),
            Self::Command { program, args } => {
                write!(f, "command:{program}")?;
                args.iter().try_for_each(|arg| write!(f, " {arg}"))
            }
            Self::Model { upstream, model } => write!(f, "model:{upstream}/{model}"),
            Self::Human => f.write_str("human"),
        }
    }
}

/// A regular expression; equal to one that is written alike.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl Pattern {
    fn new(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("`regex:PATTERN` expected, no pattern found".to_owned());
        }
        let regex = RegexBuilder::new(text).size_limit(MOST_OF_PATTERN).dfa_size_limit(1 << 20).build();
        regex.map(Self).map_err(|e| format!("`regex:PATTERN`: {e}"))
    }

    /// What the pattern finds first in each is the same, as texts are compared for `fields`.
    fn agree(&self, small: &str, large: &str) -> bool {
        match (self.0.captures(small), self.0.captures(large)) {
            (Some(small), Some(large)) => text::same(found(&small), found(&large)),
            (None, None) => text::same(small, large),
            _ => false,
        }
    }
}

/// The first group that took part, or all that matched.
fn found<'a>(captures: &Captures<'a>) -> &'a str {
    let group = captures.iter().skip(1).flatten().next().or(captures.get(0));
    group.map_or("", |group| group.as_str())
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}
