//! Tier 0: tools that a large model once wrote, as the ledger has them, run in the sandbox.
//!
//! ```text
//! request -> tier: whose? -> sandbox: extract, run, render -> active and proven? -> client
//!                                 | declined, failed: next tier    | shadow: next tier ^
//!            by lot: an audit ----+--------------------------------+
//! ledger: what was compared -> trial: proven, alarm -> what may answer -> tier
//! ```
mod decide;
mod embedder;
mod held;
mod make;
mod meaning;
mod pointed;
mod policy;
mod proof;
mod suggest;
mod tested;
mod tier;
mod told;
mod trial;
mod version;

pub(crate) use decide::missing;
pub use decide::{Decision, decide};
pub(crate) use held::Held;
pub use make::{Estimate, Maker, ROUTE, context, keep, spent_today};
pub(crate) use pointed::Subject;
pub use policy::{ToolPolicy, Who};
pub(crate) use proof::Proof;
pub use proof::{standing, stated_again, statement};
pub use suggest::{Suggested, Suggestions, suggest};
pub use tested::{Failed, Tested, Wrong, tested};
pub(crate) use tier::{Answer, Tier0};
pub use told::Told;
pub(crate) use trial::start;
pub use version::superseded;

use tier::Shelf;

use chat::{Error, Kind};
use ledger::{KeptTool, Ledger};
use serde_json::{Map, Value};
use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};
use tokio::sync::OnceCell;
use toolsmith::{
    Agreement, Call, Outcome, Said, Sandbox, Schemas, Tool,
    spans::{Phrases, Refused},
};

/// The tier's name.
pub(crate) const TOOL: &str = "tool";

/// A tool with its record.
pub struct Ready {
    /// How it stands in the ledger.
    pub kept: KeptTool,
    /// What it is.
    pub tool: Tool,
    /// What it takes and returns.
    pub schemas: Arc<Schemas>,
    /// How its requests say its arguments, once somebody has to know.
    phrases: OnceCell<Result<Arc<Phrases>, Refused>>,
}

impl Ready {
    /// Of what the ledger has: what is not what its id says never runs.
    ///
    /// # Errors
    /// What is wrong with the record.
    pub fn of(kept: KeptTool) -> Result<Self, String> {
        let name = &kept.name;
        let tool: Tool = serde_json::from_str(&kept.record)
            .map_err(|error| format!("tool `{name}`: its record cannot be read: {error}"))?;
        if tool.id() != kept.id {
            return Err(format!("tool `{name}`: its record is not what its id says"));
        }
        let schemas = Schemas::new(&tool).map_err(|error| format!("tool `{name}`: {error}"))?;
        Ok(Self { kept, tool, schemas: Arc::new(schemas), phrases: OnceCell::new() })
    }

    /// How its requests say its arguments.
    ///
    /// # Errors
    /// Why nobody can tell.
    async fn phrases(&self, sandbox: &Sandbox) -> Result<Arc<Phrases>, Refused> {
        let learned = async || lasting(Phrases::new(sandbox, &self.tool).await.map(Arc::new));
        self.phrases.get_or_try_init(learned).await?.clone()
    }
}

/// The tools there are, as the ledger was last read. Clones share them.
#[derive(Clone)]
pub struct Toolbox {
    ledger: Ledger,
    sandbox: Sandbox,
    all: Arc<RwLock<Vec<Arc<Ready>>>>,
}

impl Toolbox {
    /// Empty until it is read.
    pub fn new(ledger: Ledger, sandbox: Sandbox) -> Self {
        Self { ledger, sandbox, all: Arc::default() }
    }

