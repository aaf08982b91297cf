//! Tools are found by their examples: each its own, foreign requests none, and what looks like both is left to nobody.
use crate::traffic::{changing, noun, packing, sorting, unique};
use fastrand::Rng;
use toolsmith::dispatch::{Entry, Index};

type Kind = fn(&mut Rng) -> String;
const KINDS: [(&str, Kind); 3] = [("sort", sorting), ("change", changing), ("pack", packing)];

fn texts(n: usize, seed: u64, kind: Kind) -> Vec<String> {
    let mut rng = Rng::with_seed(seed);
    (0..n).map(|_| kind(&mut rng)).collect()
}

fn entry<'a>(id: &'a str, examples: &'a [String], negatives: &'a [String]) -> Entry<'a> {
    Entry {
        id,
        name: id,
        context: "c",
        examples: examples.iter().map(String::as_str).collect(),
        negatives: negatives.iter().map(String::as_str).collect(),
    }
}

fn first<'a>(index: &'a Index, text: &str) -> Option<&'a str> {
    index.find("c", text).first().map(|found| found.tool)
}

#[test]
fn each_request_finds_its_tool_and_foreign_ones_find_none() {
    let examples: Vec<_> = KINDS.iter().map(|(id, kind)| (*id, texts(40, 1, *kind))).collect();
    let foreign = texts(60, 2, unique);
    let entries: Vec<_> = examples.iter().map(|(id, texts)| entry(id, texts, &foreign)).collect();
    let index = Index::new(&entries, &[]);
    for (id, kind) in KINDS {
        for text in texts(200, 3, kind) {
            let found = index.find("c", &text);
            assert_eq!(found.first().map(|found| found.tool), Some(id), "{text}: {found:?}");
            assert!(found[0].score > 0.5 && found[0].score <= 1.0 && found.is_sorted_by(|a, b| a.score >= b.score));
        }
    }
    let through: Vec<_> = texts(1000, 4, unique).into_iter().filter(|text| first(&index, text).is_some()).collect();
    assert!(through.is_empty(), "{through:?}");
    for bar in index.bars() {
        assert_eq!((bar.n_found, bar.n_examples, bar.n_near_misses), (40, 40, 0), "{bar:?}");
    }
}

#[test]
fn another_context_is_another_world() {
    let examples = texts(40, 1, sorting);
    let index = Index::new(&[entry("sort", &examples, &[])], &[]);
    assert!(index.find("other", &examples[0]).is_empty());
    assert!(Index::new(&[], &[]).find("c", &examples[0]).is_empty());
    // the same requests in another context are not foreign: there they are answered otherwise
    let there = Entry { context: "other", ..entry("there", &examples, &[]) };
    let index = Index::new(&[entry("here", &examples, &[]), there], &[]);
    assert_eq!(first(&index, &examples[3]), Some("here"));
    assert_eq!(index.find("other", &examples[3])[0].tool, "there");
}

#[test]
fn no_foreign_text_that_is_known_is_let_through() {
    let examples = texts(40, 1, sorting);
    // the same wording with a twist, small or large, and others
    let small = |text: &String| text.replace("alphabetical", "reverse alphabetical");
    let large = |text: &String| format!("{text}, by length, longest first");
    let mut negatives: Vec<_> = texts(15, 5, sorting).iter().map(small).collect();
    negatives.extend(texts(15, 6, sorting).iter().map(large));
    negatives.extend(texts(200, 7, unique));
    let index = Index::new(&[entry("sort", &examples, &negatives)], &[]);
    let bar = index.bars().next().expect("a bar");
    assert!(bar.n_found >= 36, "{bar:?}");
    for text in &negatives {
        assert_eq!(first(&index, text), None, "{text}");
    }
    let found = texts(200, 8, sorting).iter().filter(|text| first(&index, text).is_some()).count();
    assert!(found >= 180, "{found} of 200");
    let through = |twist: fn(&String) -> String| {
        texts(100, 9, sorting).iter().map(twist).filter(|text| first(&index, text).is_some()).count()
    };
    let n = [
        through(|text| text.replace("alphabetical", "reverse alphabetical")),
        through(|text| format!("{text}, by length, longest first")),
    ];
    assert!(n[0] <= 20 && n[1] <= 5, "{n:?} of 100");
}

