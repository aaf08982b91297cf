//! The host's side: workers that wait for calls, each for one at a time.
use super::{Call, Fault, FaultKind, Limits, Outcome, protocol, worker::MOST};
use std::{
    ffi::OsString,
    io,
    path::PathBuf,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::{Child, Command},
    sync::{Mutex, Semaphore},
    time::timeout,
};

/// How a worker is started.
#[derive(Clone, Debug)]
pub struct Worker {
    /// The program, whose `main` is [`super::work`] when it is started with `arguments`.
    pub program: PathBuf,
    /// What makes it a worker.
    pub arguments: Vec<OsString>,
}

/// Workers that run tools. Clones share them.
#[derive(Clone)]
pub struct Sandbox(Arc<Inner>);

struct Inner {
    worker: Worker,
    limits: Limits,
    room: Semaphore,
    idle: Mutex<Vec<Child>>,
    next: AtomicU64,
}

impl Sandbox {
    /// Of `n` workers at most.
    pub fn new(worker: Worker, n: usize, limits: Limits) -> Self {
        let room = Semaphore::new(n.max(1));
        Self(Arc::new(Inner { worker, limits, room, idle: Mutex::default(), next: AtomicU64::new(0) }))
    }

    /// What a call may use.
    pub fn limits(&self) -> Limits {
        self.0.limits
    }

    /// Runs `code`, the text of a tool.
    ///
    /// # Errors
    /// Whatever kept it from an outcome: the tool's fault or ours. The next call finds a worker in any case.
    pub async fn call(&self, code: &str, call: Call) -> Result<Outcome, Fault> {
        let inner = &*self.0;
        let unavailable = |e: &dyn std::fmt::Display| Fault::new(FaultKind::Unavailable, format!("no worker: {e}"));
        let _room = inner.room.acquire().await.map_err(|e| unavailable(&e))?;
        let idle = inner.idle.lock().await.pop();
        let mut child = match idle {
            Some(child) => child,
            None => inner.start().map_err(|e| unavailable(&e))?,
        };
        let id = inner.next.fetch_add(1, Ordering::Relaxed);
        let job = protocol::Job { id, code: code.to_owned(), call, limits: inner.limits };
        let asked = timeout(inner.limits.time, ask(&mut child, &job)).await;
        match asked {
            Ok(Ok(done)) if done.id == id => {
                inner.idle.lock().await.push(child);
                done.outcome
            }
            Ok(Ok(_)) => Err(Fault::new(FaultKind::Crashed, "the worker answered another call")),
            Ok(Err(error)) => Err(Fault::new(FaultKind::Crashed, format!("the worker died: {error}"))),
            Err(_) => Err(Fault::new(FaultKind::Time, format!("it took longer than {:?}", inner.limits.time))),
        }
    }
}

async fn ask(child: &mut Child, job: &protocol::Job) -> io::Result<protocol::Done> {
    let closed = || io::Error::from(io::ErrorKind::BrokenPipe);
    child.stdin.as_mut().ok_or_else(closed)?.write_all(&protocol::frame(job)?).await?;
    let from = child.stdout.as_mut().ok_or_else(closed)?;
    let n = from.read_u32_le().await? as usize;
    if n > MOST {
        return Err(io::Error::from(io::ErrorKind::InvalidData));
    }
    let mut frame = vec![0; n];
    from.read_exact(&mut frame).await?;
    serde_json::from_slice(&frame).map_err(io::Error::from)
}

impl Inner {
    fn start(&self) -> io::Result<Child> {
        let mut command = Command::new(&self.worker.program);
        command.args(&self.worker.arguments).env_clear().kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()
    }
}
