//! `POST /v1/completions`.
use super::{
    Failure, body, options,
    prompt::{self, Prompt},
    reply::{self, Head},
};
use crate::{
    Local,
    account::Asked,
    app::Shared,
    constraint,
    exchange::{self, Context, Total},
    local::{aside, finished, logprob, merge, room, submit, used},
    telemetry::Call,
};
use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use chat::{Error, Finish, Options};
use engine::{Event, TokenInfo, Want};
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Most tokens of an answer whose request does not say; as OpenAI's API has it on this route.
const MAX_TOKENS: usize = 16;

#[derive(Clone, Deserialize)]
struct CompletionRequest {
    model: String,
    #[serde(default)]
    prompt: Value,
    #[serde(default)]
    suffix: Option<String>,
    #[serde(default)]
    echo: Option<bool>,
    #[serde(default)]
    logprobs: Option<usize>,
    #[serde(default)]
    best_of: Option<usize>,
}

pub(super) async fn create(State(app): State<Shared>, context: Context, request: Request) -> Result<Response, Failure> {
    let body = body::read(request, &app.config).await?;
    let options: Options = body::fields(&body)?;
    let request: CompletionRequest = body::fields(&body)?;
    let n = check(&request, &options)?;
    let max_tokens = options.max_completion_tokens.or(options.max_tokens);
    let most_output = max_tokens.unwrap_or(MAX_TOKENS).saturating_mul(n);
    let call = Call { operation: "text_completion", max_tokens, temperature: options.temperature };
    let asked = Asked { model: request.model.clone(), text: body.to_string(), most_output, call };
    let open = exchange::open(&app, &context, asked).await?;
    let (step, local) = match open.local(&app) {
        Ok(Some(found)) => found,
        Ok(None) => {
            let (headers, reply) = open.forward(&app, "completions", &request.model, &body).await?;
            return Ok((headers, elsewhere(reply, &options).await?).into_response());
        }
        Err(error) => return Err(open.fail(error, Vec::new()).await.into()),
    };
    match begin(&app, local, &request, &options, n).await {
        Ok((choices, events)) => {
            let headers = exchange::headers(&open.plan, &step, open.plan.why);
            let passing = open.answered(&app, &step, choices.len(), None, Vec::new());
            let events = passing.watch(exchange::once_per_prompt(events, n), exchange::look);
            let head = Head::new("cmpl", "text_completion", &request.model);
            Ok((headers, reply(head, choices, &options, events).await?).into_response())
        }
        Err(error) => Err(open.fail(error, Vec::new()).await.into()),
    }
}

/// What came from elsewhere in one piece; where a stream was asked for, as the one chunk of a stream.
async fn elsewhere(reply: Value, options: &Options) -> Result<Response, Failure> {
    if options.stream != Some(true) {
        return Ok(Json(reply).into_response());
    }
    let chunks = [Ok(reply.to_string()), Ok("[DONE]".to_owned())];
    reply::stream(stream::iter(chunks)).await
}

type Events = BoxStream<'static, (usize, Result<Event, Error>)>;

/// The choices, and what comes of them.
async fn begin(
    app: &Shared,
    local: Arc<dyn Local>,
    request: &CompletionRequest,
    options: &Options,
    n: usize,
) -> Result<(Vec<Choice>, Events), Error> {
    let prompts = prompt::read(&request.prompt, "prompt", local.n_vocab())?;
    if prompts.len() * n > prompt::MOST {
        let message =
            format!("{} prompts with {n} choices each expected to be at most {}", prompts.len(), prompt::MOST);
        return Err(Error::field("n", message));
    }
    let (here, asked, settings) = (local.clone(), request.clone(), options.clone());
    let (jobs, choices) = aside(move || {
        let jobs = jobs(&*here, &asked, &settings, &prompts, n)?;
        let choices: Vec<_> = (0..jobs.len()).map(|idx| Choice::new(&here, &prompts[idx / n], &asked)).collect();
        Ok((jobs, choices))
    })
    .await?;
    Ok((choices, merge(submit(&*local, jobs, &app.metrics, &request.model)?).boxed()))
}

