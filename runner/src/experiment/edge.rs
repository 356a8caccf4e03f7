//! What a search for an edge found, and how it is told.

use serde::{Deserialize, Serialize};

use crate::{
    experiment::{factor::Range, logistic::Trials, statistics::share},
    figures::wait,
};

/// What came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub(crate) key: String,
    pub(crate) criterion: String,
    /// The tipping point; null without an edge.
    pub(crate) tip: Option<f64>,
    /// Its 95 % interval; an end is null where the runs set no bound.
    pub(crate) interval: Option<(Option<f64>, Option<f64>)>,
    /// Today's value, if it is a number.
    pub(crate) today: Option<f64>,
    /// The steepness of the response there, below zero where runs survive below it.
    pub(crate) slope: Option<f64>,
    /// How many times as large (or small) the tipping point is as today's value.
    pub(crate) margin: Option<f64>,
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

impl Answer {
    /// For people; numbers in the unit of `range`.
    pub(crate) fn text(&self, range: &Range, seconds: f64) -> String {
        let mut text = String::new();
        if let (Some(tip), Some((low, high))) = (self.tip, self.interval) {
            let bound = |value: Option<f64>| {
                value.map_or_else(|| "?".to_owned(), |value| range.text(value))
            };
            text.push_str(&format!(
                "tipping point  {}  (95 % interval {} .. {})   ",
                range.text(tip),
                bound(low),
                bound(high)
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
        if let (Some(today), Some(margin)) = (self.today, self.margin) {
            text.push_str(&format!(
                "today {}: margin x{margin:.2}\n",
                range.text(today)
            ));
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
}
