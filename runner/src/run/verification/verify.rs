//! The repeats of a run with other numbers of threads and shards.
//!
//! Each repeat runs the scenario of `config.toml` to the tick at which the run ended, and compares
//! its digest and every byte of its series with those of the run. The series is compared while it
//! is made, so that no repeat holds it in memory. As many repeats run at once as threads and
//! memory allow.

use std::{
    fs::{self, File},
    io::{self, BufReader},
    path::{Path, PathBuf},
};

use dashmap::DashMap;
use patchday_agents::{metrics::cell::Cell, scenario::Scenario};
use patchday_core::Tick;
use serde::Serialize;

use crate::{
    host::{
        console::say,
        error::Failure,
        resources::{self, Workers},
        signals::Interrupt,
    },
    results::samples::Samples,
    run::{
        error::RunError,
        estimate::{
            memory::mail_limit,
            plan::{Estimate, PlannedRun},
        },
        execute,
        result_files::Results,
        run_loop::{Course, RunObserver, Simulated, run_to_end},
        verification::{first_difference::Difference, side_by_side::side_by_side},
    },
    store::{
        ending::Ending,
        layout::SERIES,
        manifest::{Manifest, hex},
        series::Series,
    },
};

/// The result of one repeat.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct RepeatVerdict {
    threads: usize,
    shards: usize,
    /// The digest of the repeat.
    digest: String,
    same_digest: bool,
    same_series: bool,
    /// The line of the first difference of the series; null without a difference.
    first_difference_line: Option<u64>,
    /// The other files of the run that differ from those of the repeat.
    different_files: Vec<&'static str>,
}

/// All repeats of a run that ended, in the order in which they were asked for.
pub(crate) struct Verification {
    run: PathBuf,
    digest: String,
    pub(crate) repeats: Vec<RepeatVerdict>,
}

/// Repeats a run with every number of threads and of shards. The verification has all repeats that
/// ended; if a later one failed, the second part is its failure.
///
/// # Errors
/// Returns an error if the run cannot be read, or if a repeat would not fit in memory.
pub(crate) fn verify(
    run: &Path,
    threads: &[u32],
    shards: &[u32],
) -> Result<(Verification, Result<(), Failure>), Failure> {
    let original = Original::read(run)?;
    let repeats = repeats(threads, shards);
    let interrupt = Interrupt::from_signals();
    let at_once = original.at_once(&repeats);
    original.check_memory(&repeats)?;
    say(&format!(
        "{}: {} repeats, {at_once} at once, digest {}",
        run.display(),
        repeats.len(),
        original.digest
    ));
    let verdicts: DashMap<usize, RepeatVerdict> = DashMap::new();
    let outcome = side_by_side(at_once, repeats.len(), |index| {
        let verdict = original.repeat(repeats[index], &interrupt)?;
        verdicts.insert(index, verdict);
        say(&format!(
            "{} of {} repeats done",
            verdicts.len(),
            repeats.len()
        ));
        Ok(())
    });
    let in_order =
        (0..repeats.len()).filter_map(|index| verdicts.remove(&index).map(|(_, verdict)| verdict));
    let verification = Verification {
        run: run.to_owned(),
        digest: original.digest.clone(),
        repeats: in_order.collect(),
    };
    Ok((verification, outcome))
}

/// Every number of threads with every number of shards; without `shards`, as many as threads.
fn repeats(threads: &[u32], shards: &[u32]) -> Vec<Workers> {
    let mut repeats = Vec::new();
    for threads in threads.iter().map(|threads| *threads as usize) {
        let own = [threads as u32];
        let shards = if shards.is_empty() { &own } else { shards };
        for shards in shards.iter().map(|shards| *shards as usize) {
            let workers = Workers { threads, shards };
            if !repeats.contains(&workers) {
                repeats.push(workers);
            }
        }
    }
    repeats
}

impl Verification {
    /// Whether all repeats have the digest and the bytes of the run.
    pub(crate) fn is_same(&self) -> bool {
        self.repeats.iter().all(RepeatVerdict::is_same)
    }

    /// The verification for programs.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "run": self.run.display().to_string(),
            "digest": self.digest,
            "same": self.is_same(),
            "repeats": self.repeats,
        })
    }

    /// The verification as lines for people.
    pub(crate) fn text(&self) -> String {
        let lines = self.repeats.iter().map(|verdict| verdict.line() + "\n");
        let mut text: String = lines.collect();
        text.push_str(if self.is_same() {
            "every repeat has the same digest and the same results\n"
        } else {
            "at least one repeat differs from the run\n"
        });
        text
    }
}

impl RepeatVerdict {
    fn is_same(&self) -> bool {
        self.same_digest && self.same_series && self.different_files.is_empty()
    }

    fn line(&self) -> String {
        let series = match self.first_difference_line {
            None if self.different_files.is_empty() => "same results".to_owned(),
            None => format!("{} differs", self.different_files.join(", ")),
            Some(line) => format!("series differs from line {line}"),
        };
        format!(
            "threads {:>4}  shards {:>5}  digest {}  {}, {series}",
            self.threads,
            self.shards,
            self.digest,
            if self.same_digest {
                "same"
            } else {
                "DIFFERENT"
            },
        )
    }
}

/// The run that is repeated.
struct Original<'a> {
    directory: &'a Path,
    scenario: Scenario,
    course: Course,
    digest: String,
    /// Keys of the model that overrides changed.
    changed: Vec<String>,
    peak: u64,
}

