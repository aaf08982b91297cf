//! Holds statements that were printed earlier against the ledger: its audits up to theirs are replayed.
use crate::{accounts, config::Config, out};
use gateway::{Live, catch_up_to};
use ledger::Ledger;
use router::{
    certify::Promise,
    life::Life,
    statement::{Statement, Subject},
};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::{fs, path::Path};

/// What `kinglet route statement --json` prints, or the admin API.
#[derive(Deserialize)]
#[serde(untagged)]
enum Printed {
    Several { statements: Vec<Statement> },
    One(Box<Statement>),
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
    let texts = agreeing.iter().map(|(Statement { route, number, hash, .. }, _)| {
        let hash = if hash.is_empty() { "-" } else { hash };
        format!(
            "route `{route}`: agrees: the ledger up to audit {number} has the hash {hash}, and leads to these figures\n"
        )
    });
    out::print(&texts.collect::<String>())?;
    let lines = differing.iter().map(|(statement, faults)| {
        format!("route `{}`: the ledger says otherwise: {}", statement.route, faults.join("; "))
    });
    if differing.is_empty() { Ok(()) } else { Err(lines.collect::<Vec<_>>().join("\n")) }
}

fn read(file: &Path) -> Result<Vec<Statement>, String> {
    let expected = "a statement as `kinglet route statement --json` prints it is expected";
    let text = fs::read_to_string(file).map_err(|e| format!("{e}; {expected}"))?;
    let value: Value = serde_json::from_str(&text).map_err(|e| format!("{e}; {expected}"))?;
    let all = match Printed::deserialize(&value) {
        Ok(Printed::Several { statements }) => statements,
        Ok(Printed::One(statement)) => vec![*statement],
        // the enumeration would not say which field is missing
        Err(_) => {
            let one = value.get("statements").and_then(|all| all.get(0)).unwrap_or(&value);
            let why = Statement::deserialize(one).err().map_or_else(String::new, |e| e.to_string());
            return Err(format!("{why}; {expected}"));
        }
    };
    if all.is_empty() { Err(format!("no statement found; {expected}")) } else { Ok(all) }
}

/// What of `statement` is not so.
async fn faults(statement: &Statement, ledger: &Ledger) -> ledger::Result<Vec<String>> {
    let Statement { route, setting, confidence, delta, small, large, judge, .. } = statement;
    let mut faults = Vec::new();
    if !(*delta > 0.0 && *delta <= 1.0 - confidence + 1e-9) {
        faults.push(format!("delta: {delta} is no part of the error that a confidence of {confidence} leaves"));
    }
    let is_about = setting.starts_with(&format!("{small}#"))
        && setting.contains(&format!(" against {large}, judged by {judge}, signals "));
    if !is_about && !setting.is_empty() {
        faults.push(format!("setting: {small}, {large} and {judge} are stated, compared was {setting}"));
    }
    let n_judged = ledger.series(route, setting, i64::MAX).await?.n_judged;
    if n_judged < statement.number {
        let number = statement.number;
        faults.push(format!("number: audits up to {number} are stated, {n_judged} judged ones found in this setting"));
    }
    let stated = fields(statement);
    let found = fields(&replayed(statement, ledger).await?);
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

fn fields(statement: &Statement) -> Map<String, Value> {
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
