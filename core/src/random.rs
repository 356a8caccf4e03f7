//! Random draws by address: each draw is a pure function of its address.
//!
//! The address is (seed, actor, tick, purpose, index). There is no generator with a state, so
//! a draw does not depend on the number of draws before it, on the thread, or on other runs.
//! The function is the counter-based generator Philox4x32-10 of Salmon, Moraes, Dror and Shaw,
//! "Parallel random numbers: as easy as 1, 2, 3" (SC 2011), tested with the published vectors.
//!
//! Draws are integers, and decisions compare them with integer thresholds ([`Chance`]),
//! because the results of `ln` and `exp` may differ between platforms.

use serde::{Deserialize, Serialize};

/// The part of an address that separates draws made for different reasons.
pub type Purpose = u32;

const MULTIPLIER_A: u64 = 0xD251_1F53;
const MULTIPLIER_B: u64 = 0xCD9E_8D57;
const WEYL_A: u32 = 0x9E37_79B9;
const WEYL_B: u32 = 0xBB67_AE85;
const ROUNDS: u32 = 10;

/// Philox4x32-10: maps a counter of 128 bits and a key of 64 bits to 128 random bits.
#[inline]
pub fn philox(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let [mut a, mut b, mut c, mut d] = counter;
    let [mut left, mut right] = key;
    for _ in 0..ROUNDS {
        let first = MULTIPLIER_A * u64::from(a);
        let second = MULTIPLIER_B * u64::from(c);
        a = (second >> 32) as u32 ^ b ^ left;
        b = second as u32;
        c = (first >> 32) as u32 ^ d ^ right;
        d = first as u32;
        left = left.wrapping_add(WEYL_A);
        right = right.wrapping_add(WEYL_B);
    }
    [a, b, c, d]
}

/// The source of draws. It holds only the seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Random {
    key: [u32; 2],
}

impl Random {
    /// Creates the source for `seed`.
    pub fn new(seed: u64) -> Self {
        Self {
            key: [seed as u32, (seed >> 32) as u32],
        }
    }

    /// Returns the seed.
    pub fn seed(self) -> u64 {
        u64::from(self.key[0]) | u64::from(self.key[1]) << 32
    }

    /// Returns the draw at an address.
    #[inline]
    pub fn draw(self, actor: u32, tick: u32, purpose: Purpose, index: u32) -> Draw {
        Draw(philox([actor, tick, purpose, index], self.key))
    }
}

/// 128 random bits: four independent words of 32 bits, each for one decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw(pub [u32; 4]);

impl Draw {
    /// Returns word `index` (0 to 3), uniform over all values of `u32`.
    #[inline]
    pub fn word(self, index: usize) -> u32 {
        self.0[index]
    }

    /// Returns word `index` scaled to `0..bound` by multiply and shift; 0 if `bound` is 0.
    /// The bias is at most `bound / 2^32`.
    #[inline]
    pub fn below(self, index: usize, bound: u32) -> u32 {
        below(self.0[index], bound)
    }

    /// Returns whether an event with probability `chance` happens, decided by word `index`.
    #[inline]
    pub fn hits(self, index: usize, chance: Chance) -> bool {
        chance.holds(self.0[index])
    }
}

/// Scales a uniform word to `0..bound` by multiply and shift; 0 if `bound` is 0.
#[inline]
pub fn below(word: u32, bound: u32) -> u32 {
    ((u64::from(word) * u64::from(bound)) >> 32) as u32
}

/// A probability as an integer threshold, in units of 2^-32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Chance(u64);

impl Chance {
    /// Probability 0.
    pub const NEVER: Self = Self(0);
    /// Probability 1.
    pub const ALWAYS: Self = Self(1 << 32);

    /// Creates the threshold of probability `share`, rounded to the nearest multiple of
    /// 2^-32. A share below 0 or NaN counts as 0, a share above 1 as 1.
    pub fn new(share: f64) -> Self {
        Self((share.clamp(0.0, 1.0) * 4_294_967_296.0).round() as u64)
    }

    /// Creates the threshold of probability `part / whole`, rounded down: 1 if `part` is at
    /// least `whole`, and 0 if `whole` is 0.
    pub fn ratio(part: u64, whole: u64) -> Self {
        if whole == 0 {
            return Self::NEVER;
        }
        Self(((u128::from(part.min(whole)) << 32) / u128::from(whole)) as u64)
    }

    /// Returns whether a uniform word is below the threshold.
    #[inline]
    pub fn holds(self, word: u32) -> bool {
        u64::from(word) < self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn philox_matches_the_published_vectors() {
        // Known-answer tests of Random123 for philox4x32-10.
        assert_eq!(
            philox([0; 4], [0; 2]),
            [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]
        );
        assert_eq!(
            philox([u32::MAX; 4], [u32::MAX; 2]),
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        );
        assert_eq!(
            philox(
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0]
            ),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    #[test]
    fn chances_are_limited_to_0_and_1() {
        assert!(!Chance::NEVER.holds(0));
        assert!(Chance::ALWAYS.holds(u32::MAX));
        assert!(!Chance::new(f64::NAN).holds(0));
        assert!(Chance::new(7.0).holds(u32::MAX));
        assert_eq!(Chance::ratio(1, 2), Chance::new(0.5));
        assert_eq!(Chance::ratio(3, 0), Chance::NEVER);
    }

    #[test]
    fn draws_below_a_bound_are_uniform() {
        let random = Random::new(7);
        let mut seen = [0u32; 10];
        for actor in 0..100_000 {
            seen[random.draw(actor, 3, 1, 0).below(2, 10) as usize] += 1;
        }
        // Five standard deviations of a binomial with p = 0.1.
        for count in seen {
            assert!((9_525..10_475).contains(&count), "{seen:?}");
        }
    }
}
