//! Guesses the next tokens from those before: answers copy their prompts, and themselves.
use std::collections::HashMap;

/// What a step costs before its first row, in rows.
const STEP_COST: f32 = 3.0;
/// How long matches are told apart: the longer, the surer they go on. A match of at least so many tokens, and what share of
/// its next tokens is right, before anything was seen.
const LEVELS: [(usize, f32); 4] = [(2, 0.3), (3, 0.45), (6, 0.7), (12, 0.9)];
/// How much one token that came out right or wrong moves that share.
const PACE: f32 = 0.12;

/// What one sequence is likely to copy. It watches every token, drafted or not: what it learns costs no row.
pub(crate) struct Guesser {
    /// Where two and three tokens were seen last: the position after them.
    pairs: HashMap<[u32; 2], u32>,
    triples: HashMap<[u32; 3], u32>,
    /// Tokens seen so far.
    n_seen: usize,
    /// Where the tokens stand that are expected next, and how many before them agree.
    expected: Option<(usize, usize)>,
    /// Of each level, what share of expected tokens came.
    rights: [f32; LEVELS.len()],
}

impl Guesser {
    pub(crate) fn new() -> Self {
        Self {
            pairs: HashMap::new(),
            triples: HashMap::new(),
            n_seen: 0,
            expected: None,
            rights: LEVELS.map(|(_, share)| share),
        }
    }

    /// The tokens that probably follow `tokens`: as many as are worth their rows when `n_rows` others are in the step.
    pub(crate) fn draft(&mut self, tokens: &[u32], most: usize, n_rows: usize) -> Vec<u32> {
        self.see(tokens);
        let Some((from, len)) = self.expected else {
            return Vec::new();
        };
        // a right guess saves a row and its part of a step later; a wrong one costs a row
        let worth = 1.0 / (1.0 + STEP_COST / n_rows.max(1) as f32);
        let mut draft = Vec::new();
        let mut likely = 1.0;
        for i in 0..most {
            likely *= self.rights[level(len + i)];
            // what is expected may reach into the draft itself: then it goes round
            let token = tokens.get(from + i).or_else(|| draft.get(from + i - tokens.len()));
            match token.copied() {
                Some(token) if likely >= worth => draft.push(token),
                _ => break,
            }
        }
        draft
    }

    /// Learns from those of `tokens` that are new.
    fn see(&mut self, tokens: &[u32]) {
        let n_prompt = if self.n_seen == 0 { tokens.len() } else { self.n_seen };
        for i in self.n_seen..tokens.len() {
            let before = &tokens[..i];
            if let Some(last) = before.last_chunk() {
                self.pairs.insert(*last, i as u32);
            }
            if let Some(last) = before.last_chunk() {
                self.triples.insert(*last, i as u32);
            }
            if i >= n_prompt {
                self.judge(tokens[i], tokens);
            }
            if self.expected.is_none() && i + 1 >= n_prompt {
                self.expected = self.look_up(&tokens[..=i]);
            }
        }
        self.n_seen = tokens.len();
    }

    /// Holds `token`, which came, against what was expected.
    fn judge(&mut self, token: u32, tokens: &[u32]) {
        self.expected = self.expected.and_then(|(from, len)| {
            let right = tokens[from] == token;
            let share = &mut self.rights[level(len)];
            *share += PACE * (f32::from(u8::from(right)) - *share);
            right.then_some((from + 1, len + 1))
        });
    }

    /// Where the last tokens stood before, and how many of them.
    fn look_up(&self, tokens: &[u32]) -> Option<(usize, usize)> {
        let triple = tokens.last_chunk().and_then(|last| self.triples.get(last));
        let from = triple.or_else(|| tokens.last_chunk().and_then(|last| self.pairs.get(last)));
        let from = *from? as usize;
        let alike = tokens.iter().rev().zip(tokens[..from].iter().rev()).take_while(|(a, b)| a == b);
        Some((from, alike.take(LEVELS[LEVELS.len() - 1].0).count()))
    }
}

/// The level of a match of `len` tokens.
fn level(len: usize) -> usize {
    LEVELS.iter().rposition(|(least, _)| *least <= len).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_goes_on_and_goes_round() {
        let mut guesser = Guesser::new();
        let tokens = [9, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5];
        assert_eq!(guesser.draft(&tokens[..11], 12, 1), Vec::<u32>::new(), "one token is no match");
        let draft = guesser.draft(&tokens, 12, 1);
        assert!(!draft.is_empty() && [6, 7, 8, 0, 1, 2].starts_with(&draft[..draft.len().min(6)]), "{draft:?}");
        let mut round = Guesser::new();
        let tokens: Vec<u32> = (0..40).map(|i| i % 2).collect();
        assert_eq!(round.draft(&tokens, 5, 1), [0, 1, 0, 1, 0], "what repeats itself is drafted beyond its end");
    }

    #[test]
    fn wrong_guesses_end_drafts_and_right_ones_bring_them_back() {
        let mut guesser = Guesser::new();
        // pairs come again, and what follows never does
        let mut tokens = vec![1, 2, 3];
        let drafted = |guesser: &mut Guesser, tokens: &[u32]| guesser.draft(tokens, 12, 1).len();
        drafted(&mut guesser, &tokens);
        for i in 0..40 {
            tokens.extend([1, 2, 100 + i]);
            drafted(&mut guesser, &tokens);
        }
        tokens.extend([1, 2]);
        assert_eq!(drafted(&mut guesser, &tokens), 0);
        for _ in 0..40 {
            tokens.extend([7, 8, 9, 10]);
            drafted(&mut guesser, &tokens);
        }
        assert_eq!(drafted(&mut guesser, &tokens), 12);
        assert_eq!(guesser.draft(&tokens, 3, 1).len(), 3, "never more than asked for");
    }

    #[test]
    fn in_company_only_sure_guesses_are_worth_a_row() {
        let tokens: Vec<u32> = (0..8).chain(0..4).collect();
        let n_drafted = |n_rows| Guesser::new().draft(&tokens, 12, n_rows).len();
        assert!(n_drafted(1) > n_drafted(16), "{} and {}", n_drafted(1), n_drafted(16));
    }
}
