//! The system calls that computing takes; for any other the kernel kills the process at once.
use rustix::process::Resource;
use seccompiler::{
    BpfProgram, Error, SeccompAction, SeccompCmpArgLen::Dword, SeccompCmpOp as Is, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};
use std::collections::BTreeMap;

#[cfg(target_arch = "x86_64")]
const ARCH: TargetArch = TargetArch::x86_64;
#[cfg(target_arch = "aarch64")]
const ARCH: TargetArch = TargetArch::aarch64;

/// Whatever their arguments are: memory, locks, clocks, signals of its own, and its end.
const ANYHOW: [i64; 20] = [
    libc::SYS_brk,
    libc::SYS_clock_getres,
    libc::SYS_clock_gettime,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_futex,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_gettid,
    libc::SYS_gettimeofday,
    libc::SYS_madvise,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_restart_syscall,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_yield,
    libc::SYS_sigaltstack,
    libc::SYS_getrusage,
];

/// An argument by its place from 0, and what it must be.
type Condition = (u8, Is, u64);

/// Allows these and those of `with_arguments` from now on, and nothing else. Also sets `no_new_privs`.
pub(super) fn allow_few() -> Result<(), Error> {
    let mut allowed: BTreeMap<i64, Vec<SeccompRule>> = ANYHOW.iter().map(|call| (*call, Vec::new())).collect();
    for (call, conditions) in with_arguments() {
        let conditions = conditions.into_iter().map(|(i, is, value)| SeccompCondition::new(i, Dword, is, value));
        let rule = SeccompRule::new(conditions.collect::<Result<_, _>>()?)?;
        allowed.entry(call).or_default().push(rule);
    }
    let filter = SeccompFilter::new(allowed, SeccompAction::KillProcess, SeccompAction::Allow, ARCH)?;
    seccompiler::apply_filter(&BpfProgram::try_from(filter)?)
}

/// Calls, and what some of their arguments must be: a value, or some bits of it.
fn with_arguments() -> Vec<(i64, Vec<Condition>)> {
    let bits = |mask: i32| Is::MaskedEq(u64::from(mask.unsigned_abs()));
    let (never_run, anonymous) = (bits(libc::PROT_EXEC), bits(libc::MAP_ANONYMOUS));
    let own = u64::from(std::process::id());
    vec![
        (libc::SYS_read, vec![(0, Is::Eq, 0)]),
        (libc::SYS_write, vec![(0, Is::Eq, 1)]),
        (libc::SYS_write, vec![(0, Is::Eq, 2)]),
        (libc::SYS_writev, vec![(0, Is::Eq, 2)]),
        (
            libc::SYS_mmap,
            vec![(2, never_run.clone(), 0), (3, anonymous, u64::from(libc::MAP_ANONYMOUS.unsigned_abs()))],
        ),
        (libc::SYS_mprotect, vec![(2, never_run, 0)]),
        // its processor time for the next call, within a limit that it cannot raise
        (libc::SYS_prlimit64, vec![(0, Is::Eq, 0), (1, Is::Eq, Resource::Cpu as u64)]),
        // `abort`
        (libc::SYS_tgkill, vec![(0, Is::Eq, own), (2, Is::Eq, u64::from(libc::SIGABRT.unsigned_abs()))]),
    ]
}
