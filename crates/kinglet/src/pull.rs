//! `kinglet pull`: fetches a model of the catalogue, of the hub or of any server, or takes in a file.
use crate::models::{
    Store,
    catalogue::{Catalogue, is_sha256},
    fetch::{Order, fetch},
    names, say,
    source::Source,
};
use clap::Args;

#[derive(Args)]
pub(crate) struct Pull {
    /// A name of the catalogue, OWNER/REPO:FILE.gguf on the hub, an address, or a GGUF file (it is copied).
    ///
    /// One file of a split model (-00001-of-00003.gguf) brings the others too. The hub is HF_ENDPOINT
    /// [default: https://huggingface.co]; HF_TOKEN is sent to it alone.
    #[arg(value_name = "NAME|URL|FILE")]
    what: String,
    /// What to call it [default: from the file's name].
    #[arg(long)]
    name: Option<String>,
    /// The SHA-256 that it must have, in hex.
    #[arg(long, value_name = "HEX", value_parser = sha256)]
    sha256: Option<String>,
}

fn sha256(text: &str) -> Result<String, String> {
    if is_sha256(text) { Ok(text.to_ascii_lowercase()) } else { Err("64 hex digits expected".to_owned()) }
}

impl Pull {
    pub(crate) fn run(self, store: &Store) -> Result<(), String> {
        let catalogue = Catalogue::read()?;
        let listed = catalogue.get(&self.what);
        let order = match listed {
            Some(entry) => {
                let order = Order::of(entry);
                if let Some(other) = self.sha256.filter(|sha256| order.sha256.as_ref() != Some(sha256)) {
                    let expected = &entry.sha256;
                    return Err(format!("model `{}`: the catalogue says SHA-256 {expected}, not {other}", entry.name));
                }
                Order { name: self.name.unwrap_or(order.name), ..order }
            }
            None => {
                let names: Vec<_> = catalogue.entries().map(|e| e.name.as_str()).collect();
                let known = names.join(", ");
                let unknown = || format!("model `{}`: one of {known}, an address or a file expected", self.what);
                let source = Source::read(&self.what)?.ok_or_else(unknown)?;
                let name = self.name.map_or_else(|| names::derive(source.file_name().unwrap_or("")), Ok)?;
                Order { name, sources: vec![source], licence: None, sha256: self.sha256, n_bytes: None }
            }
        };
        if let Some(held) = store.get(&order.name)? {
            let file = held.files.first().map(|f| f.display().to_string()).unwrap_or_default();
            // what was fetched from elsewhere under this name may be something else
            if listed.is_none() || order.name != self.what {
                let name = &order.name;
                return Err(format!(
                    "model `{name}` is in {file} already: `kinglet rm {name}` first, or give another --name"
                ));
            }
            say(&format!("{} is in {file} already", order.name));
            return Ok(());
        }
        fetch(store, &order).map(|_| ())
    }
}
