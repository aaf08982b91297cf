//! Threads that stay awake between the steps of a forward pass, and split a slice among them.
#![expect(
    unsafe_code,
    reason = "a borrowed closure crosses to threads that outlive it; `run` returns only when all are done"
)]
use std::{
    marker::PhantomData,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
};

/// Turns of the wait loop before a worker gives its core back and sleeps: about 50 microseconds.
const SPINS: usize = 4_000;

type Job = &'static (dyn Fn(usize) + Sync);

#[derive(Default)]
struct Shared {
    epoch: AtomicUsize,
    n_busy: AtomicUsize,
    stop: AtomicBool,
    panicked: AtomicBool,
    job: Mutex<Option<Job>>,
}

/// A fixed set of threads; the caller is thread 0.
pub(crate) struct Pool {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
}

impl Pool {
    /// `n_threads` threads, the caller included.
    pub(crate) fn new(n_threads: usize) -> Self {
        let shared = Arc::new(Shared::default());
        let spawn = |thread_idx| {
            let shared = shared.clone();
            thread::Builder::new().name(format!("compute-{thread_idx}")).spawn(move || work(&shared, thread_idx))
        };
        // a machine that refuses a thread still answers, with those it gave
        let workers = (1..n_threads).map_while(|i| spawn(i).ok()).collect();
        Self { shared, workers }
    }

    /// Threads, the caller included.
    pub(crate) fn n_threads(&self) -> usize {
        self.workers.len() + 1
    }

    /// Calls `f` once on each thread, with the thread's index, and waits for all.
    pub(crate) fn run(&mut self, f: &(dyn Fn(usize) + Sync)) {
        if self.workers.is_empty() {
            return f(0);
        }
        // SAFETY: the reference is dropped from `job` below, and no worker holds it once `n_busy` is 0, before we return.
        let job: Job = unsafe { std::mem::transmute(f) };
        *lock(&self.shared.job) = Some(job);
        self.shared.n_busy.store(self.workers.len(), Ordering::Relaxed);
        self.shared.epoch.fetch_add(1, Ordering::Release);
        for worker in &self.workers {
            worker.thread().unpark();
        }
        let own = catch_unwind(AssertUnwindSafe(|| f(0)));
        let mut spins = 0;
        while self.shared.n_busy.load(Ordering::Acquire) > 0 {
            wait_a_little(&mut spins);
        }
        *lock(&self.shared.job) = None;
        if let Err(panic) = own {
            std::panic::resume_unwind(panic);
        }
        assert!(!self.shared.panicked.swap(false, Ordering::Relaxed), "a compute thread panicked");
    }

    /// Calls `f(i, unit)` for each `unit` of `unit_len` elements of `data`, spread over the threads in runs of `grain` units.
    pub(crate) fn split<T: Send>(
        &mut self,
        data: &mut [T],
        unit_len: usize,
        grain: usize,
        f: impl Fn(usize, &mut [T]) + Sync,
    ) {
        let n_units = data.len() / unit_len;
        assert_eq!(n_units * unit_len, data.len(), "data is whole units");
        if n_units <= grain || self.workers.is_empty() {
            return data.chunks_exact_mut(unit_len).enumerate().for_each(|(i, unit)| f(i, unit));
        }
        let data = Disjoint::new(data);
        // SAFETY: each `i` is handed out once, so units do not overlap.
        self.each(n_units, grain, |i| f(i, unsafe { data.slice(i * unit_len, unit_len) }));
    }

    /// Calls `f(i)` for each `i` below `n`, spread over the threads in runs of `grain`.
    pub(crate) fn each(&mut self, n: usize, grain: usize, f: impl Fn(usize) + Sync) {
        if n <= grain || self.workers.is_empty() {
            return (0..n).for_each(f);
        }
        let next = AtomicUsize::new(0);
        self.run(&|_| {
            loop {
                let from = next.fetch_add(grain, Ordering::Relaxed);
                if from >= n {
                    break;
                }
                (from..(from + grain).min(n)).for_each(&f);
            }
        });
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        self.shared.epoch.fetch_add(1, Ordering::Release);
        for worker in self.workers.drain(..) {
            worker.thread().unpark();
            // a worker catches panics, so it cannot have ended by one
            let _ = worker.join();
        }
    }
}

/// A slice whose parts may be written by several threads: who takes a part proves that nobody else has it.
pub(super) struct Disjoint<'a, T> {
    start: *mut T,
    len: usize,
    of: PhantomData<&'a mut [T]>,
}

// SAFETY: it only gives parts of a slice of `Send` elements, which by the contract of `slice` are disjoint.
unsafe impl<T: Send> Sync for Disjoint<'_, T> {}

impl<'a, T> Disjoint<'a, T> {
    pub(super) fn new(data: &'a mut [T]) -> Self {
        Self { start: data.as_mut_ptr(), len: data.len(), of: PhantomData }
    }

    /// Elements in all.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// `n` elements from `from`.
    ///
    /// # Safety
    /// Nobody else holds any of them.
    #[expect(clippy::mut_from_ref, reason = "the contract keeps the parts apart")]
    pub(super) unsafe fn slice(&self, from: usize, n: usize) -> &mut [T] {
        assert!(from <= self.len && n <= self.len - from, "a part inside the slice");
        // SAFETY: `from` is inside the slice.
        let start = unsafe { self.start.add(from) };
        // SAFETY: `n` elements from there are inside, borrowed for `'a`, and by the contract nobody else has them.
        unsafe { std::slice::from_raw_parts_mut(start, n) }
    }
}

fn work(shared: &Shared, thread_idx: usize) {
    let mut seen = 0;
    loop {
        let mut spins = 0;
        while shared.epoch.load(Ordering::Acquire) == seen {
            if spins < SPINS {
                wait_a_little(&mut spins);
            } else {
                thread::park();
            }
        }
        seen += 1;
        if shared.stop.load(Ordering::Acquire) {
            return;
        }
        let job = *lock(&shared.job);
        if let Some(job) = job
            && catch_unwind(AssertUnwindSafe(|| job(thread_idx))).is_err()
        {
            shared.panicked.store(true, Ordering::Relaxed);
        }
        shared.n_busy.fetch_sub(1, Ordering::Release);
    }
}

/// Spins, and now and then lets another program have the core.
fn wait_a_little(spins: &mut usize) {
    *spins += 1;
    if spins.is_multiple_of(256) {
        thread::yield_now();
    } else {
        std::hint::spin_loop();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
