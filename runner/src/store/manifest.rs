//! `manifest.json`: what ran, how it ended, what it cost, and its hashes.
//!
//! The manifest is written when the run begins, with `complete: false`, and again when it ends.
//! It has a checksum and the hashes of the files of the run, so that later changes are detected.
//! Durations are in seconds of real time unless named otherwise, memory in bytes.

use std::{collections::BTreeMap, fs, io, path::Path, time::Instant};

use patchday_agents::{Simulation, scenario::Scenario};
use patchday_core::Tick;
use serde::{Deserialize, Serialize, de::IgnoredAny};

use crate::{
    host::{
        error::{Failure, FileError},
        escape,
        format::{Seconds, duration, grouped, instant_at, memory, rounded, short},
        limited_read,
        ranks::cluster::processes,
        resources::{self, Workers},
    },
    scenario::{load, prepare::Prepared, print::config_hash},
    store::{
        checksummed_json::{self, Form},
        command_line::CommandLine,
        ending::Ending,
        error::StoreError,
        layout::{CONFIG, MANIFEST},
    },
};

/// The name that the checksum covers.
const PART_OF: &str = "manifest";

/// The value of `ended` until the run ends.
const NOT_ENDED: &str = "under way, or killed";

fn one() -> usize {
    1
}

fn is_one(ranks: &usize) -> bool {
    *ranks == 1
}

/// The record of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// The scenario file, as given.
    pub(crate) scenario: String,
    /// The title of the scenario.
    pub(crate) title: String,
    /// The version of the program.
    pub(crate) version: String,
    /// The commit the program was built from, or `unknown`.
    pub(crate) git: String,
    /// The command that was typed, quoted.
    pub(crate) command: String,
    /// The words of that command; empty in manifests of earlier versions.
    #[serde(default)]
    pub(crate) command_words: CommandLine,
    /// The words of a command with the same results: without threads, shards, checkpoints and
    /// output; empty in manifests of earlier versions.
    #[serde(default)]
    pub(crate) reproduce: CommandLine,
    /// The seed.
    pub(crate) seed: u64,
    /// The factor for users and capacities.
    pub(crate) scale: f64,
    /// Users of the scenario as it ran.
    pub(crate) users: u64,
    /// Actors of the engine.
    pub(crate) actors: u64,
    /// Threads.
    pub(crate) threads: usize,
    /// Shards.
    pub(crate) shards: usize,
    /// The processes that shared the run; threads and shards are those of the first. It is left out if there
    /// was one.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub(crate) ranks: usize,
    /// The length of a tick, in seconds.
    pub(crate) tick_s: Seconds,
    /// The instant of tick 0.
    pub(crate) start: String,
    /// The instant at which the run ended, or was stopped.
    pub(crate) end: String,
    /// Ticks done.
    pub(crate) ticks: u32,
    /// Envelopes handled.
    pub(crate) events: u64,
    /// Real time, including the creation of the actors.
    pub(crate) wall_s: f64,
    /// Envelopes handled in a second of real time.
    pub(crate) events_per_s: f64,
    /// Simulated seconds in a second of real time.
    pub(crate) simulated_s_per_wall_s: f64,
    /// Peak resident memory; null if unknown.
    pub(crate) peak_rss_bytes: Option<u64>,
    /// The hash of the effective scenario.
    pub(crate) config_hash: String,
    /// Keys of the model that overrides changed, so that the run is not what was observed; empty in
    /// manifests of earlier versions.
    #[serde(default)]
    pub(crate) changed: Vec<String>,
    /// The digest of the final state; null if the run has none.
    pub(crate) digest: Option<String>,
    /// How often the run was resumed from a checkpoint.
    #[serde(default)]
    pub(crate) resumed: u32,
    /// Whether the run reached its end.
    pub(crate) complete: bool,
    /// `finished`, or why the run did not finish.
    pub(crate) ended: String,
    /// The files written at the end, with their BLAKE3 hashes.
    pub(crate) files: BTreeMap<String, String>,
}

impl Manifest {
    /// The cost of the run: events, real time, memory.
    pub(crate) fn cost(&self) -> String {
        let time = match self.wall_s {
            seconds if seconds < 0.05 => "under 0.1 s".to_owned(),
            seconds if seconds < 10.0 => format!("{seconds:.1} s"),
            seconds => duration(seconds),
        };
        format!(
            "{} events in {time}{}",
            short(self.events as f64),
            self.peak_rss_bytes
                .map_or_else(String::new, |bytes| format!(", {} at most", memory(bytes)))
        )
    }

