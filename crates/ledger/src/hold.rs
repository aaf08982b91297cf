//! What this replica holds of its keys' limits: for requests at work, and ahead for those that may follow.
use crate::{
    Clock,
    calendar::{Micros, SECOND},
    limits::{Amount, Windows},
};
use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::Notify;

/// How long a replica's holds count after it was last heard of.
pub(crate) const ALIVE: Micros = 30 * SECOND;
/// How much later than the replica itself the others believe that its time is over: clocks differ.
pub(crate) const GRACE: Micros = 10 * SECOND;

/// A part of a key's limits that is held in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hold {
    pub(crate) key: Arc<str>,
    /// Under which id this replica took it.
    pub(crate) replica: i64,
    pub(crate) windows: Windows,
    /// In which windows it is held: those that were limited.
    pub(crate) limited: [bool; 4],
    pub(crate) amount: Amount,
}

/// A hold that ends, and what was used of it; nothing was if the request never went out.
#[derive(Clone, Debug)]
pub(crate) struct Settlement {
    pub(crate) hold: Hold,
    pub(crate) used: Amount,
}

/// Room for one request within its key's limits.
///
/// `Ledger::settle` says what was used of it; dropped without, all of it is given back.
#[derive(Debug)]
pub struct Reservation {
    shared: Arc<Shared>,
    hold: Option<Hold>,
}

impl Reservation {
    pub(crate) fn new(shared: &Arc<Shared>, hold: Hold) -> Self {
        Self { shared: shared.clone(), hold: Some(hold) }
    }

    /// Ends it: what was held is the caller's to settle.
    pub(crate) fn take(mut self) -> Option<Hold> {
        let hold = self.hold.take()?;
        self.shared.ended(&hold);
        Some(hold)
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if let Some(hold) = self.hold.take().filter(Hold::counts) {
            self.shared.ended(&hold);
            self.shared.state().settlements.push(Settlement { hold, used: Amount::default() });
            self.shared.nudge.notify_one();
        }
    }
}

impl Hold {
    /// Whether anything stands in the database for it.
    pub(crate) fn counts(&self) -> bool {
        self.limited.contains(&true)
    }
}

/// What the writer and those who reserve share.
pub(crate) struct Shared {
    pub(crate) clock: Clock,
    /// There is something to settle.
    pub(crate) nudge: Notify,
    state: Mutex<State>,
}

/// What this replica holds.
#[derive(Default)]
pub(crate) struct State {
    /// Its id in the database; another one after its time was once over.
    pub(crate) replica: i64,
    /// Until when nobody takes its holds for those of the dead.
    pub(crate) alive_until: Micros,
    /// Holds taken ahead, by key.
    pub(crate) ahead: HashMap<Arc<str>, Ahead>,
    /// To be written with the next batch.
    pub(crate) settlements: Vec<Settlement>,
    /// Holds of requests at work.
    pub(crate) n_at_work: usize,
}

/// A hold taken ahead.
pub(crate) struct Ahead {
    pub(crate) hold: Hold,
    /// Whether a request took of it since the last look.
    pub(crate) busy: bool,
}

impl Shared {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, nudge: Notify::new(), state: Mutex::default() }
    }

    pub(crate) fn now(&self) -> Micros {
        (self.clock)()
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner) // each change is whole when the lock is released
    }

    /// Takes `need` from what is held ahead for the key, which costs no look at the database.
    pub(crate) fn reserve(&self, key: &str, need: Amount) -> Option<Hold> {
        let now = self.now();
        let mut state = self.state();
        let (replica, alive) = (state.replica, now < state.alive_until);
        let ahead = state.ahead.get_mut(key)?;
        let current = alive && ahead.hold.replica == replica && ahead.hold.windows == Windows::at(now);
        if !current || !ahead.hold.amount.covers(&need) {
            return None;
        }
        ahead.hold.amount += -need;
        ahead.busy = true;
        let taken = Hold { amount: need, ..ahead.hold.clone() };
        state.n_at_work += 1;
        Some(taken)
    }

    /// A request that held something is no longer at work.
    fn ended(&self, hold: &Hold) {
        let n_ended = usize::from(hold.counts());
        let mut state = self.state();
        state.n_at_work = state.n_at_work.saturating_sub(n_ended);
    }

    /// Holds ahead that no request took of since the last call, or whose windows are over: to be given back.
    pub(crate) fn idle(&self) -> Vec<Settlement> {
        let windows = Windows::at(self.now());
        let mut idle = Vec::new();
        self.state().ahead.retain(|_, ahead| {
            let stays = mem::take(&mut ahead.busy) && ahead.hold.windows == windows;
            if !stays {
                idle.push(Settlement { hold: ahead.hold.clone(), used: Amount::default() });
            }
            stays
        });
        idle
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared")
    }
}
