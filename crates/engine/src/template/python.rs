//! Values as Python prints and orders them: templates are written for it, and models were trained on what it printed.
use super::{
    arguments::wrong,
    objects::{Method, Part, View, is_generator, is_tuple},
};
use crate::tokenizer::GUARD;
use minijinja::{Error, ErrorKind, Value, value::ValueKind};
use std::{cmp::Ordering, fmt::Write};

/// Longest text that a template may make: far beyond any context.
pub(super) const MAX_TEXT: usize = 64 << 20;
/// Values nested deeper are neither printed nor compared.
const MAX_DEPTH: usize = 200;

/// Refuses `n` bytes of text when that is too much; asked before they are made.
pub(super) fn bounded(n: usize) -> Result<(), Error> {
    match n {
        0..=MAX_TEXT => Ok(()),
        n => Err(Error::new(ErrorKind::OutOfFuel, format!("at most {MAX_TEXT} bytes of text expected, {n} found"))),
    }
}

/// `str(value)`.
pub(super) fn text(value: &Value) -> String {
    match value.as_str() {
        Some(text) => text.to_owned(),
        None if value.is_undefined() => String::new(),
        None => repr(value),
    }
}

/// `repr(value)`.
pub(super) fn repr(value: &Value) -> String {
    let mut out = String::new();
    write_repr(value, 0, &mut out);
    out
}

fn write_repr(value: &Value, depth: usize, out: &mut String) {
    match value.kind() {
        _ if depth > MAX_DEPTH => out.push_str("..."),
        // a value that holds another twice, and so on, would never end: longer than allowed is enough
        _ if out.len() > MAX_TEXT => {}
        ValueKind::Undefined => out.push_str("Undefined"),
        ValueKind::None => out.push_str("None"),
        ValueKind::Bool => out.push_str(if value.is_true() { "True" } else { "False" }),
        ValueKind::Number => number(value, out),
        ValueKind::String => quote(value.as_str().unwrap_or_default(), out),
        ValueKind::Map => {
            out.push('{');
            for (i, key) in value.try_iter().into_iter().flatten().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                write_repr(&key, depth + 1, out);
                out.push_str(": ");
                write_repr(&value.get_item(&key).unwrap_or_default(), depth + 1, out);
            }
            out.push('}');
        }
        ValueKind::Seq | ValueKind::Iterable => sequence(value, depth, out),
        _ => match value.downcast_object_ref::<Method>() {
            Some(method) => {
                // writing to a String cannot fail
                let _ = write!(out, "<built-in method {} of dict object>", method.name);
            }
            None => out.push_str(&value.to_string()),
        },
    }
}

fn sequence(value: &Value, depth: usize, out: &mut String) {
    if is_generator(value) {
        return out.push_str("<generator object>");
    }
    let (open, close) = match value.downcast_object_ref::<View>().map(|view| view.part) {
        Some(Part::Keys) => ("dict_keys([", "])"),
        Some(Part::Values) => ("dict_values([", "])"),
        Some(Part::Items) => ("dict_items([", "])"),
        None if is_tuple(value) && value.len() == Some(1) => ("(", ",)"),
        None if is_tuple(value) => ("(", ")"),
        None => ("[", "]"),
    };
    out.push_str(open);
    for (i, item) in value.try_iter().into_iter().flatten().enumerate() {
        out.push_str(if i > 0 { ", " } else { "" });
        write_repr(&item, depth + 1, out);
    }
    out.push_str(close);
}

/// `repr` of an int or a float.
pub(super) fn number(value: &Value, out: &mut String) {
    if value.is_integer() {
        out.push_str(&value.to_string());
        return;
    }
    float(f64::try_from(value.clone()).unwrap_or(f64::NAN), out);
}

