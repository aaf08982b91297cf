//! Measures both programs of the six families' tools on the instances of the paper, and the two together: right, wrong,
//! declined, taken from others, and how fast; then runs the paper's recorded tools where they can be called with data.
//!
//! ```sh
//! cargo run --release -p toolsmith --example latm -- FOLDER [FOREIGN.jsonl ...]
//! ```
#![expect(clippy::print_stdout, reason = "it prints what it measures")]

#[path = "latm/recorded.rs"]
mod recorded;
#[path = "../tests/families/answer.rs"]
mod written;

use serde_json::Value;
use std::{
    error::Error,
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};
use toolsmith::{
    Agreement, Call, Example, Fault, Limits, Said, Sandbox, Schemas, Second, Tool, Worker, agreement, answer,
    spans::Phrases,
};

/// Foreign requests that every tool is shown.
const N_FOREIGN: usize = 500;

/// Examples from which requests are made that say given arguments.
const N_EXAMPLES: usize = 45;

/// Two makers' tools, the files of their instances, and what the paper's small tool user answered right, in percent.
struct Family {
    name: &'static str,
    first: &'static str,
    second: &'static str,
    files: &'static [&'static str],
    paper: f64,
}

macro_rules! family {
    ($name:ident, $files:expr, $paper:expr) => {
        Family {
            name: stringify!($name),
            first: include_str!(concat!("../tests/families/tools/", stringify!($name), ".md")),
            second: include_str!(concat!("../tests/families/tools/", stringify!($name), ".second.md")),
            files: &$files,
            paper: $paper,
        }
    };
}

const FAMILIES: [Family; 6] = [
    family!(logical_deduction, ["logical_deduction_five_objects", "logical_deduction_seven_objects"], 79.7),
    family!(tracking, ["tracking_shuffled_objects_five_objects", "tracking_shuffled_objects_seven_objects"], 99.6),
    family!(dyck, ["dyck_languages"], 92.2),
    family!(word_sorting, ["word_sorting"], 98.3),
    family!(remainder, ["chinese_remainder_theorem"], 100.0),
    family!(scheduling, ["schedule_meeting"], 100.0),
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if(|word| word == "worker").is_some() {
        return toolsmith::sandbox::work();
    }
    let Some(folder) = arguments.next().map(PathBuf::from) else {
        println!("usage: latm FOLDER [FOREIGN.jsonl ...]");
        return ExitCode::FAILURE;
    };
    if !folder.is_dir() {
        println!("{}: there is no such folder, so nothing was measured", folder.display());
        return ExitCode::SUCCESS;
    }
    let foreign: Vec<PathBuf> = arguments.map(PathBuf::from).collect();
    match run(&folder, &foreign) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(folder: &Path, foreign: &[PathBuf]) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let foreign = foreign_texts(foreign)?;
    let instances = FAMILIES.iter().map(|family| instances(folder, family.files)).collect::<Result<Vec<_>, _>>()?;
    let tools = FAMILIES.iter().map(|family| written::tool(family.first)).collect::<Result<Vec<_>, _>>()?;
    let seconds = FAMILIES.iter().map(|family| written::tool(family.second)).collect::<Result<Vec<_>, _>>()?;
    runtime.block_on(async {
        let sandbox = sandbox().await?;
        let both = tools.iter().zip(&seconds).map(|(first, second)| {
            let Tool { code, input, output, .. } = second.clone();
            Tool { second: Some(Second { code, input, output, ..Second::default() }), ..first.clone() }
        });
        let both: Vec<Tool> = both.collect();
        for (which, tools) in [("the first program", &tools), ("the second program", &seconds), ("both", &both)] {
            println!("{which}:\n");
            families(&sandbox, tools, &instances, &foreign).await?;
            println!();
        }
        println!("both, where agents give arguments instead of texts:\n");
        by_arguments(&sandbox, &both, &instances).await?;
        println!();
        recorded::report(&sandbox, folder, &tools).await
    })
}

/// One worker: a call is timed alone.
async fn sandbox() -> io::Result<Sandbox> {
    let worker = Worker { program: std::env::current_exe()?, arguments: vec!["worker".into()] };
    Sandbox::open(worker, 1, Limits::default()).await.map_err(io::Error::other)
}

async fn families(
    sandbox: &Sandbox,
    tools: &[Tool],
    instances: &[Vec<Example>],
    foreign: &[String],
) -> Result<(), Box<dyn Error>> {
    let n = foreign.len();
    println!(
        "| family | n | right | wrong | declined | median | p99 | of other families taken | of {n} foreign taken | paper |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for (i, (family, tool)) in FAMILIES.iter().zip(tools).enumerate() {
        tally(sandbox, tool, &instances[i][..1]).await?; // a worker is there, and knows the tool
        let tally = tally(sandbox, tool, &instances[i]).await?;
        let others: Vec<&str> = instances
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != i)
            .flat_map(|(_, of)| of.iter().map(|example| example.text.as_str()))
            .collect();
        let of_others = taken(sandbox, tool, &others).await?;
        let of_foreign = taken(sandbox, tool, &foreign.iter().map(String::as_str).collect::<Vec<_>>()).await?;
        println!(
            "| {} | {} | {} | {} | {} | {:.2} ms | {:.2} ms | {of_others} of {} | {of_foreign} | {:.1} % |",
            family.name.replace('_', " "),
            instances[i].len(),
            tally.right,
            tally.wrong,
            tally.declined,
            tally.quantile(0.5),
            tally.quantile(0.99),
            others.len(),
            family.paper,
        );
    }
    Ok(())
}

