//! Routes with a promise: how much worse than the large model's their answers may be, and what is done to keep to it.
//!
//! ```text
//! request -> watch: prompt scored -> small model, looked at as it writes -> accepted? -> client
//!                                                    | no: large model ------------------^
//!            some of both, by lot -> ledger -> examine: the answer that is missing, judged -> ledger
//!                                       ledger -> keep: life of the route -> what is in force -> watch
//! ```
mod compare;
mod examine;
mod keep;
mod live;
mod watch;

pub(crate) use compare::{DECLINED, idle};
pub use examine::Comparing;
pub(crate) use examine::examine;
pub(crate) use keep::{Keeper, LOOK, MOST_OPEN, STALE, is_drawn, keepers, midnight_now, tell};
pub use live::{Live, catch_up, catch_up_to};
pub(crate) use router::signals::N_LIKELIEST;
pub(crate) use watch::{Asked, Said, Watch, conversation};

use crate::{Target, app::Shared};
use router::{
    certify::{self, Kind},
    judge::Judge,
    split::{over_routes, over_versions},
    statement::{Statement, Subject},
};
use tokio::task::JoinSet;

/// What the operator promises on a route.
#[derive(Clone)]
pub struct Promise {
    /// What is counted: harm, or the loss of score.
    pub kind: Kind,
    /// The most of it, over all requests of the route, 0 to 1.
    pub most: f64,
    /// How sure the proof must be, 0 to 1; what is missing to 1 is shared by all routes with a promise.
    pub confidence: f64,
    /// Who compares answers.
    pub judge: Judge,
    /// The model that judges, where one does.
    pub judge_model: Option<Target>,
    /// The share of comparisons in which the judge may miss a harm.
    pub judge_error: f64,
    /// The share of requests whose answers are compared once something is certified.
    pub audit_rate: f64,
    /// The most micro-USD a day for comparisons.
    pub audit_budget: Option<i64>,
}

impl Promise {
    /// Of a tool where nothing is promised: that it is worse than the large model in 3 of 100 answers at most, by whatever
    /// differs.
    pub(crate) fn of_tools() -> Self {
        Self {
            kind: Kind::Harm,
            most: 0.03,
            confidence: 0.95,
            judge: Judge::Fields,
            judge_model: None,
            judge_error: 0.0,
            audit_rate: 0.02,
            audit_budget: None,
        }
    }
}

/// A route with what is promised on it.
#[derive(Clone)]
pub struct Promised {
    /// The route.
    pub route: String,
    /// What is promised.
    pub promise: Promise,
    /// The model here.
    pub small: String,
    /// The model that it is compared with.
    pub large: Target,
    /// How many routes share the error probability.
    pub n_routes: usize,
    /// Whether tools answer here too: they and the model have half of the route's part each.
    pub tools: bool,
}

impl Promised {
    /// The promise as the router proves it.
    pub fn to_prove(&self) -> certify::Promise {
        let Promise { kind, most, judge_error, .. } = self.promise;
        certify::Promise { alpha: most, delta: self.part(), kind, judge_error }
    }

    /// The same for the route's tool with this `number`, by its own code or with arguments that a small model points at: what tools take is a kind of requests of its own, over which the
    /// promise holds as it does over those that they leave.
    pub fn to_prove_of_tool(&self, number: i64, is_pointed: bool) -> certify::Promise {
        let number = number.saturating_mul(2) - i64::from(!is_pointed);
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        certify::Promise { delta: over_versions(self.part(), number), ..self.to_prove() }
    }

    /// The error probability of the model's, and of all tools' together.
    fn part(&self) -> f64 {
        let whole = over_routes(1.0 - self.promise.confidence, self.n_routes);
        if self.tools { whole / 2.0 } else { whole }
    }

    /// Who is compared, and how, where it is a tool.
    pub(crate) fn tool_setting(&self, subject: &str) -> String {
        format!("tool {subject} against {}, judged by {}", self.large, self.promise.judge)
    }

    /// What can be said of it, when the comparisons in `setting` up to `number`, with this `hash`, have led to `standing`.
    pub fn statement(&self, setting: &str, number: i64, hash: &str, standing: &router::life::Standing) -> Statement {
        let (large, judge) = (self.large.to_string(), self.promise.judge.to_string());
        let subject = Subject {
            route: &self.route,
            small: &self.small,
            large: &large,
            judge: &judge,
            confidence: self.promise.confidence,
            setting,
            number,
            hash,
            tools: self.tools,
        };
        Statement::new(subject, &self.to_prove(), standing, ledger::date)
    }
}

/// Begins to keep all promises there are; dropping what this returns ends it.
pub(crate) fn start(app: &Shared) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    let Some(accounts) = &app.config.accounts else { return tasks };
    let keepers: Vec<_> = app.keepers.values().cloned().collect();
    if keepers.is_empty() {
        return tasks;
    }
    for keeper in &keepers {
        tasks.spawn(examine::examine(app.clone(), accounts.clone(), keeper.clone()));
    }
    tasks.spawn(keep::keep(app.clone(), accounts.ledger().clone(), keepers));
    tasks
}
