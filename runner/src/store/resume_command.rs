//! Commands that continue or repeat stopped work, shown so that they can be typed.
//!
//! The program is named as it was started. A command that continues has the options of the one
//! that was stopped, except those that would begin again.

use std::path::{Path, PathBuf};

use patchday_agents::scenario::quantity::Span;

use crate::{
    host::{ranks::cluster::processes, resources::MachineSettings},
    store::{checkpoint::format, command_line::CommandLine, manifest::Manifest},
};

/// The command that continues the question or batch of this process.
pub(crate) fn for_question() -> String {
    continued(CommandLine::from_process())
}

/// The command that continues a batch of another process, given its command as words and as it
/// was shown. Ledgers of earlier versions have no words.
pub(crate) fn for_begun_batch(words: &CommandLine, shown: &str) -> String {
    if words.is_empty() {
        format!("{shown} --resume")
    } else {
        continued(words.clone())
    }
}

fn continued(command: CommandLine) -> String {
    let command = command.with_option("--resume", &["--force"]);
    command.with_started_program().to_string()
}

/// Options of a run that its directory does not record, so that a resumed run needs them again.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunOptionsToRepeat {
    /// The simulated time between checkpoints.
    pub(crate) checkpoint_every: Option<Span>,
    /// The number of checkpoints to keep.
    pub(crate) keep_checkpoints: Option<u32>,
    /// Threads and shards.
    pub(crate) machine: MachineSettings,
    /// The summary to compare with.
    pub(crate) baseline: Option<PathBuf>,
    /// The allowed relative difference from the baseline.
    pub(crate) tolerance: f64,
    /// The JUnit file.
    pub(crate) junit: Option<PathBuf>,
    /// Whether the result is printed as JSON.
    pub(crate) json: bool,
}

impl RunOptionsToRepeat {
    /// The options as words.
    pub(crate) fn words(&self) -> Vec<String> {
        let file = |path: &PathBuf| path.to_string_lossy().into_owned();
        let every = self.checkpoint_every;
        let tolerance = self.baseline.as_ref().map(|_| self.tolerance.to_string());
        let options = [
            (
                "--checkpoint-every",
                every.map(|every| every.to_string().replace(' ', "")),
            ),
            (
                "--keep-checkpoints",
                self.keep_checkpoints.map(|most| most.to_string()),
            ),
            ("--threads", self.machine.threads.map(|n| n.to_string())),
            ("--shards", self.machine.shards.map(|n| n.to_string())),
            ("--baseline", self.baseline.as_ref().map(file)),
            ("--tolerance", tolerance),
            ("--junit", self.junit.as_ref().map(file)),
        ];
        let mut words = Vec::new();
        for (name, value) in options {
            if let Some(value) = value {
                words.extend([name.to_owned(), value]);
            }
        }
        if self.json {
            words.push("--json".into());
        }
        words
    }
}

/// The command that continues a run.
pub(crate) fn for_run(directory: &Path, options: &[String]) -> String {
    let begin = ["run", &directory.to_string_lossy(), "--resume"].map(String::from);
    let words = begin.into_iter().chain(options.iter().cloned());
    CommandLine::new(words).with_started_program().to_string()
}

/// The command that repeats a run from its start into the same directory, given its command as
/// words and as it was shown. Manifests of earlier versions have no words.
pub(crate) fn from_the_start(words: &CommandLine, shown: &str) -> String {
    if words.is_empty() {
        return format!("{shown} --force");
    }
    let command = words.clone().with_option("--force", &["--resume"]);
    command.with_started_program().to_string()
}

/// How many processes a run can continue on, if it had several.
pub(crate) const ANYWHERE: &str = "with the same launcher or in one process";

/// How to continue a run that was stopped.
pub(crate) struct ResumeHint {
    /// Whether the last checkpoint is of the tick at which the run stopped.
    pub(crate) saved: bool,
    /// The command that continues from the last checkpoint.
    pub(crate) command: String,
}

impl ResumeHint {
    /// Where the results so far are, and how to continue.
    pub(crate) fn text(&self, manifest: &Manifest, directory: &Path) -> String {
        let command = &self.command;
        let anywhere = match processes() {
            1 => String::new(),
            _ => format!(", {ANYWHERE}"),
        };
        let way = if self.saved {
            format!("to resume from this point{anywhere}: {command}")
        } else if !format::list(directory).is_empty() {
            format!("to resume from the last checkpoint{anywhere}: {command}")
        } else {
            let command = from_the_start(&manifest.command_words, &manifest.command);
            format!("to run it again from the start: {command}")
        };
        format!("the results so far are in {}; {way}", directory.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resumed_run_gets_the_options_that_its_directory_does_not_record() {
        let options = RunOptionsToRepeat {
            checkpoint_every: Some("1h 30m".parse().unwrap()),
            keep_checkpoints: Some(2),
            machine: MachineSettings {
                threads: Some(3),
                shards: Some(4),
            },
            baseline: Some("b.json".into()),
            tolerance: 0.1,
            junit: Some("j.xml".into()),
            json: true,
        };
        let words = "--checkpoint-every 1h30m --keep-checkpoints 2 --threads 3 --shards 4 \
                     --baseline b.json --tolerance 0.1 --junit j.xml --json";
        assert_eq!(options.words().join(" "), words);
        let command = for_run(Path::new("d"), &options.words());
        assert!(
            command.ends_with(&format!(" run d --resume {words}")),
            "{command}"
        );
        assert_eq!(RunOptionsToRepeat::default().words(), [""; 0]);
    }

    #[test]
    fn the_command_from_the_start_has_force_once() {
        let repeated = |words: &str| {
            let command = from_the_start(&CommandLine::new(words.split(' ')), "");
            command.split_once(" run").unwrap().1.to_owned()
        };
        assert_eq!(repeated("run x"), " x --force");
        assert_eq!(repeated("run x --force"), " x --force");
        assert_eq!(repeated("run x --resume"), " x --force");
    }
}
