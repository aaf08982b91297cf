//! The price book: searched, put behind a list of own prices, and such lists checked.
use crate::{
    books::{good, json},
    support::Place,
};
use serde_json::{Value, json};

const HEAD: &str = "provider,model,valid_from,valid_to,input,cached_input,output,currency,source\n";

fn input(told: &Value) -> Vec<(&str, f64)> {
    let lines = told.as_array().expect("prices").iter();
    lines
        .map(|p| (p["source"].as_str().expect("a source"), p["input_usd_per_million"].as_f64().expect("USD")))
        .collect()
}

#[test]
fn own_prices_stand_before_the_books() {
    let place = Place::new("prices");
    let on = |day: &str, words: &[&str]| json(place.run(&[&["prices", "--json", "--on", day], words].concat(), ""));
    let openai = |told: Value| told.as_array().expect("prices").iter().find(|p| p["model"] == "gpt-4o").cloned();
    let price = |day| openai(on(day, &["OpenAI/", "4o"])).map(|p| p["output_usd_per_million"].clone());
    assert_eq!((price("2024-05-12"), price("2024-05-13")), (None, Some(json!(15.0))));
    assert_eq!(price("2024-10-02"), Some(json!(10.0)));
    let table = good(place.run(&["prices", "--on", "2024-10-02", "openai/gpt-4o"], ""));
    assert!(table.starts_with("PROVIDER ") && table.lines().any(|l| l.contains(" 2.5 ")), "{table}");
    let none = place.run(&["prices", "no-such-model"], "");
    assert!(none.code == Some(1) && none.err.contains("none for `no-such-model`"), "{}", none.err);

    place.write("own.csv", &format!("{HEAD}openai,gpt-4o,2024-05-14,,1.25,,5,USD,contract\n"));
    place.write(
        "kinglet.toml",
        "[ledger]\nprices = 'own.csv'\n[hardware]\nusd_hour = 0.10\nwatts = 65\nusd_kwh = '$0.30'\n\
         input_speed = 200\noutput_speed = 20.0\n",
    );
    let both = |day| openai(on(day, &["openai", "gpt-4o"])).map(|p| p["source"].clone());
    assert_ne!(both("2024-05-13"), Some(json!("contract")));
    assert_eq!(both("2024-05-14"), Some(json!("contract")));
    // 0.10 $/h and 65 W at 0.30 $/kWh: 0.1195 $/h; 20 tokens/s are 72,000 an hour
    let local = on("2024-05-14", &["local/"]);
    assert_eq!(
        (input(&local), &local[0]["output_usd_per_million"]),
        (vec![("hardware and measured speed", 0.165972)], &json!(1.659722))
    );

    place.write("kinglet.toml", "[ledger]\nprices = 'none.csv'\n[hardware]\nwatts = 65\n");
    let told = place.run(&["prices"], "");
    assert!(
        told.code == Some(1) && told.err.starts_with("error: kinglet.toml, line 2: ledger.prices: none.csv: "),
        "{}",
        told.err
    );
    place.write("kinglet.toml", "[hardware]\nwatts = 65\n");
    assert!(place.run(&["prices"], "").err.contains("hardware.input_speed: tokens a second expected"));
}

#[test]
fn faults_of_a_list_are_told_by_line() {
    let place = Place::new("prices-check");
    place.write(
        "bad.csv",
        &format!(
            "# ours\n{HEAD}p,m,2024-01-01,,-1,,1,USD,s\n\np,n,2024-13-01,,1,,1,USD,s\np,o,2024-01-01,,1,,1,USD,s\n\
             p,o,2025-01-01,,1,,1,USD,s\n"
        ),
    );
    let told = place.run(&["prices", "check", "bad.csv"], "");
    assert_eq!((told.code, told.out.as_str()), (Some(1), ""));
    let lines: Vec<_> = told.err.lines().collect();
    let begin =
        ["error: bad.csv, line 3: `-1`", "bad.csv, line 5: `2024-13-01`", "bad.csv, line 7: `o` of `p`: overlaps"];
    assert!(lines.len() == 3 && lines.iter().zip(begin).all(|(l, b)| l.starts_with(b)), "{}", told.err);
    // and where it is used, all of them too
    place.write("kinglet.toml", "[ledger]\nprices = 'bad.csv'");
    assert!(place.run(&["prices"], "").err.contains("line 7"), "{}", told.err);

    for (text, said) in [("", "line 1: the head"), ("a,b\n", "line 1: the head"), ("# a\n\na,b\n", "line 3: the head")]
    {
        place.write("head.csv", text);
        let told = place.run(&["prices", "check", "head.csv"], "");
        assert!(told.code == Some(1) && told.err.contains(said), "{}", told.err);
    }
    let rows = "a,m,2024-01-01,,0.3,,0.3,USD,s\nb,m,2024-01-01,,0.3,,0.3,USD,s\nc,m,2024-01-01,,20,,0.3,USD,s\n";
    place.write("good.csv", &format!("{HEAD}{rows}"));
    let out = good(place.run(&["prices", "check", "good.csv"], ""));
    assert_eq!(out.lines().count(), 2, "{out}");
    assert!(out.starts_with("good.csv, line 4: ") && out.ends_with("good.csv: 3 prices, all can be read\n"), "{out}");
    assert!(place.run(&["prices", "check", "none.csv"], "").err.starts_with("error: none.csv: "));
}
