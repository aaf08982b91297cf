//! The table of attacks: a good file with one thing wrong, and the word that the refusal must say.
use crate::{
    tiny::{gemma3, llama},
    writer::{File, Meta, Tensor},
};

/// Files of which the first is opened.
pub(crate) struct Attack {
    pub files: Vec<(String, Vec<u8>)>,
    /// What the error must say.
    pub says: &'static str,
}

/// All attacks.
pub(crate) fn attacks() -> Vec<Attack> {
    let one = |(name, bytes, says): (&str, Vec<u8>, _)| {
        let files = vec![(format!("{name}.gguf"), bytes)];
        Attack { files, says }
    };
    let edited = |(name, says, edit): (&str, _, fn(&mut File))| {
        let mut file = if name.starts_with("gemma3") || name.starts_with("bpe") { gemma3() } else { llama() };
        edit(&mut file);
        one((name, file.bytes(), says))
    };
    let lists = [TENSORS, METADATA, NUMBERS, WINDOWS, VOCABULARIES];
    let mut all: Vec<Attack> = raw().into_iter().map(one).collect();
    all.extend(lists.concat().into_iter().map(edited));
    all.extend(shards());
    all
}

type Edit = (&'static str, &'static str, fn(&mut File));

/// Bytes that no writer makes.
fn raw() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let good = llama().bytes();
    let head = llama().head();
    let patched = |at: usize, with: &[u8]| {
        let mut bytes = head.clone();
        bytes[at..at + with.len()].copy_from_slice(with);
        bytes
    };
    vec![
        ("empty", Vec::new(), "magic"),
        ("magic-alone", good[..4].to_vec(), "version"),
        ("not-gguf", b"PK\x03\x04 this is a zip file".to_vec(), "GGUF"),
        ("cut-counts", good[..20].to_vec(), "metadata count"),
        ("cut-metadata", good[..100].to_vec(), "cut"),
        ("cut-tensor-list", head[..head.len() - 200].to_vec(), "cut"),
        ("cut-weights", good[..good.len() - 64].to_vec(), "cut"),
        ("no-weights", head.clone(), "cut"),
        ("version-0", patched(4, &0u32.to_le_bytes()), "version 0"),
        ("version-1", patched(4, &1u32.to_le_bytes()), "version 1"),
        ("version-4", patched(4, &4u32.to_le_bytes()), "version 4"),
        ("big-endian", patched(4, &3u32.to_be_bytes()), "big-endian"),
        ("huge-tensor-count", patched(8, &u64::MAX.to_le_bytes()), "tensors"),
        ("many-tensors", patched(8, &60_000u64.to_le_bytes()), "cut"),
        ("huge-metadata-count", patched(16, &u64::MAX.to_le_bytes()), "metadata entries"),
        ("many-metadata", patched(16, &60_000u64.to_le_bytes()), "metadata"),
        ("huge-key-length", patched(24, &u64::MAX.to_le_bytes()), "metadata key"),
        ("empty-key", patched(24, &0u64.to_le_bytes()), "metadata key"),
        ("key-not-utf8", patched(32, &[0xFF, 0xFE]), "UTF-8"),
        ("unknown-value-type", patched(52, &99u32.to_le_bytes()), "99"),
    ]
}

fn tensor<'a>(file: &'a mut File, name: &str) -> &'a mut Tensor {
    file.tensors.iter_mut().find(|t| t.name == name).expect("a tensor of the tiny model")
}

fn remove(file: &mut File, key: &str) {
    file.metadata.retain(|(k, _)| k != key);
}

const Q: &str = "blk.0.attn_q.weight";

