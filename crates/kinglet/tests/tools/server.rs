//! `kinglet serve` without a model, asked over HTTP.
use crate::support::Place;
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Stdio},
    time::Duration,
};

/// The header of the operator.
pub(crate) const ADMIN: (&str, &str) = ("authorization", "Bearer the-admin");

/// A program that ends with the test.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill(); // it may have ended
        let _ = self.0.wait();
    }
}

/// A server at work until this is dropped.
pub(crate) struct Server {
    _running: Running,
    address: String,
}

impl Server {
    pub(crate) fn start(place: &Place) -> Self {
        let mut command = place.kinglet(&["serve", "--model", "none", "--listen", "127.0.0.1:0"]);
        let mut running = Running(command.stderr(Stdio::piped()).spawn().expect("it starts"));
        let mut told = BufReader::new(running.0.stderr.take().expect("a pipe")).lines();
        let ready = told.by_ref().map(|line| line.expect("text")).find(|line| line.contains("ready at http://"));
        let address = ready.and_then(|line| Some(line.split_once("http://")?.1.trim_end_matches("/v1").to_owned()));
        Self { _running: running, address: address.expect("an address") }
    }

    /// The status and the body of an answer.
    pub(crate) fn post(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> (u16, Value) {
        self.ask("POST", path, headers, body)
    }

    pub(crate) fn get(&self, path: &str) -> (u16, Value) {
        self.ask("GET", path, &[ADMIN], &Value::Null)
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> (u16, Value) {
        let mut stream = TcpStream::connect(&self.address).expect("a server");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a limit");
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n{headers}", self.address);
        write!(stream, "{head}content-length: {}\r\n\r\n{body}", body.len()).expect("written");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        // in one piece or in chunks, the JSON is what stands between the outermost braces
        let json = body.find('{').zip(body.rfind('}')).map_or("null", |(from, to)| &body[from..=to]);
        (status, serde_json::from_str(json).unwrap_or_default())
    }
}
