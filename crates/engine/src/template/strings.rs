//! Methods of Python's `str`.
use super::{
    arguments::{Arguments, wrong},
    format, guarded,
    objects::is_tuple,
    python::{bounded, capitalize, is_space, iterate, lines, title_case},
};
use crate::tokenizer::GUARD;
use minijinja::{Error, ErrorKind, State, Value, value::Tuple};

/// Calls the method `name` of `text`.
pub(super) fn method(state: &mut State, text: &str, name: &str, args: &[Value]) -> Result<Value, Error> {
    if let Some(yes) = question(text, name) {
        Arguments::bind(args, [])?;
        return Ok(yes.into());
    }
    if let Some(changed) = changed(text, name) {
        Arguments::bind(args, [])?;
        return Ok(changed.into());
    }
    match name {
        "strip" | "lstrip" | "rstrip" => {
            let args = Arguments::bind(args, ["chars"])?;
            Ok(strip(text, args.text_or_none(0)?, name != "rstrip", name != "lstrip").into())
        }
        "replace" => {
            let args = Arguments::bind(args, ["old", "new", "count"])?;
            Ok(replace(text, args.text(0)?, args.text(1)?, args.int(2, -1)?)?.into())
        }
        "split" | "rsplit" => {
            let args = Arguments::bind(args, ["sep", "maxsplit"])?;
            split(text, args.text_or_none(0)?, args.int(1, -1)?, name == "rsplit")
        }
        "splitlines" => {
            let args = Arguments::bind(args, ["keepends"])?;
            Ok(lines(text, args.flag(0, false)).into_iter().map(Value::from).collect::<Vec<_>>().into())
        }
        "partition" | "rpartition" => partition(text, Arguments::bind(args, ["sep"])?.text(0)?, name == "rpartition"),
        "join" => join(text, Arguments::bind(args, ["iterable"])?.need(0)?),
        "startswith" | "endswith" | "find" | "rfind" | "index" | "rindex" | "count" => search(text, name, args),
        "removeprefix" => {
            let args = Arguments::bind(args, ["prefix"])?;
            Ok(guarded::strip_prefix(text, args.text(0)?).unwrap_or(text).into())
        }
        "removesuffix" => {
            let args = Arguments::bind(args, ["suffix"])?;
            Ok(guarded::strip_suffix(text, args.text(0)?).unwrap_or(text).into())
        }
        "center" | "ljust" | "rjust" => {
            let args = Arguments::bind(args, ["width", "fillchar"])?;
            args.need(0)?;
            let fill = args.given(1).map_or(Ok(" "), |_| args.text(1))?;
            Ok(justify(text, args.int(0, 0)?, fill, name)?.into())
        }
        "zfill" => {
            let args = Arguments::bind(args, ["width"])?;
            args.need(0)?;
            let digits = text.trim_start_matches(['+', '-']);
            let sign = &text[..(text.len() - digits.len()).min(1)];
            let width = args.int(0, 0)? - sign.len() as i64;
            Ok((sign.to_owned() + &justify(&text[sign.len()..], width, "0", "rjust")?).into())
        }
        "expandtabs" => Ok(expand_tabs(text, Arguments::bind(args, ["tabsize"])?.int(0, 8)?)?.into()),
        "format" => Ok(format::braces(state, text, args)?.into()),
        _ => Err(Error::from(ErrorKind::UnknownMethod)),
    }
}

/// The methods that ask something of all characters.
fn question(text: &str, name: &str) -> Option<bool> {
    let all = |is: fn(char) -> bool| !text.is_empty() && text.chars().all(is);
    let some = |is: fn(char) -> bool| text.chars().any(is);
    // fractions, Roman and other numbers that are no digits
    let is_fraction = |c: char| matches!(c, '\u{bc}'..='\u{be}' | '\u{2150}'..='\u{218f}' | '\u{3007}' | '\u{3021}'..);
    let is_power =
        |c: char| matches!(c, '\u{b2}' | '\u{b3}' | '\u{b9}' | '\u{2070}'..='\u{2089}' | '\u{2460}'..='\u{249b}');
    let digits = |powers: bool| {
        all(char::is_numeric) && !text.chars().any(is_fraction) && (powers || !text.chars().any(is_power))
    };
    Some(match name {
        "isdigit" => digits(true),
        "isdecimal" => digits(false),
        "isnumeric" => all(char::is_numeric),
        "isalpha" => all(char::is_alphabetic),
        "isalnum" => all(char::is_alphanumeric),
        "isspace" => all(is_space),
        "isascii" => text.is_ascii(),
        "islower" => some(char::is_lowercase) && !some(is_upper),
        "isupper" => some(char::is_uppercase) && !some(|c| is_cased(c) && !c.is_uppercase()),
        "istitle" => is_title(text),
        "isidentifier" => {
            let first = text.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_');
            first && text.chars().all(|c| c.is_alphanumeric() || c == '_')
        }
        _ => return None,
    })
}

