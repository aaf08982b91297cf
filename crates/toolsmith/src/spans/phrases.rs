//! How a tool's requests say its arguments, learned from its examples as its own code reads them. An example with other
//! arguments in its places is a request again, which either program of the tool can be asked.
use super::{
    Demonstration, Refused,
    placed::{Order, Placed, leaves, names, occurrences, overlap, placed},
};
use crate::{Call, Fault, FaultKind, Outcome, Sandbox, Tool};
use chat::{Error, Kind};
use serde_json::{Map, Value};
use std::ops::Range;

/// Examples that are learned from, at most.
const MOST: usize = 100;
/// Of the examples that a tool reads, one in so many must hold its arguments as they are, and in their order.
const SHARE: usize = 4;
/// Examples that must.
const LEAST: usize = 3;
/// Examples that are said anew with other arguments.
const RESTATED: usize = 4;

/// An example, and where its arguments stand.
pub(super) struct Known {
    pub(super) demonstration: Demonstration,
    pub(super) placed: Vec<Placed>,
}

/// Requests of one tool, and where in them its arguments stand.
pub struct Phrases {
    code: String,
    input: Value,
    /// The names of arguments, as they stand in requests.
    names: Vec<String>,
    known: Vec<Known>,
}

impl Phrases {
    /// Learns from the examples of `tool`.
    ///
    /// # Errors
    /// `Schema` where its arguments are no pieces of its requests, in one order: nobody can point at them, or put others in
    /// their places. `Failed` where the sandbox is not to be had, which may pass.
    pub async fn new(sandbox: &Sandbox, tool: &Tool) -> Result<Self, Refused> {
        let mut read = Vec::new();
        for example in tool.examples.iter().take(MOST) {
            match sandbox.call(&tool.code, Call::Extract { text: example.text.clone() }).await {
                Ok(Outcome { arguments: Some(arguments), .. }) => {
                    read.push(Demonstration { text: example.text.clone(), arguments });
                }
                Err(fault) if fault.kind == FaultKind::Unavailable => {
                    return Err(Refused::Failed(Error::new(Kind::Unavailable, fault.message)));
                }
                _ => {}
            }
        }
        let (mut of_code, mut of_schema) = (Vec::new(), Vec::new());
        read.iter().for_each(|one| names(&Value::Object(one.arguments.clone()), &mut of_code));
        names(&tool.input, &mut of_schema);
        let [by_code, by_schema] = [of_code, of_schema].map(|names| (known(&read, &names, &tool.input), names));
        let (known, names) = if by_code.0.len() >= by_schema.0.len() { by_code } else { by_schema };
        let n = read.len();
        if known.len() < LEAST || known.len() * SHARE < n {
            let why =
                format!("of {n} examples that it reads, {} hold its arguments as pieces in one order", known.len());
            return Err(Refused::Schema(why));
        }
        Ok(Self { code: tool.code.clone(), input: tool.input.clone(), names, known })
    }

    /// A request that says `arguments`, as the tool's own code reads it; none where no example has such arguments.
    ///
    /// # Errors
    /// `Unavailable`, where the sandbox is not to be had.
    pub async fn say(&self, sandbox: &Sandbox, arguments: &Map<String, Value>) -> Result<Option<String>, Fault> {
        let Ok(leaves) = leaves(arguments, &self.order()) else { return Ok(None) };
        let (paths, said): (Vec<_>, Vec<_>) = leaves.into_iter().unzip();
        let (paths, said) = (texts(&paths), texts(&said));
        let alike = self.alike(&paths).flat_map(|known| [known.with(&said), known.renamed(&said)]);
        let grown = self.known.iter().filter_map(|known| known.grown(&paths, &said)).take(RESTATED);
        self.first_read(sandbox, arguments, alike.chain(grown)).await
    }

    /// Whether an example is read as `arguments` if it has the words that are `said` for these in its places.
    pub(super) async fn reads(
        &self,
        sandbox: &Sandbox,
        arguments: &Map<String, Value>,
        [paths, said]: [&[&str]; 2],
    ) -> bool {
        let read = self.first_read(sandbox, arguments, self.alike(paths).map(|known| known.with(said))).await;
        read.is_ok_and(|text| text.is_some())
    }

    /// Some examples with the same arguments in the same order, with lists of the same lengths.
    fn alike(&self, paths: &[&str]) -> impl Iterator<Item = &Known> {
        let is_alike =
            |known: &&Known| known.placed.iter().map(|placed| placed.path.as_str()).eq(paths.iter().copied());
        self.known.iter().filter(is_alike).take(RESTATED)
    }

