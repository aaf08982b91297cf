//! The facts of a request and its answer, said as plainly as they can be: what is faster must come to these values.
use super::{Answer, Prompt, Source, Text, Token, Tokens, WORDS, question, source};
use crate::checks::{Checks, Last, READ, number, sums};
use crate::words::{Words, hash, head};
use chat::{ChatRequest, Content, Finish, Message, Role};
use fastrand::Rng;
use std::collections::{BTreeSet, HashSet};

#[test]
fn what_is_read_fast_is_what_is_read_plainly() {
    let mut rng = Rng::with_seed(7);
    for i in 0..200 {
        let n_pieces = if i % 100 == 0 { 3000 } else { rng.usize(..60) };
        let request = request(&mut rng, n_pieces);
        let said = text(&mut rng, n_pieces);
        let read = Answer::against(&Source::read(&request), &said, &[], Some(Finish::Stop));
        assert_eq!(read, Answer::read(&request, &said, &[], Some(Finish::Stop)));
        assert_eq!(read.text.unwrap(), answered(&request, &said), "{request:?} {said:?}");
        let prompt = Prompt::read(&request, None);
        assert_eq!(prompt, asked(&request, &prompt), "{request:?}");
    }
}

#[test]
fn words_are_hashed_fast_as_plainly() {
    for word in ["", "a", "THE", "İstanbul", "thinK", "ΣΟΦΟΣ", "ẞ", &"É".repeat(40), &"x".repeat(99)] {
        let lower: String = head(word, 32).chars().flat_map(char::to_lowercase).collect();
        let h = lower.bytes().fold(0x811c_9dc5_u32, |h, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193));
        assert_eq!(hash(word), (h >> 20) ^ (h & 0xf_ffff), "{word}");
    }
}

#[test]
fn tokens_are_counted_fast_as_they_are_sorted() {
    let mut rng = Rng::with_seed(8);
    for n in 1..300 {
        let mut token =
            || Token { logprob: -16.5 * rng.f32().powi(6), margin: 17.0 * rng.f32(), entropy: 9.0 * rng.f32().powi(2) };
        let tokens = Tokens::of(&(0..n).map(|_| token()).collect::<Vec<_>>());
        let kinds: [fn(Token) -> f32; 3] = [|t| -t.logprob, |t| t.margin, |t| t.entropy];
        for (kind, value) in kinds.into_iter().enumerate() {
            let mut sorted: Vec<f32> = tokens.iter().map(value).collect();
            sorted.sort_by(f32::total_cmp);
            for (rank, value) in sorted.into_iter().enumerate() {
                assert_eq!(tokens.ranked(kind, [rank]), [value]);
            }
        }
    }
}

#[test]
fn words_come_apart_fast_as_plainly() {
    let mut rng = Rng::with_seed(9);
    for _ in 0..300 {
        let text = text(&mut rng, 30);
        assert_eq!(Words(&text).collect::<Vec<_>>(), words(&text), "{text:?}");
    }
}

fn words(text: &str) -> Vec<&str> {
    let is_alone = |c| matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}');
    let kind = |c: char| match c {
        '0'..='9' => Some('0'),
        c if c.is_alphanumeric() && !is_alone(c) => Some('a'),
        _ => None,
    };
    let mut all: Vec<&str> = Vec::new();
    let mut before = None;
    for (i, c) in text.char_indices() {
        match all.last_mut() {
            Some(word) if kind(c).is_some() && kind(c) == before => {
                let start = i - word.len();
                *word = &text[start..i + c.len_utf8()];
            }
            _ if !c.is_whitespace() => all.push(&text[i..i + c.len_utf8()]),
            _ => {}
        }
        before = kind(c);
    }
    all
}

#[test]
fn numbers_are_read_as_they_are_parsed() {
    let mut rng = Rng::with_seed(10);
    for n in 1..60 {
        let digits: String = (0..n).map(|_| rng.digit(10)).collect();
        let value = number::all(&digits).next().map(|n| n.value);
        assert_eq!(value, digits.parse().ok());
    }
}

fn request(rng: &mut Rng, n_pieces: usize) -> ChatRequest {
    let roles = [Role::System, Role::User, Role::Assistant, Role::Tool];
    let mut message = |_| {
        let content = match rng.usize(..8) {
            0 => Content::Nothing,
            1 => Content::Parts(vec![chat::Part::of_text(text(rng, 3)), chat::Part::of_text(text(rng, n_pieces))]),
            _ => Content::Text(text(rng, n_pieces)),
        };
        Message::new(roles[rng.usize(..4)], content)
    };
    ChatRequest { messages: (0..3).map(&mut message).collect(), ..ChatRequest::default() }
}

