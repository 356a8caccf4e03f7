//! The recorder: writes the series and checkpoints of a run, and keeps its samples for the results.
//!
//! If the directory of the run is removed or renamed, the recorder creates it again. Times are in
//! ticks (seconds), sizes in bytes.

use std::{fs, io, path::PathBuf, rc::Rc, time::Instant};

use patchday_agents::{Simulation, metrics::cell::Cell, scenario::Scenario};
use patchday_core::Tick;

use crate::{
    host::{
        console::say,
        error::Failure,
        format::{duration, memory},
    },
    results::samples::Samples,
    run::{benchmark::profile::Profile, progress::display::Progress, run_loop::RunObserver},
    store::{
        atomic_file::AtomicFile,
        checkpoint::format::{self, CheckpointSettings},
        layout::{CONFIG, MANIFEST, SERIES},
        resume_command::ANYWHERE,
        run_directory::RunDirectory,
        series::{Series, SeriesReader},
    },
};

/// Writes the series and checkpoints, and keeps the samples.
pub(crate) struct Recorder {
    pub(crate) series: Series<AtomicFile>,
    pub(crate) samples: Samples,
    /// Shows the position of the loop while it runs.
    pub(crate) progress: Option<Progress>,
    /// Measures the shards, if the run has a profile.
    pub(crate) profile: Option<Profile>,
    /// Number of the model's notes that were passed to it.
    noted: usize,
    path: PathBuf,
    directory: Rc<RunDirectory>,
    keeping: CheckpointSettings,
    /// The command that continues after the loss of a process, until it is printed. The launcher then ends the
    /// others at once, so it is printed with the first checkpoint.
    pub(crate) after_loss: Option<String>,
    /// The tick of the last checkpoint written.
    pub(crate) saved: Option<Tick>,
}

impl Recorder {
    /// The recorder of a run at its first tick.
    pub(crate) fn begin(
        directory: &Rc<RunDirectory>,
        scenario: &Scenario,
        keeping: CheckpointSettings,
    ) -> Result<Self, Failure> {
        let growing = directory.create_file(SERIES)?;
        let path = growing.path().to_owned();
        let series = Series::new(growing, scenario).map_err(Failure::file("write", &path))?;
        let mut samples = Samples::new(scenario);
        samples.expect(scenario.ticks(), &scenario.run);
        Ok(Self::new(series, samples, directory, keeping, path))
    }

    /// The recorder of a run that continues after the rows of `known`. If the file in the directory
    /// differs, it is replaced, and the offset of the first difference is returned.
    pub(crate) fn resume(
        directory: &Rc<RunDirectory>,
        scenario: &Scenario,
        keeping: CheckpointSettings,
        known: &[u8],
    ) -> Result<(Self, Option<u64>), Failure> {
        let (growing, wrong) = directory.resume_file(SERIES, known)?;
        let path = growing.path().to_owned();
        let samples = samples_of(known, scenario).map_err(Failure::file("read", &path))?;
        let series = Series::append(growing, scenario);
        let recorder = Self::new(series, samples, directory, keeping, path);
        Ok((recorder, wrong))
    }

    fn new(
        series: Series<AtomicFile>,
        samples: Samples,
        directory: &Rc<RunDirectory>,
        keeping: CheckpointSettings,
        path: PathBuf,
    ) -> Self {
        Self {
            series,
            progress: None,
            profile: None,
            noted: 0,
            samples,
            path,
            directory: Rc::clone(directory),
            keeping,
            after_loss: None,
            saved: None,
        }
    }

