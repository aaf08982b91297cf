//! Labelled requests: intents with the nearest known examples before them, and fields of receipts.
use serde_json::{Value, json};
use std::{
    collections::{BTreeSet, HashMap},
    fs,
    path::Path,
};

/// Examples that are shown before a question.
const N_SHOWN: usize = 6;

/// A request with its label.
pub(crate) struct Question {
    /// What the last message says: no two questions say the same.
    pub(crate) text: String,
    pub(crate) label: String,
    /// Messages, form of the answer, most tokens.
    pub(crate) body: Value,
    /// The same as a new kind of request, of each kind of [`Drift`].
    pub(crate) strange: [Value; 2],
}

/// How requests change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drift {
    /// The examples have nothing to do with the question: the small model is less sure, and the score sees it.
    Unlike,
    /// The examples have the labels of an old catalogue: the small model is as sure as before, and wrong.
    Stale,
}

/// Whether `answer` says what `label` does: texts as they are, fields one by one.
pub(crate) fn is_right(answer: &str, label: &str) -> bool {
    let Ok(Value::Object(expected)) = serde_json::from_str(label) else {
        return answer.trim() == label;
    };
    let found: Value = serde_json::from_str(answer).unwrap_or_default();
    let plain = |value: &Value| -> String {
        value
            .as_str()
            .unwrap_or_default()
            .chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    expected.iter().all(|(name, value)| plain(&found[name]) == plain(value))
}

/// The questions of a task, in an order of their own.
pub(crate) fn read(data: &Path, task: &str) -> Result<Vec<Question>, String> {
    let mut questions = match task {
        "receipts" => receipts(data)?,
        _ => intents(data, task)?,
    };
    let mut seen = BTreeSet::new();
    questions.retain(|question| seen.insert(question.text.clone()));
    questions.sort_by_cached_key(|question| hash(&question.text));
    Ok(questions)
}

fn rows(file: &Path) -> Result<Vec<Value>, String> {
    let text = fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let read = |line: &str| serde_json::from_str(line).map_err(|e| format!("{}: {e}", file.display()));
    text.lines().filter(|line| !line.trim().is_empty()).map(read).collect()
}

fn intents(data: &Path, task: &str) -> Result<Vec<Question>, String> {
    let file = |part: &str| data.join(format!("intent_{task}_{part}.jsonl"));
    let known: Vec<(String, String)> = rows(&file("train"))?.iter().map(pair).collect();
    let index = Index::new(&known);
    let labels: BTreeSet<&String> = known.iter().map(|(_, label)| label).collect();
    let after =
        |label: &String| labels.range(label.clone()..).nth(1).or_else(|| labels.first()).map_or("", |l| l.as_str());
    let stale: Vec<(String, String)> =
        known.iter().map(|(text, label)| (text.clone(), after(label).to_owned())).collect();
    let asked = [rows(&file("test"))?, rows(&file("valid"))?].concat();
    let question = |(text, label): (String, String)| {
        let near = index.near(&text);
        let far: Vec<usize> =
            (0..N_SHOWN as u64).map(|i| (hash(&format!("{i}{text}")) as usize) % known.len()).collect();
        let body = intent(&text, &near, &known);
        let strange = [intent(&text, &far, &known), intent(&text, &near, &stale)];
        Question { text, label, body, strange }
    };
    Ok(asked.iter().map(pair).map(question).collect())
}

fn pair(row: &Value) -> (String, String) {
    let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
    (text("text"), text("intent"))
}

fn intent(text: &str, shown: &[usize], known: &[(String, String)]) -> Value {
    let mut messages = vec![json!({ "role": "system", "content": "You name the intent of messages." })];
    for (text, label) in shown.iter().rev().filter_map(|at| known.get(*at)) {
        messages.push(json!({ "role": "user", "content": text }));
        messages.push(json!({ "role": "assistant", "content": label }));
    }
    messages.push(json!({ "role": "user", "content": text }));
    let choice: BTreeSet<_> = shown.iter().filter_map(|at| known.get(*at)).map(|(_, label)| label).collect();
    json!({ "messages": messages, "max_tokens": 16, "structured_outputs": { "choice": choice } })
}

fn receipts(data: &Path) -> Result<Vec<Question>, String> {
    let parts = ["train", "valid", "test"].map(|part| rows(&data.join(format!("receipts_{part}.jsonl"))));
    let all = parts.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
    let questions = all.iter().map(|row| {
        let text = row["text"].as_str().unwrap_or_default().to_owned();
        let label = json!({ "date": row["fields"]["date"], "total": row["fields"]["total"] }).to_string();
        let body = |told: &str| {
            let field = json!({ "type": "string", "maxLength": 24 });
            let schema = json!({ "type": "object", "required": ["date", "total"], "additionalProperties": false,
                                 "properties": { "date": field, "total": field } });
            json!({
                "messages": [{ "role": "system", "content": told }, { "role": "user", "content": text }],
                "max_tokens": 64,
                "response_format": { "type": "json_schema", "json_schema": { "name": "receipt", "schema": schema } },
            })
        };
        let usual = body("You read receipts: the date, and the total that was paid. Answer in JSON.");
        let strange =
            ["Du liest Kassenzettel. Antworte in JSON.", "You read receipts: the date in words, the total in sen."];
        let strange = strange.map(body);
        Question { text: text.clone(), label, body: usual, strange }
    });
    Ok(questions.collect())
}

/// Words of known texts, and how rare they are.
struct Index {
    places: HashMap<String, Vec<usize>>,
    lengths: Vec<f64>,
}

impl Index {
    fn new(known: &[(String, String)]) -> Self {
        let mut places: HashMap<String, Vec<usize>> = HashMap::new();
        for (i, (text, _)) in known.iter().enumerate() {
            words(text).into_iter().for_each(|word| places.entry(word).or_default().push(i));
        }
        let mut index = Self { places, lengths: vec![0.0; known.len()] };
        for (word, at) in &index.places {
            let weight = index.weight(word);
            at.iter().for_each(|i| index.lengths[*i] += weight * weight);
        }
        index
    }

    fn weight(&self, word: &str) -> f64 {
        let n = self.places.get(word).map_or(0, Vec::len);
        (self.lengths.len() as f64 / n.max(1) as f64).ln()
    }

    /// The nearest texts, the nearest first.
    fn near(&self, text: &str) -> Vec<usize> {
        let mut scores: HashMap<usize, f64> = HashMap::new();
        for word in words(text) {
            let weight = self.weight(&word);
            for i in self.places.get(&word).into_iter().flatten() {
                *scores.entry(*i).or_default() += weight * weight;
            }
        }
        let mut ranked: Vec<_> = scores.into_iter().map(|(i, score)| (score / self.lengths[i].sqrt(), i)).collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        ranked.into_iter().take(N_SHOWN).map(|(_, i)| i).collect()
    }
}

fn words(text: &str) -> BTreeSet<String> {
    text.to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

/// FNV-1a: an order that is the same everywhere.
pub(crate) fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
