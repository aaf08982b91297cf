//! What is printed: the promise, what it rests on, and what is assumed, in a sentence and as fields.
mod tool;

pub use tool::{Heard, ToolStatement, ToolSubject};

use crate::{
    certify::{Kind, Promise},
    life::Standing,
};
use serde::{Deserialize, Serialize};

/// A promise with what is proven of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// The whole as a text.
    pub text: String,
    /// The route.
    pub route: String,
    /// Whether anything is proven, so that some answers are given here.
    pub is_certified: bool,
    /// The version of the policy in force.
    pub version: Option<u32>,
    /// The promise.
    pub kind: Kind,
    /// The most harm or loss, over all requests, as a share.
    pub most: f64,
    /// How sure that is, for all promised routes together.
    pub confidence: f64,
    /// This route's part of what is missing to 1: the error probability of its proof.
    pub delta: f64,
    /// The model here.
    pub small: String,
    /// Whose answers are compared with.
    pub large: String,
    /// Who compared.
    pub judge: String,
    /// The share of harm that the judge may miss, which is taken off.
    pub judge_error: f64,
    /// Audits that the proof rests on: of the certify fold, since `since`.
    pub audits: u64,
    /// Of these, those that would have been answered here.
    pub local: u64,
    /// What was lost by them: harms, or the sum of losses.
    pub loss: f64,
    /// Audits in all, since the first.
    pub all_audits: u64,
    /// The day of the first audit that counts.
    pub since: Option<String>,
    /// The day of the last.
    pub last: Option<String>,
    /// The day of the last alarm.
    pub alarm: Option<String>,
    /// How many further audits the next step needs at least.
    pub missing: Option<u64>,
    /// Who is compared, and how.
    pub setting: String,
    /// The number of the last audit that was heard of, and the hash of all of them up to it.
    pub number: i64,
    /// SHA-256 over the audits in their order, and over what was learned from them: whoever has the ledger can compute it
    /// again.
    pub hash: String,
    /// Whether tools answer on the route before any model is asked: such requests are not among the audited.
    #[serde(default)]
    pub tools: bool,
}

/// What a statement is about.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The route.
    pub route: &'a str,
    /// The model here.
    pub small: &'a str,
    /// Whose answers are compared with.
    pub large: &'a str,
    /// Who compares.
    pub judge: &'a str,
    /// As the operator set it, for all promised routes together.
    pub confidence: f64,
    /// Who is compared, and how.
    pub setting: &'a str,
    /// The last audit, and the hash of all.
    pub number: i64,
    /// As above.
    pub hash: &'a str,
    /// Whether tools answer on the route, too.
    pub tools: bool,
}

/// What a statement does not cover where tools answer.
const OF_TOOLS: &str =
    " What tools answer is not among these requests: each tool is held to the same promise by a proof of its own.";

impl Statement {
    /// What is to be said of `standing` under `promise`; `day` writes a moment, in microseconds since 1970, as a day.
    pub fn new(subject: Subject<'_>, promise: &Promise, standing: &Standing, day: impl Fn(i64) -> String) -> Self {
        let Subject { route, small, large, judge, confidence, setting, number, hash, tools } = subject;
        let certificate = standing.certificate.as_ref();
        let in_force = certificate.filter(|_| standing.version.is_some());
        let mut statement = Self {
            text: String::new(),
            route: route.to_owned(),
            is_certified: in_force.is_some(),
            version: standing.version,
            kind: promise.kind,
            most: promise.alpha,
            confidence,
            delta: promise.delta,
            small: small.to_owned(),
            large: large.to_owned(),
            judge: judge.to_owned(),
            judge_error: promise.judge_error,
            audits: certificate.map_or(0, |certificate| certificate.audits),
            local: in_force.map_or(0, |certificate| certificate.local),
            loss: in_force.map_or(0.0, |certificate| certificate.loss),
            all_audits: standing.audits,
            since: standing.since.map(&day),
            last: standing.last.map(&day),
            alarm: standing.alarms.last().map(|alarm| day(*alarm)),
            missing: certificate.and_then(|certificate| certificate.missing).filter(|missing| *missing > 0),
            setting: setting.to_owned(),
            number,
            hash: hash.to_owned(),
            tools,
        };
        statement.text = if statement.is_certified { statement.proven() } else { statement.unproven() };
        if tools {
            statement.text.push_str(OF_TOOLS);
        }
        statement
    }