/// Pieces that something is made of, and words without meaning.
fn text(rng: &mut Rng, n_pieces: usize) -> String {
    const PIECES: &str = "the|not|However|perhaps |must be a |I’m sorry|I don't Know|thinK|mistaKe|İ think|it seems|
|. |, |,|;|-|?|？|2 + 3 = 5|2+3=6|= |<<2*3=6>>|<<|>>|(|)|[|]|{|}|```|“all is lost”|\"all is lost.\"|\"|«|»|...|
\n|\n\n|\u{b}|\u{a0}|A. one|(b) two|fn main() {|return |#### |Answer: |answer is |\\boxed{|日本|é|ß|ﬁ|👩‍👩‍👧|__|√|-5|$4|€|%|
1,000|1,00|3.50|.5|12345678901234567890|٣|½|all is lost|one|two";
    let pieces: Vec<&str> = PIECES.split('|').collect();
    let mut text = String::new();
    for _ in 0..n_pieces {
        match rng.usize(..4) {
            0 => text.push_str(pieces[rng.usize(..pieces.len())]),
            1 => text.push_str(&rng.u32(..2000).to_string()),
            2 => text.extend((0..rng.usize(1..40)).map(|_| rng.char(..))),
            _ => text.push_str(&format!("w{}", (b'a' + rng.u8(..26)) as char)),
        }
        if rng.bool() {
            text.push(' ');
        }
    }
    text
}

fn hashed(text: &str, most: usize) -> Vec<u32> {
    let mut seen = BTreeSet::new();
    for word in Words(text) {
        if seen.len() < most {
            seen.insert(hash(word));
        }
    }
    seen.into_iter().collect()
}

/// What is read of a prompt's text; all else is as in `read`.
fn asked(request: &ChatRequest, read: &Prompt) -> Prompt {
    let text = question(request);
    let share = |n: usize| (1000 * n).checked_div(text.chars().count()).unwrap_or(0) as u16;
    let count = |is: fn(&char) -> bool| text.chars().filter(is).count();
    let signs = ['=', '+', '^', '*', '<', '>', '|', '√', '∫', '≤', '≥', '\\'];
    Prompt {
        words: hashed(&text, WORDS),
        bytes: text.len() as u32,
        numbers: number::all(&text).count() as u32,
        questions: text.matches(['?', '？', '؟']).count() as u32,
        formulas: text.matches(signs).count() as u32,
        capitals: share(count(|c| c.is_uppercase())),
        digits: share(count(char::is_ascii_digit)),
        signs: share(count(|c| !c.is_alphanumeric() && !c.is_whitespace())),
        foreign: share(count(|c| !c.is_ascii())),
        gap: text.contains("__"),
        ..read.clone()
    }
}

fn answered(request: &ChatRequest, text: &str) -> Text {
    let short = head(text, READ);
    let (words, asked) = (hashed(short, WORDS), hashed(&question(request), 4 * WORDS));
    let echoed = words.iter().filter(|w| asked.contains(w)).count();
    Text {
        bytes: text.len() as u32,
        lines: short.lines().filter(|l| !l.trim().is_empty()).count() as u32,
        n_words: Words(short).count() as u32,
        echoed: (100 * echoed).checked_div(words.len()).unwrap_or(0) as u16,
        finish: Some(Finish::Stop),
        checks: checked(&source(request), short),
        words,
    }
}

fn checked(asked: &str, text: &str) -> Checks {
    let set = |text: &str| number::all(text).map(|n| n.value.to_bits()).collect::<HashSet<u64>>();
    let (given, said) = (set(asked), set(text));
    let sums = sums::check(text);
    let derived: HashSet<u64> = sums.results.iter().map(|r| r.to_bits()).collect();
    let pieces = text.split(['"', '“', '”', '«', '»']).skip(1).step_by(2);
    let quotes: Vec<&str> = pieces.filter(|q| (3..=200).contains(&q.len())).take(32).collect();
    let is_found = |q: &&&str| asked.contains(q.trim_end_matches(['.', ',']).trim());
    let (concluded, open) = ending(text);
    let (doubts, refuses) = doubts(text);
    Checks {
        sums_right: sums.right,
        sums_wrong: sums.wrong,
        sums_unread: sums.unread,
        numbers: said.len() as u16,
        numbers_given: said.intersection(&given).count() as u16,
        numbers_derived: said.difference(&given).filter(|n| derived.contains(n)).count() as u16,
        asked: given.len() as u16,
        quotes: quotes.len() as u16,
        quotes_found: quotes.iter().filter(is_found).count() as u16,
        form: None,
        last: last(&given, text),
        concluded,
        open,
        repeated: repeated(text),
        doubts,
        refuses,
    }
}

fn last(given: &HashSet<u64>, text: &str) -> Option<Last> {
    let n = number::all(text).last()?;
    let line = text[..n.start].rsplit('\n').next().unwrap_or("");
    let bare = line.trim_matches(['#', ' ', '$', '€', '£', '*', '-', '>', '=', ':']);
    let count = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
    Some(Last {
        size: n.value.ln_1p() as f32,
        whole: n.value.fract() == 0.0,
        given: given.contains(&n.value.to_bits()),
        negative: line.trim_end_matches(['$', '€', '£']).ends_with(['-', '−']),
        after: count(text[n.end..].trim().chars().count()),
        before: count(bare.chars().count()),
    })
}

fn ending(text: &str) -> (bool, bool) {
    let end = text.trim_end();
    let line = end.rsplit('\n').next().unwrap_or("").to_lowercase();
    let concluded = ["####", "answer:", "answer is", "\\boxed"].iter().any(|mark| line.contains(mark));
    let uneven = |open: &str, close: &str| end.matches(open).count() > end.matches(close).count();
    let open = uneven("<<", ">>")
        || uneven("(", ")")
        || uneven("[", "]")
        || uneven("{", "}")
        || end.matches("```").count() % 2 == 1
        || end.ends_with([',', ';', '-', '(', '=', '+', '*', '/'])
        || (end.contains(' ') && !line.starts_with("####") && end.ends_with(|c: char| c.is_ascii_lowercase()));
    (concluded, open)
}

fn repeated(text: &str) -> u8 {
    let words: Vec<u32> = Words(text).take(4096).map(hash).collect();
    let threes: HashSet<&[u32]> = words.windows(3).collect();
    let n = words.len().saturating_sub(2);
    (100 * (n - threes.len())).checked_div(n).unwrap_or(0) as u8
}

fn doubts(text: &str) -> (u16, bool) {
    let lower = text.to_lowercase().replace('’', "'");
    let start = head(&lower, 400);
    let found: usize = crate::checks::DOUBTS.iter().map(|d| lower.matches(d).count()).sum();
    (found as u16, crate::checks::REFUSALS.iter().any(|r| start.contains(r)))
}
