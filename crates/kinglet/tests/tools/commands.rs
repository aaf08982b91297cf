//! The life of a tool by the command line.
use crate::shelf::{CONFIG, SECOND, TOOL, added, compared, examples, fault, good, id, json, place};
use crate::support::Place;
use serde_json::json;

#[test]
fn a_tool_is_added_shown_tested_approved_and_stopped() {
    let place = place("tools-life");
    let run = |args: &[&str]| place.run(&[&["tools"], args].concat(), "");
    let listed = || json(run(&["list", "--json"]))["tools"].clone();
    let id = listed()[0]["id"].as_str().expect("an id").to_owned();
    assert_eq!((listed()[0]["status"].clone(), id.len()), (json!("shadow"), 64));
    let table = good(run(&["list"]));
    assert!(table.contains("sort_words") && table.contains(&id[..12]) && !table.contains(&id[..13]), "{table}");

    let shown = json(run(&["show", &id[..8], "--json"]));
    assert_eq!(shown["report"]["n_right"], shown["report"]["n_held_out"]);
    assert_eq!(shown["events"].as_array().map(Vec::len), Some(2), "draft and shadow: {shown}");
    let code = good(run(&["show", "sort_words", "--code"]));
    assert!(code.starts_with("import re\n") && code.ends_with("\" \".join(result)\n"), "{code}");
    assert!(good(run(&["show", "sort_words"])).contains("command line: verified"), "who did it");

    assert!(
        good(run(&["test", "sort_words"])).starts_with("45 examples: 45 right, 0 declined; 5 foreign texts; 0 wrong")
    );
    let one = good(run(&["test", "sort_words", "--text", "Sort these words: b a"]));
    assert!(one.contains("\"answer\": \"a b\""), "{one}");
    assert_eq!(good(run(&["test", "sort_words", "--text", "Sort of"])), "declined\n");
    place.write(
        "wrong.jsonl",
        "{\"text\": \"Sort these words: b a\", \"answer\": \"b a\"}\n{\"text\": \"Sort these words: b\"}",
    );
    let told = run(&["test", "sort_words", "--file", "wrong.jsonl"]);
    assert!(told.code == Some(1) && told.out.contains("2 wrong"), "{}{}", told.out, told.err);

    let refused = fault(run(&["approve", "sort_words"]));
    assert!(refused.contains("not proven yet: 0 comparisons so far"), "{refused}");
    good(run(&["approve", "sort_words", "--anyway"]));
    assert_eq!(
        (listed()[0]["status"].clone(), listed()[0]["author"].clone()),
        (json!("active"), json!("command line"))
    );
    good(run(&["suspend", "sort_words", "--why", "it is late"]));
    assert_eq!(listed()[0]["why"], "it is late");
    assert!(fault(run(&["suspend", "sort_words"])).contains("it is suspended already"));
    good(run(&["resume", "sort_words"]));
    good(run(&["retire", "sort_words"]));
    assert!(fault(run(&["resume", "sort_words"])).contains("retired, which is for good"));
    assert!(fault(run(&["show", "nothing"])).contains("tool `nothing`: not in the ledger; there is `sort_words`"));
}

#[test]
fn what_leaves_can_come_again() {
    let place = place("tools-export");
    let run = |args: &[&str]| place.run(&[&["tools"], args].concat(), "");
    let again = ["out.md", "--route", "words", "--examples", "examples.jsonl"];
    place.write("out.md", &good(run(&["export", "sort_words"])));
    let same = fault(run(&[&["add"][..], &again].concat()));
    assert!(same.contains("route `words` has this very one already: number 1, shadow"), "{same}");
    // on another route it is as it was
    place.write("kinglet.toml", &format!("{CONFIG}[routes.other]\nlarge = 'far/large'\ntools = true\n"));
    added(&place, &["out.md", "--route", "other", "--examples", "examples.jsonl"]);
    let all = json(run(&["list", "--json"]));
    assert_eq!(all["tools"][0]["id"], all["tools"][1]["id"]);
    // for requests under another system message it is another tool
    place.write(
        "like.json",
        r#"{"model":"m","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"?"}]}"#,
    );
    added(&place, &[&again[..], &["--like", "like.json"]].concat());
    let shown = json(run(&["list", "--route", "words", "--json"]));
    assert_eq!(shown["tools"].as_array().map(Vec::len), Some(2));
}

#[test]
fn what_leaves_is_the_same_in_another_ledger() {
    let here = place("tools-leaves");
    here.write(
        "like.json",
        r#"{"model":"m","messages":[{"role":"system","content":"Sort."},{"role":"user","content":"?"}]}"#,
    );
    // a line before its first one, and answers that are compared as nobody would guess
    here.write("odd.md", &TOOL.replace("```python\n", "```python\n\n# sorts\n"));
    let odd = ["--like", "like.json", "--compare", "words", "--name", "sort_oddly"];
    added(&here, &[&["odd.md", "--route", "words", "--examples", "examples.jsonl"], &odd[..]].concat());
    let show = |place: &Place| json(place.run(&["tools", "show", "sort_oddly", "--json"], ""));
    let left = show(&here);
    assert_eq!((&left["comparison"], left["number"].as_i64()), (&json!("words"), Some(2)));

    let there = Place::new("tools-comes");
    there.write("kinglet.toml", CONFIG);
    there.write("examples.jsonl", &examples());
    there.write("tool.md", &good(here.run(&["tools", "export", "sort_oddly"], "")));
    let add = ["tool.md", "--route", "words", "--examples", "examples.jsonl"];
    added(&there, &add);
    let came = show(&there);
    for field in ["id", "name", "description", "code", "input", "output", "context", "comparison", "properties"] {
        assert_eq!(left[field], came[field], "{field}");
    }
    let text = good(here.run(&["tools", "export", "sort_oddly"], ""));
    there.write("tool.md", &text.replace("\"comparison\": \"words\"", "\"comparison\": \"roughly\""));
    let refused = fault(there.run(&[&["tools", "add"], &add[..]].concat(), ""));
    assert!(
        refused.starts_with("error: tool.md: the block of JSON cannot be read: unknown variant `roughly`"),
        "{refused}"
    );
}

