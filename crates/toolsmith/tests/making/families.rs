//! The maker of each family's tool errs first: real verification sends it back, and what it mends is made; a second maker's
//! program joins it.
#[path = "../families/family.rs"]
pub(crate) mod family;

use crate::scripted::{Maker, Purse, gates, sandbox};
use family::{FAMILIES, Family, foreign};
use fastrand::Rng;
use std::collections::BTreeSet;
use toolsmith::{
    Agreement, Call, FindingKind, Gates, Said, Sandbox, Schemas, Task, Tool, agreement, answer, make, second,
    spans::Phrases, verify,
};

async fn errs_and_mends(name: &str) {
    let family = FAMILIES.iter().find(|family| family.name == name).expect("a family");
    let mut negatives = family.near_misses(30, 1);
    negatives.extend(family.of_others(4, 1));
    negatives.extend(foreign(&mut Rng::with_seed(1), 20));
    let examples = family.instances(60, 1);
    let gates = Gates { mutants: 12, ..gates() };
    let sandbox = sandbox().await;
    // what it is sent back for
    let first = family.first_tool().expect("a tool");
    let found = verify(&sandbox, &first, &examples, &negatives, &gates).await.expect_err("findings");
    let grave = [FindingKind::Wrong, FindingKind::Foreign, FindingKind::Fault, FindingKind::Property];
    assert!(grave.contains(&found[0].kind), "{}", found[0]);
    // short texts may come twice
    let mut known = BTreeSet::new();
    let distinct = examples.into_iter().filter(|example| known.insert(example.text.clone())).take(45).collect();
    let task = Task { examples: distinct, negatives, context: "context".to_owned(), ..Task::default() };
    let maker = Maker::saying(&[family.first, family.mended]);
    let made = make(&maker, "large", &sandbox, &task, &gates, &mut Purse::full()).await.expect("a tool");
    assert_eq!((made.provenance.repairs, made.name.as_str()), (1, family.name));
    assert_eq!(made.code.trim_end(), family.tool().expect("a tool").code.trim_end());
    let asked = maker.asked();
    assert_eq!(asked.len(), 2, "calls of the maker");
    let repair = &asked[1];
    let shows = repair.contains("found: ") && repair.contains("expected: ");
    assert!(shows, "a counter-example expected: {repair}");
    assert_eq!((made.examples.len(), made.report.n_declined), (45, made.negatives.len()));
    assert!(made.report.n_held_out >= 37 && made.report.n_right == made.report.n_held_out, "{:?}", made.report);
    assert!(made.report.n_mutants > 6 && made.report.mutation_score() >= 0.9, "{:?}", made.report);
    agrees(&sandbox, family, made, &task, &gates).await;
}

/// Has a second program written, at once right, and tries both together.
async fn agrees(sandbox: &Sandbox, family: &Family, made: Tool, task: &Task, gates: &Gates) {
    let maker = Maker::saying(&[family.second]);
    let second = second(&maker, "large", sandbox, task, gates, &made, &mut Purse::full()).await.expect("a program");
    assert_eq!((second.provenance.repairs, maker.asked().len()), (0, 1));
    assert_eq!(second.code.trim_end(), family.second_tool().expect("a tool").code.trim_end());
    let both = Tool { second: Some(second), ..made };
    let schemas = Schemas::new(&both).expect("schemas");
    for example in family.instances(30, 9) {
        let said = answer(sandbox, &both, &schemas, &example.text).await;
        assert_eq!(said, Ok(Said::Answer(example.answer)), "{}", example.text);
    }
    for text in family.near_misses(30, 9) {
        let said = answer(sandbox, &both, &schemas, &text).await;
        assert_eq!(said, Ok(Said::Declined), "{text}");
    }
    of_arguments(sandbox, family, &both, &schemas).await;
}

/// Tries both where arguments are given, and the second program has to be asked by requests that say them.
async fn of_arguments(sandbox: &Sandbox, family: &Family, both: &Tool, schemas: &Schemas) {
    let Ok(phrases) = Phrases::new(sandbox, both).await else {
        // no request says them as they are
        return assert!(["logical_deduction", "scheduling"].contains(&family.name), "{}", family.name);
    };
    let mut n_agree = 0;
    for example in family.instances(30, 9) {
        let call = Call::Extract { text: example.text };
        let arguments = sandbox.call(&both.code, call).await.expect("an outcome").arguments.expect("arguments");
        match agreement(sandbox, both, schemas, &phrases, &arguments).await {
            Ok(Agreement::Agrees) => n_agree += 1,
            Ok(Agreement::Unasked) => {}
            other => unreachable!("{}: {arguments:?}: {other:?}", family.name),
        }
    }
    assert!(n_agree >= 15, "{}: {n_agree} of 30", family.name);
}

macro_rules! families {
    ($($name:ident),*) => {
        $(#[tokio::test]
        async fn $name() {
            errs_and_mends(stringify!($name)).await;
        })*
    };
}

families!(logical_deduction, tracking, dyck, word_sorting, remainder, scheduling);
