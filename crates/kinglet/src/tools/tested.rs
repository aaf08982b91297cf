//! `kinglet tools test`: runs a tool on requests whose answers are known, in the sandbox that serves.
use super::{Which, with};
use crate::{config::Config, out};
use clap::Args;
use gateway::toolbox::{Tested, tested};
use serde::Deserialize;
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};
use toolsmith::{Call, Example, Sandbox, Schemas, Tool, answer};

/// Wrong answers that are told.
const TOLD: usize = 20;

#[derive(Args)]
pub(crate) struct Test {
    #[command(flatten)]
    which: Which,
    /// One request, whose arguments, result and answer are shown.
    #[arg(long, conflicts_with_all = ["file", "json"])]
    text: Option<String>,
    /// JSON lines such as {"text": "..", "answer": ".."} or {"input": "..", "target": ".."}; without an answer, a text that
    /// it must decline [default: its own examples, and its own texts to decline].
    #[arg(long)]
    file: Option<PathBuf>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

impl Test {
    /// Fails with code 1 if any answer is wrong.
    pub(super) fn run(&self, config: &Config) -> Result<ExitCode, String> {
        let cases = self.file.as_deref().map(Cases::read).transpose()?;
        with(config, false, async |ledger| {
            let tool = self.which.find(config, ledger).await?.tool;
            let sandbox = config.sandbox().await.map_err(|fault| fault.to_string())?;
            if let Some(text) = &self.text {
                return one(&sandbox, &tool, text).await;
            }
            let own = || Cases { examples: tool.examples.clone(), negatives: tool.negatives.clone() };
            let Cases { examples, negatives } = cases.unwrap_or_else(own);
            let tested = tested(&sandbox, &tool, &examples, &negatives).await?;
            match self.json {
                true => out::print_json(&json!(tested))?,
                false => out::print(&in_words(&tested))?,
            }
            Ok(if tested.wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        })
    }
}

async fn one(sandbox: &Sandbox, tool: &Tool, text: &str) -> Result<ExitCode, String> {
    let call = async |code: &str| {
        let outcome = sandbox.call(code, Call::Answer { text: text.to_owned() }).await.map_err(|f| f.to_string())?;
        Ok::<_, String>(if outcome.arguments.is_some() { json!(outcome) } else { json!("declined") })
    };
    let first = call(&tool.code).await?;
    match &tool.second {
        None if first == "declined" => out::print("declined\n")?,
        None => out::print_json(&first)?,
        Some(second) => {
            let schemas = Schemas::new(tool)?;
            let said = answer(sandbox, tool, &schemas, text).await.map_err(|fault| fault.to_string())?;
            out::print_json(&json!({"first": first, "second": call(&second.code).await?, "answer": said.answer()}))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn in_words(tested: &Tested) -> String {
    let Tested { n, right, declined, differ, negatives, wrong, faults } = tested;
    let differ = if *differ > 0 { format!(", {differ} on which its programs differ") } else { String::new() };
    let mut out = format!(
        "{n} examples: {right} right, {declined} declined{differ}; {negatives} foreign texts; {} wrong, {} without an outcome\n",
        wrong.len(),
        faults.len()
    );
    for one in wrong.iter().take(TOLD) {
        let expected = one.expected.as_ref().map_or_else(|| "nothing".to_owned(), |answer| format!("{answer:?}"));
        out.push_str(&format!("wrong: {:?}: {expected} expected, {:?} found\n", one.text, one.found));
    }
    for one in faults.iter().take(TOLD) {
        out.push_str(&format!("no outcome: {:?}: {}\n", one.text, one.why));
    }
    out
}

/// What is known of some requests.
pub(super) struct Cases {
    pub(super) examples: Vec<Example>,
    pub(super) negatives: Vec<String>,
}

/// A line of a file.
#[derive(Deserialize)]
struct Line {
    #[serde(alias = "input")]
    text: String,
    #[serde(alias = "target", default)]
    answer: Option<String>,
}

impl Cases {
    /// # Errors
    /// The file cannot be read, or a line of it.
    pub(super) fn read(file: &Path) -> Result<Self, String> {
        let named = |what: String| format!("{}: {what}", file.display());
        let text = std::fs::read_to_string(file).map_err(|e| named(e.to_string()))?;
        let mut cases = Self { examples: Vec::new(), negatives: Vec::new() };
        for (i, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let expected = "{\"text\": \"..\", \"answer\": \"..\"} expected";
            let line = serde_json::from_str(line).map_err(|e| named(format!("line {}: {expected}: {e}", i + 1)))?;
            match line {
                Line { text, answer: Some(answer) } => {
                    cases.examples.push(Example { text, answer, ..Example::default() });
                }
                Line { text, answer: None } => cases.negatives.push(text),
            }
        }
        match cases.examples.is_empty() && cases.negatives.is_empty() {
            true => Err(named("nothing in it".to_owned())),
            false => Ok(cases),
        }
    }
}
