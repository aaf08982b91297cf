//! The host's side: workers that wait for calls, each for one at a time, and spare ones for those that are killed.
use super::{
    Call, Fault, FaultKind, Limits, Outcome, Protection,
    process::{Alive, Process, Worker},
    protocol::{self, Job, MOST_BESIDE, MOST_JOB, MOST_NESTED, is_shallow},
};
use serde_json::Value;
use std::{
    collections::hash_map::RandomState,
    hash::BuildHasher,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Mutex as Turns, OwnedSemaphorePermit, Semaphore, oneshot},
    time::timeout,
};

/// Callers that may wait for a worker.
const MOST_WAITING: usize = 1024;
/// How long they wait, or four times a call's time where that is more.
const WAIT: Duration = Duration::from_secs(2);

/// Workers that run tools. Clones share them; with the last clone they end.
#[derive(Clone)]
pub struct Sandbox(Arc<Inner>);

/// How a sandbox stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The ids of the workers' processes.
    pub workers: Vec<u32>,
    /// How many were started so far.
    pub started: u64,
    /// What protects the system from them.
    pub protection: Protection,
}

struct Inner {
    worker: Worker,
    limits: Limits,
    protection: Protection,
    /// Workers that are kept: one for each call at a time, and half as many to spare.
    n_kept: usize,
    calls: Arc<Semaphore>,
    waiting: Semaphore,
    idle: Mutex<Vec<Process>>,
    alive: Alive,
    started: AtomicU64,
    /// One at a time makes up for workers that are missing.
    growing: Turns<()>,
    /// Ids of calls are numbers in order, hashed with a secret of this sandbox.
    next: AtomicU64,
    secret: RandomState,
}

impl Sandbox {
    /// Starts workers for `n` calls at a time, and some more that step in for those that are killed. Needs a runtime,
    /// which must live as long as the sandbox is used.
    ///
    /// # Errors
    /// `Unavailable`, with the reason, where no worker can be started or the system cannot be protected from it.
    pub async fn open(worker: Worker, n: usize, limits: Limits) -> Result<Self, Fault> {
        let n = n.max(1);
        let alive = Alive::default();
        let (first, protection) = Process::start(&worker, &limits, &alive).await?;
        let inner = Arc::new(Inner {
            worker,
            limits,
            protection,
            n_kept: n + n.div_ceil(2),
            calls: Arc::new(Semaphore::new(n)),
            waiting: Semaphore::new(n.saturating_add(MOST_WAITING)),
            idle: Mutex::new(vec![first]),
            alive,
            started: AtomicU64::new(1),
            growing: Turns::default(),
            next: AtomicU64::new(0),
            secret: RandomState::new(),
        });
        inner.grow().await?;
        Ok(Self(inner))
    }

    /// What a call may use.
    pub fn limits(&self) -> Limits {
        self.0.limits
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        Standing {
            workers: self.0.alive.ids().iter().copied().collect(),
            started: self.0.started.load(Ordering::Relaxed),
            protection: self.0.protection,
        }
    }

    /// Runs `code`, the text of a tool. A call that nobody waits for any more is run to its end all the same, so that
    /// its worker has answered before it is asked again.
    ///
    /// # Errors
    /// Whatever kept it from an outcome: the tool's fault or ours. The next call finds a worker in any case.
    pub async fn call(&self, code: &str, call: Call) -> Result<Outcome, Fault> {
        self.timed(code, call).await.map(|(outcome, _)| outcome)
    }

    /// The same, and the processor time that it took: what a busy machine does to a call is not held against the tool.
    ///
    /// # Errors
    /// As above.
    pub async fn timed(&self, code: &str, call: Call) -> Result<(Outcome, Duration), Fault> {
        let id = self.0.secret.hash_one(self.0.next.fetch_add(1, Ordering::Relaxed));
        let frame = job(Job { id, code: code.to_owned(), call })?;
        let turn = self.0.turn().await?;
        let (tell, told) = oneshot::channel();
        tokio::spawn(self.0.clone().serve(frame, id, turn, tell));
        told.await.unwrap_or_else(|_| Err(Fault::new(FaultKind::Unavailable, "the program is ending")))
    }
}

