//! The answer to `patchday tip`: the member `answer` of `answer.json`, and its text.

use serde::{Deserialize, Serialize};

use crate::{experiment::design::range::Range, host::format::four_figures};

/// The runs at one level. In JSON it is an array of the three.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "(String, u32, u32)", into = "(String, u32, u32)")]
pub(crate) struct Level {
    /// The value of the key.
    pub(crate) level: String,
    pub(crate) runs: u32,
    /// How many of the runs met the criterion.
    pub(crate) survived: u32,
}

impl From<(String, u32, u32)> for Level {
    fn from((level, runs, survived): (String, u32, u32)) -> Self {
        Self {
            level,
            runs,
            survived,
        }
    }
}

impl From<Level> for (String, u32, u32) {
    fn from(one: Level) -> Self {
        (one.level, one.runs, one.survived)
    }
}

/// The answer to `patchday tip`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TipAnswer {
    pub(crate) key: String,
    pub(crate) criterion: String,
    /// The tipping point; null if there is none in the range.
    pub(crate) tip: Option<f64>,
    /// Its 95 % interval; an end is null if the runs set no bound within the range.
    pub(crate) interval: Option<(Option<f64>, Option<f64>)>,
    /// Today's value, if it is a number.
    pub(crate) today: Option<f64>,
    /// The steepness of the response there, negative if runs survive below it.
    pub(crate) slope: Option<f64>,
    /// The ratio of the tipping point and today's value, above 1 if today is on the safe side.
    pub(crate) margin: Option<f64>,
    /// The side of the tipping point on which today's value is, and the distance; null if either is
    /// null.
    #[serde(default)]
    pub(crate) standing: Option<String>,
    /// Says why there is no tipping point, or why the tipping point means little.
    pub(crate) remark: Option<String>,
    /// The response at each level.
    pub(crate) levels: Vec<Level>,
    /// At each level, how many of the runs were in an outage when they ended: they never came back.
    #[serde(default)]
    pub(crate) never_over: Vec<u32>,
    /// The levels as numbers, and the range that was searched, in `unit`.
    pub(crate) values: Vec<f64>,
    pub(crate) range: (f64, f64),
    pub(crate) unit: String,
    pub(crate) runs: u32,
    pub(crate) failed: u32,
}

/// A row of the table of levels.
#[derive(Clone, Copy, Debug)]
pub(crate) enum LevelRow<'a> {
    /// A level that was tried.
    Tried {
        level: &'a Level,
        never_over: u32,
        is_today: bool,
    },
    /// Today's value, which was not tried, in its place.
    Today(f64),
}

impl TipAnswer {
    /// The levels in their order, with today's value among them.
    pub(crate) fn rows(&self) -> Vec<LevelRow<'_>> {
        let near = (self.range.1 - self.range.0).abs() * 1e-4;
        let is_today = |value: f64| self.today.is_some_and(|today| (today - value).abs() < near);
        let mut rows = Vec::new();
        let tried = self.values.iter().any(|value| is_today(*value));
        let mut today = self.today.filter(|_| !tried);
        for (place, (level, value)) in self.levels.iter().zip(&self.values).enumerate() {
            if let Some(before) = today.take_if(|today| *today < *value) {
                rows.push(LevelRow::Today(before));
            }
            rows.push(LevelRow::Tried {
                level,
                never_over: self.never_over.get(place).copied().unwrap_or(0),
                is_today: is_today(*value),
            });
        }
        rows.extend(today.map(LevelRow::Today));
        rows
    }

    /// A value of the key with its unit.
    pub(crate) fn number(&self, value: f64) -> String {
        format!("{}{}", four_figures(value), self.unit)
    }

    /// The answer as text, with levels in the form of `range`.
    pub(crate) fn text(&self, range: &Range) -> String {
        let mut text = String::new();
        if let (Some(tip), Some((low, high))) = (self.tip, self.interval) {
            let bound = |value: Option<f64>, side: &str, end: f64| {
                let open = || format!("open {side} {}", range.text(end));
                value.map_or_else(open, |value| range.text(four_figures(value)))
            };
            text.push_str(&format!(
                "tipping point  {}  (95 % interval {} .. {})\n",
                range.text(four_figures(tip)),
                bound(low, "below", range.low),
                bound(high, "above", range.high)
            ));
        }
        text.push_str(&format!(
            "{} levels tried, {} runs\n",
            self.levels.len(),
            self.runs
        ));
        if let Some(remark) = &self.remark {
            text.push_str(&format!("{remark}\n"));
        }
        let width = self
            .levels
            .iter()
            .map(|one| one.level.len())
            .max()
            .unwrap_or(5)
            .max(5);
        let today = self.today.map_or(0, |today| self.number(today).len());
        let width = width.max(today);
        text.push_str(&format!("{:>width$}  survived\n", "level"));
        for row in self.rows() {
            let line = match row {
                LevelRow::Today(today) => {
                    format!("{:>width$}  today, not tried", self.number(today))
                }
                LevelRow::Tried {
                    level,
                    never_over,
                    is_today,
                } => {
                    let Level {
                        level,
                        runs,
                        survived,
                    } = level;
                    let bar = "#".repeat((20 * survived / runs.max(&1)) as usize);
                    let never = match never_over {
                        0 => String::new(),
                        never => format!("never over in {never}"),
                    };
                    let today = if is_today { "  today" } else { "" };
                    format!("{level:>width$}  {survived:>4}/{runs:<4} {bar:<20} {never}{today}")
                }
            };
            text.push_str(line.trim_end());
            text.push('\n');
        }
        if self.never_over.iter().any(|never| *never > 0) {
            text.push_str(
                "never over: runs in an outage when they ended; their figures are at least what the \
                 runs show\n",
            );
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
    use crate::experiment::design::factors::Factor;

    fn answer(today: f64) -> TipAnswer {
        let answer = serde_json::json!({"key": "a", "criterion": "x", "tip": null,
            "interval": null, "today": today, "slope": null, "margin": null, "remark": null,
            "levels": [["10/s", 4, 0], ["20/s", 4, 1], ["30/s", 4, 4]],
            "never_over": [3, 0, 0], "values": [10.0, 20.0, 30.0], "range": [10.0, 30.0],
            "unit": "/s", "runs": 12, "failed": 0});
        serde_json::from_value(answer).unwrap()
    }

    /// The rows in short: a level, `T` for today's value, both for a level that is today's value.
    fn rows(today: f64) -> String {
        let answer = answer(today);
        let shown = answer.rows().into_iter().map(|row| match row {
            LevelRow::Today(today) => format!("T{today}"),
            LevelRow::Tried {
                level, is_today, ..
            } => format!("{}{}", level.level, if is_today { "T" } else { "" }),
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn today_is_marked_among_the_levels() {
        assert_eq!(rows(20.0), "10/s 20/sT 30/s");
        assert_eq!(rows(25.0), "10/s 20/s T25 30/s");
        assert_eq!(rows(5.0), "T5 10/s 20/s 30/s");
        assert_eq!(rows(50.0), "10/s 20/s 30/s T50");
    }

    #[test]
    fn runs_that_never_came_back_are_counted_at_their_level() {
        let factor = Factor::parse("a=10/s..30/s").unwrap();
        let range = factor.range().unwrap();
        let text = answer(25.0).text(range);
        assert!(
            text.contains(" 10/s     0/4                         never over in 3\n"),
            "{text}"
        );
        assert!(text.contains(" 25/s  today, not tried\n"), "{text}");
        assert!(text.contains("never over: runs in an outage"), "{text}");
    }
}
