//! `kinglet rm`: removes a model from disk.
use crate::{models::Store, out, units::bytes};
use clap::Args;

#[derive(Args)]
pub(crate) struct Rm {
    /// Its name, as `kinglet models` shows it.
    name: String,
}

impl Rm {
    pub(crate) fn run(&self, store: &Store) -> Result<(), String> {
        let freed = store.remove(&self.name)?;
        out::print(&format!("removed {}: {} freed\n", self.name, bytes(freed)))
    }
}
