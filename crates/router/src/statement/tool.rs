//! What is printed of one tool: the promise, what its proof rests on, and by which test it was proven.
use super::{percent, points, thousands};
use crate::{
    certify::{Kind, Promise},
    trial::Standing,
};
use serde::{Deserialize, Serialize};

/// A tool's promise with what is proven of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolStatement {
    /// The whole as a text.
    pub text: String,
    /// The id of the tool: the hash of what it is.
    pub tool: String,
    /// What it is called.
    pub name: String,
    /// The route.
    pub route: String,
    /// Whether its answers may be given.
    pub is_proven: bool,
    /// The promise.
    pub kind: Kind,
    /// The most harm or loss, over the requests that it answers, as a share.
    pub most: f64,
    /// How sure that is, for all promised routes and their tools together.
    pub confidence: f64,
    /// This tool's part of what is missing to 1: the error probability of its proof.
    pub delta: f64,
    /// Whose answers are compared with.
    pub large: String,
    /// Who compared.
    pub judge: String,
    /// The share of harm that the judge may miss, which is taken off.
    pub judge_error: f64,
    /// By what it is proven.
    pub test: String,
    /// Comparisons that count: those since `since`.
    pub comparisons: u64,
    /// What was lost by them: harms, or the sum of losses.
    pub loss: f64,
    /// What the mean loss is at most, by these comparisons.
    pub at_most: f64,
    /// The day of the first comparison that counts.
    pub since: Option<String>,
    /// The day of the last.
    pub last: Option<String>,
    /// Alarms so far, each of which begins the proof anew.
    pub alarms: u32,
    /// The day of the last alarm.
    pub alarm: Option<String>,
    /// How many further comparisons the proof needs at least, all without loss.
    pub missing: Option<u64>,
    /// Who is compared, and how.
    pub setting: String,
    /// The number of the last comparison that was heard of, and the hash of all of them up to it.
    pub number: i64,
    /// SHA-256 over the comparisons in their order: whoever has the ledger can compute it again.
    pub hash: String,
}

/// What a tool's statement is about.
#[derive(Clone, Copy, Debug, Default)]
pub struct ToolSubject<'a> {
    /// The id of the tool.
    pub tool: &'a str,
    /// What it is called.
    pub name: &'a str,
    /// The route.
    pub route: &'a str,
    /// Whose answers are compared with.
    pub large: &'a str,
    /// Who compares.
    pub judge: &'a str,
    /// As the operator set it.
    pub confidence: f64,
    /// Who is compared, and how.
    pub setting: &'a str,
}

/// What was heard of a tool's comparisons.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heard {
    /// The last comparison.
    pub number: i64,
    /// The hash of all.
    pub hash: String,
    /// Moments of the first comparison that counts, of the last, and of the last alarm, in microseconds since 1970.
    pub since: Option<i64>,
    /// As above.
    pub last: Option<i64>,
    /// As above.
    pub alarm: Option<i64>,
}

/// By what tools are proven.
const TEST: &str = "betting against the contrary (an e-process, valid however often it is looked at)";

impl ToolStatement {
    /// What is to be said of `standing` under `promise`; `day` writes a moment as a day.
    pub fn new(
        subject: ToolSubject<'_>,
        promise: &Promise,
        standing: &Standing,
        heard: &Heard,
        day: impl Fn(i64) -> String,
    ) -> Self {
        let ToolSubject { tool, name, route, large, judge, confidence, setting } = subject;
        let mut statement = Self {
            text: String::new(),
            tool: tool.to_owned(),
            name: name.to_owned(),
            route: route.to_owned(),
            is_proven: standing.proven,
            kind: promise.kind,
            most: promise.alpha,
            confidence,
            delta: promise.delta,
            large: large.to_owned(),
            judge: judge.to_owned(),
            judge_error: promise.judge_error,
            test: TEST.to_owned(),
            comparisons: standing.n,
            loss: standing.loss * standing.n as f64,
            at_most: standing.at_most,
            since: heard.since.map(&day),
            last: heard.last.map(&day),
            alarms: standing.alarms,
            alarm: heard.alarm.map(&day),
            missing: standing.missing.filter(|_| !standing.proven),
            setting: setting.to_owned(),
            number: heard.number,
            hash: heard.hash.clone(),
        };
        statement.text = statement.in_words();
        statement
    }

