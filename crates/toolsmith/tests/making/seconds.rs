//! Two programs of a tool: how the second one is written, and what both of them say.
use crate::scripted::{Maker, Purse, SORT, answer, examples, gates, sandbox, task, tool};
use serde_json::json;
use std::collections::BTreeSet;
use toolsmith::{
    Agreement, FaultKind, FindingKind, Gates, Said, Schemas, Second, Tool, Unmade, make, second, spans::Phrases,
};

/// Puts each word where it belongs.
const INSERT: &str = r#"
BEGIN = "Sort these words: "

def extract(text):
    if not text.startswith(BEGIN):
        return None
    words = text[len(BEGIN):].split(" ")
    for word in words:
        if not word.isalpha():
            return None
    return {"words": words}

def run(words):
    ordered = []
    for word in words:
        place = 0
        while place < len(ordered) and ordered[place] < word:
            place += 1
        ordered.insert(place, word)
    return ordered

def render(result, text):
    return " ".join(result)
"#;

async fn first() -> Tool {
    let maker = Maker::saying(&[&answer(SORT)]);
    make(&maker, "large", &sandbox().await, &task(60), &gates(), &mut Purse::full()).await.expect("a tool")
}

async fn seconded(maker: &Maker, gates: &Gates) -> Result<Second, Unmade> {
    second(maker, "other", &sandbox().await, &task(60), gates, &first().await, &mut Purse::full()).await
}

fn shown(asked: &str) -> BTreeSet<String> {
    task(60).examples.into_iter().map(|example| example.text).filter(|text| asked.contains(text)).collect()
}

#[tokio::test]
async fn its_writer_sees_other_examples_and_nothing_of_the_first() {
    let maker = Maker::saying(&[&answer(&format!("# mine\n{SORT}")), &answer(INSERT)]);
    let second = seconded(&maker, &gates()).await.expect("a program");
    assert_eq!((second.code.trim(), second.provenance.repairs), (INSERT.trim(), 1));
    assert_eq!(second.provenance.maker, "other");
    assert!(second.report.mutation_score() >= 0.9 && second.report.n_held_out >= 50, "{:?}", second.report);
    let asked = maker.asked();
    assert!(asked[0].contains("Somebody else has written a tool") && !asked[0].contains(SORT));
    assert!(asked[1].contains("nearly the one that there is already"), "a copy checks nothing: {}", asked[1]);
    let first = Maker::saying(&[&answer(SORT)]);
    make(&first, "large", &sandbox().await, &task(60), &gates(), &mut Purse::full()).await.expect("a tool");
    let (mine, others) = (shown(&asked[0]), shown(&first.asked()[0]));
    assert_eq!((mine.len(), mine.intersection(&others).count()), (gates().shown, 0));
}

#[tokio::test]
async fn it_is_verified_as_the_first_one_was() {
    let maker = Maker::saying(&[&answer(&INSERT.replace("ordered[place] < word", "ordered[place] > word"))]);
    match seconded(&maker, &Gates { repairs: 0, ..gates() }).await {
        Err(Unmade::Refused { findings, .. }) => assert_eq!(findings[0].kind, FindingKind::Wrong),
        other => panic!("refused expected: {other:?}"),
    }
}

/// What both say to these words.
async fn said(first: &str, second: &str, words: &str) -> Result<Said, FaultKind> {
    let Tool { code, input, output, .. } = tool(second);
    let tool = Tool { second: Some(Second { code, input, output, ..Second::default() }), ..tool(first) };
    let schemas = Schemas::new(&tool).expect("schemas");
    let text = format!("Sort these words: {words}");
    toolsmith::answer(&sandbox().await, &tool, &schemas, &text).await.map_err(|fault| fault.kind)
}

