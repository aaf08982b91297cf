//! Holds statements that were printed earlier against the ledger: its audits up to theirs are replayed.
use crate::{accounts, config::Config, out};
use gateway::{Live, catch_up_to, toolbox::stated_again};
use ledger::Ledger;
use router::{
    certify::Promise,
    life::Life,
    statement::{Statement, Subject, ToolStatement},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{fs, path::Path};

/// What was stated: of a route, by `kinglet route statement --json` or the admin API, or of a tool, by `kinglet tools show
/// --statement --json` or the admin API.
enum Stated {
    Route(Box<Statement>),
    Tool(Box<ToolStatement>),
}

/// What every statement says.
struct Head<'a> {
    route: &'a str,
    setting: &'a str,
    number: i64,
    hash: &'a str,
    confidence: f64,
    delta: f64,
}

/// Says of each statement in `file` whether hash and figures agree with the ledger.
///
/// # Errors
/// Those that do not, one a line; a file that cannot be read.
pub(super) fn verify(config: &Config, file: &Path) -> Result<(), String> {
    let stated = read(file).map_err(|fault| format!("{}: {fault}", file.display()))?;
    let faults = accounts::with(config, false, async |ledger| {
        let mut all = Vec::new();
        for statement in &stated {
            all.push(faults(statement, ledger).await?);
        }
        Ok(all)
    })?;
    let (agreeing, differing): (Vec<_>, Vec<_>) = stated.iter().zip(&faults).partition(|(_, faults)| faults.is_empty());
    let texts = agreeing.iter().map(|(statement, _)| {
        let Head { number, hash, .. } = statement.head();
        let (who, hash) = (statement.who(), if hash.is_empty() { "-" } else { hash });
        format!("{who}: agrees: the ledger up to audit {number} has the hash {hash}, and leads to these figures\n")
    });
    out::print(&texts.collect::<String>())?;
    let lines = differing
        .iter()
        .map(|(statement, faults)| format!("{}: the ledger says otherwise: {}", statement.who(), faults.join("; ")));
    if differing.is_empty() { Ok(()) } else { Err(lines.collect::<Vec<_>>().join("\n")) }
}

fn read(file: &Path) -> Result<Vec<Stated>, String> {
    let expected = "a statement as `kinglet route statement --json` prints it is expected";
    let text = fs::read_to_string(file).map_err(|e| format!("{e}; {expected}"))?;
    let value: Value = serde_json::from_str(&text).map_err(|e| format!("{e}; {expected}"))?;
    let all = match value.get("statements").and_then(Value::as_array) {
        Some(several) => several.iter().map(Stated::read).collect(),
        None => Stated::read(&value).map(|one| vec![one]),
    };
    let all: Vec<_> = all.map_err(|e| format!("{e}; {expected}"))?;
    if all.is_empty() { Err(format!("no statement found; {expected}")) } else { Ok(all) }
}

impl Stated {
    fn read(value: &Value) -> Result<Self, serde_json::Error> {
        match value.get("tool") {
            Some(_) => ToolStatement::deserialize(value).map(|tool| Self::Tool(Box::new(tool))),
            None => Statement::deserialize(value).map(|route| Self::Route(Box::new(route))),
        }
    }

    fn who(&self) -> String {
        match self {
            Self::Route(statement) => format!("route `{}`", statement.route),
            Self::Tool(statement) => format!("tool `{}` of route `{}`", statement.name, statement.route),
        }
    }

