//! How far a tool is proven: its answers beside those that were given in its place, as the ledger has them.
use ledger::Ledger;
use router::{
    certify::{Kind, Promise},
    trial::{Standing, Trial},
};

/// What is to be proven of a tool before it may answer: right in 97 of 100 requests that it takes, with 95 % confidence.
pub(crate) const TO_PROVE: Promise = Promise { alpha: 0.03, delta: 0.05, kind: Kind::Harm, judge_error: 0.0 };
/// Comparisons that are read at once.
const PAGE: u16 = 1000;

/// Under which name a tool's comparisons stand among those of its route.
pub(crate) fn setting(id: &str) -> String {
    format!("tool {id}")
}

/// How the tool `id` of `route` stands: all of its comparisons are replayed, and nothing else is believed.
///
/// # Errors
/// The ledger's.
pub async fn standing(ledger: &Ledger, route: &str, id: &str) -> Result<Standing, ledger::Error> {
    let (setting, mut trial, mut after) = (setting(id), Trial::new(TO_PROVE), 0);
    loop {
        let judged = ledger.judged(route, &setting, after, PAGE).await?;
        let Some(last) = judged.last() else { return Ok(trial.standing()) };
        after = last.number;
        for one in &judged {
            trial.hear(one.small, one.large);
        }
    }
}
