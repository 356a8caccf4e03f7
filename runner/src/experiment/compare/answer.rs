//! The answer to `patchday compare`: the member `answer` of `answer.json`, and its text.

use serde::{Deserialize, Serialize};

use crate::{
    experiment::stats::intervals::Interval,
    host::{
        format::short,
        text_table::{left, right, text_table},
    },
};

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
    /// The number of replicates in which it is *never*.
    pub(crate) never: u32,
    /// The number of replicates in which it is 0 because there was no outage; null if the figure
    /// does not measure an outage.
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
    /// The answer as tables, one for each figure.
    pub(crate) fn text(&self) -> String {
        let columns = [
            left("  variant"),
            right("mean"),
            right("95 % interval"),
            right("difference"),
            right("95 % interval"),
            left(""),
        ];
        let tables = self
            .lines
            .chunk_by(|line, next| line.figure == next.figure)
            .map(|lines| {
                let rows = text_table(&columns, lines.iter().map(row));
                format!("{}\n{rows}", lines[0].figure)
            });
        tables.collect::<Vec<String>>().join("\n")
    }
}

/// The row of a figure of a variant.
fn row(line: &ComparedFigure) -> Vec<String> {
    let end = |end: Option<f64>| end.map_or_else(|| "?".to_owned(), figure);
    let parts = |mean: &Option<Mean>| match mean {
        Some(mean) => (
            figure(mean.value),
            format!("{} .. {}", end(mean.low), end(mean.high)),
        ),
        None => (String::new(), String::new()),
    };
    let (mean, about_mean) = parts(&line.mean);
    let mean = match line.mean {
        None => "never".into(),
        Some(_) => mean,
    };
    let (difference, about_difference) = parts(&line.difference);
    let mut remarks = Vec::new();
    if line.never > 0 {
        remarks.push(format!("never in {} of {}", line.never, line.replicates));
    }
    if let Some(calm) = line.no_outage.filter(|calm| *calm > 0) {
        remarks.push(format!("no outage in {calm} of {}", line.replicates));
    }
    vec![
        format!("  {}", line.variant),
        mean,
        about_mean,
        difference,
        about_difference,
        remarks.join("  "),
    ]
}
