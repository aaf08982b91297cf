//! What a tool saves against what it costs to have one made.
use super::Cluster;

/// Microseconds of a day.
const DAY: f64 = 86_400e6;
/// Requests with less wording in common are a subject, not a kind: no function answers them.
const UNIFORM: f64 = 0.1;
/// Words and pairs of that wording at least: `how do I` is no kind of question.
const WORDING: usize = 8;

/// What making a tool costs, and what is expected of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Economy {
    /// Micro-USD that the maker takes, with repairs: an estimate from its prices and the sizes of prompts and answers.
    pub maker_cost: i64,
    /// The share of requests that a tool is expected to answer, 0 to 1.
    pub coverage: f64,
    /// Days within which it must pay.
    pub horizon: f64,
    /// Examples that making takes at least.
    pub examples: usize,
}

impl Default for Economy {
    /// Makers are free until their price is said.
    fn default() -> Self {
        Self { maker_cost: 0, coverage: 0.8, horizon: 30.0, examples: 40 }
    }
}

/// When a tool pays.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BreakEven {
    /// Requests a day, from the first of its kind to the last of any: what has stopped comes less and less often.
    pub per_day: f64,
    /// Micro-USD saved a day.
    pub saved_per_day: f64,
    /// Requests until the maker is paid; none where no number is enough.
    pub requests: Option<u64>,
    /// Days until then.
    pub days: Option<f64>,
    /// Micro-USD saved within the horizon, less the maker's.
    pub net: i64,
    /// Whether it pays within the horizon, and there is enough to make it from.
    pub worth: bool,
}

impl Economy {
    /// Of `cluster`, when the latest request of any kind was at `latest`.
    pub fn of(&self, cluster: &Cluster, latest: i64) -> BreakEven {
        // one busy hour is no day of such hours
        let days = ((latest.max(cluster.last) - cluster.begun) as f64 / DAY).max(1.0);
        let per_day = cluster.count as f64 / days;
        let each = cluster.mean_cost() * self.coverage.clamp(0.0, 1.0);
        let saved_per_day = per_day * each;
        let maker_cost = self.maker_cost.max(0) as f64;
        let pays = each > 0.0 && saved_per_day > 0.0;
        let until = pays.then_some(maker_cost / saved_per_day);
        let (share, n_fixed) = cluster.wording();
        let enough = cluster.n_examples() >= self.examples && share >= UNIFORM && n_fixed >= WORDING;
        BreakEven {
            per_day,
            saved_per_day,
            requests: pays.then_some((maker_cost / each).ceil() as u64),
            days: until,
            net: (saved_per_day * self.horizon - maker_cost) as i64,
            worth: enough && until.is_some_and(|days| days <= self.horizon),
        }
    }
}
