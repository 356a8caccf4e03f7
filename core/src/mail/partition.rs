//! The partition: which shard owns which actors.
//!
//! Actor ids are cut into blocks of a power of two, the same for every run of
//! a model whatever its threads; a shard is a run of whole blocks. That is why
//! the order of mail does not depend on the partition (see the crate page).

use std::ops::Range;

use crate::actor_id::ActorId;

/// Blocks of more actors than this leave the second-level cache.
const MAX_BLOCK_BITS: u32 = 15;
/// Blocks of fewer actors than this cost more to walk than they save.
const MIN_BLOCK_BITS: u32 = 4;

/// The size of a block, in bits, for a population. A function of the
/// population alone, so that results are too: about 256 blocks or more, until
/// blocks would outgrow a cache.
pub(crate) fn block_bits(actors: u32) -> u32 {
    actors
        .max(1)
        .ilog2()
        .saturating_sub(8)
        .clamp(MIN_BLOCK_BITS, MAX_BLOCK_BITS)
}

/// Contiguous ranges of blocks, one a shard.
#[derive(Clone, Debug)]
pub(crate) struct Partition {
    pub(crate) actors: u32,
    pub(crate) bits: u32,
    /// The shard that owns each block.
    owner: Vec<u16>,
    /// The first block of each shard, and the end.
    first: Vec<u32>,
}

impl Partition {
    pub(crate) fn new(actors: u32, shards: usize) -> Self {
        Self::with_bits(actors, shards, block_bits(actors))
    }

    /// With blocks of a given size, as a power of two.
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

    /// The shard that owns an actor. Panics if there is no such actor.
    #[inline]
    pub(crate) fn shard_of(&self, actor: ActorId) -> usize {
        usize::from(self.owner[(actor >> self.bits) as usize])
    }

    pub(crate) fn blocks(&self, shard: usize) -> Range<u32> {
        self.first[shard]..self.first[shard + 1]
    }

    /// The actors of a block.
    pub(crate) fn actors_of(&self, block: u32) -> Range<ActorId> {
        let edge = |block: u32| (u64::from(block) << self.bits).min(self.actors.into()) as u32;
        edge(block)..edge(block + 1)
    }

    /// The actors of a shard.
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
