//! RandomChoices: a row of draws from one seed.
//!
//! The engine's own Philox, read one word after another, so that a case can be made
//! again from its seed on any machine.

use patchday_core::{Random, random::below};

/// Draws, one after another.
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

    /// A number from 0 to below `bound`.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        below(self.word(), bound)
    }

    /// A number from `low` to `high`.
    pub(crate) fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high - low + 1)
    }

    /// A number from 0 to below 1.
    pub(crate) fn fraction(&mut self) -> f64 {
        f64::from(self.word()) / 4_294_967_296.0
    }

    /// Whether something of this probability happens.
    pub(crate) fn chance(&mut self, chance: f64) -> bool {
        self.fraction() < chance
    }

    /// A number evenly from `low` to `high`.
    pub(crate) fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.fraction()
    }

    /// A number from `low` to `high`, both above 0, whose logarithm is spread evenly.
    pub(crate) fn log_uniform(&mut self, low: f64, high: f64) -> f64 {
        (low * (high / low).powf(self.fraction())).clamp(low, high)
    }

    /// One of several.
    pub(crate) fn one_of<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u32) as usize]
    }
}
