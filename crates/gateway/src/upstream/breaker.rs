//! Leaves an upstream alone for a while after it has failed several times, then lets one request through to see.
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Counts failures one after another.
#[derive(Debug)]
pub(super) struct Breaker {
    /// Failures after which it opens.
    most: u32,
    pause: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    n_failed: u32,
    /// Set while it is open.
    until: Option<Instant>,
    /// The one request that was let through to see is under way.
    probing: bool,
}

impl State {
    /// How much longer nobody may pass; none: one may.
    fn closed_for(&self, now: Instant) -> Option<Duration> {
        let until = self.until?;
        (self.probing || until > now).then(|| until.saturating_duration_since(now))
    }
}

impl Breaker {
    pub(super) fn new(most: u32, pause: Duration) -> Arc<Self> {
        Arc::new(Self { most: most.max(1), pause, state: Mutex::default() })
    }

    /// Whether a request would be refused at `now`.
    pub(super) fn is_resting(&self, now: Instant) -> bool {
        self.state().closed_for(now).is_some()
    }

    /// Lets a request pass at `now`, or says how long none may.
    pub(super) fn admit(self: &Arc<Self>, now: Instant) -> Result<Pass, Duration> {
        let mut state = self.state();
        match state.closed_for(now) {
            Some(left) => Err(left),
            None => {
                state.probing = state.until.is_some();
                Ok(Pass { breaker: self.clone(), is_probe: state.probing })
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner) // three numbers, right at any moment
    }
}

/// One request that was let through. Dropped without a word, it says nothing of the upstream.
#[derive(Debug)]
pub(super) struct Pass {
    breaker: Arc<Breaker>,
    is_probe: bool,
}

impl Pass {
    /// The upstream answers: others may pass, and the next failure closes again unless this one ends well.
    pub(super) fn answers(&mut self) {
        if std::mem::take(&mut self.is_probe) {
            let mut state = self.breaker.state();
            (state.until, state.probing) = (None, false);
        }
    }

    /// All went well.
    pub(super) fn succeeded(&mut self) {
        self.answers();
        self.breaker.state().n_failed = 0;
    }

    /// The upstream failed at `now`.
    pub(super) fn failed(&mut self, now: Instant) {
        let mut state = self.breaker.state();
        state.n_failed = state.n_failed.saturating_add(1);
        if self.is_probe || state.n_failed >= self.breaker.most {
            state.until = Some(now + self.breaker.pause);
        }
        state.probing &= !self.is_probe;
        self.is_probe = false;
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if self.is_probe {
            self.breaker.state().probing = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSE: Duration = Duration::from_secs(30);

    fn open(now: Instant) -> Arc<Breaker> {
        let breaker = Breaker::new(2, PAUSE);
        for _ in 0..2 {
            breaker.admit(now).expect("closed").failed(now);
        }
        assert_eq!(breaker.admit(now).err(), Some(PAUSE));
        breaker
    }

    #[test]
    fn failures_one_after_another_open_it() {
        let now = Instant::now();
        let breaker = Breaker::new(2, PAUSE);
        breaker.admit(now).expect("closed").failed(now);
        breaker.admit(now).expect("closed").succeeded();
        breaker.admit(now).expect("closed").failed(now);
        drop(breaker.admit(now).expect("closed"));
        assert!(!breaker.is_resting(now), "one failure since the last success");
        breaker.admit(now).expect("closed").failed(now);
        assert!(breaker.is_resting(now));
    }

    #[test]
    fn one_request_sees_whether_it_is_back() {
        let now = Instant::now();
        let (breaker, later) = (open(now), now + PAUSE);
        assert!(!breaker.is_resting(later));
        let mut probe = breaker.admit(later).expect("the first");
        assert!(breaker.is_resting(later) && breaker.admit(later).is_err(), "and nobody beside it");
        probe.answers();
        let other = breaker.admit(later).expect("it answers");
        probe.failed(later);
        drop(other);
        assert!(breaker.is_resting(later), "the answer broke");
        breaker.admit(later + PAUSE).expect("the next").succeeded();
        breaker.admit(later + PAUSE).expect("open to all").failed(later);
        assert!(!breaker.is_resting(later + PAUSE), "counted anew");
    }

    #[test]
    fn a_probe_that_is_given_up_makes_room_for_another() {
        let now = Instant::now();
        let (breaker, later) = (open(now), now + PAUSE);
        drop(breaker.admit(later).expect("the first"));
        breaker.admit(later).expect("the second").failed(later);
        assert_eq!(breaker.admit(later).err(), Some(PAUSE));
    }
}
