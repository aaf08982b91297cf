//! llama.cpp's own programs: their command lines, and what they print.
use super::{What, child::Line};
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// Tokens of context of each server's slot, on both sides.
pub(super) const SLOT: usize = 2048;
/// Slots of each server, on both sides.
pub(super) const SLOTS: usize = 16;

/// The peer's programs, and what they are run with.
pub(super) struct Peer {
    dir: PathBuf,
    model: String,
    threads: String,
}

impl Peer {
    /// The programs in `dir`, for `model`.
    ///
    /// # Errors
    /// When there are none.
    pub(super) fn find(dir: &Path, model: &Path, n_threads: usize) -> Result<Self, String> {
        let (model, threads) = (model.display().to_string(), n_threads.to_string());
        let peer = Self { dir: dir.to_owned(), model, threads };
        match peer.has("llama-bench") {
            true => Ok(peer),
            false => Err(format!("--peer {}: llama.cpp's programs expected, no llama-bench found", dir.display())),
        }
    }

    fn has(&self, program: &str) -> bool {
        self.dir.join(program).is_file()
    }

    fn line(&self, program: &str) -> Line {
        Line::new(self.dir.join(program), &["-m", &self.model, "-t", &self.threads])
    }

    /// The program that measures `what`, if one does; `-fa auto`, its default, is the faster choice on a CPU.
    pub(super) fn measure(&self, what: What) -> Option<Line> {
        let bench = |args: &[&str]| Some(self.line("llama-bench").with(args).with(&["-r", "1", "-o", "json"]));
        match what {
            What::Prefill => bench(&["-p", "512", "-n", "0"]),
            What::Decode => bench(&["-p", "0", "-n", "128"]),
            What::Depth => bench(&["-p", "0", "-n", "64", "-d", "1024"]),
            What::Streams => {
                let sizes = ["-c", "2048", "-npp", "16", "-ntg", "64", "-npl", "16", "--output-format", "jsonl"];
                Some(self.line("llama-batched-bench").with(&sizes))
            }
            _ => None,
        }
    }

    /// Tokens a second out of what that program printed.
    pub(super) fn rate(what: What, printed: &str) -> Result<f64, String> {
        let rate = match what {
            What::Streams => {
                let line = printed.lines().find(|line| line.starts_with('{')).unwrap_or("");
                serde_json::from_str::<Value>(line).ok().and_then(|v| v["speed_tg"].as_f64())
            }
            _ => serde_json::from_str::<Value>(printed).ok().and_then(|v| v[0]["avg_ts"].as_f64()),
        };
        let head: String = printed.chars().take(100).collect();
        rate.filter(|r| r.is_finite() && *r > 0.0).ok_or(format!("the peer's figures expected as JSON, found {head:?}"))
    }

    /// Its server on `port`.
    pub(super) fn server(&self, port: u16) -> Line {
        let (port, slots, context) = (port.to_string(), SLOTS.to_string(), (SLOTS * SLOT).to_string());
        self.line("llama-server").with(&["-c", &context, "-np", &slots, "--host", "127.0.0.1", "--port", &port])
    }

    /// Its command line, and what stands before the answer there.
    pub(super) fn answer(&self, prompt: &str, n: usize) -> (Line, Vec<u8>) {
        let n = n.to_string();
        let args = ["-c", "4096", "-p", prompt, "-n", &n, "-st", "--temp", "0"];
        match self.has("llama-completion") {
            true => (self.line("llama-completion").with(&args).with(&["--no-display-prompt"]), Vec::new()),
            // a banner and the prompt stand before the answer
            false => (self.line("llama-cli").with(&args).with(&["--simple-io"]), format!("> {prompt}\n").into_bytes()),
        }
    }

    /// Says its version.
    pub(super) async fn version(&self, limit: Duration) -> Result<String, String> {
        let said = Line::new(self.dir.join("llama-bench"), &["--version"]).outputs(limit).await?.concat();
        Ok(said.lines().find(|line| line.contains("version")).unwrap_or("unknown").trim().to_owned())
    }
}

/// Whether an answer has begun in `seen`, after `before`.
pub(super) fn has_begun(seen: &[u8], before: &[u8]) -> bool {
    let at = match before.is_empty() {
        true => Some(0),
        false => seen.windows(before.len()).position(|part| part == before).map(|at| at + before.len()),
    };
    at.is_some_and(|at| seen[at..].iter().any(|byte| !byte.is_ascii_whitespace()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer() -> Peer {
        Peer { dir: "/opt/peer".into(), model: "m.gguf".to_owned(), threads: "2".to_owned() }
    }

    #[test]
    fn what_the_peer_prints_is_read() {
        let bench = "[\n  {\n \"n_prompt\": 512, \"avg_ns\": 1250000000,\n \"avg_ts\": 409.6, \"samples_ts\": [ 409.6 ]\n }\n]\n";
        assert_eq!(Peer::rate(What::Prefill, bench), Ok(409.6));
        let batched =
            "main: n_kv_max = 2048\n\n{\"n_kv_max\": 2048, \"pl\": 16, \"speed_pp\": 55.9, \"speed_tg\": 260.5}\n\n";
        assert_eq!(Peer::rate(What::Streams, batched), Ok(260.5));
        for broken in ["", "[]", "[{\"avg_ts\": 0}]", "error: no model", "[{\"avg_ts\": \"fast\"}]"] {
            assert!(Peer::rate(What::Decode, broken).is_err(), "{broken}");
            assert!(Peer::rate(What::Streams, broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn command_lines_have_equal_lengths() {
        let line = peer().measure(What::Depth).expect("a program").show();
        assert_eq!(line, "llama-bench -m m.gguf -t 2 -p 0 -n 64 -d 1024 -r 1 -o json");
        assert!(peer().measure(What::Memory).is_none());
        let server = peer().server(4711).show();
        assert_eq!(server, "llama-server -m m.gguf -t 2 -c 32768 -np 16 --host 127.0.0.1 --port 4711");
        let fault = Peer::find(Path::new("/nonexistent"), Path::new("m"), 1).err().expect("nothing there");
        assert!(fault.contains("llama-bench"), "{fault}");
    }

    #[test]
    fn an_answer_begins_after_the_prompt() {
        let (_, before) = peer().answer("Hello", 16);
        for (seen, begun) in [
            ("", false),
            ("\nLoading model... > Hel", false),
            ("\n> Hello\n", false),
            ("\n> Hello\n \n", false),
            ("\n> Hello\nH", true),
        ] {
            assert_eq!(has_begun(seen.as_bytes(), &before), begun, "{seen:?}");
        }
        assert!(has_begun(b"x", b"") && !has_begun(b"\n", b""));
    }
}
