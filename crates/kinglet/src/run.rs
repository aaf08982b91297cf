//! `kinglet run`: one question, one answer, for people and for pipes.
use crate::{
    ask::{Answer, Asker, Failure, decode_speed, prefill_speed},
    config::Config,
    models::{Store, say},
    screen::Screen,
};
use ::chat::{ChatRequest, Content, Finish, Guided, Message, Options, Role};
use clap::Args;
use serde_json::{Value, json};
use std::{
    io::{self, IsTerminal, Read},
    num::NonZeroUsize,
    path::PathBuf,
    process::ExitCode,
};

/// What a shell reports of a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;
const USAGE: u8 = 2;
/// Small models may repeat themselves without end.
const MOST_TOKENS: usize = 1024;
/// Most bytes of standard input: far more than a context holds.
const MOST_INPUT: u64 = 16 << 20;

#[derive(Args)]
pub(crate) struct Question {
    /// The prompt. What comes through a pipe is put after it; `-`, or no prompt, takes the pipe alone.
    prompt: Option<String>,
    /// A name from the catalogue (fetched when absent), or a GGUF file [default: models.default, which is smollm2-135m].
    #[arg(long, short)]
    pub(crate) model: Option<String>,
    /// A LoRA adapter (GGUF) to answer with.
    #[arg(long, value_name = "FILE")]
    adapter: Option<PathBuf>,
    /// Instructions for the model.
    #[arg(long, short)]
    system: Option<String>,
    /// Most tokens of the answer; when this default ends it, a note says so [default: 1024].
    #[arg(long, short = 'n', value_name = "N")]
    max_tokens: Option<NonZeroUsize>,
    /// 0 takes the likeliest token each time, so that the same question has the same answer; up to 2.
    #[arg(long, short, value_name = "T", default_value_t = 0.0)]
    temperature: f32,
    /// The same seed gives the same answer at any temperature.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    seed: Option<i64>,
    /// Ends the answer before this text; may be given several times.
    #[arg(long, value_name = "TEXT")]
    stop: Vec<String>,
    /// The answer is a value of this JSON schema: a file, or the schema itself.
    #[arg(long, value_name = "FILE")]
    schema: Option<String>,
    /// The model goes on with the prompt as it stands, without its chat template.
    #[arg(long, conflicts_with = "system")]
    raw: bool,
    /// Prints one JSON object when the answer is complete.
    #[arg(long)]
    json: bool,
}

/// Answers `question` on standard output.
pub(crate) fn run(config: &Config, store: &Store, question: Question) -> Result<ExitCode, String> {
    let Some(prompt) = prompt(question.prompt.as_deref())? else {
        say("error: a prompt expected, as in kinglet run \"Why is the sky blue?\" or through a pipe; none found");
        return Ok(USAGE.into());
    };
    let schema = question.schema.as_deref().map(schema).transpose()?;
    let asker = Asker::load(config, store, question.adapter.as_deref(), question.raw)?;
    let request = request(&asker.name, prompt, &question, schema);
    let screen = Screen::new();
    let hear = |text: &str| if question.json { Ok(()) } else { screen.answer(text) };
    let told = asker.ask(&request, true, hear).and_then(|answer| {
        let rest = match (question.json, answer.text.ends_with('\n')) {
            (true, _) if answer.finish.is_none() => String::new(),
            (true, _) => format!("{}\n", report(&asker, &answer)),
            (false, true) => String::new(),
            (false, false) => "\n".to_owned(),
        };
        screen.answer(&rest).map_err(Failure::Output)?;
        Ok(answer)
    });
    match told {
        Ok(answer) => {
            let (used, n_ctx) = (answer.usage.prompt_tokens + answer.usage.completion_tokens, asker.n_ctx());
            if answer.finish == Some(Finish::Length) && used >= n_ctx {
                say(&format!("note: the answer is cut, as the context of {n_ctx} tokens is full"));
            } else if answer.finish == Some(Finish::Length) && question.max_tokens.is_none() {
                say(&format!("note: the answer is cut after {MOST_TOKENS} tokens; --max-tokens N allows more"));
            }
            Ok(answer.finish.map_or(INTERRUPTED.into(), |_| ExitCode::SUCCESS))
        }
        // whoever reads has had enough
        Err(Failure::Output(e)) if e.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(Failure::Output(e)) => Err(format!("standard output: {e}")),
        Err(Failure::Answer(e)) => Err(e.message),
    }
}

