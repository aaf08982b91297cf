//! Tokens guessed ahead change how fast an answer comes, and nothing else.
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

use asking::{ask, ask_all, engine};
use engine::{Grammar, KvType, Limits, Request, Sampling, Shape, Want};
use plain::{N_VOCAB, Spec};
use rng::Rng;
use std::sync::Arc;

const LIMITS: Limits =
    Limits { n_running: 8, n_waiting: 64, n_ctx: 256, n_cache: 8 * 256, kv: KvType::F16, n_draft: 12 };

/// A prompt that repeats itself, and any way to answer it.
fn random(rng: &mut Rng, grammars: &[Arc<Grammar>]) -> Request {
    let mut below = |n: u64| rng.next() % n;
    let n = 2 + below(12);
    let prompt = (0..below(100) + 2).map(|i| 3 + ((i % n) * 7 % (N_VOCAB as u64 - 3)) as u32).collect();
    let mut request = Request::new(prompt, Want::Answer { max_tokens: 1 + below(120) as usize });
    request.ignore_end = below(3) > 0;
    request.logprobs = [None, None, Some(0), Some(3)][below(4) as usize];
    request.prompt_logprobs = below(6) == 0;
    request.stop = match below(3) {
        0 => vec!["t19t1".to_owned(), "bc".to_owned()],
        _ => Vec::new(),
    };
    let s = &mut request.sampling;
    s.temperature = [0.0, 0.0, 0.3, 1.0][below(4) as usize];
    s.top_k = [0, 0, 3][below(3) as usize];
    s.top_p = [1.0, 0.9][below(2) as usize];
    s.min_p = [0.0, 0.2][below(2) as usize];
    s.repetition_penalty = [1.0, 1.0, 1.3][below(3) as usize];
    s.presence_penalty = [0.0, 0.0, 0.4][below(3) as usize];
    s.frequency_penalty = [0.0, 0.0, 0.2][below(3) as usize];
    s.logit_bias = if below(4) == 0 { vec![(5, 1.0), (9, -2.0)] } else { Vec::new() };
    s.seed = below(1000);
    request.grammar = grammars.get(below(2 * grammars.len() as u64) as usize).cloned();
    request
}

#[test]
fn answers_are_those_of_plain_decoding() {
    let windowed = Spec { window: Some(20), ..Spec::gemma3() };
    for (spec, kv) in [(Spec::llama(), KvType::F16), (Spec::llama(), KvType::Q8), (windowed, KvType::F16)] {
        let plain = engine(&spec, Limits { kv, n_draft: 0, ..LIMITS });
        let guessing = engine(&spec, Limits { kv, ..LIMITS });
        let shapes = ["[abc]{3,60}", "(abc|bc){9}b*", "(aabcab(c|bb)ca){9}"].map(|r| Shape::Regex(r.to_owned()));
        let grammars = shapes.map(|shape| plain.grammar(&shape).expect("a grammar"));
        let mut rng = Rng(3);
        for round in 0..16 {
            let requests: Vec<_> = (0..8).map(|_| random(&mut rng, &grammars)).collect();
            let expected: Vec<_> = requests.iter().map(|request| ask(&plain, request.clone()).0).collect();
            for (i, request) in requests.iter().enumerate() {
                assert_eq!(ask(&guessing, request.clone()).0, expected[i], "alone, {round}: {request:?}");
            }
            let together = ask_all(&guessing, requests.clone()).into_iter().map(|(answer, _)| answer);
            assert_eq!(together.collect::<Vec<_>>(), expected, "together, {round}: {requests:?}");
        }
        let (plain, stats) = (plain.stats(), guessing.stats());
        assert_eq!(plain.n_drafted, 0);
        assert!(stats.n_accepted > 100 && stats.n_drafted > stats.n_accepted, "some hold, some do not: {stats:?}");
    }
}

#[test]
fn a_copy_takes_few_steps_and_a_draw_takes_no_guesses() {
    let engine = engine(&Spec::llama(), LIMITS);
    // a bias that leaves one token: the answer repeats it
    let mut same = Request { ignore_end: true, ..Request::new(vec![4, 5, 6], Want::Answer { max_tokens: 100 }) };
    same.sampling.logit_bias = vec![(7, 1e4)];
    ask(&engine, same.clone());
    let stats = engine.stats();
    assert!(stats.n_accepted >= 70 && stats.n_drafted <= stats.n_accepted + 12, "{stats:?}");
    // hot draws from 20 tokens repeat pairs by chance alone
    same.sampling = Sampling { temperature: 50.0, seed: 1, ..Sampling::default() };
    same.want = Want::Answer { max_tokens: 240 };
    ask(&engine, same);
    let wasted = engine.stats().n_drafted - stats.n_drafted;
    assert!(wasted < 24, "{wasted} guesses at what cannot be guessed");
}
