//! A sequence of random choices from one seed.
//!
//! Invariant: the sequence depends on the seed only, on every platform, so that a case can be
//! repeated from its number. It uses the engine's Philox generator with consecutive counters.

use patchday_core::{Random, random::below};

/// The generator of the sequence.
pub(crate) struct RandomChoices {
    random: Random,
    drawn: u32,
}

impl RandomChoices {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            drawn: 0,
        }
    }

    fn word(&mut self) -> u32 {
        self.drawn += 1;
        self.random.draw(self.drawn, 0, 0, 0).word(0)
    }

    /// A uniform integer from 0 to below `bound`.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        below(self.word(), bound)
    }

    /// A uniform integer from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high - low + 1)
    }

    /// A uniform number from 0 to below 1.
    pub(crate) fn fraction(&mut self) -> f64 {
        f64::from(self.word()) / 4_294_967_296.0
    }

    /// True with this probability.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.fraction() < probability
    }

    /// A uniform number from `low` to `high`.
    pub(crate) fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.fraction()
    }

    /// A number from `low` to `high`, both above 0, with a uniform logarithm.
    pub(crate) fn log_uniform(&mut self, low: f64, high: f64) -> f64 {
        (low * (high / low).powf(self.fraction())).clamp(low, high)
    }

    /// One of the items, all with the same probability.
    pub(crate) fn one_of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u32) as usize]
    }
}
