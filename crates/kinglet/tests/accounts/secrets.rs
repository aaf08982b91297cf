//! A database's password is shown nowhere, and a server checks what it is told of the ledger.
use crate::{model::model, support::Place};

#[test]
fn passwords_are_masked_wherever_the_ledger_is_named() {
    let place = Place::new("ledger-secrets");
    let url = "postgres://books:s3cret@127.0.0.1:9/ledger?sslmode=disable&password=s3cret2";
    place.write("kinglet.toml", &format!("[ledger]\nurl = '{url}'"));
    for args in [&["key", "list"][..], &["spend"], &["report"], &["export", "-o", "x"]] {
        let told = place.run(args, "");
        assert_eq!((told.code, told.out.as_str()), (Some(1), ""), "{args:?}");
        assert!(told.err.contains("ledger.url: postgres://books:***@127.0.0.1:9/ledger?"), "{}", told.err);
        assert!(!told.err.contains("s3cret"), "{}", told.err);
    }
    place.write("kinglet.toml", "[ledger]\nurl = 'postgres://books:s3cr/et@127.0.0.1/ledger'");
    let told = place.run(&["key", "list"], "");
    assert!(told.err.contains("%XX") && !told.err.contains("s3cr"), "{}", told.err);
    let Some(model) = model() else { return };
    place.write("kinglet.toml", &format!("[ledger]\nurl = '{url}'"));
    let told = place.run(&["serve", "--check", "--model", &model], "");
    assert_eq!((told.code, told.err.as_str()), (Some(0), ""));
    assert!(told.out.contains("url = \"postgres://books:***@127.0.0.1:9/ledger?"), "{}", told.out);
    assert!(!told.out.contains("s3cret"), "{}", told.out);
    place.write("kinglet.toml", "[ledger]\nprices = 'none.csv'");
    let told = place.run(&["serve", "--check", "--model", &model], "");
    assert!(told.code == Some(1) && told.err.contains("line 2: ledger.prices: none.csv: "), "{}", told.err);
}
