//! OpenAI's responses: their items, the order of their events, and what is refused because nothing is kept.
use crate::support::{Server, accepted, json, named_events, prompt, types};
use serde_json::{Value, json};

const RESPONSES: &str = "/v1/responses";
const CALL: &str = "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\":\"Oslo\"}}\n</tool_call>";

fn asked(more: Value) -> Value {
    let mut body = json!({ "model": "script", "input": "hi" });
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    body
}

fn tools() -> Value {
    let city = json!({ "type": "object", "properties": { "city": { "type": "string" } }, "required": ["city"],
        "additionalProperties": false });
    json!([
        { "type": "function", "name": "weather", "description": "tells it", "parameters": city, "strict": true },
        { "type": "function", "name": "now", "parameters": null },
    ])
}

#[tokio::test]
async fn a_response_is_told_whole() {
    let server = Server::start().await;
    let body =
        asked(json!({ "instructions": "Be brief.", "store": true, "metadata": { "a": "b" }, "temperature": 0.5 }));
    let response = json(server.post(RESPONSES, &body).await).await;
    let said = "system: \"Be brief.\"\nuser: \"hi\"\n";
    assert_eq!(prompt(&server), said);
    for (field, wanted) in [
        ("object", json!("response")),
        ("status", json!("completed")),
        ("store", json!(false)),
        ("error", Value::Null),
        ("instructions", json!("Be brief.")),
        ("metadata", json!({ "a": "b" })),
        ("temperature", json!(0.5)),
        ("tool_choice", json!("auto")),
        ("text", json!({ "format": { "type": "text" } })),
        (
            "usage",
            json!({ "input_tokens": said.len(), "input_tokens_details": { "cached_tokens": 0 }, "output_tokens": 6,
                    "output_tokens_details": { "reasoning_tokens": 0 }, "total_tokens": said.len() + 6 }),
        ),
    ] {
        assert_eq!(response[field], wanted, "{field}: {response}");
    }
    let item = &response["output"][0];
    assert!(response["id"].as_str().is_some_and(|id| id.starts_with("resp_")));
    assert!(item["id"].as_str().is_some_and(|id| id.starts_with("msg_")));
    let content = json!([{ "type": "output_text", "text": "Grüße!", "annotations": [], "logprobs": [] }]);
    assert_eq!((&item["type"], &item["status"], &item["content"]), (&json!("message"), &json!("completed"), &content));
    let cut = json(server.post(RESPONSES, &asked(json!({ "max_output_tokens": 2 }))).await).await;
    assert_eq!(
        (&cut["status"], &cut["incomplete_details"]["reason"]),
        (&json!("incomplete"), &json!("max_output_tokens"))
    );
    assert_eq!(cut["output"][0]["status"], "incomplete");
}

