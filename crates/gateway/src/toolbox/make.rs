//! Has a large model make a tool, within the day's money for it, and keeps what was verified.
use super::held::{Hold, Lacking};
use crate::{
    Accounts, Target,
    account::{now, tokens},
};
use chat::{Answerer, BoxFuture, ChatRequest, Usage};
use ledger::{By, Ledger, Span, Trace};
use std::sync::Arc;
use toolsmith::{
    Budget, Example, Gates, Provenance, Sandbox, Task, Tool, Unmade, dispatch,
    make::{make as make_first, second as make_second},
};

/// The route under which the books have what making cost.
pub const ROUTE: &str = "(tools)";
/// Bytes of a token, about, for what is said before anybody counted.
const TOKEN: usize = 4;
/// Tokens of the rules that a maker is told, and of a tool, about.
const RULES: usize = 2_500;
const TOOL: usize = 1_500;
/// Texts to decline that a maker is shown, at most, for the estimate.
const NEGATIVES: usize = 20;

/// Who makes, and what with.
pub struct Maker {
    /// The books, which pay.
    pub accounts: Arc<Accounts>,
    /// Runs what it writes.
    pub sandbox: Sandbox,
    /// The model that writes.
    pub target: Target,
    /// The model that writes a second program; none: there is to be one alone.
    pub second: Option<Target>,
    /// Micro-USD a day for all making.
    pub budget: i64,
}

/// What making is about to cost, in micro-USD.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// If the first try is right.
    pub once: i64,
    /// With all repairs.
    pub most: i64,
}

impl Maker {
    /// About what making a tool for `task` costs.
    ///
    /// # Errors
    /// If the model has no price: a budget would hold nothing back.
    pub fn estimate(&self, task: &Task, gates: &Gates) -> Result<Estimate, String> {
        let bytes = |example: &Example| example.text.len() + example.answer.len();
        let mean = task.examples.iter().map(bytes).sum::<usize>() / task.examples.len().max(1);
        let foreign = task.negatives.iter().take(NEGATIVES).map(String::len).sum::<usize>();
        let prompt = RULES + (gates.shown * mean + foreign) / TOKEN;
        let mut estimate = Estimate { once: 0, most: 0 };
        for target in [&self.target].into_iter().chain(&self.second) {
            if self.accounts.price(target, now()).is_none() {
                return Err(format!("`{target}` has no price, so no budget holds it back: add one to ledger.prices"));
            }
            let cost = |prompt_tokens| {
                let usage = Usage { prompt_tokens, completion_tokens: TOOL, ..Usage::default() };
                self.accounts.cost_of(target, &usage)
            };
            let (once, again) = (cost(prompt), cost(prompt + 2 * TOOL));
            estimate.once += once;
            estimate.most += once + again * i64::try_from(gates.repairs).unwrap_or(i64::MAX);
        }
        Ok(estimate)
    }

    /// Has a tool made for `task`; `told` hears of each call. It is not kept yet.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn make(&self, task: &Task, gates: &Gates, told: &mut (dyn FnMut(&str) + Send)) -> Result<Tool, String> {
        self.estimate(task, gates)?;
        let (asked, model) = elsewhere(&self.target)?;
        let mut purse = Purse::new(self, &self.target, "first program", told);
        let made = make_first(&asked, model, &self.sandbox, task, gates, &mut purse).await;
        let mut tool = made.map_err(|unmade| unmade.to_string())?;
        purse.sign(&mut tool.provenance);
        if let Some(target) = &self.second {
            self.add_second(&mut tool, target, task, gates, told).await?;
        }
        Ok(tool)
    }

    /// Has `target` write a second program. A tool whose second program was refused stands alone, and says so: it has to
    /// prove itself as any other.
    async fn add_second(
        &self,
        tool: &mut Tool,
        target: &Target,
        task: &Task,
        gates: &Gates,
        told: &mut (dyn FnMut(&str) + Send),
    ) -> Result<(), String> {
        let (asked, model) = elsewhere(target)?;
        let mut purse = Purse::new(self, target, "second program", told);
        match make_second(&asked, model, &self.sandbox, task, gates, tool, &mut purse).await {
            Ok(mut second) => {
                purse.sign(&mut second.provenance);
                tool.second = Some(second);
            }
            Err(unmade @ Unmade::Sandbox(_)) => return Err(unmade.to_string()),
            Err(unmade) => {
                told(&format!("no second program: {unmade}"));
                tool.alone = Some(unmade.to_string());
            }
        }
        Ok(())
    }
}

fn elsewhere(target: &Target) -> Result<(impl Answerer + use<>, &str), String> {
    match target {
        Target::Upstream { upstream, model } => Ok((upstream.model(model.clone()), model)),
        Target::Local(_) => Err(format!("`{target}`: a model elsewhere expected, as UPSTREAM/MODEL")),
    }
}

/// About what `target` takes for a program of the usual size with one repair, in micro-USD; 0 where its price is not known.
pub(super) fn usual_cost(accounts: &Accounts, target: &Target) -> i64 {
    let usage = Usage { prompt_tokens: 2 * (RULES + TOOL), completion_tokens: 2 * TOOL, ..Usage::default() };
    accounts.cost_of(target, &usage)
}

/// Pays a maker's calls for one program, each with its line in the books.
struct Purse<'a> {
    maker: &'a Maker,
    target: &'a Target,
    what: &'static str,
    cost: i64,
    n_calls: usize,
    /// For the call at work.
    hold: Option<Hold>,
    told: &'a mut (dyn FnMut(&str) + Send),
}

