//! What `patchday run` prints after a run: the outcome first, then the figures, the observed points, and
//! which file to open.
//!
//! Times are UTC.

use std::path::Path;

use crate::{
    host::format::{duration, moment_of, short},
    results::{
        narrative::summary,
        observed::{self, Comparison},
        summary::{OutageSpan, Summary},
    },
};

/// The outcome in a few lines: whether there was an outage, from when to when, how deep, how many user
/// hours were lost, and how exact that is.
pub(crate) fn outcome(summary: &Summary) -> String {
    let first = match &summary.outage {
        None if summary.recovered.is_none() => {
            return "OUTCOME: unknown, the run has no sample.\n".into();
        }
        None if summary.hours_below_90_percent == 0.0 => {
            let lowest = summary.online_share_min.as_ref();
            let by_chance = match lowest {
                Some(lowest) if lowest.value < 0.9 => " by more than chance",
                _ => "",
            };
            format!("no outage, never below 90 % of the norm{by_chance}.")
        }
        None => format!(
            "no outage; {} below 90 % of the norm, no dip longer than {}.",
            duration(summary.hours_below_90_percent * 3_600.0),
            duration(summary.outage_after_s.0)
        ),
        Some(OutageSpan {
            start,
            end: Some(end),
            hours: Some(hours),
        }) => format!(
            "outage of {}, {} to {}.",
            duration(hours * 3_600.0),
            moment_of(start),
            end_of(start, end)
        ),
        Some(outage) => format!(
            "outage from {}, not over when the run ends.",
            moment_of(&outage.start)
        ),
    };
    let mut lines = vec![first];
    if summary.outages > 1 {
        lines.push(format!(
            "{} outages; this is {}. {} below 90 % of the norm in all.",
            summary.outages,
            if summary.recovered == Some(true) {
                "the longest"
            } else {
                "the last"
            },
            duration(summary.hours_below_90_percent * 3_600.0)
        ));
    }
    let lowest = summary.online_share_min.as_ref();
    if let Some(lowest) = lowest.filter(|_| summary.hours_below_90_percent > 0.0) {
        lines.push(format!(
            "Down to {:.1} % of the norm ({}).",
            lowest.value * 100.0,
            moment_of(&lowest.time)
        ));
        let business = match summary.business_user_hours_lost {
            0 => String::new(),
            hours => format!(", {} of them of business users", short(hours as f64)),
        };
        let lost = short(summary.user_hours_lost as f64);
        lines.push(format!("{lost} user hours lost{business}."));
    }
    lines.extend(summary::coarse_samples(summary));
    let labels = std::iter::once("OUTCOME:").chain(std::iter::repeat(""));
    let pairs = labels.zip(lines);
    pairs
        .map(|(label, line)| format!("{label:<9}{line}\n"))
        .collect()
}

/// The end of a span in short, without its day if it begins on the same day.
fn end_of(start: &str, end: &str) -> String {
    let text = moment_of(end);
    let is_same_day = start.split('T').next() == end.split('T').next();
    match text.rsplit_once(' ') {
        Some((_, time)) if is_same_day => time.to_owned(),
        _ => text,
    }
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
    if counterfactual.is_none() {
        text += &observed::table(comparisons, scale);
    }
    text
}

/// The line that says which file to open.
pub(crate) fn open(report: &Path) -> String {
    format!("\nopen {} for curves and timeline\n", report.display())
}
