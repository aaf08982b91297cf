//! Why an upstream did not answer: whose fault it is, whether to ask again, and words that never hold a key.
use super::settings::{Secret, Settings};
use crate::download::{innermost, is_certificate};
use chat::{Blame, Error, Kind};
use serde_json::Value;
use std::{error, time::Duration};

/// Most letters of an upstream's own words that go into an error.
const MAX_WORDS: usize = 400;
/// Shorter secrets are not looked for in an upstream's words: they would be found in any.
const MIN_SECRET: usize = 6;
/// How servers say that a prompt is too long.
const TOO_LONG: [&str; 10] = [
    "context_length_exceeded",
    "exceed_context_size",
    "maximum context length",
    "context length exceeded",
    "exceeds the context",
    "exceed context limit",
    "exceeds the available context",
    "context window",
    "prompt is too long",
    "input is too long",
];

/// Why an upstream did not answer.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) error: Error,
    /// Whether the same may go out once more, if nothing was received.
    pub(super) again: bool,
    /// How long the upstream asks to wait before.
    pub(super) after: Option<Duration>,
    /// Whether the upstream is to blame, and not what it was asked.
    pub(super) is_down: bool,
}

/// What in an upstream's stream ends the answer.
#[derive(Clone, Debug)]
pub(super) enum Fault {
    /// The upstream's own error object.
    Said(Value),
    /// Its answer is not what the protocol says; lowercase, without its name.
    Broken(String),
}

impl Fault {
    pub(super) fn broken(what: impl Into<String>) -> Self {
        Self::Broken(what.into())
    }
}

/// An upstream as errors speak of it.
#[derive(Debug)]
pub(super) struct Who {
    pub(super) name: String,
    pub(super) host: String,
    secrets: Vec<Secret>,
}

impl Who {
    pub(super) fn new(settings: &Settings, host: String) -> Self {
        let secrets = settings.key.iter().chain(settings.headers.iter().map(|(_, value)| value));
        Self { name: settings.name.clone(), host, secrets: secrets.cloned().collect() }
    }

    /// It failed: another try may help.
    pub(super) fn down(&self, what: &str) -> Failure {
        let error = Error::new(Kind::Upstream, format!("upstream `{}`: {what}", self.name));
        Failure { error, again: true, after: None, is_down: true }
    }

    /// It failed, and would again.
    pub(super) fn broken(&self, what: &str) -> Failure {
        Failure { again: false, ..self.down(what) }
    }

    /// It took too long.
    pub(super) fn late(&self, what: &str) -> Failure {
        let failure = self.broken(what);
        Failure {
            error: Error { blame: Blame::Upstream, ..Error::new(Kind::Timeout, failure.error.message) },
            ..failure
        }
    }

    /// The connection could not be made, or broke.
    pub(super) fn lost(&self, error: reqwest::Error, patience: Duration) -> Failure {
        let host = &self.host;
        if is_certificate(&error) {
            let why = innermost(&error.without_url());
            return self.broken(&format!("the certificate of {host} is not accepted ({why}); check its url"));
        }
        if error.is_connect() && error.is_timeout() {
            return self.late(&format!("no connection to {host} within {}", seconds(patience)));
        }
        if error.is_connect() {
            let remedy = if is_dns(&error) { "check the host in its url" } else { "check that it runs, and its url" };
            let why = innermost(&error.without_url());
            return self.down(&format!("no connection to {host} ({why}); {remedy}"));
        }
        self.down(&format!("the connection to {host} broke ({})", innermost(&error.without_url())))
    }

    /// What ended the answer in the midst of it.
    pub(super) fn fault(&self, fault: &Fault) -> Failure {
        match fault {
            Fault::Said(error) => self.said(status_of(error), &words_of(error), None),
            Fault::Broken(what) => self.broken(what),
        }
    }

    /// It answered with `status` and `body`, which is no success.
    pub(super) fn refused(&self, status: u16, body: &[u8], after: Option<Duration>) -> Failure {
        let parsed = serde_json::from_slice::<Value>(body).ok();
        // some send a list with one error in it
        let parsed = parsed.as_ref().map(|body| body.get(0).unwrap_or(body));
        let words = match parsed.map(|body| body.get("error").unwrap_or(body)) {
            Some(error) => words_of(error),
            // a page for people says nothing to programs
            None if body.trim_ascii_start().starts_with(b"<") => Words::default(),
            None => Words { message: String::from_utf8_lossy(body).into_owned(), code: String::new() },
        };
        self.said(status, &words, after)
    }

