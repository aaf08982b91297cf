//! Every key of `kinglet.toml`: its name, how it is checked, and how it is shown.
use super::{
    Config, ledger, tools,
    value::{Value, show_duration, show_size},
};
use crate::money::plain;
use engine::KvType;
use gateway::Collector;
use std::{fmt::Display, path::PathBuf, time::Duration};

/// One key.
pub(super) struct Key {
    /// With its table, e.g. `server.listen`.
    pub(super) name: &'static str,
    /// Checks a value and takes it.
    pub(super) set: fn(&mut Config, &Value) -> Result<(), String>,
    /// The value in force as the file would say it, secrets masked; `None` when it is left to the program.
    pub(super) show: fn(&Config) -> Option<String>,
}

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

/// All keys, in the order in which they are shown.
pub(super) const KEYS: &[Key] = &[
    Key {
        name: "server.listen",
        set: |c, v| listen(v.text()?).map(|address| c.listen = address),
        show: |c| quoted(&c.listen),
    },
    Key {
        name: "server.api_keys",
        set: |c, v| api_keys(v).map(|keys| c.api_keys = keys),
        show: |c| Some(format!("[{}]", vec!["\"***\""; c.api_keys.len()].join(", "))),
    },
    Key {
        name: "server.admin_keys",
        set: |c, v| api_keys(v).map(|keys| c.admin_keys = keys),
        show: |c| Some(format!("[{}]", vec!["\"***\""; c.admin_keys.len()].join(", "))),
    },
    Key {
        name: "server.tls_certificate",
        set: |c, v| v.path().map(|file| c.tls_certificate = Some(c.base.join(file))),
        show: |c| c.tls_certificate.as_ref().and_then(|file| quoted(file.display())),
    },
    Key {
        name: "server.tls_key",
        set: |c, v| v.path().map(|file| c.tls_key = Some(c.base.join(file))),
        show: |c| c.tls_key.as_ref().and_then(|file| quoted(file.display())),
    },
    Key {
        name: "server.otlp",
        set: |c, v| Collector::at(v.text()?).map(|collector| c.collector = Some(collector)),
        show: |c| c.collector.as_ref().and_then(quoted),
    },
    Key { name: "server.log", set: |c, v| v.flag().map(|log| c.log = log), show: |c| Some(c.log.to_string()) },
    Key {
        name: "server.max_body",
        set: |c, v| v.size(1024..=1 << 30).map(|n| c.max_body = n as usize),
        show: |c| quoted(show_size(c.max_body as u64)),
    },
    Key {
        name: "server.read_timeout",
        set: |c, v| v.duration(SECOND..=HOUR).map(|t| c.read_timeout = t),
        show: |c| quoted(show_duration(c.read_timeout)),
    },
    Key {
        name: "server.drain_timeout",
        set: |c, v| v.duration(Duration::ZERO..=HOUR).map(|t| c.drain_timeout = t),
        show: |c| quoted(show_duration(c.drain_timeout)),
    },
    Key {
        name: "server.queue",
        set: |c, v| v.count(1..=10_000).map(|n| c.queue = n),
        show: |c| Some(c.queue.to_string()),
    },
    Key {
        name: "engine.threads",
        set: |c, v| v.count(1..=super::n_cores()).map(|n| c.threads = Some(n)),
        show: |c| c.threads.map(|n| n.to_string()),
    },
    Key {
        name: "engine.context",
        set: |c, v| v.count(32..=1 << 20).map(|n| c.context = Some(n)),
        show: |c| c.context.map(|n| n.to_string()),
    },
    Key {
        name: "engine.sequences",
        set: |c, v| v.count(1..=256).map(|n| c.sequences = n),
        show: |c| Some(c.sequences.to_string()),
    },
    Key {
        name: "engine.kv_memory",
        set: |c, v| v.size(1 << 20..=1 << 40).map(|n| c.kv_memory = Some(n)),
        show: |c| c.kv_memory.and_then(|n| quoted(show_size(n))),
    },
    Key { name: "cache.type", set: |c, v| kv_type(v).map(|kv| c.kv = kv), show: |c| quoted(c.kv.name()) },
    Key {
        name: "cache.answers",
        set: |c, v| v.size(0..=1 << 40).map(|n| c.answer_cache = n as usize),
        show: |c| quoted(show_size(c.answer_cache as u64)),
    },
    Key {
        name: "cache.pin",
        set: |c, v| pinned(v, c).map(|files| c.pin = files),
        show: |c| Some(format!("{:?}", c.pin.iter().map(|file| file.display().to_string()).collect::<Vec<_>>())),
    },
    Key {
        name: "cache.file",
        set: |c, v| v.path().map(|file| c.pin_file = Some(c.base.join(file))),
        show: |c| c.pin_file.as_ref().and_then(|file| quoted(file.display())),
    },
    Key {
        name: "models.dir",
        set: |c, v| dir(v.path()?, c).map(|dir| c.models_dir = Some(dir)),
        show: |c| c.models_dir.as_ref().and_then(|dir| quoted(dir.display())),
    },
    Key {
        name: "models.default",
        set: |c, v| v.path().map(|model| c.model = beside(&model, c)),
        show: |c| quoted(&c.model),
    },
    Key {
        name: "adapters.dir",
        set: |c, v| dir(v.path()?, c).map(|dir| c.adapters_dir = Some(dir)),
        show: |c| c.adapters_dir.as_ref().and_then(|dir| quoted(dir.display())),
    },
    Key {
        name: "adapters.load",
        set: |c, v| adapters(v, c).map(|adapters| c.adapters = adapters),
        show: |c| {
            let shown = c.adapters.iter().map(|(name, file)| format!("{:?}", format!("{name}={}", file.display())));
            Some(format!("[{}]", shown.collect::<Vec<_>>().join(", ")))
        },
    },
    Key {
        name: "ledger.url",
        set: |c, v| ledger::place(v, c).map(|place| c.accounts.place = Some(place)),
        show: |c| c.accounts.place.as_ref().and_then(quoted),
    },
    Key {
        name: "ledger.keep",
        set: |c, v| ledger::keep(v).map(|keep| c.accounts.keep = keep),
        show: |c| quoted(ledger::show_keep(c.accounts.keep)),
    },
    Key {
        name: "ledger.durability",
        set: |c, v| ledger::durability(v).map(|durability| c.accounts.durability = durability),
        show: |c| quoted(ledger::show_durability(c.accounts.durability)),
    },
    Key {
        name: "ledger.prices",
        set: |c, v| v.path().map(|file| c.accounts.prices = Some(c.base.join(file))),
        show: |c| c.accounts.prices.as_ref().and_then(|file| quoted(file.display())),
    },
    Key {
        name: "hardware.usd_hour",
        set: |c, v| v.decimal(6).map(|n| c.accounts.machine.usd_hour = Some(n)),
        show: |c| c.accounts.machine.usd_hour.map(|n| plain(n, 6)),
    },
    Key {
        name: "hardware.watts",
        set: |c, v| v.count(0..=1_000_000).map(|n| c.accounts.machine.watts = Some(n as i64)),
        show: |c| c.accounts.machine.watts.map(|n| n.to_string()),
    },
    Key {
        name: "hardware.usd_kwh",
        set: |c, v| v.decimal(6).map(|n| c.accounts.machine.usd_kwh = Some(n)),
        show: |c| c.accounts.machine.usd_kwh.map(|n| plain(n, 6)),
    },
    Key {
        name: "hardware.input_speed",
        set: |c, v| v.decimal(3).map(|n| c.accounts.machine.input_speed = Some(n)),
        show: |c| c.accounts.machine.input_speed.map(|n| plain(n, 3)),
    },
    Key {
        name: "hardware.output_speed",
        set: |c, v| v.decimal(3).map(|n| c.accounts.machine.output_speed = Some(n)),
        show: |c| c.accounts.machine.output_speed.map(|n| plain(n, 3)),
    },
    Key {
        name: "tools.maker",
        set: |c, v| v.text().map(|model| c.tools.maker = Some(model.to_owned())),
        show: |c| c.tools.maker.as_ref().and_then(quoted),
    },
    Key {
        name: "tools.second_maker",
        set: |c, v| v.text().map(|model| c.tools.second_maker = Some(model.to_owned())),
        show: |c| c.tools.second_maker.as_ref().and_then(quoted),
    },
    Key {
        name: "tools.budget",
        set: |c, v| v.decimal(6).map(|n| c.tools.budget = n),
        show: |c| Some(plain(c.tools.budget, 6)),
    },
    Key {
        name: "tools.approve",
        set: |c, v| tools::approve(v).map(|who| c.tools.approve = who),
        show: |c| quoted(tools::show_approve(c.tools.approve)),
    },
    Key {
        name: "tools.workers",
        set: |c, v| v.count(1..=256).map(|n| c.tools.workers = n),
        show: |c| Some(c.tools.workers.to_string()),
    },
    Key {
        name: "tools.small_extracts",
        set: |c, v| v.flag().map(|may| c.tools.small_extracts = may),
        show: |c| Some(c.tools.small_extracts.to_string()),
    },
    Key {
        name: "tools.embedder",
        set: |c, v| v.text().map(|model| c.tools.embedder = Some(model.to_owned())),
        show: |c| c.tools.embedder.as_ref().and_then(quoted),
    },
];

