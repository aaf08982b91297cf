//! One request before any model is asked: which tools know its kind, what they say to it, and what is compared of it.
use super::{Ready, TOOL, Toolbox, differs, meaning::Meaning, pointed};
use crate::{
    Target,
    app::{App, Shared},
    exchange::Context,
    promise::{self, Asked, Keeper, MOST_OPEN, STALE, conversation, is_drawn},
    routes::Plan,
};
use chat::{ChatRequest, Delta, Finish, Kind, Usage};
use ledger::{Attempt, Audit};
use lru::LruCache;
use router::{signals::Signals, trial};
use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Instant,
};
use tokio::sync::Notify;
use toolsmith::{
    Said,
    dispatch::{self, Index},
};

/// Most tools that are run for one request.
const MOST_TRIED: usize = 3;
/// Answers that are kept: tools are pure.
const KEPT: NonZeroUsize = NonZeroUsize::new(4096).expect("some");
/// Longer ones are not kept.
const LONGEST_KEPT: usize = 16 << 10;

/// A tool on a route, as requests see it.
pub(crate) struct OnTrial {
    pub(crate) ready: Arc<Ready>,
    pub(crate) keeper: Arc<Keeper>,
    pub(crate) state: RwLock<State>,
}

/// What is known of a tool's trial.
#[derive(Clone, Default)]
pub(crate) struct State {
    pub(crate) standing: trial::Standing,
    /// Comparisons that wait.
    pub(crate) open: i64,
    /// When the ledger was last heard.
    pub(crate) heard: Option<Instant>,
}

impl OnTrial {
    /// What traces call it.
    fn name(&self) -> String {
        let name = &self.ready.kept.name;
        let by = self.keeper.tool.as_ref().and_then(|subject| subject.by.as_ref());
        by.map_or_else(|| name.clone(), |by| format!("{name}+{}", by.model))
    }

    pub(crate) fn state(&self) -> State {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether its answers are given: an alarm may have been raised that is not known here once the ledger is silent.
    fn serves(&self, state: &State) -> bool {
        let is_heard = state.heard.is_some_and(|heard| heard.elapsed() < STALE);
        self.ready.kept.now.status == "active" && state.standing.proven && is_heard
    }

    /// The share of its answers that are compared.
    fn rate(&self, state: &State) -> f64 {
        if state.heard.is_none() || state.open >= MOST_OPEN {
            return 0.0;
        }
        match state.standing.proven {
            true if self.keeper.is_spent() => 0.0,
            true => self.keeper.promised.promise.audit_rate,
            false => 1.0,
        }
    }
}

/// The tools of a route.
pub(crate) struct Shelf {
    pub(crate) index: Index,
    /// By their ids.
    pub(crate) tools: BTreeMap<String, Arc<OnTrial>>,
    /// The same with arguments that a small model points at, where it may.
    pub(crate) pointed: BTreeMap<String, Arc<OnTrial>>,
}

/// An answer by text and tool.
type Remembered = LruCache<([u8; 32], String), Said>;

/// All tools that requests may find.
pub(crate) struct Tier0 {
    pub(crate) toolbox: Toolbox,
    shelves: RwLock<Arc<BTreeMap<String, Shelf>>>,
    kept: Mutex<Remembered>,
    /// Finds them where words do not, if some model makes vectors of texts.
    pub(super) meaning: Option<Meaning>,
    /// Something was decided about a tool.
    pub(crate) nudge: Notify,
}

/// A tool's answer.
pub(crate) struct Answer {
    /// Whose it is.
    pub(crate) name: String,
    /// The answer, in one piece.
    pub(crate) deltas: [Delta; 3],
}

impl Answer {
    /// What it would have been in tokens is estimated, so that what it saved can be told.
    fn new(name: String, asked: &str, answer: String) -> Self {
        // four bytes to a token
        let estimate = |text: &str| text.len().div_ceil(4);
        let (prompt_tokens, completion_tokens) = (estimate(asked), estimate(&answer));
        let usage = Usage { prompt_tokens, completion_tokens, estimated: true, ..Usage::default() };
        let text = Delta::Text { text: answer, logprobs: Vec::new() };
        Self { name, deltas: [text, Delta::Finish(Finish::Stop), Delta::Usage(usage)] }
    }
}

/// What tools say to a request.
#[derive(Default)]
pub(crate) struct Found {
    /// The answer that is given.
    pub(crate) answer: Option<Answer>,
    /// Who was asked, and what came of it.
    pub(crate) attempts: Vec<Attempt>,
    /// What is to be compared of it.
    pub(crate) audits: Vec<Audit>,
    /// How those were found who are asked now, where that was not by words.
    how: &'static str,
}

/// A request that tools are asked.
pub(super) struct Asking<'a> {
    pub(super) plan: &'a Plan,
    pub(super) context: &'a Context,
    request: &'a ChatRequest,
    pub(super) text: &'a str,
}

