//! The answer to `patchday compare`: the member `answer` of `answer.json`, and its text.

use serde::{Deserialize, Serialize};

use crate::{experiment::stats::intervals::Interval, host::format::short};

/// A mean with its 95 % interval; an end is null if the data sets no bound.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Mean {
    pub(crate) value: f64,
    pub(crate) low: Option<f64>,
    pub(crate) high: Option<f64>,
}

impl From<Interval> for Mean {
    fn from(interval: Interval) -> Self {
        let end = |end: f64| end.is_finite().then_some(end);
        Self {
            value: interval.value,
            low: end(interval.low),
            high: end(interval.high),
        }
    }
}

/// One figure of one variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ComparedFigure {
    pub(crate) variant: String,
    pub(crate) figure: String,
    /// Its mean over the replicates in which it has a value.
    pub(crate) mean: Option<Mean>,
    /// In how many replicates it is *never*.
    pub(crate) never: u32,
    /// In how many replicates it is 0 because there was no outage; null if the figure does not
    /// measure an outage.
    #[serde(default)]
    pub(crate) no_outage: Option<u32>,
    /// Its mean difference to the first variant, over the pairs in which both have a value.
    pub(crate) difference: Option<Mean>,
    /// Number of these pairs.
    pub(crate) pairs: u32,
    /// Replicates that did not fail.
    pub(crate) replicates: u32,
    /// The differences of the pairs.
    pub(crate) differences: Vec<f64>,
}

/// The answer to `patchday compare`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CompareAnswer {
    pub(crate) runs: usize,
    pub(crate) failed: usize,
    /// All variants of the first figure, then all of the next one.
    pub(crate) lines: Vec<ComparedFigure>,
}

/// A finite number as text.
fn figure(value: f64) -> String {
    match value {
        v if v != 0.0 && v.abs() < 0.01 => format!("{v:.4}"),
        v if v.abs() < 1_000.0 => format!("{v:.2}"),
        v if v < 0.0 => format!("-{}", short(-v)),
        v => short(v),
    }
}

impl CompareAnswer {
    /// The answer as a table per figure.
    pub(crate) fn text(&self) -> String {
        let width = self
            .lines
            .iter()
            .map(|line| line.variant.chars().count())
            .max()
            .unwrap_or(0)
            .clamp(8, 48);
        let mut text = String::new();
        let mut last = "";
        for line in &self.lines {
            if line.figure != last {
                last = &line.figure;
                text.push_str(&format!(
                    "{}{last}\n  {:width$}  {:>9}  {:>24}  {:>12}  {:>24}\n",
                    if text.is_empty() { "" } else { "\n" },
                    "variant",
                    "mean",
                    "95 % interval",
                    "difference",
                    "95 % interval"
                ));
            }
            let end = |end: Option<f64>| end.map_or_else(|| "?".to_owned(), figure);
            let parts = |mean: &Option<Mean>| match mean {
                Some(mean) => (
                    figure(mean.value),
                    format!("{} .. {}", end(mean.low), end(mean.high)),
                ),
                None => (String::new(), String::new()),
            };
            let ((value, about), (difference, between)) =
                (parts(&line.mean), parts(&line.difference));
            let value = match line.mean {
                None => "never".into(),
                Some(_) => value,
            };
            let never = match line.never {
                0 => String::new(),
                never => format!("  never in {never} of {}", line.replicates),
            };
            let calm = match line.no_outage {
                None | Some(0) => String::new(),
                Some(calm) => format!("  no outage in {calm} of {}", line.replicates),
            };
            let row = format!(
                "  {:width$}  {value:>9}  {about:>24}  {difference:>12}  {between:>24}{never}{calm}",
                line.variant
            );
            text.push_str(row.trim_end());
            text.push('\n');
        }
        text
    }
}
