//! Special tokens in a text: where they stand, and how a user's text is kept from making one.
use super::vocab::{Kind, Vocab};
use crate::{Error, Kind as Fault};
use aho_corasick::{AhoCorasick, Anchored, Input, MatchKind};
use std::{borrow::Cow, collections::BTreeSet};

/// Marks text that came from a user; a noncharacter, so that no real text means it.
pub(crate) const GUARD: char = '\u{FDD0}';

/// The special tokens of a vocabulary: user-defined ones, which any text makes, and control tokens, which only a
/// template makes.
pub(super) struct Specials {
    all: Finder,
    user_defined: Finder,
    /// How control tokens begin.
    begins: AhoCorasick,
}

/// Finds the leftmost and there the longest of many texts, in one pass.
struct Finder {
    automaton: AhoCorasick,
    ids: Vec<u32>,
}

/// The first two characters of each control token.
fn begins(vocab: &Vocab) -> Result<AhoCorasick, Error> {
    let control = (0..vocab.len() as u32).filter(|id| vocab.kind(*id) == Kind::Control);
    let texts = control.filter_map(|id| std::str::from_utf8(vocab.texts.get(id)).ok()).filter(|text| !text.is_empty());
    let begins: BTreeSet<String> = texts.map(|text| text.chars().take(2).collect()).collect();
    AhoCorasick::new(&begins).map_err(|e| Error::new(Fault::Format, format!("{} control tokens: {e}", begins.len())))
}

impl Finder {
    fn new(vocab: &Vocab, wanted: impl Fn(Kind) -> bool) -> Result<Self, Error> {
        let special = |id: &u32| !vocab.texts.get(*id).is_empty() && wanted(vocab.kind(*id));
        let ids: Vec<u32> = (0..vocab.len() as u32).filter(special).collect();
        let mut builder = AhoCorasick::builder();
        builder.match_kind(MatchKind::LeftmostLongest).start_kind(aho_corasick::StartKind::Both);
        let automaton = builder.build(ids.iter().map(|id| vocab.texts.get(*id)));
        let too_many = |e| Error::new(Fault::Format, format!("{} special tokens: {e}", ids.len()));
        Ok(Self { automaton: automaton.map_err(too_many)?, ids })
    }

    fn find(&self, input: Input<'_>) -> Option<Found> {
        let found = self.automaton.find(input)?;
        Some(Found { start: found.start(), end: found.end(), id: self.ids[found.pattern().as_usize()] })
    }
}

/// A special token in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) id: u32,
}

impl Specials {
    pub(super) fn new(vocab: &Vocab) -> Result<Self, Error> {
        Ok(Self {
            all: Finder::new(vocab, |kind| matches!(kind, Kind::Control | Kind::UserDefined))?,
            user_defined: Finder::new(vocab, |kind| kind == Kind::UserDefined)?,
            begins: begins(vocab)?,
        })
    }

    /// The special tokens of `text` from byte `at` on: user-defined ones, and control tokens too when they are parsed.
    /// A control token with one of `guards` inside is text.
    pub(super) fn next(&self, text: &str, mut at: usize, parse_control: bool, guards: &[usize]) -> Option<Found> {
        if !parse_control {
            return self.user_defined.find(Input::new(text).range(at..));
        }
        loop {
            let found = self.all.find(Input::new(text).range(at..))?;
            let first = guards.partition_point(|guard| *guard <= found.start);
            // one character alone has its guard behind it
            let end = found.end + usize::from(first_len(&text[found.start..]) == found.end - found.start);
            if guards.get(first).is_none_or(|guard| *guard >= end) {
                return Some(found);
            }
            let here = Input::new(text).range(found.start..).anchored(Anchored::Yes);
            if let Some(user_defined) = self.user_defined.find(here) {
                return Some(user_defined);
            }
            at = found.start + first_len(&text[found.start..]);
        }
    }

    /// Puts a guard after the first character of whatever begins like a control token, so that it is read as text, be
    /// it whole, or cut by the template, or begun here and ended by the template; a guard that was there already is
    /// doubled. User-defined tokens stay what they are in any text.
    pub(super) fn guard<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut places: Vec<usize> = text.match_indices(GUARD).map(|(at, _)| at).collect();
        let mut at = 0;
        // a control token may begin inside another one, so go on right after where one began
        while let Some(found) = self.begins.find(Input::new(text).range(at..)) {
            places.push(found.start());
            at = found.start() + first_len(&text[found.start()..]);
        }
        insert_guards(text, places)
    }
}

fn first_len(text: &str) -> usize {
    text.chars().next().map_or(1, char::len_utf8)
}

/// `text` with a guard after each of the characters that begin at `places`.
fn insert_guards(text: &str, mut places: Vec<usize>) -> Cow<'_, str> {
    if places.is_empty() {
        return Cow::Borrowed(text);
    }
    places.sort_unstable();
    places.dedup();
    let mut out = String::with_capacity(text.len() + places.len() * GUARD.len_utf8());
    let mut copied = 0;
    for place in places {
        let end = place + first_len(&text[place..]);
        out.push_str(&text[copied..end]);
        out.push(GUARD);
        copied = end;
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// Takes the guards out: one after each guarded character, and of each pair the second. Gives the text without them,
/// and where in it they stood.
pub(super) fn unguard(text: &str) -> (Cow<'_, str>, Vec<usize>) {
    if !text.contains(GUARD) {
        return (Cow::Borrowed(text), Vec::new());
    }
    let (mut out, mut guards) = (String::with_capacity(text.len()), Vec::new());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != GUARD {
            out.push(c);
        } else if chars.next_if_eq(&GUARD).is_some() {
            out.push(GUARD);
        } else {
            guards.push(out.len());
        }
    }
    (Cow::Owned(out), guards)
}
