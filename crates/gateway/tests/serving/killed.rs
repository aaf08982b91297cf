//! `kill -9` under load: no audit that was begun is lost, none counts twice, and whoever is left goes on.
use crate::{
    postgres,
    promise::{ADMIN, Far, clock, config, promise, question, upstream},
    support::{LONG, Server},
};
use futures_util::future::join_all;
use gateway::{Live, catch_up_to};
use ledger::{Judged, Keep, Ledger, Options, Series};
use reqwest::Client;
use router::{
    certify::{self, Kind},
    life::Life,
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader, Read, Write},
    net::SocketAddr,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::Notify;

const LEDGER: &str = "KILLED_GATEWAY_LEDGER";
const FAR: &str = "KILLED_GATEWAY_FAR";
/// Answers after which a gateway is killed, in each round.
const KILLS: [usize; 5] = [3, 9, 16, 24, 33];
const N_CLIENTS: usize = 4;
/// Questions of a client in a round: all of them together never make so many comparisons wait that none is begun.
const N_EACH: usize = 12;

/// A gateway in a process of its own.
struct Gateway {
    child: Child,
    address: SocketAddr,
    /// The process ends with the first of these, should we end first; it may say something to the other.
    _pipes: (ChildStdin, BufReader<ChildStdout>),
}

