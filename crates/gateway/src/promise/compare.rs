//! Has both models answer a request, and their answers judged.
use super::{
    examine::kept,
    keep::{Keeper, midnight_now, tell},
    watch::{Asked, Heard, Said},
};
use crate::{
    Target,
    account::{Accounts, failed},
    app::Shared,
    cascade,
    judging::{self, Programs},
    local::{Local, LocalAnswerer},
    toolbox::Subject,
};
use chat::{Answerer, BoxFuture, ChatRequest, Delta, Error, Kind, Reply, Usage};
use futures_util::StreamExt;
use ledger::{Audit, Judgement};
use router::{
    judge::{Judge, Verdict, human},
    signals::{N_LIKELIEST, Prompt, Signals, Source},
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::{Instant, sleep};

/// How long a comparison waits for the small model to have nothing else to do: it holds up what comes after it, alarms too.
const PATIENCE: Duration = Duration::from_secs(2);

/// The judge of a request to which a tool said nothing.
pub(crate) const DECLINED: &str = "none: declined";

/// How a comparison ended.
pub(super) enum Outcome {
    Judged(Judgement),
    /// Not now: the day's money is spent, or no human has said anything yet.
    Later,
}

/// Compares the answers to `audit`'s request; what is missing of them is asked for, and stays with `audit`, as does what
/// that cost, also where it leads to no verdict.
pub(super) async fn compare(
    app: &Shared,
    accounts: &Arc<Accounts>,
    keeper: &Keeper,
    audit: &mut Audit,
) -> Result<Outcome, Error> {
    let unreadable = |e| Error::new(Kind::Internal, format!("a kept request cannot be read: {e}"));
    let Asked { mut request, more, tag } = serde_json::from_str(&audit.request).map_err(unreadable)?;
    request.more = more;
    if let Some(subject) = keeper.tool.as_ref().filter(|_| audit.small.is_none()) {
        match point(app, subject, &request).await? {
            Some(said) => audit.small = serde_json::to_string(&said).ok(),
            None => return Ok(Outcome::Judged(nothing_given(accounts, audit))),
        }
    }
    let prompt = Prompt::read(&request, tag.as_deref());
    let said = match audit.small.as_deref().and_then(|said| serde_json::from_str::<Said>(said).ok()) {
        Some(said) => said,
        None => match ask_here(app, keeper, &audit.setting, &request, &prompt).await {
            Ok(said) => said,
            Err(error) if is_for_good(&error) => return Ok(Outcome::Judged(no_answer(accounts, audit, prompt))),
            Err(error) => return Err(error),
        },
    };
    audit.small = serde_json::to_string(&said).ok();
    let mut meter = Meter::new(accounts, keeper.route(), audit.trace.clone());
    let verdict = verdict(app, keeper, audit, &request, &said.text, &mut meter).await;
    audit.cost += meter.cost;
    meter.settle().await;
    let verdict = match verdict {
        Ok(Some(verdict)) => verdict,
        Ok(None) => return Ok(Outcome::Later),
        // an answer where the large model has none may be anything: it counts as harm, at once
        Err(error) if audit.large.is_none() && is_for_good(&error) => {
            return Ok(Outcome::Judged(no_measure(accounts, audit, &said.signals, cascade::word(&error))));
        }
        Err(error) => return Err(error),
    };
    keeper.judged();
    Ok(Outcome::Judged(Judgement {
        signals: serde_json::to_string(&said.signals).unwrap_or_default(),
        small: verdict.small.clamp(0.0, 1.0),
        large: verdict.large.clamp(0.0, 1.0),
        judge: keeper.promised.promise.judge.to_string(),
        ..kept(accounts, audit)
    }))
}

/// What a tool says if the small model points, which it does when it has nothing else to do; none where it says nothing.
async fn point(app: &Shared, subject: &Subject, request: &ChatRequest) -> Result<Option<Said>, Error> {
    let Some(by) = &subject.by else {
        return Err(Error::new(Kind::Internal, "a tool's answer is not there to compare; this is a defect"));
    };
    idle(&*app.registry.get(&by.model)?).await;
    let said = subject.point(app, request).await?;
    Ok(said.ok().map(|text| Said { text, signals: Signals::default() }))
}

/// Who says nothing is never worse; nor does it prove anything.
fn nothing_given(accounts: &Accounts, audit: &Audit) -> Judgement {
    Judgement {
        signals: serde_json::to_string(&Signals::default()).unwrap_or_default(),
        small: 1.0,
        large: 1.0,
        judge: DECLINED.to_owned(),
        ..kept(accounts, audit)
    }
}

/// What is said of both answers, the large one asked for where it is missing; none if there is no money for that today,
/// or no human has said anything yet.
async fn verdict(
    app: &Shared,
    keeper: &Keeper,
    audit: &mut Audit,
    request: &ChatRequest,
    small: &str,
    meter: &mut Meter<'_>,
) -> Result<Option<Verdict>, Error> {
    let large = match audit.large.clone() {
        Some(large) => large,
        None => {
            let target = &keeper.promised.large;
            if !is_in_budget(meter.accounts, keeper, audit, audit.cost + meter.estimate(target, request)).await? {
                return Ok(None);
            }
            let large = meter.ask(target, request).await?;
            audit.large = Some(large.clone());
            large
        }
    };
    let programs = Programs { path: app.config.program_path.clone(), ..Programs::default() };
    judge(keeper, audit, request, [small, &large], meter, &programs).await
}

/// Whether a comparison may cost so much today.
async fn is_in_budget(accounts: &Accounts, keeper: &Keeper, audit: &Audit, cost: i64) -> Result<bool, Error> {
    let Some(most) = keeper.promised.promise.audit_budget else { return Ok(true) };
    let is_reserved = accounts.ledger().reserve_audit(audit, cost, most, midnight_now()).await.map_err(failed)?;
    if !is_reserved {
        keeper.spent();
    }
    Ok(is_reserved)
}

/// A request that the small model cannot answer is never answered by it, whoever is right. Another small model may: it
/// stays with those that can be compared anew.
fn no_answer(accounts: &Accounts, audit: &Audit, prompt: Prompt) -> Judgement {
    Judgement {
        signals: serde_json::to_string(&Signals { prompt, answer: None }).unwrap_or_default(),
        small: 0.0,
        large: 1.0,
        judge: "none: no answer here".to_owned(),
        ..kept(accounts, audit)
    }
}

/// What cannot be judged counts as harm, if the small model's answer with these `signals` would have been given.
pub(super) fn no_measure(accounts: &Accounts, audit: &Audit, signals: &Signals, why: &str) -> Judgement {
    Judgement {
        signals: serde_json::to_string(signals).unwrap_or_default(),
        small: 0.0,
        large: 1.0,
        judge: "none: given up".to_owned(),
        note: Some(why.to_owned()),
        ..kept(accounts, audit)
    }
}

/// Whether asking again cannot help.
fn is_for_good(error: &Error) -> bool {
    matches!(error.kind, Kind::Input | Kind::ContextLength { .. })
}

/// The small model's answer, asked for when it has nothing else to do, if it is the model of that `setting` who gives it.
async fn ask_here(
    app: &Shared,
    keeper: &Keeper,
    setting: &str,
    request: &ChatRequest,
    prompt: &Prompt,
) -> Result<Said, Error> {
    let local = app.registry.get(&keeper.promised.small)?;
    idle(&*local).await;
    let mut request = ChatRequest { model: keeper.promised.small.clone(), ..request.clone() };
    (request.logprobs, request.top_logprobs) = (Some(true), Some(N_LIKELIEST));
    let mut reply = LocalAnswerer { local, metrics: &app.metrics }.answer(&request).await?;
    let mut heard = Heard::default();
    while let Some(delta) = reply.deltas.next().await {
        heard.hear(&mut delta?, None);
    }
    if !keeper.is_set(app, setting) {
        return Err(Error::new(Kind::Unavailable, "the model here has changed, and what is compared with it"));
    }
    let signals = Signals { prompt: prompt.clone(), answer: Some(heard.answer(&Source::read(&request))) };
    Ok(Said { text: heard.text, signals })
}

/// Waits until a model here has nothing to do, but not for ever.
pub(crate) async fn idle(local: &dyn Local) {
    let until = Instant::now() + PATIENCE;
    while {
        let stats = local.stats();
        stats.n_running + stats.n_waiting > 0
    } && Instant::now() < until
    {
        sleep(Duration::from_millis(10)).await;
    }
}

async fn judge(
    keeper: &Keeper,
    audit: &Audit,
    request: &ChatRequest,
    [small, large]: [&str; 2],
    meter: &mut Meter<'_>,
    programs: &Programs,
) -> Result<Option<Verdict>, Error> {
    if keeper.promised.promise.judge == Judge::Human {
        let said = meter.accounts.ledger().feedback(&audit.trace).await.map_err(failed)?;
        let said: Vec<_> = said.into_iter().map(feedback).collect();
        let served = if audit.local { human::Served::Small } else { human::Served::Large };
        return Ok(human::settle(&said, served, small, large));
    }
    let model = keeper.promised.promise.judge_model.as_ref().map(|target| meter.counted(target)).transpose()?;
    let model_used = model.as_ref().map(|model| model as &dyn Answerer);
    let judge = &keeper.promised.promise.judge;
    let verdict = judging::judge(judge, request, small, large, model_used, programs).await;
    if let (Some(model), Some(target)) = (model, &keeper.promised.promise.judge_model) {
        meter.add(target, model.used()); // also where it said nothing of use
    }
    verdict.map(Some)
}

fn feedback(said: ledger::Feedback) -> human::Feedback {
    human::Feedback { score: said.score, thumbs: said.thumbs, corrected: said.corrected }
}

/// What a comparison costs, each call of a model elsewhere with its line in the books.
struct Meter<'a> {
    accounts: &'a Arc<Accounts>,
    route: &'a str,
    trace: String,
    cost: i64,
    calls: Vec<(Target, Usage)>,
}

