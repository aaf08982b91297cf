//! Runs an operator's program that judges: without a shell, in bounded time, with nothing of ours but what it judges.
//!
//! It is given `{"request": .., "small": "..", "large": ".."}` on its input, and prints `{"small": 0..1, "large": 0..1}`
//! or `{"harm": true}`. It sees of the environment `PATH` alone. With it end all programs that it started in its group.
use super::shown;
use chat::{ChatRequest, Error, Kind};
use router::judge::Verdict;
use serde::Deserialize;
use serde_json::json;
use std::{
    ffi::OsString,
    process::{ExitStatus, Stdio},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    process::{Child, ChildStdin, Command},
    time::timeout,
};

/// Bytes at the end of what a program complains of that are kept.
const COMPLAINT: usize = 2 << 10;
const EXPECTED: &str = r#"`{"small": 0..1, "large": 0..1}` or `{"harm": true}` expected"#;

/// How programs that judge are run.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    /// Where they are found by name, and find others.
    pub(crate) path: OsString,
    /// How long one may take.
    pub(crate) time: Duration,
    /// Most bytes that one may print.
    pub(crate) most_output: usize,
}

impl Default for Programs {
    fn default() -> Self {
        Self { path: "/usr/local/bin:/usr/bin:/bin".into(), time: Duration::from_secs(30), most_output: 64 << 10 }
    }
}

impl Programs {
    /// The verdict of `program`.
    pub(super) async fn ask(
        &self,
        program: &str,
        args: &[String],
        request: &ChatRequest,
        small: &str,
        large: &str,
    ) -> Result<Verdict, Error> {
        let input = json!({ "request": request, "small": small, "large": large }).to_string();
        let mut command = Command::new(program);
        command.args(args).env_clear().envs([("PATH", &self.path)]).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        command.process_group(0);
        let child = command.spawn().map_err(|e| failed(format!("cannot be started: {e}")))?;
        let late =
            |_| Error::new(Kind::Timeout, format!("took longer than {} s, and was ended", self.time.as_secs_f32()));
        let (status, output, complaint) = timeout(self.time, self.run(child, input)).await.map_err(late)??;
        match status.success() {
            true => read(&output),
            false => {
                Err(failed(format!("{status}, where an exit status of 0 was expected: {}", complaint_of(&complaint))))
            }
        }
    }

    /// Talks to `child` until it has ended: what it printed, and what it complained of at the end. Dropped before, it
    /// ends `child`.
    async fn run(&self, mut child: Child, input: String) -> Result<(ExitStatus, Vec<u8>, Vec<u8>), Error> {
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        // dropped before `child`, whose number is its group's as long as nobody has asked how it ended
        let mut group = Group::of(&child);
        let ended = async {
            let status = child.wait().await.map_err(|e| failed(format!("cannot be waited for: {e}")))?;
            // what it has left behind would keep the pipes open
            group.end();
            Ok(status)
        };
        let fed = async {
            feed(stdin, &input).await;
            Ok(())
        };
        let ((), output, complaint, status) =
            tokio::try_join!(fed, all(stdout, self.most_output), end_of(stderr), ended)?;
        Ok((status, output, complaint))
    }
}

/// Gives `input` to a program, which need not read it.
async fn feed(stdin: Option<ChildStdin>, input: &str) {
    if let Some(mut stdin) = stdin {
        // one that has heard enough closes its input
        let _ = stdin.write_all(input.as_bytes()).await;
    }
}

/// All that comes, but not more than `most`.
async fn all(from: Option<impl AsyncRead + Unpin>, most: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        // one more tells whether there is more
        from.take(most as u64 + 1).read_to_end(&mut bytes).await.map_err(unread)?;
    }
    match bytes.len() > most {
        true => Err(failed(format!("at most {most} bytes of output expected, more found"))),
        false => Ok(bytes),
    }
}

/// The end of what comes, however much it is.
async fn end_of(from: Option<impl AsyncRead + Unpin>) -> Result<Vec<u8>, Error> {
    let (mut end, mut buffer) = (Vec::new(), [0; 4096]);
    let Some(mut from) = from else { return Ok(end) };
    loop {
        let n = from.read(&mut buffer).await.map_err(unread)?;
        if n == 0 {
            return Ok(end);
        }
        end.extend_from_slice(&buffer[..n]);
        end.drain(..end.len().saturating_sub(COMPLAINT));
    }
}

