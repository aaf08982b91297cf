//! The sandbox as its callers see it: what a tool computes, what becomes of one that errs, and of workers that lie or die.
#![cfg(target_os = "linux")]
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Map, json};
use std::{
    fs,
    io::{BufRead, BufReader},
    net::{TcpListener, UdpSocket},
    path::Path,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};
use toolsmith::{Call, Fault, FaultKind, Limits, Outcome, Sandbox, Worker};

const SORT: &str = r#"
import re

def extract(text):
    found = re.search(r"^Sort these words: (.+)$", text)
    if found is None:
        return None
    return {"words": found.group(1).split()}

def run(words):
    return sorted(words)

def render(result, text):
    return " ".join(result)
"#;
const ENDLESS: &str = "def extract(text):\n    while True:\n        pass";
const WORKER: &str = env!("CARGO_BIN_EXE_toolsmith-worker");
const HOSTILE: &str = env!("CARGO_BIN_EXE_hostile-worker");
/// No test waits longer for what must come, on the busiest machine.
const HANG: Duration = Duration::from_secs(300);

async fn sandbox(n: usize, time: Duration) -> Sandbox {
    let worker = Worker { program: WORKER.into(), arguments: Vec::new() };
    Sandbox::open(worker, n, Limits { time, ..Limits::default() }).await.expect("a sandbox")
}

async fn forger(what: &str) -> Result<Sandbox, Fault> {
    let worker = Worker { program: HOSTILE.into(), arguments: vec!["forge".into(), what.into()] };
    Sandbox::open(worker, 1, Limits { time: Duration::from_secs(2), ..Limits::default() }).await
}

fn text(text: &str) -> Call {
    Call::Answer { text: text.to_owned() }
}

async fn call(sandbox: &Sandbox, code: &str, call: Call) -> Result<Outcome, Fault> {
    tokio::time::timeout(HANG, sandbox.call(code, call)).await.expect("no hang")
}

async fn sorts(sandbox: &Sandbox, after: &str) {
    let outcome = call(sandbox, SORT, text("Sort these words: b a")).await;
    assert_eq!(outcome.map(|outcome| outcome.answer), Ok(Some("a b".to_owned())), "after {after}");
}

