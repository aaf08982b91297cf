//! Asks a running server on this machine for the vectors of texts.
use serde_json::{Value, json};
use std::{
    collections::{BTreeSet, HashMap},
    io::{self, Read, Write},
    net::TcpStream,
};
use toolsmith::dispatch::gist;

/// Texts of one request.
const AT_ONCE: usize = 16;

/// Vectors by their texts.
pub(crate) type Vectors = HashMap<String, Vec<f32>>;

/// The vectors of `texts` by `model` at `url`, such as `http://127.0.0.1:8080/v1`.
///
/// # Errors
/// Whatever keeps the server from it.
pub(crate) fn ask<'a>(url: &str, model: &str, texts: impl Iterator<Item = &'a str>) -> io::Result<Vectors> {
    let texts: Vec<&str> = texts.collect::<BTreeSet<_>>().into_iter().collect();
    let mut vectors = Vectors::new();
    for some in texts.chunks(AT_ONCE) {
        let input: Vec<&str> = some.iter().map(|text| gist(text)).collect();
        let reply = post(url, &json!({ "model": model, "input": input }))?;
        let items = reply["data"].as_array().filter(|items| items.len() == some.len());
        let items = items.ok_or_else(|| io::Error::other(format!("vectors expected, found: {reply:.300}")))?;
        for (text, item) in some.iter().zip(items) {
            let numbers = item["embedding"].as_array().into_iter().flatten();
            vectors.insert((*text).to_owned(), numbers.filter_map(|x| x.as_f64().map(|x| x as f32)).collect());
        }
    }
    Ok(vectors)
}

/// The reply to `body`, over a connection of its own.
fn post(url: &str, body: &Value) -> io::Result<Value> {
    let rest = url.strip_prefix("http://").unwrap_or(url);
    let (host, path) = rest.split_once('/').unwrap_or((rest, "v1"));
    let mut stream = TcpStream::connect(host)?;
    let body = body.to_string();
    write!(
        stream,
        "POST /{path}/embeddings HTTP/1.0\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply)?;
    let begin = reply.windows(4).position(|bytes| bytes == b"\r\n\r\n").map_or(reply.len(), |at| at + 4);
    Ok(serde_json::from_slice(&reply[begin..])?)
}
