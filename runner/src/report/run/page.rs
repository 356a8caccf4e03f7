//! The page of a run: its key figures and sections.

use patchday_agents::{metrics::columns::ColumnId, scenario::Feature};

use crate::report::{
    chart::time_frame::{EventMark, TimeFrame},
    html::{
        page::{Card, Page},
        scale_note,
    },
    run::{charts, run_data::RunData, service_graph, services, status_strips, tables},
};
use crate::{
    host::format::{duration, grouped, moment_of, short},
    results::{
        narrative::{
            summary::{coarse_samples, never_below_half, no_outage},
            timeline::By,
        },
        observed,
        outage::{OUTAGE_LEVEL, ticks_below},
    },
};

/// The page of a run.
pub(crate) fn page(run: &RunData) -> Page {
    let frame = TimeFrame {
        tick: run.samples.tick,
        times: &run.times,
        start: run.start,
        outages: run.outages.clone(),
        marks: marks(run),
    };
    let services = services::all(run, &frame);
    let mut sections = vec![charts::online(run, &frame)];
    sections.extend(charts::regions(run, &frame));
    sections.extend(charts::supernodes(run, &frame));
    sections.push(charts::sign_ins(run, &frame));
    if !run.times.is_empty() {
        sections.push(status_strips::section(&services, &frame));
    }
    sections.extend(service_graph::section(run));
    sections.extend(tables::expectations(run));
    sections.push(tables::timeline(run));
    sections.extend(tables::observed(run));
    sections.extend([
        tables::summary(&run.scenario, &run.summary),
        tables::provenance(run),
        tables::assumptions(&run.scenario),
    ]);
    Page {
        title: run.manifest.title.clone(),
        answer: answer(run),
        lead: lead(run),
        cards: cards(run),
        sections,
    }
}

/// The outcome of the run, in a sentence.
fn answer(run: &RunData) -> String {
    let summary = &run.summary;
    let lowest = summary.online_share_min.as_ref().map(|least| least.value);
    let down = lowest.map_or_else(String::new, |share| {
        format!(", down to {:.1} % of the norm", share * 100.0)
    });
    let others = match run.outages.len() {
        0 | 1 => String::new(),
        all => format!("; {all} outages in all"),
    };
    match &run.outage {
        None if run.times.is_empty() => "The run has no sample.".into(),
        None => format!("No outage{down}."),
        Some(outage) => {
            let from = run.moment(outage.start);
            match outage.end {
                Some(end) => format!(
                    "{} of {}, {from} to {}{down}{others}.",
                    match run.outages.len() {
                        1 => "An outage",
                        _ => "The longest outage",
                    },
                    run.length(end - outage.start),
                    run.moment(end)
                ),
                None => format!("An outage from {from}, not over when the run ends{down}{others}."),
            }
        }
    }
}

fn lead(run: &RunData) -> String {
    let manifest = &run.manifest;
    let users = grouped(manifest.users);
    let mut lead = format!(
        "{users} users, each simulated individually, from {} to {} UTC, seed {}.",
        run.moment(run.start),
        run.times
            .last()
            .map_or_else(|| manifest.end.clone(), |end| run.moment(*end)),
        manifest.seed
    );
    if let Some(remark) = scale_note::remark(manifest.scale, !run.comparisons.is_empty()) {
        lead.push_str(&format!(" {remark}"));
    }
    if let Some(said) = observed::counterfactual(&run.comparisons, &manifest.changed) {
        lead.push_str(&format!(" This run is {said}."));
    }
    if !manifest.complete {
        lead.push_str(&format!(" The run is incomplete: {}.", manifest.ended));
    }
    lead
}

/// The events that are marked: all except changes of users online, which the curve shows.
fn marks(run: &RunData) -> Vec<EventMark> {
    let numbered = run.events.iter().zip(1..);
    numbered
        .filter(|(event, _)| event.by != By::Users)
        .map(|(event, number)| EventMark {
            time: event.at(run.start),
            number,
            by_operator: event.by == By::Operator,
            tooltip: format!("{}: {}", run.moment(event.at(run.start)), event.what),
        })
        .collect()
}

fn cards(run: &RunData) -> Vec<Card> {
    let summary = &run.summary;
    let hours = |hours: Option<f64>| hours.map_or("never".to_owned(), |it| duration(it * 3_600.0));
    let mut cards = Vec::new();
    match &run.outage {
        None => {
            let (below, _) = ticks_below(&run.samples, OUTAGE_LEVEL);
            cards.push(Card::new(
                "Outage",
                "none",
                no_outage(
                    run.samples.tick.as_seconds(below as f64),
                    summary.outage_after_s,
                ),
            ));
        }
        Some(outage) => {
            let length = match outage.end {
                Some(end) => run.length(end - outage.start),
                None => "not ended".to_owned(),
            };
            let end = outage
                .end
                .map_or_else(String::new, |end| format!(" to {}", run.moment(end)));
            cards.push(Card::new("Outage", length, run.moment(outage.start) + &end));
        }
    }
    if let Some(said) = coarse_samples(summary) {
        let each = duration(summary.sample_hours * 3_600.0);
        cards.push(Card::new("Known to", each, said));
    }
    // The lowest share and the fewest users may be hours apart, because the norm varies.
    let at = moment_of;
    if let Some(least) = &summary.online_share_min {
        let value = format!("{:.1} %", least.value * 100.0);
        let remark = format!("of the norm, {}", at(&least.time));
        cards.push(Card::new("Lowest share online", value, remark));
    }
    if let Some(least) = &summary.online_min {
        let users = short(least.value as f64);
        cards.push(Card::new("Fewest users online", users, at(&least.time)));
    }
    if run.outage.is_some() {
        let remark = format!(
            "of the norm, counted from the beginning of the outage; dips of up to {} are ignored",
            duration(summary.outage_after_s.0)
        );
        let back = match never_below_half(summary) {
            Some(never) => Card::new("Back at 50 %", "no drop", never),
            None => Card::new(
                "Back at 50 %",
                hours(summary.hours_to_50_percent),
                remark.clone(),
            ),
        };
        cards.push(back);
        cards.push(Card::new(
            "Back at 90 %",
            hours(summary.hours_to_90_percent),
            remark,
        ));
    }
    let lost = summary.user_hours_lost as f64;
    let business = summary.business_user_hours_lost as f64;
    let remark = match run.scenario.has(Feature::BusinessUsers) {
        true => format!("{} of them of business users", short(business)),
        false => "users missing against the norm times hours".into(),
    };
    cards.push(Card::new("User hours lost", short(lost), remark));
    let calls = |id: ColumnId| summary.sums.get(id).unwrap_or(0) as f64;
    let wanted = calls(ColumnId::CallsWanted);
    let lost = [
        ColumnId::CallsMissed,
        ColumnId::CallsFailed,
        ColumnId::CallsDropped,
    ];
    let lost: f64 = lost.into_iter().map(calls).sum();
    if wanted > 0.0 {
        let remark = format!(
            "of {} wanted: not attempted, failed or dropped",
            short(wanted)
        );
        cards.push(Card::new("Calls lost", short(lost), remark));
    }
    if let Some((attempts, time)) = charts::peak_amplification(run) {
        let remark = format!("in ten samples, {}", run.moment(time));
        cards.push(Card::new(
            "Tries for each login, at worst",
            short(attempts),
            remark,
        ));
    }
    if let Some(error) = summary.mean_abs_error {
        let remark = "mean distance between model and observations, as a share of the norm";
        cards.push(Card::new("Model error", format!("{error:.3}"), remark));
    }
    cards
}