#[tokio::test]
async fn an_answer_is_what_both_say() {
    let raises = INSERT.replace("    ordered = []", "    ordered = [] if len(words) < 3 else 1 // 0");
    let odd = INSERT.replace("    return ordered", "    return ordered if len(words) < 3 else 'abc'");
    let short = INSERT.replace(
        "    for word in words:\n        if",
        "    if len(words) > 2:\n        return None\n    for word in words:\n        if",
    );
    let wrong = SORT.replace("sorted(words)", "sorted(words)[:2] + sorted(words[2:])");
    let first = |first: &str, second: Option<&str>| Said::Differs {
        first: first.to_owned(),
        second: second.map(str::to_owned),
    };
    for (one, other, words, expected) in [
        (SORT, INSERT, "b c a", Ok(Said::Answer("a b c".to_owned()))),
        (wrong.as_str(), INSERT, "b a", Ok(Said::Answer("a b".to_owned()))),
        (wrong.as_str(), INSERT, "b d a c", Ok(first("a b a c", Some("a b c d")))),
        (SORT, short.as_str(), "b c a", Ok(first("a b c", None))),
        (SORT, raises.as_str(), "b c 7", Ok(Said::Declined)),
        (SORT, raises.as_str(), "b c a", Err(FaultKind::Raised)),
        (SORT, odd.as_str(), "b c a", Err(FaultKind::Value)),
    ] {
        assert_eq!(said(one, other, words).await, expected, "{words}: {one}\n{other}");
    }
}

/// Whether the second program agrees to what the first computes of these words.
async fn agreed(first: &str, second: Option<&str>, words: &[&str]) -> Result<Agreement, FaultKind> {
    let second = second.map(|code| {
        let Tool { code, input, output, .. } = tool(code);
        Second { code, input, output, ..Second::default() }
    });
    let tool = Tool { second, examples: examples("Sort these words: ", 40, 5), ..tool(first) };
    let (sandbox, schemas) = (sandbox().await, Schemas::new(&tool).expect("schemas"));
    let phrases = Phrases::new(&sandbox, &tool).await.expect("words are pieces of these requests");
    let arguments = json!({"words": words}).as_object().cloned().expect("an object");
    toolsmith::agreement(&sandbox, &tool, &schemas, &phrases, &arguments).await.map_err(|fault| fault.kind)
}

/// Agents give arguments, and no text that a second program could read.
#[tokio::test]
async fn what_is_computed_of_arguments_is_held_against_the_second() {
    let wrong = SORT.replace("sorted(words)", "sorted(words)[:2] + sorted(words[2:])");
    let short = INSERT.replace(
        "    for word in words:\n        if",
        "    if len(words) > 2:\n        return None\n    for word in words:\n        if",
    );
    let raises = INSERT.replace("    ordered = []", "    ordered = [] if len(words) < 3 else 1 // 0");
    let many = ["a"; 90];
    for (first, second, words, expected) in [
        (SORT, Some(INSERT), &["zebra", "yak", "ox"][..], Ok(Agreement::Agrees)),
        (SORT, None, &["zebra", "yak", "ox"], Ok(Agreement::Unasked)),
        (&wrong, Some(INSERT), &["d", "c", "b", "a"], Ok(Agreement::Differs { declines: false })),
        (SORT, Some(short.as_str()), &["c", "b", "a"], Ok(Agreement::Differs { declines: true })),
        (SORT, Some(raises.as_str()), &["c", "b", "a"], Err(FaultKind::Raised)),
        // more than in any example
        (SORT, Some(INSERT), &many, Ok(Agreement::Agrees)),
        // in the place of an example's words these would be read as others
        (SORT, Some(INSERT), &["a b", "c"], Ok(Agreement::Unasked)),
        (SORT, Some(INSERT), &["a", "", "c"], Ok(Agreement::Unasked)),
        (SORT, Some(INSERT), &[], Ok(Agreement::Unasked)),
    ] {
        assert_eq!(agreed(first, second, words).await, expected, "{words:?}: {first}\n{second:?}");
    }
}

#[test]
fn two_programs_are_another_tool_than_one() {
    let alone = tool(SORT);
    let other = tool(INSERT);
    let second = Some(Second { code: other.code, input: other.input, output: other.output, ..Second::default() });
    let both = Tool { second, ..alone.clone() };
    assert_ne!(alone.id(), both.id());
    let read: Tool = serde_json::from_str(&serde_json::to_string(&both).expect("JSON")).expect("a record");
    assert_eq!((read.id(), read), (both.id(), both));
    let record = serde_json::to_string(&alone).expect("JSON");
    assert!(!record.contains("second"), "records from before are the same bytes: {record}");
    assert!(!examples("Sort these words: ", 1, 1).is_empty());
}
