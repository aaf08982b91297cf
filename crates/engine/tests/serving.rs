//! The scheduler with a real model: the same answer alone and in company, cancelling, limits, stop texts, seeds.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test says what it skipped")]
#[path = "support/models.rs"]
mod models;

use engine::{
    Engine, Event, Finish, Kind, KvType, Limits, Listener, LoadOptions, Model, Request, Sampling, Stats, Usage, Want,
    gguf::Gguf, tokenizer::Special,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

const LIMITS: Limits =
    Limits { n_running: 16, n_waiting: 2, n_ctx: 512, n_cache: 16 * 512, kv: KvType::F16, n_draft: 12 };

fn engine(limits: Limits) -> Option<Engine> {
    let Some(file) = models::model_file("smollm2-135m") else {
        println!("skipped: smollm2-135m is not on this machine");
        return None;
    };
    let model = Model::load(&Gguf::open(&file).unwrap(), &LoadOptions::default()).unwrap();
    Some(Engine::start(Arc::new(model), limits).unwrap())
}

fn request(engine: &Engine, text: &str, max_tokens: usize) -> Request {
    Request {
        ignore_end: true,
        ..Request::new(engine.model().tokenizer.encode(text, Special::Parse), Want::Answer { max_tokens })
    }
}

struct Ear(mpsc::Sender<Event>, Arc<AtomicBool>);
impl Listener for Ear {
    fn hear(&mut self, event: Event) {
        self.0.send(event).ok();
    }
    fn gone(&self) -> bool {
        self.1.load(Ordering::SeqCst)
    }
}

/// A request under way.
struct Running {
    events: mpsc::Receiver<Event>,
    gone: Arc<AtomicBool>,
}

fn begin(engine: &Engine, request: Request) -> Result<Running, engine::Error> {
    let (sender, events) = mpsc::channel();
    let gone = Arc::new(AtomicBool::new(false));
    engine.submit(request, Box::new(Ear(sender, gone.clone())))?;
    Ok(Running { events, gone })
}

/// What came of a request: the token ids if their infos were asked, the text, and the end.
#[derive(Debug)]
struct Answer {
    ids: Vec<u32>,
    logprobs: Vec<u32>,
    text: String,
    finish: Finish,
    usage: Usage,
}

impl Running {
    fn answer(self) -> Answer {
        let (mut ids, mut logprobs, mut text) = (Vec::new(), Vec::new(), String::new());
        for event in self.events {
            match event {
                Event::Text { text: more, tokens } => {
                    text.push_str(&more);
                    ids.extend(tokens.iter().map(|t| t.id));
                    logprobs.extend(tokens.iter().map(|t| t.logprob.unwrap().to_bits()));
                }
                Event::Done { finish, usage } => return Answer { ids, logprobs, text, finish, usage },
                other => unreachable!("{other:?}"),
            }
        }
        unreachable!("the engine ended without a word")
    }
}

fn ask(engine: &Engine, request: Request) -> Answer {
    begin(engine, request).unwrap().answer()
}

/// Rule 7: to the bit, whatever else runs.
#[test]
fn alone_and_among_others_the_same() {
    let Some(engine) = engine(Limits { n_waiting: 64, ..LIMITS }) else { return };
    let text = "<|im_start|>user\nName three rivers of Europe.<|im_end|>\n<|im_start|>assistant\n";
    for (temperature, seed) in [(0.0, 0), (1.0, 42)] {
        let mut wanted = request(&engine, text, 48);
        wanted.sampling = Sampling { temperature, seed, ..Sampling::default() };
        wanted.logprobs = Some(0);
        let alone = ask(&engine, wanted.clone());
        for round in 0..2 {
            // others of many lengths, some before and some after it
            let other = |i: usize| {
                let mut other = request(&engine, &"All rivers run. ".repeat(1 + i * (round + 2)), 8 + 4 * i);
                other.sampling = Sampling { temperature: 0.9, seed: i as u64, ..Sampling::default() };
                begin(&engine, other).unwrap()
            };
            let before: Vec<_> = (0..7).map(other).collect();
            let among = begin(&engine, wanted.clone()).unwrap();
            let after: Vec<_> = (7..15).map(other).collect();
            let among = among.answer();
            assert_eq!(
                (&among.ids, &among.text),
                (&alone.ids, &alone.text),
                "round {round}, temperature {temperature}"
            );
            assert_eq!(among.logprobs, alone.logprobs, "to the bit");
            before.into_iter().chain(after).for_each(|other| drop(other.answer()));
        }
    }
}

#[test]
fn who_leaves_frees_pages_within_a_step() {
    let Some(engine) = engine(LIMITS) else { return };
    let running: Vec<_> = (0..4).map(|_| begin(&engine, request(&engine, "Once upon a time", 400)).unwrap()).collect();
    for one in &running {
        assert!(matches!(one.events.recv().unwrap(), Event::Text { .. }));
    }
    // told after a step, which may be later than its text is heard
    let start = Instant::now();
    while !matches!(engine.stats(), Stats { n_running: 4, n_pages_used: 4.., .. }) {
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", engine.stats());
        std::thread::yield_now();
    }
    running.iter().for_each(|one| one.gone.store(true, Ordering::SeqCst));
    let start = Instant::now();
    while engine.stats().n_pages_used > 0 {
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", engine.stats());
        std::thread::yield_now();
    }
    let after: usize = running.iter().map(|one| one.events.try_iter().count()).sum();
    println!("freed after {:?}; {after} pieces of text were on their way", start.elapsed());
    assert!(
        running.iter().all(|one| one.events.iter().all(|e| !matches!(e, Event::Done { .. }))),
        "none ran to its end"
    );
    // in the queue too, and before a long prompt is read
    let long = request(&engine, &"word ".repeat(450), 50);
    let running: Vec<_> = (0..18).map(|_| begin(&engine, long.clone()).unwrap()).collect();
    running.iter().for_each(|one| one.gone.store(true, Ordering::SeqCst));
    assert_eq!(ask(&engine, request(&engine, "Hello", 3)).usage.n_generated, 3, "the places are free again");
    assert_eq!(engine.stats().n_waiting, 0);
}

#[test]
fn the_queue_is_bounded() {
    let Some(engine) = engine(Limits { n_running: 1, n_cache: 512, ..LIMITS }) else { return };
    let running: Vec<_> = (0..3).map(|_| begin(&engine, request(&engine, "Once", 300)).unwrap()).collect();
    assert!(matches!(running[0].events.recv().unwrap(), Event::Text { .. }));
    let error = begin(&engine, request(&engine, "Once", 1)).err().unwrap();
    assert!(error.kind == Kind::Busy && error.message.contains("2 requests are waiting"), "{error:?}");
    running.iter().for_each(|one| one.gone.store(true, Ordering::SeqCst));
    assert_eq!(ask(&engine, request(&engine, "Once", 2)).usage.n_generated, 2);
}

#[test]
fn the_context_is_never_cut_silently() {
    let Some(engine) = engine(LIMITS) else { return };
    let mut long = request(&engine, "x", 10);
    long.prompt = vec![100; 512];
    let error = begin(&engine, long.clone()).err().unwrap();
    assert_eq!(error.kind, Kind::ContextLength { prompt: 512, limit: 512 });
    assert!(error.message.contains("512"), "{error}");
    long.prompt.pop();
    let answer = ask(&engine, long);
    assert_eq!(
        (answer.usage.n_generated, answer.finish),
        (1, Finish::Length),
        "it ends at the context's end, and says so"
    );
    let mut bad = request(&engine, "x", 10);
    bad.prompt = vec![u32::MAX];
    assert_eq!(begin(&engine, bad).err().unwrap().kind, Kind::Input);
    let mut empty = request(&engine, "x", 10);
    empty.prompt.clear();
    assert_eq!(begin(&engine, empty).err().unwrap().kind, Kind::Input);
}

#[test]
fn stop_texts_end_the_answer_before_them() {
    let Some(engine) = engine(LIMITS) else { return };
    let plain = ask(&engine, request(&engine, "One, two, three, four,", 24)).text;
    // a stop text that spans several tokens, and one that never comes
    let from = plain.char_indices().nth(9).unwrap().0;
    let to = plain.char_indices().nth(16).unwrap().0;
    let stop = plain[from..to].to_owned();
    let mut cut = request(&engine, "One, two, three, four,", 24);
    cut.stop = vec!["\u{1}never".to_owned(), stop.clone()];
    let answer = ask(&engine, cut);
    let at = plain.find(&stop).unwrap();
    assert_eq!((answer.text.as_str(), answer.finish), (&plain[..at], Finish::Stop), "stop `{stop}` in `{plain}`");
}

#[test]
fn seeds_decide() {
    let Some(engine) = engine(LIMITS) else { return };
    let with = |seed| {
        let mut one = request(&engine, "My favourite", 24);
        one.sampling = Sampling { temperature: 1.0, seed, ..Sampling::default() };
        ask(&engine, one).text
    };
    assert_eq!(with(7), with(7));
    assert_ne!(with(7), with(8));
}

/// Characters of several tokens come whole, and what is held comes at the end.
#[test]
fn text_is_always_whole_characters() {
    let Some(engine) = engine(LIMITS) else { return };
    let text = "日本語のテキスト、絵文字 🦀🐦‍⬛ и кириллица: ";
    let tokenizer = &engine.model().tokenizer;
    let wanted = tokenizer.encode(text, Special::AsText);
    assert!(wanted.iter().any(|id| std::str::from_utf8(tokenizer.bytes(*id)).is_err()), "some token is no whole text");
    // forced by a bias on each next token: one request a token, so that the text's tokens are the answer's
    for n in 1..wanted.len().min(24) {
        let mut forced = request(&engine, "x", 1);
        forced.prompt = wanted[..n].to_vec();
        forced.sampling.logit_bias = vec![(wanted[n], 1e4)];
        let answer = ask(&engine, forced);
        let bytes = tokenizer.bytes(wanted[n]);
        assert_eq!(answer.text, String::from_utf8_lossy(bytes), "the one token is flushed at the end, whole or not");
    }
}
