//! What several requests have in common is run once, and no answer shows it: not when pages are shared, copied, given up,
//! or taken from a request half-way.
#[path = "support/asking.rs"]
mod asking;
#[path = "support/plain.rs"]
#[expect(dead_code, reason = "its model is wanted here, its decoder is not")]
mod plain;
#[path = "support/rng.rs"]
mod rng;
#[path = "support/vocabulary.rs"]
mod vocabulary;
#[path = "support/writer.rs"]
mod writer;

use asking::{ask, ask_all, engine, events};
use engine::{Engine, Event, KvType, Limits, Request, Sampling, Want};
use plain::{N_VOCAB, Spec};
use rng::Rng;

const N_CTX: usize = 320;
const ROOMY: Limits =
    Limits { n_running: 16, n_waiting: 64, n_ctx: N_CTX, n_cache: 64 * N_CTX, kv: KvType::F16, n_draft: 12 };

/// Windows shorter than a page, so that whole pages lie outside of them.
fn specs() -> [(Spec, KvType); 3] {
    let windowed = Spec { window: Some(20), ..Spec::gemma3() };
    [(Spec::llama(), KvType::F16), (windowed.clone(), KvType::F16), (windowed, KvType::Q8)]
}

fn tokens(seed: u64, n: usize) -> Vec<u32> {
    let mut rng = Rng(seed);
    (0..n).map(|_| 3 + (rng.next() % (N_VOCAB as u64 - 3)) as u32).collect()
}

fn request(prompt: Vec<u32>, max_tokens: usize) -> Request {
    Request { ignore_end: true, logprobs: Some(2), ..Request::new(prompt, Want::Answer { max_tokens }) }
}

#[test]
fn what_is_known_is_not_run_again() {
    for (spec, kv) in specs() {
        let engine = engine(&spec, Limits { kv, ..ROOMY });
        let first = tokens(1, 100);
        let (answer, usage) = ask(&engine, request(first.clone(), 20));
        assert_eq!(usage.n_cached, 0);
        let n_rows = engine.stats().n_rows;
        let (again, usage) = ask(&engine, request(first.clone(), 20));
        assert_eq!((&again, usage.n_cached), (&answer, 99), "all but the last token");
        assert!(engine.stats().n_rows < n_rows + 100);
        // what was answered is known as well, but for the last token, which was never run
        let said = answer.infos.iter().map(|info| info.0);
        let longer: Vec<u32> = first.iter().copied().chain(said).chain(tokens(2, 30)).collect();
        let (_, usage) = ask(&engine, request(longer, 1));
        assert_eq!(usage.n_cached, 119);
        for n_common in [70, 64, 63, 5, 1] {
            let other: Vec<u32> = [&first[..n_common], &[1], &tokens(3, 30)].concat();
            let alone = ask(&engine, Request { kv_key: 7 + n_common as u64, ..request(other.clone(), 12) });
            let (found, usage) = ask(&engine, request(other, 12));
            assert_eq!((found, usage.n_cached), (alone.0, n_common), "{} and {n_common} in common", spec.family);
        }
    }
}

#[test]
fn keys_keep_apart_what_differs() {
    let engine = engine(&Spec::llama(), ROOMY);
    let asked = |kv_key| ask(&engine, Request { kv_key, ..request(tokens(1, 90), 4) }).1.n_cached;
    assert_eq!([0, 1, 0, 1, 2].map(asked), [0, 0, 89, 89, 0]);
}

#[test]
fn who_arrives_together_runs_a_common_beginning_once() {
    let engine = engine(&Spec::llama(), Limits { n_ctx: 1200, n_cache: 16 * 1200, ..ROOMY });
    let system = tokens(5, 1000);
    let asked = |i: u64| request([&system[..], &tokens(100 + i, 24)].concat(), 2);
    let answers = ask_all(&engine, (0..16).map(asked).collect());
    // 31 pages once; what is left of the 1000 once for each, or less; and what is its own
    let n_rows = engine.stats().n_rows as usize;
    assert!((1000 + 16 * 24..=31 * 32 + 16 * (8 + 24 + 1)).contains(&n_rows), "{n_rows}");
    let n_cached: Vec<usize> = answers.iter().map(|(_, usage)| usage.n_cached).collect();
    assert_eq!(n_cached.iter().filter(|n| **n >= 31 * 32).count(), 15, "{n_cached:?}");
    for (i, (answer, _)) in answers.iter().enumerate() {
        let alone = Request { kv_key: 1 + i as u64, ..asked(i as u64) };
        assert_eq!(answer, &ask(&engine, alone).0);
    }
}