/// Of how many instances' arguments the second program is asked, by requests that say them as the first `N_EXAMPLES` do.
async fn by_arguments(sandbox: &Sandbox, tools: &[Tool], instances: &[Vec<Example>]) -> Result<(), Box<dyn Error>> {
    println!("| family | n | both agree | they differ | the second cannot be asked |\n|---|---|---|---|---|");
    for ((family, tool), all) in FAMILIES.iter().zip(tools).zip(instances) {
        let every = all.len().div_ceil(N_EXAMPLES);
        let (known, asked): (Vec<_>, Vec<_>) = all.iter().cloned().enumerate().partition(|(i, _)| i % every == 0);
        let examples = known.into_iter().map(|(_, example)| example).collect();
        let (tool, schemas) = (Tool { examples, ..tool.clone() }, Schemas::new(tool)?);
        let (mut agree, mut differ, mut unasked) = (0, 0, 0);
        let phrases = Phrases::new(sandbox, &tool).await;
        for (_, example) in &asked {
            let read = sandbox.call(&tool.code, Call::Extract { text: example.text.clone() }).await?;
            let (Ok(phrases), Some(arguments)) = (&phrases, read.arguments) else {
                unasked += 1;
                continue;
            };
            match agreement(sandbox, &tool, &schemas, phrases, &arguments).await? {
                Agreement::Agrees => agree += 1,
                Agreement::Differs { .. } => differ += 1,
                Agreement::Unasked => unasked += 1,
            }
        }
        println!("| {} | {} | {agree} | {differ} | {unasked} |", family.name.replace('_', " "), asked.len());
    }
    Ok(())
}

/// What came of a tool's own instances.
#[derive(Default)]
struct Tally {
    right: usize,
    wrong: usize,
    declined: usize,
    /// It raised, or took too long.
    failed: usize,
    /// Of the failures, the first.
    fault: Option<Fault>,
    /// Of each call, in milliseconds.
    times: Vec<f64>,
}

impl Tally {
    /// The time that `share` of the calls took at most.
    fn quantile(&self, share: f64) -> f64 {
        let mut times = self.times.clone();
        times.sort_by(f64::total_cmp);
        let nth = (times.len() as f64 * share) as usize;
        times.get(nth.min(times.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
    }
}

async fn tally(sandbox: &Sandbox, tool: &Tool, examples: &[Example]) -> Result<Tally, Box<dyn Error>> {
    let schemas = Schemas::new(tool)?;
    let mut tally = Tally::default();
    for example in examples {
        let begun = Instant::now();
        let said = answer(sandbox, tool, &schemas, &example.text).await;
        tally.times.push(begun.elapsed().as_secs_f64() * 1e3);
        match said {
            Ok(Said::Answer(answer)) if answer == example.answer => tally.right += 1,
            Ok(Said::Answer(answer)) => {
                tally.wrong += 1;
                println!("wrong: {answer:?} for {:?}, of {:?}", example.answer, example.text);
            }
            Ok(Said::Declined | Said::Differs { .. }) => tally.declined += 1,
            Err(fault) => {
                tally.failed += 1;
                tally.fault.get_or_insert(fault);
            }
        }
    }
    Ok(tally)
}

/// How many of `texts` the tool does not decline.
async fn taken(sandbox: &Sandbox, tool: &Tool, texts: &[&str]) -> Result<usize, Box<dyn Error>> {
    let schemas = Schemas::new(tool)?;
    let mut n = 0;
    for text in texts {
        n += usize::from(answer(sandbox, tool, &schemas, text).await != Ok(Said::Declined));
    }
    Ok(n)
}

fn instances(folder: &Path, files: &[&str]) -> Result<Vec<Example>, Box<dyn Error>> {
    let mut all = Vec::new();
    for file in files {
        let path = folder.join(format!("{file}.instances.jsonl"));
        let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        for line in text.lines() {
            all.push(serde_json::from_str(line).map_err(|e| format!("{}: {e}", path.display()))?);
        }
    }
    Ok(all)
}

/// Texts from rows of any of the usual names, evenly from all files as far as they reach.
fn foreign_texts(paths: &[PathBuf]) -> Result<Vec<String>, Box<dyn Error>> {
    let mut files = Vec::new();
    for path in paths {
        let rows = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        files.push(rows.lines().filter_map(text_of).collect::<Vec<_>>());
    }
    files.sort_by_key(Vec::len);
    let mut texts = Vec::new();
    for (i, file) in files.iter().enumerate() {
        let n = ((N_FOREIGN - texts.len()) / (files.len() - i)).min(file.len());
        texts.extend((0..n).map(|nth| file[nth * file.len() / n].clone()));
    }
    Ok(texts)
}

fn text_of(row: &str) -> Option<String> {
    let row: Value = serde_json::from_str(row).ok()?;
    let text = ["text", "question", "input"].iter().find_map(|name| row[name].as_str());
    text.or_else(|| row["turns"][0].as_str()).map(str::to_owned)
}
