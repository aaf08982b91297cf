//! Each property with a tool that keeps it and a tool that does not.
use crate::scripted::{gates, sandbox};
use serde_json::{Value, json};
use toolsmith::{Example, FindingKind, Gates, Property, Tool, verify};

const FRAME: &str = r#"
import json

def extract(text):
    if not text.startswith("Names: "):
        return None
    return {"names": text[7:].split(" ")}

def run(names):
    RUN

def check(result, names):
    CHECK

def render(result, text):
    return json.dumps(result)
"#;

fn argument() -> String {
    "names".to_owned()
}

/// The findings for a tool whose `run` ends in `run`; its examples are whatever `right` says.
async fn kinds(property: Property, run: &str, check: &str, right: fn(&[&str]) -> Value) -> Vec<(FindingKind, String)> {
    let schema = json!({
        "type": "object",
        "properties": {"names": {"type": "array", "items": {"type": "string"}, "description": "Names."}},
        "required": ["names"],
    });
    let lists = ["Eva Bo Ann", "Tim Ann Ian Bo", "Zoe Al Ed", "Kai Ann", "Lu Ann Jo Pia Cy", "Ida Moe Al"];
    let example = |list: &&str| {
        let names: Vec<&str> = list.split(' ').collect();
        Example { text: format!("Names: {list}"), answer: right(&names).to_string(), source: None }
    };
    let tool = Tool {
        name: "names".to_owned(),
        description: "Does something with names.".to_owned(),
        code: FRAME.replace("RUN", run).replace("CHECK", check),
        input: schema,
        output: json!({}),
        comparison: toolsmith::Comparison::Json,
        properties: vec![property],
        ..Tool::default()
    };
    let held_out: Vec<Example> = lists.iter().map(example).collect();
    let gates = Gates { held_out: 6, mutants: 0, ..gates() };
    match verify(&sandbox().await, &tool, &held_out, &["What?".to_owned()], &gates).await {
        Ok(report) => {
            assert!(report.n_properties > 0);
            Vec::new()
        }
        Err(findings) => findings.iter().map(|finding| (finding.kind, finding.to_string())).collect(),
    }
}

fn is_broken(kinds: &[(FindingKind, String)], told: &str) {
    assert!(matches!(kinds, [(FindingKind::Property, text)] if text.contains(told)), "{kinds:?}");
}

fn least(names: &[&str]) -> Value {
    json!(names.iter().min())
}

fn first(names: &[&str]) -> Value {
    json!(names[0])
}

fn sorted(names: &[&str]) -> Value {
    let mut names = names.to_vec();
    names.sort_unstable();
    json!(names)
}

#[tokio::test]
async fn shuffle_invariance() {
    let claim = || Property::ShuffleInvariant { argument: argument() };
    assert_eq!(kinds(claim(), "return min(names)", "return True", least).await, []);
    is_broken(&kinds(claim(), "return names[0]", "return True", first).await, "`shuffle_invariant` does not hold in");
}

#[tokio::test]
async fn renaming_equivariance() {
    let claim = || Property::RenamingEquivariant { argument: argument() };
    assert_eq!(kinds(claim(), "return names[0]", "return True", first).await, []);
    is_broken(
        &kinds(claim(), "return min(names)", "return True", least).await,
        "`renaming_equivariant` does not hold in",
    );
}

#[tokio::test]
async fn idempotence() {
    let claim = || Property::Idempotent { argument: argument() };
    assert_eq!(kinds(claim(), "return sorted(names)", "return True", sorted).await, []);
    let turned = |names: &[&str]| json!(names.iter().rev().collect::<Vec<_>>());
    is_broken(
        &kinds(claim(), "return names[::-1]", "return True", turned).await,
        "`idempotent` does not hold in 6 of 6",
    );
    // the result is no such argument at all
    is_broken(&kinds(claim(), "return names[0]", "return True", first).await, "`idempotent` does not hold in 6 of 6");
}

#[tokio::test]
async fn one_of() {
    let claim = || Property::OneOf { argument: argument() };
    assert_eq!(kinds(claim(), "return names[0]", "return True", first).await, []);
    let length = |names: &[&str]| json!(names.len());
    is_broken(&kinds(claim(), "return len(names)", "return True", length).await, "`one_of` does not hold in 6 of 6");
}

#[tokio::test]
async fn permutation() {
    let claim = || Property::Permutes { argument: argument() };
    assert_eq!(kinds(claim(), "return sorted(names)", "return True", sorted).await, []);
    let shorter = |names: &[&str]| json!(names[1..]);
    is_broken(&kinds(claim(), "return names[1:]", "return True", shorter).await, "`permutes` does not hold in 6 of 6");
}

#[tokio::test]
async fn inverse() {
    let claim = || Property::Inverse;
    let right = "return result == min(names)";
    assert_eq!(kinds(claim(), "return min(names)", right, least).await, []);
    is_broken(&kinds(claim(), "return min(names)", "return result == names[0]", least).await, "`check` refuses");
    is_broken(&kinds(claim(), "return min(names)", "return True", least).await, "said yes to every result");
}

#[tokio::test]
async fn a_property_that_cannot_be_tried_is_no_proof() {
    let claim = Property::ShuffleInvariant { argument: argument() };
    let kinds = kinds(claim.clone(), "return names[0]", "return True", first).await;
    assert_eq!(kinds.len(), 1);
    let nobody = Property::OneOf { argument: "nobody".to_owned() };
    let kinds = self::kinds(nobody, "return names[0]", "return True", first).await;
    assert!(
        matches!(&kinds[..], [(FindingKind::Schema, text)] if text.contains("`nobody` is no property")),
        "{kinds:?}"
    );
}
