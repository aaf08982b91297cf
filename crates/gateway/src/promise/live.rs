//! Brings a route's life up to what the ledger says of it.
use ledger::{Error, Judged, Kind, Ledger, chain_policy};
use router::{
    life::{Audited, Event, Life},
    score::{Example, Model},
    signals::Signals,
};

/// Comparisons that are read at once.
const PAGE: u16 = 256;

/// A route's life as far as it is known here.
pub struct Live {
    /// The route.
    pub route: String,
    /// Who is compared, and how.
    pub setting: String,
    /// Its state.
    pub life: Life,
    /// The last comparison that was heard of.
    pub number: i64,
    /// The hash of all of them, in their order, and of what was learned on the way: what a statement is signed with.
    pub hash: String,
    /// Whether what is learned is kept in the ledger, for all who go by it.
    keeps: bool,
}

impl Live {
    /// Before anything was heard.
    pub fn new(route: &str, setting: &str, life: Life) -> Self {
        Self { route: route.to_owned(), setting: setting.to_owned(), life, number: 0, hash: String::new(), keeps: true }
    }

    /// The same for who only reads: a version that the ledger lacks is learned, and not kept there.
    pub fn reader(route: &str, setting: &str, life: Life) -> Self {
        Self { keeps: false, ..Self::new(route, setting, life) }
    }
}

/// Hears of all comparisons of `live` that are judged by now; gives what changed, with the comparison that changed it.
/// What is to be learned on the way leans on `others`: what other routes have learned from.
///
/// # Errors
/// The ledger's.
pub async fn catch_up(ledger: &Ledger, live: &mut Live, others: &[Example]) -> Result<Vec<(i64, Event)>, Error> {
    hear(ledger, live, || others.to_vec(), i64::MAX).await
}

/// The same, up to comparison number `last`.
///
/// # Errors
/// The ledger's.
pub async fn catch_up_to(
    ledger: &Ledger,
    live: &mut Live,
    others: &[Example],
    last: i64,
) -> Result<Vec<(i64, Event)>, Error> {
    hear(ledger, live, || others.to_vec(), last).await
}

/// The same; `others` are gathered only where there is something to learn.
pub(super) async fn hear(
    ledger: &Ledger,
    live: &mut Live,
    others: impl Fn() -> Vec<Example>,
    last: i64,
) -> Result<Vec<(i64, Event)>, Error> {
    let mut events = Vec::new();
    // what could not be learned the last time is learned before anything else is heard: everybody learns from the same
    learn_all(ledger, live, &others, &mut events).await?;
    loop {
        let page = ledger.judged(&live.route, &live.setting, live.number, PAGE).await?;
        if page.first().is_none_or(|judged| judged.number > last) {
            return Ok(events);
        }
        for judged in page.into_iter().take_while(|judged| judged.number <= last) {
            (live.number, live.hash) = (judged.number, judged.chain(&live.hash));
            events.extend(live.life.hear(audited(judged)).map(|event| (live.number, event)));
            learn_all(ledger, live, &others, &mut events).await?;
        }
    }
}

/// Learns what there is to learn by now.
async fn learn_all(
    ledger: &Ledger,
    live: &mut Live,
    others: &impl Fn() -> Vec<Example>,
    events: &mut Vec<(i64, Event)>,
) -> Result<(), Error> {
    while let Some(number) = live.life.wants_fit() {
        let learned = learn(ledger, live, number, others).await?;
        let version = serde_json::from_str(&learned).map_err(|e| broken(number, &format!("cannot be read: {e}")))?;
        live.hash = chain_policy(&live.hash, number, &learned);
        events.extend(live.life.install(version).map(|event| (live.number, event)));
    }
    Ok(())
}

/// Version `number`, as JSON: as it is kept in the ledger, or learned now, and kept there.
async fn learn(ledger: &Ledger, live: &Live, number: u32, others: &impl Fn() -> Vec<Example>) -> Result<String, Error> {
    if let Some(kept) = ledger.policy(&live.route, &live.setting, i64::from(number)).await? {
        return Ok(kept);
    }
    let (lesson, others) = (live.life.lesson(), others());
    let learned = tokio::task::spawn_blocking(move || {
        let prior = (!others.is_empty()).then(|| Model::fit(&others, None));
        serde_json::to_string(&lesson.fit(prior.as_ref()))
    });
    let learned = learned.await.map_err(|_| broken(number, "could not be learned: a defect, please report it"))?;
    let learned = learned.map_err(|e| broken(number, &format!("cannot be written: {e}")))?;
    if !live.keeps {
        return Ok(learned);
    }
    ledger.keep_policy(&live.route, &live.setting, i64::from(number), &learned).await
}

fn broken(number: u32, what: &str) -> Error {
    Error::new(Kind::Database, format!("ledger: policy {number} of a route {what}"))
}

/// What could not be judged, and of which the small model's answer is not known, counts as the worst that it can be.
fn audited(judged: Judged) -> Audited {
    let signals: Option<Signals> = serde_json::from_str(&judged.signals).ok();
    let is_silent = signals.as_ref().is_none_or(|signals| signals.answer.is_none());
    Audited {
        number: judged.number,
        time: judged.time,
        conversation: judged.conversation.to_string(),
        is_unknown: signals.is_none() || (is_silent && judged.note.is_some()),
        signals: signals.unwrap_or_default(),
        small: judged.small,
        large: judged.large,
    }
}