async fn reply(head: Head, choices: Vec<Choice>, options: &Options, events: Events) -> Result<Response, Failure> {
    if options.stream == Some(true) {
        let include_usage = options.stream_options.as_ref().is_some_and(|o| o.include_usage == Some(true));
        let mut chunks = Chunks { head, total: Total::of(choices.len()), choices, include_usage };
        reply::stream(events.flat_map(move |(idx, event)| stream::iter(chunks.of(idx, event)))).await
    } else {
        Ok(Json(whole(head, choices, events).await?).into_response())
    }
}

/// Refuses what is not done here; the number of choices.
fn check(request: &CompletionRequest, options: &Options) -> Result<usize, Error> {
    let n = options::n_choices(options)?;
    options::n_logprobs("logprobs", request.logprobs)?;
    if request.suffix.as_ref().is_some_and(|s| !s.is_empty()) {
        return Err(Error::field("suffix", "text is only continued here, not inserted"));
    }
    match request.best_of {
        Some(best_of) if best_of != n => Err(Error::field("best_of", format!("must equal `n`, which is {n}"))),
        _ => Ok(n),
    }
}

/// One request to the engine for each prompt and choice.
fn jobs(
    local: &dyn Local,
    request: &CompletionRequest,
    options: &Options,
    prompts: &[Prompt],
    n: usize,
) -> Result<Vec<engine::Request>, Error> {
    let mut jobs = Vec::with_capacity(prompts.len() * n);
    let asked = constraint::read(&options.guided)?;
    let grammar = asked.map(|asked| constraint::compile(local, &asked)).transpose()?;
    for (i, prompt) in prompts.iter().enumerate() {
        let ids = prompt.encode(local);
        let place = || if prompts.len() == 1 { "prompt".to_owned() } else { format!("prompt[{i}]") };
        let wanted = options.max_completion_tokens.or(options.max_tokens);
        let max_tokens = room(local, ids.len(), wanted.or(Some(MAX_TOKENS))).map_err(|e| e.about(place()))?;
        for idx in 0..n {
            jobs.push(engine::Request {
                sampling: options::sampling(&options::of_choice(options, idx), local.n_vocab())?,
                stop: options.stop.clone(),
                ignore_end: options.ignore_eos == Some(true),
                logprobs: request.logprobs,
                grammar: grammar.clone(),
                prompt_logprobs: request.echo == Some(true) && request.logprobs.is_some(),
                ..engine::Request::new(ids.clone(), Want::Answer { max_tokens })
            });
        }
    }
    Ok(jobs)
}

/// The reply in one piece.
async fn whole(head: Head, mut choices: Vec<Choice>, mut events: Events) -> Result<Value, Error> {
    let mut total = Total::of(choices.len());
    let mut texts: Vec<_> = choices.iter_mut().map(Choice::open).collect();
    let mut finishes = vec![None; choices.len()];
    while let Some((idx, event)) = events.next().await {
        match event? {
            Event::Prompt(tokens) => choices[idx].add(&tokens),
            Event::Text { text, tokens } => {
                texts[idx].push_str(&text);
                choices[idx].add(&tokens);
            }
            Event::Done { finish, usage } => {
                finishes[idx] = Some(finished(finish));
                total.add(used(usage));
            }
            Event::Embedding(_) | Event::Failed(_) => {}
        }
    }
    let choices = choices.iter_mut().zip(texts).zip(finishes).enumerate();
    let choices = choices.map(|(idx, ((choice, text), finish))| choice.json(idx, &text, finish));
    let mut reply = head.with(choices.collect());
    reply["usage"] = reply::usage_json(&total.usage);
    Ok(reply)
}

/// Turns events into chunks.
struct Chunks {
    head: Head,
    total: Total,
    choices: Vec<Choice>,
    include_usage: bool,
}

