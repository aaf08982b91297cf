//! Filters over one value, as Jinja2 has them.
use super::{
    arguments::{Arguments, int, wrong},
    format,
    json::tojson,
    python::{bounded, capitalize, iterate, lines, text},
    strings::{justify, replace, strip},
};
use minijinja::{
    Environment, Error, Value,
    value::{Kwargs, Rest, ValueKind},
};

/// What minijinja has and Jinja2 has not.
const FOREIGN: [&str; 5] = ["bool", "chain", "lines", "split", "zip"];

/// Gives `jinja` all filters of this file.
pub(super) fn add(jinja: &mut Environment<'_>) {
    FOREIGN.iter().for_each(|name| jinja.remove_filter(name));
    jinja.add_filter("string", string);
    jinja.add_filter("tojson", tojson);
    jinja.add_filter("upper", |value: &Value| text(value).to_uppercase());
    jinja.add_filter("lower", |value: &Value| text(value).to_lowercase());
    jinja.add_filter("capitalize", |value: &Value| capitalize(&text(value)));
    jinja.add_filter("title", |value: &Value| title(&text(value)));
    jinja.add_filter("trim", trim);
    jinja.add_filter("replace", replaced);
    jinja.add_filter("indent", indent);
    jinja.add_filter("center", center);
    jinja.add_filter("truncate", truncate);
    jinja.add_filter("wordcount", word_count);
    jinja.add_filter("format", formatted);
    jinja.add_filter("safe", |value: &Value| Value::from_safe_string(text(value)));
    jinja.add_filter("escape", escaped);
    jinja.add_filter("e", escaped);
    jinja.add_filter("forceescape", |value: &Value| Value::from_safe_string(escape(&text(value))));
    jinja.add_filter("striptags", |value: &Value| strip_tags(&text(value)));
    jinja.add_filter("urlencode", url_encode);
    jinja.add_filter("xmlattr", xml_attributes);
    jinja.add_filter("default", default);
    jinja.add_filter("d", default);
    jinja.add_filter("int", to_int);
    jinja.add_filter("float", to_float);
    jinja.add_filter("abs", absolute);
    jinja.add_filter("round", round);
}

fn string(value: &Value) -> Value {
    if value.as_str().is_some() { value.clone() } else { text(value).into() }
}

fn title(text: &str) -> String {
    let begins = |c: char| super::python::is_space(c) || matches!(c, '-' | '(' | '{' | '[' | '<');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let word = rest.trim_start_matches(begins);
        out.push_str(&rest[..rest.len() - word.len()]);
        let (word, left) = word.split_at(word.find(begins).unwrap_or(word.len()));
        let mut chars = word.chars();
        out.extend(chars.next().into_iter().flat_map(char::to_uppercase));
        out.push_str(&chars.as_str().to_lowercase());
        rest = left;
    }
    out
}

fn formatted(value: &Value, given: Rest<Value>, named: Kwargs) -> Result<String, Error> {
    let named = named.args().map(|name| Ok((name, named.get::<Value>(name)?))).collect::<Result<Vec<_>, Error>>()?;
    if !given.is_empty() && !named.is_empty() {
        return Err(wrong("format: arguments are given both by place and by name"));
    }
    let map = (!named.is_empty()).then(|| Value::from_pairs(named));
    format::percent(&text(value), &given, map.as_ref())
}

fn trim(value: &Value, given: Rest<Value>, named: Kwargs) -> Result<String, Error> {
    let arguments = Arguments::new(&given, &named, ["chars"])?;
    Ok(strip(&text(value), arguments.text_or_none(0)?, true, true).to_owned())
}

fn replaced(value: &Value, given: Rest<Value>, named: Kwargs) -> Result<String, Error> {
    let arguments = Arguments::new(&given, &named, ["old", "new", "count"])?;
    let count = arguments.some(2).map_or(Ok(-1), |_| arguments.int(2, -1))?;
    replace(&text(value), &text(arguments.need(0)?), &text(arguments.need(1)?), count)
}

fn indent(value: &Value, given: Rest<Value>, named: Kwargs) -> Result<String, Error> {
    let arguments = Arguments::new(&given, &named, ["width", "first", "blank"])?;
    let text = value.as_str().ok_or_else(|| wrong(format!("indent: text expected, {} found", value.kind())))?;
    let by = match arguments.given(0).and_then(Value::as_str) {
        Some(by) => by.to_owned(),
        None => {
            let width = usize::try_from(arguments.int(0, 4)?).unwrap_or(0);
            bounded(width)?;
            " ".repeat(width)
        }
    };
    let text = text.to_owned() + "\n";
    let lines = lines(&text, false);
    bounded(text.len().saturating_add(by.len().saturating_mul(lines.len())))?;
    let mut out = String::new();
    for (i, line) in lines.into_iter().enumerate() {
        out.push_str(if i > 0 { "\n" } else { "" });
        let here = if i == 0 { arguments.flag(1, false) } else { arguments.flag(2, false) || !line.is_empty() };
        out.push_str(if here { &by } else { "" });
        out.push_str(line);
    }
    Ok(out)
}

