//! One request from the moment it is understood to its last piece: who may answer it, and what it took.
use crate::{
    account::Asked,
    app::{Shared, Working},
    bill::Bill,
    cascade,
    exact::{self, Wish},
    local::{Local, finished, used},
    promise::Watch,
    routes::{Plan, Step, Target},
    telemetry::Parent,
    toolbox::{Answer, TOOL},
};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, request::Parts},
};
use chat::{ChatRequest, Delta, Error, Usage};
use engine::Event;
use futures_util::{
    Stream, StreamExt,
    stream::{self, BoxStream},
};
use ledger::{Attempt, Audit, Key};
use serde_json::Value;
use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

pub(crate) use cascade::Choices;

/// What is known of a request before its body is read.
pub(crate) struct Context {
    /// The `x-request-id`.
    pub(crate) id: String,
    /// The client's word for what kind of request it is: header `x-kinglet-tag`.
    pub(crate) tag: Option<String>,
    /// Who asks; none where all may.
    pub(crate) key: Option<Arc<Key>>,
    /// Whether an answer given before will do.
    pub(crate) cache: Wish,
    /// The span that it is part of.
    pub(crate) parent: Parent,
    /// To be told when the books have it.
    noted: Noted,
}

/// Whether the books have a request.
#[derive(Clone, Default)]
pub(crate) struct Noted(Arc<AtomicBool>);

impl Noted {
    pub(crate) fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The id that a request was given, among its extensions.
#[derive(Clone)]
pub(crate) struct Id(pub(crate) String);

#[cfg(test)]
impl Context {
    /// Of a test.
    pub(crate) fn of(key: Option<Arc<Key>>, cache: Wish) -> Self {
        Self { id: String::new(), tag: None, key, cache, parent: Parent::default(), noted: Noted::default() }
    }
}

impl<S: Sync> FromRequestParts<S> for Context {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let tag = parts.headers.get("x-kinglet-tag").and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        let id = parts.extensions.get::<Id>().map(|id| id.0.clone()).unwrap_or_default();
        let cache = match parts.headers.get("x-kinglet-cache").map(HeaderValue::as_bytes) {
            Some(b"on") => Wish::On,
            Some(b"off") => Wish::Off,
            _ => Wish::Usual,
        };
        let parent = Parent::read(&parts.headers);
        let noted = parts.extensions.get().cloned().unwrap_or_default();
        Ok(Self { id, tag, key: parts.extensions.get().cloned(), cache, parent, noted })
    }
}

/// An answer that has begun.
pub(crate) struct Answering {
    /// Who answers and why, for the reply's head.
    pub(crate) headers: HeaderMap,
    /// The deltas of all choices, each with its choice's number. The usages add up to the whole; when the last one
    /// comes, everything about the request is written down.
    pub(crate) deltas: Choices,
}

/// A model here, with its step.
type Here = (Step, Arc<dyn Local>);

/// A request that may be answered.
pub(crate) struct Open {
    pub(crate) plan: Plan,
    began: Instant,
    working: Working,
    bill: Option<Bill>,
}

/// Finds out who may answer, and makes room for what is asked within the limits of its key.
///
/// # Errors
/// `UnknownModel`, `Forbidden`, `Limit`, `Unavailable`.
pub(crate) async fn open(app: &Shared, context: &Context, asked: Asked) -> Result<Open, Error> {
    let (working, began) = (app.begin()?, Instant::now());
    let plan = app.config.routes.plan(&app.registry, &asked.model, context.tag.as_deref())?;
    let bill = match &app.config.accounts {
        Some(accounts) => {
            context.noted.set();
            Some(Bill::begin(accounts, context, &plan, asked).await?)
        }
        None => None,
    };
    Ok(Open { plan, began, working, bill })
}

impl Open {
    /// The model here that is to answer, with its step; none where only models elsewhere may, and where a promise is
    /// to be kept that is about chats.
    ///
    /// # Errors
    /// `Unavailable` while it is loading.
    pub(crate) fn local(&self, app: &Shared) -> Result<Option<Here>, Error> {
        if self.plan.is_promised {
            return Ok(None);
        }
        let here = self.plan.steps.iter().find_map(|step| match &step.target {
            Target::Local(model) => Some((step.clone(), model)),
            Target::Upstream { .. } => None,
        });
        here.map(|(step, model)| Ok((step, app.registry.get(model)?))).transpose()
    }

