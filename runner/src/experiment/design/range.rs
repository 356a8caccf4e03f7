//! Ranges of numbers that a key can have: linear or logarithmic, whole or not, with a unit or without.
//!
//! A position from 0 to 1 is a place of the range. Values are printed in the unit of the range with six
//! digits, as in scenarios; times are whole seconds, or whole milliseconds if an end of the range is no
//! whole number of seconds.

use patchday_agents::scenario::{
    parameter::Value,
    quantity::{Rate, Span},
};

/// A range of numbers, with a unit after each or without one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Range {
    pub(crate) low: f64,
    pub(crate) high: f64,
    unit: String,
    /// Whether its values are whole numbers.
    pub(super) whole: bool,
    /// Whether equal steps are equal ratios; then both ends are above 0.
    log: bool,
}

impl Range {
    /// Reads `LOW..HIGH`; `None` if the text is not a range. Two units of time, or two of rates, are
    /// converted to the first one.
    ///
    /// # Errors
    /// Returns an error if the units differ, if the range is empty, or if an end is not a value.
    pub(super) fn parse(text: &str) -> Option<Result<Self, String>> {
        let (low, high) = text.split_once("..")?;
        let (low, high) = (low.trim(), high.trim().trim_start_matches('='));
        let split = |text: &str| {
            let end = text.find(|c: char| !(c.is_ascii_digit() || ".-_".contains(c)));
            let (number, unit) = text.split_at(end.unwrap_or(text.len()));
            let value = number.replace('_', "").parse::<f64>().ok();
            value.map(|value| (value, unit.trim().to_owned(), number.contains('.')))
        };
        let ((low, unit, low_point), (high, other, high_point)) = split(low).zip(split(high))?;
        let Some(factor) = units_in(&other, &unit) else {
            let what = format!("`{text}`: both ends need one unit, such as 1h..6h");
            return Some(Err(what));
        };
        let high = high * factor;
        if low >= high {
            return Some(Err(format!("`{text}`: the first must be below the second")));
        }
        let range = Self {
            low,
            high,
            unit,
            whole: !low_point && !high_point && high.fract() == 0.0,
            log: false,
        };
        // If both ends are values, so is everything between them.
        let is_value = |end| range.number(&range.text(end)).is_some_and(f64::is_finite);
        if is_value(low) && is_value(high) {
            Some(Ok(range))
        } else {
            Some(Err(format!(
                "`{text}`: an end is not a valid value of a key"
            )))
        }
    }

    /// The range of multiples of a value, from `by.0` to `by.1` times it; equal steps are equal ratios.
    /// `None` if the value is not a number above 0, or if both ends are one value.
    pub(crate) fn of_multiples(value: &Value, by: (f64, f64)) -> Option<Self> {
        let (number, unit) = match value {
            Value::Integer(number) => (*number as f64, String::new()),
            Value::Number(number) => (*number, String::new()),
            Value::Text(text) => {
                let end = text.find(|c: char| !(c.is_ascii_digit() || ".-_".contains(c)))?;
                let (number, unit) = text.split_at(end);
                (
                    number.replace('_', "").parse().ok()?,
                    unit.trim().to_owned(),
                )
            }
            Value::Switch(_) | Value::List(_) => return None,
        };
        let whole = matches!(value, Value::Integer(_));
        let end = |factor: f64| {
            let end = number * factor;
            if whole { end.round().max(1.0) } else { end }
        };
        let range = Self {
            low: end(by.0),
            high: end(by.1),
            whole,
            log: true,
            unit,
        };
        let is_value = |end| range.number(&range.text(end)).is_some_and(f64::is_finite);
        let fits = range.low > 0.0 && range.low < range.high && number > 0.0;
        (fits && is_value(range.low) && is_value(range.high)).then_some(range)
    }

    /// The same range with equal ratios as equal steps.
    ///
    /// # Errors
    /// Returns an error if an end is not above 0.
    pub(super) fn logarithmic(self) -> Result<Self, String> {
        if self.low > 0.0 {
            Ok(Self { log: true, ..self })
        } else {
            Err("a logarithmic range needs ends above 0".into())
        }
    }

    /// Whether equal steps are equal ratios.
    pub(crate) fn is_logarithmic(&self) -> bool {
        self.log
    }

    /// The unit after its numbers; empty if there is none.
    pub(crate) fn unit(&self) -> &str {
        &self.unit
    }

    /// The distance between two values, if values between them are rounded: whole numbers, and whole
    /// seconds in the unit of the range.
    pub(crate) fn step(&self) -> Option<f64> {
        let whole = self.whole.then_some(1.0);
        let of_time = |seconds: f64| Some(self.resolution(seconds) / seconds);
        seconds_of(&self.unit).map_or(whole, of_time)
    }

    /// The value at a position from 0 (low) to 1 (high).
    pub(crate) fn at(&self, position: f64) -> f64 {
        self.between((self.low, self.high), position)
            .clamp(self.low, self.high)
    }

