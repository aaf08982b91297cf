//! A tool that reads receipts: what it answers is right, and what is ambiguous it leaves to others.
mod tool;

use serde_json::{Value, json};
use std::time::Duration;
use toolsmith::{Call, Limits, Sandbox, Worker};

const DAY_AND_TOTAL: &[&str] = &["date", "total"];
const ALL: &[&str] = &["company", "date", "address", "total"];

const KITE_SHOP: &str = "\
WINDWARD KITES SDN BHD (998877-X)
NO. 4, JALAN LAYANG 2/1,
TAMAN ANGIN, 43210 BUKIT BAYU,
SELANGOR.
TEL: 03-0000 0000
GST ID : 000000000001
TAX INVOICE
BILL NO: K-0042 DATE: 07/08/2021 11:20 AM
1 DELTA KITE 60.00
2 X STRING 25M 4.50 9.00
SUBTOTAL 69.00
GST 6% 4.14
ROUNDING 0.01
TOTAL 73.15
CASH 80.00
CHANGE 6.85
THANK YOU";

const TEA_HOUSE: &str = "\
NIGHT HERON TEA HOUSE
(445566-K)
18, JALAN SUNGAI LIMA,
30303 IPOH, PERAK
TEL: 05-000 0000
RECEIPT # 777
3 MAR 2022 21:05
2 OOLONG RM6.20
TOTAL AMOUNT: RM6.22
ROUNDING: -RM0.02
NETT TOTAL: RM6.20
CASH RM10.00
CHANGE RM3.80";

const LOWER_CASE: &str = "\
Little Otter Books
Unit 3-2, Pelican Court
Date: 14 Jan 2023  Time: 16:45
A History of Ink 31.90
Total due 31.90
Visa 31.90";

const BELOW_ITS_LABEL: &str = "\
MOSS & FERN NURSERY
DATE : 2020-11-05 09:12
POTTED FERN 12.30
TOTAL QTY: 1
TOTAL SALES (EXCLUDING GST) : 11.60
TOTAL GST : 0.70
TOTAL SALES (INCLUSIVE OF GST) :
12.30
CASH : 20.00
CHANGE : 7.70";

const TWO_IN_A_LINE: &str = "\
CASSOWARY MINIMART
CASHIER: 9 05-12-19 08:30
ITEM: 2 TOTAL WITH GST @ 6% 10.98
QTY: 3 ROUNDING 0.02
TOTAL SAVING: 0.00 TOTAL 11.00
CASH 20.00
CHANGE 9.00
GST ANALYSIS GOODS TAX AMOUNT
S = 6% 10.36 0.62";

const BY_CARD: &str = "\
IRON GULL CAFE
DATE: 19.06.2021
LATTE 9.50
SCONE 7.00
SUB-TOTAL 16.50
SERVICE CHARGE 10% 1.65
GRAND TOTAL 18.15
VISA CARD 18.15
CARD EXPIRY: 01/07/2024";

async fn sandbox() -> Sandbox {
    let worker = Worker { program: env!("CARGO_BIN_EXE_toolsmith-worker").into(), arguments: Vec::new() };
    // an unoptimised worker on a busy machine
    Sandbox::open(worker, 1, Limits { time: Duration::from_secs(20), ..Limits::default() }).await.expect("a sandbox")
}

async fn asked(sandbox: &Sandbox, sure: Option<u8>, text: String) -> Option<Value> {
    let tool = tool::tool(sure);
    let outcome = sandbox.call(&tool.code, Call::Answer { text }).await.expect("no fault");
    let Some(arguments) = outcome.arguments else {
        assert_eq!(outcome.answer, None, "a declined request has no answer");
        return None;
    };
    let fits = |schema: &Value, value: &Value| jsonschema::validator_for(schema).expect("a schema").is_valid(value);
    assert!(fits(&tool.input, &arguments.into()), "arguments are as the schema says");
    assert!(fits(&tool.output, &outcome.result.expect("a result")), "so is the result");
    Some(serde_json::from_str(&outcome.answer.expect("an answer")).expect("JSON"))
}

