//! Programs that a comparison starts: bounded in time, and always ended with it.
use gateway::load::{Server, free_port};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::{
    io::AsyncReadExt,
    process::{Child, Command},
    time::{sleep, timeout},
};

/// A program and its arguments, as one would type them.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) program: PathBuf,
    pub(super) args: Vec<String>,
}

impl Line {
    pub(super) fn new(program: impl Into<PathBuf>, args: &[&str]) -> Self {
        Self { program: program.into(), args: args.iter().map(|arg| (*arg).to_owned()).collect() }
    }

    /// With further arguments.
    pub(super) fn with(mut self, args: &[&str]) -> Self {
        self.args.extend(args.iter().map(|arg| (*arg).to_owned()));
        self
    }

    /// For records: the program's own name, then its arguments.
    pub(super) fn show(&self) -> String {
        let name = self.program.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        let quoted = |arg: &String| if arg.contains(' ') { format!("{arg:?}") } else { arg.clone() };
        [name].into_iter().chain(self.args.iter().map(quoted)).collect::<Vec<_>>().join(" ")
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        // whoever drops the child, also for a fault or Ctrl-C, ends it
        command.args(&self.args).stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Runs it to its end, and returns what it wrote to standard output.
    pub(super) async fn output(&self, limit: Duration) -> Result<String, String> {
        self.outputs(limit).await.map(|[out, _]| out)
    }

    /// Runs it to its end, and returns what it wrote to standard output and to standard error.
    pub(super) async fn outputs(&self, limit: Duration) -> Result<[String; 2], String> {
        let mut command = self.command();
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(|e| self.fault(&e))?;
        let late = |_| format!("{}: not done after {} s; --timeout allows more", self.show(), limit.as_secs());
        let output = timeout(limit, child.wait_with_output()).await.map_err(late)?.map_err(|e| self.fault(&e))?;
        if !output.status.success() {
            return Err(format!("{}: {}: {}", self.show(), output.status, tail(&output.stderr)));
        }
        Ok([output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Runs it until `is_answer` holds of what it wrote to standard output, and returns how long that took.
    pub(super) async fn until(&self, is_answer: impl Fn(&[u8]) -> bool, limit: Duration) -> Result<Duration, String> {
        let started = Instant::now();
        let mut child =
            self.command().stdout(Stdio::piped()).stderr(Stdio::null()).spawn().map_err(|e| self.fault(&e))?;
        let Some(mut stdout) = child.stdout.take() else {
            return Err(self.fault(&"no pipe"));
        };
        let mut seen = Vec::new();
        let read = async {
            while !is_answer(&seen) {
                if stdout.read_buf(&mut seen).await.map_err(|e| self.fault(&e))? == 0 {
                    return Err(self.fault(&"ended before it answered"));
                }
            }
            Ok(started.elapsed())
        };
        let late = |_| format!("{}: no answer after {} s; --timeout allows more", self.show(), limit.as_secs());
        let took = timeout(limit, read).await.map_err(late)?;
        end(child).await;
        took
    }

    fn fault(&self, why: &dyn std::fmt::Display) -> String {
        format!("{}: {why}", self.program.display())
    }
}

/// A server at work on a port of its own.
pub(super) struct Serving {
    child: Child,
    pub(super) server: Server,
    /// The model's name there.
    pub(super) model: String,
    /// From its start until it was ready.
    pub(super) ready: Duration,
    /// What was run, with `PORT` for the port.
    pub(super) line: String,
}

impl Serving {
    /// Starts what `line` gives for a port, and waits until it is ready. What it says goes to `log`.
    pub(super) async fn start(line: impl FnOnce(u16) -> Line, log: &Path, limit: Duration) -> Result<Self, String> {
        let port = free_port().map_err(|e| format!("no free port: {e}"))?;
        let line = line(port);
        let server = Server::new(&format!("http://127.0.0.1:{port}/v1"), None, limit)?;
        let file = File::create(log).map_err(|e| format!("{}: {e}", log.display()))?;
        let mut command = line.command();
        let started = Instant::now();
        let mut child = command.stdout(Stdio::null()).stderr(file).spawn().map_err(|e| line.fault(&e))?;
        let wait = async {
            while !server.is_ready().await {
                if let Ok(Some(status)) = child.try_wait() {
                    let said = fs::read(log).unwrap_or_default();
                    return Err(format!("{}: {status} before it was ready: {}", line.show(), tail(&said)));
                }
                sleep(Duration::from_millis(2)).await;
            }
            Ok(started.elapsed())
        };
        let late = |_| format!("{}: not ready after {} s; --timeout allows more", line.show(), limit.as_secs());
        let ready = timeout(limit, wait).await.map_err(late)??;
        let model = server.model().await.map_err(|e| format!("{}: {e}", line.show()))?;
        let shown = line.show().replace(&port.to_string(), "PORT");
        Ok(Self { child, server, model, ready, line: shown })
    }

    /// Bytes of memory that it holds, where the system tells.
    pub(super) fn resident(&self) -> Option<u64> {
        resident(&fs::read_to_string(format!("/proc/{}/status", self.child.id()?)).ok()?)
    }

    /// Ends it.
    pub(super) async fn end(self) {
        end(self.child).await;
    }
}

/// Ends `child`, and waits until it is gone, so that it takes nothing from what comes next.
async fn end(mut child: Child) {
    // an error says that it has ended already
    let _ = child.kill().await;
}

fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? << 10)
}

/// The end of what a program said.
fn tail(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(3)..].join("; ").chars().take(500).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(20);

    fn shell(script: &str) -> Line {
        Line::new("/bin/sh", &["-c", script])
    }

    #[tokio::test]
    async fn programs_are_heard_and_their_faults_told() {
        assert_eq!(shell("echo one").output(LIMIT).await.as_deref(), Ok("one\n"));
        let fault = shell("echo no such file >&2; exit 3").output(LIMIT).await.expect_err("a fault");
        assert!(fault.contains('3') && fault.ends_with("no such file"), "{fault}");
        let fault = Line::new("/nonexistent/llama-bench", &[]).output(LIMIT).await.expect_err("not there");
        assert!(fault.starts_with("/nonexistent/llama-bench: "), "{fault}");
    }

    #[tokio::test]
    async fn programs_that_do_not_end_are_ended() {
        let fault = shell("exec sleep 1000").output(Duration::from_millis(20)).await.expect_err("too late");
        assert!(fault.contains("--timeout"), "{fault}");
        let answered = |seen: &[u8]| seen.ends_with(b"answer");
        assert!(shell("printf answer; exec sleep 1000").until(answered, LIMIT).await.is_ok());
        assert!(shell("printf nothing").until(answered, LIMIT).await.is_err_and(|e| e.contains("ended before")));
    }

    #[tokio::test]
    async fn a_server_that_does_not_start_says_why() {
        let log = std::env::temp_dir().join(format!("kinglet-child-{}.log", std::process::id()));
        let start = Serving::start(|_| shell("echo bad model >&2; exit 1"), &log, LIMIT).await;
        let fault = start.err().expect("no server");
        assert!(fault.ends_with("before it was ready: bad model"), "{fault}");
        fs::remove_file(log).expect("removed");
    }

    #[test]
    fn memory_is_read_from_the_systems_words() {
        assert_eq!(resident("Name:\tx\nVmRSS:\t    2048 kB\nRssAnon: 1 kB\n"), Some(2048 << 10));
        assert_eq!(resident("Name:\tx\n"), None);
    }
}
