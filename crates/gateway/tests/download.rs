//! Downloads from a server that follows a script: cuts, changes, redirects, refusals, and bodies without an end.
use gateway::download::{Failure, Kind, Mark, Patience, Sink, Wanted, download};
use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What the server does with one request.
enum Reply {
    /// Sends this and closes.
    Once(String),
    /// Sends this, then the letter `x` for as long as it is taken.
    Endless(String),
}

/// A server on loopback that answers each connection with the next reply, and the heads of the requests it got.
struct Server {
    url: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = heads.clone();
        tokio::spawn(async move {
            let mut replies = VecDeque::from(replies);
            while let Ok((stream, _)) = listener.accept().await {
                // a request more than the script has finds the door closed
                let Some(reply) = replies.pop_front() else { return };
                let head = answer(stream, reply).await;
                seen.lock().expect("no panic").push(head);
            }
        });
        Self { url, heads }
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("no panic").clone()
    }
}

async fn answer(mut stream: TcpStream, reply: Reply) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("a request"));
    }
    let (text, endless) = match reply {
        Reply::Once(text) => (text, false),
        Reply::Endless(text) => (text, true),
    };
    stream.write_all(text.as_bytes()).await.expect("a reader");
    while endless && stream.write_all(&[b'x'; 1 << 16]).await.is_ok() {}
    stream.shutdown().await.ok();
    String::from_utf8(head).expect("text").to_ascii_lowercase()
}

/// An answer of `status` with `headers` and `body`.
fn reply(status: &str, headers: &[&str], body: &str) -> Reply {
    let headers: String = headers.iter().map(|h| format!("{h}\r\n")).collect();
    Reply::Once(format!("HTTP/1.1 {status}\r\nconnection: close\r\n{headers}\r\n{body}"))
}

/// A sink in memory, that notes what it is told.
#[derive(Default)]
struct Memory {
    bytes: Vec<u8>,
    mark: Option<Mark>,
    n_restarts: usize,
    waits: Vec<(String, Duration)>,
}

impl Sink for Memory {
    fn held(&self) -> (u64, Option<Mark>) {
        (self.bytes.len() as u64, self.mark.clone())
    }
    fn restart(&mut self, mark: &Mark) -> io::Result<()> {
        self.bytes.clear();
        self.mark = Some(mark.clone());
        self.n_restarts += 1;
        Ok(())
    }
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }
    fn wait(&mut self, why: &str, pause: Duration) {
        self.waits.push((why.to_owned(), pause));
    }
}

fn wanted(url: &str) -> Wanted<'_> {
    let pause = Duration::from_millis(1);
    let patience = Patience { pause, longest_pause: Duration::from_secs(2), n_tries: 3, ..Patience::default() };
    Wanted { url, token: None, n_bytes: None, sha256: None, magic: b"GGUF", max_bytes: 1 << 20, patience }
}

async fn fails(wanted: &Wanted<'_>, sink: &mut Memory) -> Failure {
    download(wanted, sink).await.expect_err("a failure")
}

const ETAG: &str = "etag: \"one\"";

#[tokio::test]
async fn a_cut_download_goes_on_where_it_was_cut() {
    let server = Server::start(vec![
        reply("200 OK", &[ETAG, "content-length: 10"], "GGUF12"),
        reply("206 Partial Content", &[ETAG, "content-range: bytes 6-9/10", "content-length: 4"], "3456"),
    ])
    .await;
    let mut sink = Memory::default();
    let mark = download(&wanted(&server.url), &mut sink).await.expect("whole");
    assert_eq!((&sink.bytes[..], sink.n_restarts, mark.n_bytes), (&b"GGUF123456"[..], 1, Some(10)));
    let second = &server.heads()[1];
    assert!(second.contains("range: bytes=6-\r\n") && second.contains("if-range: \"one\"\r\n"), "{second}");
    assert_eq!(sink.waits.len(), 1, "{:?}", sink.waits);
}