    fn in_words(&self) -> String {
        let Self { tool, name, route, large, judge, delta, test, .. } = self;
        let (n, confidence, most) = (thousands(self.comparisons), percent(self.confidence), percent(self.most));
        let alarm = self.alarm.as_deref().unwrap_or("none");
        let who = format!("Tool `{name}` ({tool}) of route `{route}`");
        if !self.is_proven {
            let missing = match self.missing {
                Some(missing) => format!("at least {} more without loss are needed", thousands(missing)),
                None => "no number of further ones can prove it as things are".to_owned(),
            };
            return format!(
                "{who}: nothing is proven, so no answer of it is given. Promised is at most {most} at {confidence} \
                 confidence; {n} comparisons count so far, {missing}. Last alarm: {alarm}. Judge: {judge}."
            );
        }
        let since = self.since.as_deref().unwrap_or("the first");
        let (what, lost) = match self.kind {
            Kind::Harm => (
                format!("at most {most} of its answers are worse than {large}'s would have been"),
                format!("{:.0} of these were worse", self.loss),
            ),
            Kind::Loss => (
                format!("its answers are on average at most {} points of 100 worse than {large}'s", points(self.most)),
                format!("these lost {:.3} points of 1 in all", self.loss),
            ),
        };
        let error = match self.judge_error > 0.0 {
            true => format!(", which may miss {} of harm (taken off)", percent(self.judge_error)),
            false => String::new(),
        };
        format!(
            "{who}: by {n} comparisons heard since {since}, with {confidence} confidence {what}; {lost}, which bounds it by \
             {}. Test: {test}, with an error probability of {delta:.5}. Holds for requests like the compared; watched for \
             drift; last alarm: {alarm}. Judge: {judge}{error}.",
            percent(self.at_most)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::Trial;

    const PROMISE: Promise = Promise { alpha: 0.03, delta: 0.025, kind: Kind::Harm, judge_error: 0.0 };

    fn stated(losses: impl Iterator<Item = bool>) -> ToolStatement {
        let mut trial = Trial::new(PROMISE);
        for lost in losses {
            trial.hear(f64::from(u8::from(!lost)), 1.0);
        }
        let subject = ToolSubject {
            tool: "62ef",
            name: "sort_words",
            route: "words",
            large: "far/large",
            judge: "exact",
            confidence: 0.95,
            setting: "s",
        };
        let heard = Heard { number: 7, hash: "abc".to_owned(), since: Some(3), ..Heard::default() };
        ToolStatement::new(subject, &PROMISE, &trial.standing(), &heard, |time| format!("day {time}"))
    }

    #[test]
    fn an_auditor_reads_what_is_proven_of_a_tool_and_how() {
        let proven = stated((0..500).map(|i| i == 400));
        for part in [
            "Tool `sort_words` (62ef) of route `words`: by 500 comparisons heard since day 3, with 95.0 % confidence at most 3.0 %",
            "of its answers are worse than far/large's would have been; 1 of these were worse, which bounds it by ",
            "Test: betting against the contrary (an e-process",
            "error probability of 0.02500",
            "last alarm: none. Judge: exact.",
        ] {
            assert!(proven.text.contains(part), "{part}: {}", proven.text);
        }
        assert!(proven.is_proven && proven.at_most < 0.03 && proven.missing.is_none(), "{proven:?}");
        assert_eq!((proven.comparisons, proven.loss, proven.hash.as_str()), (500, 1.0, "abc"));
    }

    #[test]
    fn what_is_not_proven_of_a_tool_is_said() {
        let begun = stated((0..100).map(|_| false));
        let missing = begun.missing.expect("some are enough");
        assert!(begun.text.contains("nothing is proven, so no answer of it is given"), "{}", begun.text);
        assert!(
            begun.text.contains(&format!("100 comparisons count so far, at least {missing} more")),
            "{}",
            begun.text
        );
    }
}
