//! The partition: which shard owns which blocks.
//!
//! A shard owns a range of whole blocks. The blocks that are stored from the start are divided
//! evenly; blocks of dormant actors cost nothing until a message reaches them, and belong to the last
//! shard. The order of messages is defined by blocks, so it does not depend on the partition (see
//! the crate page). Units: actors, blocks.

use std::ops::Range;

use crate::{actor_id::ActorId, mail::layout::Layout};

/// A contiguous range of blocks for each shard.
#[derive(Clone, Debug)]
pub(crate) struct Partition {
    pub(crate) layout: Layout,
    /// The shard that owns each block.
    owner: Vec<u16>,
    /// The first block of each shard, and at the end the number of blocks.
    first: Vec<u32>,
}

impl Partition {
    pub(crate) fn new(layout: Layout, shards: usize) -> Self {
        let stored = u64::from(layout.stored());
        let mut first: Vec<u32> = (0..=shards as u64)
            .map(|shard| (stored * shard / shards as u64) as u32)
            .collect();
        first[shards] = layout.blocks();
        let owner = (0..shards)
            .flat_map(|shard| (first[shard]..first[shard + 1]).map(move |_| shard as u16))
            .collect();
        Self {
            layout,
            owner,
            first,
        }
    }

    /// Returns the shard that owns an actor, which must be one of the layout.
    #[inline]
    pub(crate) fn shard_of(&self, actor: ActorId) -> usize {
        usize::from(self.owner[self.layout.block_of(actor) as usize])
    }

    /// Returns the blocks of a shard.
    pub(crate) fn blocks(&self, shard: usize) -> Range<u32> {
        self.first[shard]..self.first[shard + 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::layout::Kinds;

    #[test]
    fn shards_own_every_block_once_and_in_order() {
        for (active, dormant) in [(1, 0), (15, 100), (1_000, 0), (17, 70_001), (0, 5)] {
            let spread = 3;
            let layout = Layout::new(Kinds {
                active,
                dormant,
                spread,
            });
            for shards in [1, 2, 3, 5, 64] {
                let partition = Partition::new(layout, shards);
                let mut next = 0;
                for shard in 0..shards {
                    let blocks = partition.blocks(shard);
                    assert_eq!(blocks.start, next);
                    next = blocks.end;
                    for actor in blocks.flat_map(|block| layout.actors_of(block)) {
                        assert_eq!(partition.shard_of(actor), shard);
                    }
                }
                assert_eq!(next, layout.blocks());
            }
        }
    }
}
