//! Times of a server's work: drawn in parts of a tick and rounded at random, so that the means are
//! exact whatever the length of a tick.
//!
//! Units: 2^-16 of a tick before rounding; factors in millionths.

use patchday_core::{Chance, Draw, MAX_DELAY, Span as Ticks};

use crate::{
    network::quantiles::{EXPONENTIAL_UNIT, NormalCell, exponential},
    service::section::{ServiceSection, TimeLaw},
};

/// The bits of a part of a tick.
const PART_BITS: u32 = 16;
/// A factor of 1.
pub(crate) const USUAL_FACTOR: u64 = 1_000_000;

/// The distribution of the time of a server's work.
#[derive(Clone, Debug)]
pub(crate) enum ServiceTime {
    Constant(u64),
    Exponential(u64),
    /// The time in each cell of the normal distribution.
    LogNormal(Vec<u64>),
    TwoPoint {
        usual: u64,
        slow: u64,
        chance: Chance,
    },
}

impl ServiceTime {
    /// Compiles the times of a service with a mean of `mean` ticks.
    pub(crate) fn new(section: &ServiceSection, mean: f64) -> Self {
        let parts = |ticks: f64| (ticks * f64::from(1_u32 << PART_BITS)).round() as u64;
        match section.law {
            TimeLaw::Constant => Self::Constant(parts(mean)),
            TimeLaw::Exponential => Self::Exponential(parts(mean)),
            TimeLaw::LogNormal => {
                let spread = section.spread;
                let median = mean / libm::exp(spread * spread / 2.0);
                let cells = NormalCell::all();
                let times = cells.map(|cell| parts(median * cell.mean_of_exponential(spread)));
                Self::LogNormal(times.collect())
            }
            TimeLaw::TwoPoint => {
                let share = section.slow_share.get();
                let usual = mean / (1.0 - share + share * section.slow_factor);
                Self::TwoPoint {
                    usual: parts(usual),
                    slow: parts(usual * section.slow_factor),
                    chance: Chance::new(share),
                }
            }
        }
    }

    /// Returns the time that a draw selects, `factor` times as long as usual, in ticks.
    pub(crate) fn ticks(&self, draw: Draw, factor: u64) -> Ticks {
        let word = draw.word(0);
        let usual = match self {
            Self::Constant(time) => *time,
            Self::Exponential(mean) => {
                let product = u128::from(exponential(word)) * u128::from(*mean);
                (product >> EXPONENTIAL_UNIT) as u64
            }
            Self::LogNormal(times) => times[NormalCell::of_word(word).position()],
            Self::TwoPoint {
                usual,
                slow,
                chance,
            } => *if chance.holds(word) { slow } else { usual },
        };
        let time = u128::from(usual) * u128::from(factor) / u128::from(USUAL_FACTOR);
        let (whole, part) = (time >> PART_BITS, time as u32 & ((1 << PART_BITS) - 1));
        let up = draw.word(1) >> (32 - PART_BITS) < part;
        // No request works longer than any run lasts.
        (whole + u128::from(up)).min(u128::from(MAX_DELAY)) as Ticks
    }
}

#[cfg(test)]
mod tests {
    use patchday_core::Random;

    use super::*;
    use crate::scenario::quantity::share::Share;

    /// Returns mean and variance of the times of a distribution, in ticks.
    fn moments(section: &ServiceSection, mean: f64) -> (f64, f64) {
        let (time, random) = (ServiceTime::new(section, mean), Random::new(5));
        let draws = 200_000;
        let times =
            (0..draws).map(|n| f64::from(time.ticks(random.draw(n, 0, 1, 0), USUAL_FACTOR)));
        let (sum, squares) = times.fold((0.0, 0.0), |(sum, squares), time| {
            (sum + time, squares + time * time)
        });
        let mean = sum / f64::from(draws);
        (mean, squares / f64::from(draws) - mean * mean)
    }

    #[test]
    fn times_have_their_means_also_below_a_tick_and_their_variances() {
        let laws = [
            (TimeLaw::Constant, 0.0),
            (TimeLaw::Exponential, 1.0),
            (TimeLaw::LogNormal, 0.5_f64.powi(2).exp() - 1.0),
            // One in ten takes ten times as long: 1.9 units on average, 10.9 in square.
            (TimeLaw::TwoPoint, 10.9 / 1.9_f64.powi(2) - 1.0),
        ];
        for (law, squared_variation) in laws {
            let section = ServiceSection {
                law,
                spread: 0.5,
                slow_share: Share::new(0.1).unwrap(),
                slow_factor: 10.0,
                ..ServiceSection::default()
            };
            for mean in [0.03, 0.7, 40.0] {
                let (found, variance) = moments(&section, mean);
                let sigma = (variance / 2e5).sqrt();
                assert!(
                    (found - mean).abs() < 4.0 * sigma + 1e-4,
                    "{law}: {found} of {mean}"
                );
            }
            let (_, variance) = moments(&section, 400.0);
            let expected = squared_variation * 400.0_f64.powi(2);
            assert!(
                (variance - expected).abs() < 0.05 * expected + 1.0,
                "{law}: {variance} of {expected}"
            );
        }
    }

    #[test]
    fn a_factor_makes_times_longer() {
        let section = ServiceSection {
            law: TimeLaw::Constant,
            ..ServiceSection::default()
        };
        let time = ServiceTime::new(&section, 4.0);
        let draw = Random::new(1).draw(0, 0, 0, 0);
        assert_eq!(time.ticks(draw, USUAL_FACTOR), 4);
        assert_eq!(time.ticks(draw, 15 * USUAL_FACTOR), 60);
    }
}
