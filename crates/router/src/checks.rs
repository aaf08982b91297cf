//! What can be checked of an answer without knowing the right one: sums, sources, form, end, repetition, doubt.
pub(crate) mod number;
pub(crate) mod sums;

use crate::words::{BITS, head};
use chat::{ChatRequest, Content};
use foldhash::{HashSet, HashSetExt};
use memchr::{memchr_iter, memchr3, memmem};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Bytes of an answer that are checked, and of a request that it is held against.
pub(crate) const READ: usize = 1 << 16;
/// Largest schema that an answer is held against, in bytes of JSON.
const SCHEMA: usize = 1 << 16;
/// Quotations that are looked up, and the longest.
const QUOTES: (usize, usize) = (32, 200);

/// Counts and verdicts, each of them a fact about the text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Checks {
    /// Equations that are right.
    pub sums_right: u16,
    /// Equations that are wrong.
    pub sums_wrong: u16,
    /// Equations that cannot be read.
    pub sums_unread: u16,
    /// Different numbers in the answer.
    pub numbers: u16,
    /// Of these, how many stand in the request, too.
    pub numbers_given: u16,
    /// Of these, how many come from a sum of the answer, and not from the request.
    pub numbers_derived: u16,
    /// Different numbers of the request.
    pub asked: u16,
    /// Quotations in the answer.
    pub quotes: u16,
    /// Of these, how many stand in the request word for word.
    pub quotes_found: u16,
    /// Whether it is the JSON that was asked for; nothing if none was.
    pub form: Option<bool>,
    /// The number that the answer ends with, its last: nothing if there is none.
    pub last: Option<Last>,
    /// Whether its last line says that it is the conclusion: `####`, `Answer:`, `\boxed{}`.
    pub concluded: bool,
    /// Whether something is left open: a bracket, a block of code, a quotation, the last sentence.
    pub open: bool,
    /// Share of three words in a row that stood there before, in percent.
    pub repeated: u8,
    /// Words of doubt or of correction.
    pub doubts: u16,
    /// Whether it declines to answer.
    pub refuses: bool,
}

/// The last number of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Last {
    /// Natural logarithm of 1 + its size.
    pub size: f32,
    /// Whether it is written without a decimal part other than zero.
    pub whole: bool,
    /// Whether it stands in the request.
    pub given: bool,
    /// Whether a minus sign stands before it.
    pub negative: bool,
    /// Characters after it.
    pub after: u16,
    /// Characters before it in its line that are neither marks of a conclusion nor of a currency.
    pub before: u16,
}

/// What a request gives to check an answer with.
pub(crate) struct Given {
    /// Its texts, as far as they are read.
    text: String,
    /// Their numbers, as bits.
    numbers: HashSet<u64>,
    form: Option<Ready>,
}

impl Given {
    /// Of `request`, whose texts are `text`.
    pub(crate) fn of(request: &ChatRequest, mut text: String) -> Self {
        text.truncate(head(&text, READ).len());
        let numbers = number::all(&text).map(|n| n.value.to_bits()).collect();
        let form = wanted(&request.options.guided).map(|form| form.ready());
        Self { numbers, form, text }
    }
}

impl Checks {
    /// Checks `text`, whose first words are `words`, hashed, against what was `given`.
    pub(crate) fn read(given: &Given, text: &str, words: &[u32]) -> Self {
        let form = given.form.as_ref().map(|form| form.fits(text));
        let text = head(text, READ);
        let mut checks = Self { form, ..Self::default() };
        let sums = sums::check(text);
        (checks.sums_right, checks.sums_wrong, checks.sums_unread) = (sums.right, sums.wrong, sums.unread);
        checks.read_numbers(&given.numbers, text, &sums.results);
        checks.read_quotes(&given.text, text);
        checks.read_ending(text);
        checks.repeated = repeated(words);
        (checks.doubts, checks.refuses) = doubts(text);
        checks
    }

    fn read_numbers(&mut self, given: &HashSet<u64>, text: &str, results: &[f64]) {
        let (mut said, mut last) = (Vec::new(), None);
        for number in number::all(text) {
            said.push(number.value.to_bits());
            last = Some(number);
        }
        said.sort_unstable();
        said.dedup();
        let derives = |n: &u64| results.iter().any(|r| r.to_bits() == *n);
        self.numbers = count(said.len());
        self.numbers_given = count(said.iter().filter(|n| given.contains(n)).count());
        self.numbers_derived = count(said.iter().filter(|n| !given.contains(n) && derives(n)).count());
        self.asked = count(given.len());
        self.last = last.map(|n| {
            let line = text[..n.start].rsplit('\n').next().unwrap_or("");
            let bare = line.trim_matches(['#', ' ', '$', '€', '£', '*', '-', '>', '=', ':']);
            Last {
                size: n.value.ln_1p() as f32,
                whole: n.value.fract() == 0.0,
                given: given.contains(&n.value.to_bits()),
                negative: line.trim_end_matches(['$', '€', '£']).ends_with(['-', '−']),
                after: count(text[n.end..].trim().chars().count()),
                before: count(bare.chars().count()),
            }
        });
    }

