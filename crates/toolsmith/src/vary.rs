//! Variations of arguments and of texts, the same in every run: shuffled, renamed, with something changed, lost or added.
use fastrand::Rng;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

const SYLLABLES: [&str; 12] = ["ba", "de", "fi", "go", "ka", "lu", "me", "no", "ri", "sa", "tu", "ve"];

/// The list in `argument` in another order; nothing where no order is another.
pub(crate) fn shuffled(arguments: &Map<String, Value>, argument: &str, rng: &mut Rng) -> Option<Map<String, Value>> {
    let mut varied = arguments.clone();
    let list = varied.get_mut(argument)?.as_array_mut()?;
    if list.iter().all(|element| Some(element) == list.first()) {
        return None;
    }
    let before = list.clone();
    while *list == before {
        rng.shuffle(list);
    }
    Some(varied)
}

/// New names for old ones.
#[derive(Default)]
pub(crate) struct Names(BTreeMap<String, String>);

impl Names {
    /// For the names in `argument`: fresh ones, or the same among themselves. Nothing where there are none, or where they
    /// stand inside longer texts, of which nobody knows how they are read.
    pub(crate) fn of(arguments: &Map<String, Value>, argument: &str, fresh: bool, rng: &mut Rng) -> Option<Self> {
        let mut names = BTreeSet::new();
        strings(arguments.get(argument)?, &mut |name| {
            names.insert(name.to_owned());
        });
        names.remove("");
        let mut is_hidden = false;
        for value in arguments.values() {
            strings(value, &mut |text| {
                let within = |name: &String| text != name && has_word(text, name);
                is_hidden |= names.iter().any(within);
            });
        }
        if names.is_empty() || is_hidden {
            return None;
        }
        let old: Vec<String> = names.into_iter().collect();
        let mut new = old.clone();
        if fresh {
            new.clear();
            while new.len() < old.len() {
                let name = invented(&old[new.len()], rng);
                if !new.contains(&name) && !old.contains(&name) {
                    new.push(name);
                }
            }
        } else {
            rng.shuffle(&mut new);
        }
        Some(Self(old.into_iter().zip(new).collect()))
    }

    pub(crate) fn renamed_arguments(&self, arguments: &Map<String, Value>) -> Map<String, Value> {
        arguments.iter().map(|(name, value)| (name.clone(), self.renamed(value))).collect()
    }

    /// The same value with the new names, also where they are keys.
    pub(crate) fn renamed(&self, value: &Value) -> Value {
        let name = |name: &String| self.0.get(name).unwrap_or(name).clone();
        match value {
            Value::String(text) => Value::String(name(text)),
            Value::Array(values) => values.iter().map(|value| self.renamed(value)).collect(),
            Value::Object(fields) => {
                Value::Object(fields.iter().map(|(key, value)| (name(key), self.renamed(value))).collect())
            }
            other => other.clone(),
        }
    }
}

fn strings(value: &Value, hear: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => hear(text),
        Value::Array(values) => values.iter().for_each(|value| strings(value, hear)),
        Value::Object(fields) => {
            for (name, value) in fields {
                hear(name);
                strings(value, hear);
            }
        }
        _ => {}
    }
}

fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        [before, after].into_iter().flatten().all(|c| !c.is_alphanumeric())
    })
}

/// A name that looks like `old`: its first letter as large.
fn invented(old: &str, rng: &mut Rng) -> String {
    let name: String = (0..3).map(|_| SYLLABLES[rng.usize(..SYLLABLES.len())]).collect();
    if old.starts_with(char::is_uppercase) { name[..1].to_uppercase() + &name[1..] } else { name }
}

/// Arguments with one to three values in them changed, lost or added; they may be senseless, and no schema was asked.
pub(crate) fn changed(arguments: &Map<String, Value>, rng: &mut Rng) -> Map<String, Value> {
    let mut varied = arguments.clone();
    for _ in 0..rng.usize(1..=3) {
        let n = varied.len();
        if n == 0 {
            break;
        }
        let chosen = rng.usize(..n);
        if let Some(value) = varied.values_mut().nth(chosen) {
            change(value, rng);
        }
    }
    varied
}

