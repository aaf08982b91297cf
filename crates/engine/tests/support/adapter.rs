//! Adapters for tests, in the form that llama.cpp writes, and what they do to the weights of a model.
use crate::{rng::Rng, writer::File};
use engine::quant::{self, Type};

/// An adapter for `family`: the tensors that it changes, as `(name, [n_in, n_out])`.
#[derive(Clone)]
pub(crate) struct Forged {
    pub family: &'static str,
    pub places: Vec<(String, Vec<usize>)>,
    pub rank: usize,
    pub alpha: f32,
    pub kind: Type,
    pub seed: u64,
}

/// A and B of one place, as a file has them: rows after rows.
struct Pair {
    a: (Vec<usize>, Vec<f32>),
    b: (Vec<usize>, Vec<f32>),
}

impl Forged {
    /// One that changes every matrix among `tensors`.
    pub(crate) fn new(family: &'static str, tensors: Vec<(String, Vec<usize>)>, seed: u64) -> Self {
        let places = tensors.into_iter().filter(|(_, shape)| shape.len() == 2).collect();
        Self { family, places, rank: 3, alpha: 6.0, kind: Type::F32, seed }
    }

    fn pair(&self, name: &str, shape: &[usize]) -> Pair {
        let seed = name.bytes().fold(self.seed, |h, b| h.wrapping_mul(0x0100_0000_01b3) ^ u64::from(b));
        let mut rng = Rng(seed);
        let [n_in, n_out] = shape else { unreachable!("a matrix") };
        let (a, b) = match name {
            "token_embd.weight" => ([self.rank, *n_out], [self.rank, *n_in]),
            _ => ([*n_in, self.rank], [self.rank, *n_out]),
        };
        let mut random = |[row, n]: [usize; 2], width: f32| {
            let values = (0..row * n).map(|_| width * ((rng.next() >> 40) as f32 / (1u64 << 23) as f32 - 1.0));
            (vec![row, n], self.round(values.collect()))
        };
        Pair { a: random(a, 1.5 / (*n_in as f32).sqrt()), b: random(b, 0.5) }
    }

    /// What the file's type leaves of `values`.
    fn round(&self, values: Vec<f32>) -> Vec<f32> {
        match self.kind {
            Type::F16 => values.into_iter().map(|x| half::f16::from_f32(x).to_f32()).collect(),
            Type::BF16 => values.into_iter().map(|x| half::bf16::from_f32(x).to_f32()).collect(),
            Type::Q8_0 => {
                let mut out = vec![0.0; values.len()];
                quant::dequantise(Type::Q8_0, &q8_0(&values), &mut out);
                out
            }
            _ => values,
        }
    }

    fn bytes(&self, values: &[f32]) -> Vec<u8> {
        match self.kind {
            Type::F16 => values.iter().flat_map(|x| half::f16::from_f32(*x).to_le_bytes()).collect(),
            Type::BF16 => values.iter().flat_map(|x| half::bf16::from_f32(*x).to_le_bytes()).collect(),
            Type::Q8_0 => q8_0(values),
            _ => values.iter().flat_map(|x| x.to_le_bytes()).collect(),
        }
    }

    /// The file.
    pub(crate) fn file(&self) -> File {
        let mut file = File::new();
        file.set("general.type", "adapter");
        file.set("general.architecture", self.family);
        file.set("adapter.type", "lora");
        file.set("adapter.lora.alpha", self.alpha);
        let id = (0..64).find(|id| Type::from_id(*id) == Ok(self.kind)).expect("a known type");
        for (name, shape) in &self.places {
            let Pair { a, b } = self.pair(name, shape);
            for (end, (shape, values)) in [("a", a), ("b", b)] {
                file.add(&format!("{name}.lora_{end}"), &shape, id, self.bytes(&values));
            }
        }
        file
    }

    /// Adds what the adapter adds to the tensor `name`.
    pub(crate) fn merge(&self, name: &str, weights: &mut [f64], scale: f64) {
        let Some((_, shape)) = self.places.iter().find(|(place, _)| place == name) else { return };
        let Pair { a: (_, a), b: (_, b) } = self.pair(name, shape);
        let alpha = if self.alpha == 0.0 { 1.0 } else { f64::from(self.alpha) / self.rank as f64 };
        let (n_in, rank) = (shape[0], self.rank);
        for (i, w) in weights.iter_mut().enumerate() {
            let (row, column) = (i / n_in, i % n_in);
            let products = (0..rank).map(|r| match name {
                "token_embd.weight" => f64::from(a[row * rank + r]) * f64::from(b[column * rank + r]),
                _ => f64::from(b[row * rank + r]) * f64::from(a[r * n_in + column]),
            });
            *w += scale * alpha * products.sum::<f64>();
        }
    }
}

fn q8_0(values: &[f32]) -> Vec<u8> {
    let block = |x: &[f32]| {
        let d = half::f16::from_f32(x.iter().fold(0.0f32, |max, x| max.max(x.abs())) / 127.0);
        let q = x.iter().map(move |x| (x / d.to_f32()).round() as i8 as u8).collect::<Vec<_>>();
        [d.to_le_bytes().to_vec(), q].concat()
    };
    values.chunks(32).flat_map(block).collect()
}
