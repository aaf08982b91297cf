//! Which requests recur and are worth a tool, by the texts that the ledger kept.
use super::make::usual_cost;
use crate::{Accounts, Target};
use chat::ChatRequest;
use ledger::{Ledger, Micros, Span, Trace};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use toolsmith::{
    Tool,
    dispatch::{Entry, Index, asked},
    suggest::{Bounds, BreakEven, Cluster, Clusters, Economy, Material, Seen},
};

/// Lines of the ledger that are read at once.
const PAGE: u16 = 1000;
/// Texts to decline for each tool.
const NEGATIVES: usize = 40;
/// Texts of a kind that are looked at to tell whether a tool has them already.
const LOOKED_AT: usize = 9;
/// Texts of each kind that are shown.
const MOST_TEXTS: usize = 5;
/// Those who answered, and are no model that was asked by a client.
const OTHERS: [&str; 4] = ["audit", "embedder", "maker", "tool"];

/// What was found in the ledger.
pub struct Suggestions {
    /// The most savings first.
    pub all: Vec<Suggested>,
    /// Requests in the ledger.
    pub requests: usize,
    /// Of these, how many kept their texts, and are such as a tool may answer.
    pub heard: usize,
}

/// Requests that recur.
pub struct Suggested {
    /// Their route.
    pub route: String,
    /// The fingerprint of all that they have beside their text.
    pub context: String,
    /// How many there were.
    pub count: u64,
    /// Mean micro-USD of one.
    pub mean_cost: f64,
    /// What is saved, and when that pays.
    pub pays: BreakEven,
    /// What a tool is made of.
    pub material: Material,
}

impl Suggested {
    /// For programs.
    pub fn line(&self) -> Value {
        let Self { route, context, count, mean_cost, pays, material } = self;
        let texts: Vec<_> = material.examples.iter().take(MOST_TEXTS).map(|example| &example.text).collect();
        json!({
            "route": route, "context": context, "requests": count, "per_day": pays.per_day,
            "mean_cost_usd": mean_cost / 1e6, "saved_per_day_usd": pays.saved_per_day / 1e6, "pays_in_days": pays.days,
            "pays_in_requests": pays.requests, "net_usd": pays.net as f64 / 1e6, "n_examples": material.examples.len(),
            "n_negatives": material.negatives.len(), "texts": texts,
        })
    }
}

/// Looks through the requests since `since`, on `route` or on all; `makers` would write the tools, a
/// program each.
///
/// # Errors
/// The ledger's.
pub async fn suggest(
    accounts: &Accounts,
    makers: &[&Target],
    route: Option<&str>,
    since: Micros,
) -> Result<Suggestions, ledger::Error> {
    let ledger = accounts.ledger();
    let (mut clusters, mut requests, mut heard) = (Clusters::new(Bounds::default()), 0, 0);
    let span = Span { from: since, ..Span::all() };
    let mut after = (Micros::MIN, 0);
    loop {
        let page = ledger.page(span, after, PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        for (_, trace) in &page {
            if is_asked(trace, route) {
                requests += 1;
                heard += usize::from(hear(&mut clusters, trace));
            }
        }
    }
    let maker_cost = makers.iter().map(|target| usual_cost(accounts, target)).sum();
    let economy = Economy { maker_cost, ..Economy::default() };
    let known = known(ledger).await?;
    let worth = clusters.suggestions(&economy).into_iter();
    let worth = worth.filter(|one| !is_known(&known, one.cluster)).map(|one| Suggested {
        route: one.cluster.route.clone(),
        context: one.cluster.context.clone(),
        count: one.cluster.count,
        mean_cost: one.cluster.mean_cost(),
        pays: one.pays,
        material: clusters.task(one.cluster, NEGATIVES),
    });
    Ok(Suggestions { all: worth.collect(), requests, heard })
}

/// Whether a client asked for it on `route`, and was answered.
fn is_asked(trace: &Trace, route: Option<&str>) -> bool {
    let tier = trace.tier.as_deref();
    trace.status == 200
        && tier.is_some_and(|tier| !OTHERS.contains(&tier))
        && trace.route.is_some()
        && route.is_none_or(|route| trace.route.as_deref() == Some(route))
}

/// Whether its texts are there, and are such as a tool may answer.
fn hear(clusters: &mut Clusters, trace: &Trace) -> bool {
    let (Some(request), Some(answer)) = (&trace.bodies.request, &trace.bodies.answer) else { return false };
    let Ok(request) = serde_json::from_str::<ChatRequest>(request) else { return false };
    let Some((context, text)) = asked(&request) else { return false };
    clusters.hear(&Seen {
        trace: &trace.id,
        route: trace.route.as_deref().unwrap_or_default(),
        context: &context,
        text: &text,
        answer,
        large: trace.tier.as_deref() == Some("large"),
        cost: trace.cost,
        time: trace.time,
    });
    true
}

/// The tools that are there, with their routes.
async fn known(ledger: &Ledger) -> Result<Vec<(String, Index)>, ledger::Error> {
    let kept = ledger.tools(None).await?.into_iter().filter(|tool| tool.now.status != "retired");
    let tools: Vec<_> =
        kept.filter_map(|kept| Some((serde_json::from_str::<Tool>(&kept.record).ok()?, kept))).collect();
    let routes: BTreeSet<&str> = tools.iter().map(|(_, kept)| kept.route.as_str()).collect();
    let of_route = |route: &str| {
        let own = tools.iter().filter(|(_, kept)| kept.route == route);
        let entries: Vec<_> = own.map(|(tool, kept)| Entry::new(&kept.id, tool)).collect();
        (route.to_owned(), Index::new(&entries, &[]))
    };
    Ok(routes.into_iter().map(of_route).collect())
}

/// Whether most of these requests find a tool already.
fn is_known(known: &[(String, Index)], cluster: &Cluster) -> bool {
    let Some((_, index)) = known.iter().find(|(route, _)| *route == cluster.route) else { return false };
    let texts: Vec<_> = cluster.texts().take(LOOKED_AT).collect();
    let found = texts.iter().filter(|text| !index.find(&cluster.context, text).is_empty());
    2 * found.count() > texts.len()
}
