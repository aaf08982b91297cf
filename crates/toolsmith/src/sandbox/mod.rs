//! Runs tools where they can do no harm: in processes of this same program that may do nothing but compute.
//!
//! ```text
//! host     call -> a turn -> idle worker -> frame --> pipe --> worker: interpreter with limits of its own
//!          outcome, or fault <- read again <-- frame <-- pipe <--  within: no environment, folder /, no_new_privs,
//!          watchdog: kill, reap, a spare one steps in               limits, Landlock without a path, few system calls
//! ```
//!
//! Who breaks out of the interpreter is in a process that can read one pipe and write two. Descriptors that others left
//! open to this program are of no use there, as no call takes them.
mod confine;
mod interpret;
mod pool;
mod process;
mod protocol;
mod worker;

pub use confine::{Protection, confine};
pub use pool::{Sandbox, Standing};
pub use process::Worker;
pub use protocol::read_answer;
pub use worker::work;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{fmt, time::Duration};

/// What a call may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Wall-clock time of one call; then its worker is killed.
    pub time: Duration,
    /// Bytes of memory of a worker.
    pub memory: u64,
    /// Bytes that a call may give back.
    pub output: usize,
    /// Calls within calls.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time: Duration::from_millis(500), memory: 256 << 20, output: 1 << 20, depth: 200 }
    }
}

/// What is asked of a tool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Call {
    /// `extract`, `run` and `render`, one after the other.
    Answer {
        /// The request's text.
        text: String,
    },
    /// `extract` alone.
    Extract {
        /// The request's text.
        text: String,
    },
    /// `run` alone.
    Run {
        /// Its arguments by name.
        arguments: Map<String, Value>,
    },
    /// `render` alone.
    Render {
        /// What `run` returned.
        result: Value,
        /// The request's text.
        text: String,
    },
    /// `check(result, **arguments)`, where a tool has one.
    Check {
        /// What `run` returned.
        result: Value,
        /// Its arguments by name.
        arguments: Map<String, Value>,
    },
}

/// What a call came to: of all its steps, those that were asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Outcome {
    /// What `extract` found; none where it declined, or was not asked.
    pub arguments: Option<Map<String, Value>>,
    /// What `run` returned, or `check`.
    pub result: Option<Value>,
    /// What `render` wrote.
    pub answer: Option<String>,
}

/// Why a call came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// In a word.
    pub kind: FaultKind,
    /// In a sentence; what a tool raised is quoted.
    pub message: String,
}

/// Kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The code cannot be read, or uses what the sandbox lacks.
    Code,
    /// A function raised.
    Raised,
    /// A function returned what it must not: no JSON, or no text.
    Value,
    /// It took too long.
    Time,
    /// It took too much memory.
    Memory,
    /// It gave back too much.
    Output,
    /// Its worker died, or spoke nonsense.
    Crashed,
    /// No worker was free, or none can be started.
    Unavailable,
}

/// Most characters of a fault's message.
const MOST_MESSAGE: usize = 500;

impl Fault {
    pub(crate) fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        let mut message = message.into();
        let kept = first(&message, MOST_MESSAGE).len();
        if kept < message.len() {
            message.truncate(kept);
            message.push('…');
        }
        Self { kind, message }
    }
}

/// The first `n` characters.
fn first(text: &str, n: usize) -> &str {
    text.char_indices().nth(n).map_or(text, |(end, _)| &text[..end])
}

impl FaultKind {
    /// Whether the worker is as good as new after it.
    fn is_clean(self) -> bool {
        matches!(self, Self::Code | Self::Raised | Self::Value)
    }

    /// The word for traces.
    pub fn word(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Raised => "raised",
            Self::Value => "value",
            Self::Time => "time",
            Self::Memory => "memory",
            Self::Output => "output",
            Self::Crashed => "crashed",
            Self::Unavailable => "unavailable",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}
