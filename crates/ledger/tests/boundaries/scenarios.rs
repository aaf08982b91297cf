//! What must hold on every database.
use crate::{
    exports::exported,
    support::{DAY, Hands, NOW, Random, SECOND, amount, open},
};
use ledger::{
    Amount, Bodies, By, Feedback, Keep, Key, Kind, Ledger, Limits, NewKey, Options, Reservation, Result, Span, Taken,
    Tokens, Trace, Unusable,
};
use std::{collections::BTreeMap, sync::Arc};
use tokio::{sync::Barrier, task::JoinSet};

pub(crate) async fn key(ledger: &Ledger, limits: Limits) -> Key {
    let new = NewKey { owner: "ann".to_owned(), limits, ..NewKey::default() };
    ledger.create_key(new, "root").await.expect("a key").0
}

fn cost_day(most: i64) -> Limits {
    Limits { cost_day: Some(most), ..Limits::default() }
}

fn costs(cost: i64) -> Trace {
    Trace { id: "costs".to_owned(), time: NOW, cost, ..Trace::default() }
}

/// 50 tasks at once, half of them with each of two ledgers on one database: a budget for 10 lets exactly 10 through,
/// settled before the others ask or after.
pub(crate) async fn exactly_ten_pass(url: &str) {
    for settle in [true, false] {
        let ledgers = [open(url).await, open(url).await];
        let key = key(&ledgers[0], cost_day(10 * 700)).await;
        let barrier = Arc::new(Barrier::new(50));
        let mut tasks = JoinSet::new();
        for n in 0..50 {
            let (ledger, key, barrier) = (ledgers[n % 2].clone(), key.clone(), barrier.clone());
            tasks.spawn(async move {
                barrier.wait().await;
                let reservation = ledger.reserve(&key, amount(700)).await?;
                match settle {
                    true => ledger.settle(reservation, costs(700)).await.map(|()| None),
                    false => Ok(Some(reservation)),
                }
            });
        }
        let answers: Vec<Result<Option<Reservation>>> = tasks.join_all().await;
        let passed = answers.iter().filter(|a| a.is_ok()).count();
        assert_eq!(passed, 10, "settled at once: {settle}");
        let refused = answers.iter().filter_map(|a| a.as_ref().err());
        assert!(
            refused.clone().all(|e| matches!(e.kind, Kind::Limit(r) if r.limit == "micro-USD a day")),
            "{answers:?}"
        );
        drop(answers);
        for ledger in ledgers {
            ledger.close().await;
        }
    }
}

/// Far from its end a budget is taken ahead, by two replicas at once; still all of it is used, and no more.
pub(crate) async fn all_of_a_large_budget(url: &str) {
    let ledgers = [open(url).await, open(url).await];
    let key = key(&ledgers[0], Limits { tokens_month: Some(3000 * 10), ..cost_day(1 << 40) }).await;
    let mut tasks = JoinSet::new();
    for n in 0..40 {
        let (ledger, key) = (ledgers[n % 2].clone(), key.clone());
        tasks.spawn(async move {
            let mut passed = 0;
            for _ in 0..100 {
                let Ok(reservation) = ledger.reserve(&key, Amount::request(10, 5)).await else { continue };
                let tokens = Tokens { input: 4, output: 6, ..Tokens::default() };
                ledger.settle(reservation, Trace { tokens, ..costs(5) }).await.expect("settled");
                passed += 1;
            }
            passed
        });
    }
    let mut passed = tasks.join_all().await.iter().sum::<i64>();
    // who had no more to ask may hold some for a moment
    assert!((3000 - 64..=3000).contains(&passed), "{passed}");
    ledgers[1].close().await;
    while let Ok(reservation) = ledgers[0].reserve(&key, Amount::request(10, 5)).await {
        let tokens = Tokens { input: 10, ..Tokens::default() };
        ledgers[0].settle(reservation, Trace { tokens, ..costs(5) }).await.expect("settled");
        passed += 1;
    }
    assert_eq!(passed, 3000);
    ledgers[0].close().await;
}

