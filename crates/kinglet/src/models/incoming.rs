//! The folder in which a model is put together until it is whole; one process at a time works in it.
//!
//! ```text
//! STORE/NAME.gguf                        models
//! STORE/.incoming/NAME.lock              held by whoever fetches NAME
//! STORE/.incoming/NAME/NAME.gguf         what is there of it; becomes STORE/NAME.gguf by rename
//! STORE/.incoming/NAME/NAME.gguf.mark    of what it is the beginning
//! STORE/.incoming/NAME/wheels/           Python packages
//! ```
use super::{disk, part, say};
use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    time::Duration,
};

const FOLDER: &str = ".incoming";
/// Wheels that nobody came back for.
const STALE: Duration = Duration::from_secs(24 * 3600);

/// The folder of one model, held until dropped.
pub(super) struct Incoming {
    store: PathBuf,
    dir: PathBuf,
    _lock: File,
}

impl Incoming {
    /// Waits until nobody else fetches `name`.
    pub(super) fn open(store: &Path, name: &str) -> Result<Self, String> {
        let all = store.join(FOLDER);
        let dir = all.join(name);
        fs::create_dir_all(&all).map_err(|e| disk::fault(&all, &e))?;
        let path = all.join(format!("{name}.lock"));
        let lock = File::create(&path).map_err(|e| disk::fault(&path, &e))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                say(&format!("waiting for another kinglet that fetches {name}"));
                lock.lock().map_err(|e| disk::fault(&path, &e))?;
            }
            Err(TryLockError::Error(e)) => return Err(disk::fault(&path, &e)),
        }
        sweep(&all);
        let incoming = Self { store: store.to_owned(), dir, _lock: lock };
        incoming.renew()?;
        Ok(incoming)
    }

    /// Makes sure that the folder is there.
    pub(super) fn renew(&self) -> Result<(), String> {
        fs::create_dir_all(&self.dir).map_err(|e| disk::fault(&self.dir, &e))
    }

    /// Where `file` is put together.
    pub(super) fn file(&self, file: &str) -> PathBuf {
        self.dir.join(file)
    }

    /// `file`, empty, for a source that cannot go on where it was cut.
    pub(super) fn fresh(&self, file: &str) -> Result<File, String> {
        let path = self.file(file);
        // no mark of an earlier download may stand beside other bytes
        let _ = fs::remove_file(part::mark_path(&path));
        File::create(&path).map_err(|e| disk::fault(&path, &e))
    }

    /// Bytes that may still be written.
    pub(super) fn room(&self) -> u64 {
        disk::room(&self.dir)
    }

    /// Makes `files` a model of the store.
    pub(super) fn adopt(self, files: &[String]) -> Result<PathBuf, String> {
        let to = |file: &String| self.store.join(file);
        for file in files {
            File::open(self.file(file)).and_then(|f| f.sync_all()).map_err(|e| disk::fault(&self.file(file), &e))?;
        }
        // the first of several last: only with it they are a model
        for file in files.iter().rev() {
            fs::rename(self.file(file), to(file)).map_err(|e| disk::fault(&to(file), &e))?;
        }
        // a system that cannot do this has the names on disk soon enough
        let _ = File::open(&self.store).and_then(|dir| dir.sync_all());
        self.discard();
        files.first().map(to).ok_or_else(|| "a model of no files".to_owned())
    }

    /// Throws away what is there.
    pub(super) fn discard(&self) {
        // leftovers are no model, and the next fetch writes over them
        let _ = fs::remove_dir_all(&self.dir);
    }

    /// Throws away what was begun of `name`, unless somebody is at it.
    pub(super) fn forget(store: &Path, name: &str) {
        let all = store.join(FOLDER);
        if let Ok(lock) = File::open(all.join(format!("{name}.lock")))
            && lock.try_lock().is_err()
        {
            return;
        }
        let _ = fs::remove_dir_all(all.join(name));
    }
}

/// Removes the wheels of other models that were left long ago.
fn sweep(all: &Path) {
    for entry in fs::read_dir(all).into_iter().flatten().flatten() {
        let wheels = entry.path().join("wheels");
        let age = fs::metadata(&wheels).and_then(|m| m.modified()).ok().and_then(|at| at.elapsed().ok());
        let lock = File::open(entry.path().with_added_extension("lock"));
        let idle = lock.is_ok_and(|lock| lock.try_lock().is_ok());
        if age.is_some_and(|age| age > STALE) && idle {
            let _ = fs::remove_dir_all(wheels);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_wheels_go_and_those_in_use_stay() {
        let store = tempfile::tempdir().expect("a folder");
        let old = std::time::SystemTime::now() - 2 * STALE;
        let mut held = Vec::new();
        for name in ["idle", "busy"] {
            let incoming = Incoming::open(store.path(), name).expect("a folder");
            let wheels = incoming.file("wheels");
            fs::create_dir(&wheels).expect("a folder");
            File::open(&wheels).and_then(|f| f.set_modified(old)).expect("a time");
            held.push((incoming, wheels));
        }
        let (busy, busy_wheels) = held.pop().expect("two");
        let (idle, idle_wheels) = held.pop().expect("two");
        drop(idle);
        sweep(&store.path().join(FOLDER));
        assert!(!idle_wheels.exists() && busy_wheels.exists());
        drop(busy);
    }

    #[test]
    fn bytes_of_another_source_lose_their_mark() {
        let store = tempfile::tempdir().expect("a folder");
        let incoming = Incoming::open(store.path(), "a").expect("a folder");
        let mark = part::mark_path(&incoming.file("a.gguf"));
        fs::write(&mark, b"{}").expect("a mark");
        incoming.fresh("a.gguf").expect("a file");
        assert!(!mark.exists());
    }
}
