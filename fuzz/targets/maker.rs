//! A maker's answer of any text: no tool, or one whose code and mutants are read without end or crash.
#![no_main]
use toolsmith::{check::check, mutate::mutants, prompt};

libfuzzer_sys::fuzz_target!(|answer: &str| {
    let Ok(tool) = prompt::read(answer) else { return };
    let _ = check(&tool, &tool.examples, &tool.negatives);
    if let Ok(mutants) = mutants(&tool.code, 8) {
        assert!(mutants.iter().all(|mutant| mutant.code != tool.code));
    }
});