/// What is not used is given back, by settling and by dropping; what is used stays used after a restart.
pub(crate) async fn the_rest_is_given_back(url: &str) {
    let ledger = open(url).await;
    let key = key(&ledger, Limits { concurrent: Some(2), ..cost_day(100) }).await;
    let first = ledger.reserve(&key, amount(60)).await.expect("60 of 100");
    assert!(ledger.reserve(&key, amount(60)).await.is_err(), "60 are reserved");
    ledger.settle(first, costs(10)).await.expect("settled");
    let second = ledger.reserve(&key, amount(60)).await.expect("10 are used");
    let third = ledger.reserve(&key, amount(30)).await.expect("70 are taken");
    let error = ledger.reserve(&key, amount(0)).await.expect_err("two at work");
    assert!(matches!(error.kind, Kind::Limit(r) if r.limit == "concurrent requests" && r.until.is_none()), "{error}");
    drop((second, third));
    let all = ledger.reserve(&key, amount(90)).await.expect("dropped ones are given back");
    drop(all);
    assert_eq!(ledger.reserve(&key, amount(-1)).await.expect_err("negative").kind, Kind::Input);
    ledger.close().await;
    assert_eq!(ledger.reserve(&key, amount(1)).await.expect_err("closed").kind, Kind::Closed);

    let ledger = open(url).await;
    assert!(ledger.reserve(&key, amount(91)).await.is_err(), "10 are still used");
    drop(ledger.reserve(&key, amount(90)).await.expect("nothing is reserved any more"));
    let nobody = Key { id: "kl-0".to_owned(), ..key };
    assert_eq!(ledger.reserve(&nobody, amount(1)).await.expect_err("no such key").kind, Kind::NotFound);
    ledger.close().await;
}

/// A minute's and a day's limits begin anew; a request that began yesterday counts as yesterday's.
pub(crate) async fn windows_pass(url: &str) {
    let hands = Hands::new();
    let ledger = Ledger::open(Options::new(url, hands.clock())).await.expect("a ledger");
    let key = key(&ledger, Limits { requests_minute: Some(2), ..cost_day(100) }).await;
    let late = ledger.reserve(&key, amount(40)).await.expect("one");
    ledger.settle(ledger.reserve(&key, amount(40)).await.expect("two"), costs(40)).await.expect("settled");
    let error = ledger.reserve(&key, amount(1)).await.expect_err("three in a minute");
    assert!(matches!(error.kind, Kind::Limit(r) if r.until == Some(NOW / 60 / SECOND * 60 * SECOND + 60 * SECOND)));
    hands.forward(60 * SECOND);
    assert!(ledger.reserve(&key, amount(61)).await.is_err(), "40 of the day are used");
    hands.forward(DAY);
    let today = ledger.reserve(&key, amount(100)).await.expect("a new day");
    ledger.settle(late, costs(40)).await.expect("settled");
    ledger.settle(today, costs(100)).await.expect("settled");
    assert!(ledger.reserve(&key, amount(1)).await.is_err(), "100 of the day are used");
    ledger.close().await;
}

/// What a replica held that died without a word is free again after a while, and not before.
pub(crate) fn the_dead_hold_nothing(url: &str) {
    let runtime =
        || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads");
    let dying = runtime();
    let (key, held) = dying.block_on(async {
        let ledger = open(url).await;
        let key = key(&ledger, cost_day(100)).await;
        let held = ledger.reserve(&key, amount(60)).await.expect("60 of 100");
        (key, (held, ledger))
    });
    dying.shutdown_background();
    std::mem::forget(held);
    runtime().block_on(async {
        let hands = Hands::new();
        let ledger = Ledger::open(Options::new(url, hands.clock())).await.expect("a ledger");
        assert!(ledger.reserve(&key, amount(60)).await.is_err());
        hands.forward(39 * SECOND);
        assert!(ledger.reserve(&key, amount(60)).await.is_err());
        hands.forward(2 * SECOND);
        drop(ledger.reserve(&key, amount(100)).await.expect("all is free"));
        ledger.close().await;
    });
}

/// A replica that was away too long learns that what it held is gone, and gives nothing back twice.
pub(crate) async fn the_late_give_back_nothing(url: &str) {
    let (hands, others) = (Hands::new(), Hands::new());
    let late = Ledger::open(Options::new(url, hands.clock())).await.expect("a ledger");
    let key = key(&late, cost_day(100)).await;
    let old = late.reserve(&key, amount(60)).await.expect("60 of 100");
    others.forward(100 * SECOND);
    let other = Ledger::open(Options::new(url, others.clock())).await.expect("a ledger");
    let held = other.reserve(&key, amount(100)).await.expect("the first counts as dead");
    hands.forward(100 * SECOND);
    late.settle(old, costs(0)).await.expect("settled");
    assert!(late.reserve(&key, amount(1)).await.is_err(), "the other still holds all");
    drop(held);
    other.close().await;
    drop(late.reserve(&key, amount(100)).await.expect("all is free"));
    late.close().await;
}