impl<'a> Purse<'a> {
    fn new(maker: &'a Maker, target: &'a Target, what: &'static str, told: &'a mut (dyn FnMut(&str) + Send)) -> Self {
        Self { maker, target, what, cost: 0, n_calls: 0, hold: None, told }
    }

    /// Who wrote it, when, and what it took.
    fn sign(&self, provenance: &mut Provenance) {
        (provenance.maker, provenance.cost, provenance.time) = (self.target.to_string(), self.cost, now());
    }

    async fn check(&mut self, usage: &Usage) -> Result<(), String> {
        let Maker { accounts, budget, .. } = self.maker;
        let next = accounts.cost_of(self.target, usage);
        let held = accounts.held.hold(next, *budget, spent_today(accounts.ledger())).await;
        let Lacking { spent, held } = match held.map_err(|e| e.to_string())? {
            Ok(hold) => {
                self.hold = Some(hold);
                return Ok(());
            }
            Err(lacking) => lacking,
        };
        let usd = |micros: i64| micros as f64 / 1e6;
        let others = if held > 0 { format!(", {} USD are held for others at work", usd(held)) } else { String::new() };
        Err(format!(
            "{} USD were spent on making today{others}, the next call may cost {} USD, and tools.budget is {} USD a day",
            usd(spent),
            usd(next),
            usd(*budget)
        ))
    }

    async fn note(&mut self, usage: Usage) {
        let (accounts, target) = (&self.maker.accounts, self.target);
        let cost = accounts.cost_of(target, &usage);
        self.cost += cost;
        self.n_calls += 1;
        let what = match self.n_calls {
            1 => self.what.to_owned(),
            n => format!("{}, repair {}", self.what, n - 1),
        };
        let Usage { prompt_tokens: read, completion_tokens: written, .. } = usage;
        (self.told)(&format!("{what}: {read} tokens read, {written} written, {} USD", cost as f64 / 1e6));
        let trace = Trace {
            id: format!("make-{:016x}", crate::layers::random()),
            time: now(),
            route: Some(ROUTE.to_owned()),
            asked: target.to_string(),
            tier: Some("maker".to_owned()),
            provider: Some(target.provider().to_owned()),
            model: Some(target.model().to_owned()),
            tokens: tokens(&usage),
            cost,
            status: 200,
            ..Trace::default()
        };
        if let Err(error) = accounts.ledger().append(trace).await {
            (self.told)(&format!("warning: what this call cost is not in the ledger: {error}"));
        }
        self.hold = None;
    }
}

impl Budget for Purse<'_> {
    fn may(&mut self, prompt: usize, completion: usize) -> BoxFuture<'_, Result<(), String>> {
        let usage = Usage { prompt_tokens: prompt, completion_tokens: completion, ..Usage::default() };
        Box::pin(async move { self.check(&usage).await })
    }

    fn used(&mut self, usage: Usage) -> BoxFuture<'_, ()> {
        Box::pin(self.note(usage))
    }
}

/// Micro-USD that making took today (UTC).
///
/// # Errors
/// The ledger's.
pub async fn spent_today(ledger: &Ledger) -> Result<i64, ledger::Error> {
    let midnight = ledger::midnight(&ledger::date(now())).unwrap_or(i64::MIN);
    let span = Span { from: midnight, ..Span::all() };
    let lines = ledger.report(span, By::Route).await?;
    Ok(lines.iter().filter(|line| line.group == ROUTE).map(|line| line.cost).sum())
}

/// Keeps a verified tool on `route` and has it run in shadow; gives its number.
///
/// # Errors
/// `Input` if the route has this very tool already; `Database`.
pub async fn keep(ledger: &Ledger, route: &str, tool: &Tool, author: &str, why: &str) -> Result<i64, ledger::Error> {
    fn fault(message: String) -> ledger::Error {
        ledger::Error { kind: ledger::Kind::Input, message }
    }
    let id = tool.id();
    if let Some(same) = ledger.tools(Some(route)).await?.into_iter().find(|kept| kept.id == id) {
        let (name, status, number) = (same.name, same.now.status, same.number);
        return Err(fault(format!(
            "tool `{name}`: route `{route}` has this very one already: number {number}, {status}"
        )));
    }
    let record = serde_json::to_string(tool).map_err(|e| fault(e.to_string()))?;
    let number = ledger.keep_tool(route, &id, &tool.name, &record, why).await?;
    let why = "verified: its answers are compared from now on";
    ledger.mark_tool([route, &id], 1, "shadow", Some(author), why).await?; // who came first decided
    Ok(number)
}

/// The context of tools for requests such as `request`, a chat request as clients send it; without one, of those with a
/// user's message and nothing else.
///
/// # Errors
/// If no tool may answer such requests.
pub fn context(request: Option<&str>) -> Result<String, String> {
    let plain = r#"{"model": "", "messages": [{"role": "user", "content": "?"}]}"#;
    let request: ChatRequest =
        serde_json::from_str(request.unwrap_or(plain)).map_err(|e| format!("a chat request as JSON expected: {e}"))?;
    let asked = dispatch::asked(&request);
    let expected = "messages of the system and then one of the user, and one answer as text";
    asked.map(|(context, _)| context).ok_or_else(|| format!("no tool can answer such a request: {expected}, expected"))
}
