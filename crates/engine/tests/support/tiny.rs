//! The smallest models that load: what attacks and mutations are made from.
use crate::{vocabulary, writer::File};

/// Tokens of each vocabulary.
const N_VOCAB: usize = 16;
/// Q4_0.
const KIND: u32 = 2;
const BLOCK: usize = 18;

/// One layer of the `llama` family with a SentencePiece vocabulary.
pub(crate) fn llama() -> File {
    let mut file = decoder("llama", 32, 16, 2);
    vocabulary::sentence_piece(&mut file, N_VOCAB);
    file.set("tokenizer.chat_template", "{% for m in messages %}<turn>{{ m.content }}{% endfor %}");
    file
}

/// One layer of the `gemma3` family, with a window, every optional norm, and a byte-level vocabulary.
pub(crate) fn gemma3() -> File {
    let mut file = decoder("gemma3", 32, 16, 2);
    file.set("gemma3.attention.sliding_window", 4u32);
    file.set("gemma3.rope.scaling.type", "linear");
    file.set("gemma3.rope.scaling.factor", 8.0f32);
    for name in ["attn_q_norm", "attn_k_norm"] {
        norm(&mut file, &format!("blk.0.{name}.weight"), 2);
    }
    for name in ["post_attention_norm", "post_ffw_norm"] {
        norm(&mut file, &format!("blk.0.{name}.weight"), 32);
    }
    byte_level(&mut file);
    file
}

fn decoder(family: &str, n_embd: usize, n_heads: usize, head_dim: usize) -> File {
    let mut file = File::new();
    file.set("general.architecture", family);
    let counts = [
        ("block_count", 1),
        ("context_length", 32),
        ("embedding_length", n_embd),
        ("feed_forward_length", 32),
        ("attention.head_count", n_heads),
        ("attention.head_count_kv", 1),
    ];
    counts.iter().for_each(|(key, n)| file.set(&format!("{family}.{key}"), *n as u32));
    file.set(&format!("{family}.attention.layer_norm_rms_epsilon"), 1e-5f32);
    file.set(&format!("{family}.rope.freq_base"), 10_000.0f32);
    matrix(&mut file, "token_embd.weight", n_embd, N_VOCAB);
    norm(&mut file, "output_norm.weight", n_embd);
    let linears = [
        ("attn_q", n_embd),
        ("attn_k", head_dim),
        ("attn_v", head_dim),
        ("attn_output", n_embd),
        ("ffn_gate", 32),
        ("ffn_up", 32),
        ("ffn_down", n_embd),
    ];
    linears.iter().for_each(|(name, n_out)| matrix(&mut file, &format!("blk.0.{name}.weight"), 32, *n_out));
    norm(&mut file, "blk.0.attn_norm.weight", n_embd);
    norm(&mut file, "blk.0.ffn_norm.weight", n_embd);
    file
}

fn matrix(file: &mut File, name: &str, n_in: usize, n_out: usize) {
    // scale 1/8; the integers follow from their place
    let block = |i: usize| [0x00, 0x30].into_iter().chain((2..BLOCK).map(move |j| (i * 7 + j * 29) as u8));
    let bytes = (0..n_out * n_in / 32).flat_map(block).collect();
    file.add(name, &[n_in, n_out], KIND, bytes);
}

fn norm(file: &mut File, name: &str, n: usize) {
    file.add(name, &[n], 0, 1f32.to_le_bytes().repeat(n));
}

fn byte_level(file: &mut File) {
    let tokens =
        ["<end>", "a", "b", "c", "\u{120}", "ab", "\u{120}a", "abc", "\u{120}ab", "d", "e", "f", "g", "h", "i"];
    let tokens: Vec<String> = tokens.iter().map(|t| (*t).to_owned()).collect();
    let merges: Vec<String> = ["a b", "\u{120} a", "ab c", "\u{120}a b"].iter().map(|m| (*m).to_owned()).collect();
    let kinds: Vec<i32> = (0..tokens.len()).map(|i| if i == 0 { 3 } else { 1 }).collect();
    file.set("tokenizer.ggml.model", "gpt2");
    file.set("tokenizer.ggml.pre", "gpt-2");
    file.set("tokenizer.ggml.tokens", &tokens[..]);
    file.set("tokenizer.ggml.token_type", &kinds[..]);
    file.set("tokenizer.ggml.merges", &merges[..]);
    file.set("tokenizer.ggml.bos_token_id", 0u32);
    file.set("tokenizer.ggml.eos_token_id", 0u32);
}
