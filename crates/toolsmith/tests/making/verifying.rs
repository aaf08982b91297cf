//! Tools that verification must find out, and what it cannot.
use crate::scripted::{SORT, examples, gates, negatives, sandbox, sandbox_within, tool};
use fastrand::Rng;
use serde_json::json;
use std::time::Duration;
use toolsmith::{Example, Finding, FindingKind, Report, Tool, verify};

async fn verified(tool: &Tool, held_out: &[Example]) -> Result<Report, Vec<Finding>> {
    verify(&sandbox().await, tool, held_out, &negatives(), &gates()).await
}

async fn kinds(code: &str) -> Vec<FindingKind> {
    let found = verified(&tool(code), &examples("Sort these words: ", 30, 9)).await.expect_err("findings");
    found.iter().map(|finding| finding.kind).collect()
}

#[tokio::test]
async fn a_right_tool_passes() {
    let report = verified(&tool(SORT), &examples("Sort these words: ", 30, 9)).await.expect("a report");
    assert_eq!((report.n_held_out, report.n_right, report.n_unanswered), (30, 30, 0));
    assert_eq!((report.n_negatives, report.n_declined), (4, 4));
    assert!(report.n_killed > 10 && report.median_us > 0 && report.slowest_us >= report.median_us, "{report:?}");
}

#[tokio::test]
async fn a_tenth_of_all_requests_wrong() {
    // wrong where the first word begins with `g`, which is one request in ten
    let wrong = "return words if words[0][0] == \"g\" else sorted(words)";
    let code = SORT.replace("return sorted(words)", wrong);
    let all = examples("Sort these words: ", 1000, 21);
    let is_hit = |example: &Example| example.text.starts_with("Sort these words: g");
    let share = all.iter().filter(|example| is_hit(example)).count() as f64 / 1000.0;
    assert!((0.08..0.12).contains(&share), "{share}");
    let passing: Vec<Example> = all.iter().filter(|example| !is_hit(example)).take(3).cloned().collect();
    let three = toolsmith::Gates { held_out: 3, mutants: 0, ..gates() };
    let mut unclaimed = tool(&code);
    unclaimed.properties.clear();
    let sandbox = sandbox().await;
    verify(&sandbox, &unclaimed, &passing, &negatives(), &three).await.expect("three tests do not notice");
    let found = verified(&unclaimed, &all[..30]).await.expect_err("findings");
    assert_eq!(found[0].kind, FindingKind::Wrong);
    assert!(found[0].counters.iter().all(|counter| counter.reveals.is_some() && counter.expected.is_some()));
    // what such a tool's chances are: (1 - p)^n; the rest is for the shadow to find
    let mut rng = Rng::with_seed(3);
    let slips =
        |n: usize, rng: &mut Rng| (0..4000).filter(|_| (0..n).all(|_| rng.f64() >= 0.1)).count() as f64 / 4000.0;
    let (three, thirty) = (slips(3, &mut rng), slips(30, &mut rng));
    assert!((three - 0.729).abs() < 0.03 && (thirty - 0.0424).abs() < 0.015, "{three}, {thirty}");
}

/// Else thirty examples would cost thirty times all the time there is.
#[tokio::test]
async fn an_endless_tool_is_soon_found() {
    let endless = SORT.replace("return sorted(words)", "while True:\n        pass");
    let sandbox = sandbox_within(Duration::from_millis(200)).await;
    let held_out = examples("Sort these words: ", 30, 9);
    let found = verify(&sandbox, &tool(&endless), &held_out, &negatives(), &gates()).await.expect_err("findings");
    assert_eq!((found.len(), found[0].kind), (1, FindingKind::Fault));
    assert!(found[0].message.starts_with("3 of 3 examples: it failed"), "{}", found[0]);
}

#[tokio::test]
async fn each_fault_has_its_finding() {
    let extract = |line: &str| SORT.replace("    return {\"words\"", &format!("    {line}\n    return {{\"words\""));
    assert_eq!(kinds(&extract("if len(text) % 2 == 0:\n        return None")).await, [FindingKind::Declined]);
    assert!(kinds(&extract("x = 1 // (len(text) % 2)")).await.contains(&FindingKind::Fault));
    assert_eq!(
        kinds(&SORT.replace("fullmatch(text)", "match(text.replace(\" by length\", \"\"))")).await,
        [FindingKind::Foreign]
    );
    let mut numbers = tool(SORT);
    numbers.output = json!({"type": "string"});
    let found = verified(&numbers, &examples("Sort these words: ", 30, 9)).await.expect_err("findings");
    assert_eq!(found[0].kind, FindingKind::Invalid);
    let few = verified(&tool(SORT), &examples("Sort these words: ", 29, 9)).await.expect_err("findings");
    assert!(few[0].message.contains("29 held-out examples, 30 at least expected"));
}

#[tokio::test]
async fn code_that_no_example_holds_is_sent_back() {
    // a whole kind of requests that no example has: nobody knows whether it is right
    let more = r#"    if text.endswith(" descending"):
        reverse = True
        text = text[:-11]
    if text.endswith(" twice"):
        reverse = len(text) > 80
        text = text[:-6]
    found = LIST.fullmatch(text)"#;
    let code = SORT
        .replace("def extract(text):\n", "def extract(text):\n    reverse = False\n")
        .replace("    found = LIST.fullmatch(text)", more)
        .replace(
            "{\"words\": found.group(1).split(\" \")}",
            "{\"words\": sorted(found.group(1).split(\" \"), reverse=reverse)}",
        )
        .replace("return sorted(words)", "return words");
    let mut unclaimed = tool(&code);
    unclaimed.properties.clear();
    let found = verified(&unclaimed, &examples("Sort these words: ", 30, 9)).await;
    match found {
        Err(found) => {
            assert_eq!(found[0].kind, FindingKind::Untested, "{found:?}");
            assert!(found[0].message.contains("line "), "{}", found[0]);
        }
        Ok(report) => panic!("{report:?}"),
    }
}

#[tokio::test]
async fn a_guard_that_no_negative_needs_is_no_fault() {
    let code = SORT.replace("    if found is None:", "    if found is None or len(text) < 26 or \" x\" in text:");
    let report = verified(&tool(&code), &examples("Sort these words: ", 30, 9)).await.expect("a report");
    assert!(report.n_guards + report.n_equivalent > 0, "{report:?}");
    let mut loose = negatives();
    loose.extend(["Sort these words: a", "Sort these words: a b"].map(str::to_owned));
    let held_out = examples("Sort these words: ", 30, 9);
    let stricter = verify(&sandbox().await, &tool(&code), &held_out, &loose, &gates()).await.expect("a report");
    assert!(stricter.n_killed > report.n_killed, "negatives hold guards: {report:?}, {stricter:?}");
}

#[tokio::test]
async fn dead_code_counts_neither_way() {
    let code = SORT.replace(
        "    return sorted(words)",
        "    if len(words) > 1000000:\n        return []\n    return sorted(words)",
    );
    let report = verified(&tool(&code), &examples("Sort these words: ", 30, 9)).await.expect("a report");
    assert!(report.n_equivalent >= 2, "{report:?}");
    assert!(report.mutation_score() >= 0.9);
}