fn center(value: &Value, given: Rest<Value>, named: Kwargs) -> Result<String, Error> {
    justify(&text(value), Arguments::new(&given, &named, ["width"])?.int(0, 80)?, " ", "center")
}

fn truncate(value: &Value, given: Rest<Value>, named: Kwargs) -> Result<String, Error> {
    let arguments = Arguments::new(&given, &named, ["length", "killwords", "end", "leeway"])?;
    let text = value.as_str().ok_or_else(|| wrong(format!("truncate: text expected, {} found", value.kind())))?;
    let end = arguments.given(2).map_or(Ok("..."), |_| arguments.text(2))?;
    let leeway = arguments.some(3).map_or(Ok(5), |_| arguments.int(3, 5))?;
    let length = arguments.int(0, 255)?;
    let n_end = end.chars().count() as i64;
    if length < n_end || leeway < 0 {
        return Err(wrong(format!("truncate: a length of at least {n_end} expected, {length} found")));
    }
    if text.chars().count() as i64 <= length.saturating_add(leeway) {
        return Ok(text.to_owned());
    }
    let kept: String = text.chars().take(usize::try_from(length - n_end).unwrap_or(0)).collect();
    let kept =
        if arguments.flag(1, false) { &kept } else { kept.rsplit_once(' ').map_or(&kept[..], |(words, _)| words) };
    Ok(kept.to_owned() + end)
}

fn word_count(value: &Value) -> usize {
    let text = text(value);
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).count()
}

fn escaped(value: &Value) -> Value {
    if value.is_safe() { value.clone() } else { Value::from_safe_string(escape(&text(value))) }
}

pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\'' => out.push_str("&#39;"),
            '"' => out.push_str("&#34;"),
            c => out.push(c),
        }
    }
    out
}

fn strip_tags(text: &str) -> String {
    let mut bare = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        bare.push_str(&rest[..at]);
        let tag = &rest[at..];
        let end =
            if tag.starts_with("<!--") { tag.find("-->").map(|end| end + 3) } else { tag.find('>').map(|end| end + 1) };
        let end = end.unwrap_or(1);
        bare.push_str(if end == 1 { "<" } else { "" });
        rest = &tag[end..];
    }
    bare.push_str(rest);
    let words: Vec<_> = bare.split(super::python::is_space).filter(|word| !word.is_empty()).collect();
    let names = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#34;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    names.iter().fold(words.join(" "), |text, (name, c)| text.replace(name, c))
}

fn url_encode(value: &Value) -> Result<String, Error> {
    let pair = |key: &Value, value: &Value| quote(&text(key), true) + "=" + &quote(&text(value), true);
    let pairs: Vec<_> = match value.kind() {
        ValueKind::Map => value.try_iter()?.map(|key| pair(&key, &value.get_item(&key).unwrap_or_default())).collect(),
        ValueKind::Seq | ValueKind::Iterable => {
            let halves = |item: Value| Ok(pair(&item.get_item_by_index(0)?, &item.get_item_by_index(1)?));
            iterate(value)?.map(halves).collect::<Result<_, Error>>()?
        }
        _ => return Ok(quote(&text(value), false)),
    };
    Ok(pairs.join("&"))
}

