//! Mutants of the six tools: who is refused, who is stopped in shadow, who becomes active, and whether those ever err; alone,
//! and beside a second program that somebody else wrote.
use crate::{
    PROMISE,
    family::{FAMILIES, Family, foreign},
    gates, hear, percent, sandbox,
};
use fastrand::Rng;
use router::trial::Trial;
use std::error::Error;
use toolsmith::{
    Example, FaultKind, Finding, FindingKind, Gates, Sandbox, Schemas, Second, Tool,
    check::check,
    mutate::{Mutant, mutants},
    verify,
};

/// Examples of a verification, as many as a task has at first, and how many of them the maker saw.
const EXAMPLES: usize = 45;
const SHOWN: usize = 5;
/// Of what it must decline: texts that are nearly its own, of each other family, and of no tool.
const NEGATIVES: (usize, usize, usize) = (30, 4, 20);
/// Requests in shadow, and as many others that show what an active tool does.
const REQUESTS: usize = 2_000;
/// To a tool in service come texts that are nearly its own, too: one in so many.
const ONE_NEAR_MISS_IN: usize = 10;
/// Texts of each other family, and of no tool, which an active tool is shown beside.
const FURTHER: (usize, usize) = (60, 300);

/// All that a tool and its mutants are shown.
struct Texts {
    shown: Vec<Example>,
    held_out: Vec<Example>,
    negatives: Vec<String>,
    shadow: Vec<Request>,
    fresh: Vec<Request>,
    /// What is none of the tool's business, and nobody verified it with.
    foreign: Vec<Request>,
}

/// A request, and the right answer where the tool is to give one.
struct Request {
    text: String,
    right: Option<String>,
}

/// Where a mutant was stopped.
#[derive(PartialEq)]
enum Fate {
    Static,
    Refused,
    Shadow,
    Active,
}

/// What an active mutant does on other requests than the original.
#[derive(Default)]
struct Conduct {
    n_answered: usize,
    n_wrong: usize,
    /// Of these, nearly its own: it took them, and is to decline them.
    n_taken: usize,
    /// What it took of quite foreign texts.
    n_foreign: usize,
    /// What the original answers and it does not.
    n_declined: usize,
}

pub(super) fn measure(most: usize, paired: bool, chosen: &[String]) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let is_chosen = |family: &&Family| chosen.is_empty() || chosen.iter().any(|name| name == family.name);
    println!(
        "| tool | first try | mutation score | mutants | static checks | verification | shadow | active | never another \
         answer | only decline more | wrong at times |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    let mut told = Vec::new();
    runtime.block_on(async {
        let sandbox = sandbox().await?;
        for family in FAMILIES.iter().filter(is_chosen) {
            told.extend(mutants_of(&sandbox, family, most, paired).await?);
        }
        Ok::<_, Box<dyn Error>>(())
    })?;
    println!();
    told.iter().for_each(|line| println!("- {line}"));
    Ok(())
}

/// Prints a row; returns a line for each mutant that became active and does something else.
async fn mutants_of(
    sandbox: &Sandbox,
    family: &Family,
    most: usize,
    paired: bool,
) -> Result<Vec<String>, Box<dyn Error>> {
    let (tool, texts) = (tool(family, paired)?, texts(family));
    let first = texts.verified(sandbox, &family.first_tool()?, &gates(0)).await;
    let first = first.err().map_or("passed".to_owned(), |found| kinds(&found));
    let report = texts.verified(sandbox, &tool, &gates(60)).await.map_err(|found| told(&found))?;
    let original = Answers::of(sandbox, &tool, &texts).await?;
    let (right, n_wrong) = (original.fresh.len(), original.conduct(&texts, &original).n_wrong);
    if n_wrong > 0 {
        return Err(format!("{}: {n_wrong} of {right} wrong, and it is to be right", family.name).into());
    }
    let mutants = mutants(&tool.code, most).map_err(|finding| finding.to_string())?;
    let (mut fates, mut n_same, mut n_declining, mut told) = (Vec::new(), 0, 0, Vec::new());
    let mut n_wrong = 0;
    for mutant in &mutants {
        let changed = Tool { code: mutant.code.clone(), ..tool.clone() };
        let fate = texts.fate(sandbox, &changed).await?;
        if fate == Fate::Active {
            let conduct = Answers::of(sandbox, &changed, &texts).await?.conduct(&texts, &original);
            match (conduct.n_wrong + conduct.n_foreign, conduct.n_declined) {
                (0, 0) => n_same += 1,
                (0, _) => n_declining += 1,
                _ => n_wrong += 1,
            }
            if conduct.is_other() {
                let gate = texts.verified(sandbox, &changed, &gates(60)).await;
                told.push(line(family, mutant, &conduct, &gate.map(|_| ())));
            }
        }
        fates.push(fate);
    }
    let n = |fate: Fate| fates.iter().filter(|other| **other == fate).count();
    println!(
        "| {} | {first} | {}/{} | {} | {} | {} | {} | {} | {n_same} | {n_declining} | {n_wrong} |",
        family.name.replace('_', " "),
        report.n_killed,
        report.n_mutants - report.n_equivalent - report.n_guards,
        mutants.len(),
        n(Fate::Static),
        n(Fate::Refused),
        n(Fate::Shadow),
        n(Fate::Active),
    );
    Ok(told)
}

