//! Quantiles of the standard exponential and the standard normal distribution, selected by a uniform
//! word of 32 bits.
//!
//! Equal steps of probability miss the tails: half of the mean of a log-normal distribution with a
//! logarithmic standard deviation of 3 lies in its upper 0.2 %. So the cells of these tables become
//! finer towards the tails: the leading zeros of the word select a binary order of magnitude of the
//! tail probability, and the next bits a cell within it. A cell stores the conditional mean of its
//! part of the distribution, so a table has the exact mean. Tail probabilities are exact to 1 % down to
//! 2^-26.
//!
//! Functions of the C library differ in the last bit from system to system, so all functions are those of the
//! crate `libm`: the tables are the same on every machine. Units: multiples of 2^-32 ([`exponential`]),
//! cells ([`NormalCell`]).

use std::{
    f64::consts::{PI, SQRT_2},
    ops::Range,
    sync::LazyLock,
};

/// The unit of [`exponential`]: 2^-32.
pub(crate) const EXPONENTIAL_UNIT: u32 = 32;

const LN_BITS: u32 = 11;
/// ln 2, in units of 2^-32.
const LN_2: u64 = 2_977_044_472;

/// The mean of -ln V in each of 2^11 equal cells of V from 1/2 to 1, in units of 2^-32.
static NEGATIVE_LOGARITHMS: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let cells = 1u32 << LN_BITS;
    // The integral of -ln v is v - v ln v.
    let integral = |v: f64| v - v * libm::log(v);
    (0..cells)
        .map(|cell| {
            let bound = |cell: u32| 0.5 + 0.5 * f64::from(cell) / f64::from(cells);
            let (low, high) = (bound(cell), bound(cell + 1));
            let mean = (integral(high) - integral(low)) / (high - low);
            (mean * 4_294_967_296.0).round() as u32
        })
        .collect()
});

/// Returns the value of a standard exponential variable that a uniform word selects, in units of 2^-32.
/// It grows with the word.
pub(crate) fn exponential(word: u32) -> u64 {
    // The variable is -ln U with U = (tail + 1/2) / 2^32 = V / 2^order.
    let tail = !word;
    let order = tail.leading_zeros();
    let normalised = u64::from(tail) << order;
    let cell = (normalised >> (31 - LN_BITS)) as usize & ((1 << LN_BITS) - 1);
    u64::from(order) * LN_2 + u64::from(NEGATIVE_LOGARITHMS[cell])
}

/// The density of the standard normal distribution.
fn density(z: f64) -> f64 {
    libm::exp(-z * z / 2.0) / (2.0 * PI).sqrt()
}

/// The probability that a standard normal variable is above `z`.
fn above(z: f64) -> f64 {
    libm::erfc(z / SQRT_2) / 2.0
}

/// The value above which a standard normal variable is with probability `tail`, up to 1/2.
fn quantile(tail: f64) -> f64 {
    if tail <= 0.0 {
        return f64::INFINITY;
    }
    // Newton's method on the logarithm of the tail. It is concave, so from a bound above the quantile the
    // method approaches it from above.
    let target = libm::log(tail);
    let mut z = (-2.0 * libm::log(2.0 * tail)).sqrt();
    for _ in 0..QUANTILE_STEPS {
        let here = above(z);
        z += (libm::log(here) - target) * here / density(z);
    }
    z
}

/// Steps after which [`quantile`] changes only in the last bits, for tails down to 2^-32.
const QUANTILE_STEPS: u32 = 6;

/// The bounds of each cell of the upper half, from the median to the tail: the far one and the near one.
static BOUNDS: LazyLock<Vec<(f64, f64)>> = LazyLock::new(|| {
    let cells = NormalCell::all().filter(|cell| cell.upper);
    cells
        .map(|cell| {
            let Range { start, end } = cell.tail();
            (quantile(start), quantile(end))
        })
        .collect()
});