/// Whether a process computes or could: one that has ended and waits to be reaped is gone.
fn lives(id: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

fn kill(id: u32) {
    signal(id, Signal::KILL);
}

fn signal(id: u32, signal: Signal) {
    let id = i32::try_from(id).ok().and_then(Pid::from_raw).expect("an id");
    let _ = kill_process(id, signal);
}

async fn gone(ids: &[u32]) {
    let begun = Instant::now();
    while ids.iter().any(|id| lives(*id)) {
        assert!(begun.elapsed() < HANG, "{ids:?} live on");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_tool_answers_and_declines() {
    let sandbox = sandbox(2, Duration::from_secs(5)).await;
    let outcome = call(&sandbox, SORT, text("Sort these words: pear fig apple")).await.expect("an outcome");
    assert_eq!(outcome.arguments, json!({"words": ["pear", "fig", "apple"]}).as_object().cloned());
    assert_eq!(outcome.answer.as_deref(), Some("apple fig pear"));
    let outcome = call(&sandbox, SORT, text("What is a pear?")).await.expect("an outcome");
    assert_eq!((outcome.arguments, outcome.answer), (None, None));
    let arguments = json!({"words": ["b", "a"]}).as_object().cloned().expect("an object");
    let outcome = call(&sandbox, SORT, Call::Run { arguments }).await.expect("an outcome");
    assert_eq!(outcome.result, Some(json!(["a", "b"])));
    let protection = sandbox.standing().protection;
    assert!(protection.seccomp && protection.limits, "{protection}");
}

/// What costs time on a busy machine is no cost of the tool.
#[tokio::test]
async fn a_call_takes_the_processor_time_that_its_worker_had() {
    let sandbox = sandbox(1, HANG).await;
    let workers = sandbox.standing().workers;
    workers.iter().for_each(|id| signal(*id, Signal::STOP));
    let begun = Instant::now();
    let later = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        workers.iter().for_each(|id| signal(*id, Signal::CONT));
    };
    let (timed, ()) = tokio::join!(sandbox.timed(SORT, text("Sort these words: b a")), later);
    let (outcome, took) = timed.expect("an outcome");
    assert_eq!(outcome.answer.as_deref(), Some("a b"));
    assert!(begun.elapsed() >= Duration::from_millis(500));
    assert!(!took.is_zero() && took < Duration::from_millis(400), "{took:?}");
}

#[tokio::test]
async fn faults_are_told_apart() {
    let sandbox = sandbox(2, Duration::from_secs(2)).await;
    let cases = [
        ("def extract(text):\n    return {'a': 1/0}", FaultKind::Raised),
        ("def extract(text", FaultKind::Code),
        ("def extract(text):\n    return 7", FaultKind::Value),
        (ENDLESS, FaultKind::Time),
        ("def extract(text):\n    return {'text': 'x' * 10**10}", FaultKind::Memory),
        ("def extract(text):\n    return {'a': 'x' * 2_000_000}", FaultKind::Output),
    ];
    for (code, kind) in cases {
        let fault = call(&sandbox, code, Call::Extract { text: "x".to_owned() }).await.expect_err(code);
        assert_eq!(fault.kind, kind, "{code}: {fault}");
        sorts(&sandbox, code).await;
    }
    let fault = call(&sandbox, cases[0].0, text("x")).await.expect_err("a fault");
    assert_eq!(fault.message, "ZeroDivisionError: division by zero (line 2, in extract)");
    let long = "def extract(text):\n    raise ValueError('é' * 100_000)";
    let fault = call(&sandbox, long, text("x")).await.expect_err("a fault");
    assert!(fault.message.chars().count() <= 501, "{fault}");
}

#[tokio::test]
async fn nothing_of_a_call_is_left_to_the_next() {
    let sandbox = sandbox(1, Duration::from_secs(5)).await;
    let code = "import math\nseen = []\n\ndef extract(text, known=[]):\n    seen.append(text)\n    known.append(text)\n    return {'seen': seen, 'known': known}\n\ndef run(seen, known):\n    return [len(seen), len(known)]\n\ndef render(result, text):\n    return str(result)";
    for _ in 0..5 {
        let outcome = call(&sandbox, code, text("x")).await.expect("an outcome");
        assert_eq!(outcome.answer.as_deref(), Some("[1, 1]"));
    }
    let sets = "import math\n\ndef extract(text):\n    try:\n        math.secret = text\n    except Exception:\n        pass\n    return {'has': hasattr(math, 'secret')}";
    let reads = "import math\n\ndef extract(text):\n    return {'has': hasattr(math, 'secret')}";
    let _ = call(&sandbox, sets, Call::Extract { text: "x".to_owned() }).await;
    let outcome = call(&sandbox, reads, Call::Extract { text: "x".to_owned() }).await.expect("an outcome");
    assert_eq!(outcome.arguments, json!({"has": false}).as_object().cloned());
}

#[tokio::test]
async fn what_is_given_is_bounded_too() {
    let sandbox = sandbox(1, Duration::from_secs(5)).await;
    let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
    let arguments: Map<_, _> = [("words".to_owned(), deep.clone())].into_iter().collect();
    for given in
        [Call::Run { arguments }, Call::Render { result: deep, text: String::new() }, text(&"x".repeat(20 << 20))]
    {
        let fault = call(&sandbox, SORT, given).await.expect_err("a fault");
        assert_eq!(fault.kind, FaultKind::Value, "{fault}");
    }
    sorts(&sandbox, "all that").await;
    assert_eq!(sandbox.standing().started, 2, "no worker was lost over it");
}

#[tokio::test]
async fn who_goes_away_leaves_no_answer_to_others() {
    let sandbox = sandbox(1, Duration::from_secs(2)).await;
    let echo = "def extract(text):\n    return {'text': text}\n\ndef run(text):\n    return sum(range(3000)) * 0\n\ndef render(result, text):\n    return text";
    for i in 0..40 {
        let given = format!("lost {i}");
        let lost = sandbox.call(echo, text(&given));
        let _ = tokio::time::timeout(Duration::from_micros(i * 200), lost).await;
        let given = format!("asked {i}");
        let outcome = call(&sandbox, echo, text(&given)).await.expect("an outcome");
        assert_eq!(outcome.answer, Some(given));
    }
    let lost = tokio::time::timeout(Duration::from_millis(50), sandbox.call(ENDLESS, text("x"))).await;
    assert!(lost.is_err());
    sorts(&sandbox, "an endless call that nobody waits for").await;
}

#[tokio::test]
async fn who_waits_too_long_is_told_so() {
    let sandbox = sandbox(1, Duration::from_millis(1500)).await;
    let endless: Vec<_> = (0..8)
        .map(|_| {
            let sandbox = sandbox.clone();
            tokio::spawn(async move { call(&sandbox, ENDLESS, text("x")).await.expect_err("a fault").kind })
        })
        .collect();
    let mut kinds = Vec::new();
    for task in endless {
        kinds.push(task.await.expect("a fault"));
    }
    assert!(kinds.contains(&FaultKind::Time) && kinds.contains(&FaultKind::Unavailable), "{kinds:?}");
    sorts(&sandbox, "all of them").await;
}

#[tokio::test]
async fn workers_are_replaced_before_they_are_worn() {
    let sandbox = sandbox(1, Duration::from_secs(20)).await;
    let before = sandbox.standing();
    assert_eq!((before.workers.len(), before.started), (2, 2));
    for _ in 0..1010 {
        sorts(&sandbox, "many").await;
    }
    let begun = Instant::now();
    while sandbox.standing().started < 3 {
        assert!(begun.elapsed() < HANG);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let after = sandbox.standing();
    assert!(after.workers.len() <= 3 && after.workers != before.workers, "{after:?}");
}

#[tokio::test]
async fn a_worker_killed_at_work_costs_its_call_and_no_other() {
    let sandbox = sandbox(1, Duration::from_secs(30)).await;
    let at_work = {
        let sandbox = sandbox.clone();
        tokio::spawn(async move { call(&sandbox, ENDLESS, text("x")).await })
    };
    tokio::time::sleep(Duration::from_millis(300)).await;
    let ids = sandbox.standing().workers;
    assert_eq!(ids.len(), 2);
    ids.iter().for_each(|id| kill(*id)); // the idle one with it
    let fault = at_work.await.expect("no panic").expect_err("a fault");
    assert_eq!(fault.kind, FaultKind::Crashed, "{fault}");
    gone(&ids).await;
    sorts(&sandbox, "a killed worker").await;
    let ids = sandbox.standing().workers;
    drop(sandbox);
    gone(&ids).await;
}

#[tokio::test]
async fn a_host_killed_at_work_leaves_no_worker() {
    let mut host = Command::new(HOSTILE).args(["host", WORKER]).stdout(Stdio::piped()).spawn().expect("a host");
    let mut line = String::new();
    BufReader::new(host.stdout.take().expect("its output")).read_line(&mut line).expect("its workers");
    let ids: Vec<u32> = serde_json::from_str(&line).expect("its workers");
    assert!(ids.len() == 2 && ids.iter().all(|id| lives(*id)), "{ids:?}");
    host.kill().expect("its death");
    host.wait().expect("its end");
    gone(&ids).await;
}

#[tokio::test]
async fn unprotected_workers_get_no_call() {
    let whys = [
        ("unprotected", "no seccomp"),
        ("unlimited", "does not limit"),
        ("unable", "no memory is left to be limited"),
        ("no-hello", "does not say what protects it"),
        ("hello-of-garbage", "does not say what protects it"),
    ];
    for (what, why) in whys {
        let fault = forger(what).await.err().unwrap_or_else(|| panic!("{what} was let through"));
        assert_eq!(fault.kind, FaultKind::Unavailable);
        assert!(fault.message.contains(why), "{what}: {fault}");
    }
    let worker = Worker { program: "/nowhere/at/all".into(), arguments: Vec::new() };
    let fault = Sandbox::open(worker, 1, Limits::default()).await.err().expect("a fault");
    assert_eq!(fault.kind, FaultKind::Unavailable, "{fault}");
}

#[tokio::test]
async fn forged_answers_are_found_out_and_the_next_call_is_served() {
    let kinds = [
        ("wrong-id", FaultKind::Crashed),
        ("long", FaultKind::Crashed),
        ("half", FaultKind::Time),
        ("garbage", FaultKind::Crashed),
        ("no-json", FaultKind::Crashed),
        ("no-kind", FaultKind::Crashed),
        ("deep", FaultKind::Crashed),
        ("nested", FaultKind::Crashed),
        ("chatter", FaultKind::Raised),
        ("flood", FaultKind::Crashed),
        ("words", FaultKind::Time),
        ("silent", FaultKind::Time),
        ("exit", FaultKind::Crashed),
        ("held", FaultKind::Crashed),
    ];
    for (what, kind) in kinds {
        let sandbox = forger(what).await.expect("a sandbox");
        for _ in 0..2 {
            let fault = call(&sandbox, "evil", text("x")).await.expect_err(what);
            assert_eq!(fault.kind, kind, "{what}: {fault}");
            assert!(fault.message.chars().count() <= 501, "{what}");
            let outcome = call(&sandbox, "good", text("x")).await;
            assert_eq!(outcome.map(|outcome| outcome.answer), Ok(Some("fine".to_owned())), "after {what}");
        }
    }
    // what follows an answer is never taken for the next one
    let sandbox = forger("twice").await.expect("a sandbox");
    for _ in 0..5 {
        let outcome = call(&sandbox, "evil", text("x")).await.expect("its first answer");
        assert_eq!(outcome.answer.as_deref(), Some("fine"));
        match call(&sandbox, "good", text("x")).await {
            Ok(outcome) => assert_eq!(outcome.answer.as_deref(), Some("fine")),
            Err(fault) => assert_eq!(fault.kind, FaultKind::Crashed, "{fault}"),
        }
    }
}

/// What a confined process comes to that tries `how`.
fn escape(how: &str, place: &str) -> Output {
    let output = Command::new(HOSTILE).args(["escape", how, place]).env_clear().output().expect("a process");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("confined: seccomp"), "{how}: {said} {output:?}");
    assert!(!said.contains("escaped"), "{how}: {said}");
    output
}

#[test]
fn confined_processes_get_nowhere() {
    use std::os::unix::process::ExitStatusExt;
    let marker = std::env::temp_dir().join(format!("kinglet-escape-{}", std::process::id()));
    let kept = std::env::temp_dir().join(format!("kinglet-kept-{}", std::process::id()));
    fs::write(&kept, "x").expect("a file");
    let tcp = TcpListener::bind("127.0.0.1:0").expect("a port");
    tcp.set_nonblocking(true).expect("a listener that waits for nobody");
    let udp = UdpSocket::bind("127.0.0.1:0").expect("a port");
    udp.set_nonblocking(true).expect("a socket that waits for nobody");
    let tcp_at = tcp.local_addr().expect("an address").to_string();
    let udp_at = udp.local_addr().expect("an address").to_string();
    let (marker_at, kept_at, own) =
        (marker.display().to_string(), kept.display().to_string(), std::process::id().to_string());
    assert!(escape("nothing", "").status.success());
    let ways = [
        ("read", "/etc/passwd"),
        ("descriptor", "/etc/passwd"),
        ("create", &marker_at),
        ("list", "/"),
        ("remove", &kept_at),
        ("connect", &tcp_at),
        ("datagram", &udp_at),
        ("spawn", "/bin/true"),
        ("thread", ""),
        ("sleep", ""),
        ("kill", &own),
        ("folder", "/tmp"),
    ];
    for (how, place) in ways {
        let status = escape(how, place).status;
        assert_eq!(status.signal(), Some(Signal::SYS.as_raw()), "{how}: {status}");
    }
    escape("environment", "");
    let status = escape("memory", "").status;
    assert_eq!(status.signal(), Some(Signal::ABORT.as_raw()), "{status}");
    let status = escape("time", "").status;
    assert!([Signal::XCPU, Signal::KILL].map(|signal| Some(signal.as_raw())).contains(&status.signal()), "{status}");
    assert!(!marker.exists() && Path::new(&kept).exists());
    assert!(tcp.accept().is_err() && udp.recv(&mut [0; 8]).is_err());
    fs::remove_file(&kept).expect("the file is there");
}
