//! `patchday check` and `patchday schema`: is a scenario right, and what can it hold.
//!
//! The findings are what was asked for, so they go to standard output.

use patchday_agents::{
    metrics::columns::COLUMNS,
    scenario::{Scenario, parameter::Check},
};

use crate::{
    commands::options::{CheckOptions, SchemaOptions},
    host::{
        console::print,
        error::{Exit, Failure},
        escape,
        format::{grouped, instant},
    },
    scenario::{
        diagnostics::{Diagnostic, Report},
        error::LoadError,
        prepare::{load, scaled},
    },
    store::manifest::json,
};

/// `patchday check`.
///
/// # Errors
/// What cannot be said about the scenario's text: a scale it does not bear.
pub fn check(options: &CheckOptions) -> Result<Exit, Failure> {
    match load(&options.scenario) {
        Ok(loaded) => {
            let report = loaded.warnings.clone();
            let prepared = match scaled(&options.scenario, loaded) {
                Err(error) if options.json => return refused(options, &error.to_string()),
                prepared => prepared?,
            };
            if options.scenario.scale == 1.0 {
                show(&report, options.json)?;
            } else {
                // The file has the values before scaling, so a warning has no place in it.
                let mut report = Report::new(&prepared.file, &[]);
                let coarse = prepared.coarse.iter().cloned();
                for remark in prepared.scenario.check().into_iter().chain(coarse) {
                    let message = format!("{} {}", remark.path, remark.message);
                    report.add(Diagnostic::warning(None, message));
                }
                show(&report, options.json)?;
            }
            if !options.json {
                let run = &prepared.scenario.run;
                print(&format!(
                    "{} can run: {}, {} users, {} to {}\n",
                    escape::line(&prepared.file),
                    escape::line(&run.title),
                    grouped(prepared.scenario.population.users),
                    instant(run.start.seconds()),
                    instant(run.end.seconds()),
                ))?;
            }
            Ok(Exit::Fine)
        }
        Err(LoadError::Findings(report)) => {
            show(&report, options.json)?;
            Ok(Exit::Usage)
        }
        Err(error) if options.json => refused(options, &error.to_string()),
        Err(error) => Err(error.into()),
    }
}

/// A finding that is not about a place in the file, for programs.
fn refused(options: &CheckOptions, message: &str) -> Result<Exit, Failure> {
    let mut report = Report::new(&options.scenario.file.display().to_string(), &[]);
    report.add(Diagnostic::error(None, message));
    show(&report, true).map(|()| Exit::Usage)
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
        json(&crate::scenario::schema::schema_json::<Scenario>())?
    } else if options.series {
        columns()
    } else {
        let prefix = options.key.as_deref().unwrap_or_default();
        let text = crate::scenario::schema::schema_text::<Scenario>(prefix);
        if text.is_empty() {
            return Err(Failure::usage(format!("schema: no key `{prefix}`")));
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
    let last = [(
        "online_in_REGION",
        "users",
        "Signed in, in a region; a column each, in the order of the scenario.",
    )];
    first
        .into_iter()
        .chain(others)
        .chain(last)
        .map(line)
        .collect()
}
