//! The price book: which price is found, which lists are refused, and what a request costs to the last unit.
use ledger::{Book, Hardware, Kind, Tokens};

const DAY: i64 = 86_400_000_000;
const LAUNCH_OF_4O: i64 = 19_856 * DAY;
const OCTOBER_2_2024: i64 = 19_998 * DAY;
const HEAD: &str = "provider,model,valid_from,valid_to,input,cached_input,output,currency,source\n";

fn list(lines: &str) -> ledger::Result<Book> {
    Book::default().with(&format!("{HEAD}{lines}"))
}

fn tokens(input: i64, cached_input: i64, output: i64) -> Tokens {
    Tokens { input, cached_input, output, reasoning: 0 }
}

#[test]
fn our_own_list_has_the_models_of_2024_and_of_today() {
    let book = Book::own().unwrap();
    assert_eq!(book.flagged(), []);
    let at = |provider, model, time| book.price(provider, model, time).map(|p| (p.input, p.output));
    assert_eq!(at("openai", "gpt-4o", LAUNCH_OF_4O - 1), None);
    assert_eq!(at("openai", "gpt-4o", LAUNCH_OF_4O), Some((5_000_000, 15_000_000)));
    assert_eq!(at("openai", "gpt-4o", OCTOBER_2_2024 - 1), Some((5_000_000, 15_000_000)));
    assert_eq!(at("openai", "GPT-4o", OCTOBER_2_2024), Some((2_500_000, 10_000_000)));
    let autumn = 20_000 * DAY;
    for (provider, model, input, output) in [
        ("openai", "gpt-4", 30_000_000, 60_000_000),
        ("openai", "gpt-3.5-turbo", 500_000, 1_500_000),
        ("openai", "gpt-4o-mini", 150_000, 600_000),
        ("anthropic", "claude-3-5-sonnet-20240620", 3_000_000, 15_000_000),
        ("mistral", "open-mistral-nemo", 300_000, 300_000),
        ("groq", "gemma-7b-it", 70_000, 70_000),
        ("groq", "llama3-8b-8192", 50_000, 80_000),
        ("azure_ai", "Phi-3-mini-128k-instruct", 130_000, 520_000),
    ] {
        assert_eq!(at(provider, model, autumn), Some((input, output)), "{model}");
    }
    for (provider, model) in [("openai", "gpt-5.5"), ("anthropic", "claude-opus-5"), ("google", "gemini-3.5-flash")] {
        assert!(at(provider, model, 20_700 * DAY).is_some(), "{model}");
    }
}

#[test]
fn costs_are_exact_and_rounded_once() {
    let book = list("p,m,2024-01-01,,0.15,0.075,0.6,USD,s").unwrap();
    let price = book.price("p", "m", LAUNCH_OF_4O).unwrap();
    assert_eq!(price.cost(&tokens(1000, 400, 100)), 600 * 15 / 100 + 400 * 75 / 1000 + 60);
    assert_eq!(price.cost(&tokens(3, 0, 0)), 0); // 0.45
    assert_eq!(price.cost(&tokens(4, 1, 0)), 1); // 0.525
    assert_eq!(price.cost(&tokens(2, 0, 1)), 1); // 0.9, not 0 + 1 and not 0 + 0
    assert_eq!(price.cost(&tokens(i64::MAX, 0, i64::MAX)), 6_917_529_027_641_081_855); // 0.75 of it
}

