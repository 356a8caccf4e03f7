//! `patchday check` and `patchday schema`: is a scenario right, and what can it hold.
//!
//! The findings are what was asked for, so they go to standard output.

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
/// That standard output cannot be written.
pub fn schema(options: &SchemaOptions) -> Result<Exit, Failure> {
    let text = if options.json {
        json(&scenario::schema_json::<Scenario>())?
    } else {
        scenario::schema_table::<Scenario>()
    };
    print(&text).map(|()| Exit::Fine)
}
