//! Requests that both models answered, as JSON lines: read one by one, and what cannot be read is said with its line.
use chat::{ChatRequest, Content, Finish, Logprob, Message, Role, TokenLogprob};
use router::{
    replay::Labelled,
    score::Example,
    signals::{Answer, Prompt, Signals, Token},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

/// Lines whose numbers are told.
const TOLD: usize = 10;

/// The names of the fields that hold both scores.
pub(super) struct Scores<'a> {
    pub(super) small: &'a str,
    pub(super) large: &'a str,
}

/// What is in a file.
#[derive(Default)]
pub(super) struct Labels {
    pub(super) requests: Vec<Labelled>,
    /// Lines that could not be read.
    pub(super) unread: Vec<usize>,
    /// Why the first of them could not.
    pub(super) why: Option<String>,
    /// Lines that say of themselves that they are contaminated.
    pub(super) dropped: usize,
    /// What scores were divided by, as some were above 1.
    pub(super) scale: Option<f64>,
}

impl Labels {
    /// # Errors
    /// The file cannot be read, or nothing in it.
    pub(super) fn read(file: &Path, scores: &Scores<'_>) -> Result<Self, String> {
        let named = |e: std::io::Error| format!("{}: {e}; a file of JSON lines expected", file.display());
        let mut lines = BufReader::new(File::open(file).map_err(named)?);
        let (mut labels, mut line, mut number) = (Self::default(), Vec::new(), 0);
        while lines.read_until(b'\n', &mut line).map_err(named)? > 0 {
            number += 1;
            if !line.trim_ascii().is_empty() {
                labels.take(number, &line, scores);
            }
            line.clear();
        }
        if labels.requests.is_empty() {
            let why = labels.why.unwrap_or_else(|| "nothing found".to_owned());
            let expected = format!(
                "lines such as {{\"prompt\": \"..\", \"small_answer\": \"..\", \"{}\": 1, \"{}\": 1}} expected",
                scores.small, scores.large
            );
            return Err(format!("{}: {expected}; {why}", file.display()));
        }
        labels.scale();
        Ok(labels)
    }

    fn take(&mut self, number: usize, line: &[u8], scores: &Scores<'_>) {
        match labelled(line, scores) {
            Ok(Some(request)) => self.requests.push(request),
            Ok(None) => self.dropped += 1,
            Err(fault) => {
                self.unread.push(number);
                self.why.get_or_insert_with(|| format!("line {number}: {fault}"));
            }
        }
    }

    /// Scores of another scale, such as 1 to 10, are divided by the greatest.
    fn scale(&mut self) {
        let scores = self.requests.iter().flat_map(|one| [one.example.small, one.example.large]);
        let most = scores.fold(1.0, f64::max);
        if most > 1.0 {
            self.scale = Some(most);
            for Labelled { example, .. } in &mut self.requests {
                let (small, large) = (example.small / most, example.large / most);
                *example = Example::new(std::mem::take(&mut example.signals), small, large);
            }
        }
    }

    /// What was left out, for people.
    pub(super) fn left_out(&self) -> Option<String> {
        let why = self.why.as_ref()?;
        let numbers: Vec<_> = self.unread.iter().take(TOLD).map(ToString::to_string).collect();
        let more = if self.unread.len() > TOLD { ", .." } else { "" };
        let n = self.unread.len();
        Some(format!("{n} lines cannot be read and are left out: {}{more} ({why})", numbers.join(", ")))
    }
}

/// One line; none if it is contaminated.
fn labelled(line: &[u8], scores: &Scores<'_>) -> Result<Option<Labelled>, String> {
    let value = serde_json::from_slice(line).map_err(|e| format!("a line of JSON expected: {e}"))?;
    let Value::Object(line) = value else { return Err("a JSON object expected".to_owned()) };
    if line.get("contaminated") == Some(&Value::Bool(true)) {
        return Ok(None);
    }
    let request = request(&line)?;
    let tag = match line.get("domain").or_else(|| line.get("tag")) {
        None | Some(Value::Null) => None,
        Some(Value::String(tag)) => Some(tag.as_str()),
        Some(other) => return Err(wrong("domain", "text", other)),
    };
    let (small, large) = (score(&line, scores.small)?, score(&line, scores.large)?);
    let signals = Signals { prompt: Prompt::read(&request, tag), answer: Some(answer(&line, &request)?) };
    let conversation = conversation(&request);
    Ok(Some(Labelled { conversation, example: Example::new(signals, small, large) }))
}