#[tokio::test]
async fn a_later_run_goes_on_too() {
    let server = Server::start(vec![
        reply("200 OK", &[ETAG, "content-length: 10"], "GGUF12"),
        reply("206 Partial Content", &[ETAG, "content-range: bytes 6-9/10", "content-length: 4"], "3456"),
    ])
    .await;
    let mut sink = Memory::default();
    let mut once = wanted(&server.url);
    once.patience.n_tries = 1;
    assert_eq!(fails(&once, &mut sink).await.kind, Kind::Network);
    assert_eq!(sink.bytes, b"GGUF12");
    download(&once, &mut sink).await.expect("whole");
    assert_eq!(sink.bytes, b"GGUF123456");
}

#[tokio::test]
async fn a_changed_file_begins_anew() {
    let server = Server::start(vec![
        reply("200 OK", &[ETAG, "content-length: 10"], "GGUF12"),
        reply("200 OK", &["etag: \"two\"", "content-length: 8"], "GGUFabcd"),
    ])
    .await;
    let mut sink = Memory::default();
    let mark = download(&wanted(&server.url), &mut sink).await.expect("whole");
    assert_eq!((&sink.bytes[..], sink.n_restarts), (&b"GGUFabcd"[..], 2));
    assert_eq!(mark.etag.as_deref(), Some("\"two\""));
}

#[tokio::test]
async fn a_range_of_another_file_is_not_taken() {
    let range = ["content-range: bytes 6-11/12", "content-length: 6", "etag: \"two\""];
    let server = Server::start(vec![
        reply("200 OK", &[ETAG, "content-length: 10"], "GGUF12"),
        reply("206 Partial Content", &range, "cdefgh"),
        reply("200 OK", &["etag: \"two\"", "content-length: 8"], "GGUFabcd"),
    ])
    .await;
    let mut sink = Memory::default();
    download(&wanted(&server.url), &mut sink).await.expect("whole");
    assert_eq!(sink.bytes, b"GGUFabcd");
    assert!(!server.heads()[2].contains("range:"));
}

#[tokio::test]
async fn without_a_strong_etag_nothing_is_continued() {
    let server = Server::start(vec![
        reply("200 OK", &["etag: W/\"one\"", "content-length: 10"], "GGUF12"),
        reply("200 OK", &["content-length: 10"], "GGUF123456"),
    ])
    .await;
    let mut sink = Memory::default();
    download(&wanted(&server.url), &mut sink).await.expect("whole");
    assert_eq!(sink.bytes, b"GGUF123456");
    assert!(!server.heads()[1].contains("range:"));
}

#[tokio::test]
async fn a_whole_file_is_known_by_416() {
    let server = Server::start(vec![reply("416 Range Not Satisfiable", &["content-range: bytes */6"], "")]).await;
    let mark = Mark { url: server.url.clone(), etag: Some("\"one\"".into()), linked: None, n_bytes: Some(6) };
    let mut sink = Memory { bytes: b"GGUF12".into(), mark: Some(mark), ..Memory::default() };
    download(&wanted(&server.url), &mut sink).await.expect("whole");
    assert_eq!((&sink.bytes[..], sink.n_restarts), (&b"GGUF12"[..], 0));
}

#[tokio::test]
async fn a_416_of_another_size_begins_anew() {
    let server = Server::start(vec![
        reply("416 Range Not Satisfiable", &["content-range: bytes */5"], ""),
        reply("200 OK", &["content-length: 5"], "GGUF1"),
    ])
    .await;
    let mark = Mark { url: server.url.clone(), etag: Some("\"one\"".into()), linked: None, n_bytes: None };
    let mut sink = Memory { bytes: b"GGUF12".into(), mark: Some(mark), ..Memory::default() };
    download(&wanted(&server.url), &mut sink).await.expect("whole");
    assert_eq!(sink.bytes, b"GGUF1");
}