const CELL_BITS: u32 = 6;
/// Cells of each half of the normal distribution: 64 for each of 32 orders of magnitude of the tail
/// probability.
const CELLS: usize = 32 << CELL_BITS;

/// The cell of the standard normal distribution that a uniform word selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NormalCell {
    /// Whether it is in the upper half.
    upper: bool,
    /// From the median to the tail.
    index: usize,
}

impl NormalCell {
    /// Returns the cell that a uniform word selects.
    pub(crate) fn of_word(word: u32) -> Self {
        let upper = word >> 31 == 1;
        let tail = if upper { !word } else { word };
        // The tail probability is below 1/2, so there is at least one leading zero.
        let order = tail.leading_zeros();
        let normalised = u64::from(tail) << order;
        let within = (normalised >> (31 - CELL_BITS)) as usize & ((1 << CELL_BITS) - 1);
        Self {
            upper,
            index: ((order - 1) << CELL_BITS) as usize | within,
        }
    }

    /// Returns the position of this cell among all cells: first the lower half, then the upper half,
    /// each from the median to the tail.
    pub(crate) fn position(self) -> usize {
        usize::from(self.upper) * CELLS + self.index
    }

    /// Returns all cells, in the order of [`NormalCell::position`].
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        [false, true]
            .into_iter()
            .flat_map(|upper| (0..CELLS).map(move |index| Self { upper, index }))
    }

    /// Returns the tail probabilities at the bounds of the cell.
    fn tail(self) -> Range<f64> {
        let order = (self.index >> CELL_BITS) as i32 + 1;
        let within = (self.index & ((1 << CELL_BITS) - 1)) as f64;
        let steps = f64::from(1u32 << CELL_BITS);
        let unit = 2.0_f64.powi(-order - 1) / steps;
        if order == 32 {
            return 0.0..2.0_f64.powi(-32);
        }
        // In the last orders of magnitude a cell is narrower than a step of the word.
        let low = (steps + within) * unit;
        low..low + unit.max(2.0_f64.powi(-32))
    }

    /// Returns the mean of `exp(spread * z)` over this cell of the standard normal variable z.
    pub(crate) fn mean_of_exponential(self, spread: f64) -> f64 {
        let Range { start, end } = self.tail();
        let shift = if self.upper { -spread } else { spread };
        let (far, near) = BOUNDS[self.index];
        let part = above(near + shift) - above(far + shift);
        libm::exp(spread * spread / 2.0) * part / (end - start)
    }

    /// Returns the mean of the standard normal variable in this cell.
    fn mean(self) -> f64 {
        let Range { start, end } = self.tail();
        let (far, near) = BOUNDS[self.index];
        let mean = (density(near) - density(far)) / (end - start);
        if self.upper { mean } else { -mean }
    }
}

/// The unit of [`normal`]: 2^-20.
pub(crate) const NORMAL_UNIT: u32 = 20;

/// The mean of the standard normal variable in each cell, in units of 2^-20.
static NORMALS: LazyLock<Vec<i32>> = LazyLock::new(|| {
    NormalCell::all()
        .map(|cell| (cell.mean() * f64::from(1u32 << NORMAL_UNIT)).round() as i32)
        .collect()
});

/// Returns the value of a standard normal variable that a uniform word selects, in units of 2^-20. It
/// grows with the word.
pub(crate) fn normal(word: u32) -> i64 {
    NORMALS[NormalCell::of_word(word).position()].into()
}

