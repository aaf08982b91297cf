//! Has two answers to one request judged, by comparing them or by asking a program or a model.
mod program;

pub(crate) use program::Programs;

use chat::{Answerer, ChatRequest, Delta, Error, Kind};
use futures_util::StreamExt;
use router::judge::{
    Judge, Verdict,
    pairwise::{self, Choice},
};

/// Most bytes of a judging model's answer.
const MOST_OF_ANSWER: usize = 64 << 10;
/// Letters of what was found instead that are shown in an error.
const SHOWN: usize = 200;

/// The verdict of `judge` on both answers to `request`; `model` is the one that [`Judge::Model`] names.
///
/// Without a verdict it is not known whether the audit was a harm. To leave it out would bend the promise: judge it
/// again, or count [`Verdict::HARM`].
///
/// # Errors
/// Timeout and Upstream, when a program or model did not judge, or not as was asked; that of the model, when it was not
/// answered. Unavailable for [`Judge::Human`], whose verdict comes by feedback.
pub(crate) async fn judge(
    judge: &Judge,
    request: &ChatRequest,
    small: &str,
    large: &str,
    model: Option<&dyn Answerer>,
    programs: &Programs,
) -> Result<Verdict, Error> {
    if let Some(verdict) = judge.compare(request, small, large) {
        return Ok(verdict);
    }
    let verdict = match (judge, model) {
        (Judge::Command { program, args }, _) => programs.ask(program, args, request, small, large).await,
        (Judge::Model { .. }, Some(model)) => ask(model, request, small, large).await,
        (Judge::Model { .. }, None) => Err(Error::new(Kind::Internal, "no model to ask; this is a defect")),
        _ => Err(Error::new(Kind::Unavailable, "no verdict yet, it comes by /v1/feedback")),
    };
    verdict.map_err(|e| Error { message: format!("judge `{judge}`: {}", e.message), ..e })
}

/// Asks `model` in both orders; the second only if it can change the verdict.
async fn ask(model: &dyn Answerer, request: &ChatRequest, small: &str, large: &str) -> Result<Verdict, Error> {
    let first = choice(model, &pairwise::question(request, small, large)).await?;
    if first == Choice::B {
        return Ok(Verdict::HARM);
    }
    let swapped = choice(model, &pairwise::question(request, large, small)).await?;
    Ok(pairwise::settle(first, swapped))
}

async fn choice(model: &dyn Answerer, question: &ChatRequest) -> Result<Choice, Error> {
    let mut deltas = model.answer(question).await?.deltas;
    let mut answer = String::new();
    while let Some(delta) = deltas.next().await {
        if let Delta::Text { text, .. } = delta? {
            answer.push_str(&text);
        }
        if answer.len() > MOST_OF_ANSWER {
            break; // dropping the rest ends it
        }
    }
    let unread = || {
        let found = shown(&answer);
        Error::new(Kind::Upstream, format!("`{{\"better\": \"A\"}}`, `\"B\"` or `\"same\"` expected, `{found}` found"))
    };
    pairwise::read(&answer).ok_or_else(unread)
}

