//! Runs a tool's functions: JSON in, JSON out, in an interpreter that knows no files, no clock and no network.
use super::{Call, Fault, FaultKind, Limits, Outcome, first, protocol::MOST_NESTED};
use monty::MontyRun;
use monty_types::{CompileOptions, ExcType, MontyException, MontyObject, PrintWriter, ResourceLimits, ResourceTracker};
use serde_json::{Map, Number, Value};
use std::collections::HashMap;

/// Programs that are kept compiled; when there are more, all are forgotten.
const MOST_PROGRAMS: usize = 256;
/// Characters of what was raised that are quoted.
const MOST_QUOTED: usize = 400;
/// What follows a tool's code, in names that no tool may use.
const DRIVER: &str = r#"

def kinglet_call_(do, text, arguments, result):
    if do == "extract":
        return [extract(text), None, None]
    if do == "run":
        return [None, run(**arguments), None]
    if do == "render":
        return [None, None, render(result, text)]
    if do == "check":
        return [None, check(result, **arguments), None]
    arguments = extract(text)
    if type(arguments) is not dict:
        return [arguments, None, None]
    result = run(**arguments)
    return [arguments, result, render(result, text)]

kinglet_call_(kinglet_do_, kinglet_text_, kinglet_arguments_, kinglet_result_)
"#;

/// Programs by their code.
#[derive(Default)]
pub(super) struct Programs(HashMap<String, MontyRun>);

impl Programs {
    /// Runs `code`, whose names begin anew with each call.
    pub(super) fn call(&mut self, code: &str, call: Call, limits: &Limits) -> Result<Outcome, Fault> {
        let n_lines = code.lines().count();
        let program = self.program(code)?;
        let (given, is_whole) = inputs(call)?;
        let used = ResourceLimits {
            max_duration: Some(limits.time),
            max_recursion_depth: limits.depth,
            ..ResourceLimits::default()
        };
        let given = program.run(given, ResourceTracker::new(used), PrintWriter::Disabled);
        let given = given.map_err(|error| raised(&error, n_lines))?;
        let outcome = outcome(given)?;
        if is_whole && outcome.answer.is_none() && outcome.arguments.is_some() {
            return Err(Fault::new(FaultKind::Value, "`render` must return a text"));
        }
        Ok(outcome)
    }

    fn program(&mut self, code: &str) -> Result<&MontyRun, Fault> {
        if !self.0.contains_key(code) {
            let n_lines = code.lines().count();
            let names = ["do", "text", "arguments", "result"].map(|name| format!("kinglet_{name}_"));
            let whole = format!("{code}{DRIVER}");
            let program = MontyRun::new(whole, "tool.py", names.to_vec(), CompileOptions::default());
            let program = program.map_err(|error| fault(FaultKind::Code, &error, n_lines))?;
            if self.0.len() >= MOST_PROGRAMS {
                self.0.clear();
            }
            self.0.insert(code.to_owned(), program);
        }
        self.0.get(code).ok_or_else(|| Fault::new(FaultKind::Code, "no program; this is a defect"))
    }
}

/// What the driver is given, and whether all three functions are asked for.
fn inputs(call: Call) -> Result<(Vec<MontyObject>, bool), Fault> {
    let none = || MontyObject::None;
    let (name, text, arguments, result) = match call {
        Call::Answer { text } => ("answer", MontyObject::String(text), none(), none()),
        Call::Extract { text } => ("extract", MontyObject::String(text), none(), none()),
        Call::Run { arguments } => ("run", none(), object(Value::Object(arguments), 0)?, none()),
        Call::Render { result, text } => ("render", MontyObject::String(text), none(), object(result, 0)?),
        Call::Check { result, arguments } => {
            ("check", none(), object(Value::Object(arguments), 0)?, object(result, 0)?)
        }
    };
    Ok((vec![MontyObject::String(name.to_owned()), text, arguments, result], name == "answer"))
}

