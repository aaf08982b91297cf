//! How safe it is to answer here: what is known of a request and its answer, weighed by what audits taught.
mod table;
mod view;

use crate::{
    features::Features,
    signals::{Prompt, Signals},
};
use serde::{Deserialize, Serialize};
use view::{HEADS, Pull, View};

/// An audited request: what was known of it, and how good both models' answers were, each in 0..=1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Example {
    /// What was known.
    pub signals: Signals,
    /// The small model's score.
    pub small: f64,
    /// The large model's score.
    pub large: f64,
    /// What is lost by answering here, in 0..=1: what the promise counts.
    pub loss: f64,
}

impl Example {
    /// An audit whose loss is by how much the small model's answer was worse.
    pub fn new(signals: Signals, small: f64, large: f64) -> Self {
        Self { signals, small, large, loss: (large - small).max(0.0) }
    }

    /// The same, any loss counting as a whole one.
    #[must_use]
    pub fn harm(self) -> Self {
        Self { loss: f64::from(u8::from(self.loss > 0.0)), ..self }
    }

    /// How likely each of the four outcomes is held to be: a graded score is the share of times at which an answer is right, and both
    /// answers are right at the same times as far as they can be. What is lost counts as the promise has it.
    fn outcomes(&self) -> [f64; HEADS] {
        let [small, large, lost] =
            [self.small, self.large, self.loss].map(|t| if t.is_nan() { 0.5 } else { t.clamp(0.0, 1.0) });
        let [both, won, neither] = [small.min(large), (small - large).max(0.0), 1.0 - small.max(large)];
        let others = both + won + neither;
        let [both, won, neither] =
            [both, won, neither].map(|t| if others > 0.0 { t * (1.0 - lost) / others } else { (1.0 - lost) / 3.0 });
        [both, lost, won, neither]
    }
}

/// What audits taught: two linear models, of the prompt alone and of prompt and answer, of what comes of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Model {
    before: View,
    after: View,
}

/// The model as it is written.
#[derive(Serialize, Deserialize)]
struct Parts {
    before: View,
    after: View,
}

impl Model {
    /// Learns from `examples`; what they say little about is as in `prior`, the model of all routes. The same examples
    /// in the same order give the same model.
    pub fn fit(examples: &[Example], prior: Option<&Self>) -> Self {
        let targets: Vec<[f64; HEADS]> = examples.iter().map(Example::outcomes).collect();
        let before: Vec<Features<'_>> = examples.iter().map(|e| Features::of_prompt(&e.signals.prompt)).collect();
        let after: Vec<Features<'_>> = examples.iter().map(|e| Features::of_all(&e.signals)).collect();
        Self {
            before: View::fit(&before, &targets, prior.map(|p| &p.before), &PULL),
            after: View::fit(&after, &targets, prior.map(|p| &p.after), &PULL),
        }
    }

    /// How safe it is to answer here, in 0..=1: 1 - what is expected to be lost by it.
    pub fn score(&self, signals: &Signals) -> f64 {
        safety(self.after.estimate(&Features::of_all(signals)))
    }

    /// The same from the prompt alone: what the gate looks at, before the small model is asked.
    pub fn before(&self, prompt: &Prompt) -> f64 {
        safety(self.before.estimate(&Features::of_prompt(prompt)))
    }

    /// How much better the large model's answer is expected to be, in -1..=1: what a frontier is ranked by, as what
    /// is hard for both need not be sent on.
    pub fn gain(&self, signals: &Signals) -> f64 {
        let [_, lost, won, _] = self.after.estimate(&Features::of_all(signals));
        lost - won
    }
}

/// Chosen on one half of MMLU by how likely they made the harm in audits left out; they are as good on its other half and on
/// GSM8K. A third of each changes nothing on GSM8K, and costs 0.006 of the area under the frontier on MMLU.
const PULL: Pull = Pull { dense: 180.0, tag: 18.0, asked: 4.5, answered: 9.0 };

/// What is lost is estimated twice: by how often it was, and as if both models erred independently. The mean of both lets
/// a tenth more through than the first alone under a promise of 1 or 2 % on MMLU, had it been known what comes.
fn safety([both, lost, won, _]: [f64; HEADS]) -> f64 {
    let (small, large) = (both + won, both + lost);
    1.0 - f64::midpoint(lost, large * (1.0 - small))
}

impl From<Model> for Parts {
    fn from(model: Model) -> Self {
        Self { before: model.before, after: model.after }
    }
}

impl TryFrom<Parts> for Model {
    type Error = &'static str;

