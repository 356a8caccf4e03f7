//! `patchday check` and `patchday schema`: is a scenario right, and what can it hold.
//!
//! The findings are what was asked for, so they go to standard output.

use patchday_agents::metrics::COLUMNS;
use patchday_agents::scenario::Scenario;

use crate::{
    cli::{CheckOptions, SchemaOptions},
    exit::{Exit, Failure, print},
    figures::{grouped, instant},
    manifest::json,
    preparation::{load, scaled},
    scenario::{self, Report},
};

/// `patchday check`.
///
/// # Errors
/// What cannot be said about the scenario's text: a scale it does not bear.
pub fn check(options: &CheckOptions) -> Result<Exit, Failure> {
    match load(&options.scenario) {
        Ok(loaded) => {
            let report = loaded.warnings.clone();
            let prepared = scaled(&options.scenario, loaded)?;
            show(&report, options.json)?;
            if !options.json {
                let run = &prepared.scenario.run;
                print(&format!(
                    "{} can run: {}, {} users, {} to {}\n",
                    prepared.file,
                    run.title,
                    grouped(prepared.scenario.population.users),
                    instant(run.start.seconds()),
                    instant(run.end.seconds()),
                ))?;
            }
            Ok(Exit::Fine)
        }
        Err(Failure::Scenario(report)) => {
            show(&report, options.json)?;
            Ok(Exit::Usage)
        }
        Err(failure) => Err(failure),
    }
}

fn show(report: &Report, as_json: bool) -> Result<(), Failure> {
    if as_json {
        print(&json(&report.to_json())?)
    } else if report.diagnostics().is_empty() {
        Ok(())
    } else {
        print(&format!("{report}\n"))
    }
}

/// `patchday schema`.
///
/// # Errors
/// That there is no such key, or that standard output cannot be written.
pub fn schema(options: &SchemaOptions) -> Result<Exit, Failure> {
    let text = if options.json {
        json(&scenario::schema_json::<Scenario>())?
    } else if options.series {
        columns()
    } else {
        let prefix = options.key.as_deref().unwrap_or_default();
        let text = scenario::schema_text::<Scenario>(prefix);
        if text.is_empty() {
            return Err(Failure::Usage(format!("schema: no key `{prefix}`")));
        }
        text
    };
    print(&text).map(|()| Exit::Fine)
}

/// The columns of the series, a line each.
fn columns() -> String {
    let first = [
        ("time", "UTC", "The instant of the row (RFC 3339)."),
        (
            "tick",
            "s",
            "Simulated seconds since the start, when the row was taken.",
        ),
    ];
    let others = COLUMNS.iter().map(|one| (one.name, one.unit, one.doc));
    let line = |(name, unit, doc)| format!("{name:26}  {unit:10}  {doc}\n");
    first.into_iter().chain(others).map(line).collect()
}
