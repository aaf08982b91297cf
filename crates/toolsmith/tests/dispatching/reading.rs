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
    spans::{Phrases, Reader, Refused},
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

const TEXT: &str = "Please pay 120 EUR to Ann Lee at 09:30 for \"two lamps\". Thank you!";
const GOOD: &str = r#"{"amount": 120, "to": "Ann Lee", "at": "09:30", "for": "two lamps"}"#;

/// A tool that takes payments.
fn payments() -> Tool {
    let names = ["Bob Ray", "Eve Fox", "Tom Day", "Kim Orr"];
    let text = |i: usize| format!("Pay {} EUR to {} at 1{}:15 for \"item {i}\".", 10 + i, names[i % 4], i % 9);
    Tool {
        name: "pay".to_owned(),
        description: "Writes a payment.".to_owned(),
        code: "import re\n\ndef extract(text):\n    found = re.fullmatch(r'Pay (\\d+) EUR to (.+) at (.+) for \"(.+)\".', text)\n    \
               if found is None:\n        return None\n    return {'amount': int(found.group(1)), 'to': found.group(2), \
               'at': found.group(3), 'for': found.group(4)}\n"
            .to_owned(),
        input: json!({
            "type": "object",
            "properties": {
                "for": {"type": "string"},
                "amount": {"type": "integer", "minimum": 1, "description": "in EUR"},
                "to": {"type": "string"},
                "at": {"type": "string", "pattern": "^[0-9]{2}:[0-9]{2}$"},
                "urgent": {"type": "boolean"},
            },
            "required": ["amount", "to", "at", "for"],
        }),
        examples: (0..30).map(|i| example(&text(i))).collect(),
        output: json!(true),
        ..Tool::default()
    }
}

/// A tool that sorts words, and declines where they end in an order.
fn words() -> Tool {
    let words = ["fig", "plum", "lime", "kiwi", "pear", "date", "sloe", "quince", "mango", "grape", "melon", "peach"];
    let text = |i: usize| {
        let n = 2 + i % 4;
        format!("Sort these words: {}", (i..i + n).map(|i| words[i % 12]).collect::<Vec<_>>().join(" "))
    };
    Tool {
        name: "sort".to_owned(),
        code:
            "def extract(text):\n    head, _, rest = text.partition('Sort these words: ')\n    if head or not rest or \
               rest.endswith(' backwards'):\n        return None\n    return {'words': rest.split(' ')}\n"
                .to_owned(),
        input: json!({"type": "object", "properties": {"words": {"type": "array", "items": {"type": "string"}}},
            "required": ["words"]}),
        examples: (0..40).map(|i| example(&text(i))).collect(),
        output: json!(true),
        ..Tool::default()
    }
}

/// A tool for people's free times.
fn slots() -> Tool {
    let text = |i: usize| {
        let (a, b) = (["Ann", "Bob", "Cleo"][i % 3], ["Dan", "Eve"][i % 2]);
        format!(
            "{a} is free: 0{}:00 to 0{}:30, 1{}:00 to 1{}:45\n{b} is free: 12:0{} to 13:00",
            i % 8,
            i % 9,
            i % 7,
            i % 8,
            i % 5
        )
    };
    Tool {
        name: "free".to_owned(),
        code: "import re\n\ndef extract(text):\n    slots = {}\n    for line in text.split('\\n'):\n        found = \
               re.fullmatch(r'([A-Z][a-z]+) is free: (.+)', line)\n        if found is None:\n            return None\n        \
               slots[found.group(1)] = [one.split(' to ') for one in found.group(2).split(', ')]\n    return {'slots': slots}\n"
            .to_owned(),
        input: json!({
            "type": "object",
            "properties": {"slots": {
                "type": "object", "propertyNames": {"pattern": "^[A-Z][a-z]+$"},
                "additionalProperties": {"type": "array", "items": {"$ref": "#/$defs/slot"}},
            }},
            "required": ["slots"],
            "$defs": {"slot": {"type": "array", "prefixItems": [{"$ref": "#/$defs/time"}, {"$ref": "#/$defs/time"}]},
                "time": {"anyOf": [{"type": "string", "pattern": "^[0-9:]{5}$"}, {"type": "null"}]}},
        }),
        examples: (0..40).map(|i| example(&text(i))).collect(),
        output: json!(true),
        ..Tool::default()
    }
}

