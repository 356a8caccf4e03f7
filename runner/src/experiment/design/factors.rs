//! Factors: keys that vary, each over a list of values or a range.
//!
//! `KEY=A,B,C` lists values; a comma inside brackets or quotes does not separate. `KEY=LOW..HIGH` is a
//! range of numbers, or of quantities with one unit (`1h..6h`, `100/s..900/s`); `KEY=LOW..HIGH,log` has
//! equal ratios as equal steps. An empty first value, `KEY=,A`, unsets the key.

use patchday_agents::scenario::{parameter::Value, quantity::Span};

use crate::experiment::{design::range::Range, error::ExperimentError};
use crate::host::error::Failure;

/// The levels of a factor.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Levels {
    /// These values, as they are written in a scenario.
    Values(Vec<String>),
    /// All numbers of a range.
    Range(Range),
}

/// A key that varies, with its levels.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Factor {
    pub(crate) key: String,
    pub(crate) levels: Levels,
}

/// A value of a key as a number and its unit, for axes; times are in hours.
pub(crate) fn magnitude(text: &str) -> Option<(f64, String)> {
    let bare = text.trim().trim_matches('"').replace('_', "");
    let end = bare.find(|c: char| !(c.is_ascii_digit() || ".-".contains(c)));
    let (number, unit) = bare.split_at(end.unwrap_or(bare.len()));
    if let (false, Ok(span)) = (unit.is_empty(), bare.parse::<Span>()) {
        return Some((span.hours(), " h".into()));
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
            [one, more @ ..] => match (Range::parse(one), more) {
                (Some(range), [scale]) if scale == "log" => {
                    let range = range.and_then(Range::logarithmic);
                    Levels::Range(range.map_err(|what| wrong(&what))?)
                }
                (Some(_), _) => return Err(wrong("after a range only `,log` is allowed")),
                (None, _) => Levels::Values(values),
            },
            [] => Levels::Values(values),
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
}
