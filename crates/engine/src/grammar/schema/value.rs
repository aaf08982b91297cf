//! JSON texts as values: read strictly, and written as a grammar would write them.
use super::number::Decimal;
use serde_json::Value;

/// Levels of nesting.
const DEEPEST: usize = 256;

/// A value with its numbers as they were written.
#[derive(Debug, PartialEq)]
pub(crate) enum Written {
    /// `null`, `true`, `false`, or a number.
    Word(String),
    Text(String),
    Array(Vec<Self>),
    /// Of names that come twice the last counts, as for most readers.
    Object(Vec<(String, Self)>),
}

impl Written {
    /// The value of `text`; `None` when it is no JSON.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut reader = Reader { rest: text };
        let value = reader.value(0)?;
        reader.blank();
        reader.rest.is_empty().then_some(value)
    }

    /// Without white space; properties in `order`, and those that are not in it behind them.
    pub(crate) fn compact(&self, order: &[String]) -> String {
        let mut out = String::new();
        self.write(order, &mut out);
        out
    }

    fn write(&self, order: &[String], out: &mut String) {
        match self {
            Self::Word(word) => out.push_str(word),
            Self::Text(text) => out.push_str(&Value::from(text.as_str()).to_string()),
            Self::Array(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    out.push_str(if i == 0 { "" } else { "," });
                    item.write(order, out);
                }
                out.push(']');
            }
            Self::Object(fields) => {
                let place = |name: &String| order.iter().position(|n| n == name).unwrap_or(usize::MAX);
                let mut fields: Vec<_> = fields.iter().collect();
                fields.sort_by_key(|(name, _)| place(name));
                out.push('{');
                for (i, (name, value)) in fields.iter().enumerate() {
                    out.push_str(if i == 0 { "" } else { "," });
                    out.push_str(&Value::from(name.as_str()).to_string());
                    out.push(':');
                    value.write(order, out);
                }
                out.push('}');
            }
        }
    }
}

/// The names of all properties of a schema, in the order in which it names them.
pub(crate) fn order(schema: &Value) -> Vec<String> {
    let mut names = Vec::new();
    collect(schema, &mut names);
    names
}

fn collect(schema: &Value, names: &mut Vec<String>) {
    match schema {
        Value::Array(items) => items.iter().for_each(|item| collect(item, names)),
        Value::Object(fields) => {
            let listed =
                fields.get("properties").and_then(Value::as_object).into_iter().flat_map(|p| p.keys().cloned());
            let required = fields.get("required").and_then(Value::as_array).into_iter().flatten();
            let required = required.filter_map(|name| name.as_str().map(str::to_owned));
            for name in listed.chain(required) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            fields.values().for_each(|value| collect(value, names));
        }
        _ => {}
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn blank(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn eat(&mut self, what: char) -> bool {
        self.blank();
        match self.rest.strip_prefix(what) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self, depth: usize) -> Option<Written> {
        if depth > DEEPEST {
            return None;
        }
        if self.eat('{') {
            return self.object(depth);
        }
        if self.eat('[') {
            let mut items = Vec::new();
            if self.eat(']') {
                return Some(Written::Array(items));
            }
            loop {
                items.push(self.value(depth + 1)?);
                if self.eat(']') {
                    return Some(Written::Array(items));
                }
                self.eat(',').then_some(())?;
            }
        }
        if self.rest.starts_with('"') {
            return self.text().map(Written::Text);
        }
        let end = self.rest.find([',', '}', ']', ' ', '\t', '\n', '\r']).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        match word {
            "null" | "true" | "false" => Some(Written::Word(word.to_owned())),
            number if is_number(number) => {
                Some(Written::Word(Decimal::read(number).map_or_else(|_| number.to_owned(), |x| x.text())))
            }
            _ => None,
        }
    }

    fn object(&mut self, depth: usize) -> Option<Written> {
        let mut fields: Vec<(String, Written)> = Vec::new();
        if self.eat('}') {
            return Some(Written::Object(fields));
        }
        loop {
            self.blank();
            let name = self.text()?;
            self.eat(':').then_some(())?;
            let value = self.value(depth + 1)?;
            match fields.iter_mut().find(|(n, _)| *n == name) {
                Some(field) => field.1 = value,
                None => fields.push((name, value)),
            }
            if self.eat('}') {
                return Some(Written::Object(fields));
            }
            self.eat(',').then_some(())?;
        }
    }

    fn text(&mut self) -> Option<String> {
        let inside = self.rest.strip_prefix('"')?;
        let mut escaped = false;
        let end = inside.find(|c| {
            let closes = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            closes
        })?;
        let text = serde_json::from_str(&self.rest[..end + 2]).ok();
        self.rest = &inside[end + 1..];
        text
    }
}

/// Whether `text` is a number of JSON.
fn is_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (digits, exp) = text.split_once(['e', 'E']).map_or((text, None), |(digits, exp)| (digits, Some(exp)));
    let (int, frac) = digits.split_once('.').map_or((digits, None), |(int, frac)| (int, Some(frac)));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    all_digits(int)
        && (int == "0" || !int.starts_with('0'))
        && frac.is_none_or(all_digits)
        && exp.is_none_or(|exp| all_digits(exp.strip_prefix(['+', '-']).unwrap_or(exp)))
}
