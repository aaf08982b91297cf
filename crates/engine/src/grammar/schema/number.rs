//! Numbers as decimal texts: regexes of those in a range, exact to the last digit.
use super::{Fault, expr::Leaf};
use std::cmp::Ordering;

/// Digits that a schema's own number may have.
const MOST_DIGITS: usize = 30;
/// Places that its exponent may move the point.
const MOST_PLACES: i32 = 400;
/// Digits that a divisor may have, so that remainders are exact.
const MOST_DIVISOR: u128 = 1_000_000_000_000;

/// A decimal number: `mantissa * 10^exp`, without zeros at the mantissa's end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    negative: bool,
    mantissa: u128,
    exp: i32,
}

impl Decimal {
    /// Reads a number as JSON writes it.
    pub(super) fn read(text: &str) -> Result<Self, Fault> {
        let wrong = || Fault::new(format!("a number of at most {MOST_DIGITS} digits expected, {text:.60} found"));
        let (negative, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (digits, exp) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
        let (int, frac) = digits.split_once('.').unwrap_or((digits, ""));
        let exp: i32 = exp.parse().map_err(|_| wrong())?;
        let all = format!("{int}{frac}");
        let kept = all.trim_end_matches('0');
        let exp = exp.checked_sub(frac.len() as i32).and_then(|e| e.checked_add((all.len() - kept.len()) as i32));
        let exp = exp.filter(|e| e.abs() <= MOST_PLACES).ok_or_else(wrong)?;
        if kept.trim_start_matches('0').len() > MOST_DIGITS {
            return Err(wrong());
        }
        let mantissa = if kept.is_empty() { 0 } else { kept.parse().map_err(|_| wrong())? };
        Ok(Self { negative: negative && mantissa > 0, mantissa, exp: if mantissa == 0 { 0 } else { exp } })
    }

    pub(super) fn is_integer(&self) -> bool {
        self.exp >= 0
    }

    /// Digits before and after the point, without needless zeros.
    fn digits(&self) -> (String, String) {
        let all = self.mantissa.to_string();
        let Ok(after) = usize::try_from(-self.exp) else {
            return (all + &"0".repeat(self.exp.unsigned_abs() as usize), String::new());
        };
        let all = if all.len() <= after { "0".repeat(after + 1 - all.len()) + &all } else { all };
        let (int, frac) = all.split_at(all.len() - after);
        (int.to_owned(), frac.to_owned())
    }

    /// Digits before the point.
    pub(super) fn n_int(&self) -> usize {
        self.digits().0.len()
    }

    /// Digits in all.
    pub(super) fn n_digits(&self) -> usize {
        let (int, frac) = self.digits();
        int.len() + frac.len()
    }

    /// As JSON has it, without an exponent.
    pub(super) fn text(&self) -> String {
        let (int, frac) = self.digits();
        let sign = if self.negative { "-" } else { "" };
        if frac.is_empty() { format!("{sign}{int}") } else { format!("{sign}{int}.{frac}") }
    }

    fn magnitude(&self) -> Self {
        Self { negative: false, ..self.clone() }
    }

    fn compare(&self, other: &Self) -> Ordering {
        let size = || {
            let (a, b) = (self.digits(), other.digits());
            (a.0.len(), &a.0, &a.1).cmp(&(b.0.len(), &b.0, &b.1))
        };
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => size(),
            (true, true) => size().reverse(),
        }
    }

    fn is_multiple_of(&self, divisor: &Self) -> bool {
        if self.mantissa == 0 {
            return true;
        }
        let d = divisor.mantissa;
        match u32::try_from(self.exp - divisor.exp) {
            Ok(places) => (0..places).fold(self.mantissa % d, |rest, _| rest * 10 % d) == 0,
            Err(_) => {
                let places = (divisor.exp - self.exp).unsigned_abs();
                10u128
                    .checked_pow(places)
                    .and_then(|p| p.checked_mul(d))
                    .is_some_and(|d| self.mantissa.is_multiple_of(d))
            }
        }
    }
}

