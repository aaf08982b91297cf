//! What the user sees: answers on standard output, everything else on standard error, and no control codes from a model.
use crate::{models::say, places};
use std::{
    borrow::Cow,
    io::{self, IsTerminal, Write},
};

/// Where answers and notes go.
pub(crate) struct Screen {
    terminal: bool,
    dim: bool,
}

impl Screen {
    /// As standard output, standard error and `NO_COLOR` want it.
    pub(crate) fn new() -> Self {
        let dumb = places::variable("TERM").is_some_and(|term| term == "dumb");
        let plain = dumb || places::variable("NO_COLOR").is_some();
        Self { terminal: io::stdout().is_terminal(), dim: io::stderr().is_terminal() && !plain }
    }

    /// A piece of an answer, at once.
    pub(crate) fn answer(&self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        let text = if self.terminal { printable(text) } else { text.into() };
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    /// A line beside the answers.
    pub(crate) fn note(&self, line: &str) {
        match self.dim {
            true => say(&format!("\x1b[2m{line}\x1b[0m")),
            false => say(line),
        }
    }
}

/// `text` without the control characters that would command a terminal.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    let harmful = |c: char| c.is_control() && c != '\n' && c != '\t';
    match text.contains(harmful) {
        true => text.chars().filter(|c| !harmful(*c)).collect::<String>().into(),
        false => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_cannot_command_the_terminal() {
        assert_eq!(printable("a\x1b[2J\u{9b}2Jb\r\n\tü"), "a[2J2Jb\n\tü");
    }
}
