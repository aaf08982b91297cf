//! What tests of the ledger share: clocks that stand still, random traces, a PostgreSQL of their own.
use ledger::{Amount, Attempt, Bodies, Clock, Keep, Ledger, Options, Tokens, Trace};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

/// 2024-05-13T11:33:20Z
pub(crate) const NOW: i64 = 1_715_600_000_000_000;
pub(crate) const SECOND: i64 = 1_000_000;
pub(crate) const DAY: i64 = 86_400 * SECOND;

/// A clock that goes on only when it is told to.
#[derive(Clone)]
pub(crate) struct Hands(Arc<AtomicI64>);

impl Hands {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(NOW)))
    }

    pub(crate) fn forward(&self, micros: i64) {
        self.0.fetch_add(micros, Ordering::SeqCst);
    }

    pub(crate) fn clock(&self) -> Clock {
        let hands = self.0.clone();
        Arc::new(move || hands.load(Ordering::SeqCst))
    }
}

pub(crate) async fn open(url: &str) -> Ledger {
    Ledger::open(Options::new(url, Hands::new().clock())).await.expect("a ledger")
}

pub(crate) fn url_in(folder: &Path) -> String {
    Options::file(&folder.join("the ledger?.db"), Hands::new().clock()).url
}

pub(crate) fn amount(cost: i64) -> Amount {
    Amount::request(0, cost)
}

/// Numbers that are the same in every run (xorshift64*).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, n: i64) -> i64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as i64 % n
    }

    pub(crate) fn maybe<T>(&mut self, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.below(4) > 0).then(|| value(self))
    }

    pub(crate) fn pick(&mut self, from: &[&str]) -> String {
        from[self.below(from.len() as i64) as usize].to_owned()
    }

    /// A trace of three days around `NOW`, with everything in it that may be in one.
    pub(crate) fn trace(&mut self, n: usize) -> Trace {
        let time = NOW + self.below(3 * DAY) - DAY;
        let keep = [Keep::Nothing, Keep::Hash, Keep::Full { days: 30 }][self.below(3) as usize];
        let (input, output) = (self.below(5000), self.below(2000));
        Trace {
            id: format!("req-{n}"),
            time,
            key: self.maybe(|r| r.pick(&["kl-1", "kl-2", "kl-3"])),
            owner: self.maybe(|r| r.pick(&["ann", "bob"])),
            tenant: self.maybe(|r| r.pick(&["t", "Straße"])),
            route: self.maybe(|r| r.pick(&["invoices", "chat", "Émile"])),
            tag: None,
            asked: self.pick(&["auto", "gpt-4o"]),
            tier: self.maybe(|r| r.pick(&["small", "large"])),
            provider: self.maybe(|r| r.pick(&["openai", "local"])),
            model: self.maybe(|r| r.pick(&["gpt-4o", "qwen3-0.6b"])),
            attempts: (0..self.below(3)).map(|_| self.attempt()).collect(),
            tokens: Tokens { input, cached_input: self.below(input + 1), output, reasoning: self.below(output + 1) },
            cost: self.below(1_000_000),
            reference_cost: self.maybe(|r| r.below(2_000_000)),
            queue_us: self.below(1000),
            first_token_us: self.maybe(|r| r.below(1_000_000)),
            total_us: 1000 + self.below(10_000_000),
            confidence: self.maybe(|r| r.below(1025) as f64 / 1024.0),
            status: [200, 200, 200, 429, 502][self.below(5) as usize],
            finish: self.maybe(|r| r.pick(&["stop", "length"])),
            error: self.maybe(|r| r.pick(&["upstream"])),
            bodies: Bodies::new(keep, time, "{\"say\": \"\0 \u{1f985}\"}", &self.pick(&["", "a\nb\0c", "0123456789"])),
        }
    }

    fn attempt(&mut self) -> Attempt {
        let word = |r: &mut Self| r.pick(&["small", "429", "why not \"that\""]);
        Attempt { tier: word(self), model: word(self), outcome: word(self), why: word(self) }
    }
}
