//! Tools: kept once, numbered without gaps, and changed by one of several who decide at once.
use crate::support::open;
use ledger::{Kind, Ledger};
use std::collections::BTreeSet;
use tokio::task::JoinSet;

async fn keep(ledger: &Ledger, route: &str, id: &str, name: &str) -> i64 {
    let record = format!("{{\"name\": \"{name}\\u0000\"}}");
    ledger.keep_tool(route, id, name, &record, "made").await.expect("kept")
}

/// Two ledgers keep the same tools at once: each is there once, and their numbers are those from 1 on.
pub(crate) async fn tools_are_kept_once(url: &str) {
    const N: usize = 30;
    let ledgers = [open(url).await, open(url).await];
    let mut tasks = JoinSet::new();
    for n in 0..2 * N {
        let ledger = ledgers[n % 2].clone();
        tasks.spawn(async move { (n / 2, keep(&ledger, "kept", &format!("id-{:02}", n / 2), "sort").await) });
    }
    let numbers: BTreeSet<_> = tasks.join_all().await.into_iter().collect();
    assert_eq!(numbers.len(), N, "the same tool has one number, whoever keeps it");
    let all = ledgers[1].tools(Some("kept")).await.expect("read");
    assert!(all.iter().map(|tool| tool.number).eq(1..=N as i64), "by number, without a gap");
    for tool in &all {
        assert_eq!((tool.now.number, tool.now.status.as_str(), tool.now.why.as_str()), (1, "draft", "made"));
        assert_eq!(tool.record, "{\"name\": \"sort\\u0000\"}");
    }
    assert_eq!(keep(&ledgers[0], "other", "id-00", "sort").await, 1, "each route has its own numbers");
    assert_eq!(ledgers[0].tools(None).await.expect("read").len(), N + 1);
    for ledger in ledgers {
        ledger.close().await;
    }
}

/// Of many who decide on what they have all seen, one does; and all that was decided stays to be read.
pub(crate) async fn decisions_are_made_once(url: &str) {
    let ledgers = [open(url).await, open(url).await];
    keep(&ledgers[0], "decided", "one", "sort").await;
    let mut tasks = JoinSet::new();
    for n in 0..8 {
        let ledger = ledgers[n % 2].clone();
        tasks.spawn(async move {
            let status = if n < 4 { "active" } else { "suspended" };
            ledger.mark_tool(["decided", "one"], 1, status, Some("ann"), "seen").await.expect("marked")
        });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|done| *done).count(), 1, "one of them");
    let ledger = &ledgers[0];
    assert!(!ledger.mark_tool(["decided", "one"], 7, "active", None, "").await.expect("looked"), "nobody saw that");
    assert!(!ledger.mark_tool(["decided", "none"], 1, "active", None, "").await.expect("looked"), "no such tool");
    let error = ledger.mark_tool(["decided", "one"], 2, "loved", None, "").await.expect_err("no status");
    assert!(error.kind == Kind::Input && error.message.contains("draft, shadow, active"), "{error}");
    assert!(ledger.mark_tool(["decided", "one"], 2, "retired", None, "late").await.expect("marked"));
    let events = ledgers[1].tool_events("decided", "one").await.expect("read");
    let told: Vec<_> = events.iter().map(|event| (event.number, event.author.as_deref())).collect();
    assert_eq!(told, [(1, None), (2, Some("ann")), (3, None)]);
    assert_eq!(ledger.tools(Some("decided")).await.expect("read")[0].now, events[2], "the last one counts");
    for ledger in ledgers {
        ledger.close().await;
    }
}

/// By name the newest, by the beginning of an id the one.
pub(crate) async fn tools_are_found(url: &str) {
    let ledger = open(url).await;
    for (route, id, name) in [
        ("found", "aaaa1111", "sort"),
        ("found", "aaaa2222", "sort"),
        ("found", "bbbb1111", "dyck"),
        ("found-too", "cccc1111", "dyck"),
    ] {
        keep(&ledger, route, id, name).await;
    }
    let found = async |route, word| ledger.find_tool(route, word).await;
    assert_eq!(found(Some("found"), "sort").await.expect("by name").id, "aaaa2222", "the newest");
    assert_eq!(found(None, "aaaa1").await.expect("by id").number, 1);
    assert_eq!(found(Some("found-too"), "dyck").await.expect("on its route").id, "cccc1111");
    assert_eq!(found(Some("found"), "aaaa").await.expect_err("two begin so").kind, Kind::Input);
    for word in ["aaa", "cccc1111", "nothing", ""] {
        let error = found(Some("found"), word).await.expect_err(word);
        assert!(error.kind == Kind::NotFound && error.message.contains("`dyck`"), "{word}: {error}");
    }
    ledger.close().await;
}
