//! The last number of an answer, which its result usually is.
//!
//! Where the last number is only part of a result (`3:2`, `2^5`, `2024-01-15`, `3 × 10^5`), the whole of it is compared
//! as it is written: its last part alone would agree too often.
use super::{decimal::Decimal, text};
use std::borrow::Cow;

/// How far decimals may differ, as a share of the greater: they are rounded. Whole numbers are not.
const TOLERANCE: f64 = 1e-6;
/// Currencies as letters before or after amounts, and as the signs that mean the same.
const CURRENCIES: [(&str, &str); 10] = [
    ("usd", "$"),
    ("eur", "€"),
    ("gbp", "£"),
    ("jpy", "¥"),
    ("cny", "¥"),
    ("inr", "₹"),
    ("rs", "₹"),
    ("chf", "chf"),
    ("cad", "cad"),
    ("aud", "aud"),
];
/// Currencies as signs.
const SIGNS: [char; 5] = ['$', '€', '£', '¥', '₹'];
/// Words and letters that multiply, as powers of ten.
const SCALES: [(&str, i32); 6] =
    [("thousand", 3), ("million", 6), ("billion", 9), ("trillion", 12), ("k", 3), ("bn", 9)];
/// What joins numbers to results.
const OPERATORS: [char; 9] = ['+', '-', '*', '/', '^', '×', '·', '÷', ':'];
/// What stands around words without being part of them.
const AROUND: [char; 12] = ['.', ',', ';', ':', '!', '?', '*', '_', '`', '"', '\'', '#'];
/// What LaTeX writes otherwise; the macros say nothing of what is in them.
const LATEX: [(&str, &str); 15] = [
    ("\\dfrac", "\\frac"),
    ("\\tfrac", "\\frac"),
    ("\\boxed{", "{"),
    ("\\text{", "{"),
    ("\\mathrm{", "{"),
    ("\\mathbf{", "{"),
    ("{,}", ","),
    ("\\!", ""),
    ("\\,", " "),
    ("\\$", "$"),
    ("\\%", "%"),
    ("\\times", " × "),
    ("\\cdot", " · "),
    ("\\(", " "),
    ("\\)", " "),
];

/// Whether the last numbers are the same; the texts, where none has any.
pub(super) fn agree(small: &str, large: &str) -> bool {
    match (Last::of(small), Last::of(large)) {
        (Some(small), Some(large)) => small.is(&large),
        (None, None) => text::same(small, large),
        _ => false,
    }
}

/// The result that a text ends in.
#[derive(Clone, Debug, PartialEq)]
enum Last {
    Number {
        value: f64,
        /// To the last digit, where nothing was computed.
        exact: Option<Decimal>,
        /// `%`, a currency, or letters joined to it; empty if there is none.
        unit: String,
    },
    /// More than a number, without spaces.
    Expression(String),
}

