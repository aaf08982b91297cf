//! Any JSON as a schema: refused, or what its grammar writes is JSON that it accepts.
#![no_main]
use engine::{Grammar, Shape, Vocabulary};
use std::sync::{Arc, LazyLock};

static BYTES: LazyLock<Arc<Vocabulary>> = LazyLock::new(|| Arc::new(Vocabulary::bytes().unwrap()));

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(schema) = serde_json::from_str::<serde_json::Value>(text) else { return };
    if let Ok(grammar) = Grammar::compile(&BYTES, &Shape::Schema(schema))
        && let Ok(Some(text)) = grammar.example(1, 60)
    {
        let text = String::from_utf8(text).unwrap();
        serde_json::from_str::<serde_json::Value>(&text).unwrap();
        assert!(grammar.accepts(&text));
    }
});
