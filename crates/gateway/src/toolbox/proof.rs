//! A tool's proof as the ledger tells of it: its comparisons are heard in their order, and nothing else is believed.
use crate::{
    promise::{DECLINED, Promised},
    routes::Routes,
};
use ledger::{Judged, KeptTool, Ledger};
use router::{
    certify::Promise,
    judge::Judge,
    statement::{Heard, ToolStatement, ToolSubject},
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
    promise: Promise,
    trial: Trial,
    heard: Heard,
    /// What changed, and was told nobody yet: the ledger may fail between.
    events: Vec<(i64, Event)>,
}

impl Proof {
    /// Of which nothing was heard yet: of what stands in `setting` for a tool, or for a tool with a small model that points.
    pub(crate) fn new(promised: &Promised, setting: String, tool_number: i64, is_pointed: bool) -> Self {
        Self::begun(&promised.route, setting, promised.to_prove_of_tool(tool_number, is_pointed))
    }

    fn begun(route: &str, setting: String, promise: Promise) -> Self {
        let (trial, heard) = (Trial::new(promise), Heard::default());
        Self { route: route.to_owned(), setting, promise, trial, heard, events: Vec::new() }
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
        self.catch_up_to(ledger, i64::MAX).await?;
        Ok(std::mem::take(&mut self.events))
    }

    /// The same, up to comparison number `last`.
    async fn catch_up_to(&mut self, ledger: &Ledger, last: i64) -> Result<(), ledger::Error> {
        loop {
            let page = ledger.judged(&self.route, &self.setting, self.heard.number, PAGE).await?;
            if page.first().is_none_or(|judged| judged.number > last) {
                return Ok(());
            }
            for judged in page.into_iter().take_while(|judged| judged.number <= last) {
                self.hear(&judged);
            }
        }
    }

    fn hear(&mut self, judged: &Judged) {
        // what was not answered says nothing of answers
        let is_answer = judged.judge != DECLINED;
        let event = is_answer.then(|| self.trial.hear(judged.small, judged.large)).flatten();
        let Heard { number, hash, since, last, alarm } = &mut self.heard;
        (*number, *hash, *last) = (judged.number, judged.chain(hash), Some(judged.time));
        since.get_or_insert(judged.time);
        if event == Some(Event::Alarm) {
            (*since, *alarm) = (None, Some(judged.time));
        }
        self.events.extend(event.map(|event| (judged.number, event)));
    }

    pub(crate) fn setting(&self) -> &str {
        &self.setting
    }

    pub(crate) fn number(&self) -> i64 {
        self.heard.number
    }

    fn said_of(&self, subject: ToolSubject<'_>) -> ToolStatement {
        ToolStatement::new(subject, &self.promise, &self.standing(), &self.heard, ledger::date)
    }

    /// How it stands.
    pub(crate) fn standing(&self) -> Standing {
        self.trial.standing()
    }
}

/// What can be said of a tool's proof, by all of its comparisons; none on a route that takes no tools.
///
/// # Errors
/// The ledger's.
pub async fn statement(
    ledger: &Ledger,
    routes: &Routes,
    kept: &KeptTool,
    tool: &Tool,
) -> Result<Option<ToolStatement>, ledger::Error> {
    let Some(promised) = routes.tooled().into_iter().find(|on| on.route == kept.route) else { return Ok(None) };
    let Some(mut proof) = Proof::of(routes, kept, tool) else { return Ok(None) };
    proof.catch_up(ledger).await?;
    let (large, judge) = (promised.large.to_string(), judged_as(&promised, tool).promise.judge.to_string());
    let subject = ToolSubject {
        tool: &kept.id,
        name: &kept.name,
        route: &kept.route,
        large: &large,
        judge: &judge,
        confidence: promised.promise.confidence,
        setting: &proof.setting,
    };
    Ok(Some(proof.said_of(subject)))
}

/// What the ledger's comparisons up to the last of `stated` lead to, under the promise that it states.
///
/// # Errors
/// The ledger's.
pub async fn stated_again(ledger: &Ledger, stated: &ToolStatement) -> Result<ToolStatement, ledger::Error> {
    let ToolStatement { tool, name, route, large, judge, setting, confidence, .. } = stated;
    let ToolStatement { kind, most, judge_error, delta, number, .. } = *stated;
    let promise = Promise { alpha: most, delta, kind, judge_error };
    let mut proof = Proof::begun(route, setting.clone(), promise);
    proof.catch_up_to(ledger, number).await?;
    Ok(proof.said_of(ToolSubject { tool, name, route, large, judge, confidence: *confidence, setting }))
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
