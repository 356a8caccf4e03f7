//! The sort of a shard's due envelopes by block: a stable counting sort.
//!
//! It reads the envelopes twice, from the wheel's chunks, and writes them once. Units: envelopes.

use crate::{
    engine::shard::Shard,
    mail::{envelope::Envelope, layout::Layout},
    model::Model,
    queue::{prefetch, timing_wheel::Due},
};

impl<M: Model> Shard<M> {
    /// Sorts the due envelopes by block. The sort is stable.
    pub(super) fn sort_by_block(&mut self, layout: Layout, due: Due) {
        let first = self.first_block;
        let block =
            move |envelope: &Envelope<M::Message>| (layout.block_of(envelope.to) - first) as usize;
        let due_blocks = &mut self.due_blocks;
        let ends = self.ends.as_mut_slice();
        self.wheel.visit(&due, |part| {
            for envelope in part {
                let block = block(envelope);
                let count = &mut ends[block];
                if *count == 0 {
                    due_blocks.insert(block);
                }
                *count += 1;
            }
        });
        // Turns counts into the start of each block; the copy below moves each start to the
        // end of its block.
        let mut total = 0;
        due_blocks.for_each(|block| {
            let start = total;
            total += ends[block];
            ends[block] = start;
        });
        let sorted = &mut self.sorted;
        self.wheel.visit(&due, |part| {
            if sorted.len() < total as usize {
                grow(sorted, total as usize, part);
            }
            scatter(part, sorted, ends, block);
        });
        self.wheel.release(due);
    }
}

/// Makes room for `total` envelopes. Their contents do not matter; an envelope of `part` initialises
/// the memory.
#[cold]
fn grow<M: Copy>(sorted: &mut Vec<Envelope<M>>, total: usize, part: &[Envelope<M>]) {
    let Some(filler) = part.first() else { return };
    sorted.clear();
    if sorted.capacity() < total {
        *sorted = Vec::with_capacity(total * 5 / 4);
        prefetch::huge_pages(sorted);
    }
    sorted.resize(total, *filler);
}

/// Copies envelopes to the places of their blocks, and moves these places on. A function of its own,
/// so that slices stay in registers.
#[inline(never)]
fn scatter<M: Copy>(
    part: &[Envelope<M>],
    sorted: &mut [Envelope<M>],
    ends: &mut [u32],
    block: impl Fn(&Envelope<M>) -> usize,
) {
    for envelope in part {
        let place = &mut ends[block(envelope)];
        sorted[*place as usize] = *envelope;
        *place += 1;
    }
}
