//! Two gateways on one PostgreSQL keep one promise; skipped where PostgreSQL is not installed.
use crate::{
    postgres,
    promise::{Far, World, clock, config, promise, question, upstream},
};
use gateway::{Live, catch_up};
use ledger::{Keep, Options};
use router::life::Life;
use serde_json::{Value, json};
use std::sync::{Arc, atomic::Ordering};

/// Two gateways, each of which knows nothing of the other, and how many questions were asked of them.
struct Pair {
    worlds: [World; 2],
    n: usize,
}

impl Pair {
    async fn start(url: &str) -> Self {
        let far = Arc::<Far>::default();
        let start = || World::on(Options::new(url, clock()), far.clone(), promise(0.05), Keep::Nothing);
        let (first, second) = tokio::join!(start(), start());
        Self { worlds: [first, second], n: 0 }
    }

    /// The next `n` questions, each to the one whose turn it is: who was asked, whether it is a hard one, and the tier.
    async fn go(&mut self, n: usize) -> Vec<(usize, bool, String)> {
        let mut tiers = Vec::new();
        for _ in 0..n {
            // one in four is hard: turns by two, so that both get some
            let (i, turn) = (self.n, self.n / 2 % 3 % 2);
            let (tier, ..) = self.worlds[turn].ask(&question(i), json!({})).await;
            tiers.push((turn, i.is_multiple_of(4), tier));
            self.n += 1;
        }
        tiers
    }

    /// How both stand, once both have heard of all that was begun.
    async fn settled(&self) -> [Value; 2] {
        let has_all = |standing: &Value| standing["number"] == standing["begun"];
        let [first, second] = &self.worlds;
        [first.wait(has_all).await, second.wait(has_all).await]
    }

    /// Asks until both are `good`; how they stand then, which is the same.
    async fn go_until(&mut self, good: impl Fn(&Value) -> bool) -> Value {
        loop {
            self.go(25).await;
            let [first, second] = self.settled().await;
            for part in ["phase", "setting", "audit_rate", "begun", "number", "hash", "life"] {
                assert_eq!(first[part], second[part], "{part}");
            }
            if good(&first) {
                return first;
            }
            assert!(self.n < 3000, "{first}");
        }
    }
}

/// Who has nothing but the ledger comes to the same.
async fn is_replayed(world: &World, standing: &Value) {
    let routes = config(&world.ledger, upstream(([127, 0, 0, 1], 9).into()), promise(0.05), Keep::Nothing).routes;
    let life = Life::new(routes.promised()[0].to_prove());
    let setting = standing["setting"].as_str().expect("a setting");
    let mut live = Live::new("task", setting, life);
    catch_up(&world.ledger, &mut live, &[]).await.expect("a database");
    assert_eq!((json!(live.number), json!(live.hash)), (standing["number"].clone(), standing["hash"].clone()));
    assert_eq!(serde_json::to_value(live.life.standing()).expect("JSON"), standing["life"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stderr, reason = "says what was not tested")]
async fn two_gateways_come_to_one_certificate_and_lose_it_together() {
    let Some(database) = postgres::Server::start() else {
        eprintln!("skipped: no PostgreSQL in /usr/lib/postgresql");
        return;
    };
    let mut pair = Pair::start(&database.url()).await;
    let certified = pair.go_until(|standing| standing["life"]["certificate"]["local"].as_u64() > Some(20)).await;
    assert_eq!(certified["phase"], "certified");
    assert!(certified["life"]["certificate"]["bar"].is_f64(), "{certified}");
    is_replayed(&pair.worlds[1], &certified).await;

    let tiers = pair.go(120).await;
    for turn in [0, 1] {
        let n = |hard: bool, here: bool| {
            let is = |(who, is_hard, tier): &&(usize, bool, String)| {
                *who == turn && *is_hard == hard && (tier == "small") == here
            };
            tiers.iter().filter(is).count()
        };
        assert!(n(false, true) > 10 && n(true, false) > 5, "gateway {turn} answers easy ones here: {tiers:?}");
    }

    let [settled, _] = pair.settled().await;
    let (setting, world) = (settled["setting"].as_str().expect("a setting"), &pair.worlds[0]);
    let n_versions = settled["life"]["versions"].as_i64().expect("a number");
    for version in 1..=n_versions + 1 {
        let policy = world.ledger.policy("task", setting, version).await.expect("a database");
        assert_eq!(policy.is_some(), version <= n_versions, "version {version} of {n_versions}");
    }
    let statements = [&pair.worlds[0], &pair.worlds[1]].map(|world| world.get("/admin/v1/routes/task/statement"));
    let [first, second] = statements;
    assert_eq!(first.await, second.await);

    // one of them meets the drift
    let [first, second] = &pair.worlds;
    first.far.drifted.store(true, Ordering::SeqCst);
    first.n.store(pair.n, Ordering::SeqCst); // what it was asked before, it remembers
    let alarmed = first.go_until(|standing| standing["phase"] == "shadowing").await;
    let told = second.wait(|standing| standing["number"].as_i64() >= alarmed["number"].as_i64()).await;
    assert_eq!((&told["phase"], &told["life"]["alarms"]), (&json!("shadowing"), &alarmed["life"]["alarms"]));
    for world in [first, second] {
        let (tier, why, _) = world.ask(&question(1), json!({})).await;
        assert!(tier == "large" && why.contains("not_certified"), "{tier}: {why}");
    }
    let [first, second] = pair.settled().await;
    assert_eq!((&first["hash"], &first["life"]), (&second["hash"], &second["life"]));
    is_replayed(&pair.worlds[0], &first).await;
}
