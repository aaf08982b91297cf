//! Pinned prompts outlast whatever else needs room, and a restart; saved ones that are not right to the bit are refused.
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
use engine::{Engine, Kind, KvType, Limits, Pinned, Request, Want};
use plain::{N_VOCAB, Spec};
use rng::Rng;

const LIMITS: Limits = Limits { n_running: 8, n_waiting: 64, n_ctx: 128, n_cache: 320, kv: KvType::F16, n_draft: 12 };

fn tokens(seed: u64, n: usize) -> Vec<u32> {
    let mut rng = Rng(seed);
    (0..n).map(|_| (rng.next() % N_VOCAB as u64) as u32).collect()
}

fn request(prompt: Vec<u32>) -> Request {
    Request { ignore_end: true, logprobs: Some(2), ..Request::new(prompt, Want::Answer { max_tokens: 8 }) }
}

fn pin(engine: &Engine, prompts: &[Vec<u32>], saved: Option<Vec<u8>>) -> Pinned {
    engine.pin(prompts, saved).expect("room for them")
}

/// Two prompts that begin alike, and one of a part of a page.
fn prompts() -> Vec<Vec<u32>> {
    vec![tokens(1, 80), [tokens(1, 50), tokens(2, 14)].concat(), tokens(3, 9)]
}

#[test]
fn what_is_pinned_outlasts_others_and_a_restart() {
    for (spec, kv) in [
        (Spec::llama(), KvType::F16),
        (Spec::llama(), KvType::Q8),
        (Spec { window: Some(20), ..Spec::gemma3() }, KvType::F16),
        (Spec { window: Some(20), ..Spec::gemma3() }, KvType::Q8),
    ] {
        let limits = Limits { kv, ..LIMITS };
        let first = engine(&spec, limits.clone());
        let pinned = pin(&first, &prompts(), None);
        assert!(pinned.n_tokens == 153 && pinned.n_run > 100, "{} {}", pinned.n_tokens, pinned.n_run);
        let second = engine(&spec, limits.clone());
        let again = pin(&second, &prompts(), pinned.bytes.clone());
        assert!(again.refused.is_none() && again.n_run == 0 && again.bytes.is_none(), "{:?}", again.refused);
        let fresh = engine(&spec, limits.clone());
        for engine in [&first, &second] {
            ask_all(engine, (10..30).map(|seed| request(tokens(seed, 100))).collect());
            assert!(engine.stats().n_evicted > 0);
            for prompt in prompts() {
                let longer = request([&prompt[..], &tokens(40, 20)].concat());
                let (answer, usage) = ask(engine, longer.clone());
                assert!(usage.n_cached >= prompt.len(), "{} of {}", usage.n_cached, prompt.len());
                assert_eq!(answer, ask(&fresh, Request { kv_key: 1, ..longer }).0);
            }
        }
        // another choice of prompts: what is known of them is taken, and the whole is to be saved anew
        let third = pin(&engine(&spec, limits), &prompts()[..2], pinned.bytes);
        assert!(third.n_run == 0 && third.bytes.is_some());
    }
}

#[test]
fn pins_leave_room_for_a_request() {
    let engine = engine(&Spec::llama(), LIMITS);
    let error = engine.pin(&[tokens(1, 100), tokens(2, 100)], None).expect_err("no room");
    assert!(error.kind == Kind::Input && error.message.contains("192 tokens"), "{error}");
    let error = engine.pin(&[Vec::new()], None).expect_err("nothing to pin");
    assert_eq!(error.kind, Kind::Input);
}

#[test]
fn what_is_not_right_to_the_bit_is_refused() {
    KvType::ALL.into_iter().for_each(wrong_bits_are_refused);
}

fn wrong_bits_are_refused(kv: KvType) {
    let spec = Spec { n_layers: 1, ..Spec::llama() };
    let engine = engine(&spec, Limits { kv, ..LIMITS });
    let good = pin(&engine, &prompts()[2..], None).bytes.expect("nothing was saved");
    let refused = |bytes: Vec<u8>| {
        let pinned = pin(&engine, &prompts()[2..], Some(bytes));
        let error = pinned.refused.expect("wrong bytes are refused");
        assert_eq!(error.kind, Kind::Format, "{error}");
        error.message
    };
    // not the sum of the rest: every length, and bits here and there
    (0..good.len().min(200)).for_each(|n| drop(refused(good[..n].to_vec())));
    let mut rng = Rng(1);
    for _ in 0..300 {
        let mut bytes = good.clone();
        let at = rng.next() as usize % bytes.len();
        bytes[at] ^= 1 << (rng.next() % 8);
        refused(bytes);
    }
    // a sum that is right, over bytes that are wrong: what is written there is held against its meaning
    let mut wrong = 0;
    for round in 0..300 {
        let mut bytes = good.clone();
        for _ in 0..=rng.next() % 2 {
            let n = if round % 2 == 0 { 64 } else { bytes.len() };
            let at = 16 + rng.next() as usize % (n - 20);
            bytes[at..at + 4].copy_from_slice(&[0, 1, 0x7fff_ffff, u32::MAX][rng.next() as usize % 4].to_le_bytes());
        }
        bytes.truncate(
            if rng.next().is_multiple_of(4) { rng.next() as usize % bytes.len() } else { bytes.len() }.max(16),
        );
        let sum = crc32(&bytes[16..]);
        bytes[12..16].copy_from_slice(&sum.to_le_bytes());
        wrong += usize::from(bytes != good && !refused(bytes).contains("checksum"));
    }
    assert!(wrong > 250, "{wrong}");
    assert!(refused([&good[..], &[0]].concat()).contains("checksum"));
    // a model of the same shape and other weights
    let other = asking::engine(&Spec { eps: 0.5, ..spec.clone() }, Limits { kv, ..LIMITS });
    let pinned = pin(&other, &prompts()[2..], Some(good.clone()));
    assert!(pinned.refused.is_some_and(|e| e.message.contains("another model")) && pinned.bytes.is_some());
    // the same model, and keys and values of the other type
    let [to, from] = if kv == KvType::F16 { ["q8_0", "f16"] } else { ["f16", "q8_0"] };
    let other = KvType::ALL.into_iter().find(|other| *other != kv).expect("two types");
    let other = asking::engine(&spec, Limits { kv: other, ..LIMITS });
    let pinned = pin(&other, &prompts()[2..], Some(good.clone()));
    let said = format!("keys and values in {to} expected, {from} found");
    assert!(pinned.refused.is_some_and(|e| e.message.contains(&said)) && pinned.bytes.is_some());
    assert!(pin(&engine, &prompts()[2..], Some(good)).refused.is_none());
}

/// CRC-32 (IEEE 802.3), bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}
