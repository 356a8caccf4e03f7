//! Priors of keys: uniform, uniform in the logarithm, or normal within a range.
//!
//! A prior maps the unit interval to values, so that a uniform coordinate has the prior's distribution.
//! Values are rounded to six figures, or to whole steps, before they are used anywhere: they are the
//! values of runs, and a last-bit difference of `exp` between machines must not change a run.

use statrs::distribution::{ContinuousCDF, Normal};

/// The distribution of a key within its range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Distribution {
    /// All values are equally likely.
    Uniform,
    /// All logarithms are equally likely; the range is positive.
    Log,
    /// Normal, cut at the ends of the range.
    Normal {
        /// The mean before the cut.
        mean: f64,
        /// The standard deviation before the cut, above 0.
        deviation: f64,
    },
}

/// What is known of a key before the fit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Prior {
    /// The key.
    pub(crate) key: String,
    pub(crate) distribution: Distribution,
    /// The range.
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// Values are multiples of this: 1 for whole numbers, 1/3600 for hours given in seconds.
    pub(crate) step: Option<f64>,
    /// The value of the scenario's file: where the key is fixed if it turns out to move nothing. The middle of
    /// the range if it is absent.
    pub(crate) base: Option<f64>,
}

/// A number rounded to six significant figures.
pub(crate) fn six_figures(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    // By the decimal text, as the value will be written.
    format!("{value:.5e}").parse().unwrap_or(value)
}

impl Prior {
    /// Uniform over a range.
    #[cfg(test)]
    pub(crate) fn uniform(key: &str, low: f64, high: f64) -> Self {
        Self {
            key: key.to_owned(),
            distribution: Distribution::Uniform,
            low,
            high,
            step: None,
            base: None,
        }
    }

    /// What is wrong with it; `None` if it can be used.
    pub(crate) fn error(&self) -> Option<String> {
        let finite = self.low.is_finite() && self.high.is_finite();
        if !finite || self.low >= self.high {
            return Some("the range needs two numbers, the first below the second".into());
        }
        match self.distribution {
            Distribution::Log if self.low <= 0.0 => {
                Some("a logarithmic range must be above 0".into())
            }
            Distribution::Normal { mean, deviation } => {
                let usable = mean.is_finite() && deviation.is_finite() && deviation > 0.0;
                let (low, high) = self.normal_ends(mean, deviation);
                // Less than this of the distribution inside is a mistake, not a prior.
                (!usable || high - low < 1e-6).then(|| {
                    "the normal distribution needs a standard deviation above 0, and a part in the \
                     range"
                        .into()
                })
            }
            Distribution::Log | Distribution::Uniform => None,
        }
    }

    /// The probabilities below the ends of the range.
    fn normal_ends(&self, mean: f64, deviation: f64) -> (f64, f64) {
        let below = |value: f64| Normal::standard().cdf((value - mean) / deviation);
        (below(self.low), below(self.high))
    }

    /// The value at a coordinate of the unit interval, not rounded.
    pub(crate) fn exact(&self, unit: f64) -> f64 {
        let unit = unit.clamp(0.0, 1.0);
        let value = match self.distribution {
            Distribution::Uniform => self.low + (self.high - self.low) * unit,
            Distribution::Log => self.low * (self.high / self.low).powf(unit),
            Distribution::Normal { mean, deviation } => {
                let (low, high) = self.normal_ends(mean, deviation);
                let below = (low + (high - low) * unit).clamp(1e-12, 1.0 - 1e-12);
                mean + deviation * Normal::standard().inverse_cdf(below)
            }
        };
        value.clamp(self.low, self.high)
    }

    /// The value of a run at a coordinate of the unit interval: rounded, and inside the range.
    pub(crate) fn value(&self, unit: f64) -> f64 {
        let exact = self.exact(unit);
        let stepped = self
            .step
            .map_or(exact, |step| (exact / step).round() * step);
        six_figures(stepped.clamp(self.low, self.high))
    }

    /// The coordinate of a value.
    pub(crate) fn unit(&self, value: f64) -> f64 {
        let value = value.clamp(self.low, self.high);
        let unit = match self.distribution {
            Distribution::Uniform => (value - self.low) / (self.high - self.low),
            Distribution::Log => (value / self.low).ln() / (self.high / self.low).ln(),
            Distribution::Normal { mean, deviation } => {
                let (low, high) = self.normal_ends(mean, deviation);
                (Normal::standard().cdf((value - mean) / deviation) - low) / (high - low)
            }
        };
        unit.clamp(0.0, 1.0)
    }

    /// Whether directions count this key by its logarithm: its prior does, or it is positive and its range spans
    /// a factor of two, so that products and ratios of such keys mean something.
    pub(crate) fn is_logarithmic(&self) -> bool {
        let wide = self.low > 0.0 && self.high >= 2.0 * self.low;
        wide || self.distribution == Distribution::Log
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(distribution: Distribution) -> Prior {
        Prior {
            distribution,
            ..Prior::uniform("key", 1.0, 100.0)
        }
    }

    #[test]
    fn coordinates_and_values_are_inverse() {
        let normal = Distribution::Normal {
            mean: 30.0,
            deviation: 20.0,
        };
        for distribution in [Distribution::Uniform, Distribution::Log, normal] {
            let prior = with(distribution);
            assert_eq!(prior.error(), None);
            for step in 0..=20 {
                let unit = f64::from(step) / 20.0;
                let value = prior.value(unit);
                assert!((1.0..=100.0).contains(&value));
                assert!((prior.unit(value) - unit).abs() < 1e-5, "{distribution:?}");
            }
        }
        assert!((with(Distribution::Log).exact(0.5) - 10.0).abs() < 1e-12);
        // The median of a normal distribution that is cut symmetrically is its mean.
        let even = Prior {
            low: 10.0,
            high: 50.0,
            ..with(normal)
        };
        assert!((even.exact(0.5) - 30.0).abs() < 1e-6);
    }

    #[test]
    fn values_have_six_figures_or_whole_steps() {
        assert_eq!(six_figures(1.0 / 3.0), 0.333_333);
        assert_eq!(six_figures(-1_234_567.0), -1_234_570.0);
        assert_eq!(six_figures(0.0), 0.0);
        let whole = Prior {
            step: Some(1.0),
            ..Prior::uniform("key", 2.0, 5.0)
        };
        assert_eq!([0.0, 0.4, 1.0].map(|u| whole.value(u)), [2.0, 3.0, 5.0]);
    }

    #[test]
    fn unusable_priors_say_why() {
        assert!(Prior::uniform("key", 2.0, 2.0).error().is_some());
        assert!(Prior::uniform("key", f64::NAN, 2.0).error().is_some());
        let mut prior = with(Distribution::Log);
        prior.low = 0.0;
        assert!(prior.error().is_some_and(|error| error.contains("above 0")));
        let far = Distribution::Normal {
            mean: 1e9,
            deviation: 1.0,
        };
        assert!(with(far).error().is_some());
    }
}
