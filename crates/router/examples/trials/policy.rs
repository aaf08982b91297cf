//! Ways to choose a bar from audits: what others do, and what is proven.
use router::certify::{Audit, Bars, Kind, Ladder, Promise, at_once};

/// What is promised, and of how many bars one is chosen.
#[derive(Clone, Copy)]
pub(crate) struct Setting {
    pub(crate) alpha: f64,
    pub(crate) delta: f64,
    /// How many bars are tested at most.
    pub(crate) bars: usize,
}

/// A way to choose a bar from the train and the certify fold; none: nothing is answered here.
pub(crate) struct Policy {
    pub(crate) name: &'static str,
    /// Whether it claims to keep the promise.
    pub(crate) proven: bool,
    pub(crate) bar: fn(&Setting, &[Audit], &[Audit]) -> Option<f64>,
}

pub(crate) const POLICIES: [Policy; 4] = [
    Policy { name: "tuned on all audits", proven: false, bar: tuned },
    Policy { name: "conformal risk control", proven: false, bar: conformal },
    Policy { name: "tested at once", proven: true, bar: once },
    Policy { name: "tested at each audit", proven: true, bar: always },
];

/// Answers that pass the bar, and how many of them are worse.
pub(crate) fn count(audits: &[Audit], bar: f64) -> (usize, usize) {
    let local = audits.iter().filter(|audit| audit.score >= Some(bar));
    (local.clone().count(), local.filter(|audit| audit.loss > 0.0).count())
}

/// The lowest bar at which the audits had no more harm than promised.
fn tuned(setting: &Setting, train: &[Audit], certify: &[Audit]) -> Option<f64> {
    let all = [train, certify].concat();
    lowest(setting, train, |bar| count(&all, bar).1 as f64 <= setting.alpha * all.len() as f64)
}

/// The lowest bar at which harm is no more than promised if the next request is harmed, too: kept in the mean alone
/// (Angelopoulos et al., "Conformal risk control", 2022).
fn conformal(setting: &Setting, train: &[Audit], certify: &[Audit]) -> Option<f64> {
    lowest(setting, train, |bar| (count(certify, bar).1 + 1) as f64 <= setting.alpha * (certify.len() + 1) as f64)
}

fn lowest(setting: &Setting, train: &[Audit], keeps: impl Fn(f64) -> bool) -> Option<f64> {
    bars(setting, train).as_slice().iter().copied().take_while(|bar| keeps(*bar)).last()
}

fn once(setting: &Setting, train: &[Audit], certify: &[Audit]) -> Option<f64> {
    at_once(&promise(setting), &bars(setting, train), certify).bar
}

fn always(setting: &Setting, train: &[Audit], certify: &[Audit]) -> Option<f64> {
    let mut ladder = Ladder::new(promise(setting), bars(setting, train));
    certify.iter().for_each(|audit| {
        ladder.hear(*audit);
    });
    ladder.bar()
}

fn bars(setting: &Setting, train: &[Audit]) -> Bars {
    Bars::of_scores(train.iter().filter_map(|audit| audit.score), setting.bars)
}

fn promise(setting: &Setting) -> Promise {
    Promise { alpha: setting.alpha, delta: setting.delta, kind: Kind::Harm, judge_error: 0.0 }
}
