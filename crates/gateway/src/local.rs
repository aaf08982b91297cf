//! Answers with a model in this process: requests go into the engine's queue, its events come back on a channel.
use crate::{
    constraint,
    metrics::{Clock, Metrics},
    openai::options,
    registry::seconds,
    tools::{self, Calls, Choice, Tools},
};
use chat::{
    Answerer, BoxFuture, ChatRequest, Content, Delta, Error, Kind, Logprob, Message, Reply, Role, TokenLogprob,
};
use engine::{
    Event, Grammar, Job, Listener, Request, Shape, Stats, TokenInfo, Want, gguf::Gguf, template::Settings,
    tokenizer::Special,
};
use futures_util::{
    Stream, StreamExt,
    stream::{self, BoxStream},
};
use serde_json::{Map, Value, json};
use std::{borrow::Cow, path::Path, sync::Arc};
use tokio::sync::mpsc;

/// A loaded model as the routes see it. [`engine::Engine`] is one; a test may script another.
pub trait Local: Send + Sync + 'static {
    /// Queues all of `jobs`, or none; as [`engine::Engine::submit_all`].
    ///
    /// # Errors
    /// As there.
    fn submit_all(&self, jobs: Vec<Job>) -> Result<(), engine::Error>;
    /// The names of its loaded adapters, in order.
    fn adapters(&self) -> Vec<String>;
    /// Loads the adapter in `file`, times `scale`, as `name`.
    ///
    /// # Errors
    /// As [`engine::Engine::load_adapter`].
    fn load_adapter(&self, name: &str, file: &Path, scale: f32) -> Result<(), engine::Error>;
    /// Forgets the adapter `name`; false when there is none.
    fn unload_adapter(&self, name: &str) -> bool;
    /// Counters and state.
    fn stats(&self) -> Stats;
    /// Tokens of prompt and answer that one request may hold.
    fn n_ctx(&self) -> usize;
    /// Size of the vocabulary.
    fn n_vocab(&self) -> usize;
    /// Whether the model can chat, that is, has a template.
    fn chats(&self) -> bool;
    /// `text` so marked that nothing in it becomes a control token.
    fn guard<'a>(&self, text: &'a str) -> Cow<'a, str>;
    /// Renders the template; all of the user's texts in `context` went through `guard`.
    ///
    /// # Errors
    /// Input, when the template refuses.
    fn render(&self, context: &Value) -> Result<String, engine::Error>;
    /// Tokens of a rendered template.
    fn encode_rendered(&self, rendered: &str) -> Vec<u32>;
    /// Tokens of plain text, BOS included if the model wants it.
    fn encode(&self, text: &str) -> Vec<u32>;
    /// The bytes of a token; empty for control tokens.
    fn bytes(&self, id: u32) -> Vec<u8>;
    /// The token's own name.
    fn text(&self, id: u32) -> String;
    /// The grammar of `shape`; may take a while.
    ///
    /// # Errors
    /// As [`engine::Engine::grammar`].
    fn grammar(&self, shape: &Shape) -> Result<Arc<Grammar>, engine::Error>;
    /// What tells the model, with its adapter of that name, from all others.
    ///
    /// # Errors
    /// As [`engine::Engine::identity`].
    fn identity(&self, adapter: Option<&str>) -> Result<String, engine::Error>;
    /// Whether these letters stand in the model's template.
    fn template_says(&self, letters: &str) -> bool;
}

impl Local for engine::Engine {
    fn submit_all(&self, jobs: Vec<Job>) -> Result<(), engine::Error> {
        Self::submit_all(self, jobs)
    }

    fn adapters(&self) -> Vec<String> {
        Self::adapters(self)
    }

    fn load_adapter(&self, name: &str, file: &Path, scale: f32) -> Result<(), engine::Error> {
        Self::load_adapter(self, name, &Gguf::open(file)?, scale).map(drop)
    }

    fn unload_adapter(&self, name: &str) -> bool {
        Self::unload_adapter(self, name)
    }

    fn stats(&self) -> Stats {
        Self::stats(self)
    }

    fn n_ctx(&self) -> usize {
        self.limits().n_ctx
    }

    fn n_vocab(&self) -> usize {
        self.model().tokenizer.n_vocab()
    }

    fn chats(&self) -> bool {
        self.model().template.is_some()
    }

