//! A template and, after a zero byte, the JSON that it is given.
#![no_main]
use engine::{Template, template::Settings};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let (source, context) = text.split_once('\0').unwrap_or((text, r#"{"messages":[{"role":"user","content":"hi"}]}"#));
    if let (Ok(template), Ok(context)) = (Template::new(source), serde_json::from_str::<serde_json::Value>(context)) {
        drop(template.render(context, &Settings::default()));
    }
});