/// The methods that give another text and need nothing else for it.
fn changed(text: &str, name: &str) -> Option<String> {
    Some(match name {
        "upper" => text.to_uppercase(),
        "lower" => text.to_lowercase(),
        "casefold" => text.to_lowercase().replace('ß', "ss").replace('ς', "σ"),
        "capitalize" => capitalize(text),
        "title" => title(text),
        "swapcase" => {
            let swap = |c: char| match c {
                c if c.is_uppercase() => c.to_lowercase().collect::<String>(),
                c if c.is_lowercase() => c.to_uppercase().collect(),
                c => c.to_string(),
            };
            text.chars().map(swap).collect()
        }
        _ => return None,
    })
}

fn is_upper(c: char) -> bool {
    is_cased(c) && !c.is_lowercase()
}

fn is_cased(c: char) -> bool {
    c.is_lowercase() || c.is_uppercase() || !c.to_lowercase().eq([c])
}

fn title(text: &str) -> String {
    let (mut out, mut inside) = (String::with_capacity(text.len()), false);
    for c in text.chars() {
        if inside {
            out.extend(c.to_lowercase());
        } else {
            out.push_str(&title_case(c));
        }
        inside = is_cased(c);
    }
    out
}

fn is_title(text: &str) -> bool {
    let (mut inside, mut some) = (false, false);
    for c in text.chars() {
        if is_upper(c) == inside && is_cased(c) {
            return false;
        }
        inside = is_cased(c);
        some |= inside;
    }
    some
}

/// `strip`, of whitespace or of any of `chars`.
pub(super) fn strip<'a>(text: &'a str, chars: Option<&str>, start: bool, end: bool) -> &'a str {
    let goes = |c: char| chars.map_or_else(|| is_space(c), |chars| chars.contains(c));
    // a guard at the start guards what is gone
    let text = if start { text.trim_start_matches(|c| goes(c) || c == GUARD) } else { text };
    if end { text.trim_end_matches(goes) } else { text }
}

/// `replace`; a negative count is no limit.
pub(super) fn replace(text: &str, old: &str, new: &str, count: i64) -> Result<String, Error> {
    let mut found = guarded::find_all(text, old, false);
    found.truncate(usize::try_from(count).unwrap_or(usize::MAX));
    bounded(text.len().saturating_add(found.len().saturating_mul(new.len())))?;
    let (mut out, mut copied) = (String::with_capacity(text.len()), 0);
    for (start, end) in found {
        out.push_str(&text[copied..start]);
        out.push_str(new);
        copied = end;
    }
    Ok(out + &text[copied..])
}

fn split(text: &str, sep: Option<&str>, max: i64, from_end: bool) -> Result<Value, Error> {
    let max = usize::try_from(max).unwrap_or(usize::MAX);
    let parts = match sep {
        Some("") => return Err(wrong("split: an empty separator")),
        Some(sep) => {
            let mut found = guarded::find_all(text, sep, from_end);
            found.truncate(max);
            if from_end {
                found.reverse();
            }
            let ends = found.iter().map(|(start, _)| *start).chain([text.len()]);
            let starts = [0].into_iter().chain(found.iter().map(|(_, end)| *end));
            starts.zip(ends).map(|(start, end)| &text[start..end]).collect()
        }
        None => {
            let mut words = split_space(text, max.saturating_add(1), from_end);
            if from_end {
                words.reverse();
            }
            words
        }
    };
    Ok(parts.into_iter().map(Value::from).collect::<Vec<_>>().into())
}

/// At most `max` words; what is beyond is in the last of them. From the end, they come last first.
fn split_space(text: &str, max: usize, from_end: bool) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = strip(text, None, !from_end, from_end);
    while !rest.is_empty() {
        let cut = if from_end { rest.rfind(is_space) } else { rest.find(is_space) };
        let cut = cut.filter(|_| words.len() + 1 < max);
        let Some(at) = cut else {
            words.push(strip(rest, None, from_end, !from_end));
            break;
        };
        let after = at + rest[at..].chars().next().map_or(1, char::len_utf8);
        let (word, left) = if from_end { (&rest[after..], &rest[..at]) } else { (&rest[..at], &rest[after..]) };
        words.push(word);
        rest = strip(left, None, !from_end, from_end);
    }
    words
}