impl Found {
    /// What `tool` said, and what follows from it.
    fn hear(&mut self, asked: &Asking<'_>, tool: &OnTrial, state: &State, said: pointed::Said) {
        let serves = tool.serves(state);
        let (outcome, why) = match &said {
            Ok(_) if serves => ("answered", "a tool was made for such requests".to_owned()),
            Ok(_) => ("shadow", "it is compared, and not given".to_owned()),
            Err((word, why)) => (*word, why.clone()),
        };
        let name = tool.name();
        self.attempts.push(attempt(&name, outcome, &format!("{}{why}", self.how)));
        let Ok(answer) = said else { return };
        if !asked.plan.stays && is_drawn(tool.rate(state)) {
            self.audits.push(audit(tool, asked, Some(&answer), serves));
        }
        if serves {
            self.answer = Some(Answer::new(name, asked.text, answer));
        }
    }

    /// Has the small model point, where that is proven; where it is not, that is compared when it has nothing else to do.
    async fn point(&mut self, app: &App, asked: &Asking<'_>, tool: &OnTrial) {
        let state = tool.state();
        let Some(subject) = &tool.keeper.tool else { return };
        if !subject.is_current(app) {
            return;
        }
        if !tool.serves(&state) || self.answer.is_some() {
            if !asked.plan.stays && is_drawn(tool.rate(&state)) {
                self.audits.push(audit(tool, asked, None, false));
            }
            return;
        }
        let said = subject.point(app, asked.request).await;
        self.hear(asked, tool, &state, said.unwrap_or_else(|error| Err((word(error.kind), error.message))));
    }
}

impl Tier0 {
    /// Requests that words say nothing of may be found by the vectors of `embedder`.
    pub(crate) fn new(toolbox: Toolbox, embedder: Option<Target>) -> Self {
        let (kept, meaning) = (Mutex::new(LruCache::new(KEPT)), embedder.map(Meaning::new));
        Self { toolbox, shelves: RwLock::default(), kept, meaning, nudge: Notify::new() }
    }

