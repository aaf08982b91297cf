//! The promise as a gateway keeps it: policies refitted as audits come, each version with its part of the error probability.
use super::policy::{Setting, count};
use crate::rows::{Row, Score};
use router::{
    certify::{Audit, Bars, Kind, Ladder, Promise},
    split,
};

/// When policies are refitted, and what each version may err.
#[derive(Clone, Copy)]
pub(crate) struct Schedule {
    pub(crate) name: &'static str,
    /// Audits in the train fold at the first version.
    pub(crate) first: u64,
    /// How many times as many at each further one.
    pub(crate) times: u64,
}

pub(crate) const SCHEDULES: [Schedule; 4] = [
    Schedule { name: "refitted at 64, 128, ..", first: 64, times: 2 },
    Schedule { name: "refitted at 64, 256, ..", first: 64, times: 4 },
    Schedule { name: "refitted at 128, 512, ..", first: 128, times: 4 },
    Schedule { name: "fitted once, at 64", first: 64, times: u64::MAX },
];

/// A policy and what is proven of it.
struct Version {
    score: Score,
    ladder: Ladder,
}

impl Version {
    fn audit(&self, row: &Row) -> Audit {
        row.audit(self.score.score(row))
    }
}

/// Hears the audits one by one; gives the harm and the local share, in requests, that the worst and the last served policy
/// have in all of `rows`.
pub(crate) fn run(
    rows: &[Row],
    audits: &[&Row],
    setting: &Setting,
    schedule: Schedule,
    rng: &mut fastrand::Rng,
) -> (usize, usize) {
    let (mut train, mut certify): (Vec<&Row>, Vec<&Row>) = (Vec::new(), Vec::new());
    let mut versions: Vec<Version> = Vec::new();
    let mut worst = 0;
    for row in audits {
        if rng.f64() >= setting.train {
            certify.push(row);
            for version in &mut versions {
                let audit = version.audit(row);
                if version.ladder.hear(audit) {
                    worst = worst.max(served(version, rows).1);
                }
            }
            continue;
        }
        train.push(row);
        if split::version(train.len() as u64, schedule.first, schedule.times) as usize > versions.len() {
            let version = fit(&train, &certify, setting, versions.len() as u32 + 1);
            worst = worst.max(served(&version, rows).1);
            versions.push(version);
        }
    }
    // All certificates hold at once, so that the most useful one may be picked.
    let local = versions.iter().map(|version| served(version, rows).0).max();
    (worst, local.unwrap_or(0))
}

fn fit(train: &[&Row], certify: &[&Row], setting: &Setting, version: u32) -> Version {
    let score = Score::fit(train);
    let bars = Bars::of_scores(train.iter().map(|row| score.score(row)), setting.bars);
    let delta = split::over_versions(setting.delta, version);
    let promise = Promise { alpha: setting.alpha, delta, kind: Kind::Harm, judge_error: 0.0 };
    let mut version = Version { score, ladder: Ladder::new(promise, bars) };
    for row in certify {
        let audit = version.audit(row);
        version.ladder.hear(audit);
    }
    version
}

/// Answers given here among `rows`, and those of them that are worse.
fn served(version: &Version, rows: &[Row]) -> (usize, usize) {
    let all: Vec<Audit> = rows.iter().map(|row| version.audit(row)).collect();
    version.ladder.bar().map_or((0, 0), |bar| count(&all, bar))
}