fn example(text: &str) -> Example {
    Example { text: text.to_owned(), ..Example::default() }
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().expect("an object")
}

fn parsed(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).expect("an object")
}

async fn sandbox() -> Sandbox {
    let worker = Worker { program: env!("CARGO_BIN_EXE_toolsmith-worker").into(), arguments: Vec::new() };
    let limits = Limits { time: std::time::Duration::from_secs(20), ..Limits::default() };
    Sandbox::open(worker, 1, limits).await.expect("a sandbox")
}

async fn reader(sandbox: &Sandbox, tool: &Tool) -> Reader {
    let phrases = Phrases::new(sandbox, tool).await.expect("its arguments are pieces of its examples");
    Reader::new(tool, phrases.into()).expect("schemas")
}

#[tokio::test]
async fn what_points_at_the_request_is_taken() {
    let (sandbox, answerer) = (sandbox().await, scripted(GOOD));
    let reader = reader(&sandbox, &payments()).await;
    let found = reader.extract(&sandbox, &answerer, "small", TEXT).await;
    assert_eq!(found, Ok(parsed(GOOD)));
    let asked = answerer.asked.lock().expect("a lock");
    let [request] = &asked[..] else { panic!("one request") };
    assert_eq!((request.model.as_str(), request.options.temperature), ("small", Some(0.0)));
    let roles: Vec<_> = request.messages.iter().map(|message| message.role).collect();
    assert_eq!(roles, [Role::System, Role::User, Role::Assistant, Role::User, Role::Assistant, Role::User]);
    assert!(request.messages[1].content.text().starts_with("Pay ") && request.messages[5].content.text() == TEXT);
    let format = request.options.guided.response_format.as_ref().expect("a format");
    assert_eq!((&format["type"], &format["json_schema"]["strict"]), (&json!("json_schema"), &json!(true)));
    // in the order of the request, whatever the schema's is
    assert_eq!(format["json_schema"]["schema"].to_string(), format!("{{\"enum\":[{}]}}", Value::Object(parsed(GOOD))));
}

#[tokio::test]
async fn every_doubt_refuses() {
    let sandbox = sandbox().await;
    let reader = reader(&sandbox, &payments()).await;
    let check = async |text: &str, name: &str, value: Value| {
        let mut arguments = parsed(GOOD);
        arguments.insert(name.to_owned(), value);
        reader.check(&sandbox, text, &arguments).await
    };
    let same = json!(120);
    assert_eq!(check(TEXT, "amount", same.clone()).await, Ok(()));
    assert_eq!(check(TEXT, "to", json!("Eve Fox")).await, Err(Refused::NotThere("Eve Fox".to_owned())));
    assert_eq!(check(TEXT, "amount", json!(11)).await, Err(Refused::NotThere("11".to_owned())));
    assert_eq!(check(TEXT, "for", json!("Ann Lee")).await, Err(Refused::Twice("Ann Lee".to_owned())));
    assert_eq!(check(TEXT, "to", json!("Ann")).await, Err(Refused::LeftOver("lee".to_owned())));
    assert_eq!(check(TEXT, "to", json!("two lamps")).await, Err(Refused::Disorder("09:30".to_owned())));
    assert_eq!(check(TEXT, "urgent", json!(true)).await, Err(Refused::NotThere("true".to_owned())));
    assert_eq!(check(TEXT, "to", json!("")).await, Err(Refused::NotThere(String::new())));
    assert!(matches!(check(TEXT, "amount", json!("120")).await, Err(Refused::Invalid(_))));
    for (more, left) in [("Then 7 more.", "7"), ("Not today.", "not"), ("Use card 7.", "7"), ("(in USD)", "(")] {
        let refused = check(&format!("{TEXT} {more}"), "amount", same.clone()).await;
        assert!(matches!(refused, Err(Refused::LeftOver(_))), "{more}: {left}: {refused:?}");
    }
    let other = check(&TEXT.replace("pay", "send"), "amount", same.clone()).await;
    assert_eq!(other, Err(Refused::LeftOver("send".to_owned())));
    let nothing = check(&TEXT.replace("Please pay", "Hi,"), "amount", same.clone()).await;
    assert_eq!(nothing, Err(Refused::Unsaid));
    assert_eq!(
        check(&TEXT.replace("pay 120", "pay/120"), "amount", same.clone()).await,
        Err(Refused::LeftOver("/".to_owned()))
    );
    assert_eq!(
        check(&TEXT.replace("pay 120", "pay - 120"), "amount", same).await,
        Err(Refused::Apart(" - ".to_owned()))
    );
}

