//! A model file's bytes: mapped into memory, read-only, or held in memory.
#![expect(unsafe_code, reason = "a memory map is the one borrow of memory that another process could change")]
use crate::{Error, Kind};
use std::{fs::File, ops::Range, path::Path};

/// The bytes of a whole file.
#[derive(Debug)]
pub(super) enum Map {
    File(memmap2::Mmap),
    Memory(Vec<u8>),
}

impl Map {
    /// Maps `path`.
    ///
    /// # Errors
    /// [`Kind::Io`] when the file cannot be opened or mapped, or is no regular file.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let io = |e: std::io::Error| Error::new(Kind::Io, format!("{}: {e}", path.display()));
        // asked first: opening a pipe would wait for its other end
        if !path.metadata().map_err(io)?.is_file() {
            return Err(Error::new(Kind::Io, format!("{}: a regular file expected", path.display())));
        }
        let file = File::open(path).map_err(io)?;
        // SAFETY: the map is read-only and private; models are replaced by rename, never written in place.
        let map = unsafe { memmap2::MmapOptions::new().map(&file) }.map_err(io)?;
        Ok(Self::File(map))
    }

    pub(super) fn from_bytes(bytes: Vec<u8>) -> Self {
        Self::Memory(bytes)
    }

    /// The bytes of the file.
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::File(map) => map,
            Self::Memory(bytes) => bytes,
        }
    }

    /// Asks the system for these bytes at once, not page by page as they are read.
    pub(super) fn want(&self, bytes: Range<usize>) {
        #[cfg(target_os = "linux")]
        if let Self::File(map) = self {
            // a system that cannot do it reads them later
            let _ = map.advise_range(memmap2::Advice::PopulateRead, bytes.start, bytes.len());
        }
    }

    /// Lets the system drop the pages read so far; they come back from the file when touched again.
    pub(super) fn forget(&self) {
        #[cfg(unix)]
        if let Self::File(map) = self {
            // SAFETY: the map is a clean, read-only file mapping, so dropping its pages loses nothing.
            let _ = unsafe { map.unchecked_advise(memmap2::UncheckedAdvice::DontNeed) };
        }
    }
}
