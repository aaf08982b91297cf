//! Where tests find models and reference outputs; both may be absent.
use std::path::{Path, PathBuf};

/// The installed model `name`, if it is there.
#[expect(clippy::disallowed_methods, reason = "a test, not the program")]
pub(crate) fn model_file(name: &str) -> Option<PathBuf> {
    let dir = std::env::var("KINGLET_MODELS").map(PathBuf::from).or_else(|_| {
        let data = std::env::var("XDG_DATA_HOME").map(PathBuf::from);
        data.or_else(|_| std::env::var("HOME").map(|home| Path::new(&home).join(".local/share")))
            .map(|d| d.join("kinglet/models"))
    });
    Some(dir.ok()?.join(format!("{name}.gguf"))).filter(|file| file.exists())
}

#[expect(clippy::allow_attributes, reason = "which tests use it is their own affair")]
#[allow(dead_code, reason = "not every test that finds a model has reference outputs")]
/// A file of the reference outputs, as JSON.
pub(crate) fn reference(name: &str) -> Option<serde_json::Value> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/reference").join(name);
    serde_json::from_slice(&std::fs::read(file).ok()?).ok()
}
