//! The tables of a run: events, observations, figures, how to reproduce the run, and assumptions.

use patchday_agents::scenario::Scenario;
use serde_json::Value;

use crate::report::{
    html::page::{HtmlCell, HtmlTable, Section, head},
    run::run_data::RunData,
};
use crate::{
    host::format::{self, grouped, moment_of, short},
    results::{
        criteria::Criterion,
        figures::{self, figures as all_figures},
        narrative::timeline::By,
        observed::counterfactual,
        summary::{FigureId, Summary},
        units::{judged, own_with_unit},
    },
    scenario::load::value_at,
    store::{command_line::CommandLine, layout::CONFIG},
};

/// A share in percent; empty if the whole is unknown or 0.
fn percent(part: Option<u64>, whole: Option<u64>) -> String {
    match (part, whole) {
        (Some(part), Some(whole)) if whole > 0 => format::percent(part, whole),
        _ => String::new(),
    }
}

/// The timeline of events.
pub(crate) fn timeline(run: &RunData) -> Section {
    let section = Section::new("timeline", "Timeline of events");
    if run.events.is_empty() {
        return section.paragraph("There were no events.");
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
                text: run.moment(event.at(run.start)),
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
        caption: "Times are UTC. Shares are users online as a share of the norm at that time."
            .into(),
        head: head(&[
            "No.#",
            "Time",
            "Source",
            "What",
            "Online#",
            "Share#",
            "Share an hour later#",
        ]),
        rows: rows.collect(),
        long: false,
    })
}

/// The model compared with the observed points.
pub(crate) fn observed(run: &RunData) -> Option<Section> {
    if run.comparisons.is_empty() {
        return None;
    }
    let rows = run.comparisons.iter().map(|one| {
        let figure = |value: &dyn Fn(&crate::results::observed::Reached) -> String| {
            HtmlCell::number(one.reached.as_ref().map_or("not reached".into(), value))
        };
        let time = moment_of(&one.point.time.to_string());
        let time = match time.rsplit_once(' ') {
            Some((day, _)) if one.point.daily_peak => day.to_owned(),
            _ => time,
        };
        vec![
            HtmlCell {
                text: time,
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
            HtmlCell::text(format!(
                "{}: {}{}",
                one.point.confidence,
                one.point.source,
                one.uncertainty()
            )),
        ]
    });
    let title = if counterfactual(&run.comparisons, &run.manifest.changed).is_some() {
        "Counterfactual beside what was observed"
    } else {
        "Model and observed values"
    };
    let table = HtmlTable {
        caption:
            "Difference: model minus observation, as a share of the norm. Sources: A primary, B \
                  secondary, C uncertain."
                .into(),
        head: head(&[
            "Time",
            "What",
            "Observed#",
            "Model#",
            "Norm#",
            "Difference#",
            "Source",
        ]),
        rows: rows.collect(),
        long: false,
    };
    Some(Section::new("observed", title).table(table))
}

/// The expectations of the scenario: each criterion, the value of its figure, and whether it is met.
pub(crate) fn expectations(run: &RunData) -> Option<Section> {
    if run.scenario.expect.is_empty() {
        return None;
    }
    let figures = all_figures(&run.summary);
    let rows = run.scenario.expect.iter().map(|one| {
        let criterion = Criterion::parse(&one.that, &run.scenario).ok();
        let id = criterion.as_ref().map(|criterion| criterion.figure);
        let value = id.and_then(|id| Some(judged(figures::get(&figures, id)?, id.unit())));
        let verdict = match &criterion {
            Some(criterion) if criterion.needs_baseline() => "not judged: needs a baseline",
            Some(criterion) => match criterion.holds(&figures, None) {
                Some(true) => "met",
                Some(false) => "NOT MET",
                None => "NOT MET: the run has no such figure",
            },
            None => "not judged: not a criterion",
        };
        vec![
            HtmlCell::text(one.name.clone()),
            HtmlCell::code(one.that.clone()),
            HtmlCell::text(id.map_or("", FigureId::unit)),
            HtmlCell::number(value.unwrap_or_default()),
            HtmlCell::text(verdict),
        ]
    });
    let table = HtmlTable {
        caption: "The expectations of the scenario ([[expect]]) and whether this run meets them. \
                  Numbers of criteria are in the unit beside them."
            .into(),
        head: head(&["Expectation", "Criterion", "Unit", "Value#", "Result"]),
        rows: rows.collect(),
        long: false,
    };
    Some(Section::new("expectations", "Expectations").table(table))
}

/// A figure as in the file, without quotes.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => "never, or none".into(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The meaning of a figure; for a scenario without an overlay, without the clauses about supernodes.
fn meaning(scenario: &Scenario, doc: &str) -> String {
    let clauses = doc.split_inclusive([';', ',', '.']);
    let kept = clauses.filter(|part| scenario.overlay.enabled || !part.contains("supernode"));
    kept.collect::<String>().trim().to_owned()
}

/// Adds the figures of `summary.json` that say something about the scenario; nested ones have names
/// such as `outage.start`.
fn figure_rows(scenario: &Scenario, prefix: &str, value: &Value, rows: &mut Vec<Vec<HtmlCell>>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let name = match prefix {
                    "" => name.clone(),
                    prefix => format!("{prefix}.{name}"),
                };
                figure_rows(scenario, &name, value, rows);
            }
        }
        _ if !scenario.has_figure(prefix) => {}
        value => {
            let (unit, meaning) = match FigureId::from_name(prefix) {
                Some(id) => (id.unit(), meaning(scenario, &id.doc())),
                None => ("", String::new()),
            };
            rows.push(vec![
                HtmlCell::key(prefix),
                HtmlCell::number(plain(value)),
                HtmlCell::text(unit),
                HtmlCell::text(meaning),
            ]);
        }
    }
}

