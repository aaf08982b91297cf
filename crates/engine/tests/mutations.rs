//! 100,000 random mutations of GGUF headers: none may crash the reader or make it hold much memory.
#![expect(clippy::print_stdout, reason = "a test says what it measured")]
#[path = "support/measured.rs"]
mod measured;
#[path = "support/rng.rs"]
mod rng;
#[path = "support/step.rs"]
mod step;
#[path = "support/tiny.rs"]
mod tiny;
#[path = "support/vocabulary.rs"]
mod vocabulary;
#[path = "support/writer.rs"]
mod writer;

use engine::gguf::Gguf;
use measured::alone;
use rng::Rng;
use std::{
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

const N: u64 = 100_000;
/// The bar is 1 GB; what is measured is far below.
const MOST_MEMORY: usize = 256 << 20;
/// Not a speed: beyond it, something runs without end.
const LONGEST: Duration = Duration::from_secs(60);
/// Numbers at which counts, lengths and offsets go wrong.
const EDGES: [u64; 10] = [0, 1, 0x7f, 0xff, 0xffff, 0x7fff_ffff, 0xffff_ffff, 1 << 33, i64::MAX as u64, u64::MAX];

fn below(rng: &mut Rng, n: usize) -> usize {
    (rng.next() % n as u64) as usize
}

fn range(rng: &mut Rng, n: usize, most: usize) -> Range<usize> {
    let start = below(rng, n);
    start..(start + 1 + below(rng, most)).min(n)
}

/// One to four changes within the first `n_head` bytes.
fn mutate(bytes: &mut Vec<u8>, n_head: usize, rng: &mut Rng) {
    for _ in 0..=below(rng, 4) {
        let n = n_head.min(bytes.len()).max(1);
        if bytes.len() < 9 {
            return;
        }
        let at = below(rng, n.min(bytes.len() - 8));
        match below(rng, 7) {
            0 => bytes[at] ^= 1 << below(rng, 8),
            1 => bytes[at] = below(rng, 256) as u8,
            2 => bytes[at..at + 4].copy_from_slice(&(EDGES[below(rng, EDGES.len())] as u32).to_le_bytes()),
            3 => bytes[at..at + 8].copy_from_slice(&EDGES[below(rng, EDGES.len())].to_le_bytes()),
            4 => drop(bytes.drain(range(rng, n, 40))),
            5 => {
                let piece = bytes[range(rng, n, 200)].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => bytes.truncate(at + below(rng, bytes.len() - at)),
        }
    }
}

#[test]
fn no_mutation_crashes_or_takes_much_memory() {
    let alone = alone();
    let seeds = [0, 1].map(seed);
    let (mut n_opened, mut n_loaded, mut largest, mut slowest) = (0, 0, 0, Duration::ZERO);
    for i in 0..N {
        let mut rng = Rng(i);
        let mut bytes = seeds[below(&mut rng, 2)].clone();
        let n_head = bytes.len() * 2 / 3;
        mutate(&mut bytes, n_head, &mut rng);
        let load = || {
            let file = Gguf::from_bytes(bytes).ok()?;
            Some(step::load(&file).is_ok())
        };
        let (done, time, peak) = alone.measure(|| catch_unwind(AssertUnwindSafe(load)));
        let opened = done.unwrap_or_else(|_| panic!("mutation {i} is a defect"));
        assert!(peak < MOST_MEMORY && time < LONGEST, "mutation {i}: {peak} bytes, {time:?}");
        n_opened += usize::from(opened.is_some());
        n_loaded += usize::from(opened == Some(true));
        (largest, slowest) = (largest.max(peak), slowest.max(time));
    }
    println!("{N} mutations: {n_opened} opened, {n_loaded} loaded; at most {largest} bytes and {slowest:?}");
    assert!(n_opened > 1000 && n_loaded > 100, "they reach beyond the first check");
}

#[test]
fn what_loads_after_a_mutation_answers() {
    let _alone = alone();
    // fewer, as each runs the model
    for i in 0..2_000 {
        let mut rng = Rng(!i);
        let mut bytes = seed(below(&mut rng, 2));
        let n_head = bytes.len();
        mutate(&mut bytes, n_head, &mut rng);
        if let Ok(file) = Gguf::from_bytes(bytes) {
            let done = catch_unwind(AssertUnwindSafe(|| step::one_token(&file).err().map(|e| e.kind)));
            let kind = done.unwrap_or_else(|_| panic!("mutation !{i} is a defect"));
            assert!(kind != Some(engine::Kind::Internal), "mutation !{i} fails in a step");
        }
    }
}

/// A good file to begin with.
fn seed(family: usize) -> Vec<u8> {
    if family == 0 { tiny::llama().bytes() } else { tiny::gemma3().bytes() }
}
