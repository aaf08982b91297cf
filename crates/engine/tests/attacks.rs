//! Every file in `attacks/gguf` is refused: with an error that names the fault, quickly, and in little memory.
//!
//! `ATTACKS=write cargo test -p engine --test attacks` writes the files from the table in `support/forged.rs`.
#![expect(clippy::print_stdout, reason = "a test says what it measured")]
#[path = "support/forged.rs"]
mod forged;
#[path = "support/measured.rs"]
mod measured;
#[path = "support/step.rs"]
mod step;
#[path = "support/tiny.rs"]
mod tiny;
#[path = "support/vocabulary.rs"]
mod vocabulary;
#[path = "support/writer.rs"]
mod writer;

use engine::{Kind, Template, gguf::Gguf, template::Settings};
use measured::alone;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// Far above what a refusal takes, so that a slow machine does not fail the test.
const LONGEST: Duration = Duration::from_secs(2);
const MOST_MEMORY: usize = 64 << 20;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../attacks/gguf")
}

#[expect(clippy::disallowed_methods, reason = "a test, not the program")]
fn is_writing() -> bool {
    std::env::var("ATTACKS").is_ok_and(|v| v == "write")
}

#[test]
fn every_attack_is_refused() {
    let alone = alone();
    let folder = folder();
    let mut names = BTreeSet::new();
    let (mut slowest, mut largest) = (Duration::ZERO, 0);
    for attack in forged::attacks() {
        for (name, bytes) in &attack.files {
            let path = folder.join(name);
            assert!(names.insert(name.clone()), "{name} stands twice in the table");
            if is_writing() {
                fs::create_dir_all(&folder).expect("a folder");
                fs::write(&path, bytes).expect("a written file");
            }
            assert!(fs::read(&path).is_ok_and(|b| b == *bytes), "{name} is not what the table makes; see above");
        }
        let name = &attack.files[0].0;
        let path = folder.join(name);
        let (result, time, memory) = alone.measure(|| Gguf::open(&path).and_then(|file| step::load(&file).map(drop)));
        let error = result.expect_err(name);
        let wanted = [Kind::Io, Kind::Format, Kind::Unsupported].contains(&error.kind);
        assert!(wanted && error.message.contains(attack.says), "{name}: `{}` expected in {error:?}", attack.says);
        assert!(error.message.len() < 1000, "{name}: a message of {} bytes", error.message.len());
        assert!(time < LONGEST && memory < MOST_MEMORY, "{name}: {time:?}, {memory} bytes");
        (slowest, largest) = (slowest.max(time), largest.max(memory));
    }
    let found: BTreeSet<String> =
        fs::read_dir(&folder).expect("the folder").flatten().map(|e| e.file_name().to_string_lossy().into()).collect();
    assert_eq!(found, names, "the folder holds what the table makes, and nothing else");
    println!("{} files: at most {slowest:?} and {largest} bytes", names.len());
}

#[test]
fn what_attacks_are_made_from_is_good() {
    let _alone = alone();
    for (name, file) in [("llama", tiny::llama()), ("gemma3", tiny::gemma3())] {
        let file = Gguf::from_bytes(file.bytes()).expect(name);
        step::one_token(&file).expect(name);
    }
}

#[test]
fn shards_make_one_model() {
    let _alone = alone();
    let folder = folder().join("../../target/attacks-shards");
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(folder.file_name().expect("a name"));
    fs::create_dir_all(&folder).expect("a folder");
    for (name, bytes) in forged::good_shards() {
        fs::write(folder.join(name), bytes).expect("a written file");
    }
    let file = Gguf::open(&folder.join("whole-00001-of-00003.gguf")).expect("all shards");
    step::one_token(&file).expect("a model");
    let whole = Gguf::from_bytes(tiny::llama().bytes()).expect("a good file");
    for tensor in whole.tensors() {
        let found = file.tensor(&tensor.name).expect("a tensor of some shard");
        assert_eq!(file.bytes(found), whole.bytes(tensor), "{}", tensor.name);
    }
    let error = Gguf::open(&folder.join("whole-00002-of-00003.gguf")).expect_err("not the first shard");
    assert!(error.message.contains("open the first, `whole-00001-of-00003.gguf`"), "{error}");
}

#[test]
fn unread_types_are_refused_by_name() {
    let _alone = alone();
    for (id, name) in [(16, "IQ2_XXS"), (19, "IQ1_S"), (23, "IQ4_XS"), (28, "F64"), (39, "MXFP4"), (99, "unknown")] {
        let error = engine::quant::Type::from_id(id).expect_err(name);
        assert!(error.kind == Kind::Unsupported && error.message.contains(name), "{error}");
    }
}

/// Templates come with the model, and work on what a client sends.
#[test]
fn templates_end_in_bounds() {
    let alone = alone();
    let attacks = [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}{% endfor %}",
        "{% set ns = namespace(x='xxxxxxxxxxxxxxxx') %}{% for a in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}",
        "{% set ns = namespace(x=[1]) %}{% for a in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
        "{{ 'x' * 99999999999 }}",
        "{{ [1] * 9999999999 }}",
        "{{ '%099999999999d' % 1 }}",
        "{{ ('x' * 9999)|replace('x', 'y' * 99999) }}",
        "{{ range(0, 9999999999999) | list }}",
        "{{ 'a'|indent(99999999999) }}{{ 'a'.center(99999999999) }}{{ 'a'.rjust(99999999999) }}",
        "{% for a in range(9999) %}{{ 'x' * 99999 }}{% endfor %}",
        "{% set x %}{% for a in range(9999) %}{{ 'x' * 99999 }}{% endfor %}{% endset %}{{ x }}",
        "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
    ];
    for source in attacks.map(str::to_owned).into_iter().chain([
        deep("(", ")"),
        deep("[", "]"),
        deep("-", ""),
        deep("not ", ""),
        "x".repeat(1 << 20),
    ]) {
        let start = &source[..source.len().min(60)];
        let run =
            || Template::new(&source)?.render(std::collections::HashMap::<String, ()>::new(), &Settings::default());
        let (result, time, memory) = alone.measure(run);
        println!("{start}: {time:?}, {memory} bytes, {:?}", result.as_ref().map(String::len));
        // deep nesting of signs is harmless: it prints `1` or `False`
        assert!(result.is_err() || result.is_ok_and(|text| text.len() < 10), "{start}");
        assert!(time < 5 * LONGEST && memory < 1 << 30, "{start}: {time:?}, {memory} bytes");
    }
}

fn deep(open: &str, close: &str) -> String {
    ["{{ ", &open.repeat(30_000), "1", &close.repeat(30_000), " }}"].concat()
}
