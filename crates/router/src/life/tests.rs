//! Lives on made-up audits: what is proven holds as often as promised, and whoever hears the same comes to the same.
use super::*;
use crate::{
    bound::betting::Evidence,
    signals::{Answer, Token},
    split::over_versions,
};
use chat::{ChatRequest, Content, Finish, Message, Role};
use fastrand::Rng;

const PROMISE: Promise = Promise { alpha: 0.05, delta: 0.05, kind: Kind::Harm, judge_error: 0.0 };

/// A request as it may come again and again, and how often its answer here is worse.
struct Asked {
    signals: Signals,
    harm: f64,
}

/// A world of requests, harder by the tenth part of a level from one to the next; `steep` is the harm of the hardest.
fn world(steep: f64) -> Vec<Asked> {
    (0..200).map(|i| asked(i, f64::from(i) / 200.0, steep)).collect()
}

/// The same requests after a change that no signal shows: each is answered worse as often as any other.
fn drifted(harm: f64) -> Vec<Asked> {
    world(0.0).into_iter().map(|asked| Asked { harm, ..asked }).collect()
}

fn asked(i: u32, hardness: f64, steep: f64) -> Asked {
    let text = format!("a question of level {} about thing {i}", (10.0 * hardness) as u32);
    let request =
        ChatRequest { messages: vec![Message::new(Role::User, Content::Text(text.clone()))], ..ChatRequest::default() };
    let mut rng = Rng::with_seed(u64::from(i));
    let token = |_| {
        let doubt = (hardness + 0.3 * (rng.f64() - 0.5)).clamp(0.01, 1.0) as f32;
        Token { logprob: -doubt, margin: 2.0 - doubt, entropy: doubt }
    };
    let tokens: Vec<Token> = (0..12).map(token).collect();
    let answer = Answer::read(&request, "it is so", &tokens, Some(Finish::Stop));
    let signals = Signals { prompt: Prompt::read(&request, None), answer: Some(answer) };
    Asked { signals, harm: steep * hardness * hardness }
}

/// Audits of requests drawn from a world by chance, each a conversation of its own.
struct Audits<'a> {
    world: &'a [Asked],
    rng: Rng,
    number: i64,
}

impl<'a> Audits<'a> {
    fn of(world: &'a [Asked], seed: u64) -> Self {
        Self { world, rng: Rng::with_seed(seed), number: 0 }
    }

    fn conversation(&self) -> String {
        format!("{} {}", self.number, self.rng.get_seed())
    }
}

impl Iterator for Audits<'_> {
    type Item = Audited;

    fn next(&mut self) -> Option<Audited> {
        self.number += 1;
        let asked = &self.world[self.rng.usize(..self.world.len())];
        let small = f64::from(u8::from(self.rng.f64() >= asked.harm));
        let (number, conversation, signals) = (self.number, self.conversation(), asked.signals.clone());
        Some(Audited { number, time: 1000 * number, conversation, signals, is_unknown: false, small, large: 1.0 })
    }
}

/// The share of all requests that `policy` harms, and that it answers.
fn in_truth(policy: &Policy, world: &[Asked]) -> (f64, f64) {
    let given: Vec<_> = world.iter().filter(|asked| policy.accepts(&asked.signals).0).collect();
    let n = world.len() as f64;
    (given.iter().map(|asked| asked.harm).sum::<f64>() / n, given.len() as f64 / n)
}

fn hear(life: &mut Life, audit: Audited) -> Option<Event> {
    let heard = life.hear(audit);
    let installed = life.wants_fit().map(|_| life.install(life.fit(None)));
    assert_eq!(life.wants_fit(), None);
    heard.or(installed.flatten())
}

fn told(life: &Life) -> String {
    let policy = life.policy().map(|policy| (policy.version, policy.bar));
    serde_json::to_string(&(life.standing(), policy)).unwrap()
}

fn lived(promise: Promise, audits: impl Iterator<Item = Audited>) -> Life {
    let mut life = Life::new(promise);
    audits.for_each(|audit| {
        hear(&mut life, audit);
    });
    life
}

#[test]
fn a_harmless_model_is_certified_when_predicted_and_answers_more_after_more_audits() {
    let promise = Promise { alpha: 0.02, ..PROMISE };
    let harmless = world(0.0);
    let needed = Evidence::new(promise.alpha).missing(over_versions(promise.delta, 1)).unwrap() as f64;
    let predicted = (FIRST_FIT as f64 / TRAIN).max(needed / (1.0 - TRAIN - CALIBRATE));
    for seed in 0..5 {
        let mut life = Life::new(promise);
        let at = Audits::of(&harmless, seed).position(|audit| hear(&mut life, audit).is_some()).unwrap() as f64;
        // the folds are drawn by chance: four sd
        let sd = (predicted * (1.0 - TRAIN - CALIBRATE) / (TRAIN + CALIBRATE)).sqrt().max(predicted.sqrt());
        assert!((at - predicted).abs() < 4.0 * sd, "certified after {at} audits, {predicted} predicted");
        let standing = life.standing();
        assert_eq!((standing.version, standing.untaught), (Some(1), 0));
        assert_eq!(in_truth(&life.policy().unwrap(), &harmless).0, 0.0);
    }
    let easy_and_hard = world(0.4);
    let mut audits = Audits::of(&easy_and_hard, 3);
    let mut shares = Vec::new();
    let mut life = Life::new(PROMISE);
    for n in [300, 600, 2100] {
        audits.by_ref().take(n).for_each(|audit| {
            hear(&mut life, audit);
        });
        shares.push(life.policy().map_or(0.0, |policy| in_truth(&policy, &easy_and_hard).1));
    }
    assert!(shares.is_sorted() && shares[2] > shares[0] + 0.1 && shares[2] > 0.4, "{shares:?}");
}

