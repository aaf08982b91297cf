//! Reports, held against sums that were made without the ledger.
use crate::books::{DAY, FIRST, fill, good, json, place};
use ledger::Trace;
use serde_json::{Value, json};
use std::collections::BTreeMap;

type Group = fn(&Trace) -> String;

/// The sums of a report that must be exact: of money in micro-USD.
fn sums<'t>(traces: impl Iterator<Item = &'t Trace>, group: Group) -> BTreeMap<String, [i64; 9]> {
    let mut groups = BTreeMap::<_, [i64; 9]>::new();
    for t in traces {
        let reference = t.reference_cost.unwrap_or(0);
        let saved = t.reference_cost.map_or(0, |large| large - t.cost);
        let failed = i64::from(t.status >= 400);
        let numbers = [
            1,
            failed,
            t.tokens.input,
            t.tokens.cached_input,
            t.tokens.output,
            t.tokens.reasoning,
            t.cost,
            reference,
            saved,
        ];
        let sums = groups.entry(group(t)).or_default();
        sums.iter_mut().zip(numbers).for_each(|(sum, n)| *sum += n);
    }
    groups
}

fn found(line: &Value) -> [i64; 9] {
    let n = |name: &str| line[name].as_i64().expect("a whole number");
    let usd = |name: &str| (line[name].as_f64().expect("money") * 1e6).round() as i64;
    [
        n("requests"),
        n("failed"),
        n("input_tokens"),
        n("cached_input_tokens"),
        n("output_tokens"),
        n("reasoning_tokens"),
        usd("cost_usd"),
        usd("all_large_usd"),
        usd("saved_usd"),
    ]
}

#[test]
fn every_sum_is_that_of_an_independent_count() {
    let place = place("report");
    let traces = fill(&place, 400);
    let groups: [(&str, Group); 7] = [
        ("total", |_| String::new()),
        ("route", |t| t.route.clone().unwrap_or_default()),
        ("key", |t| t.key.clone().unwrap_or_default()),
        ("owner", |t| t.owner.clone().unwrap_or_default()),
        ("tier", |t| t.tier.clone().unwrap_or_default()),
        ("day", |t| format!("2024-05-{}", 11 + (t.time - FIRST) / DAY)),
        ("model", |t| {
            let provider = t.provider.as_ref().map_or_else(String::new, |p| format!("{p}/"));
            provider + t.model.as_deref().unwrap_or_default()
        }),
    ];
    for (by, group) in groups {
        let told = json(place.run(&["report", "--by", by, "--json"], ""));
        let lines = told["lines"].as_array().expect("lines").iter();
        let lines: BTreeMap<_, _> =
            lines.map(|l| (l["group"].as_str().expect("a name").to_owned(), found(l))).collect();
        assert_eq!(lines, sums(traces.iter(), group), "{by}");
        assert_eq!(found(&told["total"]), sums(traces.iter(), |_| String::new())[""], "{by}");
    }
    // from the first moment of a day to the last of another
    let two = traces.iter().filter(|t| (FIRST + DAY..FIRST + 3 * DAY).contains(&t.time));
    let told = json(place.run(&["report", "--from", "2024-05-12", "--to", "2024-05-13", "--json"], ""));
    assert_eq!(found(&told["total"]), sums(two, |_| String::new())[""]);
    let none = json(place.run(&["report", "--last", "7d", "--json"], ""));
    assert_eq!((&none["lines"], &none["total"]["requests"]), (&json!([]), &json!(0)));
}

#[test]
fn speed_is_that_of_the_requests() {
    let place = place("report-speed");
    let traces = fill(&place, 50);
    let told = json(place.run(&["report", "--by", "total", "--json"], ""));
    let line = &told["lines"][0];
    let writing = traces.iter().filter(|t| t.tokens.output > 0);
    let (tokens, busy) = writing.fold((0, 0), |(n, us), t| (n + t.tokens.output, us + t.total_us - t.queue_us));
    let close = |name: &str, expected: f64| {
        let found = line[name].as_f64().expect("a number");
        assert!((found - expected).abs() < 0.002, "{name}: {found} for {expected}");
    };
    close("output_tokens_per_second", tokens as f64 * 1e6 / busy as f64);
    let firsts: Vec<_> = traces.iter().filter_map(|t| t.first_token_us).collect();
    close("first_token_ms", firsts.iter().sum::<i64>() as f64 / 1e3 / firsts.len() as f64);
    close("whole_ms", traces.iter().map(|t| t.total_us).sum::<i64>() as f64 / 1e3 / traces.len() as f64);
}

#[test]
fn tables_are_for_people_and_csv_for_sheets() {
    let place = place("report-forms");
    let traces = fill(&place, 100);
    let csv = good(place.run(&["report", "--by", "owner", "--csv"], ""));
    let mut lines = csv.lines();
    assert!(lines.next().is_some_and(|head| head.starts_with("group,requests,failed,input_tokens,")));
    let expected = sums(traces.iter(), |t| t.owner.clone().unwrap_or_default());
    let bob = expected["bob, the \"second\""];
    let line = lines.find_map(|l| l.strip_prefix("\"bob, the \"\"second\"\"\",")).expect("a line, quoted");
    let cells: Vec<_> = line.split(',').collect();
    assert_eq!(cells[..6], bob[..6].iter().map(ToString::to_string).collect::<Vec<_>>());
    let micros = |usd: &str| {
        let (whole, part) = usd.split_once('.').unwrap_or((usd, ""));
        format!("{whole}{part:0<6}").parse::<i64>().expect("a decimal")
    };
    assert_eq!([micros(cells[6]), micros(cells[7]), micros(cells[8])], bob[6..]);

    let told = place.run(&["report", "--by", "owner", "--from", "2024-05-11"], "");
    assert!(told.err.starts_with("since 2024-05-11, UTC"), "{}", told.err);
    assert!(told.out.starts_with("OWNER ") && told.out.lines().count() == 1 + expected.len() + 1, "{}", told.out);
    let total: i64 = expected.values().map(|sums| sums[6]).sum();
    let shown = format!("{}.{:02}", total / 1_000_000, (total % 1_000_000 + 5000) / 10_000);
    assert!(told.out.lines().last().is_some_and(|l| l.starts_with("total ") && l.contains(&shown)), "{}", told.out);
    for (args, code, said) in [
        (&["--from", "2024-05-13", "--to", "2024-05-12"][..], 1, "not after --to 2024-05-12"),
        (&["--from", "May"], 2, "a day such as 2024-05-13"),
        (&["--last", "7"], 2, "a time such as 90m"),
        (&["--last", "7d", "--to", "2024-05-12"], 2, "cannot be used with"),
        (&["--by", "colour"], 2, "possible values"),
    ] {
        let told = place.run(&[&["report"], args].concat(), "");
        assert!(told.code == Some(code) && told.err.contains(said), "{args:?}: {}", told.err);
    }
}
