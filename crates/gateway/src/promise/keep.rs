//! Keeps the promises: hears of what was compared, puts in force what is proven, and tells how it stands.
use super::{
    Promised,
    live::{self, Live},
};
use crate::{account::now, app::Shared, routes::Routes, toolbox::Subject};
use ledger::{Audit, Ledger, Micros, Series, date, midnight};
use router::{
    judge::Judge,
    life::{Event, Life, Policy},
    score::Example,
    signals,
    statement::Statement,
};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    io::Write,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};

/// Comparisons that may wait; while there are more, none is begun.
pub(crate) const MOST_OPEN: i64 = 512;
/// How often the ledger is asked what other replicas have compared.
pub(crate) const LOOK: Duration = Duration::from_secs(1);
/// For so long a policy is in force without word from the ledger: an alarm may have been raised that is not known here.
pub(crate) const STALE: Duration = Duration::from_secs(120);
/// Comparisons made anew when what is compared changes.
const MOST_REPLAYED: u16 = 4096;
/// Of each other route, the most that is learned from.
const MOST_OF_OTHERS: usize = 2000;

/// One route's promise, as requests and the comparing tasks see it.
pub(crate) struct Keeper {
    pub(crate) promised: Promised,
    /// The tool that is compared, where it is no model.
    pub(crate) tool: Option<Subject>,
    in_force: RwLock<Arc<InForce>>,
    /// Until when the budget of comparisons is spent.
    spent_until: AtomicI64,
    /// When both answers to a request were last judged here.
    compared: AtomicI64,
    /// There is something to compare, or to hear of.
    pub(crate) nudge: Notify,
}

/// What is in force on a route, all at once.
#[derive(Clone, Default)]
pub(crate) struct InForce {
    /// Who is compared, and how; empty while that is not known.
    pub(crate) setting: String,
    pub(crate) policy: Option<Arc<Policy>>,
    /// The share of requests that are compared.
    rate: f64,
    standing: Standing,
    /// When the ledger was last heard.
    heard: Option<Instant>,
}

/// How a route with a promise stands.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Standing {
    pub(crate) route: String,
    /// `starting`, `shadowing`, `certified`, `stale`.
    pub(crate) phase: &'static str,
    /// Why it is so, and what is missing.
    pub(crate) why: String,
    pub(crate) setting: String,
    pub(crate) audit_rate: f64,
    /// Comparisons that were begun, and those of them that wait.
    pub(crate) begun: i64,
    pub(crate) open: i64,
    /// Micro-USD that comparisons cost since midnight.
    pub(crate) spent_today: i64,
    /// The last comparison heard of, and the hash of all up to it.
    pub(crate) number: i64,
    pub(crate) hash: String,
    pub(crate) life: router::life::Standing,
}

impl InForce {
    /// Nothing is in force.
    fn starting(route: &str) -> Self {
        let standing = Standing { route: route.to_owned(), phase: "starting", ..Standing::default() };
        Self { standing, ..Self::default() }
    }

    /// Whether a request is to be audited: chance decides, and nothing about the request.
    pub(crate) fn audits(&self) -> bool {
        !self.setting.is_empty() && is_drawn(self.rate)
    }

    fn is_stale(&self) -> bool {
        self.policy.is_some() && self.heard.is_none_or(|heard| heard.elapsed() >= STALE)
    }

    /// The same without its policy.
    fn lapsed(&self) -> Self {
        let why = "the ledger was not heard for two minutes: nothing is answered here until it is".to_owned();
        let standing = Standing { phase: "stale", why, ..self.standing.clone() };
        Self { policy: None, standing, setting: self.setting.clone(), ..*self }
    }
}

/// A keeper for each route of `routes` that has a promise, by the route's name.
pub(crate) fn keepers(routes: &Routes) -> BTreeMap<String, Arc<Keeper>> {
    let keeper = |promised: Promised| (promised.route.clone(), Arc::new(Keeper::new(promised, None)));
    routes.promised().into_iter().map(keeper).collect()
}

