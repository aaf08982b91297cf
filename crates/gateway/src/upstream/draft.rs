//! An answer as it comes together, whatever the protocol: deltas in order, calls told apart, usage counted or estimated.
use super::failure::Fault;
use crate::layers::random;
use chat::{Delta, Finish, TokenLogprob, Usage};
use std::collections::VecDeque;

/// Most calls of one answer.
const MOST_CALLS: usize = 128;
/// Bytes of text that make about one token, where nobody counted.
const BYTES_PER_TOKEN: usize = 4;

/// What of an answer has come.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// What nobody has taken yet.
    deltas: VecDeque<Delta>,
    calls: Vec<Call>,
    /// Bytes of everything said so far, thoughts and calls too.
    n_bytes: usize,
    finish: Option<Finish>,
    /// The model declined.
    refused: bool,
    usage: Option<Usage>,
}

#[derive(Debug)]
struct Call {
    /// The upstream's number for it, and its id: some send one, some the other, some neither.
    place: Option<u64>,
    id: Option<String>,
    /// No arguments have come yet.
    is_bare: bool,
}

impl Draft {
    pub(super) fn text(&mut self, text: &str, logprobs: Vec<TokenLogprob>) {
        self.n_bytes += text.len();
        if !text.is_empty() || !logprobs.is_empty() {
            self.deltas.push_back(Delta::Text { text: text.to_owned(), logprobs });
        }
    }

    pub(super) fn reasoning(&mut self, text: &str) {
        self.n_bytes += text.len();
        if !text.is_empty() {
            self.deltas.push_back(Delta::Reasoning(text.to_owned()));
        }
    }

    /// The model says why it does not answer.
    pub(super) fn refusal(&mut self, text: &str) {
        self.refused = true;
        self.text(text, Vec::new());
    }

    /// A call, or a piece of one: by its id, else by its place, else the last.
    pub(super) fn call(
        &mut self,
        place: Option<u64>,
        id: Option<&str>,
        name: Option<&str>,
        arguments: &str,
    ) -> Result<(), Fault> {
        let (id, name) = (id.filter(|id| !id.is_empty()), name.filter(|name| !name.is_empty()));
        let by_id = self.calls.iter().position(|call| id.is_some() && call.id.as_deref() == id);
        let by_place = || match place {
            Some(_) => self.calls.iter().rposition(|call| call.place == place),
            None => self.calls.len().checked_sub(1),
        };
        let known = match (by_id, id, name) {
            (Some(_), ..) => by_id,
            // another call, also where all are given the same place
            (None, Some(_), Some(_)) => None,
            (None, None, Some(_)) if place.is_none() => None,
            _ => by_place(),
        };
        if let Some(index) = known {
            self.arguments(index, arguments);
            return Ok(());
        }
        let name = name.ok_or_else(|| Fault::broken("a piece of a call came that never began"))?;
        if self.calls.len() == MOST_CALLS {
            return Err(Fault::broken(format!("at most {MOST_CALLS} calls expected, more found")));
        }
        let index = self.calls.len();
        self.calls.push(Call { place, id: id.map(str::to_owned), is_bare: arguments.is_empty() });
        self.n_bytes += name.len() + arguments.len();
        let id = id.map_or_else(|| format!("call_{:016x}", random()), str::to_owned);
        let (name, arguments) = (name.to_owned(), arguments.to_owned());
        self.deltas.push_back(Delta::ToolCall { index, id: Some(id), name: Some(name), arguments });
        Ok(())
    }

    fn arguments(&mut self, index: usize, arguments: &str) {
        if arguments.is_empty() {
            return;
        }
        self.n_bytes += arguments.len();
        self.calls[index].is_bare = false;
        let arguments = arguments.to_owned();
        self.deltas.push_back(Delta::ToolCall { index, id: None, name: None, arguments });
    }

    pub(super) fn finish(&mut self, finish: Finish) {
        self.finish = Some(finish);
    }

    /// Why the text ended, if that has been said.
    pub(super) fn is_finished(&self) -> bool {
        self.finish.is_some()
    }

    /// What the upstream counted; the last word counts.
    pub(super) fn usage(&mut self, usage: Usage) {
        self.usage = Some(usage);
    }

    /// The next delta that is complete.
    pub(super) fn next(&mut self) -> Option<Delta> {
        self.deltas.pop_front()
    }

