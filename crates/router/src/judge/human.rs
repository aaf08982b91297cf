//! What people say of an answer that they were given, as a verdict on both.
use super::{Verdict, json};

/// What one person said at one time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Feedback {
    /// From 0 to 1.
    pub score: Option<f64>,
    /// Up or down.
    pub thumbs: Option<bool>,
    /// What the answer should have been.
    pub corrected: Option<String>,
}

/// Whose answer was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Served {
    /// The small model's.
    Small,
    /// The large model's.
    Large,
}

/// The verdict on `small` and `large` by the `feedback` on the one that was served, oldest first; none if nobody said
/// anything.
///
/// - The last correction is right, and both answers are as good as they agree with it, compared as for `fields`.
/// - Else the last score, or thumb, is that of the answer served. The other one, which nobody saw, has the same if it
///   says the same; if not, what is worst for the promise: a small one 0, a large one 1. So a thumb up for a small
///   answer is never a harm, one down always is one, and one up for a large answer is a harm unless the small one said
///   the same.
pub fn settle(feedback: &[Feedback], served: Served, small: &str, large: &str) -> Option<Verdict> {
    let agrees = |answer: &str, gold: &str| if json::agree(answer, gold) { 1.0 } else { 0.0 };
    if let Some(gold) = feedback.iter().rev().find_map(|said| said.corrected.as_deref()) {
        return Some(Verdict { small: agrees(small, gold), large: agrees(large, gold) });
    }
    let score = feedback.iter().rev().find_map(Feedback::score)?;
    let is_number = score.is_finite();
    let score = score.clamp(0.0, 1.0);
    Some(match served {
        _ if !is_number => Verdict::HARM,
        _ if json::agree(small, large) => Verdict { small: score, large: score },
        Served::Small => Verdict { small: score, large: 1.0 },
        Served::Large => Verdict { small: 0.0, large: score },
    })
}

impl Feedback {
    /// The score, else the thumb as one.
    fn score(&self) -> Option<f64> {
        self.score.or(self.thumbs.map(|up| if up { 1.0 } else { 0.0 }))
    }
}
