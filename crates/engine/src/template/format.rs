//! Text with places to fill in: Python's `str.format`, and its `%` in the filter `format`.
use super::{
    arguments::{int, split, wrong},
    python::{bounded, item, repr, text},
    spec::Spec,
};
use minijinja::{Error, State, Value, value::Kwargs};

/// `format.format(*args, **kwargs)`.
pub(super) fn braces(state: &mut State, format: &str, args: &[Value]) -> Result<String, Error> {
    let (placed, named) = split(args)?;
    let mut fields = Fields { placed, named, next: 0 };
    let text = fields.fill(format, 0)?;
    // pays for what was written
    state.consume_fuel(text.len() as u64 / 64)?;
    Ok(text)
}

struct Fields {
    placed: Vec<Value>,
    named: Kwargs,
    next: usize,
}

impl Fields {
    fn fill(&mut self, format: &str, depth: usize) -> Result<String, Error> {
        if depth > 1 {
            return Err(wrong("format: fields nested too deeply"));
        }
        let mut out = String::new();
        let mut rest = format;
        while let Some(at) = rest.find(['{', '}']) {
            out.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            rest = &rest[at + 1..];
            if let Some(left) = rest.strip_prefix(brace).filter(|_| depth == 0) {
                out.push_str(brace);
                rest = left;
                continue;
            }
            let end =
                closing(rest).filter(|_| brace == "{").ok_or_else(|| wrong("format: a brace without its pair"))?;
            out.push_str(&self.field(&rest[..end], depth)?);
            bounded(out.len())?;
            rest = &rest[end + 1..];
        }
        Ok(out + rest)
    }

    /// Fills in `name!conversion:spec`.
    fn field(&mut self, field: &str, depth: usize) -> Result<String, Error> {
        let name_end = name_end(field);
        let (name, rest) = field.split_at(name_end);
        let (conversion, spec) = match rest.strip_prefix('!') {
            Some(rest) => rest.split_at(rest.find(':').unwrap_or(rest.len())),
            None => ("", rest),
        };
        let value = self.value(name)?;
        let spec = self.fill(spec.strip_prefix(':').unwrap_or(spec), depth + 1)?;
        let value = match conversion {
            "" => value,
            "s" => text(&value).into(),
            "r" => repr(&value).into(),
            "a" => ascii(&repr(&value)).into(),
            other => return Err(wrong(format!("format: `!s`, `!r` or `!a` expected, `!{other}` found"))),
        };
        Spec::parse(&spec)?.format(&value)
    }

    /// The value of `name`, `0.name`, `name[0]` and so on.
    fn value(&mut self, path: &str) -> Result<Value, Error> {
        let (name, mut rest) = path.split_at(path.find(['.', '[']).unwrap_or(path.len()));
        let mut value = match name {
            "" => {
                self.next += 1;
                self.placed.get(self.next - 1).cloned()
            }
            name => match name.parse::<usize>() {
                Ok(i) => self.placed.get(i).cloned(),
                Err(_) => self.named.get(name).ok(),
            },
        }
        .ok_or_else(|| wrong(format!("format: nothing is given for `{{{name}}}`")))?;
        while !rest.is_empty() {
            if let Some(attribute) = rest.strip_prefix('.') {
                let (name, left) = attribute.split_at(attribute.find(['.', '[']).unwrap_or(attribute.len()));
                value = value.get_attr(name)?;
                rest = left;
            } else {
                let (key, left) = rest[1..].split_once(']').ok_or_else(|| wrong("format: `]` is missing"))?;
                value = item(&value, &key.parse::<i64>().map_or_else(|_| key.into(), Value::from))?;
                rest = left;
            }
        }
        Ok(value)
    }
}

/// Where the field ends that `text` begins in.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    text.char_indices().find_map(|(at, c)| match c {
        '{' => {
            depth += 1;
            None
        }
        '}' if depth == 0 => Some(at),
        '}' => {
            depth -= 1;
            None
        }
        _ => None,
    })
}

/// Where a field's name ends: at `!` or `:`, which may also stand between brackets.
fn name_end(field: &str) -> usize {
    let mut inside = false;
    let ends = |c: char| match c {
        '[' => {
            inside = true;
            false
        }
        ']' => {
            inside = false;
            false
        }
        c => !inside && matches!(c, '!' | ':'),
    };
    field.find(ends).unwrap_or(field.len())
}

fn ascii(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c as u32 {
            ..=0x7f => out.push(c),
            n @ ..=0xff => out.push_str(&format!("\\x{n:02x}")),
            n @ ..=0xffff => out.push_str(&format!("\\u{n:04x}")),
            n => out.push_str(&format!("\\U{n:08x}")),
        }
    }
    out
}

/// `format % placed`, or `format % map`.
pub(super) fn percent(format: &str, placed: &[Value], map: Option<&Value>) -> Result<String, Error> {
    let mut placed = placed.iter();
    let mut whole_map = map;
    let mut next = || placed.next().cloned().ok_or_else(|| wrong("format: not enough arguments"));
    let mut out = String::new();
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let key = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
        rest = key.map_or(rest, |(_, left)| left);
        let (spec, kind, left) = Spec::percent(rest, || {
            next().and_then(|n| int(&n).ok_or_else(|| wrong("format: `*` wants a whole number")))
        })?;
        rest = left;
        if kind == '%' {
            out.push('%');
            continue;
        }
        let value = match key {
            Some((key, _)) => item(map.ok_or_else(|| wrong("format: no names are given"))?, &key.into())?,
            None => whole_map.take().cloned().map_or_else(&mut next, Ok)?,
        };
        let value = match kind {
            's' => text(&value).into(),
            'r' => repr(&value).into(),
            'a' => ascii(&repr(&value)).into(),
            _ => value,
        };
        out.push_str(&spec.format(&value)?);
        bounded(out.len())?;
    }
    if placed.next().is_some() {
        return Err(wrong("format: not all arguments are used"));
    }
    Ok(out + rest)
}
