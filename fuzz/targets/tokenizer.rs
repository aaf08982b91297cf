//! Any text through both kinds of vocabulary; what is guarded makes no control token.
#![no_main]
#[path = "../../crates/engine/tests/support/tiny.rs"]
mod tiny;
#[path = "../../crates/engine/tests/support/vocabulary.rs"]
mod vocabulary;
#[path = "../../crates/engine/tests/support/writer.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod writer;

use engine::{Tokenizer, gguf::Gguf, tokenizer::Special};
use std::sync::LazyLock;

static TOKENIZERS: LazyLock<Vec<Tokenizer>> = LazyLock::new(|| {
    let load = |file: writer::File| Tokenizer::from_gguf(&Gguf::from_bytes(file.bytes()).unwrap()).unwrap();
    vec![load(tiny::llama()), load(tiny::gemma3())]
});

libfuzzer_sys::fuzz_target!(|text: &str| {
    for tokenizer in TOKENIZERS.iter() {
        tokenizer.encode(text, Special::Parse);
        let plain = tokenizer.encode(text, Special::AsText);
        let prompt = tokenizer.encode_prompt(&tokenizer.guard(text));
        let bos = prompt.len() - plain.len().min(prompt.len());
        assert!(bos <= 1 && prompt[bos..] == plain, "guarded text is text: {prompt:?} {plain:?}");
    }
});
