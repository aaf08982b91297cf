//! The tools of a ledger as agents have them: by pipes, and over HTTP behind a key.
use crate::server::{ADMIN, Running, Server};
use crate::shelf::{CONFIG, ENOUGH, compared, good, id, place, place_of_two, requests};
use crate::support::Place;
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Lines, Write},
    process::{ChildStdin, ChildStdout, Stdio},
};

fn hello() -> Value {
    let client = json!({"name": "test", "version": "1"});
    let params = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client});
    json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params})
}

fn call(id: u32, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params})
}

/// A program that lends tools to this test by pipes.
struct Agent {
    running: Running,
    to: ChildStdin,
    from: Lines<BufReader<ChildStdout>>,
}

impl Agent {
    fn start(place: &Place) -> Self {
        let mut command = place.kinglet(&["tools", "mcp"]);
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut running = Running(started.expect("it starts"));
        let to = running.0.stdin.take().expect("a pipe");
        let from = BufReader::new(running.0.stdout.take().expect("a pipe")).lines();
        Self { running, to, from }
    }

    fn ask(&mut self, message: Value) -> Value {
        writeln!(self.to, "{message}").expect("written");
        if message.get("id").is_none() {
            return Value::Null;
        }
        serde_json::from_str(&self.from.next().expect("a line").expect("text")).expect("JSON")
    }

    /// The same, once both have said who they are.
    fn ready(place: &Place) -> Self {
        let mut agent = Self::start(place);
        agent.ask(hello());
        agent.ask(json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        agent
    }

    fn list(&mut self) -> Value {
        self.ask(json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}))["result"]["tools"].clone()
    }
}

#[test]
fn an_agent_is_lent_what_is_proven() {
    let place = place("tools-lent");
    let id = id(&place);
    let refused = |name: &str| {
        let mut agent = Agent::ready(&place);
        assert_eq!(agent.list(), json!([]));
        let told = agent.ask(call(2, json!({"name": name, "arguments": {"words": ["a"]}})));
        assert_eq!(told["error"]["code"], -32602, "{told}");
        told["error"]["message"].as_str().expect("a message").to_owned()
    };
    let missing = "tool `sort_words`: not proven yet: 0 comparisons so far, 0 of them worse; at least 163 more";
    assert!(refused("sort_words").starts_with(missing), "in shadow");
    good(place.run(&["tools", "approve", "sort_words", "--anyway"], ""));
    for name in ["sort_words", "sort_words.words", &format!("sort_words@{}", &id[..12])] {
        let told = refused(name);
        assert!(told.contains("at least 163 more") && told.contains("requests of route `words`"), "{name}: {told}");
    }
    assert!(refused("sort_words@00000000").contains("unknown tool"), "another tool");
    compared(&place, &id, requests(0, ENOUGH - 1));
    assert!(refused("sort_words").contains("162 comparisons so far, 0 of them worse; at least 1 more"));
    compared(&place, &id, requests(ENOUGH, 1));
    assert_eq!(Agent::ready(&place).list()[0]["name"], "sort_words");
    good(place.run(&["tools", "suspend", "sort_words"], ""));
    good(place.run(&["tools", "resume", "sort_words"], ""));
    assert!(refused("sort_words").contains("proven, and not approved yet: `kinglet tools approve sort_words"));
    place.write("kinglet.toml", &CONFIG.replace("tools = true", ""));
    assert!(refused("sort_words").contains("route `words` takes no tools: set `tools = true`"));
}

