//! The rules of this repository that no compiler checks.
//!
//! `TIDY=fix cargo test --test tidy` rewrites the map in ARCHITECTURE.md.
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Who may depend on whom. A new arrow is a change of architecture: argue for it here.
const ARROWS: &[(&str, &[&str])] = &[
    ("chat", &[]),
    ("engine", &[]),
    ("ledger", &[]),
    ("router", &["chat"]),
    ("toolsmith", &["chat"]),
    ("gateway", &["chat", "engine", "ledger", "router", "toolsmith"]),
    ("kinglet", &["chat", "engine", "ledger", "router", "toolsmith", "gateway"]),
];
/// Words that only some places may say: each line is an invariant of ARCHITECTURE.md.
const ONLY: &[(&str, &[&str])] = &[
    ("unsafe", &["engine/src/kernel/", "engine/src/gguf/map.rs"]),
    ("TcpListener", &["gateway/"]),
    ("TcpStream", &["gateway/"]),
    ("reqwest", &["gateway/"]),
    ("sqlx", &["ledger/"]),
    ("OpenOptions", &["kinglet/"]),
    ("SystemTime", &["gateway/", "kinglet/"]),
    ("env", &["kinglet/"]),
];
const BANNED_NAMES: &[&str] = &["util", "utils", "common", "helpers", "misc", "types"];

#[test]
fn arrows_point_down() {
    for (krate, allowed) in ARROWS {
        let toml = read(&root().join("crates").join(krate).join("Cargo.toml"));
        let deps = toml.split("[dependencies]").nth(1).unwrap_or("").split("\n[").next().unwrap_or("");
        for dep in deps.lines().filter_map(|l| l.split([' ', '.', '=']).next()) {
            let ours = ARROWS.iter().any(|(name, _)| *name == dep);
            assert!(!ours || allowed.contains(&dep), "{krate} must not depend on {dep}");
        }
    }
}

#[test]
fn words_stay_in_their_place() {
    for (path, text) in sources() {
        let path = path.trim_start_matches("crates/");
        // `env!` reads what the compiler was given, not what the program finds
        let text = text.replace("env!(", "(");
        let words = text.lines().flat_map(|l| code(l).split(|c: char| !c.is_alphanumeric() && c != '_'));
        for word in words {
            let Some((_, places)) = ONLY.iter().find(|(w, _)| *w == word) else {
                continue;
            };
            let home = places.iter().any(|p| path.starts_with(p));
            assert!(home, "{path}: `{word}` belongs in {places:?}");
        }
    }
}

#[test]
fn files_are_named_and_introduced() {
    for (path, text) in sources() {
        assert!(text.starts_with("//! "), "{path}: begin with one sentence that says what this file is");
        let stem = Path::new(&path).file_stem().and_then(|s| s.to_str()).unwrap_or("");
        assert!(!BANNED_NAMES.contains(&stem), "{path}: name it after what it does");
    }
}

#[test]
fn map_is_true() {
    let map: String = sources()
        .iter()
        .map(|(path, text)| {
            let path = path.trim_start_matches("crates/").replace("/src/", "/");
            format!("{path:<34}{}\n", text.lines().next().unwrap_or("").trim_start_matches("//! "))
        })
        .collect();
    let file = root().join("ARCHITECTURE.md");
    let doc = read(&file);
    let (head, rest) = doc.split_once("<!-- map -->\n```text\n").expect("ARCHITECTURE.md has a map");
    let (old, tail) = rest.split_once("```").expect("the map ends");
    if old != map {
        if fix() {
            fs::write(&file, format!("{head}<!-- map -->\n```text\n{map}```{tail}")).expect("write the map");
        } else {
            panic!("ARCHITECTURE.md: the map is stale; run TIDY=fix cargo test --test tidy");
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a test, not the program")]
fn fix() -> bool {
    std::env::var("TIDY").is_ok_and(|v| v == "fix")
}

/// A line without its comment.
fn code(line: &str) -> &str {
    line.split("//").next().unwrap_or("")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("a readable file")
}

/// Every source file below `crates/*/src`, as (path from the root, text), in reading order:
/// lower crates first, and in each folder its `lib.rs`, `main.rs` or `mod.rs` first.
fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut dirs: Vec<_> = ARROWS.iter().map(|(c, _)| root().join("crates").join(c).join("src")).collect();
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(&dir).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                dirs.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let name = path.strip_prefix(root()).expect("below the root").display().to_string();
                found.push((name, read(&path)));
            }
        }
    }
    found.sort_by_key(|(path, _)| {
        let krate = path.split('/').nth(1).unwrap_or("");
        let place = ARROWS.iter().position(|(name, _)| *name == krate);
        (place, path.replace("lib.rs", "").replace("main.rs", "").replace("mod.rs", ""))
    });
    found
}
