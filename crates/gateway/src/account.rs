//! Who asks and what it costs: keys, what they may still use, prices, and a line in the ledger for each request.
use crate::{
    exchange::Context,
    routes::{Plan, Target},
    telemetry::{Call, Parent, Telemetry},
    toolbox::Held,
};
use axum::http::StatusCode;
use chat::{ChatRequest, Error, Kind, Usage};
use ledger::{Amount, Bodies, Book, Hardware, Keep, Key, Ledger, Micros, Price, Tokens, Trace};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    io::Write,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// How long what the ledger said of a key is believed.
const FRESH: Duration = Duration::from_secs(5);
/// Most keys, known or not, that are remembered at once.
const MOST_REMEMBERED: usize = 10_000;
/// Tokens of an answer whose request does not say how many, for what is reserved.
const USUAL_OUTPUT: usize = 1024;
/// Bytes of a request for each of its tokens, at least, for what is reserved.
const BYTES_PER_TOKEN: usize = 3;

/// What was found for a secret, and when.
type Remembered = (Instant, Option<Arc<Key>>);

/// The books.
pub struct Accounts {
    pub(crate) ledger: Ledger,
    prices: Book,
    hardware: Option<Hardware>,
    pub(crate) keep: Keep,
    log: bool,
    telemetry: Option<Arc<Telemetry>>,
    remembered: Mutex<HashMap<String, Remembered>>,
    has_keys: Mutex<Option<(Instant, bool)>>,
    /// For makers of tools.
    pub(crate) held: Held,
}

impl Accounts {
    /// Books kept in `ledger`, at `prices`; answers from here cost what `hardware` does. Of texts, `keep` stays.
    pub fn new(ledger: Ledger, prices: Book, hardware: Option<Hardware>, keep: Keep) -> Self {
        let (remembered, has_keys) = (Mutex::default(), Mutex::default());
        Self {
            ledger,
            prices,
            hardware,
            keep,
            log: false,
            telemetry: None,
            remembered,
            has_keys,
            held: Held::default(),
        }
    }

    /// With a line of JSON on standard error for each request, if `log`: numbers and names, never texts or keys.
    #[must_use]
    pub fn logged(self, log: bool) -> Self {
        Self { log, ..self }
    }

    /// With a span of each request for whoever collects them, if there is `telemetry`.
    #[must_use]
    pub fn traced(self, telemetry: Option<Arc<Telemetry>>) -> Self {
        Self { telemetry, ..self }
    }