fn quoted(text: impl Display) -> Option<String> {
    Some(format!("{:?}", text.to_string()))
}

/// Checks the form of an address; whether it can be bound is seen when it is.
fn listen(address: &str) -> Result<String, String> {
    let found = address.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
    // an IPv6 address without brackets would lose its end to the port
    let clear = address.parse::<std::net::SocketAddr>().is_ok() || address.matches(':').count() == 1;
    match found && clear {
        true => Ok(address.to_owned()),
        false => Err("an address and a port expected, such as \"127.0.0.1:8080\" or \"[::1]:8080\"".to_owned()),
    }
}

fn api_keys(value: &Value) -> Result<Vec<String>, String> {
    let keys = value.texts()?;
    // what cannot stand in a header can never be sent
    match keys.iter().position(|key| !key.bytes().all(|b| b.is_ascii_graphic())) {
        Some(i) => Err(format!("key {} of {}: only ASCII without spaces can be sent by clients", i + 1, keys.len())),
        None => Ok(keys),
    }
}

fn kv_type(value: &Value) -> Result<KvType, String> {
    let text = value.text()?;
    let names = KvType::ALL.map(|kv| format!("{:?}", kv.name())).join(" or ");
    let found = KvType::ALL.into_iter().find(|kv| kv.name() == text);
    found.ok_or_else(|| format!("{names} expected, {value} found"))
}