impl<'a> Meter<'a> {
    fn new(accounts: &'a Arc<Accounts>, route: &'a str, trace: String) -> Self {
        Self { accounts, route, trace, cost: 0, calls: Vec::new() }
    }

    /// About what an answer to `request` costs.
    fn estimate(&self, target: &Target, request: &ChatRequest) -> i64 {
        let options = &request.options;
        let prompt_tokens = serde_json::to_string(request).map_or(0, |text| text.len().div_ceil(4));
        let completion_tokens = options.max_completion_tokens.or(options.max_tokens).unwrap_or(256);
        self.accounts.cost_of(target, &Usage { prompt_tokens, completion_tokens, ..Usage::default() })
    }

    async fn ask(&mut self, target: &Target, request: &ChatRequest) -> Result<String, Error> {
        let model = self.counted(target)?;
        let mut reply = model.answer(request).await?;
        let mut heard = Heard::default();
        while let Some(delta) = reply.deltas.next().await {
            heard.hear(&mut delta?, None);
        }
        self.add(target, model.used());
        Ok(heard.text)
    }

    fn counted(&self, target: &Target) -> Result<Counted, Error> {
        match target {
            Target::Upstream { upstream, model } => {
                Ok(Counted { model: Arc::new(upstream.model(model.clone())), used: Arc::default() })
            }
            Target::Local(name) => {
                Err(Error::new(Kind::Internal, format!("`{name}`: a model elsewhere expected to compare with")))
            }
        }
    }

