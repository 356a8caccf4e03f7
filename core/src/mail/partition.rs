//! The partition: which shard owns which blocks.
//!
//! A shard owns a range of whole blocks. The blocks that are stored from the start are divided among
//! the ranks by their shares of the expected events, and within this rank into shards of equally many;
//! blocks of dormant actors cost nothing until a message reaches them, and belong to the last shard. Every
//! other rank is one shard, so each rank has a partition of its own. The order of messages is defined by
//! blocks, so it does not depend on the partition (see the crate page). Units: actors, blocks.

use std::ops::Range;

use crate::{
    actor_id::ActorId,
    mail::{layout::Layout, weights::BlockWeights},
};

/// A contiguous range of blocks for each shard.
#[derive(Clone, Debug)]
pub(crate) struct Partition {
    pub(crate) layout: Layout,
    /// The shard that owns each block.
    owner: Vec<u16>,
    /// The first block of each shard, and at the end the number of blocks.
    first: Vec<u32>,
    /// The shards of this rank.
    own: Range<usize>,
}

impl Partition {
    /// Creates the partition of the only rank.
    pub(crate) fn new(layout: Layout, weights: &BlockWeights, shards: usize) -> Self {
        Self::of_rank(layout, weights, &[1], 0, shards)
    }

    /// Creates the partition of a rank with `shards` shards of its own. `shares` has the relative
    /// weight of the blocks of each rank.
    pub(crate) fn of_rank(
        layout: Layout,
        weights: &BlockWeights,
        shares: &[u32],
        rank: usize,
        shards: usize,
    ) -> Self {
        let starts = weights.cut(0, layout.stored(), shares);
        let mut first = Vec::new();
        for (other, start) in starts.iter().enumerate() {
            if other == rank {
                let end = starts.get(rank + 1).copied().unwrap_or(layout.stored());
                first.extend(weights.cut(*start, end, &vec![1; shards]));
            } else {
                first.push(*start);
            }
        }
        first.push(layout.blocks());
        let count = first.len() - 1;
        let owner = (0..count)
            .flat_map(|shard| (first[shard]..first[shard + 1]).map(move |_| shard as u16))
            .collect();
        Self {
            layout,
            owner,
            first,
            own: rank..rank + shards,
        }
    }

    /// Returns the number of shards, those of other ranks included.
    pub(crate) fn len(&self) -> usize {
        self.first.len() - 1
    }

    /// Returns the shards of this rank.
    pub(crate) fn own(&self) -> Range<usize> {
        self.own.clone()
    }

    /// Returns the blocks of this rank.
    pub(crate) fn own_blocks(&self) -> Range<u32> {
        self.first[self.own.start]..self.first[self.own.end]
    }

    /// Returns the first block of each rank.
    pub(crate) fn first_of_ranks(&self) -> Vec<u32> {
        let mut first = self.first.clone();
        first.pop();
        first.drain(self.own.start + 1..self.own.end);
        first
    }

    /// Returns the shard that stands for another rank.
    pub(crate) fn shard_of_rank(&self, rank: usize) -> usize {
        if rank < self.own.start {
            rank
        } else {
            rank + self.own.len() - 1
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
            let weights = BlockWeights::new(&layout, |actor| 40 * (actor % 2));
            for shards in [1, 2, 3, 5, 64] {
                let partition = Partition::new(layout, &weights, shards);
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

    #[test]
    fn the_partitions_of_all_ranks_agree() {
        let layout = Layout::new(Kinds {
            active: 5_000,
            dormant: 700,
            spread: 9,
        });
        let weights = BlockWeights::new(&layout, |_| 99);
        for shares in [&[1][..], &[1, 1], &[3, 1, 2], &[1, 40, 1, 1, 7]] {
            let mut next = 0;
            let partition =
                |rank, shards| Partition::of_rank(layout, &weights, shares, rank, shards);
            for rank in 0..shares.len() {
                let own = partition(rank, 3 + rank);
                assert_eq!((own.own().len(), own.own_blocks().start), (3 + rank, next));
                assert_eq!(own.len(), shares.len() + 2 + rank);
                next = own.own_blocks().end;
                assert_eq!(own.first_of_ranks(), partition(0, 1).first_of_ranks());
                for other in (0..shares.len()).filter(|other| *other != rank) {
                    let foreign = own.blocks(own.shard_of_rank(other));
                    assert_eq!(foreign, partition(other, 1).own_blocks());
                }
            }
            assert_eq!(next, layout.blocks());
        }
        // The first rank has three of four parts of the blocks with active actors.
        let equal = BlockWeights::new(&layout, |_| 0);
        let large = Partition::of_rank(layout, &equal, &[3, 1], 0, 2).own_blocks();
        assert!((large.len() as u32).abs_diff(layout.stored() * 3 / 4) <= 1);
    }
}
