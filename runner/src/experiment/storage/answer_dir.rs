//! Where the answer of a question goes, and how it is kept with its report.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Instant,
};

use serde::Serialize;

use crate::{
    commands::report,
    experiment::storage::answer::{ANSWER, Answered, Question},
    host::{console::say, error::Failure, format::rounded},
    scenario::prepare::{Prepared, stem},
    store::{
        atomic_file::write_whole,
        error::StoreError,
        manifest::{Manifest, json},
    },
};

/// Where an answer goes, known before the first run.
#[derive(Debug)]
pub(crate) struct Place {
    directory: PathBuf,
    blank: Answered,
    begun: Instant,
}

impl Place {
    /// The place of a question about a scenario. `words` are all options that its answer
    /// depends on.
    ///
    /// # Errors
    /// That something else is there.
    pub(crate) fn of(
        question: Question,
        prepared: &Prepared,
        words: &[String],
        out: Option<&Path>,
        force: bool,
    ) -> Result<Self, Failure> {
        let mut hasher = blake3::Hasher::new();
        let program = [env!("CARGO_PKG_VERSION"), env!("PATCHDAY_GIT")];
        let parts = program
            .into_iter()
            .chain([question.name(), prepared.config_hash.as_str()]);
        for part in parts.chain(words.iter().map(String::as_str)) {
            hasher.update(part.as_bytes());
            hasher.update(&[0]);
        }
        let hash = hasher.finalize().to_hex()[..16].to_owned();
        let directory = out.map_or_else(
            || {
                let stem = stem(&prepared.file);
                let name = format!("{stem}-{}-{}", question.name(), &hash[..8]);
                PathBuf::from("runs").join(name)
            },
            Path::to_owned,
        );
        let title = prepared.scenario.run.title.clone();
        let place = Self {
            directory,
            begun: Instant::now(),
            blank: Answered {
                scale: prepared.scale,
                users: prepared.scenario.population.users,
                seed: prepared.scenario.run.seed,
                ..Answered::blank(question, title, prepared.file.clone(), hash)
            },
        };
        place.check(force)?;
        Ok(place)
    }

    /// The place of the futures of a run, where they are already.
    pub(crate) fn of_futures(directory: &Path, run: &Manifest) -> Self {
        let (title, file) = (run.title.clone(), run.scenario.clone());
        let hash = run.config_hash.clone();
        Self {
            directory: directory.to_owned(),
            begun: Instant::now(),
            blank: Answered {
                scale: run.scale,
                users: run.users,
                seed: run.seed,
                ..Answered::blank(Question::Fork, title, file, hash)
            },
        }
    }

    /// Refuses a directory that holds anything but an answer of this question; with `force`
    /// that of any will do.
    fn check(&self, force: bool) -> Result<(), Failure> {
        let directory = &self.directory;
        let entries = match fs::read_dir(directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            read => read.map_err(Failure::file("read the directory", directory))?,
        };
        if entries.count() == 0 {
            return Ok(());
        }
        match Answered::read(directory)? {
            None => Err(StoreError::Foreign(directory.clone()).into()),
            Some(known) if known.hash == self.blank.hash || force => Ok(()),
            Some(_) => Err(StoreError::Occupied(directory.clone()).into()),
        }
    }

    /// Keeps an answer and makes its report; both are talked of, none is printed.
    ///
    /// # Errors
    /// What cannot be written.
    pub(crate) fn keep(
        self,
        answer: &impl Serialize,
        runs: usize,
        failed: usize,
    ) -> Result<(), Failure> {
        let value = serde_json::to_value(answer);
        let answered = Answered {
            runs,
            failed,
            wall_s: rounded(self.begun.elapsed().as_secs_f64(), 3),
            answer: value.map_err(|error| Failure::failed(error.to_string()))?,
            ..self.blank
        };
        let directory = &self.directory;
        fs::create_dir_all(directory).map_err(Failure::file("create the directory", directory))?;
        write_whole(&directory.join(ANSWER), json(&answered)?.as_bytes())?;
        report::add(directory);
        say(&format!("results: {}", directory.display()));
        Ok(())
    }
}
