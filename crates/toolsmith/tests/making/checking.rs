//! What is seen of a tool before it runs.
use crate::scripted::{SORT, examples, sandbox, tool};
use serde_json::json;
use toolsmith::{
    Call, Finding, FindingKind, Tool,
    check::{check, modules},
};

fn found(tool: &Tool) -> Vec<Finding> {
    check(tool, &examples("Sort these words: ", 20, 3), &[])
}

#[test]
fn a_good_tool_passes() {
    assert_eq!(found(&tool(SORT)), []);
}

#[test]
fn what_no_code_may_hold() {
    let cases = [
        ("import os\n", "line 1: `os` cannot be imported; there is re, math"),
        ("from os import path\n", "line 1: `os` cannot be imported"),
        ("from . import x\n", "line 1: `.` cannot be imported"),
        ("from itertools import permutations\n", "line 1: `itertools.permutations` does not exist here"),
        ("import math\nX = math.prod([1])\n", "line 2: `math.prod` does not exist here"),
        ("from re import *\n", "line 1: `import *`"),
        ("def f():\n    import re\n", "line 2: imports stand at the top"),
        ("def f():\n    return eval('1')\n", "line 2: `eval` is not for tools"),
        ("def f():\n    return ().__class__\n", "line 2: `__class__`: names with"),
        ("def kinglet_call_():\n    return 1\n", "line 1: `kinglet_call_`: names with"),
        ("def f(kinglet_x):\n    return 1\n", "line 1: `kinglet_x`: names with"),
        ("import re as __x\n", "line 1: `__x`: names with"),
        ("from datetime import date\n\ndef f():\n    return date.today()\n", "line 4: `.today`: tools have no clock"),
        ("def f():\n    print(1)\n", "line 2: `print` is not for tools"),
        ("def f(x):\n    return hash(x)\n", "line 2: `hash` is not for tools"),
        ("print(1)\n", "line 1: at the top level, only imports"),
        ("for x in []:\n    pass\n", "line 1: at the top level, only imports"),
        ("class A:\n    pass\n", "line 1: classes do not exist here"),
        ("def f():\n    yield 1\n", "line 2: `yield` does not exist here"),
        ("def f(a):\n    a[0], a[1] = a[1], a[0]\n", "line 2: only names can be unpacked into"),
        ("def f(a):\n    a[0:1] = []\n", "line 2: slices cannot be assigned to"),
        ("def f(a):\n    return '%s' % a\n", "line 2: `%` does not format texts here"),
        ("X = 1\n\ndef f():\n    global X\n    X = 2\n", "line 4: `global` is not for tools"),
        ("def f(:\n", "line 1: not Python"),
    ];
    for (code, told) in cases {
        let found = found(&tool(&format!("{code}\n{SORT}")));
        let told_all: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert!(told_all.iter().any(|text| text.starts_with(told)), "{code}: {told_all:?}");
        assert!(found.iter().all(|finding| finding.kind == FindingKind::Code), "{code}: {told_all:?}");
    }
}

#[test]
fn names_of_ones_own_are_no_builtins() {
    let code = "from datetime import datetime\n\n\ndef f(input, time):\n    for object in input:\n        id = object\n    \
                return id, datetime.strptime(time, '%Y')\n\n\n";
    assert_eq!(found(&tool(&format!("{code}{SORT}"))), []);
}

