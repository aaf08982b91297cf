//! `kinglet route replay`: how well requests are ranked, and what could be promised, on those that both models answered.
use super::{
    labels::{Labels, Scores},
    status::name,
};
use crate::{
    accounts,
    config::{
        Config,
        promise::{percent, read_share},
    },
    models::say,
    out,
    table::{Side, table},
};
use clap::Args;
use ledger::{Judged, Ledger};
use router::{
    certify::{Kind, Promise},
    life::Life,
    replay::{Figures, Labelled, Outcome, Plan, Ranking, Spread, Trial, Way},
    score::Example,
};
use serde_json::{Value, json};
use std::{
    fs,
    path::PathBuf,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

/// Comparisons that are read at once.
const PAGE: u16 = 1000;
/// With fewer there is nothing to split.
const LEAST: usize = 10;

#[derive(Args)]
pub(crate) struct Replay {
    /// JSON lines: {"prompt" or "messages", "domain", "small_answer", "small_logprobs", "small_score", "large_score"}.
    #[arg(required_unless_present = "ledger")]
    file: Option<PathBuf>,
    /// The comparisons of a route in the ledger, instead of a file.
    #[arg(long, value_name = "ROUTE", conflicts_with = "file")]
    ledger: Option<String>,
    /// The share of requests that is learned and proven on; all figures are of the rest.
    #[arg(long, value_name = "SHARE", default_value = "30%", value_parser = inner)]
    calibrate: f64,
    /// How often the requests are split anew.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=1000))]
    splits: u64,
    /// Promises: shares of harm over all requests.
    #[arg(long, value_name = "SHARES", default_value = "1%,2%,5%", value_delimiter = ',', value_parser = inner)]
    most: Vec<f64>,
    /// Promise mean loss of score instead of harm.
    #[arg(long)]
    loss: bool,
    /// How sure proofs must be.
    #[arg(long, value_name = "SHARE", default_value = "95%", value_parser = inner)]
    confidence: f64,
    /// The field with the small model's score.
    #[arg(long, value_name = "FIELD", default_value = "small_score")]
    small_score: String,
    /// The field with the large model's score.
    #[arg(long, value_name = "FIELD", default_value = "large_score")]
    large_score: String,
    /// Draw the frontier of the first split into this file, too.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

fn inner(text: &str) -> Result<f64, String> {
    let share = read_share(text).filter(|share| *share > 0.0 && *share < 1.0);
    share.ok_or_else(|| format!("{text:?}: a share above 0 and below 1 expected, such as 2% or 0.02"))
}

impl Replay {
    pub(super) fn run(&self, config: &Config) -> Result<(), String> {
        let (from, labels) = self.labels(config)?;
        let n = labels.requests.len();
        let audits = (self.calibrate * n as f64) as usize;
        if n < LEAST || audits == 0 {
            return Err(format!(
                "{from}: at least {LEAST} requests expected, and one to learn from; {n} found, of which {} is {audits}",
                percent(self.calibrate)
            ));
        }
        let trials = self.trials(&labels.requests, &from);
        if let (Some(file), Some(chart)) = (&self.svg, trials.first().and_then(|trial| trial.chart.as_ref())) {
            let fault = |e| format!("{}: {e}; give another file with --svg FILE", file.display());
            fs::write(file, chart.svg()).map_err(fault)?;
        }
        if self.json {
            return out::print_json(&self.fields(&from, &labels, &trials));
        }
        if let Some(left_out) = labels.left_out() {
            say(&format!("warning: {from}: {left_out}"));
        }
        out::print(&self.text(&from, &labels, &trials))
    }

    /// The requests, and where they are from.
    fn labels(&self, config: &Config) -> Result<(String, Labels), String> {
        if let Some(file) = &self.file {
            let scores = Scores { small: &self.small_score, large: &self.large_score };
            return Ok((file.display().to_string(), Labels::read(file, &scores)?));
        }
        let route = self.ledger.as_deref().unwrap_or_default();
        let requests = accounts::with(config, false, async |ledger| audited(ledger, route).await)?;
        Ok((format!("route `{route}`"), Labels { requests, ..Labels::default() }))
    }

    fn kind(&self) -> Kind {
        if self.loss { Kind::Loss } else { Kind::Harm }
    }

    fn promises(&self) -> Vec<Promise> {
        let (kind, delta) = (self.kind(), 1.0 - self.confidence);
        self.most.iter().map(|alpha| Promise { alpha: *alpha, delta, kind, judge_error: 0.0 }).collect()
    }

    /// All splits, each computed by one of the machine's cores, in their order.
    fn trials(&self, all: &[Labelled], title: &str) -> Vec<Trial> {
        let plan = Plan { calibrate: self.calibrate, promises: self.promises() };
        let title = format!("{title}: mean score, first split");
        let (next, done) = (AtomicU64::new(0), Mutex::new(Vec::new()));
        let work = || {
            while let Some(seed) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|seed| *seed < self.splits) {
                let trial = Trial::run(all, &plan, seed, &title);
                done.lock().unwrap_or_else(PoisonError::into_inner).push((seed, trial));
            }
        };
        let n_cores = thread::available_parallelism().map_or(1, |n| n.get() as u64);
        thread::scope(|scope| {
            for _ in 0..n_cores.min(self.splits) {
                scope.spawn(work);
            }
        });
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_by_key(|(seed, _)| *seed);
        done.into_iter().map(|(_, trial)| trial).collect()
    }

    fn text(&self, from: &str, labels: &Labels, trials: &[Trial]) -> String {
        let [audits, rest] = trials.first().map_or([0, 0], |trial| trial.sizes);
        let (small, large) = means(labels);
        let mut text = format!(
            "{from}: {} requests; mean score {small:.3} small, {large:.3} large; {} splits: learned and proven on \
             {audits}, measured on {rest}\n",
            labels.requests.len(),
            trials.len()
        );
        if labels.dropped > 0 {
            text.push_str(&format!("{} more are marked as contaminated and left out\n", labels.dropped));
        }
        if let Some(most) = labels.scale {
            text.push_str(&format!("scores are divided by the greatest, {most}\n"));
        }
        let rows = Ranking::ALL.iter().zip(ranked(trials)).map(|(ranking, [apgr, cpt50, cpt80])| {
            [ranking.name().to_owned(), show(apgr, 1.0), show(cpt50, 100.0), show(cpt80, 100.0)]
        });
        text.push_str(&format!("\n{}\n", table(&RANKED, rows)));
        text.push_str(&self.promised(trials, audits));
        if let Some(chart) = trials.first().and_then(|trial| trial.chart.as_ref()) {
            text.push_str(&format!("\n{}", chart.terminal(100, 24)));
        }
        text
    }

    /// What each promise came to, and what is missing to prove it.
    fn promised(&self, trials: &[Trial], audits: usize) -> String {
        let kind = name(self.kind());
        let rows = kept(trials).into_iter().zip(&self.most).flat_map(|(ways, most)| {
            Way::ALL.into_iter().zip(ways).map(move |(way, kept)| {
                [
                    format!("{kind} <= {}", percent(*most)),
                    way.name().to_owned(),
                    show(kept.local, 100.0),
                    show(kept.lost, 100.0),
                    format!("{} of {}", kept.certified, kept.splits),
                    format!("{} of {}", kept.broken, kept.splits),
                ]
            })
        });
        let mut text = table(&KEPT, rows);
        for promise in self.promises() {
            let least = Life::least_audits(&promise).filter(|least| *least > audits as u64);
            if let Some(least) = least {
                let most = percent(promise.alpha);
                text.push_str(&format!(
                    "{kind} <= {most}: at least {least} audits are needed to prove it, {audits} are there: a greater \
                     --calibrate, or more requests\n"
                ));
            }
        }
        text
    }

    fn fields(&self, from: &str, labels: &Labels, trials: &[Trial]) -> Value {
        let (small, large) = means(labels);
        let ranking = Ranking::ALL.iter().zip(ranked(trials)).map(|(ranking, [apgr, cpt50, cpt80])| {
            json!({ "name": ranking.name(), "apgr": field(apgr), "cpt50": field(cpt50), "cpt80": field(cpt80) })
        });
        let promises = kept(trials).into_iter().zip(&self.most).map(|(ways, most)| {
            let ways = Way::ALL.iter().zip(ways).map(|(way, kept)| {
                json!({ "name": way.name(), "local": field(kept.local), "lost": field(kept.lost),
                        "broken": kept.broken, "certified": kept.certified })
            });
            json!({ "kind": self.kind(), "most": most, "ways": ways.collect::<Vec<_>>() })
        });
        let [audits, rest] = trials.first().map_or([0, 0], |trial| trial.sizes);
        json!({
            "from": from,
            "requests": labels.requests.len(),
            "unread_lines": labels.unread,
            "why_unread": labels.why,
            "contaminated": labels.dropped,
            "scores_divided_by": labels.scale,
            "small_mean": small,
            "large_mean": large,
            "calibrate": self.calibrate,
            "confidence": self.confidence,
            "splits": trials.len(),
            "audits": audits,
            "rest": rest,
            "ranking": ranking.collect::<Vec<_>>(),
            "promises": promises.collect::<Vec<_>>(),
        })
    }
}

const RANKED: [(&str, Side); 4] =
    [("SENDS ON", Side::Left), ("APGR", Side::Right), ("CPT50 %", Side::Right), ("CPT80 %", Side::Right)];
const KEPT: [(&str, Side); 6] = [
    ("PROMISE", Side::Left),
    ("THRESHOLD", Side::Left),
    ("HERE %", Side::Right),
    ("LOST %", Side::Right),
    ("IN FORCE", Side::Right),
    ("BROKEN", Side::Right),
];

/// The judged comparisons of a route, in the setting that was begun last.
async fn audited(ledger: &Ledger, route: &str) -> ledger::Result<Vec<Labelled>> {
    let setting = ledger.last_setting(route).await?.unwrap_or_default();
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let page = ledger.judged(route, &setting, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(all) };
        after = last.number;
        all.extend(page.into_iter().map(|Judged { conversation, signals, small, large, .. }| {
            let signals = serde_json::from_str(&signals).unwrap_or_default();
            Labelled { conversation: conversation.to_string(), example: Example::new(signals, small, large) }
        }));
    }
}

