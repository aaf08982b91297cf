//! Adapters beside a model against a plain forward pass with merged weights; several in one batch; loaded and unloaded.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test says what it measured")]
#[path = "support/adapter.rs"]
mod adapter;
#[path = "support/plain.rs"]
mod plain;
#[path = "support/rng.rs"]
mod rng;
#[path = "support/vocabulary.rs"]
mod vocabulary;
#[path = "support/writer.rs"]
mod writer;

use adapter::Forged;
use engine::{
    Engine, Event, Kind, Limits, Listener, LoadOptions, Model, Request, TokenInfo, Want, gguf::Gguf, quant::Type,
};
use plain::{N_VOCAB, Scaling, Spec};
use std::sync::{Arc, mpsc};

const N_PROMPT: usize = 37;
const N_ANSWER: usize = 3;

fn engine(spec: &Spec) -> Engine {
    let file = Gguf::from_bytes(spec.file().bytes()).unwrap();
    let model = Model::load(&file, &LoadOptions { n_threads: Some(2) }).unwrap();
    Engine::start(Arc::new(model), Limits { n_ctx: 64, n_cache: 16 * 64, ..Limits::default() }).unwrap()
}

fn gguf(forged: &Forged) -> Gguf {
    Gguf::from_bytes(forged.file().bytes()).unwrap()
}

/// One that changes every matrix.
fn forged(spec: &Spec, seed: u64) -> Forged {
    // of a tied output, the embedding's part alone is changed, which merged weights cannot say
    let is_merged = |name: &str| !(spec.tied && name == "token_embd.weight");
    Forged::new(spec.family, spec.tensors().into_iter().filter(|(name, _)| is_merged(name)).collect(), seed)
}

struct Channel(mpsc::Sender<Event>);
impl Listener for Channel {
    fn hear(&mut self, event: Event) {
        self.0.send(event).ok();
    }
    fn gone(&self) -> bool {
        false
    }
}

fn request(adapter: Option<&str>, n_prompt: usize) -> Request {
    let prompt = (0..n_prompt).map(|i| (i * i + 3 * i + n_prompt) as u32 % N_VOCAB as u32).collect();
    Request {
        ignore_end: true,
        logprobs: Some(N_VOCAB),
        prompt_logprobs: true,
        adapter: adapter.map(str::to_owned),
        ..Request::new(prompt, Want::Answer { max_tokens: N_ANSWER })
    }
}

fn begin(engine: &Engine, requests: &[Request]) -> Vec<mpsc::Receiver<Event>> {
    let (jobs, events) = requests
        .iter()
        .map(|request| {
            let (sender, receiver) = mpsc::channel();
            let ear: Box<dyn Listener> = Box::new(Channel(sender));
            ((request.clone(), ear), receiver)
        })
        .unzip();
    engine.submit_all(jobs).unwrap();
    events
}

/// All log-probabilities that were reported, prompt and answer, and the tokens of the answer.
fn answer(events: mpsc::Receiver<Event>) -> (Vec<TokenInfo>, Vec<u32>) {
    let (mut infos, mut ids) = (Vec::new(), Vec::new());
    for event in events {
        match event {
            Event::Prompt(prompt) => infos.extend(prompt.into_iter().skip(1)),
            Event::Text { tokens, .. } => {
                ids.extend(tokens.iter().map(|t| t.id));
                infos.extend(tokens);
            }
            Event::Done { .. } => return (infos, ids),
            other => unreachable!("{other:?}"),
        }
    }
    unreachable!("the engine ended without a word")
}

fn ask(engine: &Engine, request: Request) -> (Vec<TokenInfo>, Vec<u32>) {
    answer(begin(engine, &[request]).remove(0))
}

fn distance(infos: &[TokenInfo], expected: &[Vec<f64>]) -> f64 {
    assert_eq!(infos.len(), expected.len());
    let squares = infos.iter().zip(expected).flat_map(|(info, expected)| {
        info.top.iter().map(|(id, logprob)| (f64::from(*logprob) - expected[*id as usize]).powi(2))
    });
    (squares.sum::<f64>() / (infos.len() * N_VOCAB) as f64).sqrt()
}

