//! Random draws by address: each draw is a pure function of its address.
//!
//! The address is (seed, actor, tick, purpose, index). There is no generator with a state, so
//! a draw does not depend on the number of draws before it, on the thread, or on other runs.
//! The function is the counter-based generator Philox4x32-7 of Salmon, Moraes, Dror and Shaw,
//! "Parallel random numbers: as easy as 1, 2, 3" (SC 2011), tested with the published vectors. Seven
//! rounds are the fewest that pass all tests of BigCrush in that paper.
//!
//! Two kinds of draws are so frequent that a cheaper function pays: SplitMix64 of Steele, Lea and Flood,
//! "Fast splittable pseudorandom number generators" (OOPSLA 2014), whose sequence can be read at any
//! place. These are the draws that belong to an actor and are repeated at each use, because they are not
//! stored ([`Random::trait_draw`]), and many draws for one decision ([`Draw::sequence`]).
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
const ROUNDS: u32 = 7;

/// Philox4x32-7: maps a counter of 128 bits and a key of 64 bits to 128 random bits.
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

/// The distance between two states of SplitMix64.
const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

/// Returns the state of SplitMix64 at a place of the sequence that starts with a state.
#[inline]
fn place(start: u64, number: u64) -> u64 {
    start.wrapping_add(number.wrapping_mul(GAMMA))
}

/// Returns the output of SplitMix64 in a state.
#[inline]
fn split_mix(state: u64) -> u64 {
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// Returns the 64 bits of two words, the low one first.
#[inline]
fn joined([low, high]: [u32; 2]) -> u64 {
    u64::from(low) | u64::from(high) << 32
}

/// Returns the two words of 64 bits, the low one first.
#[inline]
fn words(bits: u64) -> [u32; 2] {
    [bits as u32, (bits >> 32) as u32]
}

/// The source of draws. It holds only what follows from the seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Random {
    key: [u32; 2],
    /// The state in which the sequence of the trait draws starts.
    traits: u64,
}

impl Random {
    /// Creates the source for `seed`.
    pub fn new(seed: u64) -> Self {
        let key = words(seed);
        // The sequences of two seeds start at unrelated places of the one sequence of 2^64.
        let [low, high, ..] = philox([u32::MAX; 4], key);
        Self {
            key,
            traits: joined([low, high]),
        }
    }

    /// Returns the seed.
    pub fn seed(self) -> u64 {
        joined(self.key)
    }

    /// Returns the draw at an address.
    #[inline]
    pub fn draw(self, actor: u32, tick: u32, purpose: Purpose, index: u32) -> Draw {
        Draw(philox([actor, tick, purpose, index], self.key))
    }

    /// Returns the draw of an actor for `purpose` and `index` that does not depend on the tick, at a
    /// third of the cost of [`draw`](Self::draw). It is independent of all draws at an address.
    #[inline]
    pub fn trait_draw(self, actor: u32, purpose: Purpose, index: u32) -> Draw {
        // Each purpose and index has a sequence, and each actor two places of it.
        let number = u64::from(purpose) << 32 | u64::from(index);
        let start = split_mix(place(self.traits, number));
        let first = u64::from(actor) << 1;
        let halves = [first, first | 1].map(|number| words(split_mix(place(start, number))));
        let [[a, b], [c, d]] = halves;
        Draw([a, b, c, d])
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

    /// Returns an endless sequence of words that follow from this draw, for a decision that needs many
    /// of them. Its words 0 and 1 are not for other decisions then.
    #[inline]
    pub fn sequence(self) -> impl Iterator<Item = u32> {
        let start = joined([self.0[0], self.0[1]]);
        (0..).flat_map(move |number| words(split_mix(place(start, number))))
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
        // Known-answer tests of Random123 for philox4x32-7.
        assert_eq!(
            philox([0; 4], [0; 2]),
            [0x5f6f_b709, 0x0d89_3f64, 0x4f12_1f81, 0x4f73_0a48]
        );
        assert_eq!(
            philox([u32::MAX; 4], [u32::MAX; 2]),
            [0x5207_ddc2, 0x4516_5e59, 0x4d8e_e751, 0x8c52_f662]
        );
        assert_eq!(
            philox(
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0]
            ),
            [0x4dfc_caba, 0x190a_87f0, 0xc473_62ba, 0xb6b5_242a]
        );
    }

