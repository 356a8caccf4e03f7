//! Distributions of integers, compiled once from a scenario.
//!
//! A uniform word selects a quantile, so no decision uses a float. Each distribution keeps its mean,
//! and its tail probabilities, to 1 % over the whole range of the scenario's keys; tests compare them
//! with closed forms. Units: ticks, millionths of a request per tick, counts.

use patchday_core::{Chance, MAX_DELAY, Span, random::below};

use crate::network::quantiles::{EXPONENTIAL_UNIT, NORMAL_UNIT, NormalCell, exponential, normal};

/// Spans without memory: the geometric distribution of whole ticks from 1 on, which is the exponential
/// distribution in discrete time.
///
/// A span ends in each tick with the same probability, the reciprocal of the mean. For long means its
/// tails are those of the exponential distribution.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExponentialSpans {
    /// The factor of the standard exponential variable, in ticks of 2^-16.
    scale: u64,
}

impl ExponentialSpans {
    /// Creates spans with a mean of `mean` ticks; a mean below 1 counts as 1. A span is at most
    /// [`MAX_DELAY`], and no run is longer.
    pub(crate) fn new(mean: f64) -> Self {
        // The whole part of the exponential variable E / s is geometric: it is at least k with
        // probability exp(-k s), which is (1 - 1 / mean)^k.
        let scale = if mean > 1.0 {
            -1.0 / libm::log1p(-1.0 / mean)
        } else {
            0.0
        };
        Self {
            scale: (scale * f64::from(1u32 << 16)).round() as u64,
        }
    }

    /// Returns the span that a uniform word selects.
    pub(crate) fn span(&self, word: u32) -> Span {
        self.uncut(word).min(MAX_DELAY.into()) as Span
    }

    /// Returns the span that a uniform word selects, however long it is.
    pub(crate) fn uncut(&self, word: u32) -> u64 {
        let product = u128::from(exponential(word)) * u128::from(self.scale);
        let whole = product >> (EXPONENTIAL_UNIT + 16);
        u64::try_from(whole + 1).unwrap_or(u64::MAX)
    }
}

/// Rates of a log-normal distribution.
#[derive(Clone, Debug)]
pub(crate) struct LogNormalRates(Vec<u64>);

impl LogNormalRates {
    /// Creates rates with the given median, in requests per tick, and logarithmic standard deviation.
    /// Each is rounded to the nearest millionth per tick, and is at least one millionth.
    pub(crate) fn new(median: f64, spread: f64) -> Self {
        let rates = NormalCell::all().map(|cell| {
            let rate = median * cell.mean_of_exponential(spread);
            ((rate * 1e6).round() as u64).max(1)
        });
        Self(rates.collect())
    }

    /// Returns the rate that a uniform word selects, in millionths per tick.
    pub(crate) fn millionths(&self, word: u32) -> u64 {
        self.0[NormalCell::of_word(word).position()]
    }
}

/// Poisson counts of one mean.
#[derive(Clone, Debug)]
pub(crate) enum PoissonCounts {
    /// A mean of at most [`TABULATED`]: cumulative thresholds, rounded to 2^-32.
    Table(Vec<Chance>),
    /// A greater mean: its quantiles from those of the normal distribution by the expansion of Cornish
    /// and Fisher, which are exact to less than a count. Both fields in units of 2^-20.
    Normal {
        /// The mean.
        mean: i64,
        /// The standard deviation.
        deviation: i64,
    },
}

/// The maximum mean for which the counts are tabulated.
const TABULATED: f64 = 500.0;

impl PoissonCounts {
    /// Creates counts with a mean of up to 10^9.
    pub(crate) fn new(mean: f64) -> Self {
        let mean = mean.clamp(0.0, 1e9);
        if mean > TABULATED {
            let unit = f64::from(1u32 << NORMAL_UNIT);
            return Self::Normal {
                mean: (mean * unit).round() as i64,
                deviation: (mean.sqrt() * unit).round() as i64,
            };
        }
        let (mut share, mut sum) = (libm::exp(-mean), 0.0);
        let mut thresholds = Vec::new();
        for count in 1..2_000 {
            sum += share;
            thresholds.push(Chance::new(sum));
            share *= mean / f64::from(count);
            if sum > 1.0 - 1e-12 {
                break;
            }
        }
        Self::Table(thresholds)
    }

    /// Returns the count that a uniform word selects.
    pub(crate) fn count(&self, word: u32) -> u32 {
        match self {
            Self::Table(thresholds) => {
                thresholds.partition_point(|chance| !chance.holds(word)) as u32
            }
            Self::Normal { mean, deviation } => {
                let z = normal(word);
                let skew = (((z * z) >> NORMAL_UNIT) - (1 << NORMAL_UNIT)) / 6;
                let value = mean + ((deviation * z) >> NORMAL_UNIT) + skew;
                let rounded = (value + (1 << (NORMAL_UNIT - 1))) >> NORMAL_UNIT;
                u32::try_from(rounded.max(0)).unwrap_or(u32::MAX)
            }
        }
    }
}

/// Uniform spans from `low..=high`, cut at [`MAX_DELAY`]: no run is longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UniformSpan {
    pub(crate) low: Span,
    pub(crate) high: Span,
}

