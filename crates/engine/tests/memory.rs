//! The memory that a model is said to need, against what the system counts when it is in full use.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test says what it skipped and measured")]
#[path = "support/channel.rs"]
mod channel;
#[path = "support/models.rs"]
mod models;

use channel::Channel;
use engine::{Engine, Event, KvType, Limits, LoadOptions, Memory, Model, Request, Want, gguf::Gguf};
use std::sync::{Arc, mpsc};

const N_CTX: usize = 1024;

/// Bytes of memory that this process has for itself: what is mapped from a file can be dropped at any time.
fn own_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("RssAnon:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? << 10)
}

/// Names the model that this process measures; without it, each is measured in a process of its own.
const MEASURE: &str = "MEASURE_MEMORY_OF";

#[test]
#[expect(clippy::disallowed_methods, reason = "a test, not the program")]
fn the_estimate_is_near_what_is_used() {
    if let Ok(name) = std::env::var(MEASURE) {
        return measure(&name);
    }
    for name in ["smollm2-135m", "gemma3-270m"] {
        if models::model_file(name).is_none() || own_bytes().is_none() {
            println!("skipped: {name} is not on this machine, or it does not tell the memory of a process");
            continue;
        }
        let mut alone = std::process::Command::new(std::env::current_exe().unwrap());
        let status = alone.arg("--nocapture").env(MEASURE, name).status().unwrap();
        assert!(status.success(), "{name}");
    }
}

fn measure(name: &str) {
    let gguf = Gguf::open(&models::model_file(name).unwrap()).unwrap();
    let limits = Limits { n_running: 1, n_ctx: N_CTX, n_cache: N_CTX, ..Limits::default() };
    let estimate = Memory::estimate(&gguf, &limits).unwrap();
    let small = Memory::estimate(&gguf, &Limits { kv: KvType::Q8, ..limits.clone() }).unwrap();
    assert_eq!(small.cache * 32, estimate.cache * 17, "{name}: blocks of 32 bytes and a scale of 2");
    let model = Arc::new(Model::load(&gguf, &LoadOptions::default()).unwrap());
    let engine = Engine::start(model, limits).unwrap();
    let (sender, receiver) = mpsc::channel();
    let request = Request {
        ignore_end: true,
        logprobs: Some(0),
        prompt_logprobs: true,
        ..Request::new((0..N_CTX as u32 - 1).map(|i| 100 + i % 50).collect(), Want::Answer { max_tokens: 1 })
    };
    engine.submit(request, Box::new(Channel(sender))).unwrap();
    assert!(receiver.iter().any(|event| matches!(event, Event::Done { .. })), "{name}: an answer");
    let used = own_bytes().unwrap();
    println!("{name}: {:.1} MB estimated ({estimate:?}), {:.1} MB used", mb(estimate.total()), mb(used));
    let ratio = estimate.total() as f64 / used as f64;
    assert!((0.8..1.25).contains(&ratio), "{name}: {estimate:?}, {used} bytes used");
}

fn mb(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
