//! Reads GGUF model files (versions 2 and 3, single or split): metadata and tensors, each checked before use.
//!
//! Format: <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>. Layout, little-endian:
//!
//! ```text
//! "GGUF" | version u32 | n_tensors u64 | n_metadata u64 | metadata.. | tensor infos.. | padding | tensor bytes
//! ```
mod cursor;
mod map;
mod show;

use crate::{Error, quant::Type};
use cursor::Cursor;
use std::{
    collections::HashMap,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

const MAX_ENTRIES: u64 = 1 << 16;
const MAX_SPLITS: u64 = 1024;

/// One metadata value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Any unsigned integer.
    U64(u64),
    /// Any signed integer.
    I64(i64),
    /// f32 or f64.
    F64(f64),
    /// A truth value.
    Bool(bool),
    /// UTF-8 text.
    Str(String),
    /// An array of one element type.
    Array(Array),
}

/// An array in the metadata, kept in the file and decoded when read.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    kind: u32,
    /// Number of elements.
    pub len: usize,
    bytes: Range<usize>,
}

/// One tensor: its name, shape and place.
#[derive(Clone, Debug)]
pub struct Tensor {
    /// Name, as `blk.0.attn_q.weight`.
    pub name: String,
    /// Dimensions, the contiguous one first: `[n_in, n_out]` for a matrix.
    pub shape: Vec<usize>,
    /// Block format of its elements.
    pub kind: Type,
    shard: usize,
    bytes: Range<usize>,
}

impl Tensor {
    /// Number of elements.
    pub fn n_elements(&self) -> usize {
        self.shape.iter().product()
    }

    /// Number of bytes in the file.
    pub fn n_bytes(&self) -> usize {
        self.bytes.len()
    }
}

/// An open GGUF file (all shards of it).
#[derive(Clone, Debug)]
pub struct Gguf {
    path: PathBuf,
    version: u32,
    maps: Vec<Arc<map::Map>>,
    metadata: Vec<(String, Value)>,
    index: HashMap<String, usize>,
    tensors: Vec<Tensor>,
    tensor_index: HashMap<String, usize>,
}

