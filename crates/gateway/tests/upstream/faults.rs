//! What may go wrong with an upstream, and what comes of it.
use crate::stage::{
    HELLO, LONG, Play, SHORT, Stage, answer, end, events, heard, hello, refused, stream_head, text, upstream, whole,
};
use chat::{Answerer, Blame, Finish, Kind};
use futures_util::StreamExt;
use gateway::{Api, Config, Registry, Secret, Settings, Tls, Upstream};
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::time::timeout;

fn hello_heard() -> Vec<chat::Delta> {
    [text("Hel"), text("lo")].into_iter().chain(end(Finish::Stop, 3, 2)).collect()
}

fn fine() -> Play {
    Play::Send(events(&HELLO))
}

#[tokio::test]
async fn one_that_is_not_there_is_named() {
    let free = gateway::load::free_port().expect("a port");
    let up = upstream(Settings {
        pause: Duration::from_millis(1),
        ..Settings::new("up", Api::OpenAi, format!("http://127.0.0.1:{free}/v1"))
    });
    let error = refused(&up, &hello()).await;
    assert_eq!((error.kind, error.blame, error.retry), (Kind::Upstream, Blame::Upstream, true));
    assert!(error.message.starts_with(&format!("upstream `up`: no connection to 127.0.0.1:{free}")), "{error}");
    assert!(error.message.contains("refused") && error.message.contains("check that it runs"), "{error}");
}

#[tokio::test]
async fn a_name_that_nobody_knows_is_told() {
    // longer than any name: no resolver is asked
    let host = format!("{}.invalid", "x".repeat(64));
    let up = upstream(Settings { tries: 1, ..Settings::new("up", Api::OpenAi, format!("http://{host}/v1")) });
    let error = refused(&up, &hello()).await;
    assert_eq!(error.kind, Kind::Upstream);
    assert!(error.message.contains(&format!("no connection to {host}:80")), "{error}");
    assert!(error.message.contains("check the host in its url"), "{error}");
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&cert, made.cert.pem()).expect("a file");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("a file");
    let tls = Some(Tls::read(&cert, &key).expect("both fit"));
    let config = Config { listen: "127.0.0.1:0".to_owned(), tls, ..Config::default() };
    let (bound, address) = tokio::sync::oneshot::channel();
    let told = |address| bound.send(address).expect("somebody waits for the address");
    let registry = Registry::new(["small".to_owned()]);
    let server = tokio::spawn(gateway::serve(config, registry, told, std::future::pending()));
    let url = format!("https://localhost:{}/v1", address.await.expect("an address").port());
    let error = refused(&upstream(Settings::new("up", Api::OpenAi, url)), &hello()).await;
    server.abort();
    assert_eq!((error.kind, error.blame), (Kind::Upstream, Blame::Upstream));
    assert!(error.message.contains("the certificate of localhost:"), "{error}");
}

