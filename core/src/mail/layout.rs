//! The layout: which actors are stored from the start, and which block an actor belongs to.
//!
//! Actor ids are divided into blocks of a power of two of consecutive ids. Three kinds of actors are
//! distinguished by their ids, in this order:
//!
//! 1. *Active* actors have a state from the start.
//! 2. *Dormant* actors are all in the same state, which is not stored until a message reaches an
//!    actor of their block.
//! 3. *Spread* actors are few and get many messages. They are distributed evenly over the blocks
//!    of the active actors, and successive ones far from each other, so that no block and no shard
//!    has many of them.
//!
//! Invariants: the layout depends only on the numbers of actors of each kind, never on threads and
//! shards. More spread actors can be added later without moving any other actor. Units: actors,
//! blocks.

use std::ops::Range;

use crate::actor_id::ActorId;

/// Larger blocks do not fit the second-level cache.
const MAX_BLOCK_BITS: u32 = 15;
/// Smaller blocks cost more time than they save.
const MIN_BLOCK_BITS: u32 = 4;

/// The numbers of actors of each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kinds {
    /// Number of active actors.
    pub active: u32,
    /// Number of dormant actors.
    pub dormant: u32,
    /// Number of spread actors.
    pub spread: u32,
}

impl Kinds {
    /// Returns the kinds of a model in which all actors are active.
    pub fn active(actors: u32) -> Self {
        Self {
            active: actors,
            dormant: 0,
            spread: 0,
        }
    }

    /// Returns the number of all actors.
    pub(crate) fn actors(&self) -> u32 {
        self.active + self.dormant + self.spread
    }

    /// Returns whether these are the kinds of `actors` actors.
    pub(crate) fn are_of(&self, actors: u32) -> bool {
        let sum = [self.active, self.dormant, self.spread].map(u64::from);
        sum.iter().sum::<u64>() == u64::from(actors)
    }
}

/// Dormant actors count as this part of an active one for the block size, so that few active actors
/// among many dormant ones do not give a great number of blocks.
const DORMANT_PART: u32 = 64;

/// Returns the base-2 logarithm of the block size. It depends only on the numbers of active and dormant
/// actors, because results depend on it. There are at least 256 blocks, except for few actors.
fn block_bits(kinds: Kinds) -> u32 {
    kinds
        .active
        .max(kinds.dormant / DORMANT_PART)
        .max(1)
        .ilog2()
        .saturating_sub(8)
        .clamp(MIN_BLOCK_BITS, MAX_BLOCK_BITS)
}

/// The block of each actor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    pub(crate) actors: u32,
    /// Base-2 logarithm of the block size, without spread actors.
    pub(crate) bits: u32,
    /// The first spread actor; the number of active and dormant actors.
    first_spread: ActorId,
    /// The number of blocks whose states are stored from the start: those with active actors. There
    /// is at least one.
    stored: u32,
    /// The number of all blocks.
    blocks: u32,
    /// Successive spread actors are this many blocks apart, and the inverse of this number modulo
    /// `stored`.
    step: u32,
    back: u32,
}

/// Returns a step that visits `blocks` blocks once each in turn, and places few actors far from each
/// other: the number without a common factor that is nearest to the golden section of `blocks`, at or
/// above it. Returns its inverse modulo `blocks`, too.
fn golden_step(blocks: u32) -> (u32, u32) {
    let modulus = u64::from(blocks);
    // The golden section as a fraction of 2^32.
    let section = (modulus * 2_654_435_769) >> 32;
    let inverse = |step: u64| {
        // The extended Euclidean algorithm.
        let (mut rest, mut next) = (modulus as i64, step as i64);
        let (mut factor, mut next_factor) = (0, 1);
        while next != 0 {
            let quotient = rest / next;
            (rest, next) = (next, rest - quotient * next);
            (factor, next_factor) = (next_factor, factor - quotient * next_factor);
        }
        (rest == 1).then(|| factor.rem_euclid(modulus as i64) as u32)
    };
    let steps = section.max(1)..modulus;
    let mut steps = steps.filter_map(|step| Some((step as u32, inverse(step)?)));
    steps.next().unwrap_or((1, 1))
}

impl Layout {
    pub(crate) fn new(kinds: Kinds) -> Self {
        Self::with_bits(kinds, block_bits(kinds))
    }

    /// Creates a layout with blocks of 2^`bits` actors.
    pub(crate) fn with_bits(kinds: Kinds, bits: u32) -> Self {
        let blocks_of = |actors: u32| {
            let blocks = (u64::from(actors) + (1 << bits) - 1) >> bits;
            (blocks as u32).max(1)
        };
        let first_spread = kinds.active + kinds.dormant;
        let stored = blocks_of(kinds.active);
        let (step, back) = golden_step(stored);
        Self {
            actors: kinds.actors(),
            bits,
            first_spread,
            stored,
            blocks: blocks_of(first_spread),
            step,
            back,
        }
    }

    /// Returns the number of all blocks.
    pub(crate) fn blocks(&self) -> u32 {
        self.blocks
    }

    /// Returns the number of blocks whose states are stored from the start. They come first.
    pub(crate) fn stored(&self) -> u32 {
        self.stored
    }

    /// Returns the spread actors.
    pub(crate) fn spread(&self) -> Range<ActorId> {
        self.first_spread..self.actors
    }

