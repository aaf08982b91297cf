//! What is wrong with a tool, in words for whoever wrote it.
use std::fmt::Write;

/// Most characters that are shown of a text.
const MOST_SHOWN: usize = 400;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing.
    pub kind: FindingKind,
    /// Where in the code, from 1.
    pub line: Option<usize>,
    /// What is wrong, and what is expected instead. It quotes no example.
    pub message: String,
    /// Inputs that show it.
    pub counters: Vec<Counter>,
}

/// Kinds of findings, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingKind {
    /// The sandbox did not do its part: this is nobody's fault who writes tools.
    Sandbox,
    /// The maker's answer is not in the form that was asked for.
    Form,
    /// The code holds what no tool may hold, or lacks what each must have.
    Code,
    /// A schema or property is not what it must be.
    Schema,
    /// The code holds examples instead of a rule.
    Memorised,
    /// It is the program again that it is to check.
    Copied,
    /// It gave a wrong answer.
    Wrong,
    /// It was worse than the version that it is to replace.
    Regression,
    /// It answered a text that is none of its business.
    Foreign,
    /// It raised, took too long, or returned what it must not.
    Fault,
    /// The same input gave two outcomes.
    Unsteady,
    /// Arguments or results that its schemas refuse.
    Invalid,
    /// A property that it claims does not hold.
    Property,
    /// It declined too many of its own examples.
    Declined,
    /// It takes too long.
    Slow,
    /// The examples would not notice if parts of it were wrong.
    Untested,
}

/// An input, and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counter {
    /// A request's text, or arguments as JSON.
    pub input: String,
    /// What is right, where that is known.
    pub expected: Option<String>,
    /// What came instead.
    pub found: String,
    /// The text of the held-out example that whoever sees this knows of.
    pub reveals: Option<String>,
}

impl Finding {
    /// Of the whole tool.
    pub fn new(kind: FindingKind, message: impl Into<String>) -> Self {
        Self { kind, line: None, message: message.into(), counters: Vec::new() }
    }

    pub(crate) fn at(line: usize, kind: FindingKind, message: impl Into<String>) -> Self {
        Self { line: Some(line), ..Self::new(kind, message) }
    }

    pub(crate) fn shown(self, counters: Vec<Counter>) -> Self {
        Self { counters, ..self }
    }

    /// For people and for makers: the message, with those counter-examples of which `may` says that they may be shown.
    pub fn tell(&self, mut may: impl FnMut(&Counter) -> bool) -> String {
        let mut told = match self.line {
            Some(line) => format!("line {line}: {}", self.message),
            None => self.message.clone(),
        };
        for counter in self.counters.iter().filter(|&counter| may(counter)) {
            let _ = write!(told, "\n  input: {}", cut(&counter.input)); // a string takes all
            if let Some(expected) = &counter.expected {
                let _ = write!(told, "\n  expected: {}", cut(expected));
            }
            let _ = write!(told, "\n  found: {}", cut(&counter.found));
        }
        told
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.tell(|_| true))
    }
}

/// The beginning and the end of a text that is too long to be shown.
fn cut(text: &str) -> String {
    let n = text.chars().count();
    if n <= MOST_SHOWN {
        return text.to_owned();
    }
    let head: String = text.chars().take(MOST_SHOWN * 3 / 4).collect();
    let tail: String = text.chars().skip(n - MOST_SHOWN / 4).collect();
    format!("{head} [{} characters] {tail}", n - MOST_SHOWN)
}