#[test]
fn functions_and_schemas_fit_each_other() {
    let told = |change: &dyn Fn(&mut Tool), told: &str| {
        let mut tool = tool(SORT);
        change(&mut tool);
        let found: Vec<_> = found(&tool).iter().map(ToString::to_string).collect();
        assert!(found.iter().any(|text| text.contains(told)), "{told}: {found:?}");
    };
    let code = |from: &'static str, to: &'static str| move |tool: &mut Tool| tool.code = tool.code.replace(from, to);
    told(&code("def extract(text)", "def extract(request)"), "line 6: `extract(text)` expected");
    told(
        &code("def run(words)", "def run(items)"),
        "the parameters (items), but the properties of `input` are (words)",
    );
    told(&code("def run(words)", "def run(*words)"), "`run`: one named parameter for each property");
    told(&code("def render", "def write"), "no function `render(result, text)`");
    told(&|tool| tool.code += "\ndef run(words):\n    return words\n", "`run` is defined twice");
    told(&|tool| tool.input["required"] = json!([]), "`words` has no default");
    told(&|tool| tool.input["properties"]["words"]["description"] = json!(""), "property `words`: a `description`");
    told(&|tool| tool.input["properties"]["words"]["type"] = json!("word"), "`input`: no valid JSON Schema");
    told(&|tool| tool.output = json!({"pattern": "("}), "`output`: no valid JSON Schema");
    told(&|tool| tool.input = json!({"type": "array"}), "a schema with `\"type\": \"object\"`");
    told(&|tool| tool.name = "Sort words".to_owned(), "`name`: a lower-case letter");
    told(&|tool| tool.properties.push(toolsmith::Property::Inverse), "no function `check(result, ...)`");
    told(&|tool| tool.code += &"# x\n".repeat(10_000), "bytes of code");
}

#[test]
fn labels_are_no_examples() {
    let mut tool = tool(&SORT.replace("return sorted(words)", "return ['yes', 'no', 'perhaps', 'never']"));
    let example = |i: usize| toolsmith::Example {
        text: format!("Question number {i} of all the questions"),
        answer: ["yes", "no", "perhaps", "never"][i % 4].to_owned(),
        source: None,
    };
    let labelled: Vec<_> = (0..40).map(example).collect();
    assert_eq!(check(&tool, &labelled, &[]), []);
    let open: Vec<_> = (0..40)
        .map(|i| toolsmith::Example { text: format!("t{i}"), answer: format!("answer {i}"), source: None })
        .collect();
    tool.code = SORT.replace("return sorted(words)", "return {'a': 'answer 7', 'b': 'answer  9'}[words[0]]");
    let found = check(&tool, &open, &[]);
    assert!(matches!(&found[..], [one] if one.kind == FindingKind::Memorised && one.line == Some(14)), "{found:?}");
    tool.code = SORT.replace("return sorted(words)", "return ['answer 7']");
    assert_eq!(check(&tool, &open, &[]), [], "one alone may be what there is to say");
}

#[test]
fn deep_code_does_no_harm() {
    for deep in [
        format!("X = {}1{}\n", "(".repeat(15_000), ")".repeat(15_000)),
        format!("X = 1{}\n", "+1".repeat(14_000)),
        format!("X = {}1\n", "-".repeat(30_000)),
        format!("X = {}1\n", "not ".repeat(7_000)),
        format!("X = {}1\n", "lambda:".repeat(4_000)),
        format!("X = a{}\n", ".a".repeat(14_000)),
        format!("X = a{}\n", "()".repeat(14_000)),
        format!("X = 1{}\n", "**1".repeat(10_000)),
        format!("X = {}1\n", "1 if 1 else ".repeat(2_500)),
        format!("X = {}{}\n", "f\"{".repeat(7_000), "}\"".repeat(7_000)),
    ] {
        let tool = tool(&format!("{deep}\n{SORT}"));
        let found = found(&tool);
        assert!(found.iter().all(|finding| finding.kind != FindingKind::Sandbox), "{}: {found:?}", &deep[..20]);
        drop(toolsmith::mutate::mutants(&tool.code, 2));
    }
}

#[tokio::test]
async fn what_is_said_of_modules_is_so() {
    let sandbox = sandbox().await;
    for (module, names) in modules() {
        let names = if names.is_empty() { vec!["__name__"] } else { names.split_whitespace().collect() };
        for name in names {
            let import =
                if name == "__name__" { format!("import {module}") } else { format!("from {module} import {name}") };
            let code = format!("{import}\n\ndef extract(text):\n    return None\n");
            let called = sandbox.call(&code, Call::Extract { text: String::new() }).await;
            assert!(called.is_ok(), "{import}: {called:?}");
        }
    }
}
