//! The execution of a run: its loop from the first tick to the last, and the files at its end.
//!
//! Results survive every kind of stop: a run that was interrupted, halted or panicked, or whose
//! disk is full, leaves its series, summary, observations and plot up to the last sample, and a
//! manifest with the reason.

use std::{path::Path, time::Instant};

use patchday_agents::{Simulation, scenario::Scenario};
use patchday_core::Tick;

use crate::{
    host::{
        console::say, error::Failure, memory_guard::MemoryWatch, ranks::cluster::processes,
        resources::Workers, signals::Interrupt,
    },
    report::run::report_file,
    run::{
        benchmark::profile::Profile,
        error::RunError,
        estimate::memory::reserve,
        progress::{display::Progress, rate::RunPosition},
        recorder::Recorder,
        result_files::Results,
        resume::Resumed,
        run_loop::{Course, run_to_end},
    },
    store::{
        ending::Ending,
        layout::{MANIFEST, SERIES},
        manifest::Manifest,
        resume_command::{self, ResumeHint},
        run_directory::RunDirectory,
    },
};

/// How a run is executed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ExecuteOptions {
    /// The time between two checkpoints, in ticks.
    pub(crate) checkpoint_every: Option<Tick>,
    /// Whether the run is shown on a screen.
    pub(crate) live: bool,
    /// Whether the work of the shards is measured and printed.
    pub(crate) profile: bool,
}

/// Executes a run from its first tick or from a checkpoint, until it ends or is stopped.
/// `show` prints the results before the run is judged.
///
/// # Errors
/// Returns an error if the run was stopped, or if a file could not be kept.
pub(crate) fn execute(
    options: ExecuteOptions,
    ready: Resumed,
    interrupt: &Interrupt,
    show: impl FnOnce(&Manifest, &Results, &RunDirectory) -> Result<(), Failure>,
) -> Result<Results, Failure> {
    let Resumed {
        directory,
        scenario,
        manifest,
        mut recorder,
        mut simulation,
        options: words,
    } = ready;
    let from = RunPosition {
        now: simulation.now(),
        handled: simulation.handled(),
    };
    let command = resume_command::for_run(directory.path(), &words);
    if processes() > 1 {
        recorder.after_loss = Some(command.clone());
    }
    let live = options.live.then_some(interrupt);
    recorder.progress = Some(Progress::begin(directory.path(), &scenario, from, live));
    if options.profile {
        let now = recorder.samples.start + i64::from(simulation.now());
        recorder.profile = Some(Profile::begin(&mut simulation, now));
    }
    let begun = Instant::now();
    let course = Course {
        checkpoint: options.checkpoint_every,
        ..course(&scenario)
    };
    let watch = MemoryWatch::begin(interrupt, reserve(&scenario));
    let (ending, mut recorder) = run_recorded(&mut simulation, course, interrupt, recorder);
    drop(watch);
    if let Some(profile) = recorder.profile.take() {
        say(profile.end(&mut simulation, &recorder.samples).trim_end());
    }
    recorder.samples.notes = simulation.notes().to_vec();
    let cause = interrupt.cause();
    let manifest = manifest.finished(&scenario, &simulation, (&ending, cause), begun);
    let place = directory.path();
    let hint = ResumeHint {
        saved: recorder.saved == Some(simulation.now()),
        command,
    };
    // The report is made in the memory of the actors.
    drop(simulation);
    let stays = recorder.stay();
    let is_there = stays.is_ok();
    let (results, manifest, kept) = keep(stays, &directory, &scenario, recorder, manifest);
    if is_there {
        report_file::write(directory.path());
    }
    // The cause of the stop is the error; files that could not be written are printed before it.
    let failure = match (ending, kept) {
        (Ok(ending), Ok(())) => {
            show(&manifest, &results, &directory)?;
            return stopped(ending, cause, &manifest, place, &hint).map(|()| results);
        }
        (Ok(_), Err(failure)) => {
            show(&manifest, &results, &directory)?;
            failure
        }
        (Err(failure), kept) => {
            kept.unwrap_or_else(|also| say(&also.to_string()));
            failure
        }
    };
    say(&if is_there {
        hint.text(&manifest, place)
    } else {
        "no results could be saved".into()
    });
    Err(failure.during_run())
}

