//! Compares what waits in the ledger to be compared, beside the requests that are answered.
use super::{
    compare::{Outcome, compare, no_measure},
    keep::{Keeper, after, tell},
    watch::Said,
};
use crate::{
    account::{Accounts, now},
    app::Shared,
    cascade,
};
use chat::{Error, Kind};
use ledger::{Audit, Judgement, Ledger, Micros};
use router::{judge::Judge, signals::Signals};
use std::{sync::Arc, time::Duration};
use tokio::{
    select,
    task::JoinSet,
    time::{sleep, timeout},
};

/// Comparisons made at once on one route.
const AT_ONCE: usize = 4;
/// How often it is looked whether there is something to compare.
const LOOK: Duration = Duration::from_millis(200);
/// Longest time that a comparison takes.
const LONGEST: Duration = Duration::from_secs(600);
/// After so many failures an audit counts as the worst that it can be.
const MOST_TRIES: i64 = 6;
/// As long as nobody can be compared, an audit waits; then it counts as the worst that it can be.
const OUTAGE: Micros = 3600 * 1_000_000;
/// As long as a human may take; then the audit counts as the worst that it can be.
const HUMAN: Micros = 3 * 24 * 3600 * 1_000_000;

/// How answers are compared on routes with a promise. The defaults are for all but tests, which are in a hurry.
#[derive(Clone, Copy, Debug)]
pub struct Comparing {
    /// For so long a comparison is a replica's, and again while it is at it: who dies leaves it to others after that.
    /// Clocks of replicas may differ by a part of it; if they do by more, some comparisons are made twice, and count once.
    pub lease: Duration,
    /// The wait after a failure; each further one is twice as long.
    pub retry: Duration,
    /// The wait for what only time can bring: money, or a human.
    pub later: Duration,
}

impl Default for Comparing {
    fn default() -> Self {
        Self { lease: Duration::from_secs(30), retry: Duration::from_secs(2), later: Duration::from_secs(60) }
    }
}

/// Compares for `keeper`, for ever.
pub(crate) async fn examine(app: Shared, accounts: Arc<Accounts>, keeper: Arc<Keeper>) {
    // tasks of their own: a defect in one keeps none of the others from its end
    let mut at_work = JoinSet::new();
    loop {
        let (setting, lease) = (keeper.in_force().setting.clone(), app.config.comparing.lease);
        let room = u16::try_from(AT_ONCE.saturating_sub(at_work.len())).unwrap_or(0);
        let claimed = match setting.is_empty() || room == 0 {
            true => Ok(Vec::new()),
            false => accounts.ledger().claim_audits(keeper.route(), &setting, room, after(lease)).await,
        };
        match claimed {
            Ok(audits) => at_work.extend(audits.into_iter().map(|audit| {
                let (app, accounts, keeper) = (app.clone(), accounts.clone(), keeper.clone());
                async move { one(&app, &accounts, &keeper, audit).await }
            })),
            Err(error) => {
                tell(&format!("warning: route `{}`: {error}", keeper.route()));
                sleep(Duration::from_secs(1)).await;
            }
        }
        select! {
            Some(_) = at_work.join_next() => {
                while at_work.try_join_next().is_some() {}
                keeper.nudge.notify_one();
            }
            () = sleep(LOOK) => {}
        }
    }
}

