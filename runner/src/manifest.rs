//! `manifest.json`: what ran, where it ended, what it cost, and its fingerprints.
//!
//! It is written when the run begins, with `complete: false`, and again when it
//! ends; so a directory without a complete manifest holds a run that was killed.

use std::{fs, io, path::Path, time::Instant};

use patchday_agents::{Simulation, scenario::Scenario};
use serde::{Deserialize, Serialize};

use crate::{
    course::Ending,
    exit::Failure,
    figures::{instant, rounded},
    machine,
    preparation::{Prepared, Workers},
    run_directory::MANIFEST,
};

/// The length of a tick, in seconds.
const TICK_S: u32 = 1;

/// What a run was, for people and for programs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// The scenario file, as it was given.
    pub(crate) scenario: String,
    /// The title of the scenario.
    pub(crate) title: String,
    /// The version of the program.
    pub(crate) version: String,
    /// The commit the program was built from, or `unknown`.
    pub(crate) git: String,
    /// The command that was typed.
    pub(crate) command: String,
    /// The seed.
    pub(crate) seed: u64,
    /// By how much users and capacities were scaled.
    pub(crate) scale: f64,
    /// Users of the scenario as it ran.
    pub(crate) users: u64,
    /// Actors of the engine.
    pub(crate) actors: u64,
    /// Threads that worked.
    pub(crate) threads: usize,
    /// Shards the actors were cut into.
    pub(crate) shards: usize,
    /// The length of a tick, in seconds.
    pub(crate) tick_s: u32,
    /// The instant of tick 0.
    pub(crate) start: String,
    /// The instant at which the run ended, or was stopped.
    pub(crate) end: String,
    /// Ticks done.
    pub(crate) ticks: u32,
    /// Envelopes handled.
    pub(crate) events: u64,
    /// Real time it took, creation of the actors included, in seconds.
    pub(crate) wall_s: f64,
    /// Envelopes handled in a second of real time.
    pub(crate) events_per_s: f64,
    /// Simulated seconds in a second of real time.
    pub(crate) simulated_s_per_wall_s: f64,
    /// The most memory the program had resident; null where that is not known.
    pub(crate) peak_rss_bytes: Option<u64>,
    /// The fingerprint of the scenario as it ran.
    pub(crate) config_hash: String,
    /// The fingerprint of the final state; null while there is none.
    pub(crate) digest: Option<String>,
    /// How often it went on from a checkpoint.
    #[serde(default)]
    pub(crate) resumed: u32,
    /// Whether the run came to its end.
    pub(crate) complete: bool,
    /// How it ended, in words: `finished`, or why not.
    pub(crate) ended: String,
}

impl Manifest {
    /// The manifest of a run that has not begun.
    pub(crate) fn of(prepared: &Prepared, workers: Workers) -> Self {
        let Scenario {
            run, population, ..
        } = &prepared.scenario;
        Self {
            scenario: prepared.file.clone(),
            title: run.title.clone(),
            version: env!("CARGO_PKG_VERSION").into(),
            git: env!("PATCHDAY_GIT").into(),
            command: command_line(
                std::env::args_os().map(|word| word.to_string_lossy().into_owned()),
            ),
            seed: run.seed,
            scale: prepared.scale,
            users: population.users,
            actors: 0,
            threads: workers.threads,
            shards: workers.shards,
            tick_s: TICK_S,
            start: instant(run.start.seconds()),
            end: instant(run.start.seconds()),
            ticks: 0,
            events: 0,
            wall_s: 0.0,
            events_per_s: 0.0,
            simulated_s_per_wall_s: 0.0,
            peak_rss_bytes: None,
            config_hash: prepared.config_hash.clone(),
            digest: None,
            resumed: 0,
            complete: false,
            ended: "under way, or killed".into(),
        }
    }

    /// The manifest of a run that came to its end, or to what stopped it.
    pub(crate) fn signed(
        self,
        scenario: &Scenario,
        simulation: &Simulation,
        ending: &Result<Ending, Failure>,
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
            ..self
        }
    }

    /// Reads the manifest of a run directory.
    pub(crate) fn read(directory: &Path) -> Result<Self, Failure> {
        let path = directory.join(MANIFEST);
        let text = fs::read_to_string(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Failure::Usage(format!(
                "{}: no run directory: it has no {MANIFEST}",
                directory.display()
            )),
            _ => Failure::file("read", &path)(error),
        })?;
        serde_json::from_str(&text)
            .map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))
    }
}

/// A fingerprint as it stands in files.
pub(crate) fn hex(digest: u64) -> String {
    format!("{digest:016x}")
}

/// Pretty JSON with a line break at its end.
pub(crate) fn json(value: &impl Serialize) -> Result<String, Failure> {
    match serde_json::to_string_pretty(value) {
        Ok(text) => Ok(text + "\n"),
        Err(error) => Err(Failure::Broken(format!(
            "cannot be written as JSON: {error}"
        ))),
    }
}

/// A command as one would type it, quoted where a shell needs it.
pub(crate) fn command_line(words: impl Iterator<Item = String>) -> String {
    let quoted = words.enumerate().map(|(index, word)| {
        if index == 0 {
            return "patchday".to_owned();
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,+@%".contains(c);
        if !word.is_empty() && word.chars().all(plain) {
            word
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}

/// The words of a command as it would be typed.
#[cfg(feature = "parquet")]
pub(crate) fn words_of(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), None, false);
    let mut signs = command.chars();
    while let Some(sign) = signs.next() {
        match sign {
            ' ' if !quoted => words.extend(word.take()),
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_with(String::new);
            }
            '\\' if !quoted => word.get_or_insert_with(String::new).extend(signs.next()),
            sign => word.get_or_insert_with(String::new).push(sign),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_can_be_typed_again() {
        let words = [
            "/x/patchday",
            "run",
            "a b.toml",
            "-s",
            "client.retry.cap=20m",
            "it's",
        ];
        let line = command_line(words.into_iter().map(String::from));
        assert_eq!(
            line,
            r"patchday run 'a b.toml' -s client.retry.cap=20m 'it'\''s'"
        );
        #[cfg(feature = "parquet")]
        assert_eq!(words_of(&line)[1..], words[1..]);
    }
}
