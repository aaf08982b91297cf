//! Every file in `attacks/schema` is refused with an error that names its place, or enforced; quickly, and in little memory.
#![expect(clippy::print_stdout, reason = "a test says what it measured")]
#[path = "support/measured.rs"]
mod measured;

use engine::{Grammar, Kind, Shape, Vocabulary};
use measured::alone;
use std::{fs, path::Path, sync::Arc, time::Duration};

/// Far above what a refusal takes, so that a slow machine does not fail the test.
const LONGEST: Duration = Duration::from_secs(5);
const MOST_MEMORY: usize = 256 << 20;

#[test]
fn every_attack_fails_cleanly() {
    let alone = alone();
    let vocabulary = Arc::new(Vocabulary::bytes().expect("bytes"));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../attacks/schema");
    let (mut n, mut n_refused) = (0, 0);
    for file in fs::read_dir(folder).expect("the folder").flatten() {
        n += 1;
        let (name, text) = (file.file_name(), fs::read_to_string(file.path()).expect("a text"));
        // what is too deep, or has too large numbers, is no JSON for our reader
        let compile = |schema| Grammar::compile(&vocabulary, &Shape::Schema(schema));
        let (tried, time, memory) = alone.measure(|| serde_json::from_str(&text).ok().map(compile));
        println!("{name:?}: {time:?}, {} kB, {tried:?}", memory >> 10);
        match tried {
            Some(Err(error)) => {
                n_refused += 1;
                assert!([Kind::Unsupported, Kind::Input].contains(&error.kind), "{name:?}: {error:?}");
                assert!(error.message.len() < 500, "{name:?}: a message of {} bytes", error.message.len());
            }
            Some(Ok(_)) => {}
            None => n_refused += 1,
        }
        assert!(time < LONGEST && memory < MOST_MEMORY, "{name:?}: {time:?}, {memory} bytes");
    }
    assert!(n > 20 && n_refused + 3 > n, "{n_refused} of {n} files");
}

#[test]
fn regexes_and_grammars_fail_cleanly() {
    let alone = alone();
    let vocabulary = Arc::new(Vocabulary::bytes().expect("bytes"));
    let regexes = ["(", "((((a{1000}){1000}){1000}){1000})", "\\p{Nope}", "(?=a)", "a{99999999}"];
    let grammars = [
        "",
        "start: start",
        "root ::= \"",
        "root ::= [",
        "start: \"a\" b",
        "{\"grammars\":[]}",
        "start: %json {\"type\":\"array\"}",
    ];
    let shapes =
        regexes.map(|r| Shape::Regex(r.to_owned())).into_iter().chain(grammars.map(|g| Shape::Grammar(g.to_owned())));
    for shape in shapes {
        let (error, time, _) = alone.measure(|| Grammar::compile(&vocabulary, &shape).err());
        println!("{shape:?}: {time:?} {error:?}");
        assert!(time < LONGEST, "{shape:?}");
        assert!(error.is_none_or(|e| e.message.len() < 600), "{shape:?}");
    }
    let nested = format!("root ::= {}\"a\"{}", "(".repeat(10_000), ")".repeat(10_000));
    assert!(Grammar::compile(&vocabulary, &Shape::Grammar(nested)).is_err());
}
