//! Memory for weights: asked for in huge pages where the system has them, as all of it is read for each token; what is
//! too small for them is asked for at once, not page by page as it is written.
#[cfg(target_os = "linux")]
const HUGE: usize = 2 << 20;
#[cfg(target_os = "linux")]
const PAGE: usize = 4 << 10;

/// Room for `n` elements.
#[cfg_attr(target_os = "linux", expect(unsafe_code, reason = "one call of the system"))]
pub(super) fn room<T>(n: usize) -> Vec<T> {
    let mut room = Vec::with_capacity(n);
    #[cfg(target_os = "linux")]
    {
        let spare = room.spare_capacity_mut();
        let from = spare.as_mut_ptr() as usize;
        let whole = |page: usize| (from.next_multiple_of(page), (from + size_of_val(spare)) / page * page);
        let (huge, small) = (whole(HUGE), whole(PAGE));
        let (pages, advice) = match huge.0 < huge.1 {
            true => (huge, libc::MADV_HUGEPAGE),
            false => (small, libc::MADV_POPULATE_WRITE),
        };
        if pages.0 < pages.1 {
            // SAFETY: whole pages inside memory that is ours, and the advice changes nothing of what stands in it.
            // A system that does not take the advice keeps to its own ways.
            unsafe { libc::madvise(pages.0 as *mut libc::c_void, pages.1 - pages.0, advice) };
        }
    }
    room
}
