//! What a search for an edge found, and how it is told.

use serde::{Deserialize, Serialize};

use crate::{
    experiment::{
        design::factors::Range,
        stats::{intervals::share, logistic::Trials},
    },
    host::format::wait,
};

/// What came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub(crate) key: String,
    pub(crate) criterion: String,
    /// The tipping point; null without an edge.
    pub(crate) tip: Option<f64>,
    /// Its 95 % interval; an end is null where the runs set no bound within the range.
    pub(crate) interval: Option<(Option<f64>, Option<f64>)>,
    /// Today's value, if it is a number.
    pub(crate) today: Option<f64>,
    /// The steepness of the response there, below zero where runs survive below it.
    pub(crate) slope: Option<f64>,
    /// How many times as large (or small) the tipping point is as today's value.
    pub(crate) margin: Option<f64>,
    /// On which side of it today's value lies, and how far; null where one of both is.
    #[serde(default)]
    pub(crate) standing: Option<String>,
    /// What is to be said about it, if there is no edge or the response is odd.
    pub(crate) remark: Option<String>,
    /// The response: level, runs, those that survived.
    pub(crate) levels: Vec<(String, u32, u32)>,
    /// The levels as numbers, and the range they were sought in, in the unit of the range.
    pub(crate) values: Vec<f64>,
    pub(crate) range: (f64, f64),
    pub(crate) unit: String,
    pub(crate) runs: u32,
    pub(crate) failed: u32,
}

/// So many of so many.
pub(crate) fn fraction(one: &Trials) -> String {
    format!("{} of {}", one.successes, one.runs)
}

/// Two levels that differ against the trend by more than chance: their 95 % intervals
/// do not touch.
pub(crate) fn against_the_trend(
    trials: &[Trials],
    success_below: bool,
) -> Option<(Trials, Trials)> {
    let interval = |one: &Trials| share(one.successes, one.runs);
    for (place, one) in trials.iter().enumerate() {
        for other in &trials[place + 1..] {
            let (lower, upper) = (interval(one)?, interval(other)?);
            let against = match success_below {
                true => lower.high < upper.low,
                false => lower.low > upper.high,
            };
            if against {
                return Some((*one, *other));
            }
        }
    }
    None
}

/// Where today's value stands beside an edge: on which side, and how far from it.
pub(crate) fn standing(
    today: f64,
    tip: f64,
    (low, high): (Option<f64>, Option<f64>),
    success_below: bool,
    text: impl Fn(f64) -> String,
) -> String {
    let change = match tip > today {
        true => "grow",
        false => "fall",
    };
    // A share of nothing, or across it, is none.
    let by = match today * tip > 0.0 {
        true => format!("by {:.0} %", (tip / today - 1.0).abs() * 100.0),
        false => format!("to {}", text(tip)),
    };
    let (now, edge) = (text(today), text(tip));
    let below = low.is_some_and(|low| today < low);
    let above = high.is_some_and(|high| today > high);
    match (below || above, (today < tip) == success_below) {
        (true, true) => format!(
            "today {now} lies on the safe side of the edge at {edge}: it could {change} {by} before \
             half of the runs are lost"
        ),
        (true, false) => format!(
            "today {now} lies beyond the edge at {edge}: it would have to {change} {by} for half of \
             the runs to survive"
        ),
        (false, _) => format!(
            "today {now} lies within the interval of the edge at {edge}: which side it is on, these \
             runs cannot tell"
        ),
    }
}

impl Answer {
    /// For people; numbers in the unit of `range`.
    pub(crate) fn text(&self, range: &Range, seconds: f64) -> String {
        let mut text = String::new();
        if let (Some(tip), Some((low, high))) = (self.tip, self.interval) {
            let bound = |value: Option<f64>, side: &str, end: f64| {
                let open = || format!("open {side} {}", range.text(end));
                value.map_or_else(open, |value| range.text(value))
            };
            text.push_str(&format!(
                "tipping point  {}  (95 % interval {} .. {})   ",
                range.text(tip),
                bound(low, "below", range.low),
                bound(high, "above", range.high)
            ));
        }
        text.push_str(&format!(
            "{} levels tried, {} runs, {}\n",
            self.levels.len(),
            self.runs,
            wait(seconds)
        ));
        if let Some(remark) = &self.remark {
            text.push_str(&format!("{remark}\n"));
        }
        let width = self
            .levels
            .iter()
            .map(|(level, ..)| level.len())
            .max()
            .unwrap_or(5)
            .max(5);
        text.push_str(&format!("{:>width$}  survived\n", "level"));
        for (level, runs, survived) in &self.levels {
            let bar = "#".repeat((20 * survived / runs.max(&1)) as usize);
            text.push_str(format!("{level:>width$}  {survived:>4}/{runs:<4} {bar}").trim_end());
            text.push('\n');
        }
        if let Some(standing) = &self.standing {
            let margin = self.margin.map(|margin| format!(" (margin x{margin:.2})"));
            text.push_str(&format!("{standing}{}\n", margin.unwrap_or_default()));
        }
        if self.failed > 0 {
            text.push_str(&format!("{} runs failed and count as lost\n", self.failed));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trials(counts: &[(u32, u32)]) -> Vec<Trials> {
        let one = |(place, (successes, runs)): (usize, &(u32, u32))| Trials {
            level: place as f64,
            runs: *runs,
            successes: *successes,
        };
        counts.iter().enumerate().map(one).collect()
    }

    #[test]
    fn a_response_without_one_direction_is_told_from_noise() {
        assert!(
            against_the_trend(&trials(&[(20, 20), (18, 20), (19, 20), (0, 20)]), true).is_none()
        );
        let odd = against_the_trend(&trials(&[(20, 20), (1, 20), (19, 20), (0, 20)]), true);
        assert_eq!(
            odd.map(|(one, other)| (one.level, other.level)),
            Some((1.0, 2.0))
        );
        assert!(against_the_trend(&trials(&[(0, 20), (10, 20), (20, 20)]), false).is_none());
        assert!(against_the_trend(&trials(&[(1, 2), (2, 2), (0, 2)]), true).is_none());
    }

    #[test]
    fn today_lies_on_a_side_of_the_edge() {
        let of = |today: f64, tip: f64, below: bool| {
            let interval = (Some(tip - 0.05), Some(tip + 0.05));
            standing(today, tip, interval, below, |value| format!("{value}"))
        };
        for (said, parts) in [
            (
                of(0.8, 0.51, true),
                ["beyond the edge at 0.51", "fall by 36 %"],
            ),
            (of(0.4, 0.5, true), ["safe side", "grow by 25 %"]),
            (of(6000.0, 2756.0, false), ["safe side", "fall by 54 %"]),
            (of(2000.0, 3000.0, false), ["beyond", "grow by 50 %"]),
            (of(0.0, 0.5, true), ["safe side", "grow to 0.5"]),
            (of(0.48, 0.5, true), ["within the interval", "cannot tell"]),
        ] {
            let all = parts.iter().all(|part| said.contains(part));
            assert!(all, "{said}");
        }
        // An end that is open is no fence.
        let open = standing(0.1, 0.2, (None, Some(0.3)), true, |value| value.to_string());
        assert!(open.contains("cannot tell"), "{open}");
    }
}