#[test]
fn promises_are_broken_as_rarely_as_is_said() {
    const LIVES: u64 = 100;
    let world = world(0.4);
    let broken = (0..LIVES).filter(|seed| {
        let mut life = Life::new(PROMISE);
        let mut audits = Audits::of(&world, *seed).take(500);
        // any policy that was ever in force
        audits.any(|audit| {
            let is_new = hear(&mut life, audit) == Some(Event::Certified);
            is_new && in_truth(&life.policy().unwrap(), &world).0 > PROMISE.alpha
        })
    });
    let (broken, expected) = (broken.count() as f64, LIVES as f64 * PROMISE.delta);
    assert!(broken <= expected + 3.0 * (expected * (1.0 - PROMISE.delta)).sqrt(), "{broken} of {LIVES}");
}

#[test]
fn an_alarm_comes_about_when_predicted_and_proof_begins_anew() {
    let (before, after) = (world(0.1), drifted(0.4));
    let (mut took, mut predicted) = (0.0, 0.0);
    for seed in 0..12 {
        let mut life = lived(PROMISE, Audits::of(&before, seed).take(700));
        let policy = life.policy().expect("certified");
        let standing = life.standing();
        // what is in force may become more on the way, and sooner heard
        predicted += life.drift.delay(in_truth(&policy, &after).0).unwrap() as f64;
        let alarm = Audits::of(&after, seed + 100).position(|audit| hear(&mut life, audit) == Some(Event::Alarm));
        took += alarm.unwrap() as f64 + 1.0;
        let now = life.standing();
        assert!(life.policy().is_none() && now.fresh == 0 && now.since.is_none() && now.certificate.is_none());
        assert!(now.alarms.len() == 1 && now.versions >= standing.versions, "versions are never used twice");
        assert!(Audits::of(&after, seed + 200).take(200).all(|audit| hear(&mut life, audit) != Some(Event::Alarm)));
    }
    assert!(took < 1.5 * predicted && took > predicted / 3.0, "{took} audits, {predicted} predicted");
}

#[test]
fn an_alarm_after_much_was_learned_leaves_a_route_that_learns_again() {
    let (before, after) = (world(0.0), drifted(0.4));
    let mut life = Life::new(PROMISE);
    // as if learning were over
    let mut audits = Audits::of(&before, 1);
    audits.by_ref().take(400).for_each(|audit| {
        hear(&mut life, audit);
    });
    (life.fits_at, life.n_before) = (MOST_TRAINED + 1, 0);
    let kept = (life.train.len(), life.calibrate.len(), life.certify.len());
    audits.take(400).for_each(|audit| {
        hear(&mut life, audit);
    });
    assert_eq!((life.train.len(), life.calibrate.len(), life.certify.len()), kept, "nobody would learn from more");
    assert!(Audits::of(&after, 2).any(|audit| hear(&mut life, audit) == Some(Event::Alarm)));
    let versions = life.n_versions;
    assert!(Audits::of(&before, 3).take(2000).any(|audit| hear(&mut life, audit) == Some(Event::Certified)));
    assert!(life.n_versions > versions);
}

#[test]
fn what_certifies_is_never_learned_from() {
    let world = world(0.4);
    let mut life = Life::new(PROMISE);
    // each audit can be told by its score
    for (i, mut audit) in Audits::of(&world, 5).take(900).enumerate() {
        (audit.small, audit.large) = (i as f64 / 1000.0, 1.0);
        let certifies = audit.fold(0) == Part::Certify;
        let small = audit.small;
        hear(&mut life, audit);
        assert!(!certifies || life.examples().all(|example| example.small != small));
    }
    let places = |of: &[Audited]| of.iter().map(|audit| audit.number).collect::<Vec<_>>();
    let mut all = [places(&life.train), places(&life.calibrate), places(&life.certify)].concat();
    all.sort_unstable();
    assert!(all.into_iter().eq(1..=900), "each is used once");
    let shares = [life.train.len(), life.calibrate.len(), life.certify.len()];
    assert!(shares[0].abs_diff(225) < 55 && shares[1].abs_diff(90) < 40, "{shares:?}");
    // and what a version is does not depend on what certifies
    let version = life.fit(None);
    life.certify.iter_mut().for_each(|audit| audit.small = 1.0);
    assert_eq!(serde_json::to_string(&life.fit(None)).unwrap(), serde_json::to_string(&version).unwrap());
}

