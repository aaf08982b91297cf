//! `kinglet tools add`: a tool that was written by hand or elsewhere, verified as any other.
use super::{WHO, make::told, material::Material, with};
use crate::config::Config;
use chat::{Answerer, BoxFuture, ChatRequest, Delta, Error, Finish, Reply, Usage};
use clap::Args;
use futures_util::stream::{self, StreamExt};
use gateway::toolbox::keep;
use std::path::{Path, PathBuf};
use toolsmith::{
    Budget, Gates,
    make::{make, second as add_second},
    prompt::Beside,
};

#[derive(Args)]
pub(crate) struct Add {
    /// What a maker would answer: a ```json block with its name, description, input and output schema and properties, and a
    /// ```python block with `extract`, `run` and `render`. The block of JSON may say its comparison and its context, too, as
    /// `export` writes them: they hold where no option says otherwise.
    file: PathBuf,
    /// Its second program, in the same form: an answer is given only where both give it.
    #[arg(long, value_name = "FILE")]
    second: Option<PathBuf>,
    #[command(flatten)]
    material: Material,
}

impl Add {
    pub(super) fn run(&self, config: &Config) -> Result<(), String> {
        let (beside, text) = read(&self.file)?;
        let second = self.second.as_ref().map(|file| read(file).map(|(_, text)| (file, text))).transpose()?;
        let (tool, number) = with(config, true, async |ledger| {
            let task = self.material.task(config, ledger, beside).await?;
            let sandbox = config.sandbox().await.map_err(|fault| fault.to_string())?;
            // whoever wrote it, it is taken for a maker's only answer
            let gates = Gates { repairs: 0, ..Gates::default() };
            let made = make(&Written(text), "", &sandbox, &task, &gates, &mut Free).await;
            let mut tool = made.map_err(|unmade| format!("{}: {unmade}", self.file.display()))?;
            if let Some((file, text)) = second {
                let made = add_second(&Written(text), "", &sandbox, &task, &gates, &tool, &mut Free).await;
                tool.second = Some(made.map_err(|unmade| format!("{}: {unmade}", file.display()))?);
            }
            let number = keep(ledger, self.material.route(), &tool, WHO, "added from a file").await;
            Ok((tool, number.map_err(|e| e.to_string())?))
        })?;
        told(&tool, self.material.route(), number);
        Ok(())
    }
}

/// What a file says that no maker says, and what one would say.
fn read(file: &Path) -> Result<(Beside, String), String> {
    let named = |fault: String| format!("{}: {fault}", file.display());
    let text = std::fs::read_to_string(file).map_err(|e| named(e.to_string()))?;
    Beside::take(&text).map_err(named)
}

/// A maker whose answer is written already.
struct Written(String);

impl Answerer for Written {
    fn answer<'a>(&'a self, _: &'a ChatRequest) -> BoxFuture<'a, Result<Reply, Error>> {
        let said = Delta::Text { text: self.0.clone(), logprobs: Vec::new() };
        let deltas = [said, Delta::Finish(Finish::Stop), Delta::Usage(Usage::default())];
        Box::pin(async { Ok(Reply { deltas: stream::iter(deltas.map(Ok)).boxed() }) })
    }
}

/// It costs nothing.
struct Free;

impl Budget for Free {
    fn may(&mut self, _: usize, _: usize) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async { Ok(()) })
    }

    fn used(&mut self, _: Usage) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}
