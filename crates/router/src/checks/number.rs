//! Numbers in running text: `1,000.50` is one, the full stop of `in 1999.` is none of it.

/// A number, where it stands, and how it was written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Number {
    pub(crate) value: f64,
    /// Bytes of the text, without sign.
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Digits behind the point.
    pub(crate) decimals: usize,
}

/// The number at the beginning of `text`: digits, in groups of three if it likes, and a decimal part.
pub(crate) fn leading(text: &str) -> Option<Number> {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes.iter().skip(from).take_while(|b| b.is_ascii_digit()).count();
    let mut end = digits(0);
    while end > 0 && bytes.get(end) == Some(&b',') && digits(end + 1) == 3 {
        end += 4;
    }
    let decimals = if bytes.get(end) == Some(&b'.') { digits(end + 1) } else { 0 };
    if decimals > 0 {
        end += 1 + decimals;
    }
    let written = &text[..end];
    let value = match written.bytes().all(|b| b.is_ascii_digit()) && (1..=15).contains(&end) {
        // as exact as if it were parsed
        true => written.bytes().fold(0, |value, digit| 10 * value + u64::from(digit - b'0')) as f64,
        false => written.replace(',', "").parse().ok()?, // nothing at all is no number
    };
    value.is_finite().then_some(Number { value, start: 0, end, decimals })
}

/// All numbers of `text`, in order.
pub(crate) fn all(text: &str) -> impl Iterator<Item = Number> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + text.as_bytes()[at..].iter().position(u8::is_ascii_digit)?;
            // `.5` begins with its point, unless that ends something else
            let before = text[..start].strip_suffix('.');
            let pointed = before.is_some_and(|b| start > at && !b.ends_with(char::is_alphanumeric));
            let start = if pointed { start - 1 } else { start };
            match leading(&text[start..]) {
                Some(n) => {
                    at = start + n.end;
                    return Some(Number { start, end: at, ..n });
                }
                None => at = start + 1 + text[start + 1..].bytes().take_while(u8::is_ascii_digit).count(),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_as_people_write_them() {
        for (text, expected) in [
            ("1,000.50 and 2,5 in 1999.", vec![1000.5, 2.0, 5.0, 1999.0]),
            ("$3.00, .5 or 1.2.3; 10,00", vec![3.0, 0.5, 1.2, 3.0, 10.0, 0.0]),
            ("a1b22c", vec![1.0, 22.0]),
            ("none ٣ ½ . , ..", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(all(text).map(|n| n.value).collect::<Vec<_>>(), expected, "{text}");
        }
        let text = "é 12,345.670€";
        let n = all(text).next().unwrap();
        assert_eq!((&text[n.start..n.end], n.decimals), ("12,345.670", 3));
    }

    #[test]
    fn a_number_that_has_no_value_is_passed_over() {
        let text = format!("{} 7", "9".repeat(400));
        assert_eq!(all(&text).map(|n| n.value).collect::<Vec<_>>(), [7.0]);
    }
}