/// The beginning of `text` in one line, for errors.
fn shown(text: &str) -> String {
    let line = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c });
    line.take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chat::{BoxFuture, Finish, Reply, Usage};
    use futures_util::stream;
    use std::{collections::VecDeque, sync::Mutex};

    /// Answers with one text after the other, in pieces, and keeps what it was asked.
    struct Script {
        answers: Mutex<VecDeque<Result<String, Error>>>,
        asked: Mutex<Vec<ChatRequest>>,
    }

    impl Script {
        fn new<'a>(answers: impl IntoIterator<Item = &'a str>) -> Self {
            let answers = answers.into_iter().map(|text| Ok(text.to_owned())).collect();
            Self { answers: Mutex::new(answers), asked: Mutex::default() }
        }
    }

    impl Answerer for Script {
        fn answer<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<Reply, Error>> {
            self.asked.lock().expect("unpoisoned").push(request.clone());
            let answer = self.answers.lock().expect("unpoisoned").pop_front().expect("a further answer");
            Box::pin(async move {
                let answer = answer?;
                let pieces = answer.chars().map(|c| Delta::Text { text: c.to_string(), logprobs: Vec::new() });
                let deltas: Vec<_> = [Delta::Reasoning("{\"better\": \"B\"}".to_owned())]
                    .into_iter()
                    .chain(pieces)
                    .chain([Delta::Finish(Finish::Stop), Delta::Usage(Usage::default())])
                    .map(Ok)
                    .collect();
                Ok(Reply { deltas: stream::iter(deltas).boxed() })
            })
        }
    }

    async fn judged(name: &str, model: Option<&dyn Answerer>) -> Result<Verdict, Error> {
        let name: Judge = name.parse().expect("a judge");
        judge(&name, &ChatRequest::default(), "small's", "large's", model, &Programs::default()).await
    }

    #[tokio::test]
    async fn a_model_is_asked_in_both_orders() {
        let script = Script::new([r#"{"better": "A"}"#, r#"{"better": "B"}"#]);
        let verdict = judged("model:up/m", Some(&script)).await;
        assert_eq!(verdict, Ok(Verdict { small: 1.0, large: 0.0 }));
        let asked = script.asked.lock().expect("unpoisoned");
        let request = ChatRequest::default();
        let orders = [("small's", "large's"), ("large's", "small's")];
        assert_eq!(*asked, orders.map(|(a, b)| pairwise::question(&request, a, b)));
    }

    #[tokio::test]
    async fn what_a_model_says_makes_the_verdict() {
        let cases: [(&[&str], Verdict); 5] = [
            (&["A", "A"], Verdict::HARM),
            (&["same", "A"], Verdict::HARM),
            (&["same", "same"], Verdict::EVEN),
            (&["A", "same"], Verdict::EVEN),
            // the second order cannot change it, so it is not asked
            (&["B"], Verdict::HARM),
        ];
        for (choices, verdict) in cases {
            let answers: Vec<String> = choices.iter().map(|choice| format!("{{\"better\": \"{choice}\"}}")).collect();
            let script = Script::new(answers.iter().map(String::as_str));
            assert_eq!(judged("model:up/m", Some(&script)).await, Ok(verdict), "{choices:?}");
            assert_eq!(script.asked.lock().expect("unpoisoned").len(), choices.len());
        }
    }

    #[tokio::test]
    async fn a_model_that_says_nothing_useful_is_no_verdict() {
        let long = "x".repeat(MOST_OF_ANSWER + 1);
        for answer in ["I cannot say.", "", "{\"better\": \"both\"}", long.as_str()] {
            let error = judged("model:up/m", Some(&Script::new([answer]))).await.expect_err(answer);
            assert_eq!(error.kind, Kind::Upstream);
            assert!(error.message.starts_with("judge `model:up/m`: `{\"better\": \"A\"}`"), "{error}");
            assert!(error.message.len() < 400, "{error}");
        }
        let script = Script::new([r#"{"better": "A"}"#]);
        script.answers.lock().expect("unpoisoned").push_back(Err(Error::new(Kind::Busy, "too many")));
        let error = judged("model:up/m", Some(&script)).await.expect_err("the second is not answered");
        assert_eq!((error.kind, error.message.as_str()), (Kind::Busy, "judge `model:up/m`: too many"));
    }

    #[tokio::test]
    async fn who_compares_asks_nobody() {
        assert_eq!(judged("exact", None).await, Ok(Verdict::HARM));
        let error = judged("human", None).await.expect_err("a person takes time");
        assert_eq!((error.kind, error.retry), (Kind::Unavailable, true));
        assert!(error.message.contains("/v1/feedback"), "{error}");
        assert_eq!(judged("model:up/m", None).await.map_err(|e| e.kind), Err(Kind::Internal));
    }
}
