//! An upstream's answer of any bytes: refused, or heard to its end, and the same however it is cut.
#![no_main]
use gateway::{Api, read_recorded};

libfuzzer_sys::fuzz_target!(|input: (bool, u8, &[u8])| {
    let (is_openai, size, bytes) = input;
    let api = if is_openai { Api::OpenAi } else { Api::Anthropic };
    let whole = read_recorded(api, [bytes]);
    let cut = read_recorded(api, bytes.chunks(usize::from(size) + 1));
    match (whole, cut) {
        (Ok(whole), Ok(cut)) => assert_eq!(whole.len(), cut.len()),
        (Err(whole), Err(cut)) => assert_eq!(whole.kind, cut.kind),
        (whole, cut) => panic!("{whole:?} {cut:?}"),
    }
});
