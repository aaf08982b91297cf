//! A worker's life: takes jobs until there are no more.
use super::{interpret::Programs, protocol};
use std::{
    io::{self, stdin, stdout},
    process::ExitCode,
};

/// Most bytes of a job.
pub(super) const MOST: usize = 16 << 20;

/// What a worker does from its first moment: the program's whole `main`, in a process with one thread.
pub fn work() -> ExitCode {
    match jobs() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE, // the host sees that it ended, and nobody else reads
    }
}

fn jobs() -> io::Result<()> {
    let mut programs = Programs::default();
    let (mut from, mut to) = (stdin().lock(), stdout().lock());
    while let Some(job) = protocol::read::<protocol::Job>(&mut from, MOST)? {
        let outcome = programs.call(&job.code, job.call, &job.limits);
        protocol::write(&mut to, &protocol::Done { id: job.id, outcome })?;
    }
    Ok(())
}
