//! The models by name, each of which may still be loading.
use crate::{Adapted, Local};
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

impl Entry {
    fn ready(&self) -> Result<Arc<dyn Local>, Error> {
        let message = || format!("model `{}` is still loading, try again later", self.name);
        self.local.get().cloned().ok_or_else(|| Error::new(Kind::Unavailable, message()))
    }
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

    /// Every name, in the order given, each with the model that it is an adapter of.
    pub(crate) fn ids(&self) -> Vec<(String, Option<&str>)> {
        let mut ids = Vec::new();
        for Entry { name, local } in &*self.entries {
            ids.push((name.clone(), None));
            let adapters = local.get().map(|local| local.adapters()).unwrap_or_default();
            ids.extend(adapters.iter().map(|adapter| (format!("{name}@{adapter}"), Some(name.as_str()))));
        }
        ids
    }

    /// The model `name`, which may be left out where there is but one.
    pub(crate) fn base(&self, name: Option<&str>) -> Result<(&str, Arc<dyn Local>), Error> {
        let entry = match (name, &*self.entries) {
            (None, [entry]) => Some(entry),
            (None, _) => None,
            (Some(name), entries) => entries.iter().find(|e| e.name == name),
        };
        let Some(entry) = entry else {
            let names: Vec<_> = self.names().map(|n| format!("`{n}`")).collect();
            return Err(Error::field("base_model_name", format!("one of {} expected", names.join(", "))));
        };
        Ok((&entry.name, entry.ready()?))
    }

    /// Whether there is a model `name`, loaded or not, or its adapter.
    pub(crate) fn knows(&self, name: &str) -> bool {
        !matches!(self.get(name), Err(Error { kind: Kind::UnknownModel, .. }))
    }

    /// Every model's name, in the order given.
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

    /// The model `name`, or `name` as `model@adapter`.
    pub(crate) fn get(&self, name: &str) -> Result<Arc<dyn Local>, Error> {
        if let Some(entry) = self.entries.iter().find(|e| e.name == name) {
            return entry.ready();
        }
        // a model's name may hold an @ too, an adapter's may not
        let (base, adapter) = name.rsplit_once('@').unwrap_or_default();
        let entry = self.entries.iter().find(|e| e.name == base);
        let local = entry.map(Entry::ready).transpose()?.filter(|local| local.adapters().iter().any(|a| a == adapter));
        let Some(local) = local else {
            let names: Vec<_> = self.ids().into_iter().map(|(n, _)| format!("`{n}`")).collect();
            let message = format!("model: no `{name}` here, there is {}", names.join(", "));
            return Err(Error::new(Kind::UnknownModel, message).about("model"));
        };
        Ok(Arc::new(Adapted::new(local, adapter)))
    }
}

/// Seconds since 1970 (UTC).
pub(crate) fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}
