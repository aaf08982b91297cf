//! A scripted day of 10,000 mixed requests: the report is what an independent calculation says, to the last micro-USD.
use crate::support::Server;
use futures_util::{StreamExt, stream};
use gateway::{Accounts, Api, Config, Route, Routes, Settings, Target, Tier, Upstream};
use ledger::{Book, By, Hardware, Keep, Ledger, Limits, Line, NewKey, Options, Span};
use reqwest::Method;
use serde_json::{Value, json};
use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const N: u64 = 10_000;
/// 2026-01-01.
const NEW_YEAR: i64 = 1_767_225_600_000_000;
/// Micro-USD for a million tokens: in, cached, out.
const PRICES: [(&str, [i128; 3]); 2] =
    [("large", [2_500_000, 1_250_000, 10_000_000]), ("mini", [150_000, 75_000, 600_000])];
/// Of a model here: the hardware below, by hand.
const LOCAL: [i128; 3] = [1_000_000, 0, 10_000_000];

/// What request `i` is: everything of it follows from its number.
#[derive(Clone, Copy)]
struct Kind {
    model: &'static str,
    stream: bool,
    key: usize,
    fails: bool,
}

fn kind(i: u64) -> Kind {
    let model = ["script", "far/large", "far/mini", "day"][(i % 4) as usize];
    Kind {
        model,
        stream: i.is_multiple_of(3),
        key: (i % 5) as usize,
        fails: model == "far/mini" && i.is_multiple_of(50),
    }
}

/// Tokens that the server elsewhere tells of request `i`: in, cached, out, of these reasoning.
fn usage(i: u64) -> [u64; 4] {
    [10 + i % 977, (i % 7) * ((10 + i % 977) / 8), 1 + i % 313, (1 + i % 313) / 4]
}

async fn far() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(converse(stream));
        }
    });
    address
}

async fn converse(mut stream: TcpStream) {
    let mut seen = Vec::new();
    loop {
        let end = seen.windows(4).position(|part| part == b"\r\n\r\n").and_then(|head| {
            let text = String::from_utf8_lossy(&seen[..head]).to_ascii_lowercase();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok())?;
            Some((head + 4, head + 4 + length)).filter(|(_, end)| seen.len() >= *end)
        });
        let Some((head, end)) = end else {
            match stream.read_buf(&mut seen).await {
                Ok(n) if n > 0 => continue,
                _ => return,
            }
        };
        let body: Value = serde_json::from_slice(&seen[head..end]).expect("JSON");
        seen.drain(..end);
        let i: u64 = body["messages"][0]["content"].as_str().and_then(|text| text.parse().ok()).expect("a number");
        let _ = stream.write_all(reply(i).as_bytes()).await; // the client may have gone
    }
}

