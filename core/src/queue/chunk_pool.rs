//! The wheel's memory: chunks of envelopes, pooled and chained.
//!
//! A slot of the wheel is a [`Chain`] of chunks of 256 envelopes. Chunks
//! come from segments that are never given back and never moved, and return to
//! a free list as a whole chain at once, so a tick neither allocates nor
//! copies what it does not have to. A `Vec` per slot was measured four times
//! slower with two threads and kept six times the memory.

use crate::{mail::envelope::Envelope, queue::prefetch};

const CHUNK_BITS: u32 = 8;
const CHUNK: u32 = 1 << CHUNK_BITS;
const NONE: u32 = u32::MAX;

/// Envelopes in order of arrival, spread over chunks.
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

    pub(crate) fn len(&self) -> u32 {
        self.len
    }
}

/// All chunks of one shard's wheel.
#[derive(Debug)]
pub(crate) struct Pool<M> {
    segments: Vec<Vec<Envelope<M>>>,
    /// The chunk after each chunk, in a chain or on the free list.
    next: Vec<u32>,
    free: u32,
    segment_bits: u32,
}

impl<M: Copy> Pool<M> {
    /// A pool for about `expected` envelopes; it grows as needed. The guess
    /// only sets how much address space a segment reserves.
    pub(crate) fn new(expected: usize) -> Self {
        let chunks = (expected >> (CHUNK_BITS + 2)).clamp(16, 1 << 14);
        Self {
            segments: Vec::new(),
            next: Vec::new(),
            free: NONE,
            segment_bits: chunks.ilog2(),
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, chain: &mut Chain, envelope: Envelope<M>) {
        let place = chain.len & (CHUNK - 1);
        if place == 0 {
            let fresh = self.take(envelope);
            if chain.tail == NONE {
                chain.head = fresh;
            } else {
                self.next[chain.tail as usize] = fresh;
            }
            chain.tail = fresh;
        }
        let (segment, start) = self.locate(chain.tail);
        self.segments[segment][start + place as usize] = envelope;
        chain.len += 1;
    }

    /// Visit the envelopes of a chain, chunk by chunk, in order of arrival.
    #[inline]
    pub(crate) fn visit(&self, chain: &Chain, mut look: impl FnMut(&[Envelope<M>])) {
        let mut left = chain.len as usize;
        let mut chunk = chain.head;
        while left > 0 {
            let (segment, start) = self.locate(chunk);
            let here = left.min(CHUNK as usize);
            look(&self.segments[segment][start..start + here]);
            left -= here;
            chunk = self.next[chunk as usize];
        }
    }

    /// Empty a chain; its chunks become free.
    pub(crate) fn release(&mut self, chain: &mut Chain) {
        if chain.tail != NONE {
            self.next[chain.tail as usize] = self.free;
            self.free = chain.head;
        }
        *chain = Chain::EMPTY;
    }

    /// Empty a chain into `taker`, in order; each chunk is free again before
    /// the next one is looked at.
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

    /// Chunks ever made.
    #[cfg(test)]
    pub(crate) fn chunks(&self) -> usize {
        self.next.len()
    }

    #[inline]
    fn locate(&self, chunk: u32) -> (usize, usize) {
        let inside = chunk & ((1 << self.segment_bits) - 1);
        (
            (chunk >> self.segment_bits) as usize,
            (inside as usize) << CHUNK_BITS,
        )
    }

    /// A free chunk; `filler` only initialises memory that was never used.
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
