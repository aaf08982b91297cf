//! A model whose tokens are bytes and whose answers follow words in the prompt.
use engine::{
    Error, Event, Finish, Grammar, Job, Kind, Listener, Request, Shape, Stats, TokenInfo, Usage, Vocabulary, Want,
};
use gateway::Local;
use serde_json::Value;
use std::{
    borrow::Cow,
    collections::VecDeque,
    path::Path,
    sync::{
        Arc, LazyLock, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

/// Tokens that a request may hold.
pub(crate) const N_CTX: usize = 400;
/// What is answered, a token a letter.
pub(crate) const ANSWER: &str = "Grüße!";

/// What is answered to a prompt.
type Says = fn(&str) -> String;

/// Answers [`ANSWER`]; a prompt with `HOLD` waits until it is told on, one with `BREAK` fails at once, one with `CRACK`
/// after its first text, one with `PANIC` is a defect.
#[derive(Default)]
pub(crate) struct Script {
    held: Mutex<Vec<(Request, Box<dyn Listener>)>>,
    asked: Mutex<Vec<Request>>,
    full: AtomicBool,
    adapters: Mutex<Vec<String>>,
    /// The template knows no tools.
    pub(crate) plain: AtomicBool,
    /// What is answered instead.
    says: Mutex<Option<String>>,
    /// What is answered to a prompt instead.
    follows: Mutex<Option<Says>>,
    /// Tokens that a request may hold, where it is not [`N_CTX`].
    n_ctx: AtomicUsize,
    /// What the next requests will have waited in the queue.
    waits: Mutex<VecDeque<Duration>>,
    /// Vectors of texts with these words.
    meanings: Mutex<Vec<(String, Vec<f32>)>>,
    /// Who it is, where it is no longer `script`.
    is: Mutex<Option<String>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Script {
    /// `text` is answered from now on.
    pub(crate) fn answer_with(&self, text: &str) {
        *lock(&self.says) = Some(text.to_owned());
    }

    /// A text with `word` in it has about this `vector` from now on.
    pub(crate) fn embed(&self, word: &str, vector: &[f32]) {
        lock(&self.meanings).push((word.to_owned(), vector.to_vec()));
    }

    /// What `says` of a prompt is answered from now on, and prompts may be as long as they like.
    pub(crate) fn answer_by(&self, says: Says) {
        *lock(&self.follows) = Some(says);
        self.n_ctx.store(1 << 16, Ordering::SeqCst);
    }

    /// The next requests are said to have waited so many microseconds, each its own.
    pub(crate) fn wait(&self, micros: &[u64]) {
        lock(&self.waits).extend(micros.iter().copied().map(Duration::from_micros));
    }

    /// It is another model from now on.
    pub(crate) fn become_another(&self, identity: &str) {
        *lock(&self.is) = Some(identity.to_owned());
    }

    /// The queue is full from now on, or no longer.
    pub(crate) fn fill(&self, full: bool) {
        self.full.store(full, Ordering::SeqCst);
    }

    /// Requests that were taken, oldest first.
    pub(crate) fn asked(&self) -> Vec<Request> {
        lock(&self.asked).clone()
    }

    /// How many requests are held that somebody still waits for.
    pub(crate) fn n_held(&self) -> usize {
        lock(&self.held).iter().filter(|(_, ear)| !ear.gone()).count()
    }

    /// `text` comes for all held requests.
    pub(crate) fn say(&self, text: &str) {
        for (_, ear) in lock(&self.held).iter_mut() {
            ear.hear(Event::Text { text: text.to_owned(), tokens: Vec::new() });
        }
    }

    /// All held requests end.
    pub(crate) fn let_go(&self) {
        for (request, mut ear) in lock(&self.held).drain(..) {
            answer(ANSWER, Duration::ZERO, &request, &mut *ear);
        }
    }
}

/// `vector`, with a little that is this text's own.
pub(crate) fn near(vector: &[f32], text: &[u8]) -> Vec<f32> {
    let hash = text.iter().fold(7u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(u32::from(*byte)));
    (0u32..).zip(vector).map(|(i, x)| x + (hash.rotate_left(5 * i) % 16) as f32 / 100.0).collect()
}

fn answer(text: &str, queued: Duration, request: &Request, ear: &mut dyn Listener) {
    let done = |n_generated, finish, ear: &mut dyn Listener| {
        let usage = Usage { n_prompt: request.prompt.len(), n_generated, queued, ..Usage::default() };
        ear.hear(Event::Done { finish, usage });
    };
    let Want::Answer { max_tokens } = request.want else {
        ear.hear(Event::Embedding(vec![0.6, -0.8]));
        return done(0, Finish::Stop, ear);
    };
    if request.prompt_logprobs {
        let infos = request.prompt.iter().enumerate().map(|(i, id)| info(*id, i > 0));
        ear.hear(Event::Prompt(infos.collect()));
    }
    let letters: Vec<char> = text.chars().take(max_tokens).collect();
    for letter in &letters {
        let ids = letter.to_string().into_bytes();
        let tokens = ids.iter().map(|id| info(u32::from(*id), true)).filter(|_| request.logprobs.is_some());
        ear.hear(Event::Text { text: letter.to_string(), tokens: tokens.collect() });
    }
    let whole = letters.len() == text.chars().count();
    done(letters.len(), if whole { Finish::Stop } else { Finish::Length }, ear);
}

fn info(id: u32, follows: bool) -> TokenInfo {
    TokenInfo { id, logprob: follows.then_some(-0.5), top: vec![(id, -0.5), (u32::from(b'?'), -2.0)] }
}

impl Local for Script {
    fn submit_all(&self, jobs: Vec<Job>) -> Result<(), Error> {
        if self.full.load(Ordering::SeqCst) {
            return Err(Error::new(Kind::Busy, "7 requests are waiting; try again later"));
        }
        for (request, mut ear) in jobs {
            lock(&self.asked).push(request.clone());
            let bytes: Vec<u8> = request.prompt.iter().map(|id| *id as u8).collect();
            let says = |word: &str| bytes.windows(word.len()).any(|w| w == word.as_bytes());
            let broken = || Event::Failed(Error::new(Kind::Internal, "the script broke"));
            if says("BREAK") {
                ear.hear(broken());
            } else if says("CRACK") {
                ear.hear(Event::Text { text: "half".to_owned(), tokens: Vec::new() });
                ear.hear(broken());
            } else if says("HOLD") {
                lock(&self.held).push((request, ear));
            } else if let Some((_, vector)) = lock(&self.meanings).iter().find(|(word, _)| says(word))
                && matches!(request.want, Want::Embedding)
            {
                ear.hear(Event::Embedding(near(vector, &bytes)));
                ear.hear(Event::Done { finish: Finish::Stop, usage: Usage::default() });
            } else {
                let said = lock(&self.follows).map(|says| says(&String::from_utf8_lossy(&bytes)));
                let says = said.or_else(|| lock(&self.says).clone());
                let queued = lock(&self.waits).pop_front().unwrap_or_default();
                answer(says.as_deref().unwrap_or(ANSWER), queued, &request, &mut *ear);
            }
        }
        Ok(())
    }

    fn adapters(&self) -> Vec<String> {
        lock(&self.adapters).clone()
    }

    /// A file is good when it says so.
    fn load_adapter(&self, name: &str, file: &Path, scale: f32) -> Result<(), Error> {
        let text = std::fs::read_to_string(file).expect("a file that the gateway found");
        if text != "good" {
            return Err(Error::new(Kind::Format, format!("{}: a good file expected, {text} found", file.display())));
        }
        if scale > 10.0 || lock(&self.adapters).iter().any(|a| a == name) {
            return Err(Error::new(Kind::Input, format!("adapter `{name}`: loaded already")));
        }
        lock(&self.adapters).push(name.to_owned());
        Ok(())
    }

    fn unload_adapter(&self, name: &str) -> bool {
        let mut adapters = lock(&self.adapters);
        let before = adapters.len();
        adapters.retain(|a| a != name);
        adapters.len() < before
    }

    fn stats(&self) -> Stats {
        Stats { n_running: self.n_held(), n_pages: 9, ..Stats::default() }
    }

    fn n_ctx(&self) -> usize {
        match self.n_ctx.load(Ordering::SeqCst) {
            0 => N_CTX,
            n => n,
        }
    }

    fn n_vocab(&self) -> usize {
        256
    }

    fn chats(&self) -> bool {
        true
    }

    fn guard<'a>(&self, text: &'a str) -> Cow<'a, str> {
        Cow::Borrowed(text)
    }

    fn render(&self, context: &Value) -> Result<String, Error> {
        let messages = context["messages"].as_array().expect("a list");
        let names = context["tools"].as_array().into_iter().flatten().map(|tool| tool["function"]["name"].as_str());
        let names: Vec<&str> = names.flatten().collect();
        let tools = if names.is_empty() { String::new() } else { format!("tools: {}\n", names.join(" ")) };
        let lines = messages.iter().map(|m| format!("{}: {}\n", m["role"].as_str().expect("a role"), m["content"]));
        let text = tools + &lines.collect::<String>();
        assert!(!text.contains("PANIC"), "as the script says");
        match text.contains("REFUSE") {
            true => Err(Error::new(Kind::Input, "chat template: roles must alternate (line 3)")),
            false => Ok(text),
        }
    }

    fn encode_rendered(&self, rendered: &str) -> Vec<u32> {
        self.encode(rendered)
    }

    fn encode(&self, text: &str) -> Vec<u32> {
        text.bytes().map(u32::from).collect()
    }

    fn bytes(&self, id: u32) -> Vec<u8> {
        vec![id as u8]
    }

    fn text(&self, id: u32) -> String {
        char::from(id as u8).to_string()
    }

    fn grammar(&self, shape: &Shape) -> Result<Arc<Grammar>, Error> {
        static BYTES: LazyLock<Arc<Vocabulary>> = LazyLock::new(|| Arc::new(Vocabulary::bytes().expect("bytes")));
        Grammar::compile(&BYTES, shape).map(Arc::new)
    }

    fn identity(&self, adapter: Option<&str>) -> Result<String, Error> {
        let is = lock(&self.is).clone();
        Ok(adapter.map(str::to_owned).or(is).unwrap_or_else(|| "script".to_owned()))
    }

    fn template_says(&self, letters: &str) -> bool {
        !self.plain.load(Ordering::SeqCst) && ["tools", "tool_calls", "<tool_call>"].contains(&letters)
    }
}
