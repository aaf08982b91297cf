//! Sequences of brackets that have begun well and are to be ended well.
use super::draw;
use fastrand::Rng;
use toolsmith::Example;

const PAIRS: [(char, char); 4] = [('(', ')'), ('[', ']'), ('{', '}'), ('<', '>')];
const HEADS: [&str; 3] = [
    "Complete the rest of the sequence, making sure that the parentheses are closed properly. Input: ",
    "Complete the rest of the sequence, making sure that the brackets are closed properly. Input: ",
    "Finish the following sequence so that all brackets are closed properly. Input: ",
];

/// A whole sequence is made first, then cut where some brackets are open: what was cut off in closing signs is the answer.
pub(super) fn instance(rng: &mut Rng) -> Example {
    let (begun, rest) = begun(rng);
    let is_spaced = rng.bool();
    let text = format!("{}{}", draw::one(rng, &HEADS), spaced(&begun, is_spaced));
    Example { text, answer: spaced(&rest, is_spaced), source: None }
}

fn begun(rng: &mut Rng) -> (String, String) {
    let n_open = rng.usize(1..7);
    let (mut begun, mut rest) = (String::new(), String::new());
    for _ in 0..n_open {
        for _ in 0..rng.usize(..3) {
            balanced(rng, 3, &mut begun);
        }
        let (opening, closing) = PAIRS[rng.usize(..4)];
        begun.push(opening);
        rest.insert(0, closing);
    }
    if rng.bool() {
        balanced(rng, 2, &mut begun);
    }
    (begun, rest)
}

fn balanced(rng: &mut Rng, depth: usize, into: &mut String) {
    let (opening, closing) = PAIRS[rng.usize(..4)];
    into.push(opening);
    for _ in 0..if depth == 0 { 0 } else { rng.usize(..3) } {
        balanced(rng, depth - 1, into);
    }
    into.push(closing);
}

fn spaced(signs: &str, is_spaced: bool) -> String {
    let signs: Vec<String> = signs.chars().map(String::from).collect();
    signs.join(if is_spaced { " " } else { "" })
}

/// Nearly the same request, which this tool must leave alone.
pub(super) fn near_miss(rng: &mut Rng) -> String {
    let (begun, rest) = begun(rng);
    let head = draw::one(rng, &HEADS);
    match rng.usize(..10) {
        0 => format!("{head}{begun}{rest}"),
        1 => format!("{head}{rest}{begun}"),
        2 => format!("{head}{begun}|"),
        3 => format!("{head}{begun}\nHow many signs are missing?"),
        4 => format!("Say whether the brackets of this sequence are closed properly. Input: {begun}"),
        5 => head.to_owned(),
        6 => format!("{}Output: {begun}", head.replace("Input: ", "")),
        7 => format!("{head}{begun}a"),
        8 => format!("{head}{begun} and then open two more"),
        _ => format!("{head}{begun}\nInput: {begun}"),
    }
}
