//! The summary in words: what a person wants to know of an outage, a line each, and what
//! became of each service.

use patchday_agents::metrics::columns::ColumnId;

use crate::{
    host::format::{grouped, short, wait},
    results::summary::{OutageSpan, Summary},
};

/// The summary for people, a line each.
pub(crate) fn text(summary: &Summary) -> String {
    let mut lines = vec![("norm, peak", users(summary.norm_peak))];
    if let (Some(min), Some(share)) = (&summary.online_min, &summary.online_share_min) {
        lines.push((
            "online, least",
            format!("{} at {}", users(min.value), min.time),
        ));
        let share_text = format!("{:.3} of the norm at {}", share.value, share.time);
        lines.push(("", share_text));
    }
    lines.push(("outage", outage(summary)));
    if summary.outage.is_some() {
        let back = |hours: Option<f64>| {
            hours.map_or_else(
                || "not within the run".to_owned(),
                |hours| format!("after {hours:.1} h"),
            )
        };
        let half = summary.hours_to_50_percent;
        let never = never_gone(half, summary.hours_below_50_percent);
        let half = never.map_or_else(|| back(half), str::to_owned);
        lines.push(("back at 50 %", half));
        lines.push(("back at 90 %", back(summary.hours_to_90_percent)));
    }
    if summary.hours_below_90_percent > 0.0 {
        let lost = format!(
            "{} user hours, {} of them of business users",
            short(summary.user_hours_lost as f64),
            short(summary.business_user_hours_lost as f64)
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
        "off the norm",
        format!("by at most {:.3}", summary.max_deviation_from_norm),
    ));
    lines.extend(services(summary));
    if let Some(error) = summary.mean_abs_error {
        let worst = summary.max_abs_error_a.map_or_else(String::new, |most| {
            format!("; no A-rated point by more than {most:.3}")
        });
        lines.push((
            "off the observed",
            format!("{error:.3} of the norm on average{worst}"),
        ));
    }
    lines
        .into_iter()
        .map(|(name, text)| format!("{name:<18}{text}\n"))
        .collect()
}

/// From when to when there was an outage, or that there was none.
pub(crate) fn outage(summary: &Summary) -> String {
    match &summary.outage {
        None if summary.recovered.is_none() => "not a sample yet".into(),
        None if summary.hours_below_90_percent == 0.0 => "none".into(),
        None => {
            let seconds = summary.hours_below_90_percent * 3_600.0;
            format!("none {}", no_outage(seconds))
        }
        Some(OutageSpan {
            start,
            end: Some(end),
            hours: Some(hours),
        }) => format!("{start} to {end}, {hours:.1} h"),
        Some(outage) => format!("from {}, not over when the run ends", outage.start),
    }
}

/// What is to be said of no outage, after so many seconds below its level.
pub(crate) fn no_outage(seconds: f64) -> String {
    match seconds {
        0.0 => "never below 90 % of the norm".into(),
        _ => format!("of more than an hour; {} below 90 %", wait(seconds)),
    }
}

/// What is to be said instead of the hours until half of the norm was back, where it was never
/// gone; given these and the hours below half, as they stand in the summary.
pub(crate) fn never_gone(hours_to: Option<f64>, hours_below: f64) -> Option<&'static str> {
    match (hours_to, hours_below) {
        (Some(0.0), 0.0) => Some("never below half"),
        (Some(0.0), _) => Some("never below half for more than an hour"),
        _ => None,
    }
}

/// What became of each service that was used, for people: a name and a text a line.
fn services(summary: &Summary) -> Vec<(&'static str, String)> {
    let count = |id| summary.sums.get(id).unwrap_or(0);
    let counted = |id| short(count(id) as f64);
    let mut lines = Vec::new();
    if count(ColumnId::CallsWanted) > 0 {
        let calls = format!(
            "{} wanted; {} not for want of a sign-in, {} failed, {} dropped",
            counted(ColumnId::CallsWanted),
            counted(ColumnId::CallsMissed),
            counted(ColumnId::CallsFailed),
            counted(ColumnId::CallsDropped),
        );
        let minutes = |id| short(count(id) as f64 / 60.0);
        let talked = format!(
            "{} minutes talked, {} lost; {} calls of business users lost",
            minutes(ColumnId::CallSeconds),
            minutes(ColumnId::CallSecondsLost),
            short(summary.business_calls_lost_in_all as f64),
        );
        lines.extend([("calls", calls), ("", talked)]);
    }
    let delay = |id: ColumnId| {
        let most = summary.maxima.get(id);
        let most = most.filter(|most| most.value >= 60.0)?;
        Some(format!("{:.0} min at {}", most.value / 60.0, most.time))
    };
    for (name, column) in [
        ("presence, late by", ColumnId::PresenceDelayS),
        ("chat, late by", ColumnId::ChatDelayS),
    ] {
        lines.extend(delay(column).map(|text| (name, text)));
    }
    if count(ColumnId::MessagesStored) + count(ColumnId::MessagesRefused) > 0 {
        let text = format!(
            "{} left, {} fetched, {} could not be left",
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

/// For people: the hours below a level.
fn below(all: f64, longest: f64) -> String {
    format!("{all:.1} h, the longest stretch {longest:.1} h")
}

fn users(count: u64) -> String {
    format!("{} users", grouped(count))
}
