//! The pieces of a text that may be arguments.
use serde_json::{Number, Value};
use std::{collections::BTreeSet, ops::Range};

/// Texts that a value may be chosen from, at most.
const MOST: usize = 200;
/// Bytes of a text that a value may be.
const LONGEST: usize = 400;
/// Words of a name or of an entry of a list.
const MOST_WORDS: usize = 8;

/// What a literal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A number, with its sign, its decimals and the commas between its thousands.
    Number,
    /// A time of day (`09:30`) or a date (`2024-05-01`, `1/5/24`).
    Time,
    /// What stands in quotation marks, without them.
    Quoted,
    /// A run of letters.
    Word,
}

/// A piece of a text that is more than an ordinary word.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Literal {
    pub(super) range: Range<usize>,
    pub(super) kind: Kind,
}

/// The literals of `text` in their order, and its words. What stands in quotation marks holds others.
pub(super) fn literals(text: &str) -> Vec<Literal> {
    let mut all: Vec<_> = quoted(text).into_iter().map(|range| Literal { range, kind: Kind::Quoted }).collect();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let kind = match c {
            '0'..='9' => Kind::Number,
            c if c.is_alphabetic() => Kind::Word,
            _ => {
                at += c.len_utf8();
                continue;
            }
        };
        let literal = if kind == Kind::Word { word(text, at) } else { number(text, at) };
        // `Ann's` is Ann
        let genitive = ["'s", "’s"].iter().find_map(|end| text[literal.range.end..].strip_prefix(end));
        let ends = |rest: &&str| !rest.chars().next().is_some_and(char::is_alphanumeric);
        at = genitive.filter(ends).map_or(literal.range.end, |rest| text.len() - rest.len());
        all.push(literal);
    }
    all
}

/// The word at `at`: letters, digits after them, and what joins them.
fn word(text: &str, at: usize) -> Literal {
    let rest = &text[at..];
    let (mut end, mut before) = (0, ' ');
    let mut characters = rest.char_indices().peekable();
    while let Some((i, c)) = characters.next() {
        let next = characters.peek().map_or(' ', |(_, c)| *c);
        let genitive =
            matches!(c, '\'' | '’') && next == 's' && !rest[i + c.len_utf8() + 1..].starts_with(char::is_alphanumeric);
        let joins = matches!(c, '\'' | '’' | '-' | '_') && next.is_alphanumeric() && !genitive;
        // as in `v1.2`
        let version = c == '.' && before.is_ascii_digit() && next.is_ascii_digit();
        if !c.is_alphanumeric() && !joins && !version {
            break;
        }
        (end, before) = (i + c.len_utf8(), c);
    }
    Literal { range: at..at + end, kind: Kind::Word }
}

/// The number, time or date at `at`, where a digit stands.
fn number(text: &str, at: usize) -> Literal {
    let bytes = text.as_bytes();
    let digit = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_digit);
    let (mut end, mut separators) = (at, Vec::new());
    loop {
        while digit(end) {
            end += 1;
        }
        match bytes.get(end) {
            Some(sign @ (b':' | b'/' | b'-' | b'.' | b',')) if digit(end + 1) => {
                separators.push((*sign, end));
                end += 1;
            }
            _ => break,
        }
    }
    let signs: Vec<u8> = separators.iter().map(|(sign, _)| *sign).collect();
    let is_time = matches!(signs[..], [b':'] | [b':', b':'] | [b'-', b'-'] | [b'/', b'/'] | [b'.', b'.']);
    if is_time {
        return Literal { range: at..end, kind: Kind::Time };
    }
    // `1,409,623.5`: thousands, then decimals; what does not go on so ends the number
    let mut decimals = false;
    for (sign, place) in separators {
        let group = (place + 1..place + 4).all(digit) && !digit(place + 4);
        match sign {
            b'.' if !decimals => decimals = true,
            b',' if !decimals && group && place - at <= 3 + 4 * 5 => {}
            _ => {
                end = place;
                break;
            }
        }
    }
    let before = text[..at].chars().next_back();
    let two_before = text[..at.saturating_sub(1).min(at)].chars().next_back();
    let negative = before == Some('-') && two_before.is_none_or(|c| c.is_whitespace() || c == '(');
    let start = if negative { at - 1 } else { at };
    Literal { range: start..end, kind: Kind::Number }
}

/// What stands between quotation marks of one line.
fn quoted(text: &str) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    let mut open: Option<(char, usize)> = None;
    let mut before = None;
    for (i, c) in text.char_indices() {
        let at_word = before.is_none_or(|c: char| !c.is_alphanumeric());
        open = match open {
            Some((close, start)) if c == close => {
                if i > start {
                    all.push(start..i);
                }
                None
            }
            Some(_) if c == '\n' => None,
            Some(open) => Some(open),
            None => match c {
                '"' | '`' => Some((c, i + 1)),
                '“' => Some(('”', i + c.len_utf8())),
                '«' => Some(('»', i + c.len_utf8())),
                '\'' if at_word => Some((c, i + 1)),
                _ => None,
            },
        };
        before = Some(c);
    }
    all
}

/// The value of a number as it stands in a text.
pub(super) fn value(number: &str) -> Option<Value> {
    let plain = number.replace(',', "");
    let digits = plain.trim_start_matches('-').trim_start_matches('0');
    let sign = if plain.starts_with('-') { "-" } else { "" };
    let lead = if digits.is_empty() || digits.starts_with('.') { "0" } else { "" };
    let parsed: Number = serde_json::from_str(&format!("{sign}{lead}{digits}")).ok()?;
    // what a float cannot hold is no number that was read
    (parsed.is_i64() || parsed.is_u64() || plain.len() <= 16).then_some(Value::Number(parsed))
}