    pub(crate) fn tell(&self, trace: &Trace, parent: &Parent, call: Option<&Call>) {
        if let Some(telemetry) = &self.telemetry {
            telemetry.tell(trace, parent, call);
        }
        if !self.log {
            return;
        }
        // standard error may be closed; there is nobody left to tell then
        let _ = writeln!(std::io::stderr(), "{}", line(trace));
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Whether there is any key, so that none may ask without.
    pub(crate) async fn has_keys(&self) -> Result<bool, Error> {
        let known = *self.has_keys.lock().unwrap_or_else(PoisonError::into_inner);
        // once there was one, the doors do not open again
        match known {
            Some((_, true)) => return Ok(true),
            Some((when, false)) if when.elapsed() < FRESH => return Ok(false),
            _ => {}
        }
        let found = !self.ledger.keys().await.map_err(failed)?.is_empty();
        *self.has_keys.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), found));
        Ok(found)
    }

    /// The key of that secret, if there is one.
    pub(crate) async fn find(&self, secret: &str) -> Result<Option<Arc<Key>>, Error> {
        let remembered = || self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let known = remembered().get(secret).filter(|(when, _)| when.elapsed() < FRESH).map(|(_, key)| key.clone());
        if let Some(key) = known {
            return Ok(key);
        }
        let key = self.ledger.find_key(secret).await.map_err(failed)?.map(Arc::new);
        let mut remembered = remembered();
        if remembered.len() >= MOST_REMEMBERED {
            remembered.retain(|_, (when, _)| when.elapsed() < FRESH);
        }
        if remembered.len() < MOST_REMEMBERED {
            remembered.insert(secret.to_owned(), (Instant::now(), key.clone()));
        }
        Ok(key)
    }

    /// Writes down a request that was refused before anybody was asked.
    pub(crate) async fn refused(&self, context: Context, path: String, status: StatusCode, took: Duration) {
        let key = context.key.as_deref();
        let trace = Trace {
            id: context.id,
            time: now() - micros(took),
            key: key.map(|key| key.id.clone()),
            owner: key.map(|key| key.owner.clone()),
            tenant: key.and_then(|key| key.tenant.clone()),
            asked: path,
            status: i64::from(status.as_u16()),
            error: Some("refused".to_owned()),
            total_us: micros(took),
            ..Trace::default()
        };
        self.tell(&trace, &context.parent, None);
        if let Err(error) = self.ledger.append(trace).await {
            missing(&error);
        }
    }

    /// Forgets what it remembers of keys, as one was changed here.
    pub(crate) fn forget(&self) {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner).clear();
        *self.has_keys.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The price of what `target` does, where it is known.
    pub fn price(&self, target: &Target, time: Micros) -> Option<Price> {
        match target {
            Target::Local(model) => self.hardware.as_ref().and_then(|hardware| hardware.price(model, time).ok()),
            Target::Upstream { .. } => self.prices.price(target.provider(), target.model(), time).cloned(),
        }
    }

    /// What `usage` of `target` costs now.
    pub(crate) fn cost_of(&self, target: &Target, usage: &Usage) -> i64 {
        self.cost(target, now(), &tokens(usage))
    }

    /// Until when the texts of a request that came at `time` may be kept; none: not at all.
    pub(crate) fn bodies_until(&self, time: Micros) -> Option<Micros> {
        Bodies::new(self.keep, time, "", "").bodies_until
    }

    /// Writes down that `target` was asked to compare the answers to the request `id` of `route`.
    pub(crate) async fn compared(
        &self,
        route: &str,
        id: &str,
        target: &Target,
        usage: &Usage,
    ) -> Result<(), ledger::Error> {
        self.beside(route, id, "audit", target, usage).await
    }

    /// Writes down that `target` was asked for vectors for `route`, because of `id`.
    pub(crate) async fn embedded(&self, route: &str, id: &str, target: &Target, usage: &Usage) {
        if let Err(error) = self.beside(route, id, "embedder", target, usage).await {
            missing(&error);
        }
    }

    /// Writes down that `target` was asked beside a request, as `tier`.
    async fn beside(
        &self,
        route: &str,
        id: &str,
        tier: &str,
        target: &Target,
        usage: &Usage,
    ) -> Result<(), ledger::Error> {
        let trace = Trace {
            id: format!("{id}-{tier}"),
            time: now(),
            route: Some(route.to_owned()),
            asked: target.to_string(),
            tier: Some(tier.to_owned()),
            provider: Some(target.provider().to_owned()),
            model: Some(target.model().to_owned()),
            tokens: tokens(usage),
            cost: self.cost_of(target, usage),
            status: 200,
            ..Trace::default()
        };
        self.ledger.append(trace).await
    }

    pub(crate) fn cost(&self, target: &Target, time: Micros, tokens: &Tokens) -> i64 {
        self.price(target, time).map_or(0, |price| price.cost(tokens))
    }

    /// The most that a request may use, by whoever of `plan` answers it.
    pub(crate) fn need(&self, plan: &Plan, asked: &Asked, time: Micros) -> Amount {
        let [input, output] = [asked.text.len().div_ceil(BYTES_PER_TOKEN), asked.most_output];
        let tokens = Tokens { input: whole(input), output: whole(output), ..Tokens::default() };
        let cost = plan.steps.iter().map(|step| self.cost(&step.target, time, &tokens)).max().unwrap_or(0);
        Amount::request(whole(input.saturating_add(output)), cost)
    }

    /// A key with a budget in money cannot pay what has no price.
    pub(crate) fn check_prices(&self, key: &Key, plan: &Plan, time: Micros) -> Result<(), Error> {
        if key.limits.cost_day.is_none() && key.limits.cost_month.is_none() {
            return Ok(());
        }
        let elsewhere = plan.steps.iter().filter(|step| matches!(step.target, Target::Upstream { .. }));
        match elsewhere.map(|step| &step.target).find(|target| self.price(target, time).is_none()) {
            None => Ok(()),
            Some(target) => {
                let message = format!(
                    "`{target}` has no price, and this key has a budget: the operator has to add it to the price book"
                );
                Err(Error::new(Kind::Forbidden, message))
            }
        }
    }
}

