//! Draws from lists, the same in every run.
use fastrand::Rng;

/// One of `from`, which is not empty.
pub(super) fn one<'a>(rng: &mut Rng, from: &[&'a str]) -> &'a str {
    from[rng.usize(..from.len())]
}

/// `n` of `from` in random order.
pub(super) fn some(rng: &mut Rng, from: &[&str], n: usize) -> Vec<String> {
    let mut drawn: Vec<String> = from.iter().map(|&word| word.to_owned()).collect();
    rng.shuffle(&mut drawn);
    drawn.truncate(n);
    drawn
}

/// Two different numbers below `n`.
pub(super) fn two(rng: &mut Rng, n: usize) -> (usize, usize) {
    let one = rng.usize(..n);
    (one, (one + rng.usize(1..n)) % n)
}

/// `a, b, and c`.
pub(super) fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [word] => word.clone(),
        [first @ .., last] => format!("{}, and {last}", first.join(", ")),
    }
}

/// Options in brackets, a line each, and the label of the one at `right`.
pub(super) fn options(texts: &[String], right: usize) -> (String, String) {
    let label = |i: usize| format!("({})", char::from(b'A' + i as u8)); // there are at most eight
    let lines: Vec<_> = texts.iter().enumerate().map(|(i, text)| format!("{} {text}", label(i))).collect();
    (format!("Options:\n{}", lines.join("\n")), label(right))
}

/// `text` without its last line.
pub(super) fn without_last_line(text: &str) -> String {
    text.rsplit_once('\n').map_or(String::new(), |(rest, _)| rest.to_owned())
}