#[test]
fn faults_name_their_lines() {
    for (lines, expected) in [
        ("p,m,2024-01-01,,-1,,1,USD,s", "line 2: `-1`: a price of at least 0"),
        ("p,m,2024-01-01,,1,,0.1234567,USD,s", "at most 6 decimals"),
        ("p,m,2024-01-01,,1e3,,1,USD,s", "`1e3`"),
        ("p,m,2024-02-30,,1,,1,USD,s", "`2024-02-30`: a date"),
        ("p,m,2024-01-02,2024-01-02,1,,1,USD,s", "later than"),
        ("p,m,2024-01-01,,1,,1,CNY,s", "currency `CNY`: USD is expected"),
        ("p,m,2024-01-01,,1,1,USD,s", "9 fields expected, 8 found"),
        ("p,,2024-01-01,,1,,1,USD,s", "are needed"),
        (
            "p,m,2024-01-01,,1,,1,USD,s\nq,m,2024-01-01,,1,,1,USD,s\nP,M,2025-01-01,,1,,1,USD,s",
            "line 4: `M` of `P`: overlaps",
        ),
        ("p,m,2024-01-01,2025-01-02,1,,1,USD,s\np,m,2025-01-01,,1,,1,USD,s", "overlaps an earlier price"),
    ] {
        let error = list(lines).unwrap_err();
        assert_eq!(error.kind, Kind::Input);
        assert!(error.message.contains(expected), "{error}");
    }
    assert!(Book::default().with("provider,model\n").is_err());
    assert!(list("p,m,2024-01-01,2025-01-01,1,,1,USD,s\n\n# and then\np,m,2025-01-01,,1,,1,USD,s").is_ok());
}

#[test]
fn all_faults_of_a_list_are_told() {
    let faults = Book::faults(&format!("# ours\n{HEAD}p,m,2024-01-01,,-1,,1,USD,s\n\np,m,2024-01-01,,1,,1,CNY,s\n"));
    assert_eq!(faults.iter().map(|f| f.line).collect::<Vec<_>>(), [3, 5]);
    assert_eq!(Book::faults(&format!("{HEAD}p,m,2024-01-01,,1,,1,USD,s\n")), []);
    assert_eq!(Book::faults("# ours\n\nprovider\n").first().map(|f| f.line), Some(3));
    assert_eq!(Book::faults("").len(), 1);
}

#[test]
fn prices_far_over_the_median_are_flagged() {
    let rows = "a,mistral-nemo,2024-01-01,,0.3,,0.3,USD,s\nb,mistralai/Mistral-Nemo,2024-01-01,,0.15,,0.15,USD,s\n\
                c,mistral-nemo,2024-01-01,,20,,40,USD,s\n";
    let book = list(rows).unwrap();
    let flagged: Vec<_> = book.flagged().iter().map(ToString::to_string).collect();
    assert_eq!(flagged.len(), 2);
    assert!(flagged.iter().all(|f| f.starts_with("line 4: `mistral-nemo` of `c`: ")), "{flagged:?}");
}

#[test]
fn later_lists_go_first() {
    let book = list("p,m,2024-01-01,,1,,1,USD,s").unwrap();
    let book = book.with(&format!("{HEAD}p,m,2024-05-13,2024-05-14,0.5,,1,USD,contract")).unwrap();
    let input = |time| book.price("p", "m", time).map(|p| p.input);
    assert_eq!(input(LAUNCH_OF_4O - 1), Some(1_000_000));
    assert_eq!(input(LAUNCH_OF_4O), Some(500_000));
    assert_eq!(input(LAUNCH_OF_4O + DAY), Some(1_000_000));
    assert_eq!(book.price("p", "other", LAUNCH_OF_4O), None);
    let in_force = |time| book.in_force(time).into_iter().map(|p| p.input).collect::<Vec<_>>();
    assert_eq!((in_force(LAUNCH_OF_4O), in_force(0)), (vec![500_000], vec![]));
    assert_eq!(book.prices().count(), 2);
}

#[test]
fn our_own_tokens_have_a_price() {
    // 0.10 $/h and 65 W at 0.30 $/kWh: 0.1195 $/h; 20 tokens/s are 72,000 an hour
    let machine =
        Hardware { usd_hour: 100_000, watts: 65, usd_kwh: 300_000, input_speed: 200_000, output_speed: 20_000 };
    let price = machine.price("m", 0).unwrap();
    assert_eq!((price.input, price.cached_input, price.output), (165_972, 0, 1_659_722));
    assert!(Hardware { output_speed: 0, ..machine }.price("m", 0).is_err());
    assert!(Hardware { watts: -1, ..machine }.price("m", 0).is_err());
}
