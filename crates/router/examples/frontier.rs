//! How well the router ranks: `frontier FILE...` reads audits as JSON lines; a number is the share to learn from.
use chat::{ChatRequest, Content, Finish, Message, Role};
use router::{
    chart::Chart,
    frontier::{Frontier, Row},
    score::{Example, Model},
    signals::{Answer, Prompt, Signals},
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    env, fs,
    io::{self, Write},
    time::Instant,
};

/// Splits into rows to learn from and rows to judge by.
const SPLITS: u64 = 10;

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    let mut share = 0.3;
    for argument in env::args().skip(1) {
        if let Ok(given) = argument.parse() {
            share = given;
            continue;
        }
        let text = fs::read_to_string(&argument)?;
        for suffix in ["", "_relabel"] {
            let (audits, unread) = audits(&text, suffix);
            if !audits.is_empty() {
                let learnt = 100.0 * share;
                writeln!(
                    out,
                    "\n{argument}{suffix}: {} rows, {learnt:.0} % to learn from; {unread} unread",
                    audits.len()
                )?;
                report(&mut out, &audits, share)?;
            }
        }
    }
    Ok(())
}

struct Audit {
    domain: String,
    example: Example,
}

/// The audits of a file, and how many lines could not be read.
fn audits(text: &str, suffix: &str) -> (Vec<Audit>, usize) {
    let (mut audits, mut unread) = (Vec::new(), 0);
    for line in text.lines() {
        match serde_json::from_str::<Value>(line) {
            Ok(row) if row["contaminated"] == true => {}
            Ok(row) => audits.extend(audit(&row, suffix)),
            Err(_) => unread += 1,
        }
    }
    let most = audits.iter().map(|a| a.example.large.max(a.example.small)).fold(1.0, f64::max);
    for audit in &mut audits {
        let Example { signals, small, large, .. } = audit.example.clone();
        audit.example = Example::new(signals, small / most, large / most);
    }
    (audits, unread)
}

fn audit(row: &Value, suffix: &str) -> Option<Audit> {
    let score = |name: &str| row.get(format!("{name}{suffix}"))?.as_f64();
    let say = |role, text: &str| Message::new(role, Content::Text(text.to_owned()));
    let domain = row["domain"].as_str()?;
    let request = ChatRequest { messages: vec![say(Role::User, row["prompt"].as_str()?)], ..ChatRequest::default() };
    // answers of several turns are told by the first
    let text = row["small_answer"].as_str().or(row["small_answer"][0].as_str());
    let answer = text.map(|text| Answer::read(&request, text, &[], Some(Finish::Stop)));
    let signals = Signals { prompt: Prompt::read(&request, Some(domain)), answer };
    let example = Example::new(signals, score("small_score")?, score("large_score")?);
    Some(Audit { domain: domain.to_owned(), example })
}

fn report(out: &mut impl Write, audits: &[Audit], share: f64) -> io::Result<()> {
    let mut lines: BTreeMap<&str, Vec<[f64; 6]>> = BTreeMap::new();
    let mut took = Vec::new();
    let mut picture = None;
    for seed in 0..SPLITS {
        let order = shuffled(audits.len(), seed);
        let (learn, judge) = order.split_at((share * audits.len() as f64) as usize);
        let examples: Vec<Example> = learn.iter().map(|&i| audits[i].example.clone()).collect();
        let start = Instant::now();
        let model = Model::fit(&examples, None);
        took.push(start.elapsed().as_secs_f64());
        let means = means(learn.iter().map(|&i| &audits[i]));
        let overall = examples.iter().map(|e| e.large - e.small).sum::<f64>() / examples.len() as f64;
        if seed == 0 {
            let ranked =
                |rank: &dyn Fn(&Audit) -> f64| judge.iter().map(|&i| row(&audits[i], rank(&audits[i]))).collect();
            let router: Vec<Row> = ranked(&|a| model.gain(&a.example.signals));
            let table: Vec<Row> = ranked(&|a| means.get(a.domain.as_str()).copied().unwrap_or(overall));
            picture = Chart::of("mean score, first split", &router, &table).map(|c| c.terminal(100, 24));
        }
        let mut add = |name, rank: &dyn Fn(&Audit) -> f64| {
            let rows: Vec<Row> = judge.iter().map(|&i| row(&audits[i], rank(&audits[i]))).collect();
            lines.entry(name).or_default().extend(figures(&rows));
        };
        let random = |a: &Audit| mix(seed ^ std::ptr::from_ref(a) as u64) as f64;
        add("random", &random);
        add("means per domain", &|a| means.get(a.domain.as_str()).copied().unwrap_or(overall));
        add("oracle", &|a| a.example.large - a.example.small);
        add("router: gain", &|a| model.gain(&a.example.signals));
        add("router: score", &|a| 1.0 - model.score(&a.example.signals));
        add("router: before", &|a| 1.0 - model.before(&a.example.signals.prompt));
    }
    writeln!(out, "{:20} {:>15} {:>15} {:>15}  local share at harm 1, 2, 5 %", "", "APGR", "CPT50", "CPT80")?;
    for (name, figures) in &lines {
        write!(out, "{name:20}")?;
        for i in 0..6 {
            let (mean, sd) = spread(figures.iter().map(|f| f[i]));
            write!(out, "  {mean:6.3} ± {sd:.3}")?;
        }
        writeln!(out)?;
    }
    write!(out, "{}", picture.unwrap_or_default())?;
    writeln!(out, "fit: {:.2} s", spread(took.into_iter()).0)
}

fn row(audit: &Audit, rank: f64) -> Row {
    Row { rank, small: audit.example.small, large: audit.example.large }
}

/// APGR, CPT50, CPT80, and the largest local share at which harm is at most 1, 2 and 5 % of all requests.
fn figures(rows: &[Row]) -> Option<[f64; 6]> {
    let curve = Frontier::of(rows)?;
    let local = |most| local(rows, most);
    Some([curve.apgr()?, curve.cpt(0.5)?, curve.cpt(0.8)?, local(0.01), local(0.02), local(0.05)])
}

fn local(rows: &[Row], most: f64) -> f64 {
    let mut sorted = rows.to_vec();
    sorted.sort_by(|a, b| a.rank.total_cmp(&b.rank));
    let mut harm = 0;
    let harms = sorted.iter().map(|r| {
        harm += usize::from(r.large > r.small);
        harm
    });
    harms.take_while(|&harm| harm as f64 <= most * rows.len() as f64).count() as f64 / rows.len() as f64
}

/// Mean gain per domain, drawn to the mean of all as by twenty more rows.
fn means<'a>(audits: impl Iterator<Item = &'a Audit> + Clone) -> BTreeMap<&'a str, f64> {
    let gain = |a: &Audit| a.example.large - a.example.small;
    let overall = audits.clone().map(gain).sum::<f64>() / audits.clone().count().max(1) as f64;
    let mut sums: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for audit in audits {
        let (n, sum) = sums.entry(audit.domain.as_str()).or_default();
        (*n, *sum) = (*n + 1.0, *sum + gain(audit));
    }
    sums.into_iter().map(|(domain, (n, sum))| (domain, (sum + 20.0 * overall) / (n + 20.0))).collect()
}

fn spread(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let n = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / n;
    (mean, (values.map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt())
}

/// 0..n in an order of its own for each seed.
fn shuffled(n: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by_key(|&i| mix(mix(seed) ^ i as u64));
    order
}

/// SplitMix64's finaliser (Steele, Lea and Flood 2014).
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
