//! A second maker's tool of each family is made at its first try: what it can do, its examples hold.
use crate::{
    families::family::{FAMILIES, foreign},
    scripted::{Maker, Purse, gates, sandbox},
};
use fastrand::Rng;
use std::collections::BTreeSet;
use toolsmith::{Task, make};

async fn is_made_at_once(name: &str) {
    let family = FAMILIES.iter().find(|family| family.name == name).expect("a family");
    let mut negatives = family.near_misses(30, 1);
    negatives.extend(family.of_others(4, 1));
    negatives.extend(foreign(&mut Rng::with_seed(1), 20));
    let mut known = BTreeSet::new(); // short texts may come twice
    let examples = family.instances(60, 1);
    let examples = examples.into_iter().filter(|example| known.insert(example.text.clone())).take(45).collect();
    let task = Task { examples, negatives, context: "context".to_owned(), ..Task::default() };
    let maker = Maker::saying(&[family.second]);
    let made = make(&maker, "large", &sandbox().await, &task, &gates(), &mut Purse::full()).await;
    let made = made.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    assert_eq!(made.code.trim_end(), family.second_tool().expect("a tool").code.trim_end());
    assert_eq!(made.provenance.repairs, 0, "{name}: {:?}", maker.asked().get(1));
    assert_eq!((made.report.n_declined, made.report.n_right), (made.negatives.len(), made.report.n_held_out));
    assert!(made.report.n_mutants > 6 && made.report.mutation_score() >= 0.9, "{:?}", made.report);
}

macro_rules! families {
    ($($name:ident),*) => {
        $(#[tokio::test]
        async fn $name() {
            is_made_at_once(stringify!($name)).await;
        })*
    };
}

families!(logical_deduction, tracking, dyck, word_sorting, remainder, scheduling);
