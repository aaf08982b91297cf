//! The model hub: repositories of files by owner and name, as Hugging Face serves them.
use super::{disk, incoming::Incoming, part::PartFile, progress::Progress, source::Source};
use crate::places::variable;
use gateway::download::{Failure, Kind, Mark, Patience, Wanted, download};
use std::{path::Path, thread};

const ENDPOINT: &str = "https://huggingface.co";

/// What is known of the file that is wanted.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) n_bytes: Option<u64>,
    pub(super) sha256: Option<&'a str>,
}

/// A file of a repository.
pub(super) fn source(repo: &str, revision: &str, file: &str) -> Result<Source, String> {
    let plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', '?', '#', '%', ' ']);
    let good = repo.split('/').count() == 2 && repo.split('/').all(plain);
    match good && plain(revision) && file.split('/').all(plain) {
        true => Ok(Source::Hub { repo: repo.to_owned(), revision: revision.to_owned(), file: file.to_owned() }),
        false => Err(format!("`{repo}:{file}`: OWNER/REPO:FILE.gguf expected")),
    }
}

/// `OWNER/REPO/FILE`, `OWNER/REPO:FILE`, or the path of the hub's own pages, `OWNER/REPO/blob/REVISION/FILE`.
pub(super) fn read_path(path: &str) -> Result<Source, String> {
    let path = path.split(['?', '#']).next().unwrap_or("");
    if let Some((repo, file)) = path.split_once(':') {
        return source(repo, "main", file);
    }
    match path.splitn(5, '/').collect::<Vec<_>>()[..] {
        [owner, repo, "blob" | "resolve", revision, file] => source(&format!("{owner}/{repo}"), revision, file),
        [owner, repo, ..] => {
            source(&format!("{owner}/{repo}"), "main", &path[(owner.len() + repo.len() + 2).min(path.len())..])
        }
        _ => source(path, "main", ""),
    }
}

/// The source that `url` means, if it lies on the hub.
pub(super) fn read_address(url: &str) -> Result<Option<Source>, String> {
    let below = |base: &str| url.strip_prefix(base.trim_end_matches('/')).and_then(|rest| rest.strip_prefix('/'));
    [endpoint().as_str(), ENDPOINT, "https://hf.co"].iter().find_map(|base| below(base)).map(read_path).transpose()
}

fn endpoint() -> String {
    variable("HF_ENDPOINT").unwrap_or_else(|| ENDPOINT.to_owned()).trim_end_matches('/').to_owned()
}

/// Fetches a repository's file into `file` of `incoming`, with the user's token. Returns what the hub says of it.
pub(super) fn bring(
    (repo, revision, file): (&str, &str, &str),
    known: Known<'_>,
    to: (&Incoming, &str),
    progress: &mut Progress,
) -> Result<Mark, String> {
    let (base, token) = (endpoint(), variable("HF_TOKEN"));
    let url = format!("{base}/{repo}/resolve/{revision}/{file}");
    fetch(&url, token.as_deref(), known, to, progress).map_err(|failure| {
        let remedy = match (failure.kind, token.is_some()) {
            (Kind::Status(401), false) => format!(
                "; the repository is gated, private or not there: accept its licence at {base}/{repo}, \
                 make a token at {base}/settings/tokens, and give it as HF_TOKEN"
            ),
            (Kind::Status(401), true) => "; HF_TOKEN is not valid there: make another one".to_owned(),
            (Kind::Status(403), _) => format!("; accept the licence at {base}/{repo}, with the account of HF_TOKEN"),
            (Kind::Status(404), _) => format!("; the repository's files are listed at {base}/{repo}/tree/{revision}"),
            _ => String::new(),
        };
        format!("{failure}{remedy}")
    })
}

/// Fetches `url` into a file of `incoming`; no token is sent.
pub(super) fn bring_url(
    url: &str,
    known: Known<'_>,
    to: (&Incoming, &str),
    progress: &mut Progress,
) -> Result<Mark, String> {
    fetch(url, None, known, to, progress).map_err(|failure| failure.message)
}

fn fetch(
    url: &str,
    token: Option<&str>,
    known: Known<'_>,
    (incoming, file): (&Incoming, &str),
    progress: &mut Progress,
) -> Result<Mark, Failure> {
    let path = incoming.file(file);
    let mut part = PartFile::open(&path, progress).map_err(|e| fault(&path, &e))?;
    let wanted = Wanted {
        url,
        token,
        n_bytes: known.n_bytes,
        sha256: known.sha256,
        magic: b"GGUF",
        max_bytes: part.len().saturating_add(incoming.room()),
        patience: Patience::default(),
    };
    // a thread of its own: whoever calls may be inside a runtime already
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| network(format!("no runtime for the download: {e}")))?;
        runtime.block_on(download(&wanted, &mut part))
    };
    let mark = thread::scope(|scope| scope.spawn(run).join());
    let mark = mark.unwrap_or_else(|_| Err(network("a defect in the download, please report it".to_owned())))?;
    part.done().map_err(|e| fault(&path, &e))?;
    Ok(mark)
}

fn network(message: String) -> Failure {
    Failure::new(Kind::Network, message)
}

fn fault(path: &Path, e: &std::io::Error) -> Failure {
    Failure::new(Kind::Disk, disk::fault(path, e))
}