    /// Creates the directory and its files again if they were removed or renamed during the run.
    ///
    /// # Errors
    /// Returns an error if the directory cannot be created.
    pub(crate) fn stay(&mut self) -> Result<(), Failure> {
        let place = self.directory.path();
        if self.directory.ensure_exists()? {
            say(&format!(
                "warning: {} was removed or renamed; it is created again, with the series so far",
                place.display()
            ));
        }
        for (name, text) in [
            (MANIFEST, &self.keeping.manifest),
            (CONFIG, &self.keeping.config),
        ] {
            if !place.join(name).exists() {
                self.directory
                    .write(name, text.as_bytes())
                    .unwrap_or_else(|failure| say(&format!("warning: {failure}")));
            }
        }
        // A series that is still missing is reported when it is finished.
        let series = self.series.file().ensure_exists();
        series.unwrap_or_else(|failure| say(&format!("warning: {failure}")));
        Ok(())
    }

    /// Writes a checkpoint.
    fn save(&mut self, simulation: &Simulation) -> Result<PathBuf, Failure> {
        self.stay()?;
        let file = self.series.file();
        let synced = file.sync().and_then(|()| file.bytes());
        let series = synced.map_err(Failure::file("copy", &self.path))?;
        let place = self.directory.path().join(format::DIRECTORY);
        Ok(format::write(
            simulation,
            &self.keeping,
            (self.samples.start, self.samples.tick),
            series,
            &place,
        )?)
    }

    /// Removes the oldest checkpoints, so that at most the configured number stays.
    fn forget(&self) {
        let Some(most) = self.keeping.most else {
            return;
        };
        let all = format::list(self.directory.path());
        for old in &all[..all.len().saturating_sub(most)] {
            // Failing to delete an old checkpoint only wastes disk space.
            let _ = fs::remove_file(old);
        }
    }
}

/// The samples of a series, with memory for those to the end of the run.
///
/// # Errors
/// Returns an error if it is not a series of this version.
pub(crate) fn samples_of(series: impl io::Read, scenario: &Scenario) -> io::Result<Samples> {
    let mut samples = Samples::new(scenario);
    samples.expect(scenario.ticks(), &scenario.run);
    for row in SeriesReader::new(series)? {
        let (tick, cells) = row?;
        samples.add(tick, &cells);
    }
    Ok(samples)
}

impl RunObserver<Simulation> for Recorder {
    fn advanced(&mut self, now: Tick, handled: u64) {
        if let Some(progress) = &self.progress {
            progress.note(now, handled);
        }
    }

    fn paused(&mut self, simulation: &Simulation) {
        let notes = simulation.notes();
        if notes.len() > self.noted
            && let Some(progress) = &self.progress
        {
            progress.add_notes(&notes[self.noted..]);
            self.noted = notes.len();
        }
    }

    fn sampled(&mut self, now: Tick, cells: &[Cell]) -> Result<(), Failure> {
        self.series
            .add(now, cells)
            .map_err(Failure::file("write", &self.path))?;
        self.samples.add(now, cells);
        Ok(())
    }

    fn measured(&mut self, simulation: &mut Simulation) {
        if let Some(profile) = &mut self.profile {
            profile.sampled(simulation, &self.samples);
        }
    }

    fn stopping(&mut self) {
        say(
            "stopping; writing a checkpoint first (a second signal ends the program at once, without it)",
        );
    }

    fn saved(&mut self, simulation: &Simulation) -> Result<(), Failure> {
        let begun = Instant::now();
        match self.save(simulation) {
            Ok(path) => {
                let bytes = fs::metadata(&path).map_or(0, |it| it.len());
                say(&format!(
                    "checkpoint: {}, {} in {}",
                    path.display(),
                    memory(bytes),
                    duration(begun.elapsed().as_secs_f64())
                ));
                if let Some(command) = self.after_loss.take() {
                    say(&format!(
                        "if a process is lost, resume from the last checkpoint, {ANYWHERE}: {command}"
                    ));
                }
                self.saved = Some(simulation.now());
                self.forget();
                Ok(())
            }
            // Another process has changed the series, so it cannot be finished. Stopping now
            // leaves the least to compute again.
            Err(failure) if self.series.file().bytes().is_err() => Err(failure),
            // Otherwise a failed checkpoint must not stop the run.
            Err(failure) => {
                say(&format!("warning: no checkpoint: {failure}"));
                Ok(())
            }
        }
    }
}
