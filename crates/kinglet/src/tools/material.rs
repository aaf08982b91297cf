//! What a tool is made of and verified by: examples, texts to decline, and the form of its requests.
use super::{routes, suggest::look, tested::Cases};
use crate::config::Config;
use clap::{Args, ValueEnum};
use gateway::toolbox::{Suggested, context, superseded};
use ledger::Ledger;
use std::path::PathBuf;
use toolsmith::{Comparison, Task, prompt::Beside};

#[derive(Args)]
pub(crate) struct Material {
    /// The route whose requests it is to answer.
    #[arg(long, value_name = "NAME")]
    route: String,
    /// JSON lines of requests with right answers, such as {"text": "..", "answer": ".."}; a line without an answer is a text
    /// to decline.
    #[arg(long, value_name = "FILE", required_unless_present = "suggestion")]
    examples: Option<PathBuf>,
    /// The requests that `kinglet tools suggest --route ROUTE` shows under this number, with the large model's answers.
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["examples", "like"])]
    suggestion: Option<usize>,
    /// With --suggestion: of the requests of so many days.
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..))]
    days: u16,
    /// JSON lines of texts to decline, such as {"text": ".."}.
    #[arg(long, value_name = "FILE")]
    negatives: Option<PathBuf>,
    /// What it is called [default: its maker names it].
    #[arg(long)]
    name: Option<String>,
    /// How its answers are compared with those that are right [default: as the file says, or exact].
    #[arg(long, value_enum)]
    compare: Option<Compare>,
    /// A chat request as clients send it, as JSON: the system message and form of answer that its requests have [default: as
    /// the file says, or a message of the user and nothing else].
    #[arg(long, value_name = "FILE")]
    like: Option<PathBuf>,
    /// The tool whose next version it is: all that one was verified by holds for it too, and so does what it was compared
    /// with since, where the ledger keeps texts.
    #[arg(long, value_name = "NAME|ID")]
    instead_of: Option<String>,
}

/// As [`Comparison`] has them.
#[derive(Clone, Copy, ValueEnum)]
enum Compare {
    Exact,
    Words,
    Json,
    Number,
}

impl Material {
    pub(super) fn route(&self) -> &str {
        &self.route
    }

    /// Examples and texts to decline, and the context of both.
    async fn cases(&self, config: &Config, ledger: &Ledger, said: Option<String>) -> Result<(Cases, String), String> {
        if let Some(file) = &self.examples {
            let read = |file: &PathBuf| std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()));
            let like = self.like.as_ref().map(read).transpose()?;
            let own = || context(like.as_deref()).map_err(|fault| format!("--like: {fault}"));
            let context = said.filter(|_| like.is_none()).map_or_else(own, Ok)?;
            return Ok((Cases::read(file)?, context));
        }
        let (number, found) = (self.suggestion.unwrap_or(0), look(config, ledger, Some(&self.route), self.days).await?);
        let n = found.all.len();
        let one = number.checked_sub(1).and_then(|idx| found.all.into_iter().nth(idx));
        let Some(Suggested { context, material, .. }) = one else {
            return Err(format!(
                "--suggestion: a number from 1 to {n} expected, {number} found; see kinglet tools suggest"
            ));
        };
        Ok((Cases { examples: material.examples, negatives: material.negatives }, context))
    }

    /// What is to be done, where nothing here says otherwise with what stands `beside` a tool that is written already.
    ///
    /// # Errors
    /// A route that takes no tools, a file that cannot be read, a tool that is not there.
    pub(super) async fn task(&self, config: &Config, ledger: &Ledger, beside: Beside) -> Result<Task, String> {
        let routes = routes(config)?;
        routes.check_tools(&self.route).map_err(|fault| format!("--route: {fault}"))?;
        let (Cases { examples, mut negatives }, context) = self.cases(config, ledger, beside.context).await?;
        if let Some(file) = &self.negatives {
            let more = Cases::read(file)?;
            negatives.extend(more.negatives);
            negatives.extend(more.examples.into_iter().map(|example| example.text));
        }
        let supersedes = match &self.instead_of {
            None => None,
            Some(word) => {
                let old = superseded(ledger, &routes, &self.route, word).await;
                Some(old.map_err(|e| e.to_string())?)
            }
        };
        let name = self.name.clone();
        let comparison = self.compare.map(Comparison::from).or(beside.comparison).unwrap_or_default();
        Ok(Task { name, about: None, context, examples, negatives, comparison, supersedes })
    }
}

impl From<Compare> for Comparison {
    fn from(compare: Compare) -> Self {
        match compare {
            Compare::Exact => Self::Exact,
            Compare::Words => Self::Words,
            Compare::Json => Self::Json,
            Compare::Number => Self::Number,
        }
    }
}