/// The family's tool, with its second program where it is to have one.
fn tool(family: &Family, paired: bool) -> Result<Tool, String> {
    let first = family.tool()?;
    if !paired {
        return Ok(first);
    }
    let Tool { code, input, output, .. } = family.second_tool()?;
    Ok(Tool { second: Some(Second { code, input, output, ..Second::default() }), ..first })
}

fn line(family: &Family, mutant: &Mutant, conduct: &Conduct, gate: &Result<(), Vec<Finding>>) -> String {
    let Conduct { n_answered, n_wrong, n_taken, n_foreign, n_declined } = conduct;
    let gate = gate.as_ref().map_or_else(|found| format!("refused ({})", kinds(found)), |()| "let through".to_owned());
    format!(
        "{} {}: {n_wrong} of {n_answered} answers wrong ({:.2} %), of them {n_taken} to near misses; {n_foreign} foreign texts \
         taken; {n_declined} declined that the tool answers; with mutants of its own: {gate}",
        family.name.replace('_', " "),
        mutant.tell().replace('\n', " "),
        percent(*n_wrong, *n_answered),
    )
}

fn kinds(found: &[Finding]) -> String {
    let mut kinds: Vec<_> = found.iter().map(|finding| format!("{:?}", finding.kind).to_lowercase()).collect();
    kinds.dedup();
    kinds.join(", ")
}

fn texts(family: &Family) -> Texts {
    let mut shown = family.instances(EXAMPLES, 1);
    let held_out = shown.split_off(SHOWN);
    let (near, of_each, foreign_ones) = NEGATIVES;
    let mut negatives = family.near_misses(near, 1);
    negatives.extend(family.of_others(of_each, 1));
    negatives.extend(foreign(&mut Rng::with_seed(1), foreign_ones));
    let (of_each, n) = FURTHER;
    let mut foreign = foreign(&mut Rng::with_seed(4), n);
    foreign.extend(family.of_others(of_each, 4));
    Texts {
        shown,
        held_out,
        negatives,
        shadow: requests(family, 2),
        fresh: requests(family, 3),
        foreign: foreign.into_iter().map(|text| Request { text, right: None }).collect(),
    }
}

fn requests(family: &Family, seed: u64) -> Vec<Request> {
    let n_near = REQUESTS / ONE_NEAR_MISS_IN;
    let own = family.instances(REQUESTS - n_near, seed).into_iter();
    let mut all: Vec<_> = own.map(|one| Request { text: one.text, right: Some(one.answer) }).collect();
    all.extend(family.near_misses(n_near, seed).into_iter().map(|text| Request { text, right: None }));
    Rng::with_seed(seed).shuffle(&mut all);
    all
}

impl Texts {
    async fn verified(&self, sandbox: &Sandbox, tool: &Tool, gates: &Gates) -> Result<toolsmith::Report, Vec<Finding>> {
        let tool = Tool { examples: self.shown.clone(), negatives: self.negatives.clone(), ..tool.clone() };
        verify(sandbox, &tool, &self.held_out, &self.negatives, gates).await
    }