impl Last {
    /// The result in the last line that has one.
    fn of(text: &str) -> Option<Self> {
        let text = without_latex(text::unified(text));
        text.lines().rev().find_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let last = words.iter().rposition(|word| core(word).is_some())?;
            Some(Self::read(&words, last))
        })
    }

    /// The result that the word `last` ends.
    fn read(words: &[&str], last: usize) -> Self {
        let first = first_joined(words, last);
        let joined: String = words[first..=last].iter().map(|word| core(word).unwrap_or(*word)).collect();
        let before = first.checked_sub(1).map_or("", |i| words[i].trim_start_matches(AROUND));
        let after = words.get(last + 1).map_or("", |word| word.trim_matches(AROUND));
        // digits that a full stop or comma ends are not gone on with
        let after = if words[last].ends_with(['.', ',', ';', ')']) { "" } else { after };
        Self::number(&joined, before, after).unwrap_or(Self::Expression(joined.to_lowercase()))
    }

    /// `word` as one number with its unit, which the words beside it may tell.
    fn number(word: &str, before: &str, after: &str) -> Option<Self> {
        let (word, before, after) = (word.to_lowercase(), before.to_lowercase(), after.to_lowercase());
        let Parts { front, is_negative, number, behind } = Parts::of(&word);
        if !(front.is_empty() || currency(front).is_some()) || !behind.chars().all(is_of_unit) {
            return None;
        }
        let after = if behind.is_empty() { after.as_str() } else { "" };
        let scale = power(behind).or(power(after));
        let sign = if is_negative { "-" } else { "" };
        let exact = Decimal::read(&format!("{sign}{number}"));
        let value = exact.as_ref().map(Decimal::value).or_else(|| computed(sign, number))?;
        let behind = Some(behind).filter(|unit| !unit.is_empty() && scale.is_none());
        let behind = behind.map(|unit| currency(unit).unwrap_or(unit));
        let beside = currency(&before).or(currency(after)).or((after == "%").then_some("%"));
        Some(Self::Number {
            value: value * 10f64.powi(scale.unwrap_or(0)),
            exact: exact.filter(|_| scale.is_none()),
            unit: currency(front).or(behind).or(beside).unwrap_or_default().to_owned(),
        })
    }

    /// Where only one tells a unit, the other means the same.
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Expression(a), Self::Expression(b)) => a == b,
            (Self::Number { value: a, exact, unit }, Self::Number { value: b, exact: other, unit: theirs }) => {
                let same_unit = unit.is_empty() || theirs.is_empty() || unit == theirs;
                let same_value = match (exact, other) {
                    (Some(a), Some(b)) if a.is_whole() && b.is_whole() => a == b,
                    _ => a == b || (a - b).abs() <= TOLERANCE * a.abs().max(b.abs()),
                };
                same_unit && same_value
            }
            _ => false,
        }
    }
}

/// A word with a number in it, taken apart.
struct Parts<'a> {
    front: &'a str,
    /// The sign may stand on either side of a currency.
    is_negative: bool,
    number: &'a str,
    behind: &'a str,
}

impl<'a> Parts<'a> {
    fn of(word: &'a str) -> Self {
        let is_sign = |c: char| matches!(c, '-' | '–');
        let unsigned = word.strip_prefix(is_sign).unwrap_or(word);
        let at = unsigned.find(|c: char| c.is_ascii_digit() || c == '.' || is_sign(c)).unwrap_or(unsigned.len());
        let (front, signed) = unsigned.split_at(at);
        let rest = signed.strip_prefix(is_sign).filter(|_| !front.is_empty()).unwrap_or(signed);
        let end = rest.rfind(|c: char| c.is_ascii_digit()).map_or(0, |at| at + 1);
        let is_negative = (unsigned.len() < word.len()) != (rest.len() < signed.len());
        Self { front, is_negative, number: &rest[..end], behind: &rest[end..] }
    }
}

/// The part of a word that is a result; none if no digit is in it, or it is a name such as `Q3`.
fn core(word: &str) -> Option<&str> {
    let mut core = word.rsplit(['=', '≈']).next().unwrap_or(word);
    if let Some((name, rest)) = core.split_once(':').filter(|(name, _)| name.ends_with(char::is_alphabetic)) {
        core = if name.contains(|c: char| c.is_ascii_digit()) { core } else { rest };
    }
    let core = restored(word, peeled(core));
    let n_letters = core.bytes().take_while(u8::is_ascii_alphabetic).count();
    let is_plain = core.chars().all(|c| c.is_alphanumeric() || c == '-');
    let is_name = n_letters > 0 && is_plain && currency(&core[..n_letters].to_lowercase()).is_none();
    (core.contains(|c: char| c.is_ascii_digit()) && !is_name).then_some(core)
}

/// `word` without emphasis, quotes, brackets and ends of sentences around it.
fn peeled(word: &str) -> &str {
    let mut core = word;
    loop {
        let outer = core;
        core = core.trim_matches(AROUND.as_slice()).trim_matches(['(', ')', '[', ']', '{', '}']);
        // between dollars stands a formula
        core = core.strip_suffix('$').map_or(core, |inner| inner.trim_start_matches('$'));
        if core == outer {
            return core;
        }
    }
}

