//! Six families of tasks and two tools for each: both answer all of its own, none of any other, and never differ.
#[path = "family.rs"]
mod family;

use family::{FAMILIES, Family, foreign};
use fastrand::Rng;
use std::time::Duration;
use toolsmith::{Call, Fault, Limits, Outcome, Sandbox, Tool, Worker};

/// With more time than a slow machine needs.
async fn sandbox() -> Sandbox {
    let worker = Worker { program: env!("CARGO_BIN_EXE_toolsmith-worker").into(), arguments: Vec::new() };
    Sandbox::open(worker, 2, Limits { time: Duration::from_secs(20), ..Limits::default() }).await.expect("a sandbox")
}

/// All of both makers' tools with their families.
fn tools() -> impl Iterator<Item = (&'static Family, Tool)> {
    FAMILIES.iter().flat_map(|family| both(family).map(|tool| (family, tool)))
}

fn both(family: &Family) -> [Tool; 2] {
    [family.tool(), family.second_tool()].map(|tool| tool.expect("a tool"))
}

async fn ask(sandbox: &Sandbox, tool: &Tool, text: &str) -> Result<Outcome, Fault> {
    sandbox.call(&tool.code, Call::Answer { text: text.to_owned() }).await
}

async fn assert_declines(sandbox: &Sandbox, tool: &Tool, text: &str) {
    let outcome = ask(sandbox, tool, text).await.expect(text);
    assert_eq!((outcome.arguments, outcome.answer), (None, None), "{} took what is not its own: {text}", tool.name);
}

#[tokio::test]
async fn each_answers_all_of_its_own() {
    let sandbox = sandbox().await;
    for (family, tool) in tools() {
        let input = jsonschema::validator_for(&tool.input).expect("an input schema");
        let output = jsonschema::validator_for(&tool.output).expect("an output schema");
        for example in family.instances(200, 0) {
            let told = |what: &dyn std::fmt::Debug| format!("{}: {}\n{what:?}", tool.name, example.text);
            let outcome = ask(&sandbox, &tool, &example.text).await.unwrap_or_else(|fault| panic!("{}", told(&fault)));
            let arguments = outcome.arguments.unwrap_or_else(|| panic!("{}", told(&"declined")));
            assert!(input.is_valid(&arguments.into()), "{}", told(&"arguments"));
            assert!(output.is_valid(&outcome.result.unwrap_or_default()), "{}", told(&"result"));
            assert_eq!(outcome.answer.as_ref(), Some(&example.answer), "{}", told(&"answer"));
        }
    }
}

#[tokio::test]
async fn none_answers_another_family() {
    let sandbox = sandbox().await;
    for (family, tool) in tools() {
        for text in family.of_others(200, 0) {
            assert_declines(&sandbox, &tool, &text).await;
        }
    }
}

#[tokio::test]
async fn none_answers_what_is_foreign() {
    let sandbox = sandbox().await;
    let mut texts = foreign(&mut Rng::with_seed(6), 120);
    texts.extend(FAMILIES.iter().flat_map(|family| family.near_misses(16, 0)));
    for (_, tool) in tools() {
        for text in &texts {
            assert_declines(&sandbox, &tool, text).await;
        }
    }
}

#[tokio::test]
async fn none_answers_nearly_its_own() {
    let sandbox = sandbox().await;
    for (family, tool) in tools() {
        for text in family.near_misses(120, 0) {
            assert_declines(&sandbox, &tool, &text).await;
        }
    }
}

/// Requests with a word lost, twice, elsewhere or another may be right ones still, of which nobody knows the answer: both
/// tools have the same, or one of them declines.
#[tokio::test]
async fn two_never_differ() {
    let sandbox = sandbox().await;
    for family in &FAMILIES {
        let [first, second] = both(family);
        let mut rng = Rng::with_seed(9);
        let (mut n_same, mut n_declined) = (0, 0);
        for example in family.instances(300, 2) {
            let text = disturbed(&mut rng, &example.text);
            let one = ask(&sandbox, &first, &text).await.expect(&text).answer;
            let other = ask(&sandbox, &second, &text).await.expect(&text).answer;
            n_same += usize::from(one.is_some() && one == other);
            n_declined += usize::from(one.is_none() && other.is_none());
            assert!(one.is_none() || other.is_none() || one == other, "{}: {one:?}, {other:?}: {text}", family.name);
        }
        assert!(n_same > 0 && n_declined > 0, "{}: {n_same} the same, {n_declined} declined", family.name);
    }
}

/// `text` with one of its words changed; the white space stays.
fn disturbed(rng: &mut Rng, text: &str) -> String {
    let mut words: Vec<&str> = text.split_inclusive([' ', '\n']).collect();
    let (one, other) = (rng.usize(..words.len()), rng.usize(..words.len()));
    match rng.u8(..4) {
        0 => drop(words.remove(one)),
        1 => words.insert(one, words[other]),
        2 => words.swap(one, other),
        _ => words[one] = words[other],
    }
    words.concat()
}

/// What a maker writes first looks right and is not: an instance shows it, or a text that is not its own.
#[tokio::test]
async fn each_first_try_errs() {
    let sandbox = sandbox().await;
    for family in FAMILIES {
        let tool = family.first_tool().expect("a tool");
        let (mut n_right, mut n_wrong, mut n_taken) = (0, 0, 0);
        for example in family.instances(12, 0) {
            match ask(&sandbox, &tool, &example.text).await {
                Ok(outcome) if outcome.answer.as_ref() == Some(&example.answer) => n_right += 1,
                _ => n_wrong += 1,
            }
        }
        for text in family.near_misses(12, 0) {
            n_taken += usize::from(ask(&sandbox, &tool, &text).await.is_ok_and(|outcome| outcome.answer.is_some()));
        }
        assert!(n_right > 0, "{}: plausible, but never right", family.name);
        assert!(n_wrong > 0 && n_taken > 0, "{}: {n_wrong} wrong, {n_taken} taken", family.name);
    }
}