    /// Has `body` answered at `route` by a model elsewhere, in one piece, under the name that was `asked` for.
    ///
    /// # Errors
    /// That of the last one asked, or the first that nobody else could mend.
    pub(crate) async fn forward(
        self,
        app: &Shared,
        route: &'static str,
        asked: &str,
        body: &Value,
    ) -> Result<(HeaderMap, Value), Error> {
        let (steps, why, mut attempts) = (self.plan.steps.clone(), self.plan.why, Vec::new());
        let mut error = Error::field("model", format!("`{asked}` has nobody who answers at /v1/{route}"));
        for step in &steps {
            let Target::Upstream { upstream, model } = &step.target else { continue };
            match upstream.post(route, model, body.clone()).await {
                Ok(mut reply) => {
                    attempts.push(cascade::attempt(step, "answered", why));
                    let headers = headers(&self.plan, step, why);
                    reply["model"] = asked.into();
                    self.answered(app, step, 1, None, attempts).whole(&reply, body).await;
                    return Ok((headers, reply));
                }
                Err(failure) => {
                    attempts.push(cascade::attempt(step, cascade::word(&failure), &failure.message));
                    let goes_on = cascade::elsewhere_may(&failure);
                    error = failure;
                    if !goes_on {
                        break;
                    }
                }
            }
        }
        Err(self.fail(error, attempts).await)
    }

    /// It is to be compared.
    fn audited(&mut self, audits: impl IntoIterator<Item = Audit>) {
        if let Some(bill) = &mut self.bill {
            bill.audited(audits);
        }
    }

    /// `target` answers, or nobody; `watch` knows what the small model said.
    fn compares(&mut self, watch: Option<&mut Watch>, target: Option<&Target>) {
        let is_reference = target.is_some_and(|target| self.plan.reference.as_ref().is_some_and(|of| of.is(target)));
        if let Some(bill) = &mut self.bill {
            bill.compares(watch.and_then(Watch::said), is_reference);
        }
    }

    /// The only one elsewhere who may answer: whose answers the cache has, where a promise is to be kept.
    fn only_target(&self) -> Option<Target> {
        let mut away = self.plan.steps.iter().map(|step| &step.target).filter(|t| matches!(t, Target::Upstream { .. }));
        away.next().filter(|_| away.next().is_none()).cloned()
    }

    /// There is no answer; gives `error` back.
    pub(crate) async fn fail(self, error: Error, attempts: Vec<Attempt>) -> Error {
        if let Some(bill) = self.bill {
            bill.fail(&error, attempts).await;
        }
        error
    }

    /// What was answered before is answered with again, which costs nothing.
    fn answered_before(mut self, app: &Shared, n: usize) -> Passing {
        if let Some(bill) = &mut self.bill {
            bill.cached();
        }
        self.passing(app, "cache", "cache".to_owned(), n)
    }

    /// What the tool `name` says.
    fn given_by_tool(self, app: &Shared, name: String, deltas: [Delta; 3], attempts: Vec<Attempt>) -> Answering {
        let step = Step { tier: TOOL.to_owned(), target: Target::Local(name.clone()) };
        let headers = headers(&self.plan, &step, "a tool was made for such requests");
        let deltas = stream::iter(deltas.map(|delta| (0, Ok(delta))));
        Answering { headers, deltas: self.answered_by_tool(app, name, attempts).watch(deltas, hear) }
    }

    /// The tool `name` answers, which costs nothing.
    fn answered_by_tool(mut self, app: &Shared, name: String, attempts: Vec<Attempt>) -> Passing {
        if let Some(bill) = &mut self.bill {
            bill.tooled(&name, attempts);
        }
        self.passing(app, TOOL, name, 1)
    }

    fn passing(self, app: &Shared, tier: &str, model: String, n: usize) -> Passing {
        app.metrics.answered(&self.plan.route, tier);
        let (began, bill) = (self.began, self.bill);
        Passing { app: app.clone(), began, first: None, _working: self.working, model, total: Total::of(n), bill }
    }

    /// `step` began to answer with `n` choices.
    pub(crate) fn answered(
        mut self,
        app: &Shared,
        step: &Step,
        n: usize,
        confidence: Option<f64>,
        attempts: Vec<Attempt>,
    ) -> Passing {
        if let Some(bill) = &mut self.bill {
            bill.answered(step, confidence, attempts);
        }
        self.passing(app, &step.tier, step.target.to_string(), n)
    }
}