    fn between(&self, (low, high): (f64, f64), position: f64) -> f64 {
        if self.log {
            low * (high / low).powf(position)
        } else {
            low + (high - low) * position
        }
    }

    /// The position of a value, from 0 (low) to 1 (high).
    pub(crate) fn position(&self, value: f64) -> f64 {
        let value = value.clamp(self.low, self.high);
        if self.log {
            (value / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        }
    }

    /// The value at a position from 0 to 1 of a sample, in which every value, or in a logarithmic range
    /// every ratio, is equally likely: each whole number has the positions of what is rounded to it.
    pub(crate) fn sampled(&self, position: f64) -> f64 {
        if self.whole && self.unit.is_empty() {
            let (low, high) = (self.low.round(), self.high.round());
            let ends = (low - 0.5, high + 0.5);
            // The end of one number is the begin of the next.
            let value = (self.between(ends, position) + 0.5).floor();
            value.clamp(low, high)
        } else {
            self.at(position)
        }
    }

    /// The distance of two times, in seconds, in a unit of so many seconds: a second, or a millisecond if
    /// the unit is shorter or an end of the range is no whole number of seconds.
    fn resolution(&self, seconds: f64) -> f64 {
        // Far below a millisecond: the product has a rounding error.
        let whole = |end: f64| (end * seconds - (end * seconds).round()).abs() < 1e-4;
        if seconds >= 1.0 && whole(self.low) && whole(self.high) {
            1.0
        } else {
            0.001
        }
    }

    /// A number as the value of a key.
    pub(crate) fn text(&self, value: f64) -> String {
        let number = if self.whole {
            format!("{}", value.round())
        } else {
            significant(value)
        };
        if let Some(seconds) = seconds_of(&self.unit) {
            if self.resolution(seconds) < 1.0 {
                let millis = (value * seconds * 1_000.0).round();
                return format!("{millis}ms");
            }
            let whole = (value * seconds).round();
            let units = whole / seconds;
            return if units.fract() == 0.0 {
                format!("{units}{}", self.unit)
            } else {
                format!("{whole}s")
            };
        }
        match self.unit.as_str() {
            "" => number,
            unit => format!("{}{unit}", number.strip_suffix(".0").unwrap_or(&number)),
        }
    }

    /// The number of a value in this unit.
    pub(crate) fn number(&self, text: &str) -> Option<f64> {
        let bare = text.trim_matches('"').replace('_', "");
        if let Some(seconds) = seconds_of(&self.unit) {
            let span = bare.parse::<Span>().ok()?;
            return Some(span.as_seconds() / seconds);
        }
        if let Some(number) = bare.strip_suffix(self.unit.as_str()) {
            return number.trim().parse().ok();
        }
        // The text of a rate can have another unit.
        let one = format!("1{}", self.unit).parse::<Rate>().ok()?;
        let rate = bare.parse::<Rate>().ok()?;
        Some(rate.per_second() / one.per_second())
    }

    /// The number of a parsed value in this unit, if it is a number.
    pub(crate) fn number_of(&self, value: &Value) -> Option<f64> {
        match value {
            Value::Integer(number) => Some(*number as f64),
            Value::Number(number) => Some(*number),
            Value::Text(text) => self.number(text),
            Value::Switch(_) | Value::List(_) => None,
        }
    }
}

/// The length of a unit of time in seconds.
fn seconds_of(unit: &str) -> Option<f64> {
    let one = format!("1{unit}").parse::<Span>().ok()?;
    Some(one.as_seconds())
}

/// How many of `unit` one of `other` is; `None` if they measure different things.
fn units_in(other: &str, unit: &str) -> Option<f64> {
    if other == unit {
        return Some(1.0);
    }
    let rate_of = |unit: &str| {
        let rate = format!("1{unit}").parse::<Rate>().ok();
        rate.map(Rate::per_second)
    };
    let ratio = |size: &dyn Fn(&str) -> Option<f64>| Some(size(other)? / size(unit)?);
    ratio(&seconds_of).or_else(|| ratio(&rate_of))
}

/// A number with six digits and a decimal point.
fn significant(value: f64) -> String {
    if value == 0.0 {
        return "0.0".into();
    }
    let digits = (5 - value.abs().log10().floor() as i32).clamp(1, 12) as usize;
    let text = format!("{value:.digits$}");
    let trimmed = text.trim_end_matches('0');
    match trimmed.strip_suffix('.') {
        Some(whole) => format!("{whole}.0"),
        None => trimmed.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::experiment::design::factors::Factor;

    #[test]
    fn equal_steps_of_a_logarithmic_range_are_equal_ratios() {
        let factor = Factor::parse("a=1..1000,log").unwrap();
        let range = factor.range().unwrap();
        let values = [0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0].map(|place| range.text(range.at(place)));
        assert_eq!(values, ["1", "10", "100", "1000"]);
        let hours = Factor::parse("a=6h..3d,log").unwrap();
        let hours = hours.range().unwrap();
        assert_eq!((hours.low, hours.high, hours.unit()), (6.0, 72.0, "h"));
        assert_eq!(hours.text(hours.at(1.0)), "72h");
        for value in [6.0, 10.0, 71.0] {
            assert!((hours.at(hours.position(value)) - value).abs() < 1e-9);
        }
        for wrong in [
            "a=0..3,log",
            "a=-2..3,log",
            "a=1..3,lin",
            "a=1..3,log,log",
            "a=1h..3/s",
        ] {
            assert!(Factor::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn rates_in_two_units_are_one_range() {
        let factor = Factor::parse("a=1/s..7200/h").unwrap();
        let range = factor.range().unwrap();
        assert_eq!((range.low, range.high, range.unit()), (1.0, 2.0, "/s"));
    }

    #[test]
    fn multiples_of_a_value_are_a_logarithmic_range() {
        let text = |value: Value, by| {
            let range = Range::of_multiples(&value, by)?;
            assert!(range.is_logarithmic());
            Some(format!(
                "{}..{}",
                range.text(range.low),
                range.text(range.high)
            ))
        };
        let half = (0.5, 2.0);
        assert_eq!(text("6h".into(), half).unwrap(), "3h..12h");
        assert_eq!(text("330/h".into(), half).unwrap(), "165/h..660/h");
        assert_eq!(text(Value::Integer(7), half).unwrap(), "4..14");
        assert_eq!(text(Value::Integer(1), half).unwrap(), "1..2");
        assert_eq!(text(Value::Number(0.8), (0.5, 1.25)).unwrap(), "0.4..1.0");
        assert_eq!(text(Value::Number(0.0), half), None);
        assert_eq!(text(Value::Integer(1), (0.5, 1.1)), None);
        assert_eq!(text(Value::Switch(true), half), None);
        assert_eq!(text("full".into(), half), None);
    }

    #[test]
    fn every_whole_number_of_a_range_has_an_equal_part() {
        let factor = Factor::parse("a=1..3").unwrap();
        let range = factor.range().unwrap();
        let places = (0..300).map(|place| (f64::from(place) + 0.5) / 300.0);
        let values: Vec<String> = places
            .map(|place| range.text(range.sampled(place)))
            .collect();
        for value in ["1", "2", "3"] {
            let count = values.iter().filter(|text| *text == value).count();
            assert_eq!(count, 100, "{value}");
        }
        assert_eq!((range.sampled(0.0), range.sampled(1.0)), (1.0, 3.0));
        let spans = Factor::parse("a=1h..3h").unwrap();
        assert_eq!(spans.range().unwrap().sampled(0.25), 1.5);
    }

    #[test]
    fn a_value_is_a_number_in_the_unit_of_the_range() {
        let of = |range: &str, value: Value| {
            let factor = Factor::parse(range).unwrap();
            factor.range().unwrap().number_of(&value)
        };
        // A key may print 330/h as 0.0916666/s.
        assert_eq!(of("a=5/h..700/h", "330/h".into()), Some(330.0));
        assert_eq!(of("a=5/h..700/h", "2/s".into()), Some(7_200.0));
        assert_eq!(of("a=1/s..9/s", "7200/h".into()), Some(2.0));
        assert_eq!(of("a=1h..9h", "90m".into()), Some(1.5));
        assert_eq!(of("a=1..9", Value::Integer(6)), Some(6.0));
        assert_eq!(of("a=1/s..9/s", "full".into()), None);
    }

    proptest! {
        #[test]
        fn values_of_a_range_lie_in_it_and_read_back(
            low in -1e6..1e6_f64, width in 1e-3..1e6_f64, place in 0.0..=1.0_f64,
        ) {
            let range = Range { low, high: low + width, unit: "/s".into(), whole: false, log: false };
            let value = range.at(place);
            prop_assert!((low..=low + width).contains(&value));
            let read = range.number(&range.text(value)).unwrap();
            prop_assert!((read - value).abs() <= value.abs() * 1e-5 + 1e-5, "{value} {read}");
        }
    }

    #[test]
    fn times_are_whole_seconds_or_milliseconds() {
        for (text, position, value) in [
            ("a=1s..4s", 0.4, "2s"),
            ("a=1.1h..2.2h", 0.0, "3960s"),
            ("a=0.5s..2s", 0.5, "1250ms"),
            ("a=100ms..900ms", 0.5, "500ms"),
            ("a=1000ms..2000ms", 0.25, "1250ms"),
        ] {
            let factor = Factor::parse(text).unwrap();
            let range = factor.range().unwrap();
            assert_eq!(range.text(range.at(position)), value, "{text}");
        }
        let step = |text: &str| Factor::parse(text).unwrap().range().unwrap().step();
        assert_eq!(
            (step("a=1s..4s"), step("a=0.5s..4s")),
            (Some(1.0), Some(0.001))
        );
    }
}
