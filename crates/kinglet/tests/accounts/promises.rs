//! `kinglet route`: what is said of promises is what the ledger holds, and nothing that was changed in it goes unnoticed.
use crate::{
    books::{good, json, now, with_ledger},
    support::{Place, Told},
};
use chat::{ChatRequest, Content, Finish, Message, Role};
use gateway::{Live, catch_up};
use ledger::{Audit, Feedback, Judgement, Ledger, Trace};
use router::{
    certify::{Kind, Promise},
    life::Life,
    signals::{Answer, Prompt, Signals},
};
use serde_json::{Value, json as value};

const SETTING: &str = "tiny#1 against far/large, judged by regex:r, signals 2";
const CONFIG: &str = "[ledger]\nurl = 'books/ledger.db'\n[models]\ndefault = 'tiny.gguf'\n\
                      [upstreams.far]\nurl = 'https://far.example/v1'\n\
                      [routes.plain]\nsmall = 'local'\n\
                      [routes.task]\nsmall = 'local'\nlarge = 'far/large'\nmax_harm = '5%'\njudge = 'regex:r'\n";

/// A score that no other cell of the database has, for a forger to find.
const ODD: f64 = 0.123_456_789;

/// A folder with a route that promises 5 %, and a ledger with `n` comparisons of it.
fn place(name: &str, n: usize) -> Place {
    let place = Place::new(name);
    place.write("tiny.gguf", "no model, but a file of its name");
    place.write("kinglet.toml", CONFIG);
    fill(&place, 0, n);
    place
}

fn fill(place: &Place, from: usize, to: usize) {
    with_ledger(place, async |ledger| {
        for i in from..to {
            compare(ledger, i).await;
        }
        // as a gateway does, which keeps what it learns
        let promise = Promise { alpha: 0.05, delta: 0.05, kind: Kind::Harm, judge_error: 0.0 };
        let mut live = Live::new("task", SETTING, Life::new(promise));
        catch_up(ledger, &mut live, &[]).await.expect("a ledger");
    });
}

fn signals(text: &str) -> Signals {
    let message = Message::new(Role::User, Content::Text(text.to_owned()));
    let request = ChatRequest { messages: vec![message], ..ChatRequest::default() };
    let answer = Answer::read(&request, "here", &[], Some(Finish::Stop));
    Signals { prompt: Prompt::read(&request, None), answer: Some(answer) }
}

/// Comparison `i`: one in four is hard, and the small model worse at it. The judge finds the answer 17 odd.
async fn compare(ledger: &Ledger, i: usize) {
    let is_hard = i.is_multiple_of(4);
    let mut audit = Audit {
        route: "task".to_owned(),
        setting: SETTING.to_owned(),
        time: now(),
        trace: format!("t{i}"),
        conversation: i as i64,
        request: "{}".to_owned(),
        ..Audit::default()
    };
    let trace = Trace { id: audit.trace.clone(), time: audit.time, status: 200, ..Trace::default() };
    ledger.append_audited(trace, vec![audit.clone()]).await.expect("appended");
    audit.number = i as i64 + 1;
    let judgement = Judgement {
        signals: serde_json::to_string(&signals(if is_hard { "a hard one" } else { "an easy one" })).expect("JSON"),
        small: if i == 17 { ODD } else { f64::from(!is_hard) },
        large: if i == 17 { ODD } else { 1.0 },
        judge: "regex:r".to_owned(),
        bodies_until: Some(now() + 1_000_000_000),
        answers: Some([value!({ "text": "here", "signals": {} }).to_string(), "there".to_owned()]),
        ..Judgement::default()
    };
    assert!(ledger.judge_audit(&audit, judgement).await.expect("judged"));
}

fn bad(told: Told) -> String {
    assert_eq!((told.code, told.out.as_str()), (Some(1), ""), "{}", told.err);
    told.err
}

fn statement(place: &Place) -> Value {
    json(place.run(&["route", "statement", "task", "--json"], ""))["statements"][0].clone()
}