#[test]
fn an_agent_calls_tools_by_pipes() {
    let place = place_of_two("tools-pipes");
    let id = id(&place);
    good(place.run(&["tools", "approve", "sort_words", "--anyway"], ""));
    compared(&place, &id, requests(0, ENOUGH));
    let mut agent = Agent::start(&place);
    let mut ask = |message| agent.ask(message);
    let told = ask(hello());
    assert_eq!(told["result"]["protocolVersion"], "2025-06-18");
    assert!(told["result"]["capabilities"]["tools"].is_object(), "{told}");
    ask(json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    let tool = &ask(json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}))["result"]["tools"][0];
    assert_eq!((&tool["name"], &tool["annotations"]["readOnlyHint"]), (&json!("sort_words"), &json!(true)));
    assert_eq!(tool["outputSchema"]["required"], json!(["result"]), "{tool}");
    assert_eq!(tool["_meta"]["kinglet/id"], id, "{tool}");

    let words = json!({"words": ["pear", "fig"]});
    let sorted = json!({"result": ["fig", "pear"]});
    for (name, meta) in [
        ("sort_words".to_owned(), json!({})),
        (format!("sort_words@{}", &id[..12]), json!({})),
        ("sort_words".to_owned(), json!({"kinglet/id": id})),
    ] {
        let told = ask(call(2, json!({"name": name, "arguments": words, "_meta": meta})));
        assert_eq!(told["result"]["structuredContent"], sorted, "{name}: {told}");
        assert_eq!(told["result"]["content"][0]["text"], sorted.to_string());
        assert_eq!(told["result"]["_meta"]["kinglet/agreed"], true, "{told}");
    }
    // its second program takes texts, and no request has such words
    let told = ask(call(2, json!({"name": "sort_words", "arguments": {"words": ["w2", "w1"]}})));
    assert_eq!(told["result"]["_meta"]["kinglet/agreed"], false, "{told}");
    let told = ask(call(3, json!({"name": "sort_words", "arguments": {"words": "pear"}})));
    let said = told["result"]["content"][0]["text"].as_str().unwrap_or_default();
    assert!(told["result"]["isError"] == true && said.contains("/words"), "{told}");
    for (params, said) in [
        (json!({"name": "none"}), "unknown tool `none`; there is `sort_words`"),
        (json!({"name": "sort_words@00000000", "arguments": words}), "is not the pinned one any more"),
        (
            json!({"name": "sort_words", "arguments": words, "_meta": {"kinglet/id": "f".repeat(64)}}),
            "is not the pinned",
        ),
        (json!({"name": "sort_words@1", "arguments": words}), "a pin of at least 8"),
    ] {
        let told = ask(call(4, params));
        assert_eq!(told["error"]["code"], -32602, "{told}");
        assert!(told["error"]["message"].as_str().is_some_and(|message| message.contains(said)), "{told}");
    }
    let Agent { mut running, to, .. } = agent;
    drop(to);
    assert!(running.0.wait().expect("it ends").success(), "an agent that leaves is no fault");
    let counted = good(place.run(&["report", "--by", "tier", "--json"], ""));
    let counted: Value = serde_json::from_str(&counted).expect("JSON");
    let lines = counted["lines"].as_array().expect("lines");
    assert!(lines.iter().any(|line| line["group"] == "tool" && line["requests"] == 5), "{counted}");
}

#[test]
fn an_agent_calls_tools_over_http_with_a_key() {
    let place = place("tools-http");
    let made = good(place.run(&["key", "create", "--owner", "ann"], ""));
    let elsewhere = good(place.run(&["key", "create", "--owner", "bob", "--routes", "other"], ""));
    let server = Server::start(&place);
    // an operator lets it answer while the server runs
    let id = id(&place);
    let refused = server.post("/admin/v1/tools/sort_words/approve", &[ADMIN], &Value::Null);
    assert!(refused.0 == 400 && refused.1.to_string().contains("not proven yet"), "{refused:?}");
    let approved = server.post("/admin/v1/tools/sort_words/approve", &[ADMIN], &json!({"anyway": true}));
    assert_eq!((approved.0, &approved.1["status"]), (200, &json!("active")), "{approved:?}");
    compared(&place, &id, requests(0, ENOUGH));
    let tested = server.post("/admin/v1/tools/sort_words/test", &[ADMIN], &Value::Null);
    assert_eq!((tested.0, &tested.1["right"], &tested.1["wrong"]), (200, &json!(45), &json!([])), "{tested:?}");
    assert_eq!(server.post("/admin/v1/tools/none/suspend", &[ADMIN], &Value::Null).0, 404);
    assert_eq!(server.post("/admin/v1/tools/sort_words/suspend", &[], &Value::Null).0, 401);

    let accept = ("accept", "application/json, text/event-stream");
    let kind = ("content-type", "application/json");
    let (ann, bob) = (format!("Bearer {}", made.trim()), format!("Bearer {}", elsewhere.trim()));
    let mcp =
        |headers: &[(&str, &str)], message: &Value| server.post("/mcp", &[headers, &[accept, kind]].concat(), message);
    let version = ("mcp-protocol-version", "2025-06-18");
    assert_eq!(mcp(&[], &hello()).0, 401, "nothing is told without a key");
    let (ann, bob) = (("authorization", ann.as_str()), ("authorization", bob.as_str()));
    let told = mcp(&[ann], &hello());
    assert_eq!((told.0, &told.1["result"]["serverInfo"]["name"]), (200, &json!("kinglet")), "{told:?}");
    let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    assert_eq!(mcp(&[ann, version], &list).1["result"]["tools"][0]["name"], "sort_words");
    assert_eq!(mcp(&[bob, version], &list).1["result"]["tools"], json!([]), "a key sees the tools of its routes");
    let sort = call(2, json!({"name": "sort_words", "arguments": {"words": ["b", "a"]}}));
    assert_eq!(mcp(&[ann, version], &sort).1["result"]["structuredContent"], json!({"result": ["a", "b"]}));
    assert_eq!(mcp(&[bob, version], &sort).1["error"]["code"], -32602);
    // a page that a browser shows, wherever it says it is
    for (origin, status) in [("https://evil.example", 403), ("null", 403), ("http://localhost:3000", 200)] {
        assert_eq!(mcp(&[ann, version, ("origin", origin)], &list).0, status, "{origin}");
    }
}
