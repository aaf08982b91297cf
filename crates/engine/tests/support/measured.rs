//! How much processor time a step takes, and how much memory at its peak: of a whole process, which must do nothing else meanwhile.
use peak_alloc::PeakAlloc;
use rustix::time::{ClockId, clock_gettime};
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;
static ALONE: Mutex<()> = Mutex::new(());

/// One test of this program at a time, held to its end: what others allocate would be counted here.
pub(crate) struct Alone(#[expect(dead_code, reason = "held, not read")] MutexGuard<'static, ()>);

/// Waits until no other test runs. Each test of a program that measures begins with it.
pub(crate) fn alone() -> Alone {
    Alone(ALONE.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Alone {
    /// What `run` returns, the processor time that it took, and how many bytes it took at its peak beside what was there before.
    pub(crate) fn measure<T>(&self, run: impl FnOnce() -> T) -> (T, Duration, usize) {
        MEMORY.reset_peak_usage();
        let (before, start) = (MEMORY.current_usage(), processor_time());
        let out = run();
        (out, processor_time().saturating_sub(start), MEMORY.peak_usage().saturating_sub(before))
    }
}

fn processor_time() -> Duration {
    clock_gettime(ClockId::ProcessCPUTime).try_into().expect("a time from 0")
}
