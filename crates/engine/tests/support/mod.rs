//! Where tests find models and reference outputs; both may be absent.
use engine::{Engine, Event, Request, Sampling, TokenInfo, Want};
use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::mpsc,
};

/// The model `name`: where it is installed, else fetched by the program, which a test of the whole workspace builds first.
/// `None`, with a line that says why, when no source can be reached.
#[expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a test, not the program")]
pub(crate) fn model_file(name: &str) -> Option<PathBuf> {
    let dir = std::env::var("KINGLET_MODELS").map(PathBuf::from).or_else(|_| {
        let data = std::env::var("XDG_DATA_HOME").map(PathBuf::from);
        data.or_else(|_| std::env::var("HOME").map(|home| Path::new(&home).join(".local/share")))
            .map(|d| d.join("kinglet/models"))
    });
    let file = dir.ok()?.join(format!("{name}.gguf"));
    if !file.exists() {
        // target/release/deps/this-test
        let program = std::env::current_exe().ok()?.ancestors().nth(2)?.join("kinglet");
        match Command::new(&program).args(["pull", name]).output() {
            Ok(done) if done.status.success() => {}
            Ok(done) => println!("skipped: {name} cannot be fetched: {}", String::from_utf8_lossy(&done.stderr)),
            Err(e) => println!("skipped: {name} is not here, nor is {}: {e}", program.display()),
        }
    }
    Some(file).filter(|file| file.exists())
}

/// A file of the reference outputs, as JSON.
pub(crate) fn reference(name: &str) -> Option<serde_json::Value> {
    serde_json::from_str(&reference_text(name)?).ok()
}

/// A file of the reference outputs.
pub(crate) fn reference_text(name: &str) -> Option<String> {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/reference").join(name))
        .ok()
}

/// Log-probabilities of the prompt's tokens, and of the `n_top` most likely ones.
pub(crate) fn prompt_infos(engine: &Engine, prompt: Vec<u32>, n_top: usize) -> Vec<TokenInfo> {
    let (sender, receiver) = mpsc::channel();
    let request = Request {
        prompt,
        want: Want::Answer { max_tokens: 0 },
        sampling: Sampling::default(),
        stop: Vec::new(),
        ignore_end: false,
        logprobs: Some(n_top),
        prompt_logprobs: true,
    };
    engine.submit(request, Box::new(Channel(sender))).unwrap();
    match receiver.recv().unwrap() {
        Event::Prompt(infos) => infos,
        other => panic!("log-probabilities expected, {other:?} found"),
    }
}

struct Channel(mpsc::Sender<Event>);
impl engine::Listener for Channel {
    fn hear(&mut self, event: Event) {
        self.0.send(event).ok();
    }
    fn gone(&self) -> bool {
        false
    }
}
