//! Replays of made-up requests of which it is known what can be answered.
use super::*;
use crate::{
    certify::Kind,
    signals::{Answer, Prompt, Signals},
};
use chat::{ChatRequest, Content, Finish, Message, Role};

const PROMISE: Promise = Promise { alpha: 0.05, delta: 0.05, kind: Kind::Harm, judge_error: 0.0 };

/// One in four is hard for the small model, and its task, or its answer, says so; one in ten is hard for both.
fn requests(n: usize, answered: bool) -> Vec<Labelled> {
    (0..n)
        .map(|i| {
            let (hard, odd) = (i % 4 == 0, i % 10 == 1);
            let task = if i % 8 == 0 { "sums" } else { "names" };
            let text = Content::Text(format!("one of {task}, number {i}"));
            let request = ChatRequest { messages: vec![Message::new(Role::User, text)], ..ChatRequest::default() };
            let said = if hard { "perhaps it might be" } else { "it is" };
            let whole = Answer::read(&request, said, &[], Some(Finish::Stop));
            let answer = if answered { whole } else { Answer::default() };
            let signals = Signals { prompt: Prompt::read(&request, Some(task)), answer: Some(answer) };
            let example = Example::new(signals, f64::from(!hard && !odd), f64::from(!odd));
            Labelled { conversation: format!("c{}", i / 2), example }
        })
        .collect()
}

fn plan(promises: &[Promise]) -> Plan {
    Plan { calibrate: 0.3, promises: promises.to_vec() }
}

#[test]
fn a_conversation_lies_on_one_side_and_no_request_is_lost() {
    let all = requests(400, true);
    for seed in 0..5 {
        let split = Split::of(&all, 0.3, seed);
        assert!((120..=121).contains(&split.audits.len()) && split.audits.len() + split.rest.len() == 400);
        let audited = |one: &&Labelled| split.audits.iter().any(|audit| audit.conversation == one.conversation);
        assert!(!split.rest.iter().any(audited));
    }
    let first = |seed| Split::of(&all, 0.3, seed).audits[0].conversation.clone();
    assert!((1..5).any(|seed| first(seed) != first(0)) && first(1) == first(1));
    assert_eq!(Split::of(&all, 0.0, 1).audits.len(), 0);
    assert_eq!(Split::of(&all, 1.0, 1).rest.len(), 0);
}

/// The folds of audits must know nothing of how these were chosen.
#[test]
fn audits_lie_in_all_folds() {
    use crate::fold::{Fold, fold};
    let all = requests(2000, true);
    for calibrate in [0.2, 0.3, 0.6] {
        let split = Split::of(&all, calibrate, 0);
        let conversations = split.audits.iter().enumerate();
        let folds = conversations.map(|(i, one)| fold(&promised::audited(&split, i, one).conversation, 0.35));
        let share = folds.filter(|fold| *fold == Fold::Certify).count() as f64 / split.audits.len() as f64;
        assert!((share - 0.65).abs() < 0.12, "{share} of {calibrate} certify");
    }
}

#[test]
fn who_sees_the_answer_ranks_better_than_tasks_and_worse_than_who_knows() {
    let trial = Trial::run(&requests(1200, true), &plan(&[]), 0, "made up");
    let [router, random, means, single, oracle] = trial.figures.map(|figures| figures.apgr);
    let [router, random, means, oracle] = [router, random, means, oracle].map(|apgr| apgr.expect("there is a lead"));
    assert!(router > 0.85 && router > means + 0.1 && router <= oracle + 1e-9, "{router} {means} {oracle}");
    assert!((random - 0.5).abs() < 0.1 && means > random, "{random} {means}");
    assert_eq!((single, trial.figures[3].cpt50), (None, Some(1.0)));
    assert!(trial.chart.is_some() && trial.sizes.iter().sum::<usize>() == 1200);
    // tasks alone tell the router what they tell the table
    let blind = Trial::run(&requests(1200, false), &plan(&[]), 0, "").figures[0].apgr.expect("a lead");
    assert!(blind < router - 0.1 && blind > means - 0.05, "{blind} {router} {means}");
}

#[test]
fn proven_ways_keep_the_promise_that_a_threshold_need_not() {
    let all = requests(4000, true);
    let strict = Promise { alpha: 0.02, ..PROMISE };
    let trials: Vec<Trial> = (0..4).map(|seed| Trial::run(&all, &plan(&[PROMISE, strict]), seed, "")).collect();
    for trial in &trials {
        for (outcomes, alpha) in trial.outcomes.iter().zip([0.05, 0.02]) {
            let [served, once, tuned, hindsight] = outcomes;
            assert!(!served.is_broken && !once.is_broken, "{outcomes:?}");
            assert!(once.is_certified && once.local > 0.5 && served.local > 0.5, "{outcomes:?}");
            assert!(tuned.local >= once.local - 1e-9 && hindsight.local >= once.local - 1e-9, "{outcomes:?}");
            assert!(hindsight.lost <= alpha && tuned.is_certified);
        }
    }
}

#[test]
fn what_cannot_be_proven_is_not_answered_here() {
    let few = Trial::run(&requests(40, true), &plan(&[PROMISE]), 0, "");
    let [served, once, ..] = few.outcomes[0];
    assert_eq!((served, once), (Outcome::default(), Outcome::default()));
    // a hopeless model
    let mut bad = requests(800, true);
    bad.iter_mut().for_each(|one| one.example = Example { small: 0.0, large: 1.0, ..one.example.clone() });
    for outcome in Trial::run(&bad, &plan(&[PROMISE]), 0, "").outcomes[0] {
        assert!(!outcome.is_broken && outcome.lost <= 0.05, "{outcome:?}");
    }
    let none = Trial::run(&[], &plan(&[PROMISE]), 0, "");
    assert_eq!((none.sizes, none.chart, none.figures[0].apgr), ([0, 0], None, None));
}

#[test]
fn the_least_number_of_audits_is_that_of_all_folds() {
    use crate::life::Life;
    let least = |alpha, judge_error| Life::least_audits(&Promise { alpha, judge_error, ..PROMISE });
    // 299 and 59 of the certify fold, ln 0.05 / ln (1 - alpha)
    assert_eq!((least(0.01, 0.0), least(0.05, 0.0), least(0.06, 0.01)), (Some(460), Some(91), Some(91)));
    assert_eq!(least(0.01, 0.01), None);
}

#[test]
fn a_loss_is_counted_by_how_much() {
    let mut all = requests(1600, true);
    for one in &mut all {
        // worse by a hundredth, always
        one.example = Example::new(one.example.signals.clone(), 0.5, 0.51);
    }
    let loss = Promise { kind: Kind::Loss, alpha: 0.03, ..PROMISE };
    let [harm, loss] = [PROMISE, loss].map(|promise| Trial::run(&all, &plan(&[promise]), 0, "").outcomes[0][1]);
    assert!(harm.local < 0.05 && loss.local == 1.0, "{harm:?} {loss:?}");
    assert!((loss.lost - 0.01).abs() < 1e-9);
}

#[test]
fn means_and_deviations_are_those_of_samples() {
    let spread = Spread::of([1.0, 2.0, 6.0].into_iter()).expect("three");
    assert_eq!((spread.mean, spread.sd), (3.0, Some(7.0_f64.sqrt())));
    assert_eq!(Spread::of([4.0].into_iter()), Some(Spread { mean: 4.0, sd: None }));
    assert_eq!(Spread::of(std::iter::empty()), None);
}
