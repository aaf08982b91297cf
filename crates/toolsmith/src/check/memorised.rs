//! Whether code holds examples instead of a rule: literals that are whole answers or whole texts.
use crate::{
    Comparison, Example, Tool,
    finding::{Finding, FindingKind::Memorised},
    syntax,
};
use ruff_python_ast::{
    Expr, ModModule, Number, StringLiteral,
    visitor::{Visitor, walk_expr},
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// As few different answers as these may be labels, which a rule has to name.
const MOST_LABELS: usize = 12;
/// Shorter texts and answers stand in code by chance.
const LEAST_TEXT: usize = 20;
const LEAST_ANSWER: usize = 3;

pub(super) fn check(tool: &Tool, module: &ModModule, examples: &[Example], negatives: &[String]) -> Vec<Finding> {
    let mut literals = Literals { code: &tool.code, found: BTreeMap::new() };
    literals.visit_body(&module.body);
    let mut findings = Vec::new();
    let mut texts: BTreeSet<String> = examples.iter().map(|example| plain(&example.text)).collect();
    // what all requests of the kind begin with stands in many a rule, also where a request that was cut there is a negative
    let whole = |text: &String| !texts.iter().any(|example| example.contains(text.as_str()));
    let foreign: Vec<String> = negatives.iter().map(|text| plain(text)).filter(whole).collect();
    texts.extend(foreign);
    for (literal, line) in literals.found.iter().filter(|(literal, _)| literal.chars().count() >= LEAST_TEXT) {
        if texts.iter().any(|text| literal.contains(text.as_str()) && text.chars().count() >= LEAST_TEXT) {
            let message = "the whole text of an example stands in the code: a rule for all such texts expected";
            findings.push(Finding::at(*line, Memorised, message));
        }
    }
    findings.extend(answers(tool, &literals.found, examples));
    findings
}

/// Answers that only one example has are no labels; a rule may name one of them (`no solution`), and not several.
fn answers(tool: &Tool, literals: &BTreeMap<String, usize>, examples: &[Example]) -> Option<Finding> {
    let mut times = BTreeMap::<String, usize>::new();
    for example in examples {
        *times.entry(plain(&example.answer)).or_default() += 1;
    }
    if times.len() <= MOST_LABELS {
        return None;
    }
    let held = |answer: &str| {
        let parts = parts(tool.comparison, answer);
        let lines: Option<Vec<usize>> = parts.iter().map(|part| literals.get(part).copied()).collect();
        lines.filter(|lines| !lines.is_empty()).and_then(|lines| lines.into_iter().min())
    };
    let rare = times.iter().filter(|&(answer, &n)| n == 1 && answer.chars().count() >= LEAST_ANSWER);
    let lines: Vec<usize> = rare.filter_map(|(answer, _)| held(answer)).collect();
    let &line = lines.iter().min().filter(|_| lines.len() > 1)?;
    let message = format!(
        "{} answers of examples stand in the code as literals, which is what memorising them looks like: answers that \
         are computed expected",
        lines.len()
    );
    Some(Finding::at(line, Memorised, message))
}

/// What a program that knows an answer by heart must hold: the answer, or all the values in it.
fn parts(comparison: Comparison, answer: &str) -> Vec<String> {
    fn leaves(value: &Value, parts: &mut Vec<String>) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| leaves(value, parts)),
            Value::Object(fields) => fields.values().for_each(|value| leaves(value, parts)),
            Value::String(text) if text.chars().count() >= LEAST_ANSWER => parts.push(plain(text)),
            Value::Number(number) if number.to_string().len() >= LEAST_ANSWER => parts.push(number.to_string()),
            _ => {}
        }
    }
    match serde_json::from_str::<Value>(answer) {
        Ok(value) if comparison == Comparison::Json => {
            let mut parts = Vec::new();
            leaves(&value, &mut parts);
            parts
        }
        _ => vec![answer.to_owned()],
    }
}

fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Strings and numbers in code, with their lines.
struct Literals<'a> {
    code: &'a str,
    found: BTreeMap<String, usize>,
}

impl Literals<'_> {
    fn add(&mut self, literal: &str, place: ruff_text_size::TextSize) {
        let line = syntax::line(self.code, place);
        self.found.entry(plain(literal)).or_insert(line);
    }
}

impl<'a> Visitor<'a> for Literals<'_> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::StringLiteral(string) => self.add(string.value.to_str(), string.range.start()),
            Expr::NumberLiteral(number) => match &number.value {
                Number::Int(value) => self.add(&value.to_string(), number.range.start()),
                Number::Float(value) => self.add(&value.to_string(), number.range.start()),
                Number::Complex { .. } => {}
            },
            _ => {}
        }
        walk_expr(self, expr);
    }

    fn visit_string_literal(&mut self, literal: &'a StringLiteral) {
        self.add(&literal.value, literal.range.start());
    }
}
