//! What a hostile template may take: stack for its nesting, and bytes of text.
use super::python::bounded;
use crate::{Error, Kind};
use minijinja::{Error as Fault, ErrorKind};
use std::{cell::Cell, io, thread};

/// Enough for a template of the greatest length that is nothing but nesting. Only what is used becomes memory.
const STACK: usize = 512 << 20;

thread_local! {
    /// Bytes that this thread's template has printed, into variables too.
    static PRINTED: Cell<usize> = const { Cell::new(0) };
}

/// Runs `work` on a thread of its own with a deep stack: the parser and nested values recurse.
///
/// # Errors
/// Internal, when the system gives no thread, or `work` panics.
pub(super) fn with_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, Error> {
    let defect = |what: String| Error::new(Kind::Internal, format!("chat template: {what}"));
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        let thread = thread.map_err(|e| defect(format!("no thread to read it: {e}")))?;
        thread.join().map_err(|_| defect("a defect while reading it, please report it".to_owned()))
    })
}

/// Counts `n` bytes more of what is printed.
pub(super) fn count(n: usize) -> Result<(), Fault> {
    let printed = PRINTED.get().saturating_add(n);
    PRINTED.set(printed);
    bounded(printed)
}

/// The rendered text, as long as it is no longer than allowed.
#[derive(Default)]
pub(super) struct Output(Vec<u8>);

impl Output {
    pub(super) fn into_text(self) -> Result<String, Fault> {
        let broken = |e| Fault::new(ErrorKind::BadSerialization, "no UTF-8").with_source(e);
        String::from_utf8(self.0).map_err(broken)
    }
}

impl io::Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        bounded(self.0.len().saturating_add(bytes.len())).map_err(io::Error::other)?;
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