    fn try_from(parts: Parts) -> Result<Self, Self::Error> {
        let whole = parts.before.is_whole() && parts.after.is_whole();
        whole
            .then_some(Self { before: parts.before, after: parts.after })
            .ok_or("model: as many scales as names expected")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signals::{Answer, Token};
    use chat::{ChatRequest, Content, Finish, Message, Role};

    /// The small model fails at what is called hard; the large one at nothing but what is called odd.
    fn example(i: usize, tag: &str) -> Example {
        let word = ["easy", "hard", "odd"][i % 3];
        let text = Content::Text(format!("an {word} question, number {i}"));
        let request = ChatRequest { messages: vec![Message::new(Role::User, text)], ..ChatRequest::default() };
        let sure = if word == "easy" { -0.01 } else { -2.0 };
        let token = |n: usize| Token { logprob: sure - (n % 3) as f32 * 0.1, margin: -sure, entropy: 0.5 };
        let tokens: Vec<Token> = (0..20).map(token).collect();
        let answer = Answer::read(&request, "it is 4", &tokens, Some(Finish::Stop));
        let signals = Signals { prompt: Prompt::read(&request, Some(tag)), answer: Some(answer) };
        Example::new(signals, f64::from(word == "easy"), f64::from(word != "odd"))
    }

    fn examples(n: usize, tag: &str) -> Vec<Example> {
        (0..n).map(|i| example(i, tag)).collect()
    }

    #[test]
    fn what_audits_say_is_learnt() {
        let model = Model::fit(&examples(300, "a"), None);
        let [easy, hard, odd] = [900, 901, 902].map(|i| example(i, "a").signals);
        let (easy_score, hard_score, odd_score) = (model.score(&easy), model.score(&hard), model.score(&odd));
        assert!(easy_score > 0.9 && hard_score < 0.4 && odd_score > 0.7, "{easy_score} {hard_score} {odd_score}");
        // what is hard for both need not be sent on
        assert!(model.gain(&hard) > 0.6 && model.gain(&odd) < 0.2 && model.gain(&easy) < 0.1);
        assert!(model.before(&easy.prompt) > model.before(&hard.prompt) + 0.3);
    }

    #[test]
    fn outcomes_are_one_of_four_and_loss_counts_as_promised() {
        let of = |small, large| Example::new(Signals::default(), small, large);
        let sure = [of(1.0, 1.0), of(0.0, 1.0), of(1.0, 0.0), of(0.0, 0.0)].map(|e| e.outcomes());
        let one = |at| std::array::from_fn(|i| f64::from(u8::from(i == at)));
        assert_eq!(sure, std::array::from_fn(one));
        for (found, expected) in [
            (of(0.5, 0.75), [0.5, 0.25, 0.0, 0.25]),
            (of(0.75, 0.5), [0.5, 0.0, 0.25, 0.25]),
            (of(0.5, 0.75).harm(), [0.0, 1.0, 0.0, 0.0]),
            // nobody knows what it cost
            (Example { loss: f64::NAN, ..of(0.5, 0.5) }, [0.25, 0.5, 0.0, 0.25]),
            (Example { loss: 0.5, ..of(0.0, 1.0) }, [0.5 / 3.0, 0.5, 0.5 / 3.0, 0.5 / 3.0]),
        ] {
            assert_eq!(found.outcomes(), expected, "{found:?}");
        }
    }

    #[test]
    fn the_same_audits_give_the_same_model_and_a_file_gives_it_back() {
        let model = Model::fit(&examples(100, "a"), None);
        assert_eq!(model, Model::fit(&examples(100, "a"), None));
        let json = serde_json::to_string(&model).unwrap();
        assert_eq!(serde_json::from_str::<Model>(&json).unwrap(), model);
        assert!(
            serde_json::from_str::<Model>(&json.replacen("\"names\":[\"", "\"names\":[\"one more\",\"", 1)).is_err()
        );
    }

    #[test]
    fn a_route_that_knows_nothing_scores_as_all_do_and_few_audits_move_it_little() {
        let all = Model::fit(&examples(300, "a"), None);
        let easy = example(900, "b").signals;
        assert_eq!(Model::fit(&[], Some(&all)).score(&easy), all.score(&easy));
        let opposite = |n| -> Vec<Example> {
            examples(n, "b").into_iter().map(|e| Example::new(e.signals, 1.0 - e.small, e.large)).collect()
        };
        let [none, few, many] = [0, 6, 600].map(|n| Model::fit(&opposite(n), Some(&all)).score(&easy));
        assert!(none - few < 0.3 && none > few && few > many && many < 0.4, "{none} {few} {many}");
    }

    #[test]
    fn anything_gets_a_score() {
        let empty = Signals::default();
        let cut = Signals { answer: Some(example(0, "a").signals.answer.unwrap().cut(3)), ..Signals::default() };
        let odd = Example { small: f64::NAN, large: 7.0, ..example(1, "a") };
        let all_alike = vec![example(0, "a"); 5];
        for model in [Model::default(), Model::fit(&[], None), Model::fit(&[odd], None), Model::fit(&all_alike, None)] {
            for signals in [&empty, &cut, &example(2, "zzz").signals] {
                for value in [model.score(signals), model.before(&signals.prompt)] {
                    assert!((0.0..=1.0).contains(&value));
                }
                assert!((-1.0..=1.0).contains(&model.gain(signals)));
            }
        }
    }
}
