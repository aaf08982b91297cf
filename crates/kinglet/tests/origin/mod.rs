//! A tiny model file, a server that does what a test says, and the program under test.
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Command, Output, Stdio},
    sync::{Arc, Mutex},
    thread,
};

/// A GGUF file of one tensor that says enough of itself to be listed; `n_vocab` makes it longer.
pub(crate) fn tiny_gguf(n_vocab: u64) -> Vec<u8> {
    tiny_shard(n_vocab, 0, 1)
}

/// The same as file `no` of `count`, counted from 0.
pub(crate) fn tiny_shard(n_vocab: u64, no: u32, count: u32) -> Vec<u8> {
    let text = |s: &str| [&(s.len() as u64).to_le_bytes()[..], s.as_bytes()].concat();
    let string = |key: &str, value: &str| [text(key), 8u32.to_le_bytes().to_vec(), text(value)].concat();
    let number = |key: &str, n: u32| [text(key), 4u32.to_le_bytes().to_vec(), n.to_le_bytes().to_vec()].concat();
    let float = |key: &str, x: f32| [text(key), 6u32.to_le_bytes().to_vec(), x.to_le_bytes().to_vec()].concat();
    let tokens: Vec<u8> = (0..10).flat_map(|i| text(&format!("t{i}"))).collect();
    let array =
        [&text("tokenizer.ggml.tokens")[..], &9u32.to_le_bytes(), &8u32.to_le_bytes(), &10u64.to_le_bytes(), &tokens];
    let metadata = [
        string("general.architecture", "llama"),
        string("general.license", "mit"),
        number("llama.context_length", 64),
        number("llama.embedding_length", 32),
        number("llama.attention.head_count", 2),
        number("llama.block_count", 1),
        number("llama.feed_forward_length", 64),
        float("llama.attention.layer_norm_rms_epsilon", 1e-5),
        number("split.no", no),
        number("split.count", count),
        array.concat(),
    ];
    let mut file = [&b"GGUF"[..], &3u32.to_le_bytes(), &1u64.to_le_bytes()].concat();
    file.extend((metadata.len() as u64).to_le_bytes());
    file.extend(metadata.concat());
    file.extend(text(if no == 0 { "token_embd.weight" } else { "blk.0.weight" }));
    file.extend(2u32.to_le_bytes());
    file.extend(32u64.to_le_bytes());
    file.extend(n_vocab.to_le_bytes());
    file.extend([0; 4 + 8]); // F32, at 0
    file.resize(file.len().next_multiple_of(32) + 32 * 4 * n_vocab as usize, 0);
    file
}

/// A server on loopback; `answer` is given each request's number, its head in lower case, and the connection.
pub(crate) struct Server {
    pub(crate) url: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) fn start(mut answer: impl FnMut(usize, &str, &mut TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = heads.clone();
        thread::spawn(move || {
            for (i, stream) in listener.incoming().enumerate() {
                let mut stream = stream.expect("a connection");
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    stream.read_exact(&mut byte).expect("a request");
                    head.push(byte[0]);
                }
                let head = String::from_utf8(head).expect("text").to_ascii_lowercase();
                seen.lock().expect("no panic").push(head.clone());
                answer(i, &head, &mut stream);
            }
        });
        Self { url, heads }
    }

    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("no panic").clone()
    }
}

/// Sends an answer.
pub(crate) fn send(stream: &mut TcpStream, status: &str, headers: &[&str], body: &[u8]) {
    let headers: String = headers.iter().map(|h| format!("{h}\r\n")).collect();
    let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\n{headers}\r\n");
    // a client that leaves early is part of some tests
    let _ = stream.write_all(&[head.as_bytes(), body].concat());
}

/// The program with `store` as its folder of models, and nothing of the caller's that would matter.
pub(crate) fn kinglet(store: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kinglet"));
    for name in ["HF_TOKEN", "HF_ENDPOINT", "KINGLET_CATALOGUE", "http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"] {
        command.env_remove(name);
    }
    command.env("KINGLET_MODELS", store).env("XDG_DATA_DIRS", "/nowhere").env("HF_ENDPOINT", "http://127.0.0.1:9");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs it, which must succeed or fail as said; returns its output and errors.
pub(crate) fn run(command: &mut Command, succeeds: bool) -> (String, String) {
    let Output { status, stdout, stderr } = command.output().expect("the program");
    let texts = (String::from_utf8(stdout).expect("text"), String::from_utf8(stderr).expect("text"));
    assert_eq!(status.success(), succeeds, "{texts:?}");
    texts
}

/// The models that the program says are on disk.
pub(crate) fn on_disk(store: &Path) -> Vec<String> {
    let (out, _) = run(kinglet(store).args(["models", "--json"]), true);
    let rows: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    let rows = rows.as_array().expect("an array").iter();
    rows.filter(|row| row["on_disk"] == true).map(|row| row["name"].as_str().expect("a name").to_owned()).collect()
}
