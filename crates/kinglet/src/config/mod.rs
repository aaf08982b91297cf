//! `kinglet.toml`: found, read, and every value checked, before anything else happens.
mod elsewhere;
mod keys;
mod ledger;
pub(crate) mod promise;
mod tools;
mod value;

use crate::places;
use elsewhere::Elsewhere;
use engine::{KvType, Limits, LoadOptions, model::Info};
use gateway::{Collector, Tls};
use keys::{KEYS, Key};
use ledger::Accounts;
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    time::Duration,
};
use toml::de::{DeTable, DeValue};
use value::{Value, show_size};

const FILE: &str = "kinglet.toml";

/// What is in force. It holds secrets, so it has no `Debug`.
pub(crate) struct Config {
    pub(crate) listen: String,
    pub(crate) api_keys: Vec<String>,
    pub(crate) admin_keys: Vec<String>,
    /// Files of the server's certificate and its key.
    tls_certificate: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    /// A line of JSON for each request.
    pub(crate) log: bool,
    pub(crate) collector: Option<Collector>,
    /// Bytes of answers kept for the very same request.
    pub(crate) answer_cache: usize,
    pub(crate) max_body: usize,
    pub(crate) read_timeout: Duration,
    pub(crate) drain_timeout: Duration,
    pub(crate) queue: usize,
    /// All cores when `None`.
    pub(crate) threads: Option<usize>,
    /// At most 8192 tokens, and at most the model's, when `None`.
    pub(crate) context: Option<usize>,
    pub(crate) sequences: usize,
    /// Room for 16384 tokens, or one context if that is more, when `None`.
    pub(crate) kv_memory: Option<u64>,
    /// How keys and values are kept.
    pub(crate) kv: KvType,
    /// Files with system messages whose keys and values are always ready.
    pub(crate) pin: Vec<PathBuf>,
    /// Where these keys and values are kept between two starts, if anywhere.
    pub(crate) pin_file: Option<PathBuf>,
    pub(crate) models_dir: Option<PathBuf>,
    /// A name or a file.
    pub(crate) model: String,
    /// Where clients may have adapters loaded from; nowhere when `None`.
    pub(crate) adapters_dir: Option<PathBuf>,
    /// Names and files of the adapters that are loaded with the model.
    pub(crate) adapters: Vec<(String, PathBuf)>,
    /// The ledger, and what this machine costs.
    pub(crate) accounts: Accounts,
    /// Models elsewhere, and routes.
    pub(crate) elsewhere: Elsewhere,
    /// Who makes tools, and who lets them answer.
    pub(crate) tools: tools::Tools,
    /// The folder of the file: its relative paths begin there.
    base: PathBuf,
    file: Option<PathBuf>,
    /// Who said the value of a key; for the others the default stands.
    said_by: HashMap<&'static str, String>,
}

impl Default for Config {
    fn default() -> Self {
        let (server, engine) = (gateway::Config::default(), Limits::default());
        Self {
            listen: server.listen,
            api_keys: Vec::new(),
            max_body: server.max_body,
            read_timeout: server.read_timeout,
            drain_timeout: server.drain_timeout,
            queue: engine.n_waiting,
            threads: None,
            context: None,
            sequences: engine.n_running,
            kv_memory: None,
            kv: engine.kv,
            pin: Vec::new(),
            pin_file: None,
            models_dir: None,
            model: "smollm2-135m".to_owned(),
            adapters_dir: None,
            adapters: Vec::new(),
            accounts: Accounts::default(),
            elsewhere: Elsewhere::default(),
            tools: tools::Tools::default(),
            admin_keys: Vec::new(),
            tls_certificate: None,
            tls_key: None,
            log: false,
            collector: None,
            answer_cache: 64 << 20,
            base: PathBuf::new(),
            file: None,
            said_by: HashMap::new(),
        }
    }
}

impl Config {
    /// The configuration in `file`; else in `./kinglet.toml`; else in the user's own; else the defaults.
    ///
    /// # Errors
    /// Every fault of the file, a line for each.
    pub(crate) fn find(file: Option<PathBuf>) -> Result<Self, String> {
        let usual = || [Some(PathBuf::from(FILE)), places::user_config()].into_iter().flatten().find(|p| p.is_file());
        let Some(file) = file.or_else(usual) else {
            return Ok(Self::default());
        };
        let text = std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        Self::read(&text, file, &places::variable)
    }

