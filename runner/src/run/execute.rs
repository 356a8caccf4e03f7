//! `patchday run`: from a scenario to a run directory.
//!
//! What was computed is kept whatever happens: a run that was interrupted, halted
//! or panicked, or whose disk filled, leaves its series, summary, observations and
//! plot as far as it came, and a manifest that says so.

use std::{path::Path, rc::Rc, time::Instant};

use patchday_agents::{Simulation, scenario::Scenario};
use patchday_core::Tick;

use crate::{
    commands::options::RunOptions,
    export::{format::Format, write},
    host::{
        console::say,
        error::{Exit, Failure},
        format::{grouped, instant},
        memory_guard::MemoryWatch,
        resources::{self, Workers},
        signals::Interrupt,
    },
    report::run::report_file,
    results::{expectations::Expectations, figures},
    run::{
        conclusion,
        error::RunError,
        estimate::{
            memory::{mail_limit, reserve},
            pilot::Pilot,
            plan::Estimate,
        },
        progress::Progress,
        rate::Place,
        recorder::Recorder,
        result_files::Results,
        resume::{Resumed, is_to_begin, resume},
        run_loop::{Course, Ending, follow},
    },
    scenario::prepare::{Prepared, prepare, target},
    store::{
        checkpoint::format::Keeping,
        layout::{CONFIG, MANIFEST, SERIES},
        manifest::Manifest,
        resume_command::{self, Again},
        run_directory::RunDirectory,
    },
};

/// From so many users on a run takes so long that a pilot of some seconds tells its time.
const WORTH_A_PILOT: u64 = 20_000_000;

/// `patchday run`.
///
/// # Errors
/// What is wrong with the scenario or the directory, or what stopped the run.
pub fn run(options: &RunOptions) -> Result<Exit, Failure> {
    options.export.map_or(Ok(()), Format::check)?;
    let workers = Workers::new(options.machine.settings());
    if let Some(warning) = workers.warn() {
        say(&warning);
    }
    let prepared = match options.resume && options.scenario.file.is_dir() {
        true => None,
        false => Some(prepare(&options.scenario)?),
    };
    let begins = |it: &Prepared| !options.resume || is_to_begin(&target(options, it), it);
    match prepared {
        Some(prepared) if begins(&prepared) => anew(options, prepared, workers),
        prepared => {
            let interrupt = Interrupt::of_signals();
            let ready = resume(options, prepared.as_ref(), workers)?;
            let expectations = expectations(options, &ready.scenario)?;
            judge(options, ready, &interrupt, &expectations)
        }
    }
}

/// A run from its start.
fn anew(options: &RunOptions, prepared: Prepared, workers: Workers) -> Result<Exit, Failure> {
    prepared.warn();
    let expectations = expectations(options, &prepared.scenario)?;
    let available = resources::memory_available(workers.threads);
    let (file, scenario) = (&prepared.file, &prepared.scenario);
    Estimate::of(file, scenario, prepared.scale, workers, available).check()?;
    let of = (file.as_str(), prepared.scale);
    let pilot = match scenario.population.users < WORTH_A_PILOT {
        true => None,
        false => Some(Pilot::fly(scenario)?),
    };
    let estimate = Estimate::with(of, scenario, workers, available, pilot.as_ref());
    estimate.check()?;
    // From here on an interrupt is heeded, not obeyed at once.
    let interrupt = Interrupt::of_signals();
    let place = target(options, &prepared);
    let replaces = options.force || options.resume;
    let directory = RunDirectory::create(&place, replaces, scenario.observed.len())?;
    let directory = Rc::new(directory);
    say(&opening(&prepared, workers, &estimate, &directory));
    let limit = mail_limit(scenario, workers, available);
    let (manifest, recorder, simulation) = begin(options, &prepared, workers, limit, &directory)
        .inspect_err(|_| directory.abandon())?;
    let ready = Resumed {
        directory,
        scenario: prepared.scenario,
        manifest,
        recorder,
        simulation,
        again: resume_command::options_of(options),
    };
    judge(options, ready, &interrupt, &expectations)
}

/// What the run is held against at its end.
fn expectations(options: &RunOptions, scenario: &Scenario) -> Result<Expectations, Failure> {
    let baseline = options.baseline.as_deref();
    Expectations::of(&scenario.expect, baseline, options.tolerance)
}

/// From the first tick, or that of a checkpoint, to the end, or to what stops it. `every` is
/// the time between two checkpoints; `live` shows it on a screen; `tell` is told what came of it before that is judged.
///
/// # Errors
/// What stopped the run, or what could not be kept.
pub(crate) fn carry_out(
    every: Option<Tick>,
    live: bool,
    ready: Resumed,
    interrupt: &Interrupt,
    tell: impl FnOnce(&Manifest, &Results, &RunDirectory) -> Result<(), Failure>,
) -> Result<Results, Failure> {
    let Resumed {
        directory,
        scenario,
        manifest,
        mut recorder,
        mut simulation,
        again,
    } = ready;
    let from = Place {
        now: simulation.now(),
        handled: simulation.handled(),
    };
    let live = live.then_some(interrupt);
    recorder.progress = Some(Progress::begin(directory.path(), &scenario, from, live));
    let begun = Instant::now();
    let course = Course {
        checkpoint: every,
        ..course(&scenario)
    };
    let watch = MemoryWatch::begin(interrupt, reserve(&scenario));
    let (ending, mut recorder) = execute(&mut simulation, course, interrupt, recorder);
    drop(watch);
    recorder.samples.notes = simulation.notes().to_vec();
    let cause = interrupt.cause();
    let manifest = manifest.signed(&scenario, &simulation, (&ending, cause), begun);
    let place = directory.path();
    let again = Again {
        saved: recorder.saved == Some(simulation.now()),
        command: resume_command::of_run(place, &again),
    };
    let stays = recorder.stay();
    let is_there = stays.is_ok();
    let (results, manifest, kept) = keep(stays, &directory, &scenario, recorder, manifest);
    if is_there {
        report_file::write(directory.path());
    }
    // What stopped the run is the error; what could not be kept because of it is said before.
    let failure = match (ending, kept) {
        (Ok(ending), Ok(())) => {
            tell(&manifest, &results, &directory)?;
            return stopped(ending, cause, &manifest, place, &again).map(|()| results);
        }
        (Ok(_), Err(failure)) => {
            tell(&manifest, &results, &directory)?;
            failure
        }
        (Err(failure), kept) => {
            kept.unwrap_or_else(|also| say(&also.to_string()));
            failure
        }
    };
    say(&match is_there {
        true => again.words(&manifest, place),
        false => "nothing could be kept".into(),
    });
    Err(failure.during_run())
}

