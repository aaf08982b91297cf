//! How long it takes to decide and to learn: `pace [AUDITS]`, on made-up audits of ordinary size.
//!
//! A client waits for what is done before the small model is asked and after its answer has ended: "waited for" is the
//! sum of both. The rest is done while the model reads the prompt or writes.
use chat::{ChatRequest, Content, Finish, Message, Role};
use router::{
    life::CHECKPOINTS,
    score::{Example, Model},
    signals::{Answer, Prompt, Signals, Source, Token},
};
use std::{
    env,
    hint::black_box,
    io::{self, Write},
    time::Instant,
};

fn main() -> io::Result<()> {
    let n: usize = env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(10_000);
    let mut out = io::stdout().lock();
    let examples: Vec<Example> = (0..n).map(example).collect();
    let start = Instant::now();
    let model = Model::fit(&examples, None);
    writeln!(out, "learn all: {:8.2} s of {n} audits", start.elapsed().as_secs_f64())?;
    writeln!(out, "{:58} {:>10} {:>10}", "words of the prompt / of the answer", "median us", "p99 us")?;
    let mut tell = |name: &str, times: [f64; 2]| writeln!(out, "{name:58} {:10.1} {:10.1}", times[0], times[1]);
    tell("score one", times(&examples, |e| model.score(&e.signals)))?;
    for (words, said) in [(150, 150), (10_000, 150), (150, 1500)] {
        let asked: Vec<Asked> = (0..n.min(2000)).map(|i| Asked::of(i, words, said)).collect();
        let mut tell = |part: &str, times| tell(&format!("{words} / {said}: {part}"), times);
        tell("before: prompt read, scored", times(&asked, |a| model.before(&a.prompt())))?;
        tell("meanwhile: what answers are held against", times(&asked, |a| Source::read(&a.request)))?;
        tell("meanwhile: 32 tokens, scored", times(&asked, |a| model.score(&a.begun(32))))?;
        tell("after: answer read, scored", times(&asked, |a| a.after(&model)))?;
        tell("waited for", times(&asked, |a| model.before(&a.prompt()) + a.after(&model)))?;
        tell("waited for, caches swept before", swept(&asked, |a| model.before(&a.prompt()) + a.after(&model)))?;
        tell("all of it", times(&asked, |a| a.decide(&model)))?;
    }
    let bytes: usize =
        examples.iter().take(100).filter_map(|e| serde_json::to_vec(&e.signals).ok()).map(|b| b.len()).sum();
    writeln!(out, "signals:   {:8} bytes of JSON", bytes / n.min(100))
}

/// Microseconds of the median call, and of the slowest but one in a hundred.
fn times<A, T>(all: &[A], call: impl Fn(&A) -> T) -> [f64; 2] {
    timed(all, call, || ())
}

/// The same when something else, as large as a model's weights are, went through the caches before each call.
fn swept<A, T>(all: &[A], call: impl Fn(&A) -> T) -> [f64; 2] {
    let weights: Vec<u64> = (0..8 << 20).collect();
    timed(&all[..all.len().min(300)], call, || {
        black_box(weights.iter().sum::<u64>());
    })
}

fn timed<A, T>(all: &[A], call: impl Fn(&A) -> T, before: impl Fn()) -> [f64; 2] {
    let time = |one: &A| {
        before();
        let start = Instant::now();
        black_box(call(one));
        1e6 * start.elapsed().as_secs_f64()
    };
    let mut times: Vec<f64> = all.iter().map(time).collect();
    times.sort_by(f64::total_cmp);
    [0.5, 0.99].map(|q| times.get((q * times.len() as f64) as usize).copied().unwrap_or(0.0))
}

/// What a gateway has of a request, and of the answer to it.
struct Asked {
    request: ChatRequest,
    answer: String,
    tokens: Vec<Token>,
    /// As read once, when the request came.
    read: Signals,
    source: Source,
}

impl Asked {
    /// A prompt and an answer of so many words, drawn from 5,000 as unevenly as in any language.
    fn of(i: usize, words: usize, said: usize) -> Self {
        let word = |k: usize| {
            let place = mix((i << 20) + k) as f64 / u64::MAX as f64;
            format!("w{} ", 5000.0_f64.powf(place) as usize)
        };
        let text = Content::Text((0..words).map(word).collect());
        let request = ChatRequest { messages: vec![Message::new(Role::User, text)], ..ChatRequest::default() };
        let token = |k: usize| {
            let x = mix((i << 20) + k) as f32 / u64::MAX as f32;
            Token { logprob: x.ln() * 0.2, margin: 3.0 * x, entropy: 1.0 - x }
        };
        let (answer, tokens) = ((words..words + said).map(word).collect(), (0..said * 13 / 10).map(token).collect());
        let read = Signals { prompt: Prompt::read(&request, Some(&format!("t{}", i % 20))), answer: None };
        Self { source: Source::read(&request), request, answer, tokens, read }
    }

    fn prompt(&self) -> Prompt {
        Prompt::read(&self.request, Some("t7"))
    }

    fn begun(&self, n: usize) -> Signals {
        Signals { answer: Some(Answer::begun(&self.tokens[..n])), ..self.read.clone() }
    }

    fn whole(&self, source: &Source) -> Signals {
        let answer = Answer::against(source, &self.answer, &self.tokens, Some(Finish::Stop));
        Signals { answer: Some(answer), ..self.read.clone() }
    }

    /// What is computed when the answer has ended.
    fn after(&self, model: &Model) -> f64 {
        model.score(&self.whole(&self.source))
    }

    /// All that a gateway computes for one request whose answer is heard to its end.
    fn decide(&self, model: &Model) -> f64 {
        let before = model.before(&self.prompt());
        let source = Source::read(&self.request);
        let on_the_way: f64 = CHECKPOINTS.map(|n| model.score(&self.begun(n))).iter().sum();
        before + on_the_way + model.score(&self.whole(&source))
    }
}

/// An audit of ordinary size.
fn example(i: usize) -> Example {
    let chance = |k: usize| mix(1000 * i + k) % 10;
    let asked = Asked::of(i, 150, 150);
    Example::new(asked.whole(&asked.source), f64::from(u8::from(chance(500) < 7)), f64::from(u8::from(chance(501) < 9)))
}

/// SplitMix64's finaliser (Steele, Lea and Flood 2014).
fn mix(x: usize) -> u64 {
    let x = (x as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