#[tokio::test]
async fn a_redirect_elsewhere_does_not_get_the_token() {
    let body = reply("200 OK", &["content-length: 5"], "GGUF1");
    let elsewhere = Server::start(vec![body]).await;
    let location = format!("location: {}/signed?secret=1", elsewhere.url);
    let hub = Server::start(vec![
        reply("307 Temporary Redirect", &["location: /renamed", "content-length: 0"], ""),
        reply("302 Found", &[&location, "content-length: 0"], ""),
    ])
    .await;
    let mut sink = Memory::default();
    let url = format!("{}/file", hub.url);
    download(&Wanted { token: Some("hf_1"), ..wanted(&url) }, &mut sink).await.expect("whole");
    let heads = hub.heads();
    assert!(heads.iter().all(|h| h.contains("authorization: bearer hf_1")), "{heads:?}");
    assert!(heads[1].starts_with("get /renamed "), "{heads:?}");
    assert!(!elsewhere.heads()[0].contains("authorization"), "{:?}", elsewhere.heads());
}

#[tokio::test]
async fn redirects_end_and_never_leave_the_web() {
    let turns = |location: &str, n| (0..n).map(|_| reply("302 Found", &[location], "")).collect();
    let round = Server::start(turns("location: /again", 20)).await;
    let failure = fails(&wanted(&round.url), &mut Memory::default()).await;
    assert!(failure.kind == Kind::Redirect && failure.message.contains("more than 10"), "{failure}");
    let out = Server::start(turns("location: file:///etc/passwd", 1)).await;
    let failure = fails(&wanted(&out.url), &mut Memory::default()).await;
    assert!(failure.message.contains("from http to file is not followed"), "{failure}");
}

#[tokio::test]
async fn a_token_is_not_sent_in_the_clear() {
    let wanted = Wanted { token: Some("hf_1"), ..wanted("http://hub.invalid/file") };
    let failure = fails(&wanted, &mut Memory::default()).await;
    assert!(failure.kind == Kind::Input && failure.message.contains("over https alone"), "{failure}");
}

#[tokio::test]
async fn refusals_name_the_remedy_and_not_the_query() {
    let message = "x-error-message: Access to this model is restricted";
    for (status, code, said) in [
        ("401 Unauthorized", 401, "a token is needed"),
        ("403 Forbidden", 403, "may not"),
        ("404 Not Found", 404, "address"),
    ] {
        let server = Server::start(vec![reply(status, &[message, "content-length: 0"], "")]).await;
        let url = format!("{}/file?secret=1", server.url);
        let failure = fails(&wanted(&url), &mut Memory::default()).await;
        assert_eq!(failure.kind, Kind::Status(code));
        let text = failure.to_string();
        assert!(text.contains(said) && text.contains("restricted") && !text.contains("secret"), "{text}");
    }
}

#[tokio::test]
async fn a_page_is_not_taken_for_a_file() {
    let page = "<!DOCTYPE html><title>a model</title>";
    let server = Server::start(vec![reply("200 OK", &["content-type: text/html"], page)]).await;
    let mut sink = Memory::default();
    let failure = fails(&wanted(&server.url), &mut sink).await;
    assert!(failure.kind == Kind::Content && failure.message.contains("this is a page"), "{failure}");
    assert!(sink.bytes.is_empty());
}

#[tokio::test]
async fn a_body_without_end_is_cut() {
    let head = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nGGUF".to_owned();
    let server = Server::start(vec![Reply::Endless(head)]).await;
    let mut sink = Memory::default();
    let failure = fails(&wanted(&server.url), &mut sink).await;
    assert!(failure.message.contains("at most 1048576 bytes"), "{failure}");
    assert!(sink.bytes.is_empty());
}

