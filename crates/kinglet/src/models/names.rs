//! Names of models and their files.
use std::path::Path;

const MAX_LEN: usize = 100;
const MAX_SHARDS: u32 = 1024;

/// The name in `file`, and (which, of how many) if it is one of several; nothing when it is no model's file.
pub(crate) fn parse(file: &str) -> Option<(&str, Option<(u32, u32)>)> {
    let stem = file.strip_suffix(".gguf").filter(|stem| !stem.is_empty() && !stem.starts_with('.'))?;
    Some(shard(stem).map_or((stem, None), |(name, i, n)| (name, Some((i, n)))))
}

/// `NAME-00001-of-00003`, taken apart.
fn shard(stem: &str) -> Option<(&str, u32, u32)> {
    let (rest, n) = stem.rsplit_once("-of-")?;
    let (name, i) = rest.rsplit_once('-')?;
    let number = |s: &str| if s.len() == 5 { s.parse().ok() } else { None };
    let (i, n) = (number(i)?, number(n)?);
    (!name.is_empty() && (1..=n).contains(&i) && n <= MAX_SHARDS).then_some((name, i, n))
}

/// The files of the model `name`, in order.
pub(crate) fn files(name: &str, n: u32) -> Vec<String> {
    match n {
        1 => vec![format!("{name}.gguf")],
        _ => (1..=n).map(|i| format!("{name}-{i:05}-of-{n:05}.gguf")).collect(),
    }
}

/// Refuses what cannot be a model's name.
pub(crate) fn check(name: &str) -> Result<(), String> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    let good = !name.is_empty() && name.len() <= MAX_LEN && name.chars().all(fits) && !name.starts_with(['.', '-']);
    match good && shard(name).is_none() {
        true => Ok(()),
        false => Err(format!(
            "name `{name}`: at most {MAX_LEN} of a-z, 0-9, `.`, `_` and `-` expected, beginning with a letter or digit"
        )),
    }
}

/// A name for what lies in `file`, from the file's own.
pub(crate) fn derive(file: &str) -> Result<String, String> {
    let last = Path::new(file).file_name().and_then(|n| n.to_str()).unwrap_or("");
    // the ending may be in capitals, and is no part of the name; nor are dots before it
    let lower = last.trim_start_matches('.').to_ascii_lowercase();
    let name = parse(&lower).map_or(lower.as_str(), |p| p.0);
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
    let name: String = name.chars().map(plain).take(MAX_LEN).collect();
    let name = name.trim_start_matches(['.', '-']).to_owned();
    check(&name).map_err(|_| format!("`{file}` gives no name for the model; give one with --name NAME"))?;
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_names_go_both_ways() {
        assert_eq!(parse("a.gguf"), Some(("a", None)));
        assert_eq!(parse("a-00002-of-00003.gguf"), Some(("a", Some((2, 3)))));
        assert_eq!(parse("a-2-of-3.gguf"), Some(("a-2-of-3", None)));
        assert_eq!(parse("a-00004-of-00003.gguf"), Some(("a-00004-of-00003", None)));
        for other in ["a.part", ".gguf", ".a.gguf", "a.gguf.mark"] {
            assert_eq!(parse(other), None, "{other}");
        }
        assert_eq!(files("a", 2), ["a-00001-of-00002.gguf", "a-00002-of-00002.gguf"]);
    }

    #[test]
    fn names_are_derived_and_checked() {
        assert_eq!(derive("/x/SmolLM2 135M.Q4_1.GGUF").as_deref(), Ok("smollm2-135m.q4_1"));
        assert_eq!(derive("Big-00001-of-00002.gguf").as_deref(), Ok("big"));
        assert_eq!(derive("...x.gguf").as_deref(), Ok("x"));
        for bad in ["", "..", "/", "é.gguf"] {
            assert!(derive(bad).is_err(), "{bad}: {:?}", derive(bad));
        }
        for bad in ["", ".a", "-a", "a/b", "A", "a b", "a-00001-of-00002", "..", "a\\b"] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