/// Makes one comparison, which stays ours as long as we are at it.
async fn one(app: &Shared, accounts: &Arc<Accounts>, keeper: &Keeper, mut audit: Audit) {
    if audit.tries > MOST_TRIES {
        // whoever began it did not live to say what came of it
        return note(keeper, &audit, give_up(accounts, &audit, "ended without a word").await);
    }
    let renewing = renew(accounts.ledger().clone(), audit.clone(), app.config.comparing.lease);
    let compared = select! {
        compared = timeout(LONGEST, compare(app, accounts, keeper, &mut audit)) => compared,
        () = renewing => return, // somebody else has it
    };
    let compared = compared.unwrap_or_else(|_| Err(Error::new(Kind::Timeout, "the comparison took too long")));
    let compared = match compared {
        Err(_) if !keeper.is_set(app, &audit.setting) => Ok(Outcome::Later), // its time may come again
        compared => compared,
    };
    let Comparing { retry, later, .. } = app.config.comparing;
    let is_late = keeper.promised.promise.judge == Judge::Human && now() - audit.time > HUMAN;
    let written = match compared {
        Ok(Outcome::Judged(judgement)) => accounts.ledger().judge_audit(&audit, judgement).await.map(drop),
        Ok(Outcome::Later) if !is_late => {
            audit.tries -= 1; // to wait is no failure
            accounts.ledger().put_off(&audit, after(later)).await
        }
        Ok(Outcome::Later) => give_up(accounts, &audit, "nobody gave a verdict in three days").await,
        Err(error) if audit.tries >= MOST_TRIES && !is_outage(keeper, &audit, &error, retry) => {
            give_up(accounts, &audit, cascade::word(&error)).await
        }
        Err(_) => {
            let wait = pause(retry, audit.tries);
            audit.tries = audit.tries.min(MOST_TRIES - 1); // an outage may last for more of them
            accounts.ledger().put_off(&audit, after(wait)).await
        }
    };
    note(keeper, &audit, written);
}

/// Says at times that `audit` is being compared; returns once it is no longer ours.
async fn renew(ledger: Ledger, audit: Audit, lease: Duration) {
    let mut claimed_until = audit.claimed_until;
    loop {
        sleep(lease / 3).await;
        let until = after(lease);
        match ledger.renew_audit([&audit.route, &audit.setting], audit.number, claimed_until, until).await {
            Ok(true) => claimed_until = until,
            Ok(false) => return,
            Err(_) => {} // the database may be back before the lease is over
        }
    }
}

fn note(keeper: &Keeper, audit: &Audit, written: Result<(), ledger::Error>) {
    if let Err(error) = written {
        tell(&format!("warning: route `{}`: audit {}: {error}", keeper.route(), audit.number));
    }
}

/// Whether it is nobody's fault but that of a model elsewhere which answers nobody: where others can be compared meanwhile,
/// it is this request's. An outage must not look like harm, and raise an alarm that sends all to who is out; but without
/// comparisons nothing is watched, so that it may not last.
fn is_outage(keeper: &Keeper, audit: &Audit, error: &Error, retry: Duration) -> bool {
    let is_passing =
        matches!(error.kind, Kind::Busy | Kind::Limit { .. } | Kind::Unavailable | Kind::Timeout | Kind::Upstream);
    let is_model = audit.small.is_none() || audit.large.is_none() || keeper.promised.promise.judge_model.is_some();
    is_model && is_passing && now() - audit.time < OUTAGE && !keeper.has_judged(pause(retry, audit.tries - 1))
}

/// How long is waited after so many tries.
fn pause(retry: Duration, tries: i64) -> Duration {
    retry * (1 << (tries - 1).clamp(0, 5))
}

/// What cannot be judged counts as harm, if the small model's answer would have been given or is not known: who is asked
/// less often because it fails must not look better for it. Why is said in a word: messages may quote the request.
async fn give_up(accounts: &Accounts, audit: &Audit, why: &str) -> Result<(), ledger::Error> {
    let said = audit.small.as_deref().and_then(|said| serde_json::from_str::<Said>(said).ok());
    let signals = said.map_or_else(Signals::default, |said| said.signals);
    accounts.ledger().judge_audit(audit, no_measure(accounts, audit, &signals, why)).await.map(drop)
}

/// What stays of an audit, judged or not: it is compared anew when what is compared changes, and to leave out then what
/// nobody could judge would be to choose by what is asked.
pub(super) fn kept(accounts: &Accounts, audit: &Audit) -> Judgement {
    let small = audit.small.clone().unwrap_or_default();
    Judgement {
        bodies_until: accounts.bodies_until(audit.time),
        answers: audit.large.clone().map(|large| [small, large]),
        cost: audit.cost,
        ..Judgement::default()
    }
}