    fn said(&self, status: u16, words: &Words, after: Option<Duration>) -> Failure {
        let said = self.clean(&words.message);
        let said = if said.is_empty() { format!("status {status}") } else { said };
        let all = format!("{} {}", words.code, words.message).to_lowercase();
        // of the operator, whatever status it comes with
        let unpaid = all.contains("insufficient_quota") || all.contains("credit balance") || all.contains("billing");
        match status {
            401 | 403 => {
                self.broken(&format!("its key was not accepted (status {status}); check the key in its settings"))
            }
            402 => self.unpaid(&said),
            400..=499 if unpaid => self.unpaid(&said),
            404 | 405 | 410 => {
                let what = format!("the model or its url is not known there ({said}); check both in its settings");
                Failure { is_down: false, ..self.broken(&what) }
            }
            408 | 409 | 425 => Failure { after, ..self.down(&format!("not answered ({said})")) },
            429 => {
                let message = format!("upstream `{}`: too many requests ({said}); try again later", self.name);
                let error = Error { blame: Blame::Upstream, ..Error::new(Kind::Busy, message) };
                Failure { error, again: true, after, is_down: true }
            }
            400..=499 => self.input(&said, &all),
            501 | 505 => self.broken(&format!("does not do this ({said}); check its url")),
            500.. => Failure { after, ..self.down(&format!("failed with status {status} ({said}); try again later")) },
            300..=399 => self.broken("sends elsewhere, where nobody follows; give the address itself as its url"),
            _ => self.broken(&format!("an answer expected, status {status} found; check its url")),
        }
    }

    fn unpaid(&self, said: &str) -> Failure {
        self.broken(&format!("its account is used up ({said}); see to its billing"))
    }

    /// The request is at fault. `all` is all that was said, in lower case.
    fn input(&self, said: &str, all: &str) -> Failure {
        let kind = match TOO_LONG.iter().any(|words| all.contains(words)) {
            true => {
                let (limit, prompt) = numbers(all);
                Kind::ContextLength { prompt, limit }
            }
            false => Kind::Input,
        };
        let error = Error::new(kind, format!("upstream `{}` refuses the request: {said}", self.name));
        Failure { error, again: false, after: None, is_down: false }
    }

    /// The upstream's words on one line, cut, and without any secret of ours in them.
    pub(super) fn clean(&self, words: &str) -> String {
        let mut words = words.to_owned();
        for secret in self.secrets.iter().map(Secret::expose).filter(|secret| secret.len() >= MIN_SECRET) {
            words = words.replace(secret, "***");
        }
        let line: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_WORDS).collect();
        line.trim().trim_end_matches('.').to_owned()
    }
}

/// An error in an upstream's words.
#[derive(Debug, Default)]
struct Words {
    message: String,
    /// Code and type, one after the other.
    code: String,
}

fn words_of(error: &Value) -> Words {
    let text = |names: &[&str]| {
        let found = names.iter().filter_map(|name| match &error[*name] {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        });
        found.collect::<Vec<_>>().join(" ")
    };
    let message = error.as_str().map(str::to_owned).unwrap_or_else(|| text(&["message"]));
    let message = if message.is_empty() { text(&["msg", "detail", "error_msg"]) } else { message };
    let message = if message.is_empty() && !error.is_null() { error.to_string() } else { message };
    Words { message, code: text(&["code", "type"]) }
}

/// The status with which an error inside a stream would have come: some say it, some have words for it.
fn status_of(error: &Value) -> u16 {
    let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
    let told = [&error["status"], &error["status_code"], &error["code"]].into_iter().filter_map(number);
    let mut told = told.filter_map(|n| u16::try_from(n).ok()).filter(|n| (400..600).contains(n));
    let said = format!("{} {} {}", error["type"], error["code"], error["message"]).to_lowercase();
    let is = |words: &[&str]| words.iter().any(|word| said.contains(word));
    told.next().unwrap_or(match () {
        () if is(&TOO_LONG) || is(&["invalid_request", "bad_request", "badrequest", "content_filter"]) => 400,
        () if is(&["overloaded"]) => 529,
        () if is(&["rate_limit", "insufficient_quota", "too many requests"]) => 429,
        () if is(&["authentication", "permission", "invalid_api_key"]) => 401,
        () if is(&["not_found"]) => 404,
        () if is(&["request_too_large"]) => 413,
        () => 500,
    })
}

/// The smaller and the larger of the first two numbers in `text`: a limit, and what would not fit.
fn numbers(text: &str) -> (usize, usize) {
    let text = text.replace(',', "");
    let digits = text.split(|c: char| !c.is_ascii_digit()).filter(|digits| digits.len() > 1);
    let found: Vec<usize> = digits.filter_map(|digits| digits.parse().ok()).take(2).collect();
    match found[..] {
        [a, b] => (a.min(b), a.max(b)),
        _ => (0, 0),
    }
}

