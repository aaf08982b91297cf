//! Memory for weights: matrices lie side by side in a few large chunks, which the system can keep in huge pages. All of
//! it is read for each token, and with small pages a processor would look up where each of them lies.
#![expect(unsafe_code, reason = "parts of chunks are handed out as pointers")]
use std::{
    alloc::{self, Layout},
    marker::PhantomData,
    mem::MaybeUninit,
    ops::{Deref, DerefMut},
    ptr::NonNull,
    slice,
    sync::{Arc, Mutex, PoisonError, Weak},
};

const HUGE: usize = 2 << 20;
/// Bytes of a chunk; what is larger has one of its own. Of its end, only what is written costs memory.
const CHUNK: usize = 32 << 20;

/// Memory from the system, given back when nothing lies in it any more.
struct Chunk {
    bytes: NonNull<u8>,
    layout: Layout,
}

// SAFETY: a chunk only owns its memory; who may touch which part of it is for `Room` to say.
unsafe impl Send for Chunk {}
// SAFETY: as above.
unsafe impl Sync for Chunk {}

impl Chunk {
    fn new(n_bytes: usize) -> Self {
        let Ok(layout) = Layout::from_size_align(n_bytes.max(1).next_multiple_of(HUGE), HUGE) else {
            alloc::handle_alloc_error(Layout::new::<u8>()); // more than any address space holds
        };
        // SAFETY: the layout is not empty.
        let bytes = unsafe { alloc::alloc(layout) };
        let Some(bytes) = NonNull::new(bytes) else { alloc::handle_alloc_error(layout) };
        // SAFETY: whole pages that are ours, and the advice changes nothing of what stands in them. A system that does
        // not take it keeps its small pages.
        #[cfg(target_os = "linux")]
        unsafe {
            libc::madvise(bytes.as_ptr().cast(), layout.size(), libc::MADV_HUGEPAGE)
        };
        Self { bytes, layout }
    }
}

impl Drop for Chunk {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout, and nothing lies in it any more.
        unsafe { alloc::dealloc(self.bytes.as_ptr(), self.layout) };
    }
}

/// The chunk that is filled now, and how far it is.
static LAST: Mutex<(Weak<Chunk>, usize)> = Mutex::new((Weak::new(), 0));

/// A part of a chunk that nobody else has.
fn part(n_bytes: usize, align: usize) -> (Arc<Chunk>, usize) {
    if n_bytes > CHUNK / 2 {
        return (Arc::new(Chunk::new(n_bytes)), 0);
    }
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    let at = last.1.next_multiple_of(align);
    let (chunk, at) = match last.0.upgrade().filter(|_| at + n_bytes <= CHUNK) {
        Some(chunk) => (chunk, at),
        None => (Arc::new(Chunk::new(CHUNK)), 0),
    };
    *last = (Arc::downgrade(&chunk), at + n_bytes);
    (chunk, at)
}

/// Elements that lie in a chunk.
pub(super) struct Room<T> {
    first: NonNull<T>,
    n: usize,
    chunk: Arc<Chunk>,
    _elements: PhantomData<T>,
}

// SAFETY: it owns its elements as a `Vec` does.
unsafe impl<T: Send> Send for Room<T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for Room<T> {}

impl<T: Copy> Room<T> {
    /// Room for `n` elements.
    pub(super) fn new(n: usize) -> Room<MaybeUninit<T>> {
        const { assert!(align_of::<T>() <= HUGE, "a chunk's own alignment") };
        let (chunk, at) = part(n * size_of::<T>(), align_of::<T>());
        // SAFETY: inside the chunk.
        let first = unsafe { chunk.bytes.add(at) };
        Room { first: first.cast(), n, chunk, _elements: PhantomData }
    }
}

impl<T: Copy> Room<MaybeUninit<T>> {
    /// The same, as elements.
    ///
    /// # Safety
    /// All of them were written.
    pub(super) unsafe fn assume_init(self) -> Room<T> {
        Room { first: self.first.cast(), n: self.n, chunk: self.chunk, _elements: PhantomData }
    }
}

impl<T> Deref for Room<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // SAFETY: `n` elements that were written or need not be, in memory that lives as long as this.
        unsafe { slice::from_raw_parts(self.first.as_ptr(), self.n) }
    }
}

impl<T> DerefMut for Room<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as above, and nobody else was given this part of the chunk.
        unsafe { slice::from_raw_parts_mut(self.first.as_ptr(), self.n) }
    }
}
