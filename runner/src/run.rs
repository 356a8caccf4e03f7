//! `patchday run`: from a scenario to a run directory.
//!
//! What was computed is kept whatever happens: a run that was interrupted, halted
//! or panicked, or whose disk filled, leaves its series, summary, observations and
//! plot as far as it came, and a manifest that says so.

use std::{path::PathBuf, time::Instant};

use patchday_agents::{Simulation, scenario::Scenario};
use patchday_core::Tick;
use serde_json::json;

use crate::{
    cli::RunOptions,
    course::{Course, Ending, follow},
    exit::{Exit, Failure, print, say},
    expect::Expectations,
    experiment::metrics,
    export::{self, Format},
    figures::{grouped, instant, memory, short, wait},
    interrupt::Interrupt,
    machine,
    manifest::{self, Manifest, command_line},
    observed,
    plan::{Estimate, mail_limit},
    preparation::{Prepared, Workers, prepare, stem},
    recorder::{Keeping, Recorder},
    report,
    results::Results,
    resume::{Resumed, resume},
    run_directory::{CONFIG, MANIFEST, RunDirectory},
};

/// `patchday run`.
///
/// # Errors
/// What is wrong with the scenario or the directory, or what stopped the run.
pub fn run(options: &RunOptions) -> Result<Exit, Failure> {
    options.export.map_or(Ok(()), Format::check)?;
    let workers = Workers::of(options.machine);
    if let Some(warning) = workers.warn() {
        say(&warning);
    }
    if options.resume {
        let interrupt = Interrupt::of_signals();
        let ready = resume(options, workers)?;
        let expectations = expectations(options, &ready.scenario)?;
        return judge(options, ready, &interrupt, &expectations);
    }
    let prepared = prepare(&options.scenario)?;
    prepared.warn();
    let expectations = expectations(options, &prepared.scenario)?;
    let available = machine::memory_available();
    let (file, scenario) = (&prepared.file, &prepared.scenario);
    let estimate = Estimate::of(file, scenario, prepared.scale, workers, available);
    estimate.check()?;
    // From here on an interrupt is heeded, not obeyed at once.
    let interrupt = Interrupt::of_signals();
    let directory = RunDirectory::create(
        &target(options, &prepared),
        options.force,
        scenario.observed.len(),
    )?;
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
    };
    judge(options, ready, &interrupt, &expectations)
}

/// What the run is held against at its end.
fn expectations(options: &RunOptions, scenario: &Scenario) -> Result<Expectations, Failure> {
    let baseline = options.baseline.as_deref();
    Expectations::of(&scenario.expect, baseline, options.tolerance)
}

/// From the first tick, or that of a checkpoint, to the end, or to what stops it. `every` is
/// the time between two checkpoints; `tell` is told what came of it before that is judged.
///
/// # Errors
/// What stopped the run, or what could not be kept.
pub(crate) fn carry_out(
    every: Option<Tick>,
    ready: Resumed,
    interrupt: &Interrupt,
    tell: impl FnOnce(&Manifest, &Results, &RunDirectory) -> Result<(), Failure>,
) -> Result<Results, Failure> {
    let Resumed {
        directory,
        scenario,
        manifest,
        recorder,
        mut simulation,
    } = ready;
    let begun = Instant::now();
    let course = Course {
        checkpoint: every,
        ..course(&scenario)
    };
    let (ending, mut recorder) = execute(&mut simulation, course, interrupt, recorder);
    recorder.trail.notes = simulation.notes().to_vec();
    let manifest = manifest.signed(&scenario, &simulation, &ending, begun);
    let saved = recorder.saved.is_some();

    directory.make_room();
    let (results, manifest, kept) = keep(&directory, &scenario, recorder, manifest);
    report::add(directory.path());
    match ending {
        Ok(ending) => {
            let told = tell(&manifest, &results, &directory);
            // What is lost of the run counts more than what is lost of its telling.
            kept.map_err(Failure::under_way).and(told)?;
            stopped(ending, &manifest, &directory, saved).map(|()| results)
        }
        // What stopped the run is the error; what could not be kept because of it
        // is said before.
        Err(failure) => {
            if let Err(also) = kept {
                say(&also.to_string());
            }
            say(&format!(
                "what was computed is in {}",
                directory.path().display()
            ));
            Err(failure.under_way())
        }
    }
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
    let results = carry_out(every, ready, interrupt, |manifest, results, directory| {
        print_results(options, manifest, results, directory)?;
        match options.export {
            Some(format) => export::beside(directory.path(), format)
                .map(drop)
                .map_err(Failure::under_way),
            None => Ok(()),
        }
    })?;
    let figures = metrics::figures(&results.summary);
    expectations.hold(&figures, &suite, options.junit.as_deref(), options.json)
}