/// The figures of the summary, without those of services that the scenario does not have.
pub(crate) fn summary(scenario: &Scenario, summary: &Summary) -> Section {
    let own = summary.figure.iter().map(|(name, figure)| {
        vec![
            HtmlCell::key(name),
            HtmlCell::number(own_with_unit(figure.value, &figure.unit)),
            HtmlCell::text(figure.unit.clone()),
            HtmlCell::text(figure.meaning.clone()),
        ]
    });
    let mut rows: Vec<Vec<HtmlCell>> = own.collect();
    // A summary has only texts as keys, so it is always a JSON value.
    let mut value = serde_json::to_value(summary).unwrap_or_default();
    if let Value::Object(fields) = &mut value {
        fields.remove("figure");
    }
    figure_rows(scenario, "", &value, &mut rows);
    Section::new("figures", "All figures").table(HtmlTable {
        caption: "The figures of summary.json, those of the scenario's own ([[figure]]) first; those of services that the scenario does not have are left \
                  out."
            .into(),
        head: head(&["Figure", "Value#", "Unit", "Meaning"]),
        rows,
        long: true,
    })
}

/// How the run was made, and how to repeat it.
pub(crate) fn provenance(run: &RunData) -> Section {
    let manifest = &run.manifest;
    let repeat = CommandLine::new(["run", CONFIG, "--out", "again"]);
    let rows = [
        ("command", manifest.command.clone()),
        (
            "digest",
            manifest.digest.clone().unwrap_or_else(|| "none".into()),
        ),
        (
            "command to repeat it from this directory",
            repeat.to_string(),
        ),
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
        ("hash of the scenario", manifest.config_hash.clone()),
        (
            "threads, shards",
            format!("{}, {}", manifest.threads, manifest.shards),
        ),
        ("time and memory", manifest.cost()),
        ("ended", manifest.ended.clone()),
    ];
    let rows = rows
        .into_iter()
        .map(|(name, value)| vec![HtmlCell::text(name), HtmlCell::code(value)]);
    Section::new("provenance", "How to reproduce this run")
        .paragraph(
            "The same scenario and seed give the same digest and the same bytes of every result, for \
             any number of threads and shards. Either command below repeats this run.",
        )
        .table(HtmlTable {
            caption: "From manifest.json.".into(),
            head: Vec::new(),
            rows: rows.collect(),
            long: false,
        })
}

/// The assumed parameters of the scenario, with their values.
pub(crate) fn assumptions(scenario: &Scenario) -> Section {
    let keys = crate::scenario::schema::keys::<Scenario>();
    let assumed = keys
        .iter()
        .filter(|key| key.source.contains("assumed") && scenario.has_key(&key.key));
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
            "No source gives these values; agents/ODD.md explains why each was chosen. The command \
             patchday schema names the source of every other parameter.",
        )
        .table(HtmlTable {
            caption:
                "Assumed parameters with their values in this run. In a list each entry has its own \
                 value."
                    .into(),
            head: head(&["Key", "Value", "Meaning"]),
            rows: rows.collect(),
            long: true,
        })
}

/// The planned start and end of the run.
pub(crate) fn span(scenario: &Scenario) -> String {
    let run = &scenario.run;
    format!("{} to {}", run.start, run.end)
}
