//! `patchday run`: from a scenario to a run directory.
//!
//! What was computed is kept whatever happens: a run that was interrupted, halted
//! or panicked, or whose disk filled, leaves its series, summary, observations and
//! plot as far as it came, and a manifest that says so.

use std::{path::PathBuf, time::Instant};

use patchday_agents::{Simulation, metrics::Cell, scenario::Scenario};
use patchday_core::Tick;
use serde_json::json;

use crate::{
    cli::RunOptions,
    course::{Course, Ending, Follower, follow},
    exit::{Exit, Failure, print, say},
    figures::{grouped, instant, memory, rounded, short, wait},
    interrupt::Interrupt,
    machine,
    manifest::{self, Manifest, hex},
    model::Simulated,
    observed,
    plan::{Estimate, mail_limit},
    preparation::{Prepared, Workers, prepare, stem},
    progress::Progress,
    results::Results,
    run_directory::{CONFIG, Growing, MANIFEST, RunDirectory, SERIES},
    series::Series,
    trail::Trail,
};

/// `patchday run`.
///
/// # Errors
/// What is wrong with the scenario or the directory, or what stopped the run.
pub fn run(options: &RunOptions) -> Result<Exit, Failure> {
    let prepared = prepare(&options.scenario)?;
    prepared.warn();
    let workers = Workers::of(options.machine);
    if let Some(warning) = workers.warn() {
        say(&warning);
    }
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
    let begun = Instant::now();
    let limit = mail_limit(scenario, workers, available);
    let (manifest, recorder, mut simulation) =
        begin(&prepared, workers, limit, &directory).inspect_err(|_| directory.abandon())?;
    let (ending, mut recorder) = execute(&mut simulation, scenario, &interrupt, recorder);
    recorder.trail.notes = simulation.notes().to_vec();
    let manifest = signed(manifest, scenario, simulation, &ending, begun);

    directory.make_room();
    let (results, manifest, kept) = keep(&directory, scenario, recorder, manifest);
    match ending {
        Ok(ending) => {
            report(options, &manifest, &results, &directory)?;
            if let Err(failure) = kept {
                return Err(failure.under_way());
            }
            stopped(ending, &manifest, &directory)
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

/// Everything that must be there before the first tick.
fn begin(
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
    let recorder = Recorder::begin(directory, &prepared.scenario)?;
    Ok((manifest, recorder, simulation))
}

/// Where the results go.
fn target(options: &RunOptions, prepared: &Prepared) -> PathBuf {
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
    }
}

/// Runs to the end, or to what stops it, which may be that a sample could not be
/// written.
fn execute(
    model: &mut impl Simulated,
    scenario: &Scenario,
    interrupt: &Interrupt,
    mut recorder: Recorder,
) -> (Result<Ending, Failure>, Recorder) {
    let ending = follow(model, course(scenario), interrupt, &mut recorder);
    recorder.progress = None;
    (ending, recorder)
}

/// Writes the series and keeps what the summary needs, while the run goes on.
struct Recorder {
    series: Series<Growing>,
    trail: Trail,
    progress: Option<Progress>,
    path: PathBuf,
}

impl Recorder {
    fn begin(directory: &RunDirectory, scenario: &Scenario) -> Result<Self, Failure> {
        let start = scenario.run.start.seconds();
        let growing = directory.grow(SERIES)?;
        let path = growing.path().to_owned();
        Ok(Self {
            series: Series::new(growing, start).map_err(Failure::file("write", &path))?,
            trail: Trail::new(start),
            progress: Some(Progress::begin(start, scenario.ticks())),
            path,
        })
    }
}

impl Follower for Recorder {
    fn advanced(&mut self, now: Tick, handled: u64) {
        if let Some(progress) = &self.progress {
            progress.note(now, handled);
        }
    }

    fn sampled(&mut self, now: Tick, cells: &[Cell]) -> Result<(), Failure> {
        self.series
            .add(now, cells)
            .map_err(Failure::file("write", &self.path))?;
        self.trail.add(now, cells);
        Ok(())
    }
}

/// The manifest of a run that came to its end, or to what stopped it.
fn signed(
    manifest: Manifest,
    scenario: &Scenario,
    simulation: Simulation,
    ending: &Result<Ending, Failure>,
    begun: Instant,
) -> Manifest {
    let wall = begun.elapsed().as_secs_f64().max(1e-6);
    let (ticks, events) = (simulation.now(), simulation.handled());
    let whole = matches!(
        ending,
        Ok(Ending::Finished | Ending::Interrupted | Ending::Halted(_))
    );
    Manifest {
        actors: simulation.actors().into(),
        end: instant(scenario.run.start.seconds() + i64::from(ticks)),
        ticks,
        events,
        wall_s: rounded(wall, 3),
        events_per_s: (events as f64 / wall).round(),
        simulated_s_per_wall_s: rounded(f64::from(ticks) / wall, 1),
        peak_rss_bytes: machine::peak_resident(),
        // After a panic the state is half of two ticks, and after a failed write it
        // is ahead of the series: neither has a fingerprint to compare with.
        digest: whole.then(|| hex(simulation.digest())),
        complete: matches!(ending, Ok(Ending::Finished)),
        ended: match ending {
            Ok(Ending::Finished) => "finished".into(),
            Ok(Ending::Interrupted) => "interrupted".into(),
            Ok(Ending::Halted(halt)) => format!("halted: {halt}"),
            Ok(Ending::Panicked(said)) => format!("panicked: {said}"),
            Err(failure) => failure.to_string(),
        },
        ..manifest
    }
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
fn report(
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
fn stopped(ending: Ending, manifest: &Manifest, directory: &RunDirectory) -> Result<Exit, Failure> {
    let kept = directory.path().to_owned();
    match ending {
        Ending::Finished => Ok(Exit::Fine),
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
