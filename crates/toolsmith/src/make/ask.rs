//! One call of a maker, paid for.
use super::{Budget, Unmade};
use crate::verify::Gates;
use chat::{Answerer, ChatRequest, Delta, Finish, Usage};
use std::future::poll_fn;

/// Bytes of a token, at least, where nobody counts them.
const TOKEN: usize = 3;

/// What a maker wrote.
pub(super) struct Answer {
    pub(super) text: String,
    /// It ended at the most tokens, or was held back.
    pub(super) was_cut: bool,
}

/// Asks, if the budget allows it, and says what it took.
pub(super) async fn ask(
    maker: &dyn Answerer,
    request: &ChatRequest,
    gates: &Gates,
    budget: &mut dyn Budget,
) -> Result<Answer, Unmade> {
    let prompt = request.messages.iter().map(|message| message.content.text().len()).sum::<usize>() / TOKEN;
    budget.may(prompt, gates.answer_tokens).await.map_err(Unmade::Budget)?;
    let mut answer = Answer { text: String::new(), was_cut: false };
    let mut usage = None;
    let read = read(maker, request, &mut answer, &mut usage).await;
    let estimated = Usage {
        prompt_tokens: prompt,
        completion_tokens: answer.text.len() / TOKEN,
        estimated: true,
        ..Usage::default()
    };
    budget.used(usage.unwrap_or(estimated)).await;
    read.map_err(Unmade::Maker).map(|()| answer)
}

async fn read(
    maker: &dyn Answerer,
    request: &ChatRequest,
    answer: &mut Answer,
    usage: &mut Option<Usage>,
) -> Result<(), chat::Error> {
    let mut deltas = match maker.answer(request).await {
        Ok(reply) => reply.deltas,
        Err(error) => {
            *usage = Some(Usage::default()); // nothing was begun, so nothing is charged
            return Err(error);
        }
    };
    while let Some(delta) = poll_fn(|context| deltas.as_mut().poll_next(context)).await {
        match delta? {
            Delta::Finish(finish) => answer.was_cut = matches!(finish, Finish::Length | Finish::ContentFilter),
            Delta::Usage(counted) => *usage = Some(counted),
            delta => delta.say(&mut answer.text),
        }
    }
    Ok(())
}
