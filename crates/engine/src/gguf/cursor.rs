//! Walks foreign bytes; every read is checked and names what it wanted.
use crate::Error;

/// A position in a byte slice.
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(crate) fn position(&self) -> usize {
        self.at
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Bytes that are left.
    pub(crate) fn rest(&self) -> usize {
        self.bytes.len() - self.at
    }

    pub(crate) fn take(&mut self, n: usize, what: &str) -> Result<&'a [u8], Error> {
        let rest = &self.bytes[self.at..];
        let taken = rest.get(..n).ok_or_else(|| {
            Error::format(format!(
                "{what}: {n} bytes expected at {}, {} found; the file is cut or its header is wrong",
                self.at,
                rest.len()
            ))
        })?;
        self.at += n;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self, what: &str) -> Result<[u8; N], Error> {
        let mut out = [0; N];
        out.copy_from_slice(self.take(N, what)?);
        Ok(out)
    }

    pub(crate) fn u32(&mut self, what: &str) -> Result<u32, Error> {
        self.array(what).map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self, what: &str) -> Result<u64, Error> {
        self.array(what).map(u64::from_le_bytes)
    }

    /// A text: its length as u64, then its bytes.
    pub(crate) fn string(&mut self, what: &str) -> Result<&'a str, Error> {
        let n = usize::try_from(self.u64(what)?).unwrap_or(usize::MAX);
        let bytes = self.take(n, what)?;
        std::str::from_utf8(bytes).map_err(|e| Error::format(format!("{what}: UTF-8 expected, {e}")))
    }
}