/// The prompt from the command line and the pipe; `None` when there is neither.
fn prompt(given: Option<&str>) -> Result<Option<String>, String> {
    let given = given.filter(|text| *text != "-");
    let stdin = io::stdin();
    let piped = if stdin.is_terminal() && given.is_some() {
        String::new()
    } else if stdin.is_terminal() {
        return Ok(None);
    } else {
        read(stdin.lock())?
    };
    let texts: Vec<&str> = given.into_iter().chain([piped.trim_end()]).filter(|t| !t.trim().is_empty()).collect();
    Ok(Some(texts.join("\n\n")).filter(|text| !text.is_empty()))
}

fn read(input: impl Read) -> Result<String, String> {
    let mut bytes = Vec::new();
    input.take(MOST_INPUT + 1).read_to_end(&mut bytes).map_err(|e| format!("standard input: {e}"))?;
    if bytes.len() as u64 > MOST_INPUT {
        return Err(format!("standard input: at most {} MiB expected, more found", MOST_INPUT >> 20));
    }
    let broken = |e: std::string::FromUtf8Error| {
        format!("standard input: text in UTF-8 expected, none at byte {}", e.utf8_error().valid_up_to())
    };
    String::from_utf8(bytes).map_err(broken)
}

/// A schema, or the one in the file of that name.
fn schema(given: &str) -> Result<Value, String> {
    let text = match given.trim_start().starts_with('{') {
        true => given.to_owned(),
        false => std::fs::read_to_string(given).map_err(|e| format!("--schema {given}: {e}"))?,
    };
    serde_json::from_str(&text).map_err(|e| format!("--schema: a JSON schema expected: {e}"))
}

fn request(model: &str, prompt: String, question: &Question, schema: Option<Value>) -> ChatRequest {
    let message =
        |role, text| Message { role, content: Content::Text(text), name: None, tool_calls: None, tool_call_id: None };
    let system = question.system.clone().map(|text| message(Role::System, text));
    ChatRequest {
        model: model.to_owned(),
        messages: system.into_iter().chain([message(Role::User, prompt)]).collect(),
        options: Options {
            temperature: Some(question.temperature),
            seed: question.seed,
            max_tokens: Some(question.max_tokens.map_or(MOST_TOKENS, NonZeroUsize::get)),
            repetition_penalty: Some(1.1), // the likeliest tokens alone lead small models into loops
            stop: question.stop.clone(),
            guided: Guided { json_schema: schema, ..Guided::default() },
            ..Options::default()
        },
        raw: question.raw,
        ..ChatRequest::default()
    }
}

/// The answer for programs.
fn report(asker: &Asker, answer: &Answer) -> Value {
    let usage = &answer.usage;
    let millis = |time: std::time::Duration| (time.as_secs_f64() * 1e4).round() / 10.0;
    let per_second = |speed: Option<f64>| speed.map(|speed| (speed * 10.0).round() / 10.0);
    json!({
        "model": asker.name,
        "text": answer.text,
        "finish_reason": answer.finish,
        "usage": {
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
            "total_tokens": usage.prompt_tokens + usage.completion_tokens,
        },
        "timings": {
            "load_ms": millis(asker.load),
            "prefill_ms": millis(usage.prefill),
            "decode_ms": millis(usage.decode),
            "prefill_tokens_per_second": per_second(prefill_speed(usage)),
            "decode_tokens_per_second": per_second(decode_speed(usage)),
        },
    })
}
