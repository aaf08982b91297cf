//! A model measured in this process on plain English: prefill and decode, and what share of the machine's memory bandwidth they reach.
use super::{Args, What, limits::bandwidth, numbers::median};
use crate::models::Store;
use engine::{
    Engine, Event, KvType, Limits, Listener, LoadOptions, Model, Request, Usage, Want, gguf::Gguf, tokenizer::Special,
};
use serde::Serialize;
use std::{
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
};

/// What prompts are cut from: a model is not as sure of random tokens as of the texts that it is for.
const TEXTS: [&str; 3] = [
    include_str!("../../../../README.md"),
    include_str!("../../../../docs/structured.md"),
    include_str!("../../../../bench/README.md"),
];

/// A kind of work: `streams` requests at once, each `prompt` tokens in and `answer` tokens out.
struct Work {
    what: What,
    name: &'static str,
    prompt: usize,
    answer: usize,
    streams: usize,
    counts: Counts,
}

/// Which tokens of a work are counted, over which time.
#[derive(Clone, Copy, PartialEq)]
enum Counts {
    Prompt,
    Answer,
    FirstToken,
}

/// The lengths are those that the peer's programs are given.
const WORKS: [Work; 5] = [
    work(What::Prefill, "prefill 512", [512, 0, 1], Counts::Prompt),
    work(What::Decode, "decode 128", [64, 128, 1], Counts::Answer),
    work(What::Depth, "decode 64 at depth 1024", [1024, 64, 1], Counts::Answer),
    work(What::Streams, "decode 64, 16 at once", [16, 64, 16], Counts::Answer),
    work(What::First, "first token of 128", [128, 1, 1], Counts::FirstToken),
];

const fn work(what: What, name: &'static str, sizes: [usize; 3], counts: Counts) -> Work {
    let [prompt, answer, streams] = sizes;
    Work { what, name, prompt, answer, streams, counts }
}

#[derive(Serialize)]
struct Report {
    model: String,
    quantisation: String,
    weight_bytes: u64,
    threads: usize,
    bandwidth_gb_s: f64,
    work: Vec<Figures>,
}

/// Medians of one work, and how far its runs lay apart.
#[derive(Serialize)]
struct Figures {
    name: &'static str,
    milliseconds: f64,
    tokens_per_second: f64,
    min: f64,
    max: f64,
    /// Weights and keys and values read per second; none where compute, not memory, is the limit.
    gb_s: Option<f64>,
    share_of_bandwidth: Option<f64>,
}

/// Measures `args.model` with keys and values kept as `kv`, and prints what was found.
pub(super) fn run(kv: KvType, store: &Store, args: &Args) -> Result<(), String> {
    let text = |e: engine::Error| e.to_string();
    let options = LoadOptions { n_threads: args.threads };
    let model = Arc::new(Model::load(&Gguf::open(&store.find(&args.model)?).map_err(text)?, &options).map_err(text)?);
    let threads = args.threads();
    let n_ctx = Limits::default().n_ctx.min(model.info.n_ctx);
    let engine = Engine::start(model.clone(), Limits { n_ctx, kv, n_draft: 0, ..Limits::default() }).map_err(text)?;
    let works: Vec<&Work> = WORKS.iter().filter(|work| args.wants(work.what)).collect();
    let mut runs: Vec<Vec<f64>> = works.iter().map(|_| Vec::new()).collect();
    let mut bandwidths = Vec::new();
    let text = model.tokenizer.encode(&TEXTS.concat(), Special::AsText);
    // one round of all works after another, so that a slow minute of the machine touches each of them
    for round in 0..=args.repeats {
        bandwidths.push(bandwidth(threads));
        for (work, runs) in works.iter().zip(&mut runs) {
            if work.prompt + work.answer <= n_ctx {
                let seconds = measure(&engine, work, &text)?;
                // the first round warms up
                if round > 0 {
                    runs.push(seconds);
                }
            }
        }
    }
    let bandwidth = median(&mut bandwidths);
    let work = works.iter().zip(runs).filter(|(_, runs)| !runs.is_empty());
    let work = work.map(|(work, runs)| figures(work, runs, &engine, bandwidth)).collect();
    let report = Report {
        model: args.model.clone(),
        quantisation: model.info.quantisation.clone(),
        weight_bytes: model.info.weight_bytes,
        threads,
        bandwidth_gb_s: bandwidth / 1e9,
        work,
    };
    print(&report, args.json).map_err(|e| format!("standard output: {e}"))
}