const TENSORS: &[Edit] = &[
    ("tensor-overlap", "overlap", |f| tensor(f, Q).offset = Some(0)),
    ("tensor-offset-unaligned", "aligned to 32", |f| tensor(f, Q).offset = Some(33)),
    ("tensor-offset-huge", "cut", |f| tensor(f, Q).offset = Some(u64::MAX - 31)),
    ("tensor-offset-beyond-end", "cut", |f| tensor(f, Q).offset = Some(1 << 40)),
    ("tensor-dim-0", "shape", |f| tensor(f, Q).shape[1] = 0),
    ("tensor-dim-huge", "shape", |f| tensor(f, Q).shape[1] = u64::MAX),
    ("tensor-dims-overflow", "shape", |f| tensor(f, Q).shape = vec![1 << 32, 1 << 32]),
    ("tensor-dims-wrap-to-fit", "shape", |f| tensor(f, Q).shape = vec![1 << 33, (1 << 31) + 1, 32]),
    ("tensor-bytes-overflow", "shape", |f| (tensor(f, Q).shape, tensor(f, Q).kind) = (vec![1 << 62, 2], 0)),
    ("tensor-no-dims", "dimensions", |f| tensor(f, Q).shape = Vec::new()),
    ("tensor-5-dims", "dimensions", |f| tensor(f, Q).shape = vec![32, 32, 1, 1, 1]),
    ("tensor-rows-not-whole-blocks", "whole blocks", |f| tensor(f, Q).shape = vec![33, 32]),
    ("tensor-q4-k-narrow", "whole blocks", |f| tensor(f, Q).kind = 12),
    ("tensor-type-iq2-xxs", "IQ2_XXS", |f| tensor(f, Q).kind = 16),
    ("tensor-type-removed", "Q4_2", |f| tensor(f, Q).kind = 4),
    ("tensor-type-unknown", "4294967295", |f| tensor(f, Q).kind = u32::MAX),
    ("tensor-name-twice", "twice", |f| tensor(f, Q).name = "token_embd.weight".to_owned()),
    ("tensor-name-long", "64", |f| tensor(f, Q).name = "x".repeat(2000)),
    ("tensor-name-empty", "64", |f| tensor(f, Q).name.clear()),
    ("tensor-name-controls", "\\u{1b}", |f| tensor(f, Q).name = "\u{1b}[2J\n".to_owned()),
    ("tensor-unknown", "attn_sinks", |f| f.add("blk.0.attn_sinks.weight", &[1], 0, vec![0; 4])),
    ("tensor-of-layer-beyond", "blk.7.attn_norm", |f| f.add("blk.7.attn_norm.weight", &[1], 0, vec![0; 4])),
    ("tensor-missing", "ffn_down", |f| f.tensors.retain(|t| t.name != "blk.0.ffn_down.weight")),
    ("tensor-shape-of-another-role", "attn_q", |f| tensor(f, Q).shape = vec![32, 16]),
    ("tensor-transposed", "attn_k", |f| {
        let k = tensor(f, "blk.0.attn_k.weight");
        (k.shape, k.kind, k.bytes) = (vec![2, 32], 0, vec![0; 256]);
    }),
    ("norm-short", "attn_norm", |f| tensor(f, "blk.0.attn_norm.weight").shape = vec![16]),
    ("norm-with-2-dims", "attn_norm", |f| tensor(f, "blk.0.attn_norm.weight").shape = vec![32, 1]),
    ("norm-quantised", "F32", |f| tensor(f, "blk.0.attn_norm.weight").kind = 2),
    ("bias-short", "attn_q.bias", |f| f.add("blk.0.attn_q.bias", &[8], 0, vec![0; 32])),
    ("embedding-missing", "token_embd", |f| f.tensors.retain(|t| t.name != "token_embd.weight")),
    ("embedding-with-1-dim", "token_embd", |f| tensor(f, "token_embd.weight").shape = vec![512]),
    ("embedding-with-fewer-rows-than-tokens", "token", |f| tensor(f, "token_embd.weight").shape = vec![32, 8]),
    ("output-with-fewer-rows-than-tokens", "output.weight", |f| f.add("output.weight", &[32, 8], 2, vec![0; 144])),
    ("rope-factors-zero", "rope_freqs", |f| f.add("rope_freqs.weight", &[1], 0, vec![0; 4])),
    ("rope-factors-nan", "rope_freqs", |f| f.add("rope_freqs.weight", &[1], 0, f32::NAN.to_le_bytes().to_vec())),
    ("rope-factors-short", "rope_freqs", |f| f.add("rope_freqs.weight", &[3], 0, vec![0; 12])),
];

