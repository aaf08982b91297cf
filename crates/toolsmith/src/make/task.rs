//! What a tool is to be made for: examples, which of them a maker sees, and what it must leave alone.
use super::Unmade;
use crate::{
    Comparison, Example, Tool,
    prompt::{self, Marks},
    verify::Gates,
};
use std::collections::{BTreeMap, BTreeSet};

/// A kind of requests that recurs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Task {
    /// What the tool is to be called; else its maker names it.
    pub name: Option<String>,
    /// What it is for, in words.
    pub about: Option<String>,
    /// The fingerprint of all that these requests have beside their text.
    pub context: String,
    /// Requests with right answers.
    pub examples: Vec<Example>,
    /// Texts that the tool must decline.
    pub negatives: Vec<String>,
    /// How answers are compared.
    pub comparison: Comparison,
    /// The version that it is to replace.
    pub supersedes: Option<Tool>,
}

impl Task {
    /// Examples for the maker, and those that are held out: each text once, none that was answered in two ways.
    /// A second maker sees `others` than the first one.
    pub(super) fn split(&self, gates: &Gates, others: bool) -> Result<(Vec<Example>, Vec<Example>), Unmade> {
        let mut by_text = BTreeMap::<&str, Option<&Example>>::new();
        for example in &self.examples {
            let kept = by_text.entry(&example.text).or_insert(Some(example));
            if kept.is_some_and(|kept| !self.comparison.agrees(&example.answer, &kept.answer)) {
                *kept = None;
            }
        }
        let mut all: Vec<Example> = by_text.into_values().flatten().cloned().collect();
        let (n, needed) = (all.len(), gates.shown + gates.held_out);
        if n < needed || n == 0 {
            let missing = needed.max(1) - n;
            let message = format!("{n} examples of one answer each, {needed} at least expected: {missing} are missing");
            return Err(Unmade::Task(message));
        }
        // short and long ones: the maker shall see what there is
        all.sort_by_key(|example| example.text.chars().count());
        let spread = |among: &[usize]| -> BTreeSet<usize> {
            let last = among.len().saturating_sub(1);
            let place = |i| if gates.shown > 1 { i * last / (gates.shown - 1) } else { last / 2 };
            (0..gates.shown).filter_map(|i| among.get(place(i)).copied()).collect()
        };
        let every: Vec<usize> = (0..n).collect();
        let mut places = spread(&every);
        if others {
            let rest: Vec<usize> = every.into_iter().filter(|i| !places.contains(i)).collect();
            places = spread(&rest);
        }
        let (shown, held_out): (Vec<_>, Vec<_>) = all.into_iter().enumerate().partition(|(i, _)| places.contains(i));
        let plain = |examples: Vec<(usize, Example)>| examples.into_iter().map(|(_, example)| example).collect();
        Ok((plain(shown), plain(held_out)))
    }

    /// All texts that may stand in a prompt.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> + Clone {
        let old = self.supersedes.iter().flat_map(|old| old.examples.iter());
        let examples = self.examples.iter().chain(old).flat_map(|example| [&example.text, &example.answer]);
        let old = self.supersedes.iter().flat_map(|old| old.negatives.iter());
        examples.chain(&self.negatives).chain(old).chain(&self.about).map(String::as_str)
    }

    /// For a `second` program, a word on what it is for.
    pub(super) fn prompt(&self, marks: &Marks, shown: &[Example], second: bool) -> String {
        let name = self.name.as_deref().or(self.supersedes.as_ref().map(|old| old.name.as_str()));
        let task = prompt::task(marks, [name, self.about.as_deref()], self.comparison, shown, &self.negatives());
        if second { task + prompt::SECOND } else { task }
    }

    /// What is not the maker's to say.
    pub(super) fn fill(&self, tool: &mut Tool) {
        if let Some(name) = self.name.as_ref().or(self.supersedes.as_ref().map(|old| &old.name)) {
            tool.name.clone_from(name);
        }
        tool.context.clone_from(&self.context);
        tool.comparison = self.comparison;
        tool.negatives = self.negatives();
        tool.supersedes = self.supersedes.as_ref().map(Tool::id);
    }

    /// A version knows all that its predecessor was verified by.
    pub(super) fn keep_old(&self, tool: &mut Tool) {
        let Some(old) = &self.supersedes else { return };
        let known: BTreeSet<String> = tool.examples.iter().map(|example| example.text.clone()).collect();
        let further = old.examples.iter().filter(|example| !known.contains(&example.text));
        tool.examples.extend(further.cloned());
        let known: BTreeSet<String> = tool.negatives.iter().cloned().collect();
        tool.negatives.extend(old.negatives.iter().filter(|text| !known.contains(*text)).cloned());
    }

    /// What is foreign, and not among the examples.
    fn negatives(&self) -> Vec<String> {
        let own: BTreeSet<&str> = self.examples.iter().map(|example| example.text.as_str()).collect();
        self.negatives.iter().filter(|text| !own.contains(text.as_str())).cloned().collect()
    }
}
