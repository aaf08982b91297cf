//! Who waits: what was submitted together takes turns, and nobody overtakes.
use super::{Sequence, Stats};
use crate::{cache::Cache, forward::Runner};
use std::collections::VecDeque;

/// What the engine's thread does between two steps.
pub(super) type Task = Box<dyn FnOnce(&mut Runner, &mut Cache) + Send>;

#[derive(Default)]
pub(super) struct Queue {
    /// What was submitted together, and has not begun yet. They take turns, one sequence each.
    pub waiting: VecDeque<VecDeque<Sequence>>,
    pub tasks: Vec<Task>,
    pub stop: bool,
    pub stats: Stats,
}

impl Queue {
    /// Lets go of whom nobody waits for.
    pub(super) fn forget_gone(&mut self) {
        self.waiting.iter_mut().for_each(|group| group.retain(|sequence| !sequence.is_gone()));
        self.waiting.retain(|group| !group.is_empty());
    }

    /// The next sequence, if `has_room` for it. The others of its group go to the queue's end.
    pub(super) fn next(&mut self, has_room: impl FnOnce(&Sequence) -> bool) -> Option<Sequence> {
        if !has_room(self.waiting.front()?.front()?) {
            return None; // nobody overtakes it, so that it gets its turn
        }
        let mut group = self.waiting.pop_front()?;
        let sequence = group.pop_front();
        if !group.is_empty() {
            self.waiting.push_back(group);
        }
        sequence
    }

    /// Puts back who gave way: it goes on before anybody else begins.
    pub(super) fn put_back(&mut self, sequence: Sequence) {
        self.waiting.push_front(VecDeque::from([sequence]));
    }

    pub(super) fn count_waiting(&mut self) {
        self.stats.n_waiting = self.waiting.iter().map(VecDeque::len).sum();
    }
}