const METADATA: &[Edit] = &[
    ("alignment-0", "alignment", |f| f.set("general.alignment", 0u32)),
    ("alignment-3", "alignment", |f| f.set("general.alignment", 3u32)),
    ("alignment-huge", "alignment", |f| f.set("general.alignment", 1u32 << 31)),
    ("alignment-text", "alignment", |f| f.set("general.alignment", "32")),
    ("key-twice", "twice", |f| f.metadata.push(("general.architecture".to_owned(), "llama".into()))),
    ("key-long", "metadata key", |f| f.metadata.push(("k".repeat(65_536), 1u32.into()))),
    ("bool-2", "0 or 1", |f| f.set("x", Meta(7, vec![2]))),
    ("bools-2", "0 or 1", |f| f.set("x", Meta(9, [&array_head(7, 2)[..], &[1, 2]].concat()))),
    ("text-length-huge", "cut", |f| f.set("x", Meta(8, u64::MAX.to_le_bytes().to_vec()))),
    ("text-not-utf8", "UTF-8", |f| f.set("x", Meta(8, [&1u64.to_le_bytes()[..], &[0x80]].concat()))),
    ("array-count-huge", "longer than the file", |f| f.set("x", Meta(9, array_head(4, u64::MAX)))),
    ("array-count-overflows", "longer than the file", |f| f.set("x", Meta(9, array_head(10, 1 << 61)))),
    ("array-of-text-count-huge", "longer than the file", |f| f.set("x", Meta(9, array_head(8, 1 << 40)))),
    ("array-of-text-cut", "cut", |f| {
        let long = [&array_head(8, 1)[..], &(1u64 << 60).to_le_bytes()].concat();
        f.set("x", Meta(9, long));
    }),
    ("array-of-arrays", "array of arrays", |f| {
        let nested = array_head(9, 1).repeat(200);
        f.set("x", Meta(9, nested));
    }),
    ("array-of-unknown-type", "77", |f| f.set("x", Meta(9, array_head(77, 1)))),
    ("architecture-missing", "general.architecture", |f| remove(f, "general.architecture")),
    ("architecture-number", "general.architecture", |f| f.set("general.architecture", 1u32)),
    ("architecture-unknown", "mamba", |f| f.set("general.architecture", "mamba")),
    ("architecture-long", "architecture", |f| f.set("general.architecture", &*"a".repeat(3000))),
    ("split-no-beyond-count", "split.no", |f| {
        f.set("split.no", 5u16);
        f.set("split.count", 2u16);
    }),
    ("split-count-huge", "1024", |f| {
        f.set("split.no", 0u32);
        f.set("split.count", u32::MAX);
    }),
    ("split-count-text", "split.count", |f| f.set("split.count", "2")),
    ("split-name-without-number", "-00001-of-00002.gguf", |f| {
        f.set("split.no", 0u16);
        f.set("split.count", 2u16);
    }),
];