#[test]
fn both_programs_of_a_tool_leave_and_come_again() {
    let here = place("tools-pair");
    let run = |args: &[&str]| here.run(&[&["tools"], args].concat(), "");
    assert!(fault(run(&["export", "sort_words", "--second"])).contains("tool `sort_words` has one program alone"));
    let alone = json(run(&["show", "sort_words", "--json"]));
    good(run(&["retire", "sort_words"]));
    here.write("second.md", SECOND);
    let add = ["--route", "words", "--examples", "examples.jsonl", "--second"];
    let copied = fault(run(&[&["add", "tool.md"][..], &add, &["tool.md"]].concat()));
    assert!(copied.contains("tool.md: the maker's tool was refused") && copied.contains("nearly the one"), "{copied}");
    added(&here, &[&["tool.md"][..], &add, &["second.md"]].concat());
    let list = json(run(&["list", "--json"]));
    let pair = list["tools"].as_array().and_then(|all| all.iter().find(|tool| tool["id"] != alone["id"]));
    let id = pair.and_then(|pair| pair["id"].as_str()).expect("another tool than the one alone");
    here.write("first.md", &good(run(&["export", id])));
    here.write("other.md", &good(run(&["export", id, "--second"])));
    let again = fault(run(&[&["add", "first.md"][..], &add, &["other.md"]].concat()));
    assert!(again.contains("has this very one already: number 2, shadow"), "{again}");
}

#[test]
fn what_is_not_verified_is_not_kept() {
    let place = place("tools-refused");
    let run = |file: &str| place.run(&["tools", "add", file, "--route", "words", "--examples", "examples.jsonl"], "");
    let tool = include_str!("sort_words.md");
    for (wrong, said) in [
        (tool.replace("sorted(words)", "sorted(words, reverse=True)"), "the answer is wrong"),
        (tool.replace("import re", "import os"), "line 1"),
        (tool.replace("```json", "```"), "```json"),
    ] {
        place.write("wrong.md", &wrong);
        let found = fault(run("wrong.md"));
        assert!(found.starts_with("error: wrong.md: ") && found.contains(said), "{said}: {found}");
    }
    let few: String = crate::shelf::examples().lines().take(20).map(|line| format!("{line}\n")).collect();
    place.write("examples.jsonl", &few);
    assert!(fault(run("tool.md")).contains("are missing"));
    assert_eq!(json(place.run(&["tools", "list", "--json"], ""))["tools"].as_array().map(Vec::len), Some(1));
}

#[test]
fn nobody_makes_tools_unasked() {
    let place = place("tools-make");
    let run = |args: &[&str]| {
        let examples = ["tools", "make", "--route", "words", "--examples", "examples.jsonl"];
        fault(place.run(&[&examples, args].concat(), ""))
    };
    assert!(run(&[]).contains("tools.maker: a model that writes tools expected"));
    assert!(run(&["--maker", "near/large"]).contains("--maker: a model expected, such as `far/MODEL`"));
    let elsewhere = |route| {
        let examples = ["--route", route, "--examples", "examples.jsonl"];
        let made = fault(place.run(&[&["tools", "make", "--maker", "far/large", "--yes"], &examples[..]].concat(), ""));
        let same = fault(place.run(&[&["tools", "add", "tool.md"], &examples[..]].concat(), ""));
        assert_eq!(made, same, "whoever wrote it");
        made
    };
    place.write("kinglet.toml", &format!("{CONFIG}[routes.plain]\nlarge = 'far/large'\n"));
    let expected = "error: --route: a route with `tools = true` expected (`words`), ";
    assert_eq!(elsewhere("wrods"), format!("{expected}`wrods` found\n"));
    assert_eq!(elsewhere("plain"), format!("{expected}`plain` found: set it in kinglet.toml\n"));
    let unpriced = run(&["--maker", "far/large"]);
    assert!(unpriced.contains("`far/large` has no price, so no budget holds it back"), "{unpriced}");
}

#[test]
fn a_new_version_lives_up_to_what_the_old_one_was_compared_with() {
    let place = place("tools-version");
    let long = |n: usize| {
        let words: Vec<_> = (0..12).map(|i| format!("{}{}", char::from(b'a' + i), ["x", "y", "z"][n])).collect();
        let text = format!("Sort these words: {}", words.iter().rev().cloned().collect::<Vec<_>>().join(" "));
        (text, words.join(" "))
    };
    // right on all examples, of at most seven words, and wrong on those that came since
    place.write("next.md", &TOOL.replace("sorted(words)", "sorted(words) if len(words) < 9 else words"));
    let add = ["next.md", "--route", "words", "--examples", "examples.jsonl"];
    let instead = [&add[..], &["--instead-of", "sort_words"]].concat();
    compared(&place, &id(&place), (0..3).map(long));
    let refused = fault(place.run(&[&["tools", "add"], &instead[..]].concat(), ""));
    assert!(refused.contains("3 stored examples that the version in use does right: this one does not"), "{refused}");
    // a version that does them right knows them from then on
    place.write("next.md", &TOOL.replace("import re\n", "import re\n# version 2\n"));
    added(&place, &instead);
    let shown = json(place.run(&["tools", "show", "sort_words", "--json"], ""));
    assert_eq!((&shown["n_examples"], &shown["number"]), (&json!(45 + 3), &json!(2)), "{shown}");
}
