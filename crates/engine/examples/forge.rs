//! Writes a model file of a real model's shape with random weights: to measure speed where no such model is at hand.
//!
//! `cargo run --release -p engine --example forge -- --shape 1.5b --quant q4_k OUT.gguf --tokenizer FROM.gguf`
#![expect(clippy::print_stderr, reason = "it tells a person what it writes")]
use engine::gguf::{Gguf, Value};
use half::f16;
use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

/// Sizes of a decoder of the `llama` family.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    name: &'static str,
    n_embd: usize,
    n_ff: usize,
    n_layers: usize,
    n_heads: usize,
    n_kv_heads: usize,
    n_ctx: usize,
    rope_base: f32,
}

/// The shapes by name. The vocabulary is the tokenizer's, so a file differs from its model of this size there.
pub(crate) const SHAPES: [Shape; 3] = [
    // for tests: the smallest whose rows are whole super-blocks
    shape("tiny", [256, 512, 2, 4, 2, 512], 10_000.0),
    // Qwen2.5-1.5B, without its biases
    shape("1.5b", [1536, 8960, 28, 12, 2, 32_768], 1_000_000.0),
    // Llama 3 8B
    shape("8b", [4096, 14_336, 32, 32, 8, 8192], 500_000.0),
];

const fn shape(name: &'static str, sizes: [usize; 6], rope_base: f32) -> Shape {
    let [n_embd, n_ff, n_layers, n_heads, n_kv_heads, n_ctx] = sizes;
    Shape { name, n_embd, n_ff, n_layers, n_heads, n_kv_heads, n_ctx, rope_base }
}

/// Block formats that can be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Format {
    /// Plain floats, for norms.
    F32,
    /// 4 bits in super-blocks.
    Q4K,
    /// 6 bits in super-blocks.
    Q6K,
    /// 8 bits.
    Q8_0,
}

impl Format {
    /// Its number in a file, the elements of a block, and the bytes of one.
    fn layout(self) -> (u32, usize, usize) {
        match self {
            Self::F32 => (0, 1, 4),
            Self::Q4K => (12, 256, 144),
            Self::Q6K => (14, 256, 210),
            Self::Q8_0 => (8, 32, 34),
        }
    }
}

struct Tensor {
    name: String,
    n_in: usize,
    n_out: usize,
    format: Format,
}

impl Tensor {
    fn n_bytes(&self) -> usize {
        let (_, len, bytes) = self.format.layout();
        self.n_in * self.n_out / len * bytes
    }
}

fn main() -> Result<(), String> {
    let (shape, quant, from, out) = arguments(std::env::args().skip(1))?;
    forge(shape, &quant, &from, &out)?;
    eprintln!("{}: shape {}, {quant}, random weights", out.display(), shape.name);
    Ok(())
}

fn arguments(mut args: impl Iterator<Item = String>) -> Result<(Shape, String, PathBuf, PathBuf), String> {
    let (mut shape, mut quant, mut from, mut out) = (SHAPES[1], "q4_k".to_owned(), None, None);
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg}: a value expected after it, nothing found"));
        match arg.as_str() {
            "--shape" => shape = by_name(&value()?)?,
            "--quant" => quant = value()?,
            "--tokenizer" => from = Some(PathBuf::from(value()?)),
            option if option.starts_with('-') => {
                return Err(format!("{option}: --shape, --quant or --tokenizer expected"));
            }
            path => out = Some(PathBuf::from(path)),
        }
    }
    let from = from.ok_or("--tokenizer: a GGUF file expected whose tokenizer is copied")?;
    Ok((shape, quant, from, out.ok_or("a file to write expected")?))
}

/// The shape called `name`.
pub(crate) fn by_name(name: &str) -> Result<Shape, String> {
    let known = SHAPES.map(|s| s.name).join(", ");
    SHAPES.into_iter().find(|s| s.name == name).ok_or_else(|| format!("shape `{name}`: one of {known} expected"))
}

/// Writes `out`, with the tokenizer of `from`. It becomes a model by rename, once it is whole.
pub(crate) fn forge(shape: Shape, quant: &str, from: &Path, out: &Path) -> Result<(), String> {
    let source = Gguf::open(from).map_err(|e| format!("{}: {e}", from.display()))?;
    let tokens = source.strings("tokenizer.ggml.tokens").map_err(|e| format!("{}: {e}", from.display()))?;
    let tensors = tensors(&shape, quant, tokens.len())?;
    let metadata = metadata(&shape, &source)?;
    let part = out.with_extension("part");
    let disk = |e: io::Error| format!("{}: {e}", part.display());
    let mut file = BufWriter::with_capacity(1 << 20, File::create(&part).map_err(disk)?);
    file.write_all(&head(&metadata, &tensors)).map_err(disk)?;
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for tensor in &tensors {
        write(&mut file, tensor, &mut dice).map_err(disk)?;
    }
    file.into_inner().map_err(|e| disk(e.into_error()))?.sync_all().map_err(disk)?;
    fs::rename(&part, out).map_err(|e| format!("{}: {e}", out.display()))
}

