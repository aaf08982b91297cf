//! Tools are found by vectors where these tell their requests from others, and not at all where they do not.
use fastrand::Rng;
use toolsmith::dispatch::{DenseIndex, Entry, gist};

const N_DIMS: usize = 24;

/// A vector of about this kind, as a decoder's are: far from the origin, one number larger than all others, whatever the text.
fn vector(text: &str, spread: f32) -> Vec<f32> {
    let kind = text.split('/').next().unwrap_or_default();
    let direction = |name: &str| -> Vec<f32> {
        let seed = name.bytes().fold(11u64, |seed, byte| seed.wrapping_mul(131).wrapping_add(u64::from(byte)));
        let mut rng = Rng::with_seed(seed);
        (0..N_DIMS).map(|_| rng.f32() * 2.0 - 1.0).collect()
    };
    let (of_kind, own) = (direction(kind), direction(text));
    let mut vector: Vec<f32> = of_kind.iter().zip(own).map(|(kind, own)| 10.0 + kind + spread * own).collect();
    vector[3] = 500.0 + 40.0 * vector[4];
    vector
}

fn texts(kind: &str, n: usize) -> Vec<String> {
    (0..n).map(|i| format!("{kind}/{i}")).collect()
}

/// Of everything, each text a kind of its own.
fn foreign(n: usize, seed: usize) -> Vec<String> {
    (0..n).map(|i| format!("foreign {seed} {i}/")).collect()
}

fn entry<'a>(id: &'a str, examples: &'a [String], negatives: &'a [String]) -> Entry<'a> {
    let [examples, negatives] = [examples, negatives].map(|texts| texts.iter().map(String::as_str).collect());
    Entry { id, name: id, context: "c", examples, negatives }
}

fn first(index: &DenseIndex, text: &str, spread: f32) -> Option<String> {
    index.find("c", &vector(text, spread)).first().map(|found| found.tool.to_owned())
}

#[test]
fn a_paraphrase_is_found_and_foreign_texts_are_not() {
    let (sort, pack, others) = (texts("sort", 40), texts("pack", 40), foreign(40, 1));
    let entries = [entry("sort", &sort, &others), entry("pack", &pack, &others)];
    let index = DenseIndex::new(&entries, &[], |text| Some(vector(text, 0.4)));
    for bar in index.bars() {
        assert!(bar.n_found == 40 && bar.threshold.is_finite(), "{bar:?}");
    }
    assert!(index.finds("c") && !index.finds("other"));
    // farther from its kind than any example
    for text in (100..200).map(|i| format!("sort/{i}")) {
        assert_eq!(first(&index, &text, 0.7).as_deref(), Some("sort"), "{text}");
    }
    let through: Vec<_> = foreign(500, 2).into_iter().filter(|text| first(&index, text, 0.4).is_some()).collect();
    assert!(through.len() <= 10, "{through:?}");
    assert!(others.iter().all(|text| first(&index, text, 0.4).is_none()), "those that are known are never let through");
    assert!(index.find("other", &vector("sort/1", 0.4)).is_empty());
}

#[test]
fn a_tool_that_vectors_do_not_tell_from_others_is_not_offered() {
    // its negatives are of its own kind: only words tell them apart
    let (sort, pack, others) = (texts("sort", 40), texts("pack", 40), foreign(40, 1));
    let twins: Vec<String> = (100..140).map(|i| format!("sort/{i}")).collect();
    let entries = [entry("sort", &sort, &twins), entry("pack", &pack, &others)];
    let index = DenseIndex::new(&entries, &[], |text| Some(vector(text, 0.4)));
    let bars: Vec<_> = index.bars().map(|bar| (bar.tool, bar.threshold.is_finite())).collect();
    assert_eq!(bars, [("sort", false), ("pack", true)]);
    assert!(sort.iter().all(|text| first(&index, text, 0.4).is_none()));
    assert_eq!(first(&index, "pack/77", 0.4).as_deref(), Some("pack"));
}

#[test]
fn too_little_is_no_proof() {
    let (few, sort, others) = (texts("sort", 7), texts("sort", 40), foreign(40, 1));
    let offered = |examples: &[String], negatives: &[String], known: &dyn Fn(&str) -> Option<Vec<f32>>| {
        DenseIndex::new(&[entry("sort", examples, negatives)], &[], known).finds("c")
    };
    let all = |text: &str| Some(vector(text, 0.4));
    assert!(offered(&sort, &others, &all));
    assert!(!offered(&few, &others, &all), "few examples");
    assert!(!offered(&sort, &others[..7], &all), "few that are not for it");
    assert!(!offered(&sort, &others, &|_| None), "no vectors");
    assert!(!offered(&sort, &others, &|_| Some(vec![1.0; N_DIMS])), "all the same");
    assert!(!offered(&sort, &others, &|_| Some(vec![f32::NAN; N_DIMS])), "no numbers");
    assert!(
        !offered(&sort, &others, &|text| all(text).filter(|_| text.starts_with("sort"))),
        "none that are not for it"
    );
    assert!(!DenseIndex::new(&[], &[], all).finds("c"));
}

#[test]
fn vectors_of_another_length_find_nothing() {
    let (sort, others) = (texts("sort", 40), foreign(40, 1));
    let odd = |text: &str| if text.ends_with("/3") { vec![1.0; 5] } else { vector(text, 0.4) };
    let index = DenseIndex::new(&[entry("sort", &sort, &others)], &[], |text| Some(odd(text)));
    assert_eq!(index.bars().next().map(|bar| bar.n_examples), Some(39));
    for vector in [vec![], vec![1.0; 5], vec![f32::NAN; N_DIMS], vec![f32::INFINITY; N_DIMS]] {
        assert!(index.find("c", &vector).is_empty(), "{vector:?}");
    }
}

#[test]
fn the_beginning_of_a_text_is_what_it_means() {
    assert_eq!(gist("  a text\n"), "a text");
    let long = "é".repeat(1000);
    assert_eq!((gist(&long).len(), gist(&format!("a{long}")).len()), (512, 511));
}
