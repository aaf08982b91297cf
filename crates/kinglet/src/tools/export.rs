//! `kinglet tools export`: a tool as its maker wrote it, to be read, kept elsewhere, or added to another ledger.
use super::{Which, with};
use crate::{config::Config, out};
use clap::Args;
use serde_json::json;
use toolsmith::{Second, Tool};

#[derive(Args)]
pub(crate) struct Export {
    #[command(flatten)]
    which: Which,
    /// Its second program.
    #[arg(long)]
    second: bool,
}

impl Export {
    pub(super) fn run(&self, config: &Config) -> Result<(), String> {
        let told = with(config, false, async |ledger| self.which.find(config, ledger).await)?;
        let tool = match (self.second, told.tool.second.clone()) {
            (false, _) => told.tool,
            (true, Some(Second { code, input, output, .. })) => {
                Tool { code, input, output, properties: Vec::new(), ..told.tool }
            }
            (true, None) => return Err(format!("tool `{}` has one program alone", told.tool.name)),
        };
        out::print(&answer(&tool))
    }
}

/// The two blocks of a maker's answer, with what no maker may say: how answers are compared, and of which requests.
fn answer(tool: &Tool) -> String {
    let Tool { name, description, input, output, properties, comparison, context, code, .. } = tool;
    let head = json!({
        "name": name, "description": description, "input": input, "output": output, "properties": properties,
        "comparison": comparison, "context": context,
    });
    let end = if code.ends_with('\n') { "" } else { "\n" };
    format!("```json\n{head:#}\n```\n\n```python\n{code}{end}```\n")
}
