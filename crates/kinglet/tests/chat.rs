//! `kinglet chat` driven through a pipe.
#[path = "support/model.rs"]
mod model;
mod support;

use model::model;
use serde_json::Value;
use support::{Place, Told};

/// Greedy and short.
const SHORT: &str = "/set temperature 0\n/set max_tokens 6\n";

fn chat(place: &Place, model: &str, lines: &str) -> Told {
    let told = place.run(&["chat", model], &format!("{SHORT}{lines}"));
    assert!(!told.out.contains('\x1b') && !told.err.contains('\x1b'), "no terminal, no control codes");
    let out = told.out.strip_prefix("temperature 0\nmax_tokens 6\n").expect("what was set").to_owned();
    Told { out, ..told }
}

/// The messages of a saved conversation, as `role: content`.
fn saved(place: &Place, name: &str) -> Vec<String> {
    let file = std::fs::read(place.0.join(name)).expect("a saved conversation");
    let chat: Value = serde_json::from_slice(&file).expect("JSON");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let messages = chat["messages"].as_array().expect("messages").iter();
    messages.map(|m| format!("{}: {}", text(&m["role"]), text(&m["content"]))).collect()
}

#[test]
fn answers_come_out_and_figures_beside() {
    let Some(model) = model() else { return };
    let place = Place::new("chat-answers");
    let told = chat(&place, &model, "Say hello.\n\nAnd goodbye.\n");
    assert_eq!(told.code, Some(0));
    let figures: Vec<_> = told.err.lines().collect();
    assert_eq!(figures.len(), 2, "{}", told.err);
    for line in figures {
        for part in
            ["[6 tokens", " | prefill ", " | decode ", " tok/s", " | context ", " of 8192", " | cut at max_tokens]"]
        {
            assert!(line.contains(part), "{line}: {part}");
        }
    }
    assert!(told.out.lines().count() >= 2, "{}", told.out);
}

#[test]
fn conversations_are_saved_loaded_and_taken_back() {
    let Some(model) = model() else { return };
    let place = Place::new("chat-save");
    let lines = "/system Be kind.\nSay \\\nhello.\n/save a.json\n/save a.json\n\"\"\"\n/two\n lines\n\"\"\"\n/save! a.json\n\
                 /undo\n/save b.json\n/clear\n/save c.json\n/load a.json\n/retry\n/save d.json\n";
    let told = chat(&place, &model, lines);
    assert_eq!(told.code, Some(1), "the second /save fails");
    assert!(told.err.contains("error: a.json: is there already; /save! overwrites it"), "{}", told.err);
    let (a, d) = (saved(&place, "a.json"), saved(&place, "d.json"));
    assert_eq!(
        (a.len(), &a[0][..], &a[1][..], &a[3][..]),
        (5, "system: Be kind.", "user: Say \nhello.", "user: /two\n lines")
    );
    assert!(a[2].starts_with("assistant: ") && a[4].starts_with("assistant: "));
    assert_eq!(saved(&place, "b.json"), a[..3]);
    assert_eq!(saved(&place, "c.json"), a[..1]);
    assert_eq!(d, a, "greedy says the same again");
    assert_eq!(std::fs::read_dir(&place.0).expect("a folder").count(), 4, "no parts are left");
}

#[test]
fn faults_are_named_and_the_chat_goes_on() {
    let Some(model) = model() else { return };
    let place = Place::new("chat-faults");
    let lines = "/sve x\n/set temperature 9\n/set colour red\n/set top_k many\n/load none.json\n/retry\n/quit now\n/set top_k\n";
    let told = chat(&place, &model, lines);
    assert_eq!((told.code, told.out.as_str()), (Some(1), "top_k none\n"));
    for (line, said) in told.err.lines().zip([
        "there is no command /sve; perhaps /save is meant",
        "temperature: 0 to 2 expected, 9 found",
        "there is no setting `colour`",
        "top_k: a number expected, `many` found",
        "none.json: ",
        "nothing was said yet",
        "/quit: nothing expected after it, `now` found",
    ]) {
        assert!(line.starts_with("error: ") && line.contains(said), "{line}");
    }
    assert_eq!(told.err.lines().count(), 7);
}

#[test]
fn a_full_context_is_told_with_both_numbers() {
    let Some(model) = model() else { return };
    let place = Place::new("chat-full");
    place.write("kinglet.toml", "[engine]\ncontext = 96");
    let told = chat(&place, &model, &format!("Hello.\n{}\n/save a.json\nAnd you?\n", "word ".repeat(100)));
    let error = told.err.lines().nth(1).expect("an error");
    assert!(error.contains("tokens and the context holds 96") && error.contains("/clear"), "{error}");
    assert_eq!(saved(&place, "a.json").len(), 2, "the message is not kept");
    assert_eq!(told.err.lines().filter(|line| line.contains(" of 96")).count(), 2, "the chat goes on: {}", told.err);
}
