//! `kinglet inspect`: what is in a model file: metadata, tensors, bits per weight.
use crate::{
    models::Store,
    out,
    units::{bytes, count},
};
use clap::Args;
use engine::{
    Limits, Memory,
    gguf::{Array, Gguf, Tensor, Value},
    lora,
    model::Info,
};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Elements of an array, and characters of a text, that are shown.
const MAX_ELEMENTS: usize = 6;
const MAX_CHARS: usize = 100;

#[derive(Args)]
pub(crate) struct Inspect {
    /// A GGUF file, or the name of a model on disk.
    #[arg(value_name = "FILE|NAME")]
    what: String,
    /// As JSON, with texts and tensors in full.
    #[arg(long)]
    json: bool,
}

impl Inspect {
    pub(crate) fn run(&self, store: &Store) -> Result<(), String> {
        let file = match Path::new(&self.what) {
            path if path.exists() => PathBuf::from(path),
            _ => {
                let held = store.get(&self.what)?.and_then(|held| held.files.into_iter().next());
                held.ok_or_else(|| format!("`{}`: a GGUF file or the name of a model on disk expected", self.what))?
            }
        };
        let gguf = Gguf::open(&file).map_err(|e| e.to_string())?;
        match self.json {
            true => out::print_json(&as_json(&gguf)?),
            false => out::print(&as_text(&gguf)?),
        }
    }
}

fn n_weights(gguf: &Gguf) -> u64 {
    gguf.tensors().iter().map(|t| t.n_elements() as u64).sum()
}

fn bits_per_weight(gguf: &Gguf) -> f64 {
    let n_bytes: u64 = gguf.tensors().iter().map(|t| t.n_bytes() as u64).sum();
    // a file of the vocabulary alone has no weights
    n_bytes as f64 * 8.0 / n_weights(gguf).max(1) as f64
}

fn as_text(gguf: &Gguf) -> Result<String, String> {
    let mut out = format!("{}: GGUF version {}, {}\n", gguf.path().display(), gguf.version(), bytes(gguf.n_bytes()));
    out.push_str(&format!("\nmetadata ({})\n", gguf.metadata().len()));
    for (key, value) in gguf.metadata() {
        out.push_str(&format!("  {} = {}\n", plain(key), show(gguf, value)?));
    }
    out.push_str(&format!("\ntensors ({})\n", gguf.tensors().len()));
    let name_width = gguf.tensors().iter().map(|t| plain(&t.name).chars().count()).max().unwrap_or(0);
    let shape_width = gguf.tensors().iter().map(|t| shape(t).len()).max().unwrap_or(0);
    for t in gguf.tensors() {
        let file = if gguf.n_shards() > 1 { format!("file {}, ", t.shard() + 1) } else { String::new() };
        out.push_str(&format!(
            "  {:<name_width$}  {:<6}  {:>shape_width$}  {file}at {}, {:.2} bits per weight\n",
            plain(&t.name),
            t.kind.name(),
            shape(t),
            t.offset(),
            t.bits_per_weight(),
        ));
    }
    let per_weight = bits_per_weight(gguf);
    out.push_str(&format!("\n{} weights, {per_weight:.2} bits per weight\n", count(n_weights(gguf))));
    if lora::Info::is_told_by(gguf) {
        out.push_str(&adapter(gguf));
        return Ok(out);
    }
    out.push_str(&match Memory::estimate(gguf, &Limits::default()) {
        Ok(m) => {
            let (weights, cache, work) = (bytes(m.weights), bytes(m.cache), bytes(m.work));
            format!("memory: {} (weights {weights}, KV cache {cache}, work {work})\n", bytes(m.total()))
        }
        Err(e) => format!("cannot be run: {e}\n"),
    });
    Ok(out)
}

