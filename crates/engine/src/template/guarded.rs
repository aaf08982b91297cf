//! Finds text in text whose control tokens the tokenizer has guarded: guards are passed over, so that templates which
//! split, replace or look for a token find it in a user's text too.
use crate::tokenizer::GUARD;

/// `text` without guards, and where each of its bytes stood.
fn bare(text: &str) -> (String, Vec<usize>) {
    let (mut out, mut places) = (String::with_capacity(text.len()), Vec::with_capacity(text.len()));
    for (at, c) in text.char_indices().filter(|(_, c)| *c != GUARD) {
        out.push(c);
        places.extend(at..at + c.len_utf8());
    }
    places.push(text.len());
    (out, places)
}

/// Where `part` stands in `text`, from its start or from its end on, without overlap: first and past the last byte.
pub(super) fn find_all(text: &str, part: &str, from_end: bool) -> Vec<(usize, usize)> {
    fn find(text: &str, part: &str, from_end: bool) -> Vec<usize> {
        match from_end {
            true => text.rmatch_indices(part).map(|(at, _)| at).collect(),
            false => text.match_indices(part).map(|(at, _)| at).collect(),
        }
    }
    if !text.contains(GUARD) && !part.contains(GUARD) {
        return find(text, part, from_end).into_iter().map(|at| (at, at + part.len())).collect();
    }
    let ((text, places), (part, _)) = (bare(text), bare(part));
    let end = |at: usize| if part.is_empty() { places[at] } else { places[at + part.len() - 1] + 1 };
    find(&text, &part, from_end).into_iter().map(|at| (places[at], end(at))).collect()
}

/// Whether `part` stands in `text`.
pub(super) fn contains(text: &str, part: &str) -> bool {
    match text.contains(GUARD) || part.contains(GUARD) {
        true => bare(text).0.contains(&bare(part).0),
        false => text.contains(part),
    }
}

/// What follows `prefix` in `text`, if it begins with that.
pub(super) fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    text.strip_prefix(prefix).or_else(|| {
        let (bare_prefix, _) = bare(prefix);
        let mut wanted = bare_prefix.chars().peekable();
        let rest = text.trim_start_matches(|c| c == GUARD || wanted.next_if_eq(&c).is_some());
        wanted.peek().is_none().then_some(rest)
    })
}

/// What precedes `suffix` in `text`, if it ends with that.
pub(super) fn strip_suffix<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    text.strip_suffix(suffix).or_else(|| {
        let (bare_suffix, _) = bare(suffix);
        let mut wanted = bare_suffix.chars().rev().peekable();
        // a guard before the suffix guards what stays
        let goes = |c: char| wanted.peek().is_some() && (c == GUARD || wanted.next_if_eq(&c).is_some());
        let rest = text.trim_end_matches(goes);
        wanted.peek().is_none().then_some(rest)
    })
}
