//! Whose request is this? Tools are found by the words of their examples, and only where they stand far from all others.
//!
//! A tool's examples are summed up in a few prototypes: means of texts that are alike, as words and pairs of words with
//! numbers folded. A request's score for a tool is the cosine to its nearest prototype. Whether that is enough, the tool's own
//! examples and the texts that are not for it decide together (`calibrate`). What is found here is only asked first: whether a
//! request is answered, `extract` decides.
mod asked;
mod calibrate;
mod dense;
mod shelf;
mod sparse;
mod vectors;

pub use asked::asked;
pub use dense::{DenseIndex, gist};

use crate::{tool::Tool, words::Vector};
use calibrate::Texts;
use shelf::Shelf;
use sparse::{Postings, Weights};
use std::collections::BTreeMap;

/// What a tool is found by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry<'a> {
    /// The tool's id.
    pub id: &'a str,
    /// Its name. Tools of one name are versions of each other, and take nothing from each other.
    pub name: &'a str,
    /// What its requests have beside their text, as `asked` tells it.
    pub context: &'a str,
    /// Texts that are for it.
    pub examples: Vec<&'a str>,
    /// Texts that are not.
    pub negatives: Vec<&'a str>,
}

impl<'a> Entry<'a> {
    /// What the record of `tool`, whose id is `id`, says.
    pub fn new(id: &'a str, tool: &'a Tool) -> Self {
        Self {
            id,
            name: &tool.name,
            context: &tool.context,
            examples: tool.examples.iter().map(|example| example.text.as_str()).collect(),
            negatives: tool.negatives.iter().map(String::as_str).collect(),
        }
    }
}

/// A tool that a request may be for.
#[derive(Clone, Debug, PartialEq)]
pub struct Match<'a> {
    /// The tool's id.
    pub tool: &'a str,
    /// How near the request is to its examples, 0 to 1.
    pub score: f32,
}

/// How a tool is told from others.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar<'a> {
    /// The tool's id.
    pub tool: &'a str,
    /// The least score that is let through; infinite where the tool is not to be found.
    pub threshold: f32,
    /// How many of its own examples, each left out in turn, are found.
    pub n_found: usize,
    /// Of so many.
    pub n_examples: usize,
    /// Texts that are not for it and look as its own do: what is nearer to one of these than to its examples is not let through.
    pub n_near_misses: usize,
}

/// Finds tools. Made anew when tools come or go.
#[derive(Clone, Debug, Default)]
pub struct Index {
    shelves: BTreeMap<String, Shelf<Postings>>,
}

impl Index {
    /// Of `tools`, none of which is for any of the `foreign` texts. A foreign text that has the very words of an example tells
    /// nothing: those two are left to `extract`.
    pub fn new(tools: &[Entry<'_>], foreign: &[&str]) -> Self {
        let shelf = |(context, tools): (&str, Vec<_>)| {
            let read = |text: &str| Some(Vector::of(text)).filter(|vector| !vector.0.is_empty());
            let texts = Texts::read(&tools, foreign, read);
            (context.to_owned(), calibrate::shelf(&tools, &texts, &Weights::counted(texts.all())))
        };
        Self { shelves: by_context(tools).into_iter().map(shelf).collect() }
    }

    /// The tools that a request of `context` with `text` may be for, the likeliest first.
    pub fn find(&self, context: &str, text: &str) -> Vec<Match<'_>> {
        self.shelves.get(context).map_or_else(Vec::new, |shelf| shelf.find(&Vector::of(text)))
    }

    /// How its tools are told apart, in the order of their contexts.
    pub fn bars(&self) -> impl Iterator<Item = Bar<'_>> {
        self.shelves.values().flat_map(Shelf::bars)
    }
}

fn by_context<'a>(tools: &'a [Entry<'a>]) -> BTreeMap<&'a str, Vec<&'a Entry<'a>>> {
    let mut contexts: BTreeMap<&str, Vec<&Entry<'_>>> = BTreeMap::new();
    for tool in tools {
        contexts.entry(tool.context).or_default().push(tool);
    }
    contexts
}