fn wrong(name: &str, expected: &str, found: &Value) -> String {
    let found = found.to_string();
    let short: String = found.chars().take(40).collect();
    format!("`{name}`: {expected} expected, {short} found")
}

fn request(line: &Map<String, Value>) -> Result<ChatRequest, String> {
    if let Some(messages) = line.get("messages") {
        return ChatRequest::deserialize(json!({ "model": "", "messages": messages }))
            .map_err(|e| format!("`messages`: messages as OpenAI's API has them expected: {e}"));
    }
    let prompt = line.get("prompt").ok_or("`prompt` or `messages` expected, neither found")?;
    let prompt = prompt.as_str().ok_or_else(|| wrong("prompt", "text", prompt))?;
    let message = Message::new(Role::User, Content::Text(prompt.to_owned()));
    Ok(ChatRequest { messages: vec![message], ..ChatRequest::default() })
}

/// Yes or no are 1 and 0.
fn score(line: &Map<String, Value>, name: &str) -> Result<f64, String> {
    let value = line.get(name).ok_or_else(|| format!("`{name}`: a number of at least 0 expected, none found"))?;
    let number = value.as_bool().map(|yes| f64::from(u8::from(yes))).or_else(|| value.as_f64());
    number.filter(|score| *score >= 0.0).ok_or_else(|| wrong(name, "a number of at least 0", value))
}

/// The small model's answer, as far as the line tells of it. Answers of several turns are told by the first.
fn answer(line: &Map<String, Value>, request: &ChatRequest) -> Result<Answer, String> {
    let tokens = match line.get("small_logprobs") {
        None | Some(Value::Null) => Vec::new(),
        Some(value) => {
            let all = value.as_array().or_else(|| value["content"].as_array());
            let all = all.and_then(|all| all.iter().map(token).collect::<Option<Vec<_>>>());
            all.ok_or_else(|| {
                wrong("small_logprobs", "a list of numbers, or `logprobs` as OpenAI's API has them,", value)
            })?
        }
    };
    let finish = match line.get("small_finish") {
        None | Some(Value::Null) => Finish::Stop,
        Some(value) => {
            Finish::deserialize(value).map_err(|_| wrong("small_finish", "\"stop\" or \"length\"", value))?
        }
    };
    match line.get("small_answer") {
        // of its text nothing is known
        None | Some(Value::Null) => Ok(Answer::read(request, "", &tokens, None).cut(tokens.len())),
        Some(value) => {
            let text = value.as_str().or_else(|| value[0].as_str());
            let text = text.ok_or_else(|| wrong("small_answer", "text", value))?;
            Ok(Answer::read(request, text, &tokens, Some(finish)))
        }
    }
}

fn token(value: &Value) -> Option<Token> {
    let logprob = |value: &Value| {
        let logprob = value.as_f64().or_else(|| value["logprob"].as_f64())? as f32;
        Some(Logprob { token: String::new(), logprob, bytes: None })
    };
    let top = value["top_logprobs"].as_array().map(|top| top.iter().map(logprob).collect::<Option<Vec<_>>>());
    Some(Token::of(&TokenLogprob { chosen: logprob(value)?, top_logprobs: top.unwrap_or(Some(Vec::new()))? }))
}

