//! Frames between host and worker: a length in four bytes (little endian), then JSON.
//!
//! ```text
//! host -> worker   Setup                          Job               Job  ..  end of file
//! worker -> host           Result<Protection, _>       Done              Done
//! ```
use super::{Call, Fault, FaultKind, Limits, Outcome};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use std::{
    io::{self, Read, Write},
    time::Duration,
};

/// Most bytes of a job.
pub(super) const MOST_JOB: usize = 16 << 20;
/// Values within values, either way.
pub(super) const MOST_NESTED: usize = 64;
/// What a frame from a worker may have beside its outcome: a fault's message, or what a worker says of itself.
pub(super) const MOST_BESIDE: usize = 4 << 10;

/// From the host, first of all.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Setup {
    pub(super) limits: Limits,
    /// After so many calls it is replaced.
    pub(super) n_calls: u32,
}

/// From the host.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Job {
    /// Said again in the answer, and not to be guessed before.
    pub(super) id: u64,
    pub(super) code: String,
    pub(super) call: Call,
}

/// From the worker.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Done {
    pub(super) id: u64,
    pub(super) outcome: Result<Outcome, Fault>,
    /// Microseconds of processor time.
    #[serde(default)]
    pub(super) took_us: u64,
}

/// The next frame of at most `most` bytes; none at the end.
pub(super) fn read<T: DeserializeOwned>(from: &mut impl Read, most: usize) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let mut frame = vec![0; length_of(length, most)?];
    from.read_exact(&mut frame)?;
    serde_json::from_slice(&frame).map(Some).map_err(io::Error::from)
}

/// What the first four bytes of a frame say.
pub(super) fn length_of(bytes: [u8; 4], most: usize) -> io::Result<usize> {
    let n = u32::from_le_bytes(bytes) as usize;
    if n <= most {
        return Ok(n);
    }
    let message = format!("a frame of {n} bytes, at most {most} expected");
    Err(io::Error::new(io::ErrorKind::InvalidData, message))
}

pub(super) fn frame<T: Serialize>(what: &T) -> io::Result<Vec<u8>> {
    let mut frame = vec![0; 4];
    serde_json::to_writer(&mut frame, what)?;
    let n = u32::try_from(frame.len() - 4).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
    frame[..4].copy_from_slice(&n.to_le_bytes());
    Ok(frame)
}

/// The frame of what is done; of an outcome longer than `most`, that it is too long.
pub(super) fn answer(done: &Done, most: usize) -> io::Result<Vec<u8>> {
    let whole = frame(done)?;
    if done.outcome.is_err() || whole.len() <= most {
        return Ok(whole);
    }
    let message = format!("it gave back {} bytes, at most {most} are allowed", whole.len());
    frame(&Done { id: done.id, took_us: done.took_us, outcome: Err(Fault::new(FaultKind::Output, message)) })
}

pub(super) fn send(to: &mut impl Write, frame: &[u8]) -> io::Result<()> {
    to.write_all(frame)?;
    to.flush()
}

pub(super) fn write<T: Serialize>(to: &mut impl Write, what: &T) -> io::Result<()> {
    send(to, &frame(what)?)
}

/// A worker's answer to job `id`, from the bytes of its frame after the length, and the processor time that it says it
/// took: believed in nothing but its content.
///
/// # Errors
/// `Crashed` for what is no answer to this job, else the worker's own fault.
pub fn read_answer(frame: &[u8], id: u64) -> Result<(Outcome, Duration), Fault> {
    let nonsense = |what: &str| Fault::new(FaultKind::Crashed, format!("the worker spoke nonsense: {what}"));
    let done: Done = serde_json::from_slice(frame).map_err(|error| nonsense(&error.to_string()))?;
    if done.id != id {
        return Err(nonsense("an answer to another call"));
    }
    let outcome = done.outcome.map_err(|fault| Fault::new(fault.kind, fault.message))?;
    let parts = outcome.arguments.iter().flat_map(Map::values).chain(&outcome.result);
    if parts.into_iter().any(|part| !is_shallow(part, MOST_NESTED)) {
        return Err(nonsense("values nested too deep"));
    }
    Ok((outcome, Duration::from_micros(done.took_us)))
}

/// Whether there are at most `most` values within values.
pub(super) fn is_shallow(value: &Value, most: usize) -> bool {
    let mut inner: Box<dyn Iterator<Item = &Value>> = match value {
        Value::Array(values) => Box::new(values.iter()),
        Value::Object(fields) => Box::new(fields.values()),
        _ => return true,
    };
    inner.all(|value| most > 0 && is_shallow(value, most - 1))
}
