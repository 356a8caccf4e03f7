//! The recorder: writes the series and checkpoints, and keeps what the summary needs,
//! while a run goes on.

use std::{fs, io, path::PathBuf, rc::Rc, time::Instant};

use patchday_agents::{Simulation, metrics::cell::Cell, scenario::Scenario};
use patchday_core::Tick;

use crate::{
    host::{
        console::say,
        error::Failure,
        format::{memory, wait},
    },
    results::samples::Samples,
    run::{progress::display::Progress, run_loop::Follower},
    store::{
        atomic_file::AtomicFile,
        checkpoint::format::{self, CheckpointSettings},
        layout::{CONFIG, MANIFEST, SERIES},
        run_directory::RunDirectory,
        series::{Series, SeriesReader},
    },
};

/// Writes the series and keeps what the summary needs, while the run goes on.
pub(crate) struct Recorder {
    pub(crate) series: Series<AtomicFile>,
    pub(crate) samples: Samples,
    /// Told where the loop is, while it runs.
    pub(crate) progress: Option<Progress>,
    /// How many of the model's notes it was told.
    noted: usize,
    path: PathBuf,
    directory: Rc<RunDirectory>,
    keeping: CheckpointSettings,
    /// The tick of the last checkpoint written.
    pub(crate) saved: Option<Tick>,
}

impl Recorder {
    /// Of a run that begins.
    pub(crate) fn begin(
        directory: &Rc<RunDirectory>,
        scenario: &Scenario,
        keeping: CheckpointSettings,
    ) -> Result<Self, Failure> {
        let start = scenario.run.start.seconds();
        let growing = directory.create_file(SERIES)?;
        let path = growing.path().to_owned();
        let series = Series::new(growing, scenario).map_err(Failure::file("write", &path))?;
        let samples = Samples::new(start);
        Ok(Self::of(series, samples, directory, keeping, path))
    }

    /// Of a run that goes on with this series, which may not be what is in its directory.
    pub(crate) fn resume(
        directory: &Rc<RunDirectory>,
        scenario: &Scenario,
        keeping: CheckpointSettings,
        known: &[u8],
    ) -> Result<(Self, Option<u64>), Failure> {
        let start = scenario.run.start.seconds();
        let (growing, wrong) = directory.resume_file(SERIES, known)?;
        let path = growing.path().to_owned();
        let samples = trail_of(known, start).map_err(Failure::file("read", &path))?;
        let series = Series::append(growing, scenario);
        let recorder = Self::of(series, samples, directory, keeping, path);
        Ok((recorder, wrong))
    }

    fn of(
        series: Series<AtomicFile>,
        samples: Samples,
        directory: &Rc<RunDirectory>,
        keeping: CheckpointSettings,
        path: PathBuf,
    ) -> Self {
        Self {
            series,
            progress: None,
            noted: 0,
            samples,
            path,
            directory: Rc::clone(directory),
            keeping,
            saved: None,
        }
    }

    /// Makes again what somebody has removed or renamed while the run was under way.
    ///
    /// # Errors
    /// Why there is no directory to write into.
    pub(crate) fn stay(&mut self) -> Result<(), Failure> {
        let place = self.directory.path();
        if self.directory.ensure_exists()? {
            say(&format!(
                "warning: {} was removed or renamed; it is made again, with the series so far",
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
        // What is missing then is missed when it is to be finished.
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
            self.samples.start,
            series,
            &place,
        )?)
    }

    /// Removes checkpoints beyond those that are to be kept.
    fn forget(&self) {
        let Some(most) = self.keeping.most else {
            return;
        };
        let all = format::list(self.directory.path());
        for old in &all[..all.len().saturating_sub(most)] {
            // One that cannot be removed is one too many, no more.
            let _ = fs::remove_file(old);
        }
    }
}

/// What a series comes to.
///
/// # Errors
/// That it is no series of this version.
pub(crate) fn trail_of(series: &[u8], start: i64) -> io::Result<Samples> {
    let mut samples = Samples::new(start);
    for row in SeriesReader::new(series)? {
        let (tick, cells) = row?;
        samples.add(tick, &cells);
    }
    Ok(samples)
}

impl Follower<Simulation> for Recorder {
    fn advanced(&mut self, now: Tick, handled: u64) {
        if let Some(progress) = &self.progress {
            progress.note(now, handled);
        }
    }

    fn stands(&mut self, simulation: &Simulation) {
        let notes = simulation.notes();
        if notes.len() > self.noted
            && let Some(progress) = &self.progress
        {
            progress.note_of(&notes[self.noted..]);
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

    fn stopping(&mut self) {
        say("stopping; a checkpoint is written, and a second signal ends at once without it");
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
                    wait(begun.elapsed().as_secs_f64())
                ));
                self.saved = Some(simulation.now());
                self.forget();
                Ok(())
            }
            // A series that others have changed is lost; the sooner the run stops, the less has
            // to be done again.
            Err(failure) if self.series.file().bytes().is_err() => Err(failure),
            // Else the run goes on: it is worth more than the checkpoint.
            Err(failure) => {
                say(&format!("warning: no checkpoint: {failure}"));
                Ok(())
            }
        }
    }
}
