//! Tools made by a model elsewhere that follows a script, within the day's money, from a file and from what recurs.
use crate::server::{ADMIN, Server};
use crate::shelf::{CONFIG, SECOND, TOOL, added, examples, fault, good, json, with_ledger, words};
use crate::support::Place;
use ledger::{Bodies, Keep, Ledger, Trace};
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Tokens that each answer of the maker takes.
const TOKENS: [u32; 2] = [4000, 1000];

/// A model elsewhere with these answers, one after the other; its address.
fn maker(answers: impl IntoIterator<Item = String>) -> String {
    let mut answers: VecDeque<String> = answers.into_iter().collect();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Some(text) = answers.pop_front() else { return };
            answer(stream.expect("a connection"), &text);
        }
    });
    format!("http://{address}/v1")
}

fn answer(mut stream: TcpStream, text: &str) {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).expect("a request");
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).expect("text").to_ascii_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
    let mut body = vec![0; length.expect("a length")];
    stream.read_exact(&mut body).expect("a body");
    let body: Value = serde_json::from_slice(&body).expect("JSON");
    let usage =
        json!({"prompt_tokens": TOKENS[0], "completion_tokens": TOKENS[1], "total_tokens": TOKENS[0] + TOKENS[1]});
    let said = json!({"role": "assistant", "content": text});
    let (kind, body) = if body["stream"] == true {
        let piece = json!({"id": "1", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": said}]});
        let end = json!({"id": "1", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": usage});
        ("text/event-stream", format!("data: {piece}\n\ndata: {end}\n\ndata: [DONE]\n\n"))
    } else {
        let choice = json!({"index": 0, "message": said, "finish_reason": "stop"});
        ("application/json", json!({"id": "1", "choices": [choice], "usage": usage}).to_string())
    };
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n", body.len());
    // a client that leaves early is the test's to find out
    let _ = write!(stream, "{head}connection: close\r\n\r\n{body}");
}

/// A place whose maker is at `url`, for `budget` USD a day: 1 USD a million tokens read, 10 written, so 0.014 a call.
fn place(name: &str, url: &str, budget: &str) -> Place {
    let place = Place::new(name);
    let config =
        CONFIG.replace("http://127.0.0.1:9/v1", url).replace("ledger.db'", "ledger.db'\nprices = 'prices.csv'");
    place.write("kinglet.toml", &format!("{config}\n[tools]\nmaker = 'far/large'\nbudget = {budget}\n"));
    let head = "provider,model,valid_from,valid_to,input,cached_input,output,currency,source";
    place.write("prices.csv", &format!("{head}\nfar,large,2020-01-01,,1,1,10,USD,https://far.example\n"));
    place.write("examples.jsonl", &examples());
    place
}

const MAKE: [&str; 7] = ["tools", "make", "--route", "words", "--examples", "examples.jsonl", "--yes"];

#[test]
fn a_maker_writes_two_programs_and_is_paid_for_each_try() {
    let wrong = TOOL.replace("sorted(words)", "sorted(words, reverse=True)");
    let place = place("tools-made", &maker([wrong, TOOL.to_owned(), TOOL.to_owned(), SECOND.to_owned()]), "1");
    let told = place.run(&MAKE, "");
    assert_eq!(told.code, Some(0), "{}", told.err);
    for said in [
        "far/large writes a tool from 45 examples: about 0.0",
        "0.00 of 1.00 USD are spent today",
        "first program: 4000 tokens read, 1000 written, 0.014 USD",
        "first program, repair 1: 4000 tokens read",
        "second program: 4000 tokens read",
        "second program, repair 1: 4000 tokens read",
        "`sort_words` is number 1 of route `words`, in shadow",
    ] {
        assert!(told.err.contains(said), "{said}: {}", told.err);
    }
    let made = json(place.run(&["tools", "show", "sort_words", "--json"], ""));
    for provenance in [&made["provenance"], &made["second"]["provenance"]] {
        assert_eq!((&provenance["repairs"], &provenance["cost"]), (&json!(1), &json!(28_000)));
        assert_eq!(provenance["maker"], "far/large");
    }
    assert_eq!(made["why"], "verified: its answers are compared from now on");
    let shown = good(place.run(&["tools", "show", "sort_words"], ""));
    assert!(shown.contains("# the second program\nBEGIN"), "{shown}");
    let both = json(place.run(&["tools", "test", "sort_words", "--text", "Sort these words: b a"], ""));
    assert_eq!((&both["answer"], &both["second"]["result"]), (&json!("a b"), &json!(["a", "b"])));
    let report = json(place.run(&["report", "--by", "route", "--json"], ""));
    let line = &report["lines"][0];
    assert_eq!((&line["group"], &line["requests"], &line["cost_usd"]), (&json!("(tools)"), &json!(4), &json!(0.056)));
}

#[test]
fn a_tool_whose_second_program_is_refused_stands_alone_and_says_so() {
    let place = place("tools-alone", &maker([TOOL.to_owned(), TOOL.to_owned()]), "0.184");
    // two calls, and a third could pass the budget
    let told = place.run(&MAKE, "");
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(told.err.contains("no second program: the budget for making is used up"), "{}", told.err);
    let shown = good(place.run(&["tools", "show", "sort_words"], ""));
    assert!(shown.contains("second    none: the budget for making is used up"), "{shown}");
}

#[test]
fn one_program_is_enough_where_the_operator_says_so() {
    let place = place("tools-one", &maker([TOOL.to_owned()]), "1\nsecond_maker = 'none'");
    let told = place.run(&MAKE, "");
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(!told.err.contains("second"), "{}", told.err);
}

#[test]
fn making_stops_before_the_budget_is_passed() {
    let wrong = || TOOL.replace("sorted(words)", "sorted(words, reverse=True)");
    // an answer may have 16,384 tokens, which is 0.164 USD: one call fits, and with what it took none more
    let place = place("tools-budget", &maker([wrong(), TOOL.to_owned()]), "0.175");
    let stopped = fault(place.run(&MAKE, ""));
    assert!(stopped.contains("first program") && !stopped.contains("repair 1"), "{stopped}");
    assert!(
        stopped.contains("0.014 USD were spent on making today") && stopped.contains("tools.budget is 0.175"),
        "{stopped}"
    );
    assert_eq!(json(place.run(&["tools", "list", "--json"], ""))["tools"], json!([]));
    let asked = fault(place.run(&MAKE[..6], ""));
    assert!(asked.contains("say --yes"), "nobody is there to agree: {asked}");
}

/// How the requests that recur begin: a few words in common make no kind.
const WORDING: &str = "Put these words into the order of the alphabet";

/// Requests of an hour each, as a gateway writes them down: 50 of one kind among 150 that are all different.
async fn traffic(ledger: &Ledger) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_micros() as i64;
    for n in 0..200 {
        let (text, answer) = if n % 4 == 0 {
            let mut words = words(n / 4);
            let text = format!("{WORDING}: {}", words.join(" "));
            words.sort();
            (text, words.join(" "))
        } else {
            let noise: Vec<String> = (0..6).map(|i| format!("w{:x}", (n * 31 + i * 17) * 7919 % 99_991)).collect();
            (format!("{}?", noise.join(" ")), "so it is".to_owned())
        };
        let request = json!({"model": "words", "messages": [{"role": "user", "content": text}]}).to_string();
        let time = now - (200 - n as i64) * 3_600_000_000;
        let trace = Trace {
            id: format!("r-{n}"),
            time,
            route: Some("words".to_owned()),
            tier: Some("large".to_owned()),
            asked: "words".to_owned(),
            cost: 20_000,
            status: 200,
            bodies: Bodies::new(Keep::Full { days: 30 }, time, &request, &answer),
            ..Trace::default()
        };
        ledger.append(trace).await.expect("appended");
    }
}

#[test]
fn what_recurs_is_suggested_until_there_is_a_tool() {
    let place = place("tools-suggest", "http://127.0.0.1:9/v1", "1");
    let suggest = || place.run(&["tools", "suggest", "--json"], "");
    good(place.run(&["key", "create", "--owner", "ann"], ""));
    assert_eq!(json(suggest())["suggestions"], json!([]));
    with_ledger(&place, traffic);
    let found = json(suggest());
    let [one] = &found["suggestions"].as_array().expect("a list")[..] else { panic!("one expected: {found}") };
    assert_eq!((&found["requests"], &one["requests"]), (&json!(200), &json!(50)));
    assert!(one["n_examples"].as_u64().is_some_and(|n| n >= 40) && one["n_negatives"].as_u64() > Some(0), "{one}");
    assert!(good(place.run(&["tools", "suggest"], "")).contains(WORDING));

    place.write("tool.md", &TOOL.replace("Sort these words", WORDING));
    let add = ["tools", "add", "tool.md", "--route", "words", "--suggestion"];
    assert!(fault(place.run(&[&add[..], &["2"]].concat(), "")).contains("a number from 1 to 1 expected, 2 found"));
    added(&place, &[&add[2..], &["1"]].concat());
    assert_eq!(json(suggest())["suggestions"], json!([]), "they have a tool now");
}

/// The body of a request to have a tool made for `route`.
fn wanted(route: &str) -> Value {
    let all = examples().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect::<Vec<Value>>();
    let (good, foreign): (Vec<_>, Vec<_>) = all.into_iter().partition(|line| line.get("target").is_some());
    let foreign: Vec<_> = foreign.iter().map(|line| line["text"].clone()).collect();
    json!({"route": route, "examples": good, "negatives": foreign})
}

/// What became of a job, once it is at its end.
fn ended(server: &Server, job: &Value) -> Value {
    let path = format!("/admin/v1/tools/jobs/{}", job.as_str().expect("a name"));
    let looks = (0..3000).map(|_| {
        thread::sleep(Duration::from_millis(100));
        let (status, told) = server.get(&path);
        assert_eq!(status, 200, "{told}");
        told
    });
    let mut ended = looks.skip_while(|told| told["job"]["state"] == "working");
    ended.next().expect("it never ends")
}

#[test]
fn an_operator_has_a_tool_made_over_http() {
    let place = place("tools-made-http", &maker([TOOL.to_owned()]), "1");
    let server = Server::start(&place);
    let make = |route| server.post("/admin/v1/tools", &[ADMIN], &wanted(route));
    let (status, told) = make("wrods");
    assert_eq!((status, &told["error"]["param"]), (400, &json!("route")), "{told}");
    let said = told["error"]["message"].as_str().expect("a message");
    assert!(said.contains("a route with `tools = true` expected (`words`), `wrods` found"), "{said}");
    let (status, told) = make("words");
    assert_eq!(status, 202, "{told}");
    let ended = ended(&server, &told["job"]);
    assert_eq!((&ended["job"]["state"], &ended["spent_today_usd"]), (&json!("kept"), &json!(0.014)), "{ended}");
    assert_eq!(server.get("/admin/v1/tools").1["tools"][0]["id"], ended["job"]["tool"]);
    // another server knows nothing of it, and says where to look
    drop(server);
    let server = Server::start(&place);
    let (status, told) = server.get(&format!("/admin/v1/tools/jobs/{}", ended["job"]["id"].as_str().expect("a name")));
    let said = told["error"]["message"].as_str().unwrap_or_default();
    assert!(status == 404 && said.contains("jobs end with the server that began them"), "{status} {told}");
    assert!(said.contains("what was made is in GET /admin/v1/tools"), "{said}");
    assert_eq!(server.get("/admin/v1/tools").1["tools"][0]["id"], ended["job"]["tool"]);
}
