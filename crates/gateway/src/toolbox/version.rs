//! What a new version of a tool has to live up to: all that the one in use was verified by, and what it was compared with since.
use super::{Ready, proof::Proof};
use crate::{promise::Asked, routes::Routes};
use ledger::{Agreed, Error, Kind, Ledger};
use std::collections::BTreeSet;
use toolsmith::{Example, Tool, dispatch};

/// Comparisons that are taken as examples, the newest first.
const MOST: u16 = 200;

/// The tool of `route` that a version is to replace, by its name or how its id begins. Its examples are joined by requests
/// that it answered as the large model did, where the ledger keeps them: no better ones are known.
///
/// # Errors
/// `NotFound`; `Input` where its record cannot be read; `Database`.
pub async fn superseded(ledger: &Ledger, routes: &Routes, route: &str, word: &str) -> Result<Tool, Error> {
    let kept = ledger.find_tool(Some(route), word).await?;
    let Ready { kept, mut tool, .. } = Ready::of(kept).map_err(|why| Error::new(Kind::Input, why))?;
    let Some(proof) = Proof::of(routes, &kept, &tool) else { return Ok(tool) };
    let agreed = ledger.agreed(route, proof.setting(), MOST).await?;
    let mut known: BTreeSet<String> = tool.examples.iter().map(|example| example.text.clone()).collect();
    let new = agreed.into_iter().filter_map(|agreed| example(&tool.context, agreed));
    let new: Vec<_> = new.filter(|example| known.insert(example.text.clone())).collect();
    tool.examples.extend(new);
    Ok(tool)
}

/// A comparison as an example, if its request is one of this context.
fn example(context: &str, Agreed { trace, request, answer }: Agreed) -> Option<Example> {
    let asked: Asked = serde_json::from_str(&request).ok()?;
    let (own, text) = dispatch::asked(&asked.request)?;
    (own == context).then_some(Example { text, answer, source: Some(trace) })
}
