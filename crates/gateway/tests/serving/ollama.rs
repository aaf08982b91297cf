//! Ollama's API: lines by default, its numbers, its options, its lists of models, and its errors.
use crate::support::{Server, accepted, json, prompt};
use reqwest::{Method, Response};
use serde_json::{Value, json};

const CHAT: &str = "/api/chat";
const GENERATE: &str = "/api/generate";
const CALL: &str = "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\":\"Oslo\"}}\n</tool_call>";

fn chat(more: Value) -> Value {
    let mut body = json!({ "model": "script", "messages": [{ "role": "user", "content": "hi" }] });
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    body
}

async fn lines(response: Response) -> Vec<Value> {
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/x-ndjson");
    let text = response.text().await.expect("a text");
    assert!(text.ends_with('\n'));
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// Checks the numbers of `line` and the moment in it.
fn check_numbers(line: &Value, n_prompt: usize, n_generated: usize) {
    assert_eq!((&line["done"], &line["prompt_eval_count"]), (&json!(true), &json!(n_prompt)), "{line}");
    assert_eq!(line["eval_count"], n_generated, "{line}");
    for duration in ["total_duration", "prompt_eval_duration", "eval_duration"] {
        assert!(line[duration].as_u64().is_some_and(|nanos| nanos > 0), "{duration}: {line}");
    }
    assert_eq!(line["load_duration"], 0);
    let moment = line["created_at"].as_str().expect("a text");
    assert!(moment.starts_with("20") && moment.ends_with('Z') && moment.contains('T'), "{moment}");
}

#[tokio::test]
async fn chats_are_streamed_unless_told_otherwise() {
    let server = Server::start().await;
    let all = lines(server.post(CHAT, &chat(json!({}))).await).await;
    let (last, pieces) = all.split_last().expect("lines");
    let text: String = pieces.iter().map(|line| line["message"]["content"].as_str().expect("a text")).collect();
    assert_eq!((text.as_str(), pieces.len()), ("Grüße!", 6));
    assert!(pieces.iter().all(|line| line["done"] == false && line["message"]["role"] == "assistant"));
    assert_eq!((&last["message"]["content"], &last["done_reason"]), (&json!(""), &json!("stop")));
    check_numbers(last, "user: \"hi\"\n".len(), 6);

    let whole = json(server.post(CHAT, &chat(json!({ "stream": false, "options": { "num_predict": 2 } }))).await).await;
    assert_eq!(whole["message"], json!({ "role": "assistant", "content": "Gr" }));
    assert_eq!(whole["done_reason"], "length");
    check_numbers(&whole, "user: \"hi\"\n".len(), 2);
}

#[tokio::test]
async fn texts_are_generated_with_a_template_or_raw() {
    let server = Server::start().await;
    let mut body = json!({ "model": "script", "prompt": "hi", "system": "Be brief.", "keep_alive": "5m" });
    let all = lines(server.post(GENERATE, &body).await).await;
    let text: String = all.iter().map(|line| line["response"].as_str().expect("a text")).collect();
    assert_eq!(text, "Grüße!");
    let said = "system: \"Be brief.\"\nuser: \"hi\"\n";
    assert_eq!(prompt(&server), said);
    check_numbers(all.last().expect("a line"), said.len(), 6);
    body = json!({ "model": "script", "prompt": "hi", "raw": true, "stream": false });
    assert_eq!(json(server.post(GENERATE, &body).await).await["response"], "Grüße!");
    assert_eq!(prompt(&server), "hi");
}

#[tokio::test]
async fn options_reach_the_model() {
    let server = Server::start().await;
    let options = json!({ "temperature": 0.25, "top_k": 7, "top_p": 0.5, "min_p": 0.1, "seed": 42, "stop": ["a", "b"],
        "repeat_penalty": 1.5, "presence_penalty": 0.5, "frequency_penalty": 0.25, "num_predict": 5, "num_ctx": 4096,
        "num_gpu": 1, "mirostat": 0, "n": 3, "max_tokens": 1 });
    assert_eq!(server.post(CHAT, &chat(json!({ "options": options, "keep_alive": -1 }))).await.status(), 200);
    let request = server.model.asked().pop().expect("a request");
    let s = &request.sampling;
    assert_eq!((s.temperature, s.top_k, s.top_p, s.min_p, s.seed), (0.25, 7, 0.5, 0.1, 42));
    assert_eq!((s.repetition_penalty, s.presence_penalty, s.frequency_penalty), (1.5, 0.5, 0.25));
    assert_eq!(
        (request.want, request.stop),
        (engine::Want::Answer { max_tokens: 5 }, vec!["a".to_owned(), "b".to_owned()])
    );
    let boundless =
        chat(json!({ "options": { "num_predict": -1, "seed": -1, "stop": "x" }, "think": null, "format": "" }));
    assert_eq!(server.post(CHAT, &boundless).await.status(), 200);
}

#[tokio::test]
async fn forms_hold() {
    let server = Server::start().await;
    let schema = json!({ "type": "object", "properties": { "a": { "type": "integer" } }, "required": ["a"],
        "additionalProperties": false });
    for (format, wanted) in [(json!("json"), [true, true, false]), (schema, [true, false, false])] {
        assert_eq!(server.post(CHAT, &chat(json!({ "format": format }))).await.status(), 200);
        assert_eq!(accepted(&server, &[r#"{"a":1}"#, r#"{"a":"x"}"#, "hello"]), wanted, "{format}");
        let generate = json!({ "model": "script", "prompt": "hi", "format": format });
        assert_eq!(server.post(GENERATE, &generate).await.status(), 200);
        assert_eq!(accepted(&server, &[r#"{"a":1}"#, r#"{"a":"x"}"#, "hello"]), wanted, "{format}");
    }
}

#[tokio::test]
async fn tools_are_called_and_answered() {
    let server = Server::start().await;
    server.model.answer_with(&format!("Well. {CALL}"));
    let tools = json!([{ "type": "function", "function": { "name": "weather", "description": "tells it", "parameters":
        { "type": "object", "properties": { "city": { "type": "string" } }, "required": ["city"] } } }]);
    let all = lines(server.post(CHAT, &chat(json!({ "tools": tools }))).await).await;
    let calls: Vec<&Value> = all.iter().filter_map(|line| line["message"]["tool_calls"].as_array()).flatten().collect();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0]["function"], json!({ "index": 0, "name": "weather", "arguments": { "city": "Oslo" } }));
    let whole = json(server.post(CHAT, &chat(json!({ "tools": tools, "stream": false }))).await).await;
    assert_eq!(whole["message"]["tool_calls"][0]["function"], calls[0]["function"]);
    assert_eq!((&whole["message"]["content"], &whole["done_reason"]), (&json!("Well. "), &json!("stop")));
    let mut messages = vec![json!({ "role": "user", "content": "hi" }), whole["message"].clone()];
    messages.push(json!({ "role": "tool", "tool_name": "weather", "content": "rain" }));
    assert_eq!(server.post(CHAT, &chat(json!({ "messages": messages }))).await.status(), 200);
    assert_eq!(prompt(&server), "user: \"hi\"\nassistant: \"Well. \"\ntool: \"rain\"\n");
}

#[tokio::test]
async fn models_are_listed_and_shown() {
    let server = Server::start().await;
    let tags = json(server.get("/api/tags").await).await;
    let model = &tags["models"][0];
    assert_eq!((&model["name"], &model["model"]), (&json!("script:latest"), &json!("script:latest")));
    assert_eq!(model["digest"].as_str().map(str::len), Some(64));
    let running = json(server.get("/api/ps").await).await;
    assert_eq!(
        (&running["models"][0]["name"], &running["models"][0]["context_length"]),
        (&json!("script:latest"), &json!(400))
    );
    for asked in [json!({ "model": "script" }), json!({ "name": "script:latest" })] {
        let shown = json(server.post("/api/show", &asked).await).await;
        assert_eq!(shown["model_info"]["kinglet.context_length"], 400, "{shown}");
        assert!(shown["capabilities"].as_array().is_some_and(|all| all.contains(&json!("tools"))));
    }
    let tagged = json(server.post(CHAT, &chat(json!({ "model": "script:latest", "stream": false }))).await).await;
    assert_eq!((&tagged["model"], &tagged["message"]["content"]), (&json!("script:latest"), &json!("Grüße!")));
    assert!(json(server.get("/api/version").await).await["version"].is_string());
    for method in [Method::GET, Method::HEAD] {
        let response = server.request(method.clone(), "/").send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        let wanted = if method == Method::GET { "Ollama is running" } else { "" };
        assert_eq!(response.text().await.expect("a text"), wanted);
    }
}

#[tokio::test]
async fn a_model_can_be_loaded_without_a_word() {
    let server = Server::start().await;
    for (path, body) in
        [(CHAT, chat(json!({ "messages": [] }))), (GENERATE, json!({ "model": "script", "keep_alive": 0 }))]
    {
        let reply = json(server.post(path, &body).await).await;
        assert_eq!((&reply["done"], &reply["done_reason"]), (&json!(true), &json!("load")));
    }
    assert!(server.model.asked().is_empty());
}

#[tokio::test]
async fn vectors_are_embedded() {
    let server = Server::start().await;
    for (input, n, n_tokens) in [(json!("abc"), 1, 3), (json!(["a", "bc"]), 2, 3)] {
        let body = json!({ "model": "script:latest", "input": input, "truncate": true });
        let reply = json(server.post("/api/embed", &body).await).await;
        let vectors = reply["embeddings"].as_array().expect("a list");
        assert_eq!((vectors.len(), &reply["prompt_eval_count"]), (n, &json!(n_tokens)), "{reply}");
        assert!((vectors[0][1].as_f64().expect("a number") + 0.8).abs() < 1e-6);
    }
}

#[tokio::test]
async fn faults_are_told_in_its_own_words() {
    let server = Server::start().await;
    let generate = |more: Value| {
        let mut body = json!({ "model": "script", "prompt": "hi" });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        body
    };
    for (path, body, status, says) in [
        (CHAT, chat(json!({ "model": "other" })), 404, "`other` here"),
        (CHAT, chat(json!({ "model": "other", "messages": [] })), 404, "`other` here"),
        (CHAT, json!({ "messages": [] }), 400, "model: missing"),
        (CHAT, chat(json!({ "options": { "temperature": "hot" } })), 400, "options.temperature"),
        (CHAT, chat(json!({ "options": { "num_predict": "x" } })), 400, "options.num_predict"),
        (CHAT, chat(json!({ "format": "xml" })), 400, "format: "),
        (CHAT, chat(json!({ "think": 5 })), 400, "think: "),
        (CHAT, chat(json!({ "messages": [{ "role": "user", "content": "BREAK" }] })), 500, "the script broke"),
        (CHAT, chat(json!({ "messages": [{ "role": "user", "content": "PANIC" }] })), 500, "a defect"),
        (GENERATE, generate(json!({ "suffix": "x" })), 400, "suffix: "),
        (GENERATE, generate(json!({ "template": "x" })), 400, "template: "),
        (GENERATE, generate(json!({ "context": [1, 2] })), 400, "context: "),
        (GENERATE, generate(json!({ "raw": true, "system": "x" })), 400, "raw: "),
        ("/api/show", json!({ "model": "other" }), 404, "`other` here"),
        ("/api/embed", json!({ "model": "script" }), 400, "input: missing"),
        ("/api/pull", json!({ "model": "other" }), 404, "no `/api/pull` here"),
    ] {
        let response = server.post(path, &body).await;
        assert_eq!(response.status(), status, "{path} {body}");
        let error = json(response).await;
        assert!(error["error"].as_str().is_some_and(|text| text.contains(says)), "`{says}`: {error}");
        assert_eq!(error.as_object().map(serde_json::Map::len), Some(1), "{error}");
    }
    let cracked =
        lines(server.post(CHAT, &chat(json!({ "messages": [{ "role": "user", "content": "CRACK" }] }))).await).await;
    assert_eq!(cracked.last(), Some(&json!({ "error": "the script broke" })));
    assert_eq!(server.get(CHAT).await.status(), 405);
}
