//! Every file in `attacks/adapter` is refused with an error that names the fault, and no mutation of a good one crashes.
//!
//! `ATTACKS=write cargo test -p engine --test adapter_files` writes the files from the table below.
#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a test, not the program")]
#[path = "support/rng.rs"]
mod rng;
#[path = "support/tiny.rs"]
mod tiny;
#[path = "support/vocabulary.rs"]
mod vocabulary;
#[path = "support/writer.rs"]
mod writer;

use engine::{Adapter, Error, Kind, LoadOptions, Model, gguf::Gguf};
use rng::Rng;
use std::{collections::BTreeSet, fs, path::Path};
use writer::{File, Meta, Tensor};

const RANK: usize = 2;
const A: &str = "blk.0.attn_q.weight.lora_a";
const B: &str = "blk.0.attn_q.weight.lora_b";

/// A good adapter for the smallest model: queries, and the embedding.
fn good() -> File {
    let mut file = File::new();
    file.set("general.type", "adapter");
    file.set("general.architecture", "llama");
    file.set("adapter.type", "lora");
    file.set("adapter.lora.alpha", 4.0f32);
    let mut add =
        |name: &str, shape: [usize; 2]| file.add(name, &shape, 0, 0.5f32.to_le_bytes().repeat(shape[0] * shape[1]));
    add(A, [32, RANK]);
    add(B, [RANK, 32]);
    add("token_embd.weight.lora_a", [RANK, 16]);
    add("token_embd.weight.lora_b", [RANK, 32]);
    file
}

fn tensor<'a>(file: &'a mut File, name: &str) -> &'a mut Tensor {
    file.tensors.iter_mut().find(|t| t.name == name).expect("a tensor of the good adapter")
}

fn remove(file: &mut File, key: &str) {
    file.metadata.retain(|(k, _)| k != key);
}

fn poison(file: &mut File, name: &str, x: f32) {
    tensor(file, name).bytes[8..12].copy_from_slice(&x.to_le_bytes());
}

type Edit = (&'static str, &'static str, fn(&mut File));

const ATTACKS: &[Edit] = &[
    ("type-missing", "general.type", |f| remove(f, "general.type")),
    ("type-model", "`adapter` expected, the text `model` found", |f| f.set("general.type", "model")),
    ("type-number", "general.type", |f| f.set("general.type", 1u32)),
    ("adapter-type-missing", "adapter.type", |f| remove(f, "adapter.type")),
    ("adapter-type-other", "ia3", |f| f.set("adapter.type", "ia3")),
    ("architecture-missing", "general.architecture", |f| remove(f, "general.architecture")),
    ("architecture-other", "`gemma3`, and the model is of `llama`", |f| f.set("general.architecture", "gemma3")),
    ("architecture-controls", "\\u{1b}", |f| f.set("general.architecture", "\u{1b}[2J")),
    ("alpha-nan", "alpha", |f| f.set("adapter.lora.alpha", f32::NAN)),
    ("alpha-infinite", "alpha", |f| f.set("adapter.lora.alpha", f32::INFINITY)),
    ("alpha-negative", "alpha", |f| f.set("adapter.lora.alpha", -1.0f32)),
    ("alpha-text", "alpha", |f| f.set("adapter.lora.alpha", "4")),
    ("activated", "activated LoRA", |f| {
        f.set("adapter.alora.invocation_tokens", Meta(9, [4, 0, 0, 0].into_iter().chain([0; 8]).collect()));
    }),
    ("no-tensors", "no tensors", |f| f.tensors.clear()),
    ("a-alone", "lora_b` is missing", |f| f.tensors.retain(|t| t.name != B)),
    ("b-alone", "lora_a` is missing", |f| f.tensors.retain(|t| t.name != A)),
    ("norm", "attn_norm", |f| f.add("blk.0.attn_norm.weight", &[32], 0, vec![0; 128])),
    ("merged-weight", "blk.0.attn_q.weight", |f| f.add("blk.0.attn_q.weight", &[32, 32], 0, vec![0; 4096])),
    ("layer-beyond", "blk.1.attn_q", |f| tensor(f, A).name = "blk.1.attn_q.weight.lora_a".to_owned()),
    ("layer-with-zeros", "blk.00.attn_q", |f| tensor(f, A).name = "blk.00.attn_q.weight.lora_a".to_owned()),
    ("part-unknown", "attn_qkv", |f| tensor(f, A).name = "blk.0.attn_qkv.weight.lora_a".to_owned()),
    ("end-unknown", "lora_c", |f| tensor(f, A).name = "blk.0.attn_q.weight.lora_c".to_owned()),
    ("of-a-bias", "attn_q.bias", |f| tensor(f, A).name = "blk.0.attn_q.bias.lora_a".to_owned()),
    ("a-transposed", "rank", |f| tensor(f, A).shape = vec![2, 32]),
    ("b-transposed", "lora_b", |f| tensor(f, B).shape = vec![32, 2]),
    ("a-narrow", "shape [32, 2] expected", |f| tensor(f, A).shape = vec![16, 2]),
    ("b-short", "shape [2, 32] expected", |f| tensor(f, B).shape = vec![2, 16]),
    ("ranks-differ", "rank", |f| tensor(f, B).shape = vec![1, 32]),
    ("rank-huge", "rank", |f| {
        (tensor(f, A).shape, tensor(f, A).bytes) = (vec![32, 2048], vec![0; 4 * 32 * 2048]);
    }),
    ("a-with-1-dim", "lora_a", |f| tensor(f, A).shape = vec![64]),
    ("a-with-3-dims", "lora_a", |f| tensor(f, A).shape = vec![32, 2, 1]),
    ("embedding-as-a-matrix", "token_embd", |f| {
        tensor(f, "token_embd.weight.lora_a").shape = vec![16, 2];
    }),
    ("embedding-short", "token_embd", |f| tensor(f, "token_embd.weight.lora_a").shape = vec![2, 15]),
    ("a-nan", "NaN", |f| poison(f, A, f32::NAN)),
    ("b-infinite", "-inf", |f| poison(f, B, f32::NEG_INFINITY)),
    ("embedding-nan", "NaN", |f| poison(f, "token_embd.weight.lora_a", f32::NAN)),
    ("scale-infinite", "finite", |f| {
        let a = tensor(f, A);
        (a.kind, a.bytes) = (8, [&half::f16::INFINITY.to_le_bytes()[..], &[1; 32]].concat().repeat(2));
    }),
    ("type-unread", "IQ2_XXS", |f| tensor(f, A).kind = 16),
    ("cut", "cut", |f| tensor(f, B).offset = Some(1 << 20)),
];

