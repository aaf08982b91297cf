//! OpenAI's API and those that follow it: what is sent there, and what is heard.
use crate::stage::{
    HELLO, LONG, Play, SHORT, Stage, answer, call, end, events, hello, piece, refused, text, upstream, whole,
};
use chat::{ChatRequest, Delta, Finish, Kind, Logprob, TokenLogprob, Usage};
use gateway::{Api, Secret, Settings};
use serde_json::{Value, json};

fn request(value: Value) -> ChatRequest {
    serde_json::from_value(value).expect("a request")
}

/// The deltas that `data` are heard as, when `request` is asked.
async fn heard_of(request: &ChatRequest, data: &[&str]) -> Vec<Delta> {
    let stage = Stage::new(vec![Play::Send(events(data))]).await;
    whole(&stage.upstream(Api::OpenAi), request).await
}

#[tokio::test]
async fn a_request_goes_out_as_it_came() {
    let asked = json!({
        "model": "route",
        "messages": [
            { "role": "system", "content": "Be brief." },
            { "role": "user", "content": [
                { "type": "text", "text": "What is this?" },
                { "type": "image_url", "image_url": { "url": "data:image/png;base64,AAAA", "detail": "low" } },
            ] },
            { "role": "assistant", "content": null, "tool_calls": [
                { "id": "c1", "type": "function", "function": { "name": "look", "arguments": "{\"at\":1}" } },
            ] },
            { "role": "tool", "content": "a cat", "tool_call_id": "c1" },
        ],
        "tools": [{ "type": "function", "function": { "name": "look", "strict": true, "parameters": { "type": "object" } } }],
        "tool_choice": { "type": "function", "function": { "name": "look" } },
        "parallel_tool_calls": false,
        "temperature": 0.7,
        "top_k": 5,
        "max_completion_tokens": 9,
        "stop": ["END"],
        "n": 3,
        "seed": 7,
        "stream": false,
        "response_format": { "type": "json_schema", "json_schema": { "name": "x", "schema": { "type": "object" } } },
    });
    let mut chat = request(asked.clone());
    for (name, value) in [("reasoning_effort", "low"), ("model", "evil"), ("temperature", "evil"), ("n", "evil")] {
        chat.more.insert(name.to_owned(), value.into());
    }
    let stage = Stage::new(vec![Play::Send(events(&HELLO))]).await;
    whole(&stage.upstream(Api::OpenAi), &chat).await;
    let mut expected = asked;
    expected["model"] = "large".into();
    expected["stream"] = true.into();
    expected["stream_options"] = json!({ "include_usage": true });
    expected["reasoning_effort"] = "low".into();
    expected.as_object_mut().expect("an object").remove("n");
    let [sent] = &stage.asked()[..] else { panic!("one request expected") };
    assert_eq!(sent.body, expected);
    assert!(sent.head.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"), "{}", sent.head);
    assert!(sent.head.contains("authorization: Bearer sk-very-secret\r\n"), "{}", sent.head);
    assert!(sent.body.to_string().contains("\"temperature\":0.7,"), "no digits that nobody wrote");
}

#[tokio::test]
async fn azure_has_addresses_of_its_own() {
    let stage = Stage::new(vec![Play::Send(events(&HELLO))]).await;
    let url = format!("http://{}", stage.address);
    let headers = vec![("x-team".to_owned(), Secret::new("blue"))];
    let without = vec!["top_k".to_owned()];
    let up = upstream(Settings { url, headers, without, stream_usage: false, ..stage.settings(Api::Azure) });
    let mut chat = hello();
    chat.options.top_k = Some(3);
    whole(&up, &chat).await;
    let [sent] = &stage.asked()[..] else { panic!("one request expected") };
    let line = "POST /openai/deployments/large/chat/completions?api-version=2024-10-21 HTTP/1.1\r\n";
    assert!(sent.head.starts_with(line), "{}", sent.head);
    assert!(sent.head.contains("api-key: sk-very-secret\r\n") && sent.head.contains("x-team: blue\r\n"));
    assert!(!sent.head.contains("authorization"));
    assert!(sent.body.get("top_k").is_none() && sent.body.get("stream_options").is_none());
}

#[tokio::test]
async fn tools_are_heard() {
    let deltas = heard_of(&hello(), &[
        r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"x\":"}}]}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]}}]}"#,
        r#"{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#,
        r#"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":9,"total_tokens":12}}"#,
        "[DONE]",
    ]).await;
    let calls = [call(0, "a", "f", ""), piece(0, "{\"x\":"), piece(0, "1}"), call(1, "b", "g", "{}")];
    let expected: Vec<_> = calls.into_iter().chain(end(Finish::ToolCalls, 3, 9)).collect();
    assert_eq!(deltas, expected);
}

#[tokio::test]
async fn the_end_of_a_call_is_told_by_how_it_was_chosen() {
    let data = |finish: &str| {
        let call = json!({ "id": "a", "function": { "name": "f", "arguments": "{}" } });
        json!({ "choices": [{ "delta": { "tool_calls": [call] }, "finish_reason": finish }] }).to_string()
    };
    for (choice, expected) in
        [(json!("auto"), Finish::ToolCalls), (json!({ "type": "function", "function": { "name": "f" } }), Finish::Stop)]
    {
        for told in ["stop", "tool_calls"] {
            let mut chat = hello();
            chat.tool_choice = Some(choice.clone());
            let deltas = heard_of(&chat, &[&data(told), "[DONE]"]).await;
            assert_eq!(deltas[1], Delta::Finish(expected), "{choice} {told}");
        }
    }
}

