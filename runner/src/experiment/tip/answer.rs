//! The answer to `patchday tip`: the member `answer` of `answer.json`, and its text.

use serde::{Deserialize, Serialize};

use crate::{experiment::design::factors::Range, host::format::duration};

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
    /// The levels as numbers, and the range that was searched, in `unit`.
    pub(crate) values: Vec<f64>,
    pub(crate) range: (f64, f64),
    pub(crate) unit: String,
    pub(crate) runs: u32,
    pub(crate) failed: u32,
}

impl TipAnswer {
    /// The answer as text, with levels in the form of `range`; `wall_s` is the real time it took,
    /// in seconds.
    pub(crate) fn text(&self, range: &Range, wall_s: f64) -> String {
        let mut text = String::new();
        if let (Some(tip), Some((low, high))) = (self.tip, self.interval) {
            let bound = |value: Option<f64>, side: &str, end: f64| {
                let open = || format!("open {side} {}", range.text(end));
                value.map_or_else(open, |value| range.text(value))
            };
            text.push_str(&format!(
                "tipping point  {}  (95 % interval {} .. {})\n",
                range.text(tip),
                bound(low, "below", range.low),
                bound(high, "above", range.high)
            ));
        }
        text.push_str(&format!(
            "{} levels tried, {} runs, {}\n",
            self.levels.len(),
            self.runs,
            duration(wall_s)
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
        text.push_str(&format!("{:>width$}  survived\n", "level"));
        for Level {
            level,
            runs,
            survived,
        } in &self.levels
        {
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