fn reply(i: u64) -> String {
    if kind(i).fails {
        return "HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\n{}".to_owned();
    }
    let [input, cached, output, reasoning] = usage(i);
    let usage = json!({ "prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output,
        "prompt_tokens_details": { "cached_tokens": cached },
        "completion_tokens_details": { "reasoning_tokens": reasoning } });
    let chunks = [
        json!({ "choices": [{ "index": 0, "delta": { "content": "x" } }] }),
        json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] }),
        json!({ "choices": [], "usage": usage }),
    ];
    let body: String =
        chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).chain(["data: [DONE]\n\n".into()]).collect();
    format!("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

/// Half a micro-USD and more is one.
fn cost([input, cached, output]: [i128; 3], prices: [i128; 3]) -> i64 {
    let millionths = (input - cached) * prices[0] + cached * prices[1] + output * prices[2];
    i64::try_from((millionths * 2 + 1_000_000) / 2_000_000).expect("a small number")
}

/// What is due by owner, route and model, in requests, failures and micro-USD.
fn due() -> [BTreeMap<String, [i64; 3]>; 3] {
    let mut sums = [BTreeMap::new(), BTreeMap::new(), BTreeMap::new()];
    for i in 0..N {
        let Kind { model, key, fails, .. } = kind(i);
        let here = [format!("user: \"{i}\"\n").len() as i128, 0, 6];
        let [input, cached, output, _] = usage(i).map(i128::from);
        let (answered, cost) = match model {
            // the route's first is here
            "script" | "day" => ("local/script", cost(here, LOCAL)),
            "far/large" => ("far/large", cost([input, cached, output], PRICES[0].1)),
            _ if fails => ("", 0),
            _ => ("far/mini", cost([input, cached, output], PRICES[1].1)),
        };
        let groups = [format!("owner{key}"), model.to_owned(), answered.to_owned()];
        for (sums, group) in sums.iter_mut().zip(groups) {
            let sum: &mut [i64; 3] = sums.entry(group).or_default();
            *sum = [sum[0] + 1, sum[1] + i64::from(fails), sum[2] + cost];
        }
    }
    sums
}

fn found(lines: Vec<Line>) -> BTreeMap<String, [i64; 3]> {
    lines.into_iter().map(|line| (line.group, [line.requests, line.failed, line.cost])).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_report_of_a_day_is_exact() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options::file(&folder.path().join("ledger.db"), Arc::new(|| NEW_YEAR));
    let ledger = Ledger::open(options).await.expect("a ledger");
    let settings = Settings::new("far", Api::OpenAi, format!("http://{}/v1", far().await));
    let upstream = Arc::new(Upstream::new(settings).expect("good settings"));
    let target = |model: &str| Target::Upstream { upstream: upstream.clone(), model: model.to_owned() };
    let tier = |name: &str, target| Tier { name: name.to_owned(), targets: vec![target] };
    let route = Route {
        name: "day".to_owned(),
        tiers: vec![tier("small", Target::Local("script".to_owned())), tier("large", target("large"))],
        always_local: Vec::new(),
        never_local: Vec::new(),
        min_confidence: None,
        promise: None,
        tools: false,
    };
    let direct = ["large", "mini"].map(|model| (format!("far/{model}"), target(model))).to_vec();
    let usd = |micros: i128| format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    let head = "provider,model,valid_from,valid_to,input,cached_input,output,currency,source\n".to_owned();
    let prices = PRICES.iter().fold(head, |all, (model, [input, cached, output])| {
        all + &format!("far,{model},2024-01-01,,{},{},{},USD,test\n", usd(*input), usd(*cached), usd(*output))
    });
    let book = Book::default().with(&prices).expect("prices");
    // 3600 USD an hour: at a million tokens a second in, a dollar a million; out, a tenth as fast
    let hardware = Hardware {
        usd_hour: 3_600_000_000,
        input_speed: 1_000_000_000,
        output_speed: 100_000_000,
        ..Hardware::default()
    };
    let accounts = Some(Arc::new(Accounts::new(ledger.clone(), book, Some(hardware), Keep::Nothing)));
    let routes = Routes::new(vec![route], direct).expect("good routes");
    let server = Server::with(Config { routes, accounts, ..Config::default() }).await;
    let mut keys = Vec::new();
    for i in 0..5 {
        let limits = Limits { cost_day: Some(1 << 40), ..Limits::default() };
        let new = NewKey { owner: format!("owner{i}"), limits, ..NewKey::default() };
        keys.push(ledger.create_key(new, "test").await.expect("a key").1);
    }
    let ask = async |i: u64| {
        let Kind { model, stream, key, fails } = kind(i);
        let body = json!({ "model": model, "stream": stream, "max_tokens": 50,
            "messages": [{ "role": "user", "content": i.to_string() }] });
        let request = server.request(Method::POST, "/v1/chat/completions").bearer_auth(&keys[key]);
        let response = request.body(body.to_string()).send().await.expect("an answer");
        assert_eq!(response.status().as_u16(), if fails { 400 } else { 200 }, "{i}");
        response.text().await.expect("a text");
    };
    stream::iter(0..N).map(ask).buffer_unordered(32).collect::<Vec<()>>().await;
    let [owners, routes, models] = due();
    for (by, due) in [(By::Owner, owners), (By::Route, routes), (By::Model, models)] {
        assert_eq!(found(ledger.report(Span::all(), by).await.expect("a report")), due, "{by:?}");
    }
    let total = &ledger.report(Span::all(), By::Total).await.expect("a report")[0];
    let tokens = (0..N).filter(|i| kind(*i).model.starts_with("far/") && !kind(*i).fails).map(usage);
    let sum = |at: usize| tokens.clone().map(|usage| usage[at] as i64).sum::<i64>();
    assert_eq!((total.requests, total.cached_input, total.reasoning), (N as i64, sum(1), sum(3)));
}