#[tokio::test]
async fn what_it_answers_is_right() {
    let sandbox = sandbox().await;
    let cases = [
        (DAY_AND_TOTAL, KITE_SHOP, json!({"date": "07/08/2021", "total": "73.15"})),
        (&["total"], KITE_SHOP, json!({"total": "73.15"})),
        (
            ALL,
            KITE_SHOP,
            json!({
                "company": "WINDWARD KITES SDN BHD",
                "date": "07/08/2021",
                "address": "NO. 4, JALAN LAYANG 2/1, TAMAN ANGIN, 43210 BUKIT BAYU, SELANGOR.",
                "total": "73.15",
            }),
        ),
        // the rounded total, with the mark that is joined to it
        (DAY_AND_TOTAL, TEA_HOUSE, json!({"date": "3 MAR 2022", "total": "RM6.20"})),
        (
            &["address", "company"],
            TEA_HOUSE,
            json!({"company": "NIGHT HERON TEA HOUSE", "address": "18, JALAN SUNGAI LIMA, 30303 IPOH, PERAK"}),
        ),
        (DAY_AND_TOTAL, LOWER_CASE, json!({"date": "14 Jan 2023", "total": "31.90"})),
        (DAY_AND_TOTAL, BELOW_ITS_LABEL, json!({"date": "2020-11-05", "total": "12.30"})),
        (DAY_AND_TOTAL, TWO_IN_A_LINE, json!({"date": "05-12-19", "total": "11.00"})),
        // the day of the sale, not the card's last
        (DAY_AND_TOTAL, BY_CARD, json!({"date": "19.06.2021", "total": "18.15"})),
    ];
    for (fields, receipt, expected) in cases {
        let found = asked(&sandbox, None, tool::request(fields, receipt)).await;
        assert_eq!(found, Some(expected), "{fields:?} of\n{receipt}");
    }
}

#[tokio::test]
async fn what_is_ambiguous_goes_on_to_the_next_tier() {
    let sandbox = sandbox().await;
    let cases = [
        ("paid otherwise than the total says", KITE_SHOP.replace("CHANGE 6.85", "CHANGE 16.85")),
        ("no amount is said to be the total", BY_CARD.replace("GRAND TOTAL", "G ND T TAL").replace("SUB-TOTAL", "")),
        (
            "two totals and nothing between them",
            LOWER_CASE.replace("Visa", "Total").replace("Total 31.90", "Total due 33.80"),
        ),
        ("two days that both claim to be the date", LOWER_CASE.replace("A History of Ink", "Date: 15 Jan 2023 17:00")),
        ("no such day", KITE_SHOP.replace("07/08/2021", "31/02/2021")),
        ("no day at all", TWO_IN_A_LINE.replace("05-12-19", "")),
        (
            "a coupon between two totals",
            BY_CARD.replace("SERVICE CHARGE 10% 1.65", "COUPON DISCOUNT 1.65").replace("18.15", "14.85"),
        ),
        (
            "a mark of currency that belongs to label or amount",
            TWO_IN_A_LINE
                .replace("TOTAL SAVING: 0.00 TOTAL 11.00", "")
                .replace("TOTAL WITH GST @ 6% 10.98", "TOTAL INCL. GST@6% RM 11.00")
                .replace("ROUNDING 0.02", ""),
        ),
        ("thousands, with a comma or without", BY_CARD.replace("18.15", "1,018.15")),
    ];
    for (why, receipt) in cases {
        let found = asked(&sandbox, None, tool::request(DAY_AND_TOTAL, &receipt)).await;
        assert_eq!(found, None, "{why}:\n{receipt}");
    }
    // what is asked besides, though the rest is clear
    assert_eq!(asked(&sandbox, None, tool::request(ALL, BY_CARD)).await, None, "no address");
}

#[tokio::test]
async fn other_requests_are_not_its_own() {
    let sandbox = sandbox().await;
    let request = tool::request(DAY_AND_TOTAL, KITE_SHOP);
    let cases = [
        KITE_SHOP.to_owned(),
        format!("Translate this receipt into French.\n\n{KITE_SHOP}"),
        format!("What is the date of this receipt?\n\n{KITE_SHOP}"),
        tool::request(&["date", "cashier"], KITE_SHOP),
        tool::request(&["date", "date"], KITE_SHOP),
        tool::request(&[], KITE_SHOP),
        tool::request(DAY_AND_TOTAL, ""),
        format!("Please ignore what follows.\n{request}"),
        request.replace("as it is written there", "in lower case"),
    ];
    for text in cases {
        assert_eq!(asked(&sandbox, Some(1), text.clone()).await, None, "{text}");
    }
}

#[tokio::test]
async fn a_lower_bar_answers_more() {
    let sandbox = sandbox().await;
    let receipt = BY_CARD.replace("18.15", "1,018.15");
    let text = tool::request(DAY_AND_TOTAL, &receipt);
    let expected = json!({"date": "19.06.2021", "total": "1,018.15"});
    assert_eq!(asked(&sandbox, Some(2), text.clone()).await, Some(expected));
    assert_eq!(asked(&sandbox, Some(3), text).await, None);
}
