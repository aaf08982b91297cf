//! Arithmetic in running text: each `a op b = c` is computed again, and `<<a*b=c>>` as school-book solutions have it.
use super::number;

/// Equations that are looked at in one text.
const MOST: usize = 256;
/// Longest side of an equation, in bytes.
const SIDE: usize = 96;
/// Deepest nesting of brackets.
const DEPTH: usize = 8;

/// What the equations of a text came to.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Sums {
    /// Those that are right.
    pub(crate) right: u16,
    /// Those that are not.
    pub(crate) wrong: u16,
    /// Those that look like sums and cannot be computed.
    pub(crate) unread: u16,
    /// The numbers that stood behind a sum, right or wrong.
    pub(crate) results: Vec<f64>,
}

/// Computes all equations of `text` again.
pub(crate) fn check(text: &str) -> Sums {
    let mut sums = Sums::default();
    for (at, _) in text.match_indices('=').take(MOST) {
        let (left, right) = (left(&text[..at]), right(&text[at + 1..]));
        match (Parser::whole(left), Parser::prefix(right)) {
            (Some(sum), Some(result)) if sum.operators > 0 => {
                sums.results.push(result.value);
                *if agree(&sum, &result) { &mut sums.right } else { &mut sums.wrong } += 1;
            }
            (None, _) if left.contains(OPERATORS) => sums.unread += 1,
            _ => {}
        }
    }
    sums
}

const OPERATORS: &[char] = &['+', '-', '−', '*', '/', '×', '÷', '·'];

/// What stands before an equals sign and may be a sum, without what came before it in the sentence.
fn left(before: &str) -> &str {
    let before = before.trim_end();
    let low = before.ceil_char_boundary(before.len().saturating_sub(SIDE));
    let part = |c: char| c.is_ascii_digit() || " .,$€£%()xX".contains(c) || OPERATORS.contains(&c);
    let run = &before[low..];
    let run = &run[run.trim_end_matches(part).len()..];
    let start = [". ", ", "].iter().filter_map(|end| run.rfind(end)).max().map_or(0, |i| i + 2);
    let mut run = run[start..].trim_matches([' ', ',', '.']);
    while let Some(inner) = run.strip_prefix('(').filter(|_| run.matches('(').count() > run.matches(')').count()) {
        run = inner.trim_start();
    }
    run
}

/// What stands behind an equals sign, without a computation that is noted in between.
fn right(after: &str) -> &str {
    let after = super::head(after, 2 * SIDE).trim_start();
    let bare = after.trim_start_matches(['$', '€', '£', ' ']);
    match bare.strip_prefix("<<").and_then(|noted| noted.split_once(">>")) {
        Some((_, rest)) => rest,
        None => after,
    }
}

/// Whether a result is what the sum comes to, rounded as it is written.
fn agree(sum: &Side, result: &Side) -> bool {
    let near = |value: f64, unit: f64| {
        let written = if result.operators == 0 { 0.5 * unit } else { 0.01 * value.abs() };
        (sum.value - value).abs() <= written * 1.000_001 + 1e-9 * value.abs()
    };
    let unit = 10_f64.powi(-(result.decimals.min(300) as i32));
    // "15/60 = 25%" and "15/60*100 = 25%" are both right
    near(result.value, if result.percent { unit / 100.0 } else { unit })
        || (result.percent && result.operators == 0 && near(result.value * 100.0, unit))
}

/// One side of an equation.
#[derive(Clone, Copy, Debug)]
struct Side {
    value: f64,
    operators: usize,
    decimals: usize,
    percent: bool,
}