fn adapters(value: &Value, config: &Config) -> Result<Vec<(String, PathBuf)>, String> {
    let beside = |text: &String| adapter(text).map(|(name, file)| (name, config.base.join(file)));
    value.texts()?.iter().map(beside).collect()
}

/// `NAME=FILE`.
pub(super) fn adapter(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, file)) if !name.is_empty() && !file.is_empty() => {
            Ok((name.to_owned(), crate::places::from_home(file)))
        }
        _ => Err(format!("NAME=FILE expected, {text:?} found")),
    }
}

/// Files beside the configuration.
fn pinned(value: &Value, config: &Config) -> Result<Vec<std::path::PathBuf>, String> {
    let files = value.texts()?;
    Ok(files.iter().map(|file| config.base.join(crate::places::from_home(file))).collect())
}

fn dir(path: std::path::PathBuf, config: &Config) -> Result<std::path::PathBuf, String> {
    let path = config.base.join(path);
    match path.exists() && !path.is_dir() {
        true => Err(format!("a folder expected, {} is none", path.display())),
        false => Ok(path),
    }
}

/// A file beside the configuration, if there is one; else what was written.
fn beside(model: &std::path::Path, config: &Config) -> String {
    let file = config.base.join(model);
    if file.is_file() { file.display().to_string() } else { model.display().to_string() }
}
