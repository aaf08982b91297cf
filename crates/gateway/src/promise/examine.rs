//! Compares what waits in the ledger to be compared, beside the requests that are answered.
use super::{
    compare::{Outcome, compare, no_measure},
    keep::{Keeper, after, tell},
};
use crate::{
    account::{Accounts, now},
    app::Shared,
    cascade,
};
use chat::{Error, Kind};
use ledger::{Audit, Micros};
use router::{judge::Judge, signals::Signals};
use std::{sync::Arc, time::Duration};
use tokio::time::{sleep, timeout};

/// Comparisons made at once on one route.
const AT_ONCE: u16 = 4;
/// For so long a comparison is ours; who dies leaves it to others after that.
const LEASE: Duration = Duration::from_secs(90);
/// Longest time that a comparison takes.
const LONGEST: Duration = Duration::from_secs(80);
/// After so many failures an audit counts as the worst that it can be.
const MOST_TRIES: i64 = 6;
/// As long as nobody can be compared, an audit waits; then it counts as the worst that it can be.
const OUTAGE: Micros = 3600 * 1_000_000;
/// As long as a human may take; then the audit counts as the worst that it can be.
const HUMAN: Micros = 3 * 24 * 3600 * 1_000_000;

/// Compares for `keeper`, for ever.
pub(crate) async fn examine(app: Shared, accounts: Arc<Accounts>, keeper: Arc<Keeper>) {
    loop {
        let setting = keeper.in_force().setting.clone();
        let claimed = match setting.is_empty() {
            true => Ok(Vec::new()),
            false => accounts.ledger().claim_audits(keeper.route(), &setting, AT_ONCE, after(LEASE)).await,
        };
        match claimed {
            Ok(audits) if !audits.is_empty() => {
                let all = audits.into_iter().map(|audit| one(&app, &accounts, &keeper, audit));
                futures_util::future::join_all(all).await;
                keeper.nudge.notify_one();
            }
            Ok(_) => sleep(Duration::from_millis(200)).await,
            Err(error) => {
                tell(&format!("warning: route `{}`: {error}", keeper.route()));
                sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

async fn one(app: &Shared, accounts: &Arc<Accounts>, keeper: &Keeper, mut audit: Audit) {
    let compared = timeout(LONGEST, compare(app, accounts, keeper, &mut audit)).await;
    let compared = compared.unwrap_or_else(|_| Err(Error::new(Kind::Timeout, "the comparison took too long")));
    let is_late = keeper.promised.promise.judge == Judge::Human && now() - audit.time > HUMAN;
    let written = match compared {
        Ok(Outcome::Judged(judgement)) => accounts.ledger().judge_audit(&audit, judgement).await.map(drop),
        Ok(Outcome::Later(wait)) if !is_late => {
            audit.tries -= 1; // nothing went wrong
            accounts.ledger().put_off(&audit, after(wait)).await
        }
        Ok(Outcome::Later(_)) => give_up(accounts, &audit, "nobody gave a verdict in three days").await,
        Err(error) if audit.tries >= MOST_TRIES && !is_outage(keeper, &audit, &error) => {
            give_up(accounts, &audit, cascade::word(&error)).await
        }
        Err(_) => accounts.ledger().put_off(&audit, after(pause(audit.tries))).await,
    };
    if let Err(error) = written {
        tell(&format!("warning: route `{}`: audit {}: {error}", keeper.route(), audit.number));
    }
}

/// Whether it is nobody's fault but that of a model elsewhere which answers nobody: where others can be compared meanwhile,
/// it is this request's. An outage must not look like harm, and raise an alarm that sends all to who is out; but without
/// comparisons nothing is watched, so that it may not last.
fn is_outage(keeper: &Keeper, audit: &Audit, error: &Error) -> bool {
    let is_passing =
        matches!(error.kind, Kind::Busy | Kind::Limit { .. } | Kind::Unavailable | Kind::Timeout | Kind::Upstream);
    let is_model = audit.small.is_none() || audit.large.is_none() || keeper.promised.promise.judge_model.is_some();
    is_model && is_passing && now() - audit.time < OUTAGE && !keeper.has_judged(pause(audit.tries - 1))
}

/// How long is waited after so many tries.
fn pause(tries: i64) -> Duration {
    Duration::from_secs(1 << tries.clamp(0, 6))
}

/// What cannot be judged counts as harm, if the small model's answer would have been given or is not known: who is asked
/// less often because it fails must not look better for it. Why is said in a word: messages may quote the request.
async fn give_up(accounts: &Accounts, audit: &Audit, why: &str) -> Result<(), ledger::Error> {
    let said = audit.small.as_deref().and_then(|said| serde_json::from_str::<super::watch::Said>(said).ok());
    let signals = said.map_or_else(Signals::default, |said| said.signals);
    accounts.ledger().judge_audit(audit, no_measure(accounts, audit, &signals, why)).await.map(drop)
}
