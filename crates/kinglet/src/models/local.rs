//! Models from this machine: copied, by reference where the file system can.
use super::{disk, incoming::Incoming, progress::Progress};
use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

/// Bytes between two looks at the progress.
const STEP: u64 = 64 << 20;

/// Copies `from` into `file` of `incoming`. A hard link would save the room, but whoever writes into the one file would
/// write into a model that may be running.
pub(super) fn bring(from: &Path, (incoming, file): (&Incoming, &str), progress: &mut Progress) -> Result<(), String> {
    let source = File::open(from).map_err(|e| format!("{}: {e}", from.display()))?;
    let total = source.metadata().map_err(|e| format!("{}: {e}", from.display()))?.len();
    let room = incoming.room();
    if total > room {
        return Err(disk::too_small(&incoming.file(file), total, room));
    }
    let mut to = incoming.fresh(file)?;
    progress.begin(0, Some(total));
    let mut at = 0;
    loop {
        // between two files this stays in the kernel, and shares the blocks where it can
        let n = io::copy(&mut (&source).take(STEP), &mut to).map_err(|e| disk::fault(&incoming.file(file), &e))?;
        at += n;
        progress.at(at);
        if n == 0 {
            progress.done(at);
            return Ok(());
        }
    }
}