#[test]
fn what_looks_as_its_own_do_is_remembered_and_the_bar_stays() {
    // lists of any length, so that scores differ, and short ones with a word more: by the score alone they are the tool's own
    let long = |rng: &mut Rng| {
        let words: Vec<_> = (0..rng.usize(2..40)).map(|_| noun(rng)).collect();
        format!("Put these words into alphabetical order: {}", words.join(" "))
    };
    let short = |rng: &mut Rng| format!("Put these words into random alphabetical order: {} {}", noun(rng), noun(rng));
    let (examples, misses) = (texts(80, 1, long), texts(20, 2, short));
    let plain = Index::new(&[entry("sort", &examples, &[])], &[]);
    assert!(misses.iter().all(|text| first(&plain, text).is_some()));
    let index = Index::new(&[entry("sort", &examples, &misses)], &[]);
    let bar = index.bars().next().expect("a bar");
    assert!(bar.n_near_misses > 0 && bar.n_found >= 70, "{bar:?}");
    assert!(misses.iter().all(|text| first(&index, text).is_none()));
    let found = texts(200, 3, long).iter().filter(|text| first(&index, text).is_some()).count();
    assert!(found >= 170, "{found} of 200");
}

#[test]
fn foreign_requests_that_were_seen_raise_the_bar() {
    let examples = texts(40, 1, packing);
    let alike: Vec<String> = {
        let mut rng = Rng::with_seed(9);
        (0..40)
            .map(|_| {
                format!(
                    "A crate for a {} is too heavy for {} people. What is to be done?",
                    noun(&mut rng),
                    rng.u32(2..9)
                )
            })
            .collect()
    };
    let low = Index::new(&[entry("pack", &examples, &[])], &[]);
    let seen: Vec<&str> = alike.iter().take(10).map(String::as_str).collect();
    let high = Index::new(&[entry("pack", &examples, &[])], &seen);
    let bar = |index: &Index| index.bars().next().expect("a bar").threshold;
    assert!(bar(&high) > bar(&low), "{} {}", bar(&high), bar(&low));
    assert!(alike.iter().all(|text| first(&high, text).is_none()));
    assert!(texts(100, 10, packing).iter().all(|text| first(&high, text) == Some("pack")));
}

#[test]
fn degenerate_tools_do_no_harm() {
    // all examples have the same words; the same as a negative; none; one; signs alone
    let sums: Vec<String> = (0..40).map(|i| format!("What is {i} + {}?", i * 7)).collect();
    let same = ["What is 5 + 5?".to_owned(), "What is the time?".to_owned()];
    let none: [String; 0] = [];
    let one = ["Count the vowels in: banana".to_owned()];
    let signs = ["([{}])".to_owned(), "<>".to_owned()];
    let entries =
        [entry("sum", &sums, &same), entry("none", &none, &same), entry("one", &one, &[]), entry("signs", &signs, &[])];
    let index = Index::new(&entries, &[]);
    // words do not tell those two apart, so that `extract` must: the tool is not lost for it
    assert_eq!(first(&index, "What is 812 + 3?"), Some("sum"));
    assert_eq!(first(&index, "What is the time?"), None);
    assert_eq!(first(&index, "Count the vowels in: banana"), Some("one"));
    assert_eq!(first(&index, "How are you?"), None);
    for text in ["", " ", "([{}])", "\u{0}\u{ffff}", "🦜🦜🦜"] {
        assert_eq!(first(&index, text), None, "{text}");
    }
}

#[test]
fn versions_of_a_tool_take_nothing_from_each_other() {
    let (old, new) = (texts(40, 1, sorting), texts(60, 2, sorting));
    let entries = [
        Entry { name: "sort", ..entry("old", &old, &[]) },
        Entry { name: "sort", ..entry("new", &new, &[]) },
        entry("pack", &[], &[]),
    ];
    let index = Index::new(&entries, &[]);
    for text in texts(100, 3, sorting) {
        let mut found: Vec<_> = index.find("c", &text).into_iter().map(|found| found.tool).collect();
        found.sort_unstable();
        assert_eq!(found, ["new", "old"], "{text}");
    }
}

#[test]
fn long_texts_cost_no_more_than_their_beginning() {
    let examples = texts(40, 1, sorting);
    let index = Index::new(&[entry("sort", &examples, &[])], &[]);
    let long = "word ".repeat(1_000_000);
    assert_eq!(first(&index, &long), None);
    assert_eq!(first(&index, &format!("{}{}", examples[0], " ".repeat(1_000_000))), Some("sort"));
}

#[test]
fn the_same_tools_make_the_same_index() {
    let examples: Vec<_> = KINDS.iter().map(|(id, kind)| (*id, texts(40, 1, *kind))).collect();
    let entries: Vec<_> = examples.iter().map(|(id, texts)| entry(id, texts, &[])).collect();
    let [one, two] = [(); 2].map(|()| Index::new(&entries, &["How are you?"]));
    assert!(one.bars().eq(two.bars()));
    for text in texts(50, 2, sorting) {
        assert_eq!(one.find("c", &text), two.find("c", &text));
    }
}
