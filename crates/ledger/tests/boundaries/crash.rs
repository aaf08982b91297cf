//! `kill -9`, ten times: what was said to be written is there, and the database is whole.
use crate::{
    scenarios,
    support::{self, open, url_in},
};
use ledger::{Limits, Span, Trace};
use sqlx::Row;
use std::{
    collections::HashSet,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
};

const FOLDER: &str = "LEDGER_CRASH_FOLDER";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let url = url_in(folder.path());
    let mut acknowledged = Vec::new();
    for n_lines in [1, 2, 5, 20, 100, 300, 700, 1000, 2000, 4000] {
        acknowledged.extend(run_and_kill(folder.path(), n_lines));
    }
    let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
    let row = sqlx::query("PRAGMA integrity_check").fetch_one(&pool).await.unwrap();
    assert_eq!(row.get::<String, _>(0), "ok");
    pool.close().await;

    let ledger = open(&url).await;
    let (mut found, mut after) = (HashSet::new(), (i64::MIN, 0));
    loop {
        let page = ledger.page(Span::all(), after, 10_000).await.unwrap();
        let Some((last, _)) = page.last() else { break };
        after = *last;
        for (_, trace) in page {
            assert!(found.insert(trace.id.clone()), "{} is there twice", trace.id);
        }
    }
    assert!(acknowledged.len() > 8000);
    let missing: Vec<_> = acknowledged.iter().filter(|id| !found.contains(*id)).collect();
    assert!(missing.is_empty(), "of {} missing: {missing:?}", acknowledged.len());
    ledger.close().await;
}

/// Starts a process that appends, kills it once it has acknowledged so many traces, and returns those that it had.
fn run_and_kill(folder: &Path, n_lines: usize) -> Vec<String> {
    let mut command = Command::new(std::env::current_exe().expect("a process"));
    command.args(["--exact", "crash::child", "--nocapture"]).env(FOLDER, folder).stdout(Stdio::piped());
    let mut child = command.spawn().expect("a process");
    let lines = BufReader::new(child.stdout.take().expect("a process")).lines();
    let mut ids = Vec::new();
    // the rest is read too: what was printed before the end was acknowledged
    for line in lines.map_while(|line| line.ok()) {
        ids.extend(line.strip_prefix("id ").map(str::to_owned));
        if ids.len() == n_lines {
            child.kill().expect("a process");
        }
    }
    assert!(!child.wait().expect("a process").success());
    ids
}

/// The process to be killed: some tasks append, and print an id once it is durable.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "a test, told by its parent where to write")]
async fn child() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let ledger = open(&url_in(Path::new(&folder))).await;
    let key = scenarios::key(&ledger, Limits { cost_month: Some(i64::MAX), ..Limits::default() }).await;
    let tasks = (0..20).map(|task| {
        let (ledger, key) = (ledger.clone(), key.clone());
        tokio::spawn(async move {
            for n in 0.. {
                let id = format!("{}-{task}-{n}", std::process::id());
                let reservation = ledger.reserve(&key, support::amount(3)).await.unwrap();
                ledger.settle(reservation, Trace { id: id.clone(), cost: 2, ..Trace::default() }).await.unwrap();
                // one write, so that a line is whole or not there
                std::io::stdout().lock().write_all(format!("id {id}\n").as_bytes()).unwrap();
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}