impl Gguf {
    /// Opens `path`, and every shard beside it when the file says that it is the first of several.
    ///
    /// # Errors
    /// [`crate::Kind::Io`] for the file system, [`crate::Kind::Format`] for bytes that break the format,
    /// [`crate::Kind::Unsupported`] for versions and tensor types that this engine does not read.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let at = |e: Error| Error::new(e.kind, format!("{}: {}", path.display(), e.message));
        let mut first = Self::open_shard(path).map_err(at)?;
        let n_shards = match first.get("split.count") {
            Some(Value::U64(n)) if *n > 1 => *n,
            _ => return Ok(first),
        };
        if n_shards > MAX_SPLITS || first.u64("split.no").map_err(at)? != 0 {
            return Err(at(Error::format(format!(
                "`split.no` 0 and at most {MAX_SPLITS} shards expected, {n_shards} shards found; open the first shard"
            ))));
        }
        for shard_idx in 1..n_shards {
            let name = shard_path(path, shard_idx, n_shards)?;
            let shard = Self::open_shard(&name)
                .map_err(|e| Error::new(e.kind, format!("{}: {}", name.display(), e.message)))?;
            if shard.u64("split.no") != Ok(shard_idx) {
                return Err(Error::format(format!("{}: `split.no` {shard_idx} expected", name.display())));
            }
            first.append(shard).map_err(at)?;
        }
        Ok(first)
    }

    fn open_shard(path: &Path) -> Result<Self, Error> {
        let map = map::Map::open(path)?;
        Self::parse(path, map)
    }

    fn parse(path: &Path, map: map::Map) -> Result<Self, Error> {
        let mut c = Cursor::new(map.bytes());
        let version = header(&mut c)?;
        let (n_tensors, n_metadata) = (c.u64("the tensor count")?, c.u64("the metadata count")?);
        if n_tensors > MAX_ENTRIES || n_metadata > MAX_ENTRIES {
            return Err(Error::format(format!(
                "at most {MAX_ENTRIES} tensors and metadata entries expected, {n_tensors} and {n_metadata} found"
            )));
        }
        let mut metadata = Vec::new();
        let mut index = HashMap::new();
        for _ in 0..n_metadata {
            let key = c.string("a metadata key")?.to_owned();
            let value = value(&mut c, &key)?;
            if index.insert(key.clone(), metadata.len()).is_some() {
                return Err(Error::format(format!("metadata key `{key}` stands twice")));
            }
            metadata.push((key, value));
        }
        let alignment = match index.get("general.alignment").map(|i| &metadata[*i].1) {
            None => 32,
            Some(Value::U64(n)) if n.is_power_of_two() && (8..=1 << 16).contains(n) => *n as usize,
            Some(other) => {
                return Err(Error::format(format!(
                    "`general.alignment`: a power of two from 8 to 65536 expected, {other:?} found"
                )));
            }
        };
        let tensors = tensors(&mut c, n_tensors, alignment)?;
        let mut tensor_index = HashMap::new();
        for (i, t) in tensors.iter().enumerate() {
            if tensor_index.insert(t.name.clone(), i).is_some() {
                return Err(Error::format(format!("tensor `{}` stands twice", t.name)));
            }
        }
        let (path, maps) = (path.to_owned(), vec![Arc::new(map)]);
        Ok(Self { path, version, maps, metadata, index, tensors, tensor_index })
    }

    fn append(&mut self, shard: Self) -> Result<(), Error> {
        for mut tensor in shard.tensors {
            if self.tensor_index.insert(tensor.name.clone(), self.tensors.len()).is_some() {
                return Err(Error::format(format!("tensor `{}` stands in two shards", tensor.name)));
            }
            tensor.shard = self.maps.len();
            self.tensors.push(tensor);
        }
        self.maps.extend(shard.maps);
        Ok(())
    }

    /// The path that was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The format's version, 2 or 3.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// All metadata in file order.
    pub fn metadata(&self) -> &[(String, Value)] {
        &self.metadata
    }

    /// All tensors in file order.
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// The tensor called `name`.
    pub fn tensor(&self, name: &str) -> Option<&Tensor> {
        self.tensor_index.get(name).map(|i| &self.tensors[*i])
    }

    /// The bytes of `tensor`.
    pub fn bytes(&self, tensor: &Tensor) -> &[u8] {
        &self.maps[tensor.shard].bytes()[tensor.bytes.clone()]
    }

    /// Lets the system drop the file's pages from memory until they are read again.
    pub fn forget_pages(&self) {
        for map in &self.maps {
            map.forget();
        }
    }

    /// The metadata value of `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.index.get(key).map(|i| &self.metadata[*i].1)
    }

    /// A required unsigned integer.
    ///
    /// # Errors
    /// [`crate::Kind::Format`] when it is missing or of another type. The same holds for its siblings below.
    pub fn u64(&self, key: &str) -> Result<u64, Error> {
        match self.get(key) {
            Some(Value::U64(n)) => Ok(*n),
            Some(Value::I64(n)) if *n >= 0 => Ok(*n as u64),
            other => Err(missing(key, "an unsigned integer", other)),
        }
    }

    /// A required number.
    pub fn f32(&self, key: &str) -> Result<f32, Error> {
        match self.get(key) {
            Some(Value::F64(x)) => Ok(*x as f32),
            Some(Value::U64(n)) => Ok(*n as f32),
            other => Err(missing(key, "a number", other)),
        }
    }

    /// A required truth value.
    pub fn bool(&self, key: &str) -> Result<bool, Error> {
        match self.get(key) {
            Some(Value::Bool(b)) => Ok(*b),
            other => Err(missing(key, "a truth value", other)),
        }
    }

    /// A required text.
    pub fn str(&self, key: &str) -> Result<&str, Error> {
        match self.get(key) {
            Some(Value::Str(s)) => Ok(s),
            other => Err(missing(key, "text", other)),
        }
    }

    /// A required array of text, borrowed from the file.
    pub fn strings(&self, key: &str) -> Result<Vec<&str>, Error> {
        let array = self.array(key, "an array of text", &[8])?;
        let mut c = Cursor::new(&self.maps[0].bytes()[array.bytes.clone()]);
        (0..array.len).map(|_| c.string(key)).collect()
    }

    /// A required array of f32.
    pub fn floats(&self, key: &str) -> Result<Vec<f32>, Error> {
        let array = self.array(key, "an array of f32", &[6])?;
        let bytes = &self.maps[0].bytes()[array.bytes.clone()];
        Ok(bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect())
    }

    /// A required array of 32-bit integers.
    pub fn ints(&self, key: &str) -> Result<Vec<i32>, Error> {
        let array = self.array(key, "an array of 32-bit integers", &[4, 5])?;
        let bytes = &self.maps[0].bytes()[array.bytes.clone()];
        Ok(bytes.as_chunks().0.iter().map(|b| i32::from_le_bytes(*b)).collect())
    }

    /// A required array of truth values.
    pub fn bools(&self, key: &str) -> Result<Vec<bool>, Error> {
        let array = self.array(key, "an array of truth values", &[7])?;
        Ok(self.maps[0].bytes()[array.bytes.clone()].iter().map(|b| *b != 0).collect())
    }

    fn array(&self, key: &str, expected: &str, kinds: &[u32]) -> Result<&Array, Error> {
        match self.get(key) {
            Some(Value::Array(a)) if kinds.contains(&a.kind) => Ok(a),
            other => Err(missing(key, expected, other)),
        }
    }
}

