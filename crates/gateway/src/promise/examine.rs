//! Compares what waits in the ledger to be compared, beside the requests that are answered.
use super::{
    compare::{Outcome, compare},
    keep::{Keeper, after, tell},
};
use crate::{
    account::{Accounts, now},
    app::Shared,
};
use chat::Error;
use ledger::{Audit, Judgement, Micros};
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
    let compared = compared.unwrap_or_else(|_| Err(Error::new(chat::Kind::Timeout, "the comparison took too long")));
    let is_late = keeper.promised.promise.judge == Judge::Human && now() - audit.time > HUMAN;
    let written = match compared {
        Ok(Outcome::Judged(judgement)) => accounts.ledger().judge_audit(&audit, judgement).await.map(drop),
        Ok(Outcome::Later(wait)) if !is_late => accounts.ledger().put_off(&audit, after(wait)).await,
        Ok(Outcome::Later(_)) => give_up(accounts, &audit, "nobody gave a verdict in three days").await,
        Err(error) if audit.tries >= MOST_TRIES => give_up(accounts, &audit, &error.message).await,
        Err(_) => {
            let wait = Duration::from_secs(1 << audit.tries.clamp(0, 6));
            accounts.ledger().put_off(&audit, after(wait)).await
        }
    };
    if let Err(error) = written {
        tell(&format!("warning: route `{}`: audit {}: {error}", keeper.route(), audit.number));
    }
}

/// What cannot be judged counts as harm, if the small model's answer would have been given: who is asked less often
/// because it fails must not look better for it.
async fn give_up(accounts: &Accounts, audit: &Audit, why: &str) -> Result<(), ledger::Error> {
    let said = audit.small.as_deref().and_then(|said| serde_json::from_str::<super::watch::Said>(said).ok());
    let signals = said.map_or_else(Signals::default, |said| said.signals);
    let judgement = Judgement {
        signals: serde_json::to_string(&signals).unwrap_or_default(),
        small: 0.0,
        large: 1.0,
        judge: "none: given up".to_owned(),
        note: Some(why.to_owned()),
        ..Judgement::default()
    };
    accounts.ledger().judge_audit(audit, judgement).await.map(drop)
}
