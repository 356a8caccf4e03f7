//! `patchday run --resume`: a run that was interrupted, or killed, goes on.
//!
//! It goes on from its last checkpoint that is whole, and needs nothing else: what is
//! damaged or missing of manifest, scenario and series is said and put right from there.
//! What was computed after it is computed again; series, results and digest are those of
//! the run that never stopped. A scenario of which no run has come as far as a checkpoint
//! begins, so that one command can be repeated until it is done.

use std::{fs, path::Path, rc::Rc};

use patchday_agents::{Simulation, scenario::Scenario};

use crate::{
    host::{
        console::say,
        error::Failure,
        resources::{self, Workers},
    },
    run::{
        estimate::{memory::mail_limit, plan::Estimate},
        recorder::Recorder,
        settings::RunSettings,
    },
    scenario::{
        prepare::{Prepared, target},
        print::config_hash,
    },
    store::{
        checkpoint::format::{self, Checkpoint, CheckpointSettings},
        layout::{CONFIG, MANIFEST, SERIES},
        manifest::Manifest,
        resume_command,
        run_directory::{RunDirectory, is_free},
    },
};

/// A run that can go on.
pub(crate) struct Resumed {
    pub(crate) directory: Rc<RunDirectory>,
    pub(crate) scenario: Scenario,
    pub(crate) manifest: Manifest,
    pub(crate) recorder: Recorder,
    pub(crate) simulation: Simulation,
    /// What a command that goes on with it says beside that.
    pub(crate) again: Vec<String>,
}

/// The last checkpoint of a run directory that can be read.
///
/// # Errors
/// That there is none.
pub(crate) fn last(run: &Path) -> Result<Checkpoint, Failure> {
    let all = format::list(run);
    for path in all.iter().rev() {
        match Checkpoint::open_whole(path) {
            Ok(checkpoint) => return Ok(checkpoint),
            Err(failure) => say(&format!("warning: {failure}")),
        }
    }
    let why = match all.len() {
        0 => "; `--checkpoint-every 6h` writes some",
        _ => " is intact",
    };
    let command = Manifest::read(run)
        .map(|manifest| resume_command::from_the_start(&manifest.command_words, &manifest.command));
    let way_out = command.map_or_else(
        |_| String::new(),
        |command| format!("; to run it again from the start: {command}"),
    );
    Err(Failure::usage(format!(
        "{}: no checkpoint to resume from{why}{way_out}",
        run.display(),
    )))
}

/// Whether there is nothing to go on with yet, so that the run begins.
pub(crate) fn is_to_begin(run: &Path, prepared: &Prepared) -> bool {
    if !run.exists() || is_free(run).unwrap_or(false) {
        return true;
    }
    let own =
        |manifest: Manifest| !manifest.complete && manifest.config_hash == prepared.config_hash;
    format::list(run).is_empty() && Manifest::read(run).is_ok_and(own)
}

/// Everything that must be there before a run goes on: the one in the directory that was
/// given as the file, or the one of `prepared`.
///
/// # Errors
/// Why it cannot go on.
pub(crate) fn resume(
    settings: &RunSettings,
    prepared: Option<&Prepared>,
    workers: Workers,
) -> Result<Resumed, Failure> {
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
            || settings.out.is_some()
        {
            return Err(Failure::usage(
                "--resume continues a run unchanged; `patchday fork` continues one with changes"
                    .into(),
            ));
        }
        (file.clone(), None)
    };
    let known = manifest_of(&run)?;
    if known.as_ref().is_ok_and(|manifest| manifest.complete) {
        return Err(Failure::usage(format!(
            "{}: the run is complete; there is nothing to resume",
            run.display()
        )));
    }
    let mut checkpoint = last(&run)?;
    let scenario = checkpoint.scenario()?;
    let hash = config_hash(&scenario);
    let other = |manifest: &Manifest| manifest.config_hash != hash;
    if wanted.is_some_and(|wanted| *wanted != hash) || known.as_ref().is_ok_and(other) {
        return Err(Failure::usage(format!(
            "{}: its checkpoint is of another scenario than {CONFIG} or the one given: hash {hash}",
            run.display()
        )));
    }
    checkpoint.check_version()?;
    let manifest = match known {
        Ok(manifest) => manifest,
        Err(what) => {
            say(&format!(
                "warning: {what}; it is made again from the checkpoint"
            ));
            Manifest::parse(checkpoint.head.manifest.as_bytes()).map_err(|what| {
                Failure::usage(format!(
                    "{}: its manifest: {what}",
                    checkpoint.path.display()
                ))
            })?
        }
    };
    let available = resources::memory_available(workers.threads);
    let shown = run.display().to_string();
    Estimate::of(&shown, &scenario, 1.0, workers, available).check()?;
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
    let simulation = checkpoint.resume((&scenario, &scenario), workers, limit)?;
    Ok(Resumed {
        directory,
        scenario,
        manifest,
        recorder,
        simulation,
        again: settings.repeated.words(),
    })
}

/// The manifest of a run that can go on, or why there is none.
fn manifest_of(run: &Path) -> Result<Result<Manifest, String>, Failure> {
    match Manifest::read(run) {
        Ok(manifest) => Ok(Ok(manifest)),
        // Without a checkpoint that is the end of it.
        Err(failure) if format::list(run).is_empty() => Err(failure.into()),
        Err(failure) => Ok(Err(failure.to_string())),
    }
}

/// Puts the scenario of the directory right if it is not the one that ran.
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

/// Says that a file was put right, and from where on it was wrong.
fn say_wrong(path: &Path, right: &[u8], same: usize) {
    let line = 1 + right[..same].iter().filter(|byte| **byte == b'\n').count();
    say(&format!(
        "warning: {}: line {line}, at byte {same}: not as it was written; it is put right from the \
         checkpoint",
        path.display()
    ));
}
