//! What becomes of audits when what is compared changes, when people judge, and when nobody can.
use crate::promise::{World, clock, config, folder, promise, question};
use gateway::{Comparing, Config, Promise};
use ledger::{Audit, Judged, Keep, Ledger, Options};
use reqwest::Method;
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs, sync::Arc, time::Duration};

const DAY: i64 = 24 * 3600 * 1_000_000;

impl World {
    /// All audits of the series that is compared now.
    async fn judged(&self) -> Vec<Judged> {
        let setting = self.standing().await["setting"].as_str().expect("a setting").to_owned();
        self.ledger.judged("task", &setting, 0, 4096).await.expect("a database")
    }

    /// The model here becomes another; how it stands once that is known.
    async fn change(&self, identity: &str) -> Value {
        self.server.model.become_another(identity);
        let (tier, why, _) = self.ask(&question(1), json!({})).await;
        assert!(tier == "large" && why.contains("not_certified"), "nothing is proven of it: {tier}, {why}");
        let is_it =
            |standing: &Value| standing["setting"].as_str().is_some_and(|s| s.contains(&format!("#{identity} ")));
        self.wait(is_it).await
    }

    async fn say(&self, id: &str, verdict: Value) {
        let mut body = json!({ "id": id });
        body.as_object_mut().expect("fields").extend(verdict.as_object().expect("fields").clone());
        assert_eq!(self.server.post("/v1/feedback", &body).await.status(), 200);
    }

    async fn ask_as(&self, id: &str, text: &str) {
        let body = json!({ "model": "task", "messages": [{ "role": "user", "content": text }] });
        let request = self.server.request(Method::POST, "/v1/chat/completions").header("x-request-id", id);
        let response = request.body(body.to_string()).send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        response.text().await.expect("a text");
    }

