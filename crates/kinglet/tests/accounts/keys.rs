//! The life of a key, its limits, and what it has used of them.
use crate::books::{DAY, good, json, now, place, with_ledger};
use ledger::{Amount, Limits, Span, Tokens, Trace};
use serde_json::json;

#[test]
fn a_key_is_made_used_limited_and_revoked() {
    let place = place("key-life");
    let none = place.run(&["key", "list"], "");
    assert_eq!((none.code, none.out.as_str()), (Some(1), ""));
    assert!(none.err.contains("kinglet.toml, line 2: ledger.url: books/ledger.db: no ledger there"), "{}", none.err);

    let flags = ["--owner", "ann", "--tenant", "t", "--routes", "chat,invoices", "--expires", "30d"];
    let limits = ["--budget-day", "$5.00", "--budget-month", "0.000001", "--tokens-minute", "200k"];
    let mut command = place.kinglet(&[&["key", "create"][..], &flags, &limits].concat());
    let made = crate::support::told(command.env("USER", "root"), "");
    assert_eq!(made.code, Some(0), "{}", made.err);
    let secret = made.out.trim_end().to_owned();
    assert!(made.out == format!("{secret}\n") && secret.starts_with("kl-") && secret.len() > 60, "{}", made.out);
    let id = secret[..15].to_owned();
    assert!(made.err.starts_with(&format!("{id} for ann, limits: ")) && !made.err.contains(&secret), "{}", made.err);

    #[cfg(unix)]
    {
        let file = std::fs::metadata(place.0.join("books/ledger.db")).expect("a ledger");
        assert_eq!(std::os::unix::fs::MetadataExt::mode(&file) & 0o777, 0o600, "for its owner's eyes alone");
    }

    let found = with_ledger(&place, async |ledger| ledger.find_key(&secret).await).expect("a look").expect("a key");
    let asked =
        Limits { cost_day: Some(5_000_000), cost_month: Some(1), tokens_minute: Some(200_000), ..Limits::default() };
    assert_eq!((found.id.as_str(), found.tenant.as_deref(), found.limits), (id.as_str(), Some("t"), asked));
    assert_eq!(found.routes, ["chat", "invoices"]);
    let lasts = found.expires.expect("an end") - now();
    assert!((29 * DAY..=30 * DAY).contains(&lasts), "{lasts}");

    good(place.run(&["key", "limit", &id, "--budget-day", "none", "--concurrent", "2"], ""));
    let listed = json(place.run(&["key", "list", "--json"], ""));
    let limits = json!({"concurrent": 2, "tokens_minute": 200_000, "budget_month_usd": 0.000001});
    assert_eq!((&listed[0]["limits"], &listed[0]["state"]), (&limits, &json!("good")));
    let table = good(place.run(&["key", "list"], ""));
    assert!(table.contains("0.000001 USD a month") && !table.contains(&secret), "{table}");

    good(place.run(&["key", "revoke", &id], ""));
    assert_eq!(json(place.run(&["key", "list", "--json"], ""))[0]["state"], "revoked");
    for args in
        [["key", "revoke", &id].as_slice(), &["key", "limit", "kl-0", "--concurrent", "1"], &["key", "limit", &id]]
    {
        let told = place.run(args, "");
        assert!(told.code == Some(1) && told.err.starts_with("error: key "), "{args:?}: {}", told.err);
    }
    let actions = with_ledger(&place, async |ledger| ledger.actions(Span::all()).await).expect("actions");
    let actions: Vec<_> = actions.iter().map(|a| (a.what.as_str(), a.subject.as_str())).collect();
    assert_eq!(actions, [("key create", id.as_str()), ("key limits", &id), ("key revoke", &id)]);
}

