//! `kinglet tools approve | suspend | resume | retire`: what becomes of a tool.
use super::{WHO, Which, routes, with};
use crate::{config::Config, models::say};
use clap::Args;
use gateway::toolbox::{Decision, decide};

#[derive(Args)]
pub(crate) struct Approve {
    #[command(flatten)]
    other: Other,
    /// Also before it is proven: then it answers as soon as it is.
    #[arg(long)]
    anyway: bool,
}

#[derive(Args)]
pub(crate) struct Other {
    #[command(flatten)]
    which: Which,
    /// Why, for its history.
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
}

impl Approve {
    pub(super) fn run(&self, config: &Config) -> Result<(), String> {
        self.other.run(config, Decision::Approve { anyway: self.anyway })
    }
}

impl Other {
    pub(super) fn run(&self, config: &Config, decision: Decision) -> Result<(), String> {
        let (kept, status) = with(config, false, async |ledger| {
            let Which { tool, route } = &self.which;
            let kept = ledger.find_tool(route.as_deref(), tool).await.map_err(|e| e.to_string())?;
            let status = decide(ledger, &routes(config)?, &kept, decision, WHO, self.why.as_deref())
                .await
                .map_err(|e| e.to_string())?;
            Ok((kept, status))
        })?;
        say(&format!(
            "`{}` of route `{}` is {status} now; a running server learns of it within seconds",
            kept.name, kept.route
        ));
        Ok(())
    }
}
