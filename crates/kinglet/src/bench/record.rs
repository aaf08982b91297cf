//! What is kept of a comparison: when, where, on what file, against whom, and all runs.
use crate::when::moment;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

/// What a processor can do that matters here.
const FLAGS: [&str; 14] = [
    "avx",
    "avx2",
    "fma",
    "f16c",
    "avx_vnni",
    "avx512f",
    "avx512bw",
    "avx512vl",
    "avx512_vnni",
    "avx512_bf16",
    "amx_int8",
    "amx_tile",
    "asimddp",
    "i8mm",
];

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

/// Seconds since 1970 as `2026-11-25T18:44:51Z`.
pub(super) fn date(seconds: u64) -> String {
    moment(seconds as i64 * 1_000_000)
}

/// This machine's processor, as the system tells of it.
pub(super) fn machine() -> Value {
    processor(&fs::read_to_string("/proc/cpuinfo").unwrap_or_default())
}

fn processor(cpuinfo: &str) -> Value {
    let value = |names: &[&str]| {
        let line = cpuinfo.lines().find(|line| names.iter().any(|name| line.starts_with(name)));
        line.and_then(|line| line.split_once(':')).map_or("", |(_, value)| value.trim())
    };
    let has: Vec<_> = value(&["flags", "Features"]).split(' ').collect();
    let flags: Vec<_> = FLAGS.into_iter().filter(|flag| has.contains(flag)).collect();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    json!({ "cpu": value(&["model name"]), "flags": flags, "cores": cores })
}

/// The size of `path` and its SHA-256. All of it is read, which also brings it into the system's cache for both sides.
pub(super) fn file(path: &Path) -> io::Result<Value> {
    let (mut file, mut hash, mut n) = (File::open(path)?, Sha256::new(), 0u64);
    let mut piece = vec![0; 1 << 20];
    loop {
        match file.read(&mut piece)? {
            0 => break,
            read => {
                hash.update(&piece[..read]);
                n += read as u64;
            }
        }
    }
    let hash: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(json!({ "name": path.file_name().map(|name| name.to_string_lossy()), "bytes": n, "sha256": hash }))
}

/// Writes `record` into `dir`, under a name of its date and model.
pub(super) fn write(dir: &Path, seconds: u64, record: &Value) -> Result<PathBuf, String> {
    let model = record["file"]["name"].as_str().unwrap_or("model").trim_end_matches(".gguf");
    let path = dir.join(format!("{}-{model}.json", date(seconds).replace(':', "")));
    let fault = |e: io::Error| format!("--record {}: {e}", path.display());
    fs::create_dir_all(dir).map_err(fault)?;
    fs::write(&path, format!("{record:#}\n")).map_err(fault)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processor_is_told_by_what_matters() {
        let told = processor("processor\t: 0\nmodel name\t: Some CPU\nflags\t\t: fpu avx avx2 sse avx512_vnni\n");
        assert_eq!((&told["cpu"], &told["flags"]), (&json!("Some CPU"), &json!(["avx", "avx2", "avx512_vnni"])));
        assert_eq!(processor("")["cpu"], "");
    }

    #[test]
    fn records_are_named_by_date_and_model() {
        let dir = std::env::temp_dir().join(format!("kinglet-record-{}", std::process::id()));
        fs::create_dir_all(&dir).expect("a folder");
        fs::write(dir.join("small.gguf"), "abc").expect("written");
        let file = file(&dir.join("small.gguf")).expect("read");
        assert_eq!(file["sha256"], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let path = write(&dir.join("deep"), 0, &json!({ "file": file })).expect("written");
        assert_eq!(path, dir.join("deep/1970-01-01T000000Z-small.json"));
        let read: Value = serde_json::from_str(&fs::read_to_string(path).expect("there")).expect("JSON");
        assert_eq!(read["file"]["bytes"], 3);
        fs::remove_dir_all(&dir).expect("removed");
    }
}
