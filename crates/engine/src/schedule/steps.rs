//! The engine's thread: lets requests in, runs one step after the other, and has the youngest give way when pages run out.
use super::{
    Limits, PoisonError, Shared,
    plan::{has_room, plan},
    sequence::{Sequence, Turn},
};
use crate::{
    Error, Kind,
    cache::Cache,
    forward::{Asked, Row, Runner},
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

pub(super) struct Scheduler {
    shared: Arc<Shared>,
    running: Vec<Sequence>,
    limits: Limits,
    n_steps: u64,
    n_begun: u64,
    counts: Counts,
}

/// What was done since the statistics were last told.
#[derive(Default)]
struct Counts {
    n_rows: usize,
    n_drafted: usize,
    n_accepted: usize,
    n_preempted: usize,
}

impl Scheduler {
    pub(super) fn new(shared: Arc<Shared>, limits: Limits) -> Self {
        Self { shared, running: Vec::new(), limits, n_steps: 0, n_begun: 0, counts: Counts::default() }
    }

    pub(super) fn run(mut self, mut runner: Runner, mut cache: Cache) {
        while self.admit(&mut runner, &mut cache) {
            let step = catch_unwind(AssertUnwindSafe(|| self.step(&mut runner, &mut cache)));
            if step.is_err() {
                // whoever was in this step fails; the next requests start on fresh buffers
                let model = runner.model.clone();
                for sequence in self.running.drain(..) {
                    sequence.fail(Error::new(Kind::Internal, "the engine failed in this step; this is a defect"));
                }
                (runner, cache) =
                    (Runner::new(model.clone()), Cache::new(&model.arch, self.limits.kv, self.limits.n_cache));
            }
        }
    }

    /// Frees what is finished or left, lets waiting sequences in, and sleeps while there are none. False at the end.
    fn admit(&mut self, runner: &mut Runner, cache: &mut Cache) -> bool {
        for mut sequence in self.running.extract_if(.., |s| s.is_done() || s.is_gone()) {
            sequence.retire(cache);
        }
        let shared = self.shared.clone();
        let mut queue = shared.lock();
        loop {
            for task in std::mem::take(&mut queue.tasks) {
                task(runner, cache);
            }
            queue.forget_gone();
            while self.running.len() < self.limits.n_running
                && let Some(mut sequence) = queue.next(|s| has_room(s, &self.running, cache))
            {
                sequence.begin(Turn { step: self.n_steps, number: self.n_begun });
                self.n_begun += 1;
                self.running.push(sequence);
            }
            self.tell(&mut queue.stats, cache);
            queue.count_waiting();
            if queue.stop || !self.running.is_empty() {
                return !queue.stop;
            }
            queue = shared.wake.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn tell(&mut self, stats: &mut super::Stats, cache: &Cache) {
        let counts = std::mem::take(&mut self.counts);
        stats.n_running = self.running.len();
        stats.n_pages_kept = cache.n_idle();
        stats.n_pages_used = cache.n_pages() - cache.n_free() - stats.n_pages_kept;
        stats.n_rows += counts.n_rows as u64;
        stats.n_drafted += counts.n_drafted as u64;
        stats.n_accepted += counts.n_accepted as u64;
        stats.n_preempted += counts.n_preempted as u64;
        stats.n_evicted = cache.n_evicted();
    }

    /// One forward pass.
    fn step(&mut self, runner: &mut Runner, cache: &mut Cache) {
        self.n_steps += 1;
        let mut counts = plan(&mut self.running, cache, self.limits.n_draft);
        self.make_room(&mut counts, cache);
        let rows = self.running.iter().zip(&counts).flat_map(|(sequence, n)| {
            let (pages, adapter) = (sequence.pages(), sequence.adapter().map(|adapter| &**adapter));
            sequence.next(*n).map(move |(pos, token)| Row { token, pos, pages, adapter })
        });
        let rows: Vec<_> = rows.collect();
        if rows.is_empty() {
            return; // all wait for what somebody was to run who gave way
        }
        let hidden = runner.forward(cache, &rows);
        self.counts.n_rows += rows.len();
        self.listen(runner, &hidden, &counts);
        for sequence in &mut self.running {
            sequence.publish(cache);
            let (n_drafted, n_accepted) = sequence.guessed();
            self.counts.n_drafted += n_drafted;
            self.counts.n_accepted += n_accepted;
        }
    }

    /// Has every sequence take its `counts` of the `hidden` states, and hear the logits that it asks for.
    fn listen(&mut self, runner: &mut Runner, hidden: &[f32], counts: &[usize]) {
        let n_embd = runner.model.arch.n_embd;
        let (mut asked, mut askers) = (Vec::new(), Vec::new());
        let mut first = 0;
        for (sequence_idx, n) in counts.iter().enumerate() {
            let own = &hidden[first * n_embd..][..n * n_embd];
            for (i, need) in self.running[sequence_idx].read(own, *n) {
                let adapter = self.running[sequence_idx].adapter().filter(|a| a.changes_output()).cloned();
                asked.push(Asked { hidden: &own[i * n_embd..][..n_embd], need, adapter });
                askers.push((sequence_idx, i));
            }
            first += n;
        }
        let tokenizer = &runner.model.clone().tokenizer;
        runner.logits(&asked, |i, logits| {
            let (sequence_idx, row_idx) = askers[i];
            self.running[sequence_idx].hear(row_idx, logits, tokenizer);
        });
    }

    /// Gives each sequence the pages that it needs for its `counts`, the oldest first. Where there are none, it does without
    /// guesses; then the youngest gives way, and waits before all others until there is room again.
    fn make_room(&mut self, counts: &mut Vec<usize>, cache: &mut Cache) {
        let mut by_age: Vec<usize> = (0..self.running.len()).collect();
        by_age.sort_by_key(|i| self.running[*i].turn);
        let mut gone = Vec::new();
        let mut n_left = by_age.len();
        let mut age = 0;
        while age < n_left {
            let i = by_age[age];
            if !self.running[i].reserve(cache, counts[i]) {
                counts[i] -= self.running[i].guess_nothing();
                while age < n_left && !self.running[i].reserve(cache, counts[i]) {
                    n_left -= 1;
                    let youngest = by_age[n_left];
                    self.running[youngest].retire(cache);
                    gone.push(youngest);
                }
            }
            age += 1;
        }
        if !gone.is_empty() {
            self.put_back(&gone, counts);
        }
    }

    fn put_back(&mut self, gone: &[usize], counts: &mut Vec<usize>) {
        self.counts.n_preempted += gone.len();
        let mut idx = 0..;
        counts.retain(|_| idx.next().is_none_or(|i| !gone.contains(&i)));
        let mut idx = 0..;
        let mut leaving: Vec<_> =
            self.running.extract_if(.., |_| idx.next().is_some_and(|i| gone.contains(&i))).collect();
        leaving.sort_by_key(|s| s.turn);
        let mut queue = self.shared.lock();
        leaving.into_iter().rev().for_each(|sequence| queue.put_back(sequence));
    }
}
