//! The start of a run: from settings to a run directory and an initialized simulation.

use std::rc::Rc;

use patchday_agents::{Simulation, scenario::Scenario};
use patchday_core::engine::balance::Balance;

use crate::{
    host::{
        console::say,
        error::Failure,
        format::grouped,
        ranks::cluster::machines,
        resources::{self, Workers},
        signals::Interrupt,
    },
    results::expectations::{Expectations, junit},
    run::{
        estimate::{
            memory::mail_limit,
            pilot::Pilot,
            plan::{Estimate, PlannedRun},
        },
        execute::{ExecuteOptions, execute},
        ranks,
        recorder::Recorder,
        result_files::Results,
        resume::{Resumed, Resumption, resume, starts_from_first_tick},
        settings::RunSettings,
    },
    scenario::prepare::{Prepared, prepare, target},
    store::{
        checkpoint::format::CheckpointSettings, layout::CONFIG, manifest::Manifest, place::output,
        resume_command::RunOptionsToRepeat, run_directory::RunDirectory,
    },
};

/// The number of users from which a run takes so long that a pilot of some seconds is worth its time.
const WORTH_A_PILOT: u64 = 20_000_000;

/// A run that ended, with the expectations to check.
pub(crate) struct EndedRun {
    /// The title of the scenario.
    pub(crate) title: String,
    pub(crate) results: Results,
    pub(crate) expectations: Expectations,
}

/// Prints or exports the results of a run before its expectations are checked.
pub(crate) trait Show:
    FnOnce(&Manifest, &Results, &RunDirectory) -> Result<(), Failure>
{
}

impl<F: FnOnce(&Manifest, &Results, &RunDirectory) -> Result<(), Failure>> Show for F {}

/// Runs a scenario, or resumes a run.
///
/// # Errors
/// Returns an error if the scenario or the directory cannot be used, or if the run was stopped.
pub(crate) fn run(settings: &RunSettings, show: impl Show) -> Result<EndedRun, Failure> {
    let machine = settings.repeated.machine;
    let workers = if settings.profile {
        let most = Balance::THREADS.into_iter().max();
        Workers::with_shards_of(machine, most.unwrap_or(1))
    } else {
        Workers::new(machine)
    };
    if let Some(warning) = workers.warn() {
        say(&warning);
    }
    let prepared = if settings.resume && settings.scenario.file.is_dir() {
        None
    } else {
        Some(prepare(&settings.scenario)?)
    };
    let begins = |it: &Prepared| {
        !settings.resume || starts_from_first_tick(&target(settings.out.as_deref(), it), it)
    };
    match prepared {
        Some(prepared) if begins(&prepared) => run_from_start(settings, prepared, workers, show),
        prepared => {
            let interrupt = Interrupt::from_signals();
            match resume(settings, prepared.as_ref(), workers)? {
                Resumption::Continues(ready) => {
                    let expectations = expectations(settings, &ready.scenario)?;
                    execute_ready(settings, *ready, &interrupt, expectations, show)
                }
                Resumption::Complete(run) => {
                    let expectations = expectations(settings, &run.scenario)?;
                    Ok(EndedRun {
                        title: run.scenario.run.title.clone(),
                        results: run.finish(show)?,
                        expectations,
                    })
                }
            }
        }
    }
}

