//! A maker that says what a test has it say, a purse, and requests to sort words.
use chat::{Answerer, BoxFuture, ChatRequest, Delta, Error, Finish, Reply, Usage};
use fastrand::Rng;
use std::{
    pin::Pin,
    sync::Mutex,
    task::{Context, Poll},
    time::Duration,
};
use toolsmith::{Budget, Example, Gates, Limits, Sandbox, Task, Tool, Worker};

pub(crate) async fn sandbox() -> Sandbox {
    sandbox_within(Duration::from_secs(3)).await
}

/// The one place that knows how a sandbox is opened.
pub(crate) async fn sandbox_within(time: Duration) -> Sandbox {
    let worker = Worker { program: env!("CARGO_BIN_EXE_toolsmith-worker").into(), arguments: Vec::new() };
    Sandbox::open(worker, 1, Limits { time, ..Limits::default() }).await.expect("a sandbox")
}

/// As always, but patient: tests run on slow machines, without optimisation.
pub(crate) fn gates() -> Gates {
    Gates { mutants: 30, median_us: 2_000_000, slowest_us: 3_000_000, ..Gates::default() }
}

type Script = Box<dyn Fn(usize, &str) -> String + Send + Sync>;

/// Answers by a script: the number of the call, and all that was asked.
pub(crate) struct Maker {
    script: Script,
    asked: Mutex<Vec<String>>,
}

impl Maker {
    pub(crate) fn new(script: impl Fn(usize, &str) -> String + Send + Sync + 'static) -> Self {
        Self { script: Box::new(script), asked: Mutex::default() }
    }

    /// These answers in turn, the last for ever.
    pub(crate) fn saying(answers: &[&str]) -> Self {
        let answers: Vec<String> = answers.iter().map(|&answer| answer.to_owned()).collect();
        Self::new(move |n, _| answers[n.min(answers.len() - 1)].clone())
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("a lock").clone()
    }
}

impl Answerer for Maker {
    fn answer<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<Reply, Error>> {
        let all: Vec<String> = request.messages.iter().map(|message| message.content.text()).collect();
        let all = all.join("\n");
        let mut asked = self.asked.lock().expect("a lock");
        let text = (self.script)(asked.len(), &all);
        asked.push(all);
        let usage = Usage { prompt_tokens: 1000, completion_tokens: 500, ..Usage::default() };
        let (first, second) = text.split_at(text.len() / 2);
        let text = [first, second].map(|text| Delta::Text { text: text.to_owned(), logprobs: Vec::new() });
        let deltas = text.into_iter().chain([Delta::Finish(Finish::Stop), Delta::Usage(usage)]);
        let deltas = Box::pin(Told(deltas.collect::<Vec<_>>().into_iter()));
        Box::pin(async move { Ok(Reply { deltas }) })
    }
}

struct Told(std::vec::IntoIter<Delta>);

impl futures_core::Stream for Told {
    type Item = Result<Delta, Error>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.next().map(Ok))
    }
}

/// Pays for so many calls.
pub(crate) struct Purse {
    pub(crate) calls: usize,
    pub(crate) tokens: usize,
}

impl Purse {
    pub(crate) fn full() -> Self {
        Self { calls: 100, tokens: 0 }
    }
}

impl Budget for Purse {
    fn may(&mut self, prompt: usize, completion: usize) -> BoxFuture<'_, Result<(), String>> {
        assert!(prompt > 0 && completion > 0);
        let may = self.calls > 0;
        self.calls = self.calls.saturating_sub(1);
        Box::pin(async move { if may { Ok(()) } else { Err("it is empty".to_owned()) } })
    }

    fn used(&mut self, usage: Usage) -> BoxFuture<'_, ()> {
        self.tokens += usage.prompt_tokens + usage.completion_tokens;
        Box::pin(async {})
    }
}

const SYLLABLES: [&str; 10] = ["ba", "den", "fi", "gor", "ka", "lum", "me", "nos", "ri", "tau"];

/// Different words.
pub(crate) fn words(rng: &mut Rng, n: usize) -> Vec<String> {
    let mut words = Vec::<String>::new();
    while words.len() < n {
        let word: String = (0..rng.usize(2..5)).map(|_| SYLLABLES[rng.usize(..SYLLABLES.len())]).collect();
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// Requests to sort three to nine words.
pub(crate) fn examples(begin: &str, n: usize, seed: u64) -> Vec<Example> {
    let mut rng = Rng::with_seed(seed);
    let example = |_| {
        let n = rng.usize(3..10);
        let mut words = words(&mut rng, n);
        let text = format!("{begin}{}", words.join(" "));
        words.sort();
        Example { text, answer: words.join(" "), source: None }
    };
    (0..n).map(example).collect()
}

pub(crate) fn negatives() -> Vec<String> {
    ["Sort these words by length: kiwi fig", "What is a word?", "Sort these words", "Sort these numbers: 3 1 2"]
        .map(str::to_owned)
        .to_vec()
}

pub(crate) fn task(n: usize) -> Task {
    Task {
        about: Some("sorting".to_owned()),
        context: "context".to_owned(),
        examples: examples("Sort these words: ", n, 1),
        negatives: negatives(),
        ..Task::default()
    }
}

const SAID: &str = r#"{
  "name": "sort_words",
  "description": "Sorts words alphabetically.",
  "input": {
    "type": "object",
    "properties": {"words": {"type": "array", "items": {"type": "string"}, "description": "The words."}},
    "required": ["words"]
  },
  "output": {"type": "array", "items": {"type": "string"}},
  "properties": [{"kind": "permutes", "argument": "words"}, {"kind": "shuffle_invariant", "argument": "words"}]
}"#;

pub(crate) const SORT: &str = r#"import re

LIST = re.compile(r"Sort these words: ([a-z]+(?: [a-z]+)*)")


def extract(text):
    found = LIST.fullmatch(text)
    if found is None:
        return None
    return {"words": found.group(1).split(" ")}


def run(words):
    return sorted(words)


def render(result, text):
    return " ".join(result)
"#;

/// A maker's answer with this code.
pub(crate) fn answer(code: &str) -> String {
    format!("Here is the tool.\n```json\n{SAID}\n```\nAnd its code:\n```python\n{code}```\nIt sorts.")
}

/// The tool with this code, as it is read from an answer.
pub(crate) fn tool(code: &str) -> Tool {
    toolsmith::prompt::read(&answer(code)).expect("a tool")
}
