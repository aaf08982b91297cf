//! Finds calls in a model's text as it comes. The grammar has proven it: nothing is checked here, only told apart.
use super::{ARGUMENTS, CLOSE, Choice, HEAD, OPEN};
use crate::layers::random;
use chat::{Delta, Finish};

/// Where in the text we are.
#[derive(Clone, Copy, PartialEq)]
enum At {
    Prose,
    Head,
    Arguments { depth: usize, in_text: bool, escaped: bool },
    Close,
}

/// Reads one answer.
pub(crate) struct Calls {
    at: At,
    /// Text that is not told apart yet.
    held: String,
    n_calls: usize,
    named: bool,
}

impl Calls {
    pub(crate) fn new(choice: &Choice) -> Self {
        Self { at: At::Prose, held: String::new(), n_calls: 0, named: matches!(choice, Choice::Named(_)) }
    }

    /// What the next piece of text says.
    pub(crate) fn read(&mut self, text: &str) -> Vec<Delta> {
        self.held.push_str(text);
        let mut deltas = Vec::new();
        while let Some(delta) = self.step() {
            deltas.extend(delta);
        }
        deltas
    }

    /// What is held at the end, and why the answer ended.
    pub(crate) fn finish(&mut self, finish: Finish) -> Vec<Delta> {
        let rest = std::mem::take(&mut self.held);
        let mut deltas = Vec::new();
        if self.at == At::Prose && self.n_calls == 0 && !rest.is_empty() {
            deltas.push(content(rest));
        }
        deltas.push(Delta::Finish(match finish {
            Finish::Stop if self.at != At::Prose => Finish::Length, // a stop text cut a call
            Finish::Stop if self.n_calls > 0 && !self.named => Finish::ToolCalls,
            finish => finish,
        }));
        deltas
    }

    /// One step; `None` when more text is needed.
    fn step(&mut self) -> Option<Option<Delta>> {
        match self.at {
            At::Prose => self.prose(),
            At::Head => {
                let name = self.held.strip_prefix(HEAD)?;
                let (name, _) = name.split_once(ARGUMENTS)?;
                let name = name.to_owned();
                self.held.drain(..HEAD.len() + name.len() + ARGUMENTS.len());
                self.at = At::Arguments { depth: 0, in_text: false, escaped: false };
                let index = self.n_calls;
                self.n_calls += 1;
                let id = format!("call_{:016x}{:08x}", random(), random() as u32);
                Some(Some(Delta::ToolCall { index, id: Some(id), name: Some(name), arguments: String::new() }))
            }
            At::Arguments { .. } => self.arguments(),
            At::Close => {
                self.held.strip_prefix(CLOSE)?;
                self.held.drain(..CLOSE.len());
                self.at = At::Prose;
                Some(None)
            }
        }
    }

    fn prose(&mut self) -> Option<Option<Delta>> {
        let found = self.held.find(OPEN);
        // what may be the start of a call waits
        let waits =
            || (0..self.held.len()).find(|i| self.held.is_char_boundary(*i) && OPEN.starts_with(&self.held[*i..]));
        let end = found.or_else(waits).unwrap_or(self.held.len());
        let said: String = self.held.drain(..end).collect();
        if found.is_some() {
            self.held.drain(..OPEN.len());
            self.at = At::Head;
        } else if said.is_empty() {
            return None;
        }
        // between calls stands nothing but a line end
        Some(Some(said).filter(|said| !said.is_empty() && self.n_calls == 0).map(content))
    }

    fn arguments(&mut self) -> Option<Option<Delta>> {
        let At::Arguments { mut depth, mut in_text, mut escaped } = self.at else { return None };
        let mut end = self.held.len();
        for (i, byte) in self.held.bytes().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if in_text => escaped = true,
                b'"' => in_text = !in_text,
                b'{' | b'[' if !in_text => depth += 1,
                b'}' | b']' if !in_text => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                end = i + 1;
                break;
            }
        }
        let done = depth == 0 && !self.held.is_empty();
        self.at = if done { At::Close } else { At::Arguments { depth, in_text, escaped } };
        if self.held.is_empty() {
            return None;
        }
        let arguments = self.held.drain(..end).collect();
        Some(Some(Delta::ToolCall { index: self.n_calls - 1, id: None, name: None, arguments }))
    }
}

fn content(text: String) -> Delta {
    Delta::Text { text, logprobs: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text and calls, put together again.
    fn read(pieces: &[&str], choice: &Choice, finish: Finish) -> (String, Vec<(String, String)>, Finish) {
        let mut calls = Calls::new(choice);
        let mut all: Vec<Delta> = pieces.iter().flat_map(|piece| calls.read(piece)).collect();
        all.extend(calls.finish(finish));
        let (mut text, mut found, mut end) = (String::new(), Vec::new(), finish);
        for delta in all {
            match delta {
                Delta::Text { text: more, .. } => text.push_str(&more),
                Delta::ToolCall { index, name, arguments, .. } => {
                    if let Some(name) = name {
                        assert_eq!(index, found.len());
                        found.push((name, String::new()));
                    }
                    found[index].1.push_str(&arguments);
                }
                Delta::Finish(finish) => end = finish,
                Delta::Reasoning(_) | Delta::Usage(_) => {}
            }
        }
        (text, found, end)
    }

    #[test]
    fn calls_are_found_however_the_text_is_cut() {
        let text = "Let me see <tool.\n<tool_call>\n{\"name\": \"a\", \"arguments\": {\"x\":\"}\\\"{\",\"y\":[1]}}\n</tool_call>\n\
                    <tool_call>\n{\"name\": \"b-2\", \"arguments\": {}}\n</tool_call>";
        let calls = vec![("a".to_owned(), r#"{"x":"}\"{","y":[1]}"#.to_owned()), ("b-2".to_owned(), "{}".to_owned())];
        for n in 1..text.len() {
            let pieces: Vec<String> =
                text.as_bytes().chunks(n).map(|c| String::from_utf8(c.to_vec()).unwrap()).collect();
            let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
            let told = read(&pieces, &Choice::Auto, Finish::Stop);
            assert_eq!(told, ("Let me see <tool.\n".to_owned(), calls.clone(), Finish::ToolCalls), "pieces of {n}");
        }
    }

    #[test]
    fn the_end_is_told() {
        let whole = "<tool_call>\n{\"name\": \"a\", \"arguments\": {}}\n</tool_call>";
        let named = Choice::Named("a".to_owned());
        assert_eq!(read(&[whole], &named, Finish::Stop).2, Finish::Stop);
        assert_eq!(read(&[whole], &Choice::Required, Finish::Stop).2, Finish::ToolCalls);
        assert_eq!(read(&[&whole[..40]], &Choice::Required, Finish::Length).2, Finish::Length);
        assert_eq!(read(&[&whole[..40]], &Choice::Auto, Finish::Stop).2, Finish::Length, "a stop text inside a call");
        assert_eq!(
            read(&["no call <tool"], &Choice::Auto, Finish::Stop),
            ("no call <tool".to_owned(), vec![], Finish::Stop)
        );
    }
}