/// `core`, with the point of `.5` that was taken for the end of a sentence.
fn restored<'a>(word: &'a str, core: &'a str) -> &'a str {
    let at = core.as_ptr() as usize - word.as_ptr() as usize;
    let leads = word[..at].ends_with('.') && core.starts_with(|c: char| c.is_ascii_digit());
    if leads { &word[at - 1..at + core.len()] } else { core }
}

/// The first of the words that make one result with `words[last]`.
fn first_joined(words: &[&str], last: usize) -> usize {
    let mut first = last;
    while first > 0 {
        let (left, right) = (words[first - 1], words[first]);
        let is_operator = |word: &str| word.chars().all(|c| OPERATORS.contains(&c)) || word == "x";
        let has_left = first > 1 || !is_operator(left);
        let has_digit = |word: &str| word.contains(|c: char| c.is_ascii_digit());
        let joins = (is_operator(left) && has_left)
            || (is_operator(right) && first < last)
            || right.starts_with(['^', '/', '×', '·', '÷'])
            || left.ends_with(['^', '/', '×', '·', '÷'])
            || is_thousand(left, right)
            || (has_digit(left) && left.bytes().all(|b| b.is_ascii_digit()) && right.contains('/'));
        if !joins {
            break;
        }
        first -= 1;
    }
    first
}

/// Whether `left` and `right` are one number with a space between thousands: `12 000`.
fn is_thousand(left: &str, right: &str) -> bool {
    let left = left.trim_start_matches(|c: char| !c.is_ascii_digit());
    let n_digits = right.bytes().take_while(u8::is_ascii_digit).count();
    let is_group = n_digits == 3 && !right[3..].starts_with(char::is_alphanumeric);
    (1..=3).contains(&left.len()) && left.bytes().all(|b| b.is_ascii_digit()) && !left.starts_with('0') && is_group
}

/// The value of `1/2` or `1.5e-3`.
fn computed(sign: &str, number: &str) -> Option<f64> {
    let value = |text: &str| Decimal::read(text).map(|number| number.value());
    let value = match number.split_once('/') {
        Some((above, below)) => value(above)? / value(below)?,
        None => number.contains('e').then(|| number.parse::<f64>().ok()).flatten()?,
    };
    value.is_finite().then_some(if sign.is_empty() { value } else { -value })
}

/// The currency that `text` is, as a sign where it has one.
fn currency(text: &str) -> Option<&str> {
    let letters = text.trim_end_matches('.');
    let named = CURRENCIES.iter().find(|(name, _)| *name == letters).map(|(_, sign)| *sign);
    named.or(SIGNS.iter().any(|sign| text.strip_prefix(*sign) == Some("")).then_some(text))
}

/// Whether a unit joined to a number may hold `c`.
fn is_of_unit(c: char) -> bool {
    (c.is_alphabetic() && c != 'π') || matches!(c, '%' | '°' | '"' | '\'') || SIGNS.contains(&c)
}

fn power(text: &str) -> Option<i32> {
    SCALES.iter().find(|(name, _)| *name == text).map(|(_, power)| *power)
}

/// `text` with results as they are written without LaTeX; what is not known is left as it is.
fn without_latex(text: String) -> String {
    if !text.contains(['\\', '{']) {
        return text;
    }
    let plain = LATEX.iter().fold(text, |text, (latex, plain)| match text.contains(latex) {
        true => text.replace(latex, plain),
        false => text,
    });
    plain.split("\\frac").enumerate().map(|(i, part)| if i == 0 { Cow::from(part) } else { fraction(part) }).collect()
}

/// `{1}{2}..`, the arguments of a fraction, as ` 1/2..`.
fn fraction(part: &str) -> Cow<'_, str> {
    let read = || {
        let (above, rest) = part.strip_prefix('{')?.split_once("}{")?;
        let (below, rest) = rest.split_once('}')?;
        (!above.contains(['{', '}']) && !below.contains('{')).then(|| format!(" {above}/{below}{rest}"))
    };
    read().map_or_else(|| format!("\\frac{part}").into(), Cow::from)
}
