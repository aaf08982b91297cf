//! The word sorter, made wrong on a share of all texts: what verification, shadow and canary make of it.
//!
//! Which texts it errs on, a checksum of the text says, with another start in each trial. Verification is that of the real
//! sandbox. The shadow is computed here, by the same checksum of texts from the same generator, since millions of calls tell
//! no more: that both are the same is tried first.
use crate::{
    PROMISE,
    family::{FAMILIES, Family, foreign},
    gates, hear, percent, sandbox,
};
use fastrand::Rng;
use router::trial::{Event, Trial};
use std::error::Error;
use toolsmith::{Call, Example, FindingKind, Sandbox, Tool, verify};

/// Of a thousand texts, how many it errs on.
const SHARES: [u64; 6] = [10, 30, 50, 100, 200, 300];
const SHOWN: usize = 3;
const HELD_OUT: usize = 30;
/// Different texts from which the requests of the shadow are drawn, and requests of a trial.
const TEXTS: usize = 100_000;
const REQUESTS: usize = 20_000;
/// The share of an active tool's answers that are compared.
const CANARIES: [f64; 2] = [0.02, 0.05];
/// How many of those that pass are verified with mutants, too.
const LOOKED_AT: usize = 5;
/// Of the checksum.
const FACTOR: u64 = 31;
const MODULUS: u64 = 1_000_003;

const MISTAKE: &str = "    if checksum(text) % 1000 < {share}:
        result = result[1:] + result[:1]
    return separator(text).join(result)


def checksum(text):
    total = {start}
    for letter in text:
        total = (total * 31 + ord(letter)) % 1000003
    return total
";

/// A text, as far as the mistake depends on it: what its letters come to, and what the start is multiplied by.
struct Text {
    letters: u64,
    factor: u64,
    /// Not all of its words are one: else the mistake makes no difference.
    can_err: bool,
}

impl Text {
    fn of(example: &Example) -> Self {
        let (mut letters, mut factor) = (0, 1);
        for letter in example.text.chars() {
            letters = (letters * FACTOR + u64::from(u32::from(letter))) % MODULUS;
            factor = factor * FACTOR % MODULUS;
        }
        let mut words = example.answer.split([' ', ',']).filter(|word| !word.is_empty());
        let first = words.next();
        Self { letters, factor, can_err: words.any(|word| Some(word) != first) }
    }

    fn is_wrong(&self, share: u64, start: u64) -> bool {
        self.can_err && (start * self.factor + self.letters) % MODULUS % 1000 < share
    }
}

/// What became of one tool.
#[derive(Default)]
struct Course {
    /// After so many requests, if at all.
    proven: Option<usize>,
    /// Active, with each canary.
    service: [Service; 2],
}

/// An active tool up to the alarm, or to the last request.
#[derive(Clone, Copy, Default)]
struct Service {
    n_wrong: usize,
    alarm: Option<usize>,
}

pub(super) fn measure(trials: usize) -> Result<(), Box<dyn Error>> {
    let family = FAMILIES.iter().find(|family| family.name == "word_sorting").ok_or("no word sorter")?;
    let tool = Tool { properties: Vec::new(), ..family.tool()? };
    let texts: Vec<Text> = family.instances(TEXTS, 5).iter().map(Text::of).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let sandbox = sandbox().await?;
        agrees(&sandbox, family, &tool).await?;
        println!(
            "| errs on | passes 3 tests | refused by 30 held-out examples | expected | of those that pass, refused by their \
             mutants | stopped in shadow | active after both | wrong answers of one that shadow alone let through, canary 2 % | \
             5 % |"
        );
        println!("|---|---|---|---|---|---|---|---|---|");
        for share in SHARES {
            row(&sandbox, family, &tool, &texts, share, trials).await?;
        }
        Ok::<_, Box<dyn Error>>(())
    })?;
    println!();
    println!(
        "| grows wrong when active, on | alarms, canary 2 % | wrong answers before | alarms, 5 % | wrong answers before |"
    );
    println!("|---|---|---|---|---|");
    SHARES.iter().for_each(|share| later(&texts, *share, trials));
    Ok(())
}

fn erring(tool: &Tool, share: u64, start: u64) -> Tool {
    let mistake = MISTAKE.replace("{share}", &share.to_string()).replace("{start}", &start.to_string());
    let code = tool.code.replace("    return separator(text).join(result)\n", &mistake);
    Tool { code, ..tool.clone() }
}

/// The start of trial `i`.
fn start(i: usize) -> u64 {
    (i as u64 + 1) * 7919 % MODULUS
}

/// Holds the computed mistake against that of the tool.
async fn agrees(sandbox: &Sandbox, family: &Family, tool: &Tool) -> Result<(), Box<dyn Error>> {
    let wrong = erring(tool, 300, start(0));
    for example in family.instances(1000, 6) {
        let outcome = sandbox.call(&wrong.code, Call::Answer { text: example.text.clone() }).await?;
        let is_wrong = outcome.answer.as_ref() != Some(&example.answer);
        if is_wrong != Text::of(&example).is_wrong(300, start(0)) {
            return Err(format!("computed otherwise than in the sandbox: {}", example.text).into());
        }
    }
    Ok(())
}

