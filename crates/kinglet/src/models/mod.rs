//! The folder of models: what lies in it, and where a name is looked for.
pub(crate) mod catalogue;
mod disk;
pub(crate) mod fetch;
mod hub;
mod incoming;
mod local;
pub(crate) mod names;
mod part;
mod pip;
mod progress;
pub(crate) mod source;

use crate::places;
use catalogue::Catalogue;
use incoming::Incoming;
use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

/// A folder of models. A model is `NAME.gguf`, or `NAME-00001-of-00003.gguf` and its siblings; what is not whole yet lies
/// in a folder of its own below, and is never looked at as a model.
pub(crate) struct Store(PathBuf);

/// A model on disk.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) name: String,
    /// In order; the first is the one to open.
    pub(crate) files: Vec<PathBuf>,
    pub(crate) n_bytes: u64,
}

impl Store {
    /// The folder `dir`, or the user's own.
    pub(crate) fn open(dir: Option<PathBuf>) -> Result<Self, String> {
        dir.or_else(places::models)
            .map(Self)
            .ok_or_else(|| "no home folder to keep models in; give one with --models DIR".to_owned())
    }

    /// The file of `model`: a path as it is, a name of the store, or one of the catalogue, fetched when it is not there.
    pub(crate) fn find(&self, model: &str) -> Result<PathBuf, String> {
        if let Some(file) = self.here(model)? {
            return Ok(file);
        }
        let catalogue = Catalogue::read()?;
        let Some(entry) = catalogue.get(model) else {
            let known = catalogue.entries().map(|e| e.name.clone());
            let mut names: Vec<_> = self.held()?.into_iter().map(|held| held.name).chain(known).collect();
            names.sort();
            names.dedup();
            return Err(format!("model `{model}`: a GGUF file or one of {} expected", names.join(", ")));
        };
        fetch::fetch(self, &fetch::Order::of(entry))
    }

    /// The file that `find` would give, if it is there: nothing is fetched for who only wants to know.
    pub(crate) fn here(&self, model: &str) -> Result<Option<PathBuf>, String> {
        if Path::new(model).is_file() {
            return Ok(Some(model.into()));
        }
        Ok(self.get(model)?.and_then(|held| held.files.into_iter().next()))
    }

    /// The models on disk, by name.
    pub(crate) fn held(&self) -> Result<Vec<Held>, String> {
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(disk::fault(&self.0, &e)),
        };
        let first = |entry: fs::DirEntry| {
            let file = entry.file_name().into_string().ok()?;
            let (name, shards) = names::parse(&file)?;
            (shards.is_none_or(|(shard, _)| shard == 1) && entry.path().is_file()).then(|| {
                let files = names::files(name, shards.map_or(1, |s| s.1)).iter().map(|f| self.0.join(f)).collect();
                (name.to_owned(), files)
            })
        };
        let size = |file: &PathBuf| fs::metadata(file).map_or(0, |m| m.len());
        let mut held: Vec<_> = entries
            .filter_map(|entry| first(entry.ok()?))
            .map(|(name, files): (_, Vec<_>)| Held { name, n_bytes: files.iter().map(size).sum(), files })
            .collect();
        held.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(held)
    }

    /// The model `name`, if it is on disk. It is looked up, so no name leads out of the folder.
    pub(crate) fn get(&self, name: &str) -> Result<Option<Held>, String> {
        Ok(self.held()?.into_iter().find(|held| held.name == name))
    }

    /// Removes the model `name`, and what was begun of it. Returns the bytes freed.
    pub(crate) fn remove(&self, name: &str) -> Result<u64, String> {
        let Some(held) = self.get(name)? else {
            let names: Vec<_> = self.held()?.into_iter().map(|held| held.name).collect();
            let here = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            return Err(format!("model `{name}`: one of those on disk expected ({here})"));
        };
        // a link's file is not ours
        let own = |file: &PathBuf| fs::symlink_metadata(file).map_or(0, |m| if m.is_symlink() { 0 } else { m.len() });
        let freed = held.files.iter().map(own).sum();
        // the first of several goes first: without it the others are no model
        for file in &held.files {
            match fs::remove_file(file) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(disk::fault(file, &e)),
                _ => {}
            }
        }
        Incoming::forget(&self.0, name);
        Ok(freed)
    }
}

/// Tells the operator.
pub(crate) fn say(line: &str) {
    // standard error may be closed; the program goes on without it
    let _ = writeln!(io::stderr(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(files: &[&str]) -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().expect("a folder");
        for file in files {
            let file = dir.path().join(file);
            fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            fs::write(file, b"GGUF").expect("a file");
        }
        let store = Store(dir.path().to_owned());
        (dir, store)
    }

    #[test]
    fn an_unknown_model_names_those_that_are_known() {
        let (_dir, store) = store(&["mine.gguf"]);
        let error = store.find("gpt-4").expect_err("unknown");
        assert!(error.contains("mine, smollm2-135m"), "{error}");
    }

    #[test]
    fn only_whole_models_are_listed() {
        let (_dir, store) = store(&[
            "a.gguf",
            "b-00001-of-00002.gguf",
            "b-00002-of-00002.gguf",
            "c-00002-of-00002.gguf",
            "d.gguf.part",
            ".e.gguf",
            ".incoming/f/f.gguf",
            "g.gguf/inside",
        ]);
        let held = store.held().expect("a list");
        let names: Vec<_> = held.iter().map(|h| (h.name.as_str(), h.n_bytes)).collect();
        assert_eq!(names, [("a", 4), ("b", 8)]);
    }

    #[test]
    fn nothing_is_removed_outside() {
        let (dir, inner) = store(&["outside.gguf", "inner/a.gguf", "inner/.incoming/a/a.gguf"]);
        let store = Store(inner.0.join("inner"));
        for name in ["../outside", "..", "", ".", "a.gguf", "/etc/passwd", ".incoming/a/a"] {
            let error = store.remove(name).expect_err(name);
            assert!(error.contains("on disk expected (a)"), "{error}");
        }
        assert_eq!(store.remove("a"), Ok(4));
        assert!(dir.path().join("outside.gguf").exists());
        assert!(!dir.path().join("inner/.incoming/a").exists());
    }
}