/// Chance decides, at this `rate`.
pub(crate) fn is_drawn(rate: f64) -> bool {
    let mut bytes = [0; 8];
    if rate <= 0.0 || getrandom::fill(&mut bytes).is_err() {
        return false;
    }
    (u64::from_le_bytes(bytes) >> 11) as f64 / (1u64 << 53) as f64 <= rate
}

impl Keeper {
    fn new(promised: Promised, tool: Option<Subject>) -> Self {
        Self {
            in_force: RwLock::new(Arc::new(InForce::starting(&promised.route))),
            promised,
            tool,
            spent_until: AtomicI64::new(0),
            compared: AtomicI64::new(0),
            nudge: Notify::new(),
        }
    }

    /// Of a tool: who is compared is known at once, and nothing is ever learned.
    pub(crate) fn of_tool(promised: Promised, subject: Subject) -> Self {
        let setting = promised.tool_setting(&subject.word());
        let keeper = Self::new(promised, Some(subject));
        *keeper.in_force.write().unwrap_or_else(PoisonError::into_inner) =
            Arc::new(InForce { setting, ..InForce::starting(keeper.route()) });
        keeper
    }

    /// Whether what comparisons may cost today is spent.
    pub(crate) fn is_spent(&self) -> bool {
        now() < self.spent_until.load(Ordering::Relaxed)
    }

    pub(crate) fn route(&self) -> &str {
        &self.promised.route
    }

    /// What can be said of it now.
    pub(crate) fn statement(&self) -> Statement {
        let Standing { setting, number, hash, life, .. } = self.standing();
        self.promised.statement(&setting, number, &hash, &life)
    }

    /// What is in force now: nothing, if the ledger was not heard for long.
    pub(crate) fn in_force(&self) -> Arc<InForce> {
        let in_force = self.in_force.read().unwrap_or_else(PoisonError::into_inner).clone();
        if in_force.is_stale() { Arc::new(in_force.lapsed()) } else { in_force }
    }

    pub(crate) fn standing(&self) -> Standing {
        self.in_force().standing.clone()
    }

    /// The same, with what was begun up to this moment.
    pub(crate) async fn standing_now(&self, ledger: &Ledger) -> Result<Standing, ledger::Error> {
        let standing = self.standing();
        let series = ledger.series(self.route(), &standing.setting, midnight_now()).await?;
        let open = series.n - series.n_judged;
        Ok(Standing { begun: series.n, open, spent_today: series.cost, ..standing })
    }

    /// A comparison would have passed what they may cost today.
    pub(crate) fn spent(&self) {
        const DAY: Micros = 24 * 3600 * 1_000_000;
        self.spent_until.store((now() / DAY + 1) * DAY, Ordering::Relaxed);
    }

    /// Both answers to a request were judged.
    pub(super) fn judged(&self) {
        self.compared.store(now(), Ordering::Relaxed);
    }

    /// Whether both answers to some request were judged here in the last `time`.
    pub(super) fn has_judged(&self, time: Duration) -> bool {
        now() - self.compared.load(Ordering::Relaxed) <= i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
    }

    /// Who is compared, and how, once the model here is loaded: a change of any of it begins anew.
    fn setting(&self, app: &Shared) -> Option<String> {
        if let Some(subject) = &self.tool {
            return subject.is_current(app).then(|| self.promised.tool_setting(&subject.word()));
        }
        let identity = app.registry.get(&self.promised.small).ok()?.identity(None).ok()?;
        let (small, large, judge) = (&self.promised.small, &self.promised.large, &self.promised.promise.judge);
        Some(format!("{small}#{identity} against {large}, judged by {judge}, signals {}", signals::FORMAT))
    }

    /// Whether that is who is compared now, and how.
    pub(crate) fn is_set(&self, app: &Shared, setting: &str) -> bool {
        self.setting(app).is_some_and(|now| now == setting)
    }