/// A simple set of numbers.
#[derive(Clone, Debug)]
pub(super) enum Numbers {
    Integers,
    /// Those from it on; without it when `true`.
    From(Decimal, bool),
    /// Those up to it; without it when `true`.
    To(Decimal, bool),
    One(Decimal),
    /// Of a divisor above 0.
    Multiples(Decimal),
}

impl Numbers {
    /// Multiples of what a schema says.
    pub(super) fn multiples(of: Decimal) -> Result<Self, Fault> {
        if of.negative || of.mantissa == 0 || of.mantissa > MOST_DIVISOR || of.exp.abs() > 12 {
            return Err(Fault::new(format!("a number above 0 of at most 12 digits expected, {} found", of.text())));
        }
        Ok(Self::Multiples(of))
    }

    /// Whether a regex cannot say it.
    pub(super) fn regex_is_missing(&self) -> bool {
        matches!(self, Self::Multiples(of) if of.mantissa != 1 || of.exp > 0)
    }

    /// The bound, if it is one.
    pub(super) fn bound(&self) -> Option<&Decimal> {
        match self {
            Self::From(x, _) | Self::To(x, _) | Self::One(x) => Some(x),
            Self::Integers | Self::Multiples(_) => None,
        }
    }
}

impl Leaf for Numbers {
    type Value = Decimal;

    fn only(&self) -> Option<&Decimal> {
        if let Self::One(x) = self { Some(x) } else { None }
    }

    fn has(&self, x: &Decimal) -> bool {
        match self {
            Self::Integers => x.is_integer(),
            Self::From(low, without) => x.compare(low).is_gt() || (!without && x == low),
            Self::To(high, without) => x.compare(high).is_lt() || (!without && x == high),
            Self::One(one) => x == one,
            Self::Multiples(of) => x.is_multiple_of(of),
        }
    }

    fn regex(&self) -> Result<String, Fault> {
        const ANY: &str = r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?";
        Ok(match self {
            Self::Integers => r"-?(?:0|[1-9][0-9]*)(?:\.0+)?".to_owned(),
            Self::From(low, without) if low.negative => {
                format!("{ANY}|-(?:{})", at_most(&low.magnitude(), *without))
            }
            Self::From(low, without) => at_least(low, *without),
            Self::To(high, without) if high.negative => format!("-(?:{})", at_least(&high.magnitude(), *without)),
            Self::To(high, true) if high.mantissa == 0 => format!("-(?:{ANY})"),
            Self::To(high, without) => format!("-(?:{ANY})|{}", at_most(high, *without)),
            Self::One(x) => {
                let (int, frac) = x.digits();
                let sign = if x.negative { "-" } else { "" };
                if frac.is_empty() { format!(r"{sign}{int}(?:\.0+)?") } else { format!(r"{sign}{int}\.{frac}0*") }
            }
            Self::Multiples(of) if of.mantissa == 1 && of.exp <= 0 => match of.exp.unsigned_abs() {
                0 => return Self::Integers.regex(),
                places => format!(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]{{1,{places}}}0*)?"),
            },
            Self::Multiples(of) => return Err(Fault::new(format!("multiples of {} cannot be combined", of.text()))),
        })
    }
}

/// Texts without a sign of numbers from `low` on, which is not negative.
fn at_least(low: &Decimal, without: bool) -> String {
    const REST: &str = r"(?:\.[0-9]+)?";
    let (int, frac) = low.digits();
    let mut ways = vec![format!("[1-9][0-9]{{{},}}{REST}", int.len())];
    for (i, digit) in int.bytes().enumerate().filter(|(_, digit)| *digit < b'9') {
        let next = (digit + 1) as char;
        ways.push(format!("{}[{next}-9][0-9]{{{}}}{REST}", &int[..i], int.len() - i - 1));
    }
    if frac.is_empty() {
        ways.push(if without { format!(r"{int}\.[0-9]*[1-9][0-9]*") } else { format!("{int}{REST}") });
        return ways.join("|");
    }
    for (i, digit) in frac.bytes().enumerate().filter(|(_, digit)| *digit < b'9') {
        ways.push(format!(r"{int}\.{}[{}-9][0-9]*", &frac[..i], (digit + 1) as char));
    }
    let tail = if without { "[0-9]*[1-9][0-9]*" } else { "[0-9]*" };
    ways.push(format!(r"{int}\.{frac}{tail}"));
    ways.join("|")
}

