//! What is printed at the end of a run.

use serde_json::json;

use crate::{
    commands::options::RunOptions,
    host::{console::print, error::Failure},
    results::{narrative::summary, observed},
    run::result_files::Results,
    store::{
        manifest::{self, Manifest},
        run_directory::RunDirectory,
    },
};

/// Prints the observations, the figures and what they cost; or all of it as JSON.
///
/// # Errors
/// That standard output cannot be written.
pub(crate) fn print_results(
    options: &RunOptions,
    manifest: &Manifest,
    results: &Results,
    directory: &RunDirectory,
) -> Result<(), Failure> {
    let Results {
        summary,
        comparisons,
    } = results;
    if options.json {
        let both = json!({
            "directory": directory.path().display().to_string(),
            "manifest": manifest,
            "summary": summary,
        });
        return print(&manifest::json(&both)?);
    }
    let mut text = String::new();
    if !comparisons.is_empty() {
        text.push_str(&observed::table(comparisons));
        text.push('\n');
    }
    if !options.scenario.set.is_empty() {
        text.push_str(&format!(
            "{:<18}{}\n",
            "changed",
            options.scenario.set.join("  ")
        ));
    }
    text.push_str(&summary::text(summary));
    text.push_str(&format!(
        "{:<18}{}
{:<18}{}
",
        "cost",
        manifest.cost(),
        "digest",
        manifest.digest.as_deref().unwrap_or("none"),
    ));
    print(&text)
}
