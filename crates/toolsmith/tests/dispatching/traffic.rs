//! Requests that are the same in every run: kinds that recur, and others that do not.
use fastrand::Rng;

const NOUNS: [&str; 40] = [
    "lantern", "harbour", "violin", "meadow", "copper", "walnut", "glacier", "saddle", "pepper", "comet", "anchor",
    "basket", "cedar", "dragon", "ember", "falcon", "garnet", "hammer", "island", "jacket", "kettle", "ladder",
    "marble", "needle", "orchid", "parrot", "quartz", "ribbon", "sparrow", "thistle", "umbrella", "velvet", "willow",
    "yarrow", "zipper", "beacon", "cactus", "dolphin", "engine", "feather",
];
const SYLLABLES: [&str; 16] =
    ["ba", "ke", "lo", "mi", "nu", "ra", "se", "ti", "vo", "zu", "pra", "ste", "glo", "fri", "du", "cha"];

/// A noun.
pub(crate) fn noun(rng: &mut Rng) -> &'static str {
    NOUNS[rng.usize(..NOUNS.len())]
}

/// Words to be put in order.
pub(crate) fn sorting(rng: &mut Rng) -> String {
    let words: Vec<_> = (0..rng.usize(3..9)).map(|_| noun(rng)).collect();
    format!("Put these words into alphabetical order: {}", words.join(", "))
}

/// Money to be changed.
pub(crate) fn changing(rng: &mut Rng) -> String {
    let pair = [("EUR", "USD"), ("USD", "GBP"), ("CHF", "EUR")][rng.usize(..3)];
    format!(
        "How much is {}.{:02} {} in {} at a rate of 1.{}?",
        rng.u32(1..900),
        rng.u32(..100),
        pair.0,
        pair.1,
        rng.u32(1..99)
    )
}

/// A box to be measured.
pub(crate) fn packing(rng: &mut Rng) -> String {
    let [a, b, c] = [(); 3].map(|()| rng.u32(2..90));
    format!("A crate for a {} is {a} cm wide, {b} cm deep and {c} cm high. What is its volume in litres?", noun(rng))
}

/// A question like no other: no two are made alike.
pub(crate) fn unique(rng: &mut Rng) -> String {
    const COMMON: &str = "the a of to in is it for on with as at by from that this be are was will can how why what when who \
                          my our their some any not no more most would could should about into over after before between \
                          write tell explain give find think know want need make see help people time way day work world";
    let common: Vec<&str> = COMMON.split_whitespace().collect();
    let words = (0..rng.usize(6..18)).map(|_| match rng.usize(..5) {
        0 | 1 => (0..rng.usize(2..4)).map(|_| SYLLABLES[rng.usize(..SYLLABLES.len())]).collect(),
        2 => noun(rng).to_owned(),
        _ => common[rng.usize(..common.len())].to_owned(),
    });
    words.collect::<Vec<String>>().join(" ") + "?"
}
