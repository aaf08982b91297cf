//! The ledger on PostgreSQL, two replicas at once where that matters; skipped where PostgreSQL is not installed.
use crate::{
    audited, scenarios,
    server::Server,
    support::{self, amount},
    tools,
};
use ledger::Trace;

/// One server for all: it takes longer to start than the rest together.
#[test]
#[expect(clippy::print_stderr, reason = "says what was not tested")]
fn all_scenarios_hold() {
    let Some(server) = Server::start() else {
        eprintln!("skipped: no PostgreSQL in /usr/lib/postgresql");
        return;
    };
    let url = &server.url();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        two_open_at_once(url).await;
        scenarios::the_bill_is_right(url).await; // before others leave traces
        scenarios::exactly_ten_pass(url).await;
        scenarios::all_of_a_large_budget(url).await;
        scenarios::the_rest_is_given_back(url).await;
        scenarios::windows_pass(url).await;
        scenarios::the_late_give_back_nothing(url).await;
        scenarios::standings_are_told(url).await;
        scenarios::keys_live_and_die(url).await;
        scenarios::verdicts_and_texts(url).await;
        audited::comparisons_are_made_once(url).await;
        audited::comparisons_keep_their_order(url).await;
        tools::tools_are_kept_once(url).await; // before others keep some
        tools::decisions_are_made_once(url).await;
        tools::tools_are_found(url).await;
        a_restart_is_survived(&server).await;
    });
    scenarios::the_dead_hold_nothing(url);
}

/// Replicas that start together on an empty database.
async fn two_open_at_once(url: &str) {
    let (first, second) = tokio::join!(support::open(url), support::open(url));
    first.close().await;
    second.close().await;
}

/// The connection breaks between two batches: the next is written all the same, and nothing twice.
async fn a_restart_is_survived(server: &Server) {
    let ledger = support::open(&server.url()).await;
    let limits = ledger::Limits { cost_day: Some(100), ..ledger::Limits::default() };
    let key = scenarios::key(&ledger, limits).await;
    let reservation = ledger.reserve(&key, amount(60)).await.expect("PostgreSQL is back");
    server.restart();
    let trace = Trace { id: "restarted".to_owned(), cost: 50, ..Trace::default() };
    ledger.settle(reservation, trace.clone()).await.expect("PostgreSQL is back");
    assert_eq!(ledger.trace("restarted").await.expect("PostgreSQL is back"), Some(trace));
    assert!(ledger.reserve(&key, amount(51)).await.is_err());
    drop(ledger.reserve(&key, amount(50)).await.expect("PostgreSQL is back"));
    ledger.close().await;
}
