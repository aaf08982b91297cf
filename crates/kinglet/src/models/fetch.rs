//! Fetches a model: its sources in order, what they bring checked, and only then made a model of the store.
use super::{
    Store,
    catalogue::Entry,
    hub::{self, Known},
    incoming::Incoming,
    local, names, pip,
    progress::Progress,
    say,
    source::Source,
};
use crate::units::bytes;
use engine::{gguf::Gguf, model::Info};
use sha2::{Digest, Sha256};
use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

/// Files of this size are hashed in a moment, which needs no progress.
const MOMENT: u64 = 1 << 30;

/// What is to be fetched.
pub(crate) struct Order {
    pub(crate) name: String,
    pub(crate) sources: Vec<Source>,
    pub(crate) licence: Option<String>,
    pub(crate) sha256: Option<String>,
    pub(crate) n_bytes: Option<u64>,
}

impl Order {
    /// A model of the catalogue.
    pub(crate) fn of(entry: &Entry) -> Self {
        Self {
            name: entry.name.clone(),
            sources: entry.sources(),
            licence: Some(entry.licence.clone()),
            sha256: Some(entry.sha256.to_ascii_lowercase()),
            n_bytes: Some(entry.bytes),
        }
    }
}

/// Fetches `order` into `store`, or finds that another process has just done so. Returns the file to open.
pub(crate) fn fetch(store: &Store, order: &Order) -> Result<PathBuf, String> {
    names::check(&order.name)?;
    let incoming = Incoming::open(&store.0, &order.name)?;
    if let Some(file) = store.get(&order.name)?.and_then(|held| held.files.into_iter().next()) {
        return Ok(file);
    }
    let licence = order.licence.as_ref().map(|l| format!(" (licence: {l})")).unwrap_or_default();
    say(&format!("fetching {}{licence}", order.name));
    let mut failures = Vec::new();
    for (i, source) in order.sources.iter().enumerate() {
        match bring(source, order, &incoming) {
            Ok((files, info)) => {
                let file = incoming.adopt(&files)?;
                tell(order, &file, &info);
                return Ok(file);
            }
            Err(None) => failures.push(format!("{source}: not there")),
            Err(Some(failure)) => {
                if i + 1 < order.sources.len() {
                    say(&format!("{failure}; trying the next source"));
                }
                failures.push(failure);
            }
        }
    }
    match &failures[..] {
        [only] => Err(only.clone()),
        all => Err(format!("model `{}` could not be fetched:\n  {}", order.name, all.join("\n  "))),
    }
}

fn tell(order: &Order, file: &Path, info: &Info) {
    let licence = match (&order.licence, &info.license) {
        (Some(_), _) => String::new(), // told before
        (None, Some(license)) => format!(", licence: {license} (so its file says)"),
        (None, None) => ", licence: not said in its file; ask where it came from".to_owned(),
    };
    let about = format!("{} weights in {}", crate::units::count(info.n_params), info.quantisation);
    say(&format!("{} is in {}: {about}{licence}", order.name, file.display()));
}

/// Brings the model from `source` and checks it; `None` is a source that need not have it.
fn bring(source: &Source, order: &Order, incoming: &Incoming) -> Result<(Vec<String>, Info), Option<String>> {
    let source = match source {
        Source::Seed(files) => &Source::File(files.iter().find(|f| f.is_file()).ok_or(None)?.clone()),
        other => other,
    };
    let parts = source.files();
    if parts.len() > 1 && order.sha256.is_some() {
        return Err(Some(format!("{source}: one SHA-256 was given, and these are {} files", parts.len())));
    }
    let n_parts = u32::try_from(parts.len()).unwrap_or(u32::MAX);
    let files = names::files(&order.name, n_parts);
    for (part, file) in parts.iter().zip(&files) {
        if let Err(e) = bring_file(part, file, order, incoming) {
            return Err(Some(e));
        }
    }
    // as several files it can only be read when all are there
    let first = incoming.file(&files[0]);
    let info = Gguf::open(&first).and_then(|gguf| Info::read(&gguf));
    match info {
        Ok(info) => Ok((files, info)),
        Err(e) => {
            incoming.discard();
            let why = e.message.strip_prefix(&format!("{}: ", first.display())).unwrap_or(&e.message).to_owned();
            Err(Some(format!("{source}: not a model that runs here: {why}")))
        }
    }
}

/// Brings one file from `source`, and checks its size and hash.
fn bring_file(source: &Source, file: &str, order: &Order, incoming: &Incoming) -> Result<(), String> {
    let known = Known { n_bytes: order.n_bytes, sha256: order.sha256.as_deref() };
    let to = (incoming, file);
    // a source that failed may have left the folder gone
    incoming.renew()?;
    let progress = &mut Progress::new(file);
    let mark = match source {
        Source::File(path) => local::bring(path, to, progress).map(|()| None),
        Source::Seed(_) => Ok(None), // was made a file above
        Source::Hub { repo, revision, file } => hub::bring((repo, revision, file), known, to, progress).map(Some),
        Source::Url(url) => hub::bring_url(url, known, to, progress).map(Some),
        Source::Pip(wheels) => pip::bring(wheels, order.n_bytes, to, progress).map(|()| None),
    }?;
    let announced = mark.and_then(|mark| mark.linked);
    if let Some(expected) = order.sha256.clone().or(announced) {
        let found = hash(&incoming.file(file), progress)?;
        if found != expected {
            incoming.discard();
            return Err(format!("{source}: SHA-256 {expected} expected, {found} found; nothing of it is kept"));
        }
    }
    Ok(())
}

/// The SHA-256 of a file as it lies on disk: what is read is what will be run.
fn hash(path: &Path, progress: &mut Progress) -> Result<String, String> {
    let io = |e: std::io::Error| format!("{}: {e}", path.display());
    let mut file = File::open(path).map_err(io)?;
    let total = file.metadata().map_err(io)?.len();
    if total > MOMENT {
        progress.note(&format!("checking {}", bytes(total)));
    }
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; 1 << 20]);
    loop {
        match file.read(&mut buffer).map_err(io)? {
            0 => return Ok(hash.finalize().iter().map(|b| format!("{b:02x}")).collect()),
            n => hash.update(&buffer[..n]),
        }
    }
}