    /// Nothing follows. A choice that was `named` by the client ends in `stop`, as OpenAI has it.
    pub(super) fn end(&mut self, named: bool, prompt_bytes: usize) {
        for index in 0..self.calls.len() {
            if self.calls[index].is_bare {
                self.arguments(index, "{}"); // a JSON object is promised
            }
        }
        let finish = match self.finish.unwrap_or(Finish::Stop) {
            _ if self.refused => Finish::ContentFilter,
            Finish::Stop if !self.calls.is_empty() && !named => Finish::ToolCalls,
            Finish::ToolCalls if self.calls.is_empty() || named => Finish::Stop,
            other => other,
        };
        let mut usage = self.usage.unwrap_or_default();
        let estimates = [(&mut usage.prompt_tokens, prompt_bytes), (&mut usage.completion_tokens, self.n_bytes)];
        for (tokens, n_bytes) in estimates {
            // nobody counts nothing where there is something
            if *tokens == 0 && n_bytes > 0 {
                *tokens = n_bytes.div_ceil(BYTES_PER_TOKEN);
                usage.estimated = true;
            }
        }
        self.deltas.extend([Delta::Finish(finish), Delta::Usage(usage)]);
    }
}

/// A number of tokens as an upstream tells it, kept where sums of many stay right.
pub(super) fn counted(n: u64) -> usize {
    n.min(u32::MAX.into()) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The calls that `pieces` make: id, name and arguments of each.
    fn calls(pieces: &[(Option<u64>, &str, &str, &str)]) -> Vec<(String, String, String)> {
        let mut draft = Draft::default();
        for (place, id, name, arguments) in pieces {
            draft.call(*place, Some(*id), Some(*name), arguments).expect("a call");
        }
        draft.end(false, 0);
        let mut calls: Vec<(String, String, String)> = Vec::new();
        for delta in std::iter::from_fn(|| draft.next()) {
            if let Delta::ToolCall { index, id, name, arguments } = delta {
                if let (Some(id), Some(name)) = (id, name) {
                    assert_eq!(index, calls.len());
                    calls.push((id, name, String::new()));
                }
                calls[index].2.push_str(&arguments);
            }
        }
        calls
    }

    #[test]
    fn calls_are_told_apart_in_every_dialect() {
        let two = |found: Vec<(String, String, String)>| {
            let names: Vec<_> = found.iter().map(|(_, name, arguments)| (name.as_str(), arguments.as_str())).collect();
            assert_eq!(names, [("f", "{\"a\":1}"), ("g", "{}")]);
            assert_ne!(found[0].0, found[1].0);
        };
        // as OpenAI has it
        two(calls(&[(Some(0), "x", "f", ""), (Some(0), "", "", "{\"a\":1}"), (Some(1), "y", "g", "")]));
        // whole, all with the same place
        two(calls(&[(Some(0), "x", "f", "{\"a\":1}"), (Some(0), "y", "g", "{}")]));
        // whole, with neither place nor id
        two(calls(&[(None, "", "f", "{\"a\":1}"), (None, "", "g", "{}")]));
        // id and name in each piece
        two(calls(&[(Some(0), "x", "f", "{\"a\""), (Some(0), "x", "f", ":1}"), (Some(1), "y", "g", "{}")]));
        // places alone, the name in each piece
        two(calls(&[(Some(0), "", "f", "{\"a\""), (Some(0), "", "f", ":1}"), (Some(1), "", "g", "{}")]));
    }

    #[test]
    fn a_piece_of_nothing_is_refused() {
        assert!(Draft::default().call(Some(0), None, None, "{}").is_err());
    }

    #[test]
    fn what_nobody_counted_is_estimated() {
        for (told, prompt_tokens) in [(None, 1), (Some(0), 1), (Some(9), 9)] {
            let mut draft = Draft::default();
            draft.text("seven l", Vec::new());
            if let Some(prompt_tokens) = told {
                draft.usage(Usage { prompt_tokens, ..Usage::default() });
            }
            draft.end(false, 1);
            let ends: Vec<_> = std::iter::from_fn(|| draft.next()).skip(1).collect();
            let usage = Usage { prompt_tokens, completion_tokens: 2, estimated: true, ..Usage::default() };
            assert_eq!(ends, [Delta::Finish(Finish::Stop), Delta::Usage(usage)]);
        }
    }
}