    fn guard<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.model().tokenizer.guard(text)
    }

    fn render(&self, context: &Value) -> Result<String, engine::Error> {
        let (tokenizer, template) = (&self.model().tokenizer, self.model().template.as_ref());
        let missing = || engine::Error::new(engine::Kind::Input, "the model has no chat template");
        let name = |id: Option<u32>| id.map(|id| tokenizer.text(id)).unwrap_or_default();
        let settings = Settings {
            add_generation_prompt: true,
            bos_token: name(tokenizer.bos()),
            eos_token: name(tokenizer.eos()),
            now: i64::try_from(seconds()).unwrap_or(i64::MAX),
        };
        template.ok_or_else(missing)?.render(context, &settings)
    }

    fn encode_rendered(&self, rendered: &str) -> Vec<u32> {
        self.model().tokenizer.encode_prompt(rendered)
    }

    fn encode(&self, text: &str) -> Vec<u32> {
        let tokenizer = &self.model().tokenizer;
        let bos = tokenizer.bos().filter(|_| tokenizer.add_bos());
        bos.into_iter().chain(tokenizer.encode(text, Special::AsText)).collect()
    }

    fn bytes(&self, id: u32) -> Vec<u8> {
        self.model().tokenizer.bytes(id).to_vec()
    }

    fn text(&self, id: u32) -> String {
        self.model().tokenizer.text(id)
    }

    fn grammar(&self, shape: &Shape) -> Result<Arc<Grammar>, engine::Error> {
        Self::grammar(self, shape)
    }

    fn identity(&self, adapter: Option<&str>) -> Result<String, engine::Error> {
        Self::identity(self, adapter)
    }

    fn template_says(&self, letters: &str) -> bool {
        self.model().template.as_ref().is_some_and(|template| template.says(letters))
    }
}

/// The events of one request, until `Done`; dropping it cancels the request.
pub(crate) type Events = BoxStream<'static, Result<Event, Error>>;

/// Queues `requests` to the model `name`, all or none; gives the events of each.
pub(crate) fn submit(
    local: &dyn Local,
    requests: Vec<Request>,
    metrics: &Metrics,
    name: &str,
) -> Result<Vec<Events>, Error> {
    let mut all = Vec::with_capacity(requests.len());
    let mut jobs = Vec::with_capacity(requests.len());
    for request in requests {
        let (sender, receiver) = mpsc::unbounded_channel(); // bounded by max_tokens; the engine must not block
        let ear: Box<dyn Listener> = Box::new(Ear { sender, clock: metrics.clock(name) });
        jobs.push((request, ear));
        all.push(stream::unfold(Some(receiver), next).boxed());
    }
    local.submit_all(jobs).map_err(error)?;
    Ok(all)
}

/// What comes on any of `streams`, with the number of the stream.
pub(crate) fn merge<T: Send + 'static>(
    streams: impl IntoIterator<Item = BoxStream<'static, T>>,
) -> impl Stream<Item = (usize, T)> + Send + 'static {
    stream::select_all(streams.into_iter().enumerate().map(|(idx, items)| items.map(move |item| (idx, item)).boxed()))
}

/// Does `work` on a thread where it may take long: templates are programs, and prompts may be books.
pub(crate) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let defect = |_| Error::new(Kind::Internal, "a defect while reading the request, please report it");
    tokio::task::spawn_blocking(work).await.map_err(defect)?
}

/// Who hears the engine.
struct Ear {
    sender: mpsc::UnboundedSender<Event>,
    clock: Clock,
}

impl Listener for Ear {
    fn hear(&mut self, event: Event) {
        match &event {
            Event::Text { .. } => self.clock.token(),
            Event::Done { usage, .. } => self.clock.queued(usage.queued),
            _ => {}
        }
        let _ = self.sender.send(event); // nobody there: `gone` tells
    }

    fn gone(&self) -> bool {
        self.sender.is_closed()
    }
}

type Receiver = mpsc::UnboundedReceiver<Event>;

/// One step of the stream; the receiver is let go after the last event.
async fn next(receiver: Option<Receiver>) -> Option<(Result<Event, Error>, Option<Receiver>)> {
    let mut receiver = receiver?;
    match receiver.recv().await {
        Some(Event::Failed(failed)) => Some((Err(error(failed)), None)),
        Some(done @ Event::Done { .. }) => Some((Ok(done), None)),
        Some(event) => Some((Ok(event), Some(receiver))),
        None => Some((Err(Error::new(Kind::Internal, "the engine stopped before the answer was complete")), None)),
    }
}

