//! How sure the model was of each token, in three signs a token.
use chat::TokenLogprob;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// Tokens whose values are kept; of longer answers the first.
const KEPT: usize = 1024;
/// Steps of a value: as many as one sign of text tells apart.
const STEPS: f32 = 63.0;
/// The sign of step 0, followed by all others in ASCII without quote or backslash in between.
const FIRST: u8 = b'#';
/// The most that is told apart, in nats: of a log-probability below 0, of a margin, of an entropy.
const MOST: [f32; 3] = [16.0, 16.0, 8.0];

/// How sure the model was of one token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Token {
    /// Natural log-probability of the token that was chosen, at most 0.
    pub logprob: f32,
    /// Log-probability of the most likely token above that of the second.
    pub margin: f32,
    /// Entropy of the distribution, in nats.
    pub entropy: f32,
}

/// How many of the likeliest tokens are looked at.
pub const N_LIKELIEST: usize = 5;

impl Token {
    /// As a reply tells of it. What is left of the probability when the likeliest are taken away counts as one more token.
    pub fn of(token: &TokenLogprob) -> Self {
        // who asks for more of them is scored as all others are
        let top = &token.top_logprobs[..token.top_logprobs.len().min(N_LIKELIEST)];
        let margin = if let [first, second, ..] = top { first.logprob - second.logprob } else { 0.0 };
        let mut likely = [0.0; N_LIKELIEST];
        likely.iter_mut().zip(top).for_each(|(p, top)| *p = top.logprob.exp());
        let known: f32 = likely.iter().sum();
        let rest = (1.0 - known).max(0.0);
        let share = |p: f32| if p > 0.0 { -p * p.ln() } else { 0.0 };
        let entropy = likely.iter().map(|p| share(*p)).sum::<f32>() + share(rest);
        Self { logprob: token.chosen.logprob, margin, entropy }
    }
}

/// The first tokens of an answer, each value in one of 64 steps that are finer near 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tokens {
    steps: Vec<[u8; 3]>,
}

impl Tokens {
    /// Keeps the first of `tokens`. What is no number counts as the least sure.
    pub fn of(tokens: &[Token]) -> Self {
        let steps = |t: &Token| [step(-t.logprob, 0, 1.0), step(t.margin, 1, 0.0), step(t.entropy, 2, 1.0)];
        Self { steps: tokens.iter().take(KEPT).map(steps).collect() }
    }

    /// The tokens, as near as their steps say.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Token> + '_ {
        self.steps.iter().map(|s| Token { logprob: -value(s[0], 0), margin: value(s[1], 1), entropy: value(s[2], 2) })
    }

    /// Of the tokens' values of a kind (how far the log-probability is below 0, margin, entropy), those that have so
    /// many smaller ones before them.
    pub(crate) fn ranked<const N: usize>(&self, kind: usize, ranks: [usize; N]) -> [f32; N] {
        // counted, not sorted: there are few different ones
        let mut counts = [0; 256];
        self.steps.iter().for_each(|steps| counts[usize::from(steps[kind])] += 1);
        ranks.map(|mut before| {
            let step = (0..=u8::MAX).zip(counts).find(|&(_, n)| {
                let is_here = before < n;
                before = before.saturating_sub(n);
                is_here
            });
            step.map_or(f32::NAN, |(step, _)| value(step, kind))
        })
    }

    /// Whether nothing is known of any token.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// How many tokens are kept.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// The first `n`.
    #[must_use]
    pub fn cut(&self, n: usize) -> Self {
        Self { steps: self.steps[..n.min(self.steps.len())].to_vec() }
    }
}

/// The step of `value`; `worst` is its share of the most where it is no number.
fn step(value: f32, which: usize, worst: f32) -> u8 {
    let share = if value.is_nan() { worst } else { (value / MOST[which]).clamp(0.0, 1.0) };
    let steps = share.sqrt() * STEPS;
    let whole = steps as u8;
    // as `round`, which this processor family has no instruction for in its oldest form
    whole + u8::from(steps - f32::from(whole) >= 0.5)
}

fn value(step: u8, which: usize) -> f32 {
    let root = f32::from(step) / STEPS;
    root * root * MOST[which]
}

/// The sign of a step. Backslash is left out, so that JSON writes each sign as one byte.
fn sign(step: u8) -> u8 {
    let sign = FIRST + step;
    sign + u8::from(sign >= b'\\')
}

fn unsign(sign: u8) -> Option<u8> {
    let step = sign.checked_sub(FIRST + u8::from(sign > b'\\'))?;
    (sign != b'\\' && f32::from(step) <= STEPS).then_some(step)
}

impl Serialize for Tokens {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer
            .collect_str(&String::from_utf8_lossy(&self.steps.iter().flatten().map(|&s| sign(s)).collect::<Vec<u8>>()))
    }
}

impl<'de> Deserialize<'de> for Tokens {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let steps: Option<Vec<u8>> = text.bytes().map(unsign).collect();
        let steps = steps.ok_or_else(|| D::Error::custom("tokens: a sign that stands for no step"))?;
        match steps.as_chunks() {
            (chunks, []) if chunks.len() <= KEPT => Ok(Self { steps: chunks.to_vec() }),
            _ => Err(D::Error::custom(format!("tokens: at most {KEPT} times 3 signs expected, {} found", text.len()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_near_as_their_step() {
        for x in [0.0_f32, 0.001, 0.02, 0.5, 3.0, 7.9] {
            let token = Token { logprob: -x, margin: x, entropy: x };
            let back = Tokens::of(&[token]).iter().next().unwrap();
            let near = |a: f32, b: f32| (a - b).abs() <= 0.005 + 0.13 * b.sqrt();
            assert!(near(-back.logprob, x) && near(back.margin, x) && near(back.entropy, x), "{x}: {back:?}");
        }
    }

    #[test]
    fn what_is_no_number_is_the_least_sure() {
        let odd = Token { logprob: f32::NAN, margin: f32::NAN, entropy: f32::INFINITY };
        let low = Token { logprob: f32::NEG_INFINITY, margin: -1.0, entropy: f32::NAN };
        let worst = Token { logprob: -16.0, margin: 0.0, entropy: 8.0 };
        assert!(Tokens::of(&[odd, low]).iter().all(|t| t == worst));
    }

    #[test]
    fn all_steps_survive_json_in_one_byte_each() {
        let tokens = Tokens { steps: (0..63).map(|s| [s, s + 1, 63 - s]).collect() };
        let json = serde_json::to_string(&tokens).unwrap();
        assert_eq!(json.len(), 63 * 3 + 2);
        assert_eq!(serde_json::from_str::<Tokens>(&json).unwrap(), tokens);
    }

    #[test]
    fn long_answers_keep_their_beginning_and_foreign_text_is_refused() {
        let token = Token { logprob: -0.1, margin: 2.0, entropy: 0.3 };
        let all = Tokens::of(&vec![token; 5000]);
        assert_eq!((all.len(), all.cut(7).len(), all.cut(9999).len()), (KEPT, 7, KEPT));
        for foreign in ["\"##\"", "\"\\\\##\"", "\"é#\"", "\"\u{7f}##\"", "3"] {
            assert!(serde_json::from_str::<Tokens>(foreign).is_err(), "{foreign}");
        }
    }
}
