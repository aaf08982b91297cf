//! One worker as the host has it: a process, its pipes, and what became of it.
use super::{
    Fault, FaultKind, Limits, Protection,
    protocol::{self, MOST_BESIDE, Setup},
};
use std::{
    collections::BTreeSet,
    ffi::OsString,
    io,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command},
    time::timeout,
};

/// Calls after which a worker is replaced, so that nothing adds up in it.
pub(super) const MOST_CALLS: u32 = 1000;
/// How long a worker may take to say what protects it.
const START: Duration = Duration::from_secs(10);
/// How long a process that was killed, or that closed its pipes, may take to end.
const END: Duration = Duration::from_secs(2);
/// Bytes of its last words that are read.
const MOST_WORDS: u64 = 4 << 10;

/// How a worker is started.
#[derive(Clone, Debug)]
pub struct Worker {
    /// The program, whose `main` is [`super::work`] when it is started with `arguments`.
    pub program: PathBuf,
    /// What makes it a worker.
    pub arguments: Vec<OsString>,
}

/// The processes that have been started and not been reaped.
#[derive(Clone, Default)]
pub(super) struct Alive(Arc<Mutex<BTreeSet<u32>>>);

impl Alive {
    pub(super) fn ids(&self) -> MutexGuard<'_, BTreeSet<u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A worker that waits for a call, or is at one.
pub(super) struct Process {
    child: Child,
    to: ChildStdin,
    from: ChildStdout,
    words: ChildStderr,
    id: u32,
    alive: Alive,
    n_calls: u32,
}

impl Process {
    /// Starts one and hears what protects it.
    pub(super) async fn start(worker: &Worker, limits: &Limits, alive: &Alive) -> Result<(Self, Protection), Fault> {
        let mut process = Self::spawn(worker, alive).map_err(|error| {
            let program = worker.program.display();
            Fault::new(FaultKind::Unavailable, format!("a worker cannot be started: {program}: {error}"))
        })?;
        let hello = timeout(START, process.greet(limits)).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        let why = match hello {
            Ok(Ok(protection)) => match protection.lacks() {
                None => return Ok((process, protection)),
                Some(lacks) => lacks.to_owned(),
            },
            Ok(Err(why)) => why,
            Err(error) => format!("a worker does not say what protects it: {error}"),
        };
        process.end().await;
        Err(Fault::new(FaultKind::Unavailable, why))
    }

    fn spawn(worker: &Worker, alive: &Alive) -> io::Result<Self> {
        let mut command = Command::new(&worker.program);
        command.args(&worker.arguments).env_clear().current_dir("/").kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        command.process_group(0); // an interrupt from the terminal is for the host, which ends its workers last
        let mut child = command.spawn()?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take(), child.id());
        let (Some(to), Some(from), Some(words), Some(id)) = pipes else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        alive.ids().insert(id);
        Ok(Self { child, to, from, words, id, alive: alive.clone(), n_calls: 0 })
    }

    async fn greet(&mut self, limits: &Limits) -> io::Result<Result<Protection, String>> {
        let setup = protocol::frame(&Setup { limits: *limits, n_calls: MOST_CALLS })?;
        let hello = exchange(&mut self.to, &mut self.from, &setup, MOST_BESIDE).await?;
        Ok(serde_json::from_slice(&hello)?)
    }

    /// Gives it a frame and waits for the one it gives back, or for its death.
    pub(super) async fn ask(&mut self, frame: &[u8], most: usize) -> io::Result<Vec<u8>> {
        self.n_calls += 1;
        tokio::select! {
            biased;
            answer = exchange(&mut self.to, &mut self.from, frame, most) => answer,
            // its pipe may be held open by somebody else
            _ = self.child.wait() => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// Whether it can take a call: it lives, and has said nothing that it was not asked.
    pub(super) async fn is_ready(&mut self) -> bool {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return false;
        }
        tokio::select! {
            biased;
            _ = self.from.read_u8() => false,
            () = std::future::ready(()) => true,
        }
    }

    /// Whether it has had its calls.
    pub(super) fn is_worn(&self) -> bool {
        self.n_calls >= MOST_CALLS
    }

    pub(super) fn kill(&mut self) {
        // it fails where the process has ended already
        let _ = self.child.start_kill();
    }

    /// Kills it and waits until nothing is left of it.
    pub(super) async fn end(mut self) {
        self.kill();
        let _ = timeout(END, self.child.wait()).await;
    }

    /// Why it failed to answer: how it died, or else what was wrong with its frame.
    pub(super) async fn autopsy(&mut self, error: &io::Error) -> Fault {
        let nonsense = || Fault::new(FaultKind::Crashed, format!("the worker spoke nonsense: {error}"));
        if error.kind() == io::ErrorKind::InvalidData {
            return nonsense();
        }
        let Ok(Ok(status)) = timeout(END, self.child.wait()).await else { return nonsense() };
        let mut words = Vec::new();
        let _ = timeout(END, (&mut self.words).take(MOST_WORDS).read_to_end(&mut words)).await;
        cause(status, &String::from_utf8_lossy(&words))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.alive.ids().remove(&self.id);
    }
}

async fn exchange(to: &mut ChildStdin, from: &mut ChildStdout, frame: &[u8], most: usize) -> io::Result<Vec<u8>> {
    to.write_all(frame).await?;
    let mut length = [0; 4];
    from.read_exact(&mut length).await?;
    let mut answer = vec![0; protocol::length_of(length, most)?];
    from.read_exact(&mut answer).await?;
    Ok(answer)
}

/// What a worker died of.
fn cause(status: ExitStatus, words: &str) -> Fault {
    // what the standard library says of memory that it does not get
    if ["memory allocation of", "capacity overflow"].iter().any(|what| words.contains(what)) {
        return Fault::new(FaultKind::Memory, "it took more memory than a call may");
    }
    if words.contains("overflowed its stack") {
        return Fault::new(FaultKind::Crashed, "the worker's stack overflowed");
    }
    #[cfg(target_os = "linux")]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return match rustix::process::Signal::from_named_raw(signal) {
            Some(rustix::process::Signal::XCPU) => {
                Fault::new(FaultKind::Time, "it took more processor time than a call may")
            }
            Some(rustix::process::Signal::SYS) => {
                Fault::new(FaultKind::Crashed, "the worker tried what it must not do")
            }
            _ => Fault::new(FaultKind::Crashed, format!("the worker died: {status}")),
        };
    }
    let why = words.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    Fault::new(FaultKind::Crashed, format!("the worker died: {status} {why}").trim_end())
}