impl<'a> Original<'a> {
    fn read(directory: &'a Path) -> Result<Self, Failure> {
        let manifest = Manifest::read(directory)?;
        let shown = directory.display();
        let Some(digest) = manifest.digest.clone() else {
            return Err(RunError::NoDigest {
                run: directory.to_owned(),
                ended: manifest.ended,
            }
            .into());
        };
        let scenario = manifest.scenario(directory)?;
        if (manifest.version.as_str(), manifest.git.as_str())
            != (env!("CARGO_PKG_VERSION"), env!("PATCHDAY_GIT"))
        {
            say(&format!(
                "warning: {shown} was made by version {} ({}), this is {} ({})",
                manifest.version,
                manifest.git,
                env!("CARGO_PKG_VERSION"),
                env!("PATCHDAY_GIT")
            ));
        }
        if manifest.ticks > scenario.ticks() {
            return Err(RunError::TooManyTicks {
                run: directory.to_owned(),
                ticks: manifest.ticks,
                most: scenario.ticks(),
            }
            .into());
        }
        let course = Course {
            end: manifest.ticks,
            ..crate::run::execute::course(&scenario)
        };
        let peak = manifest.peak_rss_bytes.unwrap_or(0);
        Ok(Self {
            directory,
            scenario,
            course,
            digest,
            changed: manifest.changed,
            peak,
        })
    }

    /// Returns an error if one of the repeats would not fit in memory.
    fn check_memory(&self, repeats: &[Workers]) -> Result<(), Failure> {
        repeats.iter().try_for_each(|workers| {
            let available = resources::memory_available(workers.threads);
            let name = self.directory.display().to_string();
            let run = PlannedRun {
                file: &name,
                scenario: &self.scenario,
                scale: 1.0,
                workers: *workers,
                available,
            };
            Estimate::new(run, None).check()
        })
    }

    /// How many repeats can run at once: each needs its threads, and as much memory as the run.
    fn at_once(&self, repeats: &[Workers]) -> usize {
        let widest = repeats
            .iter()
            .map(|workers| workers.threads)
            .max()
            .unwrap_or(1);
        let by_threads = resources::threads() / widest;
        let by_memory =
            resources::memory_available(widest).map_or(1, |bytes| bytes / self.peak.max(1));
        by_threads
            .min(usize::try_from(by_memory).unwrap_or(usize::MAX))
            .clamp(1, repeats.len().max(1))
    }

    fn repeat(&self, workers: Workers, interrupt: &Interrupt) -> Result<RepeatVerdict, Failure> {
        let path = self.directory.join(SERIES);
        let file = File::open(&path).map_err(Failure::file("open", &path))?;
        let failed = |error: io::Error| Failure::file("read", &path)(error);
        let other = Difference::new(BufReader::new(file));
        let mut samples = Samples::new(&self.scenario);
        samples.expect(self.course.end, &self.scenario.run);
        let mut recorder = ComparingRecorder {
            series: Series::new(other, &self.scenario).map_err(failed)?,
            samples,
        };
        let limit = mail_limit(
            &self.scenario,
            workers,
            resources::memory_available(workers.threads),
        );
        let mut simulation = execute::simulation(&self.scenario, workers, limit)?;
        match run_to_end(&mut simulation, self.course, interrupt, &mut recorder)? {
            Ending::Finished => {}
            // A run that the engine halted is halted again at the same tick.
            Ending::Halted(_) if simulation.now() == self.course.end => {}
            Ending::Halted(halt) => return Err(RunError::RepeatHalted(halt).into()),
            Ending::Interrupted => {
                return Err(RunError::RepeatsInterrupted.into());
            }
            Ending::Panicked(text) => return Err(RunError::RepeatFailed(text).into()),
        }
        let ComparingRecorder {
            series,
            mut samples,
        } = recorder;
        samples.notes = simulation.notes().to_vec();
        let difference = series.into_inner().finish().map_err(failed)?;
        let digest = hex(Simulated::digest(&simulation));
        Ok(RepeatVerdict {
            threads: workers.threads,
            shards: workers.shards,
            same_digest: digest == self.digest,
            digest,
            same_series: difference.is_none(),
            first_difference_line: difference,
            different_files: self.different_files(&samples)?,
        })
    }

    /// The files beside the series that differ from those made from the samples.
    fn different_files(&self, samples: &Samples) -> Result<Vec<&'static str>, Failure> {
        let results = Results::new(&self.scenario, samples, &self.changed);
        let mut different = Vec::new();
        for (name, bytes) in results.files(&self.scenario, samples) {
            let bytes = bytes?;
            // A file that cannot be read is not the same.
            if fs::read(self.directory.join(name)).map_or(true, |there| there != bytes) {
                different.push(name);
            }
        }
        Ok(different)
    }
}

/// Compares the series with that of the run, and keeps only the samples.
struct ComparingRecorder {
    series: Series<Difference<BufReader<File>>>,
    samples: Samples,
}

impl<M> RunObserver<M> for ComparingRecorder {
    fn advanced(&mut self, _: Tick, _: u64) {}

    fn sampled(&mut self, now: Tick, cells: &[Cell]) -> Result<(), Failure> {
        self.series.add(now, cells).map_err(RunError::Rows)?;
        self.samples.add(now, cells);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_are_threads_by_shards_without_duplicates() {
        let workers = |threads, shards| Workers { threads, shards };
        assert_eq!(repeats(&[1, 2, 2], &[]), [workers(1, 1), workers(2, 2)]);
        assert_eq!(
            repeats(&[1, 7], &[1, 5]),
            [workers(1, 1), workers(1, 5), workers(7, 1), workers(7, 5)]
        );
    }
}
