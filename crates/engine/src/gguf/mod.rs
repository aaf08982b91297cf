//! Reads GGUF model files (versions 2 and 3, single or split): metadata and tensors, each checked before use.
//!
//! Format: <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>. Layout, little-endian:
//!
//! ```text
//! "GGUF" | version u32 | n_tensors u64 | n_metadata u64 | metadata.. | tensor infos.. | padding | tensor bytes
//! ```
pub(crate) mod cursor;
mod header;
mod identity;
mod map;
mod shards;
mod show;
mod tensors;

use crate::{Error, error::quoted, quant::Type};
use cursor::Cursor;
use std::{
    collections::HashMap,
    fmt,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

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
        shards::open(path)
    }

    /// Reads a whole file that is already in memory.
    ///
    /// # Errors
    /// As [`Self::open`]; Unsupported for one shard of several, as the others lie in other files.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, Error> {
        let file = Self::read(PathBuf::new(), map::Map::from_bytes(bytes))?;
        match shards::Split::read(&file)? {
            None => Ok(file),
            Some(split) => Err(Error::unsupported(format!(
                "shard {} of {} alone in memory; open the first shard's file",
                split.no + 1,
                split.count
            ))),
        }
    }

    fn read(path: PathBuf, map: map::Map) -> Result<Self, Error> {
        let mut c = Cursor::new(map.bytes());
        let header = header::read(&mut c)?;
        let (metadata, index) = header::metadata(&mut c, header.n_metadata)?;
        let alignment = header::alignment(index.get("general.alignment").map(|i| &metadata[*i].1))?;
        let (tensors, tensor_index) = tensors::read(&mut c, header.n_tensors, alignment)?;
        let (version, maps) = (header.version, vec![Arc::new(map)]);
        Ok(Self { path, version, maps, metadata, index, tensors, tensor_index })
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

    /// The bytes of `tensor`, all of which are about to be read.
    pub fn all_bytes(&self, tensor: &Tensor) -> &[u8] {
        self.maps[tensor.shard].want(tensor.bytes.clone());
        self.bytes(tensor)
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
            Some(Value::I64(n)) => Ok(*n as f32),
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
    let found = found.map_or_else(|| "nothing".to_owned(), Value::to_string);
    Error::format(format!("metadata `{key}`: {expected} expected, {found} found"))
}

impl fmt::Display for Value {
    /// For messages: long texts are cut, and of arrays only the type is told.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::U64(n) => write!(f, "{n}"),
            Self::I64(n) => write!(f, "{n}"),
            Self::F64(x) => write!(f, "{x}"),
            Self::Bool(b) => write!(f, "{b}"),
            Self::Str(s) => write!(f, "the text {}", quoted(s)),
            Self::Array(a) => write!(f, "an array of {} elements of type {}", a.len, a.kind),
        }
    }
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