fn outcome(given: MontyObject) -> Result<Outcome, Fault> {
    let expected = || Fault::new(FaultKind::Value, "the driver returned nothing of use");
    let MontyObject::List(parts) = given else { return Err(expected()) };
    let [arguments, result, answer] = <[MontyObject; 3]>::try_from(parts).map_err(|_| expected())?;
    let arguments = match arguments {
        MontyObject::None => None,
        given => match value(given, 0)? {
            Value::Object(arguments) => Some(arguments),
            _ => return Err(Fault::new(FaultKind::Value, "`extract` must return a dict or None")),
        },
    };
    let answer = match answer {
        MontyObject::None => None,
        MontyObject::String(answer) => Some(answer),
        _ => return Err(Fault::new(FaultKind::Value, "`render` must return a text")),
    };
    Ok(Outcome { arguments, result: Some(value(result, 0)?), answer })
}

/// JSON as Python has it.
fn object(value: Value, depth: usize) -> Result<MontyObject, Fault> {
    check_depth(depth)?;
    Ok(match value {
        Value::Null => MontyObject::None,
        Value::Bool(value) => MontyObject::Bool(value),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(value), _) => MontyObject::Int(value),
            (None, Some(value)) => MontyObject::Float(value),
            _ => return Err(Fault::new(FaultKind::Value, format!("{number}: a number of 64 bits expected"))),
        },
        Value::String(text) => MontyObject::String(text),
        Value::Array(values) => {
            MontyObject::List(values.into_iter().map(|value| object(value, depth + 1)).collect::<Result<_, _>>()?)
        }
        Value::Object(fields) => {
            let pair = |(name, value)| Ok((MontyObject::String(name), object(value, depth + 1)?));
            MontyObject::Dict(fields.into_iter().map(pair).collect::<Result<Vec<_>, _>>()?.into())
        }
    })
}

/// What Python has, as JSON: tuples are lists, and all that JSON lacks is refused.
fn value(object: MontyObject, depth: usize) -> Result<Value, Fault> {
    check_depth(depth)?;
    let list =
        |values: Vec<MontyObject>| values.into_iter().map(|v| value(v, depth + 1)).collect::<Result<Vec<_>, _>>();
    Ok(match object {
        MontyObject::None => Value::Null,
        MontyObject::Bool(value) => Value::Bool(value),
        MontyObject::Int(value) => value.into(),
        MontyObject::Float(value) => Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| Fault::new(FaultKind::Value, format!("{value}: a finite number expected")))?,
        MontyObject::String(text) => Value::String(text),
        MontyObject::List(values) | MontyObject::Tuple(values) => Value::Array(list(values)?),
        MontyObject::Dict(pairs) => {
            let mut fields = Map::new();
            for (name, inner) in pairs {
                let MontyObject::String(name) = name else {
                    return Err(Fault::new(FaultKind::Value, "a dict with texts as keys expected"));
                };
                fields.insert(name, value(inner, depth + 1)?);
            }
            Value::Object(fields)
        }
        other => {
            let (name, what) = (other.type_name(), "numbers of 64 bits, texts, lists and dicts expected");
            return Err(Fault::new(FaultKind::Value, format!("a value that is no JSON was returned ({name}): {what}")));
        }
    })
}

fn check_depth(depth: usize) -> Result<(), Fault> {
    if depth <= MOST_NESTED {
        return Ok(());
    }
    Err(Fault::new(FaultKind::Value, format!("a value nested deeper than {MOST_NESTED}")))
}

fn raised(error: &MontyException, n_lines: usize) -> Fault {
    let kind = match error.exc_type() {
        ExcType::TimeoutError => FaultKind::Time,
        ExcType::MemoryError => FaultKind::Memory,
        ExcType::SyntaxError => FaultKind::Code,
        _ => FaultKind::Raised,
    };
    fault(kind, error, n_lines)
}

/// Says what was raised and where in the code, of which there are `n_lines`: what follows is the driver.
fn fault(kind: FaultKind, error: &MontyException, n_lines: usize) -> Fault {
    let within = error.traceback().iter().rev().find(|frame| frame.start.line as usize <= n_lines);
    let place = within.map(|frame| match &frame.frame_name {
        Some(name) => format!(" (line {}, in {name})", frame.start.line),
        None => format!(" (line {})", frame.start.line),
    });
    let kept = first(error.message().unwrap_or_default(), MOST_QUOTED);
    let colon = if kept.is_empty() { "" } else { ": " };
    Fault::new(kind, format!("{}{colon}{kept}{}", error.exc_type(), place.unwrap_or_default()))
}