fn missing(key: &str, expected: &str, found: Option<&Value>) -> Error {
    let found = match found {
        None => "nothing".to_owned(),
        Some(Value::Array(a)) => format!("an array of {} elements of type {}", a.len, a.kind),
        Some(value) => format!("{value:?}"),
    };
    Error::format(format!("metadata `{key}`: {expected} expected, {found} found"))
}

fn header(c: &mut Cursor<'_>) -> Result<u32, Error> {
    let magic = c.take(4, "the magic `GGUF`")?;
    if magic != b"GGUF" {
        return Err(Error::format(format!("not a GGUF file: `GGUF` expected at its start, {magic:02x?} found")));
    }
    match c.u32("the version")? {
        version @ (2 | 3) => Ok(version),
        v if matches!(v.swap_bytes(), 2 | 3) => {
            Err(Error::unsupported("big-endian GGUF; convert the file to little-endian"))
        }
        v => Err(Error::unsupported(format!("GGUF version {v}; versions 2 and 3 are read"))),
    }
}

fn value(c: &mut Cursor<'_>, key: &str) -> Result<Value, Error> {
    match c.u32(key)? {
        9 => Ok(Value::Array(array(c, key)?)),
        kind => scalar(c, kind, key),
    }
}

/// A value of the type `kind` that is no array.
fn scalar(c: &mut Cursor<'_>, kind: u32, key: &str) -> Result<Value, Error> {
    Ok(match kind {
        0 => Value::U64(u64::from(c.take(1, key)?[0])),
        1 => Value::I64(i64::from(c.take(1, key)?[0] as i8)),
        2 => Value::U64(u64::from(u16::from_le_bytes(c.array(key)?))),
        3 => Value::I64(i64::from(i16::from_le_bytes(c.array(key)?))),
        4 => Value::U64(u64::from(c.u32(key)?)),
        5 => Value::I64(i64::from(i32::from_le_bytes(c.array(key)?))),
        6 => Value::F64(f64::from(f32::from_le_bytes(c.array(key)?))),
        7 => match c.take(1, key)?[0] {
            0 => Value::Bool(false),
            1 => Value::Bool(true),
            b => return Err(Error::format(format!("metadata `{key}`: 0 or 1 expected, {b} found"))),
        },
        8 => Value::Str(c.string(key)?.to_owned()),
        10 => Value::U64(c.u64(key)?),
        11 => Value::I64(i64::from_le_bytes(c.array(key)?)),
        12 => Value::F64(f64::from_le_bytes(c.array(key)?)),
        other => return Err(Error::format(format!("metadata `{key}`: value type 0 to 12 expected, {other} found"))),
    })
}

fn array(c: &mut Cursor<'_>, key: &str) -> Result<Array, Error> {
    let kind = c.u32(key)?;
    let len = usize::try_from(c.u64(key)?)
        .map_err(|_| Error::format(format!("metadata `{key}`: array too long for this machine")))?;
    let size = match kind {
        0 | 1 | 7 => 1,
        2 | 3 => 2,
        4..=6 => 4,
        10..=12 => 8,
        8 => 0,
        other => {
            return Err(Error::format(format!(
                "metadata `{key}`: array of scalars or text expected, element type {other} found"
            )));
        }
    };
    let start = c.position();
    if kind == 8 {
        for _ in 0..len {
            c.string(key)?;
        }
    } else {
        let n_bytes = len
            .checked_mul(size)
            .ok_or_else(|| Error::format(format!("metadata `{key}`: array of {len} elements is too long")))?;
        c.take(n_bytes, key)?;
    }
    Ok(Array { kind, len, bytes: start..c.position() })
}

