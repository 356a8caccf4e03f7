//! `patchday run --resume`: continues a run that was interrupted or killed.
//!
//! The run continues from its last checkpoint that is whole and needs nothing else: if manifest,
//! scenario or series are damaged or missing, they are restored from the checkpoint with a
//! warning. Ticks after the checkpoint are computed again; series, results and digest equal those of
//! an uninterrupted run. Without a checkpoint the run starts from its first tick. A complete run is
//! judged again, and gets files that are missing, so that one command can be repeated until it
//! succeeds.

use std::{fs, path::Path, rc::Rc};

use patchday_agents::{Simulation, scenario::Scenario};

use crate::{
    host::{
        console::say,
        error::Failure,
        ranks::cluster::machines,
        resources::{self, Workers},
    },
    run::{
        error::RunError,
        estimate::{
            memory::mail_limit,
            plan::{Estimate, PlannedRun},
        },
        ranks,
        recorder::Recorder,
        settings::RunSettings,
        verification::complete_run::CompleteRun,
    },
    scenario::{
        prepare::{Prepared, target},
        print::config_hash,
    },
    store::{
        checkpoint::format::{self, Checkpoint, CheckpointSettings},
        layout::{CONFIG, MANIFEST, SERIES},
        manifest::Manifest,
        place::free::is_free,
        resume_command,
        run_directory::RunDirectory,
    },
};

/// How a run continues.
pub(crate) enum Resumption {
    /// From its last checkpoint.
    Continues(Box<Resumed>),
    /// It is complete.
    Complete(Box<CompleteRun>),
}

/// A run that is ready to be executed, from its first tick or from a checkpoint.
pub(crate) struct Resumed {
    pub(crate) directory: Rc<RunDirectory>,
    pub(crate) scenario: Scenario,
    pub(crate) manifest: Manifest,
    pub(crate) recorder: Recorder,
    pub(crate) simulation: Simulation,
    /// The options that a command which resumes the run repeats.
    pub(crate) options: Vec<String>,
}

/// The last checkpoint of a run directory that can be read.
///
/// # Errors
/// Returns an error if there is no checkpoint, or if all are damaged.
pub(crate) fn last(run: &Path) -> Result<Checkpoint, Failure> {
    let all = format::list(run);
    for path in all.iter().rev() {
        match Checkpoint::open_whole(path) {
            Ok(checkpoint) => return Ok(checkpoint),
            Err(failure) => say(&format!("warning: {failure}")),
        }
    }
    let why = if all.is_empty() {
        "; `--checkpoint-every 6h` writes some"
    } else {
        ": all are damaged"
    };
    let command = Manifest::read(run)
        .map(|manifest| resume_command::from_the_start(&manifest.command_words, &manifest.command));
    let way_out = command.map_or_else(
        |_| String::new(),
        |command| format!("; to run it again from the start: {command}"),
    );
    let run = run.to_owned();
    Err(RunError::NoCheckpoint { run, why, way_out }.into())
}

/// Whether the directory has nothing to continue yet, so that the run starts from its first tick.
pub(crate) fn starts_from_first_tick(run: &Path, prepared: &Prepared) -> bool {
    if !run.exists() || is_free(run).unwrap_or(false) {
        return true;
    }
    let own =
        |manifest: Manifest| !manifest.complete && manifest.config_hash == prepared.config_hash;
    format::list(run).is_empty() && Manifest::read(run).is_ok_and(own)
}

