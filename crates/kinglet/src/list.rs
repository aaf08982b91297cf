//! `kinglet models`: what is on disk, and what can be fetched.
use crate::{
    config::Config,
    models::{
        Held, Store,
        catalogue::{Catalogue, Entry},
    },
    out,
    table::{Side, table},
    units::{bytes, count},
};
use clap::Args;
use engine::{KvType, Limits, Memory, gguf::Gguf, model::Info};
use serde_json::{Value, json};

const HEAD: [(&str, Side); 8] = [
    ("NAME", Side::Left),
    ("SIZE", Side::Right),
    ("PARAMS", Side::Right),
    ("QUANT", Side::Left),
    ("CONTEXT", Side::Right),
    ("MEMORY", Side::Right),
    ("STATUS", Side::Left),
    ("LICENCE", Side::Left),
];

#[derive(Args)]
pub(crate) struct List {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// What is known of a model.
struct Row {
    name: String,
    size: u64,
    about: Result<About, String>,
    licence: Option<String>,
    on_disk: bool,
}

struct About {
    params: u64,
    quantisation: String,
    context: u64,
    memory: u64,
}

impl List {
    pub(crate) fn run(&self, config: &Config, store: &Store) -> Result<(), String> {
        let catalogue = Catalogue::read()?;
        let held = store.held()?;
        let absent = catalogue.entries().filter(|entry| held.iter().all(|held| held.name != entry.name));
        let rows: Vec<_> = held
            .iter()
            .map(|held| of_file(held, catalogue.get(&held.name), config.kv))
            .chain(absent.map(of_entry))
            .collect();
        match self.json {
            true => out::print_json(&rows.iter().map(as_json).collect()),
            false => out::print(&told(&rows)),
        }
    }
}

fn of_file(held: &Held, entry: Option<&Entry>, kv: KvType) -> Row {
    let limits = Limits { kv, ..Limits::default() };
    let read = || {
        let gguf = Gguf::open(&held.files[0])?;
        let (info, memory) = (Info::read(&gguf)?, Memory::estimate(&gguf, &limits)?);
        Ok((info, memory))
    };
    let read: Result<_, engine::Error> = read();
    // the same name with other bytes is another model
    let listed = entry.filter(|entry| entry.bytes == held.n_bytes).map(|entry| entry.licence.clone());
    let licence = listed.or_else(|| read.as_ref().ok().and_then(|(info, _)| info.license.clone()));
    let about = read.map_err(|e| e.to_string()).map(|(info, memory)| About {
        params: info.n_params,
        quantisation: info.quantisation,
        context: info.n_ctx as u64,
        memory: memory.total(),
    });
    Row { name: held.name.clone(), size: held.n_bytes, about, licence, on_disk: true }
}

fn of_entry(entry: &Entry) -> Row {
    let about = About {
        params: entry.params,
        quantisation: entry.quantisation.clone(),
        context: entry.context,
        memory: entry.memory,
    };
    let licence = Some(entry.licence.clone());
    Row { name: entry.name.clone(), size: entry.bytes, about: Ok(about), licence, on_disk: false }
}

fn as_json(row: &Row) -> Value {
    let about = row.about.as_ref().ok();
    json!({
        "name": row.name,
        "bytes": row.size,
        "params": about.map(|a| a.params),
        "quantisation": about.map(|a| &a.quantisation),
        "context": about.map(|a| a.context),
        "memory": about.map(|a| a.memory),
        "licence": row.licence,
        "on_disk": row.on_disk,
        "fault": row.about.as_ref().err(),
    })
}

/// A table, and under it why a file could not be read.
fn told(rows: &[Row]) -> String {
    let mut out = table(&HEAD, rows.iter().map(cells));
    for (name, fault) in rows.iter().filter_map(|row| Some((&row.name, row.about.as_ref().err()?))) {
        out.push_str(&format!("\n{name} cannot be run: {fault}\n"));
    }
    out
}

fn cells(row: &Row) -> [String; 8] {
    let about = |show: fn(&About) -> String| row.about.as_ref().map_or_else(|_| "-".to_owned(), show);
    let status = match (&row.about, row.on_disk) {
        (Err(_), _) => "unusable",
        (_, true) => "on disk",
        (_, false) => "to pull",
    };
    [
        row.name.clone(),
        bytes(row.size),
        about(|a| count(a.params)),
        about(|a| a.quantisation.clone()),
        about(|a| a.context.to_string()),
        about(|a| bytes(a.memory)),
        status.to_owned(),
        // a file may write anything there
        row.licence.as_deref().unwrap_or("not said").chars().take(80).collect(),
    ]
}
