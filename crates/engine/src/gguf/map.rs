//! Maps a model file into memory, read-only.
#![expect(unsafe_code, reason = "a memory map is the one borrow of memory that another process could change")]
use crate::{Error, Kind};
use std::{fs::File, path::Path};

/// A read-only memory map of a whole file.
#[derive(Debug)]
pub(super) struct Map(memmap2::Mmap);

impl Map {
    /// Maps `path`.
    ///
    /// # Errors
    /// [`Kind::Io`] when the file cannot be opened or mapped.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let io = |e: std::io::Error| Error::new(Kind::Io, format!("{}: {e}", path.display()));
        let file = File::open(path).map_err(io)?;
        // SAFETY: the map is read-only and private; models are replaced by rename, never written in place.
        let map = unsafe { memmap2::MmapOptions::new().map(&file) }.map_err(io)?;
        Ok(Self(map))
    }

    /// The bytes of the file.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Lets the system drop the pages read so far; they come back from the file when touched again.
    pub(super) fn forget(&self) {
        #[cfg(unix)]
        // SAFETY: the map is a clean, read-only file mapping, so dropping its pages loses nothing.
        let _ = unsafe { self.0.unchecked_advise(memmap2::UncheckedAdvice::DontNeed) };
    }
}