    /// The first of `texts` that the tool's own code reads as `arguments`.
    async fn first_read(
        &self,
        sandbox: &Sandbox,
        arguments: &Map<String, Value>,
        texts: impl Iterator<Item = String>,
    ) -> Result<Option<String>, Fault> {
        for text in texts {
            match sandbox.call(&self.code, Call::Extract { text: text.clone() }).await {
                Ok(outcome) if outcome.arguments.as_ref() == Some(arguments) => return Ok(Some(text)),
                // or else a check would be left out because the machine is busy
                Err(fault) if fault.kind == FaultKind::Unavailable => return Err(fault),
                _ => {}
            }
        }
        Ok(None)
    }

    pub(super) fn order(&self) -> Order<'_> {
        Order { names: &self.names, schema: &self.input }
    }

    pub(super) fn known(&self) -> &[Known] {
        &self.known
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

impl Known {
    /// The example with what is `said` in the places of its own arguments.
    fn with(&self, said: &[&str]) -> String {
        self.edited(self.places().zip(said.iter().copied()).collect())
    }

    /// The same; and what is called by an argument elsewhere in it (who plays, and then who holds what) is called by the new one
    /// there, too.
    fn renamed(&self, said: &[&str]) -> String {
        let example = &self.demonstration.text;
        let mut edits: Vec<_> = self.places().zip(said.iter().copied()).collect();
        for (place, new) in self.places().zip(said) {
            let elsewhere = occurrences(example, &example[place]).into_iter();
            let free: Vec<_> = elsewhere.filter(|range| !edits.iter().any(|(used, _)| overlap(used, range))).collect();
            edits.extend(free.into_iter().map(|range| (range, *new)));
        }
        edits.sort_by_key(|(range, _)| range.start);
        self.edited(edits)
    }

    /// The example with lists that are longer or shorter than its own; none where others of its arguments are at `paths`, or
    /// the entries of its list stand apart in several ways.
    fn grown(&self, paths: &[&str], said: &[&str]) -> Option<String> {
        let own: Vec<&str> = self.placed.iter().map(|placed| placed.path.as_str()).collect();
        let (olds, news) = (runs(&own), runs(paths));
        if olds.len() != news.len() || olds == news {
            return None;
        }
        let mut edits = Vec::new();
        for (old, new) in olds.into_iter().zip(news) {
            if own[old.start] != paths[new.start] {
                return None;
            }
            let (places, said) = (&self.placed[old.clone()], &said[new.clone()]);
            if places.len() == said.len() {
                edits
                    .extend(places.iter().map(|placed| placed.range.clone()).zip(said.iter().map(|s| (*s).to_owned())));
                continue;
            }
            let between = places.windows(2).map(|two| &self.demonstration.text[two[0].range.end..two[1].range.start]);
            let between: Vec<_> = between.collect();
            let (last, others) = between.split_last()?;
            let usual = others.first().unwrap_or(last);
            if others.iter().any(|other| other != usual) {
                return None;
            }
            let (end, begin) = said.split_last()?;
            let list = if begin.is_empty() { (*end).to_owned() } else { [&begin.join(usual), *last, *end].concat() };
            edits.push((places.first()?.range.start..places.last()?.range.end, list));
        }
        Some(self.edited(edits.iter().map(|(range, new)| (range.clone(), new.as_str())).collect()))
    }

    fn places(&self) -> impl Iterator<Item = Range<usize>> {
        self.placed.iter().map(|placed| placed.range.clone())
    }

    /// The example with other text in these places, which stand in order.
    fn edited(&self, edits: Vec<(Range<usize>, &str)>) -> String {
        let example = &self.demonstration.text;
        let (mut text, mut at) = (String::new(), 0);
        for (range, new) in edits {
            text.push_str(&example[at..range.start]);
            text.push_str(new);
            at = range.end;
        }
        text + &example[at..]
    }
}

/// Where the same path stands several times in a row.
fn runs(paths: &[&str]) -> Vec<Range<usize>> {
    let mut at = 0;
    let run = |same: &[&str]| {
        at += same.len();
        at - same.len()..at
    };
    paths.chunk_by(|a, b| a == b).map(run).collect()
}

fn texts(all: &[String]) -> Vec<&str> {
    all.iter().map(String::as_str).collect()
}