#[test]
fn turns_of_a_conversation_stay_together() {
    let world = world(0.4);
    let parts = |name: &str, alarms| -> Vec<Part> {
        let audits = Audits::of(&world, 6).take(20);
        audits.map(|audit| Audited { conversation: name.to_owned(), ..audit }.fold(alarms)).collect()
    };
    let names: Vec<String> = (0..100).map(|i| format!("c{i}")).collect();
    assert!(names.iter().all(|name| parts(name, 0).windows(2).all(|two| two[0] == two[1])));
    // but none stays out of proof for ever
    let moved = names.iter().filter(|name| parts(name, 0)[0] != parts(name, 1)[0]);
    assert!(moved.count() > 20);
}

#[test]
fn whoever_hears_the_same_comes_to_the_same() {
    let (before, after) = (world(0.1), drifted(0.4));
    let audits = || Audits::of(&before, 8).take(600).chain(Audits::of(&after, 9).take(300));
    let mut kept: Vec<String> = Vec::new();
    let mut first = Life::new(PROMISE);
    let mut steps = Vec::new();
    for audit in audits() {
        first.hear(audit);
        while first.wants_fit().is_some() {
            kept.push(serde_json::to_string(&first.fit(None)).unwrap());
            // what is in force is what was written down, for whoever wrote it too
            first.install(serde_json::from_str(kept.last().unwrap()).unwrap());
        }
        steps.push(told(&first));
    }
    assert!(kept.len() > 2 && first.standing().alarms.len() == 1, "{}", told(&first));
    // another hears them in batches, learns nothing itself, and is asked between
    let mut second = Life::new(PROMISE);
    for (i, audit) in audits().enumerate() {
        second.hear(audit);
        while let Some(number) = second.wants_fit() {
            second.install(serde_json::from_str(&kept[number as usize - 1]).unwrap());
        }
        if i % 37 == 0 {
            second = second.clone();
            assert_eq!(told(&second), steps[i], "audit {i}");
        }
    }
    assert_eq!(told(&second), told(&first));
    // and who learns it anew, to the same
    assert_eq!(told(&lived(PROMISE, audits())), told(&first));
}

#[test]
fn what_nobody_could_audit_counts_at_every_bar() {
    let world = world(0.0);
    let unknown = |audit: Audited| match audit.number % 10 {
        0..3 => Audited { is_unknown: true, small: 0.0, signals: Signals::default(), ..audit },
        _ => audit,
    };
    let life = lived(PROMISE, Audits::of(&world, 1).take(800).map(unknown));
    assert!(life.policy().is_none() && life.standing().versions > 0, "{}", told(&life));
    assert!(life.examples().all(|example| example.signals.answer.is_some()), "nothing is learned from them");
    // nor do they stay unheard by drift
    let mut life = lived(PROMISE, Audits::of(&world, 1).take(500));
    assert!(life.policy().is_some());
    assert!(Audits::of(&world, 2).take(300).any(|audit| hear(&mut life, unknown(audit)) == Some(Event::Alarm)));
}

#[test]
fn what_the_judge_may_miss_is_taken_off() {
    let world = world(0.02);
    let promise = |judge_error| Promise { judge_error, ..PROMISE };
    let audits = || Audits::of(&world, 4).take(900);
    let (sure, unsure) = (lived(promise(0.0), audits()), lived(promise(0.03), audits()));
    assert!(sure.policy().is_some());
    let missing = |life: &Life| life.standing().certificate.and_then(|certificate| certificate.missing);
    assert!(unsure.policy().is_none() || missing(&unsure) >= missing(&sure));
    assert!(lived(promise(0.05), audits()).policy().is_none());
    // what is heard of a harm of twice the promise is less by what the judge misses
    assert!(unsure.standing().alarm_after[0] != sure.standing().alarm_after[0]);
}

#[test]
fn what_is_hopeless_is_never_accepted_often() {
    let world = world(0.3);
    let life = lived(PROMISE, Audits::of(&world, 7).take(1500));
    let policy = life.policy().unwrap();
    let accepted: Vec<_> = world.iter().filter(|asked| policy.accepts(&asked.signals).0).collect();
    let untried = accepted.iter().filter(|asked| !policy.tries(&asked.signals.prompt).0).count();
    assert!(untried * 5 <= accepted.len(), "{untried} of {} are not even tried", accepted.len());
    let stopped = accepted.iter().filter(|asked| {
        let begun = asked.signals.answer.as_ref().unwrap().cut(8);
        let so_far = Signals { prompt: asked.signals.prompt.clone(), answer: Some(begun) };
        policy.is_hopeless(&so_far, 8).is_some()
    });
    assert!(stopped.count() * 5 <= accepted.len());
    let silent = Signals { answer: None, ..accepted[0].signals.clone() };
    assert_eq!(policy.accepts(&silent), (false, 0.0), "what was not said is not given");
}
