//! Every switch of a decoder against a plain forward pass in f64, written from the papers and read in one go.
#![expect(clippy::panic, clippy::print_stdout, reason = "a test says what it measured and what it did not expect")]
#[path = "support/plain.rs"]
mod plain;
#[path = "support/rng.rs"]
mod rng;
#[path = "support/vocabulary.rs"]
mod vocabulary;
#[path = "support/writer.rs"]
mod writer;

use engine::{Engine, Event, LoadOptions, Model, Request, TokenInfo, Want, gguf::Gguf, quant::Type};
use plain::{N_VOCAB, Scaling, Spec};
use std::sync::{Arc, mpsc};

/// Tokens of the prompt: more than one page of the cache.
const N_PROMPT: usize = 40;
/// Tokens after it, one at a time.
const N_ANSWER: usize = 3;

/// One block of each type, byte `i` being `37 i + 11`, its scale 0.5 and its minimum 0.25; where these stand; the first,
/// the middle and the last weight, the sum, and the sum of each weight times its place. From ggml's own decoder.
const BLOCKS: [(Type, &[usize], [f64; 5]); 11] = [
    (Type::Q4_0, &[0], [-1.5, -0.5, 0.0, -10.5, -259.0]),
    (Type::Q4_1, &[0, 2], [7.75, 6.25, 6.25, 130.5, 2123.5]),
    (Type::Q5_0, &[0], [4.5, 0.0, 0.5, 7.5, 56.0]),
    (Type::Q5_1, &[0, 2], [9.75, 2.75, 2.75, 260.5, 4082.5]),
    (Type::Q8_0, &[0], [42.5, -27.0, -24.0, -88.0, -4040.0]),
    (Type::IQ4NL, &[0], [-17.5, -5.0, 0.5, -128.5, -3459.5]),
    (Type::Q2K, &[80, 82], [16.5, -0.75, 2.25, 1029.5, 121_565.0]),
    (Type::Q3K, &[108], [40.5, 0.0, 21.0, 479.0, 88_572.5]),
    (Type::Q4K, &[0, 2], [157.75, -3.0, 24.25, 27_220.0, 3_786_420.0]),
    (Type::Q5K, &[0, 2], [405.75, -3.0, 54.25, 58_108.0, 8_013_724.0]),
    (Type::Q6K, &[208], [-715.5, 208.0, -30.0, 2306.0, 392_210.0]),
];

type Change = fn(&mut Spec);

/// What may differ from a family's plain model: each alone must change the answer, and change it rightly.
const LLAMA: &[(&str, Change)] = &[
    ("tied output", |s| s.tied = true),
    ("biases", |s| s.biases = true),
    ("every head has its own keys", |s| s.n_kv_heads = 4),
    ("one head of keys", |s| s.n_kv_heads = 1),
    ("wide heads", |s| s.head_dim = 32),
    ("part of a head is rotated", |s| s.n_rot = 8),
    ("norms of queries and keys", |s| s.qk_norms = true),
    ("norms after each step", |s| s.post_norms = true),
    ("rotary base", |s| s.rope_base = 500_000.0),
    ("linear scaling", |s| s.scaling = Scaling::Linear(4.0)),
    ("yarn", |s| s.scaling = Scaling::Yarn { factor: 4.0, original_ctx: 1024, attn_factor: 1.0 }),
    ("yarn, with a factor on magnitudes", |s| {
        s.scaling = Scaling::Yarn { factor: 4.0, original_ctx: 1024, attn_factor: 1.5 };
    }),
    ("factors per pair", |s| s.scaling = Scaling::Factors(vec![1.0, 1.0, 1.5, 2.0, 4.0, 8.0, 8.0, 8.0])),
    ("scale of scores", |s| s.attention_scale = Some(0.7)),
    ("soft cap of scores", |s| s.attention_softcap = Some(0.5)),
    ("soft cap of the output", |s| s.output_softcap = Some(1.0)),
    ("epsilon", |s| s.eps = 0.1),
];

const GEMMA: &[(&str, Change)] = &[
    ("windows by the family's period", |s| s.window = Some(5)),
    ("windows by the file's period", |s| (s.window, s.period) = (Some(5), Some(3))),
    ("windows by layer", |s| (s.window, s.layers) = (Some(5), Some(vec![true, false, true, true, false, true, true]))),
    ("rotary base of windows", |s| (s.window, s.window_rope_base) = (Some(5), Some(200.0))),
    ("scaling is not for windows", |s| (s.window, s.scaling) = (Some(5), Scaling::Linear(8.0))),
    ("output of its own", |s| s.tied = false),
    ("62 layers scale queries by width", |s| s.n_layers = 62),
    ("soft caps", |s| (s.attention_softcap, s.output_softcap) = (Some(0.5), Some(1.0))),
];

#[test]
fn families_agree_with_the_plain_decoder() {
    for (plain, changes) in [(Spec::llama(), LLAMA), (Spec::gemma3(), GEMMA)] {
        // f32 loses a little in each layer
        let bound = |spec: &Spec| 5e-5 * spec.n_layers.max(4) as f64;
        let tokens = check("plain", &plain, bound(&plain));
        let before = plain.logprobs(&tokens);
        for (name, change) in changes {
            let mut spec = plain.clone();
            change(&mut spec);
            check(name, &spec, bound(&spec));
            // a switch that changes nothing would be held against nothing
            let effect = distance(&spec.logprobs(&tokens), &before);
            assert!(effect > 0.02, "{name}: the answer moves by {effect} only");
        }
    }
}