/// What a file that calls itself an adapter is, in a line.
fn adapter(gguf: &Gguf) -> String {
    match lora::Info::read(gguf) {
        Ok(lora::Info { arch, alpha, ranks: (low, high), n_pairs }) => {
            let rank = if low == high { low.to_string() } else { format!("{low} to {high}") };
            format!("LoRA adapter for `{}`: rank {rank}, alpha {alpha}, {n_pairs} matrices\n", plain(&arch))
        }
        Err(e) => format!("adapter that cannot be applied: {e}\n"),
    }
}

fn shape(tensor: &Tensor) -> String {
    tensor.shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" x ")
}

/// A value on one line, long ones shortened.
fn show(gguf: &Gguf, value: &Value) -> Result<String, String> {
    Ok(match value {
        Value::U64(n) => n.to_string(),
        Value::I64(n) => n.to_string(),
        Value::F64(x) => x.to_string(),
        Value::Bool(b) => b.to_string(),
        Value::Str(text) if text.chars().count() > MAX_CHARS => {
            let head: String = text.chars().take(MAX_CHARS).collect();
            format!("{head:?}.. ({} characters)", text.chars().count())
        }
        Value::Str(text) => format!("{text:?}"),
        Value::Array(array) => {
            let first = first(gguf, array)?.iter().map(|v| show(gguf, v)).collect::<Result<Vec<_>, _>>()?;
            let more = if array.len > MAX_ELEMENTS { ", .." } else { "" };
            format!("[{}{more}] ({} of {})", first.join(", "), array.len, array.kind())
        }
    })
}

fn first(gguf: &Gguf, array: &Array) -> Result<Vec<Value>, String> {
    gguf.first(array, MAX_ELEMENTS).map_err(|e| e.to_string())
}

/// A name from the file without what could command a terminal.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

fn as_json(gguf: &Gguf) -> Result<serde_json::Value, String> {
    let entry = |(key, value): &(String, Value)| Ok((key.clone(), value_json(gguf, value)?));
    let metadata = gguf.metadata().iter().map(entry).collect::<Result<serde_json::Map<_, _>, String>>()?;
    let tensor = |t: &Tensor| {
        json!({
            "name": t.name,
            "type": t.kind.name(),
            "shape": t.shape,
            "file": t.shard(),
            "offset": t.offset(),
            "bytes": t.n_bytes(),
            "bits_per_weight": t.bits_per_weight(),
        })
    };
    let info = Info::read(gguf);
    let is_adapter = lora::Info::is_told_by(gguf);
    let adapter = is_adapter.then(|| lora::Info::read(gguf));
    let adapter_json =
        |a: &lora::Info| json!({ "arch": a.arch, "alpha": a.alpha, "ranks": a.ranks, "matrices": a.n_pairs });
    let memory = Memory::estimate(gguf, &Limits::default()).ok();
    Ok(json!({
        "file": gguf.path(),
        "files": gguf.n_shards(),
        "version": gguf.version(),
        "bytes": gguf.n_bytes(),
        "metadata": metadata,
        "tensors": gguf.tensors().iter().map(tensor).collect::<Vec<_>>(),
        "params": n_weights(gguf),
        "bits_per_weight": bits_per_weight(gguf),
        "quantisation": info.as_ref().ok().map(|info| &info.quantisation),
        "memory": memory.map(|m| json!({ "weights": m.weights, "cache": m.cache, "work": m.work, "total": m.total() })),
        "adapter": adapter.as_ref().and_then(|a| a.as_ref().ok()).map(adapter_json),
        "fault": adapter.map_or(info.err(), Result::err).map(|e| e.to_string()),
    }))
}

fn value_json(gguf: &Gguf, value: &Value) -> Result<serde_json::Value, String> {
    Ok(match value {
        Value::U64(n) => json!(n),
        Value::I64(n) => json!(n),
        Value::F64(x) => json!(x),
        Value::Bool(b) => json!(b),
        Value::Str(text) => json!(text),
        Value::Array(array) => {
            let first = first(gguf, array)?.iter().map(|v| value_json(gguf, v)).collect::<Result<Vec<_>, _>>()?;
            json!({ "type": array.kind(), "len": array.len, "first": first })
        }
    })
}
