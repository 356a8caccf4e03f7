//! The states of the actors of a shard, block by block.
//!
//! The states of blocks with active actors are stored from the start, contiguously. The states of a
//! block of dormant actors are stored when the first message reaches one of them. Until then all of
//! them are in the same state. Units: actors, blocks.

use std::ops::Range;

use crate::{mail::layout::Layout, queue::prefetch};

/// The states of some consecutive blocks.
#[derive(Debug)]
pub(crate) struct StateStore<S> {
    layout: Layout,
    blocks: Range<u32>,
    /// The states of the blocks that are stored from the start.
    active: Vec<S>,
    /// The index in `active` of the first state of each of these blocks, and the end of the last.
    starts: Vec<usize>,
    /// The states of each block of dormant actors; empty if they are not stored.
    dormant: Vec<Vec<S>>,
    /// The state of a dormant actor, if there are any.
    sleeping: Option<S>,
}

impl<S: Copy> StateStore<S> {
    /// Creates a store for these blocks. The caller [pushes](Self::push) the states of active
    /// actors.
    pub(crate) fn new(layout: Layout, blocks: Range<u32>, sleeping: Option<S>) -> Self {
        let end = blocks.end.min(layout.stored());
        let mut starts = vec![0];
        for block in blocks.start..end {
            starts.push(starts[starts.len() - 1] + layout.size_of(block));
        }
        let mut active = Vec::with_capacity(starts[starts.len() - 1]);
        prefetch::huge_pages(&mut active);
        let dormant = blocks.len() - (starts.len() - 1);
        Self {
            layout,
            blocks,
            active,
            starts,
            dormant: (0..dormant).map(|_| Vec::new()).collect(),
            sleeping,
        }
    }

    /// Returns the blocks whose states are stored from the start.
    pub(crate) fn stored(&self) -> Range<u32> {
        self.blocks.start..self.blocks.start + (self.starts.len() - 1) as u32
    }

    /// Adds the state of the next actor of the blocks that are stored from the start.
    pub(crate) fn push(&mut self, state: S) {
        self.active.push(state);
    }

    /// Stores the states of a block of dormant actors.
    pub(crate) fn wake_with(&mut self, block: u32, states: Vec<S>) {
        let place = self.in_dormant(block);
        self.dormant[place] = states;
    }

    /// Returns where the states of a block are in `active`, if it is stored from the start.
    #[inline]
    fn in_active(&self, block: u32) -> Option<Range<usize>> {
        let index = (block - self.blocks.start) as usize;
        let edges = self.starts.get(index..index + 2)?;
        Some(edges[0]..edges[1])
    }

    /// Returns the index in `dormant` of a block that is not stored from the start.
    fn in_dormant(&self, block: u32) -> usize {
        (block - self.stored().end) as usize
    }

    /// Returns the states of a block, to be changed. From now on the block is stored.
    #[inline]
    pub(crate) fn block_mut(&mut self, block: u32) -> &mut [S] {
        match self.in_active(block) {
            Some(range) => &mut self.active[range],
            None => self.woken(block),
        }
    }

    #[cold]
    fn woken(&mut self, block: u32) -> &mut [S] {
        let place = self.in_dormant(block);
        let states = &mut self.dormant[place];
        if states.is_empty()
            && let Some(sleeping) = self.sleeping
        {
            *states = vec![sleeping; self.layout.size_of(block)];
        }
        states
    }

    /// Returns the states of a block; none if they are not stored.
    pub(crate) fn block(&self, block: u32) -> &[S] {
        match self.in_active(block) {
            Some(range) => &self.active[range],
            None => &self.dormant[self.in_dormant(block)],
        }
    }

    /// Returns the state of every actor of a block, whether it is stored or not.
    pub(crate) fn all(&self, block: u32) -> impl Iterator<Item = &S> {
        let states = self.block(block);
        let missing = self.layout.size_of(block) - states.len();
        let sleeping = self.sleeping.iter().cycle().take(missing);
        states.iter().chain(sleeping)
    }

    /// Returns the state of a dormant actor, if there are any.
    pub(crate) fn sleeping(&self) -> Option<&S> {
        self.sleeping.as_ref()
    }

    /// Prefetches the state at a place in a block, if the block is stored from the start.
    #[inline]
    pub(crate) fn prefetch(&self, block: u32, place: usize) {
        let block = (block - self.blocks.start) as usize;
        if let Some(start) = self.starts.get(block) {
            prefetch::prefetch(&self.active, start + place);
        }
    }

    /// Returns the number of actors whose states are stored from the start.
    pub(crate) fn capacity(&self) -> usize {
        self.starts[self.starts.len() - 1]
    }

    /// Returns the number of states that are stored.
    pub(crate) fn len(&self) -> usize {
        self.active.len() + self.dormant.iter().map(Vec::len).sum::<usize>()
    }
}
