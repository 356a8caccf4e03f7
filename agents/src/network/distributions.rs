//! Distributions as integer tables, made once when a model is made.
//!
//! A draw looks a quantile up; no float takes part in a decision. Rounding is
//! written at each table.

use patchday_core::{Span, random::below};

const BITS: u32 = 12;

/// Exponential spans, as 4,096 quantiles at the middle of even steps.
#[derive(Clone, Debug)]
pub(crate) struct Exponential(Vec<Span>);

impl Exponential {
    /// Spans of a mean of `mean` ticks, each rounded to the nearest tick and at
    /// least 1 and at most `longest`.
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

    /// The span of a uniform word.
    pub(crate) fn span(&self, word: u32) -> Span {
        self.0[(word >> (32 - BITS)) as usize]
    }
}

/// Quantiles of the standard normal distribution at the middle of 16 even
/// steps of its upper half (Abramowitz and Stegun, table 26.1, to 3 digits).
const UPPER_NORMAL: [f64; 16] = [
    0.039, 0.118, 0.197, 0.278, 0.360, 0.445, 0.533, 0.626, 0.725, 0.831, 0.947, 1.078, 1.230,
    1.418, 1.676, 2.154,
];

/// Rates of a log-normal distribution, as 32 quantiles.
#[derive(Clone, Debug)]
pub(crate) struct LogNormal([u32; 32]);

impl LogNormal {
    /// Rates of median `median` and logarithmic standard deviation `spread`,
    /// each rounded to the nearest thousandth a tick and at least one.
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

    /// The rate of a uniform word, in thousandths a tick.
    pub(crate) fn thousandths(&self, word: u32) -> u32 {
        self.0[(word >> 27) as usize]
    }
}

/// A span drawn evenly from `low..=high`.
pub(crate) fn between(word: u32, low: Span, high: Span) -> Span {
    low + below(word, (high - low).saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponential_spans_have_their_mean() {
        let table = Exponential::new(600.0, u32::MAX);
        let mean = table.0.iter().map(|span| f64::from(*span)).sum::<f64>() / 4096.0;
        assert!((mean - 600.0).abs() < 1.0, "{mean}");
    }

    #[test]
    fn log_normal_rates_have_their_median_and_order() {
        let table = LogNormal::new(2.0, 1.0);
        assert!(table.0.windows(2).all(|pair| pair[0] < pair[1]));
        let middle = (f64::from(table.0[15]) * f64::from(table.0[16])).sqrt();
        assert!((middle - 2000.0).abs() < 1.0, "{middle}");
        assert_eq!(LogNormal::new(2.0, 0.0).0, [2000; 32]);
    }

    #[test]
    fn the_quantiles_of_the_normal_distribution_have_its_moments() {
        // At the middle of each step the quantile is that of Phi(x) = 1/2 + (2i + 1)/64.
        let squares: f64 = UPPER_NORMAL.iter().map(|value| value * value).sum();
        let deviation = (squares / 16.0).sqrt();
        // Of 32 even steps the middles miss the tails: 0.98 instead of 1.
        assert!((deviation - 0.980).abs() < 0.001, "{deviation}");
        assert!(UPPER_NORMAL.is_sorted());
        // The quartile is between the steps 7 and 8: 0.6745.
        let quartile = f64::midpoint(UPPER_NORMAL[7], UPPER_NORMAL[8]);
        assert!((quartile - 0.6745).abs() < 0.002, "{quartile}");
    }
}