/// Restores a run from its last checkpoint: the run in the directory that is given as the file, or
/// the run of `prepared`.
///
/// # Errors
/// Returns an error if the run has no checkpoint that is whole, if it is of another scenario or
/// version, or if a file cannot be read or written.
pub(crate) fn resume(
    settings: &RunSettings,
    prepared: Option<&Prepared>,
    workers: Workers,
) -> Result<Resumption, Failure> {
    let file = &settings.scenario.file;
    let (run, wanted) = if let Some(prepared) = prepared {
        (
            target(settings.out.as_deref(), prepared),
            Some(&prepared.config_hash),
        )
    } else {
        if !settings.scenario.overrides.is_empty()
            || settings.scenario.seed.is_some()
            || settings.scenario.until.is_some()
            || settings.scenario.scale != 1.0
            || settings.out.as_ref().is_some_and(|out| out != file)
        {
            return Err(RunError::ResumeChanges.into());
        }
        (file.clone(), None)
    };
    let known = manifest_of(&run)?;
    let known = match known {
        Ok(manifest) if manifest.complete => {
            let complete = CompleteRun::open(&run, manifest)?;
            let hash = config_hash(&complete.scenario);
            if wanted.is_some_and(|wanted| *wanted != hash) {
                return Err(RunError::OtherScenario { run, hash }.into());
            }
            return Ok(Resumption::Complete(Box::new(complete)));
        }
        known => known,
    };
    let mut checkpoint = last(&run)?;
    let scenario = checkpoint.scenario()?;
    let hash = config_hash(&scenario);
    let other = |manifest: &Manifest| manifest.config_hash != hash;
    if wanted.is_some_and(|wanted| *wanted != hash) || known.as_ref().is_ok_and(other) {
        return Err(RunError::OtherScenario { run, hash }.into());
    }
    checkpoint.check_version()?;
    let manifest = match known {
        Ok(manifest) => manifest,
        Err(fault) => {
            say(&format!(
                "warning: {fault}; it is restored from the checkpoint"
            ));
            Manifest::parse(checkpoint.head.manifest.as_bytes()).map_err(|fault| {
                RunError::CheckpointManifest {
                    checkpoint: checkpoint.path.clone(),
                    fault: fault.to_string(),
                }
            })?
        }
    };
    let available = resources::memory_available(workers.threads);
    let available = available.map(|bytes| bytes.saturating_mul(machines()));
    let shown = run.display().to_string();
    let planned = PlannedRun {
        file: &shown,
        scenario: &scenario,
        scale: 1.0,
        workers,
        available,
    };
    Estimate::new(planned, None).check()?;
    let directory = Rc::new(RunDirectory::reopen(&run, scenario.observed.len())?);
    say(&format!("resuming from {}", checkpoint.path.display()));
    let manifest = manifest.resumed_with(workers);
    let keeping = CheckpointSettings {
        config: checkpoint.head.config.clone(),
        config_hash: hash,
        manifest: manifest.to_json()?,
        most: settings.repeated.keep_checkpoints.map(|most| most as usize),
    };
    directory.write(MANIFEST, keeping.manifest.as_bytes())?;
    check_config(&directory, &keeping.config)?;
    let series = checkpoint.series()?;
    let (recorder, wrong) = Recorder::resume(&directory, &scenario, keeping, &series)?;
    if let Some(wrong) = wrong {
        say_wrong(&run.join(SERIES), &series, wrong as usize);
    }
    drop(series);
    let limit = mail_limit(&scenario, workers, available);
    let machine = (settings.repeated.machine, workers);
    let simulation = ranks::resume(checkpoint, &scenario, machine, limit)?;
    Ok(Resumption::Continues(Box::new(Resumed {
        directory,
        scenario,
        manifest,
        recorder,
        simulation,
        options: settings.repeated.words(),
    })))
}

/// The manifest of a run to resume, or why it cannot be read.
fn manifest_of(run: &Path) -> Result<Result<Manifest, String>, Failure> {
    match Manifest::read(run) {
        Ok(manifest) => Ok(Ok(manifest)),
        // Without a checkpoint the manifest cannot be restored.
        Err(failure) if format::list(run).is_empty() => Err(failure.into()),
        Err(failure) => Ok(Err(failure.to_string())),
    }
}

/// Restores the scenario of the directory if it is not the one that ran.
fn check_config(directory: &RunDirectory, config: &str) -> Result<(), Failure> {
    let path = directory.path().join(CONFIG);
    let there = fs::read(&path).unwrap_or_default();
    let pairs = there.iter().zip(config.as_bytes());
    let same = pairs.take_while(|(one, other)| one == other).count();
    if same == config.len() && there.len() == same {
        return Ok(());
    }
    say_wrong(&path, config.as_bytes(), same);
    Ok(directory.write(CONFIG, config.as_bytes())?)
}

/// Warns that a file is restored, with the place of its first wrong byte.
fn say_wrong(path: &Path, right: &[u8], same: usize) {
    let line = 1 + right[..same].iter().filter(|byte| **byte == b'\n').count();
    say(&format!(
        "warning: {}: line {line}, at byte {same}: not as it was written; it is restored from the \
         checkpoint",
        path.display()
    ));
}