#[test]
fn a_route_that_learns_says_what_is_missing() {
    let place = place("route-shadowing", 100);
    let shown = good(place.run(&["route", "status"], ""));
    let mut lines = shown.lines();
    assert!(lines.next().is_some_and(|head| head.starts_with("ROUTE  PROMISE     STATE")), "{shown}");
    let row = lines.next().expect("a route");
    assert!(row.starts_with("task   harm <= 5%  shadowing     -     100        0"), "{shown}");
    assert!(row.contains(" to learn") && lines.next().is_none(), "{shown}");
    let status = json(place.run(&["route", "status", "--json"], ""));
    let route = &status["routes"][0];
    assert_eq!((&route["route"], &route["audits_waiting"]), (&value!("task"), &value!(0)));
    assert_eq!((&route["standing"]["audits"], &route["standing"]["version"]), (&value!(100), &Value::Null));
    assert_eq!(
        (route["statement"]["is_certified"].as_bool(), route["spent_today_usd"].as_f64()),
        (Some(false), Some(0.0))
    );
    let said = good(place.run(&["route", "statement"], ""));
    assert!(said.starts_with("Route `task`: nothing is certified, so every request goes to far/large."), "{said}");
    assert!(said.contains(&format!("Compared: {SETTING}.\nLedger up to audit 100: ")), "{said}");
}

#[test]
fn what_is_proven_is_said_and_stays_true() {
    let place = place("route-certified", 400);
    let shown = good(place.run(&["route", "status"], ""));
    assert!(shown.contains("certified, v1") && shown.contains(" % "), "{shown}");
    let said = good(place.run(&["route", "statement", "task"], ""));
    for part in
        ["policy v1", "with 95.0 % confidence at most 5.0 % of requests", "are answered here by tiny", "regex:r."]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    let stated = statement(&place);
    assert_eq!((&stated["number"], &stated["delta"]), (&value!(400), &value!(1.0 - 0.95)));
    assert!(stated["local"].as_u64() > Some(100), "{stated}");
    assert_eq!(stated, statement(&place), "the same whenever it is asked for");

    let all = good(place.run(&["route", "statement", "--json"], ""));
    place.write("all.json", &all);
    place.write("one.json", &stated.to_string());
    fill(&place, 400, 420);
    assert_ne!(statement(&place)["hash"], stated["hash"]);
    for file in ["all.json", "one.json"] {
        let told = good(place.run(&["route", "statement", "--verify", file], ""));
        let hash = stated["hash"].as_str().expect("a hash");
        assert!(told.contains("route `task`: agrees: the ledger up to audit 400") && told.contains(hash), "{told}");
    }
    // what was promised since is another matter, and so is whether anything is
    place.write("kinglet.toml", &CONFIG.replace("'5%'", "'1%'"));
    good(place.run(&["route", "statement", "--verify", "one.json"], ""));
    place.write("kinglet.toml", "[ledger]\nurl = 'books/ledger.db'\n");
    good(place.run(&["route", "statement", "--verify", "one.json"], ""));
}

#[test]
fn a_changed_row_is_another_ledger() {
    let place = place("route-forged", 300);
    let stated = statement(&place);
    place.write("stated.json", &stated.to_string());
    good(place.run(&["route", "statement", "--verify", "stated.json"], ""));
    // what the odd answer scored becomes 1, in the file itself
    let file = place.0.join("books/ledger.db");
    let mut honest = std::fs::read(&file).expect("a database");
    let mut bytes = honest.clone();
    let odd = ODD.to_be_bytes();
    let places: Vec<_> = (0..bytes.len() - 8).filter(|at| bytes[*at..at + 8] == odd).collect();
    assert_eq!(places.len(), 2, "both scores of one comparison");
    bytes[places[0]..places[0] + 8].copy_from_slice(&1.0f64.to_be_bytes());
    std::fs::write(&file, &bytes).expect("written");
    let now = statement(&place);
    assert!(now["hash"] != stated["hash"] && now["number"] == stated["number"], "{now}");
    let why = bad(place.run(&["route", "statement", "--verify", "stated.json"], ""));
    assert!(why.contains("route `task`: the ledger says otherwise: hash: \"") && why.contains("found"), "{why}");

    // what was learned is part of it, too: a bar of the policy that is not the one that was proven
    std::fs::write(&file, &honest).expect("written");
    good(place.run(&["route", "statement", "--verify", "stated.json"], ""));
    let bars = honest.windows(10).position(|part| part == b"\"bars\":[0.").expect("a policy");
    let digit = bars + 10;
    honest[digit] = if honest[digit] == b'1' { b'2' } else { b'1' };
    std::fs::write(&file, &honest).expect("written");
    assert_ne!(statement(&place)["hash"], stated["hash"]);
    bad(place.run(&["route", "statement", "--verify", "stated.json"], ""));
}

