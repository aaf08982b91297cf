//! Anthropic's API: what a request becomes there, and what is heard of its answer.
use crate::stage::{Play, Stage, answer, call, end, events, piece, refused, text, upstream, whole};
use chat::{ChatRequest, Delta, Finish, Kind, Usage};
use gateway::{Api, Settings};
use serde_json::{Value, json};

/// A short answer.
const HELLO: [&str; 8] = [
    r#"{"type":"message_start","message":{"id":"m","usage":{"input_tokens":5,"cache_creation_input_tokens":20,"cache_read_input_tokens":100,"output_tokens":1}}}"#,
    r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
    r#"{"type":"ping"}"#,
    r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hel"}}"#,
    r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"lo"}}"#,
    r#"{"type":"content_block_stop","index":0}"#,
    r#"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":7}}"#,
    r#"{"type":"message_stop"}"#,
];

fn request(value: Value) -> ChatRequest {
    serde_json::from_value(value).expect("a request")
}

fn asking(with: Value) -> ChatRequest {
    let mut body = json!({ "model": "route", "messages": [{ "role": "user", "content": "Hi" }] });
    for (name, value) in with.as_object().expect("an object") {
        body[name] = value.clone();
    }
    request(body)
}

/// What is sent for `request`.
async fn sent(request: &ChatRequest, settings: impl Fn(Settings) -> Settings) -> Value {
    let stage = Stage::new(vec![Play::Send(events(&HELLO))]).await;
    whole(&upstream(settings(stage.settings(Api::Anthropic))), request).await;
    let sent = stage.asked().pop().expect("a request");
    assert!(sent.head.starts_with("POST /v1/messages HTTP/1.1\r\n"), "{}", sent.head);
    assert!(
        sent.head.contains("x-api-key: sk-very-secret\r\n") && sent.head.contains("anthropic-version: 2023-06-01\r\n")
    );
    sent.body
}

/// The deltas that `data` are heard as.
async fn heard_of(request: &ChatRequest, data: &[&str]) -> Vec<Delta> {
    let stage = Stage::new(vec![Play::Send(events(data))]).await;
    whole(&stage.upstream(Api::Anthropic), request).await
}

#[tokio::test]
async fn a_conversation_is_told_in_blocks() {
    let chat = request(json!({
        "model": "route",
        "messages": [
            { "role": "system", "content": "Be brief." },
            { "role": "developer", "content": [{ "type": "text", "text": "And kind.", "cache_control": { "type": "ephemeral" } }] },
            { "role": "user", "content": [
                { "type": "text", "text": "What are these?" },
                { "type": "image_url", "image_url": { "url": "data:image/png;base64,AAAA" } },
                { "type": "image_url", "image_url": { "url": "https://a.example/cat.jpg" } },
            ] },
            { "role": "assistant", "content": "", "tool_calls": [
                { "id": "call:1", "type": "function", "function": { "name": "look", "arguments": "{\"at\":1}" } },
                { "id": "c2", "type": "function", "function": { "name": "look", "arguments": "" } },
            ] },
            { "role": "tool", "content": "a cat", "tool_call_id": "call:1" },
            { "role": "tool", "content": "", "tool_call_id": "c2" },
            { "role": "user", "content": "And now?" },
            { "role": "assistant", "content": "It is \n" },
        ],
        "temperature": 1.5,
        "top_p": 0.9,
        "top_k": 5,
        "stop": "END",
        "max_tokens": 100,
        "seed": 7,
    }));
    let expected = json!({
        "model": "large",
        "messages": [
            { "role": "user", "content": [
                { "type": "text", "text": "What are these?" },
                { "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": "AAAA" } },
                { "type": "image", "source": { "type": "url", "url": "https://a.example/cat.jpg" } },
            ] },
            { "role": "assistant", "content": [
                { "type": "tool_use", "id": "call_1", "name": "look", "input": { "at": 1 } },
                { "type": "tool_use", "id": "c2", "name": "look", "input": {} },
            ] },
            { "role": "user", "content": [
                { "type": "tool_result", "tool_use_id": "call_1", "content": [{ "type": "text", "text": "a cat" }] },
                { "type": "tool_result", "tool_use_id": "c2" },
                { "type": "text", "text": "And now?" },
            ] },
            { "role": "assistant", "content": [{ "type": "text", "text": "It is" }] },
        ],
        "system": [
            { "type": "text", "text": "Be brief." },
            { "type": "text", "text": "And kind.", "cache_control": { "type": "ephemeral" } },
        ],
        "max_tokens": 100,
        "temperature": 1,
        "top_k": 5,
        "stop_sequences": ["END"],
        "stream": true,
    });
    assert_eq!(sent(&chat, |settings| settings).await, expected);
}