#[tokio::test]
async fn what_is_no_answer_is_refused() {
    let sandbox = sandbox().await;
    let reader = reader(&sandbox, &payments()).await;
    let read = async |answerer: Scripted, text: &str| reader.extract(&sandbox, &answerer, "small", text).await;
    for other in ["", "Ann Lee", "[1]", "{\"amount\": 120", "{} {}"] {
        assert_eq!(read(scripted(other), TEXT).await, Err(Refused::NoObject), "{other}");
    }
    let invented = r#"{"amount": 121, "to": "Ann Lee", "at": "09:30", "for": "two lamps"}"#;
    assert_eq!(read(scripted(invented), TEXT).await, Err(Refused::NotThere("121".to_owned())));
    assert!(matches!(read(scripted(GOOD), "Pay Ann Lee soon.").await, Err(Refused::Schema(_))));
    assert_eq!(read(scripted(GOOD), &TEXT.repeat(400)).await, Err(Refused::TooLong));
    let cut = Scripted { finish: Finish::Length, ..scripted(GOOD) };
    assert_eq!(read(cut, TEXT).await, Err(Refused::Unfinished));
    let error = Error::new(Kind::Busy, "busy");
    let busy = Scripted { answer: Err(error.clone()), ..scripted(GOOD) };
    assert_eq!(read(busy, TEXT).await, Err(Refused::Failed(error)));
}

#[tokio::test]
async fn a_model_is_not_asked_where_nothing_it_says_could_be_taken() {
    let (sandbox, answerer) = (sandbox().await, scripted(GOOD));
    let reader = reader(&sandbox, &payments()).await;
    for text in ["What is a payment?", "Do not pay 120 EUR to Ann Lee at 09:30 for \"two lamps\".", "Hello!", ""] {
        let refused = reader.extract(&sandbox, &answerer, "small", text).await;
        assert!(refused.is_err() && answerer.asked.lock().expect("a lock").is_empty(), "{text}");
    }
}

#[tokio::test]
async fn lists_and_words_between_them_are_read_whole_or_not_at_all() {
    let sandbox = sandbox().await;
    let reader = reader(&sandbox, &words()).await;
    let list = |words: Value| object(json!({"words": words}));
    let fruits = "Hello! Could you sort these words: apple cherry olive\n\nThanks in advance.";
    assert_eq!(reader.readings(&sandbox, fruits).await, Ok(vec![list(json!(["apple", "cherry", "olive"]))]));
    assert_eq!(
        reader.readings(&sandbox, "apple; cherry; olive\nSort these words, please.").await,
        Ok(vec![list(json!(["apple", "cherry", "olive"]))])
    );
    let fewer = reader.check(&sandbox, fruits, &list(json!(["apple", "olive"]))).await;
    assert_eq!(fewer, Err(Refused::LeftOver("cherry".to_owned())));
    let part = reader.check(&sandbox, fruits, &list(json!(["apple", "cherry", "olive", "live"]))).await;
    assert_eq!(part, Err(Refused::NotThere("live".to_owned())));
    let wording = reader.check(&sandbox, fruits, &list(json!(["you", "apple", "cherry", "olive"]))).await;
    assert_eq!(wording, Err(Refused::Wording("you".to_owned())));
    for other in [
        "Sort these words by length: apple cherry olive",
        "Sort these words: apple cherry, olive",
        "Sort these words: apple is cherry",
        "Sort these words: the apple cherry",
        "Sort these words: apple cherry Olive",
        "Sort these words: apple cherry 7",
        "Do not sort these words: apple cherry olive",
        "List: apple cherry olive",
        "I have apple cherry olive. Sort these words, please.",
    ] {
        let found = reader.readings(&sandbox, other).await;
        assert!(found.is_err(), "{other}: {found:?}");
    }
    // what the tool itself would decline in its own words
    let last = "Hello! Could you sort these words: apple cherry backwards";
    assert_eq!(
        reader.check(&sandbox, last, &list(json!(["apple", "cherry", "backwards"]))).await,
        Err(Refused::Unlike)
    );
}