#[test]
fn a_changed_statement_is_found_out() {
    let place = place("route-lies", 300);
    let stated = statement(&place);
    let verify = |file: &str| place.run(&["route", "statement", "--verify", file], "");
    for (field, lie, said) in [
        ("local", value!(299), "local: 299 stated, "),
        ("audits", value!(3000), "audits: 3000 stated, "),
        ("most", value!(0.01), "is_certified: true stated, false found"),
        ("confidence", value!(0.999), "delta: "),
        ("delta", value!(0.5), "delta: 0.5 is no part of the error that a confidence of 0.95 leaves"),
        ("number", value!(301), "number: audits up to 301 are stated, 300 judged ones found"),
        ("number", value!(299), "hash: "),
        ("hash", value!("abc"), "hash: \"abc\" stated, "),
        ("judge", value!("human"), "setting: tiny, far/large and human are stated, compared was tiny#1"),
        ("route", value!("other"), "number: "),
        ("text", value!("All is well."), "text: \"Route `task`"),
    ] {
        let mut lie_told = stated.clone();
        lie_told[field] = lie;
        place.write("lie.json", &lie_told.to_string());
        let why = bad(verify("lie.json"));
        assert!(why.contains(said), "{field}: {why}");
    }
    for (text, said) in [
        ("{", "EOF while parsing"),
        ("{}", "missing field"),
        ("{\"statements\":[]}", "no statement found"),
        ("{\"statements\":[{\"text\":\"a\"}]}", "missing field `route`"),
    ] {
        place.write("lie.json", text);
        let why = bad(verify("lie.json"));
        let expected = "a statement as `kinglet route statement --json` prints it is expected";
        assert!(why.contains("lie.json: ") && why.contains(said) && why.contains(expected), "{text}: {why}");
    }
    assert!(bad(verify("none.json")).contains("none.json: "));
}

#[test]
fn where_there_is_nothing_to_say_the_remedy_is_said() {
    let place = place("route-nothing", 1);
    let why = bad(place.run(&["route", "statement", "plain"], ""));
    assert_eq!(why, "error: a route with a promise expected (`task`), `plain` found\n");
    place.write(
        "kinglet.toml",
        "[ledger]\nurl = 'none.db'\n[models]\ndefault = 'tiny.gguf'\n[routes.plain]\nsmall = 'local'\n",
    );
    for args in [&["route", "status"][..], &["route", "statement"], &["route", "judge-error", "plain"]] {
        let why = bad(place.run(args, ""));
        assert_eq!(why, "error: no route has a promise: set max_harm, such as \"1%\", in [routes.NAME]\n");
    }
    place.write("kinglet.toml", &CONFIG.replace("books/ledger.db", "none.db"));
    for args in [&["route", "status"][..], &["route", "statement"], &["route", "judge-error", "task"]] {
        let why = bad(place.run(args, ""));
        assert!(why.contains("none.db: no ledger there"), "{why}");
    }
    assert!(!place.0.join("none.db").exists(), "who asks makes no ledger");
    // a promise of which nothing was heard yet
    place.write("kinglet.toml", &CONFIG.replace("routes.task", "routes.new"));
    let said = good(place.run(&["route", "statement"], ""));
    assert!(said.contains("Route `new`: nothing is certified") && !said.contains("Ledger up to"), "{said}");
}

