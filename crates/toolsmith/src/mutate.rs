//! Mutants of a tool's code: one small thing wrong in each, and examples worth their name notice nearly all.
//!
//! Edits are texts for ranges of the original, found on its syntax tree (DeMillo, Lipton and Sayward, "Hints on Test Data
//! Selection", 1978: tests that notice simple faults notice most others).
mod edits;

use crate::{finding::Finding, syntax};
use edits::{Edit, edits};
use ruff_python_ast::comparable::ComparableModModule;

/// The tool's code with one thing wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// All of it.
    pub code: String,
    /// Where it differs, from 1.
    pub line: usize,
    /// What stood there.
    pub was: String,
    /// What stands there now.
    pub is: String,
    /// The original, but that it raises when the place of the fault is reached.
    pub probe: String,
}

impl Mutant {
    /// For people and makers.
    pub fn tell(&self) -> String {
        let short = |text: &str| match text.char_indices().nth(60) {
            Some((end, _)) => format!("{}...", &text[..end]),
            None => text.to_owned(),
        };
        format!("line {}: `{}` instead of `{}`", self.line, short(&self.is), short(&self.was))
    }
}

/// Mutants of `code` in the order of their places, at most `most` of them, drawn evenly from all there are. What cannot be
/// parsed or is the original in other words is left out.
///
/// # Errors
/// Where the code cannot be read.
pub fn mutants(code: &str, most: usize) -> Result<Vec<Mutant>, Finding> {
    syntax::look(code, |module| {
        let original = ComparableModModule::from(module);
        let edits = edits(code, module);
        let n = edits.len();
        let is_drawn = |i: usize| n <= most || i * most / n != (i + 1) * most / n;
        let drawn = edits.iter().enumerate().filter(|&(i, _)| is_drawn(i)).map(|(_, edit)| mutant(code, edit));
        let differs = |mutant: &Mutant| {
            syntax::read(&mutant.code).is_ok_and(|other| ComparableModModule::from(&other) != original)
        };
        drawn.filter(differs).collect()
    })
}

fn mutant(code: &str, edit: &Edit) -> Mutant {
    let range = edit.range.to_std_range();
    let with = |range: std::ops::Range<usize>, text: &str| {
        let mut changed = code.to_owned();
        changed.replace_range(range, text);
        changed
    };
    Mutant {
        code: with(range.clone(), &edit.is),
        probe: with(edit.whole.to_std_range(), "(1 // 0)"),
        line: syntax::line(code, edit.range.start()),
        was: code[range].to_owned(),
        is: edit.is.clone(),
    }
}
