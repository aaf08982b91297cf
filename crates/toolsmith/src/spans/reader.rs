//! What a small model needs to point at a tool's arguments, and what its pointing is held against: all of it learned from the
//! tool's own examples, as its own code reads them.
use super::{
    Demonstration, Refused,
    habits::Habits,
    placed::{Order, Placed, names, placed},
    readings::readings,
};
use crate::{Call, Sandbox, Schemas, Tool};
use chat::Answerer;
use serde_json::{Map, Value, json};

/// Examples that are learned from, at most.
const MOST: usize = 100;
/// Of the examples that a tool reads, one in so many must hold its arguments as they are, and in their order.
const SHARE: usize = 4;
/// Examples that must.
const LEAST: usize = 3;
/// Examples that a model is shown.
const SHOWN: usize = 2;
/// Examples that are said anew with other arguments.
const RESTATED: usize = 4;
/// Readings that a model may choose from.
const CHOICES: usize = 64;
/// Bytes of a request that a small model is asked to read.
const LONGEST: usize = 8_000;

/// An example, and where its arguments stand.
struct Known {
    demonstration: Demonstration,
    placed: Vec<Placed>,
}

/// Reads requests of one tool by a model that points.
pub struct Reader {
    code: String,
    name: String,
    description: String,
    input: Value,
    schemas: Schemas,
    /// The names of arguments, as they stand in requests.
    names: Vec<String>,
    known: Vec<Known>,
    habits: Habits,
}

impl Reader {
    /// Learns from the examples of `tool`.
    ///
    /// # Errors
    /// `Schema` where its arguments are no pieces of its requests, in one order: nobody can point at them.
    pub async fn new(sandbox: &Sandbox, tool: &Tool) -> Result<Self, Refused> {
        let mut read = Vec::new();
        for example in tool.examples.iter().take(MOST) {
            let outcome = sandbox.call(&tool.code, Call::Extract { text: example.text.clone() }).await;
            if let Some(arguments) = outcome.ok().and_then(|outcome| outcome.arguments) {
                read.push(Demonstration { text: example.text.clone(), arguments });
            }
        }
        let (mut of_code, mut of_schema) = (Vec::new(), Vec::new());
        read.iter().for_each(|one| names(&Value::Object(one.arguments.clone()), &mut of_code));
        names(&tool.input, &mut of_schema);
        let n = read.len();
        let ways = [of_code, of_schema].map(|names| (known(&read, &names, &tool.input), names));
        let (known, names) =
            if ways[0].0.len() >= ways[1].0.len() { ways.into_iter().next() } else { ways.into_iter().nth(1) }
                .unwrap_or_default();
        if known.len() < LEAST || known.len() * SHARE < n {
            let why =
                format!("of {n} examples that it reads, {} hold its arguments as pieces in one order", known.len());
            return Err(Refused::Schema(why));
        }
        let mut habits = Habits::default();
        known.iter().for_each(|one| habits.learn(&one.demonstration.text, &one.placed));
        Ok(Self {
            code: tool.code.clone(),
            name: tool.name.clone(),
            description: tool.description.clone(),
            input: tool.input.clone(),
            schemas: Schemas::new(tool).map_err(Refused::Schema)?,
            names,
            known,
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
        let mut all = readings(&self.input, text, &self.names, &self.habits).map_err(Refused::Schema)?;
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
        let placed = placed(text, arguments, &Order { names: &self.names, schema: &self.input })?;
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
        for known in self.known.iter().filter(|known| is_alike(&known.placed, &placed)).take(RESTATED) {
            let text = restated(known, text, &placed);
            let outcome = sandbox.call(&self.code, Call::Extract { text }).await;
            if outcome.ok().and_then(|outcome| outcome.arguments).as_ref() == Some(arguments) {
                return Ok(());
            }
        }
        Err(Refused::Unlike)
    }

    /// The examples that are as long as `text`, as nearly as possible: the nearest last.
    fn shown(&self, text: &str) -> Vec<&Demonstration> {
        let mut all: Vec<_> = self.known.iter().map(|known| &known.demonstration).collect();
        all.sort_by_key(|one| one.text.len().abs_diff(text.len()));
        all.truncate(SHOWN);
        all.reverse();
        all
    }
}

/// Those that hold their arguments in the order of `names`.
fn known(read: &[Demonstration], names: &[String], schema: &Value) -> Vec<Known> {
    let order = Order { names, schema };
    let place = |one: &Demonstration| {
        let placed = placed(&one.text, &one.arguments, &order).ok().filter(|placed| !placed.is_empty())?;
        Some(Known { demonstration: one.clone(), placed })
    };
    read.iter().filter_map(place).collect()
}

/// Whether both have the same arguments, with lists of the same lengths.
fn is_alike(one: &[Placed], other: &[Placed]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.path == other.path)
}

/// An example with the arguments of `text` in the places of its own.
fn restated(known: &Known, text: &str, placed: &[Placed]) -> String {
    let (mut said, mut at) = (String::new(), 0);
    let example = &known.demonstration.text;
    for (old, new) in known.placed.iter().zip(placed) {
        said.push_str(&example[at..old.range.start]);
        said.push_str(&text[new.range.clone()]);
        at = old.range.end;
    }
    said.push_str(&example[at..]);
    said
}
