//! Workers that break their word, confined processes that try to get out, and a host to be killed: what tests set on the sandbox.
use serde_json::{Value, json};
use std::{
    fs,
    io::{self, Read, Write, stdin, stdout},
    net::{TcpStream, UdpSocket},
    process::{Command, ExitCode},
    time::Duration,
};
use toolsmith::{Call, Limits, Sandbox, Worker, sandbox};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        ["forge", what] => forge(what),
        ["escape", how, place] => escape(how, place),
        ["host", worker] => host(worker),
        _ => Err(io::Error::other("forge WHAT, escape HOW PLACE, or host WORKER expected")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Speaks the protocol as a worker does, unconfined, and answers "fine"; but calls whose code says so are answered by `what`.
fn forge(what: &str) -> io::Result<()> {
    let (mut from, mut to) = (stdin().lock(), stdout().lock());
    read(&mut from)?;
    match what {
        "no-hello" => return Ok(()),
        "hello-of-garbage" => return to.write_all(&[7; 64]),
        "unprotected" => write(&mut to, &json!({"Ok": {"seccomp": false, "landlock": 0, "limits": false}}))?,
        "unlimited" => write(&mut to, &json!({"Ok": {"seccomp": true, "landlock": 7, "limits": false}}))?,
        "unable" => write(&mut to, &json!({"Err": "no memory is left to be limited"}))?,
        _ => write(&mut to, &json!({"Ok": {"seccomp": true, "landlock": 7, "limits": true}}))?,
    }
    loop {
        let job = read(&mut from)?;
        let (id, is_evil) = (&job["id"], job["code"] == "evil");
        let fine = json!({"id": id, "outcome": {"Ok": {"answer": "fine"}}});
        if !is_evil {
            write(&mut to, &fine)?;
            continue;
        }
        match what {
            "wrong-id" => write(&mut to, &json!({"id": 7, "outcome": {"Ok": {"answer": "forged"}}}))?,
            "long" => send(&mut to, &[0xff; 4])?,
            "half" => send(&mut to, &[200, 0, 0, 0, b'{', b'"'])?,
            "garbage" => write(&mut to, &Value::from("\u{0}garbage"))?,
            "no-json" => send(&mut to, &[3, 0, 0, 0, 0xff, 0xfe, 0x00])?,
            "no-kind" => write(&mut to, &json!({"id": id, "outcome": {"Err": {"kind": "root", "message": "x"}}}))?,
            "twice" => {
                write(&mut to, &fine)?;
                write(&mut to, &json!({"id": id, "outcome": {"Ok": {"answer": "forged"}}}))?;
            }
            "deep" => {
                let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
                let frame = format!(r#"{{"id": {id}, "outcome": {{"Ok": {{"result": {deep}}}}}}}"#);
                frame_of(&mut to, frame.as_bytes())?;
            }
            "nested" => {
                let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
                let frame = format!(r#"{{"id": {id}, "outcome": {{"Ok": {{"result": {deep}}}}}}}"#);
                frame_of(&mut to, frame.as_bytes())?;
            }
            "chatter" => {
                write(
                    &mut to,
                    &json!({"id": id, "outcome": {"Err": {"kind": "raised", "message": "x".repeat(9000)}}}),
                )?;
            }
            "flood" => loop {
                to.write_all(&[0xff; 4096])?;
            },
            "words" => loop {
                io::stderr().write_all(&[b'x'; 4096])?;
            },
            "silent" => loop {
                std::thread::sleep(Duration::from_secs(1));
            },
            "exit" => return Ok(()),
            // whoever waits for the end of the pipe waits for this child
            "held" => return Command::new("sleep").arg("20").spawn().map(drop),
            _ => return Err(io::Error::other("an unknown forgery")),
        }
    }
}

fn read(from: &mut impl Read) -> io::Result<Value> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let mut frame = vec![0; u32::from_le_bytes(length) as usize];
    from.read_exact(&mut frame)?;
    Ok(serde_json::from_slice(&frame)?)
}

fn write(to: &mut impl Write, what: &Value) -> io::Result<()> {
    frame_of(to, what.to_string().as_bytes())
}

fn frame_of(to: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    let n = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    send(to, &[&n.to_le_bytes(), bytes].concat())
}

fn send(to: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    to.write_all(bytes)?;
    to.flush()
}

/// Is confined, says so, and tries one thing that no worker may do. Says "escaped" where it could, "refused" where not.
fn escape(how: &str, place: &str) -> io::Result<()> {
    let limits = Limits { time: Duration::ZERO, memory: 64 << 20, ..Limits::default() };
    let mut inherited = (how == "descriptor").then(|| fs::File::open(place)).transpose()?;
    let protection = sandbox::confine(&limits, 0).map_err(io::Error::other)?;
    let mut to = stdout().lock();
    writeln!(to, "confined: {protection}")?;
    let done = match how {
        "nothing" => return Ok(()),
        "read" => fs::read(place).map(drop),
        "descriptor" => inherited.as_mut().map_or(Ok(0), |file| file.read(&mut [0; 8])).map(drop),
        "create" => fs::File::create(place).map(drop),
        "list" => fs::read_dir(place).map(drop),
        "remove" => fs::remove_file(place),
        "connect" => TcpStream::connect(place).map(drop),
        "datagram" => UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.send_to(b"x", place)).map(drop),
        "spawn" => Command::new(place).spawn().map(drop),
        "thread" => std::thread::Builder::new().spawn(|| ()).map(drop),
        "sleep" => {
            std::thread::sleep(Duration::from_millis(1));
            Ok(())
        }
        "kill" => Err(io::Error::other(kill(place))),
        "folder" => std::env::set_current_dir(place),
        "memory" => {
            let mut all = vec![1_u8; 1 << 30];
            all.iter_mut().for_each(|byte| *byte = byte.wrapping_add(1));
            std::hint::black_box(&all);
            Ok(())
        }
        "time" => loop {
            std::hint::black_box(0);
        },
        "environment" => match std::env::vars_os().next() {
            Some(_) => Ok(()),
            None => Err(io::ErrorKind::NotFound.into()),
        },
        _ => return Err(io::Error::other("an unknown way out")),
    };
    writeln!(to, "{}", if done.is_ok() { "escaped" } else { "refused" })
}

/// Sends its parent a signal that does nothing: only whether it may is of interest.
fn kill(place: &str) -> &'static str {
    #[cfg(target_os = "linux")]
    if let Some(id) = place.parse().ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::test_kill_process(id);
        let _ = writeln!(stdout(), "escaped");
    }
    let _ = place;
    "refused"
}

/// Has a worker compute for longer than anybody waits, after it said which processes its workers are.
fn host(worker: &str) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let limits = Limits { time: Duration::from_secs(4), ..Limits::default() };
        let worker = Worker { program: worker.into(), arguments: Vec::new() };
        let sandbox = Sandbox::open(worker, 1, limits).await.map_err(io::Error::other)?;
        // its time is looked at between steps, and this is one step, of hours on any machine: its host's death is no end to it
        let code = "def extract(text):\n    return {'n': len(str(9**9**8))}";
        let mut call = std::pin::pin!(sandbox.call(code, Call::Extract { text: String::new() }));
        let begun = tokio::time::timeout(Duration::from_millis(500), &mut call).await;
        writeln!(stdout(), "{}", json!(sandbox.standing().workers))?;
        if begun.is_err() {
            let _ = call.await;
        }
        Ok(())
    })
}