/// Returns the tables, which all networks share.
pub(crate) fn tables() -> (&'static [u32], &'static [i32]) {
    (&NEGATIVE_LOGARITHMS, &NORMALS)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Returns words that represent all words, with the share of each: for each order of magnitude of
    /// the lower and of the upper tail, 2,048 words at equal distances.
    pub(crate) fn words() -> impl Iterator<Item = (u32, f64)> {
        let orders = (1..=32_u32).flat_map(|order| {
            let (low, words) = match order {
                32 => (0, 1),
                order => (1_u64 << (31 - order), 1_u64 << (31 - order)),
            };
            let taken = words.min(2_048);
            (0..taken).map(move |step| {
                let word = low + (step * 2 + 1) * words / (2 * taken);
                (word as u32, words as f64 / taken as f64 / 4_294_967_296.0)
            })
        });
        orders.flat_map(|(word, share)| [(word, share), (!word, share)])
    }

    #[test]
    fn the_representative_words_have_the_share_1() {
        let sum: f64 = words().map(|(_, share)| share).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{sum}");
    }

    #[test]
    fn the_exponential_variable_has_its_moments_and_tails() {
        let unit = 4_294_967_296.0;
        let moment = |power: i32| -> f64 {
            words()
                .map(|(word, share)| share * (exponential(word) as f64 / unit).powi(power))
                .sum()
        };
        assert!((moment(1) - 1.0).abs() < 1e-4, "{}", moment(1));
        assert!((moment(2) / 2.0 - 1.0).abs() < 1e-3, "{}", moment(2));
        for bound in [0.01, 0.1, 0.693, 1.0, 3.0, 7.0, 10.0, 14.0] {
            let above = words().filter(|(word, _)| exponential(*word) as f64 / unit > bound);
            let above: f64 = above.map(|(_, share)| share).sum();
            let ratio = above / (-bound).exp();
            assert!((ratio - 1.0).abs() < 0.01, "{bound}: {ratio}");
        }
        assert!((0..100_000_u32).is_sorted_by_key(|step| exponential(step * 42_949)));
    }

    #[test]
    fn quantiles_agree_with_another_implementation() {
        for step in 1..=32_000 {
            let tail = 0.5 * (f64::from(step) / 32_000.0).powi(8).max(2.0_f64.powi(-33));
            let other = SQRT_2 * statrs::function::erf::erfc_inv(2.0 * tail);
            assert!(
                (quantile(tail) - other).abs() < 1e-9,
                "{tail}: {} {other}",
                quantile(tail)
            );
            assert!((above(quantile(tail)) / tail - 1.0).abs() < 1e-12, "{tail}");
        }
        assert_eq!(quantile(0.5), 0.0);
    }

    #[test]
    fn the_normal_variable_has_its_moments_and_tails() {
        let unit = f64::from(1_u32 << NORMAL_UNIT);
        let moment = |power: i32| -> f64 {
            words()
                .map(|(word, share)| share * (normal(word) as f64 / unit).powi(power))
                .sum()
        };
        assert!(moment(1).abs() < 1e-6, "{}", moment(1));
        assert!((moment(2) - 1.0).abs() < 1e-3, "{}", moment(2));
        assert!((moment(4) / 3.0 - 1.0).abs() < 5e-3, "{}", moment(4));
        for bound in [0.5, 1.0, 2.0, 3.0, 4.0, 5.0] {
            let above = words().filter(|(word, _)| normal(*word) as f64 / unit > bound);
            let above: f64 = above.map(|(_, share)| share).sum();
            let ratio = above / (statrs::function::erf::erfc(bound / SQRT_2) / 2.0);
            assert!((ratio - 1.0).abs() < 0.01, "{bound}: {ratio}");
        }
        assert!((0..100_000_u32).is_sorted_by_key(|step| normal(step * 42_949)));
    }

    #[test]
    fn a_cell_contains_the_words_that_select_it() {
        for (word, _) in words() {
            let tail = NormalCell::of_word(word).tail();
            let probability = (f64::from(word.min(!word)) + 0.5) / 4_294_967_296.0;
            // A step of the word on either side.
            let step = 1.0 / 4_294_967_296.0;
            assert!(
                tail.start - step < probability && probability < tail.end + step,
                "{word}: {tail:?}"
            );
        }
    }
}