/// Seconds that the counted part of `work` took.
fn measure(engine: &Engine, work: &Work, text: &[u32]) -> Result<f64, String> {
    let tokenizer = &engine.model().tokenizer;
    let bos = tokenizer.bos().filter(|_| tokenizer.add_bos());
    let answers: Vec<_> = (0..work.streams)
        .map(|stream| {
            let prompt = bos.into_iter().chain(text.iter().cycle().skip(300 + stream * 131).copied()).take(work.prompt);
            ask(engine, prompt.collect(), work.answer)
        })
        .collect::<Result<_, _>>()?;
    let mut usages = Vec::new();
    for answer in answers {
        usages.push(wait(&answer)?);
    }
    let longest = |f: fn(&Usage) -> f64| usages.iter().map(f).fold(0.0, f64::max);
    Ok(match work.counts {
        Counts::Prompt | Counts::FirstToken => longest(|u| u.prefill.as_secs_f64()),
        Counts::Answer => longest(|u| u.decode.as_secs_f64()),
    })
}

struct Channel(mpsc::Sender<Event>);

impl Listener for Channel {
    fn hear(&mut self, event: Event) {
        // whoever waits keeps the other end until the last event
        let _ = self.0.send(event);
    }
    fn gone(&self) -> bool {
        false
    }
}

fn ask(engine: &Engine, prompt: Vec<u32>, max_tokens: usize) -> Result<mpsc::Receiver<Event>, String> {
    let (sender, receiver) = mpsc::channel();
    // a key for each, so that none finds in the cache what another has left there
    static KEY: AtomicU64 = AtomicU64::new(1);
    let kv_key = KEY.fetch_add(1, Ordering::Relaxed);
    let request = Request { ignore_end: true, kv_key, ..Request::new(prompt, Want::Answer { max_tokens }) };
    engine.submit(request, Box::new(Channel(sender))).map_err(|e| e.to_string())?;
    Ok(receiver)
}

fn wait(events: &mpsc::Receiver<Event>) -> Result<Usage, String> {
    loop {
        match events.recv() {
            Ok(Event::Done { usage, .. }) => return Ok(usage),
            Ok(Event::Failed(error)) => return Err(error.to_string()),
            Ok(_) => {}
            Err(_) => return Err("the engine ended before the answer did".to_owned()),
        }
    }
}

fn figures(work: &Work, mut seconds: Vec<f64>, engine: &Engine, bandwidth: f64) -> Figures {
    let tokens = match work.counts {
        Counts::Prompt | Counts::FirstToken => work.prompt * work.streams,
        // the first token comes from the prefill
        Counts::Answer => (work.answer - 1) * work.streams,
    } as f64;
    let rate = |seconds: f64| tokens / seconds;
    let middle = median(&mut seconds);
    let info = &engine.model().info;
    let kv = info.kv_bytes_per_token(engine.limits().kv) as f64 * (work.prompt as f64 + work.answer as f64 / 2.0);
    // a step reads the weights once for all streams, and the keys and values of each
    let bytes_per_token = info.weight_bytes as f64 / work.streams as f64 + kv;
    let bytes_per_second = (work.counts == Counts::Answer).then(|| bytes_per_token * rate(middle));
    Figures {
        name: work.name,
        milliseconds: middle * 1e3,
        tokens_per_second: rate(middle),
        min: seconds.last().map_or(0.0, |s| rate(*s)),
        max: seconds.first().map_or(0.0, |s| rate(*s)),
        gb_s: bytes_per_second.map(|b| b / 1e9),
        share_of_bandwidth: bytes_per_second.map(|b| b / bandwidth),
    }
}

fn print(report: &Report, json: bool) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if json {
        return writeln!(out, "{}", serde_json::to_string(report)?);
    }
    writeln!(
        out,
        "{} {}, {:.0} MB of weights, {} threads; this machine reads {:.1} GB/s\n\n\
         {:<26}{:>9}{:>10}{:>20}{:>8}{:>7}",
        report.model,
        report.quantisation,
        report.weight_bytes as f64 / 1e6,
        report.threads,
        report.bandwidth_gb_s,
        "work",
        "ms",
        "tok/s",
        "slowest - fastest",
        "GB/s",
        "share"
    )?;
    for f in &report.work {
        let optional = |x: Option<f64>, unit: &str| x.map_or_else(|| "-".to_owned(), |x| format!("{x:.1}{unit}"));
        writeln!(
            out,
            "{:<26}{:>9.1}{:>10.1}{:>20}{:>8}{:>7}",
            f.name,
            f.milliseconds,
            f.tokens_per_second,
            format!("{:.1} - {:.1}", f.min, f.max),
            optional(f.gb_s, ""),
            f.share_of_bandwidth.map_or_else(|| "-".to_owned(), |x| format!("{:.0} %", x * 100.0)),
        )?;
    }
    Ok(())
}
