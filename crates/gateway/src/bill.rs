//! What one request takes, as it takes it: reserved before, written down after, whoever gives up between.
use crate::{
    account::{Accounts, Asked, failed, micros, missing, now, tokens, whole},
    cascade::word,
    exchange::Context,
    routes::{Plan, Step, Target},
    telemetry::{Call, Parent},
    toolbox::TOOL,
};
use chat::{Delta, Error, Finish, Kind, Usage};
use ledger::{Attempt, Audit, Bodies, Keep, Key, Reservation, Tokens, Trace};
use std::{sync::Arc, time::Instant};

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
    openings: Vec<Opening>,
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
            openings: Vec::new(),
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

    /// It is to be compared what two say to it, however it ends: who picked by the end would pick by content.
    pub(crate) fn audited(&mut self, audits: impl IntoIterator<Item = Audit>) {
        self.openings.extend(audits.into_iter().map(|audit| Opening { audit, large: None }));
    }

    /// What the small model said to it, where that is known, and whether it was given; else the large model may answer.
    /// What tools say is known from the beginning.
    pub(crate) fn compares(&mut self, mut small: Option<(bool, String)>, is_reference: bool) {
        for Opening { audit, large } in &mut self.openings {
            if audit.small.is_none()
                && let Some((local, said)) = small.take()
            {
                (audit.local, audit.small) = (local, Some(said));
            }
            *large = (is_reference && !audit.local).then(String::new);
        }
    }

    /// It is answered from the cache, and costs nothing.
    pub(crate) fn cached(&mut self) {
        self.trace.tier = Some("cache".to_owned());
    }

    /// It is answered by the tool `name`, which costs nothing.
    pub(crate) fn tooled(&mut self, name: &str, attempts: Vec<Attempt>) {
        self.trace.attempts = attempts;
        self.trace.tier = Some(TOOL.to_owned());
        self.trace.provider = Some("local".to_owned());
        self.trace.model = Some(name.to_owned());
    }

    /// A piece of the answer goes out.
    pub(crate) fn hear(&mut self, delta: &Delta) {
        for large in self.openings.iter_mut().filter_map(|opening| opening.large.as_mut()) {
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
        let audits = self.openings.drain(..).map(|opening| opening.of(&trace)).collect();
        let reservation = self.reservation.take();
        let writing = async move {
            let written = match reservation {
                Some(reservation) => accounts.ledger.settle_audited(reservation, trace, audits).await,
                None => accounts.ledger.append_audited(trace, audits).await,
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
}
