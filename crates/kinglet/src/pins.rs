//! System messages that are always ready: read, handed to the engine, and kept in a file between two starts.
use crate::{config::Config, models::say, units::bytes};
use engine::Engine;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// What is to be pinned.
pub(crate) struct Pins {
    texts: Vec<(PathBuf, String)>,
    file: Option<PathBuf>,
}

impl Pins {
    /// Reads the messages that `config` names.
    ///
    /// # Errors
    /// When one cannot be read, or the file to keep them in is something else.
    pub(crate) fn read(config: &Config) -> Result<Self, String> {
        let read = |file: &PathBuf| match fs::read_to_string(file) {
            Ok(text) => Ok((file.clone(), text)),
            Err(e) => Err(format!("cache.pin: {}: {e}", file.display())),
        };
        let texts = config.pin.iter().map(read).collect::<Result<_, _>>()?;
        if let Some(file) = &config.pin_file {
            saved(file)?;
        }
        Ok(Self { texts, file: config.pin_file.clone() })
    }

    /// Has `engine` keep them.
    ///
    /// # Errors
    /// When there is no room for them, or the file cannot be written.
    pub(crate) fn pin(&self, engine: &Engine) -> Result<(), String> {
        if self.texts.is_empty() {
            return Ok(());
        }
        let tokens = |(file, text): &(PathBuf, String)| {
            gateway::system_prefix(engine, text).map_err(|e| format!("cache.pin: {}: {}", file.display(), e.message))
        };
        let prompts: Vec<_> = self.texts.iter().map(tokens).collect::<Result<_, _>>()?;
        let before = self.file.as_deref().map(saved).transpose()?.flatten();
        let pinned = engine.pin(&prompts, before).map_err(|e| format!("cache.pin: {e}"))?;
        let file = self.file.as_deref().unwrap_or(Path::new(""));
        if let Some(error) = pinned.refused {
            say(&format!("warning: {}: {error}; computed anew", file.display()));
        }
        say(&format!("pinned {} tokens, {} of them computed now", pinned.n_tokens, pinned.n_run));
        if let (Some(_), Some(new)) = (&self.file, pinned.bytes) {
            write(file, &new).map_err(|e| format!("cache.file: {}: {e}", file.display()))?;
            say(&format!("{}: {}", file.display(), bytes(new.len() as u64)));
        }
        Ok(())
    }
}

/// What `file` holds, if it is there.
fn saved(file: &Path) -> Result<Option<Vec<u8>>, String> {
    let fault = |e: &dyn std::fmt::Display| format!("cache.file: {}: {e}", file.display());
    match fs::read(file) {
        Ok(bytes) if engine::looks_like_saved_prompts(&bytes) => Ok(Some(bytes)),
        Ok(_) => Err(fault(&"it does not hold saved prompts, and is left as it is; another file expected")),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(fault(&e)),
    }
}

/// Writes `bytes` beside `file` first, so that it is whole or not there.
fn write(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut part = file.as_os_str().to_owned();
    part.push(".part");
    fs::write(&part, bytes)?;
    fs::rename(&part, file)
}
