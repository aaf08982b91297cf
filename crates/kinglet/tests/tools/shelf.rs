//! A place with a tool that sorts words, and the requests that it was verified by.
use crate::support::{Place, Told};
use ledger::{Audit, Judgement, Ledger, Options, Trace};
use serde_json::{Value, json};
use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

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
    let line = |(text, answer)| json!({ "input": text, "target": answer }).to_string();
    let foreign =
        ["Sort these numbers: 3 1 2", "What is a word?", "Sort these words:", "sort these words: a b", "Hello"];
    let foreign = foreign.map(|text| json!({ "text": text }).to_string());
    requests(0, 45).map(line).chain(foreign).map(|line| line + "\n").collect()
}

/// A place whose route `words` has the tool, in shadow.
pub(crate) fn place(name: &str) -> Place {
    place_of(name, &[])
}

/// The same, where the tool has two programs.
pub(crate) fn place_of_two(name: &str) -> Place {
    place_of(name, &["--second", "second.md"])
}

fn place_of(name: &str, more: &[&str]) -> Place {
    let place = Place::new(name);
    place.write("kinglet.toml", CONFIG);
    place.write("tool.md", TOOL);
    place.write("second.md", SECOND);
    place.write("examples.jsonl", &examples());
    added(&place, &[&["tool.md", "--route", "words", "--examples", "examples.jsonl"], more].concat());
    place
}

/// The id of the tool that a place has.
pub(crate) fn id(place: &Place) -> String {
    let shown = json(place.run(&["tools", "show", "sort_words", "--json"], ""));
    shown["id"].as_str().expect("an id").to_owned()
}

/// Comparisons without a fault after which the first tool of a route is proven.
pub(crate) const ENOUGH: usize = 163;

/// Works on the ledger of a place.
pub(crate) fn with_ledger<T>(place: &Place, work: impl AsyncFnOnce(&Ledger) -> T) -> T {
    let clock = Arc::new(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| t.as_micros() as i64));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let ledger = Ledger::open(Options::file(&place.0.join("ledger.db"), clock)).await.expect("a ledger");
        let done = work(&ledger).await;
        ledger.close().await;
        done
    })
}

/// Has the answers of a tool on route `words` compared as often as `answers` has texts with the large model's answer: with
/// it, all agree.
pub(crate) fn compared(place: &Place, id: &str, answers: impl IntoIterator<Item = (String, String)>) {
    let setting = format!("tool {id} against far/large, judged by exact");
    with_ledger(place, async |ledger| {
        let began = ledger.series("words", &setting, 0).await.expect("a database").n;
        for (number, (text, answer)) in (began + 1..).zip(answers) {
            let request = json!({"request": {"model": "words", "messages": [{"role": "user", "content": text}]}});
            let mut audit = Audit {
                route: "words".to_owned(),
                setting: setting.clone(),
                trace: format!("{}-{number}", &id[..8]),
                request: request.to_string(),
                ..Audit::default()
            };
            let trace = Trace { id: audit.trace.clone(), status: 200, ..Trace::default() };
            ledger.append_audited(trace, vec![audit.clone()]).await.expect("appended");
            audit.number = number;
            let small = json!({"text": answer, "signals": {}}).to_string();
            let judgement = Judgement {
                small: 1.0,
                large: 1.0,
                judge: "exact".to_owned(),
                bodies_until: Some(i64::MAX),
                answers: Some([small, answer]),
                ..Judgement::default()
            };
            assert!(ledger.judge_audit(&audit, judgement).await.expect("judged"));
        }
    });
}

/// Requests from number `from` on, with right answers.
pub(crate) fn requests(from: usize, n: usize) -> impl Iterator<Item = (String, String)> {
    (from..from + n).map(|n| {
        let mut words = words(n);
        let text = format!("Sort these words: {}", words.join(" "));
        words.sort();
        (text, words.join(" "))
    })
}

/// Adds a tool, which must succeed.
pub(crate) fn added(place: &Place, args: &[&str]) {
    good(place.run(&[&["tools", "add"], args].concat(), ""));
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