/// Texts that a value may be, each once: literals, entries of lists, names, ends of lines after a colon, words.
pub(super) fn texts(text: &str) -> Vec<&str> {
    let (words, literals): (Vec<_>, Vec<_>) =
        literals(text).into_iter().partition(|literal| literal.kind == Kind::Word);
    let literals = literals.iter().map(|literal| &text[literal.range.clone()]);
    let lines = text.lines().filter_map(|line| Some(line.split_once(": ")?.1.trim()));
    let words = words.iter().map(|literal| &text[literal.range.clone()]);
    let all = literals.chain(entries(text)).chain(names(text)).chain(signs(text)).chain(lines).chain(words);
    let mut seen = BTreeSet::new();
    all.filter(|piece| !piece.is_empty() && piece.len() <= LONGEST && seen.insert(*piece)).take(MOST).collect()
}

/// Entries of lists: what stands between commas, semicolons, colons, ends of lines, and `and` or `or`.
fn entries(text: &str) -> impl Iterator<Item = &str> {
    let ends = |c: char| matches!(c, ',' | ';' | '\n' | '?' | '!');
    let parts = text.split(ends).flat_map(|part| part.split(". ")).flat_map(|part| part.split(": "));
    let parts = parts.flat_map(|part| part.split(" and ")).flat_map(|part| part.split(" or "));
    let parts =
        parts.map(|part| part.trim().trim_start_matches("and ").trim_start_matches("or ").trim_end_matches('.'));
    parts.filter(|part| (1..=MOST_WORDS).contains(&part.split_whitespace().count()))
}

/// Words in a row that begin with capitals.
fn names(text: &str) -> Vec<&str> {
    let mut all = Vec::new();
    let mut open: Option<Range<usize>> = None;
    for literal in literals(text).into_iter().filter(|literal| literal.kind == Kind::Word) {
        let capital = text[literal.range.clone()].chars().next().is_some_and(char::is_uppercase);
        let joined = open.as_ref().is_some_and(|open| &text[open.end..literal.range.start] == " ");
        open = match (open.take(), capital) {
            (Some(open), true) if joined => Some(open.start..literal.range.end),
            (before, _) => {
                all.extend(before.map(|range| &text[range]));
                capital.then_some(literal.range)
            }
        };
    }
    all.extend(open.map(|range| &text[range]));
    all
}

/// Runs of signs, as of brackets: also with spaces between them.
fn signs(text: &str) -> Vec<&str> {
    let mut all = Vec::new();
    let runs = text.split(|c: char| c.is_alphanumeric() || c == '\n').map(str::trim);
    for run in runs.map(|run| run.trim_start_matches([':', ',', '.', '?', '!', ';']).trim()) {
        let (first, last) = (run.chars().next(), run.chars().next_back());
        let bracket = |c: Option<char>| c.is_some_and(|c| "()[]{}<>".contains(c));
        if bracket(first) && bracket(last) {
            all.push(run);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(kind: Kind, text: &str) -> Vec<&str> {
        let all = literals(text).into_iter().filter(|literal| literal.kind == kind);
        all.map(|literal| &text[literal.range]).collect()
    }

    #[test]
    fn numbers_times_and_dates_are_told_apart() {
        let text = "On 2024-05-01 at 09:30, 1,409,623 people paid -3.50 (or 1.5-hour, 7, 8) by 3/4/24; v1.2.3 x2 5.";
        assert_eq!(of(Kind::Time, text), ["2024-05-01", "09:30", "3/4/24"]);
        assert_eq!(of(Kind::Number, text), ["1,409,623", "-3.50", "1.5", "7", "8", "5"]);
        let values = |text| of(Kind::Number, text).into_iter().map(value).collect::<Vec<_>>();
        let some = |numbers: &[Value]| numbers.iter().cloned().map(Some).collect::<Vec<_>>();
        let expected = [json!(7), json!(7.0), json!(1000), json!(10), json!(20)];
        assert_eq!(values("007, 7.0, 1,000 and 10,20"), some(&expected));
        assert_eq!(values("123456789012345678901234567890"), [None]);
        assert_eq!(values("3-5 or 3--5"), some(&[json!(3), json!(5), json!(3), json!(5)]));
    }

    #[test]
    fn quotations_are_without_their_marks() {
        assert_eq!(of(Kind::Quoted, r#"Say "good day" to 'Al', don't “stop”, "never"#), ["good day", "Al", "stop"]);
    }

    #[test]
    fn lists_names_brackets_and_ends_of_lines_are_there() {
        let text =
            "Sort: red fig, blue plum, and lime.\nAnn Lee's and B's slots: 09:00 - 09:30, 10:00 - 11:00\nInput: ([{ }";
        let found = texts(text);
        for piece in ["red fig", "blue plum", "lime", "B", "09:00 - 09:30", "10:00", "([{ }", "red", "Ann Lee"] {
            assert!(found.contains(&piece), "{piece}: {found:?}");
        }
        assert!(found.contains(&"red fig, blue plum, and lime."), "{found:?}");
        assert!(texts(&"word ".repeat(9)).len() < 5);
        let many: String = (0..5000).map(|i| format!("w{i} ")).collect();
        assert_eq!(texts(&many).len(), MOST);
    }
}
