//! Where a table is from: what stands in its file beside the columns.
//!
//! Names are those of `manifest.json` and of a sweep's ledger. The command is the one that the
//! run recorded as having the same results. What does not change the results is left out (time,
//! machine, threads, shards, checkpoints, output), so the same run has the same bytes however and
//! wherever it ran.

use std::path::Path;

use crate::{
    experiment::storage::ledger_lines,
    host::error::Failure,
    store::{command_line::CommandLine, layout::MANIFEST, manifest::Manifest},
};

/// Names, and what they say.
pub(crate) type Provenance = Vec<(&'static str, String)>;

/// The provenance of the tables of a directory; of a sweep's table without a ledger nothing is
/// known.
///
/// # Errors
/// That its manifest cannot be read.
pub(crate) fn of(directory: &Path) -> Result<Provenance, Failure> {
    if directory.join(MANIFEST).exists() {
        return Ok(of_run(Manifest::read(directory)?));
    }
    Ok(ledger_lines::batch_of_directory(directory).map_or_else(Vec::new, of_sweep))
}

fn of_run(manifest: Manifest) -> Provenance {
    let all = [
        ("title", Some(manifest.title)),
        ("version", Some(manifest.version)),
        ("command", command(&manifest.reproduce)),
        ("seed", Some(manifest.seed.to_string())),
        ("scale", Some(manifest.scale.to_string())),
        ("config_hash", Some(manifest.config_hash)),
        ("digest", manifest.digest),
        ("complete", Some(manifest.complete.to_string())),
    ];
    let known = all.into_iter();
    known
        .filter_map(|(name, text)| Some((name, text?)))
        .collect()
}

fn of_sweep(batch: ledger_lines::Batch) -> Provenance {
    let all = [
        ("title", batch.title),
        ("version", batch.version),
        ("command", command(&batch.reproduce)),
        ("seed", Some(batch.seed.to_string())),
        ("batch", Some(batch.batch)),
    ];
    let known = all.into_iter();
    known
        .filter_map(|(name, text)| Some((name, text?)))
        .collect()
}

/// A command as it is shown; none in files of earlier versions, which did not record it.
fn command(reproduce: &CommandLine) -> Option<String> {
    (!reproduce.is_empty()).then(|| reproduce.to_string())
}
