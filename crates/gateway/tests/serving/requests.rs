//! What cannot be answered is refused in OpenAI's shape, naming the field: the cases stand in `cases.json`.

use crate::support::{Server, events, json};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Case {
    path: String,
    body: Value,
    status: u16,
    param: String,
    code: Option<String>,
    /// Part of the message.
    says: String,
}

#[tokio::test]
async fn bad_requests_are_refused_by_field() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("cases.json")).expect("cases");
    let server = Server::start().await;
    let mut faults = Vec::new();
    for case in &cases {
        let response = server.post(&case.path, &case.body).await;
        let status = response.status().as_u16();
        let error = &json(response).await["error"];
        let says = error["message"].as_str().unwrap_or_default();
        let fits = status == case.status
            && error["param"] == case.param.as_str()
            && error["code"] == json!(case.code)
            && error["type"] == "invalid_request_error"
            && says.contains(&case.says);
        if !fits {
            faults.push(format!(
                "{} {}: {} `{}` expected, {status} {error} found",
                case.path, case.body, case.param, case.says
            ));
        }
        // the same in a stream: an error never travels inside a 200
        if case.path != "/v1/embeddings" && case.body["stream"].is_null() {
            let mut body = case.body.clone();
            body["stream"] = true.into();
            assert_eq!(server.post(&case.path, &body).await.status().as_u16(), case.status, "streamed: {body}");
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(server.model.asked().is_empty(), "nothing of it reached the model");
}

#[tokio::test]
async fn a_body_that_is_no_json_is_refused() {
    let server = Server::start().await;
    for (body, says) in
        [("", "no JSON"), ("{", "no JSON"), ("[]", "JSON object"), ("{\"model\":\"script\"} x", "no JSON")]
    {
        let request = server.request(reqwest::Method::POST, "/v1/completions").body(body);
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 400, "{body}");
        let error = json(response).await;
        assert!(error["error"]["message"].as_str().expect("a message").contains(says), "{body}: {error}");
    }
    let deep = "[".repeat(100_000);
    let response = server.request(reqwest::Method::POST, "/v1/completions").body(deep).send().await.expect("an answer");
    assert_eq!(response.status(), 400, "nested without end");
}

#[tokio::test]
async fn chat_answers_whole_and_streamed() {
    let server = Server::start().await;
    let mut body = json!({ "model": "script", "messages": [{ "role": "user", "content": "hi" }], "n": 2, "seed": 7 });
    let whole = json(server.post("/v1/chat/completions", &body).await).await;
    for idx in 0..2 {
        let choice = &whole["choices"][idx];
        assert_eq!(choice["index"], idx);
        assert_eq!(choice["message"], json!({ "role": "assistant", "content": "Grüße!", "refusal": null }));
        assert_eq!(choice["finish_reason"], "stop");
    }
    let n_prompt = "user: \"hi\"\n".len();
    let usage = json!({ "prompt_tokens": n_prompt, "completion_tokens": 12, "total_tokens": n_prompt + 12,
                        "prompt_tokens_details": { "cached_tokens": 0 },
                        "completion_tokens_details": { "reasoning_tokens": 0 } });
    assert_eq!(whole["usage"], usage, "the prompt is counted once");
    let seeds: Vec<_> = server.model.asked().iter().map(|r| r.sampling.seed).collect();
    assert_eq!(seeds, [7, 8], "each choice has its own seed, and a known one");

    body["stream"] = true.into();
    body["stream_options"] = json!({ "include_usage": true });
    let events = events(server.post("/v1/chat/completions", &body).await).await;
    let (last, chunks) = events.split_last().expect("events");
    assert_eq!(last, "[DONE]");
    let chunks: Vec<Value> = chunks.iter().map(|c| serde_json::from_str(c).expect("JSON")).collect();
    let (end, chunks) = chunks.split_last().expect("chunks");
    assert_eq!((&end["usage"], &end["choices"]), (&usage, &json!([])));
    let mut texts = [String::new(), String::new()];
    for chunk in chunks {
        assert_eq!((&chunk["id"], &chunk["usage"]), (&chunks[0]["id"], &Value::Null));
        let choice = &chunk["choices"][0];
        let idx = choice["index"].as_u64().expect("an index") as usize;
        texts[idx].push_str(choice["delta"]["content"].as_str().unwrap_or_default());
    }
    assert_eq!(texts, ["Grüße!", "Grüße!"]);
}

#[tokio::test]
async fn completions_echo_with_probabilities() {
    let server = Server::start().await;
    let body = json!({ "model": "script", "prompt": "Ab", "echo": true, "logprobs": 2, "max_tokens": 3 });
    let reply = json(server.post("/v1/completions", &body).await).await;
    let choice = &reply["choices"][0];
    assert_eq!((&choice["text"], &choice["finish_reason"]), (&json!("AbGrü"), &json!("length")));
    let logprobs = &choice["logprobs"];
    assert_eq!(logprobs["tokens"], json!(["A", "b", "G", "r", "bytes:\\xc3", "bytes:\\xbc"]));
    assert_eq!(
        logprobs["text_offset"],
        json!([0, 1, 2, 3, 4, 5]),
        "in characters, a token in mid-character at its end"
    );
    assert_eq!(logprobs["token_logprobs"], json!([null, -0.5, -0.5, -0.5, -0.5, -0.5]));
    assert_eq!(logprobs["top_logprobs"][1], json!({ "b": -0.5, "?": -2.0 }));
    let several = json!({ "model": "script", "prompt": ["a", [66, 67]], "n": 2 });
    let reply = json(server.post("/v1/completions", &several).await).await;
    assert_eq!(reply["choices"].as_array().map(Vec::len), Some(4));
    assert_eq!(reply["usage"]["prompt_tokens"], 3, "each prompt once");
    let asked = server.model.asked();
    assert_eq!(asked.last().expect("a request").prompt, [66, 67]);
    assert_eq!(asked.last().expect("a request").want, engine::Want::Answer { max_tokens: 16 }, "as the API has it");
}

#[tokio::test]
async fn embeddings_in_both_forms() {
    let server = Server::start().await;
    let mut body = json!({ "model": "script", "input": ["a", "bc"] });
    let reply = json(server.post("/v1/embeddings", &body).await).await;
    assert_eq!(reply["data"][1]["index"], 1);
    assert!((reply["data"][1]["embedding"][1].as_f64().expect("a number") + 0.8).abs() < 1e-6, "{reply}");
    assert_eq!(reply["usage"], json!({ "prompt_tokens": 3, "total_tokens": 3 }));
    body["encoding_format"] = "base64".into();
    let reply = json(server.post("/v1/embeddings", &body).await).await;
    assert_eq!(reply["data"][0]["embedding"], "mpkZP83MTL8=", "little-endian f32");
}

#[tokio::test]
async fn what_no_one_reads_is_left_out() {
    let server = Server::start().await;
    let body = json!({ "model": "script", "messages": [{ "role": "developer", "content": [{ "type": "text", "text": "hi" }] }],
        "user": "me", "store": true, "metadata": {}, "temperature": null, "stop": null, "tools": [], "tool_choice": "auto",
        "response_format": { "type": "text" }, "parallel_tool_calls": true, "n": null, "stream": null, "logit_bias": {} });
    let response = server.post("/v1/chat/completions", &body).await;
    assert_eq!(response.status(), 200, "{}", response.text().await.expect("a text"));
}