/// The engine's error in the words of requests.
pub(crate) fn error(error: engine::Error) -> Error {
    let kind = match error.kind {
        engine::Kind::Input | engine::Kind::Unsupported => Kind::Input,
        engine::Kind::ContextLength { prompt, limit } => return too_long(prompt, limit),
        engine::Kind::Busy => Kind::Busy,
        engine::Kind::Io | engine::Kind::Format | engine::Kind::Internal => Kind::Internal,
    };
    Error::new(kind, error.message)
}

/// How many tokens may follow a prompt of `n_prompt`, when `wanted` were asked for.
pub(crate) fn room(local: &dyn Local, n_prompt: usize, wanted: Option<usize>) -> Result<usize, Error> {
    let n_ctx = local.n_ctx();
    if n_prompt == 0 {
        return Err(Error::new(Kind::Input, "the prompt is empty"));
    }
    if n_prompt + 1 > n_ctx {
        return Err(too_long(n_prompt, n_ctx));
    }
    Ok(wanted.unwrap_or(usize::MAX).min(n_ctx - n_prompt))
}

fn too_long(prompt: usize, limit: usize) -> Error {
    let message = format!("the context holds {limit} tokens, and the prompt alone takes {prompt}: shorten it");
    Error::new(Kind::ContextLength { prompt, limit }, message)
}

/// The token `id` with its log-probability.
pub(crate) fn logprob(local: &dyn Local, id: u32, logprob: f32) -> Logprob {
    let mut bytes = local.bytes(id);
    if bytes.is_empty() {
        bytes = local.text(id).into_bytes(); // a control token
    }
    let token = match String::from_utf8(bytes.clone()) {
        Ok(text) => text,
        Err(_) => bytes.iter().fold("bytes:".to_owned(), |text, b| format!("{text}\\x{b:02x}")),
    };
    Logprob { token, logprob: logprob.max(-9999.0), bytes: Some(bytes) }
}

/// The tokens with which every chat under the system message `text` begins, whatever the user says.
///
/// # Errors
/// Input, when the model has no template, or its template refuses the message.
pub fn system_prefix(local: &dyn Local, text: &str) -> Result<Vec<u32>, Error> {
    let tokens = |said: &str| {
        let messages = json!([
            { "role": "system", "content": local.guard(text) },
            { "role": "user", "content": said },
        ]);
        local.render(&json!({ "messages": messages })).map(|rendered| local.encode_rendered(&rendered)).map_err(error)
    };
    // what does not change with the user's words, nor by where these begin
    let (a, b) = (tokens("a")?, tokens("7")?);
    Ok(a.into_iter().zip(b).take_while(|(a, b)| a == b).map(|(token, _)| token).collect())
}

/// Answers chats with a model in this process, without a server.
pub struct InProcess {
    local: Arc<dyn Local>,
    metrics: Metrics,
}

impl InProcess {
    /// Answers with `local`.
    pub fn new(local: Arc<dyn Local>) -> Self {
        Self { local, metrics: Metrics::new() }
    }

    /// Whether `options` would be accepted.
    ///
    /// # Errors
    /// Input, naming the option.
    pub fn check(&self, options: &chat::Options) -> Result<(), Error> {
        options::sampling(options, self.local.n_vocab()).map(|_| ())
    }
}

impl Answerer for InProcess {
    fn answer<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<Reply, Error>> {
        let answerer = LocalAnswerer { local: self.local.clone(), metrics: &self.metrics };
        Box::pin(async move { answerer.answer(request).await })
    }
}

/// Answers chats with a local model.
pub(crate) struct LocalAnswerer<'a> {
    pub(crate) local: Arc<dyn Local>,
    pub(crate) metrics: &'a Metrics,
}

impl Answerer for LocalAnswerer<'_> {
    fn answer<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<Reply, Error>> {
        Box::pin(async {
            let none = || Error::new(Kind::Internal, "an answer was expected, none begun; this is a defect");
            self.choices(request, 1).await?.pop().ok_or_else(none)
        })
    }
}

