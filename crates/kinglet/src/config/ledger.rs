//! The tables `[ledger]` and `[hardware]`: where the ledger is, what it keeps, and what this machine costs.
use super::{Config, value::Value};
use crate::{places, when};
use ledger::{Durability, Hardware, Keep, Options};
use std::{
    fmt,
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
};
use url::Url;

const URL: &str = "a file, or postgres://USER:PASSWORD@HOST/DATABASE expected";
const MASK: &str = "***";

/// The values of both tables.
pub(crate) struct Accounts {
    /// The user's own file when `None`.
    pub(super) place: Option<Place>,
    pub(crate) keep: Keep,
    pub(super) durability: Durability,
    /// A list of own prices.
    pub(crate) prices: Option<PathBuf>,
    pub(super) machine: Machine,
}

/// Where the ledger is.
#[derive(Clone)]
pub(crate) enum Place {
    /// SQLite.
    File(PathBuf),
    /// PostgreSQL. It may hold a password.
    Server(Url),
}

/// The numbers of `ledger::Hardware`, as far as they are said.
#[derive(Clone, Copy, Default)]
pub(super) struct Machine {
    pub(super) usd_hour: Option<i64>,
    pub(super) watts: Option<i64>,
    pub(super) usd_kwh: Option<i64>,
    pub(super) input_speed: Option<i64>,
    pub(super) output_speed: Option<i64>,
}

impl Default for Accounts {
    fn default() -> Self {
        Self {
            place: None,
            keep: Keep::Hash,
            durability: Durability::default(),
            prices: None,
            machine: Machine::default(),
        }
    }
}

impl Config {
    /// How to open the ledger; with `make`, also where there is none yet.
    ///
    /// # Errors
    /// Where there is none, or can be none.
    pub(crate) fn ledger(&self, make: bool) -> Result<Options, String> {
        let options = match self.ledger_place()? {
            Place::Server(url) => Options::new(url, when::clock()),
            Place::File(file) => {
                if make {
                    let fault = |e| self.about("ledger.url", &format!("{}: {e}; name another file", file.display()));
                    begin(&file).map_err(fault)?;
                } else if !file.is_file() {
                    let fault = "no ledger there; `kinglet key create` makes one, or name the one you mean";
                    return Err(self.about("ledger.url", &format!("{}: {fault}", file.display())));
                }
                Options::file(&file, when::clock())
            }
        };
        Ok(Options { durability: self.accounts.durability, ..options })
    }

    /// What stays of texts.
    pub(crate) fn keep(&self) -> Keep {
        self.accounts.keep
    }

    /// Where the ledger is.
    ///
    /// # Errors
    /// If nothing is said and the user has no folder of their own.
    pub(crate) fn ledger_place(&self) -> Result<Place, String> {
        let usual = || places::ledger().map(Place::File);
        let place = self.accounts.place.clone().or_else(usual);
        place.ok_or_else(|| "ledger.url: no home folder to keep the ledger in; name a file".to_owned())
    }

    /// This machine as far as its tokens cost something; none where nothing is said of it.
    ///
    /// # Errors
    /// If its speeds are not said.
    pub(crate) fn hardware(&self) -> Result<Option<Hardware>, String> {
        let Machine { usd_hour, watts, usd_kwh, input_speed, output_speed } = self.accounts.machine;
        if [usd_hour, watts, usd_kwh, input_speed, output_speed].iter().all(Option::is_none) {
            return Ok(None);
        }
        let speed = |key, speed: Option<i64>| {
            let remedy = || self.about(key, "tokens a second expected, more than 0; `kinglet bench` measures them");
            speed.filter(|speed| *speed > 0).ok_or_else(remedy)
        };
        Ok(Some(Hardware {
            usd_hour: usd_hour.unwrap_or(0),
            watts: watts.unwrap_or(0),
            usd_kwh: usd_kwh.unwrap_or(0),
            input_speed: speed("hardware.input_speed", input_speed)?,
            output_speed: speed("hardware.output_speed", output_speed)?,
        }))
    }
}

/// Makes the file if it is missing, and its folder, for its owner's eyes alone: SQLite takes an empty one for a new one,
/// and gives those beside it the same mode.
fn begin(file: &Path) -> io::Result<()> {
    fs::create_dir_all(file.parent().unwrap_or(Path::new("")))?;
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
}

impl fmt::Display for Place {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => file.display().fmt(f),
            Self::Server(url) => f.write_str(masked(url.clone()).as_str()),
        }
    }
}

fn masked(mut url: Url) -> Url {
    if url.password().is_some() {
        // fails for URLs that cannot have one
        let _ = url.set_password(Some(MASK));
    }
    let secret = |name: &str| name.to_lowercase().contains("password");
    if url.query_pairs().any(|(name, _)| secret(&name)) {
        let pairs: Vec<_> = url.query_pairs().into_owned().collect();
        let shown = pairs.iter().map(|(name, value)| (name, if secret(name) { MASK } else { value }));
        url.query_pairs_mut().clear().extend_pairs(shown);
    }
    url
}

/// A file beside the configuration, or a server. No fault shows what was found: there may be a password in it.
pub(super) fn place(value: &Value, config: &Config) -> Result<Place, String> {
    let text = value.text()?;
    let scheme = text.split_once(':').map(|(scheme, _)| scheme);
    match scheme {
        Some("postgres" | "postgresql") => {
            let fault = |e| format!("{URL}, with special characters of the password as %XX: {e}");
            Url::parse(text).map(Place::Server).map_err(fault)
        }
        // one letter is a drive
        Some(other) if other.len() > 1 && (other == "sqlite" || text.contains("://")) => Err(URL.to_owned()),
        _ => Ok(Place::File(config.base.join(places::from_home(text)))),
    }
}

pub(super) fn keep(value: &Value) -> Result<Keep, String> {
    let text = value.text()?;
    let days = || text.strip_suffix('d')?.parse().ok().filter(|days| (1..=36_500).contains(days));
    match text {
        "nothing" => Ok(Keep::Nothing),
        "hash" => Ok(Keep::Hash),
        _ => days().map(|days| Keep::Full { days }).ok_or_else(|| {
            format!("\"nothing\", \"hash\", or how long to keep texts, such as \"30d\", expected; {value} found")
        }),
    }
}

pub(super) fn show_keep(keep: Keep) -> String {
    match keep {
        Keep::Nothing => "nothing".to_owned(),
        Keep::Hash => "hash".to_owned(),
        Keep::Full { days } => format!("{days}d"),
    }
}

pub(super) fn durability(value: &Value) -> Result<Durability, String> {
    match value.text()? {
        "process" => Ok(Durability::Process),
        "disk" => Ok(Durability::Disk),
        _ => Err(format!("\"process\" or \"disk\" expected, {value} found")),
    }
}

pub(super) fn show_durability(durability: Durability) -> &'static str {
    match durability {
        Durability::Process => "process",
        Durability::Disk => "disk",
    }
}
