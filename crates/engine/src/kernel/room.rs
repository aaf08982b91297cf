//! Memory for weights: asked for in huge pages where the system has them, as all of it is read for each token.
#[cfg(target_os = "linux")]
const HUGE: usize = 2 << 20;

/// Room for `n` elements.
#[cfg_attr(target_os = "linux", expect(unsafe_code, reason = "one call of the system"))]
pub(super) fn room<T>(n: usize) -> Vec<T> {
    let mut room = Vec::with_capacity(n);
    #[cfg(target_os = "linux")]
    {
        let spare = room.spare_capacity_mut();
        let from = spare.as_mut_ptr() as usize;
        let (first, end) = (from.next_multiple_of(HUGE), (from + size_of_val(spare)) / HUGE * HUGE);
        if first < end {
            // SAFETY: whole pages inside memory that is ours, and the advice changes nothing of what stands in it.
            // A system that does not take the advice keeps its small pages.
            unsafe { libc::madvise(first as *mut libc::c_void, end - first, libc::MADV_HUGEPAGE) };
        }
    }
    room
}
