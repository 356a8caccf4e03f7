//! `patchday run --resume`: a run that was interrupted, or killed, goes on.
//!
//! It goes on from its last checkpoint that is whole. What was computed after that is
//! computed again; series, results and digest are those of the run that never stopped.

use std::path::Path;

use patchday_agents::{Simulation, scenario::Scenario};

use crate::{
    checkpoint::{self, Checkpoint},
    cli::RunOptions,
    exit::{Failure, say},
    machine,
    manifest::Manifest,
    plan::{Estimate, mail_limit},
    preparation::{Workers, prepare},
    recorder::{Keeping, Recorder},
    run::target,
    run_directory::{CONFIG, RunDirectory},
    scenario::config_hash,
};

/// A run that can go on.
pub(crate) struct Resumed {
    pub(crate) directory: RunDirectory,
    pub(crate) scenario: Scenario,
    pub(crate) manifest: Manifest,
    pub(crate) recorder: Recorder,
    pub(crate) simulation: Simulation,
}

/// The last checkpoint of a run directory that can be read.
///
/// # Errors
/// That there is none.
pub(crate) fn last(run: &Path) -> Result<Checkpoint, Failure> {
    let all = checkpoint::list(run);
    for path in all.iter().rev() {
        match Checkpoint::open_whole(path) {
            Ok(checkpoint) => return Ok(checkpoint),
            Err(failure) => say(&format!("warning: {failure}")),
        }
    }
    Err(Failure::Usage(format!(
        "{}: no checkpoint to go on from{}",
        run.display(),
        match all.len() {
            0 => "; `patchday run --checkpoint-every 6h` writes some",
            _ => " is whole",
        }
    )))
}

/// Everything that must be there before a run goes on. `most` is how many
/// checkpoints are kept.
///
/// # Errors
/// Why it cannot go on.
pub(crate) fn resume(options: &RunOptions, workers: Workers) -> Result<Resumed, Failure> {
    let file = &options.scenario.file;
    let (run, wanted) = if file.is_dir() {
        if !options.scenario.set.is_empty()
            || options.scenario.seed.is_some()
            || options.scenario.until.is_some()
            || options.scenario.scale != 1.0
            || options.out.is_some()
        {
            return Err(Failure::Usage(
                "--resume goes on with a run as it is; `patchday fork` changes one in mid-run"
                    .into(),
            ));
        }
        (file.clone(), None)
    } else {
        let prepared = prepare(&options.scenario)?;
        (target(options, &prepared), Some(prepared.config_hash))
    };
    let mut manifest = Manifest::read(&run)?;
    if manifest.complete {
        return Err(Failure::Usage(format!(
            "{}: the run is complete; there is nothing to go on with",
            run.display()
        )));
    }
    let checkpoint = last(&run)?;
    let scenario = checkpoint.scenario()?;
    let hash = config_hash(&scenario);
    if wanted.is_some_and(|wanted| wanted != hash) || manifest.config_hash != hash {
        return Err(Failure::Usage(format!(
            "{}: its checkpoint is of another scenario than {CONFIG} or the one given: hash {hash}",
            run.display()
        )));
    }
    checkpoint.check_version()?;
    let available = machine::memory_available();
    let shown = run.display().to_string();
    Estimate::of(&shown, &scenario, 1.0, workers, available).check()?;
    let directory = RunDirectory::reopen(&run, scenario.observed.len())?;
    let keeping = Keeping {
        config: checkpoint.head.config.clone(),
        config_hash: hash,
        most: options.keep_checkpoints.map(|most| most as usize),
    };
    let series_bytes = checkpoint.head.series_bytes;
    let path = checkpoint.path.clone();
    let limit = mail_limit(&scenario, workers, available);
    let simulation = checkpoint.resume((&scenario, &scenario), workers, limit)?;
    let recorder = Recorder::resume(&directory, &scenario, keeping, series_bytes)?;
    say(&format!("going on from {}", path.display()));
    manifest.resumed += 1;
    manifest.threads = workers.threads;
    manifest.shards = workers.shards;
    Ok(Resumed {
        directory,
        scenario,
        manifest,
        recorder,
        simulation,
    })
}
