//! Mutants of a known function, counted by hand.
use toolsmith::mutate::mutants;

const CODE: &str = r#""""Docs."""
LIMIT = 2


def run(words, least=0):
    """Docs."""
    best = []
    for word in words:
        if len(word) <= least or not word:
            continue
        best.append((word)
            + ", "[:LIMIT])
    while least < 3 and best:
        least += 1
    return sorted(best)
"#;

#[test]
fn mutants_by_hand() {
    let found: Vec<(usize, String, String)> = mutants(CODE, usize::MAX)
        .expect("mutants")
        .into_iter()
        .map(|mutant| (mutant.line, mutant.was.replace('\n', " "), mutant.is))
        .collect();
    let expected = [
        (2, "LIMIT = 2", "pass"),
        (2, "2", "3"),
        (2, "2", "1"),
        (5, "0", "1"),
        (5, "0", "(-1)"),
        (7, "best = []", "pass"),
        (9, "<=", "<"),
        (9, "<=", ">"),
        (9, "or", "and"),
        (9, "not word", "(word)"),
        (9, "len(word) <= least or not word", "True"),
        (9, "len(word) <= least or not word", "False"),
        (10, "continue", "break"),
        (11, "best.append((word)             + \", \"[:LIMIT])", "pass"),
        (12, "+", "-"),
        (12, "\", \"", "\"\""),
        (12, "", "1"),
        (12, "LIMIT", "(LIMIT) - 1"),
        (13, "<", "<="),
        (13, "<", ">="),
        (13, "3", "4"),
        (13, "3", "2"),
        (13, "and", "or"),
        (13, "least < 3 and best", "False"),
        (14, "least += 1", "pass"),
        (14, "+=", "-="),
        (14, "1", "2"),
        (14, "1", "0"),
        (15, "sorted(best)", "None"),
        (15, "", ", reverse=True"),
    ];
    let mut sorted: Vec<(usize, &str, &str)> = found.iter().map(|(line, a, b)| (*line, &a[..], &b[..])).collect();
    let mut by_hand = expected.to_vec();
    sorted.sort_unstable();
    by_hand.sort_unstable();
    assert_eq!(sorted, by_hand);
}

#[test]
fn mutants_are_drawn_evenly_and_always_the_same() {
    let all = mutants(CODE, usize::MAX).expect("mutants");
    let some = mutants(CODE, 10).expect("mutants");
    assert_eq!(some.len(), 10);
    assert_eq!(some, mutants(CODE, 10).expect("mutants"));
    let places: Vec<usize> =
        some.iter().map(|one| all.iter().position(|other| one == other).expect("one of all")).collect();
    assert!(places.windows(2).all(|pair| (1..=4).contains(&(pair[1] - pair[0]))), "{places:?}");
}

#[test]
fn other_words_for_the_same_are_no_mutants() {
    // `(x)` and `x`, white space and brackets are one tree
    for mutant in mutants("def run(x):\n    return x[(1):] if (x) else (-1)\n", usize::MAX).expect("mutants") {
        let plain = |code: &str| code.replace([' ', '(', ')'], "");
        assert_ne!(
            plain(&mutant.code),
            plain("def run(x):\n    return x[(1):] if (x) else (-1)\n"),
            "{}",
            mutant.tell()
        );
    }
}
