//! Values as Python prints them: templates are written for it, and models were trained on what it printed.
use minijinja::{
    Error, ErrorKind, Value,
    value::{Kwargs, ValueKind},
};
use std::fmt::Write;

/// Longest text that a template may make: far beyond any context.
const MAX_TEXT: usize = 64 << 20;

/// `str(value)`.
pub(super) fn text(value: &Value) -> String {
    match value.as_str() {
        Some(text) => text.to_owned(),
        None if value.is_undefined() => String::new(),
        None => {
            let mut out = String::new();
            repr(value, &mut out);
            out
        }
    }
}

/// The `string` filter.
pub(super) fn string(value: &Value) -> String {
    text(value)
}

/// The `join` filter.
pub(super) fn join(value: &Value, between: Option<&str>) -> Result<String, Error> {
    let items: Vec<_> = value.try_iter()?.map(|item| text(&item)).collect();
    bounded(items.join(between.unwrap_or("")))
}

fn bounded(text: String) -> Result<String, Error> {
    match text.len() {
        0..=MAX_TEXT => Ok(text),
        n => Err(Error::new(ErrorKind::OutOfFuel, format!("at most {MAX_TEXT} bytes of text expected, {n} found"))),
    }
}

/// `repr(value)`, appended to `out`.
fn repr(value: &Value, out: &mut String) {
    match value.kind() {
        ValueKind::Undefined => {}
        ValueKind::None => out.push_str("None"),
        ValueKind::Bool => out.push_str(if value.is_true() { "True" } else { "False" }),
        ValueKind::Number => number(value, out),
        ValueKind::String => quote(value.as_str().unwrap_or_default(), out),
        ValueKind::Map => {
            out.push('{');
            for (i, key) in value.try_iter().into_iter().flatten().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                repr(&key, out);
                out.push_str(": ");
                repr(&value.get_item(&key).unwrap_or_default(), out);
            }
            out.push('}');
        }
        ValueKind::Seq | ValueKind::Iterable => {
            out.push('[');
            for (i, item) in value.try_iter().into_iter().flatten().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                repr(&item, out);
            }
            out.push(']');
        }
        _ => out.push_str(&value.to_string()),
    }
}

fn number(value: &Value, out: &mut String) {
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
    // writing to a String cannot fail
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
            c if (c < ' ' || c == '\u{7f}') || ('\u{80}'..='\u{a0}').contains(&c) || c == '\u{ad}' => {
                write!(out, "\\x{:02x}", c as u32)
            }
            c if matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{feff}' | '\u{3000}') => {
                write!(out, "\\u{:04x}", c as u32)
            }
            c => write!(out, "{c}"),
        };
    }
    out.push(mark);
}

/// The `tojson` filter as transformers has it: `json.dumps(value, ensure_ascii=False, ..)`.
pub(super) fn tojson(value: &Value, indent: Option<&Value>, kwargs: Kwargs) -> Result<Value, Error> {
    let indent = match kwargs.get::<Option<Value>>("indent")?.as_ref().or(indent).filter(|v| !v.is_none()) {
        None => None,
        Some(indent) => Some(match indent.as_str() {
            Some(text) => text.to_owned(),
            None => " ".repeat(usize::try_from(i64::try_from(indent.clone())?.clamp(0, 64)).unwrap_or(0)),
        }),
    };
    let separators: Option<Vec<String>> = kwargs.get("separators")?;
    let (item, colon) = match separators.as_deref() {
        Some([item, colon]) => (item.clone(), colon.clone()),
        Some(_) => return Err(Error::new(ErrorKind::InvalidOperation, "tojson: two separators expected")),
        None => ((if indent.is_some() { "," } else { ", " }).to_owned(), ": ".to_owned()),
    };
    let json = Json {
        indent,
        item,
        colon,
        ascii: kwargs.get::<Option<bool>>("ensure_ascii")?.unwrap_or(false),
        sorted: kwargs.get::<Option<bool>>("sort_keys")?.unwrap_or(false),
    };
    kwargs.assert_all_used()?;
    let mut out = String::new();
    json.write(value, 0, &mut out)?;
    // text like any other: templates escape nothing
    Ok(Value::from(out))
}

struct Json {
    indent: Option<String>,
    item: String,
    colon: String,
    ascii: bool,
    sorted: bool,
}

impl Json {
    fn write(&self, value: &Value, depth: usize, out: &mut String) -> Result<(), Error> {
        if depth > 100 {
            return Err(Error::new(ErrorKind::InvalidOperation, "tojson: nested too deeply"));
        }
        match value.kind() {
            ValueKind::None => out.push_str("null"),
            ValueKind::Bool => out.push_str(if value.is_true() { "true" } else { "false" }),
            ValueKind::Number => {
                let mut text = String::new();
                number(value, &mut text);
                out.push_str(match &text[..] {
                    "nan" => "NaN",
                    "inf" => "Infinity",
                    "-inf" => "-Infinity",
                    text => text,
                });
            }
            ValueKind::String => self.string(value.as_str().unwrap_or_default(), out),
            ValueKind::Map => {
                let mut keys: Vec<_> = value.try_iter()?.collect();
                if self.sorted {
                    keys.sort();
                }
                self.block(('{', '}'), keys.len(), depth, out, |i, out| {
                    let key = match keys[i].kind() {
                        ValueKind::None => "null".to_owned(),
                        ValueKind::Bool => keys[i].to_string(),
                        _ => text(&keys[i]),
                    };
                    self.string(&key, out);
                    out.push_str(&self.colon);
                    self.write(&value.get_item(&keys[i])?, depth + 1, out)
                })?;
            }
            ValueKind::Seq => {
                let items: Vec<_> = value.try_iter()?.collect();
                self.block(('[', ']'), items.len(), depth, out, |i, out| self.write(&items[i], depth + 1, out))?;
            }
            other => {
                return Err(Error::new(
                    ErrorKind::InvalidOperation,
                    format!("tojson: a value of JSON expected, {other} found"),
                ));
            }
        }
        Ok(())
    }

    fn block(
        &self,
        (open, close): (char, char),
        n: usize,
        depth: usize,
        out: &mut String,
        write: impl Fn(usize, &mut String) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let line = |out: &mut String, depth: usize| {
            if let Some(indent) = self.indent.as_ref().filter(|_| n > 0) {
                out.push('\n');
                (0..depth).for_each(|_| out.push_str(indent));
            }
        };
        out.push(open);
        for i in 0..n {
            out.push_str(if i > 0 { &self.item } else { "" });
            line(out, depth + 1);
            write(i, out)?;
        }
        line(out, depth);
        out.push(close);
        Ok(())
    }

    fn string(&self, text: &str, out: &mut String) {
        out.push('"');
        for c in text.chars() {
            let _ = match c {
                '"' => write!(out, "\\\""),
                '\\' => write!(out, "\\\\"),
                '\n' => write!(out, "\\n"),
                '\r' => write!(out, "\\r"),
                '\t' => write!(out, "\\t"),
                '\u{8}' => write!(out, "\\b"),
                '\u{c}' => write!(out, "\\f"),
                c if c < ' ' => write!(out, "\\u{:04x}", c as u32),
                c if self.ascii && !c.is_ascii() => {
                    c.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(out, "\\u{unit:04x}"))
                }
                c => write!(out, "{c}"),
            };
        }
        out.push('"');
    }
}