/// A request of any kind whose prompt begins as many others do.
fn random(rng: &mut Rng) -> Request {
    let mut below = |n: u64| rng.next() % n;
    let mut prompt = Vec::new();
    for _ in 0..=below(3) {
        prompt.extend(tokens(below(3), 1 + below(90) as usize));
    }
    let want = match below(8) {
        0 => Want::Embedding,
        1 => Want::Answer { max_tokens: 0 },
        _ => Want::Answer { max_tokens: 1 + below(150) as usize },
    };
    let mut request = Request::new(prompt, want);
    request.logprobs = (below(4) > 0).then_some(2);
    request.prompt_logprobs = below(5) == 0;
    request.ignore_end = below(2) == 0;
    request.sampling.seed = below(1000);
    request.sampling.temperature = [0.0, 0.0, 1.0][below(3) as usize];
    request.sampling.frequency_penalty = [0.0, 0.5][below(2) as usize];
    request
}

fn alone(engine: &Engine, requests: &[Request]) -> Vec<asking::Answer> {
    let keyed = requests.iter().enumerate().map(|(i, r)| Request { kv_key: 1000 + i as u64, ..r.clone() });
    keyed.map(|request| ask(engine, request).0).collect()
}

#[test]
fn no_answer_shows_what_others_had_or_took() {
    for (spec, kv) in specs() {
        let (mut n_evicted, mut n_preempted, mut n_cached) = (0, 0, 0);
        let roomy = engine(&spec, Limits { kv, n_draft: 0, ..ROOMY });
        for seed in 0..6 {
            let mut rng = Rng(seed);
            let requests: Vec<_> = (0..24).map(|_| random(&mut rng)).collect();
            let expected = alone(&roomy, &requests);
            // from room for one context alone to room for four
            let tight = engine(&spec, Limits { kv, n_cache: N_CTX * (1 + seed as usize % 4), ..ROOMY });
            for round in 0..2 {
                let answers = ask_all(&tight, requests.clone());
                for (i, ((answer, usage), expected)) in answers.iter().zip(&expected).enumerate() {
                    assert_eq!(answer, expected, "{} {seed} {round}: {:?}", spec.family, requests[i]);
                    assert!(usage.n_cached < usage.n_prompt);
                    n_cached += usage.n_cached;
                }
            }
            let stats = tight.stats();
            (n_evicted, n_preempted) = (n_evicted + stats.n_evicted, n_preempted + stats.n_preempted);
        }
        assert!(n_cached > 1000 && n_evicted > 20 && n_preempted > 5, "{n_cached} {n_evicted} {n_preempted}");
    }
}

#[test]
fn answers_grow_as_long_as_there_is_room_and_the_youngest_waits() {
    let engine = engine(&Spec::llama(), Limits { n_cache: N_CTX, ..ROOMY });
    let requests: Vec<_> = (0..6).map(|i| request(tokens(i, 30), 250)).collect();
    let expected = alone(&engine, &requests);
    let mut ends = Vec::new();
    for (i, event) in events(&engine, requests.clone()) {
        if matches!(event, Event::Done { .. }) {
            ends.push(i);
        }
    }
    assert_eq!(ends[0], 0, "the oldest never waits: {ends:?}");
    assert!(engine.stats().n_preempted > 0);
    let answers: Vec<_> = ask_all(&engine, requests).into_iter().map(|(answer, _)| answer).collect();
    assert_eq!(answers, expected);
}

/// Both wait while the first step runs; the long prompt takes several more.
#[test]
fn a_short_prompt_does_not_wait_for_a_long_one_nor_a_long_one_for_ever() {
    let engine = engine(&Spec::llama(), Limits { n_ctx: 2000, n_cache: 64 * 2000, ..ROOMY });
    let first = |long: usize, shorts: usize, length: usize| {
        let mut requests = vec![request(tokens(long as u64, long), 1)];
        requests.extend((0..shorts as u64).map(|i| request(tokens(1000 * long as u64 + i, length), 1)));
        let order = events(&engine, requests).into_iter().filter(|(_, event)| matches!(event, Event::Done { .. }));
        order.map(|(i, _)| i).collect::<Vec<_>>()
    };
    assert_eq!(first(1900, 1, 20), [1, 0]);
    let order = first(1500, 60, 250);
    let place = order.iter().position(|i| *i == 0).unwrap_or(usize::MAX);
    assert!((1..30).contains(&place), "{order:?}");
}

#[test]
fn sampling_does_not_know_of_the_cache() {
    let engine = engine(&Spec::llama(), ROOMY);
    let mut wanted = request(tokens(9, 77), 60);
    wanted.sampling = Sampling { temperature: 1.0, seed: 5, top_k: 7, repetition_penalty: 1.2, ..Sampling::default() };
    let first = ask(&engine, wanted.clone()).0;
    assert_eq!(ask(&engine, wanted).0, first);
}