/// All actors of a scenario at its start.
pub(crate) fn simulation(
    scenario: &Scenario,
    workers: Workers,
    mail_limit: u64,
) -> Result<Simulation, Failure> {
    let Workers { threads, shards } = workers;
    Ok(Simulation::new(
        scenario,
        scenario.run.seed,
        threads,
        shards,
        mail_limit,
    )?)
}

/// The end of a scenario and the times of its samples, without checkpoints.
pub(crate) fn course(scenario: &Scenario) -> Course {
    Course {
        end: scenario.ticks(),
        sample: scenario.tick().ticks(scenario.run.sample).max(1),
        checkpoint: None,
    }
}

/// Runs to the end or until the run is stopped. A sample that cannot be written stops it, too.
fn run_recorded(
    simulation: &mut Simulation,
    course: Course,
    interrupt: &Interrupt,
    mut recorder: Recorder,
) -> (Result<Ending, Failure>, Recorder) {
    let ending = run_to_end(simulation, course, interrupt, &mut recorder);
    recorder.progress = None;
    (ending, recorder)
}

/// Writes all files of the end of a run, the manifest last. If a file cannot be written, the others
/// are written nevertheless; the first failure is returned, and the manifest does not call the run
/// complete. Nothing is written if `stays` is an error, because the directory does not exist.
fn keep(
    stays: Result<(), Failure>,
    directory: &RunDirectory,
    scenario: &Scenario,
    recorder: Recorder,
    mut manifest: Manifest,
) -> (Results, Manifest, Result<(), Failure>) {
    let Recorder {
        series, samples, ..
    } = recorder;
    let results = Results::new(scenario, &samples, &manifest.changed);
    if stays.is_err() {
        manifest.complete = false;
        return (results, manifest, stays);
    }
    directory.release_space();
    let series = series.into_inner();
    let hash = series.hash();
    let series = series.finish().map_err(Failure::from).map(|()| {
        manifest.files.insert(SERIES.into(), hash);
    });
    let written = results
        .files(scenario, &samples)
        .into_iter()
        .map(|(name, bytes)| {
            let bytes = bytes?;
            directory.write(name, &bytes)?;
            let hash = blake3::hash(&bytes).to_hex().to_string();
            manifest.files.insert(name.into(), hash);
            Ok(())
        })
        .fold(series, Result::and);
    if let (Err(failure), true) = (&written, manifest.complete) {
        manifest.complete = false;
        manifest.ended = failure.to_string();
    }
    let text = manifest.to_json();
    let closed = text
        .map_err(Failure::from)
        .and_then(|text| Ok(directory.write(MANIFEST, text.as_bytes())?));
    (results, manifest, written.and(closed))
}

/// The result of a run whose files are written. `cause` is the reason of an interrupt that did not
/// come from a signal.
fn stopped(
    ending: Ending,
    cause: Option<&str>,
    manifest: &Manifest,
    place: &Path,
    hint: &ResumeHint,
) -> Result<(), Failure> {
    let next = hint.text(manifest, place);
    let at = || manifest.end.clone();
    let error = match (ending, cause) {
        (Ending::Finished, _) => return Ok(()),
        (Ending::Interrupted, None) => RunError::Interrupted { at: at(), next },
        (Ending::Interrupted, Some(cause)) => RunError::OutOfMemory {
            at: at(),
            why: cause.to_owned(),
            next,
        },
        (Ending::Halted(halt), _) => RunError::OutOfMemory {
            at: at(),
            why: halt.to_string(),
            next,
        },
        (Ending::Panicked(reason), _) => RunError::Panicked { reason, next },
    };
    Err(error.into())
}