    fn add(&mut self, target: &Target, usage: Usage) {
        self.cost += self.accounts.cost_of(target, &usage);
        self.calls.push((target.clone(), usage));
    }

    /// Writes down who was asked.
    async fn settle(self) {
        for (target, usage) in self.calls {
            if let Err(error) = self.accounts.compared(self.route, &self.trace, &target, &usage).await {
                tell(&format!("error: a comparison's cost is not in the ledger: {error}"));
            }
        }
    }
}

/// Counts what a model uses.
struct Counted {
    model: Arc<dyn Answerer>,
    used: Arc<Mutex<Usage>>,
}

impl Counted {
    fn used(&self) -> Usage {
        *self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Answerer for Counted {
    fn answer<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<Reply, Error>> {
        let used = self.used.clone();
        Box::pin(async move {
            let reply = self.model.answer(request).await?;
            let deltas = reply.deltas.inspect(move |delta| {
                if let Ok(Delta::Usage(usage)) = delta {
                    let mut used = used.lock().unwrap_or_else(PoisonError::into_inner);
                    used.prompt_tokens += usage.prompt_tokens;
                    used.completion_tokens += usage.completion_tokens;
                    used.cached += usage.cached;
                    used.reasoning += usage.reasoning;
                }
            });
            Ok(Reply { deltas: deltas.boxed() })
        })
    }
}
