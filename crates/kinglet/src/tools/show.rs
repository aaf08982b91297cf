//! `kinglet tools show`: all about a tool.
use super::{Which, routes, with};
use crate::{config::Config, money, out, when};
use clap::Args;
use gateway::toolbox::{Told, statement};
use router::statement::ToolStatement;
use serde_json::{Value, json};
use toolsmith::{Provenance, Report, Tool};

#[derive(Args)]
pub(crate) struct Show {
    #[command(flatten)]
    which: Which,
    /// Its code alone.
    #[arg(long, conflicts_with = "json")]
    code: bool,
    /// What is proven of it, and what that rests on: with --json, to be verified by `kinglet route statement --verify`.
    #[arg(long, conflicts_with = "code")]
    statement: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

impl Show {
    pub(super) fn run(&self, config: &Config) -> Result<(), String> {
        if self.statement {
            return self.state(config);
        }
        let told = with(config, false, async |ledger| self.which.find(config, ledger).await)?;
        if self.json {
            return out::print_json(&told.whole());
        }
        let text = if self.code { code(&told.tool) } else { whole(&told) };
        // a large model's text must not command a terminal
        out::print(&text.replace(|c: char| c.is_control() && c != '\n' && c != '\t', ""))
    }

    fn state(&self, config: &Config) -> Result<(), String> {
        let routes = routes(config)?;
        let stated = with(config, false, async |ledger| {
            let Told { kept, tool, .. } = self.which.find(config, ledger).await?;
            routes.check_tools(&kept.route)?;
            statement(ledger, &routes, &kept, &tool).await.map_err(|e| e.to_string())
        })?;
        let stated = stated.ok_or("a tool without a promise; this is a defect")?;
        if self.json {
            return out::print_json(&json!(stated));
        }
        let ToolStatement { text, setting, number, hash, .. } = &stated;
        match hash.is_empty() {
            true => out::print(&format!("{text}\n")),
            false => out::print(&format!("{text}\nCompared: {setting}.\nLedger up to comparison {number}: {hash}\n")),
        }
    }
}

fn whole(told: &Told) -> String {
    let Told { kept, tool, .. } = told;
    let lines = [
        format!("{} of route {}, number {}: {}", kept.name, kept.route, kept.number, kept.now.status),
        format!("id {}", kept.id),
        tool.description.clone(),
        String::new(),
        format!("takes     {}", one_line(&tool.input)),
        format!("returns   {}", one_line(&tool.output)),
        format!("examples  {}, and {} texts that it declines", tool.examples.len(), tool.negatives.len()),
        format!("verified  {}", verified(&tool.report)),
        format!("made      {}", made(&tool.provenance)),
        format!("compared  {}", compared(&told.standing)),
    ];
    let second = match (&tool.second, &tool.alone) {
        (Some(second), _) => {
            let (verified, made) = (verified(&second.report), made(&second.provenance));
            format!("second    {verified}\n          {made}\n")
        }
        (None, Some(why)) => format!("second    none: {why}\n"),
        (None, None) => "second    none: it answers alone\n".to_owned(),
    };
    let instead = tool.supersedes.as_ref().map_or_else(String::new, |id| format!("instead   of {id}\n"));
    let events = told.events.iter().map(|event| {
        let author = event.author.as_deref().unwrap_or("kinglet");
        format!("{}  {:<9}  {author}: {}\n", when::moment(event.time), event.status, event.why)
    });
    let (lines, events) = (lines.join("\n"), events.collect::<String>());
    format!("{lines}\n{second}{instead}\n{events}\n{}", code(tool))
}

/// Its programs.
fn code(tool: &Tool) -> String {
    let first = tool.code.trim_end();
    match &tool.second {
        None => format!("{first}\n"),
        Some(second) => format!("# the first program\n{first}\n\n# the second program\n{}\n", second.code.trim_end()),
    }
}

fn one_line(schema: &Value) -> String {
    schema.to_string()
}

/// What verification found.
pub(super) fn verified(report: &Report) -> String {
    if report.n_held_out == 0 {
        return "not yet".to_owned();
    }
    format!(
        "{} of {} unseen examples right, {} of {} foreign texts declined, {} of {} mutants noticed; {} us a call, at most {} us",
        report.n_right,
        report.n_held_out,
        report.n_declined,
        report.n_negatives,
        report.n_killed,
        report.n_mutants,
        report.median_us,
        report.slowest_us
    )
}

fn made(provenance: &Provenance) -> String {
    let Provenance { maker, cost, time, repairs, .. } = provenance;
    if maker.is_empty() {
        return "by hand".to_owned();
    }
    format!("by {maker} on {}, sent back {repairs} times, {} USD", when::date(*time), money::show(*cost))
}

fn compared(standing: &router::trial::Standing) -> String {
    let wrong = (standing.loss * standing.n as f64).round();
    let state = match (standing.proven, standing.missing) {
        (true, _) => "proven".to_owned(),
        (false, Some(missing)) => format!("{missing} more without one are missing at least"),
        (false, None) => "no number of further ones proves it".to_owned(),
    };
    format!("{} times, {wrong} of them worse; {state}", standing.n)
}
