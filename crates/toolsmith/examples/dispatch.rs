//! How well tools are found and how long it takes: `cargo run --release -p toolsmith --example dispatch -- FOLDER`.
//!
//! `FOLDER` holds `latm/NAME.instances.jsonl`, each file the requests of one tool (`input`), and `tasks/*.jsonl`, requests that
//! no tool is for (`text`, `question` or `turns`). A tool has the first 40 requests of its file (or `EXAMPLES`) as examples;
//! `SHOWN` requests of each foreign file (20) are known as foreign; all others are asked. Then `TOOLS` (30) are filled up with
//! tools for single intents of `tasks/intent_clinc150_train.jsonl`, to see what it costs to look for one among many. All texts
//! together are then traffic in which kinds are looked for.
//!
//! With `--embeddings URL MODEL` after the folder, such as `http://127.0.0.1:8080/v1 smollm2-135m` of a `kinglet serve` on this
//! machine, only `MOST` requests of each file (50) are asked, and tools are found by words, by their vectors, and by vectors
//! where words find none.
#![expect(clippy::print_stdout, reason = "that is what it is for")]
#[path = "dispatch/embeddings.rs"]
mod embeddings;
#[path = "dispatch/meaning.rs"]
mod meaning;
#[path = "dispatch/paraphrased.rs"]
mod paraphrased;

use serde_json::Value;
use std::{
    collections::BTreeMap,
    env, fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
    str::FromStr,
    time::Instant,
};
use toolsmith::{
    dispatch::{Entry, Index},
    suggest::{Clusters, Economy, Seen},
};

/// Texts of one file, or of one intent.
#[derive(Clone)]
struct Texts {
    name: String,
    all: Vec<String>,
}

fn main() -> ExitCode {
    let Some(folder) = env::args_os().nth(1).map(PathBuf::from).filter(|folder| folder.is_dir()) else {
        println!("skipped: no data; give the folder that holds latm/ and tasks/");
        return ExitCode::SUCCESS;
    };
    let arguments: Vec<String> = env::args().skip(2).collect();
    let measured = match &arguments[..] {
        [flag, url, model] if flag == "--embeddings" => meaning::measure(&folder, url, model),
        _ => measure(&folder),
    };
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            println!("{}: {fault}", folder.display());
            ExitCode::FAILURE
        }
    }
}

fn measure(folder: &Path) -> io::Result<()> {
    let tools = read(&folder.join("latm"), ".instances.jsonl", input)?;
    let foreign = read(&folder.join("tasks"), ".jsonl", foreign)?;
    println!("tools of {} files, foreign requests of {}", tools.len(), foreign.len());
    report(&tools, &foreign, true);
    recurring(&tools, &foreign);
    let intents = intents(folder)?;
    let others: Vec<_> = foreign.into_iter().filter(|texts| !texts.name.contains("clinc150")).collect();
    let n_more = set("TOOLS", 30usize).saturating_sub(tools.len());
    let more = intents.into_iter().take(n_more);
    let all: Vec<_> = tools.into_iter().chain(more).collect();
    println!("\nwith {n_more} tools for single intents among them");
    report(&all, &others, false);
    Ok(())
}

/// Prints what comes of `tools` among `foreign` requests.
fn report(tools: &[Texts], foreign: &[Texts], each: bool) {
    let (n_examples, n_shown) = (set("EXAMPLES", 40), set("SHOWN", 20));
    let begin = Instant::now();
    let entries: Vec<_> = tools.iter().map(|texts| entry(texts, n_examples)).collect();
    let shown: Vec<&str> =
        foreign.iter().flat_map(|texts| texts.all.iter().take(n_shown)).map(String::as_str).collect();
    let index = Index::new(&entries, &shown);
    println!("made in {:.0} ms, {} foreign requests known", 1e3 * begin.elapsed().as_secs_f64(), shown.len());
    let bars: BTreeMap<_, _> = index.bars().map(|bar| (bar.tool, bar)).collect();
    let (mut times, mut sums) = (Vec::new(), [0usize; 3]);
    for texts in tools {
        let asked: Vec<_> = texts.all.iter().skip(n_examples).collect();
        let (mut own, mut wrong) = (0, 0);
        for text in &asked {
            let start = Instant::now();
            let found = index.find("", text);
            times.push(1e6 * start.elapsed().as_secs_f64());
            match found.first() {
                Some(found) if found.tool == texts.name => own += 1,
                Some(_) => wrong += 1,
                None => {}
            }
        }
        let bar = &bars[texts.name.as_str()];
        if each {
            println!(
                "{:40} bar {:.2}, {:3} of {:3} examples found, {:2} near misses; of {:3} asked: {own:3} own, {wrong} wrong",
                texts.name,
                bar.threshold,
                bar.n_found,
                bar.n_examples,
                bar.n_near_misses,
                asked.len()
            );
        }
        sums = [sums[0] + asked.len(), sums[1] + own, sums[2] + wrong];
    }
    println!("{:40} {} asked: {} own, {} wrong", "all tools", sums[0], sums[1], sums[2]);
    let (mut n, mut through) = (0, 0);
    for texts in foreign {
        for text in texts.all.iter().skip(n_shown) {
            n += 1;
            let start = Instant::now();
            let found = index.find("", text);
            times.push(1e6 * start.elapsed().as_secs_f64());
            through += usize::from(!found.is_empty());
            if let Some(found) = found.first().filter(|_| env::var_os("SHOW").is_some()) {
                println!("{} -> {} {:.2}: {text:.100}", texts.name, found.tool, found.score);
            }
        }
    }
    println!("{:40} {n} asked: {through} let through", "foreign");
    times.sort_by(f64::total_cmp);
    let at = |q: f64| times.get((q * times.len() as f64) as usize).copied().unwrap_or(0.0);
    println!("{:40} median {:.1} us, p99 {:.1} us, slowest {:.1} us", "a request", at(0.5), at(0.99), at(0.999_999));
    let long = shown.join(" ").chars().cycle().take(if shown.is_empty() { 0 } else { 200_000 }).collect::<String>();
    let start = Instant::now();
    index.find("", &long);
    println!("{:40} {:.1} us", "a text of 200,000 characters", 1e6 * start.elapsed().as_secs_f64());
}

