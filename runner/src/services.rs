//! The services in the summary, for people: calls, presence and chat, messages, the
//! business gateways and control panel.

use crate::{figures::short, summary::Summary};

/// What became of each service that was used, for people: a name and a text a line.
pub(crate) fn lines(summary: &Summary) -> Vec<(&'static str, String)> {
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
