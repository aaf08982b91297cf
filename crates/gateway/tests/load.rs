//! The client of a measurement, against a server that follows a script.
use gateway::load::{Fault, Server};
use serde_json::json;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// A server on loopback that answers one connection with `parts`, each a write of its own.
async fn server(parts: Vec<String>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/v1", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        stream.set_nodelay(true).expect("a socket");
        let mut head = Vec::new();
        while !head.ends_with(b"}") {
            head.push(stream.read_u8().await.expect("a request"));
        }
        for part in parts {
            stream.write_all(part.as_bytes()).await.expect("a reader");
            tokio::task::yield_now().await;
        }
        stream.shutdown().await.ok();
    });
    Server::new(&url, None, Duration::from_secs(10)).expect("an address")
}

fn stream(chunks: &[&str]) -> String {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
    head.to_owned() + &chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect::<String>()
}

#[tokio::test]
async fn a_stream_is_heard_however_it_is_cut() {
    let all = stream(&[
        r#"{"choices":[{"delta":{"role":"assistant","content":""}}]}"#,
        r#"{"choices":[{"delta":{"content":"Grüß"}}]}"#,
        r#"{"choices":[{"delta":{"content":" Gott"}}]}"#,
        r#"{"choices":[{"delta":{},"finish_reason":"length"}]}"#,
        r#"{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":5}}"#,
        "[DONE]",
    ]);
    let chars: Vec<char> = all.chars().collect();
    for n in [1, 13, 4096] {
        let parts = chars.chunks(n).map(|part| part.iter().collect()).collect();
        let heard = server(parts).await.listen(&json!({ "stream": true })).await.expect("an answer");
        assert_eq!((heard.text.as_str(), heard.finish.as_deref()), ("Grüß Gott", Some("length")));
        assert_eq!((heard.n_prompt, heard.n_answer, heard.pieces.len()), (7, 5, 2));
        assert!(heard.first().is_some_and(|t| heard.asked + t <= heard.ended) && heard.gaps().count() == 1);
    }
}

#[tokio::test]
async fn without_usage_pieces_are_counted() {
    let chunk = r#"{"choices":[{"delta":{"content":"a"}}]}"#;
    let all = stream(&[chunk, chunk, chunk, "[DONE]"]);
    let heard = server(vec![all]).await.listen(&json!({ "stream": true })).await.expect("an answer");
    assert_eq!((heard.n_prompt, heard.n_answer), (0, 3));
}

#[tokio::test]
async fn faults_are_told_apart() {
    let refusal = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n{\"error\":{\"message\":\"not so\"}}";
    let fault = server(vec![refusal.to_owned()]).await.ask(&json!({})).await.expect_err("a refusal");
    assert_eq!(fault, Fault::Refused(400, "not so".to_owned()));
    let cut = stream(&[r#"{"choices":[{"delta":{"content":"a"}}]}"#]);
    let fault = server(vec![cut]).await.listen(&json!({})).await.expect_err("a cut stream");
    assert!(matches!(fault, Fault::Lost(why) if why.contains("before the answer")));
    let late = stream(&[r#"{"error":{"message":"full"}}"#]);
    let fault = server(vec![late]).await.listen(&json!({})).await.expect_err("an error in the stream");
    assert_eq!(fault, Fault::Refused(200, "full".to_owned()));
    let broken = stream(&["{"]);
    assert!(matches!(server(vec![broken]).await.listen(&json!({})).await, Err(Fault::Lost(_))));
}

#[test]
fn addresses_are_checked() {
    let with = |url: &str, key| Server::new(url, key, Duration::from_secs(1)).map(|_| ());
    assert!(with("127.0.0.1:8080", None).is_err() && with("ftp://host/v1", None).is_err());
    assert!(with("http://host/v1", Some("secret")).is_err_and(|e| e.contains("https") && !e.contains("secret")));
    assert!(with("http://127.0.0.1:1/v1", Some("secret")).is_ok() && with("https://host/v1/", Some("k")).is_ok());
}
