//! Chooses the next token from logits.
use crate::{
    Error, Kind,
    forward::{Logits, Need},
};

/// Most tokens for which finding the best is cheaper than knowing all.
const MOST_BEST: usize = 64;

/// How to choose tokens. The default is greedy without penalties.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampling {
    /// 0 is greedy.
    pub temperature: f32,
    /// Keep the k most likely; 0 keeps all.
    pub top_k: usize,
    /// Keep the smallest set whose probability reaches this; 1 keeps all.
    pub top_p: f32,
    /// Drop what is less likely than this share of the most likely; 0 keeps all.
    pub min_p: f32,
    /// Divide (multiply, if negative) the logit of tokens seen in the last `penalty_window`; 1 is off.
    pub repetition_penalty: f32,
    /// Subtract from tokens that were generated.
    pub presence_penalty: f32,
    /// Subtract, times how often a token was generated.
    pub frequency_penalty: f32,
    /// Tokens that `repetition_penalty` looks back over, prompt included.
    pub penalty_window: usize,
    /// Added to the logit of a token.
    pub logit_bias: Vec<(u32, f32)>,
    /// The same seed gives the same tokens.
    pub seed: u64,
}

impl Default for Sampling {
    fn default() -> Self {
        Self {
            temperature: 0.0,
            top_k: 0,
            top_p: 1.0,
            min_p: 0.0,
            repetition_penalty: 1.0,
            presence_penalty: 0.0,
            frequency_penalty: 0.0,
            penalty_window: 64,
            logit_bias: Vec::new(),
            seed: 0,
        }
    }
}

impl Sampling {
    /// Checks every value for a vocabulary of `n_vocab` tokens.
    ///
    /// # Errors
    /// Input; the message begins with the field's name.
    pub fn check(&self, n_vocab: usize) -> Result<(), Error> {
        let ranges = [
            ("temperature", self.temperature, 0.0, 100.0),
            ("top_p", self.top_p, 0.0, 1.0),
            ("min_p", self.min_p, 0.0, 1.0),
            ("repetition_penalty", self.repetition_penalty, 0.01, 100.0),
            ("presence_penalty", self.presence_penalty, -100.0, 100.0),
            ("frequency_penalty", self.frequency_penalty, -100.0, 100.0),
        ];
        for (name, value, low, high) in ranges {
            if !(low..=high).contains(&value) {
                return Err(Error::new(Kind::Input, format!("{name}: {low} to {high} expected, {value} found")));
            }
        }
        match self.logit_bias.iter().find(|(id, bias)| *id as usize >= n_vocab || bias.is_nan()) {
            Some((id, bias)) => Err(Error::new(
                Kind::Input,
                format!("logit_bias: token ids below {n_vocab} and numbers expected, {id}: {bias} found"),
            )),
            None => Ok(()),
        }
    }
}

/// The state of one sequence's sampler: its random numbers.
pub(crate) struct Sampler {
    sampling: Sampling,
    state: u64,
}

impl Sampler {
    pub(crate) fn new(sampling: Sampling) -> Self {
        Self { state: sampling.seed, sampling }
    }

    /// Which logits [`Self::choose`] will choose from.
    pub(crate) fn need(&self, tokens: &[u32], n_prompt: usize) -> Need {
        let s = &self.sampling;
        let n = if s.temperature == 0.0 { 1 } else { s.top_k };
        if n == 0 || n > MOST_BEST {
            return Need::All;
        }
        let mut also: Vec<u32> = s.logit_bias.iter().map(|(id, _)| *id).collect();
        if s.repetition_penalty != 1.0 {
            also.extend(&tokens[tokens.len().saturating_sub(s.penalty_window)..]);
        }
        if s.presence_penalty != 0.0 || s.frequency_penalty != 0.0 {
            also.extend(&tokens[n_prompt..]);
        }
        also.sort_unstable();
        also.dedup();
        Need::Best { n, also, allowed: None }
    }

    /// Chooses from `logits`, which it changes; `tokens` are prompt and answer, `n_prompt` of them the prompt.
    pub(crate) fn choose(&mut self, logits: &mut Logits<'_>, tokens: &[u32], n_prompt: usize) -> u32 {
        self.penalise(logits, tokens, n_prompt);
        let s = &self.sampling;
        if s.temperature == 0.0 {
            return logits.best();
        }
        let mut candidates = logits.pairs();
        // ties go to the lower id, so that the order is the same everywhere
        let by_logit = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if s.top_k > 0 && s.top_k < candidates.len() {
            candidates.select_nth_unstable_by(s.top_k - 1, by_logit);
            candidates.truncate(s.top_k);
        }
        candidates.sort_unstable_by(by_logit);
        let max = candidates[0].1;
        candidates.iter_mut().for_each(|c| c.1 = (c.1 - max).exp());
        cut_tail(&mut candidates, s.top_p, s.min_p);
        // temperature last: which tokens may be chosen does not depend on it
        candidates.iter_mut().for_each(|c| c.1 = c.1.powf(1.0 / s.temperature));
        self.draw(&candidates)
    }

