//! How one value is written into a format: alignment, sign, width, grouping, precision and type, as Python reads them.
use super::{
    arguments::wrong,
    python::{bounded, number, text},
};
use minijinja::{Error, Value, value::ValueKind};

/// `[[fill]align][sign][#][0][width][grouping][.precision][type]`.
#[derive(Clone, Debug, Default)]
pub(super) struct Spec {
    fill: Option<char>,
    align: Option<char>,
    sign: Option<char>,
    alternate: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
    /// As `%` formats: numbers become what the type wants, and all stand at the right.
    percent: bool,
}

/// A number before it is padded.
struct Digits {
    negative: bool,
    prefix: &'static str,
    whole: String,
    /// The point and all after it.
    rest: String,
}

impl Spec {
    /// The part after the colon of a field of `str.format`.
    pub(super) fn parse(spec: &str) -> Result<Self, Error> {
        let mut new = Self::default();
        let mut rest = spec;
        let mut chars = rest.chars();
        let (first, second) = (chars.next(), chars.next());
        let is_align = |c: Option<char>| c.filter(|c| matches!(c, '<' | '>' | '=' | '^'));
        if let (Some(fill), Some(align)) = (first, is_align(second)) {
            (new.fill, new.align) = (Some(fill), Some(align));
            rest = &rest[fill.len_utf8() + 1..];
        } else if let Some(align) = is_align(first) {
            new.align = Some(align);
            rest = &rest[1..];
        }
        new.sign = take(&mut rest, &['+', '-', ' ']);
        new.alternate = take(&mut rest, &['#']).is_some();
        if take(&mut rest, &['0']).is_some() {
            new.fill.get_or_insert('0');
            new.align.get_or_insert('=');
        }
        new.width = digits(&mut rest)?.unwrap_or(0);
        new.grouping = take(&mut rest, &[',', '_']);
        if take(&mut rest, &['.']).is_some() {
            new.precision = Some(digits(&mut rest)?.ok_or_else(|| wrong("format: no digits after the point"))?);
        }
        new.kind = rest.chars().next();
        match rest.chars().nth(1) {
            Some(_) => Err(wrong(format!("format: `{spec}` is no format"))),
            None => Ok(new),
        }
    }

    /// What follows a `%`; gives the type and what is left of the text. `star` gives the number that `*` stands for.
    pub(super) fn percent(
        mut rest: &str,
        mut star: impl FnMut() -> Result<i64, Error>,
    ) -> Result<(Self, char, &str), Error> {
        let mut new = Self { percent: true, align: Some('>'), ..Self::default() };
        while let Some(flag) = take(&mut rest, &['-', '+', ' ', '0', '#']) {
            match flag {
                '-' => (new.align, new.fill) = (Some('<'), None),
                '0' if new.align != Some('<') => (new.align, new.fill) = (Some('='), Some('0')),
                '#' => new.alternate = true,
                '0' => {}
                sign if new.sign != Some('+') => new.sign = Some(sign),
                _ => {}
            }
        }
        let mut wide = |rest: &mut &str| match take(rest, &['*']) {
            Some(_) => Ok(Some(usize::try_from(star()?).unwrap_or(0))),
            None => digits(rest),
        };
        new.width = wide(&mut rest)?.unwrap_or(0);
        if take(&mut rest, &['.']).is_some() {
            new.precision = Some(wide(&mut rest)?.unwrap_or(0));
        }
        let _ = take(&mut rest, &['h', 'l', 'L']);
        let kind = rest.chars().next().ok_or_else(|| wrong("format: the text ends after `%`"))?;
        new.kind = Some(match kind {
            'i' | 'u' => 'd',
            'r' | 'a' => 's',
            kind => kind,
        });
        if kind == 's' || kind == 'r' || kind == 'a' || kind == 'c' {
            new.align = new.align.map(|align| if align == '=' { '>' } else { align });
            new.fill = None;
        }
        Ok((new, kind, &rest[kind.len_utf8()..]))
    }

    /// `value` as this wants it.
    pub(super) fn format(&self, value: &Value) -> Result<String, Error> {
        bounded(self.width.saturating_mul(4).saturating_add(self.precision.unwrap_or(0)))?;
        let is_empty = self.width == 0 && self.kind.is_none() && self.precision.is_none();
        let is_empty = is_empty && self.sign.is_none() && self.grouping.is_none() && self.fill.is_none();
        match value.kind() {
            ValueKind::String if self.percent && !matches!(self.kind, Some('s' | 'c')) => {
                Err(wrong("format: a number expected, text found"))
            }
            ValueKind::String => self.text(value.as_str().unwrap_or_default()),
            _ if is_empty && !self.percent => Ok(text(value)),
            ValueKind::Bool => self.whole(i128::from(value.is_true())),
            ValueKind::Number if value.is_integer() => self.whole(i128::try_from(value.clone())?),
            ValueKind::Number => self.real(value),
            other => Err(wrong(format!("format: text or a number expected, {other} found"))),
        }
    }

    fn text(&self, text: &str) -> Result<String, Error> {
        if !matches!(self.kind, None | Some('s' | 'c'))
            || self.sign.is_some() && !self.percent
            || self.align == Some('=')
        {
            return Err(wrong("format: text is formatted as a number"));
        }
        let shown: String = text.chars().take(self.precision.unwrap_or(usize::MAX)).collect();
        Ok(self.pad("", &shown, self.align.unwrap_or('<')))
    }

