//! The summary as `patchday run` prints it: a line for each value, with a label of 18 columns.
//!
//! The outage comes first, then the services that were used. The distance to observed points is a line of its own.

use patchday_agents::metrics::columns::ColumnId;

use crate::{
    host::format::{duration, grouped, short, wait, wrapped},
    results::summary::{OutageSpan, Summary},
};

/// The width of the texts after their labels, so that a line fits 80 columns.
const TEXT_WIDTH: usize = 62;

/// The lines of the summary.
pub(crate) fn text(summary: &Summary) -> String {
    let mut lines = vec![("norm, peak", users(summary.norm_peak))];
    if let (Some(min), Some(share)) = (&summary.online_min, &summary.online_share_min) {
        lines.push((
            "online, lowest",
            format!("{} at {}", users(min.value), min.time),
        ));
        let share_text = format!("{:.3} of the norm at {}", share.value, share.time);
        lines.push(("", share_text));
    }
    lines.push(("outage", outage(summary)));
    // Samples of a minute or less need no remark.
    if summary.hours_below_90_percent > 0.0 && summary.sample_hours > 0.02 {
        let each = duration(summary.sample_hours * 3_600.0);
        lines.push(("", format!("known to {each}, the time between two samples")));
    }
    if summary.outage.is_some() {
        let back = |hours: Option<f64>| {
            hours.map_or_else(
                || "not within the run".to_owned(),
                |hours| format!("after {}", duration(hours * 3_600.0)),
            )
        };
        let half = never_below_half(summary);
        let half = half.unwrap_or_else(|| back(summary.hours_to_50_percent));
        lines.push(("back at 50 %", half));
        lines.push(("back at 90 %", back(summary.hours_to_90_percent)));
    }
    if summary.hours_below_90_percent > 0.0 {
        let business = match summary.business_user_hours_lost {
            0 => String::new(),
            hours => format!(", {} of them of business users", short(hours as f64)),
        };
        let lost = format!(
            "{} user hours{business}",
            short(summary.user_hours_lost as f64)
        );
        lines.push(("lost", lost));
    }
    if let Some(peak) = &summary.traffic_peak_times_normal {
        let text = format!(
            "{:.0} times normal at a supernode, at {}",
            peak.value, peak.time
        );
        lines.push(("traffic, peak", text));
    }
    lines.push((
        "below 50 %",
        below(
            summary.hours_below_50_percent,
            summary.longest_hours_below_50_percent,
        ),
    ));
    lines.push((
        "below 80 %",
        below(
            summary.hours_below_80_percent,
            summary.longest_hours_below_80_percent,
        ),
    ));
    lines.push((
        "largest deviation",
        format!("{:.3} from the norm", summary.max_deviation_from_norm),
    ));
    lines.extend(services(summary));
    lines
        .into_iter()
        .map(|(name, text)| format!("{name:<18}{text}\n"))
        .collect()
}

/// The line about the observed points: the distance to them, or, for a counterfactual, that the
/// distance means nothing. Empty without observed points.
pub(crate) fn observed_points(summary: &Summary, counterfactual: Option<&str>) -> String {
    let text = if let Some(said) = counterfactual {
        said.to_owned()
    } else if let Some(error) = summary.mean_abs_error {
        let worst = summary
            .max_abs_error_a
            .map_or_else(String::new, |most| format!("; rated A: at most {most:.3}"));
        format!("mean deviation {error:.3} of the norm{worst}")
    } else {
        return String::new();
    };
    let lines = wrapped(&text, TEXT_WIDTH);
    let labels = std::iter::once("observed points").chain(std::iter::repeat(""));
    let pairs = labels.zip(lines);
    pairs
        .map(|(label, line)| format!("{label:<18}{line}\n"))
        .collect()
}

