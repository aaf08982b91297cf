//! The functions that each tool has, and whether their parameters are what the host will hand them.
use crate::{
    Property, Tool,
    finding::{Finding, FindingKind::Code},
    syntax,
};
use ruff_python_ast::{ModModule, Parameters, Stmt, StmtFunctionDef};
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) fn check(tool: &Tool, module: &ModModule) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut named = |name: &str, form: &str, is_needed: bool| {
        let mut all = module.body.iter().filter_map(|stmt| match stmt {
            Stmt::FunctionDef(function) if function.name.as_str() == name => Some(function),
            _ => None,
        });
        let (first, second) = (all.next(), all.next());
        if let Some(again) = second {
            let line = syntax::line(&tool.code, again.range.start());
            findings.push(Finding::at(line, Code, format!("`{name}` is defined twice")));
        }
        if first.is_none() && is_needed {
            findings.push(Finding::new(Code, format!("no function `{form}` at the top level")));
        }
        first
    };
    let extract = named("extract", "extract(text)", true);
    let run = named("run", "run(...)", true);
    let render = named("render", "render(result, text)", true);
    let claims_inverse = tool.properties.contains(&Property::Inverse);
    let inverse = named("check", "check(result, ...)", claims_inverse);
    let at = |function: &StmtFunctionDef, message: String| {
        Finding::at(syntax::line(&tool.code, function.range.start()), Code, message)
    };
    for (function, expected) in [(extract, &["text"][..]), (render, &["result", "text"][..])] {
        let Some(function) = function else { continue };
        if !is_plain(&function.parameters) || names(&function.parameters) != expected {
            let message = format!("`{}({})` expected, by these names", function.name, expected.join(", "));
            findings.push(at(function, message));
        }
    }
    findings.extend(run.and_then(|run| named_arguments(tool, run, 0)).map(|(run, message)| at(run, message)));
    findings
        .extend(inverse.and_then(|check| named_arguments(tool, check, 1)).map(|(check, message)| at(check, message)));
    findings
}

/// What is wrong with the parameters of `run`, or of `check` after its first.
fn named_arguments<'a>(
    tool: &Tool,
    function: &'a StmtFunctionDef,
    n_before: usize,
) -> Option<(&'a StmtFunctionDef, String)> {
    let parameters = &function.parameters;
    let name = &function.name;
    let all = names(parameters);
    if !is_plain(parameters) || all.len() < n_before {
        let before = if n_before > 0 { "`result`, then " } else { "" };
        return Some((
            function,
            format!("`{name}`: {before}one named parameter for each property of `input` expected"),
        ));
    }
    let properties: BTreeSet<&str> =
        tool.input["properties"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    let found: BTreeSet<&str> = all[n_before..].iter().copied().collect();
    if properties != found {
        let list = |names: &BTreeSet<&str>| names.iter().copied().collect::<Vec<_>>().join(", ");
        let message = format!(
            "`{name}` has the parameters ({}), but the properties of `input` are ({}): the same names expected",
            list(&found),
            list(&properties)
        );
        return Some((function, message));
    }
    let required: BTreeSet<&str> =
        tool.input["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let fixed = parameters.iter_non_variadic_params().skip(n_before).filter(|parameter| parameter.default.is_none());
    let loose = fixed.map(|parameter| parameter.name().as_str()).find(|name| !required.contains(name))?;
    Some((function, format!("`{name}`: `{loose}` has no default, so `input` must list it under `required`")))
}

/// Whether every parameter may be given by its name, and no others.
fn is_plain(parameters: &Parameters) -> bool {
    parameters.posonlyargs.is_empty() && parameters.vararg.is_none() && parameters.kwarg.is_none()
}

fn names(parameters: &Parameters) -> Vec<&str> {
    parameters.iter_non_variadic_params().map(|parameter| parameter.name().as_str()).collect()
}
