//! Who asks and what it costs: keys, what they may still use, prices, and a line in the ledger for each request.
use crate::{
    cascade::word,
    exchange::Context,
    routes::{Plan, Step, Target},
    telemetry::{Call, Parent, Telemetry},
};
use axum::http::StatusCode;
use chat::{ChatRequest, Delta, Error, Finish, Kind, Usage};
use ledger::{
    Amount, Attempt, Audit, Bodies, Book, Hardware, Keep, Key, Ledger, Micros, Price, Reservation, Tokens, Trace,
};
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
    ledger: Ledger,
    prices: Book,
    hardware: Option<Hardware>,
    keep: Keep,
    log: bool,
    telemetry: Option<Arc<Telemetry>>,
    remembered: Mutex<HashMap<String, Remembered>>,
    has_keys: Mutex<Option<(Instant, bool)>>,
}

impl Accounts {
    /// Books kept in `ledger`, at `prices`; answers from here cost what `hardware` does. Of texts, `keep` stays.
    pub fn new(ledger: Ledger, prices: Book, hardware: Option<Hardware>, keep: Keep) -> Self {
        let (remembered, has_keys) = (Mutex::default(), Mutex::default());
        Self { ledger, prices, hardware, keep, log: false, telemetry: None, remembered, has_keys }
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

    fn tell(&self, trace: &Trace, parent: &Parent, call: Option<&Call>) {
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
        let trace = Trace {
            id: format!("{id}-audit"),
            time: now(),
            route: Some(route.to_owned()),
            asked: target.to_string(),
            tier: Some("audit".to_owned()),
            provider: Some(target.provider().to_owned()),
            model: Some(target.model().to_owned()),
            tokens: tokens(usage),
            cost: self.cost_of(target, usage),
            status: 200,
            ..Trace::default()
        };
        self.ledger.append(trace).await
    }

    fn cost(&self, target: &Target, time: Micros, tokens: &Tokens) -> i64 {
        self.price(target, time).map_or(0, |price| price.cost(tokens))
    }

    /// The most that a request may use, by whoever of `plan` answers it.
    fn need(&self, plan: &Plan, asked: &Asked, time: Micros) -> Amount {
        let [input, output] = [asked.text.len().div_ceil(BYTES_PER_TOKEN), asked.most_output];
        let tokens = Tokens { input: whole(input), output: whole(output), ..Tokens::default() };
        let cost = plan.steps.iter().map(|step| self.cost(&step.target, time, &tokens)).max().unwrap_or(0);
        Amount::request(whole(input.saturating_add(output)), cost)
    }

    /// A key with a budget in money cannot pay what has no price.
    fn check_prices(&self, key: &Key, plan: &Plan, time: Micros) -> Result<(), Error> {
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

fn tokens(usage: &Usage) -> Tokens {
    Tokens {
        input: whole(usage.prompt_tokens),
        cached_input: whole(usage.cached),
        output: whole(usage.completion_tokens),
        reasoning: whole(usage.reasoning),
    }
}

/// A number for the ledger.
fn whole(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX).min(1 << 40)
}

fn missing(error: &ledger::Error) {
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

/// What was said: the text where anything of it is to be kept, and how much it was in any case.
struct Said {
    is_kept: bool,
    text: String,
    n_bytes: usize,
}

impl Said {
    /// Of `text`, as much as `keep` has use for.
    fn of(keep: Keep, text: String) -> Self {
        let (is_kept, n_bytes) = (keep != Keep::Nothing, text.len());
        Self { is_kept, text: if is_kept { text } else { String::new() }, n_bytes }
    }

    fn add(&mut self, text: &str) {
        self.n_bytes += text.len();
        if self.is_kept {
            self.text.push_str(text);
        }
    }
}

/// What one request takes, as it takes it. Dropped before its end, it is written down as given up.
pub(crate) struct Bill {
    accounts: Arc<Accounts>,
    reservation: Option<Reservation>,
    trace: Trace,
    parent: Parent,
    call: Call,
    began: Instant,
    target: Option<Target>,
    reference: Option<Target>,
    request: Said,
    answer: Said,
    audit: Option<Opening>,
    is_open: bool,
}

/// What is to be compared of a request, once it has ended.
struct Opening {
    audit: Audit,
    /// The large model's answer as it comes: without what was only thought.
    large: Option<String>,
}

impl Bill {
    /// Makes room for what is asked within the limits of its key.
    ///
    /// # Errors
    /// `Limit`, `Forbidden`.
    pub(crate) async fn begin(
        accounts: &Arc<Accounts>,
        context: &Context,
        plan: &Plan,
        asked: Asked,
    ) -> Result<Self, Error> {
        let time = now();
        let mut bill = Self {
            accounts: accounts.clone(),
            reservation: None,
            trace: Trace {
                id: context.id.clone(),
                time,
                key: context.key.as_ref().map(|key| key.id.clone()),
                owner: context.key.as_ref().map(|key| key.owner.clone()),
                tenant: context.key.as_ref().and_then(|key| key.tenant.clone()),
                route: Some(plan.route.clone()),
                tag: context.tag.clone(),
                asked: asked.model.clone(),
                ..Trace::default()
            },
            parent: context.parent.clone(),
            call: asked.call,
            began: Instant::now(),
            target: None,
            reference: plan.reference.clone(),
            request: Said::of(accounts.keep, String::new()),
            answer: Said::of(accounts.keep, String::new()),
            audit: None,
            is_open: true,
        };
        let reserved = bill.reserve(context.key.as_deref(), plan, &asked).await;
        bill.request = Said::of(accounts.keep, asked.text);
        if let Err(error) = reserved {
            bill.fail(&error, Vec::new()).await;
            return Err(error);
        }
        Ok(bill)
    }

    async fn reserve(&mut self, key: Option<&Key>, plan: &Plan, asked: &Asked) -> Result<(), Error> {
        let Some(key) = key else { return Ok(()) };
        let time = self.trace.time;
        key.check(&plan.route, time).map_err(|why| Error::new(Kind::Forbidden, why.to_string()))?;
        self.accounts.check_prices(key, plan, time)?;
        let need = self.accounts.need(plan, asked, time);
        self.reservation = Some(self.accounts.ledger.reserve(key, need).await.map_err(failed)?);
        Ok(())
    }

    /// There is no answer.
    pub(crate) async fn fail(mut self, error: &Error, attempts: Vec<Attempt>) {
        self.trace.attempts = attempts;
        self.end_with(error);
        self.settle().await;
    }

    /// `step` began to answer.
    pub(crate) fn answered(&mut self, step: &Step, confidence: Option<f64>, attempts: Vec<Attempt>) {
        self.trace.attempts = attempts;
        self.trace.tier = Some(step.tier.clone());
        self.trace.provider = Some(step.target.provider().to_owned());
        self.trace.model = Some(step.target.model().to_owned());
        self.trace.confidence = confidence;
        self.target = Some(step.target.clone());
    }

    /// It is to be compared what both models say to it, however it ends: who picked by the end would pick by content.
    pub(crate) fn audited(&mut self, audit: Audit) {
        self.audit = Some(Opening { audit, large: None });
    }

    /// What the small model said to it, where that is known, and whether it was given; else the large model may answer.
    pub(crate) fn compares(&mut self, small: Option<(bool, String)>, is_reference: bool) {
        if let Some(Opening { audit, large }) = &mut self.audit {
            if let Some((local, said)) = small {
                (audit.local, audit.small) = (local, Some(said));
            }
            *large = (is_reference && !audit.local).then(String::new);
        }
    }

    /// It is answered from the cache, and costs nothing.
    pub(crate) fn cached(&mut self) {
        self.trace.tier = Some("cache".to_owned());
    }

    /// A piece of the answer goes out.
    pub(crate) fn hear(&mut self, delta: &Delta) {
        if let Some(Opening { large: Some(large), .. }) = &mut self.audit {
            delta.say(large);
        }
        match delta {
            Delta::Text { text, .. } | Delta::Reasoning(text) => self.piece(text),
            Delta::ToolCall { name, arguments, .. } => {
                self.piece(name.as_deref().unwrap_or_default());
                self.piece(arguments);
            }
            Delta::Finish(finish) => self.finish(*finish),
            Delta::Usage(_) => {}
        }
    }

    /// Text goes out.
    pub(crate) fn piece(&mut self, text: &str) {
        if self.trace.first_token_us.is_none() {
            self.trace.first_token_us = Some(micros(self.began.elapsed()));
        }
        self.answer.add(text);
    }

    pub(crate) fn finish(&mut self, finish: Finish) {
        let word = serde_json::to_value(finish).ok();
        self.trace.finish = word.and_then(|word| word.as_str().map(str::to_owned));
    }

    /// One choice is complete. Choices wait side by side, so the longest wait is the request's.
    pub(crate) fn count(&mut self, usage: &Usage) {
        self.trace.queue_us = self.trace.queue_us.max(micros(usage.queued));
        let tokens = &mut self.trace.tokens;
        let more = self::tokens(usage);
        tokens.input += more.input;
        tokens.cached_input += more.cached_input;
        tokens.output += more.output;
        tokens.reasoning += more.reasoning;
    }

    /// It ends here, with `error`.
    pub(crate) fn end_with(&mut self, error: &Error) {
        self.trace.status = i64::from(crate::openai::status(error).as_u16());
        self.trace.error = Some(word(error).to_owned());
    }

    /// All is out: writes it down, and returns once that is durable.
    pub(crate) async fn settle(mut self) {
        if let Some(writing) = self.write() {
            let _ = writing.await; // a panic in there was told already
        }
    }

    /// Writes it down in a task of its own, which goes on whoever gives up.
    fn write(&mut self) -> Option<tokio::task::JoinHandle<()>> {
        self.is_open = false;
        let mut trace = std::mem::take(&mut self.trace);
        let accounts = self.accounts.clone();
        trace.total_us = micros(self.began.elapsed());
        if trace.status == 0 {
            trace.status = 200;
        }
        trace.cost = self.target.as_ref().map_or(0, |target| accounts.cost(target, trace.time, &trace.tokens));
        trace.reference_cost = self
            .reference
            .as_ref()
            .filter(|_| trace.tier.is_some())
            .and_then(|target| accounts.price(target, trace.time))
            .map(|price| price.cost(&trace.tokens));
        trace.bodies = Bodies::new(accounts.keep, trace.time, &self.request.text, &self.answer.text);
        accounts.tell(&trace, &self.parent, Some(&self.call));
        let audit = self.audit.take().map(|opening| opening.of(&trace));
        let reservation = self.reservation.take();
        let writing = async move {
            let written = match reservation {
                Some(reservation) => accounts.ledger.settle_audited(reservation, trace, audit).await,
                None => accounts.ledger.append_audited(trace, audit).await,
            };
            if let Err(error) = written {
                missing(&error);
            }
        };
        // without a runtime the program is ending, and the ledger is closed
        tokio::runtime::Handle::try_current().ok().map(|runtime| runtime.spawn(writing))
    }
}

impl Opening {
    /// What is to be compared of a request that ended so: half an answer is none.
    fn of(self, trace: &Trace) -> Audit {
        let Self { audit, large } = self;
        Audit { time: trace.time, large: large.filter(|_| trace.status == 200), ..audit }
    }
}

impl Drop for Bill {
    fn drop(&mut self) {
        if !self.is_open {
            return;
        }
        if self.trace.status == 0 {
            (self.trace.status, self.trace.error) = (GIVEN_UP, Some("client_gone".to_owned()));
        }
        if self.trace.tokens == Tokens::default() && self.target.is_some() {
            // whoever answered did not come to say: an estimate is nearer than nothing
            let estimate = |bytes: usize| whole(bytes.div_ceil(4));
            (self.trace.tokens.input, self.trace.tokens.output) =
                (estimate(self.request.n_bytes), estimate(self.answer.n_bytes));
        }
        drop(self.write());
    }
}

/// nginx's status for clients that went away.
const GIVEN_UP: i64 = 499;

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_is_not_kept_the_length_alone_stays() {
        for (keep, text) in [(Keep::Nothing, ""), (Keep::Hash, "Grüße!"), (Keep::Full { days: 1 }, "Grüße!")] {
            let mut said = Said::of(keep, "Grü".to_owned());
            ["ße", "!"].iter().for_each(|piece| said.add(piece));
            assert_eq!((said.text.as_str(), said.n_bytes), (text, 8), "{keep:?}");
        }
    }

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