    /// Returns the block of an actor.
    #[inline]
    pub(crate) fn block_of(&self, actor: ActorId) -> u32 {
        if actor < self.first_spread {
            actor >> self.bits
        } else {
            self.spread_to(actor - self.first_spread)
        }
    }

    /// Returns the block of the spread actor with a number.
    fn spread_to(&self, number: u32) -> u32 {
        (u64::from(number) * u64::from(self.step) % u64::from(self.stored)) as u32
    }

    /// Returns the number of the first spread actor of a block; it may not exist.
    fn first_spread_in(&self, block: u32) -> u32 {
        (u64::from(block) * u64::from(self.back) % u64::from(self.stored)) as u32
    }

    /// Returns the index of an actor among the actors of its block.
    #[inline]
    pub(crate) fn place_of(&self, actor: ActorId) -> usize {
        if actor < self.first_spread {
            (actor & ((1 << self.bits) - 1)) as usize
        } else {
            let number = actor - self.first_spread;
            self.consecutive(self.spread_to(number)).len() + (number / self.stored) as usize
        }
    }

    /// Returns the active and dormant actors of a block.
    pub(crate) fn consecutive(&self, block: u32) -> Range<ActorId> {
        let edge =
            |block: u32| (u64::from(block) << self.bits).min(self.first_spread.into()) as u32;
        edge(block)..edge(block + 1)
    }

    /// Returns all actors of a block, ascending.
    pub(crate) fn actors_of(&self, block: u32) -> impl Iterator<Item = ActorId> + use<> {
        let spread = if block < self.stored {
            // Beyond the last id if the block has none.
            self.first_spread
                .saturating_add(self.first_spread_in(block))..self.actors
        } else {
            0..0
        };
        self.consecutive(block)
            .chain(spread.step_by(self.stored as usize))
    }

    /// Returns the number of actors of a block.
    pub(crate) fn size_of(&self, block: u32) -> usize {
        let spread = if block < self.stored {
            let number = self.actors - self.first_spread;
            number / self.stored + u32::from(self.first_spread_in(block) < number % self.stored)
        } else {
            0
        };
        self.consecutive(block).len() + spread as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_actor_has_a_place_of_its_own_in_one_block() {
        for (active, dormant, spread) in [
            (1, 0, 0),
            (0, 0, 5),
            (0, 40, 3),
            (17, 0, 0),
            (1_000, 0, 7),
            (1_000, 5_000, 700),
            (70_001, 200_000, 11),
        ] {
            let kinds = Kinds {
                active,
                dormant,
                spread,
            };
            let layout = Layout::new(kinds);
            let mut seen = vec![false; kinds.actors() as usize];
            for block in 0..layout.blocks() {
                let actors: Vec<_> = layout.actors_of(block).collect();
                assert_eq!(actors.len(), layout.size_of(block));
                assert!(actors.is_sorted());
                for (place, actor) in actors.into_iter().enumerate() {
                    assert_eq!(
                        (layout.block_of(actor), layout.place_of(actor)),
                        (block, place)
                    );
                    assert!(!std::mem::replace(&mut seen[actor as usize], true));
                }
            }
            assert!(seen.into_iter().all(|seen| seen));
        }
    }

    #[test]
    fn the_greatest_number_of_actors_has_a_layout() {
        let most = u32::MAX - (1 << 16) + 1;
        let layout = Layout::new(Kinds::active(most));
        let sizes = (0..layout.blocks()).map(|block| {
            let last = layout.consecutive(block).end - 1;
            let mut actors = layout.actors_of(block).skip_while(|actor| *actor < last);
            assert_eq!((actors.next(), actors.next()), (Some(last), None));
            layout.size_of(block) as u64
        });
        assert_eq!(sizes.sum::<u64>(), u64::from(most));
        // Few active actors among many dormant ones do not give many blocks.
        let few = Layout::new(Kinds {
            active: 600,
            dormant: 660_000_000,
            spread: 8,
        });
        assert!(few.blocks() < 100_000, "{}", few.blocks());
    }

    #[test]
    fn few_spread_actors_are_in_different_parts_of_the_blocks() {
        for blocks in [256, 300, 512, 1_545] {
            let kinds = Kinds {
                active: blocks * 16,
                dormant: 0,
                spread: 11,
            };
            let layout = Layout::with_bits(kinds, 4);
            assert_eq!(layout.stored(), blocks);
            let first = kinds.active;
            let mut sixteenths = [0; 16];
            for id in first..first + 11 {
                sixteenths[(layout.block_of(id) * 16 / blocks) as usize] += 1;
            }
            assert!(
                sixteenths.iter().all(|count| *count <= 2),
                "{blocks}: {sixteenths:?}"
            );
        }
    }

    #[test]
    fn spread_actors_are_distributed_evenly_and_more_can_be_added() {
        let kinds = |spread| Kinds {
            active: 10_000,
            dormant: 30_000,
            spread,
        };
        let (few, many) = (Layout::new(kinds(100)), Layout::new(kinds(4_000)));
        for actor in 0..40_100 {
            assert_eq!(few.block_of(actor), many.block_of(actor));
            assert_eq!(few.place_of(actor), many.place_of(actor));
        }
        let sizes = (0..many.stored()).map(|block| many.size_of(block) - (1 << many.bits));
        let sizes: Vec<_> = sizes.collect();
        let most = sizes.iter().max().unwrap();
        // The last block is shorter by the actors that it does not have.
        assert!(sizes[..sizes.len() - 1].iter().all(|size| most - size <= 1));
    }
}
