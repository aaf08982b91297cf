//! Small vocabularies for models that tests make.
use crate::writer::File;

/// A SentencePiece vocabulary of `n` tokens, at least 12.
pub(crate) fn sentence_piece(file: &mut File, n: usize) {
    let first = ["<unk>", "<s>", "</s>", "<0x41>", "\u{2581}", "a", "b", "c", "ab", "\u{2581}a", "abc", "<turn>"];
    let tokens: Vec<String> =
        (0..n).map(|i| first.get(i).map_or_else(|| format!("t{i}"), |t| (*t).to_owned())).collect();
    let kinds: Vec<i32> = (0..n).map(|i| [2, 3, 3, 6, 1, 1, 1, 1, 1, 1, 1, 4].get(i).copied().unwrap_or(1)).collect();
    let scores: Vec<f32> = (0..n).map(|i| -(i as f32)).collect();
    file.set("tokenizer.ggml.model", "llama");
    file.set("tokenizer.ggml.tokens", &tokens[..]);
    file.set("tokenizer.ggml.scores", &scores[..]);
    file.set("tokenizer.ggml.token_type", &kinds[..]);
    file.set("tokenizer.ggml.unknown_token_id", 0u32);
    file.set("tokenizer.ggml.bos_token_id", 1u32);
    file.set("tokenizer.ggml.eos_token_id", 2u32);
}