impl LocalAnswerer<'_> {
    /// Answers `request` with `n` choices, which are all begun or none.
    pub(crate) async fn choices(&self, request: &ChatRequest, n: usize) -> Result<Vec<Reply>, Error> {
        options::check_chat(request)?;
        let samplings = (0..n).map(|idx| {
            let options = options::of_choice(&request.options, idx);
            options::sampling(&options, self.local.n_vocab())
        });
        let samplings: Vec<_> = samplings.collect::<Result<_, _>>()?;
        if !self.local.chats() && !request.raw {
            let message = "has no chat template, use /v1/completions";
            return Err(Error::field("model", format!("`{}` {message}", request.model)));
        }
        let tools = Tools::read(request)?;
        let (prompt, grammar) = self.prompt(request, tools.clone()).await?;
        let wanted = request.options.max_completion_tokens.or(request.options.max_tokens);
        let max_tokens = room(&*self.local, prompt.len(), wanted).map_err(|e| e.about("messages"))?;
        let requests = samplings.into_iter().map(|sampling| Request {
            sampling,
            stop: request.options.stop.clone(),
            ignore_end: request.options.ignore_eos == Some(true),
            logprobs: request.logprobs.unwrap_or(false).then(|| request.top_logprobs.unwrap_or(0)),
            grammar: grammar.clone(),
            ..Request::new(prompt.clone(), Want::Answer { max_tokens })
        });
        let all = submit(&*self.local, requests.collect(), self.metrics, &request.model)?;
        let choice = tools.map(|tools| tools.choice);
        Ok(all.into_iter().map(|events| self.reply(events, choice.as_ref())).collect())
    }

    /// How many tokens the prompt of `request` takes.
    pub(crate) async fn count(&self, request: &ChatRequest) -> Result<usize, Error> {
        options::check_chat(request)?;
        Ok(self.prompt(request, Tools::read(request)?).await?.0.len())
    }

    fn reply(&self, events: Events, choice: Option<&Choice>) -> Reply {
        let local = self.local.clone();
        let mut calls = choice.map(Calls::new);
        let deltas = events.flat_map(move |event| stream::iter(deltas(&*local, event, calls.as_mut())));
        Reply { deltas: deltas.boxed() }
    }

    /// The tokens of the prompt, and the grammar of the answer.
    async fn prompt(
        &self,
        request: &ChatRequest,
        tools: Option<Tools>,
    ) -> Result<(Vec<u32>, Option<Arc<Grammar>>), Error> {
        let (local, request) = (self.local.clone(), request.clone());
        aside(move || {
            let format = constraint::read(&request.options.guided)?;
            let asked = match (&tools, format) {
                (Some(tools), format) => {
                    // alone first, so that a fault names its field
                    format.as_ref().map(|format| constraint::compile(&*local, format)).transpose()?;
                    Some((tools.shape(format.map(|(shape, _)| shape)), "tools".to_owned()))
                }
                (None, format) => format,
            };
            let grammar = asked.map(|asked| constraint::compile(&*local, &asked)).transpose();
            let grammar = grammar.map_err(|error| {
                // which tool it is shows when each is compiled alone
                let parts = tools.iter().flat_map(|tools| tools.arguments(&request));
                parts.into_iter().find_map(|part| constraint::compile(&*local, &part).err()).unwrap_or(error)
            })?;
            if request.raw {
                let text: String = request.messages.iter().map(|message| message.content.text()).collect();
                return Ok((local.encode(&text), grammar));
            }
            let rendered = local.render(&context(&*local, &request)).map_err(|e| error(e).about("messages"))?;
            Ok((local.encode_rendered(&rendered), grammar))
        })
        .await
    }
}

fn deltas(local: &dyn Local, event: Result<Event, Error>, calls: Option<&mut Calls>) -> Vec<Result<Delta, Error>> {
    match (event, calls) {
        (Ok(Event::Text { text, tokens }), calls) => {
            let logprobs: Vec<_> = tokens.iter().map(|token| token_logprob(local, token)).collect();
            let Some(calls) = calls else { return vec![Ok(Delta::Text { text, logprobs })] };
            let told = (!logprobs.is_empty()).then(|| Delta::Text { text: String::new(), logprobs });
            told.into_iter().chain(calls.read(&text)).map(Ok).collect()
        }
        (Ok(Event::Done { finish, usage }), calls) => {
            let finish = finished(finish);
            let mut deltas = calls.map_or_else(|| vec![Delta::Finish(finish)], |calls| calls.finish(finish));
            deltas.push(Delta::Usage(used(usage)));
            deltas.into_iter().map(Ok).collect()
        }
        (Ok(_), _) => Vec::new(),
        (Err(error), _) => vec![Err(error)],
    }
}

fn token_logprob(local: &dyn Local, token: &TokenInfo) -> TokenLogprob {
    let top_logprobs = token.top.iter().map(|(id, p)| logprob(local, *id, *p)).collect();
    TokenLogprob { chosen: logprob(local, token.id, token.logprob.unwrap_or(0.0)), top_logprobs }
}

