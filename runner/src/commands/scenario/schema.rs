//! `patchday schema`: the keys of a scenario or study, the columns of a series and the figures of a summary.

use std::path::{Path, PathBuf};

use clap::Args;
use patchday_agents::{metrics::columns::COLUMNS, scenario::Scenario};

use crate::{
    commands::error::InvocationError,
    experiment::storage::study::Study,
    host::{
        console::print,
        error::{Exit, Failure},
    },
    results::figures,
    scenario::{
        error::LoadError,
        load::load_file,
        schema::{schema_json, schema_text},
    },
    store::manifest::json,
};

/// Options of `patchday schema`.
#[derive(Clone, Debug, Args)]
pub struct SchemaOptions {
    /// Only this key and the keys below it, such as overlay.promotion
    #[arg(conflicts_with_all = ["json", "series", "figures"])]
    pub key: Option<String>,
    /// Describe the keys of a study instead of those of a scenario
    #[arg(long, conflicts_with_all = ["series", "figures"])]
    pub study: bool,
    /// List the columns of series.csv instead
    #[arg(long, conflicts_with = "json")]
    pub series: bool,
    /// List the figures of summary.json, which criteria can test, instead
    #[arg(long, conflicts_with = "series")]
    pub figures: bool,
    /// With --figures: list the figures of this scenario's own first
    #[arg(long, value_name = "FILE", requires = "figures")]
    pub scenario: Option<PathBuf>,
    /// Print JSON Schema (draft-07) for editors and other programs; with --figures, a JSON list
    #[arg(long)]
    pub json: bool,
}

/// `patchday schema`.
///
/// # Errors
/// Returns an error if the key does not exist, if the scenario is invalid, or if standard output
/// cannot be written.
pub fn schema(options: &SchemaOptions) -> Result<Exit, Failure> {
    let scenario = options.scenario.as_deref().map(of_file).transpose()?;
    let text = if options.figures && options.json {
        json(&figures::list_json(scenario.as_ref()))?
    } else if options.figures {
        figures::list(scenario.as_ref())
    } else if options.json && options.study {
        json(&schema_json::<Study>("study"))?
    } else if options.json {
        json(&schema_json::<Scenario>("scenario"))?
    } else if options.series {
        columns()
    } else {
        let prefix = options.key.as_deref().unwrap_or_default();
        let text = if options.study {
            schema_text::<Study>("study", prefix)
        } else {
            schema_text::<Scenario>("scenario", prefix)
        };
        if text.is_empty() {
            return Err(InvocationError::NoKey(prefix.to_owned()).into());
        }
        text
    };
    print(&text).map(|()| Exit::Fine)
}

/// The scenario of a file, whose figures are to be listed.
fn of_file(file: &Path) -> Result<Scenario, Failure> {
    let loaded = load_file::<Scenario>(file, &[]).map_err(LoadError::from)?;
    figures::check_own(&loaded.scenario)?;
    Ok(loaded.scenario)
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
        "Users logged in, in a region: a column for each, in the order of the scenario.",
    )];
    first
        .into_iter()
        .chain(others)
        .chain(last)
        .map(line)
        .collect()
}
