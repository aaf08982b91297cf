//! Linux: limits, Landlock, and at last seccomp, which would not let the others be set.
use super::{Protection, calls};
use crate::sandbox::Limits;
use landlock::{
    ABI, Access, AccessFs, AccessNet, LandlockStatus, Ruleset, RulesetAttr, RulesetError, RulesetStatus, Scope,
};
use rustix::{
    process::{Resource, Rlimit, setrlimit},
    time::{ClockId, clock_gettime},
};
use std::{fs, io, time::Duration};

/// Stack that the interpreter finds, whatever the shell's limit was.
const STACK: u64 = 16 << 20;

/// Takes from this process, for ever, all but memory, its three standard streams, and processor time for `n_calls` calls.
/// For processes of one thread.
///
/// # Errors
/// Limits that cannot be set. What the kernel does not offer is no error: it is missing in what is returned.
pub fn confine(limits: &Limits, n_calls: u32) -> Result<Protection, String> {
    let mapped =
        mapped().map_err(|e| format!("/proc/self/status: {e}: how much memory a worker maps must be known"))?;
    let landlock = landlock().unwrap_or(0);
    limit(limits, mapped, n_calls).map_err(|e| format!("limits of a worker cannot be set: {e}"))?;
    let seccomp = calls::allow_few().is_ok();
    Ok(Protection { seccomp, landlock, limits: true })
}

/// What this process's one thread has taken so far. The process's own clock only ticks once its time is limited.
pub(in super::super) fn processor_time() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap_or_default()
}

/// Gives processor time for one more call. Whoever computes on after its host died is ended by this.
pub(in super::super) fn allow_time(limits: &Limits, n_calls: u32) -> io::Result<()> {
    let used = clock_gettime(ClockId::ProcessCPUTime).tv_sec.unsigned_abs();
    let most = seconds_of_all(limits, n_calls);
    let soft = used.saturating_add(seconds(limits.time)).min(most);
    setrlimit(Resource::Cpu, Rlimit { current: Some(soft), maximum: Some(most) })?;
    Ok(())
}

/// Whole seconds of processor time that one call may take: more than its time on the clock, so that the host, where it
/// lives, kills first.
fn seconds(time: Duration) -> u64 {
    time.as_secs().saturating_add(2)
}

/// The most that all calls of a worker may take together.
fn seconds_of_all(limits: &Limits, n_calls: u32) -> u64 {
    seconds(limits.time).saturating_mul(u64::from(n_calls) + 1)
}

/// Bytes of address space that the program has by itself.
fn mapped() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let size = status.lines().find_map(|line| line.strip_prefix("VmSize:")?.split_whitespace().next()?.parse().ok());
    size.map(|kib: u64| kib << 10).ok_or_else(|| io::Error::other("no VmSize"))
}

fn limit(limits: &Limits, mapped: u64, n_calls: u32) -> io::Result<()> {
    let both = |most: u64| Rlimit { current: Some(most), maximum: Some(most) };
    let hard = rustix::process::getrlimit(Resource::Stack).maximum;
    let stack = Rlimit { current: Some(hard.unwrap_or(STACK).min(STACK)), maximum: hard };
    setrlimit(Resource::Stack, stack)?;
    setrlimit(Resource::As, both(mapped.saturating_add(limits.memory)))?;
    setrlimit(Resource::Core, both(0))?;
    setrlimit(Resource::Fsize, both(0))?;
    setrlimit(Resource::Nofile, both(3))?;
    setrlimit(Resource::Nproc, both(0))?;
    allow_time(limits, n_calls)
}

/// Forbids all that the kernel's version can forbid, with no exception; the version.
fn landlock() -> Result<u32, RulesetError> {
    let newest = ABI::V10;
    let rules = Ruleset::default()
        .handle_access(AccessFs::from_all(newest))?
        .handle_access(AccessNet::from_all(newest))?
        .scope(Scope::from_all(newest))?;
    let status = rules.create()?.restrict_self()?;
    Ok(match (status.ruleset, status.landlock) {
        (RulesetStatus::NotEnforced, _) => 0,
        (_, LandlockStatus::Available { effective_abi, .. }) => effective_abi as u32,
        _ => 0,
    })
}
