//! What a small model reads out of a request is the request's own, or it is refused.
use chat::{Answerer, BoxFuture, ChatRequest, Delta, Deltas, Error, Finish, Kind, Reply, Role, Usage};
use futures_core::Stream;
use serde_json::{Map, Value, json};
use std::{
    pin::Pin,
    sync::Mutex,
    task::{Context, Poll},
};
use toolsmith::{
    Example, Limits, Sandbox, Tool, Worker,
    spans::{Demonstration, Refused, check, demonstrations, extract, narrowed},
};

/// Gives one text for every request, and remembers what it was asked.
struct Scripted {
    answer: Result<&'static str, Error>,
    finish: Finish,
    asked: Mutex<Vec<ChatRequest>>,
}

struct Script(std::vec::IntoIter<Delta>);

impl Stream for Script {
    type Item = Result<Delta, Error>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.next().map(Ok))
    }
}

impl Answerer for Scripted {
    fn answer<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<Reply, Error>> {
        self.asked.lock().expect("a lock").push(request.clone());
        let said = self.answer.clone().map(|text| {
            let (a, b) = text.split_at(text.len() / 2);
            let text = |text: &str| Delta::Text { text: text.to_owned(), logprobs: Vec::new() };
            let deltas = vec![
                Delta::Reasoning("{".to_owned()),
                text(a),
                text(b),
                Delta::Finish(self.finish),
                Delta::Usage(Usage::default()),
            ];
            let deltas: Deltas = Box::pin(Script(deltas.into_iter()));
            Reply { deltas }
        });
        Box::pin(std::future::ready(said))
    }
}

fn scripted(answer: &'static str) -> Scripted {
    Scripted { answer: Ok(answer), finish: Finish::Stop, asked: Mutex::default() }
}

const TEXT: &str = "Pay 120 EUR to Ann Lee at 09:30 for \"two lamps\".";
const GOOD: &str = r#"{"amount": 120, "to": "Ann Lee", "at": "09:30", "for": "two lamps"}"#;

/// A tool that takes payments.
fn tool() -> Tool {
    let names = ["Bob Ray", "Eve Fox", "Tom Day", "Kim Orr"];
    let text = |i: usize| format!("Pay {} EUR to {} at 1{}:15 for \"item {i}\".", 10 + i, names[i % 4], i % 9);
    Tool {
        name: "pay".to_owned(),
        description: "Writes a payment.".to_owned(),
        code: "import re\n\ndef extract(text):\n    found = re.search(r'Pay (\\d+) EUR to (.+) at (.+) for \"(.+)\"', text)\n    \
               if found is None:\n        return None\n    return {'amount': int(found.group(1)), 'to': found.group(2), \
               'at': found.group(3), 'for': found.group(4)}\n"
            .to_owned(),
        input: json!({
            "type": "object",
            "properties": {
                "amount": {"type": "integer", "minimum": 1, "description": "in EUR"},
                "to": {"type": "string"},
                "at": {"type": "string", "pattern": "^[0-9]{2}:[0-9]{2}$"},
                "for": {"type": "string"},
                "urgent": {"type": "boolean"},
            },
            "required": ["amount", "to", "at", "for"],
        }),
        examples: (0..30).map(|i| Example { text: text(i), ..Example::default() }).collect(),
        ..Tool::default()
    }
}

fn object(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).expect("an object")
}

fn shown() -> [Demonstration; 2] {
    let demonstration = |text: &str, arguments| Demonstration { text: text.to_owned(), arguments: object(arguments) };
    [
        demonstration(
            "Pay 10 EUR to Bob Ray at 10:15 for \"item 0\".",
            r#"{"amount": 10, "to": "Bob Ray", "at": "10:15", "for": "item 0"}"#,
        ),
        demonstration(
            "Pay 11 EUR to Eve Fox at 11:15 for \"item 1\".",
            r#"{"amount": 11, "to": "Eve Fox", "at": "11:15", "for": "item 1"}"#,
        ),
    ]
}

async fn read(answer: &'static str, text: &str) -> Result<Map<String, Value>, Refused> {
    extract(&scripted(answer), "small", &tool(), &shown(), text).await
}

#[tokio::test]
async fn what_points_at_the_request_is_taken() {
    let answerer = scripted(GOOD);
    let found = extract(&answerer, "small", &tool(), &shown(), TEXT).await;
    assert_eq!(found, Ok(object(GOOD)));
    let asked = answerer.asked.lock().expect("a lock");
    let [request] = &asked[..] else { panic!("one request") };
    assert_eq!((request.model.as_str(), request.options.temperature), ("small", Some(0.0)));
    let roles: Vec<_> = request.messages.iter().map(|message| message.role).collect();
    assert_eq!(roles, [Role::System, Role::User, Role::Assistant, Role::User, Role::Assistant, Role::User]);
    assert_eq!(request.messages[5].content.text(), TEXT);
    let format = request.options.guided.response_format.as_ref().expect("a format");
    assert_eq!((&format["type"], &format["json_schema"]["strict"]), (&json!("json_schema"), &json!(true)));
    assert_eq!(format["json_schema"]["schema"], narrowed(&tool().input, TEXT).expect("a schema"));
}