/// Prints which kinds are found in all of these texts, mixed.
fn recurring(tools: &[Texts], foreign: &[Texts]) {
    let texts = tools.iter().chain(foreign);
    let rows = texts.flat_map(|of| of.all.iter().take(1000).enumerate().map(move |(i, text)| (i, &of.name, text)));
    let mut rows: Vec<_> = rows.collect();
    rows.sort_by_key(|(i, name, _)| (i * 7919 % 1009, (*name).clone()));
    let mut clusters = Clusters::default();
    let begin = Instant::now();
    for (i, (_, name, text)) in (0i64..).zip(&rows) {
        let time = i * 86_400_000_000 / 1000;
        clusters.hear(&Seen { trace: name, route: "r", context: "", text, answer: "", large: true, cost: 1000, time });
    }
    println!(
        "\n{} requests in {} clusters, {:.0} us each; worth a tool are",
        rows.len(),
        clusters.all().count(),
        1e6 * begin.elapsed().as_secs_f64() / rows.len() as f64
    );
    for one in clusters.suggestions(&Economy { maker_cost: 200_000, ..Economy::default() }) {
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        one.cluster
            .examples()
            .into_iter()
            .for_each(|one| *names.entry(one.source.unwrap_or_default()).or_default() += 1);
        let uniform = 100.0 * one.cluster.uniformity();
        println!(
            "{:4} requests, {uniform:3.0} % fixed, {:4.1} days: {names:?}",
            one.cluster.count,
            one.pays.days.unwrap_or(0.0)
        );
    }
}

fn entry(texts: &Texts, n_examples: usize) -> Entry<'_> {
    let examples = texts.all.iter().take(n_examples).map(String::as_str).collect();
    Entry { id: &texts.name, name: &texts.name, examples, ..Entry::default() }
}

/// Texts by name, of all files in `folder` whose names end in `end`.
fn read(folder: &Path, end: &str, text: impl Fn(&Value) -> Option<(String, String)>) -> io::Result<Vec<Texts>> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some(name) = name.strip_suffix(end) else { continue };
        for line in fs::read_to_string(&file)?.lines() {
            let row: Value = serde_json::from_str(line)?;
            if let Some((of, text)) = text(&row) {
                all.entry(if of.is_empty() { name.to_owned() } else { of }).or_default().push(text);
            }
        }
    }
    Ok(all.into_iter().map(|(name, all)| Texts { name, all }).collect())
}

/// Requests by their intents.
fn intents(folder: &Path) -> io::Result<Vec<Texts>> {
    read(&folder.join("tasks"), "clinc150_train.jsonl", |row| {
        Some((row["intent"].as_str().filter(|intent| *intent != "oos")?.to_owned(), row["text"].as_str()?.to_owned()))
    })
}

fn input(row: &Value) -> Option<(String, String)> {
    Some((String::new(), row["input"].as_str()?.to_owned()))
}

fn foreign(row: &Value) -> Option<(String, String)> {
    let text = row["text"].as_str().or(row["question"].as_str()).or(row["turns"][0].as_str());
    let text = text.or(row["thread"][0]["body"].as_str())?;
    Some((String::new(), text.to_owned()))
}

fn set<T: FromStr>(name: &str, default: T) -> T {
    env::var_os(name).and_then(|text| text.to_str()?.parse().ok()).unwrap_or(default)
}
