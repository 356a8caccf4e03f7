//! Hints for speed: prefetching and huge pages. This is the only module with `unsafe` code.
//!
//! **Why the unsafe code is sound.** All functions are hints, which cannot change the results
//! of a program.
//!
//! * [`prefetch`], which [`lines`] calls, passes the address of a live reference. The instruction
//!   does not read memory in the sense of the architecture, and it cannot fault.
//! * [`huge_pages`] calls `madvise(MADV_HUGEPAGE)` on whole pages inside the capacity of a live
//!   `Vec`. The advice changes neither contents nor mappings. The kernel may reject it; the
//!   result is ignored, because the run is then only slower.
//!
//! No pointer outlives its function, and nothing is written through one.

/// The size of a cache line in bytes.
const LINE: usize = 64;

/// Prefetches `slice[index]`: the cache line in which it starts and, if it is longer than a line, the
/// following ones. Does nothing if `index` is out of range.
#[inline(always)]
#[allow(unsafe_code)]
pub fn prefetch<T>(slice: &[T], index: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(item) = slice.get(index) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let start = std::ptr::from_ref(item).cast::<i8>();
        for offset in (0..size_of::<T>().max(1)).step_by(LINE) {
            // SAFETY: `start + offset` lies in `item`, which is a live reference; prefetching it
            // affects only caches.
            unsafe { _mm_prefetch(start.add(offset), _MM_HINT_T0) }
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (slice, index);
}

/// Prefetches the cache lines of `slice[first..first + count]`, as far as they are in range.
#[inline(always)]
pub(crate) fn lines<T>(slice: &[T], first: usize, count: usize) {
    let step = (LINE / size_of::<T>().max(1)).max(1);
    for index in (first..first + count).step_by(step) {
        prefetch(slice, index);
    }
}

/// Smaller vectors contain at most one whole huge page, so they are left alone.
const MIN_BYTES: usize = 2 << 20;

/// Asks the kernel to use huge pages for the whole capacity of `items`. Call it before the
/// memory is first written.
#[allow(unsafe_code)]
pub(crate) fn huge_pages<T>(items: &mut Vec<T>) {
    #[cfg(target_os = "linux")]
    {
        const PAGE: usize = 4096;
        let bytes = items.capacity() * size_of::<T>();
        if bytes < MIN_BYTES {
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
