//! The common past of all alternatives of a fork.
//!
//! The run continues from its last checkpoint that is not after the fork, or from its start, up to
//! the fork. The state there is written as a checkpoint, from which every alternative continues. The
//! series of an alternative begins with the rows of the common past.

use std::{
    fs,
    path::{Path, PathBuf},
    rc::Rc,
    time::Instant,
};

use patchday_agents::{Simulation, scenario::Scenario};
use patchday_core::Tick;

use crate::{
    experiment::{design::variant::KeyChange, error::ExperimentError, jobs::job::Memory},
    host::{
        console::say,
        error::Failure,
        resources::{self, Workers},
        signals::Interrupt,
    },
    results::{
        figures::{self, Outcome},
        samples::Samples,
    },
    run::{
        estimate::memory::mail_limit,
        execute::{self, simulation},
        recorder::Recorder,
        result_files::Results,
        resume::Resumed,
        run_loop::{Course, run_to_end},
        verification::complete_run::CompleteRun,
    },
    scenario::{prepare::Prepared, print::config_hash},
    store::{
        checkpoint::format::{self, Checkpoint, CheckpointSettings},
        command_line::CommandLine,
        ending::Ending,
        layout::CONFIG,
        manifest::{Manifest, time_of},
        resume_command,
        run_directory::RunDirectory,
    },
};

/// The scenario of an alternative.
pub(crate) struct Future {
    /// The name of its variant.
    pub(crate) name: String,
    /// The keys that it changes, with their values in the run.
    pub(crate) changes: Vec<KeyChange>,
    pub(crate) prepared: Prepared,
}

/// Where the results of an alternative go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Branch<'a> {
    /// Its run directory.
    pub(crate) directory: &'a Path,
    /// Whether a run in that directory is replaced.
    pub(crate) force: bool,
    /// The command with the same results: without threads, shards and output.
    pub(crate) reproduce: &'a CommandLine,
}

/// The common past: a checkpoint of the fork, and the series up to it.
pub(crate) struct SharedPrefix<'a> {
    before: &'a Scenario,
    checkpoint: PathBuf,
    manifest: Manifest,
}

impl<'a> SharedPrefix<'a> {
    /// Continues the run up to a tick, and writes a checkpoint there.
    ///
    /// # Errors
    /// Returns an error if the run cannot be read or stops before the tick.
    pub(crate) fn run_to(
        run: &'a Path,
        before: &'a Scenario,
        at: Tick,
        workers: Workers,
        root: &Path,
        interrupt: &Interrupt,
    ) -> Result<Self, Failure> {
        let limit = mail_limit(
            before,
            workers,
            resources::memory_available(workers.threads),
        );
        let begun = Instant::now();
        // A killed process may have left it; one of another program is no use.
        let left = nearest(root, before, at).ok().flatten();
        if let Some(known) = left.filter(|it| it.head.snapshot.clock.now == at) {
            say(&format!("the state at {} is there", time_of(before, at)));
            return Ok(Self {
                before,
                checkpoint: known.path.clone(),
                manifest: Manifest::read(run)?,
            });
        }
        let (mut simulation, mut series, from) = match nearest(run, before, at)? {
            Some(mut known) => {
                let series = known.series()?;
                let path = known.path.clone();
                let simulation = known.resume((before, before), workers, limit, None)?;
                (simulation, series, path.display().to_string())
            }
            None => (
                simulation(before, workers, limit)?,
                Vec::new(),
                "its start".into(),
            ),
        };
        // The rows of the series from the checkpoint to the fork.
        let mut rows = crate::store::series::Series::append(Vec::new(), before);
        if series.is_empty() {
            let headed = crate::store::series::Series::new(Vec::new(), before);
            rows = headed.map_err(Failure::file("write", run))?;
        }
        let mut observer = PrefixRows {
            rows,
            memory: Memory(Samples::new(before)),
        };
        let course = Course {
            end: at,
            ..crate::run::execute::course(before)
        };
        // The series has a row at the fork only if the run takes a sample there.
        match follow_to(&mut simulation, course, interrupt, &mut observer)? {
            Ending::Finished => {}
            Ending::Interrupted => {
                let command = resume_command::for_question();
                return Err(ExperimentError::InterruptedPast(command).into());
            }
            Ending::Halted(halt) => return Err(ExperimentError::Halted(halt).into()),
            Ending::Panicked(text) => return Err(ExperimentError::Panicked(text).into()),
        }
        series.extend(observer.rows.into_inner());
        let text = fs::read_to_string(run.join(CONFIG)).map_err(Failure::file("read", run))?;
        let manifest = Manifest::read(run)?;
        let keeping = CheckpointSettings {
            config: text,
            config_hash: config_hash(before),
            manifest: manifest.to_json()?,
            most: None,
        };
        let rows = (series.len() as u64, &series[..]);
        let tick = before.tick();
        let start = (tick.since_1970(before.run.start), tick);
        let path = format::write(&simulation, &keeping, start, rows, root)?;
        say(&format!(
            "{}: state at {} rebuilt from {from} in {}",
            run.display(),
            time_of(before, at),
            crate::host::format::duration(begun.elapsed().as_secs_f64())
        ));
        Ok(Self {
            before,
            checkpoint: path,
            manifest,
        })
    }

