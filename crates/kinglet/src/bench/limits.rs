//! The machine's limits: bytes a second from memory, 8-bit products a second, and what a model asks of both.
use engine::gguf::Gguf;
use serde::Serialize;
use std::{thread, time::Instant};

/// Measurements of each limit, of which the best counts: a limit is what is possible.
const TRIES: usize = 5;

/// What this machine can do at most, as seen.
#[derive(Clone, Copy, Serialize)]
pub(super) struct Limits {
    /// Bytes a second that one thread reads.
    pub(super) read_one: f64,
    /// That all threads read.
    pub(super) read_all: f64,
    /// 8-bit multiplications and additions a second of all threads.
    pub(super) dots: f64,
    /// With which instructions.
    pub(super) dots_by: &'static str,
}

impl Limits {
    /// Measures them, with `n_threads` threads for all.
    pub(super) fn measure(n_threads: usize) -> Self {
        let best = |n| (0..TRIES).map(|_| bandwidth(n)).fold(0.0, f64::max);
        let dots: Vec<_> = (0..TRIES).map(|_| engine::dot_rate(n_threads)).collect();
        Self {
            read_one: best(1),
            read_all: best(n_threads),
            dots: dots.iter().map(|d| d.per_second).fold(0.0, f64::max),
            dots_by: dots.first().map_or("", |d| d.instructions),
        }
    }

    /// The better of two measurements.
    pub(super) fn or(self, other: Self) -> Self {
        let (read_one, read_all) = (self.read_one.max(other.read_one), self.read_all.max(other.read_all));
        Self { read_one, read_all, dots: self.dots.max(other.dots), ..self }
    }
}

/// What a model asks of the machine, by its file.
#[derive(Clone, Copy, Serialize)]
pub(super) struct Demand {
    /// Bytes of weights that each step of a decode reads.
    pub(super) bytes_per_step: f64,
    /// Bytes of keys and values for each token of context.
    pub(super) kv_bytes_per_token: f64,
    /// Multiplications and additions of a prompt's token: two for each weight of the layers.
    pub(super) ops_per_token: f64,
}

impl Demand {
    /// Of the model in `file`.
    pub(super) fn of(file: &Gguf, kv_bytes_per_token: u64) -> Self {
        // of an embedding that is not the output too, a step reads a row
        let has_output = file.tensor("output.weight").is_some();
        let read = file.tensors().iter().filter(|t| !(has_output && t.name == "token_embd.weight"));
        let layers = file.tensors().iter().filter(|t| t.name.starts_with("blk.") && t.shape.len() > 1);
        Self {
            bytes_per_step: read.map(|t| t.n_bytes()).sum::<usize>() as f64,
            kv_bytes_per_token: kv_bytes_per_token as f64,
            ops_per_token: 2.0 * layers.map(|t| t.n_elements()).sum::<usize>() as f64,
        }
    }

    /// The share of `limits` that a prefill of `rate` tokens a second reaches.
    pub(super) fn prefill_share(&self, limits: &Limits, rate: f64) -> f64 {
        rate * self.ops_per_token / limits.dots
    }

    /// The share of `limits` that a decode reaches whose `streams` at a mean depth of `depth` give `rate` tokens together.
    pub(super) fn decode_share(&self, limits: &Limits, rate: f64, streams: f64, depth: f64) -> f64 {
        rate * (self.bytes_per_step / streams + self.kv_bytes_per_token * depth) / limits.read_all
    }
}

/// Bytes a second that `n_threads` threads read from memory, each its own part of 512 MB: far more than most caches.
pub(super) fn bandwidth(n_threads: usize) -> f64 {
    const WORDS: usize = 64 << 20;
    let data = vec![1u64; WORDS];
    let started = Instant::now();
    thread::scope(|scope| {
        for part in data.chunks(WORDS.div_ceil(n_threads.max(1))) {
            scope.spawn(move || {
                let mut sums = [0u64; 16];
                for words in part.as_chunks::<16>().0 {
                    for (sum, word) in sums.iter_mut().zip(words) {
                        *sum = sum.wrapping_add(*word);
                    }
                }
                std::hint::black_box(sums)
            });
        }
    });
    size_of_val(&data[..]) as f64 / started.elapsed().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_follow_from_what_is_read_and_computed() {
        let limits = Limits { read_one: 5e9, read_all: 10e9, dots: 1e12, dots_by: "" };
        let demand = Demand { bytes_per_step: 1e8, kv_bytes_per_token: 1e4, ops_per_token: 1e9 };
        assert!((demand.prefill_share(&limits, 500.0) - 0.5).abs() < 1e-9);
        assert!((demand.decode_share(&limits, 50.0, 1.0, 0.0) - 0.5).abs() < 1e-9);
        assert!((demand.decode_share(&limits, 50.0, 16.0, 1000.0) - 50.0 * 1.625e7 / 1e10).abs() < 1e-9);
        let faster = Limits { read_all: 20e9, dots: 1e11, ..limits };
        assert_eq!((limits.or(faster).read_all, limits.or(faster).dots), (20e9, 1e12));
    }
}