#[tokio::test]
async fn maps_lists_of_lists_references_and_alternatives_are_read() {
    let sandbox = sandbox().await;
    let reader = reader(&sandbox, &slots()).await;
    let text = "Hello there!\nZoe is free: 09:00 to 09:30, 10:00 to 11:00\nMax is free: 12:00 to 13:00";
    let found =
        object(json!({"slots": {"Zoe": [["09:00", "09:30"], ["10:00", "11:00"]], "Max": [["12:00", "13:00"]]}}));
    assert_eq!(reader.readings(&sandbox, text).await, Ok(vec![found.clone()]));
    assert_eq!(reader.check(&sandbox, text, &found).await, Ok(()));
    for other in [text.replace("Zoe is", "Zoe is not"), text.replace("10:00 to", "10:00 or"), format!("{text}, 14:00")]
    {
        assert!(reader.readings(&sandbox, &other).await.is_err(), "{other}");
    }
    let many = format!("{text}{}", ", 14:00 to 15:00".repeat(9));
    assert_eq!(reader.readings(&sandbox, &many).await, Err(Refused::Unlike), "no example is so long");
}

#[tokio::test]
async fn signs_are_one_piece_with_blanks_and_without() {
    let sandbox = sandbox().await;
    let tool = Tool {
        name: "close".to_owned(),
        code: "def extract(text):\n    head, _, rest = text.partition('Close: ')\n    return None if head or not rest else \
               {'open': rest.replace(' ', '')}\n"
            .to_owned(),
        input: json!({"type": "object", "properties": {"open": {"type": "string"}}, "required": ["open"]}),
        output: json!(true),
        examples: (1..20).map(|i| example(&format!("Close: {}", ["([", "{ [", "( ( <", "("][i % 4].repeat(i)))).collect(),
        ..Tool::default()
    };
    let reader = reader(&sandbox, &tool).await;
    let found = Ok(vec![object(json!({"open": "([{"}))]);
    for text in ["Hello!\nClose: ([{", "Close: ( [ {\n\nThank you."] {
        assert_eq!(reader.readings(&sandbox, text).await, found, "{text}");
    }
    for text in ["Hello!\nClose: ([{|", "Hello! Close: ([ and {", "Close: ([\nClose: {"] {
        assert!(reader.readings(&sandbox, text).await.is_err(), "{text}");
    }
}

#[tokio::test]
async fn where_arguments_are_no_pieces_nobody_points() {
    let sandbox = sandbox().await;
    let computed = payments().code.replace("int(found.group(1))", "int(found.group(1)) * 100");
    let reordered = words().code.replace("rest.split(' ')", "rest.split(' ')[1:] + rest.split(' ')[:1]");
    for tool in [
        Tool { code: computed, ..payments() },
        Tool { code: reordered, ..words() },
        Tool { examples: Vec::new(), ..payments() },
        Tool { code: "def extract(text):\n    return None\n".to_owned(), ..payments() },
        Tool { code: "def extract(text):\n    return {'flag': True}\n".to_owned(), ..payments() },
    ] {
        let refused = Phrases::new(&sandbox, &tool).await.err();
        assert!(matches!(refused, Some(Refused::Schema(_))), "{}: {refused:?}", tool.code);
    }
}
