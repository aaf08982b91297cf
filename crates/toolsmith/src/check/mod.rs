//! What can be said of a tool before any of it runs: its three functions, its schemas, and what no tool may hold.
mod functions;
mod memorised;
mod schema;
mod subset;

pub use subset::modules;

use crate::{
    Example, Tool,
    finding::{Finding, FindingKind},
    syntax,
};

/// Most characters of a description.
const MOST_DESCRIPTION: usize = 1000;

/// All that is wrong with `tool` by its looks, where `examples` and `negatives` are what no code may hold as they stand.
pub fn check(tool: &Tool, examples: &[Example], negatives: &[String]) -> Vec<Finding> {
    let mut findings = names(tool);
    findings.extend(schema::check(tool));
    let code = &tool.code;
    let looked = syntax::look(code, |module| {
        let mut findings = subset::check(code, module);
        findings.extend(functions::check(tool, module));
        findings.extend(memorised::check(tool, module, examples, negatives));
        findings
    });
    match looked {
        Ok(found) => findings.extend(found),
        Err(unread) => findings.push(unread),
    }
    findings
}

fn names(tool: &Tool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let fits = |name: &str| {
        name.len() <= 64
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    if !fits(&tool.name) {
        let message = "`name`: a lower-case letter, then lower-case letters, digits and `_`, 64 at most expected";
        findings.push(Finding::new(FindingKind::Schema, message));
    }
    if tool.description.trim().is_empty() || tool.description.chars().count() > MOST_DESCRIPTION {
        let message =
            format!("`description`: a sentence of what the tool does expected, {MOST_DESCRIPTION} characters at most");
        findings.push(Finding::new(FindingKind::Schema, message));
    }
    findings
}
