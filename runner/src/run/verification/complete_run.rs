//! A complete run that is resumed: its results from its files, and the files that are missing.
//!
//! A run can be killed after its manifest calls it complete and before its report, its JUnit file
//! or its exported tables are written. They are made from the files of the run, without a
//! simulation. Nothing that exists is changed.

use std::{
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
};

use patchday_agents::scenario::Scenario;

use crate::{
    host::{console::say, error::Failure},
    report::run::report_file,
    results::samples::Samples,
    run::{recorder::samples_of, result_files::Results},
    store::{
        layout::{REPORT, SERIES},
        manifest::Manifest,
        run_directory::RunDirectory,
    },
};

/// A complete run whose directory is locked.
pub(crate) struct CompleteRun {
    directory: RunDirectory,
    pub(crate) scenario: Scenario,
    manifest: Manifest,
    series: PathBuf,
}

impl CompleteRun {
    /// Locks the directory of a run that its manifest calls complete.
    ///
    /// # Errors
    /// Returns an error if another process has locked it, or if scenario or series were changed.
    pub(crate) fn open(run: &Path, manifest: Manifest) -> Result<Self, Failure> {
        let scenario = manifest.scenario(run)?;
        let directory = RunDirectory::open(run, scenario.observed.len())?;
        manifest.check_file(run, SERIES)?;
        Ok(Self {
            directory,
            scenario,
            manifest,
            series: run.join(SERIES),
        })
    }

    /// Writes the files that are missing, and returns the results after `show` has printed them.
    ///
    /// # Errors
    /// Returns an error if the series cannot be read, or if a file cannot be written.
    pub(crate) fn finish(
        self,
        show: impl FnOnce(&Manifest, &Results, &RunDirectory) -> Result<(), Failure>,
    ) -> Result<Results, Failure> {
        let run = self.directory.path();
        say(&format!("{}: the run is complete", run.display()));
        let samples = self.samples()?;
        let results = Results::new(&self.scenario, &samples, &self.manifest.changed);
        self.restore(&results, &samples)?;
        if !run.join(REPORT).exists() {
            report_file::write(run);
        }
        show(&self.manifest, &results, &self.directory)?;
        Ok(results)
    }

    fn samples(&self) -> Result<Samples, Failure> {
        let read = File::open(&self.series)
            .and_then(|series| samples_of(BufReader::new(series), &self.scenario));
        read.map_err(Failure::file("read", &self.series))
    }

    /// Writes result files that were removed, if they can be made from the series with the bytes
    /// that the manifest has a hash of.
    fn restore(&self, results: &Results, samples: &Samples) -> Result<(), Failure> {
        for (name, bytes) in results.files(&self.scenario, samples) {
            let path = self.directory.path().join(name);
            if path.exists() {
                continue;
            }
            let bytes = bytes?;
            let hash = blake3::hash(&bytes).to_hex();
            if self.manifest.files.get(name).map(String::as_str) == Some(hash.as_str()) {
                self.directory.write(name, &bytes)?;
                say(&format!(
                    "{}: it was missing and is written again",
                    path.display()
                ));
            } else {
                say(&format!(
                    "warning: {} is missing and cannot be made from {SERIES} alone; --force runs \
                     the scenario again",
                    path.display()
                ));
            }
        }
        Ok(())
    }
}
