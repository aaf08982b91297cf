//! A server that is killed under load, ten times: no answer that has ended is missing from the ledger.
#![expect(clippy::panic, clippy::print_stdout, reason = "a test says what it waited for and saw")]
use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

const N_KILLS: usize = 10;
const N_CLIENTS: usize = 8;
const PROGRAM: &str = env!("CARGO_BIN_EXE_kinglet");

/// Reads one HTTP message by its length; false at the end of the connection.
fn read_message(stream: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let (mut head, mut line) = (String::new(), String::new());
    while stream.read_line(&mut line).ok()? > 0 && line != "\r\n" {
        head.push_str(&line.to_ascii_lowercase());
        line.clear();
    }
    if line != "\r\n" {
        return None;
    }
    let mut body = Vec::new();
    if head.contains("transfer-encoding: chunked") {
        while !body.ends_with(b"0\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).ok()?;
            body.push(byte[0]);
        }
    } else {
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
        body.resize(length.unwrap_or(0), 0);
        stream.read_exact(&mut body).ok()?;
    }
    Some((head, body))
}

/// A server elsewhere that answers every chat at once.
fn far() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let mut out = stream.try_clone().expect("a socket");
                let mut stream = BufReader::new(stream);
                while read_message(&mut stream).is_some() {
                    let body = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"yes\"},\"finish_reason\":\"stop\"}]}\n\n\
                        data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1}}\n\ndata: [DONE]\n\n";
                    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n";
                    let reply = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
                    if out.write_all(reply.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    port
}

struct Server(Child, String);

impl Server {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(PROGRAM)
            .args(["serve", "--config", "kinglet.toml"])
            .current_dir(folder)
            .stderr(Stdio::piped())
            .spawn()
            .expect("a server");
        let mut said = BufReader::new(child.stderr.take().expect("a pipe"));
        let mut line = String::new();
        while !line.contains("ready at http://") {
            line.clear();
            assert!(said.read_line(&mut line).expect("a line") > 0, "it ended before it was ready");
        }
        let address = line.trim().rsplit("http://").next().and_then(|rest| rest.strip_suffix("/v1"));
        let address = address.expect("an address").to_owned();
        // nobody may have to wait for a full pipe
        thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Self(child, address)
    }
}

/// Asks until the server is gone; notes each answer that has ended.
fn ask_on(address: &str, name: &str, ended: &Mutex<BTreeSet<String>>, stop: &AtomicBool) {
    let Ok(stream) = TcpStream::connect(address) else { return };
    let mut out = stream.try_clone().expect("a socket");
    let mut stream = BufReader::new(stream);
    for i in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let (id, streams) = (format!("{name}-{i}"), i % 2 == 0);
        let body = format!(
            "{{\"model\":\"far/m\",\"stream\":{streams},\"messages\":[{{\"role\":\"user\",\"content\":\"hi\"}}]}}"
        );
        let head = format!("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nx-request-id: {id}\r\n");
        let request = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
        if out.write_all(request.as_bytes()).is_err() {
            return;
        }
        match read_message(&mut stream) {
            Some((head, _)) if head.starts_with("http/1.1 200") => {
                ended.lock().expect("a lock").insert(id);
            }
            Some((head, _)) => panic!("{id}: {head}"),
            None => return,
        }
    }
}

#[test]
fn no_answer_that_ended_is_missing() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = format!(
        "[server]\nlisten = '127.0.0.1:0'\n[models]\ndefault = 'none'\n[ledger]\nurl = 'ledger.db'\n\
         [upstreams.far]\nurl = 'http://127.0.0.1:{}/v1'\nmodels = ['m']\n",
        far()
    );
    fs::write(folder.path().join("kinglet.toml"), config).expect("a file");
    let ended = Arc::new(Mutex::new(BTreeSet::new()));
    for round in 0..N_KILLS {
        let mut server = Server::start(folder.path());
        let stop = Arc::new(AtomicBool::new(false));
        let clients: Vec<_> = (0..N_CLIENTS)
            .map(|client| {
                let (address, ended, stop) = (server.1.clone(), ended.clone(), stop.clone());
                thread::spawn(move || ask_on(&address, &format!("r{round}-c{client}"), &ended, &stop))
            })
            .collect();
        // amid the load, at another moment each time
        thread::sleep(Duration::from_millis(150 + 37 * round as u64));
        server.0.kill().expect("SIGKILL");
        server.0.wait().expect("its end");
        stop.store(true, Ordering::Relaxed);
        clients.into_iter().for_each(|client| client.join().expect("a client"));
    }
    let ended = ended.lock().expect("a lock");
    assert!(ended.len() > N_KILLS * N_CLIENTS, "{} answers are a load", ended.len());
    let exported = Command::new(PROGRAM)
        .args(["export", "--config", "kinglet.toml", "--output", "all.jsonl"])
        .current_dir(folder.path())
        .output()
        .expect("an export");
    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
    let lines = fs::read_to_string(folder.path().join("all.jsonl")).expect("a file");
    let id = |line: &str| {
        let trace: serde_json::Value = serde_json::from_str(line).expect("JSON");
        trace["id"].as_str().expect("an id").to_owned()
    };
    let kept: BTreeSet<String> = lines.lines().map(id).collect();
    let missing: Vec<_> = ended.difference(&kept).collect();
    println!("{} answers ended, {} requests in the ledger", ended.len(), kept.len());
    assert!(missing.is_empty(), "{missing:?}");
}
