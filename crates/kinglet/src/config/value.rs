//! Values as people write them: sizes, durations, and `${NAME}` from the environment.
use crate::money;
use std::{fmt, ops::RangeInclusive, path::PathBuf, time::Duration};
use toml::de::DeValue;

/// A value of the file.
pub(super) enum Value {
    /// `raw` is what the file says, and the only one of the two that may be shown.
    Text {
        text: String,
        raw: String,
    },
    Integer(i64),
    Number(f64),
    Flag(bool),
    List(Vec<Self>),
    /// Of a type that no key has, by name.
    Other(&'static str),
}

type Variable<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Value {
    /// A text that is taken as it is.
    pub(super) fn plain(text: &str) -> Self {
        Self::Text { text: text.to_owned(), raw: text.to_owned() }
    }

    /// Reads `value`, with the `${NAME}` in it replaced.
    pub(super) fn read(value: &DeValue<'_>, variable: Variable<'_>) -> Result<Self, String> {
        match value {
            DeValue::String(raw) => Ok(Self::Text { text: expand(raw, variable)?, raw: raw.clone().into_owned() }),
            DeValue::Integer(n) => {
                let digits = n.as_str();
                let n = i64::from_str_radix(digits, n.radix()).map_err(|_| format!("{digits} is too large"))?;
                Ok(Self::Integer(n))
            }
            DeValue::Float(x) => {
                x.as_str().replace('_', "").parse().map(Self::Number).map_err(|_| format!("{x} is no number"))
            }
            DeValue::Boolean(flag) => Ok(Self::Flag(*flag)),
            DeValue::Array(list) => {
                list.iter().map(|v| Self::read(v.get_ref(), variable)).collect::<Result<_, _>>().map(Self::List)
            }
            other => Ok(Self::Other(other.type_str())),
        }
    }

    pub(super) fn text(&self) -> Result<&str, String> {
        match self {
            Self::Text { text, .. } if !text.trim().is_empty() => Ok(text),
            other => Err(format!("a text expected, {other} found")),
        }
    }

    pub(super) fn texts(&self) -> Result<Vec<String>, String> {
        let Self::List(list) = self else {
            return Err(format!("a list of texts such as [\"..\"] expected, {self} found"));
        };
        list.iter().map(|v| v.text().map(str::to_owned)).collect()
    }

    /// One text, or a list of them.
    pub(super) fn one_or_more(&self) -> Result<Vec<String>, String> {
        if let Self::List(_) = self { self.texts() } else { Ok(vec![self.text()?.to_owned()]) }
    }

    pub(super) fn flag(&self) -> Result<bool, String> {
        if let Self::Flag(flag) = self { Ok(*flag) } else { Err(format!("true or false expected, {self} found")) }
    }

    /// A number from 0 to 1.
    pub(super) fn share(&self) -> Result<f32, String> {
        let x = match self {
            Self::Number(x) => Some(*x as f32),
            Self::Integer(n) => Some(*n as f32),
            _ => None,
        };
        x.filter(|x| (0.0..=1.0).contains(x)).ok_or_else(|| format!("a number from 0 to 1 expected, {self} found"))
    }

    pub(super) fn path(&self) -> Result<PathBuf, String> {
        self.text().map(crate::places::from_home)
    }

    pub(super) fn count(&self, range: RangeInclusive<usize>) -> Result<usize, String> {
        let n = if let Self::Integer(n) = self { usize::try_from(*n).ok() } else { None };
        n.filter(|n| range.contains(n))
            .ok_or_else(|| format!("a number from {} to {} expected, {self} found", range.start(), range.end()))
    }

    /// A number with up to `decimals` decimals, in whole parts of which 10^`decimals` make one.
    pub(super) fn decimal(&self, decimals: usize) -> Result<i64, String> {
        let written = match self {
            Self::Text { text, .. } => text.strip_prefix('$').unwrap_or(text).to_owned(),
            // the shortest that is the same number, which is what was written
            Self::Integer(_) | Self::Number(_) => self.to_string(),
            _ => String::new(),
        };
        money::decimal(&written, decimals)
            .ok_or_else(|| format!("a number of at least 0 with at most {decimals} decimals expected, {self} found"))
    }

    /// Bytes: a number with its unit, or a plain number.
    pub(super) fn size(&self, range: RangeInclusive<u64>) -> Result<u64, String> {
        let bytes = match self {
            Self::Integer(n) => u64::try_from(*n).ok(),
            Self::Text { text, .. } => scaled(text, SIZES),
            _ => None,
        };
        let (low, high) = (show_size(*range.start()), show_size(*range.end()));
        bytes
            .filter(|n| range.contains(n))
            .ok_or_else(|| format!("a size from {low} to {high} expected, such as \"32MB\" or \"2GiB\"; {self} found"))
    }

    pub(super) fn duration(&self, range: RangeInclusive<Duration>) -> Result<Duration, String> {
        let span = if let Self::Text { text, .. } = self { scaled(text, SPANS) } else { None };
        let (low, high) = (show_duration(*range.start()), show_duration(*range.end()));
        span.map(Duration::from_millis)
            .filter(|span| range.contains(span))
            .ok_or_else(|| format!("a time from {low} to {high} expected, such as \"30s\" or \"500ms\"; {self} found"))
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { raw, .. } => write!(f, "{raw:?}"),
            Self::Integer(n) => write!(f, "{n}"),
            Self::Number(x) => write!(f, "{x}"),
            Self::Flag(_) => f.write_str("a boolean"),
            Self::List(_) => f.write_str("a list"),
            Self::Other(name) => write!(f, "a {name}"),
        }
    }
}

