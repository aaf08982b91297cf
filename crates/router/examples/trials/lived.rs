//! The promise as a gateway keeps it: a route's life, with its own folds, schedule, versions and choice.
use crate::{Found, rows::Row};
use router::{
    certify::{Audit, Kind, Promise},
    life::{Audited, Event, Life, Version},
};

/// What was learned in one trial. Versions do not depend on what is promised: whoever comes later need not learn again.
pub(crate) struct Learned<'a> {
    rows: &'a [Row],
    /// Each with the audits of all rows.
    versions: Vec<(Version, Vec<Audit>)>,
}

impl<'a> Learned<'a> {
    pub(crate) fn nothing(rows: &'a [Row]) -> Self {
        Self { rows, versions: Vec::new() }
    }

    fn version(&mut self, life: &Life, number: u32) -> Version {
        let at = number as usize - 1;
        if at >= self.versions.len() || !life.standing().alarms.is_empty() {
            let version = life.fit(None);
            let all = self.rows.iter().map(|row| row.audit(version.model.score(&row.signals))).collect();
            // after an alarm another version has this number
            self.versions.truncate(at);
            self.versions.push((version, all));
        }
        self.versions[at].0.clone()
    }

    /// Requests among all rows that what is in force answers, and those of them that are worse.
    fn served(&self, life: &Life) -> (usize, usize) {
        let policy = life.policy();
        let all = policy.and_then(|policy| Some((&self.versions.get(policy.version as usize - 1)?.1, policy.bar)));
        all.map_or((0, 0), |(all, bar)| crate::policy::count(all, bar))
    }
}

/// Hears `audits` one by one; tells how it stands after each number of them in `at`: broken if any policy that was ever in
/// force by then was, and the share that is answered then.
pub(crate) fn run(learned: &mut Learned<'_>, audits: &[&Row], at: &[usize], alpha: f64, trial: usize) -> Vec<Found> {
    let mut life = Life::new(Promise { alpha, delta: crate::DELTA, kind: Kind::Harm, judge_error: 0.0 });
    let n = learned.rows.len() as f64;
    let (mut worst, mut found, mut alarms) = (0, Vec::new(), 0.0);
    for (i, row) in (1..).zip(audits) {
        let mut events = vec![life.hear(audited(row, i, trial))];
        while let Some(number) = life.wants_fit() {
            let version = learned.version(&life, number);
            events.push(life.install(version));
        }
        for event in events.into_iter().flatten() {
            match event {
                Event::Certified => worst = worst.max(learned.served(&life).1),
                Event::Alarm => alarms += 1.0,
            }
        }
        if at.contains(&i) {
            let broken = f64::from(u8::from(worst as f64 > alpha * n));
            found.push(Found { broken, broken_rest: None, local: learned.served(&life).0 as f64 / n, alarms });
        }
    }
    found
}

fn audited(row: &Row, i: usize, trial: usize) -> Audited {
    let number = i64::try_from(i).unwrap_or(i64::MAX);
    Audited {
        number,
        time: number,
        conversation: format!("{trial} {i}"),
        signals: row.signals.clone(),
        is_unknown: false,
        small: row.small,
        large: row.large,
    }
}
