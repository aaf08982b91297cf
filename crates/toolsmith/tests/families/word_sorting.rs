//! Lists of words to be sorted.
use super::draw;
use fastrand::Rng;
use toolsmith::Example;

const HEADS: [&str; 5] = [
    "Sort the following words alphabetically: List: ",
    "Sort the following words alphabetically: ",
    "Sort these words alphabetically: ",
    "Put the following words in alphabetical order: ",
    "Put these words in alphabetical order: List: ",
];
const SYLLABLES: [&str; 24] = [
    "ba", "ce", "do", "fi", "gu", "ha", "je", "ka", "lo", "mi", "nu", "pa", "qui", "re", "so", "ti", "u", "ve", "wo",
    "xi", "ya", "ze", "ster", "nth",
];
const WITH_SIGNS: [&str; 6] = ["isn't", "o'hara", "we'll", "they'd", "mother-in-law", "well-known"];

/// The sorted words stand first, by insertion where each belongs; what is asked is a shuffle of them.
pub(super) fn instance(rng: &mut Rng) -> Example {
    let sorted = words(rng);
    let mut asked = sorted.clone();
    rng.shuffle(&mut asked);
    let separator = if rng.u8(..4) == 0 { ", " } else { " " };
    let text = format!("{}{}", draw::one(rng, &HEADS), asked.join(separator));
    Example { text, answer: sorted.join(separator), source: None }
}

fn words(rng: &mut Rng) -> Vec<String> {
    let mut sorted: Vec<String> = Vec::new();
    for _ in 0..rng.usize(2..21) {
        let word = match (rng.u8(..12), sorted.is_empty()) {
            (0, _) => draw::one(rng, &WITH_SIGNS).to_owned(),
            (1, false) => sorted[rng.usize(..sorted.len())].clone(),
            (2, false) => format!("{}s", sorted[rng.usize(..sorted.len())]),
            _ => (0..rng.usize(1..5)).map(|_| draw::one(rng, &SYLLABLES)).collect(),
        };
        let place = sorted.iter().position(|other| word.as_bytes() < other.as_bytes()).unwrap_or(sorted.len());
        sorted.insert(place, word);
    }
    sorted
}

/// Nearly the same request, which this tool must leave alone.
pub(super) fn near_miss(rng: &mut Rng) -> String {
    let mut words = words(rng);
    rng.shuffle(&mut words);
    let list = words.join(" ");
    match rng.usize(..15) {
        0 => format!("Sort the following words in descending alphabetical order: List: {list}"),
        1 => format!("Sort the following words by length: List: {list}"),
        2 => format!("Sort the following words alphabetically: List: {list} in reverse order"),
        3 => format!("Sort the following words alphabetically by their last letter: List: {list}"),
        4 => format!("Sort the following words alphabetically: List: {list}, then count them."),
        5 => format!("Sort the following words alphabetically: List: {list} {}", rng.u16(..)),
        6 => format!("Sort the following words alphabetically: List: {list} Zebra"),
        7 => format!("Sort the following words alphabetically and remove duplicates: List: {list}"),
        8 => "Sort the following words alphabetically: List:".to_owned(),
        9 => format!("Count the following words: List: {list}"),
        10 => format!("Are the following words sorted alphabetically? List: {list}"),
        11 => format!("Sort the following words alphabetically: List: {} pear, fig", words.join(" ")),
        12 => format!("Sort the following words alphabetically: List: {list}\nThen translate them to French."),
        13 => format!("Sort the following words alphabetically: List: {}", words[0]),
        _ => format!("Sort the following words alphabetically: List: {list}. Explain each step."),
    }
}