/// Texts without a sign of numbers up to `high`, which is not negative.
fn at_most(high: &Decimal, without: bool) -> String {
    const REST: &str = r"(?:\.[0-9]+)?";
    let (int, frac) = high.digits();
    let mut ways = Vec::new();
    if int.len() > 1 {
        ways.push(format!("(?:0|[1-9][0-9]{{0,{}}}){REST}", int.len() - 2));
    }
    for (i, digit) in int.bytes().enumerate() {
        let least = if i == 0 && int.len() > 1 { b'1' } else { b'0' };
        if digit > least {
            let range = format!("[{}-{}]", least as char, (digit - 1) as char);
            ways.push(format!("{}{range}[0-9]{{{}}}{REST}", &int[..i], int.len() - i - 1));
        }
    }
    if frac.is_empty() {
        ways.extend((!without).then(|| format!(r"{int}(?:\.0+)?")));
    } else {
        ways.push(int.clone());
        for (i, digit) in frac.bytes().enumerate() {
            if digit > b'0' {
                ways.push(format!(r"{int}\.{}[0-{}][0-9]*", &frac[..i], (digit - 1) as char));
            }
            ways.extend((i > 0).then(|| format!(r"{int}\.{}", &frac[..i])));
        }
        ways.extend((!without).then(|| format!(r"{int}\.{frac}0*")));
    }
    if ways.is_empty() { "[^\\x{0}-\\x{10FFFF}]".to_owned() } else { ways.join("|") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::read(text).unwrap()
    }

    #[test]
    fn ranges_are_exact() {
        let bounds = ["0", "1", "-1", "7", "10", "99", "100", "-250", "0.5", "-0.5", "1.05", "19.99", "3.1", "-0.001"];
        let mut texts: Vec<String> = (-300..300).map(|n| n.to_string()).collect();
        texts.extend((-3000..3000).map(|n| format!("{:.2}", f64::from(n) / 100.0)));
        texts.extend(
            ["0.0", "0.001", "-0.001", "-0.0011", "1.050", "1.0500001", "0.49999", "-0.00", "19.990", "3.100"]
                .map(String::from),
        );
        for bound in bounds.map(decimal) {
            let one = |without| [Numbers::From(bound.clone(), without), Numbers::To(bound.clone(), without)];
            let sets = one(true).into_iter().chain(one(false)).chain([Numbers::One(bound.clone()), Numbers::Integers]);
            for set in sets {
                let regex = regex_automata::meta::Regex::new(&format!("^(?:{})$", set.regex().unwrap())).unwrap();
                for text in texts.iter().filter(|t| !(t.starts_with("-0") && decimal(t).mantissa == 0)) {
                    assert_eq!(regex.is_match(text.as_str()), set.has(&decimal(text)), "{set:?} {text}");
                }
            }
        }
    }

    #[test]
    fn remainders_are_exact() {
        for (x, of, is) in [
            ("0.3", "0.1", true),
            ("19.99", "0.01", true),
            ("19.995", "0.01", false),
            ("1e300", "7", false),
            ("1e300", "8", true),
            ("-9", "3", true),
            ("7.5", "2.5", true),
            ("0.0075", "0.0001", true),
        ] {
            assert_eq!(decimal(x).is_multiple_of(&decimal(of)), is, "{x} of {of}");
        }
        assert_eq!(decimal("1.50e1").text(), "15");
        assert_eq!(decimal("-1.25e-3").text(), "-0.00125");
        assert_eq!(decimal("-0.0").text(), "0");
    }
}