    fn read_quotes(&mut self, asked: &str, text: &str) {
        // the first bytes of all marks: most answers have none
        if memchr3(b'"', "“".as_bytes()[0], "«".as_bytes()[0], text.as_bytes()).is_none() {
            return;
        }
        let pieces = text.split(['"', '“', '”', '«', '»']);
        let quotes = pieces.skip(1).step_by(2).filter(|q| (3..=QUOTES.1).contains(&q.len())).take(QUOTES.0);
        for quote in quotes {
            self.quotes += 1;
            self.quotes_found += u16::from(has(asked, quote.trim_end_matches(['.', ',']).trim()));
        }
    }

    fn read_ending(&mut self, text: &str) {
        let end = text.trim_end();
        let line = end.rsplit('\n').next().unwrap_or("").to_lowercase();
        self.concluded = ["####", "answer:", "answer is", "\\boxed"].iter().any(|mark| has(&line, mark));
        let times = |sign| memchr_iter(sign, end.as_bytes()).count();
        self.open = often(end, "<<") > often(end, ">>")
            || [*b"()", *b"[]", *b"{}"].iter().any(|&[open, close]| times(open) > times(close))
            || often(end, "```") % 2 == 1
            || end.ends_with([',', ';', '-', '(', '=', '+', '*', '/'])
            || (end.contains(' ') && !line.starts_with("####") && end.ends_with(|c: char| c.is_ascii_lowercase()));
    }
}

/// Whether `phrase` stands in `text`.
pub(crate) fn has(text: &str, phrase: &str) -> bool {
    memmem::find(text.as_bytes(), phrase.as_bytes()).is_some()
}

/// How often `phrase` stands in `text`.
fn often(text: &str, phrase: &str) -> usize {
    memmem::find_iter(text.as_bytes(), phrase.as_bytes()).count()
}

fn count(n: usize) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX)
}

/// Share in percent of three words in a row that stood there before; loops of a model come near 100.
fn repeated(words: &[u32]) -> u8 {
    let words = &words[..words.len().min(4096)];
    let mut seen = HashSet::with_capacity(words.len());
    let place = |three: &[u32; 3]| three.iter().fold(0, |place, &word| place << BITS | u64::from(word));
    let again = words.array_windows().filter(|three| !seen.insert(place(three))).count();
    (100 * again).checked_div(words.len().saturating_sub(2)).unwrap_or(0).min(100) as u8
}

/// What answers doubt and correct themselves with.
pub(crate) const DOUBTS: [&str; 16] = [
    "however",
    "assum",
    "unclear",
    "not possible",
    "impossible to",
    "not sure",
    "not enough",
    "mistake",
    "perhaps",
    "probably",
    "maybe",
    "it seems",
    "i think",
    "might be",
    "must be a",
    "doesn't make sense",
];
/// What they decline to answer with, at their beginning.
pub(crate) const REFUSALS: [&str; 8] =
    ["i'm sorry", "i am sorry", "i cannot", "i can't", "as an ai", "i'm unable", "i am unable", "i don't know"];

/// How often an answer doubts or corrects itself, and whether it declines to answer.
fn doubts(text: &str) -> (u16, bool) {
    let lower = text.to_lowercase().replace('’', "'");
    let found = DOUBTS.iter().map(|doubt| often(&lower, doubt)).sum();
    (count(found), REFUSALS.iter().any(|refusal| has(head(&lower, 400), refusal)))
}

/// The JSON that a request asks for.
pub(crate) enum Form<'a> {
    /// An object.
    Object,
    /// What a schema says.
    Schema(&'a Value),
}

/// Which JSON is asked for, in any of the ways in which that is said.
pub(crate) fn wanted(guided: &chat::Guided) -> Option<Form<'_>> {
    let format = guided.response_format.as_ref();
    let outputs = guided.structured_outputs.as_ref();
    let schema = format.and_then(|f| f.get("json_schema")).map(|s| s.get("schema").unwrap_or(s));
    let schema = schema.or_else(|| outputs.and_then(|o| o.get("json")));
    let schema = schema.or(guided.guided_json.as_ref()).or(guided.json_schema.as_ref());
    let kind = format.and_then(|f| f.get("type")).and_then(Value::as_str);
    let object =
        kind == Some("json_object") || outputs.is_some_and(|o| o.get("json_object") == Some(&Value::Bool(true)));
    schema.map(Form::Schema).or_else(|| object.then_some(Form::Object))
}

impl Form<'_> {
    /// As answers are held against it. A schema that is too large or cannot be read asks for JSON alone.
    fn ready(&self) -> Ready {
        match self {
            Self::Object => Ready::Object,
            Self::Schema(schema) => Ready::Schema(validator(schema).map(Box::new)),
        }
    }
}

/// What JSON is held against.
enum Ready {
    Object,
    Schema(Option<Box<jsonschema::Validator>>),
}

