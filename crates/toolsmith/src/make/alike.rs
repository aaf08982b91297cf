//! Whether a second program is the first one again: then it would confirm whatever that says.
use crate::finding::{Finding, FindingKind};
use std::collections::BTreeSet;

/// The share of its lines that a second program may have in common with the first: short programs cannot help some.
const MOST: f64 = 0.8;

pub(super) fn check(first: &str, second: &str) -> Option<Finding> {
    let known: BTreeSet<&str> = lines(first).collect();
    let (mut n, mut n_known) = (0u32, 0u32);
    for line in lines(second) {
        n += 1;
        n_known += u32::from(known.contains(line));
    }
    let message = "this program is nearly the one that there is already, which it is to check: another way of reading and \
                   of computing expected";
    (f64::from(n_known) > MOST * f64::from(n)).then(|| Finding::new(FindingKind::Copied, message))
}

/// What is executed, without how it is set out.
fn lines(code: &str) -> impl Iterator<Item = &str> {
    code.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_with_other_comments_is_the_same() {
        let first = "def run(words):\n    return sorted(words)\n";
        let again = "# sorts\ndef run(words):\n\n        return sorted(words)\n";
        assert_eq!(check(first, again).expect("a finding").kind, FindingKind::Copied);
        let other = "def run(words):\n    left = list(words)\n    left.sort()\n    return left\n";
        assert!(check(first, other).is_none());
    }
}