    pub(crate) fn shelves(&self) -> Arc<BTreeMap<String, Shelf>> {
        self.shelves.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on requests find these.
    pub(crate) fn put(&self, shelves: BTreeMap<String, Shelf>) {
        *self.shelves.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(shelves);
        if let Some(meaning) = &self.meaning {
            meaning.changed.notify_one();
        }
    }

    /// Asks those tools that know the request's kind, the likeliest first, until one whose answers are given has one: those
    /// that know its words, and only if they all decline it, those that know what it means.
    pub(crate) async fn look(
        &self,
        app: &Shared,
        plan: &Plan,
        context: &Context,
        request: &ChatRequest,
        n: usize,
    ) -> Found {
        let mut found = Found::default();
        let shelves = self.shelves();
        let shelf = shelves.get(&plan.route).filter(|_| plan.tools && n == 1);
        let (Some(shelf), Some((kind, text))) = (shelf, dispatch::asked(request)) else { return found };
        let asked = Asking { plan, context, request, text: &text };
        let by_words: Vec<_> = shelf.index.find(&kind, &text).into_iter().map(|found| found.tool.to_owned()).collect();
        self.try_all(app, &asked, shelf, &by_words, &mut found).await;
        if let Some(meaning) = self.meaning.as_ref().filter(|_| found.attempts.iter().all(|a| a.outcome == "declined"))
        {
            let mut by_meaning = meaning.find(app, &asked, &kind).await;
            by_meaning.retain(|id| !by_words.contains(id));
            found.how = "found by meaning; ";
            self.try_all(app, &asked, shelf, &by_meaning, &mut found).await;
        }
        found
    }

    /// Asks the tools of these ids.
    async fn try_all(&self, app: &App, asked: &Asking<'_>, shelf: &Shelf, ids: &[String], found: &mut Found) {
        for id in ids.iter().take(MOST_TRIED) {
            let Some(tool) = shelf.tools.get(id) else { continue };
            let state = tool.state();
            let serves = tool.serves(&state);
            if serves && found.answer.is_some() {
                continue;
            }
            let said = self.ask(&tool.ready, asked.request, asked.text).await;
            let is_declined = matches!(said, Ok(None));
            let declined = || ("declined", "it does not know this one".to_owned());
            found.hear(asked, tool, &state, said.and_then(|said| said.ok_or_else(declined)));
            if let Some(tool) = shelf.pointed.get(id).filter(|_| is_declined) {
                found.point(app, asked, tool).await;
            }
        }
    }

    /// The answer of a tool; none where it declines.
    ///
    /// # Errors
    /// Why it has none: a word, and a sentence.
    async fn ask(
        &self,
        ready: &Ready,
        request: &ChatRequest,
        text: &str,
    ) -> Result<Option<String>, (&'static str, String)> {
        let said = match self.remembered(ready, text) {
            Some(said) => said,
            None => {
                let said = self.toolbox.answer(ready, text).await?;
                self.remember(ready, text, &said);
                said
            }
        };
        match said {
            Said::Answer(answer) => fits(request, answer).map(Some),
            Said::Declined => Ok(None),
            Said::Differs { second, .. } => Err(differs(second.is_none())),
        }
    }

    fn remembered(&self, ready: &Ready, text: &str) -> Option<Said> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&fingerprint(ready, text)).cloned()
    }

    fn remember(&self, ready: &Ready, text: &str, said: &Said) {
        let n = match said {
            Said::Answer(answer) => answer.len(),
            Said::Declined => 0,
            Said::Differs { first, second } => first.len() + second.as_ref().map_or(0, String::len),
        };
        if text.len() + n > LONGEST_KEPT {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.put(fingerprint(ready, text), said.clone());
    }
}

/// What stands for a text and the tool that is asked.
fn fingerprint(ready: &Ready, text: &str) -> ([u8; 32], String) {
    use sha2::{Digest, Sha256};
    (Sha256::digest(text).into(), ready.kept.id.clone())
}

/// The answer, if it has the form and the length that this request asks for.
pub(super) fn fits(request: &ChatRequest, answer: String) -> pointed::Said {
    let options = &request.options;
    let most = options.max_completion_tokens.or(options.max_tokens).unwrap_or(usize::MAX);
    // few tokens are shorter than two bytes
    if answer.len().div_ceil(2) > most {
        return Err(("length", format!("its answer may take more than {most} tokens")));
    }
    let wants = options.guided.response_format.as_ref().and_then(|format| format["type"].as_str());
    let is_json = || serde_json::from_str::<serde_json::Value>(&answer).is_ok();
    if matches!(wants, Some("json_object" | "json_schema")) && !is_json() {
        return Err(("value", "its answer is no JSON, which is asked for".to_owned()));
    }
    Ok(answer)
}

fn attempt(name: &str, outcome: &str, why: &str) -> Attempt {
    Attempt { tier: TOOL.to_owned(), model: name.to_owned(), outcome: outcome.to_owned(), why: why.to_owned() }
}

/// The word for traces.
fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Input => "raised",
        Kind::Timeout => "time",
        Kind::Unavailable => "unavailable",
        _ => "crashed",
    }
}

/// What is to be compared of a request that `tool` answers; it says so when it is compared, if not before.
fn audit(tool: &OnTrial, asking: &Asking<'_>, answer: Option<&str>, local: bool) -> Audit {
    let Asking { context, request, .. } = *asking;
    let asked = Asked { request: request.clone(), more: request.more.clone(), tag: context.tag.clone() };
    let said = answer.map(|answer| promise::Said { text: answer.to_owned(), signals: Signals::default() });
    Audit {
        route: tool.keeper.route().to_owned(),
        setting: tool.keeper.in_force().setting.clone(),
        trace: context.id.clone(),
        conversation: conversation(context, request),
        local,
        version: 1,
        request: serde_json::to_string(&asked).unwrap_or_default(),
        small: said.and_then(|said| serde_json::to_string(&said).ok()),
        ..Audit::default()
    }
}
