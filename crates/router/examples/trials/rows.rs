//! Requests that both models answered, and the product's own score of how safe the small model's answer is.
use chat::{ChatRequest, Content, Finish, Message, Role};
use router::{
    certify::Audit,
    score::{Example, Model},
    signals::{Answer, Prompt, Signals},
};
use serde::Deserialize;
use std::{fs, path::Path};

/// A line of a file.
#[derive(Deserialize)]
struct Line {
    domain: String,
    prompt: String,
    small_score: f64,
    large_score: f64,
    #[serde(default)]
    contaminated: bool,
    #[serde(default)]
    small_answer: Option<String>,
}

/// A request that both models answered.
pub(crate) struct Row {
    pub(crate) signals: Signals,
    pub(crate) small: f64,
    pub(crate) large: f64,
}

impl Row {
    fn of(line: &Line) -> Self {
        let message = Message::new(Role::User, Content::Text(line.prompt.clone()));
        let request = ChatRequest { messages: vec![message], ..ChatRequest::default() };
        let read = |text: &String| Answer::read(&request, text, &[], Some(Finish::Stop));
        // of an answer whose text is not told, nothing is known
        let answer = line.small_answer.as_ref().map_or_else(|| Answer::begun(&[]), read);
        let signals = Signals { prompt: Prompt::read(&request, Some(&line.domain)), answer: Some(answer) };
        Self { signals, small: line.small_score, large: line.large_score }
    }

    pub(crate) fn harm(&self) -> bool {
        self.large > self.small
    }

    pub(crate) fn audit(&self, score: f64) -> Audit {
        Audit { score: Some(score), loss: f64::from(u8::from(self.harm())) }
    }
}

/// The rows of a file of JSON lines, without those that the models were trained on; and how many lines were no rows.
pub(crate) fn read(path: &Path) -> Result<(Vec<Row>, usize), String> {
    let text = fs::read_to_string(path).map_err(|e| e.to_string())?;
    let lines: Vec<_> = text.lines().map(serde_json::from_str::<Line>).collect();
    let broken = lines.iter().filter(|line| line.is_err()).count();
    let clean = lines.iter().flatten().filter(|line| !line.contaminated);
    Ok((clean.map(Row::of).collect(), broken))
}

/// The score that a gateway would learn from `train`.
pub(crate) fn learn(train: &[&Row]) -> Model {
    let examples = train.iter().map(|row| Example::new(row.signals.clone(), row.small, row.large).harm());
    Model::fit(&examples.collect::<Vec<_>>(), None)
}
