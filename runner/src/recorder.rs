//! The recorder: writes the series and checkpoints, and keeps what the summary needs,
//! while a run goes on.

use std::{
    fs,
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
    time::Instant,
};

use patchday_agents::{Simulation, metrics::Cell, scenario::Scenario};
use patchday_core::Tick;

use crate::{
    checkpoint,
    course::Follower,
    exit::{Failure, say},
    figures::{memory, wait},
    progress::Progress,
    run_directory::{Growing, RunDirectory, SERIES},
    series::{self, Series},
    trail::Trail,
};

/// What is needed to write checkpoints of a run.
#[derive(Clone, Debug)]
pub(crate) struct Keeping {
    /// The scenario as it runs, and its fingerprint.
    pub(crate) config: String,
    pub(crate) config_hash: String,
    /// Only so many are kept, if not all.
    pub(crate) most: Option<usize>,
}

/// Writes the series and keeps what the summary needs, while the run goes on.
pub(crate) struct Recorder {
    pub(crate) series: Series<Growing>,
    pub(crate) trail: Trail,
    /// Told where the loop is, while it runs.
    pub(crate) progress: Option<Progress>,
    /// How many of the model's notes it was told.
    noted: usize,
    path: PathBuf,
    run: PathBuf,
    keeping: Keeping,
    /// The last checkpoint written.
    pub(crate) saved: Option<PathBuf>,
}

impl Recorder {
    /// Of a run that begins.
    pub(crate) fn begin(
        directory: &RunDirectory,
        scenario: &Scenario,
        keeping: Keeping,
    ) -> Result<Self, Failure> {
        let start = scenario.run.start.seconds();
        let growing = directory.grow(SERIES)?;
        let path = growing.path().to_owned();
        let series = Series::new(growing, start).map_err(Failure::file("write", &path))?;
        let trail = Trail::new(start);
        Ok(Self::of(series, trail, directory, keeping, path))
    }

    /// Of a run that goes on where its series had so many bytes.
    pub(crate) fn resume(
        directory: &RunDirectory,
        scenario: &Scenario,
        keeping: Keeping,
        series_bytes: u64,
    ) -> Result<Self, Failure> {
        let start = scenario.run.start.seconds();
        let growing = directory.regrow(SERIES, series_bytes)?;
        let path = growing.path().to_owned();
        let trail = trail_of(growing.aside(), series_bytes, start)?;
        let series = Series::going_on(growing, start);
        Ok(Self::of(series, trail, directory, keeping, path))
    }

    fn of(
        series: Series<Growing>,
        trail: Trail,
        directory: &RunDirectory,
        keeping: Keeping,
        path: PathBuf,
    ) -> Self {
        Self {
            series,
            progress: None,
            noted: 0,
            trail,
            path,
            run: directory.path().to_owned(),
            keeping,
            saved: None,
        }
    }

    /// Removes checkpoints beyond those that are to be kept.
    fn forget(&self) {
        let Some(most) = self.keeping.most else {
            return;
        };
        let all = checkpoint::list(&self.run);
        for old in &all[..all.len().saturating_sub(most)] {
            // One that cannot be removed is one too many, no more.
            let _ = fs::remove_file(old);
        }
    }
}

/// What the first bytes of a series come to.
///
/// # Errors
/// That it is shorter, or no series of this version, with its name and line.
pub(crate) fn trail_of(path: &Path, bytes: u64, start: i64) -> Result<Trail, Failure> {
    let read = || -> io::Result<Trail> {
        let file = fs::File::open(path)?;
        let mut trail = Trail::new(start);
        for row in series::rows(BufReader::new(file.take(bytes)))? {
            let (tick, cells) = row?;
            trail.add(tick, &cells);
        }
        Ok(trail)
    };
    read().map_err(Failure::file("read", path))
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
        self.trail.add(now, cells);
        Ok(())
    }

    fn saved(&mut self, simulation: &Simulation) -> Result<(), Failure> {
        let begun = Instant::now();
        let written = self
            .series
            .sync()
            .map_err(Failure::file("write", &self.path))
            .and_then(|series_bytes| {
                checkpoint::write(
                    simulation,
                    (&self.keeping.config, &self.keeping.config_hash),
                    self.trail.start,
                    series_bytes,
                    &self.run.join(checkpoint::DIRECTORY),
                )
            });
        match written {
            Ok(path) => {
                let bytes = fs::metadata(&path).map_or(0, |it| it.len());
                say(&format!(
                    "checkpoint: {}, {} in {}",
                    path.display(),
                    memory(bytes),
                    wait(begun.elapsed().as_secs_f64())
                ));
                self.saved = Some(path);
                self.forget();
            }
            // The run goes on: it is worth more than the checkpoint.
            Err(failure) => say(&format!("warning: no checkpoint: {failure}")),
        }
        Ok(())
    }
}