#[tokio::test]
async fn every_doubt_refuses() {
    let foreign = r#"{"amount": 120, "to": "Eve Fox", "at": "09:30", "for": "two lamps"}"#;
    assert_eq!(read(foreign, TEXT).await, Err(Refused::NotThere("Eve Fox".to_owned())));
    let number = r#"{"amount": 11, "to": "Ann Lee", "at": "09:30", "for": "two lamps"}"#;
    assert_eq!(read(number, TEXT).await, Err(Refused::NotThere("11".to_owned())));
    let twice = r#"{"amount": 120, "to": "Ann Lee", "at": "09:30", "for": "Ann Lee"}"#;
    assert_eq!(read(twice, TEXT).await, Err(Refused::Twice("Ann Lee".to_owned())));
    let part = r#"{"amount": 120, "to": "Ann", "at": "09:30", "for": "two lamps"}"#;
    assert_eq!(read(part, TEXT).await, Err(Refused::LeftOver("Lee".to_owned())));
    let more = format!("{TEXT} Then 7 more.");
    assert_eq!(read(GOOD, &more).await, Err(Refused::LeftOver("Then".to_owned())));
    let more = format!("{TEXT} 7");
    assert_eq!(read(GOOD, &more).await, Err(Refused::LeftOver("7".to_owned())));
    let flag = r#"{"amount": 120, "to": "Ann Lee", "at": "09:30", "for": "two lamps", "urgent": true}"#;
    assert_eq!(read(flag, TEXT).await, Err(Refused::NotThere("true".to_owned())));
    let empty = r#"{"amount": 120, "to": "", "at": "09:30", "for": "two lamps"}"#;
    assert_eq!(read(empty, TEXT).await, Err(Refused::NotThere(String::new())));
    for invalid in [r#"{"amount": 120}"#, r#"{"amount": "120", "to": "Ann Lee", "at": "09:30", "for": "two lamps"}"#] {
        assert!(matches!(read(invalid, TEXT).await, Err(Refused::Invalid(_))), "{invalid}");
    }
    for other in ["", "Ann Lee", "[1]", "{\"amount\": 120", "{} {}"] {
        assert_eq!(read(other, TEXT).await, Err(Refused::NoObject), "{other}");
    }
    assert!(matches!(read(GOOD, "Pay Ann Lee soon.").await, Err(Refused::Schema(_))));
    assert_eq!(read(GOOD, &TEXT.repeat(400)).await, Err(Refused::TooLong));
    let cut = Scripted { finish: Finish::Length, ..scripted(GOOD) };
    assert_eq!(extract(&cut, "small", &tool(), &[], TEXT).await, Err(Refused::Unfinished));
    let error = Error::new(Kind::Busy, "busy");
    let busy = Scripted { answer: Err(error.clone()), ..scripted(GOOD) };
    assert_eq!(extract(&busy, "small", &tool(), &[], TEXT).await, Err(Refused::Failed(error)));
}

#[tokio::test]
async fn what_was_shown_never_comes_back() {
    for demonstration in shown() {
        let copied = Value::Object(demonstration.arguments.clone()).to_string();
        let refused = check(&tool(), TEXT, &demonstration.arguments);
        assert!(matches!(refused, Err(Refused::NotThere(_))), "{copied}: {refused:?}");
        // nor can a model that follows the grammar write it
        let schema = narrowed(&tool().input, TEXT).expect("a schema");
        let validator = jsonschema::validator_for(&schema).expect("a validator");
        assert!(!validator.is_valid(&Value::Object(demonstration.arguments.clone())));
        assert!(validator.is_valid(&Value::Object(object(GOOD))));
        for (name, value) in &demonstration.arguments {
            let mut mixed = object(GOOD);
            mixed.insert(name.clone(), value.clone());
            assert!(check(&tool(), TEXT, &mixed).is_err() && !validator.is_valid(&Value::Object(mixed)), "{name}");
        }
    }
}

#[test]
fn schemas_are_narrowed_to_the_request() {
    let schema = narrowed(&tool().input, TEXT).expect("a schema");
    let named = |name: &str| {
        let place = schema["properties"][name]["$ref"].as_str().expect("a place").trim_start_matches('#').to_owned();
        schema.pointer(&place).expect("a list")["enum"].clone()
    };
    assert_eq!((named("amount"), named("at")), (json!([120]), json!(["09:30"])));
    assert!(named("to").as_array().expect("a list").contains(&json!("Ann Lee")));
    assert_eq!(schema["properties"].get("urgent"), None);
    assert_eq!(schema["additionalProperties"], json!(false));
    assert_eq!(schema["required"], json!(["amount", "to", "at", "for"]));
}