/// Everything that must be there before the first tick.
fn begin(
    options: &RunOptions,
    prepared: &Prepared,
    workers: Workers,
    limit: u64,
    directory: &RunDirectory,
) -> Result<(Manifest, Recorder, Simulation), Failure> {
    let manifest = Manifest::of(prepared, workers);
    let simulation = simulation(&prepared.scenario, workers, limit)?;
    directory.replace()?;
    directory.write(CONFIG, prepared.config.as_bytes())?;
    directory.write(MANIFEST, manifest::json(&manifest)?.as_bytes())?;
    let keeping = Keeping {
        config: prepared.config.clone(),
        config_hash: prepared.config_hash.clone(),
        most: options.keep_checkpoints.map(|most| most as usize),
    };
    let recorder = Recorder::begin(directory, &prepared.scenario, keeping)?;
    Ok((manifest, recorder, simulation))
}

/// Where the results go.
pub(crate) fn target(options: &RunOptions, prepared: &Prepared) -> PathBuf {
    options.out.clone().unwrap_or_else(|| {
        let (stem, seed) = (stem(&prepared.file), prepared.scenario.run.seed);
        let name = if prepared.scale == 1.0 {
            format!("{stem}-{seed}")
        } else {
            format!("{stem}-{seed}-x{}", prepared.scale)
        };
        PathBuf::from("runs").join(name)
    })
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
/// and the manifest does not call such a run complete.
fn keep(
    directory: &RunDirectory,
    scenario: &Scenario,
    recorder: Recorder,
    mut manifest: Manifest,
) -> (Results, Manifest, Result<(), Failure>) {
    let Recorder { series, trail, .. } = recorder;
    let series = series.into_inner().finish();
    let results = Results::of(scenario, &trail);
    let written = results
        .files(scenario, &trail)
        .into_iter()
        .map(|(name, bytes)| directory.write(name, &bytes?))
        .fold(series, Result::and);
    if let (Err(failure), true) = (&written, manifest.complete) {
        manifest.complete = false;
        manifest.ended = failure.to_string();
    }
    let text = manifest::json(&manifest);
    let closed = text.and_then(|text| directory.write(MANIFEST, text.as_bytes()));
    (results, manifest, written.and(closed))
}

/// What is printed at the end.
fn print_results(
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
    text.push_str(&summary.text());
    text.push_str(&format!(
        "{:<18}{} events in {}, {} events/s, {} simulated seconds per second{}\n{:<18}{}\n",
        "cost",
        short(manifest.events as f64),
        wait(manifest.wall_s),
        short(manifest.events_per_s),
        grouped(manifest.simulated_s_per_wall_s as u64),
        manifest
            .peak_rss_bytes
            .map_or_else(String::new, |bytes| format!(", {} at most", memory(bytes))),
        "digest",
        manifest.digest.as_deref().unwrap_or("none"),
    ));
    print(&text)
}

/// How the program ends after everything was kept.
fn stopped(
    ending: Ending,
    manifest: &Manifest,
    directory: &RunDirectory,
    saved: bool,
) -> Result<(), Failure> {
    let kept = directory.path().to_owned();
    match ending {
        Ending::Finished => Ok(()),
        Ending::Interrupted if saved => Err(Failure::Interrupted(format!(
            " at {}: what was computed is in {}; to go on from there: {}",
            manifest.end,
            kept.display(),
            command_line(
                ["", "run", &kept.to_string_lossy(), "--resume"]
                    .map(String::from)
                    .into_iter()
            ),
        ))),
        Ending::Interrupted => Err(Failure::Interrupted(format!(
            " at {}: what was computed is in {}; to run it again from the start: {}",
            manifest.end,
            kept.display(),
            again(&manifest.command),
        ))),
        Ending::Halted(halt) => Err(Failure::Halted { halt, kept }),
        Ending::Panicked(reason) => Err(Failure::Panicked { reason, kept }),
    }
}

/// The command that runs into the same directory again.
fn again(command: &str) -> String {
    if command.split(' ').any(|word| word == "--force") {
        command.to_owned()
    } else {
        format!("{command} --force")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_to_run_again_forces_once() {
        assert_eq!(again("patchday run x"), "patchday run x --force");
        assert_eq!(again("patchday run x --force"), "patchday run x --force");
    }
}
