//! Anthropic's API: its messages, the order of its events, its errors, and its key's header.
use crate::support::{Server, accepted, json, named_events, prompt, types};
use gateway::Config;
use reqwest::Method;
use serde_json::{Value, json};

const MESSAGES: &str = "/v1/messages";
const CALL: &str = "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\":\"Oslo\"}}\n</tool_call>";
const OTHER: &str = "<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>";

fn asked(more: Value) -> Value {
    let mut body = json!({ "model": "script", "max_tokens": 300, "messages": [{ "role": "user", "content": "hi" }] });
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    body
}

fn with_tools(more: Value) -> Value {
    let city = json!({ "type": "object", "properties": { "city": { "type": "string" } }, "required": ["city"],
        "additionalProperties": false });
    let mut body = asked(json!({ "tools": [
        { "name": "weather", "description": "tells it", "input_schema": city, "cache_control": { "type": "ephemeral" } },
        { "type": "custom", "name": "now", "input_schema": { "type": "object" } },
    ] }));
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    body
}

#[tokio::test]
async fn a_message_is_answered_whole() {
    let server = Server::start().await;
    let system = json!([{ "type": "text", "text": "Be brief.", "cache_control": { "type": "ephemeral" } }]);
    let body = asked(json!({ "system": system, "temperature": 0.5, "top_k": 3, "stop_sequences": ["x"],
        "metadata": { "user_id": "u" }, "thinking": { "type": "disabled" } }));
    let mut message = json(server.post(MESSAGES, &body).await).await;
    assert!(message["id"].as_str().is_some_and(|id| id.starts_with("msg_")), "{message}");
    message["id"] = Value::Null;
    let said = "system: \"Be brief.\"\nuser: \"hi\"\n";
    let wanted = json!({ "id": null, "type": "message", "role": "assistant", "model": "script",
        "content": [{ "type": "text", "text": "Grüße!" }], "stop_reason": "end_turn", "stop_sequence": null,
        "usage": { "input_tokens": said.len(), "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
                   "output_tokens": 6 } });
    assert_eq!(message, wanted);
    assert_eq!(prompt(&server), said);
    let request = server.model.asked().pop().expect("a request");
    assert_eq!((request.sampling.temperature, request.sampling.top_k), (0.5, 3));
    assert_eq!(request.stop, ["x"]);
    let cut = json(server.post(MESSAGES, &asked(json!({ "max_tokens": 2 }))).await).await;
    assert_eq!((&cut["stop_reason"], &cut["content"][0]["text"]), (&json!("max_tokens"), &json!("Gr")));
}

#[tokio::test]
async fn events_come_in_their_order() {
    let server = Server::start().await;
    let events = named_events(server.post(MESSAGES, &asked(json!({ "stream": true, "max_tokens": 2 }))).await).await;
    let wanted = [
        "message_start",
        "content_block_start",
        "ping",
        "content_block_delta",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ];
    assert_eq!(types(&events), wanted);
    assert_eq!(events[0]["message"]["content"], json!([]));
    assert_eq!(events[1]["content_block"], json!({ "type": "text", "text": "" }));
    assert_eq!(events[3]["delta"], json!({ "type": "text_delta", "text": "G" }));
    let end = json!({ "type": "message_delta", "delta": { "stop_reason": "max_tokens", "stop_sequence": null },
        "usage": { "input_tokens": "user: \"hi\"\n".len(), "cache_creation_input_tokens": 0,
                   "cache_read_input_tokens": 0, "output_tokens": 2 } });
    assert_eq!(events[6], end);
}

