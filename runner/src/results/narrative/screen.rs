//! What `patchday run` prints after a run, at most 80 columns wide: the outcome first, then the figures,
//! the observed points, and which file to open.
//!
//! Times are UTC.

use std::path::Path;

use patchday_agents::scenario::quantity::Instant;

use crate::{
    host::format::{moment, short, wait},
    results::{
        narrative::summary,
        observed::{self, Comparison},
        summary::{OutageSpan, Summary},
    },
};

/// The outcome in one or two lines: whether there was an outage, from when to when, how deep, and how
/// many user hours were lost.
pub(crate) fn outcome(summary: &Summary) -> String {
    let first = match &summary.outage {
        None if summary.recovered.is_none() => {
            return "OUTCOME: unknown, the run has no sample.\n".into();
        }
        None if summary.hours_below_90_percent == 0.0 => {
            "OUTCOME: no outage, never below 90 % of the norm.".to_owned()
        }
        None => format!(
            "OUTCOME: no outage; {} below 90 % of the norm in short dips.",
            wait(summary.hours_below_90_percent * 3_600.0)
        ),
        Some(OutageSpan {
            start,
            end: Some(end),
            hours: Some(hours),
        }) => format!(
            "OUTCOME: outage of {}, {} to {}.",
            wait(hours * 3_600.0),
            when(start),
            when(end)
        ),
        Some(outage) => format!(
            "OUTCOME: outage from {}, not over when the run ends.",
            when(&outage.start)
        ),
    };
    let lowest = summary.online_share_min.as_ref();
    let second = lowest
        .filter(|_| summary.hours_below_90_percent > 0.0)
        .map(|lowest| {
            format!(
                "         Down to {:.1} % of the norm ({}); {} user hours lost.\n",
                lowest.value * 100.0,
                when(&lowest.time),
                short(summary.user_hours_lost as f64)
            )
        });
    format!("{first}\n{}", second.unwrap_or_default())
}

/// A time of the summary in short.
fn when(time: &str) -> String {
    let instant = time.parse::<Instant>();
    instant.map_or_else(|_| time.to_owned(), |instant| moment(instant.seconds()))
}

/// The whole text up to the cost of the run. The observed numbers are those at `scale`, their texts
/// are not. `counterfactual` is the sentence that marks a run as one.
pub(crate) fn text(
    summary: &Summary,
    (comparisons, counterfactual): (&[Comparison], Option<&str>),
    changed: &[String],
    scale: f64,
) -> String {
    let mut text = format!("\n{}\n", outcome(summary));
    for (place, change) in changed.iter().enumerate() {
        let label = if place == 0 { "changed" } else { "" };
        text += &format!("{label:<18}{change}\n");
    }
    text += &summary::text(summary);
    text += &summary::observed_points(summary, counterfactual);
    // Beside a counterfactual the table would read as a judgement of the model.
    if !comparisons.is_empty() && counterfactual.is_none() {
        text += &format!("\n{}", observed::table(comparisons));
        if scale != 1.0 {
            text += &format!(
                "Numbers are those at scale {scale};\ntexts in the column `what` are at full scale.\n"
            );
        }
        text += "\n";
    }
    text
}

/// The line that says which file to open.
pub(crate) fn open(report: &Path) -> String {
    format!("\nopen {}\n", report.display())
}
