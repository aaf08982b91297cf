//! The sandbox as its callers see it: what a tool computes, and what becomes of one that errs.
use serde_json::json;
use std::time::Duration;
use toolsmith::{Call, FaultKind, Limits, Sandbox, Worker};

const SORT: &str = r#"
import re

def extract(text):
    found = re.search(r"^Sort these words: (.+)$", text)
    if found is None:
        return None
    return {"words": found.group(1).split()}

def run(words):
    return sorted(words)

def render(result, text):
    return " ".join(result)
"#;

fn sandbox() -> Sandbox {
    let worker = Worker { program: env!("CARGO_BIN_EXE_toolsmith-worker").into(), arguments: Vec::new() };
    Sandbox::new(worker, 2, Limits::default())
}

fn text(text: &str) -> Call {
    Call::Answer { text: text.to_owned() }
}

#[tokio::test]
async fn a_tool_answers_and_declines() {
    let sandbox = sandbox();
    let outcome = sandbox.call(SORT, text("Sort these words: pear fig apple")).await.expect("an outcome");
    assert_eq!(outcome.arguments, json!({"words": ["pear", "fig", "apple"]}).as_object().cloned());
    assert_eq!(outcome.answer.as_deref(), Some("apple fig pear"));
    let outcome = sandbox.call(SORT, text("What is a pear?")).await.expect("an outcome");
    assert_eq!((outcome.arguments, outcome.answer), (None, None));
    let arguments = json!({"words": ["b", "a"]}).as_object().cloned().expect("an object");
    let outcome = sandbox.call(SORT, Call::Run { arguments }).await.expect("an outcome");
    assert_eq!(outcome.result, Some(json!(["a", "b"])));
}

#[tokio::test]
async fn faults_are_told_apart() {
    let sandbox = sandbox();
    let cases = [
        ("def extract(text):\n    return {'a': 1/0}", FaultKind::Raised),
        ("def extract(text", FaultKind::Code),
        ("def extract(text):\n    return 7", FaultKind::Value),
        ("def extract(text):\n    while True:\n        pass", FaultKind::Time),
        ("def extract(text):\n    return {'n': len(str(9**9**7))}", FaultKind::Time),
    ];
    for (code, kind) in cases {
        let fault = sandbox.call(code, text("x")).await.expect_err(code);
        assert_eq!(fault.kind, kind, "{code}: {fault}");
        let outcome = tokio::time::timeout(Duration::from_secs(10), sandbox.call(SORT, text("Sort these words: b a")));
        assert_eq!(outcome.await.expect("in time").expect("an outcome").answer.as_deref(), Some("a b"), "after {code}");
    }
}
