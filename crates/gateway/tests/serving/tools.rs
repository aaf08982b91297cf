//! Forms of answers and calls of tools: what the grammar that reaches the model lets through, and how calls are told.
use crate::support::{Server, accepted, events, json, prompt};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

const CHAT: &str = "/v1/chat/completions";
const CALL: &str = "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\":\"Oslo\"}}\n</tool_call>";
const OTHER: &str = "<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>";

fn asked(more: Value) -> Value {
    let weather = json!({ "type": "object", "properties": { "city": { "type": "string" } }, "required": ["city"],
        "additionalProperties": false });
    let tools = json!([
        { "type": "function", "function": { "name": "weather", "parameters": weather } },
        { "type": "function", "function": { "name": "now", "parameters": {} } },
        { "type": "function", "function": { "name": "bare" } },
    ]);
    let mut body = json!({ "model": "script", "messages": [{ "role": "user", "content": "hi" }], "tools": tools });
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    body
}

#[tokio::test]
async fn each_choice_allows_what_it_says() {
    let server = Server::start().await;
    let both = format!("{CALL}\n{OTHER}");
    let texts =
        ["hello", CALL, OTHER, &both, "Well. <tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>"];
    let named = json!({ "type": "function", "function": { "name": "weather" } });
    let allowed = |mode: &str| {
        json!({ "type": "allowed_tools", "allowed_tools": { "mode": mode,
            "tools": [{ "type": "function", "function": { "name": "now" } }] } })
    };
    for (more, wanted, calls) in [
        (json!({}), [true, true, true, true, true], "tool_calls"),
        (json!({ "tool_choice": "auto" }), [true, true, true, true, true], "tool_calls"),
        (json!({ "tool_choice": "auto", "parallel_tool_calls": false }), [true, true, true, false, true], "tool_calls"),
        (json!({ "tool_choice": "required" }), [false, true, true, true, false], "tool_calls"),
        (json!({ "tool_choice": named }), [false, true, false, false, false], "stop"),
        (json!({ "tool_choice": allowed("auto") }), [true, false, true, false, true], "tool_calls"),
        (json!({ "tool_choice": allowed("required") }), [false, false, true, false, false], "tool_calls"),
    ] {
        let says = if more["tool_choice"]["type"] == "allowed_tools" { OTHER } else { CALL };
        server.model.answer_with(says);
        let reply = json(server.post(CHAT, &asked(more.clone())).await).await;
        assert_eq!(accepted(&server, &texts), wanted, "{more}: {reply}");
        let choice = &reply["choices"][0];
        assert_eq!((&choice["finish_reason"], &choice["message"]["content"]), (&json!(calls), &Value::Null), "{more}");
        assert_eq!(choice["message"]["tool_calls"].as_array().map(Vec::len), Some(1), "{more}");
    }
    server.model.answer_with("hello");
    let reply = json(server.post(CHAT, &asked(json!({ "tool_choice": "none" }))).await).await;
    assert!(server.model.asked().last().is_some_and(|r| r.grammar.is_none()), "{reply}");
    assert_eq!(reply["choices"][0]["message"]["content"], "hello");
    let wrong = "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"town\":\"Oslo\"}}\n</tool_call>";
    server.post(CHAT, &asked(json!({}))).await;
    assert_eq!(accepted(&server, &[wrong]), [false], "arguments follow their schema");
}