impl Ready {
    /// Whether `text` is such JSON.
    fn fits(&self, text: &str) -> bool {
        let Ok(value) = serde_json::from_str::<Value>(head(text, 1 << 20).trim()) else {
            return false;
        };
        match self {
            Self::Object => value.is_object(),
            Self::Schema(valid) => valid.as_ref().is_none_or(|valid| valid.is_valid(&value)),
        }
    }
}

fn validator(schema: &Value) -> Option<jsonschema::Validator> {
    if serde_json::to_vec(schema).map_or(true, |bytes| bytes.len() > SCHEMA) {
        return None;
    }
    // this engine runs in linear time, whatever the pattern
    jsonschema::options().with_pattern_options(jsonschema::PatternOptions::regex()).build(schema).ok()
}

/// The texts of a message, without copying them.
pub(crate) fn texts(content: &Content) -> impl Iterator<Item = &str> {
    let (one, parts): (Option<&str>, &[chat::Part]) = match content {
        Content::Nothing => (None, &[]),
        Content::Text(text) => (Some(text), &[]),
        Content::Parts(parts) => (None, parts),
    };
    one.into_iter().chain(parts.iter().filter_map(|p| p.text.as_deref()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Words, hash};
    use chat::{Guided, Options};
    use serde_json::json;

    fn check(asked: &str, text: &str) -> Checks {
        of(&ChatRequest::default(), asked, text)
    }

    fn of(request: &ChatRequest, asked: &str, text: &str) -> Checks {
        let words: Vec<u32> = Words(text).map(hash).collect();
        Checks::read(&Given::of(request, asked.to_owned()), text, &words)
    }

    fn form(guided: Guided, text: &str) -> Option<bool> {
        let request = ChatRequest { options: Options { guided, ..Options::default() }, ..ChatRequest::default() };
        of(&request, "", text).form
    }

    #[test]
    fn numbers_come_from_the_request_from_sums_or_from_nowhere() {
        let c = check("She has 3 bags of 1,000 g and 7 keys.", "3 * 1000 = 3000 g, and 17 more.");
        assert_eq!((c.numbers, c.numbers_given, c.numbers_derived, c.asked), (4, 2, 1, 3));
        let last = c.last.unwrap();
        assert!(last.whole && !last.given && !last.negative && last.after == 5, "{last:?}");
        assert!(check("", "so it is -$4.50").last.is_some_and(|l| l.negative && !l.whole));
    }

    #[test]
    fn quotations_are_looked_up() {
        let c = check("He said that all is lost.", "It says \"all is lost.\" and “all is won”.");
        assert_eq!((c.quotes, c.quotes_found), (2, 1));
    }

    #[test]
    fn ends_are_told_apart() {
        for (text, concluded, open) in [
            ("It is 4.\n#### 4", true, false),
            ("The answer is four.", true, false),
            ("It costs $<<2*3", false, true),
            ("```\nfn main() {}\n", false, true),
            ("and then he", false, true),
            ("yes", false, false),
            ("(done)", false, false),
            ("", false, false),
        ] {
            let c = check("", text);
            assert_eq!((c.concluded, c.open), (concluded, open), "{text}");
        }
    }

    #[test]
    fn loops_doubts_and_refusals_are_heard() {
        assert!(check("", &"the same again ".repeat(50)).repeated > 90);
        assert_eq!(check("", "no three words stand here twice").repeated, 0);
        assert_eq!(check("", "However, I’m not sure; perhaps 3.").doubts, 3);
        assert!(check("", "I’m sorry, but I cannot do that.").refuses && !check("", "You can do it.").refuses);
    }

    #[test]
    fn json_is_held_against_what_was_asked() {
        let schema = json!({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]});
        let asked = || Guided {
            response_format: Some(json!({"type": "json_schema", "json_schema": {"name": "n", "schema": schema}})),
            ..Guided::default()
        };
        for (text, fits) in [("{\"n\": 3}", true), ("{\"n\": 3.5}", false), ("{\"n\": 3", false), ("[]", false)] {
            assert_eq!(form(asked(), text), Some(fits), "{text}");
        }
        let object = || Guided { response_format: Some(json!({"type": "json_object"})), ..Guided::default() };
        assert_eq!((form(object(), " {} "), form(object(), "[]")), (Some(true), Some(false)));
        assert_eq!(form(Guided::default(), "{}"), None);
    }

    #[test]
    fn schemas_that_cannot_be_read_ask_for_json_alone() {
        let mut deep = json!({});
        for _ in 0..50 {
            deep = json!({"allOf": [deep]});
        }
        for schema in [
            json!(7),
            json!({"$ref": "https://example.com/s"}),
            json!({"pattern": "(a+)+$("}),
            json!("x".repeat(1 << 17)),
            deep,
        ] {
            let asked = Guided { guided_json: Some(schema.clone()), ..Guided::default() };
            assert_eq!(form(asked.clone(), "\"aaaa\""), Some(true), "{schema}");
            assert_eq!(form(asked, "{"), Some(false));
        }
    }
}