#[test]
fn what_makes_no_key_is_told() {
    let place = place("key-faults");
    for (args, said) in [
        (&["--tenant", "t"][..], "--owner"),
        (&["--owner", "a", "--budget-day", "five"], "\"five\": USD such as 5"),
        (&["--owner", "a", "--budget-day", "0.0000001"], "at most 6 decimals"),
        (&["--owner", "a", "--tokens-day=-1"], "\"-1\": a number such as 60"),
        (&["--owner", "a", "--tokens-day", "1.5M"], "a number such as 60, 200k or 2M"),
        (&["--owner", "a", "--expires", "2024-05-13"], "that one is over"),
        (&["--owner", "a", "--expires", "soon"], "a time such as 30d"),
    ] {
        let told = place.run(&[&["key", "create"], args].concat(), "");
        assert!(told.code == Some(2) && told.out.is_empty() && told.err.contains(said), "{args:?}: {}", told.err);
    }
    for (args, said) in [(["--owner", ""].as_slice(), "an owner"), (&["--owner", "a", "--routes", "x,,y"], "--routes")]
    {
        let told = place.run(&[&["key", "create"], args].concat(), "");
        assert!(told.code == Some(1) && told.out.is_empty() && told.err.contains(said), "{args:?}: {}", told.err);
    }
}

/// A secret that cannot be handed over opens nothing.
#[cfg(target_os = "linux")]
#[test]
fn a_lost_secret_is_revoked() {
    let place = place("key-lost");
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("a full device");
    let told = place.kinglet(&["key", "create", "--owner", "ann"]).stdout(full).output().expect("runs");
    let said = String::from_utf8_lossy(&told.stderr);
    assert!(!told.status.success() && said.contains("was revoked"), "{said}");
    assert_eq!(json(place.run(&["key", "list", "--json"], ""))[0]["state"], "revoked");
}

/// What is used and held is told while another process, such as a server, has the ledger open.
#[test]
fn spend_is_told_beside_a_server() {
    let place = place("spend");
    let secret = good(place.run(&["key", "create", "--owner", "ann", "--budget-day", "5", "--concurrent", "3"], ""));
    let free = good(place.run(&["key", "create", "--owner", "bob"], ""));
    let (secret, free) = (secret.trim_end(), free.trim_end());
    with_ledger(&place, async |ledger| {
        let find = async |secret: &str| ledger.find_key(secret).await.expect("a look").expect("a key");
        let (ann, bob) = (find(secret).await, find(free).await);
        let trace = |cost| Trace { cost, tokens: Tokens { input: 7, ..Tokens::default() }, ..Trace::default() };
        let first = ledger.reserve(&ann, Amount::request(10, 2_000_000)).await.expect("2 of 5 USD");
        ledger.settle(first, trace(1_250_000)).await.expect("settled");
        let second = ledger.reserve(&ann, Amount::request(10, 1_500_000)).await.expect("1.50 of 3.75 USD");
        let unlimited = ledger.reserve(&bob, Amount::request(10, 1)).await.expect("no limit");
        ledger.settle(unlimited, trace(1)).await.expect("settled");

        let told = json(place.run(&["spend", "--json"], ""));
        let limits = told[0]["limits"].as_array().expect("limits");
        let of = |name: &str| limits.iter().find(|l| l["limit"] == name).cloned().expect("a limit");
        let numbers = |name| ["used", "held", "most"].map(|field| of(name)[field].clone());
        assert_eq!(numbers("budget_day_usd"), [json!(1.25), json!(1.5), json!(5.0)]);
        assert_eq!(numbers("budget_month_usd"), [json!(1.25), json!(0.0), json!(null)]);
        assert_eq!(numbers("concurrent"), [json!(0), json!(1), json!(3)]);
        assert!(of("budget_day_usd")["until"].as_str().is_some_and(|end| end.ends_with("T00:00:00Z")));
        assert_eq!((limits.len(), of("concurrent")["until"].is_null()), (3, true));

        let table = good(place.run(&["spend"], ""));
        let line = table.lines().find(|l| l.contains("USD a day")).expect("a line");
        let cells: Vec<_> = line.split_whitespace().collect();
        assert_eq!(cells[..10], [&secret[..15], "ann", "USD", "a", "day", "1.25", "1.5", "5", "55", "%"], "{table}");
        assert!(table.lines().any(|l| l.starts_with(&free[..15]) && l.contains("0.000001")), "{table}");
        drop(second);
    });
    good(place.run(&["key", "revoke", &secret[..15]], ""));
    assert_eq!(json(place.run(&["spend", "--json"], "")).as_array().map(Vec::len), Some(1));
    assert_eq!(json(place.run(&["spend", &secret[..15], "--json"], ""))[0]["owner"], "ann");
    assert!(place.run(&["spend", "kl-0"], "").err.contains("`kl-0`: not in the ledger"));
}