fn tensors(shape: &Shape, quant: &str, n_vocab: usize) -> Result<Vec<Tensor>, String> {
    // (most matrices, those that a mixed file keeps more exactly, the output)
    let (most, better, output) = match quant {
        "q4_k" => (Format::Q4K, Format::Q4K, Format::Q6K),
        "q4_k_m" => (Format::Q4K, Format::Q6K, Format::Q6K),
        "q8_0" => (Format::Q8_0, Format::Q8_0, Format::Q8_0),
        other => return Err(format!("quantisation `{other}`: one of q4_k, q4_k_m, q8_0 expected")),
    };
    let (n_embd, n_kv) = (shape.n_embd, shape.n_embd / shape.n_heads * shape.n_kv_heads);
    let tensor = |name: &str, n_in, n_out, format| Tensor { name: format!("{name}.weight"), n_in, n_out, format };
    let mut all = vec![
        tensor("token_embd", n_embd, n_vocab, most),
        tensor("output_norm", n_embd, 1, Format::F32),
        tensor("output", n_embd, n_vocab, output),
    ];
    for i in 0..shape.n_layers {
        // the first and last eighth of the layers, and every third between them, as usual in mixed files
        let eighth = shape.n_layers / 8;
        let inner = i >= eighth && i < shape.n_layers - eighth;
        let mixed = if inner && !(i - eighth).is_multiple_of(3) { most } else { better };
        let layer = [
            ("attn_norm", n_embd, 1, Format::F32),
            ("attn_q", n_embd, n_embd, most),
            ("attn_k", n_embd, n_kv, most),
            ("attn_v", n_embd, n_kv, mixed),
            ("attn_output", n_embd, n_embd, most),
            ("ffn_norm", n_embd, 1, Format::F32),
            ("ffn_gate", n_embd, shape.n_ff, most),
            ("ffn_up", n_embd, shape.n_ff, most),
            ("ffn_down", shape.n_ff, n_embd, mixed),
        ];
        all.extend(layer.map(|(name, n_in, n_out, format)| tensor(&format!("blk.{i}.{name}"), n_in, n_out, format)));
    }
    Ok(all)
}

/// One entry: its type's number and its bytes.
type Entry = (String, u32, Vec<u8>);

fn metadata(shape: &Shape, source: &Gguf) -> Result<Vec<Entry>, String> {
    let text = |key: &str, text: &str| (key.to_owned(), 8, string(text));
    let mut all = vec![
        text("general.architecture", "llama"),
        text("general.name", &format!("random weights in the shape of {}", shape.name)),
    ];
    let head_dim = shape.n_embd / shape.n_heads;
    let counts = [
        ("block_count", shape.n_layers),
        ("context_length", shape.n_ctx),
        ("embedding_length", shape.n_embd),
        ("feed_forward_length", shape.n_ff),
        ("attention.head_count", shape.n_heads),
        ("attention.head_count_kv", shape.n_kv_heads),
        ("rope.dimension_count", head_dim),
    ];
    all.extend(counts.map(|(key, n)| (format!("llama.{key}"), 4, (n as u32).to_le_bytes().to_vec())));
    let numbers = [("attention.layer_norm_rms_epsilon", 1e-5), ("rope.freq_base", shape.rope_base)];
    all.extend(numbers.map(|(key, x)| (format!("llama.{key}"), 6, x.to_le_bytes().to_vec())));
    for (key, value) in source.metadata().iter().filter(|(key, _)| key.starts_with("tokenizer.")) {
        let (kind, bytes) = copied(source, key, value)?;
        all.push((key.clone(), kind, bytes));
    }
    Ok(all)
}