#[tokio::test]
async fn sizes_are_checked_before_bytes_are_taken() {
    let tall = || reply("200 OK", &["content-length: 2000000"], "GGUF");
    let server = Server::start(vec![tall(), tall()]).await;
    let failure = fails(&wanted(&server.url), &mut Memory::default()).await;
    assert!(failure.kind == Kind::Disk && failure.message.contains("room for 1048576"), "{failure}");
    let known = Wanted { n_bytes: Some(10), ..wanted(&server.url) };
    let failure = fails(&known, &mut Memory::default()).await;
    assert!(failure.message.contains("10 bytes expected, 2000000 found"), "{failure}");
}

#[tokio::test]
async fn a_hubs_hash_decides() {
    let (one, two) = ("1".repeat(64), "2".repeat(64));
    let linked = |hash: &str| format!("x-linked-etag: \"{hash}\"");
    let part = reply("200 OK", &[&linked(&one), "x-linked-size: 10", "content-length: 10"], "GGUF12");
    let rest = ["content-range: bytes 6-9/10", "content-length: 4"];
    let server = Server::start(vec![
        part,
        reply("302 Found", &["location: /store", &linked(&one), "x-linked-size: 10"], ""),
        reply("206 Partial Content", &rest, "3456"),
        reply("302 Found", &["location: /store", &linked(&two)], ""),
    ])
    .await;
    let mut sink = Memory::default();
    let mark = download(&wanted(&server.url), &mut sink).await.expect("whole");
    assert_eq!((&sink.bytes[..], mark.linked.as_ref()), (&b"GGUF123456"[..], Some(&one)));
    assert!(server.heads()[2].contains("range: bytes=6-"), "the hash allows what a missing ETag forbids");
    let failure = fails(&Wanted { sha256: Some(&one), ..wanted(&server.url) }, &mut Memory::default()).await;
    assert!(failure.kind == Kind::Content && failure.message.contains("another file"), "{failure}");
}

#[tokio::test]
async fn a_busy_server_is_asked_again_when_it_says() {
    let server = Server::start(vec![
        reply("503 Service Unavailable", &["retry-after: 0"], ""),
        reply("429 Too Many Requests", &["retry-after: 1"], ""),
        reply("200 OK", &["content-length: 5"], "GGUF1"),
    ])
    .await;
    let mut sink = Memory::default();
    download(&wanted(&server.url), &mut sink).await.expect("whole");
    let pauses: Vec<_> = sink.waits.iter().map(|w| w.1).collect();
    assert_eq!(pauses, [Duration::ZERO, Duration::from_secs(1)]);
}

#[tokio::test]
async fn a_pause_too_long_is_told_and_not_waited_for() {
    let server = Server::start(vec![reply("429 Too Many Requests", &["retry-after: 3600"], "")]).await;
    let failure = fails(&wanted(&server.url), &mut Memory::default()).await;
    assert!(failure.message.contains("come back in 3600 s"), "{failure}");
}

#[tokio::test]
async fn a_server_that_stays_broken_is_given_up() {
    let server = Server::start((0..3).map(|_| reply("500 Internal Server Error", &[], "")).collect()).await;
    let mut sink = Memory::default();
    assert_eq!(fails(&wanted(&server.url), &mut sink).await.kind, Kind::Status(500));
    assert_eq!((server.heads().len(), sink.waits.len()), (3, 2));
}

#[tokio::test]
async fn a_server_that_falls_silent_is_left() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let mut impatient = wanted(&url);
    (impatient.patience.idle, impatient.patience.n_tries) = (Duration::from_millis(50), 1);
    let failure = fails(&impatient, &mut Memory::default()).await;
    assert!(failure.kind == Kind::Network && failure.message.contains("no answer in time"), "{failure}");
}

#[tokio::test]
async fn only_addresses_of_the_web_are_asked() {
    for bad in ["ftp://host/file", "file:///etc/passwd", "nothing"] {
        assert_eq!(fails(&wanted(bad), &mut Memory::default()).await.kind, Kind::Input, "{bad}");
    }
}