#[tokio::test]
async fn thoughts_refusals_and_probabilities_are_heard() {
    let deltas = heard_of(&hello(), &[
        r#"{"choices":[{"index":0,"delta":{"reasoning_content":"Hm","content":""}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"reasoning":"!","reasoning_content":"!"}}]}"#,
        r#"{"choices":[{"index":1,"delta":{"content":"of another choice"}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"content":"A"},"logprobs":{"content":[{"token":"A","logprob":-0.5,"bytes":[65]}]}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"so"}]},{"type":"text","text":"B"}]}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"refusal":"No."}}]}"#,
        r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":30,"completion_tokens":8,"total_tokens":38,"prompt_tokens_details":{"cached_tokens":16},"completion_tokens_details":{"reasoning_tokens":4}}}"#,
        "[DONE]",
    ]).await;
    let chosen = Logprob { token: "A".to_owned(), logprob: -0.5, bytes: Some(vec![65]) };
    let logprobs = vec![TokenLogprob { chosen, top_logprobs: Vec::new() }];
    let usage = Usage { prompt_tokens: 30, completion_tokens: 8, cached: 16, reasoning: 4, ..Usage::default() };
    assert_eq!(
        deltas,
        [
            Delta::Reasoning("Hm".to_owned()),
            Delta::Reasoning("!".to_owned()),
            Delta::Text { text: "A".to_owned(), logprobs },
            Delta::Reasoning("so".to_owned()),
            text("B"),
            text("No."),
            Delta::Finish(Finish::ContentFilter),
            Delta::Usage(usage),
        ]
    );
}

#[tokio::test]
async fn an_answer_in_one_piece_is_heard_too() {
    let reply = json!({
        "object": "chat.completion",
        "choices": [{ "index": 0, "finish_reason": "tool_calls", "message": { "role": "assistant", "content": "Let me see.",
            "tool_calls": [{ "id": "a", "type": "function", "function": { "name": "f", "arguments": { "x": 1 } } }] } }],
        "usage": { "prompt_tokens": 3, "completion_tokens": 9, "total_tokens": 12 },
    });
    let stage = Stage::new(vec![answer("200 OK", "content-type: application/json\r\n", &reply.to_string())]).await;
    let deltas = whole(&stage.upstream(Api::OpenAi), &hello()).await;
    let said = [text("Let me see."), call(0, "a", "f", "{\"x\":1}")];
    assert_eq!(deltas, said.into_iter().chain(end(Finish::ToolCalls, 3, 9)).collect::<Vec<_>>());
    let error = json!({ "error": { "message": "no such thing", "type": "invalid_request_error" } }).to_string();
    let stage = Stage::new(vec![answer("200 OK", "content-type: application/json\r\n", &error)]).await;
    let error = refused(&stage.upstream(Api::OpenAi), &hello()).await;
    assert_eq!((error.kind, error.message.as_str()), (Kind::Input, "upstream `up` refuses the request: no such thing"));
}

#[tokio::test]
async fn time_is_measured_where_the_answer_arrives() {
    let stage = Stage::new(vec![Play::Send(events(&HELLO))]).await;
    let mut reply = stage.upstream(Api::OpenAi).chat("large", &hello()).await.expect("an answer");
    let mut last = None;
    while let Some(delta) = futures_util::StreamExt::next(&mut reply.deltas).await {
        last = Some(delta.expect("fine"));
    }
    assert!(matches!(last, Some(Delta::Usage(usage)) if !usage.prefill.is_zero()), "{last:?}");
}

#[tokio::test]
async fn what_cannot_be_told_is_refused() {
    let stage = Stage::new(vec![Play::Send(events(&HELLO))]).await;
    let up = stage.upstream(Api::OpenAi);
    for (field, value) in
        [("functions", json!([{ "name": "f" }])), ("modalities", json!(["audio"])), ("messages", json!([]))]
    {
        let mut body = json!({ "model": "m", "messages": [{ "role": "user", "content": "hi" }] });
        body[field] = value;
        let error = refused(&up, &request(body)).await;
        assert_eq!((error.kind, error.param.as_deref()), (Kind::Input, Some(field)));
    }
    assert!(stage.asked().is_empty());
}

#[tokio::test]
async fn other_routes_are_passed_through() {
    let data = json!({ "object": "list", "data": [{ "embedding": [0.5] }], "usage": { "prompt_tokens": 1 } });
    let stage = Stage::new(vec![answer("500 Oops", "", ""), answer("200 OK", "", &data.to_string())]).await;
    let up = stage.upstream(Api::OpenAi);
    let body = json!({ "model": "route", "input": "hi", "stream": true });
    assert_eq!(up.post("embeddings", "large", body).await.expect("an answer"), data);
    let sent = stage.asked().pop().expect("a request");
    assert!(sent.head.starts_with("POST /v1/embeddings "), "{}", sent.head);
    assert_eq!(sent.body, json!({ "model": "large", "input": "hi" }));
    for (play, patience, kind) in [
        (answer("400 Bad", "", "no"), LONG, Kind::Input),
        (answer("200 OK", "", "oops"), LONG, Kind::Upstream),
        (Play::Hang(vec![]), SHORT, Kind::Timeout),
    ] {
        let stage = Stage::new(vec![play]).await;
        let settings = Settings { first_token_timeout: patience, ..stage.settings(Api::OpenAi) };
        assert_eq!(upstream(settings).post("embeddings", "large", json!({})).await.expect_err("an error").kind, kind);
    }
    let error = stage.upstream(Api::Anthropic).post("embeddings", "large", json!({})).await.expect_err("an error");
    assert_eq!(error.kind, Kind::Input);
}