    /// What is in force for a request that comes now: nothing, once the model here has become another.
    pub(crate) fn in_force_now(&self, app: &Shared) -> Arc<InForce> {
        let in_force = self.in_force();
        if in_force.setting.is_empty() || self.is_set(app, &in_force.setting) { in_force } else { Arc::default() }
    }

    /// Nothing is in force until it is proven of what is compared now.
    fn withdraw(&self) {
        let starting = Arc::new(InForce::starting(self.route()));
        *self.in_force.write().unwrap_or_else(PoisonError::into_inner) = starting;
    }

    /// Puts in force what `live` has proven.
    async fn put(&self, ledger: &Ledger, live: &Live) -> Result<(), ledger::Error> {
        let series = ledger.series(&live.route, &live.setting, midnight_now()).await?;
        let policy = live.life.policy().map(Arc::new);
        let open = series.n - series.n_judged;
        let rate = if policy.is_some() { self.promised.promise.audit_rate } else { 1.0 };
        // what costs nothing, shadowing, no budget stops
        let is_spent = policy.is_some() && self.is_spent();
        let rate = if open >= MOST_OPEN || is_spent { 0.0 } else { rate };
        let life = live.life.standing();
        let why = why(&life, open, is_spent);
        let standing = Standing {
            route: self.route().to_owned(),
            phase: if policy.is_some() { "certified" } else { "shadowing" },
            why,
            setting: live.setting.clone(),
            audit_rate: rate,
            begun: series.n,
            open,
            spent_today: series.cost,
            number: live.number,
            hash: live.hash.clone(),
            life,
        };
        let in_force = InForce { setting: live.setting.clone(), policy, rate, standing, heard: Some(Instant::now()) };
        *self.in_force.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(in_force);
        Ok(())
    }
}

/// What an operator wants to know first.
fn why(life: &router::life::Standing, open: i64, is_spent: bool) -> String {
    let mut parts = Vec::new();
    match &life.certificate {
        // a quarter of the audits is learned from, and two thirds prove
        _ if life.untaught > 0 => {
            parts.push(format!("about {} audits are missing to learn from", life.untaught * 4));
        }
        Some(certificate) => match certificate.missing {
            Some(0) | None => {}
            Some(n) => parts.push(format!("at least {} audits are missing for the next step", n * 3 / 2)),
        },
        None => {}
    }
    if is_spent {
        parts.push("the audit budget of today is spent".to_owned());
    }
    if open >= MOST_OPEN {
        parts.push(format!("{open} comparisons wait, so no more are begun"));
    }
    parts.join("; ")
}

/// Keeps the promises of all `keepers`, for ever.
pub(crate) async fn keep(app: Shared, ledger: Ledger, keepers: Vec<Arc<Keeper>>) {
    let mut lives: Vec<Option<Live>> = keepers.iter().map(|_| None).collect();
    loop {
        for (i, keeper) in keepers.iter().enumerate() {
            let mut live = lives[i].take();
            if let Err(error) = step(&app, &ledger, keeper, &mut live, || others(&lives)).await {
                tell(&format!("warning: route `{}`: {error}", keeper.route()));
            }
            lives[i] = live;
        }
        let nudged = keepers.iter().map(|keeper| Box::pin(keeper.nudge.notified()));
        let _ = timeout(LOOK, futures_util::future::select_all(nudged)).await; // either will do
        // what comes in a burst is heard at once
        sleep(Duration::from_millis(20)).await;
    }
}

/// What other routes have learned from.
fn others(lives: &[Option<Live>]) -> Vec<Example> {
    lives.iter().flatten().flat_map(|live| live.life.examples().take(MOST_OF_OTHERS)).collect()
}

