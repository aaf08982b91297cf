//! Requests that both models answered, and a simple score of how safe the small model's answer is.
use router::certify::Audit;
use serde::Deserialize;
use std::{collections::HashMap, fs, path::Path};

/// A request that both models answered.
#[derive(Deserialize)]
pub(crate) struct Row {
    domain: String,
    small_score: f64,
    large_score: f64,
    #[serde(default)]
    contaminated: bool,
    #[serde(default)]
    small_answer: Option<String>,
}

impl Row {
    pub(crate) fn harm(&self) -> bool {
        self.large_score > self.small_score
    }

    pub(crate) fn audit(&self, score: f64) -> Audit {
        Audit { score: Some(score), loss: f64::from(self.harm()) }
    }

    /// What is known of an answer at a glance: the subject; where there is a text, whether it ends as it should, and its
    /// length in steps of two to the half.
    fn group(&self) -> String {
        self.small_answer.as_ref().map_or_else(
            || self.domain.clone(),
            |text| format!("{} {}", text.contains("####"), (2.0 * (text.len().max(1) as f64).log2()) as u32),
        )
    }
}

/// The rows of a file of JSON lines, without those that the models were trained on; and how many lines were no rows.
pub(crate) fn read(path: &Path) -> Result<(Vec<Row>, usize), String> {
    let text = fs::read_to_string(path).map_err(|e| e.to_string())?;
    let (mut rows, mut broken) = (Vec::new(), 0);
    for line in text.lines() {
        match serde_json::from_str::<Row>(line) {
            Ok(row) => rows.push(row),
            Err(_) => broken += 1,
        }
    }
    rows.retain(|row| !row.contaminated);
    Ok((rows, broken))
}

/// The mean score of the small model in each group, shrunk to that of all.
pub(crate) struct Score {
    all: f64,
    groups: HashMap<String, f64>,
}

/// How many rows of the mean of all each group is thought to have beside its own.
const SHRINK: f64 = 5.0;

impl Score {
    pub(crate) fn fit(train: &[&Row]) -> Self {
        let all = train.iter().map(|row| row.small_score).sum::<f64>() / train.len().max(1) as f64;
        let mut groups: HashMap<String, (f64, f64)> = HashMap::new();
        for row in train {
            let (sum, n) = groups.entry(row.group()).or_insert((SHRINK * all, SHRINK));
            *sum += row.small_score;
            *n += 1.0;
        }
        Self { all, groups: groups.into_iter().map(|(group, (sum, n))| (group, sum / n)).collect() }
    }

    pub(crate) fn score(&self, row: &Row) -> f64 {
        self.groups.get(&row.group()).copied().unwrap_or(self.all)
    }
}
