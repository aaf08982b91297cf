//! A small model that points at the arguments of a tool which cannot read a request: compared first, and held to the request.
use crate::{
    promise::folder,
    toolbox::{SORT, World, promise, tool, tried},
};
use gateway::{ToolPolicy, Who};
use ledger::{Judged, Trace};
use serde_json::json;
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use toolsmith::{Example, Tool};

/// Where the prompt asks to point, the words of its last message; and what else it is asked, it knows nothing of.
fn points(prompt: &str) -> String {
    let asked = prompt.rsplit_once("words: ").map_or("", |(_, asked)| asked);
    let words = asked.split(['\\', '"']).next().unwrap_or_default();
    if is_pointing(prompt) {
        json!({ "words": words.split(' ').collect::<Vec<_>>() }).to_string()
    } else {
        "?".to_owned()
    }
}

/// The same, and a word of its own.
fn invents(prompt: &str) -> String {
    points(prompt).replace("\"]", "\",\"zebra\"]")
}

fn says_nothing(_: &str) -> String {
    "?".to_owned()
}

fn is_pointing(prompt: &str) -> bool {
    prompt.starts_with("system: ") && prompt.contains("Find the arguments of the function `sort_words`")
}

/// A sorter with examples enough to learn from.
fn sorter() -> Tool {
    let example = |i: usize| {
        let letter = |j: usize| char::from_u32('a' as u32 + ((i * 5 + j * 7) % 26) as u32).unwrap_or('a');
        let words: Vec<String> = (0..2 + i % 3).map(|j| format!("{}{i}", letter(j))).collect();
        let mut sorted = words.clone();
        sorted.sort_unstable();
        Example { text: format!("Sort these words: {}", words.join(" ")), answer: sorted.join(" "), source: None }
    };
    Tool { examples: (0..12).map(example).collect(), ..tool(SORT) }
}

/// Requests that the tool knows by their words and cannot read.
struct Polite {
    world: World,
    setting: String,
    n: AtomicUsize,
}

impl Polite {
    async fn next(&self) -> (String, String, Trace) {
        let i = self.n.fetch_add(1, Ordering::SeqCst);
        let (tier, answer, trace) = self.world.ask(&polite(i), json!({})).await;
        assert_eq!(answer, format!("x{i} y{i} z{i}"), "{tier}: {:?}", trace.attempts);
        (tier, answer, trace)
    }

    /// What was compared, once there are `n` of which `good` says so; all requests before go to the large model.
    async fn compared(&self, n: usize, good: impl Fn(&Judged) -> bool) -> Vec<Judged> {
        for _ in 0..2000 {
            let judged = self.world.ledger.judged("task", &self.setting, 0, 10_000).await.expect("a database");
            if judged.iter().filter(|one| good(one)).count() >= n {
                return judged;
            }
            let (tier, _, trace) = self.next().await;
            assert_eq!((tier.as_str(), tried(&trace)), ("large", vec!["declined"]));
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        panic!("{n} comparisons are not there");
    }
}

fn polite(i: usize) -> String {
    format!("Sort these words: z{i} y{i} x{i}\n\nThank you!")
}

/// A server whose tool is active.
async fn begin(folder: &std::path::Path, small_extracts: bool) -> Polite {
    let policy = ToolPolicy { approve: Who::Kinglet, small_extracts, ..ToolPolicy::default() };
    let world = World::with_policy(folder, Some(promise()), policy).await;
    world.server.model.answer_by(says_nothing);
    let id = world.keep(&sorter()).await;
    world.until(2000, |tier| tier == "tool").await;
    let setting = format!("tool {id} read by script#script against far/large, judged by exact");
    Polite { world, setting, n: AtomicUsize::new(0) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_model_points_once_that_is_proven_and_while_it_is_the_same() {
    let folder = folder();
    let polite = begin(folder.path(), true).await;
    let model = &polite.world.server.model;
    // who says nothing proves nothing
    let judged = polite.compared(150, |one| one.judge == "none: declined").await;
    assert!(judged.iter().all(|one| one.judge == "none: declined"), "{judged:?}");
    tokio::time::sleep(Duration::from_millis(50)).await;
    model.answer_by(points);
    let judged = polite.compared(10, |one| one.judge == "exact").await;
    assert!(judged.iter().all(|one| one.small == 1.0 && !one.local), "{judged:?}");
    let trace = loop {
        let (tier, _, trace) = polite.next().await;
        if tier == "tool" {
            break trace;
        }
        assert!((tier.as_str(), polite.n.load(Ordering::SeqCst) < 3000) == ("large", true), "{trace:?}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    };
    assert_eq!((trace.tier.as_deref(), trace.model.as_deref()), (Some("tool"), Some("sort_words+script")));
    let tools: Vec<_> = trace.attempts.iter().map(|one| (one.model.as_str(), one.outcome.as_str())).collect();
    assert_eq!(tools, [("sort_words", "declined"), ("sort_words+script", "answered")]);
    // what it invents is refused, and the next tier answers
    model.answer_by(invents);
    let (tier, _, trace) = polite.next().await;
    assert_eq!((tier.as_str(), tried(&trace)), ("large", vec!["declined", "declined"]));
    assert!(trace.attempts[1].why.contains("`zebra` does not stand in the request"), "{trace:?}");
    model.answer_by(points);
    assert_eq!(polite.next().await.0, "tool");
    // of another model nothing is known
    model.become_another("newer");
    let (tier, _, trace) = polite.next().await;
    assert_eq!((tier.as_str(), tried(&trace)), ("large", vec!["declined"]));
    assert_eq!(polite.world.ask("Sort these words: b1 a1", json!({})).await.0, "tool", "the tool's own answers stay");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_that_may_not_point_is_not_asked_to() {
    let folder = folder();
    let polite = begin(folder.path(), false).await;
    polite.world.server.model.answer_by(points);
    for _ in 0..60 {
        let (tier, _, trace) = polite.next().await;
        assert_eq!((tier.as_str(), tried(&trace)), ("large", vec!["declined"]));
    }
    let asked = polite.world.server.model.asked();
    let prompts = asked.iter().map(|request| request.prompt.iter().map(|id| *id as u8).collect::<Vec<_>>());
    assert!(prompts.into_iter().all(|prompt| !is_pointing(&String::from_utf8_lossy(&prompt))));
    assert!(polite.world.ledger.judged("task", &polite.setting, 0, 10).await.expect("a database").is_empty());
}