/// Reads sums: four operators, brackets, currencies and percents.
struct Parser<'a> {
    rest: &'a str,
    operators: usize,
    decimals: usize,
    percent: bool,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        Self { rest: text, operators: 0, decimals: 0, percent: false }
    }

    /// `text` is a sum and nothing else.
    fn whole(text: &'a str) -> Option<Side> {
        let mut parser = Self::new(text);
        let value = parser.sum(0)?;
        parser.rest.trim().is_empty().then(|| parser.side(value)).filter(|side| side.value.is_finite())
    }

    /// The sum with which `text` begins.
    fn prefix(text: &'a str) -> Option<Side> {
        let mut parser = Self::new(text);
        let value = parser.sum(0)?;
        Some(parser.side(value)).filter(|side| side.value.is_finite())
    }

    fn side(&self, value: f64) -> Side {
        Side { value, operators: self.operators, decimals: self.decimals, percent: self.percent }
    }

    fn sum(&mut self, depth: usize) -> Option<f64> {
        let mut value = self.product(depth)?;
        while let Some((next, minus)) = self.then(&[('+', false), ('-', true), ('−', true)], |p| p.product(depth)) {
            value += if minus { -next } else { next };
        }
        Some(value)
    }

    fn product(&mut self, depth: usize) -> Option<f64> {
        let mut value = self.factor(depth)?;
        let signs = [('*', false), ('×', false), ('·', false), ('x', false), ('X', false), ('/', true), ('÷', true)];
        while let Some((next, divided)) = self.then(&signs, |p| p.factor(depth)) {
            value = if divided { value / next } else { value * next };
        }
        Some(value)
    }

    /// One of `signs` and what `read` finds behind it; else nothing is taken.
    fn then(&mut self, signs: &[(char, bool)], read: impl Fn(&mut Self) -> Option<f64>) -> Option<(f64, bool)> {
        let rest = self.rest.trim_start();
        let &(sign, inverse) = signs.iter().find(|(sign, _)| rest.starts_with(*sign))?;
        let before = Self { ..*self };
        self.rest = &rest[sign.len_utf8()..];
        self.operators += 1;
        let value = read(self);
        if value.is_none() {
            *self = before;
        }
        Some((value?, inverse))
    }

    fn factor(&mut self, depth: usize) -> Option<f64> {
        self.rest = self.rest.trim_start_matches([' ', '$', '€', '£']);
        if let Some(inner) = self.rest.strip_prefix('(') {
            self.rest = inner;
            let value = (depth < DEPTH).then(|| self.sum(depth + 1))??;
            self.rest = self.rest.trim_start().strip_prefix(')')?;
            return Some(value);
        }
        let minus = self.rest.strip_prefix(['-', '−']);
        let digits = minus.unwrap_or(self.rest).trim_start_matches(['$', '€', '£']);
        let number = number::leading(digits)?;
        self.rest = &digits[number.end..];
        self.decimals = number.decimals;
        let mut value = if minus.is_some() { -number.value } else { number.value };
        self.percent = false;
        if let Some(rest) = self.rest.strip_prefix('%') {
            (self.rest, self.percent, value) = (rest, true, value / 100.0);
        }
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(text: &str) -> (u16, u16, u16) {
        let sums = check(text);
        (sums.right, sums.wrong, sums.unread)
    }

    #[test]
    fn sums_in_sentences_are_computed_again() {
        for (text, expected) in [
            ("so 20 + 5 = 25.", (1, 0, 0)),
            ("so 20 + 5 = 26.", (0, 1, 0)),
            ("In 1999. 5 + 0.5 * 30 = 5 + 15 = 20 years", (2, 0, 0)),
            ("He pays 3 * $1,000.50 = $<<3*1000.50=3001.5>>3,001.50 today", (2, 0, 0)),
            ("16/12 = 1.333... dozens, 16 / 12 = 1.3, 16/12=1.4", (2, 1, 0)),
            ("(2 + 4) * -3 = -18 (and (40 + 50 = 90))", (2, 0, 0)),
            ("20/100 * 50 = 10 people; 15/60 = 25%; 15/60*100 = 25%; 50% × 8 = 4", (4, 0, 0)),
            ("7 x 2 = 14 and 7 × 2 = 14 and 14 ÷ 2 = 7 and 9 − 2 = 7", (4, 0, 0)),
            ("<<5/2=2.5>>2.5 <<5/2=1>>", (1, 1, 0)),
            ("x = 3, 10x + x = 11x, E = mc^2, a == b, f(3) = 4, 5 = 5", (0, 0, 1)),
            ("(3 + 4 = 7", (1, 0, 0)),
            ("3 + + = 4, 3 */ 4 = 12", (0, 0, 2)),
            ("1 / 0 = 7", (0, 0, 1)),
            ("3 + 4 = seven", (0, 0, 0)),
            ("", (0, 0, 0)),
        ] {
            assert_eq!(counts(text), expected, "{text}");
        }
    }

    #[test]
    fn hostile_texts_cost_little() {
        for text in
            ["=".repeat(100_000), "(".repeat(100_000) + "1+1=2", "1+".repeat(50_000) + "1=3", "é=é+=½".repeat(9999)]
        {
            let sums = check(&text);
            assert!(sums.results.len() <= MOST);
        }
    }

    #[test]
    fn results_are_kept() {
        assert_eq!(check("2*3 = 6, 6+1 = 8").results, [6.0, 8.0]);
    }
}
