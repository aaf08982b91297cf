//! What was exported, held against what was appended.
use ledger::{Ledger, Span, Trace};
use parquet::{
    file::reader::{FileReader, SerializedFileReader},
    record::{Field, Row},
};
use std::fs::File;

/// Both exports hold every trace as it was appended, each in its place.
pub(crate) async fn exported(ledger: &Ledger, span: Span, mut traces: Vec<&Trace>) {
    traces.sort_by_key(|t| t.time);
    let mut json = Vec::new();
    assert_eq!(ledger.export_json(span, &mut json).await.expect("an export"), traces.len() as u64);
    let lines = json.split(|b| *b == b'\n').filter(|line| !line.is_empty());
    let mut found: Vec<Trace> = lines.map(|line| serde_json::from_slice(line).expect("a trace")).collect();
    assert!(found.is_sorted_by_key(|t| t.time));
    found.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
    traces.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
    assert!(found.iter().eq(traces.iter().copied()));

    let folder = tempfile::tempdir().expect("an export");
    let path = folder.path().join("traces.parquet");
    let n_rows = ledger.export_parquet(span, File::create(&path).expect("an export")).await.expect("an export");
    assert_eq!(n_rows, traces.len() as u64);
    let reader = SerializedFileReader::new(File::open(&path).expect("an export")).expect("an export");
    let mut rows: Vec<Row> = reader.get_row_iter(None).expect("an export").map(|row| row.expect("a row")).collect();
    rows.sort_by_key(|row| (number(row, "time"), text(row, "id")));
    assert_eq!(rows.len(), traces.len());
    for (row, trace) in rows.iter().zip(traces) {
        let same = [
            (text(row, "id"), Some(trace.id.clone())),
            (text(row, "route"), trace.route.clone()),
            (text(row, "request"), trace.bodies.request.clone()),
            (text(row, "answer"), trace.bodies.answer.clone()),
            (text(row, "attempts"), serde_json::to_string(&trace.attempts).ok()),
            (text(row, "error"), trace.error.clone()),
        ];
        same.into_iter().for_each(|(found, appended)| assert_eq!(found, appended));
        assert_eq!(number(row, "time"), Some(trace.time));
        assert_eq!(number(row, "cost"), Some(trace.cost));
        assert_eq!(number(row, "reference_cost"), trace.reference_cost);
        assert_eq!(number(row, "reasoning"), Some(trace.tokens.reasoning));
        assert_eq!(number(row, "bodies_until"), trace.bodies.bodies_until);
        let confidence = field(row, "confidence");
        assert_eq!(confidence, &trace.confidence.map_or(Field::Null, Field::Double));
    }
}

fn field<'r>(row: &'r Row, name: &str) -> &'r Field {
    row.get_column_iter().find(|(n, _)| *n == name).expect("a column").1
}

fn text(row: &Row, name: &str) -> Option<String> {
    match field(row, name) {
        Field::Str(text) => Some(text.clone()),
        Field::Null => None,
        other => unreachable!("{name}: {other:?}"),
    }
}

fn number(row: &Row, name: &str) -> Option<i64> {
    match field(row, name) {
        Field::Long(n) | Field::TimestampMicros(n) => Some(*n),
        Field::Null => None,
        other => unreachable!("{name}: {other:?}"),
    }
}
