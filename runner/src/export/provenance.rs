//! The provenance of a table: metadata about its run, for formats that can store it.
//!
//! Names are those of `manifest.json`, of a sweep's ledger and of `answer.json`. The command is the recorded one that
//! gives the same results. Values that do not change the results are left out (time, machine,
//! threads, shards, checkpoints, output), so the same run gives the same bytes wherever it ran.

use std::path::Path;

use crate::{
    experiment::storage::{answer::AnswerFile, ledger_lines},
    host::error::Failure,
    store::{command_line::CommandLine, layout::MANIFEST, manifest::Manifest},
};

/// Names and values.
pub(crate) type Provenance = Vec<(&'static str, String)>;

/// The provenance of the tables of a directory; empty for the table of a sweep without a ledger and
/// without an answer.
///
/// # Errors
/// Returns an error if the manifest cannot be read.
pub(crate) fn read(directory: &Path) -> Result<Provenance, Failure> {
    if directory.join(MANIFEST).exists() {
        return Ok(for_run(Manifest::read(directory)?));
    }
    if let Some(batch) = ledger_lines::batch_of_directory(directory) {
        return Ok(for_sweep(batch));
    }
    Ok(AnswerFile::read(directory)?.map_or_else(Vec::new, for_answer))
}

fn for_run(manifest: Manifest) -> Provenance {
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

fn for_sweep(batch: ledger_lines::Batch) -> Provenance {
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

fn for_answer(answer: AnswerFile) -> Provenance {
    vec![
        ("title", answer.title),
        ("version", answer.version),
        ("command", answer.command),
        ("seed", answer.seed.to_string()),
        ("scale", answer.scale.to_string()),
        ("question", answer.hash),
    ]
}

/// A command as text; `None` in files of earlier versions, which did not record it.
fn command(reproduce: &CommandLine) -> Option<String> {
    (!reproduce.is_empty()).then(|| reproduce.to_string())
}