/// Each key's standing is what was settled and what is held by anybody, in the windows of now.
pub(crate) async fn standings_are_told(url: &str) {
    let hands = Hands::new();
    let ledger = Ledger::open(Options::new(url, hands.clock())).await.expect("a ledger");
    let other = Ledger::open(Options::new(url, hands.clock())).await.expect("a ledger");
    let limits = Limits { concurrent: Some(3), requests_minute: Some(20), tokens_month: Some(1000), ..cost_day(100) };
    let (limited, free) = (key(&ledger, limits).await, key(&ledger, Limits::default()).await);
    let tokens = Tokens { input: 3, output: 4, ..Tokens::default() };
    for (key, used) in [(&limited, 30), (&free, 7)] {
        let reservation = ledger.reserve(key, Amount::request(100, 40)).await.expect("room");
        ledger.settle(reservation, Trace { tokens, ..costs(used) }).await.expect("settled");
    }
    let held = [
        ledger.reserve(&limited, Amount::request(100, 20)).await.expect("30 of 100 are used"),
        other.reserve(&limited, Amount::request(50, 25)).await.expect("50 of 100 are taken"),
    ];
    let standings = async || {
        let all = ledger.standings().await.expect("standings");
        [&limited, &free].map(|key| all.iter().find(|s| s.key == *key).expect("a standing").taken)
    };
    let numbers = |taken: [Taken; Limits::N]| taken.map(|t| (t.most, t.used, t.held));
    let [of_limited, of_free] = standings().await;
    let expected = [
        (Some(3), 0, 2),
        (Some(20), 1, 2),
        (None, 7, 150),
        (None, 7, 150),
        (Some(1000), 7, 150),
        (Some(100), 30, 45),
        (None, 30, 45),
    ];
    assert_eq!(numbers(of_limited), expected);
    assert_eq!(
        numbers(of_free).map(|(most, used, held)| (most, used + held)),
        [0, 0, 0, 7, 7, 7, 7].map(|n| (None, n))
    );
    let ends = of_limited.map(|t| (t.limit, t.until));
    assert_eq!((ends[0], ends[4].0, ends[6].0), (("concurrent requests", None), "tokens a month", "micro-USD a month"));
    assert_eq!((ends[5].1, ends[6].1), (ledger::midnight("2024-05-14"), ledger::midnight("2024-06-01")));

    drop(held);
    hands.forward(DAY);
    other.close().await; // gives back what it held
    let settled = ledger.reserve(&limited, amount(1)).await.expect("a new day");
    ledger.settle(settled, costs(1)).await.expect("settled, and what was dropped before it");
    let [of_limited, _] = standings().await;
    assert_eq!(numbers(of_limited)[5..], [(Some(100), 1, 0), (None, 31, 0)]);
    ledger.close().await;
}

pub(crate) async fn keys_live_and_die(url: &str) {
    let ledger = open(url).await;
    let limits = Limits { tokens_day: Some(5), ..Limits::default() };
    let routes = vec!["chat".to_owned()];
    let new = NewKey { owner: "bob".to_owned(), tenant: Some("t".to_owned()), routes, limits, expires: Some(NOW + 1) };
    let (key, secret) = ledger.create_key(new.clone(), "root").await.expect("a key");
    let (other, other_secret) = ledger.create_key(new, "root").await.expect("a key");
    assert!(secret.starts_with(&key.id) && key.id != other.id && secret != other_secret && secret.len() > 60);
    assert_eq!(ledger.find_key(&secret).await.expect("a look"), Some(key.clone()));
    assert_eq!(ledger.find_key(&format!("{secret}0")).await.expect("a look"), None);
    assert_eq!(key.check("chat", NOW), Ok(()));
    assert_eq!(key.check("other", NOW), Err(Unusable::Route));
    assert_eq!(key.check("chat", NOW + 1), Err(Unusable::Expired));
    ledger.revoke_key(&key.id, "root").await.expect("revoked");
    assert_eq!(ledger.revoke_key(&key.id, "root").await.expect_err("twice").kind, Kind::NotFound);
    let found = ledger.find_key(&secret).await.expect("a look").expect("it stays");
    assert_eq!(found.check("chat", NOW), Err(Unusable::Revoked));
    ledger.set_limits(&other.id, Limits::default(), "eve").await.expect("changed");
    let negative = Limits { concurrent: Some(-1), ..Limits::default() };
    assert_eq!(ledger.set_limits(&other.id, negative, "eve").await.expect_err("negative").kind, Kind::Input);
    assert!(ledger.keys().await.expect("keys").iter().any(|k| k.id == other.id && k.limits.is_none()));

    let actions = ledger.actions(Span::all()).await.expect("actions");
    let of = |id: &str| actions.iter().filter(|a| a.subject == id).map(|a| (&*a.who, &*a.what)).collect::<Vec<_>>();
    assert_eq!(of(&key.id), [("root", "key create"), ("root", "key revoke")]);
    assert_eq!(of(&other.id), [("root", "key create"), ("eve", "key limits")]);
    assert!(!format!("{actions:?}").contains(&secret[16..]), "no secret in the audit log");
    ledger.close().await;
}