/// A call as a frame.
fn job(job: Job) -> Result<Vec<u8>, Fault> {
    let refused = |why: String| Fault::new(FaultKind::Value, why);
    let fields =
        |fields: &serde_json::Map<String, Value>| fields.values().all(|value| is_shallow(value, MOST_NESTED - 1));
    let is_flat = match &job.call {
        Call::Answer { .. } | Call::Extract { .. } => true,
        Call::Run { arguments } => fields(arguments),
        Call::Render { result, .. } => is_shallow(result, MOST_NESTED),
        Call::Check { result, arguments } => is_shallow(result, MOST_NESTED) && fields(arguments),
    };
    if !is_flat {
        return Err(refused(format!("a value nested deeper than {MOST_NESTED}")));
    }
    let frame = protocol::frame(&job).map_err(|error| refused(error.to_string()))?;
    match frame.len() - 4 {
        n if n > MOST_JOB => Err(refused(format!("a call of {n} bytes, at most {MOST_JOB} are allowed"))),
        _ => Ok(frame),
    }
}

impl Inner {
    /// Waits until a call may begin.
    async fn turn(&self) -> Result<OwnedSemaphorePermit, Fault> {
        let busy = |why: &str| Fault::new(FaultKind::Unavailable, format!("no worker is free: {why}"));
        let _waiting = self.waiting.try_acquire().map_err(|_| busy("too many calls wait for one"))?;
        let wait = WAIT.max(self.limits.time.saturating_mul(4));
        let turn = timeout(wait, self.calls.clone().acquire_owned()).await;
        turn.map_err(|_| busy("those before took too long"))?.map_err(|_| busy("the sandbox is closed"))
    }

    /// Runs one call. Whoever asked is told before any worker is replaced.
    async fn serve(
        self: Arc<Self>,
        frame: Vec<u8>,
        id: u64,
        turn: OwnedSemaphorePermit,
        tell: oneshot::Sender<Result<(Outcome, Duration), Fault>>,
    ) {
        let mut process = match self.take().await {
            Ok(process) => process,
            Err(fault) => return drop(tell.send(Err(fault))),
        };
        let limits = &self.limits;
        let most = limits.output.saturating_add(MOST_BESIDE);
        let outcome = match timeout(limits.time, process.ask(&frame, most)).await {
            Ok(Ok(answer)) => protocol::read_answer(&answer, id),
            Ok(Err(error)) => Err(process.autopsy(&error).await),
            Err(_) => Err(Fault::new(FaultKind::Time, format!("it took longer than {:?}", limits.time))),
        };
        let is_clean = outcome.as_ref().map_or_else(|fault| fault.kind.is_clean(), |_| true);
        let killed = if is_clean && !process.is_worn() {
            self.put(process)
        } else {
            process.kill();
            Some(process)
        };
        // nobody may wait for it any more
        let _ = tell.send(outcome);
        drop(turn);
        if let Some(process) = killed {
            process.end().await;
            // where none can be started, the next call tries again and says why
            let _ = self.grow().await;
        }
    }

    /// A worker that waits, or else a new one.
    async fn take(self: &Arc<Self>) -> Result<Process, Fault> {
        loop {
            let idle = self.idle().pop();
            let Some(mut process) = idle else { return self.start().await };
            if process.is_ready().await {
                return Ok(process);
            }
            let inner = self.clone();
            tokio::spawn(async move {
                process.end().await;
                let _ = inner.grow().await;
            });
        }
    }

    /// Lets a worker wait for its next call; gives back one that is not needed.
    fn put(&self, process: Process) -> Option<Process> {
        let mut idle = self.idle();
        if idle.len() >= self.n_kept {
            return Some(process);
        }
        idle.push(process);
        None
    }

    /// Starts workers until there are as many as are kept.
    async fn grow(&self) -> Result<(), Fault> {
        let _turn = self.growing.lock().await;
        while self.alive.ids().len() < self.n_kept {
            let process = self.start().await?;
            // under those that are warm
            self.idle().insert(0, process);
        }
        Ok(())
    }

    async fn start(&self) -> Result<Process, Fault> {
        let (process, _) = Process::start(&self.worker, &self.limits, &self.alive).await?;
        self.started.fetch_add(1, Ordering::Relaxed);
        Ok(process)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Process>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