/// Has `request` answered with `n` choices. The first delta has come when this returns, so that an error before it has
/// a status of its own.
///
/// # Errors
/// Whatever keeps all who may answer from it.
pub(crate) async fn ask(app: &Shared, context: Context, request: ChatRequest, n: usize) -> Result<Answering, Error> {
    let mut open = open(app, &context, Asked::chat(&request, n)).await?;
    let mut attempts = Vec::new();
    if let Some(tier0) = &app.tier0 {
        let found = tier0.look(app, &open.plan, &context, &request, n).await;
        let passed_on = found.attempts.iter().filter(|tried| tried.outcome != "answered");
        passed_on.for_each(|tried| app.metrics.passed_on(&tried.model, &tried.outcome));
        (attempts, _) = (found.attempts, open.audited(found.audits));
        if let Some(Answer { name, deltas }) = found.answer {
            return Ok(open.given_by_tool(app, name, deltas, attempts));
        }
    }
    let mut watch = watch(app, &context, &open.plan, &request, n);
    open.audited(watch.as_mut().and_then(Watch::audit));
    let fingerprint = app.exact.fingerprint(&context, &open.plan.route, &request, n);
    if let Some(deltas) = fingerprint.as_ref().and_then(|of| app.exact.get(of)) {
        let step = Step { tier: "cache".to_owned(), target: Target::Local("cache".to_owned()) };
        let headers = headers(&open.plan, &step, "the same request was answered before");
        let target = open.only_target();
        open.compares(watch.as_mut(), target.as_ref());
        return Ok(Answering { headers, deltas: open.answered_before(app, n).watch(deltas, hear) });
    }
    let answered = match cascade::answer(app, &open.plan, &request, n, &mut attempts, watch.as_mut()).await {
        Ok(answered) => answered,
        Err(error) => {
            open.compares(watch.as_mut(), None);
            return Err(open.fail(error, attempts).await);
        }
    };
    let headers = headers(&open.plan, &answered.step, &answered.why);
    open.compares(watch.as_mut(), Some(&answered.step.target));
    let is_here = matches!(answered.step.target, Target::Local(_));
    let is_promised = app.keepers.contains_key(&open.plan.route);
    let passing = open.answered(app, &answered.step, n, answered.confidence, attempts);
    let deltas = match fingerprint {
        // an answer given here is right for a share of the requests that get it, not for one that comes a thousand
        // times; nor is one that was asked for with a tag what those without it were promised
        Some(_) if is_promised && is_here => answered.deltas,
        Some(of) => exact::keeping(answered.deltas, n, of, app.exact.clone()),
        None => answered.deltas,
    };
    Ok(Answering { headers, deltas: passing.watch(deltas, hear) })
}

/// Looks after a request of a route with a promise. One that asks for several choices is never answered here.
fn watch(app: &Shared, context: &Context, plan: &Plan, request: &ChatRequest, n: usize) -> Option<Watch> {
    let keeper = app.keepers.get(&plan.route).filter(|_| plan.is_promised)?;
    let watch = Watch::new(app, keeper, context, request);
    Some(if n == 1 && !request.raw { watch } else { watch.never() })
}

/// What a delta says of usage.
fn hear(_: usize, delta: &Delta, bill: Option<&mut Bill>) -> Option<Usage> {
    if let Some(bill) = bill {
        bill.hear(delta);
    }
    if let Delta::Usage(usage) = delta { Some(*usage) } else { None }
}

/// Which tier answers, and why.
pub(crate) fn headers(plan: &Plan, step: &Step, why: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut tell = |name: &'static str, value: &str| {
        // names of models may hold what a header may not
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    tell("x-kinglet-route", &plan.route);
    tell("x-kinglet-tier", &step.tier);
    tell("x-kinglet-model", &step.target.to_string());
    tell("x-kinglet-why", why);
    headers
}

/// Counts what passes, and holds the request's place among those at work.
pub(crate) struct Passing {
    app: Shared,
    began: Instant,
    first: Option<Duration>,
    _working: Working,
    model: String,
    total: Total,
    bill: Option<Bill>,
}

/// What a piece says of usage, told to the bill where there is one.
type Look<T> = fn(usize, &T, Option<&mut Bill>) -> Option<Usage>;

