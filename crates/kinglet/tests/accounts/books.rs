//! A place with a ledger that tests fill themselves, and random requests to fill it with.
use crate::support::{Place, Told};
use ledger::{Bodies, Clock, Keep, Ledger, Options, Tokens, Trace};
use serde_json::Value;
use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

pub(crate) const DAY: i64 = 86_400_000_000;

/// A folder whose configuration keeps the ledger in it.
pub(crate) fn place(name: &str) -> Place {
    let place = Place::new(name);
    place.write("kinglet.toml", "[ledger]\nurl = 'books/ledger.db'\n");
    place
}

/// Works with the ledger of `place`, in this process.
pub(crate) fn with_ledger<T>(place: &Place, work: impl AsyncFnOnce(&Ledger) -> T) -> T {
    let file = place.0.join("books/ledger.db");
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let ledger = Ledger::open(Options::file(&file, clock())).await.expect("a ledger");
        let done = work(&ledger).await;
        ledger.close().await;
        done
    })
}

pub(crate) fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_micros() as i64
}

fn clock() -> Clock {
    Arc::new(now)
}

/// What a command that must succeed printed.
pub(crate) fn good(told: Told) -> String {
    assert_eq!(told.code, Some(0), "{}", told.err);
    told.out
}

pub(crate) fn json(told: Told) -> Value {
    serde_json::from_str(&good(told)).expect("JSON")
}

/// Writes down `n` requests of the four days from 2024-05-11 on, and returns them.
pub(crate) fn fill(place: &Place, n: usize) -> Vec<Trace> {
    let traces: Vec<_> = (0..n as u64).map(trace).collect();
    with_ledger(place, async |ledger| {
        for trace in &traces {
            ledger.append(trace.clone()).await.expect("appended");
        }
    });
    traces
}

/// 2024-05-11T00:00:00Z
pub(crate) const FIRST: i64 = 19_854 * DAY;

/// The `n`th request: the same in every run (splitmix64).
fn trace(n: u64) -> Trace {
    let mut state = n.wrapping_mul(0x1234_5678_9abc_def1);
    let mut below = |most: i64| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 1) as i64 % most
    };
    let time = FIRST + below(4 * DAY);
    let mut one_of = |names: [Option<&str>; 3]| names[below(3) as usize].map(str::to_owned);
    Trace {
        id: format!("r-{n}"),
        time,
        key: one_of([Some("kl-1"), Some("kl-2"), None]),
        owner: one_of([Some("ann"), Some("bob, the \"second\""), None]),
        route: one_of([Some("invoices"), Some("chat"), Some("Émile")]),
        tier: one_of([Some("small"), Some("large"), None]),
        provider: one_of([Some("openai"), Some("local"), None]),
        model: one_of([Some("gpt-4o"), Some("qwen3-0.6b"), None]),
        asked: "auto".to_owned(),
        tokens: {
            let (input, output) = (1 + below(5000), below(2000));
            Tokens { input, cached_input: below(input), output, reasoning: below(output + 1) }
        },
        cost: below(1_000_000),
        reference_cost: Some(below(2_000_000)).filter(|n| n % 4 > 0),
        queue_us: below(1000),
        first_token_us: Some(below(1_000_000)).filter(|n| n % 4 > 0),
        total_us: 1000 + below(10_000_000),
        status: [200, 200, 429, 502][below(4) as usize],
        bodies: Bodies::new([Keep::Hash, Keep::Full { days: 30 }][below(2) as usize], time, "what?", "a\nb \u{1f985}"),
        ..Trace::default()
    }
}
