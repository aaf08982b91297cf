//! `kinglet route judge-error`: how much harm the judge misses at most, from comparisons that people judged too.
use super::{status::name, told::promised};
use crate::{
    accounts,
    config::{
        Config,
        promise::{percent, read_share},
    },
    models::Store,
    out,
};
use clap::Args;
use gateway::Promised;
use ledger::{Feedback, Judged, Ledger};
use router::{
    bound::binomial,
    certify::Kind,
    judge::{
        Judge, Verdict,
        human::{self, Served},
        reliability::{Pair, harm_missed, loss_missed},
    },
};
use serde_json::{Value, json};

/// Comparisons that are read at once.
const PAGE: u16 = 500;

#[derive(Args)]
pub(crate) struct JudgeError {
    /// The route.
    route: String,
    /// How sure the bound must be.
    #[arg(long, value_name = "SHARE", default_value = "95%", value_parser = confidence)]
    confidence: f64,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

fn confidence(text: &str) -> Result<f64, String> {
    let share = read_share(text).filter(|share| (0.5..1.0).contains(share));
    share.ok_or_else(|| format!("{text:?}: a share from 50% to below 100% expected, such as 95%"))
}

/// What is known of the judge.
#[derive(Default)]
struct Found {
    pairs: Vec<Pair>,
    /// Of the pairs, those with a corrected answer, which judges both models.
    corrected: usize,
    /// Of the pairs, those of answers from here.
    local: usize,
    /// Comparisons of which people said something, but whose answers are not kept any more.
    without_answers: usize,
}

impl JudgeError {
    pub(super) fn run(&self, config: &Config, store: &Store) -> Result<(), String> {
        let Self { route, .. } = self;
        let promised = promised(config, store, Some(route))?.remove(0);
        if promised.promise.judge == Judge::Human {
            return Err(format!(
                "route `{route}`: a judge that is no human expected: people are what others are held against"
            ));
        }
        let (found, judged) = accounts::with(config, false, async |ledger| find(ledger, route).await)?;
        if found.pairs.is_empty() {
            return Err(format!(
                "route `{route}`: comparisons that people judged too are expected, and none of {judged} is one ({} without \
                 kept answers); set ledger.keep to some days, such as \"30d\", and send what people say to /v1/feedback",
                found.without_answers
            ));
        }
        let bound = Bound::of(&found, &promised, 1.0 - self.confidence);
        match self.json {
            true => out::print_json(&self.fields(&found, &promised, &bound, judged)),
            false => out::print(&self.text(&found, &promised, &bound, judged)),
        }
    }

    fn text(&self, found: &Found, promised: &Promised, bound: &Bound, judged: i64) -> String {
        let Self { route, confidence, .. } = self;
        let Found { pairs, corrected, local, without_answers } = found;
        let (judge, what) = (promised.promise.judge.to_string(), name(promised.promise.kind));
        let mut text = format!(
            "Route `{route}`: {} of {judged} comparisons were judged by people too ({corrected} by a corrected answer; \
             {local} answered here). In {} of them people saw {what} that `{judge}` did not.\n\
             With {} confidence, at most this share of comparisons is one in which it misses {what}:\n\n\
             judge_error = \"{}\"\n\n",
            pairs.len(),
            bound.missed,
            percent(*confidence),
            percent(bound.share),
        );
        if bound.share >= promised.promise.most {
            let more = match bound.needed {
                Some(n) => format!("at least {n} more pairs, all without a miss, would come below it"),
                None => "no number of further pairs comes below it".to_owned(),
            };
            let most = percent(promised.promise.most);
            text.push_str(&format!(
                "That is not less than the {what} promised, {most}, so nothing can be proven: {more}.\n"
            ));
        }
        if *without_answers > 0 {
            text.push_str(&format!("{without_answers} more have a verdict, but their answers are not kept.\n"));
        }
        text.push_str(&format!(
            "It holds if these comparisons are a random sample of all: have people judge every Nth, and not what looks \
             wrong.\nA thumb or a score is about one answer alone, and the worst is assumed of the other; a corrected answer \
             judges both.\nThis bound may err, too: together with the promise it holds with {} confidence.\n",
            percent(confidence + promised.promise.confidence - 1.0)
        ));
        text
    }

    fn fields(&self, found: &Found, promised: &Promised, bound: &Bound, judged: i64) -> Value {
        json!({
            "route": self.route,
            "judge": promised.promise.judge.to_string(),
            "kind": promised.promise.kind,
            "most": promised.promise.most,
            "confidence": self.confidence,
            "judge_error": bound.share,
            "pairs": found.pairs.len(),
            "corrected": found.corrected,
            "local": found.local,
            "missed": bound.missed,
            "without_answers": found.without_answers,
            "audits": judged,
            "pairs_missing": bound.needed,
            "assumes": "the pairs are a random sample of the audits",
        })
    }
}

/// The bound on what the judge misses.
struct Bound {
    missed: usize,
    /// Rounded up to a hundredth of a percent.
    share: f64,
    /// Pairs without a miss that are missing until it is less than what is promised.
    needed: Option<u64>,
}

impl Bound {
    fn of(found: &Found, promised: &Promised, delta: f64) -> Self {
        let pairs = &found.pairs;
        let (misses, share): (fn(&Pair) -> bool, _) = match promised.promise.kind {
            Kind::Harm => (Pair::misses_harm, harm_missed(pairs, delta)),
            Kind::Loss => (Pair::misses_loss, loss_missed(pairs, delta)),
        };
        let missed = pairs.iter().filter(|pair| misses(pair)).count();
        let needed = binomial::missing(missed as u64, pairs.len() as u64, promised.promise.most, delta);
        Self { missed, share: ((share * 1e4).ceil() / 1e4).min(1.0), needed }
    }
}

/// All pairs of a route, in the setting that was begun last, and how many comparisons are judged in all.
async fn find(ledger: &Ledger, route: &str) -> ledger::Result<(Found, i64)> {
    let setting = ledger.last_setting(route).await?.unwrap_or_default();
    let judged = ledger.series(route, &setting, i64::MAX).await?.n_judged;
    let (mut found, mut after) = (Found::default(), 0);
    loop {
        let page = ledger.judged_twice(route, &setting, after, PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok((found, judged)) };
        after = last.number;
        for (judged, answers) in page {
            // what nobody could judge has no verdict to be held against people's
            if judged.note.is_none() {
                let said = ledger.feedback(&judged.trace).await?;
                found.add(&judged, answers, said);
            }
        }
    }
}

impl Found {
    fn add(&mut self, judged: &Judged, answers: Option<[String; 2]>, said: Vec<Feedback>) {
        let Some([small, large]) = answers else {
            self.without_answers += 1;
            return;
        };
        let small = said_here(&small);
        let said: Vec<_> = said.into_iter().map(feedback).collect();
        let served = if judged.local { Served::Small } else { Served::Large };
        if let Some(human) = human::settle(&said, served, &small, &large) {
            self.pairs.push(Pair { judge: Verdict { small: judged.small, large: judged.large }, human });
            self.corrected += usize::from(said.iter().any(|said| said.corrected.is_some()));
            self.local += usize::from(judged.local);
        }
    }
}

/// The small model's answer is kept with its signals.
fn said_here(kept: &str) -> String {
    let read = serde_json::from_str::<Value>(kept).ok().and_then(|said| Some(said["text"].as_str()?.to_owned()));
    read.unwrap_or_else(|| kept.to_owned())
}

fn feedback(said: Feedback) -> human::Feedback {
    human::Feedback { score: said.score, thumbs: said.thumbs, corrected: said.corrected }
}
