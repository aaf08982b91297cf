//! What a small model needs to point at a tool's arguments, and what its pointing is held against: all of it learned from the
//! tool's own examples, as its own code reads them.
use super::{
    Demonstration, Refused,
    habits::Habits,
    phrases::Phrases,
    placed::{Placed, placed},
    readings::readings,
};
use crate::{Sandbox, Schemas, Tool};
use chat::Answerer;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Examples that a model is shown.
const SHOWN: usize = 2;
/// Readings that a model may choose from.
const CHOICES: usize = 64;
/// Bytes of a request that a small model is asked to read.
const LONGEST: usize = 8_000;

/// Reads requests of one tool by a model that points.
pub struct Reader {
    name: String,
    description: String,
    input: Value,
    schemas: Schemas,
    phrases: Arc<Phrases>,
    habits: Habits,
}

impl Reader {
    /// Of `tool`, whose requests say their arguments in these `phrases`.
    ///
    /// # Errors
    /// `Schema` where its schemas are none.
    pub fn new(tool: &Tool, phrases: Arc<Phrases>) -> Result<Self, Refused> {
        let mut habits = Habits::default();
        phrases.known().iter().for_each(|one| habits.learn(&one.demonstration.text, &one.placed));
        Ok(Self {
            name: tool.name.clone(),
            description: tool.description.clone(),
            input: tool.input.clone(),
            schemas: Schemas::new(tool).map_err(Refused::Schema)?,
            phrases,
            habits,
        })
    }

    /// The arguments in `text`, as `model` of `answerer` points at them.
    ///
    /// # Errors
    /// Whatever is not beyond doubt is refused.
    pub async fn extract(
        &self,
        sandbox: &Sandbox,
        answerer: &dyn Answerer,
        model: &str,
        text: &str,
    ) -> Result<Map<String, Value>, Refused> {
        let schema = json!({"enum": self.readings(sandbox, text).await?});
        let request = super::request(model, [&self.name, &self.description], &self.shown(text), text, &schema);
        let reply = answerer.answer(&request).await.map_err(Refused::Failed)?;
        let answer = super::read(reply.deltas).await?;
        let Ok(Value::Object(arguments)) = serde_json::from_str(answer.trim()) else { return Err(Refused::NoObject) };
        self.check(sandbox, text, &arguments).await?;
        Ok(arguments)
    }

    /// What a model may write for `text`: one of these, each of them checked.
    ///
    /// # Errors
    /// `TooLong`, `Schema` where there are too many ways to read it, and else why the last of them is none.
    pub async fn readings(&self, sandbox: &Sandbox, text: &str) -> Result<Vec<Map<String, Value>>, Refused> {
        if text.len() > LONGEST {
            return Err(Refused::TooLong);
        }
        let mut all = readings(&self.input, text, self.phrases.order().names, &self.habits).map_err(Refused::Schema)?;
        let mut why = Refused::Schema("nothing in it stands as arguments do in the examples".to_owned());
        all.retain(|arguments| self.points(text, arguments).map_err(|fault| why = fault).is_ok());
        if all.len() > CHOICES {
            return Err(Refused::Schema(format!("there are {} ways to read it", all.len())));
        }
        let mut checked = Vec::new();
        for arguments in all {
            match self.check(sandbox, text, &arguments).await {
                Ok(()) => checked.push(arguments),
                Err(fault) => why = fault,
            }
        }
        if checked.is_empty() { Err(why) } else { Ok(checked) }
    }

    /// Whether `arguments` point at `text`, and where.
    fn points(&self, text: &str, arguments: &Map<String, Value>) -> Result<Vec<Placed>, Refused> {
        self.schemas.check_arguments(&Value::Object(arguments.clone())).map_err(Refused::Invalid)?;
        let placed = placed(text, arguments, &self.phrases.order())?;
        self.habits.check(text, &placed)?;
        Ok(placed)
    }

    /// Whether `arguments` point at `text`: valid, each a piece of it, in their order, with nothing else around and between them
    /// than in examples; and the tool itself finds them in an example of its own that says them.
    ///
    /// # Errors
    /// What is in doubt.
    pub async fn check(&self, sandbox: &Sandbox, text: &str, arguments: &Map<String, Value>) -> Result<(), Refused> {
        let placed = self.points(text, arguments)?;
        let paths: Vec<&str> = placed.iter().map(|placed| placed.path.as_str()).collect();
        let said: Vec<&str> = placed.iter().map(|placed| &text[placed.range.clone()]).collect();
        if self.phrases.reads(sandbox, arguments, [&paths, &said]).await { Ok(()) } else { Err(Refused::Unlike) }
    }

    /// The examples that are as long as `text`, as nearly as possible: the nearest last.
    fn shown(&self, text: &str) -> Vec<&Demonstration> {
        let mut all: Vec<_> = self.phrases.known().iter().map(|known| &known.demonstration).collect();
        all.sort_by_key(|one| one.text.len().abs_diff(text.len()));
        all.truncate(SHOWN);
        all.reverse();
        all
    }
}