/// Runs `spec` with `forged`, times `scale`, and holds it against merged weights.
fn check(name: &str, spec: &Spec, forged: &Forged, scale: f32) {
    let engine = engine(spec);
    engine.load_adapter("x", &gguf(forged), scale).unwrap();
    let request = request(Some("x"), N_PROMPT);
    let (infos, ids) = ask(&engine, request.clone());
    let tokens = [request.prompt, ids].concat();
    let merged = spec.logprobs_with(&tokens, |name, weights| forged.merge(name, weights, f64::from(scale)));
    let (error, effect) = (distance(&infos, &merged), distance(&infos, &spec.logprobs(&tokens)));
    println!("{} {name}: {error:.1e} off, the adapter moves the answer by {effect:.2}", spec.family);
    // what f32 loses in each layer, and what 16 bits lose of the adapter
    let bound = 5e-5 * spec.n_layers.max(4) as f64 + 1e-3 * effect;
    assert!(error <= bound && effect > 0.05, "{} {name}: {error} off, {effect} moved", spec.family);
}

#[test]
fn adapters_do_what_merged_weights_do() {
    for spec in [Spec::llama(), Spec::gemma3()] {
        let all = forged(&spec, 1);
        check("every matrix", &spec, &all, 1.0);
        check("a scale of the caller", &spec, &all, -0.5);
        check("alpha 0", &spec, &Forged { alpha: 0.0, ..all.clone() }, 1.0);
        for rank in [1, 8, 17] {
            check(&format!("rank {rank}"), &spec, &Forged { rank, alpha: 8.0, ..all.clone() }, 1.0);
        }
        for kind in [Type::F16, Type::BF16, Type::Q8_0] {
            check(kind.name(), &spec, &Forged { kind, rank: 32, alpha: 16.0, ..all.clone() }, 1.0);
        }
        for place in &all.places {
            if place.0.starts_with("blk.1.") || !place.0.starts_with("blk.") {
                check(&place.0, &spec, &Forged { places: vec![place.clone()], alpha: 30.0, ..all.clone() }, 1.0);
            }
        }
        let yarn = Scaling::Yarn { factor: 4.0, original_ctx: 1024, attn_factor: 1.0 };
        for scaling in [Scaling::Linear(2.0), yarn, Scaling::Factors(vec![1.5; spec.n_rot / 2])] {
            let biased = Spec { biases: true, scaling, ..spec.clone() };
            check("beside biases", &biased, &all, 1.0);
        }
    }
    let capped = Spec { output_softcap: Some(3.0), ..Spec::llama() };
    check("below the cap of the output", &capped, &forged(&capped, 2), 1.0);
}

#[test]
fn an_adapter_of_zeros_changes_not_a_bit() {
    for spec in [Spec::llama(), Spec::gemma3()] {
        let engine = engine(&spec);
        let mut file = forged(&spec, 1).file();
        file.tensors.iter_mut().filter(|t| t.name.ends_with("lora_b")).for_each(|t| t.bytes.fill(0));
        engine.load_adapter("zero", &Gguf::from_bytes(file.bytes()).unwrap(), 1.0).unwrap();
        assert_eq!(ask(&engine, request(Some("zero"), N_PROMPT)), ask(&engine, request(None, N_PROMPT)));
    }
}

/// Rule 7 with adapters: to the bit, whoever else is in the batch, with whichever adapter.
#[test]
fn several_adapters_in_one_batch_are_each_as_alone() {
    for spec in [Spec::llama(), Spec::gemma3()] {
        let engine = engine(&spec);
        for seed in 1..=3 {
            engine.load_adapter(&seed.to_string(), &gguf(&forged(&spec, seed)), 1.0).unwrap();
        }
        let adapters =
            [Some("1"), None, Some("2"), Some("2"), Some("3"), Some("3"), Some("3"), Some("3"), None, Some("1")];
        let requests: Vec<_> = adapters.iter().zip(5..).map(|(name, n)| request(*name, n * 3)).collect();
        let alone: Vec<_> = requests.iter().map(|r| ask(&engine, r.clone())).collect();
        let among: Vec<_> = begin(&engine, &requests).into_iter().map(answer).collect();
        assert_eq!(among, alone);
        assert_ne!(ask(&engine, request(Some("1"), 9)), ask(&engine, request(Some("2"), 9)));
    }
}

