//! Comparisons of answers: series without gaps, each comparison made once, whoever makes it.
use crate::support::{NOW, SECOND, open};
use ledger::{Audit, Judgement, Ledger, Trace};
use std::collections::BTreeSet;
use tokio::task::JoinSet;

fn audit(n: usize, setting: &str) -> Audit {
    let route = if n.is_multiple_of(2) { "even" } else { "odd" };
    let id = format!("r-{n}");
    Audit {
        route: route.to_owned(),
        setting: setting.to_owned(),
        trace: id,
        request: "{}".to_owned(),
        ..Audit::default()
    }
}

fn judgement() -> Judgement {
    Judgement { signals: "{}".to_owned(), small: 1.0, large: 0.5, judge: "exact".to_owned(), ..Judgement::default() }
}

async fn append(ledger: &Ledger, n: usize, setting: &str) {
    let audit = audit(n, setting);
    ledger.append_audited(Trace { id: audit.trace.clone(), ..Trace::default() }, vec![audit]).await.expect("appended");
}

/// Two ledgers at once append and judge; every comparison has its number, and is judged exactly once.
pub(crate) async fn comparisons_are_made_once(url: &str) {
    const N: usize = 120;
    let ledgers = [open(url).await, open(url).await];
    let mut tasks = JoinSet::new();
    for n in 0..N {
        let ledger = ledgers[n % 3 % 2].clone();
        tasks.spawn(async move { append(&ledger, n, "s").await });
    }
    tasks.join_all().await;
    let mut tasks = JoinSet::new();
    for n in 0..8 {
        let (ledger, route) = (ledgers[n % 2].clone(), if n < 4 { "even" } else { "odd" });
        tasks.spawn(async move {
            let mut judged = Vec::new();
            loop {
                let claimed = ledger.claim_audits(route, "s", 7, NOW + 60 * SECOND).await.expect("claimed");
                if claimed.is_empty() {
                    return judged;
                }
                for audit in claimed {
                    assert!(ledger.judge_audit(&audit, judgement()).await.expect("judged"), "by us alone");
                    assert!(!ledger.judge_audit(&audit, judgement()).await.expect("looked"), "not twice");
                    judged.push(audit.trace);
                }
            }
        });
    }
    let all: Vec<_> = tasks.join_all().await.concat();
    assert_eq!(all.len(), N);
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), N);
    let even = ledgers[1].judged("even", "s", 0, 1000).await.expect("read");
    assert!(even.iter().map(|judged| judged.number).eq(1..=N as i64 / 2), "without a gap");
    assert_eq!((even[3].small, even[3].large, even[3].judge.as_str()), (1.0, 0.5, "exact"));
    let chain = |judged: &[ledger::Judged]| judged.iter().fold(String::new(), |hash, judged| judged.chain(&hash));
    assert_eq!(chain(&even), chain(&ledgers[0].judged("even", "s", 0, 1000).await.expect("read")));
    let mut forged = even.clone();
    forged[17].small = 0.0;
    assert_ne!(chain(&even), chain(&forged));
    for ledger in ledgers {
        ledger.close().await;
    }
}

/// What is not judged holds back all after it, until whoever claimed it is given up.
pub(crate) async fn comparisons_keep_their_order(url: &str) {
    let ledger = open(url).await;
    for n in [2, 4, 6] {
        append(&ledger, n, "order").await;
    }
    let claimed = ledger.claim_audits("even", "order", 10, NOW + SECOND).await.expect("claimed");
    assert_eq!(claimed.iter().map(|audit| audit.number).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(
        ledger.claim_audits("even", "order", 10, NOW + SECOND).await.expect("claimed").is_empty(),
        "they are taken"
    );
    for audit in [&claimed[0], &claimed[2]] {
        let judgement =
            Judgement { bodies_until: Some(NOW + 1), answers: Some(["a".into(), "b".into()]), ..judgement() };
        ledger.judge_audit(audit, judgement).await.expect("judged");
    }
    assert_eq!(ledger.judged("even", "order", 0, 10).await.expect("read").len(), 1, "up to the first that is open");
    assert_eq!(ledger.open_audits_of("r-4").await.expect("read"), [claimed[1].clone()]);
    ledger.put_off(&claimed[1], NOW - 1).await.expect("put off");
    let again = ledger.claim_audits("even", "order", 10, NOW + SECOND).await.expect("claimed");
    assert_eq!((again.len(), again[0].number, again[0].tries), (1, 2, 2));
    let renew = async |from, until| ledger.renew_audit(["even", "order"], 2, from, until).await.expect("renewed");
    assert!(renew(again[0].claimed_until, NOW + 2 * SECOND).await, "ours is kept");
    assert!(!renew(again[0].claimed_until, NOW + 3 * SECOND).await, "what is no longer ours is not");
    ledger.judge_audit(&again[0], judgement()).await.expect("judged");
    assert!(!renew(NOW + 2 * SECOND, NOW + 3 * SECOND).await, "nor what is judged");
    assert_eq!(ledger.judged("even", "order", 1, 10).await.expect("read").len(), 2);
    let replayable = ledger.replayable("even", "new", 10).await.expect("read");
    assert_eq!(replayable.len(), 2, "what is kept can be compared anew");
    assert_eq!((replayable[0].request.as_str(), replayable[0].large.as_deref()), ("{}", Some("b")));
    let series = ledger.series("even", "order", 0).await.expect("read");
    assert_eq!((series.n, series.n_judged), (3, 3));
    assert!(!ledger.begin_series("even", "order", Vec::new()).await.expect("begun"), "it is begun already");
    assert!(ledger.begin_series("even", "new", replayable).await.expect("begun"));
    let anew = ledger.claim_audits("even", "new", 10, NOW + SECOND).await.expect("claimed");
    assert!(anew.iter().map(|audit| audit.number).eq([1, 2]), "{anew:?}");
    for audit in anew {
        // whatever comes of them
        let note = (audit.number == 1).then(|| "timeout".to_owned());
        let answers = Some(["c".into(), "b".into()]);
        let judgement = Judgement { bodies_until: Some(NOW + 1), answers, note, ..judgement() };
        ledger.judge_audit(&audit, judgement).await.expect("judged");
    }
    let replayable = ledger.replayable("even", "newer", 10).await.expect("read");
    let traces: BTreeSet<_> = replayable.iter().map(|audit| audit.trace.as_str()).collect();
    assert_eq!((replayable.len(), traces.len()), (2, 2), "in however many settings a request was compared, it is one");
    assert_eq!(ledger.keep_policy("even", "order", 1, "first").await.expect("kept"), "first");
    assert_eq!(ledger.keep_policy("even", "order", 1, "second").await.expect("kept"), "first", "the first one counts");
    ledger.close().await;
}
