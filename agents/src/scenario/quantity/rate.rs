//! Rates: events per unit of time.
//!
//! Invariant: a rate is finite and not negative. Units: events per second.

use std::fmt;
use std::str::FromStr;

use crate::scenario::quantity::decimal::{Unreadable, decimal};

/// The seconds in each unit of a rate.
const UNITS: [(&str, f64); 4] = [("s", 1.0), ("m", 60.0), ("h", 3_600.0), ("d", 86_400.0)];

/// A rate in events per second. It is a float, because only the compilation of a scenario uses
/// it; decisions in a run use integers.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Rate(f64);

impl Rate {
    /// The rate of zero.
    pub const ZERO: Self = Self(0.0);

    /// Creates a rate in events per second, if it is finite and not negative.
    pub fn from_per_second(events: f64) -> Option<Self> {
        // The sum turns a negative zero, which would print as "-0", into zero.
        (events.is_finite() && events >= 0.0).then_some(Self(events + 0.0))
    }

    /// Returns this rate times `factor`, rounded to twelve digits so that it prints without the
    /// rounding error of the product. Returns the unchanged rate if the product is not a rate.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        let product = format!("{:.11e}", self.per_second() * factor);
        let rounded = product.parse().ok().and_then(Self::from_per_second);
        rounded.unwrap_or(self)
    }

    /// Returns the events per second.
    pub const fn per_second(self) -> f64 {
        self.0
    }
}

impl fmt::Display for Rate {
    /// Prints a whole number in the shortest unit in which it is exact, or else the shortest
    /// decimal per second that is exact.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (unit, seconds) in UNITS {
            let count = (self.0 * seconds).round();
            if count < 1e15 && count / seconds == self.0 {
                return write!(f, "{count}/{unit}");
            }
        }
        write!(f, "{:?}/s", self.0)
    }
}

impl FromStr for Rate {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let (number, unit) = text.split_once('/').ok_or(Unreadable)?;
        let seconds = UNITS
            .iter()
            .find(|known| known.0 == unit.trim())
            .ok_or(Unreadable)?
            .1;
        let count = decimal(number.trim()).ok_or(Unreadable)?;
        Self::from_per_second(count / seconds).ok_or(Unreadable)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rates_are_read_and_printed() {
        for (text, canonical) in [
            ("500/s", "500/s"),
            ("10000/m", "10000/m"),
            ("60/m", "1/s"),
            ("0.5/s", "30/m"),
            ("3/h", "3/h"),
            ("2/d", "2/d"),
            ("0/d", "0/s"),
            ("1.7 / s", "102/m"),
            ("0.3333/s", "0.3333/s"),
        ] {
            assert_eq!(
                text.parse::<Rate>().unwrap().to_string(),
                canonical,
                "{text}"
            );
        }
        assert_eq!(
            "10000/m".parse::<Rate>().unwrap().per_second(),
            10_000.0 / 60.0
        );
    }

    #[test]
    fn a_scaled_rate_prints_without_rounding_errors() {
        let scaled = |text: &str, factor| text.parse::<Rate>().unwrap().scaled(factor).to_string();
        assert_eq!(scaled("630/h", 0.01), "0.00175/s");
        assert_eq!(scaled("800/s", 0.000_001), "0.0008/s");
        assert_eq!(scaled("0/s", 0.5), "0/s");
    }

    #[test]
    fn other_notations_of_rates_are_rejected() {
        for text in [
            "", "500", "/s", "500/", "500/y", "-1/s", "nan/s", "inf/s", "1e999/s", "1/s/s",
        ] {
            assert_eq!(text.parse::<Rate>(), Err(Unreadable), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_rate_reads_back(bits: u64) {
            if let Some(rate) = Rate::from_per_second(f64::from_bits(bits)) {
                prop_assert_eq!(rate.to_string().parse(), Ok(rate));
            }
        }

        #[test]
        fn counts_in_any_unit_read_back(count in 0_u32.., unit in 0_usize..4) {
            let rate: Rate = format!("{count}/{}", UNITS[unit].0).parse().unwrap();
            prop_assert_eq!(rate.to_string().parse(), Ok(rate));
        }
    }
}
