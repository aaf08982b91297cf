//! A file that is being downloaded, with the mark that says of what its bytes are the beginning.
use super::{disk, progress::Progress};
use gateway::download::{Mark, Sink};
use std::{
    fs::{self, File},
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    time::Duration,
};

/// The file, and beside it `FILE.mark`.
pub(super) struct PartFile<'a> {
    path: PathBuf,
    file: File,
    len: u64,
    mark: Option<Mark>,
    progress: &'a mut Progress,
}

/// Where the mark of `path` lies.
pub(super) fn mark_path(path: &Path) -> PathBuf {
    path.with_added_extension("mark")
}

impl<'a> PartFile<'a> {
    /// What was left of an earlier download, or an empty file.
    pub(super) fn open(path: &Path, progress: &'a mut Progress) -> io::Result<Self> {
        let mut file = File::options().write(true).create(true).truncate(false).open(path)?;
        let len = file.seek(SeekFrom::End(0))?;
        // without a readable mark nobody knows what the bytes are: the download begins anew
        let mark: Option<Mark> = fs::read(mark_path(path)).ok().and_then(|text| serde_json::from_slice(&text).ok());
        if let Some(mark) = mark.as_ref().filter(|_| len > 0) {
            progress.begin(len, mark.n_bytes);
        }
        Ok(Self { path: path.to_owned(), file, len, mark, progress })
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// All is there.
    pub(super) fn done(self) -> io::Result<()> {
        self.file.sync_all()?;
        self.progress.done(self.len);
        Ok(())
    }

    fn explain(&self, e: io::Error) -> io::Error {
        io::Error::new(e.kind(), disk::fault(&self.path, &e))
    }

    fn begin(&mut self, mark: &Mark) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        fs::write(mark_path(&self.path), serde_json::to_vec(mark)?)
    }
}

impl Sink for PartFile<'_> {
    fn held(&self) -> (u64, Option<Mark>) {
        (self.len, self.mark.clone())
    }

    fn restart(&mut self, mark: &Mark) -> io::Result<()> {
        // the file is empty before the new mark stands, so that no cut leaves old bytes under it
        self.begin(mark).map_err(|e| self.explain(e))?;
        (self.len, self.mark) = (0, Some(mark.clone()));
        if *mark != Mark::default() {
            self.progress.begin(0, mark.n_bytes);
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes).map_err(|e| self.explain(e))?;
        self.len += bytes.len() as u64;
        self.progress.at(self.len);
        Ok(())
    }

    fn wait(&mut self, why: &str, pause: Duration) {
        self.progress.note(&format!("{why}; once more in {:.1} s", pause.as_secs_f64()));
    }
}