fn unread(error: std::io::Error) -> Error {
    failed(format!("its output cannot be read: {error}"))
}

/// The last line of a complaint, where programs say what is wrong.
fn complaint_of(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    shown(text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it says nothing"))
}

fn read(output: &[u8]) -> Result<Verdict, Error> {
    #[derive(Deserialize)]
    struct Said {
        small: Option<f64>,
        large: Option<f64>,
        harm: Option<bool>,
    }
    let is_score = |score: f64| (0.0..=1.0).contains(&score);
    match serde_json::from_slice(output) {
        Ok(Said { small: Some(small), large: Some(large), harm: None }) if is_score(small) && is_score(large) => {
            Ok(Verdict { small, large })
        }
        Ok(Said { small: None, large: None, harm: Some(true) }) => Ok(Verdict::HARM),
        Ok(Said { small: None, large: None, harm: Some(false) }) => Ok(Verdict::EVEN),
        _ => Err(failed(format!("{EXPECTED}, `{}` found", shown(&String::from_utf8_lossy(output))))),
    }
}

fn failed(message: String) -> Error {
    Error::new(Kind::Upstream, message)
}

/// A program and all that it started, unless they left its group. Ends them when dropped.
struct Group {
    #[cfg(unix)]
    id: Option<rustix::process::Pid>,
}

#[cfg(unix)]
impl Group {
    fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self { id: id.and_then(rustix::process::Pid::from_raw) }
    }

    fn end(&mut self) {
        if let Some(id) = self.id.take() {
            // an error says that nobody is left
            let _ = rustix::process::kill_process_group(id, rustix::process::Signal::KILL);
        }
    }
}

/// Elsewhere the program alone is ended, by `kill_on_drop`.
#[cfg(not(unix))]
impl Group {
    fn of(_child: &Child) -> Self {
        Self {}
    }

    fn end(&mut self) {}
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::time::Instant;

    /// Far above what an answer takes on a busy machine.
    const LONG: Duration = Duration::from_secs(60);

