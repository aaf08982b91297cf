//! Every attack in `attacks/`: contained, the host unharmed, the next call served.
#![cfg(target_os = "linux")]
#![expect(clippy::print_stderr, reason = "with --nocapture it shows what became of each")]
use std::{fs, net::TcpListener, path::Path, time::Duration};
use toolsmith::{Call, Limits, Sandbox, Worker};

/// A file that attacks try to make.
const MARKER: &str = "/tmp/kinglet-attack-marker";
const GOOD: &str = "def extract(text):\n    return {'n': len(text)}\n\ndef run(n):\n    return n * 2\n\ndef render(result, text):\n    return f'{text}: {result}'\n";

struct Attack {
    name: String,
    code: String,
    /// Words for what may come of it: kinds of faults, or `served`.
    may: Vec<String>,
}

/// Each begins with a line `# WHAT IT TRIES. | WHAT MAY COME OF IT`.
fn attacks(port: u16) -> Vec<Attack> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("attacks");
    let files = fs::read_dir(folder).expect("attacks").map(|entry| entry.expect("an attack").path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|e| e == "py")).collect();
    files.sort();
    let attack = |path: &std::path::PathBuf| {
        let code = fs::read_to_string(path).expect("an attack");
        let first = code.lines().next().expect("a line");
        let (_, may) = first.split_once(" | ").expect("what it tries, ` | `, and what may come of it");
        let may = may.split(' ').map(str::to_owned).collect();
        let code = code.replace("MARKER", MARKER).replace("PORT", &port.to_string());
        Attack { name: path.file_stem().expect("a name").display().to_string(), code, may }
    };
    files.iter().map(attack).collect()
}

/// This process's children: how many there are, and how many of them have ended and were not reaped.
fn children() -> (usize, usize) {
    let own = std::process::id().to_string();
    let stats = fs::read_dir("/proc").expect("processes").flatten().filter_map(|entry| {
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        let (_, rest) = stat.rsplit_once(") ")?;
        let mut fields = rest.split(' ').map(str::to_owned);
        let state = fields.next()?;
        (fields.next()? == own).then_some(state)
    });
    let states: Vec<_> = stats.collect();
    (states.len(), states.iter().filter(|state| *state == "Z").count())
}

async fn good(sandbox: &Sandbox, after: &str) {
    let call = sandbox.call(GOOD, Call::Answer { text: "four".to_owned() });
    let outcome = tokio::time::timeout(Duration::from_secs(300), call).await.expect("no hang");
    assert_eq!(outcome.map(|outcome| outcome.answer), Ok(Some("four: 8".to_owned())), "after {after}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_are_contained_and_the_next_call_is_served() {
    let _ = fs::remove_file(MARKER);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("a listener that waits for nobody");
    let port = listener.local_addr().expect("an address").port();
    let worker = Worker { program: env!("CARGO_BIN_EXE_toolsmith-worker").into(), arguments: Vec::new() };
    let limits = Limits { time: Duration::from_secs(2), memory: 128 << 20, ..Limits::default() };
    let sandbox = Sandbox::open(worker, 2, limits).await.expect("a sandbox");
    let mut wrong = Vec::new();
    let all = attacks(port);
    assert!(all.len() > 80, "{} attacks", all.len());
    for Attack { name, code, may } in all {
        let call = sandbox.call(&code, Call::Extract { text: "four".to_owned() });
        let outcome = tokio::time::timeout(Duration::from_secs(300), call).await.expect("no hang");
        let (came, message) = match &outcome {
            Ok(outcome) => ("served", format!("{outcome:?}")),
            Err(fault) => (fault.kind.word(), fault.message.clone()),
        };
        eprintln!("{name:<24}{came:<10}{}", message.chars().take(120).collect::<String>().replace('\n', " "));
        if !may.iter().any(|may| may == came) {
            wrong.push(format!("{name}: {came}: {message}"));
        }
        assert!(message.len() < 4096, "{name}: a message of {} bytes", message.len());
        assert!(!["root:", "CARGO", "PATH="].iter().any(|secret| message.contains(secret)), "{name}: {message}");
        assert!(!Path::new(MARKER).exists(), "{name} made a file");
        assert!(listener.accept().is_err(), "{name} made a connection");
        good(&sandbox, &name).await;
        // two at work, one to spare, and whatever is started while others are still being reaped
        let (n_children, _) = children();
        assert!(n_children <= 6, "{n_children} processes after {name}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for _ in 0..100 {
        if children() == (3, 0) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{:?} processes and zombies at the end", children());
}
