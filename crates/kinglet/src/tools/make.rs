//! `kinglet tools make`: has a large model write a tool, and keeps it once it is verified.
use super::{WHO, material::Material, with};
use crate::{config::Config, models::say, money, prices};
use clap::Args;
use gateway::{
    Accounts,
    toolbox::{Estimate, Maker, keep, spent_today},
};
use std::{
    io::{self, BufRead, IsTerminal},
    sync::Arc,
};
use toolsmith::{Gates, Task, Tool, prompt::Beside};

#[derive(Args)]
pub(crate) struct Make {
    #[command(flatten)]
    material: Material,
    /// What it is for, in words for its maker.
    #[arg(long, value_name = "TEXT")]
    about: Option<String>,
    /// The model that writes it [default: tools.maker].
    #[arg(long, value_name = "UPSTREAM/MODEL")]
    maker: Option<String>,
    /// Do not ask before money is spent.
    #[arg(long)]
    yes: bool,
}

impl Make {
    pub(super) fn run(&self, config: &Config) -> Result<(), String> {
        let policy = config.tool_policy()?;
        let target = match &self.maker {
            Some(name) => config.elsewhere.away(name).map_err(|fault| format!("--maker: {fault}"))?,
            None => policy.maker.ok_or("tools.maker: a model that writes tools expected, or --maker UPSTREAM/MODEL")?,
        };
        let second = policy.second.map(|second| if self.maker.is_some() { target.clone() } else { second });
        let (book, gates) = (prices::book(config)?, Gates::default());
        let made = with(config, true, async |ledger| {
            let task =
                Task { about: self.about.clone(), ..self.material.task(config, ledger, Beside::default()).await? };
            let sandbox = config.sandbox().await.map_err(|fault| fault.to_string())?;
            let accounts = Arc::new(Accounts::new(ledger.clone(), book, None, config.keep()));
            let maker = Maker { accounts, sandbox, target, second, budget: policy.budget };
            let Estimate { once, most } = maker.estimate(&task, &gates)?;
            let spent = spent_today(ledger).await.map_err(|e| e.to_string())?;
            say(&format!(
                "{} writes a tool from {} examples: about {} USD, at most {} with all repairs; {} of {} USD are spent today",
                maker.target,
                task.examples.len(),
                money::show(once),
                money::show(most),
                money::show(spent),
                money::show(policy.budget)
            ));
            if !self.yes && !agreed()? {
                return Ok(None);
            }
            let tool = maker.make(&task, &gates, &mut |told| say(told)).await?;
            let why = format!("made by {}", maker.target);
            let number = keep(ledger, self.material.route(), &tool, WHO, &why).await.map_err(|e| e.to_string())?;
            Ok(Some((tool, number)))
        })?;
        if let Some((tool, number)) = made {
            told(&tool, self.material.route(), number);
        }
        Ok(())
    }
}

/// Says what was kept.
pub(super) fn told(tool: &Tool, route: &str, number: i64) {
    let (name, verified) = (&tool.name, super::show::verified(&tool.report));
    say(&format!("{verified}\n`{name}` is number {number} of route `{route}`, in shadow: {}", tool.id()));
}

/// Asks at the terminal.
fn agreed() -> Result<bool, String> {
    if !io::stdin().is_terminal() {
        return Err("nobody to ask whether this may be spent: say --yes".to_owned());
    }
    say("Go on? [y/N]");
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(|e| format!("standard input: {e}"))?;
    Ok(matches!(line.trim(), "y" | "Y" | "yes"))
}