    /// The speed of the run: events per second, and simulated time against real time.
    pub(crate) fn speed(&self) -> String {
        format!(
            "{} events/s, {} simulated seconds per second",
            short(self.events_per_s),
            grouped(self.simulated_s_per_wall_s as u64)
        )
    }

    /// The manifest of a run that is about to begin.
    pub(crate) fn new(prepared: &Prepared, workers: Workers) -> Self {
        let Scenario {
            run, population, ..
        } = &prepared.scenario;
        let command = CommandLine::from_process();
        Self {
            scenario: prepared.file.clone(),
            title: run.title.clone(),
            version: env!("CARGO_PKG_VERSION").into(),
            git: env!("PATCHDAY_GIT").into(),
            command: command.to_string(),
            command_words: command,
            reproduce: {
                let words = prepared.settings.words().into_iter();
                CommandLine::new(std::iter::once("run".to_owned()).chain(words))
            },
            seed: run.seed,
            scale: prepared.scale,
            users: population.users,
            actors: 0,
            threads: workers.threads,
            shards: workers.shards,
            ranks: processes(),
            tick_s: Seconds(run.clock().tick.span().as_seconds()),
            start: time_of(&prepared.scenario, 0),
            end: time_of(&prepared.scenario, 0),
            ticks: 0,
            events: 0,
            wall_s: 0.0,
            events_per_s: 0.0,
            simulated_s_per_wall_s: 0.0,
            peak_rss_bytes: None,
            config_hash: prepared.config_hash.clone(),
            changed: prepared.changed.clone(),
            digest: None,
            resumed: 0,
            complete: false,
            ended: NOT_ENDED.into(),
            files: BTreeMap::new(),
        }
    }

    /// The manifest of the same run when it is resumed.
    pub(crate) fn resumed_with(self, workers: Workers) -> Self {
        Self {
            threads: workers.threads,
            shards: workers.shards,
            ranks: processes(),
            digest: None,
            resumed: self.resumed + 1,
            ended: NOT_ENDED.into(),
            files: BTreeMap::new(),
            ..self
        }
    }

    /// The manifest of a run that finished or was stopped; `cause` is why memory stopped it.
    pub(crate) fn finished(
        self,
        scenario: &Scenario,
        simulation: &Simulation,
        (ending, cause): (&Result<Ending, Failure>, Option<&str>),
        begun: Instant,
    ) -> Self {
        let wall = begun.elapsed().as_secs_f64().max(1e-6);
        let (ticks, events) = (simulation.now(), simulation.handled());
        let whole = matches!(
            ending,
            Ok(Ending::Finished | Ending::Interrupted | Ending::Halted(_))
        );
        Self {
            actors: simulation.actors().into(),
            end: time_of(scenario, ticks),
            ticks,
            events,
            wall_s: rounded(wall, 3),
            events_per_s: (events as f64 / wall).round(),
            simulated_s_per_wall_s: rounded(scenario.tick().as_seconds(ticks.into()) / wall, 1),
            peak_rss_bytes: resources::peak_resident(),
            // After a panic the state is between two ticks, and after a failed write it is ahead of
            // the series: neither can be compared.
            digest: whole.then(|| hex(simulation.digest())),
            complete: matches!(ending, Ok(Ending::Finished)),
            ended: match ending {
                Ok(Ending::Finished) => "finished".into(),
                Ok(Ending::Interrupted) => cause.map_or("interrupted".into(), |cause| {
                    format!("stopped before memory ran out: {cause}")
                }),
                Ok(Ending::Halted(halt)) => format!("halted: {halt}"),
                Ok(Ending::Panicked(said)) => format!("panicked: {said}"),
                Err(failure) => failure.to_string(),
            },
            ..self
        }
    }

    /// The contents of the file.
    ///
    /// # Errors
    /// Returns an error if the manifest cannot be written as JSON.
    pub(crate) fn to_json(&self) -> Result<String, StoreError> {
        checksummed_json::to_text(self, Form::Page, PART_OF).map_err(StoreError::Json)
    }

