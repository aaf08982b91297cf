//! An answer as blocks: each stretch of thought or text and each call of a tool is opened, written and closed in turn.
use crate::exchange::Choices;
use chat::{Delta, Error, Finish, Kind, Usage};
use futures_util::{Stream, StreamExt, stream};
use std::{future::ready, pin::pin};

/// What a block is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Block {
    Thinking,
    Text,
    Call { id: String, name: String },
}

/// What happens to the blocks; the first has number 0, and one is open at a time.
#[derive(Debug, PartialEq)]
pub(crate) enum Step {
    /// The block of this number begins.
    Open(usize, Block),
    /// More of the open block.
    More(usize, Block, String),
    /// The open block is whole, with this text; a call's text is its arguments.
    Close(usize, Block, String),
    /// The answer is whole.
    End(Finish, Usage),
}

/// The steps of the one choice in `deltas`; nothing follows an error.
pub(crate) fn steps(deltas: Choices) -> impl Stream<Item = Result<Step, Error>> + Send + 'static {
    let mut blocks = Blocks::default();
    let steps = deltas.flat_map(move |(_, delta)| {
        let steps = delta.and_then(|delta| blocks.read(delta));
        stream::iter(steps.map_or_else(|error| vec![Err(error)], |steps| steps.into_iter().map(Ok).collect()))
    });
    steps.scan(false, |failed, step| {
        let go_on = !*failed;
        *failed |= step.is_err();
        ready(go_on.then_some(step))
    })
}

/// A whole answer.
pub(crate) struct Whole {
    /// Each block with its text.
    pub(crate) blocks: Vec<(Block, String)>,
    pub(crate) finish: Finish,
    pub(crate) usage: Usage,
}

/// The one choice in `deltas`, waited for.
pub(crate) async fn whole(deltas: Choices) -> Result<Whole, Error> {
    let mut blocks = Vec::new();
    let mut steps = pin!(steps(deltas));
    while let Some(step) = steps.next().await {
        match step? {
            Step::Close(_, block, text) => blocks.push((block, text)),
            Step::End(finish, usage) => return Ok(Whole { blocks, finish, usage }),
            Step::Open(..) | Step::More(..) => {}
        }
    }
    Err(Error::new(Kind::Internal, "the answer ended without its usage; this is a defect"))
}

#[derive(Default)]
struct Blocks {
    open: Option<(Block, String)>,
    n_closed: usize,
    /// Which of the answer's calls was opened last.
    call_idx: Option<usize>,
    finish: Option<Finish>,
}

impl Blocks {
    fn read(&mut self, delta: Delta) -> Result<Vec<Step>, Error> {
        let mut steps = Vec::new();
        match delta {
            Delta::Text { text, .. } => self.write(Block::Text, text, &mut steps),
            Delta::Reasoning(text) => self.write(Block::Thinking, text, &mut steps),
            Delta::ToolCall { index, id: Some(id), name: Some(name), arguments } => {
                self.call_idx = Some(index);
                self.write(Block::Call { id, name }, arguments, &mut steps);
            }
            Delta::ToolCall { index, arguments, .. } => match &self.open {
                Some((call @ Block::Call { .. }, _)) if self.call_idx == Some(index) => {
                    self.write(call.clone(), arguments, &mut steps);
                }
                _ => return Err(Error::new(Kind::Upstream, "whoever answered mixed the pieces of several calls")),
            },
            Delta::Finish(finish) => {
                self.close(&mut steps);
                self.finish = Some(finish);
            }
            Delta::Usage(usage) => {
                self.close(&mut steps);
                steps.push(Step::End(self.finish.unwrap_or(Finish::Stop), usage));
            }
        }
        Ok(steps)
    }

    /// Writes `text` into the open block if that is `block`, else into a new one.
    fn write(&mut self, block: Block, text: String, steps: &mut Vec<Step>) {
        let is_call = matches!(block, Block::Call { .. });
        if text.is_empty() && !is_call {
            return;
        }
        if self.open.as_ref().is_none_or(|(open, _)| *open != block) {
            self.close(steps);
            steps.push(Step::Open(self.n_closed, block.clone()));
            self.open = Some((block.clone(), String::new()));
        }
        if let Some((_, whole)) = self.open.as_mut().filter(|_| !text.is_empty()) {
            whole.push_str(&text);
            steps.push(Step::More(self.n_closed, block, text));
        }
    }

    fn close(&mut self, steps: &mut Vec<Step>) {
        if let Some((block, text)) = self.open.take() {
            steps.push(Step::Close(self.n_closed, block, text));
            self.n_closed += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Delta {
        Delta::Text { text: text.to_owned(), logprobs: Vec::new() }
    }

    fn call(index: usize, id: Option<&str>, arguments: &str) -> Delta {
        let (id, name) = (id.map(str::to_owned), id.map(|_| "f".to_owned()));
        Delta::ToolCall { index, id, name, arguments: arguments.to_owned() }
    }

    async fn read(deltas: Vec<Delta>) -> Result<Vec<(Block, String)>, Error> {
        whole(stream::iter(deltas.into_iter().map(|delta| (0, Ok(delta)))).boxed()).await.map(|whole| whole.blocks)
    }

    #[tokio::test]
    async fn stretches_become_blocks() {
        let deltas = vec![
            Delta::Reasoning("hm".to_owned()),
            text(""),
            Delta::Reasoning("m".to_owned()),
            text("a"),
            text("b"),
            call(0, Some("x"), ""),
            call(0, None, "{"),
            call(0, None, "}"),
            call(1, Some("y"), "{}"),
            Delta::Finish(Finish::ToolCalls),
            Delta::Usage(Usage::default()),
        ];
        let f = |id: &str| Block::Call { id: id.to_owned(), name: "f".to_owned() };
        let wanted = [(Block::Thinking, "hmm"), (Block::Text, "ab"), (f("x"), "{}"), (f("y"), "{}")];
        assert_eq!(read(deltas).await, Ok(wanted.map(|(block, text)| (block, text.to_owned())).to_vec()));
    }

    #[tokio::test]
    async fn mixed_calls_are_refused_rather_than_mixed_up() {
        let deltas = vec![call(0, Some("x"), "{"), call(1, Some("y"), "{}"), call(0, None, "}")];
        assert_eq!(read(deltas).await.map_err(|e| e.kind), Err(Kind::Upstream));
        assert_eq!(read(vec![call(0, None, "{}")]).await.map_err(|e| e.kind), Err(Kind::Upstream));
        assert_eq!(read(vec![text("cut")]).await.map_err(|e| e.kind), Err(Kind::Internal));
    }
}
