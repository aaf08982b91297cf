//! A linear model of what comes of a request over one set of features: of the prompt alone, or of the answer too.
use super::table::Table;
use crate::{
    features::Features,
    logistic::{Each, Problem, Rows, softmax},
};
use serde::{Deserialize, Serialize};

/// Outcomes: both models are right, the large one is better, the small one is, neither is right.
pub(super) const HEADS: usize = 4;

/// How strongly weights are drawn to the prior's: the higher, the less is believed of few examples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pull {
    /// Of each dense feature, in units of its standard deviation.
    pub(super) dense: f64,
    /// Of tags.
    pub(super) tag: f64,
    /// Of the prompt's words.
    pub(super) asked: f64,
    /// Of the answer's words.
    pub(super) answered: f64,
}

/// One linear model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct View {
    base: [f32; HEADS],
    names: Vec<String>,
    /// Mean and standard deviation of each dense feature.
    scales: Vec<[f32; 2]>,
    dense: Vec<[f32; HEADS]>,
    tags: Table<HEADS>,
    asked: Table<HEADS>,
    answered: Table<HEADS>,
}

impl View {
    /// Fits `targets` from `features`, drawn to `prior`, whose scales are kept.
    pub(super) fn fit(features: &[Features<'_>], targets: &[Each<HEADS>], prior: Option<&Self>, pull: &Pull) -> Self {
        let mut view = Self::prepare(features, prior);
        let mut rows = Rows::new();
        for one in features {
            view.columns(one, |column, value| rows.push(column, value));
            rows.end();
        }
        let start: Vec<Each<HEADS>> = view.weights().map(|w| w.map(f64::from)).collect();
        let base = if prior.is_some() { 2.0 } else { 2e-2 };
        let groups = [
            (1, base),
            (view.dense.len(), pull.dense),
            (view.tags.weights().len(), pull.tag),
            (view.asked.weights().len(), pull.asked),
            (view.answered.weights().len(), pull.answered),
        ];
        let pull: Vec<f64> = groups.iter().flat_map(|&(n, pull)| std::iter::repeat_n(pull, n)).collect();
        let fitted = Problem { rows: &rows, targets, prior: &start, pull: &pull }.fit();
        view.learn(&fitted);
        view
    }

    /// Each outcome's probability.
    pub(super) fn estimate(&self, features: &Features<'_>) -> Each<HEADS> {
        let mut z = self.base.map(f64::from);
        let mut add = |weights: &[f32; HEADS], value: f32| {
            z.iter_mut().zip(weights).for_each(|(z, &w)| *z += f64::from(w * value));
        };
        for (i, value) in self.standard(features) {
            add(&self.dense[i], value);
        }
        if let Some(tag) = features.tag {
            self.tags.find(&[tag], |i, _| add(&self.tags.weights()[i], 1.0));
        }
        self.asked.find(features.asked, |i, value| add(&self.asked.weights()[i], value));
        self.answered.find(features.answered, |i, value| add(&self.answered.weights()[i], value));
        softmax(z).0
    }

    /// Whether its parts fit together, as those of a file may not.
    pub(super) fn is_whole(&self) -> bool {
        self.names.len() == self.scales.len() && self.names.len() == self.dense.len()
    }

    /// What a fit starts from: the prior's weights, zero where it has none.
    fn prepare(features: &[Features<'_>], prior: Option<&Self>) -> Self {
        let texts = |of: fn(&Features<'_>) -> Vec<u32>| features.iter().map(of).collect::<Vec<_>>();
        let (asked, answered) = (texts(|f| f.asked.to_vec()), texts(|f| f.answered.to_vec()));
        let tags = texts(|f| f.tag.into_iter().collect());
        let slices = |of: &[Vec<u32>], least, prior| Table::of(of.iter().map(Vec::as_slice), least, prior);
        let tables = Self {
            tags: slices(&tags, 1, prior.map(|p| &p.tags)),
            asked: slices(&asked, 2, prior.map(|p| &p.asked)),
            answered: slices(&answered, 2, prior.map(|p| &p.answered)),
            ..Self::default()
        };
        match prior {
            Some(p) => Self {
                base: p.base,
                names: p.names.clone(),
                scales: p.scales.clone(),
                dense: p.dense.clone(),
                ..tables
            },
            None => {
                let names: Vec<String> =
                    features.first().iter().flat_map(|f| f.dense.iter().map(|(name, _)| (*name).to_owned())).collect();
                let scales: Vec<[f32; 2]> = (0..names.len()).map(|i| scale(features, i)).collect();
                Self { dense: vec![[0.0; HEADS]; names.len()], names, scales, ..tables }
            }
        }
    }

    /// Dense features by place, standardised; what is unknown counts as the mean. Five deviations at most.
    fn standard<'a>(&'a self, features: &'a Features<'_>) -> impl Iterator<Item = (usize, f32)> + 'a {
        let known = self.names.iter().zip(&self.scales).zip(&features.dense).enumerate();
        known.filter_map(|(i, ((name, [mean, sd]), (found, value)))| {
            let value = value.filter(|v| name == found && v.is_finite() && *sd > 0.0)?;
            Some((i, ((value - mean) / sd).clamp(-5.0, 5.0)))
        })
    }

    /// All columns of a row: one for the base, dense features, tags, words of the prompt and of the answer.
    fn columns(&self, features: &Features<'_>, mut tell: impl FnMut(usize, f32)) {
        tell(0, 1.0);
        self.standard(features).for_each(|(i, value)| tell(1 + i, value));
        let tags = 1 + self.dense.len();
        if let Some(tag) = features.tag {
            self.tags.find(&[tag], |i, _| tell(tags + i, 1.0));
        }
        let asked = tags + self.tags.weights().len();
        self.asked.find(features.asked, |i, value| tell(asked + i, value));
        let answered = asked + self.asked.weights().len();
        self.answered.find(features.answered, |i, value| tell(answered + i, value));
    }

    /// Weights in the order of columns.
    fn weights(&self) -> impl Iterator<Item = [f32; HEADS]> + '_ {
        let tables = [&self.tags, &self.asked, &self.answered].into_iter().flat_map(|t| t.weights());
        std::iter::once(&self.base).chain(&self.dense).chain(tables).copied()
    }

    fn learn(&mut self, fitted: &[Each<HEADS>]) {
        let mut fitted = fitted.iter().map(|w| w.map(|w| w as f32));
        if let Some(base) = fitted.next() {
            self.base = base;
        }
        self.dense.iter_mut().zip(fitted.by_ref()).for_each(|(old, new)| *old = new);
        for table in [&mut self.tags, &mut self.asked, &mut self.answered] {
            table.learn(fitted.by_ref());
        }
    }
}

/// Mean and standard deviation of a dense feature where it is known; 0 deviation where it says nothing.
fn scale(features: &[Features<'_>], i: usize) -> [f32; 2] {
    let values: Vec<f64> =
        features.iter().filter_map(|f| f.dense[i].1).filter(|v| v.is_finite()).map(f64::from).collect();
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
    let sd = variance.sqrt();
    [mean as f32, if sd > 1e-6 * (1.0 + mean.abs()) { sd as f32 } else { 0.0 }]
}
