//! Keeps the trials of all tools: hears of what was compared, and decides who may answer, who is suspended and who retires.
use super::{
    Ready, Toolbox, Who,
    pointed::{Pointer, Subject},
    tier::{OnTrial, Shelf, State, Tier0},
};
use crate::{
    account::Accounts,
    app::Shared,
    promise::{DECLINED, Keeper, LOOK, Promised, examine, midnight_now, tell},
    routes::Routes,
};
use ledger::{KeptTool, Ledger};
use router::{
    judge::Judge,
    trial::{Event, Standing, Trial},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, PoisonError},
    time::Instant,
};
use tokio::{task::JoinSet, time::timeout};
use toolsmith::{
    Comparison, Tool,
    dispatch::{Entry, Index},
};

/// Comparisons that are read at once.
const PAGE: u16 = 256;

/// A trial as it is kept here.
struct Live {
    on: Arc<OnTrial>,
    trial: Trial,
    /// Whether a small model points at the tool's arguments.
    is_pointed: bool,
    /// The last comparison that was heard of.
    number: i64,
    /// Whether all was heard that was there when it began.
    is_current: bool,
    /// Compares, until this is dropped.
    _examining: JoinSet<()>,
}

/// By route and what is compared.
type Lives = BTreeMap<(String, String), Live>;

/// Begins to keep all trials; dropping what this returns ends it.
pub(crate) fn start(app: &Shared) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    if let (Some(accounts), Some(_)) = (app.config.accounts.clone(), &app.tier0) {
        tasks.spawn(keep(app.clone(), accounts));
    }
    tasks
}

async fn keep(app: Shared, accounts: Arc<Accounts>) {
    let Some(tier0) = &app.tier0 else { return };
    let routes = app.config.routes.tooled();
    let (mut lives, mut told) = (Lives::new(), BTreeSet::new());
    loop {
        if let Err(error) = step(&app, &accounts, tier0, &routes, &mut lives, &mut told).await {
            tell(&format!("warning: tools: {error}"));
        }
        let judged = async {
            let nudges: Vec<_> = lives.values().map(|live| Box::pin(live.on.keeper.nudge.notified())).collect();
            if nudges.is_empty() {
                return std::future::pending().await;
            }
            futures_util::future::select_all(nudges).await;
        };
        let news = async {
            tokio::select! { () = judged => {}, () = tier0.nudge.notified() => {} }
        };
        let _ = timeout(LOOK, news).await; // either will do
    }
}

async fn step(
    app: &Shared,
    accounts: &Arc<Accounts>,
    tier0: &Tier0,
    routes: &[Promised],
    lives: &mut Lives,
    told: &mut BTreeSet<String>,
) -> Result<(), ledger::Error> {
    for fault in tier0.toolbox.read().await? {
        if told.insert(fault.clone()) {
            tell(&format!("warning: {fault}"));
        }
    }
    let is_changed = gather(app, accounts, &tier0.toolbox, routes, lives);
    for live in lives.values_mut() {
        hear(accounts.ledger(), live).await?;
    }
    if is_changed {
        tier0.put(shelves(lives));
    }
    let mut is_decided = false;
    for live in lives.values() {
        is_decided |= decide(accounts.ledger(), live, lives, app.config.tool_policy.approve == Who::Human).await?;
    }
    if is_decided {
        tier0.nudge.notify_one();
    }
    Ok(())
}

/// Those that are compared now, each with its trial; whether that is not as it was.
fn gather(app: &Shared, accounts: &Arc<Accounts>, toolbox: &Toolbox, routes: &[Promised], lives: &mut Lives) -> bool {
    let mut before = std::mem::take(lives);
    let n_before = before.len();
    let mut is_changed = false;
    for ready in ["shadow", "active"].iter().flat_map(|status| toolbox.that_are(status, None)) {
        let Some(promised) = routes.iter().find(|on| on.route == ready.kept.route) else { continue };
        for by in [None].into_iter().chain(pointer(app, &ready).map(Some)) {
            let subject = Subject { ready: ready.clone(), by };
            let key = (ready.kept.route.clone(), subject.word());
            let live = match before.remove(&key) {
                Some(live) if live.on.ready.kept == ready.kept => live,
                Some(live) => {
                    is_changed = true;
                    renewed(live, ready.clone())
                }
                None => {
                    is_changed = true;
                    begin(app, accounts, promised, subject)
                }
            };
            lives.insert(key, live);
        }
    }
    is_changed || lives.len() != n_before
}

/// The small model that may point at the arguments of a tool, where there is one and it is loaded.
fn pointer(app: &Shared, ready: &Ready) -> Option<Pointer> {
    let small = app.config.routes.small(&ready.kept.route).filter(|_| app.config.tool_policy.small_extracts)?;
    Pointer::find(app, small)
}

/// The same trial of a tool of which something was decided.
fn renewed(live: Live, ready: Arc<Ready>) -> Live {
    let state = live.on.state().into();
    Live { on: Arc::new(OnTrial { ready, keeper: live.on.keeper.clone(), state }), ..live }
}

fn begin(app: &Shared, accounts: &Arc<Accounts>, promised: &Promised, subject: Subject) -> Live {
    let (ready, is_pointed) = (subject.ready.clone(), subject.by.is_some());
    let promised = judged_as(promised, &ready.tool);
    let trial = Trial::new(promised.to_prove_of_tool(ready.kept.number, is_pointed));
    let keeper = Arc::new(Keeper::of_tool(promised, subject));
    let mut examining = JoinSet::new();
    examining.spawn(examine(app.clone(), accounts.clone(), keeper.clone()));
    let on = Arc::new(OnTrial { ready, keeper, state: State::default().into() });
    Live { on, trial, is_pointed, number: 0, is_current: false, _examining: examining }
}

