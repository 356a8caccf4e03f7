//! The summary in words: what a person wants to know of an outage, a line each, and what
//! became of each service.

use crate::{
    figures::{grouped, short},
    summary::{Span, Summary},
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
    match &summary.outage {
        None if summary.recovered.is_none() => lines.push(("outage", "not a sample yet".into())),
        None => lines.push(("outage", "none".into())),
        Some(Span {
            start,
            end: Some(end),
            hours: Some(hours),
        }) => {
            lines.push(("outage", format!("{start} to {end}, {hours:.1} h")));
        }
        Some(outage) => {
            lines.push((
                "outage",
                format!("from {}, not over when the run ends", outage.start),
            ));
        }
    }
    if summary.outage.is_some() {
        let back = |hours: Option<f64>| {
            hours.map_or_else(
                || "not within the run".to_owned(),
                |hours| format!("after {hours:.1} h"),
            )
        };
        lines.push(("back at 50 %", back(summary.hours_to_50_percent)));
        lines.push(("back at 90 %", back(summary.hours_to_90_percent)));
        let lost = format!(
            "{} user hours, {} of them of business users",
            short(summary.user_hours_lost as f64),
            short(summary.business_user_hours_lost as f64)
        );
        lines.push(("lost", lost));
        if let Some(peak) = &summary.traffic_peak_times_normal {
            let text = format!(
                "{:.0} times normal at a supernode, at {}",
                peak.value, peak.time
            );
            lines.push(("traffic, peak", text));
        }
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

/// What became of each service that was used, for people: a name and a text a line.
fn services(summary: &Summary) -> Vec<(&'static str, String)> {
    let count = |name| summary.counted.get(name).copied().unwrap_or(0);
    let counted = |name| short(count(name) as f64);
    let mut lines = Vec::new();
    if count("calls_wanted") > 0 {
        let calls = format!(
            "{} wanted; {} not for want of a sign-in, {} failed, {} dropped",
            counted("calls_wanted"),
            counted("calls_missed"),
            counted("calls_failed"),
            counted("calls_dropped"),
        );
        let minutes = |name| short(count(name) as f64 / 60.0);
        let talked = format!(
            "{} minutes talked, {} lost; {} calls of business users lost",
            minutes("call_seconds"),
            minutes("call_seconds_lost"),
            short(summary.business_calls_lost_in_all as f64),
        );
        lines.extend([("calls", calls), ("", talked)]);
    }
    let delay = |name: &str| {
        let worst = summary
            .worst
            .get(name)
            .filter(|worst| worst.value >= 60.0)?;
        Some(format!("{:.0} min at {}", worst.value / 60.0, worst.time))
    };
    for (name, column) in [
        ("presence, late by", "presence_delay_s_max"),
        ("chat, late by", "chat_delay_s_max"),
    ] {
        lines.extend(delay(column).map(|text| (name, text)));
    }
    if count("messages_stored") + count("messages_refused") > 0 {
        let text = format!(
            "{} left, {} fetched, {} could not be left",
            counted("messages_stored"),
            counted("messages_delivered"),
            counted("messages_refused"),
        );
        lines.push(("messages", text));
    }
    for (name, all, failed, what) in [
        (
            "business gateways",
            "gateway_calls",
            "gateway_calls_failed",
            "calls",
        ),
        (
            "control panel",
            "manager_requests",
            "manager_requests_failed",
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
