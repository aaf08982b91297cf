//! Has a tool made: a maker writes, the host verifies, and what it finds goes back to the maker a few times. Then the same
//! once more for a second program, whose writer knows nothing of the first.
mod alike;
mod ask;
mod task;

pub use task::Task;

use crate::{
    Example, Provenance, Sandbox, Second, Tool,
    finding::{Counter, Finding, FindingKind},
    prompt::{self, Marks},
    verify::{Gates, regressions, verify},
};
use ask::ask;
use chat::{Answerer, BoxFuture, ChatRequest, Content, Message, Role, Usage};
use std::fmt;

/// Most held-out examples that one repair may use up.
const MOST_REVEALED: usize = 3;

/// Who pays for a maker's calls.
pub trait Budget: Send {
    /// Whether a call of about `prompt` and at most `completion` tokens may be made; if not, why.
    fn may(&mut self, prompt: usize, completion: usize) -> BoxFuture<'_, Result<(), String>>;
    /// What a call took, also one that failed; `estimated` where nobody counted.
    fn used(&mut self, usage: Usage) -> BoxFuture<'_, ()>;
}

/// Why there is no tool.
#[derive(Clone, Debug, PartialEq)]
pub enum Unmade {
    /// The examples are too few, or contradict each other.
    Task(String),
    /// There is no money for the next call.
    Budget(String),
    /// The maker did not answer.
    Maker(chat::Error),
    /// The sandbox does not run.
    Sandbox(String),
    /// The maker's last try is no good either.
    Refused {
        /// What is wrong with it, the gravest first.
        findings: Vec<Finding>,
        /// How often it was sent back.
        repairs: usize,
    },
}

/// A task's examples as the work on it stands.
struct Making<'a> {
    gates: &'a Gates,
    /// What the maker has seen.
    shown: Vec<Example>,
    held_out: Vec<Example>,
    /// How many of them the next repair may show.
    room: usize,
    /// The program that there is already.
    first: Option<&'a Tool>,
}

/// Who is asked, and who pays for it.
struct Asking<'a> {
    maker: &'a dyn Answerer,
    model: &'a str,
    budget: &'a mut dyn Budget,
}

/// Has `maker`, asked as `model`, write a tool for `task`, and verifies it in `sandbox`.
///
/// # Errors
/// Why there is none.
pub async fn make(
    maker: &dyn Answerer,
    model: &str,
    sandbox: &Sandbox,
    task: &Task,
    gates: &Gates,
    budget: &mut dyn Budget,
) -> Result<Tool, Unmade> {
    let mut making = Making::new(task, gates, None)?;
    making.made(Asking { maker, model, budget }, sandbox, task).await
}

/// Has `maker` write a second program for what `first` was made for: from other examples, without a word of the first, and
/// verified as that was.
///
/// # Errors
/// Why there is none.
pub async fn second(
    maker: &dyn Answerer,
    model: &str,
    sandbox: &Sandbox,
    task: &Task,
    gates: &Gates,
    first: &Tool,
    budget: &mut dyn Budget,
) -> Result<Second, Unmade> {
    let mut making = Making::new(task, gates, Some(first))?;
    let Tool { code, input, output, report, provenance, .. } =
        making.made(Asking { maker, model, budget }, sandbox, task).await?;
    Ok(Second { code, input, output, report, provenance })
}

impl<'a> Making<'a> {
    fn new(task: &Task, gates: &'a Gates, first: Option<&'a Tool>) -> Result<Self, Unmade> {
        let (shown, held_out) = task.split(gates, first.is_some())?;
        Ok(Self { gates, shown, held_out, room: 0, first })
    }