    /// Reads what the ledger has. A record that cannot be read is left out, with a word in what is returned.
    ///
    /// # Errors
    /// The ledger's.
    pub async fn read(&self) -> Result<Vec<String>, ledger::Error> {
        let before: BTreeMap<_, _> = self.all().into_iter().map(|ready| (key(&ready.kept), ready)).collect();
        let (mut all, mut faults) = (Vec::new(), Vec::new());
        for kept in self.ledger.tools(None).await? {
            match before.get(&key(&kept)) {
                Some(same) if same.kept == kept => all.push(same.clone()),
                _ => match Ready::of(kept) {
                    Ok(ready) => all.push(Arc::new(ready)),
                    Err(fault) => faults.push(fault),
                },
            }
        }
        *self.all.write().unwrap_or_else(PoisonError::into_inner) = all;
        Ok(faults)
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// What runs them.
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// All of them, by route and number.
    pub fn all(&self) -> Vec<Arc<Ready>> {
        self.all.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Those that are `status`, on `route` or on all.
    pub fn that_are(&self, status: &str, route: Option<&str>) -> Vec<Arc<Ready>> {
        let fits =
            |ready: &Arc<Ready>| ready.kept.now.status == status && route.is_none_or(|route| ready.kept.route == route);
        self.all().into_iter().filter(fits).collect()
    }

    /// What one says to `text`.
    ///
    /// # Errors
    /// Why it came to nothing: a word for traces, and a sentence.
    pub(crate) async fn answer(&self, ready: &Ready, text: &str) -> Result<Said, (&'static str, String)> {
        let name = &ready.kept.name;
        let said = toolsmith::answer(&self.sandbox, &ready.tool, &ready.schemas, text).await;
        said.map_err(|fault| (fault.kind.word(), format!("tool `{name}`: {fault}")))
    }

    /// Whether the second program of one comes to what the first computes of `arguments`.
    ///
    /// # Errors
    /// Why that cannot be said: a word for traces, and a sentence.
    pub(crate) async fn agreement(
        &self,
        ready: &Ready,
        arguments: &Map<String, Value>,
    ) -> Result<Agreement, (&'static str, String)> {
        let Ready { tool, schemas, kept, .. } = ready;
        if tool.second.is_none() {
            return Ok(Agreement::Unasked); // before its phrases are learned, which takes a call for each example
        }
        let phrases = match ready.phrases(&self.sandbox).await {
            Ok(phrases) => phrases,
            Err(Refused::Failed(error)) => return Err(("unavailable", error.message)),
            Err(_) => return Ok(Agreement::Unasked),
        };
        let agreed = toolsmith::agreement(&self.sandbox, tool, schemas, &phrases, arguments).await;
        match agreed.map_err(|fault| (fault.kind.word(), format!("tool `{}`: {fault}", kept.name)))? {
            Agreement::Differs { declines } => Err(differs(declines)),
            agreed => Ok(agreed),
        }
    }

    /// Runs the first program of one.
    ///
    /// # Errors
    /// `Input` for arguments that its schema refuses or over which it raises, `Timeout`, `Unavailable`, `Internal`.
    pub async fn call(&self, ready: &Ready, call: Call) -> Result<Outcome, Error> {
        let name = &ready.kept.name;
        self.sandbox.call(&ready.tool.code, call).await.map_err(|fault| {
            use toolsmith::FaultKind as Fault;
            let kind = match fault.kind {
                Fault::Raised | Fault::Value => Kind::Input,
                Fault::Time => Kind::Timeout,
                Fault::Unavailable => Kind::Unavailable,
                Fault::Code | Fault::Memory | Fault::Output | Fault::Crashed => Kind::Internal,
            };
            Error::new(kind, format!("tool `{name}`: {fault}"))
        })
    }
}

/// What was learned, for good; or why it has to be tried again.
fn lasting<T>(learned: Result<T, Refused>) -> Result<Result<T, Refused>, Refused> {
    match learned {
        Err(Refused::Failed(error)) => Err(Refused::Failed(error)),
        learned => Ok(learned),
    }
}

/// Two programs that do not say the same, told to traces and to agents.
fn differs(declines: bool) -> (&'static str, String) {
    let why = if declines { "its second program declines" } else { "its two programs have two answers" };
    ("differs", why.to_owned())
}

fn key(kept: &KeptTool) -> (String, String) {
    (kept.route.clone(), kept.id.clone())
}
