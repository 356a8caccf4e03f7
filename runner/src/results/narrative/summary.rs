//! The figures of the summary as `patchday run` prints them: a line for each, with a label of 18 columns.
//!
//! What the outcome says is not repeated: length and depth of the outage, user hours lost. The distance to
//! observed points is a line of its own.

use patchday_agents::metrics::columns::ColumnId;

use crate::{
    host::format::{Seconds, duration, grouped, moment_of, short},
    results::{
        summary::{OutageSpan, Summary},
        units::own_with_unit,
    },
};

/// The largest distance between samples, in hours, that needs no remark: samples of up to a minute.
const FINE_SAMPLE: f64 = 0.02;

/// The smallest deviation above the norm that is a figure beside the lowest share, as a share.
const CLEARLY_MORE: f64 = 0.002;

/// The lines of the summary.
pub(crate) fn text(summary: &Summary) -> String {
    let mut lines = vec![("norm, peak", users(summary.norm_peak))];
    let dips = summary.hours_below_90_percent > 0.0;
    if let (Some(min), Some(share)) = (&summary.online_min, &summary.online_share_min) {
        let text = format!("{}, {}", users(min.value), moment_of(&min.time));
        lines.push(("online, lowest", text));
        if !dips {
            let (percent, time) = (share.value * 100.0, moment_of(&share.time));
            lines.push((
                "share, lowest",
                format!("{percent:.1} % of the norm, {time}"),
            ));
        }
        let most = summary.max_deviation_from_norm;
        if most > 1.0 - share.value + CLEARLY_MORE {
            let text = format!("{:.1} % above the norm", most * 100.0);
            lines.push(("online, most", text));
        }
    }
    if summary.outage.is_some() {
        match summary.hours_to_50_percent {
            Some(0.0) => {}
            Some(hours) => {
                let text = format!("after {}", duration(hours * 3_600.0));
                lines.push(("back at 50 %", text));
            }
            None => lines.push(("back at 50 %", "not within the run".into())),
        }
    }
    if dips {
        for (name, all, longest) in [
            (
                "below 50 %",
                summary.hours_below_50_percent,
                summary.longest_hours_below_50_percent,
            ),
            (
                "below 80 %",
                summary.hours_below_80_percent,
                summary.longest_hours_below_80_percent,
            ),
        ] {
            lines.push((name, below(all, longest)));
        }
    }
    lines.extend(services(summary));
    let own = summary.figure.iter();
    let own = own.map(|(name, one)| (name.as_str(), own_with_unit(one.value, &one.unit)));
    lines.extend(own);
    lines
        .into_iter()
        // A long name of a figure of one's own stays apart from its value.
        .map(|(name, text)| format!("{name:<17} {text}\n"))
        .collect()
}

/// How exact the outage of a run is whose samples are more than a minute apart; `None` if they are
/// closer.
pub(crate) fn coarse_samples(summary: &Summary) -> Option<String> {
    let hours = summary.sample_hours;
    (hours > FINE_SAMPLE).then(|| {
        let each = duration(hours * 3_600.0);
        format!("In samples of {each}: times are known to {each}, shorter dips may be missed.")
    })
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
    format!("{:<18}{text}\n", "observed points")
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
pub(crate) fn no_outage(seconds: f64, after: Seconds) -> String {
    if seconds == 0.0 {
        return "never below 90 % of the norm".into();
    }
    let (time, after) = (duration(seconds), duration(after.0));
    format!("{time} below 90 % in total, no dip longer than {after}")
}

/// The text in place of the hours until half of the norm was back, if users online were never
/// below it for long.
pub(crate) fn never_below_half(summary: &Summary) -> Option<String> {
    match (summary.hours_to_50_percent, summary.hours_below_50_percent) {
        (Some(0.0), 0.0) => Some("never below 50 %".into()),
        (Some(0.0), _) => {
            let after = duration(summary.outage_after_s.0);
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
            "{} minutes talked, {} lost",
            minutes(ColumnId::CallSeconds),
            minutes(ColumnId::CallSecondsLost),
        );
        lines.push(("calls", calls));
        if count(ColumnId::CallsMissed) > 0 {
            lines.push(("", missed));
        }
        lines.push(("", talked));
        let business = summary.business_calls_lost_in_all;
        if business > 0 {
            let text = format!("{} calls of business users lost", short(business as f64));
            lines.push(("", text));
        }
    }
    let delay = |id: ColumnId| {
        let most = summary.maxima.get(id);
        let most = most.filter(|most| most.value >= 60.0)?;
        let (longest, time) = (duration(most.value), moment_of(&most.time));
        Some(format!("up to {longest}, {time}"))
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
    let time = duration(all * 3_600.0);
    if all == longest {
        return format!("{time} in one dip");
    }
    let longest = duration(longest * 3_600.0);
    format!("{time} in total, longest dip {longest}")
}

fn users(count: u64) -> String {
    format!("{} users", grouped(count))
}
