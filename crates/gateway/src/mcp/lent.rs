//! Which tools agents are lent: those whose answers clients are given, too, which is active ones that are proven.
use crate::{
    account::now,
    routes::Routes,
    toolbox::{Proof, Ready, Toolbox, missing},
};
use ledger::Key;
use router::trial::Standing;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::Mutex;

/// How long what the ledger said of tools is believed.
const FRESH: Duration = Duration::from_secs(5);

/// What of a toolbox is shown. Clones share what was read.
#[derive(Clone)]
pub(super) struct Shown {
    routes: Routes,
    /// The routes whose tools are shown; none: all.
    only: Option<BTreeSet<String>>,
    seen: Arc<Mutex<Seen>>,
}

/// What the ledger said.
#[derive(Default)]
struct Seen {
    at: Option<Instant>,
    /// By route and id: of each comparison is heard once.
    proofs: BTreeMap<(String, String), Proof>,
}

/// The tools that one agent may call.
pub(super) struct Lent {
    /// By the names under which it does.
    pub(super) tools: BTreeMap<String, Arc<Ready>>,
    /// Those that are not proven, or not approved, and how they stand; none where their route takes no tools.
    waiting: Vec<(Arc<Ready>, Option<Standing>)>,
}

impl Shown {
    pub(super) fn new(routes: Routes, only: Option<BTreeSet<String>>) -> Self {
        Self { routes, only, seen: Arc::default() }
    }

    /// The tools that `key` may call.
    ///
    /// # Errors
    /// The ledger's.
    pub(super) async fn lent(&self, toolbox: &Toolbox, key: Option<&Key>) -> Result<Lent, ledger::Error> {
        let mut seen = self.seen.lock().await;
        if seen.at.is_none_or(|at| at.elapsed() >= FRESH) {
            toolbox.read().await?;
            self.hear(toolbox, &mut seen.proofs).await?;
            seen.at = Some(Instant::now());
        }
        let may = |ready: &Arc<Ready>| {
            let route = &ready.kept.route;
            self.only.as_ref().is_none_or(|only| only.contains(route))
                && key.is_none_or(|key| key.check(route, now()).is_ok())
        };
        let standing = |ready: Arc<Ready>| {
            let standing = seen.proofs.get(&place(&ready)).map(Proof::standing);
            (ready, standing)
        };
        let all = in_service(toolbox).filter(may).map(standing);
        let serves = |(ready, standing): &(Arc<Ready>, Option<Standing>)| {
            ready.kept.now.status == "active" && standing.as_ref().is_some_and(|standing| standing.proven)
        };
        let (tools, waiting): (Vec<_>, Vec<_>) = all.partition(serves);
        Ok(Lent { tools: named(tools.into_iter().map(|(ready, _)| ready)), waiting })
    }

    /// Hears of what was compared by now.
    async fn hear(
        &self,
        toolbox: &Toolbox,
        proofs: &mut BTreeMap<(String, String), Proof>,
    ) -> Result<(), ledger::Error> {
        let mut before = std::mem::take(proofs);
        for ready in in_service(toolbox) {
            let known = before.remove(&place(&ready));
            let Some(mut proof) = known.or_else(|| Proof::of(&self.routes, &ready.kept, &ready.tool)) else { continue };
            proof.catch_up(toolbox.ledger()).await?;
            proofs.insert(place(&ready), proof);
        }
        Ok(())
    }
}

impl Lent {
    /// The tool that is called `name`, if its id begins with each of `pins`.
    ///
    /// # Errors
    /// Why there is none, and what can be done about it.
    pub(super) fn find(&self, name: &str, pins: &[String]) -> Result<Arc<Ready>, String> {
        let is_pinned = |ready: &Ready| pins.iter().all(|pin| ready.kept.id.starts_with(pin));
        let found = self.tools.get(name);
        if let Some(ready) = found.filter(|ready| is_pinned(ready)) {
            return Ok(ready.clone());
        }
        if let Some(waits) = self.waits(name, is_pinned) {
            return Err(waits);
        }
        if let Some(ready) = found {
            let (id, pins) = (&ready.kept.id, pins.join(", "));
            return Err(format!("tool `{name}` is not the pinned one any more: it is {id}, pinned was {pins}"));
        }
        let names: Vec<_> = self.tools.keys().map(|name| format!("`{name}`")).collect();
        let there = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        Err(format!("unknown tool `{name}`; there is {there}"))
    }

    /// Why a tool that is called so is not lent yet, and what it waits for.
    fn waits(&self, name: &str, is_pinned: impl Fn(&Ready) -> bool) -> Option<String> {
        let is_called = |ready: &Ready| {
            let (own, route) = (&ready.kept.name, &ready.kept.route);
            name == own || name.strip_prefix(own.as_str()).and_then(|rest| rest.strip_prefix('.')) == Some(route)
        };
        let mut newest = self.waiting.iter().rev();
        let (ready, standing) = newest.find(|(ready, _)| is_called(ready) && is_pinned(ready))?;
        let (own, route) = (&ready.kept.name, &ready.kept.route);
        let why = match standing {
            None => format!("route `{route}` takes no tools: set `tools = true` there in kinglet.toml"),
            Some(standing) if standing.proven => {
                format!("proven, and not approved yet: `kinglet tools approve {own} --route {route}` has it answer")
            }
            Some(standing) => format!("{}; the requests of route `{route}` are compared until then", missing(standing)),
        };
        Some(format!("tool `{name}`: {why}"))
    }
}

fn place(ready: &Ready) -> (String, String) {
    (ready.kept.route.clone(), ready.kept.id.clone())
}

/// Those that are compared, by route and number.
fn in_service(toolbox: &Toolbox) -> impl Iterator<Item = Arc<Ready>> {
    toolbox.all().into_iter().filter(|ready| matches!(ready.kept.now.status.as_str(), "shadow" | "active"))
}

/// Each under its name, those of one name with their route behind it; of versions, the newest.
fn named(tools: impl Iterator<Item = Arc<Ready>>) -> BTreeMap<String, Arc<Ready>> {
    let mut newest = BTreeMap::new();
    for ready in tools {
        newest.insert((ready.kept.name.clone(), ready.kept.route.clone()), ready); // by number, so the last stays
    }
    let mut n_called: BTreeMap<String, usize> = BTreeMap::new();
    newest.keys().for_each(|(name, _)| *n_called.entry(name.clone()).or_default() += 1);
    let name = |((name, route), ready): ((String, String), _)| match n_called.get(&name) {
        Some(1) => (name, ready),
        _ => (format!("{name}.{route}"), ready),
    };
    newest.into_iter().map(name).collect()
}
