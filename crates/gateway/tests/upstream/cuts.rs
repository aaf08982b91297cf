//! A recorded stream is heard the same wherever it is cut.
use chat::Delta;
use gateway::{Api, read_recorded};

const OPENAI: &str = concat!(
    ": PROCESSING\r\n\r\n",
    "data: {\"choices\":[],\"prompt_filter_results\":[]}\r\n\r\n",
    "data:{\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"Grüße \"}}]}\n\n",
    "event: message\nid: 7\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"🦆\\n\"}}]}\n\n",
    "data: {\"choices\":[{\"index\":0,\ndata: \"delta\":{\"content\":\"ab\"}}]}\r\r",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}}]}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n",
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":9}}\n\n",
    "data: [DONE]\n\n",
);
const ANTHROPIC: &str = concat!(
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":5,\"output_tokens\":1}}}\n\n",
    "event: ping\ndata: {\"type\": \"ping\"}\n\n",
    "event: content_block_start\r\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\r\n\r\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Grüße 🦆\"}}\n\n",
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":{}}}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{}\"}}\n\n",
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"},\"usage\":{\"output_tokens\":9}}\n\n",
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
);

/// The deltas of a whole stream.
fn read(api: Api, pieces: &[&[u8]]) -> Vec<Delta> {
    read_recorded(api, pieces.iter().copied()).expect("a fine stream")
}

#[test]
fn a_stream_is_heard_the_same_wherever_it_is_cut() {
    for (api, recorded, n) in [(Api::OpenAi, OPENAI, 6), (Api::Anthropic, ANTHROPIC, 5)] {
        let bytes = recorded.as_bytes();
        let whole = read(api, &[bytes]);
        assert_eq!(whole.len(), n, "{whole:?}");
        for i in 0..=bytes.len() {
            assert_eq!(read(api, &[&bytes[..i], &bytes[i..]]), whole, "cut at {i}");
        }
        let single: Vec<_> = bytes.chunks(1).collect();
        assert_eq!(read(api, &single), whole, "byte for byte");
    }
}

#[test]
fn a_stream_that_ends_early_is_an_error_or_an_end() {
    for (api, recorded, word) in [(Api::OpenAi, OPENAI, "finish_reason"), (Api::Anthropic, ANTHROPIC, "stop_reason")] {
        let bytes = recorded.as_bytes();
        let told = recorded.find(word).expect("a reason");
        for i in 0..bytes.len() {
            match read_recorded(api, [&bytes[..i]]) {
                Ok(deltas) => {
                    assert!(i > told, "no reason was told at {i}");
                    assert!(matches!(deltas.last(), Some(Delta::Usage(_))), "cut at {i}");
                }
                Err(error) => assert_eq!(error.kind, chat::Kind::Upstream, "cut at {i}: {error}"),
            }
        }
    }
}

#[test]
fn a_last_event_that_nothing_ends_is_heard() {
    let cut = OPENAI.trim_end();
    assert_eq!(read(Api::OpenAi, &[cut.as_bytes()]), read(Api::OpenAi, &[OPENAI.as_bytes()]));
}

#[test]
fn a_broken_stream_is_broken_wherever_it_is_cut() {
    let mut state = 7u64;
    let mut random = |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits") % n
    };
    for i in 0..4000 {
        let (api, recorded) = [(Api::OpenAi, OPENAI), (Api::Anthropic, ANTHROPIC)][i % 2];
        let mut bytes = recorded.as_bytes().to_vec();
        for _ in 0..=random(3) {
            let (at, letter) = (random(bytes.len()), b"\r\n\0{}[]\":,\\x0\xff"[random(14)]);
            match random(3) {
                0 => bytes[at] = letter,
                1 => bytes.insert(at, letter),
                _ => drop(bytes.drain(at..(at + random(30)).min(bytes.len()))),
            }
        }
        let size = 1 + random(40);
        let text = String::from_utf8_lossy(&bytes);
        match (read_recorded(api, [&bytes[..]]), read_recorded(api, bytes.chunks(size))) {
            // ids that nobody gave are made up
            (Ok(whole), Ok(cut)) => assert_eq!(whole.len(), cut.len(), "in pieces of {size}: {text}"),
            (Err(whole), Err(cut)) => assert_eq!(whole, cut, "in pieces of {size}: {text}"),
            (whole, cut) => panic!("{whole:?} {cut:?} in pieces of {size}: {text}"),
        }
    }
}
