//! Every file in `attacks/stream` is refused by whoever it is meant for, and shakes no reader.
use chat::{Delta, Kind};
use gateway::{Api, read_recorded};
use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

/// Far above what a refusal takes, so that a busy machine does not fail the test.
const LONGEST: Duration = Duration::from_secs(5);

#[test]
fn every_attack_fails_cleanly() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../attacks/stream");
    let mut n = 0;
    for file in fs::read_dir(folder).expect("the folder").flatten() {
        n += 1;
        let (name, bytes) = (file.file_name(), fs::read(file.path()).expect("bytes"));
        let name = name.to_string_lossy();
        for (api, prefix) in [(Api::OpenAi, "openai-"), (Api::Anthropic, "anthropic-")] {
            for size in [bytes.len().max(1), 1000, 7] {
                let start = Instant::now();
                match read_recorded(api, bytes.chunks(size)) {
                    Err(error) => {
                        let known = matches!(error.kind, Kind::Upstream | Kind::Input | Kind::Busy);
                        assert!(known, "{name}: {error:?}");
                        assert!(error.message.len() < 600, "{name}: a message of {} bytes", error.message.len());
                        assert!(!error.message.contains(char::is_control), "{name}: {error:?}");
                    }
                    Ok(deltas) => {
                        assert!(!name.starts_with(prefix), "{name}: {deltas:?}");
                        assert!(matches!(deltas.last(), Some(Delta::Usage(_))), "{name}: {deltas:?}");
                    }
                }
                assert!(start.elapsed() < LONGEST, "{name}: {:?}", start.elapsed());
            }
        }
    }
    assert!(n > 30, "{n} files");
}
