//! Perplexity on a recorded text: as near to the exact value as 0.15 %, or nearer than the recording engine's.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test says what it skipped and measured"
)]
#[path = "support/channel.rs"]
mod channel;
#[path = "support/models.rs"]
mod models;
#[path = "support/recorded.rs"]
mod recorded;

use engine::{Engine, LoadOptions, Model, gguf::Gguf, tokenizer::Special};
use std::sync::Arc;

/// Tokens of a chunk; its second half is scored.
const CHUNK: usize = 512;

#[test]
fn perplexity_is_that_of_the_exact_weights() {
    let (Some(recorded), Some(text)) = (recorded::json("perplexity.json"), recorded::text("ppl_jargon.txt")) else {
        println!("skipped: the recorded perplexity is not on this machine");
        return;
    };
    for (name, reference) in [("smollm2-135m", "SmolLM2-135M-Instruct.Q4_1"), ("gemma3-270m", "gemma-3-270m-q4_k_m")] {
        let Some(file) = models::model_file(name) else {
            println!("skipped: {name} is not on this machine");
            continue;
        };
        let model = Arc::new(Model::load(&Gguf::open(&file).unwrap(), &LoadOptions::default()).unwrap());
        let figures = &recorded["models"][reference];
        let exact: Vec<f64> = serde_json::from_value(figures["exact_f32"]["cumulative_ppl_per_chunk"].clone()).unwrap();
        let peer = figures["llama_cpp_quantised"]["final"].as_f64().unwrap();
        let found = perplexity(model, &text, exact.len());
        let exact = *exact.last().unwrap();
        let off = (found / exact - 1.0).abs();
        println!("{name}: perplexity {found:.4}, exact {exact:.4}, {:.3} % off; peer {peer:.4}", off * 100.0);
        assert!(off <= 0.0015 || off < (peer / exact - 1.0).abs(), "{name}: {found}, exact {exact}");
    }
}

/// As `llama-perplexity -c 512 -b 512` counts it.
fn perplexity(model: Arc<Model>, text: &str, n_chunks: usize) -> f64 {
    let bos = model.tokenizer.bos().filter(|_| model.tokenizer.add_bos());
    let mut ids = model.tokenizer.encode(text, Special::AsText);
    if let Some(bos) = bos {
        ids.insert(0, bos);
    }
    let engine = Engine::start(model, engine::Limits::default()).unwrap();
    let mut sum = 0.0;
    for chunk in ids.chunks_exact(CHUNK).take(n_chunks) {
        let mut chunk = chunk.to_vec();
        if let Some(bos) = bos {
            chunk[0] = bos;
        }
        let infos = recorded::prompt_infos(&engine, chunk, 0);
        // the logits of positions 256 to 510 foretell tokens 257 to 511
        sum -= infos[CHUNK / 2 + 1..].iter().map(|info| f64::from(info.logprob.unwrap())).sum::<f64>();
    }
    (sum / (n_chunks * (CHUNK / 2 - 1)) as f64).exp()
}