    fn read(text: &str, file: PathBuf, variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, String> {
        let line = |at: usize| text[..at].matches('\n').count() + 1;
        let name = file.display().to_string();
        // the parser's own display would quote the line, and a secret with it
        let syntax = |e: toml::de::Error| match e.span() {
            Some(span) => format!("{name}, line {}: {}", line(span.start), e.message()),
            None => format!("{name}: {}", e.message()),
        };
        let table = DeTable::parse(text).map_err(syntax)?;
        let base = file.parent().unwrap_or(Path::new("")).to_owned();
        let mut config = Self { base, file: Some(file.clone()), ..Self::default() };
        let mut faults = Vec::new();
        for (at, key, value) in entries(table.get_ref()) {
            let place = format!("{name}, line {}", line(at));
            if let Some((kind, name, key)) = elsewhere(&key) {
                let set = Value::read(value, variable).and_then(|v| config.elsewhere.set(kind, name, key, &v));
                faults.extend(set.err().map(|e| format!("{place}: {kind}.{name}.{key}: {e}")));
                continue;
            }
            let set = known(&key).and_then(|k| {
                let value = Value::read(value, variable).and_then(|v| (k.set)(&mut config, &v));
                value.map(|()| k.name).map_err(|e| format!("{key}: {e}"))
            });
            match set {
                Ok(key) => drop(config.said_by.insert(key, place)),
                Err(fault) => faults.push(format!("{place}: {fault}")),
            }
        }
        if faults.is_empty() { Ok(config) } else { Err(faults.join("\n")) }
    }

    /// The value of `flag`, if it was given, stands in place of the one of `key`.
    ///
    /// # Errors
    /// As for the file.
    pub(crate) fn flag(&mut self, flag: &str, key: &str, value: Option<&str>) -> Result<(), String> {
        let Some(value) = value else {
            return Ok(());
        };
        let key = known(key)?;
        // paths given on the command line begin where the user is
        let base = std::mem::take(&mut self.base);
        let set = (key.set)(self, &Value::plain(value));
        self.base = base;
        self.said_by.insert(key.name, flag.to_owned());
        set.map_err(|e| format!("{flag} {value}: {e}"))
    }

    /// The adapters `given` on the command line, if any, stand in place of those of the file.
    ///
    /// # Errors
    /// As for the file.
    pub(crate) fn adapters_from(&mut self, flag: &str, given: &[String]) -> Result<(), String> {
        if !given.is_empty() {
            let parse = |text: &String| keys::adapter(text).map_err(|e| format!("{flag} {text}: {e}"));
            self.adapters = given.iter().map(parse).collect::<Result<_, _>>()?;
            self.said_by.insert("adapters.load", flag.to_owned());
        }
        Ok(())
    }

    /// The folder of models that the command line or the environment named, if they did.
    pub(crate) fn models_from(&mut self, flag: &str, dir: Option<PathBuf>) {
        if dir.is_some() {
            self.models_dir = dir;
            self.said_by.insert("models.dir", flag.to_owned());
        }
    }

    /// How to load a model.
    pub(crate) fn load_options(&self) -> LoadOptions {
        LoadOptions { n_threads: self.threads }
    }

    /// How much the engine takes on with the model that `info` tells of.
    ///
    /// # Errors
    /// When the model cannot do what is asked.
    pub(crate) fn limits(&self, info: &Info) -> Result<Limits, String> {
        let defaults = Limits::default();
        let n_ctx = self.context.unwrap_or(defaults.n_ctx.min(info.n_ctx));
        if n_ctx > info.n_ctx {
            let fault = format!("at most the model's {} tokens expected, {n_ctx} found", info.n_ctx);
            return Err(self.about("engine.context", &fault));
        }
        let per_token = info.kv_bytes_per_token(self.kv).max(1);
        let n_cache = match self.kv_memory {
            None => defaults.n_cache.max(n_ctx),
            Some(bytes) => usize::try_from(bytes / per_token).unwrap_or(usize::MAX),
        };
        if n_cache < n_ctx {
            let (least, found) = (show_size(n_ctx as u64 * per_token), show_size(self.kv_memory.unwrap_or(0)));
            let fault = format!(
                "a context of {n_ctx} tokens takes {least}, {found} found; more memory or a smaller engine.context expected"
            );
            return Err(self.about("engine.kv_memory", &fault));
        }
        Ok(Limits { n_running: self.sequences, n_waiting: self.queue, n_ctx, n_cache, kv: self.kv, ..defaults })
    }

    /// A fault in what `key` says, with the place where it is said.
    pub(crate) fn about(&self, key: &str, fault: &str) -> String {
        match self.said_by.get(key) {
            Some(place) => format!("{place}: {key}: {fault}"),
            None => format!("{key}: {fault}"),
        }
    }

    /// Whether everybody on the network may ask, without a key.
    pub(crate) fn is_open_to_all(&self) -> bool {
        let host = self.listen.rsplit_once(':').map_or("", |(host, _)| host).trim_matches(['[', ']']);
        let here = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
        self.api_keys.is_empty() && !here
    }

    /// The server's part.
    ///
    /// # Errors
    /// If its certificate cannot be used.
    pub(crate) fn server(&self) -> Result<gateway::Config, String> {
        let tls = match (&self.tls_certificate, &self.tls_key) {
            (Some(certificate), Some(key)) => {
                Some(Tls::read(certificate, key).map_err(|e| self.about("server.tls_certificate", &e))?)
            }
            (None, None) => None,
            (Some(_), None) => return Err(self.about("server.tls_certificate", "server.tls_key is missing")),
            (None, Some(_)) => return Err(self.about("server.tls_key", "server.tls_certificate is missing")),
        };
        Ok(gateway::Config {
            tls,
            listen: self.listen.clone(),
            api_keys: self.api_keys.clone(),
            admin_keys: self.admin_keys.clone(),
            answer_cache: self.answer_cache,
            max_body: self.max_body,
            read_timeout: self.read_timeout,
            drain_timeout: self.drain_timeout,
            adapters_dir: self.adapters_dir.clone(),
            program_path: crate::places::variable("PATH").unwrap_or_default().into(),
            ..gateway::Config::default()
        })
    }

    /// The configuration in force as a file would say it, with who said what. Secrets are masked.
    pub(crate) fn show(&self) -> String {
        let file = self.file.as_ref().map_or_else(|| "no file".to_owned(), |file| file.display().to_string());
        let (mut out, mut table) = (format!("# {file}\n"), "");
        for key in KEYS {
            let (section, name) = key.name.split_once('.').unwrap_or(("", key.name));
            if section != table {
                table = section;
                out.push_str(&format!("\n[{section}]\n"));
            }
            let said_by = self.said_by.get(key.name).map_or("default", String::as_str);
            out.push_str(&match (key.show)(self) {
                Some(value) => format!("{name} = {value}  # {said_by}\n"),
                None => format!("# {name}: left to the program\n"),
            });
        }
        out.push_str(&self.elsewhere.show());
        out
    }
}

/// The parts of `upstreams.NAME.KEY` or `routes.NAME.KEY`.
fn elsewhere(name: &str) -> Option<(&str, &str, &str)> {
    let (kind, rest) = name.split_once('.').filter(|(kind, _)| elsewhere::KINDS.contains(kind))?;
    let (name, key) = rest.rsplit_once('.')?;
    Some((kind, name, key))
}

/// Cores of this machine.
pub(crate) fn n_cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// All values of the file: where they stand, their keys with their tables, and themselves.
fn entries<'a>(root: &'a DeTable<'_>) -> Vec<(usize, String, &'a DeValue<'a>)> {
    let mut found = Vec::new();
    for (section, value) in root {
        match value.get_ref() {
            DeValue::Table(tables) if elsewhere::KINDS.contains(&&**section.get_ref()) => {
                for (name, table) in tables {
                    let prefix = format!("{}.{}", section.get_ref(), name.get_ref());
                    match table.get_ref() {
                        DeValue::Table(table) => found.extend(table.iter().map(|(key, value)| {
                            (key.span().start, format!("{prefix}.{}", key.get_ref()), value.get_ref())
                        })),
                        other => found.push((name.span().start, prefix, other)),
                    }
                }
            }
            DeValue::Table(table) if !table.is_empty() => {
                found.extend(table.iter().map(|(key, value)| {
                    let name = format!("{}.{}", section.get_ref(), key.get_ref());
                    (key.span().start, name, value.get_ref())
                }));
            }
            // an empty table of a known name says nothing, and is no fault
            DeValue::Table(_) if KEYS.iter().any(|k| k.name.split('.').next() == Some(section.get_ref())) => {}
            other => found.push((section.span().start, section.get_ref().to_string(), other)),
        }
    }
    found.sort_by_key(|(at, ..)| *at);
    found
}

/// The key `name`, or an error that names the one that was probably meant.
fn known(name: &str) -> Result<&'static Key, String> {
    let last = |name: &'static str| name.rsplit('.').next().unwrap_or(name);
    let own = name.rsplit('.').next().unwrap_or(name);
    let far = |k: &&Key| distance(k.name, name).min(1 + distance(last(k.name), own));
    KEYS.iter().find(|k| k.name == name).ok_or_else(|| match KEYS.iter().min_by_key(far).filter(|k| far(k) <= 3) {
        Some(key) => format!("unknown key `{name}`, perhaps `{}` is meant", key.name),
        None => {
            format!("unknown key `{name}`; known are {}", KEYS.iter().map(|k| k.name).collect::<Vec<_>>().join(", "))
        }
    })
}

/// Letters to insert, remove or change to make `b` of `a` (Levenshtein).
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.chars().enumerate() {
            let change = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests;
