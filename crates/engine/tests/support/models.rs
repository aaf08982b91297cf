//! Where tests find models, which may be absent.
use std::{
    path::{Path, PathBuf},
    process::Command,
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
