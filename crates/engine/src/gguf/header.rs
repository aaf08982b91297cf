//! The head of a GGUF file: version, counts and metadata.
use super::{Array, Value, cursor::Cursor};
use crate::{Error, error::quoted};
use std::collections::HashMap;

/// Most tensors, and most metadata entries: far beyond any model, and cheap to refuse.
const MAX_ENTRIES: u64 = 1 << 16;
/// Longest key, as the format says.
const MAX_KEY: usize = (1 << 16) - 1;

pub(super) struct Header {
    pub version: u32,
    pub n_tensors: u64,
    pub n_metadata: u64,
}

/// Metadata in file order, and the place of each key.
pub(super) type Metadata = (Vec<(String, Value)>, HashMap<String, usize>);

pub(super) fn read(c: &mut Cursor<'_>) -> Result<Header, Error> {
    let magic = c.take(4, "the magic `GGUF`")?;
    if magic != b"GGUF" {
        let found = String::from_utf8_lossy(magic);
        return Err(Error::format(format!("not a GGUF file: `GGUF` expected at its start, {} found", quoted(&found))));
    }
    let version = match c.u32("the version")? {
        version @ (2 | 3) => version,
        v if matches!(v.swap_bytes(), 1..=3) => {
            return Err(Error::unsupported("big-endian GGUF; convert the file to little-endian"));
        }
        v => return Err(Error::unsupported(format!("GGUF version {v}; versions 2 and 3 are read"))),
    };
    let (n_tensors, n_metadata) = (c.u64("the tensor count")?, c.u64("the metadata count")?);
    for (what, n) in [("tensors", n_tensors), ("metadata entries", n_metadata)] {
        if n > MAX_ENTRIES {
            return Err(Error::format(format!("at most {MAX_ENTRIES} {what} expected, {n} found")));
        }
    }
    Ok(Header { version, n_tensors, n_metadata })
}

pub(super) fn metadata(c: &mut Cursor<'_>, n: u64) -> Result<Metadata, Error> {
    let (mut metadata, mut index) = (Vec::new(), HashMap::new());
    for _ in 0..n {
        let key = c.string("a metadata key")?;
        if !(1..=MAX_KEY).contains(&key.len()) {
            return Err(Error::format(format!("a metadata key of 1 to {MAX_KEY} bytes expected, {} found", key.len())));
        }
        let value = value(c).map_err(|e| e.within(&format!("metadata {}", quoted(key))))?;
        if index.insert(key.to_owned(), metadata.len()).is_some() {
            return Err(Error::format(format!("metadata {} stands twice", quoted(key))));
        }
        metadata.push((key.to_owned(), value));
    }
    Ok((metadata, index))
}

/// The alignment of tensors, 32 when the file does not say.
pub(super) fn alignment(value: Option<&Value>) -> Result<usize, Error> {
    match value {
        None => Ok(32),
        Some(Value::U64(n)) if n.is_power_of_two() && (8..=1 << 16).contains(n) => Ok(*n as usize),
        Some(other) => Err(Error::format(format!(
            "metadata `general.alignment`: a power of two from 8 to 65536 expected, {other} found"
        ))),
    }
}

fn value(c: &mut Cursor<'_>) -> Result<Value, Error> {
    match c.u32("the type")? {
        9 => Ok(Value::Array(array(c)?)),
        kind => scalar(c, kind),
    }
}

/// A value of the type `kind` that is no array.
pub(super) fn scalar(c: &mut Cursor<'_>, kind: u32) -> Result<Value, Error> {
    Ok(match kind {
        0 => Value::U64(u64::from(c.array::<1>("u8")?[0])),
        1 => Value::I64(i64::from(i8::from_le_bytes(c.array("i8")?))),
        2 => Value::U64(u64::from(u16::from_le_bytes(c.array("u16")?))),
        3 => Value::I64(i64::from(i16::from_le_bytes(c.array("i16")?))),
        4 => Value::U64(u64::from(c.u32("u32")?)),
        5 => Value::I64(i64::from(i32::from_le_bytes(c.array("i32")?))),
        6 => Value::F64(f64::from(f32::from_le_bytes(c.array("f32")?))),
        7 => match c.array("a truth value")? {
            [0] => Value::Bool(false),
            [1] => Value::Bool(true),
            [b] => return Err(Error::format(format!("0 or 1 expected, {b} found"))),
        },
        8 => Value::Str(c.string("text")?.to_owned()),
        10 => Value::U64(c.u64("u64")?),
        11 => Value::I64(i64::from_le_bytes(c.array("i64")?)),
        12 => Value::F64(f64::from_le_bytes(c.array("f64")?)),
        other => return Err(Error::format(format!("value type 0 to 12 expected, {other} found"))),
    })
}

/// Walks over the elements: they stay in the file, but each text is checked now.
fn array(c: &mut Cursor<'_>) -> Result<Array, Error> {
    let kind = c.u32("the element type")?;
    let n = c.u64("the element count")?;
    let too_long = || Error::format(format!("an array of {n} elements is longer than the file"));
    let len = usize::try_from(n).map_err(|_| too_long())?;
    let size = match kind {
        0 | 1 | 7 => 1,
        2 | 3 => 2,
        4..=6 => 4,
        10..=12 => 8,
        // at least its length
        8 => 8,
        9 => return Err(Error::unsupported("an array of arrays; no model needs one")),
        other => return Err(Error::format(format!("an array of value type 0 to 12 expected, {other} found"))),
    };
    let n_bytes = len.checked_mul(size).filter(|n| *n <= c.rest()).ok_or_else(too_long)?;
    let start = c.position();
    if kind == 8 {
        for _ in 0..len {
            c.string("a text of the array")?;
        }
    } else {
        let bytes = c.take(n_bytes, "the array")?;
        if let Some(b) = bytes.iter().find(|b| kind == 7 && **b > 1) {
            return Err(Error::format(format!("truth values 0 or 1 expected, {b} found")));
        }
    }
    Ok(Array { kind, len, bytes: start..c.position() })
}
