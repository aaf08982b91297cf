//! What a route promises: how much worse than the large model's its answers may be, and how that is proven.
use super::value::Value;
use crate::money;
use gateway::{Promise, Target};
use router::{certify::Kind, judge::Judge};

/// The keys of a route that are about its promise.
pub(super) const KEYS: [&str; 7] =
    ["max_harm", "max_loss", "confidence", "audit_rate", "audit_budget", "judge", "judge_error"];

/// Less can be promised, and never be proven: 30,000 audits without any harm would not do.
const LEAST: f64 = 0.0001;

/// As the file has it.
#[derive(Default)]
pub(super) struct Wanted {
    max_harm: Option<f64>,
    max_loss: Option<f64>,
    confidence: Option<f64>,
    audit_rate: Option<f64>,
    audit_budget: Option<i64>,
    judge: Option<Judge>,
    judge_error: Option<f64>,
}

impl Wanted {
    /// Takes one of [`KEYS`].
    pub(super) fn set(&mut self, key: &str, value: &Value) -> Result<(), String> {
        match key {
            "max_harm" => self.max_harm = Some(share(value, "1%", LEAST, 0.5)?),
            "max_loss" => self.max_loss = Some(share(value, "1pt", LEAST, 0.5)?),
            "confidence" => self.confidence = Some(share(value, "95%", 0.5, 0.9999)?),
            "audit_rate" => self.audit_rate = Some(share(value, "5%", 0.0, 1.0)?),
            "audit_budget" => self.audit_budget = Some(value.decimal(6)?),
            "judge" => self.judge = Some(value.text()?.parse()?),
            _ => self.judge_error = Some(share(value, "2%", 0.0, 0.5)?),
        }
        Ok(())
    }

    /// What is promised, if anything is; `target` finds models by their names.
    pub(super) fn resolve(&self, target: impl Fn(&str) -> Result<Target, String>) -> Result<Option<Promise>, String> {
        let (kind, most) = match (self.max_harm, self.max_loss) {
            (Some(_), Some(_)) => return Err("max_harm or max_loss expected, both found".to_owned()),
            (Some(most), None) => (Kind::Harm, most),
            (None, Some(most)) => (Kind::Loss, most),
            (None, None) => return self.nothing(),
        };
        // whatever differs from the large model's answer counts as worse, which errs on the safe side
        let judge = self.judge.clone().unwrap_or(Judge::Fields);
        let judge_model = match &judge {
            Judge::Model { upstream, model } => {
                Some(target(&format!("{upstream}/{model}")).map_err(|fault| format!("judge: {fault}"))?)
            }
            _ => None,
        };
        let judge_error = match (&judge, self.judge_error) {
            (Judge::Model { .. }, None) => {
                return Err(
                    "judge_error: a model misses some harm; the most it may miss is expected, such as \"0.5%\", \
                            as you have measured it against people"
                        .to_owned(),
                );
            }
            (_, error) => error.unwrap_or(0.0),
        };
        if judge_error >= most {
            return Err(format!("judge_error: less than what is promised expected, {} found", percent(judge_error)));
        }
        Ok(Some(Promise {
            kind,
            most,
            confidence: self.confidence.unwrap_or(0.95),
            judge,
            judge_model,
            judge_error,
            audit_rate: self.audit_rate.unwrap_or(0.05),
            audit_budget: self.audit_budget,
        }))
    }

    fn nothing(&self) -> Result<Option<Promise>, String> {
        let Self { confidence, audit_rate, audit_budget, judge, judge_error, .. } = self;
        let is_said = confidence.is_some() || audit_rate.is_some() || judge_error.is_some();
        if is_said || audit_budget.is_some() || judge.is_some() {
            return Err("max_harm: what is promised? Such as \"1%\"; or max_loss".to_owned());
        }
        Ok(None)
    }

    /// As the file would say it.
    pub(super) fn show(&self) -> String {
        let mut out = String::new();
        let shares = [
            ("max_harm", self.max_harm),
            ("max_loss", self.max_loss),
            ("confidence", self.confidence),
            ("audit_rate", self.audit_rate),
            ("judge_error", self.judge_error),
        ];
        for (key, share) in shares {
            if let Some(share) = share {
                out.push_str(&format!("{key} = \"{}\"\n", percent(share)));
            }
        }
        if let Some(micros) = self.audit_budget {
            out.push_str(&format!("audit_budget = {}\n", money::plain(micros, 6)));
        }
        if let Some(judge) = &self.judge {
            out.push_str(&format!("judge = {:?}\n", judge.to_string()));
        }
        out
    }
}

/// A share as people write it: `1%`, `1pt` (a point of a hundred), or 0.01; at least `least`, and at most `most`.
fn share(value: &Value, example: &str, least: f64, most: f64) -> Result<f64, String> {
    let written = value.text().map_or_else(|_| value.to_string(), str::to_owned);
    read_share(&written).filter(|share| (least..=most).contains(share)).ok_or_else(|| {
        format!("a share from {} to {} expected, such as \"{example}\"; {value} found", percent(least), percent(most))
    })
}

/// A share as people write it: `1%`, `1pt`, or 0.01.
pub(crate) fn read_share(written: &str) -> Option<f64> {
    let written = written.trim();
    let share = match written.strip_suffix('%').or_else(|| written.strip_suffix("pt")) {
        Some(number) => number.trim().parse::<f64>().ok()? / 100.0,
        None => written.parse().ok()?,
    };
    share.is_finite().then_some(share)
}

/// A share as the file would say it.
pub(crate) fn percent(share: f64) -> String {
    let rounded = (share * 1e8).round() / 1e6;
    format!("{rounded}%")
}
