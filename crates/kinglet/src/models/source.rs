//! Where a model comes from, and how people write that.
use super::{
    catalogue::Wheel,
    hub,
    names::{self, parse},
};
use std::{
    fmt,
    path::{Path, PathBuf},
};

/// Where a model comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A file of this machine.
    File(PathBuf),
    /// The first of these files that is there, which need not be any.
    Seed(Vec<PathBuf>),
    /// A file in a repository of the hub.
    Hub { repo: String, revision: String, file: String },
    /// A file of any server.
    Url(String),
    /// Members of Python wheels, one after the other.
    Pip(Vec<Wheel>),
}

impl Source {
    /// What a person wrote, unless it can only be a name: an address, `hf.co/OWNER/REPO/FILE`, `OWNER/REPO:FILE`, or the
    /// path of a file.
    pub(crate) fn read(text: &str) -> Result<Option<Self>, String> {
        if let Some(rest) = text.strip_prefix("hf.co/").or_else(|| text.strip_prefix("huggingface.co/")) {
            return hub::read_path(rest).map(Some);
        }
        if text.starts_with("http://") || text.starts_with("https://") {
            return Ok(Some(hub::read_address(text)?.unwrap_or_else(|| Self::Url(text.to_owned()))));
        }
        if Path::new(text).is_file() {
            return Ok(Some(Self::File(text.into())));
        }
        if let Some((repo, file)) = text.split_once(':') {
            return hub::source(repo, "main", file).map(Some);
        }
        match text.contains('/') || text.ends_with(".gguf") {
            true => Err(format!("{text}: no such file; to fetch from the hub write OWNER/REPO:FILE.gguf")),
            false => Ok(None),
        }
    }

    /// The name of the file, where it has one.
    pub(crate) fn file_name(&self) -> Option<&str> {
        match self {
            Self::File(file) => file.file_name()?.to_str(),
            Self::Hub { file, .. } => file.rsplit('/').next(),
            Self::Url(url) => url.split(['?', '#']).next()?.rsplit('/').next(),
            Self::Seed(_) | Self::Pip(_) => None,
        }
    }

    /// Itself, or one for each file when it names one file of several.
    pub(super) fn files(&self) -> Vec<Self> {
        let Some(file) = self.file_name() else {
            return vec![self.clone()];
        };
        let Some((name, Some((_, n)))) = parse(file) else {
            return vec![self.clone()];
        };
        names::files(name, n).iter().map(|sibling| self.beside(file, sibling)).collect()
    }

    /// The same with `sibling` in place of `file`.
    fn beside(&self, file: &str, sibling: &str) -> Self {
        match self {
            Self::File(path) => Self::File(path.with_file_name(sibling)),
            Self::Hub { repo, revision, file: at } => {
                let folder = at.strip_suffix(file).unwrap_or("");
                Self::Hub { repo: repo.clone(), revision: revision.clone(), file: format!("{folder}{sibling}") }
            }
            // the path's last part stands before the query, which may say the same again
            Self::Url(url) => {
                let (path, rest) = url.split_at(url.find(['?', '#']).unwrap_or(url.len()));
                Self::Url(format!("{}{sibling}{rest}", path.strip_suffix(file).unwrap_or("")))
            }
            other => other.clone(),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Seed(_) => f.write_str("this machine"),
            Self::Hub { repo, revision, file } => write!(f, "{repo}:{file} ({revision})"),
            // what stands behind may be a secret
            Self::Url(url) => f.write_str(url.split(['?', '#']).next().unwrap_or("")),
            Self::Pip(wheels) if wheels.len() == 1 => write!(f, "the Python package {}", wheels[0].package),
            Self::Pip(wheels) => write!(f, "{} Python packages", wheels.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hub(repo: &str, revision: &str, file: &str) -> Source {
        Source::Hub { repo: repo.into(), revision: revision.into(), file: file.into() }
    }

    #[test]
    fn people_write_sources_in_many_ways() {
        let read = |text: &str| Source::read(text).expect(text).expect(text);
        assert_eq!(read("o/r:f.gguf"), hub("o/r", "main", "f.gguf"));
        assert_eq!(read("hf.co/o/r/f.gguf"), hub("o/r", "main", "f.gguf"));
        assert_eq!(read("hf.co/o/r:q4/f.gguf"), hub("o/r", "main", "q4/f.gguf"));
        assert_eq!(read("https://huggingface.co/o/r/blob/v2/q4/f.gguf?download=true"), hub("o/r", "v2", "q4/f.gguf"));
        assert_eq!(read("https://huggingface.co/o/r/resolve/main/f.gguf"), hub("o/r", "main", "f.gguf"));
        assert_eq!(read("https://host/f.gguf?a=b"), Source::Url("https://host/f.gguf?a=b".into()));
        assert_eq!(Source::read("smollm2-135m"), Ok(None));
        for bad in ["o/r", "o/r:", ":f.gguf", "hf.co/o/r", "missing.gguf", "https://huggingface.co/o/r", "a/b/c:f.gguf"]
        {
            assert!(Source::read(bad).is_err(), "{bad}: {:?}", Source::read(bad));
        }
        assert!(Source::read("o/../r:f.gguf").is_err() && Source::read("o/r:../f.gguf").is_err());
    }

    #[test]
    fn one_file_of_several_brings_the_others() {
        let files = hub("o/r", "main", "q4/f-00002-of-00002.gguf").files();
        let first = hub("o/r", "main", "q4/f-00001-of-00002.gguf");
        assert_eq!(files, [first, hub("o/r", "main", "q4/f-00002-of-00002.gguf")]);
        let files = Source::Url("https://h/f-00001-of-00002.gguf?x=1".into()).files();
        assert_eq!(files[1], Source::Url("https://h/f-00002-of-00002.gguf?x=1".into()));
        assert_eq!(Source::Url("https://h/f.gguf".into()).files().len(), 1);
    }
}
