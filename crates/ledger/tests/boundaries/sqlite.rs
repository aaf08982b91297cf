//! The ledger in one SQLite file.
use crate::{
    audited, scenarios,
    support::{self, Hands, Random, url_in},
    tools,
};
use ledger::{Ledger, Options, Span, Trace};
use std::{fs, sync::Arc};

use tokio::task::JoinSet;

macro_rules! on_sqlite {
    ($($name:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            let folder = tempfile::tempdir().unwrap();
            scenarios::$name(&url_in(folder.path())).await;
        }
    )*};
}

on_sqlite! {
    exactly_ten_pass all_of_a_large_budget the_rest_is_given_back windows_pass the_late_give_back_nothing
    standings_are_told keys_live_and_die verdicts_and_texts the_bill_is_right
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn comparisons() {
    let folder = tempfile::tempdir().unwrap();
    audited::comparisons_are_made_once(&url_in(folder.path())).await;
    audited::comparisons_keep_their_order(&url_in(folder.path())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tools_and_what_becomes_of_them() {
    let folder = tempfile::tempdir().unwrap();
    tools::tools_are_kept_once(&url_in(folder.path())).await;
    tools::decisions_are_made_once(&url_in(folder.path())).await;
    tools::tools_are_found(&url_in(folder.path())).await;
}

#[test]
fn the_dead_hold_nothing() {
    let folder = tempfile::tempdir().unwrap();
    scenarios::the_dead_hold_nothing(&url_in(folder.path()));
}

#[tokio::test]
async fn tables_are_made_once_and_newer_ones_refused() {
    let folder = tempfile::tempdir().unwrap();
    let url = url_in(folder.path());
    for _ in 0..3 {
        let ledger = support::open(&url).await;
        ledger.append(Trace::default()).await.unwrap();
        ledger.close().await;
    }
    let mut files: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|f| f.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["the ledger?.db"], "one file when it is closed");
    let ledger = support::open(&url).await;
    assert_eq!(ledger.page(Span::all(), (i64::MIN, 0), 10).await.unwrap().len(), 3);
    ledger.close().await;

    let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
    sqlx::query("INSERT INTO schema_version VALUES (99)").execute(&pool).await.unwrap();
    pool.close().await;
    let error = Ledger::open(Options::new(&url, Hands::new().clock())).await.err().unwrap();
    assert_eq!(error.kind, ledger::Kind::Newer);
    assert!(error.message.contains("99"), "{error}");
    assert!(Ledger::open(Options::new("mysql://host/db", Hands::new().clock())).await.is_err());
}

/// Closing loses nothing of what waits in the queue, and what comes after it is refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_flushes() {
    let folder = tempfile::tempdir().unwrap();
    let url = url_in(folder.path());
    let options = Options { queue: 8, ..Options::new(&url, Hands::new().clock()) };
    let ledger = Ledger::open(options).await.unwrap();
    let mut tasks = JoinSet::new();
    for n in 0..500 {
        let ledger = ledger.clone();
        tasks.spawn(async move { ledger.append(Trace { id: n.to_string(), ..Trace::default() }).await.is_ok() });
    }
    tasks.join_next().await;
    ledger.close().await;
    ledger.close().await;
    let n_appended = 1 + tasks.join_all().await.into_iter().filter(|done| *done).count();
    let ledger = support::open(&url).await;
    let n_found = ledger.page(Span::all(), (i64::MIN, 0), 1000).await.unwrap().len();
    assert_eq!(n_found, n_appended);
    ledger.close().await;
}

/// Many at once, one after the other, and given up half-way: what is said to be there is there, once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_trace_once() {
    let folder = tempfile::tempdir().unwrap();
    let url = url_in(folder.path());
    let ledger = Arc::new(support::open(&url).await);
    let mut tasks = JoinSet::new();
    for n in 0..1000 {
        let ledger = ledger.clone();
        tasks.spawn(async move { ledger.append(Random::new(n as u64).trace(n)).await });
    }
    assert!(tasks.join_all().await.into_iter().all(|done| done.is_ok()));
    let page = ledger.page(Span::all(), (i64::MIN, 0), 2000).await.unwrap();
    let mut found: Vec<_> = page.into_iter().map(|(_, trace)| trace).collect();
    found.sort_by_key(|t| t.id[4..].parse::<usize>().unwrap());
    let appended = (0..1000).map(|n| Random::new(n as u64).trace(n));
    assert!(found.into_iter().eq(appended));
    ledger.close().await;
}
