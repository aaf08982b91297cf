//! Kinds of requests that recur are found among those that do not, and only those that pay are suggested.
use crate::traffic::{changing, packing, sorting, unique};
use fastrand::Rng;
use toolsmith::suggest::{Bounds, Clusters, Economy, Seen};

const DAY: i64 = 86_400_000_000;
const ECONOMY: Economy = Economy { maker_cost: 200_000, coverage: 0.8, horizon: 30.0, examples: 40 };

struct Row {
    text: String,
    answer: String,
    context: &'static str,
    cost: i64,
    time: i64,
}

/// Ten days: three kinds among requests like no others.
fn traffic(n: usize, seed: u64) -> Vec<Row> {
    let mut rng = Rng::with_seed(seed);
    let row = |i: usize| {
        let time = DAY * 10 * i as i64 / n as i64;
        let (text, cost) = match rng.usize(..20) {
            0 | 1 => (sorting(&mut rng), 900),
            2 => (changing(&mut rng), 2_000),
            3..=5 => (packing(&mut rng), 1_000),
            _ => (unique(&mut rng), 1_500),
        };
        let answer = format!("answer to {text}");
        Row { text, answer, context: "c", cost, time }
    };
    (0..n).map(row).collect()
}

fn seen<'a>(row: &'a Row, trace: &'a str) -> Seen<'a> {
    let Row { text, answer, context, cost, time } = row;
    Seen { trace, route: "r", context, text, answer, large: true, cost: *cost, time: *time }
}

fn heard(rows: &[Row], bounds: Bounds) -> Clusters {
    let mut clusters = Clusters::new(bounds);
    rows.iter().for_each(|row| clusters.hear(&seen(row, "t")));
    clusters
}

#[test]
fn three_kinds_in_noise_are_suggested_and_nothing_else() {
    for seed in [1, 2] {
        let rows = traffic(3000, seed);
        let clusters = heard(&rows, Bounds::default());
        let found = clusters.suggestions(&ECONOMY);
        let texts: Vec<_> = found.iter().map(|one| one.cluster.texts().next().unwrap_or_default()).collect();
        assert_eq!(found.len(), 3, "{texts:?}");
        // requests a day: 300 in all
        for (begin, per_day, cost) in
            [("A crate", 45.0, 1000.0), ("Put these", 30.0, 900.0), ("How much", 15.0, 2000.0)]
        {
            let is_of = |one: &&toolsmith::suggest::Suggestion<'_>| {
                let n = one.cluster.texts().filter(|text| text.starts_with(begin)).count();
                n * 100 >= one.cluster.texts().count() * 98
            };
            let one = found.iter().find(is_of).unwrap_or_else(|| panic!("{begin}: {texts:?}"));
            let of_kind = rows.iter().filter(|row| row.text.starts_with(begin)).count() as u64;
            assert!(one.cluster.count * 100 >= of_kind * 98, "{begin}: {} of {of_kind}", one.cluster.count);
            assert!(
                (one.pays.per_day - per_day).abs() < 8.0 && (one.cluster.mean_cost() / cost - 1.0).abs() < 0.02,
                "{:?}",
                one.pays
            );
            assert!(one.cluster.uniformity() > 0.2, "{begin}: {}", one.cluster.uniformity());
        }
        assert!(found.is_sorted_by(|a, b| a.pays.net >= b.pays.net));
    }
}

#[test]
fn break_even_is_plain_arithmetic() {
    // 100 in ten days at 1,000 each: ten a day, of which 8 are saved: 8,000 a day; 200,000 takes 25 days, 250 requests
    let mut rng = Rng::with_seed(1);
    let rows: Vec<_> = (0..100)
        .map(|i| Row {
            text: changing(&mut rng),
            answer: String::new(),
            context: "c",
            cost: 1000,
            time: DAY * 10 * i / 99,
        })
        .collect();
    let clusters = heard(&rows, Bounds::default());
    let [one] = &clusters.suggestions(&ECONOMY)[..] else { panic!("one") };
    let pays = one.pays;
    assert_eq!((pays.per_day, pays.saved_per_day, pays.requests, pays.net), (10.0, 8_000.0, Some(250), 40_000));
    assert_eq!(pays.days, Some(25.0));
    for dear in [
        Economy { maker_cost: 240_001, ..ECONOMY },
        Economy { horizon: 24.0, ..ECONOMY },
        Economy { examples: 101, ..ECONOMY },
    ] {
        assert!(clusters.suggestions(&dear).is_empty(), "{dear:?}");
    }
    // what costs nothing never pays
    let free: Vec<_> = rows.into_iter().map(|row| Row { cost: 0, ..row }).collect();
    let clusters = heard(&free, Bounds::default());
    let pays = ECONOMY.of(clusters.all().next().expect("a cluster"), 10 * DAY);
    assert_eq!((pays.requests, pays.days, pays.worth), (None, None, false));
}