    /// Whether the run ended, finished or not.
    pub(crate) fn has_ended(&self) -> bool {
        self.complete || self.ended != NOT_ENDED
    }

    /// Reads the manifest of a run directory.
    ///
    /// # Errors
    /// Returns an error with path and line if there is no manifest or it was changed.
    pub(crate) fn read(directory: &Path) -> Result<Self, StoreError> {
        let path = directory.join(MANIFEST);
        let text =
            limited_read::whole(&path, limited_read::MANIFEST).map_err(|error| {
                match error.kind() {
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                        StoreError::NoRun(directory.to_owned())
                    }
                    _ => FileError::at("read", &path)(error).into(),
                }
            })?;
        Self::parse(&text).map_err(|fault| StoreError::Manifest { path, fault })
    }

    /// Parses the contents of the file.
    ///
    /// # Errors
    /// Returns an error text with the line.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, String> {
        let opened = checksummed_json::verify(text, Form::Page, PART_OF).map_err(|what| {
            // For an incomplete file the JSON parser knows the position.
            match serde_json::from_slice::<IgnoredAny>(text) {
                Err(error) => error.to_string(),
                Ok(_) => {
                    let lines = text.split(|byte| *byte == b'\n').count();
                    format!("line {}: {what}", lines.saturating_sub(2).max(1))
                }
            }
        })?;
        serde_json::from_slice(&opened).map_err(|error| error.to_string())
    }

    /// Reads the scenario of a run directory.
    ///
    /// # Errors
    /// Returns an error if the scenario is invalid or is not the one that ran.
    pub(crate) fn scenario(&self, directory: &Path) -> Result<Scenario, StoreError> {
        let path = directory.join(CONFIG);
        let scenario = load::load_file::<Scenario>(&path, &[])?.scenario;
        match config_hash(&scenario) {
            hash if hash == self.config_hash => Ok(scenario),
            hash => Err(StoreError::ConfigChanged {
                path,
                hash,
                expected: self.config_hash.clone(),
            }),
        }
    }

    /// Checks a file of the run against its hash.
    ///
    /// # Errors
    /// Returns an error with the path if the file is missing or was changed.
    pub(crate) fn check_file(&self, directory: &Path, name: &str) -> Result<(), StoreError> {
        let path = directory.join(name);
        let Some(known) = self.files.get(name) else {
            return Err(StoreError::NotWritten {
                path,
                ended: self.ended.clone(),
            });
        };
        let hashed = || -> io::Result<blake3::Hash> {
            let mut hasher = blake3::Hasher::new();
            io::copy(&mut fs::File::open(&path)?, &mut hasher)?;
            Ok(hasher.finalize())
        };
        let found = hashed().map_err(FileError::at("read", &path))?;
        if found.to_hex().as_str() == known {
            Ok(())
        } else {
            Err(StoreError::FileChanged {
                path,
                directory: directory.to_owned(),
            })
        }
    }
}

/// The instant of a tick, as files hold it.
pub(crate) fn time_of(scenario: &Scenario, now: Tick) -> String {
    let tick = scenario.tick();
    let start = tick.since_1970(scenario.run.start);
    instant_at(start + i64::from(now), tick)
}

/// A digest as it is written in files.
pub(crate) fn hex(digest: u64) -> String {
    format!("{digest:016x}")
}

/// Formatted JSON with a line break at the end and control characters escaped.
///
/// # Errors
/// Returns an error if the value cannot be written as JSON.
pub(crate) fn json(value: &impl Serialize) -> Result<String, StoreError> {
    match serde_json::to_string_pretty(value) {
        Ok(text) => Ok(escape::json(&text) + "\n"),
        Err(error) => Err(StoreError::Json(error.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_that_is_no_manifest_is_an_error_with_its_line() {
        for (text, line) in [
            ("{}", "line 1: "),
            ("{}\n", "line 1: "),
            ("\n\n[\n", "line 4"),
        ] {
            let refused = Manifest::parse(text.as_bytes()).unwrap_err();
            assert!(refused.contains(line), "{text:?}: {refused}");
        }
    }

    #[test]
    fn a_manifest_larger_than_the_limit_is_not_read() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join(MANIFEST);
        limited_read::assert_limited(&path, limited_read::MANIFEST, || {
            Manifest::read(root.path()).unwrap_err().to_string()
        });
    }
}
