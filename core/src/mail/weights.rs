//! The weights of blocks: their expected events, by which they are divided among ranks and shards.
//!
//! An active actor has weight 1, a spread actor the one that the model gives it. Invariants: a block that is
//! stored from the start has at least weight 1; the weights affect only the speed. Units: expected events, as
//! multiples of those of an active actor.

use crate::{actor_id::ActorId, mail::layout::Layout};

/// Spread actors together weigh at most this part of the active ones, or [`FEW`] if that is more. Otherwise
/// a rank without them would need the memory of many more active actors than the others.
const MOST_SPREAD: u64 = 4;
/// The memory of so many active actors hardly matters.
const FEW: u64 = 1 << 20;

/// The weights of the blocks that are stored from the start.
#[derive(Clone, Debug)]
pub(crate) struct BlockWeights {
    /// For each of these blocks, the weight of all blocks before it; at the end, that of all.
    sums: Vec<u64>,
}

impl BlockWeights {
    pub(crate) fn new(layout: &Layout, spread: impl Fn(ActorId) -> u32) -> Self {
        let active = |block| (layout.consecutive(block).len() as u64).max(1);
        let mut weights: Vec<u64> = (0..layout.stored()).map(active).collect();
        let all_active: u64 = weights.iter().sum();
        let actors = || {
            layout
                .spread()
                .map(|actor| (actor, u64::from(spread(actor))))
        };
        let all_spread: u64 = actors().map(|(_, weight)| weight).sum();
        let most = (all_active / MOST_SPREAD).max(FEW);
        for (actor, weight) in actors() {
            let weight = if all_spread > most {
                (u128::from(weight) * u128::from(most) / u128::from(all_spread)) as u64
            } else {
                weight
            };
            weights[layout.block_of(actor) as usize] += weight;
        }
        let mut sums = Vec::with_capacity(weights.len() + 1);
        let mut sum = 0;
        sums.push(sum);
        for weight in weights {
            sum += weight;
            sums.push(sum);
        }
        Self { sums }
    }

    /// Divides a range of blocks into parts with these shares of its weight, and returns the first block of
    /// each. Each begins at the block nearest to its share.
    pub(crate) fn cut(&self, first: u32, end: u32, shares: &[u32]) -> Vec<u32> {
        let sums = &self.sums[first as usize..=end as usize];
        let (before, weight) = (sums[0], sums[sums.len() - 1] - sums[0]);
        let all: u128 = shares.iter().copied().map(u128::from).sum();
        let mut share_before = 0;
        let starts = shares.iter().map(|share| {
            let target = before + (u128::from(weight) * share_before / all) as u64;
            share_before += u128::from(*share);
            let above = sums.partition_point(|sum| *sum < target);
            let is_nearer = above > 0 && target - sums[above - 1] < sums[above] - target;
            first + (above - usize::from(is_nearer)) as u32
        });
        starts.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::layout::Kinds;

    fn layout(active: u32, spread: u32) -> Layout {
        Layout::new(Kinds {
            active,
            dormant: 100_000,
            spread,
        })
    }

    /// The weights of parts of all blocks.
    fn parts(weights: &BlockWeights, shares: &[u32]) -> Vec<u64> {
        let stored = weights.sums.len() as u32 - 1;
        let mut starts = weights.cut(0, stored, shares);
        starts.push(stored);
        assert!(starts.is_sorted() && starts[0] == 0, "{starts:?}");
        let weight = |pair: &[u32]| {
            let [start, end] = [pair[0], pair[1]].map(|block| weights.sums[block as usize]);
            end - start
        };
        starts.windows(2).map(weight).collect()
    }

    #[test]
    fn parts_have_their_shares_up_to_half_a_block_at_each_end() {
        // Two servers with as many events as an eighth of the active actors each.
        let layout = layout(1 << 20, 2);
        let weights = BlockWeights::new(&layout, |_| 1 << 17);
        let all = weights.sums[weights.sums.len() - 1];
        assert_eq!(all, (1 << 20) + (1 << 18));
        for shares in [&[1, 1][..], &[1, 1, 1, 1], &[3, 1, 2]] {
            let sum: u32 = shares.iter().sum();
            for (share, part) in shares.iter().zip(parts(&weights, shares)) {
                let expected = all * u64::from(*share) / u64::from(sum);
                let most = (1 << layout.bits) + (1 << 17);
                assert!(part.abs_diff(expected) <= most, "{shares:?}: {part}");
            }
        }
    }

    #[test]
    fn blocks_of_equal_weight_are_divided_by_their_number() {
        let layout = layout(1 << 16, 0);
        let weights = BlockWeights::new(&layout, |_| 1);
        let quarter = layout.stored() / 4;
        let starts = weights.cut(0, layout.stored(), &[1; 4]);
        assert_eq!(starts, [0, quarter, 2 * quarter, 3 * quarter]);
        assert_eq!(weights.cut(5, 5, &[1, 1]), [5, 5]);
        assert_eq!(weights.cut(5, 6, &[1, 1, 1]), [5, 5, 6]);
    }

    #[test]
    fn a_spread_actor_does_not_outweigh_most_of_the_active_ones() {
        let layout = layout(1 << 24, 3);
        let weights = BlockWeights::new(&layout, |_| u32::MAX);
        let all = weights.sums[weights.sums.len() - 1];
        let most = (1 << 24) + (1 << 22);
        assert!((most - 3..=most).contains(&all), "{all}");
    }
}