    fn head(&self) -> Head<'_> {
        match self {
            Self::Route(statement) => {
                let Statement { route, setting, number, hash, confidence, delta, .. } = &**statement;
                Head { route, setting, number: *number, hash, confidence: *confidence, delta: *delta }
            }
            Self::Tool(statement) => {
                let ToolStatement { route, setting, number, hash, confidence, delta, .. } = &**statement;
                Head { route, setting, number: *number, hash, confidence: *confidence, delta: *delta }
            }
        }
    }

    /// That what is compared in its setting is not whom it names.
    fn misnamed(&self) -> Option<String> {
        let (names, setting, is_about) = match self {
            Self::Route(statement) => {
                let Statement { small, large, judge, setting, .. } = &**statement;
                let is_about = setting.starts_with(&format!("{small}#"))
                    && setting.contains(&format!(" against {large}, judged by {judge}, signals "));
                ([small, large, judge], setting, is_about || setting.is_empty())
            }
            Self::Tool(statement) => {
                let ToolStatement { tool, large, judge, setting, .. } = &**statement;
                let is_about = *setting == format!("tool {tool} against {large}, judged by {judge}");
                ([tool, large, judge], setting, is_about)
            }
        };
        let [who, large, judge] = names;
        (!is_about).then(|| format!("setting: {who}, {large} and {judge} are stated, compared was {setting}"))
    }

    /// What the ledger leads to up to its last audit.
    async fn replayed(&self, ledger: &Ledger) -> ledger::Result<Map<String, Value>> {
        Ok(match self {
            Self::Route(statement) => fields(&replayed(statement, ledger).await?),
            Self::Tool(statement) => {
                let found = stated_again(ledger, statement).await?;
                let kept = ledger.tools(Some(&statement.route)).await?;
                let name = kept.into_iter().find(|kept| kept.id == statement.tool).map(|kept| kept.name);
                fields(&ToolStatement { name: name.unwrap_or_default(), ..found })
            }
        })
    }

    fn fields(&self) -> Map<String, Value> {
        match self {
            Self::Route(statement) => fields(statement),
            Self::Tool(statement) => fields(statement),
        }
    }
}

/// What of a statement is not so.
async fn faults(statement: &Stated, ledger: &Ledger) -> ledger::Result<Vec<String>> {
    let Head { route, setting, number, confidence, delta, .. } = statement.head();
    let mut faults = Vec::new();
    if !(delta > 0.0 && delta <= 1.0 - confidence + 1e-9) {
        faults.push(format!("delta: {delta} is no part of the error that a confidence of {confidence} leaves"));
    }
    faults.extend(statement.misnamed());
    let n_judged = ledger.series(route, setting, i64::MAX).await?.n_judged;
    if n_judged < number {
        faults.push(format!("number: audits up to {number} are stated, {n_judged} judged ones found in this setting"));
    }
    let (stated, found) = (statement.fields(), statement.replayed(ledger).await?);
    let differing = stated.iter().filter(|(name, value)| !is_same(value, &found[name.as_str()]));
    // the text says again what the fields say, and is the fault only where nothing else is
    let (text, figures): (Vec<_>, Vec<_>) = differing.partition(|(name, _)| *name == "text");
    faults
        .extend(figures.iter().map(|(name, value)| format!("{name}: {value} stated, {} found", found[name.as_str()])));
    if faults.is_empty() && !text.is_empty() {
        faults.push(format!("text: {} expected by its fields", found["text"]));
    }
    Ok(faults)
}

/// What the ledger's audits up to the statement's last lead to, under the promise that it states.
async fn replayed(statement: &Statement, ledger: &Ledger) -> ledger::Result<Statement> {
    let Statement { route, setting, kind, most, judge_error, delta, .. } = statement;
    let promise = Promise { alpha: *most, delta: *delta, kind: *kind, judge_error: *judge_error };
    let mut live = Live::reader(route, setting, Life::new(promise));
    catch_up_to(ledger, &mut live, &[], statement.number).await?;
    let subject = Subject {
        route,
        small: &statement.small,
        large: &statement.large,
        judge: &statement.judge,
        confidence: statement.confidence,
        setting,
        number: live.number,
        hash: &live.hash,
        tools: statement.tools,
    };
    Ok(Statement::new(subject, &promise, &live.life.standing(), ledger::date))
}

fn fields(statement: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(statement) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

/// Numbers may have lost their last digit on their way through a file.
fn is_same(stated: &Value, found: &Value) -> bool {
    match (stated.as_f64(), found.as_f64()) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()),
        _ => stated == found,
    }
}