#[tokio::test]
async fn tools_and_their_choice_are_translated() {
    let strict = json!({ "type": "object", "properties": { "x": { "type": "integer" } }, "required": ["x"] });
    let mut enforced = strict.clone();
    enforced["additionalProperties"] = json!(false);
    let tools = json!([
        { "type": "function", "function": { "name": "f", "description": "Does f.", "parameters": strict, "strict": true } },
        { "type": "function", "function": { "name": "g" } },
    ]);
    let translated = json!([
        { "name": "f", "description": "Does f.", "input_schema": enforced, "strict": true },
        { "name": "g", "input_schema": { "type": "object", "properties": {} } },
    ]);
    for (choice, parallel, expected) in [
        (json!(null), json!(null), json!({ "type": "auto" })),
        (json!("none"), json!(false), json!({ "type": "none" })),
        (json!("required"), json!(false), json!({ "type": "any", "disable_parallel_tool_use": true })),
        (
            json!({ "type": "function", "function": { "name": "f" } }),
            json!(true),
            json!({ "type": "tool", "name": "f" }),
        ),
    ] {
        let chat = asking(json!({ "tools": tools, "tool_choice": choice, "parallel_tool_calls": parallel }));
        let body = sent(&chat, |settings| settings).await;
        assert_eq!((&body["tools"], &body["tool_choice"]), (&translated, &expected), "{choice}");
    }
    let g = json!({ "type": "function", "function": { "name": "g" } });
    let allowed = json!({ "type": "allowed_tools", "allowed_tools": { "mode": "required", "tools": [g] } });
    let body = sent(&asking(json!({ "tools": tools, "tool_choice": allowed })), |settings| settings).await;
    assert_eq!((&body["tools"], &body["tool_choice"]), (&json!([translated[1]]), &json!({ "type": "any" })));
}

#[tokio::test]
async fn a_schema_is_enforced_there_where_it_can_be() {
    let schema =
        json!({ "type": "object", "properties": { "n": { "type": "integer", "minimum": 1 } }, "required": ["n"] });
    let native = json!({ "type": "object", "required": ["n"], "additionalProperties": false,
        "properties": { "n": { "type": "integer", "description": "(minimum: 1)" } } });
    let format = json!({ "type": "json_schema", "json_schema": { "name": "x", "schema": schema } });
    for asked in [json!({ "response_format": format }), json!({ "guided_json": schema })] {
        let body = sent(&asking(asked), |settings| settings).await;
        assert_eq!(body["output_config"], json!({ "format": { "type": "json_schema", "schema": native } }));
        assert!(body.get("tools").is_none());
    }
    // else it is that of a tool
    let free = json!({ "type": "object" });
    let by_tool = |settings| Settings { answer_by_tool: true, ..settings };
    let object = sent(&asking(json!({ "response_format": { "type": "json_object" } })), |settings| settings).await;
    let forced = sent(&asking(json!({ "response_format": format })), by_tool).await;
    for (body, schema) in [(object, &free), (forced, &schema)] {
        assert_eq!(&body["tools"][0]["input_schema"], schema);
        assert_eq!(body["tool_choice"], json!({ "type": "tool", "name": "answer" }));
        assert!(body.get("output_config").is_none());
    }
    // beside the client's own tools, one of which has that name
    let tools = json!([{ "type": "function", "function": { "name": "answer" } }]);
    let body = sent(&asking(json!({ "response_format": format, "tools": tools })), by_tool).await;
    assert_eq!((&body["tools"][1]["name"], &body["tool_choice"]), (&json!("answer_"), &json!({ "type": "any" })));
    let called = json!({ "response_format": format, "tools": tools, "tool_choice": "required" });
    let body = sent(&asking(called), by_tool).await;
    assert_eq!((body["tools"].as_array().map(Vec::len), &body["tool_choice"]), (Some(1), &json!({ "type": "any" })));
}