const SIZES: &[(&str, u64)] = &[
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("B", 1),
];
/// Milliseconds.
const SPANS: &[(&str, u64)] = &[("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// `text` as a number times its unit; the letters' case does not matter.
fn scaled(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let text = text.trim();
    let split = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(split);
    let (_, scale) = units.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit))?;
    let number: f64 = number.trim().parse().ok()?;
    let scaled = number * *scale as f64;
    (0.0..1e15).contains(&scaled).then_some(scaled.round() as u64)
}

/// `bytes` in the largest unit that divides it.
pub(super) fn show_size(bytes: u64) -> String {
    show(bytes, SIZES).unwrap_or_else(|| "0B".to_owned())
}

pub(super) fn show_duration(span: Duration) -> String {
    let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    show(millis, SPANS).unwrap_or_else(|| "0s".to_owned())
}

fn show(n: u64, units: &[(&str, u64)]) -> Option<String> {
    units
        .iter()
        .find(|(_, scale)| n > 0 && n.is_multiple_of(*scale))
        .map(|(name, scale)| format!("{}{name}", n / scale))
}

/// Replaces each `${NAME}` in `raw`. What is put in is not looked through again.
fn expand(raw: &str, variable: Variable<'_>) -> Result<String, String> {
    let (mut out, mut rest) = (String::new(), raw);
    while let Some((before, after)) = rest.split_once("${") {
        let (name, tail) = after.split_once('}').ok_or_else(|| format!("{raw:?}: `${{` without its `}}`"))?;
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(format!("{raw:?}: the name of a variable expected in `${{..}}`"));
        }
        let value = variable(name).ok_or_else(|| format!("the environment has no `{name}`, or it is empty: set it"))?;
        out.push_str(before);
        out.push_str(&value);
        rest = tail;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::plain(text)
    }

    #[test]
    fn sizes_and_times_are_read_as_people_write_them() {
        let size = |v: &str| text(v).size(0..=u64::MAX).ok();
        assert_eq!(size("32MB"), Some(32_000_000));
        assert_eq!(size("1.5 GiB"), Some(3 << 29));
        assert_eq!(size("10kb"), Some(10_000));
        for wrong in ["", "32", "MB", "-1MB", "1e99GB", "nanMB", "3 bananas"] {
            assert_eq!(size(wrong), None, "{wrong}");
        }
        let time = |v: &str| text(v).duration(Duration::ZERO..=Duration::MAX).ok();
        assert_eq!(time("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(time("1.5m"), Some(Duration::from_secs(90)));
        assert_eq!(time("30"), None);
    }

    #[test]
    fn what_is_shown_reads_back() {
        for bytes in [1, 1000, 8 << 20, 123_456_789, 3 << 30] {
            assert_eq!(text(&show_size(bytes)).size(0..=u64::MAX), Ok(bytes));
        }
        for millis in [1, 1500, 30_000, 7_200_000] {
            let span = Duration::from_millis(millis);
            assert_eq!(text(&show_duration(span)).duration(Duration::ZERO..=Duration::MAX), Ok(span));
        }
    }

    #[test]
    fn a_secret_is_put_in_and_never_shown() {
        let variable = |name: &str| (name == "KEY").then(|| "s3cret${KEY}".to_owned());
        let read = |raw: &'static str| Value::read(&DeValue::String(raw.into()), &variable);
        let value = read("a${KEY}b").expect("a known name");
        assert_eq!(value.text(), Ok("as3cret${KEY}b"));
        assert!(!value.size(0..=1).expect_err("no size").contains("s3cret"));
        assert!(read("${NOPE}").err().is_some_and(|e| e.contains("`NOPE`")));
        assert!(read("${KEY").is_err() && read("${}").is_err());
    }
}