    /// Checks all alternatives against the state at the fork.
    ///
    /// # Errors
    /// Returns an error if the run cannot continue as one of them.
    pub(crate) fn check(&self, futures: &[Future]) -> Result<(), Failure> {
        let checkpoint = Checkpoint::open(&self.checkpoint)?;
        for future in futures {
            let snapshot = &checkpoint.head.snapshot;
            let obstacles = snapshot.obstacles(self.before, &future.prepared.scenario);
            if !obstacles.is_empty() {
                let option = format!("--try '{}'", future.name);
                return Err(ExperimentError::Obstacles { option, obstacles }.into());
            }
        }
        Ok(())
    }

    /// Removes the checkpoint at the fork. Ignores errors: it only takes space.
    pub(crate) fn remove_checkpoint(&self) {
        let _ = fs::remove_file(&self.checkpoint);
    }

    /// Runs one alternative, and returns digest and figures of the whole run.
    ///
    /// # Errors
    /// Returns an error if the alternative stops early or its directory cannot be written.
    pub(crate) fn run_alternative(
        &self,
        Future { name, prepared, .. }: Future,
        alternative: &Branch<'_>,
        workers: Workers,
        interrupt: &Interrupt,
    ) -> Result<Outcome, Failure> {
        let Branch {
            directory: place,
            force,
            reproduce,
        } = *alternative;
        let after = &prepared.scenario;
        let mut checkpoint = Checkpoint::open(&self.checkpoint)?;
        let series = checkpoint.series()?;
        let limit = mail_limit(after, workers, resources::memory_available(workers.threads));
        let simulation: Simulation =
            checkpoint.resume((self.before, after), workers, limit, None)?;
        let directory = RunDirectory::create(place, force, after.observed.len())?;
        let directory = Rc::new(directory);
        let mut manifest = Manifest::new(&prepared, workers);
        manifest.scenario.clone_from(&self.manifest.scenario);
        manifest.scale = self.manifest.scale;
        manifest.reproduce = reproduce.clone();
        manifest.changed.extend_from_slice(&self.manifest.changed);
        let keeping = CheckpointSettings {
            config: prepared.config.clone(),
            config_hash: prepared.config_hash.clone(),
            manifest: manifest.to_json()?,
            most: None,
        };
        directory.replace(&keeping.manifest)?;
        directory.write(CONFIG, prepared.config.as_bytes())?;
        let (recorder, _) = Recorder::resume(&directory, after, keeping, &series)?;
        say(&format!("{name}: results: {}", place.display()));
        let ready = Resumed {
            directory,
            scenario: prepared.scenario,
            manifest,
            recorder,
            simulation,
            options: Vec::new(),
        };
        let results = execute::execute(
            execute::ExecuteOptions::default(),
            ready,
            interrupt,
            |_, _, _| Ok(()),
        )?;
        outcome(place, &results)
    }
}

/// Digest and figures of an alternative that is complete.
fn outcome(directory: &Path, results: &Results) -> Result<Outcome, Failure> {
    Ok(Outcome::Done {
        digest: Manifest::read(directory)?.digest.unwrap_or_default(),
        figures: figures::figures(&results.summary),
    })
}

impl Future {
    /// Digest and figures if the directory of the alternative has its complete run, made by this
    /// program for the same fork. Files that are missing are written.
    pub(crate) fn completed(&self, of: &Branch<'_>) -> Option<Outcome> {
        let manifest = Manifest::read(of.directory).ok()?;
        let program = (manifest.version.as_str(), manifest.git.as_str());
        let is_same = manifest.complete
            && manifest.config_hash == self.prepared.config_hash
            && manifest.reproduce == *of.reproduce
            && program == (env!("CARGO_PKG_VERSION"), env!("PATCHDAY_GIT"));
        let run = is_same.then(|| CompleteRun::open(of.directory, manifest).ok())??;
        let results = run.finish(|_, _, _| Ok(())).ok()?;
        outcome(of.directory, &results).ok()
    }
}

/// The last checkpoint of a run that is not after the tick `at`, if there is one.
fn nearest(run: &Path, scenario: &Scenario, at: Tick) -> Result<Option<Checkpoint>, Failure> {
    for path in format::list(run).iter().rev() {
        let known = match Checkpoint::open_whole(path) {
            Ok(known) => known,
            Err(failure) => {
                say(&format!("warning: {failure}"));
                continue;
            }
        };
        if known.head.snapshot.clock.now <= at && known.head.config_hash == config_hash(scenario) {
            known.check_version()?;
            return Ok(Some(known));
        }
    }
    Ok(None)
}

/// Collects the rows of the series up to the fork.
struct PrefixRows {
    rows: crate::store::series::Series<Vec<u8>>,
    memory: Memory,
}

impl<M> crate::run::run_loop::RunObserver<M> for PrefixRows {
    fn advanced(&mut self, _: Tick, _: u64) {}

    fn sampled(
        &mut self,
        now: Tick,
        cells: &[patchday_agents::metrics::cell::Cell],
    ) -> Result<(), Failure> {
        let Memory(samples) = &mut self.memory;
        samples.add(now, cells);
        Ok(self.rows.add(now, cells).map_err(ExperimentError::Rows)?)
    }
}

/// Runs up to the end of `course`, without a sample there that the run itself does not take.
fn follow_to(
    simulation: &mut Simulation,
    course: Course,
    interrupt: &Interrupt,
    observer: &mut PrefixRows,
) -> Result<Ending, Failure> {
    let last_sample = course.end / course.sample * course.sample;
    let up_to = Course {
        end: last_sample,
        ..course
    };
    let ending = run_to_end(simulation, up_to, interrupt, observer)?;
    if ending == Ending::Finished && simulation.now() < course.end {
        simulation
            .run_until(course.end)
            .map_err(ExperimentError::Halted)?;
    }
    Ok(ending)
}