fn partition(text: &str, sep: &str, from_end: bool) -> Result<Value, Error> {
    if sep.is_empty() {
        return Err(wrong("partition: an empty separator"));
    }
    let parts = match guarded::find_all(text, sep, from_end).first() {
        Some((start, end)) => [&text[..*start], &text[*start..*end], &text[*end..]],
        None if from_end => ["", "", text],
        None => [text, "", ""],
    };
    Ok(Tuple::from(parts.map(Value::from)).into())
}

fn join(between: &str, values: &Value) -> Result<Value, Error> {
    let mut out = String::new();
    for (i, value) in iterate(values)?.enumerate() {
        let text = value.as_str().ok_or_else(|| wrong(format!("join: text expected, {} found", value.kind())))?;
        bounded(out.len() + between.len() + text.len())?;
        out.push_str(if i > 0 { between } else { "" });
        out.push_str(text);
    }
    Ok(out.into())
}

/// The methods that look for a text between two places.
fn search(text: &str, name: &str, args: &[Value]) -> Result<Value, Error> {
    let args = Arguments::bind(args, ["sub", "start", "end"])?;
    let places = args.some(1).is_some() || args.some(2).is_some();
    let n = if places { text.chars().count() as i64 } else { i64::MAX };
    let place = |i: usize, default| -> Result<i64, Error> {
        let at = if args.some(i).is_some() { args.int(i, 0)? } else { default };
        Ok(if at < 0 { (n + at).max(0) } else { at })
    };
    let (start, end) = (place(1, 0)?, place(2, n)?.min(n));
    let byte =
        |at: i64| text.char_indices().nth(usize::try_from(at).unwrap_or(usize::MAX)).map_or(text.len(), |(i, _)| i);
    let window = match (places, start <= end) {
        (false, _) => Some(text),
        (true, true) => Some(&text[byte(start)..byte(end)]),
        (true, false) => None,
    };
    let found = |sub: &str| {
        let window = window?;
        let (at, _) = *guarded::find_all(window, sub, name.starts_with('r')).first()?;
        Some(start + window[..at].chars().count() as i64)
    };
    match name {
        "startswith" => {
            affix(args.need(0)?, |sub| window.is_some_and(|window| guarded::strip_prefix(window, sub).is_some()))
        }
        "endswith" => {
            affix(args.need(0)?, |sub| window.is_some_and(|window| guarded::strip_suffix(window, sub).is_some()))
        }
        "count" => {
            let sub = args.text(0)?;
            Ok(window.map_or(0, |window| guarded::find_all(window, sub, false).len()).into())
        }
        "find" | "rfind" => Ok(found(args.text(0)?).unwrap_or(-1).into()),
        _ => found(args.text(0)?).map(Value::from).ok_or_else(|| wrong(format!("{name}: the text is not there"))),
    }
}

/// Whether one text, or one of a tuple, fits.
fn affix(wanted: &Value, fits: impl Fn(&str) -> bool) -> Result<Value, Error> {
    if let Some(text) = wanted.as_str() {
        return Ok(fits(text).into());
    }
    if !is_tuple(wanted) {
        return Err(wrong(format!("text or a tuple of texts expected, {} found", wanted.kind())));
    }
    for text in wanted.try_iter()? {
        let text = text.as_str().ok_or_else(|| wrong(format!("text expected, {} found", text.kind())))?;
        if fits(text) {
            return Ok(true.into());
        }
    }
    Ok(false.into())
}

/// `center`, `ljust` or `rjust`.
pub(super) fn justify(text: &str, width: i64, fill: &str, how: &str) -> Result<String, Error> {
    if fill.chars().count() != 1 {
        return Err(wrong(format!("{how}: one character expected to fill with, `{fill}` found")));
    }
    let width = usize::try_from(width).unwrap_or(0);
    bounded(width.saturating_mul(fill.len()))?;
    let room = width.saturating_sub(text.chars().count());
    let left = match how {
        "ljust" => 0,
        "rjust" => room,
        _ => room / 2 + (room & width & 1),
    };
    Ok(fill.repeat(left) + text + &fill.repeat(room - left))
}

fn expand_tabs(text: &str, size: i64) -> Result<String, Error> {
    let size = usize::try_from(size).unwrap_or(0);
    bounded(text.matches('\t').count().saturating_mul(size))?;
    let (mut out, mut column) = (String::new(), 0);
    for c in text.chars() {
        match c {
            '\t' if size == 0 => {}
            '\t' => {
                let n = size - column % size;
                out.extend(std::iter::repeat_n(' ', n));
                column += n;
            }
            c => {
                out.push(c);
                column = if matches!(c, '\n' | '\r') { 0 } else { column + 1 };
            }
        }
    }
    Ok(out)
}