async fn step(
    app: &Shared,
    ledger: &Ledger,
    keeper: &Keeper,
    live: &mut Option<Live>,
    others: impl Fn() -> Vec<Example>,
) -> Result<(), ledger::Error> {
    let Some(setting) = keeper.setting(app) else { return Ok(()) };
    if live.as_ref().is_none_or(|live| live.setting != setting) {
        keeper.withdraw();
        let keeps = app.config.accounts.as_ref().is_some_and(|accounts| accounts.bodies_until(now()).is_some());
        begin(ledger, keeper, &setting, keeps).await?;
        *live = Some(Live::new(keeper.route(), &setting, Life::new(keeper.promised.to_prove())));
    }
    let Some(live) = live else { return Ok(()) };
    let is_news = live.number > 0;
    for (number, event) in live::hear(ledger, live, others, i64::MAX).await? {
        if is_news {
            tell(&notice(keeper.route(), number, event));
        }
    }
    keeper.put(ledger, live).await
}

/// Begins a series; what was compared in others is compared anew where it `keeps`: where texts stay only until they are
/// judged, what is left is not like all requests.
async fn begin(ledger: &Ledger, keeper: &Keeper, setting: &str, keeps: bool) -> Result<(), ledger::Error> {
    let is_begun = ledger.series(keeper.route(), setting, 0).await? != Series::default();
    if is_begun {
        return Ok(());
    }
    // what people said, they said of the answers that they saw
    if !keeps || keeper.promised.promise.judge == Judge::Human {
        return ledger.begin_series(keeper.route(), setting, Vec::new()).await.map(drop);
    }
    let again = ledger.replayable(keeper.route(), setting, MOST_REPLAYED).await?;
    let same_large = format!(" against {}, ", keeper.promised.large);
    let again = again.into_iter().filter(|audit| audit.setting.contains(&same_large));
    let anew = |audit: Audit| Audit { small: None, local: false, version: 0, ..audit };
    ledger.begin_series(keeper.route(), setting, again.map(anew).collect()).await.map(drop)
}

fn notice(route: &str, number: i64, event: Event) -> String {
    match event {
        Event::Certified => format!("route `{route}`: certified by audit {number}: more is answered here now"),
        Event::Alarm => format!(
            "warning: route `{route}`: alarm at audit {number}: harm is more frequent than promised; all goes to the \
             large model until it is proven anew"
        ),
    }
}

pub(crate) fn tell(line: &str) {
    // standard error may be closed; there is nobody left to tell then
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// The first moment of today (UTC).
pub(crate) fn midnight_now() -> Micros {
    midnight(&date(now())).unwrap_or(0)
}

/// Microseconds from now on.
pub(super) fn after(time: Duration) -> Micros {
    now().saturating_add(i64::try_from(time.as_micros()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use router::{
        certify::{Kind, Promise},
        life::Audited,
        signals::{Answer, Prompt, Signals},
    };

    /// A life that has proven something: nothing is ever worse.
    fn certified() -> Life {
        let promise = Promise { alpha: 0.1, delta: 0.05, kind: Kind::Harm, judge_error: 0.0 };
        let mut life = Life::new(promise);
        for number in 0..500 {
            let signals = Signals { prompt: Prompt::default(), answer: Some(Answer::begun(&[])) };
            let (conversation, is_unknown) = (number.to_string(), false);
            life.hear(Audited { number, time: 0, conversation, signals, is_unknown, small: 1.0, large: 1.0 });
            if life.wants_fit().is_some() {
                life.install(life.fit(None));
            }
        }
        life
    }

    #[test]
    fn what_is_in_force_ends_when_the_ledger_is_not_heard() {
        let policy = certified().policy().map(Arc::new);
        assert!(policy.is_some());
        let ago = |seconds| Instant::now().checked_sub(Duration::from_secs(seconds));
        for (heard, is_stale) in [(ago(0), false), (ago(60), false), (ago(121), true), (None, true)] {
            let in_force =
                InForce { policy: policy.clone(), rate: 1.0, setting: "s".to_owned(), heard, ..InForce::default() };
            assert_eq!(in_force.is_stale(), is_stale, "{heard:?}");
            let lapsed = in_force.lapsed();
            assert!(lapsed.policy.is_none() && lapsed.standing.phase == "stale" && lapsed.audits());
        }
        assert!(!InForce::default().is_stale(), "nothing is in force");
    }
}
