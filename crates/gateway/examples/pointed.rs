//! How well a small model points at arguments: the six families' requests in words that their tools decline, near misses, and
//! foreign texts.
//!
//! ```sh
//! kinglet serve --model smollm2-135m --listen 127.0.0.1:8090
//! cargo run --release -p gateway --example pointed -- http://127.0.0.1:8090/v1 smollm2-135m 20
//! ```
//!
//! The last number says how many requests of each family are asked in each rewording; of near misses and foreign texts three
//! times as many. A model without a chat template is asked by `/v1/completions` with `--plain`; with `--show` all that was
//! accepted is printed, and why what was not.
#![expect(clippy::print_stdout, reason = "it prints what it measures")]

#[path = "../../toolsmith/tests/families/family.rs"]
#[expect(dead_code, reason = "the families' own tests use more of it")]
mod family;

use chat::{Answerer, BoxFuture, ChatRequest, Delta, Finish, Reply, Role, Usage};
use family::{FAMILIES, Family};
use fastrand::Rng;
use futures_util::stream;
use gateway::{Api, Settings, Upstream};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    error::Error,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};
use toolsmith::{
    Call, Limits, Sandbox, Tool, Worker,
    spans::{Phrases, Reader, Refused},
};

/// Examples of a tool.
const N_EXAMPLES: usize = 45;

/// How a text becomes another that asks the same.
type Reword = fn(&str) -> String;

/// Other words for the same request, by name.
const REWORDINGS: [(&str, Reword); 6] = [
    ("greeted", |text| format!("Hello! Could you please help me with this?\n\n{text}")),
    ("thanked", |text| format!("{text}\n\nThank you very much!")),
    ("begged", |text| format!("Hi there, I need your help: {text} Thanks in advance.")),
    ("turned", turned),
    ("listed", |text| text.replace(", ", "; ")),
    ("lines", |text| text.replace(". ", ".\n").replace(": ", ":\n")),
];

/// The last sentence first; where there is but one, what follows its last colon.
fn turned(text: &str) -> String {
    let last = [". ", "\n"].iter().filter_map(|end| text.rfind(end).map(|at| at + end.len())).max();
    match (last, text.rsplit_once(": ")) {
        (Some(at), _) => format!("{}\n{}", &text[at..], text[..at].trim_end()),
        (None, Some((asked, given))) => format!("{given}\n{asked}, please."),
        (None, None) => format!("Please: {text}"),
    }
}

/// Whom is asked, and what runs.
struct World {
    model: String,
    answerer: Box<dyn Answerer>,
    sandbox: Sandbox,
    shows: bool,
}

/// What came of texts.
#[derive(Default)]
struct Tally {
    n: usize,
    /// The tool's own code read it.
    own: usize,
    right: usize,
    wrong: usize,
    refused: BTreeMap<&'static str, usize>,
    /// Of each text that the model was asked, in milliseconds.
    times: Vec<f64>,
}

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|word| word == "worker") {
        return toolsmith::sandbox::work();
    }
    let [shows, is_plain] = ["--show", "--plain"].map(|word| arguments.iter().any(|given| given == word));
    arguments.retain(|word| !word.starts_with("--"));
    let [url, model, n, families @ ..] = &arguments[..] else {
        println!("usage: pointed URL MODEL N [FAMILY ...] [--plain] [--show]");
        return ExitCode::FAILURE;
    };
    let run = |n| run([url, model], n, families, [shows, is_plain]);
    match n.parse().map_err(Into::into).and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run([url, model]: [&str; 2], n: usize, families: &[String], flags: [bool; 2]) -> Result<(), Box<dyn Error>> {
    let [shows, is_plain] = flags;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let upstream = Arc::new(Upstream::new(Settings::new("small", Api::OpenAi, url))?);
    runtime.block_on(async {
        let worker = Worker { program: std::env::current_exe()?, arguments: vec!["worker".into()] };
        // without optimisation a call takes longer than it may where tools serve
        let limits = Limits { time: Duration::from_secs(10), ..Limits::default() };
        let sandbox = Sandbox::open(worker, 1, limits).await.map_err(|error| error.to_string())?;
        let answerer: Box<dyn Answerer> =
            if is_plain { Box::new(Plain(upstream)) } else { Box::new(upstream.model(model)) };
        let world = World { model: model.to_owned(), answerer, sandbox, shows };
        println!(
            "| family | texts | n | own code | right | wrong | refused | median |\n|---|---|---|---|---|---|---|---|"
        );
        for family in FAMILIES.iter().filter(|one| families.is_empty() || families.iter().any(|name| name == one.name))
        {
            world.family(family, n).await?;
        }
        Ok(())
    })
}

/// A model that was taught no conversations: it goes on with a text of questions and answers.
struct Plain(Arc<Upstream>);

