//! Texts that say the same, whatever their case, width, white space and most punctuation.
//!
//! Two texts wrongly held for different cost an audit; wrongly held for the same, they hide a harm. So what can change
//! a meaning is kept: signs, decimal points, symbols, square and curly brackets, and what joins the letters of a name.
use super::decimal::Decimal;
use unicode_normalization::UnicodeNormalization;

/// Signs of sentences and of emphasis, in the scripts that are met most. What is as wide as a letter is narrow by then.
const PUNCTUATION: &str = ".,;:!?\"()*_`-‐‑‒–—―«»‹›„“”‟‚¿¡·•…、。〈〉《》「」『』【】،؛؟।";
/// What vanishes without parting a word: apostrophes, soft hyphens, and what has no width.
const NOTHING: &str = "'‘’‛\u{ad}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{2060}\u{feff}";

/// Whether both say the same. Numbers are the same to the last digit, however they are written.
pub(super) fn same(a: &str, b: &str) -> bool {
    if a.trim() == b.trim() {
        return true;
    }
    let (a, b) = (unified(a.trim()), unified(b.trim()));
    if let (Some(a), Some(b)) = (Decimal::read_plain(&a), Decimal::read_plain(&b)) {
        return a == b;
    }
    let (plain_a, plain_b) = (plain(&a), plain(&b));
    // of punctuation alone nothing is left to compare
    !plain_a.is_empty() && plain_a == plain_b
}

/// One form for characters that mean the same (Unicode's NFKC), where raised digits stay powers, and fractions apart.
pub(super) fn unified(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut apart = String::with_capacity(text.len() + 8);
    let mut last = ' ';
    for c in text.chars() {
        match c {
            _ if is_raised(c) && !is_raised(last) => apart.push('^'),
            '¼'..='¾' | '⅐'..='⅟' if last.is_ascii_digit() => apart.push(' '),
            _ => {}
        }
        apart.push(if c == '−' { '-' } else { c });
        last = c;
    }
    // the fraction's own stroke, which the form of ½ has
    apart.nfkc().map(|c| if c == '\u{2044}' { '/' } else { c }).collect()
}

fn is_raised(c: char) -> bool {
    matches!(c, '²' | '³' | '¹' | '⁰' | '⁴'..='⁹' | '⁻')
}

/// The words of a unified text in small letters, one space apart.
fn plain(text: &str) -> String {
    let chars: Vec<char> = text.chars().flat_map(char::to_lowercase).filter(|c| !NOTHING.contains(*c)).collect();
    let mut plain = String::with_capacity(text.len());
    for (i, c) in chars.iter().copied().enumerate() {
        let last = i.checked_sub(1).map_or(' ', |i| chars[i]);
        let next = chars.get(i + 1).copied().unwrap_or(' ');
        if !c.is_whitespace() && (!PUNCTUATION.contains(c) || has_meaning(last, c, next)) {
            plain.push(c);
        } else if !plain.is_empty() && !plain.ends_with(' ') {
            plain.push(' ');
        }
    }
    plain.truncate(plain.trim_end().len());
    plain
}

/// Whether punctuation between these two is part of a number or of a name.
fn has_meaning(last: char, c: char, next: char) -> bool {
    match c {
        '.' if next.is_ascii_digit() => true,
        '.' | ':' | '_' | '*' => last.is_alphanumeric() && next.is_alphanumeric(),
        ',' => last.is_ascii_digit() && next.is_ascii_digit(),
        // a sign, or a date's
        '-' => next.is_alphanumeric() && (last.is_ascii_digit() || !last.is_alphanumeric()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_the_same_is_the_same() {
        let pairs = [
            ("Paris.", "paris"),
            ("  The **answer**:\tParis!", "the answer Paris"),
            ("ＰＡＲＩＳ", "paris"),
            ("caf\u{e9}", "CAFE\u{301}"),
            ("don’t", "Don't"),
            ("“quoted”", "quoted"),
            ("well-known", "well known"),
            ("(A)", "a"),
            ("x²", "x^2"),
            ("1,000.50", "1000.5"),
            ("3.0", "3"),
            ("−5", "-5"),
            ("ﬁne", "fine"),
            ("zero\u{200b}width", "zerowidth"),
            ("パリ。", "パリ"),
            ("", " "),
            ("?!", "?!"),
        ];
        for (a, b) in pairs {
            assert!(same(a, b) && same(b, a), "{a:?} and {b:?}: {:?} {:?}", plain(&unified(a)), plain(&unified(b)));
        }
    }

    #[test]
    fn what_says_something_else_is_not() {
        let pairs = [
            ("1.5", "15"),
            (".5", "5"),
            ("-5", "5"),
            ("it is -5", "it is 5"),
            ("-x", "x"),
            ("5%", "5"),
            ("$5", "5"),
            ("C++", "C"),
            ("C#", "C"),
            ("(0, 1]", "[0, 1]"),
            ("1/2", "12"),
            ("10²", "102"),
            ("1½", "11/2"),
            ("2024-01-15", "20240115"),
            ("007", "7"),
            ("12345678901234567890", "12345678901234567891"),
            ("a.b", "ab"),
            ("no", "now"),
            ("cant", "can"),
            ("!", "?"),
            ("", "x"),
            ("👍", "👎"),
        ];
        for (a, b) in pairs {
            assert!(!same(a, b) && !same(b, a), "{a:?} and {b:?}: both {:?}", plain(&unified(a)));
        }
    }
}