    fn proven(&self) -> String {
        let Self { route, audits, large, small, local, judge, .. } = self;
        let (version, since) = (self.version.unwrap_or(0), self.since.as_deref().unwrap_or("the first"));
        let (confidence, most) = (percent(self.confidence), percent(self.most));
        let what = match self.kind {
            Kind::Harm => format!("at most {most} of requests got a local answer worse than {large}'s would have been"),
            Kind::Loss => {
                format!("answers are on average at most {} points of 100 worse than {large}'s", points(self.most))
            }
        };
        let lost = match self.kind {
            Kind::Harm => format!("{} of these were worse", self.loss),
            Kind::Loss => format!("these lost {:.3} points of 1 in all", self.loss),
        };
        let share = percent(*local as f64 / (*audits).max(1) as f64);
        let alarm = self.alarm.as_deref().unwrap_or("none");
        let error = match self.judge_error > 0.0 {
            true => format!(", which may miss {} of harm (taken off)", percent(self.judge_error)),
            false => String::new(),
        };
        format!(
            "Route `{route}`, policy v{version}: over the {} requests audited since {since}, with {confidence} \
             confidence {what}. {share} of them ({}) are answered here by {small}; {lost}. Holds for traffic like the \
             audited; watched for drift; last alarm: {alarm}. Judge: {judge}{error}.",
            thousands(*audits),
            thousands(*local)
        )
    }

    fn unproven(&self) -> String {
        let Self { route, large, audits, judge, .. } = self;
        let missing = match self.missing {
            Some(n) => format!("at least {} more without harm are needed", thousands(n)),
            None if *audits == 0 => "there is nothing to prove yet".to_owned(),
            None => "no number of further audits can prove it as things are".to_owned(),
        };
        let alarm = self.alarm.as_deref().unwrap_or("none");
        format!(
            "Route `{route}`: nothing is certified, so every request goes to {large}. Promised is at most {} at {} \
             confidence; {} audits count so far, {missing}. Last alarm: {alarm}. Judge: {judge}.",
            match self.kind {
                Kind::Harm => format!("{} harm", percent(self.most)),
                Kind::Loss => format!("a loss of {} points of 100", points(self.most)),
            },
            percent(self.confidence),
            thousands(*audits)
        )
    }
}

/// A share in percent, with as few decimals as it has, but one.
fn percent(share: f64) -> String {
    format!("{} %", points(share))
}

fn points(share: f64) -> String {
    let text = format!("{:.3}", 100.0 * share);
    let short = text.trim_end_matches('0');
    if short.ends_with('.') { format!("{short}0") } else { short.to_owned() }
}

/// 1312 as 1,312.
fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certify::Certificate;

    fn subject() -> Subject<'static> {
        Subject {
            route: "invoices",
            small: "smollm2",
            large: "openai/gpt-4o",
            judge: "fields",
            confidence: 0.95,
            setting: "s",
            number: 2000,
            hash: "abc",
            tools: false,
        }
    }

    const PROMISE: Promise = Promise { alpha: 0.01, delta: 0.05, kind: Kind::Harm, judge_error: 0.0 };

    #[test]
    fn an_auditor_reads_what_is_proven_and_what_is_assumed() {
        let certificate = Certificate {
            bar: Some(0.9),
            next: None,
            audits: 1312,
            local: 656,
            loss: 2.0,
            upper: 0.006,
            missing: None,
        };
        let standing = Standing {
            audits: 2000,
            version: Some(7),
            certificate: Some(certificate),
            since: Some(3),
            ..Standing::default()
        };
        let statement = Statement::new(subject(), &PROMISE, &standing, |time| format!("day {time}"));
        assert_eq!(
            statement.text,
            "Route `invoices`, policy v7: over the 1,312 requests audited since day 3, with 95.0 % confidence at most \
             1.0 % of requests got a local answer worse than openai/gpt-4o's would have been. 50.0 % of them (656) are \
             answered here by smollm2; 2 of these were worse. Holds for traffic like the audited; watched for drift; \
             last alarm: none. Judge: fields."
        );
        let json = serde_json::to_value(&statement).expect("JSON");
        assert_eq!((json["hash"].as_str(), json["audits"].as_u64()), (Some("abc"), Some(1312)));
    }

    #[test]
    fn what_is_not_proven_is_said() {
        let certificate = Certificate {
            bar: None,
            next: Some(1.0),
            audits: 120,
            local: 0,
            loss: 0.0,
            upper: 0.0,
            missing: Some(1228),
        };
        let standing = Standing { certificate: Some(certificate), alarms: vec![1, 9], ..Standing::default() };
        let statement = Statement::new(subject(), &PROMISE, &standing, |time| format!("day {time}"));
        assert!(!statement.is_certified);
        for part in ["nothing is certified", "at least 1,228 more without harm", "Last alarm: day 9", "120 audits"] {
            assert!(statement.text.contains(part), "{part}: {}", statement.text);
        }
        let none = Statement::new(subject(), &PROMISE, &Standing::default(), |time| time.to_string());
        assert!(none.text.contains("there is nothing to prove yet"), "{}", none.text);
    }
}
