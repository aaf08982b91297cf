//! Which tokens a step runs: every answer's next, guesses at those after it, and prompts in what room is left.
use super::{STEP_TOKENS, sequence::Sequence};
use crate::{cache::Cache, kernel::PAGE};
use std::collections::HashSet;

/// How many tokens of each of `running` the next step runs, guesses included, if the cache has room for them.
pub(super) fn plan(running: &mut [Sequence], cache: &mut Cache, n_draft: usize) -> Vec<usize> {
    let n_running = running.len();
    let mut room = STEP_TOKENS;
    for sequence in running.iter_mut() {
        sequence.guess_nothing();
        if sequence.n_left() > 1 && sequence.may_skip() {
            sequence.find(cache);
        }
        room = room.saturating_sub(usize::from(sequence.n_left() == 1));
    }
    let mut counts = vec![1; n_running];
    read_prompts(running, &mut counts, &mut room);
    for (sequence, count) in running.iter_mut().zip(&mut counts).filter(|(s, _)| s.n_left() == 1) {
        let n = sequence.guess(room.min(n_draft), n_running);
        *count += n;
        room -= n;
    }
    counts
}

/// Shares `room` among prompts: whoever would be done first if it had all room since it began is the first to get it. So a
/// short prompt need not wait for a long one, and a long one is overtaken by what comes within its own time alone.
fn read_prompts(running: &[Sequence], counts: &mut [usize], room: &mut usize) {
    let done_at = |s: &Sequence| s.turn.map_or(0, |turn| turn.step) * STEP_TOKENS as u64 + s.n_left() as u64;
    let mut prompts: Vec<usize> = (0..running.len()).filter(|i| running[*i].n_left() > 1).collect();
    prompts.sort_by_key(|i| (done_at(&running[*i]), running[*i].turn));
    let mut planned = HashSet::new();
    for i in prompts {
        let sequence = &running[i];
        let n_done = sequence.tokens().len() - sequence.n_left();
        let first = n_done / PAGE;
        // another runs the same page in this step: after it, it is found and costs nothing
        if sequence.may_skip() && sequence.mark(first).is_some_and(|mark| planned.contains(&mark)) {
            counts[i] = 0;
            continue;
        }
        let mut end = n_done + sequence.n_left().min(*room);
        if end < sequence.tokens().len() && end / PAGE > first {
            end -= end % PAGE; // whole pages, as only these are found by others
        }
        counts[i] = end - n_done;
        *room -= counts[i];
        planned.extend((first..end / PAGE).filter_map(|page_idx| sequence.mark(page_idx)));
    }
}

/// Whether there is room for `sequence` beside `running`: for all that it has to read, and for a page more of each that runs.
pub(super) fn has_room(sequence: &Sequence, running: &[Sequence], cache: &Cache) -> bool {
    if running.is_empty() {
        return true; // a context always fits
    }
    let (n_known, n_idle) = match sequence.may_skip() {
        true => cache.known(sequence.kv_key(), sequence.tokens()),
        false => (0, 0),
    };
    // pages that those who run have still to fill, each that several have in common once
    let (mut marks, mut n_tails) = (HashSet::new(), 0);
    for (sequence, n_has) in running.iter().map(|s| (s, s.pages().len())).chain([(sequence, n_known)]) {
        for page_idx in n_has..Cache::pages_for(sequence.tokens().len() + 1) {
            match sequence.mark(page_idx) {
                Some(mark) => drop(marks.insert(mark)),
                None => n_tails += 1,
            }
        }
    }
    cache.n_free() + cache.n_idle() - n_idle >= marks.len() + n_tails + running.len()
}
