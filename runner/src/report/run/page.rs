//! The report of a run.

use serde_json::Value;

use crate::report::{
    chart::time_frame::{EventMark, TimeFrame},
    html::{
        page::{Card, Page},
        scale_note,
    },
    run::{charts, run_data::RunData, services, status_strips, tables},
};
use crate::{
    host::format::{grouped, moment, short},
    results::{
        narrative::{
            summary::{never_gone, no_outage},
            timeline::By,
        },
        outage::{OUTAGE_LEVEL, seconds_below},
    },
};

/// The page.
pub(crate) fn page(run: &RunData) -> Page {
    let frame = TimeFrame {
        times: &run.times,
        start: run.start,
        outage: run.outage,
        marks: marks(run),
    };
    let services = services::all(run, &frame);
    let mut sections = vec![charts::online(run, &frame)];
    sections.extend(charts::regions(run, &frame));
    sections.extend(charts::core(run, &frame));
    sections.push(charts::sign_ins(run, &frame));
    if !run.times.is_empty() {
        sections.push(status_strips::section(&services, &frame));
    }
    sections.push(tables::timeline(run));
    sections.extend(tables::observed(run));
    sections.extend([
        tables::summary(&run.summary),
        tables::provenance(run),
        tables::assumptions(&run.scenario),
    ]);
    Page {
        title: run.manifest.title.clone(),
        lead: lead(run),
        cards: cards(run),
        sections,
    }
}

fn lead(run: &RunData) -> String {
    let manifest = &run.manifest;
    let users = grouped(manifest.users);
    let mut lead = format!(
        "One actor for each of {users} users, {} to {} UTC, seed {}.",
        moment(run.start),
        run.times
            .last()
            .map_or_else(|| manifest.end.clone(), |end| moment(*end)),
        manifest.seed
    );
    if let Some(remark) = scale_note::remark(manifest.scale, !run.comparisons.is_empty()) {
        lead.push_str(&format!(" {remark}"));
    }
    if !manifest.complete {
        lead.push_str(&format!(
            " The run did not come to its end: {}.",
            manifest.ended
        ));
    }
    lead
}

/// Everything but what users saw, which the curve shows.
fn marks(run: &RunData) -> Vec<EventMark> {
    let numbered = run.events.iter().zip(1..);
    numbered
        .filter(|(event, _)| event.by != By::Users)
        .map(|(event, number)| EventMark {
            time: event.at(run.start),
            number,
            by_operator: event.by == By::Operator,
            tooltip: format!("{}: {}", moment(event.at(run.start)), event.what),
        })
        .collect()
}

fn cards(run: &RunData) -> Vec<Card> {
    let summary = &run.summary;
    let number = |name: &str| summary[name].as_f64();
    let hours = |name: &str| match &summary[name] {
        Value::Null => "never".to_owned(),
        value => format!("{:.1} h", value.as_f64().unwrap_or(f64::NAN)),
    };
    let mut cards = Vec::new();
    match &run.outage {
        None => {
            let (below, _) = seconds_below(&run.samples, OUTAGE_LEVEL);
            cards.push(Card::new("Outage", "none", no_outage(below as f64)));
        }
        Some(outage) => {
            let length = match outage.end {
                Some(end) => format!("{:.1} h", (end - outage.start) as f64 / 3_600.0),
                None => "not over".to_owned(),
            };
            let end = outage
                .end
                .map_or_else(String::new, |end| format!(" to {}", moment(end)));
            cards.push(Card::new("Outage", length, moment(outage.start) + &end));
        }
    }
    // Where the norm is high the least share and the fewest users are hours apart.
    let extreme = |name: &str| {
        let (value, time) = (
            summary[name]["value"].as_f64()?,
            summary[name]["time"].as_str()?,
        );
        let at = time.parse::<jiff::Timestamp>();
        let at = at.map(|at| moment(at.as_second()));
        Some((value, at.unwrap_or_else(|_| time.to_owned())))
    };
    if let Some((share, at)) = extreme("online_share_min") {
        let value = format!("{:.1} %", share * 100.0);
        let remark = format!("of the norm online, {at}");
        cards.push(Card::new("Least share online", value, remark));
    }
    if let Some((users, at)) = extreme("online_min") {
        cards.push(Card::new("Fewest users online", short(users), at));
    }
    if run.outage.is_some() {
        let below = number("hours_below_50_percent").unwrap_or(0.0);
        let back = match never_gone(number("hours_to_50_percent"), below) {
            Some(never) => Card::new("Back at half", "never gone", never),
            None => Card::new(
                "Back at half",
                hours("hours_to_50_percent"),
                "of the norm; dips of up to an hour do not count",
            ),
        };
        cards.push(back);
        cards.push(Card::new(
            "Back at 90 %",
            hours("hours_to_90_percent"),
            "of the norm; dips of up to an hour do not count",
        ));
    }
    let lost = number("user_hours_lost").unwrap_or(0.0);
    let business = number("business_user_hours_lost").unwrap_or(0.0);
    let remark = format!("{} of business users", short(business));
    cards.push(Card::new("User hours lost", short(lost), remark));
    let calls = |names: &[&str]| names.iter().filter_map(|name| number(name)).sum::<f64>();
    let (wanted, lost) = (
        calls(&["calls_wanted"]),
        calls(&["calls_missed", "calls_failed", "calls_dropped"]),
    );
    if wanted > 0.0 {
        let remark = format!("of {} wanted: not made, failed or dropped", short(wanted));
        cards.push(Card::new("Calls lost", short(lost), remark));
    }
    if let Some((tries, time)) = charts::most_tries(run) {
        let remark = format!(
            "tries for each that got in, over ten samples, {}",
            moment(time)
        );
        cards.push(Card::new("Retry amplification, most", short(tries), remark));
    }
    if let Some(error) = number("mean_abs_error") {
        let remark = "mean distance to what was observed, as a share of the norm";
        cards.push(Card::new("Off the observed", format!("{error:.3}"), remark));
    }
    cards
}
