//! Whether a model fits into the memory that is left, by the system's count and the container's.
use crate::units::bytes;
use engine::{Limits, Memory, gguf::Gguf, model::Info};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Refuses to load what would not fit: being killed half-way tells nobody why.
pub(crate) fn check(gguf: &Gguf, limits: &Limits) -> Result<(), String> {
    let Some(available) = available(Path::new("/")) else {
        return Ok(()); // a system that does not tell
    };
    let memory = Memory::estimate(gguf, limits).map_err(|e| e.to_string())?;
    let per_token = Info::read(gguf).map_err(|e| e.to_string())?.kv_bytes_per_token(limits.kv);
    fits(memory, per_token, available).map_err(|e| format!("{}: {e}", gguf.path().display()))
}

fn fits(memory: Memory, kv_bytes_per_token: u64, available: u64) -> Result<(), String> {
    let Memory { weights, cache, work } = memory;
    if memory.total() <= available {
        return Ok(());
    }
    // whole megabytes and pages, rounded down
    let cache_mb = available.saturating_sub(weights + work) / 1_000_000;
    let n_tokens = cache_mb * 1_000_000 / kv_bytes_per_token.max(1) / 32 * 32;
    let remedy = match n_tokens {
        // less is no conversation
        0..256 => "free some memory, or take a smaller model".to_owned(),
        _ => format!(
            "free some memory, or set engine.kv_memory to at most \"{cache_mb} MB\" and engine.context to at most {n_tokens}"
        ),
    };
    let [total, available, weights, cache, work] = [memory.total(), available, weights, cache, work].map(bytes);
    let parts = format!("{weights} for weights, {cache} for the KV cache, {work} for work");
    Err(format!("{total} of memory needed ({parts}), {available} available; {remedy}"))
}

/// Bytes that this process may still take: what the system has, or its control groups leave.
fn available(root: &Path) -> Option<u64> {
    let meminfo = fs::read_to_string(root.join("proc/meminfo")).ok()?;
    let line = meminfo.lines().find_map(|l| l.strip_prefix("MemAvailable:"))?;
    let system = line.trim().trim_end_matches(" kB").parse::<u64>().ok()? << 10;
    Some(groups(root).into_iter().fold(system, u64::min))
}

/// What each control group above this process leaves.
fn groups(root: &Path) -> Vec<u64> {
    let own = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let base = root.join("sys/fs/cgroup");
    let mut left = Vec::new();
    for line in own.lines() {
        // hierarchy:controllers:path, and of version 2 no controllers
        let mut fields = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else { continue };
        let files = match controllers {
            "" => ["memory.max", "memory.current", "inactive_file"],
            "memory" => ["memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"],
            _ => continue,
        };
        let base = base.join(controllers);
        let mut dir: PathBuf = base.join(path.trim_start_matches('/'));
        // inside a container the path may be the one outside: then only the base is there
        while dir.starts_with(&base) {
            left.extend(left_by(&dir, files));
            if !dir.pop() {
                break;
            }
        }
    }
    left
}

/// The limit of one group, less what it uses and cannot drop.
fn left_by(dir: &Path, [limit, usage, cached]: [&str; 3]) -> Option<u64> {
    let number = |file: &str| fs::read_to_string(dir.join(file)).ok()?.trim().parse::<u64>().ok();
    let stat = fs::read_to_string(dir.join("memory.stat")).unwrap_or_default();
    let cached = stat.lines().find_map(|l| l.strip_prefix(cached)?.trim().parse::<u64>().ok()).unwrap_or(0);
    // no limit is `max`, which is no number
    Some(number(limit)?.saturating_sub(number(usage)?.saturating_sub(cached)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("a folder");
        for (file, text) in files {
            let file = dir.path().join(file);
            fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            fs::write(file, text).expect("a file");
        }
        dir
    }

    const MEMINFO: (&str, &str) = ("proc/meminfo", "MemTotal: 9 kB\nMemAvailable:    8000 kB\n");

    #[test]
    fn what_does_not_fit_is_told_with_both_numbers_and_a_remedy() {
        let memory = Memory { weights: 100_000_000, cache: 400_000_000, work: 20_000_000 };
        assert_eq!(fits(memory, 20_000, 520_000_000), Ok(()));
        let error = fits(memory, 20_000, 300_000_000).expect_err("too large");
        for part in ["520 MB of memory needed", "300 MB available", "\"180 MB\"", "at most 8992"] {
            assert!(error.contains(part), "{error}");
        }
        let error = fits(memory, 20_000, 90_000_000).expect_err("too large");
        assert!(error.contains("a smaller model"), "{error}");
    }

    #[test]
    fn without_groups_the_system_says() {
        assert_eq!(available(root(&[MEMINFO]).path()), Some(8000 << 10));
        assert_eq!(available(root(&[]).path()), None);
    }

    #[test]
    fn the_tightest_group_of_version_2_counts() {
        let root = root(&[
            MEMINFO,
            ("proc/self/cgroup", "0::/a/b\n"),
            ("sys/fs/cgroup/a/memory.max", "1000000\n"),
            ("sys/fs/cgroup/a/memory.current", "700000\n"),
            ("sys/fs/cgroup/a/memory.stat", "anon 1\ninactive_file 200000\n"),
            ("sys/fs/cgroup/a/b/memory.max", "max\n"),
            ("sys/fs/cgroup/a/b/memory.current", "700000\n"),
        ]);
        assert_eq!(available(root.path()), Some(500_000));
    }

    #[test]
    fn version_1_counts_in_a_container_too() {
        let root = root(&[
            MEMINFO,
            ("proc/self/cgroup", "5:cpu:/x\n4:memory:/docker/outside\n"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "3000000\n"),
            ("sys/fs/cgroup/memory/memory.usage_in_bytes", "1000000\n"),
            ("sys/fs/cgroup/memory/memory.stat", "total_inactive_file 0\n"),
        ]);
        assert_eq!(available(root.path()), Some(2_000_000));
    }
}