    /// Asks until there is a tool, or no more tries.
    async fn made(&mut self, asking: Asking<'_>, sandbox: &Sandbox, task: &Task) -> Result<Tool, Unmade> {
        let Asking { maker, model, budget } = asking;
        let marks = Marks::new(task.texts());
        let (rules, first) = (prompt::rules(self.gates), task.prompt(&marks, &self.shown, self.first.is_some()));
        let fingerprint = prompt::fingerprint(&format!("{rules}\n{first}"));
        let say = |role, text: &str| Message::new(role, Content::Text(text.to_owned()));
        let begin = [say(Role::System, &rules), say(Role::User, &first)];
        let mut request = ChatRequest { model: model.to_owned(), messages: begin.to_vec(), ..ChatRequest::default() };
        request.options.max_completion_tokens = Some(self.gates.answer_tokens);
        let mut was_slow = false;
        for repairs in 0.. {
            let answer = ask(maker, &request, self.gates, budget).await?;
            let provenance =
                Provenance { maker: model.to_owned(), prompt: fingerprint.clone(), repairs, ..Provenance::default() };
            let findings = match self.tried(&answer, sandbox, task, provenance).await {
                Ok(tool) => return Ok(tool),
                Err(findings) => findings,
            };
            if let Some(fault) = findings.iter().find(|finding| finding.kind == FindingKind::Sandbox) {
                return Err(Unmade::Sandbox(fault.message.clone()));
            }
            let is_slow = findings.iter().any(|finding| finding.kind == FindingKind::Slow);
            if repairs >= self.gates.repairs || is_slow && was_slow {
                return Err(Unmade::Refused { findings, repairs });
            }
            was_slow |= is_slow;
            let repair = prompt::repair(&marks, &self.tell(&findings));
            request.messages = begin.to_vec();
            request.messages.extend([say(Role::Assistant, &answer.text), say(Role::User, &repair)]);
        }
        Err(Unmade::Task("no try at all".to_owned())) // the loop has no end of its own
    }

    /// The tool in an answer, if it is one and right.
    async fn tried(
        &self,
        answer: &ask::Answer,
        sandbox: &Sandbox,
        task: &Task,
        provenance: Provenance,
    ) -> Result<Tool, Vec<Finding>> {
        let mut tool = prompt::read(&answer.text).map_err(|mut findings| {
            if answer.was_cut {
                let message =
                    "the answer was cut before its end: a shorter one expected, without words around the blocks";
                findings.push(Finding::new(FindingKind::Form, message));
            }
            findings
        })?;
        if let Some(copied) = self.first.and_then(|first| alike::check(&first.code, &tool.code)) {
            return Err(vec![copied]);
        }
        task.fill(&mut tool);
        tool.examples = self.shown.clone();
        tool.report = verify(sandbox, &tool, &self.held_out, &tool.negatives, self.gates).await?;
        if let Some(old) = &task.supersedes {
            let worse = regressions(sandbox, old, &tool).await.unwrap_or_else(Some);
            if let Some(finding) = worse {
                return Err(vec![finding]);
            }
        }
        tool.examples.extend(self.held_out.iter().cloned());
        task.keep_old(&mut tool);
        tool.provenance = provenance;
        Ok(tool)
    }

    /// Findings in words. What is shown of held-out examples is held out no longer, so there must be enough left.
    fn tell(&mut self, findings: &[Finding]) -> Vec<String> {
        self.room = MOST_REVEALED;
        findings.iter().map(|finding| finding.tell(|counter| self.may_show(counter))).collect()
    }

    fn may_show(&mut self, counter: &Counter) -> bool {
        let Some(text) = &counter.reveals else { return true };
        let Some(place) = self.held_out.iter().position(|example| example.text == *text) else { return true };
        let may = self.room > 0 && self.held_out.len() > self.gates.held_out;
        if may {
            self.room -= 1;
            let revealed = self.held_out.remove(place);
            self.shown.push(revealed);
        }
        may
    }
}

impl fmt::Display for Unmade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Task(why) => write!(f, "no tool can be made of this: {why}"),
            Self::Budget(why) => write!(f, "the budget for making is used up: {why}"),
            Self::Maker(error) => write!(f, "the maker did not answer: {error}"),
            Self::Sandbox(why) => f.write_str(why),
            Self::Refused { findings, repairs } => {
                write!(f, "the maker's tool was refused after {repairs} repairs")?;
                findings.iter().try_for_each(|finding| write!(f, "\n{finding}"))
            }
        }
    }
}

impl std::error::Error for Unmade {}