/// Start, end and length of the outage, or that there was none.
pub(crate) fn outage(summary: &Summary) -> String {
    match &summary.outage {
        None if summary.recovered.is_none() => "unknown, there is no sample".into(),
        None if summary.hours_below_90_percent == 0.0 => "none".into(),
        None => {
            let seconds = summary.hours_below_90_percent * 3_600.0;
            format!("none; {}", no_outage(seconds, summary.outage_after_s))
        }
        Some(OutageSpan {
            start,
            end: Some(end),
            hours: Some(hours),
        }) => format!("{start} to {end}, {}", duration(*hours * 3_600.0)),
        Some(outage) => format!("from {}, not over when the run ends", outage.start),
    }
}

/// The reason why a run has no outage; `seconds` is its time below 90 % of the norm, `after` the
/// maximum length of a dip that is no outage.
pub(crate) fn no_outage(seconds: f64, after: u64) -> String {
    if seconds == 0.0 {
        return "never below 90 % of the norm".into();
    }
    let (time, after) = (wait(seconds), wait(after as f64));
    format!("{time} below 90 % in total, no dip longer than {after}")
}

/// The text in place of the hours until half of the norm was back, if users online were never
/// below it for long.
pub(crate) fn never_below_half(summary: &Summary) -> Option<String> {
    match (summary.hours_to_50_percent, summary.hours_below_50_percent) {
        (Some(0.0), 0.0) => Some("never below 50 %".into()),
        (Some(0.0), _) => {
            let after = wait(summary.outage_after_s as f64);
            Some(format!("never below 50 % for more than {after}"))
        }
        _ => None,
    }
}

/// The lines about services that were used: label and text.
fn services(summary: &Summary) -> Vec<(&'static str, String)> {
    let count = |id| summary.sums.get(id).unwrap_or(0);
    let counted = |id| short(count(id) as f64);
    let mut lines = Vec::new();
    if count(ColumnId::CallsWanted) > 0 {
        let calls = format!(
            "{} wanted, {} failed, {} dropped",
            counted(ColumnId::CallsWanted),
            counted(ColumnId::CallsFailed),
            counted(ColumnId::CallsDropped),
        );
        let missed = format!(
            "{} not attempted (user not logged in)",
            counted(ColumnId::CallsMissed)
        );
        let minutes = |id| short(count(id) as f64 / 60.0);
        let talked = format!(
            "{} minutes talked, {} lost; {} calls of business users lost",
            minutes(ColumnId::CallSeconds),
            minutes(ColumnId::CallSecondsLost),
            short(summary.business_calls_lost_in_all as f64),
        );
        lines.extend([("calls", calls), ("", missed), ("", talked)]);
    }
    let delay = |id: ColumnId| {
        let most = summary.maxima.get(id);
        let most = most.filter(|most| most.value >= 60.0)?;
        Some(format!(
            "up to {:.0} min, at {}",
            most.value / 60.0,
            most.time
        ))
    };
    for (name, column) in [
        ("presence delay", ColumnId::PresenceDelayS),
        ("chat delay", ColumnId::ChatDelayS),
    ] {
        lines.extend(delay(column).map(|text| (name, text)));
    }
    if count(ColumnId::MessagesStored) + count(ColumnId::MessagesRefused) > 0 {
        let text = format!(
            "{} stored, {} delivered, {} refused",
            counted(ColumnId::MessagesStored),
            counted(ColumnId::MessagesDelivered),
            counted(ColumnId::MessagesRefused),
        );
        lines.push(("messages", text));
    }
    for (name, all, failed, what) in [
        (
            "business gateways",
            ColumnId::GatewayCalls,
            ColumnId::GatewayCallsFailed,
            "calls",
        ),
        (
            "control panel",
            ColumnId::ManagerRequests,
            ColumnId::ManagerRequestsFailed,
            "requests",
        ),
    ] {
        if count(all) > 0 {
            let text = format!("{} {what}, {} of them failed", counted(all), count(failed));
            lines.push((name, text));
        }
    }
    lines
}

/// The hours below a level.
fn below(all: f64, longest: f64) -> String {
    if all == 0.0 {
        return "never".into();
    }
    let (all, longest) = (duration(all * 3_600.0), duration(longest * 3_600.0));
    format!("{all} in total, longest dip {longest}")
}

fn users(count: u64) -> String {
    format!("{} users", grouped(count))
}