/// The shortest digits that read back the same; an exponent below 1e-4 and from 1e16 on.
fn float(x: f64, out: &mut String) {
    if !x.is_finite() {
        out.push_str(if x.is_nan() {
            "nan"
        } else if x > 0.0 {
            "inf"
        } else {
            "-inf"
        });
        return;
    }
    let scientific = format!("{x:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let _ = if (-4..16).contains(&exponent) {
        write!(out, "{x:?}")
    } else {
        write!(out, "{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
    };
}

fn quote(text: &str, out: &mut String) {
    let mark = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(mark);
    for c in text.chars() {
        let _ = match c {
            '\\' => write!(out, "\\\\"),
            '\n' => write!(out, "\\n"),
            '\r' => write!(out, "\\r"),
            '\t' => write!(out, "\\t"),
            c if c == mark => write!(out, "\\{c}"),
            // a guard is none of the text
            c if is_printable(c) || c == GUARD => write!(out, "{c}"),
            c if c <= '\u{ff}' => write!(out, "\\x{:02x}", c as u32),
            c if c <= '\u{ffff}' => write!(out, "\\u{:04x}", c as u32),
            c => write!(out, "\\U{:08x}", c as u32),
        };
    }
    out.push(mark);
}

/// Whether `repr` leaves the character as it is: no control, format, private, unassigned or separating one.
fn is_printable(c: char) -> bool {
    !matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{a0}' | '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
        | '\u{890}' | '\u{891}' | '\u{8e2}' | '\u{1680}' | '\u{180e}' | '\u{2000}'..='\u{200f}'
        | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}' | '\u{3000}' | '\u{e000}'..='\u{f8ff}'
        | '\u{fdd0}'..='\u{fdef}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{110bd}'
        | '\u{110cd}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e00ff}' | '\u{e01f0}'..='\u{10ffff}')
}

/// Which of two values Python puts first, where it would put any.
pub(super) fn ordering(a: &Value, b: &Value) -> Result<Ordering, Error> {
    compare(a, b, 0)
}

fn compare(a: &Value, b: &Value, depth: usize) -> Result<Ordering, Error> {
    use ValueKind::{Bool, Iterable, Number, Seq, String};
    match (a.kind(), b.kind()) {
        (Bool | Number, Bool | Number) | (String, String) => Ok(a.cmp(b)),
        (Seq | Iterable, Seq | Iterable) if is_tuple(a) == is_tuple(b) && depth < MAX_DEPTH => {
            let (mut left, mut right) = (a.try_iter()?, b.try_iter()?);
            loop {
                match (left.next(), right.next()) {
                    (Some(x), Some(y)) if x == y => {}
                    (Some(x), Some(y)) => return compare(&x, &y, depth + 1),
                    (x, y) => return Ok(x.is_some().cmp(&y.is_some())),
                }
            }
        }
        (a, b) => Err(wrong(format!("{a} and {b} have no order"))),
    }
}

/// The values that a loop over `value` sees.
pub(super) fn iterate(value: &Value) -> Result<minijinja::value::ValueIter, Error> {
    match value.kind() {
        ValueKind::None | ValueKind::Bool | ValueKind::Number | ValueKind::Plain => {
            Err(wrong(format!("{} is not iterable", value.kind())))
        }
        _ => value.try_iter(),
    }
}

/// `value[key]`, else `value.key`, else undefined.
pub(super) fn item(value: &Value, key: &Value) -> Result<Value, Error> {
    value.get_item(key)
}

/// `len(value)`.
pub(super) fn length(value: &Value) -> Result<usize, Error> {
    match value.kind() {
        ValueKind::Undefined => Ok(0),
        ValueKind::String => Ok(value.as_str().unwrap_or_default().chars().count()),
        ValueKind::Map | ValueKind::Seq => value.len().ok_or_else(|| wrong("the length is not known")),
        ValueKind::Iterable if !is_generator(value) => match value.len() {
            Some(n) => Ok(n),
            None => Ok(value.try_iter()?.count()),
        },
        other => Err(wrong(format!("{other} has no length"))),
    }
}

/// `str.isspace` of one character.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// `str.splitlines`.
pub(super) fn lines(text: &str, keep_ends: bool) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    let is_end = |c: char| matches!(c, '\n'..='\r' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}');
    while let Some(at) = rest.find(is_end) {
        let end = if rest[at..].starts_with("\r\n") { 2 } else { rest[at..].chars().next().map_or(1, char::len_utf8) };
        lines.push(&rest[..if keep_ends { at + end } else { at }]);
        rest = &rest[at + end..];
    }
    lines.extend(Some(rest).filter(|rest| !rest.is_empty()));
    lines
}

/// A character as a title begins with it.
pub(super) fn title_case(c: char) -> String {
    match c {
        '\u{1c4}'..='\u{1c6}' => "\u{1c5}".to_owned(),
        '\u{1c7}'..='\u{1c9}' => "\u{1c8}".to_owned(),
        '\u{1ca}'..='\u{1cc}' => "\u{1cb}".to_owned(),
        '\u{1f1}'..='\u{1f3}' => "\u{1f2}".to_owned(),
        c => {
            let mut upper = c.to_uppercase();
            let first: String = upper.by_ref().take(1).collect();
            first + &upper.flat_map(char::to_lowercase).collect::<String>()
        }
    }
}

/// `str.capitalize`.
pub(super) fn capitalize(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(title_case).unwrap_or_default() + &chars.as_str().to_lowercase()
}
