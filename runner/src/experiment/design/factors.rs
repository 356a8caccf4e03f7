//! Factors: keys that vary, each over a list of values or a range.
//!
//! `KEY=A,B,C` lists values; a comma inside brackets or quotes does not separate. `KEY=LOW..HIGH` is a
//! range of numbers, or of quantities with one unit (`1h..6h`, `100/s..900/s`). Values of a range are
//! printed in that unit with six digits, as in scenarios. An empty first value, `KEY=,A`, unsets the
//! key.

use patchday_agents::scenario::{
    parameter::Value,
    quantity::{Rate, Span},
};

use crate::experiment::error::ExperimentError;
use crate::host::error::Failure;

/// The levels of a factor.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Levels {
    /// These values, as they are written in a scenario.
    Values(Vec<String>),
    /// All numbers of a range.
    Range(Range),
}

/// A range of numbers, with a unit after each or without one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Range {
    pub(crate) low: f64,
    pub(crate) high: f64,
    unit: String,
    /// Whether its values are whole numbers.
    whole: bool,
}

/// A key that varies, with its levels.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Factor {
    pub(crate) key: String,
    pub(crate) levels: Levels,
}

impl Range {
    /// Reads `LOW..HIGH`; `None` if the text is not a range.
    ///
    /// # Errors
    /// Returns an error if the units differ, if the range is empty, or if an end is not a value.
    fn parse(text: &str) -> Option<Result<Self, String>> {
        let (low, high) = text.split_once("..")?;
        let (low, high) = (low.trim(), high.trim().trim_start_matches('='));
        let split = |text: &str| {
            let end = text.find(|c: char| !(c.is_ascii_digit() || ".-_".contains(c)));
            let (number, unit) = text.split_at(end.unwrap_or(text.len()));
            let value = number.replace('_', "").parse::<f64>().ok();
            value.map(|value| (value, unit.trim().to_owned(), number.contains('.')))
        };
        let ((low, unit, low_point), (high, other, high_point)) = split(low).zip(split(high))?;
        if unit != other {
            let what = format!("`{text}`: both ends need one unit, such as 1h..6h");
            return Some(Err(what));
        }
        if low >= high {
            return Some(Err(format!("`{text}`: the first must be below the second")));
        }
        let range = Self {
            low,
            high,
            unit,
            whole: !low_point && !high_point,
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

    /// The unit after its numbers; empty if there is none.
    pub(crate) fn unit(&self) -> &str {
        &self.unit
    }

    /// The distance between two values, if values between them are rounded: whole numbers, and whole
    /// seconds in the unit of the range.
    pub(crate) fn step(&self) -> Option<f64> {
        let whole = self.whole.then_some(1.0);
        seconds_of(&self.unit).map_or(whole, |seconds| Some(1.0 / seconds))
    }

    /// The value at a position from 0 (low) to 1 (high).
    pub(crate) fn at(&self, position: f64) -> f64 {
        (self.low + (self.high - self.low) * position).clamp(self.low, self.high)
    }

    /// The value at a position from 0 to 1 of a sample, in which every value is equally likely: of
    /// whole numbers, each has an equal part of the positions.
    pub(crate) fn sampled(&self, position: f64) -> f64 {
        if self.whole && self.unit.is_empty() {
            let count = self.high.round() - self.low.round() + 1.0;
            let value = self.low.round() + (position * count).floor();
            value.min(self.high.round())
        } else {
            self.at(position)
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
            // Times are whole seconds.
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
            return Some(f64::from(span.seconds()) / seconds);
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

/// A value of a key as a number and its unit, for axes; times are in hours.
pub(crate) fn magnitude(text: &str) -> Option<(f64, String)> {
    let bare = text.trim().trim_matches('"').replace('_', "");
    let end = bare.find(|c: char| !(c.is_ascii_digit() || ".-".contains(c)));
    let (number, unit) = bare.split_at(end.unwrap_or(bare.len()));
    if let (false, Ok(span)) = (unit.is_empty(), bare.parse::<Span>()) {
        return Some((f64::from(span.seconds()) / 3_600.0, " h".into()));
    }
    Some((number.parse().ok()?, unit.trim().to_owned()))
}

/// The values of a key as numbers with one unit; `None` if they are not numbers or the units differ.
pub(crate) fn numbers(texts: &[&str]) -> Option<(Vec<f64>, String)> {
    let read: Vec<(f64, String)> = texts
        .iter()
        .map(|text| magnitude(text))
        .collect::<Option<_>>()?;
    let unit = read.first()?.1.clone();
    let same = read.iter().all(|(_, other)| *other == unit);
    if !same {
        return None;
    }
    let values = read.into_iter().map(|(value, _)| value);
    let values: Vec<f64> = values.collect();
    let most = values.iter().copied().fold(0.0, f64::max);
    // Times are in the unit in which the longest one is short to write.
    let (factor, unit) = match unit.as_str() {
        " h" if most < 1.0 / 30.0 => (3_600.0, " s".to_owned()),
        " h" if most < 2.0 => (60.0, " min".to_owned()),
        _ => (1.0, unit),
    };
    Some((
        values.into_iter().map(|value| value * factor).collect(),
        unit,
    ))
}

/// The length of a unit of time in seconds.
fn seconds_of(unit: &str) -> Option<f64> {
    let one = format!("1{unit}").parse::<Span>().ok()?;
    Some(f64::from(one.seconds()))
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

impl Factor {
    /// Reads `KEY=LEVELS`.
    ///
    /// # Errors
    /// Returns an error if there is no key, or if a level is invalid.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let wrong = |fault: &str| {
            Failure::from(ExperimentError::Levels {
                text: text.to_owned(),
                fault: fault.to_owned(),
            })
        };
        let (key, levels) = text.split_once('=').ok_or_else(|| wrong("no `=`"))?;
        let key = key.trim();
        if key.is_empty() {
            return Err(wrong("no key"));
        }
        let values = values(levels);
        // An empty value unsets the key. Only the first one can be empty, because elsewhere it is
        // rather a slip.
        if values.iter().skip(1).any(String::is_empty) {
            return Err(wrong(
                "an empty value; to unset the key at one level, write it first, as in KEY=,A",
            ));
        }
        let twice = values.iter().enumerate();
        let mut twice = twice.filter(|(place, value)| values[..*place].contains(value));
        if let Some((_, value)) = twice.next() {
            return Err(wrong(&format!("`{value}` is given twice")));
        }
        let levels = match values.as_slice() {
            [one] => match Range::parse(one) {
                Some(range) => Levels::Range(range.map_err(|what| wrong(&what))?),
                None => Levels::Values(values),
            },
            _ => Levels::Values(values),
        };
        Ok(Self {
            key: key.to_owned(),
            levels,
        })
    }

    /// Adapts a range to a key with this value: its values are whole numbers if the value is one.
    pub(crate) fn fit(&mut self, today: Option<&Value>) {
        if let (Levels::Range(range), Some(value)) = (&mut self.levels, today) {
            range.whole = matches!(value, Value::Integer(_));
        }
    }

    /// The range of a factor.
    ///
    /// # Errors
    /// Returns an error if the levels are a list of values.
    pub(crate) fn range(&self) -> Result<&Range, Failure> {
        match &self.levels {
            Levels::Range(range) => Ok(range),
            Levels::Values(_) => Err(ExperimentError::NoRange(self.key.clone()).into()),
        }
    }
}

/// The values between commas; commas inside brackets or quotes do not separate.
fn values(text: &str) -> Vec<String> {
    let (mut depth, mut quote) = (0_i32, None);
    let mut parts = vec![String::new()];
    for c in text.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth -= 1,
            _ => {}
        }
        if c == ',' && depth == 0 && quote.is_none() {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lists_and_ranges_are_read() {
        let levels = |text| Factor::parse(text).map(|factor| factor.levels);
        let list = |values: &[&str]| {
            Levels::Values(values.iter().map(|value| (*value).to_owned()).collect())
        };
        assert_eq!(levels("a.b=1,2, 3").unwrap(), list(&["1", "2", "3"]));
        assert_eq!(levels("a=[1,2],'x,y'").unwrap(), list(&["[1,2]", "'x,y'"]));
        assert_eq!(levels("a=full").unwrap(), list(&["full"]));
        for (text, place, value) in [
            ("a=0.0..1.0", 0.137, "0.137"),
            ("a=0.0..1.0", 1.0, "1.0"),
            ("a=1h..5h", 0.5, "3h"),
            ("a=1h..2h", 0.25, "4500s"),
            ("a=5s..80s", 0.125, "14s"),
            ("a=100/s..200/s", 0.255, "126/s"),
            ("a=1_000..3_000", 0.5, "2000"),
            ("a=-10.5..10.5", 0.0, "-10.5"),
        ] {
            let factor = Factor::parse(text).unwrap();
            let range = factor.range().unwrap();
            assert_eq!(range.text(range.at(place)), value, "{text}");
        }
        let endless = format!("a=1..{}", "9".repeat(400));
        for wrong in [
            "a=5,7,5",
            "a",
            "=1",
            "a=1,",
            "a=1,,2",
            "a=2..1",
            "a=1h..3m",
            "a=1..1",
            "a=-1h..1h",
            "a=4s..44294967295s",
            &endless,
        ] {
            assert!(Factor::parse(wrong).is_err(), "{wrong}");
        }
        assert!(Factor::parse("a=1,2").unwrap().range().is_err());
        assert_eq!(levels("a=,1").unwrap(), list(&["", "1"]));
        assert_eq!(levels("a=").unwrap(), list(&[""]));
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
            let range = Range { low, high: low + width, unit: "/s".into(), whole: false };
            let value = range.at(place);
            prop_assert!((low..=low + width).contains(&value));
            let read = range.number(&range.text(value)).unwrap();
            prop_assert!((read - value).abs() <= value.abs() * 1e-5 + 1e-5, "{value} {read}");
        }
    }
}
