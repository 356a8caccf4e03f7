//! The tables of a run: what happened, what was observed, the figures, where it all comes
//! from and what was assumed.

use patchday_agents::scenario::Scenario;
use serde_json::Value;

use crate::report::{
    html::page::{HtmlCell, HtmlTable, Section, head},
    run::run_data::RunData,
};
use crate::{
    host::format::{self, grouped, instant, moment, short},
    results::narrative::timeline::By,
    scenario::load::value_at,
    store::{layout::CONFIG, manifest::command_line},
};

/// A share in percent, where there is a whole.
fn percent(part: Option<u64>, whole: Option<u64>) -> String {
    match (part, whole) {
        (Some(part), Some(whole)) if whole > 0 => format::percent(part, whole),
        _ => String::new(),
    }
}

/// What happened, in words.
pub(crate) fn timeline(run: &RunData) -> Section {
    let section = Section::new("timeline", "What happened");
    if run.events.is_empty() {
        return section.paragraph("Nothing happened.");
    }
    let rows = run.events.iter().zip(1..).map(|(event, number)| {
        let later = match event.by {
            By::Operator => percent(event.online_an_hour_later, event.norm_an_hour_later),
            By::Outside | By::Users => String::new(),
        };
        let online = event
            .online
            .map_or_else(String::new, |online| short(online as f64));
        vec![
            HtmlCell::number(number.to_string()),
            HtmlCell {
                text: moment(event.at(run.start)),
                class: "when",
            },
            HtmlCell {
                text: event.by.who().into(),
                class: "who",
            },
            HtmlCell::text(event.what.clone()),
            HtmlCell::number(online),
            HtmlCell::number(percent(event.online, event.norm)),
            HtmlCell::number(later),
        ]
    });
    section.table(HtmlTable {
        caption: "Times are UTC; shares are of the norm at that time.".into(),
        head: head(&[
            "No.#",
            "Time",
            "Who",
            "What",
            "Online#",
            "Share#",
            "An hour later#",
        ]),
        rows: rows.collect(),
        long: false,
    })
}

/// The model beside what was observed.
pub(crate) fn observed(run: &RunData) -> Option<Section> {
    if run.comparisons.is_empty() {
        return None;
    }
    let rows = run.comparisons.iter().map(|one| {
        let figure = |value: &dyn Fn(&crate::results::observed::Reached) -> String| {
            HtmlCell::number(one.reached.as_ref().map_or("not reached".into(), value))
        };
        let time = one.point.time.seconds();
        let when = match one.point.daily_peak {
            true => moment(time).rsplit_once(' ').map(|(day, _)| day.to_owned()),
            false => None,
        };
        vec![
            HtmlCell {
                text: when.unwrap_or_else(|| moment(time)),
                class: "when",
            },
            HtmlCell::text(one.point.what.clone()),
            figure(&|reached| short(reached.observed)),
            figure(&|reached| short(reached.model as f64)),
            figure(&|reached| short(reached.norm as f64)),
            figure(&|reached| {
                let off = reached.difference();
                off.map_or_else(String::new, |off| format!("{off:+.3}"))
            }),
            HtmlCell::text(format!("{}: {}", one.point.confidence, one.point.source)),
        ]
    });
    let table = HtmlTable {
        caption: "Off by: model less observation, as a share of the norm. A: primary source, B: \
                  secondary, C: uncertain."
            .into(),
        head: head(&[
            "Time",
            "What",
            "Observed#",
            "Model#",
            "Norm#",
            "Off by#",
            "Source",
        ]),
        rows: rows.collect(),
        long: false,
    };
    Some(Section::new("observed", "Beside what was observed").table(table))
}

/// A figure as it stands in the file, without quotes.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => "never, or none".into(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// All figures, as they stand in `summary.json`; those with a time or parts under names
/// such as `outage.start`.
fn figures(prefix: &str, value: &Value, rows: &mut Vec<Vec<HtmlCell>>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let name = match prefix {
                    "" => name.clone(),
                    prefix => format!("{prefix}.{name}"),
                };
                figures(&name, value, rows);
            }
        }
        value => rows.push(vec![HtmlCell::key(prefix), HtmlCell::number(plain(value))]),
    }
}

/// The summary.
pub(crate) fn summary(summary: &Value) -> Section {
    let mut rows = Vec::new();
    figures("", summary, &mut rows);
    Section::new("figures", "All figures").table(HtmlTable {
        caption: "As they stand in summary.json; README and crate docs define them.".into(),
        head: head(&["Figure", "Value#"]),
        rows,
        long: true,
    })
}

/// Where it comes from, and how to make it again.
pub(crate) fn provenance(run: &RunData) -> Section {
    let manifest = &run.manifest;
    let again = ["", "run", CONFIG, "--out", "again"].map(String::from);
    let rows = [
        ("command", manifest.command.clone()),
        (
            "digest",
            manifest.digest.clone().unwrap_or_else(|| "none".into()),
        ),
        ("from this directory", command_line(again.into_iter())),
        ("scenario", manifest.scenario.clone()),
        ("simulated", span(&run.scenario)),
        ("seed", manifest.seed.to_string()),
        ("scale", manifest.scale.to_string()),
        (
            "users, actors",
            format!("{}, {}", grouped(manifest.users), grouped(manifest.actors)),
        ),
        (
            "program",
            format!("patchday {} ({})", manifest.version, manifest.git),
        ),
        ("scenario's hash", manifest.config_hash.clone()),
        (
            "threads, shards",
            format!("{}, {}", manifest.threads, manifest.shards),
        ),
        ("cost", manifest.cost()),
        ("ended", manifest.ended.clone()),
    ];
    let rows = rows
        .into_iter()
        .map(|(name, value)| vec![HtmlCell::text(name), HtmlCell::code(value)]);
    Section::new("provenance", "Where it comes from")
        .paragraph(
            "Same scenario and seed give the same digest and the same bytes of every result, for \
             any number of threads and shards: either command makes this run again.",
        )
        .table(HtmlTable {
            caption: "From manifest.json.".into(),
            head: Vec::new(),
            rows: rows.collect(),
            long: false,
        })
}

/// What the scenario assumes, with the value each had.
pub(crate) fn assumptions(scenario: &Scenario) -> Section {
    let keys = crate::scenario::schema::keys::<Scenario>();
    let assumed = keys.iter().filter(|key| key.source.contains("assumed"));
    let rows = assumed.map(|key| {
        let value =
            value_at(scenario, &key.key).map_or_else(String::new, |value| value.to_string());
        vec![
            HtmlCell::key(key.key.clone()),
            HtmlCell::code(value),
            HtmlCell::text(key.doc.clone()),
        ]
    });
    Section::new("assumptions", "Assumptions")
        .paragraph(
            "No source gives these values; agents/ODD.md says why each was chosen. All other \
             parameters name the fact they rest on: patchday schema.",
        )
        .table(HtmlTable {
            caption:
                "Assumed, with the value of this run; lists have one of their own for each entry."
                    .into(),
            head: head(&["Key", "Value", "What it is"]),
            rows: rows.collect(),
            long: true,
        })
}

/// When the run was to begin and end.
pub(crate) fn span(scenario: &Scenario) -> String {
    let run = &scenario.run;
    format!(
        "{} to {}",
        instant(run.start.seconds()),
        instant(run.end.seconds())
    )
}