pub(crate) fn finished(finish: engine::Finish) -> chat::Finish {
    match finish {
        engine::Finish::Stop => chat::Finish::Stop,
        engine::Finish::Length => chat::Finish::Length,
    }
}

pub(crate) fn used(usage: engine::Usage) -> chat::Usage {
    chat::Usage {
        prompt_tokens: usage.n_prompt,
        completion_tokens: usage.n_generated,
        cached: usage.n_cached,
        reasoning: 0,
        estimated: false,
        queued: usage.queued,
        prefill: usage.prefill,
        decode: usage.decode,
    }
}

/// What the template is given: every text of the user guarded, and nothing else.
fn context(local: &dyn Local, request: &ChatRequest) -> Value {
    let mut context = Map::new();
    for (name, value) in request.chat_template_kwargs.iter().flatten() {
        context.insert(name.clone(), guarded(local, value.clone()));
    }
    let used = request
        .tools
        .as_deref()
        .filter(|tools| !tools.is_empty() && request.tool_choice.as_ref().is_none_or(|c| c != "none"));
    let is_native = tools::is_native(local);
    let as_text =
        !is_native && (used.is_some() || (tools::in_messages(&request.messages) && !local.template_says("tool_calls")));
    let own = as_text.then(|| tools::as_text(&request.messages, used));
    let messages =
        own.as_deref().unwrap_or(&request.messages).iter().map(|message| message_context(local, message)).collect();
    context.insert("messages".to_owned(), Value::Array(messages));
    if let Some(tools) = used.filter(|_| is_native) {
        let tools = tools.iter().map(|tool| guarded(local, tools::for_template(tool))).collect();
        context.insert("tools".to_owned(), Value::Array(tools));
    }
    Value::Object(context)
}

fn message_context(local: &dyn Local, message: &Message) -> Value {
    let mut fields = Map::new();
    fields.insert("role".to_owned(), message.role.name().into());
    fields.insert("content".to_owned(), local.guard(&message.content.text()).into());
    let texts = [("name", &message.name), ("tool_call_id", &message.tool_call_id)];
    for (field, text) in texts {
        if let Some(text) = text {
            fields.insert(field.to_owned(), local.guard(text).into());
        }
    }
    if let Some(calls) = message.tool_calls.as_ref().filter(|calls| !calls.is_empty()) {
        let calls = calls.iter().map(|call| {
            // Templates print the arguments with `tojson`, so they want the object, not its text.
            let arguments = serde_json::from_str::<Map<String, Value>>(&call.function.arguments);
            let arguments = arguments.map_or_else(|_| call.function.arguments.as_str().into(), Value::Object);
            let name = local.guard(&call.function.name);
            let function = json!({ "name": name, "arguments": guarded(local, arguments) });
            json!({ "id": local.guard(&call.id), "type": "function", "function": function })
        });
        fields.insert("tool_calls".to_owned(), calls.collect());
    }
    Value::Object(fields)
}

/// `value` with all texts in it guarded, names of fields too.
fn guarded(local: &dyn Local, value: Value) -> Value {
    match value {
        Value::String(text) => local.guard(&text).into(),
        Value::Array(values) => values.into_iter().map(|v| guarded(local, v)).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(k, v)| (local.guard(&k).into_owned(), guarded(local, v))).collect()
        }
        other => other,
    }
}

/// Refuses content that the role cannot have or that the model cannot read.
pub(crate) fn check_content(message: &Message, at: &str) -> Result<(), Error> {
    let calls = message.tool_calls.as_ref().is_some_and(|calls| !calls.is_empty());
    let parts = match &message.content {
        Content::Parts(parts) => parts,
        Content::Nothing if message.role != Role::Assistant || !calls => {
            return Err(Error::field(format!("{at}.content"), "missing"));
        }
        Content::Nothing | Content::Text(_) => return Ok(()),
    };
    for (j, part) in parts.iter().enumerate() {
        let place = format!("{at}.content[{j}]");
        match (part.r#type.as_str(), &part.text) {
            ("text", Some(_)) => {}
            ("refusal", _) if message.role == Role::Assistant => {}
            ("text", None) => return Err(Error::field(format!("{place}.text"), "missing")),
            (other, _) => return Err(Error::field(place, format!("type `{other}` is not read here, only `text`"))),
        }
    }
    Ok(())
}
