//! Frames between host and worker: a length in four bytes (little endian), then JSON.
use super::{Call, Fault, Limits, Outcome};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::io::{self, Read, Write};

/// From the host.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Job {
    /// Said again in the answer.
    pub(super) id: u64,
    pub(super) code: String,
    pub(super) call: Call,
    pub(super) limits: Limits,
}

/// From the worker.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Done {
    pub(super) id: u64,
    pub(super) outcome: Result<Outcome, Fault>,
}

/// The next frame of at most `most` bytes; none at the end.
pub(super) fn read<T: DeserializeOwned>(from: &mut impl Read, most: usize) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let n = u32::from_le_bytes(length) as usize;
    if n > most {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("a frame of {n} bytes, at most {most} expected"),
        ));
    }
    let mut frame = vec![0; n];
    from.read_exact(&mut frame)?;
    serde_json::from_slice(&frame).map(Some).map_err(io::Error::from)
}

pub(super) fn frame<T: Serialize>(what: &T) -> io::Result<Vec<u8>> {
    let mut frame = vec![0; 4];
    serde_json::to_writer(&mut frame, what)?;
    let n = u32::try_from(frame.len() - 4).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
    frame[..4].copy_from_slice(&n.to_le_bytes());
    Ok(frame)
}

pub(super) fn write<T: Serialize>(to: &mut impl Write, what: &T) -> io::Result<()> {
    to.write_all(&frame(what)?)?;
    to.flush()
}
