//! Grammars with a real model: what comes is valid, alone and with sampling, probabilities, stop texts and short room.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test says what it skipped")]
#[path = "support/channel.rs"]
mod channel;
#[path = "support/models.rs"]
mod models;

use channel::Channel;
use engine::{
    Engine, Event, Finish, Limits, LoadOptions, Model, Request, Sampling, Shape, TokenInfo, Usage, Want, gguf::Gguf,
    tokenizer::Special,
};
use serde_json::{Value, json};
use std::sync::{Arc, mpsc};

struct Answer {
    text: String,
    tokens: Vec<TokenInfo>,
    finish: Finish,
    usage: Usage,
}

fn engine() -> Option<Engine> {
    let Some(file) = models::model_file("smollm2-135m") else {
        println!("skipped: smollm2-135m is not on this machine");
        return None;
    };
    let model = Model::load(&Gguf::open(&file).unwrap(), &LoadOptions::default()).unwrap();
    let limits = Limits { n_ctx: 512, n_cache: 4096, ..Limits::default() };
    Some(Engine::start(Arc::new(model), limits).unwrap())
}

fn request(engine: &Engine, shape: &Shape, max_tokens: usize) -> Request {
    let prompt = engine.model().tokenizer.encode("Sold to Ann Lee of Oslo on 3 May 2024:", Special::AsText);
    let grammar = Some(engine.grammar(shape).unwrap());
    Request { grammar, ..Request::new(prompt, Want::Answer { max_tokens }) }
}

fn answer(engine: &Engine, request: Request) -> Answer {
    let (sender, events) = mpsc::channel();
    engine.submit(request, Box::new(Channel(sender))).unwrap();
    let (mut text, mut all) = (String::new(), Vec::new());
    for event in events {
        match event {
            Event::Text { text: more, tokens } => {
                text.push_str(&more);
                all.extend(tokens);
            }
            Event::Done { finish, usage } => return Answer { text, tokens: all, finish, usage },
            Event::Failed(error) => unreachable!("{error}"),
            _ => {}
        }
    }
    unreachable!("no end")
}

fn schema() -> Value {
    json!({ "type": "object", "properties": {
            "name": { "type": "string" }, "age": { "type": "integer", "minimum": 0, "maximum": 120 },
            "tags": { "type": "array", "items": { "enum": ["new", "old"] }, "maxItems": 3 }, "price": { "type": "number" } },
        "required": ["name", "age", "tags", "price"], "additionalProperties": false })
}

#[test]
fn answers_are_valid_with_every_sampling() {
    let Some(engine) = engine() else { return };
    let schema = schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let base = request(&engine, &Shape::Schema(schema.clone()), 128);
    let sampled = |temperature, top_k, penalty, seed| Sampling {
        temperature,
        top_k,
        repetition_penalty: penalty,
        frequency_penalty: penalty - 1.0,
        seed,
        ..Sampling::default()
    };
    for sampling in
        [sampled(0.0, 0, 1.0, 0), sampled(0.0, 0, 1.3, 0), sampled(1.0, 40, 1.0, 1), sampled(2.0, 0, 1.1, 2)]
    {
        let told = answer(&engine, Request { sampling: sampling.clone(), ..base.clone() });
        let value = serde_json::from_str(&told.text).unwrap_or_else(|e| panic!("{e}: {}", told.text));
        assert!(validator.is_valid(&value), "{}", told.text);
        assert!(told.text.starts_with(r#"{"name":""#), "in order, and compact: {}", told.text);
        assert!(told.usage.n_generated <= 128);
        let again = answer(&engine, Request { sampling, ..base.clone() });
        assert_eq!((again.text, again.finish), (told.text, told.finish), "the same again");
    }
}

#[test]
fn whatever_room_the_end_needs_is_kept() {
    let Some(engine) = engine() else { return };
    let schema = schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for seed in 0..4 {
        for max_tokens in [32, 40, 56, 80] {
            let sampling = Sampling { temperature: 1.8, seed, ..Sampling::default() };
            let told =
                answer(&engine, Request { sampling, ..request(&engine, &Shape::Schema(schema.clone()), max_tokens) });
            let valid = serde_json::from_str(&told.text).is_ok_and(|value| validator.is_valid(&value));
            assert!(valid && told.usage.n_generated <= max_tokens, "{max_tokens}: {:?} {}", told.finish, told.text);
        }
    }
    let told = answer(&engine, request(&engine, &Shape::Schema(schema), 5));
    assert_eq!((told.finish, told.usage.n_generated), (Finish::Length, 5), "{}", told.text);
}

#[test]
fn forced_tokens_are_jumped_over_and_counted() {
    let Some(engine) = engine() else { return };
    let constant = json!({ "const": { "kind": "receipt", "version": 3 } });
    let told = answer(&engine, request(&engine, &Shape::Schema(constant.clone()), 64));
    assert_eq!((told.text.as_str(), told.finish), (r#"{"kind":"receipt","version":3}"#, Finish::Stop));
    let tokens = engine.model().tokenizer.encode(&told.text, Special::AsText);
    assert_eq!(told.usage.n_generated, tokens.len(), "as the tokenizer cuts it");
    // with probabilities each token is computed
    let wanted = Request { logprobs: Some(1), ..request(&engine, &Shape::Schema(constant), 64) };
    let told = answer(&engine, wanted);
    let text: Vec<u8> = told.tokens.iter().flat_map(|t| engine.model().tokenizer.bytes(t.id).to_vec()).collect();
    assert_eq!(String::from_utf8(text).unwrap(), told.text);
    assert!(told.tokens.iter().all(|t| t.logprob.is_some_and(|p| p < 0.0)), "the model's own probabilities");
}

#[test]
fn the_end_comes_where_the_grammar_ends() {
    let Some(engine) = engine() else { return };
    let told = answer(&engine, request(&engine, &Shape::Regex("[a-z]{3}(-[a-z]{3}){2}".to_owned()), 64));
    assert_eq!((told.text.len(), told.finish), (11, Finish::Stop), "{}", told.text);
    let choice = Shape::Either(["yes", "no", "unknown"].map(|t| Shape::Literal(t.to_owned())).to_vec());
    let told = answer(&engine, request(&engine, &choice, 64));
    assert!(["yes", "no", "unknown"].contains(&told.text.as_str()) && told.finish == Finish::Stop, "{}", told.text);
    let stopped = Request { stop: vec!["\",\"".to_owned()], ..request(&engine, &Shape::Schema(schema()), 64) };
    let told = answer(&engine, stopped);
    assert!(told.finish == Finish::Stop && !told.text.contains("\",\""), "{}", told.text);
}