/// All that begin alike are one: with the same messages up to the first of the user's.
fn conversation(request: &ChatRequest) -> String {
    let first = request.messages.iter().position(|message| message.role == Role::User);
    let begin = request.messages.iter().take(first.map_or(usize::MAX, |first| first + 1));
    begin.map(|message| format!("{}\0{}\0", message.role.name(), message.content.text())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCORES: Scores<'_> = Scores { small: "small_score", large: "large_score" };

    fn fault(line: &str) -> String {
        labelled(line.as_bytes(), &SCORES).err().unwrap_or_else(|| panic!("read: {line}"))
    }

    fn good(line: &str) -> Labelled {
        labelled(line.as_bytes(), &SCORES).unwrap_or_else(|e| panic!("{line}: {e}")).expect("not contaminated")
    }

    #[test]
    fn lines_are_read_as_requests_are() {
        let line = r#"{"prompt":"2+2?","domain":"sums","small_answer":"it is 4","small_score":true,"large_score":1}"#;
        let one = good(line);
        assert_eq!((one.example.small, one.example.large), (1.0, 1.0));
        let tagged = line.replace("domain", "tag");
        assert_eq!(good(&tagged), one);
        let messages = line.replace(r#""prompt":"2+2?""#, r#""messages":[{"role":"user","content":"2+2?"}]"#);
        assert_eq!(good(&messages), one);
        let turns = line.replace(r#""it is 4""#, r#"["it is 4","or 5"]"#);
        assert_eq!(good(&turns), one);
        assert_ne!(good(&line.replace("it is 4", "it is 5")).example, one.example);
        assert_ne!(
            good(&line.replace("\"small_score", "\"small_finish\":\"length\",\"small_score")).example,
            one.example
        );
        assert_eq!(labelled(line.replace("{\"", "{\"contaminated\":true,\"").as_bytes(), &SCORES), Ok(None));
    }

    #[test]
    fn certainty_is_read_in_every_form() {
        let line = |logprobs: &str| {
            good(&format!(r#"{{"prompt":"p","small_logprobs":{logprobs},"small_score":0,"large_score":1}}"#)).example
        };
        let plain = line("[-0.5, -2]");
        assert_eq!(plain.signals.answer.as_ref().map(Answer::n_tokens), Some(2));
        assert_eq!(line(r#"[{"token":"a","logprob":-0.5},{"token":"b","logprob":-2}]"#), plain);
        assert_eq!(line(r#"{"content":[{"logprob":-0.5},{"logprob":-2}]}"#), plain);
        let top = r#"[{"logprob":-0.5,"top_logprobs":[{"logprob":-0.5},{"logprob":-1}]},{"logprob":-2}]"#;
        assert_ne!(line(top), plain, "margins and entropy are known");
    }

    #[test]
    fn faults_say_what_is_expected() {
        for (line, said) in [
            ("{", "a line of JSON expected"),
            ("[1]", "a JSON object expected"),
            ("{}", "`prompt` or `messages` expected, neither found"),
            (r#"{"prompt":3}"#, "`prompt`: text expected, 3 found"),
            (r#"{"messages":[{"role":"king"}]}"#, "`messages`: messages as OpenAI's API has them expected"),
            (r#"{"prompt":"p"}"#, "`small_score`: a number of at least 0 expected, none found"),
            (r#"{"prompt":"p","small_score":-1}"#, "`small_score`: a number of at least 0 expected, -1 found"),
            (r#"{"prompt":"p","small_score":1,"large_score":"1"}"#, "`large_score`: a number of at least 0"),
            (r#"{"prompt":"p","domain":7,"small_score":1,"large_score":1}"#, "`domain`: text expected, 7 found"),
            (r#"{"prompt":"p","small_score":1,"large_score":1,"small_answer":{}}"#, "`small_answer`: text expected"),
            (r#"{"prompt":"p","small_score":1,"large_score":1,"small_logprobs":["x"]}"#, "`small_logprobs`: a list of"),
            (r#"{"prompt":"p","small_score":1,"large_score":1,"small_finish":"bang"}"#, "`small_finish`: \"stop\""),
        ] {
            let found = fault(line);
            assert!(found.contains(said), "{line}: {found}");
        }
    }
}