impl UniformSpan {
    /// Creates spans from `low` to `high`, which must not be below `low`.
    pub(crate) fn new(low: Span, high: Span) -> Self {
        Self { low, high }
    }

    /// Returns the span that a uniform word selects.
    #[inline]
    pub(crate) fn span(self, word: u32) -> Span {
        between(word, self.low, self.high).min(MAX_DELAY)
    }
}

/// Maps a uniform word to a span of `low..=high`.
pub(crate) fn between(word: u32, low: Span, high: Span) -> Span {
    low + below(word, (high - low).saturating_add(1))
}

/// Returns the index of the cell that a uniform word selects. `sums` are the cumulative shares of the
/// cells in units of 2^-32; the last cell takes what rounding leaves.
#[inline]
pub(crate) fn selected(sums: &[u32], word: u32) -> u32 {
    // A count needs no branches, unlike a search.
    let before: u32 = sums.iter().map(|sum| u32::from(*sum < word)).sum();
    before.min(sums.len() as u32 - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::quantiles::tests::words;

    /// Returns the mean of a function of a uniform word.
    fn mean_of(value: impl Fn(u32) -> f64) -> f64 {
        words().map(|(word, share)| share * value(word)).sum()
    }

    #[test]
    fn spans_have_the_mean_and_the_tails_of_the_geometric_distribution() {
        let day = 86_400.0;
        for mean in [1.0, 1.2, 1.5, 2.0, 3.0, 10.0, 59.5, 600.0, day, 7.0 * day] {
            let spans = ExponentialSpans::new(mean);
            let average = mean_of(|word| spans.span(word).into());
            assert!((average / mean - 1.0).abs() < 0.002, "{mean}: {average}");
            for multiple in [0.1, 0.5, 1.0, 2.0, 4.0, 8.0] {
                let bound = (multiple * mean).floor();
                let above =
                    mean_of(|word| f64::from(u8::from(f64::from(spans.span(word)) > bound)));
                let expected = (1.0 - 1.0 / mean).powf(bound);
                assert!(
                    (above - expected).abs() <= 0.01 * expected,
                    "{mean}: {above} of {expected} above {bound}"
                );
            }
        }
        // A mean of 60 days: a run cannot be as long as the maximum span.
        let longest = ExponentialSpans::new(60.0 * day);
        let cut = mean_of(|word| longest.span(word).min(MAX_DELAY - 1).into());
        let expected = 60.0 * day * (1.0 - (-f64::from(MAX_DELAY) / (60.0 * day)).exp());
        assert!((cut / expected - 1.0).abs() < 0.002, "{cut} of {expected}");
    }

    #[test]
    fn rates_have_the_mean_and_the_tails_of_the_log_normal_distribution() {
        for median in [0.001, 1.5, 100_000.0] {
            for spread in [0.0, 0.5, 1.0, 2.0, 3.0] {
                let rates = LogNormalRates::new(median, spread);
                let average = mean_of(|word| rates.millionths(word) as f64) / 1e6;
                let expected = median * f64::exp(spread * spread / 2.0);
                assert!(
                    (average / expected - 1.0).abs() < 0.01,
                    "{median}, {spread}: {average} of {expected}"
                );
                for z in [-2.0, 0.0, 1.0, 2.0, 4.0] {
                    if spread == 0.0 {
                        continue;
                    }
                    let bound = median * f64::exp(spread * z) * 1e6;
                    // A rate is rounded to a millionth.
                    if bound < 100.0 {
                        continue;
                    }
                    let above =
                        mean_of(|word| f64::from(u8::from(rates.millionths(word) as f64 > bound)));
                    let expected = statrs::function::erf::erfc(z / 2.0_f64.sqrt()) / 2.0;
                    assert!(
                        (above / expected - 1.0).abs() < 0.01,
                        "{median}, {spread}, {z}: {above} of {expected}"
                    );
                }
            }
        }
        assert!((LogNormalRates::new(2.0, 0.0).millionths(7)) == 2_000_000);
    }

    #[test]
    fn poisson_counts_have_their_mean_and_variance() {
        for mean in [0.0, 0.001, 0.3, 7.0, 90.0, 499.0, 501.0, 12_345.6, 1e7] {
            let counts = PoissonCounts::new(mean);
            let average = mean_of(|word| counts.count(word).into());
            let variance = mean_of(|word| (f64::from(counts.count(word)) - average).powi(2));
            assert!((average - mean).abs() <= mean * 1e-3, "{mean}: {average}");
            assert!((variance - mean).abs() <= mean * 1e-2, "{mean}: {variance}");
        }
    }

    #[test]
    fn tabulated_and_computed_poisson_counts_agree() {
        let table = PoissonCounts::new(TABULATED);
        let computed = PoissonCounts::new(TABULATED + 1e-4);
        for (word, _) in words() {
            let (table, computed) = (table.count(word), computed.count(word));
            // Words of one cell of the normal distribution select one count.
            assert!(
                f64::from(table.abs_diff(computed)) <= 1.0 + 0.01 * f64::from(table),
                "{word}: {table}, {computed}"
            );
        }
    }
}
