//! Where messages come from: a line editor at a terminal, plain lines through a pipe.
use crate::{models::say, places};
use rustyline::{
    Config, Editor, Helper,
    completion::Completer,
    error::ReadlineError,
    highlight::Highlighter,
    hint::Hinter,
    history::FileHistory,
    validate::{ValidationContext, ValidationResult, Validator},
};
use std::{
    io::{self, BufRead, IsTerminal, StdinLock},
    path::PathBuf,
};

/// What the user did.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Said something, in one line or several; never blank.
    Text(String),
    /// Said something between fences, which is a message whatever it holds; never blank.
    Block(String),
    /// Pressed Ctrl-C while no answer was under way.
    Interrupted,
    End,
}

/// Where lines come from.
pub(super) enum Input {
    Terminal { editor: Box<Editor<Whole, FileHistory>>, history: Option<PathBuf> },
    Pipe(StdinLock<'static>),
}

impl Input {
    /// The terminal, when there is one to read from and to write to; else lines.
    pub(super) fn open() -> Self {
        let stdin = io::stdin();
        if !(stdin.is_terminal() && io::stdout().is_terminal()) {
            return Self::Pipe(stdin.lock());
        }
        // pasted lines stay one message until Enter is pressed
        let config = Config::builder().auto_add_history(false).bracketed_paste(true).build();
        let Ok(mut editor) = Editor::with_config(config) else {
            return Self::Pipe(stdin.lock());
        };
        editor.set_helper(Some(Whole));
        let history = places::chat_history();
        if let Some(file) = &history {
            let _ = file.parent().map(std::fs::create_dir_all); // told when the first line cannot be kept
            let _ = editor.load_history(file); // none yet
        }
        Self::Terminal { editor: Box::new(editor), history }
    }

    pub(super) fn is_terminal(&self) -> bool {
        matches!(self, Self::Terminal { .. })
    }

    /// The next message or command.
    pub(super) fn next(&mut self) -> io::Result<Line> {
        loop {
            let line = match self {
                Self::Terminal { editor, history } => typed(editor, history)?,
                Self::Pipe(lines) => piped(lines)?,
            };
            match line {
                Line::Text(text) | Line::Block(text) if text.trim().is_empty() => {}
                line => return Ok(line),
            }
        }
    }
}

fn typed(editor: &mut Editor<Whole, FileHistory>, history: &mut Option<PathBuf>) -> io::Result<Line> {
    match editor.readline("> ") {
        Ok(text) => {
            let text = text.trim_end(); // what was pasted often ends its last line
            let added = editor.add_history_entry(text).unwrap_or(false);
            if let Some(file) = history.take_if(|file| added && editor.append_history(file).is_err()) {
                say(&format!("note: {} cannot be written, so these lines are forgotten at the end", file.display()));
            }
            Ok(message(text))
        }
        Err(ReadlineError::Interrupted) => Ok(Line::Interrupted),
        Err(ReadlineError::Eof) => Ok(Line::End),
        Err(ReadlineError::Io(e)) => Err(e),
        Err(e) => Err(io::Error::other(e)),
    }
}

fn piped(lines: &mut impl BufRead) -> io::Result<Line> {
    let mut text = String::new();
    while lines.read_line(&mut text)? > 0 {
        if is_whole(text.trim_end_matches(['\n', '\r'])) {
            break;
        }
    }
    // the end of the input ends a message that is still open, too
    Ok(if text.is_empty() { Line::End } else { message(text.trim_end_matches(['\n', '\r'])) })
}

const FENCE: &str = r#"""""#;

/// Whether the message is complete: its block is closed, and its last line does not go on.
fn is_whole(text: &str) -> bool {
    match text.trim_start().strip_prefix(FENCE) {
        Some(block) => block.contains(FENCE),
        None => !text.ends_with('\\'),
    }
}

/// What was said, without what marks it as several lines.
fn message(text: &str) -> Line {
    match text.trim_start().strip_prefix(FENCE) {
        Some(block) => {
            let (block, after) = block.rsplit_once(FENCE).unwrap_or((block, ""));
            Line::Block(format!("{}{after}", block.trim_matches(['\n', '\r'])))
        }
        None => Line::Text(text.replace("\\\r\n", "\n").replace("\\\n", "\n")),
    }
}

/// Keeps the editor open until the message is complete.
pub(super) struct Whole;

impl Completer for Whole {
    type Candidate = String;
}

impl Hinter for Whole {
    type Hint = String;
}

impl Highlighter for Whole {}

impl Helper for Whole {}

impl Validator for Whole {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(match is_whole(context.input()) {
            true => ValidationResult::Valid(None),
            false => ValidationResult::Incomplete,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_blocks_become_messages() {
        let text = "one\n\ntwo \\\nlines\r\n\"\"\"\na\\\n\n b\n\"\"\" end\n\"\"\"open\nblock";
        let mut lines = io::Cursor::new(text);
        let said: Vec<_> = std::iter::from_fn(|| piped(&mut lines).ok().filter(|line| *line != Line::End)).collect();
        let (text, block) = (|text: &str| Line::Text(text.to_owned()), |text: &str| Line::Block(text.to_owned()));
        assert_eq!(said, [text("one"), text(""), text("two \nlines"), block("a\\\n\n b end"), block("open\nblock")]);
    }
}
