//! What was exported, read back.
use crate::books::{DAY, FIRST, fill, good, place};
use ledger::Trace;
use parquet::{
    file::reader::{FileReader, SerializedFileReader},
    record::{Field, Row},
};
use std::fs::{self, File};

#[test]
fn what_was_asked_comes_back() {
    let place = place("export");
    let mut traces = fill(&place, 300);
    traces.retain(|t| (FIRST + DAY..FIRST + 2 * DAY).contains(&t.time));
    traces.sort_by_key(|t| t.time);
    assert!(traces.len() > 50);
    let period = ["--from", "2024-05-12", "--to", "2024-05-12"];
    let file = |name: &str| place.0.join("out").join(name);
    place.write("out/traces.jsonl", "what was there before");
    good(place.run(&[&["export"][..], &period, &["-o", "out/traces.jsonl"]].concat(), ""));
    let lines = fs::read_to_string(file("traces.jsonl")).expect("a file");
    let found: Vec<Trace> = lines.lines().map(|line| serde_json::from_str(line).expect("a trace")).collect();
    assert_eq!(found, traces);

    good(place.run(&[&["export"][..], &period, &["--output", "out/traces.parquet"]].concat(), ""));
    good(place.run(&["export", "--format", "parquet", "-o", "out/all"], ""));
    let reader = |name| SerializedFileReader::new(File::open(file(name)).expect("a file")).expect("Parquet");
    assert_eq!(reader("all").get_row_iter(None).expect("rows").count(), 300);
    let reader = reader("traces.parquet");
    let rows = reader.get_row_iter(None).expect("rows").map(|row| row.expect("a row"));
    let field = |row: &Row, name| row.get_column_iter().find(|(n, _)| *n == name).expect("a column").1.clone();
    let found: Vec<_> = rows.map(|row| ["id", "cost", "answer"].map(|name| field(&row, name))).collect();
    let text = |text: &Option<String>| text.clone().map_or(Field::Null, Field::Str);
    let expected = traces.iter().map(|t| [Field::Str(t.id.clone()), Field::Long(t.cost), text(&t.bodies.answer)]);
    assert_eq!(found, expected.collect::<Vec<_>>());

    let mut names: Vec<_> =
        fs::read_dir(place.0.join("out")).expect("a folder").map(|f| f.expect("a file").file_name()).collect();
    names.sort();
    assert_eq!(names, ["all", "traces.jsonl", "traces.parquet"], "nothing is left beside them");
}

#[test]
fn what_fails_leaves_what_was_there() {
    let place = place("export-faults");
    place.write("out/old.jsonl", "old");
    let told = place.run(&["export", "-o", "out/old.jsonl"], "");
    assert!(told.code == Some(1) && told.err.contains("no ledger there"), "{}", told.err);
    assert_eq!(fs::read_to_string(place.0.join("out/old.jsonl")).expect("a file"), "old");
    assert_eq!(fs::read_dir(place.0.join("out")).expect("a folder").count(), 1);
    fill(&place, 1);
    for (file, said) in [("nowhere/x.jsonl", "give another file"), ("out", "this is a folder")] {
        let told = place.run(&["export", "-o", file], "");
        assert!(told.code == Some(1) && told.err.contains(said), "{file}: {}", told.err);
    }
}