#[tokio::test]
async fn thinking_is_asked_for_where_it_may_be() {
    let mut chat = asking(json!({ "temperature": 0.2 }));
    chat.more.insert("thinking".to_owned(), json!({ "type": "enabled", "budget_tokens": 2048 }));
    chat.more.insert("user".to_owned(), json!("u1"));
    chat.more.insert("model".to_owned(), json!("evil"));
    let body = sent(&chat, |settings| settings).await;
    assert_eq!((&body["model"], &body["metadata"]), (&json!("large"), &json!({ "user_id": "u1" })));
    assert_eq!((&body["thinking"]["budget_tokens"], &body["max_tokens"]), (&json!(2048), &json!(2048 + 8192)));
    assert!(body.get("temperature").is_none(), "it may not be set beside");
    chat.options.guided.response_format = Some(json!({ "type": "json_object" }));
    let body = sent(&chat, |settings| settings).await;
    assert_eq!((body.get("thinking"), &body["max_tokens"], &body["temperature"]), (None, &json!(8192), &json!(0.2)));
}

#[tokio::test]
async fn what_has_no_counterpart_is_refused_by_name() {
    let part = |part: Value| json!({ "messages": [{ "role": "user", "content": [part] }] });
    let calling = |arguments: &str| {
        let call = json!({ "id": "a", "function": { "name": "f", "arguments": arguments } });
        json!({ "messages": [{ "role": "assistant", "tool_calls": [call] }] })
    };
    let stage = Stage::new(vec![Play::Send(events(&HELLO))]).await;
    let up = stage.upstream(Api::Anthropic);
    for (asked, field) in [
        (json!({ "logprobs": true }), "logprobs"),
        (json!({ "stop": ["\n"] }), "stop[0]"),
        (json!({ "guided_regex": "a+" }), "guided_regex"),
        (json!({ "grammar": "root ::= \"a\"" }), "grammar"),
        (json!({ "guided_json": { "type": "array", "uniqueItems": true, "prefixItems": [] } }), "guided_json"),
        (json!({ "tools": [{ "type": "web_search" }] }), "tools[0].type"),
        (json!({ "tool_choice": "required" }), "tool_choice"),
        (part(json!({ "type": "input_audio", "input_audio": {} })), "messages[0].content[0]"),
        (
            part(json!({ "type": "image_url", "image_url": { "url": "file:///etc/passwd" } })),
            "messages[0].content[0].image_url.url",
        ),
        (calling("[1]"), "messages[0].tool_calls[0].function.arguments"),
        (json!({ "messages": [{ "role": "tool", "content": "x" }] }), "messages[0].tool_call_id"),
    ] {
        let error = refused(&up, &asking(asked)).await;
        assert_eq!((error.kind, error.param.as_deref()), (Kind::Input, Some(field)), "{error}");
    }
    assert!(stage.asked().is_empty());
}

#[tokio::test]
async fn text_is_heard_with_all_that_was_read() {
    let deltas = heard_of(&asking(json!({})), &HELLO).await;
    let usage = Usage { prompt_tokens: 125, completion_tokens: 7, cached: 100, ..Usage::default() };
    assert_eq!(deltas, [text("Hel"), text("lo"), Delta::Finish(Finish::Stop), Delta::Usage(usage)]);
}

#[tokio::test]
async fn thoughts_and_calls_are_heard() {
    let deltas = heard_of(&asking(json!({})), &[
        r#"{"type":"message_start","message":{"usage":{"input_tokens":5,"output_tokens":1}}}"#,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm"}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"x"}}"#,
        r#"{"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"x"}}"#,
        r#"{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t1","name":"f","input":{}}}"#,
        r#"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":""}}"#,
        r#"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"x\":1}"}}"#,
        r#"{"type":"content_block_stop","index":2}"#,
        r#"{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"t2","name":"g","input":{}}}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"input_tokens":6,"output_tokens":9}}"#,
        r#"{"type":"message_stop"}"#,
    ]).await;
    let said = [
        Delta::Reasoning("Hm".to_owned()),
        call(0, "t1", "f", ""),
        piece(0, "{\"x\":1}"),
        call(1, "t2", "g", ""),
        piece(1, "{}"),
    ];
    assert_eq!(deltas, said.into_iter().chain(end(Finish::ToolCalls, 6, 9)).collect::<Vec<_>>());
}

