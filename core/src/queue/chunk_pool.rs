//! The memory of a timing wheel: a pool of chunks of envelopes.
//!
//! A slot of the wheel is a [`Chain`]: a linked list of chunks of 256 envelopes, which it fills
//! [`LOAD`] envelopes at a time. Chunks are parts of large segments, which are never freed or
//! moved while the engine exists. A chain returns to the free list in one step, so a tick does not
//! allocate. Measured with a `Vec` for each slot instead: four times slower with two threads, and
//! six times the memory. Invariant: the length of a chain is a multiple of [`LOAD`]. Units:
//! envelopes, chunks.

use crate::{mail::envelope::Envelope, queue::prefetch};

const CHUNK_BITS: u32 = 8;
const CHUNK: u32 = 1 << CHUNK_BITS;
const NONE: u32 = u32::MAX;

/// Envelopes that are appended together. Loads of 12-byte envelopes are three cache lines, so that
/// each line is written at once, and can be fetched while the next load is collected.
pub(crate) const LOAD: usize = 16;

const _: () = assert!((CHUNK as usize).is_multiple_of(LOAD));

/// Envelopes of the next chunk that are prefetched while a chunk is read; the processor's own
/// prefetcher follows from there.
const AHEAD: usize = 256;

/// A list of envelopes in order of insertion.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chain {
    head: u32,
    tail: u32,
    len: u32,
}

impl Chain {
    pub(crate) const EMPTY: Self = Self {
        head: NONE,
        tail: NONE,
        len: 0,
    };

    /// Returns the number of envelopes.
    pub(crate) fn len(&self) -> u32 {
        self.len
    }
}

/// All chunks of one timing wheel.
#[derive(Debug)]
pub(crate) struct Pool<M> {
    segments: Vec<Vec<Envelope<M>>>,
    /// For each chunk, the next chunk in its chain or in the free list.
    next: Vec<u32>,
    free: u32,
    segment_bits: u32,
}

impl<M: Copy> Pool<M> {
    /// Creates a pool for about `expected` envelopes. It grows as needed; `expected` only
    /// determines the size of a segment.
    pub(crate) fn new(expected: usize) -> Self {
        let chunks = (expected >> (CHUNK_BITS + 2)).clamp(16, 1 << 14);
        Self {
            segments: Vec::new(),
            next: Vec::new(),
            free: NONE,
            segment_bits: chunks.ilog2(),
        }
    }

    /// Appends envelopes to a chain.
    #[inline(never)]
    pub(crate) fn append(&mut self, chain: &mut Chain, load: &[Envelope<M>; LOAD]) {
        let place = chain.len & (CHUNK - 1);
        if place == 0 {
            let fresh = self.take(load[0]);
            if chain.tail == NONE {
                chain.head = fresh;
            } else {
                self.next[chain.tail as usize] = fresh;
            }
            chain.tail = fresh;
        }
        let (segment, start) = self.locate(chain.tail);
        let segment = &mut self.segments[segment];
        let first = start + place as usize;
        segment[first..first + LOAD].copy_from_slice(load);
        chain.len += LOAD as u32;
        // The lines of the next load, which is collected meanwhile.
        if place + (LOAD as u32) < CHUNK {
            prefetch::lines(segment, first + LOAD, LOAD);
        } else if self.free != NONE {
            let (segment, start) = self.locate(self.free);
            prefetch::lines(&self.segments[segment], start, LOAD);
        }
    }

    /// Passes the envelopes of a chain to `look`, chunk by chunk, in order of insertion.
    #[inline]
    pub(crate) fn visit(&self, chain: &Chain, mut look: impl FnMut(&[Envelope<M>])) {
        let mut left = chain.len as usize;
        let mut chunk = chain.head;
        while left > 0 {
            let (segment, start) = self.locate(chunk);
            let here = left.min(CHUNK as usize);
            chunk = self.next[chunk as usize];
            if chunk != NONE {
                let (segment, start) = self.locate(chunk);
                prefetch::lines(&self.segments[segment], start, AHEAD);
            }
            look(&self.segments[segment][start..start + here]);
            left -= here;
        }
    }

    /// Empties a chain; its chunks become free.
    pub(crate) fn release(&mut self, chain: &mut Chain) {
        if chain.tail != NONE {
            self.next[chain.tail as usize] = self.free;
            self.free = chain.head;
        }
        *chain = Chain::EMPTY;
    }

    /// Passes the envelopes of a chain to `taker`, in order, and empties the chain. A chunk is
    /// freed before its envelopes are passed on, so that `taker` can reuse it.
    pub(crate) fn drain(
        &mut self,
        chain: &mut Chain,
        mut taker: impl FnMut(&mut Self, Envelope<M>),
    ) {
        let mut left = chain.len;
        let mut chunk = chain.head;
        *chain = Chain::EMPTY;
        let mut held = Vec::with_capacity(CHUNK as usize);
        while left > 0 {
            let (segment, start) = self.locate(chunk);
            let here = left.min(CHUNK);
            held.clear();
            held.extend_from_slice(&self.segments[segment][start..start + here as usize]);
            let after = self.next[chunk as usize];
            self.next[chunk as usize] = self.free;
            self.free = chunk;
            for envelope in &held {
                taker(self, *envelope);
            }
            left -= here;
            chunk = after;
        }
    }

    /// Returns the bytes of all chunks created so far. Chunks are not freed.
    pub(crate) fn bytes(&self) -> usize {
        let chunk = size_of::<[Envelope<M>; CHUNK as usize]>();
        self.next.len() * (chunk + size_of::<u32>())
    }

    /// Returns the number of chunks created so far.
    #[cfg(test)]
    pub(crate) fn chunks(&self) -> usize {
        self.next.len()
    }

    /// Returns the segment of a chunk, and the index of its first envelope in the segment.
    #[inline]
    fn locate(&self, chunk: u32) -> (usize, usize) {
        let inside = chunk & ((1 << self.segment_bits) - 1);
        (
            (chunk >> self.segment_bits) as usize,
            (inside as usize) << CHUNK_BITS,
        )
    }

    /// Returns a free chunk. `filler` only initialises memory that was never used.
    fn take(&mut self, filler: Envelope<M>) -> u32 {
        if self.free != NONE {
            let chunk = self.free;
            self.free = self.next[chunk as usize];
            self.next[chunk as usize] = NONE;
            return chunk;
        }
        let chunk = self.next.len() as u32;
        self.next.push(NONE);
        let (segment, start) = self.locate(chunk);
        if segment == self.segments.len() {
            let mut fresh = Vec::with_capacity((CHUNK as usize) << self.segment_bits);
            prefetch::huge_pages(&mut fresh);
            self.segments.push(fresh);
        }
        self.segments[segment].resize(start + CHUNK as usize, filler);
        chunk
    }
}