impl Gateway {
    fn start(url: &str, far: SocketAddr) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("a process"));
        command.args(["--exact", "killed::child", "--nocapture"]).env(LEDGER, url).env(FAR, far.to_string());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a process");
        let stdin = child.stdin.take().expect("a pipe");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        let address = loop {
            line.clear();
            assert!(stdout.read_line(&mut line).expect("a pipe") > 0, "it ended before it served");
            if let Some(address) = line.trim().strip_prefix("serving at ") {
                break address.parse().expect("an address");
            }
        };
        Self { child, address, _pipes: (stdin, stdout) }
    }

    fn kill(&mut self) {
        self.child.kill().expect("SIGKILL");
        self.child.wait().expect("its end");
    }

    async fn standing(&self) -> Value {
        let url = format!("http://{}/admin/v1/routes", self.address);
        let response = client().get(url).bearer_auth(ADMIN).timeout(LONG).send().await.expect("an answer");
        let all: Value = serde_json::from_str(&response.text().await.expect("a text")).expect("JSON");
        all["routes"][0].clone()
    }

    /// How it stands once it has heard of all that was begun.
    async fn settled(&self) -> Value {
        for _ in 0..6000 {
            let standing = self.standing().await;
            if standing["number"] == standing["begun"] {
                return standing;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{}", self.standing().await);
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let (_, _) = (self.child.kill(), self.child.wait()); // it may have ended
    }
}

fn client() -> Client {
    // the first test that comes here installs it
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().expect("a client")
}

/// The process to be killed: a gateway that serves until its standard input ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "a test, told by its parent where the others are")]
async fn child() {
    let (Ok(url), Ok(far)) = (std::env::var(LEDGER), std::env::var(FAR)) else { return };
    let ledger = Ledger::open(Options::new(url, clock())).await.expect("a ledger");
    let upstream = upstream(far.parse().expect("an address"));
    let server = Server::with(config(&ledger, upstream, promise(0.05), Keep::Nothing)).await;
    let standing = async || {
        let response = server.request(reqwest::Method::GET, "/admin/v1/routes").bearer_auth(ADMIN).send().await;
        crate::support::json(response.expect("an answer")).await["routes"][0].clone()
    };
    while standing().await["phase"] == "starting" {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // one write, so that the line is whole
    std::io::stdout().lock().write_all(format!("serving at {}\n", server.address).as_bytes()).expect("a pipe");
    let until_end = || std::io::stdin().read_to_end(&mut Vec::new());
    tokio::task::spawn_blocking(until_end).await.expect("a task").expect("a pipe");
}

/// Asks `address` as `name` until it is gone, at most [`N_EACH`] times: ids of the answers that have ended. `heard` is
/// told of each.
async fn ask_on(address: SocketAddr, name: String, heard: impl Fn()) -> Vec<String> {
    let (client, mut ended) = (client(), Vec::new());
    for i in 0..N_EACH {
        let id = format!("{name}-{i}");
        let content = format!("{}, of {name}", question(i));
        let body =
            json!({ "model": "task", "messages": [{ "role": "user", "content": content }], "stream": i % 2 == 0 });
        let request = client.post(format!("http://{address}/v1/chat/completions")).header("x-request-id", &id);
        let Ok(response) = request.timeout(LONG).body(body.to_string()).send().await else { break };
        let status = response.status();
        let Ok(text) = response.text().await else { break };
        assert_eq!(status, 200, "{text}");
        ended.push(id);
        heard();
    }
    ended
}

/// Gateways on one ledger, and what they said by now.
struct Party {
    gateways: Vec<Gateway>,
    ledger: Ledger,
    setting: String,
    /// Ids of the answers that have ended.
    ended: Vec<String>,
    /// Comparisons that waited when one of them was killed.
    n_left: i64,
    /// The hashes of what is compared, by the number of the last of it.
    told: BTreeMap<i64, Value>,
}

impl Party {
    async fn start(url: &str, far: SocketAddr, n_gateways: usize) -> Self {
        let gateways: Vec<_> = (0..n_gateways).map(|_| Gateway::start(url, far)).collect();
        let setting = gateways[0].standing().await["setting"].as_str().expect("a setting").to_owned();
        let ledger = Ledger::open(Options::new(url, clock())).await.expect("a ledger");
        Self { gateways, ledger, setting, ended: Vec::new(), n_left: 0, told: BTreeMap::new() }
    }

    async fn series(&self) -> Series {
        self.ledger.series("task", &self.setting, 0).await.expect("a database")
    }

    /// Load on all, amid which `victim` is killed, after it gave `n` answers.
    async fn round(&mut self, name: &str, victim: usize, n: usize) {
        let (n_heard, enough) = (AtomicUsize::new(0), Notify::new());
        let (n_heard, enough) = (&n_heard, &enough);
        let addresses: Vec<_> = self.gateways.iter().map(|gateway| gateway.address).collect();
        let asking = (0..N_CLIENTS * addresses.len()).map(|client| {
            let gateway = client % addresses.len();
            ask_on(addresses[gateway], format!("{name}-{client}"), move || {
                if gateway == victim && n_heard.fetch_add(1, Ordering::SeqCst) + 1 == n {
                    enough.notify_one();
                }
            })
        });
        let killing = async {
            enough.notified().await;
            self.gateways[victim].kill();
            let series = self.series().await;
            self.n_left += series.n - series.n_judged;
        };
        let (ended, ()) = tokio::join!(join_all(asking), killing);
        self.ended.extend(ended.concat());
    }

    /// All comparisons, once they are made and all gateways have heard of them, and come to the same.
    async fn settled(&mut self) -> Vec<Judged> {
        let standings = join_all(self.gateways.iter().map(Gateway::settled)).await;
        for standing in standings {
            self.tell(standing);
        }
        assert_eq!(self.told.last_key_value().map(|(number, _)| *number), Some(self.series().await.n), "all of them");
        self.ledger.judged("task", &self.setting, 0, 4096).await.expect("a database")
    }

    /// Whoever says something of as many comparisons says the same.
    fn tell(&mut self, standing: Value) {
        let said = json!([standing["hash"], standing["life"]]);
        let number = standing["number"].as_i64().expect("a number");
        assert_eq!(self.told.entry(number).or_insert_with(|| said.clone()), &said, "up to {number}");
    }

    /// Had one been judged twice, what was said of the comparisons up to it would no longer be so.
    async fn what_was_told_stands(&self) {
        let promise = certify::Promise { alpha: 0.05, delta: 0.05, kind: Kind::Harm, judge_error: 0.0 };
        let mut live = Live::reader("task", &self.setting, Life::new(promise));
        for (number, said) in &self.told {
            catch_up_to(&self.ledger, &mut live, &[], *number).await.expect("a database");
            assert_eq!(said[0], live.hash, "up to {number}");
        }
    }
}

/// Kills gateways on the ledger at `url`, `n_gateways` at once, and looks at what is left.
async fn kill_and_look(url: &str, n_gateways: usize) {
    let far = Arc::new(Far::default()).serve().await;
    let mut party = Party::start(url, far, n_gateways).await;
    for (number, n) in KILLS.into_iter().enumerate() {
        let victim = number % n_gateways;
        party.round(&format!("r{number}"), victim, n).await;
        party.gateways[victim] = Gateway::start(url, far);
        party.tell(party.gateways[victim].standing().await);
    }
    assert!(party.n_left > 0, "whoever was killed left something to do");
    let judged = party.settled().await;
    assert!(judged.iter().map(|judged| judged.number).eq(1..=party.series().await.n), "no gap, and none that waits");
    let traces: BTreeSet<_> = judged.iter().map(|judged| judged.trace.clone()).collect();
    assert_eq!(traces.len(), judged.len(), "none is there twice");
    assert!(party.ended.len() >= KILLS.iter().sum::<usize>(), "{} answers", party.ended.len());
    let lost: Vec<_> = party.ended.iter().filter(|id| !traces.contains(*id)).collect();
    assert!(lost.is_empty(), "of {} lost: {lost:?}", party.ended.len());
    let given_up: Vec<_> = judged.iter().filter(|judged| judged.note.is_some()).collect();
    assert!(given_up.is_empty(), "{given_up:?}");
    for judged in &judged {
        let trace = party.ledger.trace(&judged.trace).await.expect("a database").expect("it is in the books");
        assert_eq!(trace.tier.as_deref() == Some("small"), judged.local, "{trace:?}");
    }
    party.what_was_told_stands().await;
    party.ledger.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_gateway_loses_no_audit() {
    let folder = tempfile::tempdir().expect("a folder");
    kill_and_look(&Options::file(&folder.path().join("ledger.db"), clock()).url, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stderr, reason = "says what was not tested")]
async fn of_two_gateways_neither_loses_an_audit() {
    let Some(database) = postgres::Server::start() else {
        eprintln!("skipped: no PostgreSQL in /usr/lib/postgresql");
        return;
    };
    kill_and_look(&database.url(), 2).await;
}