/// Carries a run out, tells of it, and holds it against what is expected.
fn judge(
    options: &RunOptions,
    ready: Resumed,
    interrupt: &Interrupt,
    expectations: &Expectations,
) -> Result<Exit, Failure> {
    let suite = ready.scenario.run.title.clone();
    let every = options.checkpoint_every.map(|every| every.seconds());
    let results = carry_out(
        every,
        options.live,
        ready,
        interrupt,
        |manifest, results, directory| {
            conclusion::print_results(options, manifest, results, directory)?;
            match options.export {
                Some(format) => write::beside(directory.path(), format)
                    .map(drop)
                    .map_err(Failure::during_run),
                None => Ok(()),
            }
        },
    )?;
    let figures = figures::figures(&results.summary);
    expectations.hold(&figures, &suite, options.junit.as_deref(), options.json)
}

/// Everything that must be there before the first tick.
fn begin(
    options: &RunOptions,
    prepared: &Prepared,
    workers: Workers,
    limit: u64,
    directory: &Rc<RunDirectory>,
) -> Result<(Manifest, Recorder, Simulation), Failure> {
    let manifest = Manifest::of(prepared, workers);
    let simulation = simulation(&prepared.scenario, workers, limit)?;
    let text = manifest.sealed()?;
    directory.replace(&text)?;
    directory.write(CONFIG, prepared.config.as_bytes())?;
    let keeping = Keeping {
        config: prepared.config.clone(),
        config_hash: prepared.config_hash.clone(),
        manifest: text,
        most: options.keep_checkpoints.map(|most| most as usize),
    };
    let recorder = Recorder::begin(directory, &prepared.scenario, keeping)?;
    Ok((manifest, recorder, simulation))
}

/// What is said before a run.
fn opening(
    prepared: &Prepared,
    workers: Workers,
    estimate: &Estimate,
    directory: &RunDirectory,
) -> String {
    let run = &prepared.scenario.run;
    format!(
        "{}: {} users, {} to {}, seed {}, threads {}, shards {}\nestimate: {}\nresults: {}",
        prepared.file,
        grouped(prepared.scenario.population.users),
        instant(run.start.seconds()),
        instant(run.end.seconds()),
        run.seed,
        workers.threads,
        workers.shards,
        estimate.line(),
        directory.path().display(),
    )
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

/// From where to where a scenario runs.
pub(crate) fn course(scenario: &Scenario) -> Course {
    Course {
        end: scenario.ticks(),
        sample: scenario.run.sample.seconds(),
        checkpoint: None,
    }
}

/// Runs to the end, or to what stops it, which may be that a sample could not be
/// written.
fn execute(
    simulation: &mut Simulation,
    course: Course,
    interrupt: &Interrupt,
    mut recorder: Recorder,
) -> (Result<Ending, Failure>, Recorder) {
    let ending = follow(simulation, course, interrupt, &mut recorder);
    recorder.progress = None;
    (ending, recorder)
}

/// Writes everything that is written at the end, the manifest last. A file that
/// cannot be written does not keep the others from it; the first such is the error,
/// and the manifest does not call such a run complete. Nothing is written if the directory
/// is not there to write into.
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
    let results = Results::of(scenario, &samples);
    if stays.is_err() {
        manifest.complete = false;
        return (results, manifest, stays);
    }
    directory.make_room();
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
    let text = manifest.sealed();
    let closed = text
        .map_err(Failure::from)
        .and_then(|text| Ok(directory.write(MANIFEST, text.as_bytes())?));
    (results, manifest, written.and(closed))
}

/// How the program ends after everything was kept; `cause` is what stopped the run, if it
/// was nobody.
fn stopped(
    ending: Ending,
    cause: Option<&str>,
    manifest: &Manifest,
    place: &Path,
    again: &Again,
) -> Result<(), Failure> {
    let words = again.words(manifest, place);
    let at = || manifest.end.clone();
    let error = match (ending, cause) {
        (Ending::Finished, _) => return Ok(()),
        (Ending::Interrupted, None) => RunError::Interrupted {
            at: at(),
            next: words,
        },
        (Ending::Interrupted, Some(cause)) => RunError::OutOfMemory {
            at: at(),
            why: cause.to_owned(),
            next: words,
        },
        (Ending::Halted(halt), _) => RunError::OutOfMemory {
            at: at(),
            why: halt.to_string(),
            next: words,
        },
        (Ending::Panicked(reason), _) => RunError::Panicked {
            reason,
            kept: place.to_owned(),
        },
    };
    Err(error.into())
}