const NUMBERS: &[Edit] = &[
    ("layers-0", "block_count", |f| f.set("llama.block_count", 0u32)),
    ("layers-huge", "block_count", |f| f.set("llama.block_count", u32::MAX)),
    ("layers-more-than-tensors", "blk.1.", |f| f.set("llama.block_count", 1000u32)),
    ("layers-negative", "block_count", |f| f.set("llama.block_count", -1i32)),
    ("layers-text", "block_count", |f| f.set("llama.block_count", "1")),
    ("width-0", "embedding_length", |f| f.set("llama.embedding_length", 0u32)),
    ("width-huge", "embedding_length", |f| f.set("llama.embedding_length", u64::MAX)),
    ("width-missing", "embedding_length", |f| remove(f, "llama.embedding_length")),
    ("width-of-another-model", "token_embd", |f| f.set("llama.embedding_length", 64u32)),
    ("heads-0", "head_count", |f| f.set("llama.attention.head_count", 0u32)),
    ("heads-uneven", "key_length", |f| f.set("llama.attention.head_count", 5u32)),
    ("heads-more-than-width", "key_length", |f| f.set("llama.attention.head_count", 64u32)),
    ("kv-heads-0", "head_count_kv", |f| f.set("llama.attention.head_count_kv", 0u32)),
    ("kv-heads-more-than-heads", "head_count_kv", |f| f.set("llama.attention.head_count_kv", 32u32)),
    ("kv-heads-uneven", "head_count_kv", |f| f.set("llama.attention.head_count_kv", 3u32)),
    ("kv-heads-array", "head_count_kv", |f| f.set("llama.attention.head_count_kv", &[1u32, 1][..])),
    ("head-size-0", "key_length", |f| f.set("llama.attention.key_length", 0u32)),
    ("head-size-huge", "key_length", |f| f.set("llama.attention.key_length", 1u32 << 30)),
    ("head-size-text", "key_length", |f| f.set("llama.attention.key_length", "2")),
    ("head-size-of-values-differs", "value_length", |f| f.set("llama.attention.value_length", 4u32)),
    ("feed-forward-0", "feed_forward_length", |f| f.set("llama.feed_forward_length", 0u32)),
    ("feed-forward-huge", "feed_forward_length", |f| f.set("llama.feed_forward_length", u32::MAX)),
    ("context-0", "context_length", |f| f.set("llama.context_length", 0u32)),
    ("context-huge", "context_length", |f| f.set("llama.context_length", u64::MAX)),
    ("experts", "mixture of experts", |f| f.set("llama.expert_count", 8u32)),
    ("experts-huge", "mixture of experts", |f| f.set("llama.expert_count", u64::MAX)),
    ("epsilon-nan", "epsilon", |f| f.set("llama.attention.layer_norm_rms_epsilon", f32::NAN)),
    ("epsilon-negative", "epsilon", |f| f.set("llama.attention.layer_norm_rms_epsilon", -1.0f32)),
    ("epsilon-infinite", "epsilon", |f| f.set("llama.attention.layer_norm_rms_epsilon", f32::INFINITY)),
    ("epsilon-missing", "epsilon", |f| remove(f, "llama.attention.layer_norm_rms_epsilon")),
    ("rope-dims-odd", "dimension_count", |f| f.set("llama.rope.dimension_count", 1u32)),
    ("rope-dims-0", "dimension_count", |f| f.set("llama.rope.dimension_count", 0u32)),
    ("rope-dims-more-than-head", "dimension_count", |f| f.set("llama.rope.dimension_count", 64u32)),
    ("rope-base-nan", "freq_base", |f| f.set("llama.rope.freq_base", f32::NAN)),
    ("rope-base-0", "freq_base", |f| f.set("llama.rope.freq_base", 0.0f32)),
    ("rope-scaling-nan", "scaling.factor", |f| f.set("llama.rope.scaling.factor", f32::NAN)),
    ("rope-scaling-negative", "scaling.factor", |f| f.set("llama.rope.scaling.factor", -4.0f32)),
    ("rope-scaling-unknown", "longrope", |f| f.set("llama.rope.scaling.type", "longrope")),
    ("rope-scaling-number", "scaling.type", |f| f.set("llama.rope.scaling.type", 1u32)),
    ("rope-yarn-context-0", "original_context_length", |f| {
        f.set("llama.rope.scaling.type", "yarn");
        f.set("llama.rope.scaling.original_context_length", 0u32);
    }),
    ("attention-scale-nan", "attention.scale", |f| f.set("llama.attention.scale", f32::NAN)),
    ("softcap-negative", "softcapping", |f| f.set("llama.attn_logit_softcapping", -1.0f32)),
    ("softcap-nan", "softcapping", |f| f.set("llama.final_logit_softcapping", f32::NAN)),
];

const WINDOWS: &[Edit] = &[
    ("gemma3-window-text", "sliding_window", |f| f.set("gemma3.attention.sliding_window", "4")),
    ("gemma3-window-negative", "sliding_window", |f| f.set("gemma3.attention.sliding_window", -4i32)),
    ("gemma3-window-huge", "sliding_window", |f| f.set("gemma3.attention.sliding_window", u64::MAX)),
    ("gemma3-pattern-0", "pattern", |f| f.set("gemma3.attention.sliding_window_pattern", 0u32)),
    ("gemma3-pattern-long", "pattern", |f| f.set("gemma3.attention.sliding_window_pattern", &[true; 9][..])),
    ("gemma3-pattern-numbers", "pattern", |f| f.set("gemma3.attention.sliding_window_pattern", &[1u32][..])),
    ("gemma3-norm-short", "attn_q_norm", |f| tensor(f, "blk.0.attn_q_norm.weight").shape = vec![1]),
];

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|t| (*t).to_owned()).collect()
}

