//! `kinglet check`: JSON lines in, one JSON line out for each, so that any corpus can be held against ours.
use crate::models::Store;
use engine::{Template, Tokenizer, Vocabulary, gguf::Gguf, grammar::Judge, template::Settings, tokenizer::Special};
use serde_json::{Map, Value, json};
use std::{
    fs::File,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

/// Tokenizers kept between lines.
const N_KEPT: usize = 4;
/// Templates kept between lines.
const N_COMPILED: usize = 64;

/// What is checked.
#[derive(Clone, Copy, clap::ValueEnum)]
pub(crate) enum What {
    /// {"gguf","texts"} to {"ids":[[..],..]}: no BOS is added, special tokens are parsed.
    Tokens,
    /// {"template","messages",..} to {"ok":text} or {"error":why}.
    Template,
    /// {"schema","texts"} to {"refused":why} or {"accept":[bool,..]}: white space and the order of properties are free.
    Schema,
}

/// Answers each line of `file`, or of standard input.
pub(crate) fn run(store: &Store, what: What, file: Option<&Path>) -> Result<(), String> {
    let named = |e: io::Error| format!("{}: {e}", file.map_or("standard input".into(), Path::to_string_lossy));
    let mut lines: Box<dyn BufRead> = match file {
        Some(path) => Box::new(BufReader::new(File::open(path).map_err(named)?)),
        None => Box::new(io::stdin().lock()),
    };
    let mut checker =
        Checker { store, tokenizers: Kept::new(N_KEPT), templates: Kept::new(N_COMPILED), vocabulary: None };
    let mut out = io::stdout().lock();
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).map_err(named)? > 0 {
        if !line.trim_ascii().is_empty() {
            let answer = checker.answer(what, &line).unwrap_or_else(|error| json!({ "error": error }));
            match writeln!(out, "{answer}").and_then(|()| out.flush()) {
                // whoever read the answers has seen enough
                Err(e) if e.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
                written => written.map_err(|e| format!("standard output: {e}"))?,
            }
        }
        line.clear();
    }
    Ok(())
}

struct Checker<'a> {
    store: &'a Store,
    tokenizers: Kept<PathBuf, Tokenizer>,
    templates: Kept<String, Template>,
    /// Single bytes: no model writes here.
    vocabulary: Option<Arc<Vocabulary>>,
}

impl Checker<'_> {
    fn answer(&mut self, what: What, line: &[u8]) -> Result<Value, String> {
        let value = serde_json::from_slice(line).map_err(|e| format!("a line of JSON expected: {e}"))?;
        let Value::Object(line) = value else {
            return Err("a JSON object expected".to_owned());
        };
        match what {
            What::Tokens => self.tokens(&line),
            What::Template => self.template(line),
            What::Schema => self.schema(&line),
        }
    }

    fn tokens(&mut self, line: &Map<String, Value>) -> Result<Value, String> {
        let model = line.get("gguf").and_then(Value::as_str).ok_or("`gguf`: the path of a GGUF file expected")?;
        let wrong = || "`texts`: an array of text expected".to_owned();
        let texts = line.get("texts").and_then(Value::as_array).ok_or_else(wrong)?;
        let texts = texts.iter().map(|t| t.as_str().ok_or_else(wrong)).collect::<Result<Vec<_>, _>>()?;
        let path = self.store.find(model)?;
        let load = |path: &PathBuf| Gguf::open(path).and_then(|file| Tokenizer::from_gguf(&file));
        let tokenizer = self.tokenizers.get(path, load).map_err(|e| e.to_string())?;
        let ids: Vec<_> = texts.iter().map(|text| tokenizer.encode(text, Special::Parse)).collect();
        Ok(json!({ "ids": ids }))
    }

    fn schema(&mut self, line: &Map<String, Value>) -> Result<Value, String> {
        let schema = line.get("schema").ok_or("`schema`: a JSON schema expected")?;
        let wrong = || "`texts`: an array of text expected".to_owned();
        let texts = line.get("texts").and_then(Value::as_array).ok_or_else(wrong)?;
        let texts = texts.iter().map(|t| t.as_str().ok_or_else(wrong)).collect::<Result<Vec<_>, _>>()?;
        let vocabulary = match &self.vocabulary {
            Some(vocabulary) => vocabulary,
            None => self.vocabulary.insert(Arc::new(Vocabulary::bytes().map_err(|e| e.to_string())?)),
        };
        Ok(match Judge::new(vocabulary, schema) {
            Ok(judge) => json!({ "accept": texts.iter().map(|text| judge.accepts(text)).collect::<Vec<_>>() }),
            Err(error) => json!({ "refused": error.message }),
        })
    }

    fn template(&mut self, mut line: Map<String, Value>) -> Result<Value, String> {
        let Some(Value::String(source)) = line.remove("template") else {
            return Err("`template`: text expected".to_owned());
        };
        if !line.get("messages").is_some_and(Value::is_array) {
            return Err("`messages`: an array expected".to_owned());
        }
        let mut settings = Settings::default();
        match line.remove("add_generation_prompt") {
            None | Some(Value::Null) => {}
            Some(Value::Bool(add)) => settings.add_generation_prompt = add,
            Some(_) => return Err("`add_generation_prompt`: true or false expected".to_owned()),
        }
        match line.remove("now") {
            None | Some(Value::Null) => {}
            Some(now) => settings.now = clock(&now)?,
        }
        let template = self.templates.get(source, |source| Template::new(source)).map_err(|e| e.to_string())?;
        let rendered = template.render(&line, &settings).map_err(|e| e.to_string())?;
        Ok(json!({ "ok": rendered }))
    }
}

/// Seconds since 1970 from such a number, or from ISO 8601 text: the time that its own clock shows.
fn clock(now: &Value) -> Result<i64, String> {
    let wrong = || format!("`now`: seconds since 1970 or a time like 2026-01-31T12:00:00 expected, {now} found");
    match now {
        Value::Number(n) => n.as_i64().or_else(|| n.as_f64().map(|n| n.floor() as i64)).ok_or_else(wrong),
        Value::String(text) => engine::template::seconds(text).ok_or_else(wrong),
        _ => Err(wrong()),
    }
}

/// The values made last, by what they were made from.
struct Kept<K, V> {
    n: usize,
    /// The latest last.
    entries: Vec<(K, Arc<V>)>,
}

impl<K: PartialEq, V> Kept<K, V> {
    fn new(n: usize) -> Self {
        Self { n, entries: Vec::new() }
    }

    fn get<E>(&mut self, key: K, make: impl FnOnce(&K) -> Result<V, E>) -> Result<Arc<V>, E> {
        let entry = match self.entries.iter().position(|(k, _)| *k == key) {
            Some(at) => self.entries.remove(at),
            None => {
                let value = Arc::new(make(&key)?);
                (key, value)
            }
        };
        if self.entries.len() >= self.n {
            self.entries.remove(0);
        }
        let value = entry.1.clone();
        self.entries.push(entry);
        Ok(value)
    }
}