impl Answerer for Plain {
    fn answer<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<Reply, chat::Error>> {
        let said = |role| match role {
            Role::System => "",
            Role::Assistant => "Arguments: ",
            _ => "Message: ",
        };
        let lines = request.messages.iter().map(|message| said(message.role).to_owned() + &message.content.text());
        let body = json!({
            "prompt": lines.collect::<Vec<_>>().join("\n\n") + "\n\nArguments:", "temperature": 0,
            "max_tokens": request.options.max_tokens, "response_format": request.options.guided.response_format,
        });
        Box::pin(async move {
            let reply = self.0.post("completions", &request.model, body).await?;
            let choice = &reply["choices"][0];
            let finish = if choice["finish_reason"] == "stop" { Finish::Stop } else { Finish::Length };
            let text = choice["text"].as_str().unwrap_or_default().to_owned();
            let deltas =
                [Delta::Text { text, logprobs: Vec::new() }, Delta::Finish(finish), Delta::Usage(Usage::default())];
            Ok(Reply { deltas: Box::pin(stream::iter(deltas.map(Ok))) })
        })
    }
}

impl World {
    async fn family(&self, family: &Family, n: usize) -> Result<(), Box<dyn Error>> {
        let mut tool = family.tool()?;
        tool.examples = family.instances(N_EXAMPLES, 0);
        let phrases = Phrases::new(&self.sandbox, &tool).await;
        let reader = match phrases.and_then(|phrases| Reader::new(&tool, phrases.into())) {
            Ok(reader) => reader,
            Err(refused) => {
                println!("| {} | all | - | - | - | - | {refused} | - |", family.name);
                return Ok(());
            }
        };
        for (name, reword) in REWORDINGS {
            let mut tally = Tally::default();
            for example in family.instances(n, 1) {
                self.ask(&tool, &reader, &reword(&example.text), Some(&example.answer), &mut tally).await?;
            }
            tally.print(family.name, name);
        }
        let declined = [
            ("near misses", family.near_misses(3 * n, 1)),
            ("of others", family.of_others(n, 1)),
            ("foreign", family::foreign(&mut Rng::with_seed(1), 3 * n)),
        ];
        for (name, texts) in declined {
            let mut tally = Tally::default();
            for text in texts {
                self.ask(&tool, &reader, &text, None, &mut tally).await?;
            }
            tally.print(family.name, name);
        }
        Ok(())
    }

    /// Has the model point where the tool's own code declines; without an `expected` answer any is wrong.
    async fn ask(
        &self,
        tool: &Tool,
        reader: &Reader,
        text: &str,
        expected: Option<&str>,
        tally: &mut Tally,
    ) -> Result<(), Box<dyn Error>> {
        tally.n += 1;
        let own = self.sandbox.call(&tool.code, Call::Answer { text: text.to_owned() }).await;
        if own.is_ok_and(|outcome| outcome.answer.is_some()) {
            tally.own += 1;
            return Ok(());
        }
        let begun = Instant::now();
        let pointed = reader.extract(&self.sandbox, &*self.answerer, &self.model, text).await;
        tally.times.push(begun.elapsed().as_secs_f64() * 1000.0);
        let arguments = match pointed {
            Ok(arguments) => arguments,
            Err(Refused::Failed(error)) => return Err(error.into()),
            Err(refused) => {
                *tally.refused.entry(word(&refused)).or_default() += 1;
                if self.shows {
                    println!("{text:?}\n  REFUSED {refused}");
                }
                return Ok(());
            }
        };
        if self.shows {
            println!("{text:?}\n  {}", Value::Object(arguments.clone()));
        }
        let Ok(ran) = self.sandbox.call(&tool.code, Call::Run { arguments }).await else {
            *tally.refused.entry("raised").or_default() += 1;
            return Ok(());
        };
        let call = Call::Render { result: ran.result.unwrap_or_default(), text: text.to_owned() };
        match self.sandbox.call(&tool.code, call).await.map(|rendered| rendered.answer) {
            Ok(Some(answer)) if expected.is_some_and(|expected| bare(&answer) == bare(expected)) => tally.right += 1,
            Ok(Some(answer)) => {
                tally.wrong += 1;
                if self.shows {
                    println!("  WRONG {answer:?}, expected {expected:?}");
                }
            }
            _ => *tally.refused.entry("raised").or_default() += 1,
        }
        Ok(())
    }
}

/// An answer without what separates its parts, which follows the request's own separators.
fn bare(answer: &str) -> String {
    answer.chars().filter(|c| !c.is_whitespace() && !",;".contains(*c)).collect()
}

impl Tally {
    fn print(mut self, family: &str, texts: &str) {
        self.times.sort_by(f64::total_cmp);
        let median = self.times.get(self.times.len() / 2).map_or("-".to_owned(), |time| format!("{time:.0} ms"));
        let refused: Vec<_> = self.refused.iter().map(|(word, n)| format!("{n} {word}")).collect();
        let Self { n, own, right, wrong, .. } = self;
        println!("| {family} | {texts} | {n} | {own} | {right} | {wrong} | {} | {median} |", refused.join(", "));
    }
}

/// A word for a refusal.
fn word(refused: &Refused) -> &'static str {
    match refused {
        Refused::TooLong => "too long",
        Refused::Schema(_) => "schema",
        Refused::Failed(_) => "failed",
        Refused::Unfinished => "unfinished",
        Refused::NoObject => "no object",
        Refused::Invalid(_) => "invalid",
        Refused::NotThere(_) => "not there",
        Refused::Twice(_) => "twice",
        Refused::Disorder(_) => "disorder",
        Refused::Wording(_) => "wording",
        Refused::LeftOver(_) => "left over",
        Refused::Unsaid => "unsaid",
        Refused::Apart(_) => "apart",
        Refused::Unlike => "unlike",
    }
}