#[test]
fn lists_maps_references_and_alternatives_are_narrowed_too() {
    let text = "A's slots: 09:00 - 09:30, 10:00 - 11:00\nB's slots: 12:00 - 13:00\nHours: 2";
    let input = json!({
        "type": "object",
        "properties": {
            "slots": {"type": "object", "propertyNames": {"pattern": "^[A-Z]$"},
                "additionalProperties": {"type": "array", "items": {"$ref": "#/$defs/slot"}}},
            "hours": {"anyOf": [{"type": "number"}, {"type": "null"}]},
        },
        "required": ["slots", "hours"],
        "$defs": {"slot": {"type": "string", "pattern": "^[0-9:]{5} - [0-9:]{5}$"}},
    });
    let schema = narrowed(&input, text).expect("a schema");
    let validator = jsonschema::validator_for(&schema).expect("a validator");
    let good = json!({"slots": {"A": ["09:00 - 09:30", "10:00 - 11:00"], "B": ["12:00 - 13:00"]}, "hours": 2});
    assert!(validator.is_valid(&good), "{schema}");
    let tool = Tool { input: input.clone(), ..Tool::default() };
    // the names A and B stand in "A's": a word that is used in part
    let arguments = good.as_object().cloned().expect("an object");
    assert!(matches!(check(&tool, text, &arguments), Err(Refused::LeftOver(_))), "without examples every word matters");
    let examples = vec![Example { text: text.to_owned(), ..Example::default() }; 30];
    let other = Example { text: "A's slots: \nB's slots: \nHours: ".to_owned(), ..Example::default() };
    let tool = Tool { examples: [examples, vec![other]].concat(), ..tool };
    assert_eq!(check(&tool, text, &arguments), Ok(()));
    let mut fewer = arguments.clone();
    fewer["slots"]["A"] = json!(["10:00 - 11:00"]);
    assert_eq!(check(&tool, text, &fewer), Err(Refused::LeftOver("09:00".to_owned())));
    for bad in [
        json!({"slots": {"A": ["09:00 - 11:00"]}, "hours": 2}),
        json!({"slots": {"C": []}, "hours": 2}),
        json!({"slots": {}, "hours": 3}),
    ] {
        assert!(!validator.is_valid(&bad), "{bad}");
    }
    let unsupported = [
        json!({"type": "boolean"}),
        json!({"type": "object", "properties": {"a": {}}, "required": ["a"]}),
        json!({"type": "array"}),
        json!({"allOf": [{"type": "string"}]}),
        json!({"$ref": "#/$defs/none"}),
        json!({"$ref": "#"}),
        json!({"type": "array", "items": {"type": "string"}, "minItems": 5000}),
    ];
    for input in unsupported {
        assert!(narrowed(&input, text).is_err(), "{input}");
    }
}

#[test]
fn a_word_that_was_dropped_from_a_list_is_missed() {
    let words = ["fig", "plum", "lime", "kiwi", "pear", "date", "sloe", "quince", "mango", "grape", "melon", "peach"];
    let text = |i: usize| format!("Sort: {} {} {}", words[i % 12], words[(i + 1) % 12], words[(i + 2) % 12]);
    let tool = Tool {
        input: json!({"type": "object", "properties": {"words": {"type": "array", "items": {"type": "string"}}}}),
        examples: (0..40).map(|i| Example { text: format!("{} x{i}", text(i)), ..Example::default() }).collect(),
        ..Tool::default()
    };
    let asked = "Sort: apple cherry olive";
    let arguments = |words: Value| json!({"words": words}).as_object().cloned().expect("an object");
    assert_eq!(check(&tool, asked, &arguments(json!(["apple", "cherry", "olive"]))), Ok(()));
    let fewer = check(&tool, asked, &arguments(json!(["apple", "olive"])));
    assert_eq!(fewer, Err(Refused::LeftOver("cherry".to_owned())));
    let whole = check(&tool, asked, &arguments(json!(["apple", "cherry", "olive", "live"])));
    assert_eq!(whole, Err(Refused::NotThere("live".to_owned())));
}

#[tokio::test]
async fn demonstrations_are_what_the_tool_itself_finds() {
    let worker = Worker { program: env!("CARGO_BIN_EXE_toolsmith-worker").into(), arguments: Vec::new() };
    let sandbox = Sandbox::open(worker, 1, Limits::default()).await.expect("a sandbox");
    let mut tool = tool();
    tool.examples.insert(0, Example { text: "?".to_owned(), ..Example::default() });
    let found = demonstrations(&sandbox, &tool, 2).await;
    let found: Vec<_> = found.iter().map(|one| (one.text.as_str(), one.arguments["to"].as_str())).collect();
    assert_eq!(
        found,
        [
            ("Pay 10 EUR to Bob Ray at 10:15 for \"item 0\".", Some("Bob Ray")),
            ("Pay 11 EUR to Eve Fox at 11:15 for \"item 1\".", Some("Eve Fox")),
        ]
    );
}
