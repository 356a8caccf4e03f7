//! The answer to `patchday compare`: the member `answer` of `answer.json`, and its text.

use serde::{Deserialize, Serialize};

use crate::{
    experiment::{
        design::variant::KeyChange,
        stats::censored::{Mean, finite},
    },
    host::text::text_table::{left, right, text_table},
};

/// One figure of one variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ComparedFigure {
    pub(crate) variant: String,
    pub(crate) figure: String,
    /// The unit of the figure.
    #[serde(default)]
    pub(crate) unit: String,
    /// Its mean over the replicates; a lower bound if it is *never* in some. Null if it has no value
    /// in any.
    pub(crate) mean: Option<Mean>,
    /// The number of replicates in which it is *never*.
    pub(crate) never: u32,
    /// The number of replicates in which it is 0 because there was no outage; null if the figure
    /// does not measure an outage.
    #[serde(default)]
    pub(crate) no_outage: Option<u32>,
    /// Its mean difference to the first variant, over all pairs.
    pub(crate) difference: Option<Mean>,
    /// Number of pairs in which both have a value.
    pub(crate) pairs: u32,
    /// Replicates that did not fail.
    pub(crate) replicates: u32,
    /// The differences of these pairs.
    pub(crate) differences: Vec<f64>,
}

/// A variant: what it is, and how often it has an outage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ComparedVariant {
    pub(crate) name: String,
    pub(crate) changes: Vec<KeyChange>,
    /// Runs that did not fail, those of them with an outage, and those whose outage was not over.
    pub(crate) runs: u32,
    pub(crate) outages: u32,
    pub(crate) never_over: u32,
    /// The share of runs with an outage, with its exact interval.
    pub(crate) outage_share: Option<Mean>,
    /// The difference of this share to that of the first variant.
    pub(crate) outage_share_difference: Option<Mean>,
    /// Whether every run has the same digest as that of the first variant with its seed: the variant
    /// changed nothing.
    pub(crate) same_runs: bool,
}

/// A variant in a ranking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ranked {
    /// From 1; equal variants have equal ranks.
    pub(crate) rank: usize,
    pub(crate) variant: String,
    pub(crate) mean: Option<Mean>,
}

/// The variants ordered by one figure, the best one first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ranking {
    pub(crate) figure: String,
    pub(crate) unit: String,
    pub(crate) lower_is_better: bool,
    pub(crate) order: Vec<Ranked>,
    pub(crate) best: String,
    /// The best variant minus the scenario as it is; null if that is the best one.
    pub(crate) to_today: Option<Mean>,
    /// The second variant of the order, and the best one minus it.
    pub(crate) next: Option<String>,
    pub(crate) to_next: Option<Mean>,
    /// Whether the interval of the difference (to today, or else to the next one) excludes zero.
    pub(crate) decided: bool,
    /// The result in a sentence.
    pub(crate) sentence: String,
}

/// The curve of one variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct VariantCurve {
    pub(crate) variant: String,
    /// Users online as a share of the norm at each time.
    pub(crate) online_share: Vec<f64>,
    /// The 5, 25, 50, 75 and 95 % quantiles of that over all replicates, at each time; empty with a
    /// single one.
    #[serde(default)]
    pub(crate) quantiles: Vec<[f64; 5]>,
}

/// The curves of all variants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct VariantCurves {
    /// The seed of the runs.
    pub(crate) seed: u64,
    /// Where the picture begins, in seconds since 1970.
    pub(crate) start: i64,
    /// The times of the samples, in seconds since 1970.
    pub(crate) times: Vec<i64>,
    pub(crate) lines: Vec<VariantCurve>,
}

/// The answer to `patchday compare`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct CompareAnswer {
    pub(crate) runs: usize,
    pub(crate) failed: usize,
    /// The result in a sentence: that of the first ranking and, if it does not decide, that of the
    /// first one that does. Null if no figure has a better side.
    #[serde(default)]
    pub(crate) verdict: Option<String>,
    /// A ranking for each figure of which more or less is better.
    #[serde(default)]
    pub(crate) rankings: Vec<Ranking>,
    /// The variants, the scenario as it is first.
    #[serde(default)]
    pub(crate) variants: Vec<ComparedVariant>,
    /// Variants that were left out, and what the runs do not tell.
    #[serde(default)]
    pub(crate) notes: Vec<String>,
    /// The curves of one run of each variant.
    #[serde(default)]
    pub(crate) curves: Option<VariantCurves>,
    /// All variants of the first figure, then all of the next one.
    pub(crate) lines: Vec<ComparedFigure>,
}

impl CompareAnswer {
    /// The answer: the sentence, the variants and a table for each figure.
    pub(crate) fn text(&self) -> String {
        let columns = [
            left("  variant"),
            right("mean"),
            right("95 % interval"),
            right("difference"),
            right("95 % interval"),
        ];
        let mut parts: Vec<String> = Vec::new();
        if let Some(verdict) = &self.verdict {
            parts.push(format!("{verdict}\n"));
        }
        if !self.variants.is_empty() {
            parts.push(self.outages());
        }
        let tables = self
            .lines
            .chunk_by(|line, next| line.figure == next.figure)
            .map(|lines| {
                let rows = text_table(&columns, lines.iter().flat_map(rows));
                let unit = match lines[0].unit.as_str() {
                    "" => String::new(),
                    unit => format!(" [{unit}]"),
                };
                format!("{}{unit}\n{rows}", lines[0].figure)
            });
        parts.extend(tables);
        if !self.notes.is_empty() {
            parts.push(format!("{}\n", self.notes.join("\n")));
        }
        parts.join("\n")
    }

    /// The runs with an outage of each variant.
    fn outages(&self) -> String {
        let columns = [
            left("  variant"),
            right("runs with an outage"),
            right("share, 95 % interval"),
            right("difference"),
            right("95 % interval"),
        ];
        let rows = self.variants.iter().flat_map(|variant| {
            let difference = variant.outage_share_difference.as_ref();
            let open = match variant.never_over {
                0 => None,
                open => Some(format!("not over in {open} of {}", variant.runs)),
            };
            let cells = vec![
                format!("  {}", variant.name),
                format!("{} of {}", variant.outages, variant.runs),
                variant
                    .outage_share
                    .as_ref()
                    .map_or_else(String::new, Mean::interval),
                difference.map_or_else(String::new, |one| finite(one.value)),
                difference.map_or_else(String::new, Mean::interval),
            ];
            with_remark(cells, open)
        });
        format!("outages\n{}", text_table(&columns, rows))
    }
}

/// The cells of a row, and below its name a remark.
fn with_remark(cells: Vec<String>, remark: Option<String>) -> Vec<Vec<String>> {
    let remark = remark.map(|remark| vec![format!("    {remark}")]);
    std::iter::once(cells).chain(remark).collect()
}

/// The rows of a figure of a variant: its values, and what they leave out.
fn rows(line: &ComparedFigure) -> Vec<Vec<String>> {
    let parts = |mean: &Option<Mean>| match mean {
        Some(mean) => (
            format!("{}{}", mean.prefix(), finite(mean.value)),
            mean.interval(),
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
    let cells = vec![
        format!("  {}", line.variant),
        mean,
        about_mean,
        difference,
        about_difference,
    ];
    with_remark(cells, (!remarks.is_empty()).then(|| remarks.join(", ")))
}
