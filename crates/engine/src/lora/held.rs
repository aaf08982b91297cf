//! The adapters that an engine holds, by name: loaded and unloaded while it runs.
use super::Adapter;
use crate::{Engine, Error, Kind, error::quoted, gguf::Gguf};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Most adapters at once: their memory has no other bound.
const MOST: usize = 64;
/// Longest name.
const MAX_NAME: usize = 64;

/// Adapters by name. Who was given one keeps it, whatever becomes of the name.
#[derive(Default)]
pub(crate) struct Adapters(Mutex<BTreeMap<String, Arc<Adapter>>>);

impl Adapters {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Adapter>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The adapter `name`.
    ///
    /// # Errors
    /// Input, naming those that there are.
    pub(crate) fn get(&self, name: &str) -> Result<Arc<Adapter>, Error> {
        let held = self.lock();
        held.get(name).cloned().ok_or_else(|| {
            let names: Vec<_> = held.keys().map(|name| format!("`{name}`")).collect();
            let here = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            Error::new(Kind::Input, format!("adapter {}: one of those loaded expected ({here})", quoted(name)))
        })
    }

    /// Whether `name` may be given to another adapter.
    fn check(held: &BTreeMap<String, Arc<Adapter>>, name: &str) -> Result<(), Error> {
        let is_good = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let fault = if !(1..=MAX_NAME).contains(&name.len()) || !name.chars().all(is_good) {
            format!("a name of 1 to {MAX_NAME} letters, digits, `.`, `_` and `-` expected")
        } else if held.contains_key(name) {
            "an adapter of this name is loaded already; unload it first".to_owned()
        } else if held.len() >= MOST {
            format!("{MOST} adapters are loaded already; unload one first")
        } else {
            return Ok(());
        };
        Err(Error::new(Kind::Input, format!("adapter {}: {fault}", quoted(name))))
    }
}

impl Engine {
    /// Loads the adapter in `file`, times `scale`, so that requests may name it.
    ///
    /// # Errors
    /// As [`Adapter::load`]; Input for a name that cannot be, or that is taken.
    pub fn load_adapter(&self, name: &str, file: &Gguf, scale: f32) -> Result<Arc<Adapter>, Error> {
        Adapters::check(&self.adapters.lock(), name)?;
        let adapter = Arc::new(Adapter::load(self.model(), file, scale)?);
        let mut held = self.adapters.lock();
        // another may have come meanwhile
        Adapters::check(&held, name)?;
        held.insert(name.to_owned(), adapter.clone());
        Ok(adapter)
    }

    /// Forgets the adapter `name`; requests that have it go on with it. False when there is none.
    pub fn unload_adapter(&self, name: &str) -> bool {
        self.adapters.lock().remove(name).is_some()
    }

    /// What tells this model, with its adapter of that name if there is one, from all others.
    ///
    /// # Errors
    /// Input, when there is no such adapter.
    pub fn identity(&self, adapter: Option<&str>) -> Result<String, Error> {
        let adapter = adapter.map(|name| self.adapters.get(name)).transpose()?;
        let model = &self.model().identity;
        Ok(adapter.map_or_else(|| model.clone(), |adapter| format!("{model}+{}", adapter.identity())))
    }

    /// The names of the loaded adapters, in order.
    pub fn adapters(&self) -> Vec<String> {
        self.adapters.lock().keys().cloned().collect()
    }
}