/// Mean scores of both models.
fn means(labels: &Labels) -> (f64, f64) {
    let mean = |of: fn(&Example) -> f64| {
        labels.requests.iter().map(|one| of(&one.example)).sum::<f64>() / labels.requests.len() as f64
    };
    (mean(|example| example.small), mean(|example| example.large))
}

/// For each ranking: APGR, CPT50, CPT80. Splits in which the large model is not ahead have none.
fn ranked(trials: &[Trial]) -> [[Option<Spread>; 3]; Ranking::ALL.len()] {
    let of = |i: usize, figure: fn(&Figures) -> Option<f64>| {
        Spread::of(trials.iter().filter_map(|trial| figure(&trial.figures[i])))
    };
    std::array::from_fn(|i| [of(i, |f| f.apgr), of(i, |f| f.cpt50), of(i, |f| f.cpt80)])
}

/// What a way came to over the splits.
struct Kept {
    local: Option<Spread>,
    lost: Option<Spread>,
    broken: usize,
    certified: usize,
    splits: usize,
}

/// For each promise, each way.
fn kept(trials: &[Trial]) -> Vec<[Kept; Way::ALL.len()]> {
    let n_promises = trials.first().map_or(0, |trial| trial.outcomes.len());
    let of = |promise: usize, way: usize| {
        let outcomes = || trials.iter().map(|trial| &trial.outcomes[promise][way]);
        let count = |is: fn(&Outcome) -> bool| outcomes().filter(|outcome| is(outcome)).count();
        Kept {
            local: Spread::of(outcomes().map(|outcome| outcome.local)),
            lost: Spread::of(outcomes().map(|outcome| outcome.lost)),
            broken: count(|outcome| outcome.is_broken),
            certified: count(|outcome| outcome.is_certified),
            splits: trials.len(),
        }
    };
    (0..n_promises).map(|promise| std::array::from_fn(|way| of(promise, way))).collect()
}

/// A mean and its deviation, with the digits that people read.
fn show(spread: Option<Spread>, times: f64) -> String {
    let Some(Spread { mean, sd }) = spread else { return "-".to_owned() };
    let digits = if times > 1.0 { 2 } else { 3 };
    let sd = sd.map_or_else(String::new, |sd| format!(" ± {:.digits$}", times * sd));
    format!("{:.digits$}{sd}", times * mean)
}

fn field(spread: Option<Spread>) -> Value {
    spread.map_or(Value::Null, |Spread { mean, sd }| json!({ "mean": mean, "sd": sd }))
}
