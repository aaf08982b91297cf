//! Takes from a worker all that computing does not need, and says what of it the system could take.
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod calls;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod linux;
#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
mod nowhere;

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub use linux::confine;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(super) use linux::{allow_time, processor_time};
#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
pub use nowhere::confine;
#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
pub(super) use nowhere::{allow_time, processor_time};

use serde::{Deserialize, Serialize};
use std::fmt;

/// What is in force in a worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protection {
    /// Whether the kernel kills it for any system call but the few that computing takes.
    pub seccomp: bool,
    /// Landlock's version, which keeps it from files, TCP and other processes as far as that version goes; 0 for none.
    pub landlock: u32,
    /// Whether its memory, its processor time and its files are limited.
    pub limits: bool,
}

impl Protection {
    /// What is missing without which no tool may run.
    ///
    /// Landlock alone would leave it processes and UDP, seccomp alone leaves it nothing: a system without Landlock will do.
    pub fn lacks(&self) -> Option<&'static str> {
        match self {
            Self { seccomp: false, .. } => Some("this system offers no seccomp to keep tools from it"),
            Self { limits: false, .. } => Some("this system does not limit what tools take of memory and time"),
            _ => None,
        }
    }
}

impl fmt::Display for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has = |is: bool| if is { "" } else { "no " };
        write!(f, "{}seccomp, ", has(self.seccomp))?;
        match self.landlock {
            0 => write!(f, "no landlock, ")?,
            version => write!(f, "landlock {version}, ")?,
        }
        write!(f, "{}limits", has(self.limits))
    }
}