#[tokio::test]
async fn calls_are_blocks() {
    let server = Server::start().await;
    server.model.answer_with(&format!("Let me see.{CALL}\n{OTHER}"));
    let whole = json(server.post(MESSAGES, &with_tools(json!({}))).await).await;
    let mut content = whole["content"].clone();
    for call in content.as_array_mut().expect("a list").iter_mut().skip(1) {
        assert!(call["id"].take().is_string());
    }
    let wanted = json!([
        { "type": "text", "text": "Let me see." },
        { "type": "tool_use", "id": null, "name": "weather", "input": { "city": "Oslo" } },
        { "type": "tool_use", "id": null, "name": "now", "input": {} },
    ]);
    assert_eq!((&content, &whole["stop_reason"]), (&wanted, &json!("tool_use")));

    let events = named_events(server.post(MESSAGES, &with_tools(json!({ "stream": true }))).await).await;
    let mut inputs = [String::new(), String::new(), String::new()];
    let mut open = None;
    for event in &events {
        let idx = event["index"].as_u64().map(|idx| idx as usize);
        match event["type"].as_str().expect("a type") {
            "content_block_start" => {
                assert_eq!((open, idx), (None, Some(open_before(&events, event))), "one after the other");
                open = idx;
            }
            "content_block_delta" => {
                assert_eq!(idx, open);
                let delta = &event["delta"];
                let text = delta["text"].as_str().or(delta["partial_json"].as_str()).expect("a piece");
                inputs[idx.expect("an index")].push_str(text);
            }
            "content_block_stop" => assert_eq!(idx, open.take()),
            _ => {}
        }
    }
    assert_eq!(inputs, ["Let me see.", r#"{"city":"Oslo"}"#, "{}"]);
    assert_eq!(types(&events).iter().filter(|kind| **kind == "ping").count(), 1);
    assert_eq!(events[events.len() - 2]["delta"]["stop_reason"], "tool_use");
}

/// How many blocks were opened before `event`.
fn open_before(events: &[Value], event: &Value) -> usize {
    let before = events.iter().take_while(|other| !std::ptr::eq(*other, event));
    before.filter(|other| other["type"] == "content_block_start").count()
}

#[tokio::test]
async fn each_choice_of_tools_allows_what_it_says() {
    let server = Server::start().await;
    server.model.answer_with(CALL);
    let both = format!("{CALL}\n{OTHER}");
    let texts = ["hello", CALL, OTHER, &both];
    for (choice, wanted) in [
        (json!({ "type": "auto" }), [true, true, true, true]),
        (json!({ "type": "auto", "disable_parallel_tool_use": true }), [true, true, true, false]),
        (json!({ "type": "any" }), [false, true, true, true]),
        (json!({ "type": "tool", "name": "weather" }), [false, true, false, false]),
    ] {
        let message = json(server.post(MESSAGES, &with_tools(json!({ "tool_choice": choice }))).await).await;
        assert_eq!(accepted(&server, &texts), wanted, "{choice}: {message}");
        assert_eq!(message["stop_reason"], "tool_use", "{choice}: also where the call was demanded");
    }
    let none = with_tools(json!({ "tool_choice": { "type": "none" } }));
    assert_eq!(server.post(MESSAGES, &none).await.status(), 200);
    assert!(server.model.asked().last().is_some_and(|request| request.grammar.is_none()));
    // a call that the end of the tokens cut
    let cut = json(server.post(MESSAGES, &with_tools(json!({ "max_tokens": 50 }))).await).await;
    assert_eq!((&cut["stop_reason"], &cut["content"][0]["input"]), (&json!("max_tokens"), &json!({})));
}

#[tokio::test]
async fn results_of_tools_go_on() {
    let server = Server::start().await;
    let messages = json!([
        { "role": "user", "content": "when?" },
        { "role": "assistant", "content": [
            { "type": "thinking", "thinking": "secret", "signature": "x" },
            { "type": "text", "text": "I look." },
            { "type": "tool_use", "id": "a", "name": "now", "input": {} },
            { "type": "tool_use", "id": "b", "name": "now", "input": {} },
        ] },
        { "role": "user", "content": [
            { "type": "tool_result", "tool_use_id": "a", "content": "noon" },
            { "type": "tool_result", "tool_use_id": "b", "content": [{ "type": "text", "text": "one" }], "is_error": false },
            { "type": "text", "text": "So?", "cache_control": { "type": "ephemeral" } },
        ] },
    ]);
    let response = server.post(MESSAGES, &asked(json!({ "messages": messages }))).await;
    assert_eq!(response.status(), 200, "{}", response.text().await.expect("a text"));
    let wanted = "user: \"when?\"\nassistant: \"I look.\"\ntool: \"noon\"\ntool: \"one\"\nuser: \"So?\"\n";
    assert_eq!(prompt(&server), wanted);
}

#[tokio::test]
async fn a_schema_holds() {
    let server = Server::start().await;
    let schema = json!({ "type": "object", "properties": { "a": { "type": "integer" } }, "required": ["a"],
        "additionalProperties": false });
    let format = json!({ "type": "json_schema", "schema": schema });
    for more in [json!({ "output_config": { "format": format } }), json!({ "output_format": format })] {
        assert_eq!(server.post(MESSAGES, &asked(more)).await.status(), 200);
        assert_eq!(accepted(&server, &[r#"{"a":1}"#, r#"{"a":"x"}"#, "hello"]), [true, false, false]);
    }
}

#[tokio::test]
async fn tokens_are_counted_without_an_answer() {
    let server = Server::start().await;
    for body in [asked(json!({ "system": "Be brief." })), with_tools(json!({}))] {
        let answered = json(server.post(MESSAGES, &body).await).await["usage"]["input_tokens"].clone();
        let n_asked = server.model.asked().len();
        let mut body = body;
        body.as_object_mut().expect("an object").remove("max_tokens");
        let counted = json(server.post("/v1/messages/count_tokens", &body).await).await;
        assert_eq!(counted, json!({ "input_tokens": answered }));
        assert_eq!(server.model.asked().len(), n_asked, "nobody answered");
    }
    let lost = server.post("/v1/messages/count_tokens", &asked(json!({ "model": "other" }))).await;
    assert_eq!((lost.status().as_u16(), &json(lost).await["error"]["type"]), (404, &json!("not_found_error")));
}

#[tokio::test]
async fn faults_are_told_in_its_own_words() {
    let server = Server::start().await;
    let user = |content: Value| json!({ "messages": [{ "role": "user", "content": content }] });
    for (more, status, kind, says) in [
        (json!({ "max_tokens": null }), 400, "invalid_request_error", "max_tokens: missing"),
        (json!({ "model": "other" }), 404, "not_found_error", "`other` here"),
        (json!({ "messages": [] }), 400, "invalid_request_error", "messages: at least one"),
        (json!({ "temperature": "hot" }), 400, "invalid_request_error", "temperature: "),
        (
            json!({ "messages": [{ "role": "nobody", "content": "x" }] }),
            400,
            "invalid_request_error",
            "messages[0].role",
        ),
        (
            user(json!([{ "type": "document" }])),
            400,
            "invalid_request_error",
            "messages[0].content[0].type: `document`",
        ),
        (user(json!([{ "text": "x" }])), 400, "invalid_request_error", "messages[0].content[0].type: missing"),
        (user(json!([{ "type": "image", "source": { "type": "file" } }])), 400, "invalid_request_error", "source.type"),
        (
            json!({ "tools": [{ "type": "web_search_20250305", "name": "web_search" }] }),
            400,
            "invalid_request_error",
            "tools[0].type: `web_search_20250305`",
        ),
        (json!({ "tools": [{ "name": "f" }] }), 400, "invalid_request_error", "tools[0].input_schema: missing"),
        (json!({ "mcp_servers": [{ "url": "x" }] }), 400, "invalid_request_error", "mcp_servers"),
        (json!({ "tool_choice": { "type": "some" } }), 400, "invalid_request_error", "tool_choice.type"),
        (json!({ "thinking": { "type": "some" } }), 400, "invalid_request_error", "thinking.type"),
        (user(json!("x".repeat(500))), 400, "invalid_request_error", "the prompt alone takes"),
        (user(json!("BREAK")), 500, "api_error", "the script broke"),
        (user(json!("PANIC")), 500, "api_error", "a defect"),
    ] {
        for stream in [false, true] {
            let mut body = asked(more.clone());
            body["stream"] = stream.into();
            let response = server.post(MESSAGES, &body).await;
            assert_eq!(response.status(), status, "{more}");
            assert_eq!(response.headers()["content-type"], "application/json");
            let error = json(response).await;
            assert_eq!((&error["type"], &error["error"]["type"]), (&json!("error"), &json!(kind)), "{more}: {error}");
            assert!(error["error"]["message"].as_str().is_some_and(|text| text.contains(says)), "`{says}`: {error}");
        }
    }
    server.model.fill(true);
    let busy = server.post(MESSAGES, &asked(json!({}))).await;
    assert!(busy.status() == 429 && busy.headers().contains_key("retry-after"));
    assert_eq!(json(busy).await["error"]["type"], "rate_limit_error");
    for (method, path, status, kind) in [
        (Method::GET, "/v1/messages", 405, "invalid_request_error"),
        (Method::POST, "/v1/messages/batches", 404, "not_found_error"),
    ] {
        let response = server.request(method, path).send().await.expect("an answer");
        assert_eq!(response.status(), status);
        assert_eq!(json(response).await["error"]["type"], kind);
    }
    let other = json(server.get("/v1/messagesque").await).await;
    assert_eq!(other["error"]["code"], "unknown_url", "not below its path: OpenAI's words");
}

#[tokio::test]
async fn a_fault_amid_a_stream_is_an_event() {
    let server = Server::start().await;
    let body = asked(json!({ "stream": true, "messages": [{ "role": "user", "content": "CRACK" }] }));
    let events = named_events(server.post(MESSAGES, &body).await).await;
    assert_eq!(types(&events), ["message_start", "content_block_start", "ping", "content_block_delta", "error"]);
    let error = json!({ "type": "error", "error": { "type": "api_error", "message": "the script broke" } });
    assert_eq!(events.last(), Some(&error));
}

#[tokio::test]
async fn the_key_may_come_in_its_own_header() {
    let server = Server::with(Config { api_keys: vec!["sk-one".to_owned()], ..Config::default() }).await;
    let ask = |header: &'static str, key: &'static str| {
        let request = server.request(Method::POST, MESSAGES).header(header, key);
        request.header("content-type", "application/json").body(asked(json!({})).to_string()).send()
    };
    for (header, key, status) in [
        ("x-api-key", "sk-one", 200),
        ("authorization", "Bearer sk-one", 200),
        ("x-api-key", "sk-two", 401),
        ("x-api-key", "", 401),
        ("x-api-key", "Bearer sk-one", 401),
        ("x-other", "sk-one", 401),
    ] {
        let response = ask(header, key).await.expect("an answer");
        assert_eq!(response.status(), status, "{header}: {key}");
        if status == 401 {
            assert_eq!(json(response).await["error"]["type"], "authentication_error");
        }
    }
    let elsewhere = server.request(Method::GET, "/v1/models").header("x-api-key", "sk-one").send().await.expect("one");
    assert_eq!(elsewhere.status(), 200);
}

#[tokio::test]
async fn its_clients_see_the_models_in_their_form() {
    let server = Server::start().await;
    let ask = |path: &'static str| server.request(Method::GET, path).header("anthropic-version", "2023-06-01").send();
    let list = json(ask("/v1/models").await.expect("an answer")).await;
    assert_eq!((&list["data"][0]["id"], &list["data"][0]["type"]), (&json!("script"), &json!("model")));
    assert_eq!((&list["has_more"], &list["first_id"]), (&json!(false), &json!("script")));
    assert_eq!(json(ask("/v1/models/script").await.expect("an answer")).await["display_name"], "script");
    let lost = ask("/v1/models/other").await.expect("an answer");
    assert_eq!((lost.status().as_u16(), &json(lost).await["error"]["type"]), (404, &json!("not_found_error")));
}
