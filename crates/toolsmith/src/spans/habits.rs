//! What a tool's own examples teach of its arguments: what stands around and between them, and of what letters they are.
use super::{
    Refused,
    candidates::{self, Kind, Literal},
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
/// A word that one in so many examples leaves over is part of what is asked.
const USUAL: usize = 4;

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
    /// What each left over before its first argument and behind its last.
    said: Vec<BTreeSet<String>>,
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
        let all = left_over(text, placed);
        self.said.push(all.keys().filter(|(gap, _)| gap.is_none()).map(|(_, name)| name.clone()).collect());
        for (name, n) in all {
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

    /// Whether all that stands in `range`, a gap of `text` with these literals or its beginning, may be left over there.
    pub(super) fn may_skip(&self, gap: Gap, text: &str, range: Range<usize>, literals: &[Literal]) -> bool {
        let end = range.end;
        let within: Vec<_> = literals.iter().filter(|literal| literal.range.end <= end).cloned().collect();
        counted(text, range, &within).iter().all(|(name, n)| self.may_leave(&gap, name, *n))
    }

    /// Whether `name` may be left over `n` times in this gap.
    fn may_leave(&self, gap: &Gap, name: &str, n: usize) -> bool {
        if gap.is_none() && is_courtesy(name) {
            return true;
        }
        // a number in every example is part of the question
        let least = if name.starts_with(char::is_alphabetic) { KNOWN.min(self.n) } else { self.n };
        self.left.get(&(gap.clone(), name.to_owned())).is_some_and(|left| left.n >= least && n <= left.most)
    }

    /// Those of `words` that stand in many examples.
    fn usual<'a>(&'a self, words: &'a BTreeSet<String>) -> impl Iterator<Item = &'a String> {
        let n = |word: &String| self.left.get(&(None, word.clone())).map_or(0, |left| left.n);
        words.iter().filter(move |word| n(word) * USUAL >= self.n && !is_courtesy(word))
    }

    /// Whether all is where and as it is in examples.
    ///
    /// # Errors
    /// `LeftOver`, `Unsaid`, `Wording` or `Apart`.
    pub(super) fn check(&self, text: &str, placed: &[Placed]) -> Result<(), Refused> {
        for Placed { path, range } in placed {
            let leaf = &text[range.clone()];
            if !text[range.clone()].starts_with(|c: char| c == '-' || c.is_ascii_digit()) && !self.may_be(path, leaf) {
                return Err(Refused::Wording(leaf.to_owned()));
            }
        }
        let left = left_over(text, placed);
        if let Some(((_, name), _)) = left.iter().find(|((gap, name), n)| !self.may_leave(gap, name, **n)) {
            return Err(Refused::LeftOver(name.clone()));
        }
        let said: BTreeSet<&String> = left.keys().filter(|(gap, _)| gap.is_none()).map(|(_, name)| name).collect();
        if !self.said.iter().any(|example| self.usual(example).all(|word| said.contains(word))) {
            return Err(Refused::Unsaid);
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
    // what stands in quotation marks may be used in parts
    let is_used = |literal: &Literal| {
        literal.kind == Kind::Quoted && placed.iter().any(|used| overlap(&used.range, &literal.range))
    };
    let literals: Vec<_> = candidates::literals(text).into_iter().filter(|literal| !is_used(literal)).collect();
    for (gap, range) in gaps(text, placed) {
        for (name, n) in counted(text, range, &literals) {
            // between arguments each gap is one of its own, around them all is one
            let known = all.entry((gap.clone(), name)).or_default();
            *known = if gap.is_none() { *known + n } else { n.max(*known) };
        }
    }
    all
}

/// How often each literal that begins in `range`, and each sign there that is no ordinary one, stands there.
fn counted(text: &str, range: Range<usize>, literals: &[Literal]) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    let names = literals.iter().filter(|literal| range.contains(&literal.range.start));
    let signs = text[range.clone()].chars().filter(|c| !c.is_alphanumeric() && !c.is_whitespace());
    let names = names.map(|literal| folded(&text[literal.range.clone()]));
    for name in names.chain(signs.filter(|c| !ORDINARY.contains(*c)).map(String::from)) {
        *all.entry(name).or_default() += 1;
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

fn folded(text: &str) -> String {
    text.to_lowercase().replace('’', "'")
}

fn is_courtesy(word: &str) -> bool {
    COURTESY.split_ascii_whitespace().any(|known| known == word)
}
