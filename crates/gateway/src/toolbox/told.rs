//! A tool as operators are shown it: a line, or all of it.
use super::proof::standing;
use crate::Routes;
use ledger::{KeptTool, Ledger, ToolEvent};
use router::trial::Standing;
use serde_json::{Value, json};
use toolsmith::Tool;

/// A tool with its history.
pub struct Told {
    /// How it stands in the ledger.
    pub kept: KeptTool,
    /// What it is.
    pub tool: Tool,
    /// How far it is proven.
    pub standing: Standing,
    /// What became of it, the oldest first.
    pub events: Vec<ToolEvent>,
}

impl Told {
    /// Reads what the ledger has of `kept`.
    ///
    /// # Errors
    /// The ledger's; `Input` where its record cannot be read.
    pub async fn read(ledger: &Ledger, routes: &Routes, kept: KeptTool) -> Result<Self, ledger::Error> {
        let tool = serde_json::from_str(&kept.record).map_err(|e| ledger::Error {
            kind: ledger::Kind::Input,
            message: format!("tool `{}`: its record cannot be read: {e}", kept.name),
        })?;
        let standing = standing(ledger, routes, &kept, &tool).await?;
        let events = ledger.tool_events(&kept.route, &kept.id).await?;
        Ok(Self { kept, tool, standing, events })
    }

    /// What a list says of it.
    pub fn line(&self) -> Value {
        let Self { kept, standing, .. } = self;
        json!({
            "name": kept.name, "id": kept.id, "route": kept.route, "number": kept.number, "kept": kept.time,
            "status": kept.now.status, "since": kept.now.time, "author": kept.now.author, "why": kept.now.why,
            "description": self.tool.description, "standing": standing,
        })
    }

    /// All of it, its code and the history of its life too; of examples, how many there are.
    pub fn whole(&self) -> Value {
        let Tool { input, output, code, comparison, examples, negatives, properties, report, provenance, .. } =
            &self.tool;
        let mut whole = self.line();
        let more = json!({
            "input": input, "output": output, "code": code, "context": self.tool.context, "comparison": comparison,
            "n_examples": examples.len(), "n_negatives": negatives.len(), "properties": properties, "report": report,
            "provenance": provenance, "supersedes": self.tool.supersedes, "second": self.tool.second, "alone": self.tool.alone,
            "events": self.events,
        });
        if let (Some(whole), Value::Object(more)) = (whole.as_object_mut(), more) {
            whole.extend(more);
        }
        whole
    }
}