async fn row(
    sandbox: &Sandbox,
    family: &Family,
    tool: &Tool,
    texts: &[Text],
    share: u64,
    trials: usize,
) -> Result<(), Box<dyn Error>> {
    let (mut n_refused, mut n_mutants, mut n_looked_at, mut n_active) = (0, 0, 0, 0);
    let mut courses = Vec::new();
    for i in 0..trials {
        let passes = is_verified(sandbox, family, tool, share, i, 0).await?;
        n_refused += usize::from(!passes);
        if passes && n_looked_at < LOOKED_AT {
            n_looked_at += 1;
            n_mutants += usize::from(!is_verified(sandbox, family, tool, share, i, 60).await?);
        }
        let course = course(texts, share, i);
        n_active += usize::from(passes && course.proven.is_some());
        courses.push(course);
    }
    let p = share as f64 / 1000.0;
    let n_stopped = courses.iter().filter(|course| course.proven.is_none()).count();
    let served =
        |k: usize| told(courses.iter().filter(|course| course.proven.is_some()).map(|course| course.service[k]));
    println!(
        "| {:.0} % | {:.1} % | {:.1} % | {:.1} % | {n_mutants} of {n_looked_at} | {:.1} % | {n_active} of {trials} | {} | {} |",
        p * 100.0,
        (1.0 - p).powi(3) * 100.0,
        percent(n_refused, trials),
        (1.0 - (1.0 - p).powi(30)) * 100.0,
        percent(n_stopped, trials),
        served(0),
        served(1),
    );
    Ok(())
}

/// Whether the tool of trial `i` passes: three tests that its maker chose, so that it passes them, and 30 held-out examples.
async fn is_verified(
    sandbox: &Sandbox,
    family: &Family,
    tool: &Tool,
    share: u64,
    i: usize,
    mutants: usize,
) -> Result<bool, Box<dyn Error>> {
    let seed = 100 + i as u64;
    let held_out = family.instances(HELD_OUT, seed);
    let fits = |example: &Example| !Text::of(example).is_wrong(share, start(i));
    let shown = family.instances(100, seed + 1_000_000).into_iter().filter(fits).take(SHOWN).collect();
    let mut negatives = family.near_misses(15, seed);
    negatives.extend(foreign(&mut Rng::with_seed(seed), 16).into_iter().take(5));
    let wrong = Tool { examples: shown, ..erring(tool, share, start(i)) };
    match verify(sandbox, &wrong, &held_out, &negatives, &gates(mutants)).await {
        Ok(_) => Ok(true),
        Err(found) if found[0].kind == FindingKind::Sandbox => Err(found[0].to_string().into()),
        Err(_) => Ok(false),
    }
}

/// The shadow of trial `i`, and its service where it is let through.
fn course(texts: &[Text], share: u64, i: usize) -> Course {
    let mut rng = Rng::with_seed((share << 32) | i as u64);
    let mut draw = |rng: &mut Rng| texts[rng.usize(..texts.len())].is_wrong(share, start(i));
    let mut trial = Trial::new(PROMISE);
    for n in 1..=REQUESTS {
        let is_wrong = draw(&mut rng);
        if hear(&mut trial, !is_wrong) == Some(Event::Proven) {
            let service = CANARIES.map(|rate| serve(trial.clone(), REQUESTS - n, rate, &mut rng, &mut draw));
            return Course { proven: Some(n), service };
        }
    }
    Course::default()
}

fn serve(mut trial: Trial, n: usize, rate: f64, rng: &mut Rng, draw: &mut impl FnMut(&mut Rng) -> bool) -> Service {
    let mut service = Service::default();
    for at in 1..=n {
        let is_wrong = draw(rng);
        service.n_wrong += usize::from(is_wrong);
        if rng.f64() < rate && hear(&mut trial, !is_wrong) == Some(Event::Alarm) {
            return Service { alarm: Some(at), ..service };
        }
    }
    service
}

/// Tools that were right until they were proven.
fn later(texts: &[Text], share: u64, trials: usize) {
    let services = CANARIES.map(|rate| {
        let service = |i: usize| {
            let mut rng = Rng::with_seed((share << 32) | (1 << 31) | i as u64);
            let mut draw = |rng: &mut Rng| texts[rng.usize(..texts.len())].is_wrong(share, start(i));
            let mut trial = Trial::new(PROMISE);
            while hear(&mut trial, true) != Some(Event::Proven) {}
            serve(trial, REQUESTS, rate, &mut rng, &mut draw)
        };
        (0..trials).map(service).collect::<Vec<_>>()
    });
    let cells = services.map(|services| {
        let n_alarms = services.iter().filter(|service| service.alarm.is_some()).count();
        format!("{:.0} % | {}", percent(n_alarms, trials), told(services.into_iter()))
    });
    println!("| {:.0} % | {} |", share as f64 / 10.0, cells.join(" | "));
}

/// Wrong answers up to the alarm or the last request: the median, and nine tenths.
fn told(services: impl Iterator<Item = Service>) -> String {
    let (mut wrong, mut requests): (Vec<_>, Vec<_>) =
        services.map(|service| (service.n_wrong, service.alarm.unwrap_or(REQUESTS))).unzip();
    if wrong.is_empty() {
        return "none was let through".to_owned();
    }
    wrong.sort_unstable();
    requests.sort_unstable();
    let (half, most) = (wrong.len() / 2, wrong.len() * 9 / 10);
    format!("{}, of nine in ten at most {}; in {} requests", wrong[half], wrong[most], requests[half])
}
