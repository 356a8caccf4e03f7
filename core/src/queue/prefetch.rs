//! Hints to the machine: prefetch and huge pages. The only `unsafe` room.
//!
//! **Why the unsafe code here is sound.** Both functions are hints that cannot
//! change what a program computes.
//!
//! * [`prefetch`] takes a reference into a slice that is alive for the call, so
//!   the address is valid; the instruction reads nothing architecturally and
//!   cannot fault.
//! * [`huge_pages`] calls `madvise(MADV_HUGEPAGE)` on whole pages that lie
//!   inside the capacity of a live `Vec`. The advice leaves contents and
//!   mappings as they are; the kernel may refuse it, and the result is ignored
//!   because the run is then only slower.
//!
//! No pointer outlives its function and nothing is written through one.

/// Ask for the cache line of `slice[index]`; an index outside does nothing.
#[inline(always)]
#[allow(unsafe_code)]
pub(crate) fn prefetch<T>(slice: &[T], index: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(item) = slice.get(index) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: `item` is a live reference; prefetching it has no effect but on caches.
        unsafe { _mm_prefetch(std::ptr::from_ref(item).cast::<i8>(), _MM_HINT_T0) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (slice, index);
}

/// Smaller areas hold no whole huge page, or little more.
const WORTHWHILE_BYTES: usize = 2 << 20;

/// Ask the kernel to back the whole capacity of `items` with huge pages. Call
/// it before the memory is first touched. Small vectors are left alone.
#[allow(unsafe_code)]
pub(crate) fn huge_pages<T>(items: &mut Vec<T>) {
    #[cfg(target_os = "linux")]
    {
        const PAGE: usize = 4096;
        let bytes = items.capacity() * size_of::<T>();
        if bytes < WORTHWHILE_BYTES {
            return;
        }
        let start = items.as_mut_ptr() as usize;
        let first = start.next_multiple_of(PAGE);
        let last = (start + bytes) / PAGE * PAGE;
        // SAFETY: first..last are whole pages inside the allocation of `items`,
        // which is alive and borrowed for the call; the advice changes no contents.
        unsafe {
            libc::madvise(
                first as *mut libc::c_void,
                last - first,
                libc::MADV_HUGEPAGE,
            );
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = items;
}
