//! Two gateways on one PostgreSQL keep one set of books; skipped where PostgreSQL is not installed.
use crate::{
    books::hardware,
    postgres,
    support::{Server, until},
};
use futures_util::future::join_all;
use gateway::{Accounts, Config};
use ledger::{Book, By, Keep, Ledger, Limits, NewKey, Options, Span};
use reqwest::Method;
use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// 2026-01-01: no minute and no day ends amid a test.
const NEW_YEAR: i64 = 1_767_225_600_000_000;
/// Requests at once, half of them at each gateway.
const N: usize = 50;

/// A gateway with books of its own in the database at `url`.
async fn start(url: &str) -> (Server, Ledger) {
    let ledger = Ledger::open(Options::new(url, Arc::new(|| NEW_YEAR))).await.expect("a ledger");
    let accounts = Accounts::new(ledger.clone(), Book::default(), Some(hardware()), Keep::Nothing);
    (Server::with(Config { accounts: Some(Arc::new(accounts)), ..Config::default() }).await, ledger)
}

/// How many of `N` requests of a key with `limits` were answered and how many refused, and what the ledger says of
/// the same. Where the prompt has a model hold its answer, no answer ends before the last request was decided upon.
async fn ask_all(servers: &[Server], ledger: &Ledger, limits: Limits, prompt: &str) -> [(usize, usize); 2] {
    let new = NewKey { owner: "ann".to_owned(), limits, ..NewKey::default() };
    let (key, secret) = ledger.create_key(new, "test").await.expect("a key");
    let body = json!({ "model": "script", "messages": [{ "role": "user", "content": prompt }], "max_tokens": 100 });
    let n_answers = AtomicUsize::new(0);
    let asking = join_all((0..N).map(|n| {
        let request = servers[n % 2].request(Method::POST, "/v1/chat/completions").bearer_auth(&secret);
        let request = request.header("x-request-id", format!("{}-{n}", key.id)).body(body.to_string());
        let n_answers = &n_answers;
        async move {
            let response = request.send().await.expect("an answer");
            let status = response.status().as_u16();
            response.text().await.expect("a text");
            n_answers.fetch_add(1, Ordering::SeqCst);
            status
        }
    }));
    let n_held = || servers.iter().map(|server| server.model.n_held()).sum::<usize>();
    let letting_go = async {
        until("each is held or has ended", || n_answers.load(Ordering::SeqCst) + n_held() == N).await;
        servers.iter().for_each(|server| server.model.let_go());
    };
    let (statuses, ()) = tokio::join!(asking, letting_go);
    assert!(statuses.iter().all(|status| [200, 429].contains(status)), "{statuses:?}");
    let refused = statuses.iter().filter(|status| **status == 429).count();
    for (n, status) in statuses.iter().enumerate() {
        let trace = ledger.trace(&format!("{}-{n}", key.id)).await.expect("a database");
        assert_eq!(trace.map(|trace| trace.status), Some(i64::from(*status)), "request {n}");
    }
    let lines = ledger.report(Span::all(), By::Key).await.expect("a database");
    let line = lines.into_iter().find(|line| line.group == key.id).expect("requests of the key");
    let [all, failed] = [line.requests, line.failed].map(|n| usize::try_from(n).expect("a number"));
    [(N - refused, refused), (all - failed, failed)]
}

/// One server for both cases: it takes longer to start than the rest together.
#[tokio::test]
#[expect(clippy::print_stderr, reason = "says what was not tested")]
async fn of_fifty_at_once_at_two_gateways_ten_pass_a_budget_for_ten() {
    let Some(database) = postgres::Server::start() else {
        eprintln!("skipped: no PostgreSQL in /usr/lib/postgresql");
        return;
    };
    let url = database.url();
    let ((first, ledger), (second, other)) = tokio::join!(start(&url), start(&url));
    let servers = [first, second];
    // 100 tokens out and some 40 in: there is room for ten, and not for eleven
    let money = Limits { cost_day: Some(10_900), ..Limits::default() };
    let requests = Limits { requests_minute: Some(10), ..Limits::default() };
    for (limits, prompt) in [(money, "HOLD"), (requests, "hi"), (requests, "HOLD")] {
        let found = ask_all(&servers, &ledger, limits, prompt).await;
        assert_eq!(found, [(10, 40); 2], "{limits:?}, {prompt}");
    }
    for mut server in servers {
        server.begin_stop();
        server.ended().await;
    }
    ledger.close().await;
    other.close().await;
}