    fn whole(&self, n: i128) -> Result<String, Error> {
        let (magnitude, at_least) = (n.unsigned_abs(), self.precision.filter(|_| self.percent).unwrap_or(0));
        let prefix = |prefix| if self.alternate { prefix } else { "" };
        let (prefix, whole) = match self.kind {
            None | Some('d' | 'n') => ("", format!("{magnitude:0at_least$}")),
            Some('b') if !self.percent => (prefix("0b"), format!("{magnitude:b}")),
            Some('o') => (prefix("0o"), format!("{magnitude:0at_least$o}")),
            Some('x') => (prefix("0x"), format!("{magnitude:0at_least$x}")),
            Some('X') => (prefix("0X"), format!("{magnitude:0at_least$X}")),
            Some('c') => {
                let c = u32::try_from(n).ok().and_then(char::from_u32).ok_or_else(|| wrong("format: no character"))?;
                return Ok(self.pad("", &c.to_string(), self.align.unwrap_or('<')));
            }
            _ => return self.real(&Value::from(n)),
        };
        Ok(self.finish(&Digits { negative: n < 0, prefix, whole, rest: String::new() }))
    }

    fn real(&self, value: &Value) -> Result<String, Error> {
        let x = f64::try_from(value.clone())?;
        let precision = self.precision.unwrap_or(6);
        let size = x.abs();
        let kind = self.kind.unwrap_or(' ');
        let shown = match kind.to_ascii_lowercase() {
            'd' | 'x' | 'o' if self.percent && kind == 'd' && x.is_finite() => return self.whole(x.trunc() as i128),
            _ if !x.is_finite() => (if x.is_nan() { "nan" } else { "inf" }).to_owned(),
            'f' => format!("{size:.precision$}"),
            '%' if !self.percent => format!("{:.precision$}%", size * 100.0),
            'e' => exponential(size, precision),
            'g' | 'n' => general(size, precision.max(1), self.alternate),
            ' ' => match self.precision {
                Some(precision) => with_point(general(size, precision.max(1), false)),
                None => {
                    let mut out = String::new();
                    number(&Value::from(size), &mut out);
                    out
                }
            },
            _ => return Err(wrong(format!("format: `{kind}` is no type for this number"))),
        };
        let shown = if kind.is_ascii_uppercase() { shown.to_uppercase() } else { shown };
        let at = shown.find(|c: char| !c.is_ascii_alphanumeric() || c == 'e' || c == 'E').unwrap_or(shown.len());
        let negative = x.is_sign_negative() && !x.is_nan();
        Ok(self.finish(&Digits { negative, prefix: "", whole: shown[..at].to_owned(), rest: shown[at..].to_owned() }))
    }

    fn finish(&self, digits: &Digits) -> String {
        let sign = match (digits.negative, self.sign) {
            (true, _) => "-",
            (false, Some('+')) => "+",
            (false, Some(' ')) => " ",
            _ => "",
        };
        let every = if matches!(self.kind, Some('x' | 'X' | 'b' | 'o')) { 4 } else { 3 };
        let head = sign.to_owned() + digits.prefix;
        let mut whole = digits.whole.clone();
        if let Some(mark) = self.grouping {
            if self.align == Some('=') && self.fill == Some('0') {
                // the zeros are grouped too
                let tail = head.len() + digits.rest.len();
                while tail + whole.len() + whole.len() / every < self.width && whole.len() < self.width {
                    whole.insert(0, '0');
                }
            }
            whole = grouped(&whole, every, mark);
        }
        self.pad(&head, &(whole + &digits.rest), self.align.unwrap_or('>'))
    }

    fn pad(&self, head: &str, body: &str, align: char) -> String {
        let fill = self.fill.unwrap_or(' ').to_string();
        let room = self.width.saturating_sub(head.chars().count() + body.chars().count());
        match align {
            '<' => format!("{head}{body}{}", fill.repeat(room)),
            '^' => format!("{}{head}{body}{}", fill.repeat(room / 2), fill.repeat(room - room / 2)),
            '=' => format!("{head}{}{body}", fill.repeat(room)),
            _ => format!("{}{head}{body}", fill.repeat(room)),
        }
    }
}

fn take(rest: &mut &str, any: &[char]) -> Option<char> {
    let c = rest.chars().next().filter(|c| any.contains(c))?;
    *rest = &rest[c.len_utf8()..];
    Some(c)
}

fn digits(rest: &mut &str) -> Result<Option<usize>, Error> {
    let n = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, left) = rest.split_at(n);
    *rest = left;
    match number {
        "" => Ok(None),
        // Rust writes no more digits than this
        _ => number
            .parse()
            .ok()
            .filter(|n| *n <= usize::from(u16::MAX))
            .map(Some)
            .ok_or_else(|| wrong("format: too wide")),
    }
}

fn grouped(digits: &str, every: usize, mark: char) -> String {
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(every) {
            out.push(mark);
        }
        out.push(c);
    }
    out
}

fn exponential(x: f64, precision: usize) -> String {
    let shown = format!("{x:.precision$e}");
    let (digits, exponent) = shown.split_once('e').unwrap_or((&shown, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    format!("{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}

/// `precision` digits, as a decimal fraction where that is short, else with an exponent.
fn general(x: f64, precision: usize, keep_zeros: bool) -> String {
    let shown = exponential(x, precision - 1);
    let exponent: i64 = shown.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0);
    let short = |digits: &str| match digits.contains('.') && !keep_zeros {
        true => digits.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => digits.to_owned(),
    };
    if (-4..precision as i64).contains(&exponent) {
        let places = usize::try_from(precision as i64 - 1 - exponent).unwrap_or(0);
        return short(&format!("{x:.places$}"));
    }
    let (digits, exponent) = shown.split_once('e').unwrap_or((&shown, "+00"));
    format!("{}e{exponent}", short(digits))
}

/// A float is seen to be one.
fn with_point(digits: String) -> String {
    if digits.contains(['.', 'e', 'n']) { digits } else { digits + ".0" }
}