/// What is to be proven of this tool: where nothing is promised, its own record says how its answers are compared.
fn judged_as(promised: &Promised, tool: &Tool) -> Promised {
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

/// Hears of what was compared by now.
async fn hear(ledger: &Ledger, live: &mut Live) -> Result<(), ledger::Error> {
    let setting = live.on.keeper.in_force().setting.clone();
    let route = live.on.keeper.route().to_owned();
    let (number, events) = replay(ledger, &route, &setting, &mut live.trial, live.number).await?;
    live.number = number;
    let is_news = std::mem::replace(&mut live.is_current, true);
    for (at, event) in events {
        if is_news {
            tell(&notice(&live.on.ready.kept, at, event));
        }
        // where a small model points, that ends, and the tool's own answers go on
        if is_news && event == Event::Alarm && !live.is_pointed {
            suspend(ledger, &live.on.ready.kept, at).await?;
        }
    }
    let series = ledger.series(&route, &setting, midnight_now()).await?;
    let state =
        State { standing: live.trial.standing(), open: series.n - series.n_judged, heard: Some(Instant::now()) };
    *live.on.state.write().unwrap_or_else(PoisonError::into_inner) = state;
    Ok(())
}

/// Brings a trial up to what the ledger says after comparison `number`.
async fn replay(
    ledger: &Ledger,
    route: &str,
    setting: &str,
    trial: &mut Trial,
    mut number: i64,
) -> Result<(i64, Vec<(i64, Event)>), ledger::Error> {
    let mut events = Vec::new();
    loop {
        let page = ledger.judged(route, setting, number, PAGE).await?;
        if page.is_empty() {
            return Ok((number, events));
        }
        for judged in page {
            number = judged.number;
            // what was not answered says nothing of answers
            if judged.judge == DECLINED {
                continue;
            }
            events.extend(trial.hear(judged.small, judged.large).map(|event| (number, event)));
        }
    }
}

/// How the trial of a tool stands: all of its comparisons are replayed, and nothing else is believed. On a route that takes
/// no tools it has not begun.
///
/// # Errors
/// The ledger's.
pub async fn standing(
    ledger: &Ledger,
    routes: &Routes,
    kept: &KeptTool,
    tool: &Tool,
) -> Result<Standing, ledger::Error> {
    let Some(promised) = routes.tooled().into_iter().find(|on| on.route == kept.route) else {
        return Ok(Standing::default());
    };
    let promised = judged_as(&promised, tool);
    let mut trial = Trial::new(promised.to_prove_of_tool(kept.number, false));
    let setting = promised.tool_setting(&kept.id);
    replay(ledger, &kept.route, &setting, &mut trial, 0).await?;
    Ok(trial.standing())
}

/// Makes a tool that is proven active, where nobody has to approve it, and retires the one whose place it takes.
async fn decide(ledger: &Ledger, live: &Live, all: &Lives, need_approval: bool) -> Result<bool, ledger::Error> {
    let (kept, standing) = (&live.on.ready.kept, live.trial.standing());
    if !standing.proven || live.is_pointed {
        return Ok(false);
    }
    let names = [kept.route.as_str(), kept.id.as_str()];
    if kept.now.status == "shadow" {
        if need_approval {
            return Ok(false);
        }
        let why = format!("proven by comparison {}: at most {:.2}% worse", live.number, standing.at_most * 100.0);
        return ledger.mark_tool(names, kept.now.number, "active", None, &why).await;
    }
    let Some(old) = &live.on.ready.tool.supersedes else { return Ok(false) };
    let Some(old) = all.get(&(kept.route.clone(), old.clone())) else { return Ok(false) };
    let (old, why) = (&old.on.ready.kept, format!("superseded by {}", kept.id));
    ledger.mark_tool([&old.route, &old.id], old.now.number, "retired", None, &why).await
}

/// Whatever it is by then, unless it is out of service already.
async fn suspend(ledger: &Ledger, kept: &KeptTool, at: i64) -> Result<(), ledger::Error> {
    let why = format!("alarm at comparison {at}: it is worse than the large model more often than may be");
    ledger.mark_tool([&kept.route, &kept.id], kept.now.number, "suspended", None, &why).await.map(drop)
}

fn shelves(lives: &Lives) -> BTreeMap<String, Shelf> {
    let routes: BTreeSet<_> = lives.keys().map(|(route, _)| route.clone()).collect();
    let shelf = |route: String| {
        let on_route = |is_pointed| {
            let of = lives.iter().filter(|((on, _), live)| *on == route && live.is_pointed == is_pointed);
            of.map(|(_, live)| (live.on.ready.kept.id.clone(), live.on.clone())).collect::<BTreeMap<_, _>>()
        };
        let (tools, pointed) = (on_route(false), on_route(true));
        let entries: Vec<_> = tools.iter().map(|(id, on)| Entry::new(id, &on.ready.tool)).collect();
        (route.clone(), Shelf { index: Index::new(&entries, &[]), tools, pointed })
    };
    routes.into_iter().map(shelf).collect()
}

fn notice(kept: &KeptTool, at: i64, event: Event) -> String {
    let (name, route) = (&kept.name, &kept.route);
    match event {
        Event::Proven => format!("tool `{name}` of route `{route}`: proven by comparison {at}"),
        Event::Alarm => format!("warning: tool `{name}` of route `{route}`: alarm at comparison {at}: it is suspended"),
    }
}
