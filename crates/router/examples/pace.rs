//! How long it takes to score and to learn: `pace [AUDITS]`, on made-up audits of ordinary size.
use chat::{ChatRequest, Content, Finish, Message, Role};
use router::{
    score::{Example, Model},
    signals::{Answer, Prompt, Signals, Token},
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
    writeln!(out, "score one: {:8.1} us", median(&examples, |e| model.score(&e.signals)))?;
    writeln!(out, "before:    {:8.1} us", median(&examples, |e| model.before(&e.signals.prompt)))?;
    let bytes: usize =
        examples.iter().take(100).filter_map(|e| serde_json::to_vec(&e.signals).ok()).map(|b| b.len()).sum();
    writeln!(out, "signals:   {:8} bytes of JSON", bytes / n.min(100))
}

/// Microseconds of the median call, as other programs may take the processor now and then.
fn median(examples: &[Example], call: impl Fn(&Example) -> f64) -> f64 {
    let time = |e: &Example| {
        let start = Instant::now();
        black_box(call(e));
        1e6 * start.elapsed().as_secs_f64()
    };
    let mut times: Vec<f64> = examples.iter().map(time).collect();
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(0.0)
}

/// A prompt of 150 words and an answer of 100, words drawn from 5,000 as unevenly as in any language.
fn example(i: usize) -> Example {
    let word = |k: usize| format!("w{} ", (5000.0_f64.powf(mix(1000 * i + k) as f64 / u64::MAX as f64)) as usize);
    let text = Content::Text((0..150).map(word).collect());
    let request = ChatRequest { messages: vec![Message::new(Role::User, text)], ..ChatRequest::default() };
    let answer: String = (150..250).map(word).collect();
    let token = |k: usize| {
        let x = mix(1000 * i + k) as f32 / u64::MAX as f32;
        Token { logprob: x.ln() * 0.2, margin: 3.0 * x, entropy: 1.0 - x }
    };
    let tokens: Vec<Token> = (300..430).map(token).collect();
    let answer = Answer::read(&request, &answer, &tokens, Some(Finish::Stop));
    let tag = format!("t{}", i % 20);
    let signals = Signals { prompt: Prompt::read(&request, Some(&tag)), answer: Some(answer) };
    let chance = |k: usize| mix(1000 * i + k) % 10;
    Example::new(signals, f64::from(u8::from(chance(500) < 7)), f64::from(u8::from(chance(501) < 9)))
}

/// SplitMix64's finaliser (Steele, Lea and Flood 2014).
fn mix(x: usize) -> u64 {
    let x = (x as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