#[test]
fn blocks_decode_as_the_format_says() {
    for (kind, scales, expected) in BLOCKS {
        let mut bytes: Vec<u8> = (0..kind.block_bytes()).map(|i| (i * 37 + 11) as u8).collect();
        for (at, scale) in scales.iter().zip([0.5, 0.25]) {
            bytes[*at..at + 2].copy_from_slice(&half::f16::from_f32(scale).to_le_bytes());
        }
        let n = kind.block_len();
        let mut weights = vec![0.0; n];
        engine::quant::dequantise(kind, &bytes, &mut weights);
        let weights: Vec<f64> = weights.into_iter().map(f64::from).collect();
        let placed = weights.iter().zip(1..).map(|(w, place)| w * f64::from(place)).sum();
        let found = [weights[0], weights[n / 2 + 1], weights[n - 1], weights.iter().sum(), placed];
        assert_eq!(found, expected, "{}", kind.name());
    }
}

/// Activations are rounded to 8 bits for these; the weights are exact, as `dequantise` reads them.
#[test]
fn every_element_type_agrees_with_the_plain_decoder() {
    let floats = [Type::F32, Type::F16, Type::BF16].map(|kind| (kind, 1e-3));
    let small = [Type::Q4_0, Type::Q4_1, Type::Q5_0, Type::Q5_1, Type::Q8_0, Type::IQ4NL].map(|kind| (kind, 0.03));
    let large = [Type::Q2K, Type::Q3K, Type::Q4K, Type::Q5K, Type::Q6K].map(|kind| (kind, 0.03));
    for (kind, bound) in floats.into_iter().chain(small).chain(large) {
        let spec = Spec { kind, n_embd: 256, n_ff: 256, head_dim: 64, n_rot: 64, ..Spec::llama() };
        check(kind.name(), &spec, bound);
    }
}

/// Runs `spec` in the engine and plainly; returns all tokens.
fn check(name: &str, spec: &Spec, bound: f64) -> Vec<u32> {
    let prompt: Vec<u32> = (0..N_PROMPT).map(|i| (i * i + 3 * i) as u32 % N_VOCAB as u32).collect();
    let (infos, answer) = run(spec, prompt.clone());
    let tokens = [prompt, answer].concat();
    let found: Vec<Vec<f64>> = infos.iter().map(by_id).collect();
    let expected = spec.logprobs(&tokens);
    assert_eq!(found.len(), expected.len(), "{name}");
    let error = distance(&found, &expected);
    println!("{} {name}: {error:.1e}", spec.family);
    assert!(error <= bound, "{} {name}: log-probabilities are {error} off, {bound} allowed", spec.family);
    tokens
}

/// The engine's log-probabilities after each token but the last, and the tokens that it chose.
fn run(spec: &Spec, prompt: Vec<u32>) -> (Vec<TokenInfo>, Vec<u32>) {
    let file = Gguf::from_bytes(spec.file().bytes()).expect("a good file");
    let model = Model::load(&file, &LoadOptions { n_threads: Some(2) }).expect("a good model");
    let limits = engine::Limits { n_ctx: 64, n_cache: 64, ..engine::Limits::default() };
    let engine = Engine::start(Arc::new(model), limits).expect("an engine");
    let (sender, receiver) = mpsc::channel();
    let request = Request {
        ignore_end: true,
        logprobs: Some(N_VOCAB),
        prompt_logprobs: true,
        ..Request::new(prompt, Want::Answer { max_tokens: N_ANSWER })
    };
    engine.submit(request, Box::new(Channel(sender))).expect("a place in the queue");
    let (mut infos, mut answer) = (Vec::new(), Vec::new());
    for event in receiver {
        match event {
            Event::Prompt(prompt) => infos.extend(prompt.into_iter().skip(1)),
            Event::Text { tokens, .. } => {
                answer.extend(tokens.iter().map(|t| t.id));
                infos.extend(tokens);
            }
            Event::Done { .. } => break,
            other => panic!("log-probabilities and text expected, {other:?} found"),
        }
    }
    (infos, answer)
}

struct Channel(mpsc::Sender<Event>);
impl engine::Listener for Channel {
    fn hear(&mut self, event: Event) {
        self.0.send(event).ok();
    }
    fn gone(&self) -> bool {
        false
    }
}

fn by_id(info: &TokenInfo) -> Vec<f64> {
    let mut all = vec![f64::NAN; N_VOCAB];
    info.top.iter().for_each(|(id, logprob)| all[*id as usize] = f64::from(*logprob));
    all
}

/// Root of the mean squared difference; NaN, which no bound allows, when anything is not a number.
fn distance(a: &[Vec<f64>], b: &[Vec<f64>]) -> f64 {
    let squares: Vec<f64> = a.iter().flatten().zip(b.iter().flatten()).map(|(a, b)| (a - b) * (a - b)).collect();
    (squares.iter().sum::<f64>() / squares.len() as f64).sqrt()
}