    /// What `sh` makes of `script`, given `small` and `large`.
    async fn run_with(programs: &Programs, script: &str, small: &str, large: &str) -> Result<Verdict, Error> {
        let request: ChatRequest =
            serde_json::from_str(r#"{"model": "m", "messages": [{"role": "user", "content": "2 + 2?"}]}"#)
                .expect("a request");
        let args = ["-c".to_owned(), script.to_owned()];
        programs.ask("sh", &args, &request, small, large).await
    }

    async fn run(script: &str) -> Result<Verdict, Error> {
        run_with(&Programs { time: LONG, ..Programs::default() }, script, "4", "5").await
    }

    #[tokio::test]
    async fn a_program_judges_what_it_is_given() {
        assert_eq!(run(r#"echo '{"small": 0.25, "large": 1}'"#).await, Ok(Verdict { small: 0.25, large: 1.0 }));
        assert_eq!(run(r#"echo '{"harm": true, "why": "rude"}'"#).await, Ok(Verdict::HARM));
        assert_eq!(run(r#"echo '{"harm": false}'; echo noise >&2"#).await, Ok(Verdict::EVEN));
        // `read` fails at a last line without its end, and has read it
        let given = r#"read -r all || case "$all" in
            *'"content":"2 + 2?"'*) case "$all" in *'"small":"4"'*) echo '{"small": 1, "large": 0}';; esac;;
        esac"#;
        let verdict = run(given).await;
        assert_eq!(verdict, Ok(Verdict { small: 1.0, large: 0.0 }));
    }

    #[tokio::test]
    async fn what_is_no_verdict_says_what_was_expected() {
        let cases = [
            ("true", "`` found"),
            ("echo yes", "`yes` found"),
            ("printf '\\033[31mred\\377'", "` [31mred\u{fffd}` found"),
            (r#"echo '{"small": 1}'"#, EXPECTED),
            (r#"echo '{"small": 2, "large": 1}'"#, EXPECTED),
            (r#"echo '{"small": "1", "large": 1}'"#, EXPECTED),
            (r#"echo '{"small": 1, "large": 1, "harm": true}'"#, EXPECTED),
            (r#"echo '{"harm": true} {"harm": false}'"#, EXPECTED),
            (r#"echo '{"harm": true}'; echo first >&2; echo no key >&2; exit 3"#, "exit status: 3"),
            ("echo first >&2; echo 'no key' >&2; echo >&2; exit 3", "expected: no key"),
            ("exit 1", "it says nothing"),
            ("kill -9 $$", "signal: 9"),
        ];
        for (script, message) in cases {
            let error = run(script).await.expect_err(script);
            assert_eq!(error.kind, Kind::Upstream, "{script}");
            assert!(error.message.contains(message) && error.message.len() < 500, "{script}: {error}");
        }
        let none = Programs::default().ask("/no/such/judge", &[], &ChatRequest::default(), "", "").await;
        assert!(none.expect_err("none").message.contains("cannot be started"));
    }

    #[tokio::test]
    async fn a_flood_is_cut_off() {
        for flood in ["while :; do echo 0123456789012345678901234567890123456789; done", "exec cat /dev/zero"] {
            let start = Instant::now();
            let error = run(flood).await.expect_err("too much");
            assert!(error.message.contains("at most 65536 bytes of output expected"), "{error}");
            assert!(start.elapsed() < LONG);
        }
        let complains = r#"i=0; while [ $i -lt 4000 ]; do echo 0123456789012345678901234567890123456789 >&2; i=$((i+1));
            done; echo '{"harm": false}'"#;
        assert_eq!(run(complains).await, Ok(Verdict::EVEN), "what it complains of does not stop it");
    }

    #[tokio::test]
    async fn huge_answers_go_in_whether_read_or_not() {
        let huge = "x".repeat(1 << 20);
        let programs = Programs { time: LONG, ..Programs::default() };
        for script in ["echo '{\"harm\": false}'", "exec 0<&-; echo '{\"harm\": false}'"] {
            assert_eq!(run_with(&programs, script, &huge, &huge).await, Ok(Verdict::EVEN), "{script}");
        }
        let count = r#"n=$(wc -c); [ "$n" -gt 2097152 ] && echo '{"harm": false}'"#;
        assert_eq!(run_with(&programs, count, &huge, &huge).await, Ok(Verdict::EVEN));
    }

    #[tokio::test]
    async fn nothing_but_the_path_is_told() {
        let script = r#"[ -z "$HOME$CARGO_MANIFEST_DIR$USER" ] && [ "$PATH" = /usr/local/bin:/usr/bin:/bin ] &&
            echo '{"harm": false}'"#;
        assert_eq!(run(script).await, Ok(Verdict::EVEN));
        // no shell is between: what stands for a file is not looked for
        let args = ["%s".to_owned(), "*$HOME;`id`".to_owned()];
        let error = Programs::default().ask("printf", &args, &ChatRequest::default(), "", "").await;
        assert!(error.expect_err("no verdict").message.contains("`*$HOME;`id`` found"));
    }

    /// Whether anybody is left in the group that wrote its number to `file`.
    fn is_left(file: &std::path::Path) -> bool {
        let id = std::fs::read_to_string(file).ok().and_then(|id| id.trim().parse().ok());
        let id = id.and_then(rustix::process::Pid::from_raw).expect("the number of a group");
        let until = Instant::now() + LONG;
        // who was ended is there until somebody has asked how
        while rustix::process::test_kill_process_group(id).is_ok() {
            if Instant::now() > until {
                return true;
            }
            std::thread::yield_now();
        }
        false
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_takes_too_long_is_ended_with_all_it_started() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("group");
        let script = format!("echo $$ > {}; sleep 1000 & sleep 1000", file.display());
        // until the number is there the limit has not been long enough
        let mut time = Duration::from_millis(200);
        let error = loop {
            let programs = Programs { time, ..Programs::default() };
            let error = run_with(&programs, &script, "", "").await.expect_err("late");
            if file.metadata().is_ok_and(|file| file.len() > 1) {
                break error;
            }
            time *= 2;
        };
        assert_eq!(error.kind, Kind::Timeout);
        assert!(error.message.starts_with("took longer than"), "{error}");
        assert!(!is_left(&file));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_a_program_leaves_behind_is_ended() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("group");
        let script = format!("echo $$ > {}; sleep 1000 & echo '{{\"harm\": true}}'", file.display());
        assert_eq!(run(&script).await, Ok(Verdict::HARM), "although the pipe was open still");
        assert!(!is_left(&file));
    }
}
