//! A model file of any bytes: opened, and loaded if it can be.
#![no_main]
#[path = "../../crates/engine/tests/support/step.rs"]
#[expect(dead_code, reason = "loading is enough here")]
mod step;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(file) = engine::gguf::Gguf::from_bytes(bytes.to_vec()) {
        drop(step::load(&file));
    }
});