    fn penalise(&self, logits: &mut Logits<'_>, tokens: &[u32], n_prompt: usize) {
        let s = &self.sampling;
        for (id, bias) in &s.logit_bias {
            logits.get_mut(*id).into_iter().for_each(|x| *x += bias);
        }
        if s.repetition_penalty != 1.0 {
            let mut seen = tokens[tokens.len().saturating_sub(s.penalty_window)..].to_vec();
            seen.sort_unstable();
            seen.dedup();
            for id in seen {
                let Some(x) = logits.get_mut(id) else { continue };
                *x = if *x > 0.0 { *x / s.repetition_penalty } else { *x * s.repetition_penalty };
            }
        }
        if s.presence_penalty != 0.0 || s.frequency_penalty != 0.0 {
            let mut answer = tokens[n_prompt..].to_vec();
            answer.sort_unstable();
            for same in answer.chunk_by(|a, b| a == b) {
                let penalty = s.frequency_penalty.mul_add(same.len() as f32, s.presence_penalty);
                logits.get_mut(same[0]).into_iter().for_each(|x| *x -= penalty);
            }
        }
    }

    fn draw(&mut self, candidates: &[(u32, f32)]) -> u32 {
        let total: f32 = candidates.iter().map(|c| c.1).sum();
        let mut left = self.random() * total;
        for (id, weight) in candidates {
            left -= weight;
            if left < 0.0 {
                return *id;
            }
        }
        candidates[0].0
    }

    /// SplitMix64 (Steele, Lea and Flood 2014), as a number in 0..1.
    fn random(&mut self) -> f32 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 40) as f32 / (1u64 << 24) as f32
    }
}

/// Keeps the head of `candidates` (weights relative to the first, best first) that `top_p` and `min_p` allow.
fn cut_tail(candidates: &mut Vec<(u32, f32)>, top_p: f32, min_p: f32) {
    let total: f32 = candidates.iter().map(|c| c.1).sum();
    let mut sum = 0.0;
    let n = candidates.iter().take_while(|c| {
        let keep = sum < top_p * total && c.1 >= min_p;
        sum += c.1;
        keep
    });
    let n = n.count().max(1);
    if top_p < 1.0 || min_p > 0.0 {
        candidates.truncate(n);
    }
}

/// The most likely token; the lower id where two are equal.
pub(crate) fn best(logits: &[f32]) -> u32 {
    let mut best = 0;
    for (i, x) in logits.iter().enumerate() {
        if *x > logits[best] {
            best = i;
        }
    }
    best as u32
}

/// Natural log of the sum of exponentials.
pub(crate) fn log_sum_exp(logits: &[f32]) -> f32 {
    let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    max + logits.iter().map(|x| f64::from(x - max).exp()).sum::<f64>().ln() as f32
}

/// The `n` most likely tokens with their log-probabilities, best first.
pub(crate) fn top(logits: &[f32], n: usize, log_sum_exp: f32) -> Vec<(u32, f32)> {
    let mut all: Vec<(u32, f32)> = (0..).zip(logits.iter().map(|x| x - log_sum_exp)).collect();
    let by_logprob = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
    if n > 0 && n < all.len() {
        all.select_nth_unstable_by(n - 1, by_logprob);
    }
    all.truncate(n);
    // a prompt's tokens keep their lists: each would hold room for the whole vocabulary
    all.shrink_to_fit();
    all.sort_unstable_by(by_logprob);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greedy_takes_the_best_and_the_lower_of_two() {
        let mut sampler = Sampler::new(Sampling::default());
        assert_eq!(sampler.choose(&mut Logits::All(&mut [0.0, 3.0, 3.0, 1.0]), &[], 0), 1);
    }

    #[test]
    fn a_seed_repeats_and_top_k_limits() {
        let sampling = Sampling { temperature: 1.0, top_k: 2, seed: 7, ..Sampling::default() };
        let draw = || {
            let mut sampler = Sampler::new(sampling.clone());
            (0..100).map(|_| sampler.choose(&mut Logits::All(&mut [1.0, 2.0, 3.0, 2.5]), &[], 0)).collect::<Vec<_>>()
        };
        assert_eq!(draw(), draw());
        assert!(draw().contains(&2) && draw().contains(&3));
        assert!(draw().iter().all(|id| [2, 3].contains(id)));
    }

    #[test]
    fn frequencies_follow_the_probabilities() {
        let mut sampler = Sampler::new(Sampling { temperature: 1.0, ..Sampling::default() });
        let logits = [0.1f32.ln(), 0.2f32.ln(), 0.7f32.ln()];
        let mut counts = [0; 3];
        (0..20_000).for_each(|_| counts[sampler.choose(&mut Logits::All(&mut logits.clone()), &[], 0) as usize] += 1);
        for (count, p) in counts.iter().zip([0.1, 0.2, 0.7]) {
            assert!((f64::from(*count) / 20_000.0 - p).abs() < 0.015, "{counts:?}");
        }
    }

    #[test]
    fn penalties_and_bias_move_the_choice() {
        let mut sampler = Sampler::new(Sampling { frequency_penalty: 1.0, ..Sampling::default() });
        assert_eq!(sampler.choose(&mut Logits::All(&mut [2.0, 3.0]), &[1, 1, 1], 3), 1, "the prompt does not count");
        assert_eq!(sampler.choose(&mut Logits::All(&mut [2.0, 3.0]), &[1, 1, 1], 1), 0);
        let mut sampler = Sampler::new(Sampling { logit_bias: vec![(0, 5.0)], ..Sampling::default() });
        assert_eq!(sampler.choose(&mut Logits::All(&mut [2.0, 3.0]), &[], 0), 0);
    }
}
