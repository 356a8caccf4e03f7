//! Means over runs of which some never came back: censored data.
//!
//! *Never* is not left out of a mean: a time is at least as long as what the run shows of it, which
//! is the longest dip that it has. Hours and users lost of a run that ended in an outage are likewise
//! those up to its end. The mean is then a bound, and is shown as *at least*.

use serde::{Deserialize, Serialize};

use crate::{
    experiment::stats::intervals::Interval,
    host::format::short,
    results::{
        figures::{self, Figures},
        summary::FigureId,
        units::{difference_with_unit, with_unit},
    },
};

/// A figure of one run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Observation {
    /// Its value; if it is *never*, the least that it can be.
    pub(crate) value: f64,
    pub(crate) never: bool,
    /// Whether the figure would be larger if the run went on: it is *never*, or it grows during an
    /// outage and the run ended in one.
    pub(crate) is_open: bool,
}

/// Whether a figure grows as long as an outage lasts.
fn grows(id: FigureId) -> bool {
    if let FigureId::Own(_) = id {
        return false;
    }
    let name = id.name();
    name.contains("hours_below") || name.contains("user_hours_lost")
}

impl Observation {
    /// The figure of a run. A figure that the run does not have, such as one of an outage that did not
    /// occur, counts as *never*.
    pub(crate) fn of(run: &Figures, id: FigureId) -> Self {
        if let Some(value) = figures::get(run, id).flatten() {
            return Self {
                value,
                never: false,
                is_open: grows(id) && figures::ends_in_outage(run),
            };
        }
        let shown = match id {
            FigureId::HoursTo50Percent => FigureId::LongestHoursBelow50Percent,
            _ => FigureId::LongestHoursBelow90Percent,
        };
        let is_time = id.unit() == "h";
        let shown = figures::get(run, shown).flatten().filter(|_| is_time);
        Self {
            value: shown.unwrap_or(0.0),
            never: true,
            is_open: true,
        }
    }
}

/// What a mean says about the true one if some runs never came back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MeanBound {
    /// All runs have a value.
    #[default]
    Exact,
    /// The true one is at least this large.
    AtLeast,
    /// The true one is at most this large.
    AtMost,
    /// It can be smaller or larger.
    Unknown,
}

/// A mean with its 95 % interval; an end is null if the data sets no bound.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Mean {
    pub(crate) value: f64,
    pub(crate) low: Option<f64>,
    pub(crate) high: Option<f64>,
    #[serde(default)]
    pub(crate) bound: MeanBound,
}

impl From<Interval> for Mean {
    fn from(interval: Interval) -> Self {
        let end = |end: f64| end.is_finite().then_some(end);
        Self {
            value: interval.value,
            low: end(interval.low),
            high: end(interval.high),
            bound: MeanBound::Exact,
        }
    }
}

impl Mean {
    /// Whether the interval does not contain zero.
    pub(crate) fn excludes_zero(&self) -> bool {
        self.low.is_some_and(|low| low > 0.0) || self.high.is_some_and(|high| high < 0.0)
    }

    /// The words before its value: `at least `, or nothing.
    pub(crate) fn prefix(&self) -> &'static str {
        match self.bound {
            MeanBound::Exact => "",
            MeanBound::AtLeast => "at least ",
            MeanBound::AtMost => "at most ",
            MeanBound::Unknown => "about ",
        }
    }

    /// The sign before its value in a picture: `≥ `, or nothing.
    pub(crate) fn sign(&self) -> &'static str {
        match self.bound {
            MeanBound::Exact => "",
            MeanBound::AtLeast => "≥ ",
            MeanBound::AtMost => "≤ ",
            MeanBound::Unknown => "~ ",
        }
    }

    /// It in natural units, such as `at least 2 h 5 min`.
    pub(crate) fn in_words(&self, unit: &str) -> String {
        format!("{}{}", self.prefix(), with_unit(self.value, unit))
    }

    /// It as a difference, with its interval, in natural units.
    pub(crate) fn difference_in_words(&self, unit: &str) -> String {
        self.phrase(|value| difference_with_unit(value, unit))
    }

    /// It with its interval, in natural units.
    pub(crate) fn interval_in_words(&self, unit: &str) -> String {
        self.phrase(|value| with_unit(value, unit))
    }

    fn phrase(&self, words: impl Fn(f64) -> String) -> String {
        let end = |end: Option<f64>| end.map_or_else(|| "open".into(), &words);
        format!(
            "{}{} (95 % interval {} to {})",
            self.prefix(),
            words(self.value),
            end(self.low),
            end(self.high)
        )
    }

    /// The interval, such as `0.10 .. 0.45`; `?` for an open end.
    pub(crate) fn interval(&self) -> String {
        let end = |end: Option<f64>| end.map_or_else(|| "?".to_owned(), finite);
        format!("{} .. {}", end(self.low), end(self.high))
    }
}

/// A finite number as text.
pub(crate) fn finite(value: f64) -> String {
    match value {
        v if v != 0.0 && v.abs() < 0.01 => format!("{v:.4}"),
        v if v.abs() < 1_000.0 => format!("{v:.2}"),
        v if v < 0.0 => format!("-{}", short(-v)),
        v => short(v),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_is_never_is_at_least_the_dip_that_the_run_shows() {
        let run = Figures::from([
            ("hours_to_90_percent".to_owned(), None),
            ("hours_to_50_percent".to_owned(), None),
            ("longest_hours_below_50_percent".to_owned(), Some(7.0)),
            ("longest_hours_below_90_percent".to_owned(), Some(20.0)),
            ("user_hours_lost".to_owned(), Some(5.0)),
            ("online_share_min.value".to_owned(), Some(0.1)),
            ("recovered".to_owned(), Some(0.0)),
        ]);
        for (id, value, never, is_open) in [
            (FigureId::HoursTo90Percent, 20.0, true, true),
            (FigureId::HoursTo50Percent, 7.0, true, true),
            (FigureId::OutageHours, 20.0, true, true),
            (FigureId::LongestHoursBelow50Percent, 7.0, false, true),
            (FigureId::UserHoursLost, 5.0, false, true),
            (FigureId::OnlineShareMin, 0.1, false, false),
            (FigureId::MeanAbsError, 0.0, true, true),
        ] {
            let expected = Observation {
                value,
                never,
                is_open,
            };
            assert_eq!(Observation::of(&run, id), expected, "{id}");
        }
    }

    #[test]
    fn a_bound_is_said_before_its_value() {
        let mean = |bound| Mean {
            value: 2.0,
            low: Some(1.0),
            high: None,
            bound,
        };
        assert_eq!(
            mean(MeanBound::AtLeast).interval_in_words("h"),
            "at least 2 h (95 % interval 1 h to open)"
        );
        assert_eq!(mean(MeanBound::Exact).in_words("h"), "2 h");
    }
}