    async fn fate(&self, sandbox: &Sandbox, tool: &Tool) -> Result<Fate, Box<dyn Error>> {
        let all: Vec<Example> = self.shown.iter().chain(&self.held_out).cloned().collect();
        if !check(tool, &all, &self.negatives).is_empty() {
            return Ok(Fate::Static);
        }
        // what is wrong with two of the examples is wrong with all of them: spares time where mutants never end
        let two = Gates { held_out: 2, answered: 0.0, ..gates(0) };
        let unclaimed = Tool { properties: Vec::new(), ..tool.clone() };
        let sooner = verify(sandbox, &unclaimed, &self.held_out[..2], &[], &two).await;
        let verified = match sooner {
            Ok(_) => self.verified(sandbox, tool, &gates(0)).await,
            Err(found) => Err(found),
        };
        if let Err(found) = verified {
            return match found.iter().find(|finding| finding.kind == FindingKind::Sandbox) {
                Some(fault) => Err(fault.to_string().into()),
                None => Ok(Fate::Refused),
            };
        }
        let schemas = Schemas::new(tool)?;
        let mut trial = Trial::new(PROMISE);
        for request in &self.shadow {
            // what it declines, the next tier answers, and there is nothing to be compared
            if let Some(answer) = answer(sandbox, tool, &schemas, &request.text).await? {
                hear(&mut trial, request.is_right(tool, &answer));
            }
            if trial.is_proven() {
                return Ok(Fate::Active);
            }
        }
        Ok(Fate::Shadow)
    }
}

impl Request {
    fn is_right(&self, tool: &Tool, answer: &str) -> bool {
        self.right.as_ref().is_some_and(|right| tool.comparison.agrees(answer, right))
    }
}

/// What a tool answers; none where it declines or fails, which is the next tier's then.
struct Answers {
    comparison: toolsmith::Comparison,
    fresh: Vec<Option<String>>,
    foreign: Vec<Option<String>>,
}

impl Answers {
    async fn of(sandbox: &Sandbox, tool: &Tool, texts: &Texts) -> Result<Self, Box<dyn Error>> {
        let schemas = Schemas::new(tool)?;
        let (mut fresh, mut foreign) = (Vec::new(), Vec::new());
        for request in &texts.fresh {
            fresh.push(answer(sandbox, tool, &schemas, &request.text).await?);
        }
        for request in &texts.foreign {
            foreign.push(answer(sandbox, tool, &schemas, &request.text).await?);
        }
        Ok(Self { comparison: tool.comparison, fresh, foreign })
    }

    fn conduct(&self, texts: &Texts, original: &Self) -> Conduct {
        let mut conduct = Conduct { n_foreign: self.foreign.iter().flatten().count(), ..Conduct::default() };
        for ((request, found), before) in texts.fresh.iter().zip(&self.fresh).zip(&original.fresh) {
            let Some(answer) = found else {
                conduct.n_declined += usize::from(before.is_some());
                continue;
            };
            let is_right = request.right.as_ref().is_some_and(|right| self.comparison.agrees(answer, right));
            conduct.n_answered += 1;
            conduct.n_wrong += usize::from(!is_right);
            conduct.n_taken += usize::from(request.right.is_none());
        }
        conduct
    }
}

impl Conduct {
    fn is_other(&self) -> bool {
        self.n_wrong + self.n_foreign + self.n_declined > 0
    }
}

/// What a client would get; a fault is a matter of the next tier.
async fn answer(
    sandbox: &Sandbox,
    tool: &Tool,
    schemas: &Schemas,
    text: &str,
) -> Result<Option<String>, Box<dyn Error>> {
    match toolsmith::answer(sandbox, tool, schemas, text).await {
        Ok(said) => Ok(said.answer()),
        Err(fault) if fault.kind == FaultKind::Unavailable => Err(fault.into()),
        Err(_) => Ok(None),
    }
}

/// What is wrong with a tool that should be right, in full.
fn told(found: &[Finding]) -> String {
    found.iter().map(|finding| finding.tell(|_| true)).collect::<Vec<_>>().join("\n")
}