fn is_dns(error: &(dyn error::Error + 'static)) -> bool {
    error.to_string().contains("dns error") || error.source().is_some_and(is_dns)
}

/// A time as errors tell it.
pub(super) fn seconds(time: Duration) -> String {
    format!("{} s", (time.as_secs_f64() * 10.0).round() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upstream::Api;
    use serde_json::json;

    fn who() -> Who {
        let key = Some(Secret::new("sk-secret"));
        let headers = vec![("x-other".to_owned(), Secret::new("hush-hush"))];
        Who::new(
            &Settings { key, headers, ..Settings::new("up", Api::OpenAi, "https://a.example") },
            "a.example".into(),
        )
    }

    #[test]
    fn each_status_has_its_blame() {
        let cases: [(u16, Kind, bool, bool); 12] = [
            (400, Kind::Input, false, false),
            (401, Kind::Upstream, false, true),
            (402, Kind::Upstream, false, true),
            (403, Kind::Upstream, false, true),
            (404, Kind::Upstream, false, false),
            (413, Kind::Input, false, false),
            (422, Kind::Input, false, false),
            (429, Kind::Busy, true, true),
            (500, Kind::Upstream, true, true),
            (501, Kind::Upstream, false, true),
            (529, Kind::Upstream, true, true),
            (302, Kind::Upstream, false, true),
        ];
        for (status, kind, again, is_down) in cases {
            let failure = who().refused(status, b"", None);
            let found = (failure.error.kind, failure.again, failure.is_down);
            assert_eq!(found, (kind, again, is_down), "{status}: {}", failure.error);
            assert_eq!(failure.error.blame == Blame::Client, kind == Kind::Input, "{status}");
            assert!(failure.error.message.starts_with("upstream `up`"), "{}", failure.error);
        }
        let unpaid = json!({ "error": { "message": "You exceeded your quota", "code": "insufficient_quota" } });
        let unpaid = who().refused(429, unpaid.to_string().as_bytes(), None);
        assert_eq!((unpaid.error.kind, unpaid.again), (Kind::Upstream, false), "{}", unpaid.error);
    }

    #[test]
    fn a_prompt_too_long_is_told_from_other_faults() {
        let said = [
            (
                "This model's maximum context length is 8,192 tokens. However, your messages resulted in 9000 tokens.",
                9000,
            ),
            ("prompt is too long: 9000 tokens > 8192 maximum", 9000),
        ];
        for (message, prompt) in said {
            let body = json!({ "error": { "message": message, "type": "invalid_request_error" } }).to_string();
            let error = who().refused(400, body.as_bytes(), None).error;
            assert_eq!((error.kind, error.blame), (Kind::ContextLength { prompt, limit: 8192 }, Blame::Client));
        }
        let stream = json!({ "code": "context_length_exceeded", "message": "too much" });
        let error = who().fault(&Fault::Said(stream)).error;
        assert_eq!(error.kind, Kind::ContextLength { prompt: 0, limit: 0 });
    }

    #[test]
    fn no_secret_comes_back() {
        let body = "Bearer sk-secret\r\nx-other: hush-hush \u{7} and more".repeat(40);
        for status in [400, 404, 429, 500] {
            let failure = who().refused(status, body.as_bytes(), None);
            let text = format!("{} {failure:?}", failure.error);
            assert!(!text.contains("sk-secret") && !text.contains("hush") && text.contains("***"), "{text}");
            assert!(failure.error.message.len() < 600 && !failure.error.message.contains('\n'));
        }
        let told = who().refused(401, br#"{"error":{"message":"no such key: sk-se***ret"}}"#, None);
        assert!(!told.error.message.contains("sk-"), "{}", told.error);
        assert!(!format!("{:?}", who()).contains("sk-secret"));
    }

    #[test]
    fn errors_inside_a_stream_have_the_status_they_would_have_had() {
        let cases = [
            (json!({ "type": "overloaded_error", "message": "Overloaded" }), 529),
            (json!({ "code": 502, "message": "Provider returned error" }), 502),
            (json!({ "type": "rate_limit_error", "message": "slow down" }), 429),
            (json!({ "type": "invalid_request_error", "code": null, "message": "no" }), 400),
            (json!({ "code": "1234", "message": "?" }), 500),
            (json!("what"), 500),
        ];
        for (error, status) in cases {
            assert_eq!(status_of(&error), status, "{error}");
        }
    }
}