#[tokio::test]
async fn calls_are_streamed() {
    let server = Server::start().await;
    server.model.answer_with(&format!("Let me see.{CALL}\n{OTHER}"));
    let events = events(server.post(CHAT, &asked(json!({ "stream": true }))).await).await;
    let chunks: Vec<Value> = events.iter().filter_map(|event| serde_json::from_str(event).ok()).collect();
    let (mut text, mut calls) = (String::new(), Vec::<(String, String)>::new());
    for chunk in &chunks {
        let delta = &chunk["choices"][0]["delta"];
        text.push_str(delta["content"].as_str().unwrap_or_default());
        for call in delta["tool_calls"].as_array().into_iter().flatten() {
            let index = call["index"].as_u64().expect("an index") as usize;
            if let Some(name) = call["function"]["name"].as_str() {
                assert!(call["id"].as_str().is_some_and(|id| id.starts_with("call_")) && call["type"] == "function");
                calls.push((name.to_owned(), String::new()));
            }
            calls[index].1.push_str(call["function"]["arguments"].as_str().expect("arguments"));
        }
    }
    assert_eq!(text, "Let me see.");
    let wanted = [("weather", r#"{"city":"Oslo"}"#), ("now", "{}")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(calls, wanted);
    assert_eq!(chunks.last().expect("chunks")["choices"][0]["finish_reason"], "tool_calls");
    // cut amid a call
    let body = asked(json!({ "tool_choice": "required", "max_tokens": 60 }));
    server.model.answer_with(CALL);
    let reply = json(server.post(CHAT, &body).await).await;
    assert_eq!(reply["choices"][0]["finish_reason"], "length");
}

#[tokio::test]
async fn tools_and_a_form_are_a_union() {
    let server = Server::start().await;
    let format = json!({ "type": "json_schema", "json_schema": { "name": "n", "strict": true,
        "schema": { "type": "object", "properties": { "a": { "type": "integer" } }, "required": ["a"], "additionalProperties": false } } });
    server.post(CHAT, &asked(json!({ "response_format": format }))).await;
    assert_eq!(accepted(&server, &[r#"{"a":1}"#, CALL, "hello", r#"{"a":"x"}"#]), [true, true, false, false]);
}

#[tokio::test]
async fn forms_are_read_by_every_name() {
    let server = Server::start().await;
    let schema = json!({ "type": "integer" });
    for (form, yes, no) in [
        (json!({ "response_format": { "type": "json_object" } }), r#"{"x":[1,{"y":null}]}"#, "[1]"),
        (
            json!({ "response_format": { "type": "json_schema", "json_schema": { "name": "i", "schema": schema } } }),
            "12",
            "x",
        ),
        (json!({ "guided_json": schema }), "12", "1.5"),
        (json!({ "guided_json": schema.to_string() }), "12", "1.5"),
        (json!({ "json_schema": schema }), "12", "1.5"),
        (json!({ "guided_regex": "[ab]{2}/c" }), "ab/c", "abc"),
        (json!({ "regex": "(yes|no)" }), "no", "maybe"),
        (json!({ "guided_choice": ["red", "green blue"] }), "green blue", "green"),
        (json!({ "guided_grammar": "start: \"a\" (\"b\" | \"c\")+" }), "abcb", "a"),
        (
            json!({ "grammar": "# a list\nroot ::= \"- \" item (\"\\n- \" item)*\nitem ::= [a-z]+ [^a-z\\n]?\n" }),
            "- ab!\n- c",
            "- ",
        ),
        (json!({ "structured_outputs": { "choice": ["x", "y"] } }), "y", "z"),
        (json!({ "structured_outputs": { "regex": "a+" } }), "aaa", "b"),
    ] {
        for (path, prompt) in [(CHAT, "messages"), ("/v1/completions", "prompt")] {
            let mut body = json!({ "model": "script" });
            body[prompt] = if path == CHAT { json!([{ "role": "user", "content": "hi" }]) } else { "hi".into() };
            body.as_object_mut().expect("an object").extend(form.as_object().expect("an object").clone());
            let response = server.post(path, &body).await;
            assert_eq!(response.status(), 200, "{form}: {}", json(response).await);
            assert_eq!(accepted(&server, &[yes, no]), [true, false], "{form}");
        }
    }
}

#[tokio::test]
async fn tools_reach_the_template() {
    let server = Server::start().await;
    let body = json!({ "model": "script", "messages": [{ "role": "user", "content": "hi" }], "max_tokens": 1,
        "tools": [{ "type": "function", "function": { "name": "now" } }] });
    assert_eq!(server.post(CHAT, &body).await.status(), 200);
    assert!(prompt(&server).starts_with("tools: now\n"), "{}", prompt(&server));
    server.model.plain.store(true, Ordering::SeqCst);
    assert_eq!(server.post(CHAT, &body).await.status(), 200);
    assert!(
        prompt(&server).starts_with("system: \"You can call these tools") && prompt(&server).contains("<tools>"),
        "{}",
        prompt(&server)
    );
}