/// A value as it stands in a file; integers are ids and kinds, which have 32 bits.
fn copied(source: &Gguf, key: &str, value: &Value) -> Result<(u32, Vec<u8>), String> {
    let array = |kind: u32, n: usize, elements: Vec<u8>| {
        (9, [&kind.to_le_bytes()[..], &(n as u64).to_le_bytes(), &elements].concat())
    };
    Ok(match value {
        Value::U64(n) => (4, u32::try_from(*n).map_err(|e| format!("{key}: {e}"))?.to_le_bytes().to_vec()),
        Value::I64(n) => (5, i32::try_from(*n).map_err(|e| format!("{key}: {e}"))?.to_le_bytes().to_vec()),
        Value::F64(x) => (6, (*x as f32).to_le_bytes().to_vec()),
        Value::Bool(b) => (7, vec![u8::from(*b)]),
        Value::Str(s) => (8, string(s)),
        Value::Array(_) => {
            if let Ok(all) = source.strings(key) {
                array(8, all.len(), all.iter().flat_map(|s| string(s)).collect())
            } else if let Ok(all) = source.floats(key) {
                array(6, all.len(), all.iter().flat_map(|x| x.to_le_bytes()).collect())
            } else if let Ok(all) = source.bools(key) {
                array(7, all.len(), all.iter().map(|b| u8::from(*b)).collect())
            } else {
                let all = source.ints(key).map_err(|e| e.to_string())?;
                array(5, all.len(), all.iter().flat_map(|n| n.to_le_bytes()).collect())
            }
        }
    })
}

fn string(text: &str) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat()
}

/// All that stands before the tensors' bytes.
fn head(metadata: &[Entry], tensors: &[Tensor]) -> Vec<u8> {
    let mut out = b"GGUF".to_vec();
    out.extend(3u32.to_le_bytes());
    out.extend((tensors.len() as u64).to_le_bytes());
    out.extend((metadata.len() as u64).to_le_bytes());
    for (key, kind, bytes) in metadata {
        out.extend(string(key));
        out.extend(kind.to_le_bytes());
        out.extend(bytes);
    }
    let mut at = 0u64;
    for t in tensors {
        out.extend(string(&t.name));
        let dims: &[usize] = if t.n_out > 1 { &[t.n_in, t.n_out] } else { &[t.n_in] };
        out.extend((dims.len() as u32).to_le_bytes());
        dims.iter().for_each(|n| out.extend((*n as u64).to_le_bytes()));
        out.extend(t.format.layout().0.to_le_bytes());
        out.extend(at.to_le_bytes());
        at += t.n_bytes().next_multiple_of(32) as u64;
    }
    out.resize(out.len().next_multiple_of(32), 0);
    out
}

fn write(file: &mut impl Write, tensor: &Tensor, dice: &mut Dice) -> io::Result<()> {
    let (_, len, n_bytes) = tensor.format.layout();
    // so that a row of weights keeps the size of what it is multiplied with
    let spread = 1.0 / (tensor.n_in as f32).sqrt();
    let mut block = Vec::with_capacity(n_bytes);
    for _ in 0..tensor.n_in * tensor.n_out / len {
        block.clear();
        fill(&mut block, tensor.format, spread, dice);
        file.write_all(&block)?;
    }
    file.write_all(&[0; 32][..tensor.n_bytes().next_multiple_of(32) - tensor.n_bytes()])
}

/// One block of random weights around 0 with a standard deviation of about `spread`; layouts in `engine::quant`.
fn fill(block: &mut Vec<u8>, format: Format, spread: f32, dice: &mut Dice) {
    let half = |block: &mut Vec<u8>, x: f32| block.extend(f16::from_f32(x).to_le_bytes());
    match format {
        Format::F32 => block.extend(1f32.to_le_bytes()),
        Format::Q8_0 => {
            half(block, spread / 73.6); // of a byte
            dice.bytes(block, 32);
        }
        Format::Q4K => {
            // `d * scale * q - dmin * min` with `min = scale` and `dmin = 7.5 d` lies around 0; scales of 20 on average
            let d = spread / (20.0 * 4.61);
            half(block, d);
            half(block, d * 7.5);
            let scales: [u8; 8] = std::array::from_fn(|_| dice.between(9, 31));
            block.extend((0..4).map(|i| scales[i] | (scales[i + 4] >> 4) << 6));
            block.extend((0..4).map(|i| scales[i] | (scales[i + 4] >> 4) << 6));
            block.extend((4..8).map(|i| (scales[i] & 15) * 17));
            dice.bytes(block, 128);
        }
        Format::Q6K => {
            dice.bytes(block, 192);
            block.extend((0..16).map(|_| dice.between(4, 8)));
            half(block, spread / (6.0 * 18.5));
        }
    }
}

/// xorshift64*: fast, and the same file each time.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn between(&mut self, low: u8, high: u8) -> u8 {
        low + ((self.next() >> 32) % u64::from(high - low + 1)) as u8
    }

    /// `n` bytes, a multiple of 8.
    fn bytes(&mut self, out: &mut Vec<u8>, n: usize) {
        (0..n / 8).for_each(|_| out.extend(self.next().to_le_bytes()));
    }
}