/// What the log says of a request.
fn line(trace: &Trace) -> Value {
    json!({
        "time": trace.time, "id": trace.id, "key": trace.key, "owner": trace.owner, "route": trace.route,
        "tag": trace.tag, "asked": trace.asked, "tier": trace.tier, "model": trace.model, "status": trace.status,
        "finish": trace.finish, "error": trace.error, "tokens": trace.tokens, "cost_micro_usd": trace.cost,
        "queue_us": trace.queue_us, "first_token_us": trace.first_token_us, "total_us": trace.total_us,
        "tried": trace.attempts.len(),
    })
}

/// What is asked, as far as the books care.
pub(crate) struct Asked {
    /// The model or route.
    pub(crate) model: String,
    /// The request.
    pub(crate) text: String,
    /// The most tokens that all of its answers may have.
    pub(crate) most_output: usize,
    /// For its span.
    pub(crate) call: Call,
}

impl Asked {
    /// A chat with `n` choices.
    pub(crate) fn chat(request: &ChatRequest, n: usize) -> Self {
        let options = &request.options;
        let max_tokens = options.max_completion_tokens.or(options.max_tokens);
        let most_output = max_tokens.unwrap_or(USUAL_OUTPUT).saturating_mul(n);
        let call = Call { operation: "chat", max_tokens, temperature: options.temperature };
        let text = serde_json::to_string(request).unwrap_or_default();
        Self { model: request.model.clone(), text, most_output, call }
    }
}

pub(crate) fn tokens(usage: &Usage) -> Tokens {
    Tokens {
        input: whole(usage.prompt_tokens),
        cached_input: whole(usage.cached),
        output: whole(usage.completion_tokens),
        reasoning: whole(usage.reasoning),
    }
}

/// A number for the ledger.
pub(crate) fn whole(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX).min(1 << 40)
}

pub(crate) fn missing(error: &ledger::Error) {
    // standard error may be closed; there is nobody left to tell then
    let _ = writeln!(std::io::stderr(), "error: a request is not in the ledger: {error}");
}

/// Microseconds since 1970.
pub(crate) fn now() -> Micros {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_micros()).unwrap_or(i64::MAX))
}

/// What the ledger cannot do, no request can mend.
pub(crate) fn failed(error: ledger::Error) -> Error {
    match error.kind {
        ledger::Kind::Limit(refusal) => {
            let seconds = refusal.until.map(|until| (until - now()).div_euclid(1_000_000).saturating_add(1));
            // what is asked for alone is more than the limit: no time helps
            let seconds = seconds.filter(|_| refusal.asked <= refusal.most).and_then(|s| u32::try_from(s.max(1)).ok());
            let is_budget = refusal.limit.ends_with("day") || refusal.limit.ends_with("month");
            let seconds = seconds.or((refusal.until.is_none() && refusal.asked <= refusal.most).then_some(1));
            Error::new(Kind::Limit { seconds, budget: is_budget }, error.message)
        }
        ledger::Kind::Input | ledger::Kind::NotFound => Error::new(Kind::Input, error.message),
        ledger::Kind::Closed => Error::new(Kind::Unavailable, error.message),
        _ => Error::new(Kind::Internal, error.message),
    }
}

pub(crate) fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_tells_times_and_no_texts() {
        let (request, answer) = ("a secret question", "a secret answer");
        let bodies = Bodies::new(Keep::Full { days: 1 }, 0, request, answer);
        let trace = Trace { queue_us: 5, first_token_us: Some(7), total_us: 9, bodies, ..Trace::default() };
        let line = line(&trace);
        assert_eq!([&line["queue_us"], &line["first_token_us"], &line["total_us"]], [5, 7, 9]);
        assert!(!line.to_string().contains("secret"), "{line}");
    }
}
