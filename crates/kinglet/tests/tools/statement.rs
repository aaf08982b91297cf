//! What is said of a tool's proof is what the ledger holds, and what was changed of it is found out.
use crate::server::{ADMIN, Server};
use crate::shelf::{ENOUGH, compared, fault, good, id, json, place, requests};
use crate::support::Place;
use serde_json::{Value, json as value};

fn stated(place: &Place) -> Value {
    json(place.run(&["tools", "show", "sort_words", "--statement", "--json"], ""))
}

fn verify(place: &Place, stated: &Value) -> crate::support::Told {
    place.write("stated.json", &stated.to_string());
    place.run(&["route", "statement", "--verify", "stated.json"], "")
}

#[test]
fn a_tools_proof_is_stated_and_stays_true() {
    let place = place("tools-stated");
    let id = id(&place);
    let begun = stated(&place);
    assert_eq!((&begun["is_proven"], &begun["missing"], &begun["hash"]), (&value!(false), &value!(163), &value!("")));
    good(verify(&place, &begun));
    compared(&place, &id, requests(0, ENOUGH));
    let proven = stated(&place);
    assert_eq!((&proven["tool"], &proven["comparisons"], &proven["number"]), (&value!(id), &value!(163), &value!(163)));
    assert!(proven["is_proven"] == true && proven["at_most"].as_f64() < Some(0.03), "{proven}");
    let said = good(place.run(&["tools", "show", "sort_words", "--statement"], ""));
    let part =
        "by 163 comparisons heard since 1970-01-01, with 95.0 % confidence at most 3.0 % of its answers are worse";
    assert!(said.contains(part) && said.contains(proven["hash"].as_str().expect("a hash")), "{said}");

    let server = Server::start(&place);
    let told = server.get("/admin/v1/tools/sort_words/statement");
    assert_eq!(told, (200, proven.clone()), "the same by the admin API");
    assert_eq!(server.post("/admin/v1/tools/none/statement", &[ADMIN], &Value::Null).0, 405);
    assert_eq!(server.get("/admin/v1/tools/none/statement").0, 404);
    drop(server);
    // whatever is compared since
    compared(&place, &id, requests(ENOUGH, 9));
    assert_ne!(stated(&place)["hash"], proven["hash"]);
    let agreed = good(verify(&place, &value!({"statements": [proven, begun]})));
    assert!(agreed.contains("tool `sort_words` of route `words`: agrees: the ledger up to audit 163 has"), "{agreed}");
}

#[test]
fn a_changed_statement_of_a_tool_is_found_out() {
    let place = place("tools-lies");
    compared(&place, &id(&place), requests(0, ENOUGH));
    let proven = stated(&place);
    for (field, lie, said) in [
        ("comparisons", value!(1000), "comparisons: 1000 stated, 163 found"),
        ("loss", value!(1.0), "loss: 1.0 stated, 0.0 found"),
        ("at_most", value!(0.001), "at_most: 0.001 stated, "),
        ("most", value!(0.01), "is_proven: true stated, false found"),
        ("confidence", value!(0.999), "delta: "),
        ("number", value!(164), "number: audits up to 164 are stated, 163 judged ones found"),
        ("number", value!(162), "hash: "),
        ("hash", value!("abc"), "hash: \"abc\" stated, "),
        ("tool", value!("f".repeat(64)), "setting: ffff"),
        ("name", value!("other"), "name: \"other\" stated, \"sort_words\" found"),
        ("route", value!("other"), "number: "),
        ("test", value!("none"), "test: \"none\" stated, "),
        ("text", value!("All is well."), "text: \"Tool `sort_words`"),
    ] {
        let mut lied = proven.clone();
        lied[field] = lie;
        let why = fault(verify(&place, &lied));
        assert!(why.contains("the ledger says otherwise: ") && why.contains(said), "{field}: {why}");
    }
    let mut cut = proven.clone();
    cut.as_object_mut().expect("fields").remove("delta");
    assert!(fault(verify(&place, &cut)).contains("missing field `delta`"));
}