pub(crate) async fn verdicts_and_texts(url: &str) {
    let ledger = open(url).await;
    let keeping = |keep| Trace { bodies: Bodies::new(keep, NOW - 2 * DAY, "q", "a"), ..costs(1) };
    for (id, keep) in [("old", Keep::Full { days: 2 }), ("young", Keep::Full { days: 3 }), ("hashed", Keep::Hash)] {
        ledger.append(Trace { id: id.to_owned(), ..keeping(keep) }).await.expect("appended");
    }
    assert_eq!(ledger.purge().await.expect("purged"), 1);
    let hash = Some("8e35c2cd3bf6641bdb0e2050b76932cbb2e6034a0ddacc1d9bea82a6ba57f7cf".to_owned());
    for (id, text) in [("old", None), ("young", Some("q".to_owned())), ("hashed", None)] {
        let trace = ledger.trace(id).await.expect("a look").expect("a trace");
        assert_eq!((&trace.bodies.request, &trace.bodies.request_hash), (&text, &hash), "{id}");
    }
    let verdict = Feedback { trace: "old".to_owned(), score: Some(0.1), thumbs: Some(false), ..Feedback::default() };
    ledger.add_feedback(verdict.clone()).await.expect("a verdict");
    let second = Feedback { score: None, thumbs: None, corrected: Some("b".to_owned()), ..verdict.clone() };
    ledger.add_feedback(second.clone()).await.expect("a second verdict");
    let dated = |verdict| Feedback { time: NOW, ..verdict };
    assert_eq!(ledger.feedback("old").await.expect("verdicts"), [dated(verdict.clone()), dated(second)]);
    let nobody = Feedback { trace: "none".to_owned(), ..verdict.clone() };
    assert_eq!(ledger.add_feedback(nobody).await.expect_err("no such answer").kind, Kind::NotFound);
    for wrong in
        [Feedback { score: Some(f64::NAN), ..verdict }, Feedback { trace: "old".to_owned(), ..Feedback::default() }]
    {
        assert_eq!(ledger.add_feedback(wrong).await.expect_err("no verdict").kind, Kind::Input);
    }
    ledger.close().await;
}

/// 10,000 random requests: every sum is that of an independent count, and what is exported is what was appended.
pub(crate) async fn the_bill_is_right(url: &str) {
    let ledger = open(url).await;
    let mut random = Random::new(4);
    let traces: Vec<_> = (0..10_000).map(|n| random.trace(n)).collect();
    let mut tasks = JoinSet::new();
    for part in traces.chunks(100) {
        let (ledger, part) = (ledger.clone(), part.to_vec());
        tasks.spawn(async move {
            for trace in part {
                ledger.append(trace).await.expect("appended");
            }
        });
    }
    tasks.join_all().await;
    let span = Span { from: NOW - DAY / 2, to: NOW + DAY };
    let inside: Vec<_> = traces.iter().filter(|t| (span.from..span.to).contains(&t.time)).collect();
    type Group = fn(&Trace) -> String;
    let groups: [(By, Group); 5] = [
        (By::Total, |_| String::new()),
        (By::Route, |t| t.route.clone().unwrap_or_default()),
        (By::Key, |t| t.key.clone().unwrap_or_default()),
        (By::Day, |t| format!("2024-05-{}", t.time / DAY - NOW / DAY + 13)),
        (By::Model, |t| {
            format!(
                "{}{}",
                t.provider.as_ref().map_or(String::new(), |p| format!("{p}/")),
                t.model.clone().unwrap_or_default()
            )
        }),
    ];
    for (by, group) in groups {
        let mut expected = BTreeMap::<_, [i64; 9]>::new();
        for trace in &inside {
            let saved = trace.reference_cost.map_or(0, |r| r - trace.cost);
            let Tokens { input, cached_input, output, reasoning } = trace.tokens;
            let failed = i64::from(trace.status >= 400);
            let reference = trace.reference_cost.unwrap_or(0);
            let numbers = [1, failed, input, cached_input, output, reasoning, trace.cost, reference, saved];
            let sums = expected.entry(group(trace)).or_default();
            sums.iter_mut().zip(numbers).for_each(|(sum, n)| *sum += n);
        }
        let lines = ledger.report(span, by).await.expect("a report");
        let found = lines.into_iter().map(|l| {
            let sums = [
                l.requests,
                l.failed,
                l.input,
                l.cached_input,
                l.output,
                l.reasoning,
                l.cost,
                l.reference_cost,
                l.saved,
            ];
            (l.group, sums)
        });
        assert_eq!(found.collect::<Vec<_>>(), expected.into_iter().collect::<Vec<_>>(), "{by:?}");
    }
    exported(&ledger, span, inside).await;
    ledger.close().await;
}