const VOCABULARIES: &[Edit] = &[
    ("tokens-missing", "tokenizer.ggml.tokens", |f| remove(f, "tokenizer.ggml.tokens")),
    ("tokens-none", "token", |f| f.set("tokenizer.ggml.tokens", &texts(&[])[..])),
    ("tokens-numbers", "tokenizer.ggml.tokens", |f| f.set("tokenizer.ggml.tokens", &[1u32, 2][..])),
    ("tokens-more-than-rows", "token", |f| crate::vocabulary::sentence_piece(f, 17)),
    ("token-types-short", "token_type", |f| f.set("tokenizer.ggml.token_type", &[1i32, 1][..])),
    ("scores-missing", "scores", |f| remove(f, "tokenizer.ggml.scores")),
    ("scores-short", "scores", |f| f.set("tokenizer.ggml.scores", &[1.0f32][..])),
    ("scores-nan", "scores", |f| f.set("tokenizer.ggml.scores", &[f32::NAN; 16][..])),
    ("tokenizer-missing", "tokenizer.ggml.model", |f| remove(f, "tokenizer.ggml.model")),
    ("tokenizer-unknown", "rwkv", |f| f.set("tokenizer.ggml.model", "rwkv")),
    ("bos-beyond-vocabulary", "bos_token_id", |f| f.set("tokenizer.ggml.bos_token_id", 16u32)),
    ("eos-huge", "eos_token_id", |f| f.set("tokenizer.ggml.eos_token_id", u64::MAX)),
    ("bpe-pre-unknown", "klingon", |f| f.set("tokenizer.ggml.pre", "klingon")),
    ("bpe-merges-missing", "merges", |f| remove(f, "tokenizer.ggml.merges")),
    ("bpe-merge-of-one", "merge", |f| f.set("tokenizer.ggml.merges", &texts(&["ab"])[..])),
    ("bpe-merge-without-result", "merge", |f| f.set("tokenizer.ggml.merges", &texts(&["c a"])[..])),
    ("bpe-merge-of-strangers", "merge", |f| f.set("tokenizer.ggml.merges", &texts(&["q z"])[..])),
    ("bpe-merge-empty", "merge", |f| f.set("tokenizer.ggml.merges", &texts(&["", " "])[..])),
    ("template-broken", "chat template", |f| f.set("tokenizer.chat_template", "{% for %}")),
    ("template-number", "chat_template", |f| f.set("tokenizer.chat_template", 1u32)),
    ("template-deep", "chat template", |f| {
        f.set("tokenizer.chat_template", &*["{{ ", &"(".repeat(2000), "1", &")".repeat(2000), " }}"].concat());
    }),
];

fn array_head(kind: u32, n: u64) -> Vec<u8> {
    [&kind.to_le_bytes()[..], &n.to_le_bytes()].concat()
}

/// `file` as shard `no` of `count`.
fn shard(mut file: File, no: u16, count: u16) -> Vec<u8> {
    file.set("split.no", no);
    file.set("split.count", count);
    file.bytes()
}

fn part(from: usize, to: usize) -> File {
    let mut file = File::new();
    file.tensors = llama().tensors[from..to].to_vec();
    file
}

/// The tiny model in three files.
pub(crate) fn good_shards() -> Vec<(String, Vec<u8>)> {
    let mut first = llama();
    let n = first.tensors.len();
    first.tensors.truncate(3);
    first.set("split.tensors.count", n as i32);
    let files = [shard(first, 0, 3), shard(part(3, 6), 1, 3), shard(part(6, n), 2, 3)];
    (1..).zip(files).map(|(no, bytes)| (format!("whole-{no:05}-of-00003.gguf"), bytes)).collect()
}

fn shards() -> Vec<Attack> {
    let n = llama().tensors.len();
    let first = || {
        let mut file = llama();
        file.tensors.truncate(3);
        file
    };
    let counted = |n: i32| {
        let mut file = first();
        file.set("split.tensors.count", n);
        file
    };
    let pair = |name: &str, first: Vec<u8>, second: Option<Vec<u8>>, says| {
        let files = [Some(first), second].into_iter().flatten().zip(1..);
        Attack { files: files.map(|(b, no)| (format!("{name}-{no:05}-of-00002.gguf"), b)).collect(), says }
    };
    let good = || shard(first(), 0, 2);
    vec![
        pair("shard-missing", good(), None, "shard-missing-00002-of-00002.gguf"),
        pair("shard-cycle", good(), Some(good()), "another file under the shard's name"),
        pair("shard-of-another-set", good(), Some(shard(part(3, n), 1, 3)), "`split.count` 2 expected"),
        pair("shard-that-is-whole", good(), Some(llama().bytes()), "nothing found"),
        pair("shard-tensor-twice", good(), Some(shard(part(2, n), 1, 2)), "two shards"),
        pair("shard-tensor-lost", shard(counted(n as i32), 0, 2), Some(shard(part(4, n), 1, 2)), "split.tensors.count"),
        pair("shard-count-negative", shard(counted(-1), 0, 2), Some(shard(part(3, n), 1, 2)), "split.tensors.count"),
        pair("shard-second-first", shard(part(3, n), 1, 2), None, "this is shard 2 of 2"),
        pair("shard-cut", good(), Some(b"GGUF".to_vec()), "version"),
    ]
}
