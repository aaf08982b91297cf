//! The models by name, each of which may still be loading.
use crate::Local;
use chat::{Error, Kind};
use std::{
    sync::{Arc, OnceLock},
    time::{SystemTime, UNIX_EPOCH},
};

/// The models by name. Clones share the same models.
#[derive(Clone)]
pub struct Registry {
    entries: Arc<[Entry]>,
    created: u64,
}

struct Entry {
    name: String,
    local: OnceLock<Arc<dyn Local>>,
}

impl Registry {
    /// A registry of models that are all still loading.
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        let entries = names.into_iter().map(|name| Entry { name, local: OnceLock::new() }).collect();
        Self { entries, created: seconds() }
    }

    /// The model `name` is loaded. False when there is no such name, or it was ready before.
    pub fn ready(&self, name: &str, local: Arc<dyn Local>) -> bool {
        self.entries.iter().find(|e| e.name == name).is_some_and(|e| e.local.set(local).is_ok())
    }

    pub(crate) fn all_ready(&self) -> bool {
        self.entries.iter().all(|e| e.local.get().is_some())
    }

    /// Every name, in the order given.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|e| e.name.as_str())
    }

    /// The loaded models with their names.
    pub(crate) fn loaded(&self) -> impl Iterator<Item = (&str, &Arc<dyn Local>)> {
        self.entries.iter().filter_map(|e| Some((e.name.as_str(), e.local.get()?)))
    }

    /// When the registry was made, in seconds since 1970.
    pub(crate) fn created(&self) -> u64 {
        self.created
    }

    pub(crate) fn get(&self, name: &str) -> Result<Arc<dyn Local>, Error> {
        let Some(entry) = self.entries.iter().find(|e| e.name == name) else {
            let names: Vec<_> = self.names().map(|n| format!("`{n}`")).collect();
            let message = format!("model: no `{name}` here, there is {}", names.join(", "));
            return Err(Error::new(Kind::UnknownModel, message).about("model"));
        };
        let loading = || Error::new(Kind::Unavailable, format!("model `{name}` is still loading, try again later"));
        entry.local.get().cloned().ok_or_else(loading)
    }
}

/// Seconds since 1970 (UTC).
pub(crate) fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}