fn model() -> Model {
    let file = Gguf::from_bytes(tiny::llama().bytes()).expect("a good file");
    Model::load(&file, &LoadOptions { n_threads: Some(1) }).expect("a good model")
}

#[test]
fn every_attack_is_refused() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../attacks/adapter");
    let is_writing = std::env::var("ATTACKS").is_ok_and(|v| v == "write");
    let (model, mut names) = (model(), BTreeSet::new());
    for (name, says, edit) in ATTACKS {
        let mut file = good();
        edit(&mut file);
        let (path, bytes) = (folder.join(format!("{name}.gguf")), file.bytes());
        if is_writing {
            fs::create_dir_all(&folder).expect("a folder");
            fs::write(&path, &bytes).expect("a written file");
        }
        assert!(fs::read(&path).is_ok_and(|b| b == bytes), "{name} is not what the table makes; see above");
        let error = Gguf::open(&path).and_then(|file| Adapter::load(&model, &file, 1.0)).expect_err(name);
        assert!([Kind::Format, Kind::Unsupported].contains(&error.kind), "{name}: {error:?}");
        assert!(error.message.contains(says) && error.message.len() < 1000, "{name}: `{says}` expected in {error}");
        assert!(names.insert(format!("{name}.gguf")), "{name} stands twice in the table");
    }
    let found: BTreeSet<String> =
        fs::read_dir(&folder).expect("the folder").flatten().map(|e| e.file_name().to_string_lossy().into()).collect();
    assert_eq!(found, names, "the folder holds what the table makes, and nothing else");
}

#[test]
fn what_attacks_are_made_from_is_good() {
    let load = |bytes| Gguf::from_bytes(bytes).and_then(|file| Adapter::load(&model(), &file, 1.0));
    load(good().bytes()).expect("a good adapter");
    let other = Gguf::from_bytes(tiny::gemma3().bytes()).expect("a good file");
    let other = Model::load(&other, &LoadOptions { n_threads: Some(1) }).expect("a good model");
    let file = Gguf::from_bytes(good().bytes()).expect("a good file");
    assert!(Adapter::load(&other, &file, 1.0).expect_err("of another family").message.contains("`gemma3`"));
    // a model is no adapter, and an adapter no model
    assert!(load(tiny::llama().bytes()).expect_err("a model").message.contains("general.type"));
    let file = Gguf::from_bytes(good().bytes()).expect("a good file");
    assert!(Model::load(&file, &LoadOptions::default()).is_err());
}

#[test]
fn no_mutation_crashes() {
    let (model, bytes) = (model(), good().bytes());
    let (mut n_opened, mut n_loaded) = (0, 0);
    for i in 0..20_000 {
        let (mut rng, mut bytes) = (Rng(i), bytes.clone());
        for _ in 0..=rng.next() % 4 {
            let at = (rng.next() % (bytes.len() as u64 - 8)) as usize;
            match rng.next() % 4 {
                0 => bytes[at] ^= 1 << (rng.next() % 8),
                1 => bytes[at] = rng.next() as u8,
                2 => {
                    bytes[at..at + 4].copy_from_slice(&[0, 1, 0xffff, u32::MAX][rng.next() as usize % 4].to_le_bytes());
                }
                _ => bytes.truncate(at.max(64)),
            }
        }
        let opened: Result<Gguf, Error> = Gguf::from_bytes(bytes);
        n_opened += usize::from(opened.is_ok());
        n_loaded += usize::from(opened.and_then(|file| Adapter::load(&model, &file, 1.0)).is_ok());
    }
    println!("{n_opened} opened, {n_loaded} loaded");
    assert!(n_opened > 1000 && n_loaded > 100, "they reach beyond the first check");
}