#[tokio::test]
async fn one_that_says_nothing_is_given_up() {
    for silent in [Play::Hang(vec![]), Play::Hang(vec![stream_head()]), Play::Hang(events(&[r#"{"choices":[]}"#]))] {
        let stage = Stage::new(vec![silent]).await;
        let up = upstream(Settings { first_token_timeout: SHORT, ..stage.settings(Api::OpenAi) });
        let error = refused(&up, &hello()).await;
        assert_eq!((error.kind, error.blame, error.retry), (Kind::Timeout, Blame::Upstream, true));
        assert_eq!(error.message, "upstream `up`: no answer within 0.2 s; try again, or raise its first_token_timeout");
        assert!(stage.asked().len() <= 1, "who asks has waited long enough");
    }
}

#[tokio::test]
async fn one_that_falls_silent_ends_the_answer() {
    let stage = Stage::new(vec![Play::Hang(events(&HELLO[..1]))]).await;
    let up = upstream(Settings { idle_timeout: SHORT, ..stage.settings(Api::OpenAi) });
    let (deltas, failed) = heard(&up, &hello()).await.expect("it began");
    let error = failed.expect("an error at the end");
    assert_eq!((deltas, error.kind), (vec![text("Hel")], Kind::Timeout));
    assert!(error.message.contains("stood still for 0.2 s"), "{error}");
}

#[tokio::test]
async fn one_that_drips_is_given_up() {
    let head = stream_head();
    let begun = events(&HELLO[..1]).concat();
    // never an event, never silent
    for (bytes, began) in [(head, false), (begun, true)] {
        let stage = Stage::new(vec![Play::Drip(bytes, b"x".to_vec(), Duration::from_millis(1))]).await;
        let up = upstream(Settings {
            first_token_timeout: if began { LONG } else { SHORT * 4 },
            idle_timeout: SHORT,
            ..stage.settings(Api::OpenAi)
        });
        let error = match heard(&up, &hello()).await {
            Ok((_, failed)) => failed.expect("an error at the end"),
            Err(error) => error,
        };
        assert_eq!(error.kind, Kind::Timeout, "{error}");
    }
}

#[tokio::test]
async fn the_whole_is_bounded_however_lively_it_is() {
    let event = format!("data: {}\n\n", HELLO[0]).into_bytes();
    let stage = Stage::new(vec![Play::Drip(stream_head(), event, Duration::from_millis(5))]).await;
    let up = upstream(Settings { timeout: SHORT * 10, ..stage.settings(Api::OpenAi) });
    let (deltas, failed) = heard(&up, &hello()).await.expect("it began");
    assert!(!deltas.is_empty());
    assert!(failed.expect("an error").message.contains("was not complete within 2 s"));
}

#[tokio::test]
async fn one_that_breaks_off_ends_the_answer() {
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n";
    let event = format!("data: {}\n\n", HELLO[0]);
    let chunk = format!("{chunked}{:x}\r\n{event}\r\n", event.len());
    for cut in [Play::Send(events(&HELLO[..1])), Play::Send(vec![chunk.into_bytes()])] {
        let stage = Stage::new(vec![cut]).await;
        let (deltas, failed) = heard(&stage.upstream(Api::OpenAi), &hello()).await.expect("it began");
        let error = failed.expect("an error at the end");
        assert_eq!((deltas, error.kind, error.blame), (vec![text("Hel")], Kind::Upstream, Blame::Upstream));
        assert_eq!(stage.asked().len(), 1, "what was begun is not begun again");
    }
}

#[tokio::test]
async fn the_end_may_be_told_by_either_word() {
    for data in [&HELLO[..3], &[HELLO[0], HELLO[2], HELLO[3]][..]] {
        let stage = Stage::new(vec![Play::Send(events(data))]).await;
        let deltas = whole(&stage.upstream(Api::OpenAi), &hello()).await;
        assert_eq!(deltas[deltas.len() - 2..], end(Finish::Stop, 3, 2));
    }
    // the text is complete, and the usage never comes
    let stage = Stage::new(vec![Play::Hang(events(&HELLO[..2]))]).await;
    let up = upstream(Settings { idle_timeout: SHORT, ..stage.settings(Api::OpenAi) });
    let deltas = whole(&up, &hello()).await;
    assert!(matches!(deltas[3], chat::Delta::Usage(usage) if usage.estimated && usage.completion_tokens == 2));
}

#[tokio::test]
async fn what_is_no_answer_is_told() {
    for (play, said) in [
        (Play::Send(events(&["{\"choices\": oops"])), "an event in JSON expected"),
        (answer("200 OK", "content-type: application/json\r\n", "{\"choices\": oops"), "an answer in JSON expected"),
        (answer("200 OK", "content-type: application/json\r\n", "{\"object\":\"list\"}"), "`choices` expected"),
        (answer("200 OK", "content-type: text/html\r\n", "<html>Welcome</html>"), "in events or JSON expected"),
        (answer("200 OK", "", ""), "nothing came"),
        (answer("302 Found", "location: http://127.0.0.1:1/v1\r\n", ""), "sends elsewhere"),
        (answer("204 No Content", "", ""), "nothing came"),
        (answer("501 Not Implemented", "", ""), "does not do this"),
    ] {
        let stage = Stage::new(vec![play]).await;
        let error = refused(&stage.upstream(Api::OpenAi), &hello()).await;
        assert_eq!(error.kind, Kind::Upstream, "{error}");
        assert!(error.message.contains(said), "{said}: {error}");
        assert_eq!(stage.asked().len(), 1, "{said}");
    }
}

#[tokio::test]
async fn what_passes_is_tried_again() {
    for status in ["500 Oops", "502 Oops", "503 Oops", "504 Oops", "529 Overloaded", "408 Late"] {
        let stage = Stage::new(vec![answer(status, "", ""), answer(status, "", "oops"), fine()]).await;
        assert_eq!(whole(&stage.upstream(Api::OpenAi), &hello()).await, hello_heard(), "{status}");
        assert_eq!(stage.asked().len(), 3);
    }
    // an answer that did not begin: cut before its head, cut after, and an error inside the stream
    let overloaded = r#"{"error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    let stage = Stage::new(vec![Play::Send(vec![]), Play::Send(events(&[overloaded])), fine()]).await;
    assert_eq!(whole(&stage.upstream(Api::OpenAi), &hello()).await, hello_heard());
    assert_eq!(stage.asked().len(), 3);
}

#[tokio::test]
async fn tries_are_counted() {
    let stage = Stage::new(vec![answer("503 Oops", "", r#"{"error":{"message":"too  busy."}}"#)]).await;
    let error = refused(&upstream(Settings { tries: 2, ..stage.settings(Api::OpenAi) }), &hello()).await;
    assert_eq!(stage.asked().len(), 2);
    assert_eq!(error.message, "upstream `up`: failed with status 503 (too  busy); try again later");
}

#[tokio::test]
async fn the_pause_that_is_asked_for_is_kept() {
    let busy = |wait: &str| answer("429 Too Many", wait, r#"{"error":{"message":"slow down"}}"#);
    for wait in ["retry-after-ms: 300\r\n", "retry-after: 0.3\r\n"] {
        let stage = Stage::new(vec![busy(wait), fine()]).await;
        let before = Instant::now();
        assert_eq!(whole(&stage.upstream(Api::OpenAi), &hello()).await, hello_heard());
        assert!(before.elapsed() >= Duration::from_millis(300), "{wait}");
    }
    // nobody waits an hour
    let stage = Stage::new(vec![busy("retry-after: 3600\r\n"), fine()]).await;
    let error = refused(&stage.upstream(Api::OpenAi), &hello()).await;
    assert_eq!((error.kind, error.blame, error.retry), (Kind::Busy, Blame::Upstream, true));
    assert!(error.message.contains("slow down"), "{error}");
    assert_eq!(stage.asked().len(), 1);
}

#[tokio::test]
async fn whose_fault_it_is_is_told() {
    let said = |message: &str| json!({ "error": { "message": message } }).to_string();
    for (status, body, kind, words) in [
        ("400 Bad", said("`foo` is unknown"), Kind::Input, "refuses the request: `foo` is unknown"),
        ("413 Large", said("too large"), Kind::Input, "too large"),
        ("401 No", said("sk-very-secret is no key"), Kind::Upstream, "check the key in its settings"),
        ("403 No", said("no"), Kind::Upstream, "its key was not accepted"),
        ("404 No", said("no model `large`"), Kind::Upstream, "no model `large`"),
        (
            "400 Bad",
            said("This model's maximum context length is 10 tokens, you asked for 12"),
            Kind::ContextLength { prompt: 12, limit: 10 },
            "maximum context length",
        ),
        ("400 Bad", said("your key sk-very-secret is odd"), Kind::Input, "your key *** is odd"),
    ] {
        let stage = Stage::new(vec![answer(status, "content-type: application/json\r\n", &body)]).await;
        let error = refused(&stage.upstream(Api::OpenAi), &hello()).await;
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.message.contains(words), "{error}");
        assert_eq!(stage.asked().len(), 1, "no further try would help");
    }
}

#[tokio::test]
async fn an_error_inside_an_answer_ends_it() {
    let broke = r#"{"error":{"message":"the GPU burns","code":500}}"#;
    let stage = Stage::new(vec![Play::Send(events(&[HELLO[0], broke, HELLO[1]]))]).await;
    let (deltas, failed) = heard(&stage.upstream(Api::OpenAi), &hello()).await.expect("it began");
    assert_eq!(deltas, [text("Hel")]);
    assert!(failed.expect("an error").message.contains("the GPU burns"));
}

#[tokio::test]
async fn one_that_failed_often_is_left_alone_for_a_while() {
    let oops = answer("500 Oops", "", "");
    for pause in [LONG, Duration::ZERO] {
        let stage = Stage::new(vec![oops.clone(), oops.clone(), fine()]).await;
        let settings = stage.settings(Api::OpenAi);
        let up = upstream(Settings { tries: 1, breaker_failures: 2, breaker_pause: pause, ..settings });
        for rests in [false, !pause.is_zero()] {
            refused(&up, &hello()).await;
            assert_eq!(up.is_resting(), rests);
        }
        if pause.is_zero() {
            assert_eq!(whole(&up, &hello()).await, hello_heard());
        } else {
            let error = refused(&up, &hello()).await;
            assert!(error.message.contains("left alone after several failures"), "{error}");
            assert_eq!((error.kind, stage.asked().len()), (Kind::Upstream, 2));
        }
    }
    // what the client does wrong never makes it rest
    let stage = Stage::new(vec![answer("400 Bad", "", "")]).await;
    let up = upstream(Settings { breaker_failures: 1, ..stage.settings(Api::OpenAi) });
    for _ in 0..3 {
        refused(&up, &hello()).await;
    }
    assert_eq!((up.is_resting(), stage.asked().len()), (false, 3));
}

#[tokio::test]
async fn who_leaves_ends_the_connection() {
    let stage = Stage::new(vec![Play::Hang(events(&HELLO[..1]))]).await;
    let mut reply = stage.upstream(Api::OpenAi).model("large").answer(&hello()).await.expect("it began");
    assert_eq!(reply.deltas.next().await.expect("one").expect("fine"), text("Hel"));
    assert_eq!(stage.counts(), (1, 0));
    drop(reply);
    let gone = async {
        while stage.counts().1 == 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(LONG, gone).await.expect("the connection ends");
}

#[tokio::test]
async fn connections_are_used_again() {
    let body: String = HELLO.iter().map(|data| format!("data: {data}\n\n")).collect();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    let play = format!("{head}{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let stage = Stage::new(vec![Play::Send(vec![play.into_bytes()])]).await;
    let up = stage.upstream(Api::OpenAi);
    for _ in 0..5 {
        assert_eq!(whole(&up, &hello()).await, hello_heard());
    }
    assert_eq!((stage.asked().len(), stage.counts().0), (5, 1));
}

#[tokio::test]
async fn an_answer_is_bounded() {
    let stage = Stage::new(vec![Play::Send(events(&[HELLO[0]; 100]))]).await;
    let up = upstream(Settings { max_answer: 3000, ..stage.settings(Api::OpenAi) });
    let error = match heard(&up, &hello()).await {
        Ok((_, failed)) => failed.expect("an error"),
        Err(error) => error,
    };
    assert!(error.message.contains("at most 3000 bytes expected"), "{error}");
}

#[test]
fn settings_are_checked() {
    for (url, header, fault) in [
        ("nowhere", "x-a", "url: an address expected"),
        ("ftp://a.example", "x-a", "url: http:// or https:// expected"),
        ("http://a.example", "x-a", "url: keys are sent over https alone"),
        ("https://me:pw@a.example", "x-a", "url: a name or password"),
        ("https://a.example", "x a", "header `x a`: not the name of a header"),
    ] {
        let headers = vec![(header.to_owned(), Secret::new("hush"))];
        let error = Upstream::new(Settings { headers, ..Settings::new("up", Api::OpenAi, url) }).expect_err("a fault");
        assert!(error.contains(fault) && !error.contains("pw@"), "{error}");
    }
    let key = Some(Secret::new("sk-1\nx"));
    let error = Upstream::new(Settings { key, ..Settings::new("up", Api::OpenAi, "https://a.example") });
    assert!(error.expect_err("a fault").starts_with("key: "));
    let key = Some(Secret::new("sk-hidden"));
    let fine = Upstream::new(Settings { key, ..Settings::new("up", Api::Azure, "https://a.example") });
    assert!(!format!("{:?}", fine.expect("fine")).contains("hidden"));
}