impl Passing {
    /// The same pieces; before the last one goes out, all is written down.
    pub(crate) fn watch<T: Send + Sync + 'static>(
        self,
        pieces: impl Stream<Item = (usize, Result<T, Error>)> + Send + 'static,
        look: Look<T>,
    ) -> BoxStream<'static, (usize, Result<T, Error>)> {
        stream::unfold((pieces.boxed(), self), move |(mut pieces, mut passing)| async move {
            let (idx, piece) = pieces.next().await?;
            passing.hear(idx, &piece, look).await;
            Some(((idx, piece), (pieces, passing)))
        })
        .boxed()
    }

    /// A `reply` to `body` in one piece, as OpenAI's API has it.
    async fn whole(mut self, reply: &Value, body: &Value) {
        let choices = reply["choices"].as_array();
        let texts: Vec<_> = choices.into_iter().flatten().filter_map(|choice| choice["text"].as_str()).collect();
        self.first = Some(self.began.elapsed());
        if let Some(bill) = &mut self.bill {
            texts.iter().for_each(|text| bill.piece(text));
        }
        let told = &reply["usage"];
        let count = |n: &Value| n.as_u64().and_then(|n| usize::try_from(n).ok());
        // four bytes to a token, where nobody counted
        let estimate = |bytes: usize| bytes.div_ceil(4);
        let usage = Usage {
            prompt_tokens: count(&told["prompt_tokens"]).unwrap_or_else(|| estimate(body.to_string().len())),
            completion_tokens: count(&told["completion_tokens"])
                .unwrap_or_else(|| estimate(texts.iter().map(|text| text.len()).sum())),
            cached: count(&told["prompt_tokens_details"]["cached_tokens"]).unwrap_or(0),
            estimated: told["prompt_tokens"].is_null(),
            ..Usage::default()
        };
        self.count(usage).await;
    }

    async fn hear<T>(&mut self, idx: usize, piece: &Result<T, Error>, look: Look<T>) {
        self.first.get_or_insert_with(|| self.began.elapsed());
        match piece {
            Ok(piece) => {
                let Some(usage) = look(idx, piece, self.bill.as_mut()) else { return };
                self.count(usage).await;
            }
            Err(error) => {
                if let Some(mut bill) = self.bill.take() {
                    bill.end_with(error);
                    bill.settle().await;
                }
            }
        }
    }

    /// One choice is complete.
    pub(crate) async fn count(&mut self, usage: Usage) {
        self.total.add(usage);
        if let Some(bill) = &mut self.bill {
            bill.count(&usage);
        }
        if self.total.complete() {
            self.app.metrics.usage(&self.model, self.total.usage);
            self.app.metrics.took(&self.model, self.first, self.began.elapsed());
            if let Some(bill) = self.bill.take() {
                bill.settle().await;
            }
        }
    }
}

/// What an event of the engine says of usage.
pub(crate) fn look(_: usize, event: &Event, bill: Option<&mut Bill>) -> Option<Usage> {
    match (event, bill) {
        (Event::Text { text, .. }, Some(bill)) => bill.piece(text),
        (Event::Done { finish, .. }, Some(bill)) => bill.finish(finished(*finish)),
        _ => {}
    }
    if let Event::Done { usage, .. } = event { Some(used(*usage)) } else { None }
}

/// Of every `n` choices of a prompt, the first alone counts it: it was read once.
pub(crate) fn once_per_prompt(
    events: impl Stream<Item = (usize, Result<Event, Error>)>,
    n: usize,
) -> impl Stream<Item = (usize, Result<Event, Error>)> {
    events.map(move |(idx, event)| match event {
        Ok(Event::Done { finish, usage }) if !idx.is_multiple_of(n) => {
            let usage = engine::Usage { n_prompt: 0, n_cached: 0, ..usage };
            (idx, Ok(Event::Done { finish, usage }))
        }
        other => (idx, other),
    })
}

/// The usage of all choices, summed up.
#[derive(Default)]
pub(crate) struct Total {
    n_open: usize,
    pub(crate) usage: Usage,
}

impl Total {
    /// For `n` choices.
    pub(crate) fn of(n: usize) -> Self {
        Self { n_open: n, usage: Usage::default() }
    }

    /// One choice is complete.
    pub(crate) fn add(&mut self, usage: Usage) {
        self.usage.prompt_tokens += usage.prompt_tokens;
        self.usage.cached += usage.cached;
        self.usage.completion_tokens += usage.completion_tokens;
        self.usage.reasoning += usage.reasoning;
        self.usage.estimated |= usage.estimated;
        self.n_open = self.n_open.saturating_sub(1);
    }

    /// Whether all choices are complete.
    pub(crate) fn complete(&self) -> bool {
        self.n_open == 0
    }
}
