//! The filter `tojson` as transformers has it: Python's `json.dumps(value, ensure_ascii=False, ..)`.
use super::{
    arguments::{Arguments, wrong},
    objects::{View, is_generator},
    python::{number, ordering, text},
};
use crate::tokenizer::GUARD;
use minijinja::{
    Error, Value,
    value::{Kwargs, Rest, ValueKind},
};
use std::{cmp::Ordering, fmt::Write};

/// `tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False)`.
pub(super) fn tojson(value: &Value, given: Rest<Value>, named: Kwargs) -> Result<String, Error> {
    let arguments = Arguments::new(&given, &named, ["ensure_ascii", "indent", "separators", "sort_keys"])?;
    let indent = arguments.some(1).map(|indent| match indent.as_str() {
        Some(text) => Ok::<_, Error>(text.to_owned()),
        None => Ok(" ".repeat(usize::try_from(arguments.int(1, 0)?.clamp(0, 64)).unwrap_or(0))),
    });
    let indent = indent.transpose()?;
    let (item, colon) = match arguments.some(2) {
        None => ((if indent.is_some() { "," } else { ", " }).to_owned(), ": ".to_owned()),
        Some(pair) => match &pair.try_iter()?.map(|s| s.as_str().map(str::to_owned)).collect::<Vec<_>>()[..] {
            [Some(item), Some(colon)] => (item.clone(), colon.clone()),
            _ => return Err(wrong("tojson: two texts expected as `separators`")),
        },
    };
    let json = Json { indent, item, colon, ascii: arguments.flag(0, false), sorted: arguments.flag(3, false) };
    let mut out = String::new();
    json.write(value, 0, &mut out)?;
    // text like any other: templates escape nothing
    Ok(out)
}

fn is_view(value: &Value) -> bool {
    value.downcast_object_ref::<View>().is_some()
}

/// A number, true, false or null.
fn plain(value: &Value) -> String {
    match value.kind() {
        ValueKind::None => "null".to_owned(),
        ValueKind::Bool => (if value.is_true() { "true" } else { "false" }).to_owned(),
        _ => {
            let mut text = String::new();
            number(value, &mut text);
            match &text[..] {
                "nan" => "NaN".to_owned(),
                "inf" => "Infinity".to_owned(),
                "-inf" => "-Infinity".to_owned(),
                _ => text,
            }
        }
    }
}

fn key(key: &Value) -> Result<String, Error> {
    match key.kind() {
        ValueKind::None | ValueKind::Bool | ValueKind::Number => Ok(plain(key)),
        ValueKind::String => Ok(text(key)),
        other => Err(wrong(format!("tojson: a key of JSON expected, {other} found"))),
    }
}

fn sort(keys: &mut [Value]) -> Result<(), Error> {
    let mut failed = None;
    keys.sort_by(|a, b| {
        ordering(a, b).unwrap_or_else(|e| {
            failed.get_or_insert(e);
            Ordering::Equal
        })
    });
    failed.map_or(Ok(()), Err)
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
            return Err(wrong("tojson: nested too deeply"));
        }
        match value.kind() {
            ValueKind::None | ValueKind::Bool | ValueKind::Number => out.push_str(&plain(value)),
            ValueKind::String => self.string(value.as_str().unwrap_or_default(), out),
            ValueKind::Map => {
                let mut keys: Vec<_> = value.try_iter()?.collect();
                if self.sorted {
                    sort(&mut keys)?;
                }
                self.block(('{', '}'), keys.len(), depth, out, |i, out| {
                    self.string(&key(&keys[i])?, out);
                    out.push_str(&self.colon);
                    self.write(&value.get_item(&keys[i])?, depth + 1, out)
                })?;
            }
            // what slices and sums of lists give is lists
            ValueKind::Seq | ValueKind::Iterable if !is_generator(value) && !is_view(value) => {
                let items: Vec<_> = value.try_iter()?.collect();
                self.block(('[', ']'), items.len(), depth, out, |i, out| self.write(&items[i], depth + 1, out))?;
            }
            other => {
                return Err(wrong(format!("tojson: a value of JSON expected, {other} found")));
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
                // a guard is none of the text
                c if self.ascii && c > '~' && c != GUARD => {
                    c.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(out, "\\u{unit:04x}"))
                }
                c => write!(out, "{c}"),
            };
        }
        out.push('"');
    }
}