    #[test]
    fn split_mix_matches_the_published_vectors() {
        // The first outputs of the generator of the paper with seed 1234567.
        let outputs = [1, 2, 3].map(|number| split_mix(place(1_234_567, number)));
        assert_eq!(
            outputs,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    /// Returns the chi-square statistic of pairs of bytes, which has 65,535 degrees of freedom.
    fn chi_square(pairs: impl Iterator<Item = (u8, u8)>) -> f64 {
        let mut counts = vec![0_u32; 1 << 16];
        let mut total = 0.0;
        for (one, other) in pairs {
            counts[usize::from(one) << 8 | usize::from(other)] += 1;
            total += 1.0;
        }
        let expected = total / counts.len() as f64;
        let squares = counts
            .iter()
            .map(|count| (f64::from(*count) - expected).powi(2));
        squares.sum::<f64>() / expected
    }

    #[test]
    fn trait_draws_are_uniform_and_independent_of_their_neighbours() {
        // Every byte of a draw against the same byte of a neighbour: the next actor, an actor some
        // power of two away, the next purpose, index and seed, another word.
        let byte = |draw: Draw, place: usize| (draw.word(place / 4) >> (8 * (place % 4))) as u8;
        let actors = 0..1 << 19;
        for seed in [0, 2007] {
            let (random, next) = (Random::new(seed), Random::new(seed + 1));
            for place in 0..16 {
                let own = |actor| byte(random.trait_draw(actor, 1, 0), place);
                let others: [&dyn Fn(u32) -> u8; 6] = [
                    &|actor| byte(random.trait_draw(actor + 1, 1, 0), place),
                    &|actor| byte(random.trait_draw(actor ^ 1 << (place + 4), 1, 0), place),
                    &|actor| byte(random.trait_draw(actor, 2, 0), place),
                    &|actor| byte(random.trait_draw(actor, 1, 1), place),
                    &|actor| byte(next.trait_draw(actor, 1, 0), place),
                    &|actor| byte(random.trait_draw(actor, 1, 0), (place + 5) % 16),
                ];
                for (number, other) in others.iter().enumerate() {
                    let statistic =
                        chi_square(actors.clone().map(|actor| (own(actor), other(actor))));
                    // The standard deviation is the root of twice the degrees of freedom, 362.
                    let off = (statistic - 65_535.0) / 362.0;
                    assert!(
                        off.abs() < 5.0,
                        "seed {seed}, byte {place}, pair {number}: {off}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_sequence_is_uniform_and_independent_of_that_of_the_next_draw() {
        let (one, other) = (Draw([7, 0, 0, 0]), Draw([8, 0, 0, 0]));
        for shift in [0, 8, 16, 24] {
            let byte = |word: u32| (word >> shift) as u8;
            let words = || one.sequence().take(1 << 20).map(byte);
            for statistic in [
                chi_square(words().zip(other.sequence().map(byte))),
                chi_square(words().zip(words().skip(1))),
            ] {
                assert!((statistic - 65_535.0).abs() < 5.0 * 362.0, "{statistic}");
            }
        }
    }

    #[test]
    fn trait_draws_differ_from_draws_at_addresses() {
        let random = Random::new(3);
        let pairs = (0..1 << 19).map(|actor| {
            let (one, other) = (random.trait_draw(actor, 1, 0), random.draw(actor, 0, 1, 0));
            (one.word(0) as u8, other.word(0) as u8)
        });
        assert!((chi_square(pairs) - 65_535.0).abs() < 5.0 * 362.0);
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