fn change(value: &mut Value, rng: &mut Rng) {
    match value {
        Value::Bool(value) => *value = !*value,
        Value::Number(number) => {
            let changed = match (number.as_i64(), rng.u8(..4)) {
                (Some(n), 0) => json!(n.saturating_add(1)),
                (Some(n), 1) => json!(n.saturating_sub(1)),
                (Some(n), 2) => json!(n.saturating_mul(2)),
                (Some(_), _) => json!(rng.i64(..100)),
                (None, _) => json!(number.as_f64().unwrap_or_default() * 1.5 + 0.25),
            };
            *value = changed;
        }
        Value::String(text) => *text = edited(text, rng),
        Value::Array(values) if values.is_empty() => {}
        Value::Array(values) => {
            let (i, j) = (rng.usize(..values.len()), rng.usize(..values.len()));
            match rng.u8(..6) {
                0 => values.swap(i, j),
                1 => drop(values.remove(i)),
                2 => values.insert(j, values[i].clone()),
                3 => rng.shuffle(values),
                _ => change(&mut values[i], rng),
            }
        }
        Value::Object(fields) => {
            let n = fields.len();
            if n > 0 {
                let chosen = rng.usize(..n);
                if let Some(inner) = fields.values_mut().nth(chosen) {
                    change(inner, rng);
                }
            }
        }
        Value::Null => {}
    }
}

/// A short text with one letter more, less or another, or with all letters large.
fn edited(text: &str, rng: &mut Rng) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    if letters.is_empty() {
        return "a".to_owned();
    }
    let i = rng.usize(..letters.len());
    match rng.u8(..4) {
        0 => drop(letters.remove(i)),
        1 => letters.insert(i, letters[i]),
        2 => letters[i] = rng.alphabetic().to_ascii_lowercase(),
        _ => return text.to_uppercase(),
    }
    letters.into_iter().collect()
}

/// `text` with something changed, as `other` requests might have it: mostly near misses, sometimes still a right request.
pub(crate) fn perturbed(text: &str, other: &str, rng: &mut Rng) -> String {
    let mut pieces: Vec<&str> = text.split_inclusive(char::is_whitespace).collect();
    if pieces.is_empty() {
        return other.to_owned();
    }
    let (i, j) = (rng.usize(..pieces.len()), rng.usize(..pieces.len()));
    match rng.u8(..9) {
        0 => drop(pieces.remove(i)),
        1 => pieces.insert(j, pieces[i]),
        2 => pieces.swap(i, j),
        3 => pieces.truncate(i + 1),
        4 => {
            let words: Vec<&str> = other.split_inclusive(char::is_whitespace).collect();
            if !words.is_empty() {
                pieces[i] = words[rng.usize(..words.len())];
            }
        }
        5 => return number_changed(text, rng),
        6 => {
            let lines: Vec<&str> = text.split_inclusive(['\n', '.', ',']).collect();
            let lost = rng.usize(..lines.len());
            return lines.iter().enumerate().filter(|(at, _)| *at != lost).map(|(_, line)| *line).collect();
        }
        7 => return format!("{text}{}", [" ", ".", "\n", " please", "?"][rng.usize(..5)]),
        _ => {
            let changed = edited(pieces[i], rng);
            return pieces
                .iter()
                .enumerate()
                .map(|(at, &piece)| if at == i { changed.as_str() } else { piece })
                .collect();
        }
    }
    pieces.concat()
}

fn number_changed(text: &str, rng: &mut Rng) -> String {
    let digits: Vec<usize> = text.bytes().enumerate().filter(|(_, b)| b.is_ascii_digit()).map(|(at, _)| at).collect();
    if digits.is_empty() {
        return text.to_lowercase();
    }
    let at = digits[rng.usize(..digits.len())];
    let digit = char::from(b'0' + rng.u8(..10));
    format!("{}{digit}{}", &text[..at], &text[at + 1..])
}
