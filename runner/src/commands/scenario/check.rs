//! `patchday check`: reports all errors and warnings of a scenario, with line and column.
//!
//! The findings are the result of the command, so they go to standard output.

use clap::Args;
use patchday_agents::scenario::parameter::Check;

use crate::{
    commands::options::ScenarioOptions,
    host::{
        console::{print, print_text},
        error::{Exit, Failure},
        escape,
        format::{grouped, length},
    },
    results::expectations,
    run::estimate::calm_load::DerivedFigures,
    scenario::{
        diagnostics::{Diagnostic, Findings},
        error::LoadError,
        prepare::{load, scaled},
    },
    store::manifest::json,
};

/// Options of `patchday check`.
#[derive(Clone, Debug, Args)]
pub struct CheckOptions {
    /// The scenario and its overrides.
    #[command(flatten)]
    pub scenario: ScenarioOptions,
    /// Print the findings as JSON
    #[arg(long)]
    pub json: bool,
}

/// `patchday check`.
///
/// # Errors
/// Returns an error that has no position in the text: a scale for which the scenario is invalid.
pub fn check(options: &CheckOptions) -> Result<Exit, Failure> {
    match load(&options.scenario.settings()) {
        Ok(loaded) => {
            let mut report = loaded.warnings.clone();
            for error in expectations::errors(&loaded) {
                report.add(error);
            }
            if report.errors() > 0 {
                show(&report, None, options.json)?;
                return Ok(Exit::Usage);
            }
            let prepared = match scaled(&options.scenario.settings(), loaded) {
                Err(error) if options.json => return refused(options, &error.to_string()),
                prepared => prepared?,
            };
            let derived = DerivedFigures::new(&prepared.scenario);
            if options.scenario.scale == 1.0 {
                show(&report, Some(&derived), options.json)?;
            } else {
                // The file has the values before scaling, so a warning has no position.
                let mut report = Findings::new(&prepared.file, &[]);
                let coarse = prepared.coarse.iter().cloned();
                for remark in prepared.scenario.check().into_iter().chain(coarse) {
                    let message = format!("{} {}", remark.path, remark.message);
                    report.add(Diagnostic::warning(None, message));
                }
                show(&report, Some(&derived), options.json)?;
            }
            if !options.json {
                let run = &prepared.scenario.run;
                print_text(&format!(
                    "{}: no errors\n\
                     title      {}\n\
                     users      {}\n\
                     time       {} to {}, {}\n\
                     {}",
                    escape::line(&prepared.file),
                    escape::line(&run.title),
                    grouped(prepared.scenario.population.users),
                    run.start,
                    run.end,
                    length(prepared.scenario.ticks().into(), run.clock().tick),
                    derived.text(&prepared.scenario),
                ))?;
            }
            Ok(Exit::Fine)
        }
        Err(LoadError::Findings(report)) => {
            show(&report, None, options.json)?;
            Ok(Exit::Usage)
        }
        Err(error) if options.json => refused(options, &error.to_string()),
        Err(error) => Err(error.into()),
    }
}

/// Prints an error that has no position in the file, as JSON.
fn refused(options: &CheckOptions, message: &str) -> Result<Exit, Failure> {
    let mut report = Findings::new(&options.scenario.file.display().to_string(), &[]);
    report.add(Diagnostic::error(None, message));
    show(&report, None, true).map(|()| Exit::Usage)
}

fn show(report: &Findings, derived: Option<&DerivedFigures>, as_json: bool) -> Result<(), Failure> {
    if as_json {
        let mut value = report.to_json();
        value["derived"] = serde_json::json!(derived);
        print(&json(&value)?)
    } else if report.diagnostics().is_empty() {
        Ok(())
    } else {
        print_text(&format!("{report}\n"))
    }
}
