//! Prints how long the tokenizers of the given GGUF files take to load, and how fast they cut text.
#![expect(clippy::print_stdout, reason = "it prints what it measures")]
use engine::{Tokenizer, gguf::Gguf, tokenizer::Special};
use std::{path::Path, time::Instant};

fn main() -> Result<(), engine::Error> {
    for path in std::env::args().skip(1) {
        let mut best = [f64::MAX; 2];
        for _ in 0..9 {
            let start = Instant::now();
            let file = Gguf::open(Path::new(&path))?;
            let opened = start.elapsed().as_secs_f64();
            Tokenizer::from_gguf(&file)?;
            best = [best[0].min(opened), best[1].min(start.elapsed().as_secs_f64() - opened)];
        }
        let tokenizer = Tokenizer::from_gguf(&Gguf::open(Path::new(&path))?)?;
        println!(
            "{path}: {} tokens, file {:.1} ms, tokenizer {:.1} ms",
            tokenizer.n_vocab(),
            best[0] * 1e3,
            best[1] * 1e3
        );
        let prose =
            "The quick brown fox, it's 42 years old & jumps über den Zaun.\n    return x + 1; 你好世界 ".repeat(11_000);
        let hostile = [
            ("prose", prose.as_str()),
            (" ", " "),
            ("a", "a"),
            ("7", "7"),
            ("好", "好"),
            ("\u{301}", "\u{301}"),
            ("!", "!"),
            ("\\n", "\n"),
            ("' ", "' "),
            ("<|im_end|>", "<|im_end|>"),
            ("<", "<"),
            ("A", "A"),
            ("aA", "aA"),
            ("\\n ", "\n "),
            ("(tab)", "\t"),
            ("🙂", "🙂"),
            ("ab1 ", "ab1 "),
            ("\u{FDD0}", "\u{FDD0}"),
        ];
        for (name, unit) in hostile {
            let text = unit.repeat((1 << 20) / unit.len());
            let start = Instant::now();
            let n = tokenizer.encode(&text, Special::Parse).len();
            let took = start.elapsed().as_secs_f64();
            let start = Instant::now();
            let guarded = tokenizer.encode_prompt(&tokenizer.guard(&text)).len();
            println!(
                "  1 MB of {name:?}: {n} tokens in {took:.3} s, guarded {guarded} in {:.3} s",
                start.elapsed().as_secs_f64()
            );
        }
    }
    Ok(())
}