#[tokio::test]
async fn events_come_in_their_order() {
    let server = Server::start().await;
    server.model.answer_with(&format!("Ha{CALL}"));
    let events = named_events(server.post(RESPONSES, &asked(json!({ "stream": true, "tools": tools() }))).await).await;
    let numbers: Vec<usize> =
        events.iter().map(|e| e["sequence_number"].as_u64().expect("a number") as usize).collect();
    assert_eq!(numbers, (0..events.len()).collect::<Vec<_>>());
    let mut order = types(&events);
    order.dedup();
    let wanted = [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.output_item.added",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.output_item.done",
        "response.completed",
    ];
    assert_eq!(order, wanted);
    let joined = |kind: &str| -> String {
        events.iter().filter(|e| e["type"] == kind).map(|e| e["delta"].as_str().expect("a text")).collect()
    };
    assert_eq!(joined("response.output_text.delta"), "Ha");
    assert_eq!(joined("response.function_call_arguments.delta"), r#"{"city":"Oslo"}"#);
    let done: Vec<&Value> =
        events.iter().filter(|e| e["type"] == "response.output_item.done").map(|e| &e["item"]).collect();
    let last = &events.last().expect("an event")["response"];
    assert_eq!(last["output"], json!(done), "the response holds the items as they were told");
    assert_eq!((&done[1]["type"], &done[1]["arguments"]), (&json!("function_call"), &json!(r#"{"city":"Oslo"}"#)));
    assert!(done[1]["call_id"].as_str().is_some_and(|id| id.starts_with("call_")));
    assert_eq!(events[2]["item"]["id"], events[3]["item_id"]);
    assert_eq!(last["usage"]["input_tokens"], prompt(&server).len());
    assert!(events[0]["response"]["usage"].is_null());
    let cut = asked(json!({ "stream": true, "max_output_tokens": 2 }));
    let events = named_events(server.post(RESPONSES, &cut).await).await;
    assert_eq!(events.last().expect("an event")["type"], "response.incomplete");
}

#[tokio::test]
async fn a_conversation_goes_on() {
    let server = Server::start().await;
    let input = json!([
        { "role": "developer", "content": "Be brief." },
        { "type": "message", "role": "user", "content": [{ "type": "input_text", "text": "when?" }] },
        { "type": "reasoning", "id": "rs_1", "summary": [] },
        { "type": "message", "id": "msg_1", "status": "completed", "role": "assistant",
          "content": [{ "type": "output_text", "text": "I look.", "annotations": [] }] },
        { "type": "function_call", "call_id": "a", "name": "now", "arguments": "{}" },
        { "type": "function_call", "call_id": "b", "name": "now", "arguments": "{}" },
        { "type": "function_call_output", "call_id": "a", "output": "noon" },
        { "type": "function_call_output", "call_id": "b", "output": [{ "type": "input_text", "text": "one" }] },
    ]);
    let response = server.post(RESPONSES, &asked(json!({ "input": input }))).await;
    assert_eq!(response.status(), 200, "{}", response.text().await.expect("a text"));
    let wanted = "system: \"Be brief.\"\nuser: \"when?\"\nassistant: \"I look.\"\ntool: \"noon\"\ntool: \"one\"\n";
    assert_eq!(prompt(&server), wanted);
}

#[tokio::test]
async fn choices_and_schemas_hold() {
    let server = Server::start().await;
    server.model.answer_with(CALL);
    let named = json!({ "type": "function", "name": "weather" });
    let allowed = json!({ "type": "allowed_tools", "mode": "auto", "tools": [named] });
    let other = "<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>";
    for (choice, wanted) in [
        (json!("auto"), [true, true, true]),
        (json!("required"), [false, true, true]),
        (named, [false, true, false]),
        (allowed, [true, true, false]),
    ] {
        let response =
            json(server.post(RESPONSES, &asked(json!({ "tools": tools(), "tool_choice": choice }))).await).await;
        assert_eq!(accepted(&server, &["hello", CALL, other]), wanted, "{choice}: {response}");
        assert_eq!((&response["status"], &response["output"][0]["name"]), (&json!("completed"), &json!("weather")));
    }
    let schema = json!({ "type": "object", "properties": { "a": { "type": "integer" } }, "required": ["a"],
        "additionalProperties": false });
    let format = json!({ "type": "json_schema", "name": "n", "strict": true, "schema": schema });
    for (format, wanted) in [(format, [true, false, false]), (json!({ "type": "json_object" }), [true, true, false])] {
        assert_eq!(server.post(RESPONSES, &asked(json!({ "text": { "format": format } }))).await.status(), 200);
        assert_eq!(accepted(&server, &[r#"{"a":1}"#, r#"{"a":"x"}"#, "hello"]), wanted);
    }
}

#[tokio::test]
async fn what_would_be_kept_is_refused() {
    let server = Server::start().await;
    for (more, status, param, says) in [
        (json!({ "previous_response_id": "resp_1" }), 400, "previous_response_id", "send the earlier items in `input`"),
        (json!({ "conversation": "conv_1" }), 400, "conversation", "`input`"),
        (json!({ "prompt": { "id": "x" } }), 400, "prompt", "`instructions`"),
        (json!({ "background": true }), 400, "background", "`stream`"),
        (json!({ "input": [{ "type": "item_reference", "id": "x" }] }), 400, "input[0].type", "send the item itself"),
        (json!({ "input": [{ "type": "computer_call" }] }), 400, "input[0].type", "`computer_call`"),
        (json!({ "input": null }), 400, "input", "missing"),
        (
            json!({ "input": [{ "role": "user", "content": [{ "type": "input_file" }] }] }),
            400,
            "input[0].content[0].type",
            "`input_file`",
        ),
        (json!({ "tools": [{ "type": "web_search" }] }), 400, "tools[0].type", "`web_search`"),
        (json!({ "text": { "format": { "type": "xml" } } }), 400, "text.format.type", "`json_schema`"),
        (json!({ "max_output_tokens": 0 }), 400, "max_output_tokens", "at least 1"),
        (json!({ "model": "other" }), 404, "model", "`other` here"),
    ] {
        let response = server.post(RESPONSES, &asked(more.clone())).await;
        assert_eq!(response.status(), status, "{more}");
        let error = &json(response).await["error"];
        assert_eq!((&error["param"], &error["type"]), (&json!(param), &json!("invalid_request_error")), "{error}");
        assert!(error["message"].as_str().is_some_and(|text| text.contains(says)), "`{says}`: {error}");
    }
    assert_eq!(server.get("/v1/responses/resp_1").await.status(), 404);
}

#[tokio::test]
async fn a_fault_amid_a_stream_fails_the_response() {
    let server = Server::start().await;
    for stream in [false, true] {
        let response = server.post(RESPONSES, &asked(json!({ "input": "BREAK", "stream": stream }))).await;
        assert_eq!(response.status(), 500, "an error never travels inside a 200");
    }
    let events = named_events(server.post(RESPONSES, &asked(json!({ "input": "CRACK", "stream": true }))).await).await;
    let last = events.last().expect("an event");
    assert_eq!((&last["type"], &last["response"]["status"]), (&json!("response.failed"), &json!("failed")));
    assert_eq!(last["response"]["error"], json!({ "code": "server_error", "message": "the script broke" }));
}