#[test]
fn who_has_an_adapter_keeps_it() {
    let spec = Spec::llama();
    let engine = engine(&spec);
    let first = engine.load_adapter("x", &gguf(&forged(&spec, 1)), 1.0).unwrap();
    let alone = ask(&engine, request(Some("x"), N_PROMPT));
    // submitted, and unloaded before the first step may have been
    let events = begin(&engine, &[request(Some("x"), N_PROMPT)]).remove(0);
    assert!(engine.unload_adapter("x") && !engine.unload_adapter("x"));
    assert_eq!(answer(events), alone);
    let (sender, _events) = mpsc::channel();
    let error = engine.submit(request(Some("x"), 5), Box::new(Channel(sender))).unwrap_err();
    assert!(error.kind == Kind::Input && error.message.contains("adapter `x`"), "{error}");
    // another under the same name is another
    let second = engine.load_adapter("x", &gguf(&forged(&spec, 2)), 1.0).unwrap();
    assert!(first.key() != 0 && second.key() != 0 && first.key() != second.key());
    assert_ne!(ask(&engine, request(Some("x"), N_PROMPT)), alone);
    assert_eq!(engine.adapters(), ["x"]);
}

#[test]
fn names_and_scales_are_checked() {
    let spec = Spec::llama();
    let engine = engine(&spec);
    let file = gguf(&forged(&spec, 1));
    for name in ["", "a/b", "..\\", "a@b", "a b", "ü", "\n", &"x".repeat(65)] {
        let error = engine.load_adapter(name, &file, 1.0).unwrap_err();
        assert!(error.kind == Kind::Input && error.message.contains("a name of"), "{name}: {error}");
    }
    for scale in [f32::NAN, f32::INFINITY, 1e9] {
        let error = engine.load_adapter("x", &file, scale).unwrap_err();
        assert!(error.kind == Kind::Input && error.message.contains("scale"), "{error}");
    }
    for i in 0..64 {
        engine.load_adapter(&i.to_string(), &file, 1.0).unwrap();
    }
    assert!(engine.load_adapter("1", &file, 1.0).unwrap_err().message.contains("unload it first"));
    assert!(engine.load_adapter("x", &file, 1.0).unwrap_err().message.contains("64 adapters"));
}

/// A certificate is for one model with one adapter: whatever changes of them must show.
#[test]
fn other_models_have_other_identities() {
    let identity = |spec: &Spec| Gguf::from_bytes(spec.file().bytes()).unwrap().identity();
    let spec = Spec::llama();
    assert_eq!(identity(&spec), identity(&spec));
    let mut file = spec.file();
    file.set("tokenizer.chat_template", "{{ messages }}");
    assert_ne!(Gguf::from_bytes(file.bytes()).unwrap().identity(), identity(&spec), "another template");
    let mut trained = spec.file().bytes();
    let n_bytes = trained.len();
    // training moves weights everywhere, each a little
    trained[n_bytes / 2..].iter_mut().step_by(32).for_each(|byte| *byte ^= 1);
    assert_ne!(Gguf::from_bytes(trained).unwrap().identity(), identity(&spec), "other weights");
    let engine = engine(&spec);
    let before = engine.identity(None).unwrap();
    for seed in [1, 2] {
        engine.load_adapter(&format!("a{seed}"), &gguf(&forged(&spec, seed)), 1.0).unwrap();
    }
    engine.load_adapter("half", &gguf(&forged(&spec, 1)), 0.5).unwrap();
    let of = |name| engine.identity(Some(name)).unwrap();
    assert_eq!(engine.identity(None).unwrap(), before);
    assert!(of("a1") != of("a2") && of("a1") != of("half") && of("a1") != before);
    assert!(engine.identity(Some("none")).is_err());
}
