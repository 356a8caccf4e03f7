//! `patchday fork`: one past, several futures.
//!
//! A run is taken up at an instant, from its last checkpoint before that, or from its
//! start, and goes on from there once for every variant: the same state, the same
//! randomness, another scenario from then on. Each future is a run directory of its
//! own, whose series begins with the common past.

use std::{fs, path::PathBuf};

use patchday_agents::scenario::{
    Scenario,
    quantity::{Instant as Moment, Span},
};
use patchday_core::Tick;

use crate::{
    commands::question_options::ForkOptions,
    experiment::{
        compare::question::Variant, fork::shared_prefix::Trunk, storage::answer_dir::Place,
    },
    host::{
        console::print,
        error::{Exit, Failure},
        format::{instant, short},
        resources::{self, Workers},
        signals::Interrupt,
        text_table::{TextColumn, left, right, text_table},
    },
    results::figures,
    run::estimate::plan::Estimate,
    store::{
        checkpoint::format,
        manifest::{Manifest, json},
    },
};

/// The figures that are shown of every future.
const FIGURES: [&str; 4] = [
    "hours_below_50_percent",
    "hours_to_90_percent",
    "user_hours_lost",
    "online_share_min.value",
];

/// `patchday fork`.
///
/// # Errors
/// That the run cannot be read, a future is none of it, or what stopped one.
pub fn fork(options: &ForkOptions) -> Result<Exit, Failure> {
    let run = &options.run;
    let manifest = Manifest::read(run)?;
    let workers = Workers::new(options.machine.settings());
    let before = manifest.scenario(run)?;
    let at = moment(&options.at, &before)?;
    let variants: Vec<Variant> = options
        .r#try
        .iter()
        .map(|text| Variant::parse(text))
        .collect::<Result<_, _>>()?;
    let shown = run.display().to_string();
    Estimate::of(
        &shown,
        &before,
        1.0,
        workers,
        resources::memory_available(workers.threads),
    )
    .check()?;
    let interrupt = Interrupt::from_signals();
    let root = options.out.clone().unwrap_or_else(|| {
        let name = run
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let time = format::name(before.run.start.seconds() + i64::from(at));
        run.with_file_name(format!(
            "{name}-fork-{}",
            time.trim_end_matches(".checkpoint")
        ))
    });
    fs::create_dir_all(&root).map_err(Failure::file("create the directory", &root))?;
    let place = Place::of_futures(&root, &manifest);
    let trunk = Trunk::grow(options, &before, at, workers, &root, &interrupt)?;
    let mut rows = Vec::new();
    for (number, variant) in variants.iter().enumerate() {
        if interrupt.is_set() {
            return Err(Failure::interrupted(": not all futures were run".into()));
        }
        let future = root.join(format!("{}-{}", number + 1, plain(&variant.name)));
        let figures = trunk.branch(options, variant, workers, &future, &interrupt)?;
        rows.push((variant.name.clone(), future, figures));
    }
    let told: Vec<_> = rows
        .iter()
        .map(|(name, future, figures)| {
            let shown: serde_json::Map<String, serde_json::Value> = FIGURES
                .iter()
                .map(|name| ((*name).to_owned(), figures.get(*name).copied().flatten().into()))
                .collect();
            serde_json::json!({"try": name, "directory": future.display().to_string(), "figures": shown})
        })
        .collect();
    let answer = serde_json::json!({
        "run": shown,
        "at": instant(before.run.start.seconds() + i64::from(at)),
        "tick": at,
        "futures": told,
    });
    place.keep(&answer, rows.len(), 0)?;
    if options.json {
        print(&json(&answer)?)?;
    } else {
        print(&text(&rows))?;
    }
    Ok(Exit::Fine)
}

/// An instant, or a time after the start, as a tick.
fn moment(text: &str, scenario: &Scenario) -> Result<Tick, Failure> {
    let start = scenario.run.start.seconds();
    let tick = match (text.parse::<Moment>(), text.parse::<Span>()) {
        (Ok(moment), _) => moment.seconds() - start,
        (_, Ok(span)) => i64::from(span.seconds()),
        _ => -1,
    };
    Tick::try_from(tick)
        .ok()
        .filter(|tick| *tick < scenario.ticks())
        .ok_or_else(|| {
            Failure::usage(format!(
                "--at {text}: an instant within the run, such as {}, or a time after its start, such \
                 as 36h",
                instant(start)
            ))
        })
}

/// A name as a part of a path.
fn plain(name: &str) -> String {
    let kept: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "-_.".contains(c) {
                c
            } else {
                '-'
            }
        })
        .collect();
    kept.trim_matches('-').chars().take(40).collect()
}

fn text(rows: &[(String, PathBuf, figures::Figures)]) -> String {
    let columns = std::iter::once(left("try")).chain(FIGURES.map(right));
    let columns: Vec<TextColumn<'_>> = columns.collect();
    let row = |(name, _, figures): &(String, PathBuf, figures::Figures)| {
        let values = FIGURES.map(|figure| match figures.get(figure).copied().flatten() {
            Some(value) if value.abs() >= 1_000.0 => short(value),
            Some(value) => format!("{value:.2}"),
            None => "never".into(),
        });
        std::iter::once(name.clone()).chain(values).collect()
    };
    text_table(&columns, rows.iter().map(row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_parts_of_paths() {
        assert_eq!(plain("a.b=full; c=2m"), "a.b-full--c-2m");
        assert_eq!(plain("../../etc"), "..-..-etc");
        assert_eq!(plain("none"), "none");
    }
}
