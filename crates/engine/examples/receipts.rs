//! Reads receipts with a model under a schema, and tells how many answers are complete and valid, and how fast.
//!
//! `cargo run --release -p engine --example receipts MODEL.gguf RECEIPTS.jsonl [N] [MAX_TOKENS]`
#![expect(clippy::print_stdout, reason = "it prints what it measures")]
use engine::{
    Engine, Error, Event, Finish, Kind, Limits, Listener, LoadOptions, Model, Request, Shape, Want, gguf::Gguf,
    template::Settings,
};
use serde_json::{Value, json};
use std::{
    fs,
    path::Path,
    sync::{Arc, mpsc},
    time::Instant,
};

struct Ear(mpsc::Sender<Event>);
impl Listener for Ear {
    fn hear(&mut self, event: Event) {
        self.0.send(event).ok();
    }
    fn gone(&self) -> bool {
        false
    }
}

fn answer(engine: &Engine, request: Request) -> Result<(String, Finish, engine::Usage), Error> {
    let (sender, events) = mpsc::channel();
    engine.submit(request, Box::new(Ear(sender)))?;
    let mut all = String::new();
    for event in events {
        match event {
            Event::Text { text, .. } => all.push_str(&text),
            Event::Done { finish, usage } => return Ok((all, finish, usage)),
            Event::Failed(error) => return Err(error),
            _ => {}
        }
    }
    Err(Error::new(Kind::Internal, "no end"))
}

fn main() -> Result<(), Error> {
    let args: Vec<String> = std::env::args().collect();
    let number = |i: usize, default| args.get(i).and_then(|n| n.parse().ok()).unwrap_or(default);
    let (n_most, max_tokens) = (number(3, usize::MAX), number(4, 128));
    let Some(lines) = args.get(2).and_then(|path| fs::read_to_string(path).ok()) else {
        println!("skipped: no receipts");
        return Ok(());
    };
    let model = Model::load(&Gguf::open(Path::new(&args[1]))?, &LoadOptions::default())?;
    let engine =
        Engine::start(Arc::new(model), Limits { n_running: 1, n_ctx: 4096, n_cache: 4096, ..Limits::default() })?;
    let start = Instant::now();
    engine.model().vocabulary()?;
    println!("vocabulary {:.0} ms", start.elapsed().as_secs_f64() * 1e3);
    let text = json!({ "type": "string" });
    let names = ["company", "date", "address", "total"];
    let schema = json!({ "type": "object", "properties": { "company": text, "date": text, "address": text, "total": text },
        "required": names, "additionalProperties": false });
    let start = Instant::now();
    let grammar = engine.grammar(&Shape::Schema(schema.clone()))?;
    println!("schema {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
    let validator = jsonschema::validator_for(&schema).map_err(|e| Error::new(Kind::Internal, e.to_string()))?;
    let (mut n, mut n_valid, mut n_length, mut speeds) = (0, 0, 0, [(0, 0.0); 2]);
    for line in lines.lines().take(n_most) {
        let receipt: Value = serde_json::from_str(line).unwrap_or_default();
        let asked = format!(
            "Extract company, date, address and total from this receipt as JSON.\n\n{}",
            receipt["text"].as_str().unwrap_or_default()
        );
        let tokenizer = &engine.model().tokenizer;
        let content = tokenizer.guard(&asked);
        let name = |id: Option<u32>| id.map(|id| tokenizer.text(id)).unwrap_or_default();
        let settings = Settings {
            add_generation_prompt: true,
            bos_token: name(tokenizer.bos()),
            eos_token: name(tokenizer.eos()),
            now: 0,
        };
        let template = engine.model().template.as_ref().ok_or_else(|| Error::new(Kind::Input, "no template"))?;
        let rendered = template.render(json!({ "messages": [{ "role": "user", "content": content }] }), &settings)?;
        let prompt = tokenizer.encode_prompt(&rendered);
        let request = Request::new(prompt, Want::Answer { max_tokens });
        let plain = (n < 10).then(|| answer(&engine, Request { ignore_end: true, ..request.clone() })).transpose()?;
        let (text, finish, usage) = answer(&engine, Request { grammar: Some(grammar.clone()), ..request })?;
        for (speed, usage) in speeds.iter_mut().zip([plain.as_ref().map(|(_, _, usage)| usage), Some(&usage)]) {
            if let Some(usage) = usage {
                *speed = (speed.0 + usage.n_generated, speed.1 + usage.decode.as_secs_f64());
            }
        }
        let valid = serde_json::from_str(&text).is_ok_and(|value: Value| validator.is_valid(&value));
        n += 1;
        n_valid += usize::from(valid);
        n_length += usize::from(finish == Finish::Length);
        if !valid || n <= 3 {
            println!("{finish:?} {} tokens: {text}", usage.n_generated);
        }
    }
    let [plain, ours] = speeds.map(|(n, time)| n as f64 / time);
    println!(
        "{n_valid} of {n} complete and valid, {n_length} closed for want of room; decode {ours:.1} tok/s, {plain:.1} without schema"
    );
    Ok(())
}
