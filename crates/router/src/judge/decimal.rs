//! Decimal numbers as people write them: exact, with marks between thousands, and a point or a comma before decimals.

/// A number to the last digit. Equal whenever the value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    is_negative: bool,
    /// Without zeros in front.
    whole: String,
    /// Without zeros at the end.
    fraction: String,
}

impl Decimal {
    /// Reads `text` if it is a number as a whole: `-1,000.50`, `1.000.000`, `1 000,5`, `1'000`, `.5`.
    ///
    /// One point comes before decimals; one comma too, but where it makes thousands (`1,000`).
    pub(super) fn read(text: &str) -> Option<Self> {
        let (is_negative, body) = match text.strip_prefix('-') {
            Some(body) => (true, body),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        if !body.ends_with(|c: char| c.is_ascii_digit()) || !body.chars().all(|c| c.is_ascii_digit() || is_mark(c)) {
            return None;
        }
        let (whole, fraction) = match body.rfind(is_mark) {
            None => (body, ""),
            Some(at) if is_point(body, at) => (&body[..at], &body[at + 1..]),
            Some(_) => (body, ""),
        };
        let whole = ungrouped(whole)?;
        let (whole, fraction) = (whole.trim_start_matches('0').to_owned(), fraction.trim_end_matches('0').to_owned());
        Some(Self { is_negative: is_negative && !(whole.is_empty() && fraction.is_empty()), whole, fraction })
    }

    /// The same, but none where zeros in front say that it is no number: codes and telephone numbers.
    pub(super) fn read_plain(text: &str) -> Option<Self> {
        let digits = text.trim_start_matches(['-', '+']).as_bytes();
        let is_code = matches!(digits, [b'0', b'0'..=b'9', ..]);
        Self::read(text).filter(|_| !is_code)
    }

    /// Whether nothing follows the point.
    pub(super) fn is_whole(&self) -> bool {
        self.fraction.is_empty()
    }

    /// The nearest float.
    pub(super) fn value(&self) -> f64 {
        let sign = if self.is_negative { "-" } else { "" };
        format!("{sign}0{}.{}0", self.whole, self.fraction).parse().unwrap_or(f64::NAN)
    }
}

/// What may stand between the digits of one number.
pub(super) fn is_mark(c: char) -> bool {
    matches!(c, '.' | ',' | '\'' | '_' | ' ')
}

/// Whether the last mark of `body`, at `at`, comes before decimals rather than thousands.
fn is_point(body: &str, at: usize) -> bool {
    let (before, after) = (&body[..at], &body[at + 1..]);
    match body.as_bytes()[at] {
        b'.' => !before.contains('.'),
        b',' if before.contains(',') => false,
        b',' => before.contains(is_mark) || after.len() != 3 || before.len() > 3 || before.starts_with('0'),
        _ => false,
    }
}

/// The digits of `whole` without the marks between thousands; none where these stand elsewhere or are not all alike.
fn ungrouped(whole: &str) -> Option<String> {
    let Some(mark) = whole.chars().find(|c| is_mark(*c)) else { return Some(whole.to_owned()) };
    let groups: Vec<&str> = whole.split(mark).collect();
    let n_last = groups.len() - 1;
    let is_right = |(i, group): (usize, &&str)| {
        let digits = group.bytes().all(|b| b.is_ascii_digit());
        let length = match i {
            0 => (1..=3).contains(&group.len()),
            i if i == n_last => group.len() == 3,
            // in India each two digits have their comma
            _ => group.len() == 3 || (mark == ',' && group.len() == 2),
        };
        digits && length
    };
    groups.iter().enumerate().all(is_right).then(|| groups.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        let cases = [
            ("1,000.50", Some(1000.5)),
            ("1.000,50", Some(1000.5)),
            ("1 000,5", Some(1000.5)),
            ("1'000.5", Some(1000.5)),
            ("1_000", Some(1000.0)),
            ("1,000", Some(1000.0)),
            ("1.000", Some(1.0)),
            ("0,123", Some(0.123)),
            ("1,5", Some(1.5)),
            ("1.000.000", Some(1e6)),
            ("12,34,567", Some(1_234_567.0)),
            ("-.5", Some(-0.5)),
            ("+7", Some(7.0)),
            ("-0", Some(0.0)),
            ("007", Some(7.0)),
            ("1.2.3", None),
            ("1,00,00", None),
            ("1,000 000", None),
            ("1..5", None),
            ("5.", None),
            ("", None),
            ("-", None),
            ("1e5", None),
            ("1000,000", Some(1000.0)),
        ];
        for (text, value) in cases {
            assert_eq!(Decimal::read(text).map(|d| d.value()), value, "{text}");
        }
    }

    #[test]
    fn equal_is_what_has_the_same_value() {
        assert_eq!(Decimal::read("1,000.50"), Decimal::read("+01000.5"));
        assert_eq!(Decimal::read("-0.0"), Decimal::read("0"));
        assert_ne!(Decimal::read("9007199254740993"), Decimal::read("9007199254740992"));
        assert_eq!((Decimal::read_plain("00"), Decimal::read_plain("-01")), (None, None));
        assert!(Decimal::read_plain("0.5").is_some() && Decimal::read_plain("0").is_some());
    }
}
