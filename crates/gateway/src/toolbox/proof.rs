//! A tool's proof as the ledger tells of it: its comparisons are heard in their order, and nothing else is believed.
use crate::{promise::Promised, routes::Routes};
use ledger::{KeptTool, Ledger};
use router::{
    judge::Judge,
    trial::{Event, Standing, Trial},
};
use toolsmith::{Comparison, Tool};

/// Comparisons that are read at once.
const PAGE: u16 = 256;

/// A trial as far as its comparisons were heard.
pub(crate) struct Proof {
    route: String,
    /// Who is compared, and how.
    setting: String,
    trial: Trial,
    /// The last comparison that was heard of.
    number: i64,
    /// What changed, and was told nobody yet: the ledger may fail between.
    events: Vec<(i64, Event)>,
}

impl Proof {
    /// Of which nothing was heard yet: of what stands in `setting` for a tool, or for a tool with a small model that points.
    pub(crate) fn new(promised: &Promised, setting: String, tool_number: i64, is_pointed: bool) -> Self {
        let trial = Trial::new(promised.to_prove_of_tool(tool_number, is_pointed));
        Self { route: promised.route.clone(), setting, trial, number: 0, events: Vec::new() }
    }

    /// The same of a tool's own answers; none on a route that takes no tools, where its trial has not begun.
    pub(crate) fn of(routes: &Routes, kept: &KeptTool, tool: &Tool) -> Option<Self> {
        let promised = routes.tooled().into_iter().find(|on| on.route == kept.route)?;
        let promised = judged_as(&promised, tool);
        Some(Self::new(&promised, promised.tool_setting(&kept.id), kept.number, false))
    }

    /// Hears of what was compared by now; gives what changed, with the comparison that changed it.
    ///
    /// # Errors
    /// The ledger's.
    pub(crate) async fn catch_up(&mut self, ledger: &Ledger) -> Result<Vec<(i64, Event)>, ledger::Error> {
        loop {
            let page = ledger.judged(&self.route, &self.setting, self.number, PAGE).await?;
            if page.is_empty() {
                return Ok(std::mem::take(&mut self.events));
            }
            for judged in page {
                self.number = judged.number;
                self.events.extend(self.trial.hear(judged.small, judged.large).map(|event| (self.number, event)));
            }
        }
    }

    pub(crate) fn setting(&self) -> &str {
        &self.setting
    }

    pub(crate) fn number(&self) -> i64 {
        self.number
    }

    /// How it stands.
    pub(crate) fn standing(&self) -> Standing {
        self.trial.standing()
    }
}

/// What is to be proven of this tool: where nothing is promised, its own record says how its answers are compared.
pub(super) fn judged_as(promised: &Promised, tool: &Tool) -> Promised {
    let mut promised = promised.clone();
    if promised.small.is_empty() {
        promised.promise.judge = match tool.comparison {
            Comparison::Exact => Judge::Exact,
            Comparison::Words => Judge::Fields,
            Comparison::Json => Judge::Json,
            Comparison::Number => Judge::Number,
        };
    }
    promised
}

/// How the trial of a tool stands: all of its comparisons are heard anew. On a route that takes no tools it has not begun.
///
/// # Errors
/// The ledger's.
pub async fn standing(
    ledger: &Ledger,
    routes: &Routes,
    kept: &KeptTool,
    tool: &Tool,
) -> Result<Standing, ledger::Error> {
    let Some(mut proof) = Proof::of(routes, kept, tool) else { return Ok(Standing::default()) };
    proof.catch_up(ledger).await?;
    Ok(proof.standing())
}
