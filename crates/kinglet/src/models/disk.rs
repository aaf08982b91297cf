//! Faults of the file system in words that name the remedy, and the room there is.
use crate::units::bytes;
use std::{io, path::Path};

/// Bytes that stay free whatever is fetched.
const RESERVE: u64 = 64 << 20;

/// What `e` means for whoever wanted to use `path`.
pub(super) fn fault(path: &Path, e: &io::Error) -> String {
    let remedy = match e.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "; free some of the disk, or give another --models DIR"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "; give another folder with --models DIR"
        }
        _ => "",
    };
    format!("{}: {e}{remedy}", path.display())
}

/// There is `room` where `needed` bytes were to be written.
pub(super) fn too_small(path: &Path, needed: u64, room: u64) -> String {
    let (needed, room) = (bytes(needed), bytes(room));
    format!("{}: {needed} needed, {room} free; free some of the disk, or give another --models DIR", path.display())
}

/// Bytes that may still be written below `dir`.
pub(super) fn room(dir: &Path) -> u64 {
    // where the system does not tell, writing will
    fs4::available_space(dir).map_or(u64::MAX, |n| n.saturating_sub(RESERVE))
}
