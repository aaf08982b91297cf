//! A worker's frame of any bytes: refused as nonsense or as the worker's own fault, or an outcome that says the same again.
#![no_main]
use toolsmith::{FaultKind, sandbox::read_answer};

libfuzzer_sys::fuzz_target!(|input: (u64, &[u8])| {
    let (id, frame) = input;
    match read_answer(frame, id) {
        Ok((outcome, took)) => {
            let took_us = took.as_micros() as u64;
            let again = serde_json::json!({"id": id, "outcome": {"Ok": outcome}, "took_us": took_us}).to_string();
            assert_eq!(read_answer(again.as_bytes(), id), Ok((outcome, took)));
            let other = read_answer(again.as_bytes(), id.wrapping_add(1)).unwrap_err();
            assert_eq!(other.kind, FaultKind::Crashed);
        }
        Err(fault) => assert!(fault.message.chars().count() <= 501),
    }
});
