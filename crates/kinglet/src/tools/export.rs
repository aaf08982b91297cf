//! `kinglet tools export`: a tool as its maker wrote it, to be read, kept elsewhere, or added to another ledger.
use super::{Which, with};
use crate::{config::Config, out};
use clap::Args;
use serde_json::json;
use toolsmith::Tool;

#[derive(Args)]
pub(crate) struct Export {
    #[command(flatten)]
    which: Which,
}

impl Export {
    pub(super) fn run(&self, config: &Config) -> Result<(), String> {
        let told = with(config, false, async |ledger| self.which.find(config, ledger).await)?;
        out::print(&answer(&told.tool))
    }
}

/// The two blocks of a maker's answer.
fn answer(tool: &Tool) -> String {
    let Tool { name, description, input, output, properties, code, .. } = tool;
    let head = json!({
        "name": name, "description": description, "input": input, "output": output, "properties": properties,
    });
    format!("```json\n{head:#}\n```\n\n```python\n{}\n```\n", code.trim_matches('\n'))
}
