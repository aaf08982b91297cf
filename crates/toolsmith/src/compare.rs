//! Whether two answers say the same: the host compares, and no tool has a say in it.
use crate::Comparison;
use serde_json::Value;

impl Comparison {
    /// Whether `found` is as good as `expected`. An `expected` that is not in the form of the comparison (no JSON, no number,
    /// punctuation alone) must be met exactly.
    pub fn agrees(self, found: &str, expected: &str) -> bool {
        let exact = || found.split_whitespace().eq(expected.split_whitespace());
        match self {
            Self::Exact => exact(),
            Self::Words => match words(expected) {
                empty if empty.is_empty() => exact(),
                expected => words(found) == expected,
            },
            Self::Json => match (serde_json::from_str(found), serde_json::from_str(expected)) {
                (Ok(found), Ok(expected)) => same(&found, &expected),
                (_, Err(_)) => exact(),
                (Err(_), Ok(_)) => false,
            },
            Self::Number => match number(expected) {
                None => exact(),
                expected => number(found) == expected,
            },
        }
    }
}

/// Words in lower case. What stands between digits (`10:30`, `1.5`) and a sign before them are no mere punctuation.
fn words(text: &str) -> Vec<String> {
    let text: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
    let digit = |i: Option<usize>| i.and_then(|i| text.get(i)).is_some_and(char::is_ascii_digit);
    let kept = |(i, &c): (usize, &char)| {
        let (before, after) = (i.checked_sub(1), Some(i + 1));
        let sign = c == '-' && digit(after) && before.is_none_or(|i| !text[i].is_alphanumeric());
        let between = digit(before) && digit(after) && !c.is_whitespace();
        if c.is_alphanumeric() || sign || between { c } else { ' ' }
    };
    let text: String = text.iter().enumerate().map(kept).collect();
    text.split_whitespace().map(str::to_owned).collect()
}

/// The same value of JSON, numbers by their value.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => number(&a.to_string()) == number(&b.to_string()),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

/// A decimal number: its sign, its digits without leading and trailing zeros, and the power of ten of the last of them.
/// Thousands may be told apart by commas.
fn number(text: &str) -> Option<(bool, String, i64)> {
    let text = text.trim();
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let whole = without_commas(whole)?;
    if whole.is_empty() && fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_end_matches('0');
    let power = i64::from(exponent) - fraction.len() as i64 + (digits.len() - significant.len()) as i64;
    match significant.trim_start_matches('0') {
        "" => Some((false, String::new(), 0)),
        digits => Some((negative, digits.to_owned(), power)),
    }
}

fn without_commas(whole: &str) -> Option<String> {
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let mut digits = first.to_owned();
    for group in groups {
        if group.len() != 3 || first.is_empty() || first.len() > 3 {
            return None;
        }
        digits.push_str(group);
    }
    digits.bytes().all(|b| b.is_ascii_digit()).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_that_say_the_same() {
        let same = [
            (Comparison::Exact, " a  b\n", "a b"),
            (Comparison::Words, "The Answer: (B).", "the answer b"),
            (Comparison::Words, "]] ", "]]"),
            (Comparison::Json, r#"{"b": 1.0, "a": [1e2]}"#, r#"{"a":[100],"b":1}"#),
            (Comparison::Number, "1,234.50", "1234.5"),
            (Comparison::Number, "-0", "0.00"),
            (Comparison::Number, "no solution", "no  solution"),
            (Comparison::Number, "123456789012345678901", "123456789012345678901.0"),
        ];
        for (comparison, found, expected) in same {
            assert!(comparison.agrees(found, expected), "{comparison:?}: {found} for {expected}");
        }
    }

    #[test]
    fn answers_that_do_not() {
        let other = [
            (Comparison::Exact, "A b", "a b"),
            (Comparison::Words, "]", "]]"),
            (Comparison::Words, "", "]]"),
            (Comparison::Words, "10 30", "10:30"),
            (Comparison::Words, "5", "-5"),
            (Comparison::Json, r#"{"a": 1, "b": 2}"#, r#"{"a": 1}"#),
            (Comparison::Json, r#"{"a": "1"}"#, r#"{"a": 1}"#),
            (Comparison::Json, "[1, 2]", "[2, 1]"),
            (Comparison::Json, "none", "{}"),
            (Comparison::Number, "12,34", "1234"),
            (Comparison::Number, "5 apples", "5"),
            (Comparison::Number, "123456789012345678901", "123456789012345678902"),
            (Comparison::Number, "", "0"),
        ];
        for (comparison, found, expected) in other {
            assert!(!comparison.agrees(found, expected), "{comparison:?}: {found} for {expected}");
        }
    }
}
