//! What becomes of a tool by an operator's word.
use super::proof::standing;
use crate::Routes;
use ledger::{Error, KeptTool, Kind, Ledger};
use router::trial::Standing;
use toolsmith::Tool;

/// An operator's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It may answer.
    Approve {
        /// Also before it is proven: then it answers as soon as it is.
        anyway: bool,
    },
    /// It may not answer for now, nor is it compared.
    Suspend,
    /// A suspended one is compared again, and may be proven.
    Resume,
    /// It is never used again.
    Retire,
}

impl Decision {
    /// What a tool that is `status` becomes.
    fn status(self, status: &str) -> Result<&'static str, String> {
        let to = match (self, status) {
            (_, "retired") => return Err("it is retired, which is for good".to_owned()),
            (Self::Approve { .. }, "shadow") | (Self::Approve { anyway: true }, "draft" | "suspended") => "active",
            (Self::Approve { .. }, "draft") => return Err("a draft: it has to run in shadow first".to_owned()),
            (Self::Approve { .. }, "suspended") => return Err("it is suspended: resume it first".to_owned()),
            (Self::Suspend, "draft" | "shadow" | "active") => "suspended",
            (Self::Resume, "suspended") => "shadow",
            (Self::Retire, _) => "retired",
            _ => return Err(format!("it is {status} already")),
        };
        Ok(to)
    }

    fn why(self) -> &'static str {
        match self {
            Self::Approve { anyway: false } => "proven, and approved",
            Self::Approve { anyway: true } => "approved before it is proven",
            Self::Suspend => "suspended by hand",
            Self::Resume => "resumed by hand",
            Self::Retire => "retired by hand",
        }
    }
}

/// Has `decision` come true for `kept`, and gives its new status. A version that is approved retires the one that it
/// supersedes.
///
/// # Errors
/// `Input`: what is missing for it; `Database`.
pub async fn decide(
    ledger: &Ledger,
    routes: &Routes,
    kept: &KeptTool,
    decision: Decision,
    author: &str,
    why: Option<&str>,
) -> Result<&'static str, Error> {
    let refused = |message| Error { kind: Kind::Input, message: format!("tool `{}`: {message}", kept.name) };
    let status = decision.status(&kept.now.status).map_err(refused)?;
    if decision == (Decision::Approve { anyway: false }) {
        let standing = standing(ledger, routes, kept, &record(kept)?).await?;
        if !standing.proven {
            return Err(refused(missing(&standing)));
        }
    }
    let why = why.unwrap_or_else(|| decision.why());
    mark(ledger, kept, status, Some(author), why).await?;
    if status == "active" {
        retire_superseded(ledger, kept, author).await?;
    }
    Ok(status)
}

async fn mark(ledger: &Ledger, kept: &KeptTool, status: &str, author: Option<&str>, why: &str) -> Result<(), Error> {
    if ledger.mark_tool([&kept.route, &kept.id], kept.now.number, status, author, why).await? {
        return Ok(());
    }
    let message = format!("tool `{}`: it was changed at this very moment: look at it again", kept.name);
    Err(Error { kind: Kind::Input, message })
}

fn record(kept: &KeptTool) -> Result<Tool, Error> {
    serde_json::from_str(&kept.record)
        .map_err(|e| Error { kind: Kind::Input, message: format!("tool `{}`: its record: {e}", kept.name) })
}

/// Why it is not proven.
pub(crate) fn missing(standing: &Standing) -> String {
    let n = standing.n;
    let wrong = (standing.loss * n as f64).round();
    match standing.missing {
        Some(missing) => format!(
            "not proven yet: {n} comparisons so far, {wrong} of them worse; at least {missing} more without one that is \
             worse are missing"
        ),
        None => format!("not proven: of {n} comparisons {wrong} were worse, and no number of further ones mends that"),
    }
}

/// Of two versions one answers.
async fn retire_superseded(ledger: &Ledger, kept: &KeptTool, author: &str) -> Result<(), Error> {
    let Some(old) = record(kept)?.supersedes else { return Ok(()) };
    let all = ledger.tools(Some(&kept.route)).await?;
    let Some(old) = all.into_iter().find(|tool| tool.id == old && tool.now.status != "retired") else { return Ok(()) };
    mark(ledger, &old, "retired", Some(author), &format!("superseded by number {}", kept.number)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_has_its_ways_on() {
        let (approve, anyway) = (Decision::Approve { anyway: false }, Decision::Approve { anyway: true });
        let ways = [
            ("draft", anyway, Some("active")),
            ("draft", approve, None),
            ("draft", Decision::Suspend, Some("suspended")),
            ("draft", Decision::Resume, None),
            ("shadow", approve, Some("active")),
            ("shadow", Decision::Retire, Some("retired")),
            ("active", approve, None),
            ("active", Decision::Suspend, Some("suspended")),
            ("suspended", approve, None),
            ("suspended", Decision::Resume, Some("shadow")),
            ("suspended", Decision::Suspend, None),
            ("retired", anyway, None),
            ("retired", Decision::Resume, None),
        ];
        for (status, decision, to) in ways {
            assert_eq!(decision.status(status).ok(), to, "{status}, {decision:?}");
        }
    }
}
