//! The partition: which shard owns which actors.
//!
//! Actor ids are divided into blocks whose size is a power of two. Invariants: the size depends
//! only on the number of actors, and a shard owns a range of whole blocks. The order of
//! messages is defined by blocks, so it does not depend on the partition (see the crate page).
//! Units: actors, blocks.

use std::ops::Range;

use crate::actor_id::ActorId;

/// Larger blocks do not fit the second-level cache.
const MAX_BLOCK_BITS: u32 = 15;
/// Smaller blocks cost more time than they save.
const MIN_BLOCK_BITS: u32 = 4;

/// Returns the base-2 logarithm of the block size. It depends only on the number of actors,
/// because results depend on it. There are at least 256 blocks, except for few actors.
pub(crate) fn block_bits(actors: u32) -> u32 {
    actors
        .max(1)
        .ilog2()
        .saturating_sub(8)
        .clamp(MIN_BLOCK_BITS, MAX_BLOCK_BITS)
}

/// A contiguous range of blocks for each shard.
#[derive(Clone, Debug)]
pub(crate) struct Partition {
    pub(crate) actors: u32,
    /// Base-2 logarithm of the block size.
    pub(crate) bits: u32,
    /// The shard that owns each block.
    owner: Vec<u16>,
    /// The first block of each shard, and at the end the number of blocks.
    first: Vec<u32>,
}

impl Partition {
    pub(crate) fn new(actors: u32, shards: usize) -> Self {
        Self::with_bits(actors, shards, block_bits(actors))
    }

    /// Creates a partition with blocks of 2^`bits` actors.
    pub(crate) fn with_bits(actors: u32, shards: usize, bits: u32) -> Self {
        let blocks = (u64::from(actors) + (1 << bits) - 1) >> bits;
        let first: Vec<u32> = (0..=shards as u64)
            .map(|shard| (blocks * shard / shards as u64) as u32)
            .collect();
        let owner = (0..shards)
            .flat_map(|shard| (first[shard]..first[shard + 1]).map(move |_| shard as u16))
            .collect();
        Self {
            actors,
            bits,
            owner,
            first,
        }
    }

    /// Returns the shard that owns an actor. Panics if `actor` is out of range.
    #[inline]
    pub(crate) fn shard_of(&self, actor: ActorId) -> usize {
        usize::from(self.owner[(actor >> self.bits) as usize])
    }

    /// Returns the blocks of a shard.
    pub(crate) fn blocks(&self, shard: usize) -> Range<u32> {
        self.first[shard]..self.first[shard + 1]
    }

    /// Returns the actors of a block.
    pub(crate) fn actors_of(&self, block: u32) -> Range<ActorId> {
        let edge = |block: u32| (u64::from(block) << self.bits).min(self.actors.into()) as u32;
        edge(block)..edge(block + 1)
    }

    /// Returns the actors of a shard.
    pub(crate) fn range(&self, shard: usize) -> Range<ActorId> {
        let edge = |block: u32| (u64::from(block) << self.bits).min(self.actors.into()) as u32;
        let blocks = self.blocks(shard);
        edge(blocks.start)..edge(blocks.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_cover_every_actor_once_and_in_order() {
        for actors in [1, 2, 15, 16, 17, 1000, 70_001] {
            for shards in [1, 2, 3, 5, 64] {
                let partition = Partition::new(actors, shards);
                let mut next = 0;
                for shard in 0..shards {
                    let range = partition.range(shard);
                    assert_eq!(range.start, next);
                    next = range.end;
                    for actor in range {
                        assert_eq!(partition.shard_of(actor), shard);
                    }
                }
                assert_eq!(next, actors);
            }
        }
    }
}