    async fn open(&self, id: &str) -> Audit {
        self.ledger.open_audits_of(id).await.expect("a database").pop().unwrap_or_else(|| panic!("{id} is open"))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_model_is_compared_with_what_is_kept_and_served_once_it_is_proven() {
    let folder = folder();
    let world = World::keeping(folder.path(), promise(0.05), Keep::Full { days: 30 }).await;
    world.go_until(|standing| standing["life"]["certificate"]["local"].as_u64() > Some(20)).await;
    let before = world.judged().await;

    world.change("second").await;
    let certified = world.wait(|standing| standing["phase"] == "certified").await;
    assert!(certified["setting"].as_str().expect("a text").contains("#second "), "{certified}");
    // no request came since but the one that saw the change, and it came before anything was in force
    world.wait(|standing| standing["number"].as_u64() == Some(before.len() as u64)).await;
    let anew = world.judged().await;
    let requests = |judged: &[Judged]| -> BTreeSet<_> { judged.iter().map(|j| (j.time, j.trace.clone())).collect() };
    assert_eq!(requests(&anew), requests(&before), "all that was kept, each once");
    assert!(anew.iter().all(|judged| !judged.local && judged.version == 0), "none of them was answered by it");
    let tiers = world.go(40).await;
    assert!(tiers.iter().any(|(_, tier)| tier == "small"), "it answers");

    let settled = world.wait(|standing| standing["number"] == standing["begun"]).await;
    let n = settled["number"].as_u64().expect("a number");
    world.change("third").await;
    world.wait(|standing| standing["number"].as_u64() == Some(n)).await;
    assert_eq!(requests(&world.judged().await).len() as u64, n, "what was compared twice is not compared again twice");
    let back = world.wait(|standing| standing["phase"] == "certified").await;
    world.server.model.become_another("second");
    let again = world.wait(|standing| standing["setting"] == settled["setting"]).await;
    assert_eq!((&again["hash"], &again["life"]), (&settled["hash"], &settled["life"]), "a setting keeps its series");
    assert_ne!(again["hash"], back["hash"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_model_begins_at_zero_where_nothing_is_kept() {
    let folder = folder();
    let world = World::keeping(folder.path(), promise(0.05), Keep::Nothing).await;
    world.go_until(|standing| standing["phase"] == "certified").await;
    let standing = world.change("second").await;
    assert_eq!((&standing["phase"], &standing["begun"]), (&json!("shadowing"), &json!(0)), "{standing}");
    world.go(3).await;
    let standing = world.wait(|standing| standing["number"] == 3).await;
    assert_eq!((&standing["phase"], &standing["life"]["audits"]), (&json!("shadowing"), &json!(3)), "{standing}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_judge_in_their_own_time() {
    let folder = folder();
    let promise = Promise { judge: "human".parse().expect("a judge"), ..promise(0.05) };
    let world = World::keeping(folder.path(), promise, Keep::Nothing).await;
    for id in ["a", "b", "c"] {
        world.ask_as(id, &question(1)).await;
    }
    // it is looked for what they said, again and again, which is no failure
    let mut looks = BTreeSet::new();
    while looks.len() < 10 {
        looks.insert(world.open("a").await.claimed_until);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(world.open("a").await.tries <= 1);
    let standing = world.standing().await;
    assert_eq!((&standing["number"], &standing["open"]), (&json!(0), &json!(3)), "{standing}");

    world.say("c", json!({ "thumbs": true })).await;
    world.say("b", json!({ "corrected": "Grüße!" })).await;
    world.say("b", json!({ "thumbs": true })).await;
    world.say("a", json!({ "corrected": "from afar" })).await;
    world.wait(|standing| standing["number"] == 3).await;
    // one that nobody has said anything of for too long
    let setting = world.standing().await["setting"].as_str().expect("a text").to_owned();
    let audit = Audit { setting, ..audit("late", clock()() - 4 * DAY) };
    world.ledger.append_audited(ledger::Trace::default(), vec![audit]).await.expect("a database");
    world.wait(|standing| standing["number"] == 4).await;
    let judged = world.judged().await;
    let scores: Vec<_> = judged.iter().map(|judged| (judged.trace.as_str(), judged.small, judged.large)).collect();
    assert_eq!(
        scores,
        [("a", 0.0, 1.0), ("b", 1.0, 0.0), ("c", 0.0, 1.0), ("late", 0.0, 1.0)],
        "a correction is the measure for both; of an answer that nobody saw, the worst is thought"
    );
    assert!(judged[..3].iter().all(|judged| judged.note.is_none()));
    assert!(judged[3].note.as_deref().is_some_and(|note| note.contains("three days")), "{:?}", judged[3]);
    let signals: Value = serde_json::from_str(&judged[3].signals).expect("JSON");
    assert!(signals["answer"].is_object(), "it counts as if it had been given: {signals}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_judge_that_fails_again_and_again_counts_against_the_small_model() {
    let folder = folder();
    let (script, calls) = (folder.path().join("judge"), folder.path().join("calls"));
    let write = |then: &str| {
        fs::write(&script, format!("echo called >> {}\n{then}\n", calls.display())).expect("a file");
    };
    write("echo no idea >&2; exit 3");
    let judge = format!("command:/bin/sh {}", script.display()).parse().expect("a judge");
    let world = World::keeping(folder.path(), Promise { judge, ..promise(0.05) }, Keep::Nothing).await;
    world.ask_as("a", &question(1)).await;
    world.wait(|standing| standing["number"] == 1).await;
    assert_eq!(fs::read_to_string(&calls).expect("a file").lines().count(), 6, "tries");
    assert_eq!(world.server.model.asked().len(), 1, "the answer that was known was not asked for again");
    write("echo '{\"harm\": false}'");
    world.ask_as("b", &question(1)).await;
    world.wait(|standing| standing["number"] == 2).await;
    let judged = world.judged().await;
    assert_eq!((judged[0].small, judged[0].large), (0.0, 1.0), "{:?}", judged[0]);
    assert!(judged[0].note.is_some(), "{:?}", judged[0]);
    let answer = |judged: &Judged| serde_json::from_str::<Value>(&judged.signals).expect("JSON")["answer"].clone();
    assert_eq!(answer(&judged[0]), answer(&judged[1]), "it counts as what it would have been: an answer that is given");
    assert!(answer(&judged[0]).is_object());
    assert_eq!(
        (judged[1].small >= judged[1].large, &judged[1].note),
        (true, &None),
        "a failure is not held against others"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_comparison_that_takes_long_is_made_once() {
    let folder = folder();
    let [script, calls, go] = ["judge", "calls", "go"].map(|name| folder.path().join(name));
    let waits = format!("while [ ! -e {} ]; do sleep 0.05; done", go.display());
    let text = format!("echo called >> {}\n{waits}\necho '{{\"harm\": false}}'\n", calls.display());
    fs::write(&script, text).expect("a file");
    let judge = format!("command:/bin/sh {}", script.display()).parse().expect("a judge");
    let options = Options::file(&folder.path().join("ledger.db"), clock());
    // long enough that a busy machine comes in time to renew it
    let lease = Duration::from_secs(3);
    let world = World::set(options, Arc::default(), |ledger, upstream| {
        let config = config(ledger, upstream, Promise { judge, ..promise(0.05) }, Keep::Nothing);
        Config { comparing: Comparing { lease, ..config.comparing }, ..config }
    });
    let world = world.await;
    world.ask_as("a", &question(1)).await;
    while world.open("a").await.tries == 0 {
        tokio::task::yield_now().await;
    }
    let claimed = world.open("a").await;
    while world.open("a").await.claimed_until == claimed.claimed_until {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(
        world.open("a").await.claimed_until - claimed.claimed_until < lease.as_micros() as i64,
        "before it was over"
    );
    assert_eq!(world.open("a").await.tries, 1, "by the one who had it");
    fs::write(&go, "").expect("a file");
    world.wait(|standing| standing["number"] == 1).await;
    assert_eq!(fs::read_to_string(&calls).expect("a file").lines().count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_ends_all_who_compare_it_is_given_up() {
    let folder = folder();
    let world = World::keeping(folder.path(), promise(0.05), Keep::Nothing).await;
    let setting = world.standing().await["setting"].as_str().expect("a setting").to_owned();
    world.ledger.close().await;
    drop(world);

    let ledger = Ledger::open(Options::file(&folder.path().join("ledger.db"), clock())).await.expect("a ledger");
    for id in ["deadly", "after"] {
        let audit = Audit { setting: setting.clone(), ..audit(id, clock()()) };
        ledger.append_audited(ledger::Trace::default(), vec![audit]).await.expect("a database");
    }
    for _ in 0..6 {
        // by processes that end before they say what came of it
        assert_eq!(ledger.claim_audits("task", &setting, 1, 0).await.expect("a database")[0].trace, "deadly");
    }
    ledger.close().await;
    let world = World::keeping(folder.path(), promise(0.05), Keep::Nothing).await;
    world.wait(|standing| standing["number"] == 2).await;
    let judged = world.judged().await;
    assert!(judged[0].note.as_deref().is_some_and(|note| note.contains("without a word")), "{:?}", judged[0]);
    assert_eq!((judged[0].small, judged[0].large, &judged[1].note), (0.0, 1.0, &None));
    assert_eq!(world.server.model.asked().len(), 1, "the deadly one was not begun again");
}

/// An audit of a request to which the large model's answer is known.
fn audit(id: &str, time: i64) -> Audit {
    let request = json!({ "request": { "model": "task", "messages": [{ "role": "user", "content": "hi" }] } });
    let (route, large) = ("task".to_owned(), Some("from afar".to_owned()));
    Audit { route, large, time, trace: id.to_owned(), request: request.to_string(), ..Audit::default() }
}