fn quote(text: &str, in_query: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for b in text.bytes() {
        match b {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'.' | b'-' | b'~' => out.push(b.into()),
            b'/' if !in_query => out.push('/'),
            b' ' if in_query => out.push('+'),
            b => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

fn xml_attributes(value: &Value, given: Rest<Value>, named: Kwargs) -> Result<String, Error> {
    let arguments = Arguments::new(&given, &named, ["autospace"])?;
    if value.kind() != ValueKind::Map {
        return Err(wrong(format!("xmlattr: a dict expected, {} found", value.kind())));
    }
    let mut out = String::new();
    for key in value.try_iter()? {
        let item = value.get_item(&key)?;
        if item.is_none() || item.is_undefined() {
            continue;
        }
        let name = text(&key);
        if name.contains(|c: char| super::python::is_space(c) || matches!(c, '/' | '>' | '=')) {
            return Err(wrong(format!("xmlattr: `{name}` is no name")));
        }
        out.push_str(if out.is_empty() && !arguments.flag(0, true) { "" } else { " " });
        out.push_str(&format!("{}=\"{}\"", escape(&name), escape(&text(&item))));
    }
    Ok(out)
}

fn default(value: &Value, given: Rest<Value>, named: Kwargs) -> Result<Value, Error> {
    let arguments = Arguments::new(&given, &named, ["default_value", "boolean"])?;
    let absent = value.is_undefined() || arguments.flag(1, false) && !value.is_true();
    Ok(if absent { arguments.given(0).cloned().unwrap_or_else(|| "".into()) } else { value.clone() })
}

fn defined(value: &Value) -> Result<(), Error> {
    if value.is_undefined() { Err(minijinja::ErrorKind::UndefinedError.into()) } else { Ok(()) }
}

/// Digits as Python reads them: one underscore may stand between two.
fn without_underscores(text: &str) -> Option<String> {
    let text = strip(text, None, true, true);
    let wrong = text.starts_with('_') || text.ends_with('_') || text.contains("__");
    (!wrong).then(|| text.replace('_', ""))
}

fn to_int(value: &Value, given: Rest<Value>, named: Kwargs) -> Result<Value, Error> {
    let arguments = Arguments::new(&given, &named, ["default", "base"])?;
    defined(value)?;
    let base = u32::try_from(arguments.int(1, 10)?).unwrap_or(10);
    let read = match value.as_str() {
        Some(text) => parse_int(text, base).or_else(|| parse_float(text).and_then(truncated)),
        None => int(value).map(i128::from).or_else(|| f64::try_from(value.clone()).ok().and_then(truncated)),
    };
    Ok(read.map_or_else(|| arguments.given(0).cloned().unwrap_or_else(|| 0.into()), Value::from))
}

fn truncated(x: f64) -> Option<i128> {
    (x.is_finite()).then_some(x as i128)
}

fn parse_int(text: &str, base: u32) -> Option<i128> {
    let text = without_underscores(text)?;
    let (negative, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) => (text.starts_with('-'), digits),
        None => (false, &text[..]),
    };
    let lower = digits.to_ascii_lowercase();
    let prefixed = [("0x", 16), ("0o", 8), ("0b", 2)];
    let found = prefixed.iter().find(|(prefix, b)| lower.starts_with(prefix) && (base == *b || base == 0));
    let (digits, base) =
        found.map_or((&lower[..], if base == 0 { 10 } else { base }), |(p, b)| (&lower[p.len()..], *b));
    let plain = (2..=36).contains(&base) && digits.bytes().all(|b| b.is_ascii_alphanumeric());
    let n = i128::from_str_radix(digits, base.clamp(2, 36)).ok().filter(|_| plain)?;
    Some(if negative { -n } else { n })
}

fn parse_float(text: &str) -> Option<f64> {
    without_underscores(text)?.parse().ok()
}

fn to_float(value: &Value, given: Rest<Value>, named: Kwargs) -> Result<Value, Error> {
    let arguments = Arguments::new(&given, &named, ["default"])?;
    defined(value)?;
    let read = match value.as_str() {
        Some(text) => parse_float(text),
        None => int(value).map(|n| n as f64).or_else(|| f64::try_from(value.clone()).ok()),
    };
    Ok(read.map_or_else(|| arguments.given(0).cloned().unwrap_or_else(|| 0.0.into()), Value::from))
}

fn absolute(value: &Value) -> Result<Value, Error> {
    match value.kind() {
        ValueKind::Bool => Ok(i64::from(value.is_true()).into()),
        ValueKind::Number if value.is_integer() => Ok(i128::try_from(value.clone())?.saturating_abs().into()),
        ValueKind::Number => Ok(f64::try_from(value.clone())?.abs().into()),
        other => Err(wrong(format!("abs: a number expected, {other} found"))),
    }
}

fn round(value: &Value, given: Rest<Value>, named: Kwargs) -> Result<Value, Error> {
    let arguments = Arguments::new(&given, &named, ["precision", "method"])?;
    let method = arguments.given(1).map_or(Ok("common"), |_| arguments.text(1))?;
    let precision =
        i32::try_from(arguments.some(0).map_or(Ok(0), |_| arguments.int(0, 0))?).unwrap_or(0).clamp(-300, 300);
    let (whole, x) = match value.kind() {
        ValueKind::Bool | ValueKind::Number => {
            (int(value), int(value).map_or_else(|| f64::try_from(value.clone()), |n| Ok(n as f64))?)
        }
        other => return Err(wrong(format!("round: a number expected, {other} found"))),
    };
    let scale = 10f64.powi(precision.abs());
    let scaled = |x: f64, by: f64| if precision < 0 { x / by } else { x * by };
    let back = |x: f64, by: f64| if precision < 0 { x * by } else { x / by };
    match method {
        "common" => {
            if let Some(n) = whole.filter(|_| precision >= 0) {
                return Ok(n.into());
            }
            let rounded = match usize::try_from(precision) {
                // the exact decimal value decides, as in Python
                Ok(places) => format!("{x:.places$}").parse().unwrap_or(x),
                Err(_) => back(scaled(x, scale).round_ties_even(), scale),
            };
            let whole_wanted = whole.is_some() || arguments.given(0).is_some_and(Value::is_none);
            Ok(if whole_wanted { (rounded as i64).into() } else { rounded.into() })
        }
        "ceil" => Ok(back(scaled(x, scale).ceil(), scale).into()),
        "floor" => Ok(back(scaled(x, scale).floor(), scale).into()),
        other => Err(wrong(format!("round: `common`, `ceil` or `floor` expected, `{other}` found"))),
    }
}
