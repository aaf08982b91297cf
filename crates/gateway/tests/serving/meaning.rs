//! Tools that words do not find are found by what a request means, where a model makes vectors of texts.
use crate::{
    promise::folder,
    toolbox::{SORT, World, promise, tool, tried},
};
use gateway::{Promise, Target, ToolPolicy, Upstream, Who};
use ledger::{By, Span};
use serde_json::json;
use std::{path::Path, sync::Arc, time::Duration};
use toolsmith::{Example, Tool};

/// In other words than all examples.
const PARAPHRASE: &str = "Alphabetize, please: kiwi fig";

/// Reads what its examples do not say, too.
fn sorter() -> Tool {
    let code = SORT.replace("^Sort these words: (.+)$", "^(?:Sort these words|Alphabetize, please): (.+)$");
    let example = |i: usize| Example {
        text: format!("Sort these words: c{i} b{i} a{i}"),
        answer: format!("a{i} b{i} c{i}"),
        source: None,
    };
    let negatives = (0..12).map(|i| format!("What is the capital of country {i}?")).collect();
    Tool { examples: (0..12).map(example).collect(), negatives, ..tool(&code) }
}

/// A tool that answers; by its script, the model here tells what is to be sorted from all else.
async fn world(folder: &Path, promise: Option<Promise>, embedder: impl FnOnce(&Arc<Upstream>) -> Target) -> World {
    let policy = |upstream: &_| ToolPolicy {
        approve: Who::Kinglet,
        embedder: Some(embedder(upstream)),
        ..ToolPolicy::default()
    };
    let world = World::policed(folder, promise, policy).await;
    for word in ["Sort", "Alphabetize"] {
        world.server.model.embed(word, &[-0.6, 0.8]); // all else is as the script has it
    }
    world.keep(&sorter()).await;
    world.until(2000, |tier| tier == "tool").await;
    world
}

/// A tool answers what words do not find.
async fn found(world: &World) -> ledger::Trace {
    for _ in 0..2000 {
        let (tier, answer, trace) = world.ask(PARAPHRASE, json!({ "seed": 1 })).await;
        if tier == "tool" {
            assert_eq!(answer, "fig kiwi");
            return trace;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never found by meaning");
}

/// How often the model here was asked for the vector of a text with `words` in it.
fn n_embedded(world: &World, words: &str) -> usize {
    let asked = world.server.model.asked();
    let texts = asked.iter().map(|request| request.prompt.iter().map(|id| *id as u8).collect::<Vec<_>>());
    texts.filter(|text| String::from_utf8_lossy(text).contains(words)).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_words_miss_is_found_by_meaning_and_only_that_is_looked_for() {
    let folder = folder();
    let world = world(folder.path(), None, |_| Target::Local("script".to_owned())).await;
    let trace = found(&world).await;
    assert_eq!((trace.cost, tried(&trace)), (0, vec!["answered"]));
    assert!(trace.attempts[0].why.starts_with("found by meaning; "), "{trace:?}");
    // what words find has no vector, and what means something else is asked of nobody
    let (tier, _, trace) = world.ask("Sort these words: r77 q77 p77", json!({})).await;
    assert_eq!((tier.as_str(), n_embedded(&world, "q77")), ("tool", 0));
    assert!(!trace.attempts[0].why.contains("meaning"), "{trace:?}");
    let (tier, _, trace) = world.ask("Bake a cake", json!({})).await;
    assert_eq!((tier.as_str(), tried(&trace), n_embedded(&world, "Bake")), ("large", vec![], 1));
    // it means the same, and the tool cannot read it
    let (tier, _, trace) = world.ask("Alphabetize a few plums", json!({})).await;
    assert_eq!((tier.as_str(), tried(&trace)), ("large", vec!["declined"]));
    // in a context in which no tool answers there is nothing to find
    let french = json!([{ "role": "system", "content": "French" }, { "role": "user", "content": "Bake bread" }]);
    world.ask("Bake bread", json!({ "messages": french })).await;
    assert_eq!(n_embedded(&world, "bread"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_embedder_that_fails_or_is_late_is_as_none_and_is_left_alone_for_a_while() {
    for word in ["BREAK", "HOLD"] {
        let folder = folder();
        let world = world(folder.path(), None, |_| Target::Local("script".to_owned())).await;
        found(&world).await;
        let (tier, answer, trace) = world.ask(&format!("Alphabetize, please: {word} a"), json!({})).await;
        assert_eq!((tier.as_str(), tried(&trace)), ("large", vec![]), "{word}");
        assert_eq!(answer, format!("{word} a"));
        assert_eq!(world.server.model.n_held(), 0, "nobody waits for it any more");
        world.ask("Alphabetize, please: lime a", json!({})).await;
        assert_eq!(n_embedded(&world, "lime"), 0, "no request waits for it again so soon after {word}");
        assert_eq!(world.ask("Sort these words: b a", json!({})).await.0, "tool", "words do as ever");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn vectors_from_elsewhere_are_paid_for_and_private_texts_stay_here() {
    let folder = folder();
    let far = |upstream: &Arc<Upstream>| Target::Upstream { upstream: upstream.clone(), model: "vectors".to_owned() };
    let world = world(folder.path(), Some(promise()), far).await;
    let trace = found(&world).await;
    let paid = world.ledger.trace(&format!("{}-embedder", trace.id)).await.expect("a database").expect("in the books");
    assert_eq!((paid.tokens.input, paid.cost, trace.cost), (50, 5000, 0));
    assert_eq!((paid.tier.as_deref(), paid.model.as_deref()), (Some("embedder"), Some("vectors")));
    let (tier, ..) = world.ask("A private cake", json!({ "tag": "draft" })).await;
    assert_eq!(tier, "small", "on this machine");
    world.ask("A public cake", json!({})).await;
    let embedded = world.far.embedded.lock().expect("no panic").clone();
    let n = |words: &str| embedded.iter().filter(|text| text.contains(words)).count();
    assert_eq!([n("private cake"), n("public cake")], [0, 1]);
    assert_eq!(n("capital of country 7"), 1, "what tools know is asked for once");
    let lines = world.ledger.report(Span::all(), By::Tier).await.expect("a database");
    assert!(lines.iter().any(|line| line.group == "embedder" && line.requests >= 3), "{lines:?}");
}