#[tokio::test]
async fn each_reason_to_stop_has_its_word() {
    for (reason, finish) in [
        ("end_turn", Finish::Stop),
        ("stop_sequence", Finish::Stop),
        ("max_tokens", Finish::Length),
        ("model_context_window_exceeded", Finish::Length),
        ("pause_turn", Finish::Length),
        ("refusal", Finish::ContentFilter),
        ("tool_use", Finish::Stop), // without any call
    ] {
        let last = HELLO[6].replace("end_turn", reason);
        let deltas = heard_of(&asking(json!({})), &[HELLO[0], HELLO[3], &last, HELLO[7]]).await;
        assert_eq!(deltas[1], Delta::Finish(finish), "{reason}");
    }
}

#[tokio::test]
async fn an_answer_in_a_tool_is_text() {
    let chat = asking(json!({ "response_format": { "type": "json_object" } }));
    let deltas = heard_of(&chat, &[
        r#"{"type":"message_start","message":{"usage":{"input_tokens":5,"output_tokens":1}}}"#,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t1","name":"answer","input":{}}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"n\":"}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"1}"}}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":9}}"#,
        r#"{"type":"message_stop"}"#,
    ]).await;
    let expected: Vec<_> = [text("{\"n\":"), text("1}")].into_iter().chain(end(Finish::Stop, 5, 9)).collect();
    assert_eq!(deltas, expected);
}

#[tokio::test]
async fn an_answer_in_one_piece_is_heard_too() {
    let reply = json!({
        "type": "message",
        "content": [
            { "type": "thinking", "thinking": "Hm", "signature": "x" },
            { "type": "text", "text": "Let me see." },
            { "type": "tool_use", "id": "t1", "name": "f", "input": { "x": 1 } },
        ],
        "stop_reason": "tool_use",
        "usage": { "input_tokens": 3, "output_tokens": 9 },
    });
    let stage = Stage::new(vec![answer("200 OK", "content-type: application/json\r\n", &reply.to_string())]).await;
    let deltas = whole(&stage.upstream(Api::Anthropic), &asking(json!({}))).await;
    let said = [Delta::Reasoning("Hm".to_owned()), text("Let me see."), call(0, "t1", "f", "{\"x\":1}")];
    assert_eq!(deltas, said.into_iter().chain(end(Finish::ToolCalls, 3, 9)).collect::<Vec<_>>());
}

#[tokio::test]
async fn errors_have_their_blame() {
    let overloaded = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    let stage = Stage::new(vec![Play::Send(events(&[HELLO[0], overloaded])), Play::Send(events(&HELLO))]).await;
    whole(&stage.upstream(Api::Anthropic), &asking(json!({}))).await;
    assert_eq!(stage.asked().len(), 2, "nothing was heard before it");
    for (status, kind, message, expected) in [
        (
            "400 Bad",
            "invalid_request_error",
            "prompt is too long: 212 tokens > 200 maximum",
            Kind::ContextLength { prompt: 212, limit: 200 },
        ),
        ("400 Bad", "invalid_request_error", "max_tokens: wrong", Kind::Input),
        ("400 Bad", "invalid_request_error", "Your credit balance is too low", Kind::Upstream),
        ("413 Large", "request_too_large", "too large", Kind::Input),
        ("404 No", "not_found_error", "model: large", Kind::Upstream),
        ("401 No", "authentication_error", "invalid x-api-key", Kind::Upstream),
    ] {
        let body = json!({ "type": "error", "error": { "type": kind, "message": message } }).to_string();
        let stage = Stage::new(vec![answer(status, "", &body)]).await;
        let error = refused(&stage.upstream(Api::Anthropic), &asking(json!({}))).await;
        assert_eq!(error.kind, expected, "{error}");
    }
}