fn tensors(c: &mut Cursor<'_>, n_tensors: u64, alignment: usize) -> Result<Vec<Tensor>, Error> {
    let mut tensors = Vec::new();
    for _ in 0..n_tensors {
        let name = c.string("a tensor's name")?.to_owned();
        let n_dims = c.u32(&name)?;
        if !(1..=4).contains(&n_dims) {
            return Err(Error::format(format!("tensor `{name}`: 1 to 4 dimensions expected, {n_dims} found")));
        }
        let shape = (0..n_dims)
            .map(|_| c.u64(&name).map(|n| usize::try_from(n).unwrap_or(usize::MAX)))
            .collect::<Result<Vec<_>, _>>()?;
        let kind =
            Type::from_id(c.u32(&name)?).map_err(|e| Error::new(e.kind, format!("tensor `{name}`: {}", e.message)))?;
        let n_bytes = n_bytes(&name, &shape, kind)?;
        let offset = usize::try_from(c.u64(&name)?).unwrap_or(usize::MAX);
        if !offset.is_multiple_of(alignment) {
            return Err(Error::format(format!(
                "tensor `{name}`: offset aligned to {alignment} expected, {offset} found"
            )));
        }
        tensors.push(Tensor { name, shape, kind, shard: 0, bytes: offset..offset.saturating_add(n_bytes) });
    }
    place(&mut tensors, c.position().next_multiple_of(alignment), c.len())?;
    Ok(tensors)
}

fn n_bytes(name: &str, shape: &[usize], kind: Type) -> Result<usize, Error> {
    let bad = || Error::format(format!("tensor `{name}`: impossible shape {shape:?} for {}", kind.name()));
    let n = shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d)).ok_or_else(bad)?;
    if n == 0 || !shape[0].is_multiple_of(kind.block_len()) {
        return Err(bad());
    }
    (n / kind.block_len()).checked_mul(kind.block_bytes()).ok_or_else(bad)
}

/// Moves offsets from the start of the data to the start of the file; refuses overlaps and what lies outside.
fn place(tensors: &mut [Tensor], data: usize, file_len: usize) -> Result<(), Error> {
    for t in tensors.iter_mut() {
        let end = t.bytes.end.checked_add(data).filter(|end| *end <= file_len).ok_or_else(|| {
            Error::format(format!(
                "tensor `{}`: its bytes end at {} of {file_len}; the file is cut or its header is wrong",
                t.name,
                t.bytes.end.saturating_add(data)
            ))
        })?;
        t.bytes = t.bytes.start + data..end;
    }
    let mut order: Vec<&Tensor> = tensors.iter().collect();
    order.sort_by_key(|t| t.bytes.start);
    for pair in order.windows(2) {
        if pair[0].bytes.end > pair[1].bytes.start {
            return Err(Error::format(format!("tensors `{}` and `{}` overlap", pair[0].name, pair[1].name)));
        }
    }
    Ok(())
}

fn shard_path(first: &Path, shard_idx: u64, n_shards: u64) -> Result<PathBuf, Error> {
    let name = first.file_name().and_then(|n| n.to_str()).unwrap_or("");
    let suffix = format!("-00001-of-{n_shards:05}.gguf");
    let stem = name.strip_suffix(&suffix).ok_or_else(|| {
        Error::format(format!("a name ending in `{suffix}` expected for the first shard, `{name}` found"))
    })?;
    Ok(first.with_file_name(format!("{stem}-{:05}-of-{n_shards:05}.gguf", shard_idx + 1)))
}

/// Whether `bytes` begin like a GGUF file.
pub fn looks_like_gguf(bytes: &[u8]) -> bool {
    bytes.starts_with(b"GGUF")
}

impl Gguf {
    /// A required entry by the architecture's prefix: `llama.block_count` for `block_count`.
    pub fn arch_key(&self, suffix: &str) -> Result<String, Error> {
        Ok(format!("{}.{suffix}", self.str("general.architecture")?))
    }
}
