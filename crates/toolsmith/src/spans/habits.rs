//! What a tool's own examples teach of its arguments: what stands around and between them, and of what letters they are.
use super::{
    Refused,
    candidates::{self, Kind},
    placed::{Placed, overlap},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

/// Words that ask, greet or thank, and alone change nothing of what is asked. None denies, restricts or orders anything.
const COURTESY: &str = "a advance afternoon an and appreciate are be can could dear evening for good greetings have hello help hey \
                        here hi i i'd i'm in is it kind kindly like many me morning much my need of please so some thank thanks \
                        that the there these this those very want we will with would you your";
/// Signs of any sentence.
const ORDINARY: &str = ".,;:!?'’\"“”-–";
/// Examples that must have left a word over, so that a request may.
const KNOWN: usize = 2;

/// Between which two arguments something stands; none: before the first, or behind the last.
type Gap = Option<(String, String)>;

/// What was left over in a gap.
#[derive(Clone, Copy, Default)]
struct Left {
    /// Examples in which it was.
    n: usize,
    /// How often in one of them, at most.
    most: usize,
}

/// Of gaps that hold no word.
#[derive(Default)]
struct Signs {
    seen: BTreeSet<String>,
    /// They were alike within each example.
    is_uniform: bool,
}

/// What examples have in common.
#[derive(Default)]
pub(super) struct Habits {
    n: usize,
    left: BTreeMap<(Gap, String), Left>,
    signs: BTreeMap<Gap, Signs>,
    /// What stood directly before the first argument, and directly behind the last.
    edges: [BTreeSet<String>; 2],
    /// Words of arguments.
    used: BTreeSet<String>,
    /// Kinds of letters, by argument.
    letters: BTreeMap<String, BTreeSet<char>>,
}

impl Habits {
    /// Takes in another example.
    pub(super) fn learn(&mut self, text: &str, placed: &[Placed]) {
        self.n += 1;
        for (name, n) in left_over(text, placed) {
            let left = self.left.entry(name).or_default();
            *left = Left { n: left.n + 1, most: left.most.max(n) };
        }
        for (gap, seen) in bare_gaps(text, placed) {
            let signs = self.signs.entry(gap).or_insert_with(|| Signs { is_uniform: true, ..Signs::default() });
            signs.is_uniform &= seen.len() < 2;
            signs.seen.extend(seen);
        }
        for (known, edge) in self.edges.iter_mut().zip(edges(text, placed)) {
            known.insert(edge);
        }
        for Placed { path, range } in placed {
            let leaf = &text[range.clone()];
            self.letters.entry(path.clone()).or_default().extend(leaf.chars().map(letter));
            self.used.extend(words(leaf));
        }
    }

    /// Whether `leaf` may be the argument at `path`: of such letters, and not merely the wording of requests.
    pub(super) fn may_be(&self, path: &str, leaf: &str) -> bool {
        let is_written_so =
            self.letters.get(path).is_some_and(|known| leaf.chars().all(|c| known.contains(&letter(c))));
        let is_wording = |word: &String| {
            !self.used.contains(word) && (is_courtesy(word) || self.left.contains_key(&(None, word.clone())))
        };
        let words = words(leaf);
        is_written_so && (words.is_empty() || !words.iter().all(is_wording))
    }

    /// Whether `word` may be left over, somewhere.
    pub(super) fn may_stay(&self, word: &str) -> bool {
        is_courtesy(word) || self.left.keys().any(|(_, known)| known == word)
    }

    /// Whether all is where and as it is in examples.
    ///
    /// # Errors
    /// `LeftOver`, `Wording` or `Apart`.
    pub(super) fn check(&self, text: &str, placed: &[Placed]) -> Result<(), Refused> {
        for Placed { path, range } in placed {
            let leaf = &text[range.clone()];
            if !text[range.clone()].starts_with(|c: char| c == '-' || c.is_ascii_digit()) && !self.may_be(path, leaf) {
                return Err(Refused::Wording(leaf.to_owned()));
            }
        }
        for ((gap, name), n) in left_over(text, placed) {
            let is_courtesy = gap.is_none() && is_courtesy(&name);
            let left = self.left.get(&(gap, name.clone())).copied().unwrap_or_default();
            // a number in every example is part of the question
            let least = if name.starts_with(char::is_alphabetic) { KNOWN.min(self.n) } else { self.n };
            if !is_courtesy && (left.n < least || n > left.most) {
                return Err(Refused::LeftOver(name));
            }
        }
        for (gap, seen) in bare_gaps(text, placed) {
            let known = self.signs.get(&gap);
            let is_known = known.is_some_and(|known| match known.is_uniform {
                true => seen.len() < 2,
                false => seen.is_subset(&known.seen),
            });
            if !is_known {
                return Err(Refused::Apart(seen.into_iter().collect()));
            }
        }
        for (known, edge) in self.edges.iter().zip(edges(text, placed)) {
            // a new line, or a new sentence, is an end anywhere
            let is_end = edge.contains('\n') || (edge.contains(['.', '!', '?', ':']) && edge.ends_with(' '));
            if !known.contains(&edge) && !is_end {
                return Err(Refused::Apart(edge));
            }
        }
        Ok(())
    }
}

/// What is between arguments, before them and behind them.
fn gaps(text: &str, placed: &[Placed]) -> Vec<(Gap, Range<usize>)> {
    let mut all = Vec::new();
    let (mut at, mut before): (usize, Option<&Placed>) = (0, None);
    for next in placed {
        all.push((before.map(|before| (before.path.clone(), next.path.clone())), at..next.range.start));
        (at, before) = (next.range.end, Some(next));
    }
    all.push((None, at..text.len()));
    all
}

/// How often each literal, and each sign that is no ordinary one, is left over in each gap.
fn left_over(text: &str, placed: &[Placed]) -> BTreeMap<(Gap, String), usize> {
    let mut all = BTreeMap::new();
    let literals = candidates::literals(text);
    for (gap, range) in gaps(text, placed) {
        let mut count = |name: String| *all.entry((gap.clone(), name)).or_default() += 1;
        for literal in literals.iter().filter(|literal| range.contains(&literal.range.start)) {
            // what stands in quotation marks may be used in parts
            let is_used =
                literal.kind == Kind::Quoted && placed.iter().any(|used| overlap(&used.range, &literal.range));
            if !is_used {
                count(folded(&text[literal.range.clone()]));
            }
        }
        let signs = text[range].chars().filter(|c| !c.is_alphanumeric() && !c.is_whitespace());
        signs.filter(|c| !ORDINARY.contains(*c)).for_each(|c| count(c.to_string()));
    }
    all
}

/// The gaps between arguments in which no word stands.
fn bare_gaps(text: &str, placed: &[Placed]) -> BTreeMap<Gap, BTreeSet<String>> {
    let mut all: BTreeMap<Gap, BTreeSet<String>> = BTreeMap::new();
    for (gap, range) in gaps(text, placed).into_iter().filter(|(gap, _)| gap.is_some()) {
        let between = &text[range];
        if !between.contains(char::is_alphanumeric) {
            all.entry(gap).or_default().insert(between.to_owned());
        }
    }
    all
}

/// The signs directly before the first argument and directly behind the last; where a text begins or ends, a new line.
fn edges(text: &str, placed: &[Placed]) -> [String; 2] {
    let start = placed.first().map_or(0, |first| first.range.start);
    let end = placed.last().map_or(text.len(), |last| last.range.end);
    let before = text[..start].rfind(char::is_alphanumeric);
    let before = before.map(|at| text[at..start].trim_start_matches(char::is_alphanumeric).to_owned());
    let behind = text[end..].find(char::is_alphanumeric).map(|n| text[end..end + n].to_owned());
    [before, behind].map(|edge| edge.unwrap_or_else(|| "\n".to_owned()))
}

/// The kind of a letter; signs are each their own.
fn letter(c: char) -> char {
    match c {
        c if c.is_numeric() => '0',
        c if c.is_uppercase() => 'A',
        c if c.is_alphabetic() => 'a',
        c if c.is_whitespace() => ' ',
        c => c,
    }
}

fn words(text: &str) -> Vec<String> {
    let words = candidates::literals(text).into_iter().filter(|literal| literal.kind == Kind::Word);
    words.map(|literal| folded(&text[literal.range])).collect()
}

pub(super) fn folded(text: &str) -> String {
    text.to_lowercase().replace('’', "'")
}

fn is_courtesy(word: &str) -> bool {
    COURTESY.split_ascii_whitespace().any(|known| known == word)
}
