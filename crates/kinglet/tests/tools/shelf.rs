//! A place with a tool that sorts words, and the requests that it was verified by.
use crate::support::{Place, Told};
use serde_json::{Value, json};

pub(crate) const TOOL: &str = include_str!("sort_words.md");
/// Another program for the same.
pub(crate) const SECOND: &str = include_str!("sort_words.second.md");
pub(crate) const CONFIG: &str = "
[ledger]
url = 'ledger.db'
[server]
admin_keys = ['the-admin']
[upstreams.far]
url = 'http://127.0.0.1:9/v1'
[routes.words]
large = 'far/large'
tools = true
";

/// Words of several lengths and beginnings, the same in every run.
pub(crate) fn words(n: usize) -> Vec<String> {
    let letters = "etaoinshrdlucmfwypvbgkjqxz".as_bytes();
    let word = |i: usize| {
        let seed = (n + 1) * 7919 + i * 104_729;
        let letter = |k: usize| letters[(seed / (k + 1) + k * seed % 31) % letters.len()];
        (0..2 + seed % 5).map(|k| char::from(letter(k))).collect()
    };
    (0..1 + n % 7).map(word).collect()
}

/// 45 lines with answers, and 5 without.
pub(crate) fn examples() -> String {
    let line = |n| {
        let mut words = words(n);
        let text = format!("Sort these words: {}", words.join(" "));
        words.sort();
        json!({ "input": text, "target": words.join(" ") }).to_string()
    };
    let foreign =
        ["Sort these numbers: 3 1 2", "What is a word?", "Sort these words:", "sort these words: a b", "Hello"];
    let foreign = foreign.map(|text| json!({ "text": text }).to_string());
    (0..45).map(line).chain(foreign).map(|line| line + "\n").collect()
}

/// A place whose route `words` has the tool, in shadow.
pub(crate) fn place(name: &str) -> Place {
    let place = Place::new(name);
    place.write("kinglet.toml", CONFIG);
    place.write("tool.md", TOOL);
    place.write("examples.jsonl", &examples());
    added(&place, &["tool.md", "--route", "words", "--examples", "examples.jsonl"]);
    place
}

/// Adds a tool, which must succeed.
pub(crate) fn added(place: &Place, args: &[&str]) {
    good(unhurried(|| place.run(&[&["tools", "add"], args].concat(), "")));
}

/// What `run` came to, once that is not that the tool is slow: so is the fastest for a moment, where others have the machine.
pub(crate) fn unhurried(run: impl Fn() -> Told) -> Told {
    let tries = (0..8).map(|_| run());
    let mut told = tries.skip_while(|told| told.err.contains("too slow"));
    told.next().expect("the machine is never free")
}

/// What a command that must succeed printed.
pub(crate) fn good(told: Told) -> String {
    assert_eq!(told.code, Some(0), "{}", told.err);
    told.out
}

/// The fault of a command that must fail.
pub(crate) fn fault(told: Told) -> String {
    assert_eq!(told.code, Some(1), "{}", told.out);
    told.err
}

pub(crate) fn json(told: Told) -> Value {
    serde_json::from_str(&good(told)).expect("JSON")
}
