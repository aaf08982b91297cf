//! `kinglet run` as people and pipes use it.
#[path = "support/model.rs"]
mod model;
mod support;

use model::model;
use serde_json::Value;
use std::{
    io::Read,
    process::{Child, Command, Stdio},
};
use support::Place;

const QUESTION: &str = "Say hello.";

#[test]
fn no_prompt_is_a_fault_of_usage() {
    let place = Place::new("run-usage");
    for (args, input) in [(&["run"][..], ""), (&["run", "-"], " \n"), (&["run", ""], ""), (&["run", "--colour"], "x")] {
        let told = place.run(args, input);
        assert_eq!((told.code, told.out.as_str()), (Some(2), ""), "{args:?}: {}", told.err);
        assert!(told.err.starts_with("error: "), "{}", told.err);
    }
}

#[test]
fn a_missing_model_is_named() {
    let told = Place::new("run-missing").run(&["run", "-m", "no-such", QUESTION], "");
    assert_eq!((told.code, told.out.as_str()), (Some(1), ""));
    assert!(told.err.contains("`no-such`"), "{}", told.err);
}

#[test]
fn prompts_come_from_the_line_and_the_pipe() {
    let Some(model) = model() else { return };
    let place = Place::new("run-prompts");
    let run = |args: &[&str], input: &str| {
        let told = place.run(&[&["run", "-m", &model, "-n", "8"], args].concat(), input);
        assert_eq!((told.code, told.err.as_str()), (Some(0), ""));
        told.out
    };
    let plain = run(&[QUESTION], "");
    assert!(plain.len() > 1 && plain.ends_with('\n') && !plain.contains('\x1b'), "{plain}");
    assert_eq!(run(&[QUESTION], ""), plain, "the same question has the same answer");
    assert_eq!(run(&[], &format!("{QUESTION}\n")), plain);
    assert_eq!(run(&["-"], QUESTION), plain);
    // both, and in this order
    let n_prompt = |args: &[&str], input: &str| json(&run(args, input))["usage"]["prompt_tokens"].clone();
    assert_eq!(n_prompt(&["--json", "a"], "b\n"), n_prompt(&["--json", "a\n\nb"], ""));
    assert_ne!(n_prompt(&["--json", "a"], "b\n"), n_prompt(&["--json", "a"], ""));
    assert_ne!(n_prompt(&["--json", "--system", "Be brief and kind.", "a"], ""), n_prompt(&["--json", "a"], ""));
}

#[test]
fn json_is_one_object_with_the_same_text() {
    let Some(model) = model() else { return };
    let place = Place::new("run-json");
    let args = ["run", "-m", &model, "-n", "8", QUESTION];
    let (text, told) = (place.run(&args, "").out, place.run(&[&args[..], &["--json"]].concat(), ""));
    let found = json(&told.out);
    assert_eq!((told.code, told.err.as_str()), (Some(0), ""));
    assert_eq!(found["text"].as_str(), Some(text.trim_end_matches('\n')));
    assert_eq!((&found["model"], &found["finish_reason"]), (&"smollm2-135m".into(), &"length".into()));
    assert_eq!(found["usage"]["completion_tokens"], 8);
    assert!(found["timings"]["decode_tokens_per_second"].as_f64().is_some_and(|n| n > 0.0));
    let word = text.split_whitespace().nth(1).expect("a second word");
    let stopped = json(&place.run(&[&args[..], &["--json", "--stop", word]].concat(), "").out);
    assert_eq!((&stopped["finish_reason"], stopped["text"].as_str()), (&"stop".into(), text.split(word).next()));
}

#[test]
fn faults_go_to_standard_error() {
    let Some(model) = model() else { return };
    let place = Place::new("run-faults");
    place.write("kinglet.toml", "[engine]\ncontext = 64");
    let long = "word ".repeat(200);
    for (args, said) in [
        (&["--temperature", "3", "x"][..], "temperature: 0 to 2 expected, 3 found"),
        (&["--json", &long], "the context holds 64 tokens, and the prompt alone takes"),
        (&["--stop", "", "x"], "stop[0]"),
    ] {
        let told = place.run(&[&["run", "-m", &model], args].concat(), "");
        assert_eq!((told.code, told.out.as_str()), (Some(1), ""), "{args:?}");
        assert!(told.err.starts_with("error: ") && told.err.contains(said), "{}", told.err);
    }
    let told = place.run(&["run", "-m", &model, "Write a long story."], "");
    assert!(told.code == Some(0) && told.err.contains("the context of 64 tokens is full"), "{}", told.err);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_with_130() {
    let Some(model) = model() else { return };
    let place = Place::new("run-interrupt");
    let mut child = begun(&place, &model);
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
    assert!(killed.success());
    let (status, _) = ended(&mut child);
    assert_eq!(status, Some(130));
}

#[test]
fn a_reader_that_leaves_is_no_fault() {
    let Some(model) = model() else { return };
    let place = Place::new("run-pipe");
    let mut child = begun(&place, &model);
    drop(child.stdout.take());
    assert_eq!(ended(&mut child), (Some(0), String::new()));
}

/// An answer that would be long, whose first byte is out.
fn begun(place: &Place, model: &str) -> Child {
    let mut command = place.kinglet(&["run", "-m", model, "-n", "4000", "Write a long story about a small bird."]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    child.stdout.as_mut().expect("a pipe").read_exact(&mut [0]).expect("a first byte");
    child
}

/// Exit code and standard error.
fn ended(child: &mut Child) -> (Option<i32>, String) {
    let mut text = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut text).expect("UTF-8");
    (child.wait().expect("the program ends").code(), text)
}

fn json(text: &str) -> Value {
    assert_eq!(text.lines().count(), 1, "{text}");
    serde_json::from_str(text).expect("JSON")
}