/// Executes a run from its first tick.
fn run_from_start(
    settings: &RunSettings,
    prepared: Prepared,
    workers: Workers,
    show: impl Show,
) -> Result<EndedRun, Failure> {
    prepared.warn();
    let expectations = expectations(settings, &prepared.scenario)?;
    let available = resources::memory_available(workers.threads);
    let available = available.map(|bytes| bytes.saturating_mul(machines()));
    let (file, scenario) = (&prepared.file, &prepared.scenario);
    let planned = PlannedRun {
        file,
        scenario,
        scale: prepared.scale,
        workers,
        available,
    };
    Estimate::new(planned, None).check()?;
    let pilot = if scenario.population.users < WORTH_A_PILOT {
        None
    } else {
        Some(Pilot::run(scenario)?)
    };
    let estimate = Estimate::new(planned, pilot.as_ref());
    estimate.check()?;
    // From here on a signal sets a flag instead of ending the process.
    let interrupt = Interrupt::from_signals();
    let place = target(settings.out.as_deref(), &prepared);
    let replaces = settings.force || settings.resume;
    let directory = RunDirectory::create(&place, replaces, scenario.observed.len())?;
    let directory = Rc::new(directory);
    say(&opening(&prepared, workers, &estimate, &directory));
    let limit = mail_limit(scenario, workers, available);
    let (manifest, recorder, simulation) = begin(
        settings,
        &prepared,
        (workers, &interrupt),
        limit,
        &directory,
    )
    .inspect_err(|_| directory.discard())?;
    let ready = Resumed {
        directory,
        scenario: prepared.scenario,
        manifest,
        recorder,
        simulation,
        options: settings.repeated.words(),
    };
    execute_ready(settings, ready, &interrupt, expectations, show)
}

/// The expectations of a scenario and of the baseline. An existing JUnit file that must stay is an
/// error before the run.
fn expectations(settings: &RunSettings, scenario: &Scenario) -> Result<Expectations, Failure> {
    let RunOptionsToRepeat {
        baseline,
        tolerance,
        junit,
        ..
    } = &settings.repeated;
    if let Some(path) = junit {
        let title = &scenario.run.title;
        let existing = junit::existing(path, title, settings.force, settings.resume);
        output::check(path, existing)?;
    }
    let baseline = baseline.as_deref();
    Ok(Expectations::new(scenario, baseline, *tolerance)?)
}

/// Executes a run that is ready.
fn execute_ready(
    settings: &RunSettings,
    ready: Resumed,
    interrupt: &Interrupt,
    expectations: Expectations,
    show: impl Show,
) -> Result<EndedRun, Failure> {
    let title = ready.scenario.run.title.clone();
    let every = settings.repeated.checkpoint_every;
    let every = every.map(|every| ready.scenario.tick().delay(every));
    let options = ExecuteOptions {
        checkpoint_every: every,
        live: settings.live,
        profile: settings.profile,
    };
    let results = execute(options, ready, interrupt, show)?;
    Ok(EndedRun {
        title,
        results,
        expectations,
    })
}

/// Creates manifest, files and actors of a run before its first tick.
fn begin(
    settings: &RunSettings,
    prepared: &Prepared,
    (workers, interrupt): (Workers, &Interrupt),
    limit: u64,
    directory: &Rc<RunDirectory>,
) -> Result<(Manifest, Recorder, Simulation), Failure> {
    let manifest = Manifest::new(prepared, workers);
    let simulation = interrupt.ends_during(|| {
        let scenario = (prepared.config.as_str(), &prepared.scenario);
        ranks::start(scenario, (settings.repeated.machine, workers), limit)
    })?;
    let text = manifest.to_json()?;
    directory.replace(&text)?;
    directory.write(CONFIG, prepared.config.as_bytes())?;
    let keeping = CheckpointSettings {
        config: prepared.config.clone(),
        config_hash: prepared.config_hash.clone(),
        manifest: text,
        most: settings.repeated.keep_checkpoints.map(|most| most as usize),
    };
    let recorder = Recorder::begin(directory, &prepared.scenario, keeping)?;
    Ok((manifest, recorder, simulation))
}

/// The lines that are printed before a run.
fn opening(
    prepared: &Prepared,
    workers: Workers,
    estimate: &Estimate,
    directory: &RunDirectory,
) -> String {
    let run = &prepared.scenario.run;
    format!(
        "scenario: {}\ntime: {} to {}\nsize: {} users, seed {}, threads {}, shards {}\nestimate: {}\nresults: {}",
        prepared.file,
        run.start,
        run.end,
        grouped(prepared.scenario.population.users),
        run.seed,
        workers.threads,
        workers.shards,
        estimate.line(),
        directory.path().display(),
    )
}