impl Chunks {
    fn of(&mut self, idx: usize, event: Result<Event, Error>) -> Vec<Result<String, Error>> {
        let choice = &mut self.choices[idx];
        let mut text = String::new();
        let mut ended = None;
        match event {
            Ok(Event::Prompt(tokens)) => choice.add(&tokens),
            Ok(Event::Text { text: more, tokens }) => {
                text = more;
                choice.add(&tokens);
            }
            Ok(Event::Done { finish, usage }) => ended = Some((finished(finish), used(usage))),
            Ok(Event::Embedding(_) | Event::Failed(_)) => {}
            Err(error) => return vec![Err(error)],
        }
        text.insert_str(0, &choice.open());
        let chunk = choice.json(idx, &text, ended.map(|(finish, _)| finish));
        let mut chunk = self.head.with(json!([chunk]));
        if self.include_usage {
            chunk["usage"] = Value::Null;
        }
        let mut chunks = vec![Ok(chunk.to_string())];
        if let Some((_, usage)) = ended {
            self.total.add(usage);
        }
        if self.total.complete() {
            reply::end(&mut chunks, &self.head, &self.total.usage, self.include_usage);
        }
        chunks
    }
}

/// One choice under way.
struct Choice {
    local: Arc<dyn Local>,
    /// The prompt's text, if it is to be repeated and was not yet.
    echo: Option<String>,
    logprobs: Option<Logprobs>,
}

impl Choice {
    fn new(local: &Arc<dyn Local>, prompt: &Prompt, request: &CompletionRequest) -> Self {
        let echo = request.echo.unwrap_or(false).then(|| prompt.echo(&**local));
        // A tokenizer may put a space before a text: it is part of the first token, but not of what was sent.
        let lead = match (prompt, &echo) {
            (Prompt::Text(text), Some(_)) => {
                let read: usize = local.encode(text).iter().map(|id| n_chars(&local.bytes(*id))).sum();
                read.saturating_sub(text.chars().count())
            }
            _ => 0,
        };
        let logprobs = request.logprobs.map(|_| Logprobs { lead, ..Logprobs::default() });
        Self { local: local.clone(), echo, logprobs }
    }

    /// The text that stands before the answer; empty from the second time on.
    fn open(&mut self) -> String {
        self.echo.take().unwrap_or_default()
    }

    fn add(&mut self, tokens: &[TokenInfo]) {
        if let Some(logprobs) = &mut self.logprobs {
            tokens.iter().for_each(|token| logprobs.add(&*self.local, token));
        }
    }

    fn json(&mut self, idx: usize, text: &str, finish: Option<Finish>) -> Value {
        let logprobs = self.logprobs.as_mut().map(Logprobs::take);
        json!({ "index": idx, "text": text, "logprobs": logprobs, "finish_reason": finish })
    }
}

/// Log-probabilities in the form of this older route: lists of equal length.
#[derive(Default)]
struct Logprobs {
    tokens: Vec<Value>,
    token_logprobs: Vec<Value>,
    top_logprobs: Vec<Value>,
    text_offset: Vec<Value>,
    /// Characters before the next token.
    n_chars: usize,
    /// Characters that the tokens begin before the text does.
    lead: usize,
}

impl Logprobs {
    fn add(&mut self, local: &dyn Local, token: &TokenInfo) {
        let chosen = logprob(local, token.id, token.logprob.unwrap_or(0.0));
        let mut top = Map::new();
        for (id, p) in &token.top {
            let other = logprob(local, *id, *p);
            // Two ids may have one text: the likelier, which comes first, stays.
            top.entry(other.token).or_insert(other.logprob.into());
        }
        if token.logprob.is_some() {
            top.entry(chosen.token.clone()).or_insert(chosen.logprob.into());
            self.top_logprobs.push(Value::Object(top));
            self.token_logprobs.push(chosen.logprob.into());
        } else {
            self.top_logprobs.push(Value::Null);
            self.token_logprobs.push(Value::Null);
        }
        self.tokens.push(chosen.token.into());
        self.text_offset.push(self.n_chars.saturating_sub(self.lead).into());
        self.n_chars += n_chars(&local.bytes(token.id));
    }

    /// What came since the last time.
    fn take(&mut self) -> Value {
        let take = std::mem::take::<Vec<Value>>;
        json!({
            "tokens": take(&mut self.tokens),
            "token_logprobs": take(&mut self.token_logprobs),
            "top_logprobs": take(&mut self.top_logprobs),
            "text_offset": take(&mut self.text_offset),
        })
    }
}

/// Characters that begin in `bytes`, also when they end in a later token.
fn n_chars(bytes: &[u8]) -> usize {
    bytes.iter().filter(|b| **b & 0xC0 != 0x80).count()
}
