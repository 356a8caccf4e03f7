//! Distributions as integer tables, computed once when a scenario is compiled.
//!
//! A uniform word selects a quantile, so no decision uses a float. Each table documents its rounding.
//! Units: ticks, thousandths of a request per tick, counts.

use patchday_core::{Chance, Span, random::below};

const BITS: u32 = 12;

/// Exponential spans, as 4,096 quantiles at the middle of equal steps.
#[derive(Clone, Debug)]
pub(crate) struct ExponentialSpans(Vec<Span>);

impl ExponentialSpans {
    /// Creates spans with a mean of `mean` ticks. Each is rounded to the nearest tick, and is at least
    /// 1 and at most `longest`.
    pub(crate) fn new(mean: f64, longest: Span) -> Self {
        let steps = 1u32 << BITS;
        Self(
            (0..steps)
                .map(|step| {
                    let left = 1.0 - (f64::from(step) + 0.5) / f64::from(steps);
                    ((mean * -left.ln()).round() as Span).clamp(1, longest)
                })
                .collect(),
        )
    }

    /// Returns the span that a uniform word selects.
    pub(crate) fn span(&self, word: u32) -> Span {
        self.0[(word >> (32 - BITS)) as usize]
    }
}

/// Quantiles of the standard normal distribution at the middle of 16 equal steps of its upper half
/// (Abramowitz and Stegun, table 26.1, to 3 digits).
const UPPER_NORMAL: [f64; 16] = [
    0.039, 0.118, 0.197, 0.278, 0.360, 0.445, 0.533, 0.626, 0.725, 0.831, 0.947, 1.078, 1.230,
    1.418, 1.676, 2.154,
];

/// Rates of a log-normal distribution, as 32 quantiles.
#[derive(Clone, Debug)]
pub(crate) struct LogNormalRates([u32; 32]);

impl LogNormalRates {
    /// Creates rates with the given median and logarithmic standard deviation. Each is rounded to the
    /// nearest thousandth per tick, and is at least one thousandth.
    pub(crate) fn new(median: f64, spread: f64) -> Self {
        Self(std::array::from_fn(|index| {
            let normal = if index < 16 {
                -UPPER_NORMAL[15 - index]
            } else {
                UPPER_NORMAL[index - 16]
            };
            ((median * (spread * normal).exp() * 1000.0).round() as u32).max(1)
        }))
    }

    /// Returns the rate that a uniform word selects, in thousandths per tick.
    pub(crate) fn thousandths(&self, word: u32) -> u32 {
        self.0[(word >> 27) as usize]
    }
}

/// Poisson counts of one mean, as cumulative thresholds.
#[derive(Clone, Debug)]
pub(crate) struct PoissonCounts(Vec<Chance>);

impl PoissonCounts {
    /// Creates counts with mean `mean`, at most 500. Thresholds are rounded to 2^-32.
    pub(crate) fn new(mean: f64) -> Self {
        let mean = mean.clamp(0.0, 500.0);
        let (mut share, mut sum) = ((-mean).exp(), 0.0);
        let mut thresholds = Vec::new();
        for count in 1..2_000 {
            sum += share;
            thresholds.push(Chance::new(sum));
            share *= mean / f64::from(count);
            if sum > 1.0 - 1e-12 {
                break;
            }
        }
        Self(thresholds)
    }

    /// Returns the count that a uniform word selects.
    pub(crate) fn count(&self, word: u32) -> u32 {
        self.0.partition_point(|chance| !chance.holds(word)) as u32
    }
}

/// Uniform spans from `low..=high`.
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
        between(word, self.low, self.high)
    }
}

/// Maps a uniform word to a span of `low..=high`.
pub(crate) fn between(word: u32, low: Span, high: Span) -> Span {
    low + below(word, (high - low).saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponential_spans_have_their_mean() {
        let table = ExponentialSpans::new(600.0, u32::MAX);
        let mean = table.0.iter().map(|span| f64::from(*span)).sum::<f64>() / 4096.0;
        assert!((mean - 600.0).abs() < 1.0, "{mean}");
    }

    #[test]
    fn log_normal_rates_have_their_median_and_order() {
        let table = LogNormalRates::new(2.0, 1.0);
        assert!(table.0.windows(2).all(|pair| pair[0] < pair[1]));
        let middle = (f64::from(table.0[15]) * f64::from(table.0[16])).sqrt();
        assert!((middle - 2000.0).abs() < 1.0, "{middle}");
        assert_eq!(LogNormalRates::new(2.0, 0.0).0, [2000; 32]);
    }

    #[test]
    fn the_quantiles_of_the_normal_distribution_have_its_moments() {
        // At the middle of step i the quantile q satisfies Phi(q) = 1/2 + (2i + 1)/64.
        let squares: f64 = UPPER_NORMAL.iter().map(|value| value * value).sum();
        let deviation = (squares / 16.0).sqrt();
        // The middles of 32 equal steps miss the tails, so the standard deviation is 0.98 instead of 1.
        assert!((deviation - 0.980).abs() < 0.001, "{deviation}");
        assert!(UPPER_NORMAL.is_sorted());
        // The quartile is between the steps 7 and 8: 0.6745.
        let quartile = f64::midpoint(UPPER_NORMAL[7], UPPER_NORMAL[8]);
        assert!((quartile - 0.6745).abs() < 0.002, "{quartile}");
    }

    #[test]
    fn poisson_counts_have_their_mean_and_variance() {
        for mean in [0.0, 0.3, 7.0, 90.0] {
            let table = PoissonCounts::new(mean);
            let counts: Vec<f64> = (0..10_000_u32)
                .map(|step| f64::from(table.count(step * 429_496 + 214_748)))
                .collect();
            let average = counts.iter().sum::<f64>() / 1e4;
            let variance = counts
                .iter()
                .map(|one| (one - average).powi(2))
                .sum::<f64>()
                / 1e4;
            assert!(
                (average - mean).abs() < 0.01 + mean * 1e-3,
                "{mean}: {average}"
            );
            assert!(
                (variance - mean).abs() < 0.01 + mean * 1e-2,
                "{mean}: {variance}"
            );
        }
    }
}
