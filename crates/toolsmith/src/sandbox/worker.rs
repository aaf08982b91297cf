//! A worker's life: confined first, then it takes jobs until there are no more.
use super::{
    confine::{allow_time, confine, processor_time},
    interpret::Programs,
    protocol::{self, MOST_JOB},
};
use std::{
    io::{self, stdin, stdout},
    process::ExitCode,
};

/// What a worker does from its first moment: the program's whole `main`, in a process with one thread.
pub fn work() -> ExitCode {
    match jobs() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE, // the host sees that it ended, and nobody else reads
    }
}

fn jobs() -> io::Result<()> {
    let (mut from, mut to) = (stdin().lock(), stdout().lock());
    let Some(protocol::Setup { limits, n_calls }) = protocol::read(&mut from, MOST_JOB)? else { return Ok(()) };
    protocol::write(&mut to, &confine(&limits, n_calls))?;
    let mut programs = Programs::default();
    while let Some(job) = protocol::read::<protocol::Job>(&mut from, MOST_JOB)? {
        allow_time(&limits, n_calls)?;
        let before = processor_time();
        let outcome = programs.call(&job.code, job.call, &limits);
        let took_us = processor_time().saturating_sub(before).as_micros().try_into().unwrap_or(u64::MAX);
        let frame = protocol::answer(&protocol::Done { id: job.id, outcome, took_us }, limits.output)?;
        protocol::send(&mut to, &frame)?;
    }
    Ok(())
}