#[test]
fn a_busy_hour_is_no_day_of_such_hours_and_what_has_stopped_fades() {
    let mut rng = Rng::with_seed(1);
    let row = |time| Row { text: String::new(), answer: String::new(), context: "c", cost: 1000, time };
    let mut rows: Vec<_> = (0..50).map(|i| Row { text: sorting(&mut rng), ..row(i * DAY / 1200) }).collect();
    let per_day = |rows: &[Row]| {
        let clusters = heard(rows, Bounds::default());
        let largest = clusters.all().max_by_key(|cluster| cluster.count).expect("a cluster");
        ECONOMY.of(largest, rows.iter().map(|row| row.time).max().unwrap_or(0)).per_day
    };
    assert!((per_day(&rows) - 50.0).abs() < 1e-9);
    rows.push(Row { text: "Something else entirely".to_owned(), ..row(25 * DAY) });
    assert!((per_day(&rows) - 2.0).abs() < 1e-9);
}

#[test]
fn contexts_and_routes_are_kept_apart() {
    let mut rng = Rng::with_seed(1);
    let mut clusters = Clusters::default();
    for i in 0..90 {
        let text = sorting(&mut rng);
        let context = ["a", "b"][i % 2];
        let route = ["r", "s", "t"][i % 3];
        clusters.hear(&Seen { trace: "t", route, context, text: &text, answer: "x", large: true, cost: 1, time: 0 });
    }
    assert_eq!(clusters.all().map(|cluster| cluster.count).collect::<Vec<_>>(), [15; 6]);
}

#[test]
fn memory_is_bounded_and_large_kinds_outlive_noise() {
    let bounds = Bounds { clusters: 60, examples: 50 };
    let clusters = heard(&traffic(3000, 5), bounds);
    assert!(clusters.all().count() <= 60);
    assert!(clusters.all().all(|cluster| cluster.texts().count() <= 50));
    let found = clusters.suggestions(&ECONOMY);
    assert_eq!(found.len(), 3, "{:?}", found.iter().map(|one| one.cluster.texts().next()).collect::<Vec<_>>());
}

#[test]
fn the_same_traffic_gives_the_same_clusters() {
    let rows = traffic(1500, 6);
    let tell = |clusters: &Clusters| clusters.all().map(|one| (one.count, one.examples())).collect::<Vec<_>>();
    let bounds = Bounds { clusters: 100, ..Bounds::default() };
    assert_eq!(tell(&heard(&rows, bounds)), tell(&heard(&rows, bounds)));
}

#[test]
fn a_task_has_the_large_models_uncontradicted_answers_and_near_negatives() {
    let rows = traffic(3000, 7);
    let mut clusters = heard(&rows, Bounds::default());
    let say = |clusters: &mut Clusters, text: &str, answer: &str, large| {
        clusters.hear(&Seen { trace: "x", route: "r", context: "c", text, answer, large, cost: 1, time: 10 * DAY });
    };
    let words = "Put these words into alphabetical order:";
    say(&mut clusters, &format!("{words} b, a"), "a, b", true);
    say(&mut clusters, &format!("{words} b, a"), " a,  b\n", true); // white space contradicts nothing
    say(&mut clusters, &format!("{words} d, c"), "c, d", true);
    say(&mut clusters, &format!("{words} d, c"), "d, c", true);
    say(&mut clusters, &format!("{words} f, e"), "f, e", false); // a small model's
    let near = "Put these words into the order of their lengths, please, and say how you did it: bb, a";
    say(&mut clusters, near, "a, bb", true);
    let sorts = clusters.all().filter(|one| one.texts().any(|text| text.starts_with(words)));
    let sort = sorts.max_by_key(|one| one.count).expect("a cluster");
    let material = clusters.task(sort, 60);
    // a sample stands for all: what was said above may be in it or not, but never what must not be
    assert!(material.examples.len() >= 40 && material.examples.iter().all(|example| example.text.starts_with(words)));
    assert!(!material.examples.iter().any(|example| example.text.ends_with("d, c") || example.text.ends_with("f, e")));
    assert!(material.examples.iter().all(|example| example.source.is_some()));
    assert_eq!(material.negatives.len(), 60);
    assert!(!material.negatives.iter().any(|text| text.starts_with(words)));
    let distinct: std::collections::BTreeSet<_> = material.negatives.iter().collect();
    assert_eq!(distinct.len(), 60);
    for kind in ["A crate", "How much"] {
        assert!(material.negatives.iter().any(|text| text.starts_with(kind)), "{kind}: {:?}", material.negatives);
    }
}

#[test]
fn only_what_was_contradicted_is_left_out() {
    let mut clusters = Clusters::default();
    for (text, answer) in [
        ("sort the list b a", "a b"),
        ("sort the list d c", "c d"),
        ("sort the list d c", "d c"),
        ("sort the list b a", "a  b"),
    ] {
        clusters.hear(&Seen { trace: "t", route: "r", context: "c", text, answer, large: true, cost: 1, time: 0 });
    }
    let cluster = clusters.all().next().expect("a cluster");
    let kept: Vec<_> = cluster.examples().into_iter().map(|example| (example.text, example.answer)).collect();
    assert_eq!(kept, [("sort the list b a".to_owned(), "a b".to_owned())]);
    assert_eq!(cluster.n_examples(), 1);
}