/// What people say of comparison `i`.
async fn say(ledger: &Ledger, i: usize, verdict: Feedback) {
    ledger.add_feedback(Feedback { trace: format!("t{i}"), ..verdict }).await.expect("added");
}

#[test]
fn what_a_judge_misses_is_bounded_by_what_people_say() {
    let place = place("route-judge", 200);
    let ask = |args: &[&str]| place.run(&[&["route", "judge-error", "task"], args].concat(), "");
    let why = bad(ask(&[]));
    assert!(why.contains("none of 200 is one") && why.contains("ledger.keep") && why.contains("/v1/feedback"), "{why}");
    // `there` is right: the judge sees that in hard ones, and misses it in easy ones
    let corrected = || Feedback { corrected: Some("there".to_owned()), ..Feedback::default() };
    with_ledger(&place, async |ledger| {
        for i in (0..200).filter(|i| i % 4 == 0 || *i == 1) {
            say(ledger, i, corrected()).await;
        }
        say(ledger, 2, Feedback { thumbs: Some(false), ..Feedback::default() }).await;
    });
    let found = json(ask(&["--json"]));
    let n = |name: &str| found[name].as_u64().expect("a number");
    assert_eq!([n("pairs"), n("corrected"), n("missed"), n("local"), n("audits")], [52, 51, 1, 0, 200], "{found}");
    // P(Bin(52, 0.0880089) <= 1) = 0.05, by sums of the binomial in another program
    let share = found["judge_error"].as_f64().expect("a share");
    assert!((share - 0.0881).abs() < 1e-12, "{share}");
    assert_eq!(found["pairs_missing"], value!(41), "93 with one miss are fewer than 5 %");
    let said = good(ask(&[]));
    for part in
        ["52 of 200 comparisons were judged by people too", "judge_error = \"8.81%\"", "random sample", "5%", "41 more"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    let surer = json(ask(&["--json", "--confidence", "99%"]))["judge_error"].as_f64();
    assert!(surer > Some(share));
    assert_eq!(ask(&["--confidence", "2"]).code, Some(2));
    place.write("kinglet.toml", &CONFIG.replace("regex:r", "human"));
    assert!(bad(ask(&[])).contains("a judge that is no human expected"));
}

/// A request as a file of labels has it: hard ones are known by their answer.
fn label(i: usize) -> Value {
    let is_hard = i.is_multiple_of(4);
    let said = if is_hard { "perhaps it might be" } else { "it is" };
    let domain = ["a", "b"][i / 2 % 2];
    value!({ "prompt": format!("what is number {i}?"), "domain": domain, "small_answer": said,
             "small_score": if is_hard { 2 } else { 10 }, "large_score": 10 })
}

#[test]
fn labelled_requests_are_replayed() {
    let place = Place::new("route-replay");
    let mut lines: Vec<_> = (0..900).map(|i| label(i).to_string()).collect();
    lines[2] = "{\"prompt\":".to_owned();
    lines[11] = value!({ "prompt": "p", "small_score": null, "large_score": 1 }).to_string();
    lines[12] = value!({ "contaminated": true }).to_string();
    lines[13] = String::new();
    place.write("labels.jsonl", &lines.join("\n"));
    let replay = |args: &[&str]| {
        let common = ["route", "replay", "labels.jsonl", "--splits", "3", "--calibrate", "50%", "--most", "5%,40%"];
        place.run(&[&common, args].concat(), "")
    };
    let told = replay(&["--svg", "frontier.svg"]);
    assert!(
        told.err.contains("labels.jsonl: 2 lines cannot be read and are left out: 3, 12 (line 3: a line of JSON"),
        "{}",
        told.err
    );
    let shown = good(told);
    for part in [
        "labels.jsonl: 896 requests; mean score 0.8",
        "1 more are marked as contaminated",
        "scores are divided by the greatest, 10",
        "router",
        "mixed at random",
        "means per task",
        "best single model",
        "oracle",
        "harm <= 5%   proven as served",
        "harm <= 40%  tuned threshold",
        "share of large calls, 0 to 100 %",
        "0 of 3",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let svg = std::fs::read_to_string(place.0.join("frontier.svg")).expect("a picture");
    assert!(svg.starts_with("<svg ") && svg.matches("<polyline").count() == 5);

    let found = json(replay(&["--json"]));
    assert_eq!((&found["unread_lines"], &found["contaminated"]), (&value!([3, 12]), &value!(1)));
    let mean = |figure: &Value| figure["mean"].as_f64().expect("a figure");
    let ranking = found["ranking"].as_array().expect("rankings");
    let apgr: Vec<_> = [0, 1, 2, 4].map(|i| mean(&ranking[i]["apgr"])).into();
    assert!(
        apgr[0] > 0.8 && (apgr[1] - 0.5).abs() < 0.15 && apgr[2] < apgr[0] && apgr[3] >= apgr[0] - 1e-9,
        "{apgr:?}"
    );
    assert_eq!((&ranking[3]["apgr"], mean(&ranking[3]["cpt80"])), (&Value::Null, 1.0));
    let ways = found["promises"][0]["ways"].as_array().expect("ways");
    assert!(mean(&ways[0]["local"]) > 0.4 && mean(&ways[1]["local"]) > 0.5, "{ways:?}");
    assert!(ways[..2].iter().all(|way| way["broken"] == 0 && mean(&way["lost"]) <= 0.05), "{ways:?}");
    let all = mean(&found["promises"][1]["ways"][1]["local"]);
    assert!(all > 0.98, "a quarter is harmed if all is answered here: {all}");
}

#[test]
fn replays_say_what_they_expect() {
    let place = place("route-replay-faults", 300);
    let replay = |args: &[&str]| place.run(&[&["route", "replay"], args].concat(), "");
    assert!(bad(replay(&["none.jsonl"])).contains("none.jsonl: "));
    place.write("bad.jsonl", "\n{\"prompt\": \"p\", \"small_score\": \"good\"}\n");
    let why = bad(replay(&["bad.jsonl"]));
    assert!(
        why.contains("bad.jsonl: lines such as {\"prompt\"") && why.contains("line 2: `small_score`: a number"),
        "{why}"
    );
    place.write("few.jsonl", &label(1).to_string());
    assert!(
        bad(replay(&["few.jsonl"]))
            .contains("few.jsonl: at least 10 requests expected, and one to learn from; 1 found")
    );
    place.write("few.jsonl", &(0..20).map(|i| label(i).to_string() + "\n").collect::<String>());
    let shown = good(replay(&["few.jsonl", "--splits", "1", "--most", "1%"]));
    assert!(shown.contains("harm <= 1%: at least 460 audits are needed to prove it, 6 are there"), "{shown}");
    let why = bad(replay(&["few.jsonl", "--svg", "no/folder.svg", "--splits", "1"]));
    assert!(why.contains("no/folder.svg: ") && why.contains("--svg"), "{why}");
    for (args, said) in [
        (&["few.jsonl", "--calibrate", "100%"][..], "a share above 0 and below 1 expected"),
        (&["few.jsonl", "--most", "1%,x"], "\"x\": a share above 0 and below 1 expected"),
        (&["few.jsonl", "--splits", "0"], "1..=1000"),
        (&["few.jsonl", "--ledger", "task"], "cannot be used with"),
        (&[], "required arguments"),
    ] {
        let told = replay(args);
        assert!(told.code == Some(2) && told.err.contains(said), "{args:?}: {}", told.err);
    }
    // what the ledger holds can be replayed, too
    let found = json(replay(&["--ledger", "task", "--splits", "1", "--json"]));
    assert_eq!((&found["from"], &found["requests"]), (&value!("route `task`"), &value!(300)));
    assert!(bad(replay(&["--ledger", "none"])).contains("route `none`: at least 10 requests expected"));
}
