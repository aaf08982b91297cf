//! What a person wants to see of a file that no computation needs.
use super::{Array, Gguf, Tensor, Value};
use crate::{Error, gguf::cursor::Cursor};

impl Array {
    /// Bytes in the file.
    pub fn n_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The name of its elements' type.
    pub fn kind(&self) -> &'static str {
        const NAMES: [&str; 13] =
            ["u8", "i8", "u16", "i16", "u32", "i32", "f32", "bool", "string", "array", "u64", "i64", "f64"];
        NAMES.get(self.kind as usize).copied().unwrap_or("unknown")
    }
}

impl Tensor {
    /// Which of a split model's files holds it, from 0.
    pub fn shard(&self) -> usize {
        self.shard
    }

    /// Where its bytes begin in that file.
    pub fn offset(&self) -> usize {
        self.bytes.start
    }

    /// Bits that one weight takes, scales included.
    pub fn bits_per_weight(&self) -> f64 {
        self.n_bytes() as f64 * 8.0 / self.n_elements() as f64
    }
}

impl Gguf {
    /// Bytes of all its files.
    pub fn n_bytes(&self) -> u64 {
        self.maps.iter().map(|map| map.bytes().len() as u64).sum()
    }

    /// Number of its files.
    pub fn n_shards(&self) -> usize {
        self.maps.len()
    }

    /// The first `n` elements of `array`, which is one of this file's metadata.
    ///
    /// # Errors
    /// Format, when an element breaks the format.
    pub fn first(&self, array: &Array, n: usize) -> Result<Vec<Value>, Error> {
        let bytes = self.maps[0].bytes().get(array.bytes.clone()).unwrap_or_default();
        let mut c = Cursor::new(bytes);
        (0..n.min(array.len)).map(|_| super::header::scalar(&mut c, array.kind)).collect()
    }
}
