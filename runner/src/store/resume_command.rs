//! Commands that go on with what was stopped, as they can be typed.
//!
//! The program is named as it was called, so that the command works where it was called; what
//! it was told is told again, but for what would begin anew.

use std::path::Path;

use crate::{
    commands::options::RunOptions,
    store::{
        checkpoint::format,
        manifest::{Manifest, command_line, quoted, words_of},
    },
};

/// A command of this program, named as it was called here.
fn typed(words: impl Iterator<Item = String>) -> String {
    let mut called = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
    let program = called.next().unwrap_or_else(|| "patchday".into());
    let rest = words.map(|word| quoted(&word));
    std::iter::once(quoted(&program))
        .chain(rest)
        .collect::<Vec<_>>()
        .join(" ")
}

/// The words of this command, without the program.
fn own_words() -> Vec<String> {
    let words = std::env::args_os().skip(1);
    words
        .map(|word| word.to_string_lossy().into_owned())
        .collect()
}

/// The command that was typed, for files.
pub(crate) fn own() -> String {
    command_line(std::iter::once(String::new()).chain(own_words()))
}

/// The command that goes on with a batch.
pub(crate) fn of_batch() -> String {
    typed(going_on(own_words()).into_iter())
}

/// The command that goes on with a batch that another command began.
pub(crate) fn of_begun_batch(command: &str) -> String {
    let words = words_of(command).into_iter().skip(1);
    typed(going_on(words.collect()).into_iter())
}

/// The words of a batch that goes on: without what begins anew.
fn going_on(mut words: Vec<String>) -> Vec<String> {
    let end = |words: &[String]| {
        let end = words.iter().position(|word| word == "--");
        end.unwrap_or(words.len())
    };
    let options = end(&words);
    let mut place = 0..;
    words.retain(|word| place.next() >= Some(options) || word != "--force");
    let options = end(&words);
    if !words[..options].iter().any(|word| word == "--resume") {
        words.insert(options, "--resume".into());
    }
    words
}

/// What a run was told that does not stand in its directory: how it is kept, told and judged.
pub(crate) fn options_of(options: &RunOptions) -> Vec<String> {
    let mut words = Vec::new();
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            words.extend([name.to_owned(), value]);
        }
    };
    let file = |path: &std::path::PathBuf| path.to_string_lossy().into_owned();
    let every = options.checkpoint_every;
    add(
        "--checkpoint-every",
        every.map(|every| every.to_string().replace(' ', "")),
    );
    let most = options.keep_checkpoints;
    add("--keep-checkpoints", most.map(|most| most.to_string()));
    let machine = options.machine;
    add("--threads", machine.threads.map(|n| n.to_string()));
    add("--shards", machine.shards.map(|n| n.to_string()));
    let baseline = options.baseline.as_ref();
    add("--baseline", baseline.map(file));
    let tolerance = baseline.map(|_| options.tolerance.to_string());
    add("--tolerance", tolerance);
    add("--junit", options.junit.as_ref().map(file));
    if options.json {
        words.push("--json".into());
    }
    words
}

/// The command that goes on with a run.
pub(crate) fn of_run(directory: &Path, options: &[String]) -> String {
    let begin = ["run", &directory.to_string_lossy(), "--resume"].map(String::from);
    typed(begin.into_iter().chain(options.iter().cloned()))
}

/// The command that runs into the same directory again; `command` is the one that did.
pub(crate) fn from_the_start(command: &str) -> String {
    let (program, rest) = command.split_once(' ').unwrap_or((command, ""));
    let program = match program {
        "patchday" => typed(std::iter::empty()),
        other => other.to_owned(),
    };
    let rest: Vec<&str> = rest.split(' ').filter(|word| *word != "--resume").collect();
    let force = match rest.contains(&"--force") {
        true => "",
        false => " --force",
    };
    format!("{program} {}{force}", rest.join(" "))
}

/// How to go on with a run that was stopped.
pub(crate) struct Again {
    /// Whether there is a checkpoint of where it stopped.
    pub(crate) saved: bool,
    /// The command that goes on from the last one.
    pub(crate) command: String,
}

impl Again {
    /// Where what was computed is, and how to go on.
    pub(crate) fn words(&self, manifest: &Manifest, directory: &Path) -> String {
        let command = &self.command;
        let way = if self.saved {
            format!("to go on from there: {command}")
        } else if !format::list(directory).is_empty() {
            format!("to go on from its last checkpoint: {command}")
        } else {
            let command = from_the_start(&manifest.command);
            format!("to run it again from the start: {command}")
        };
        format!("what was computed is in {}; {way}", directory.display())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::commands::options::{Cli, Command};

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(String::from).collect()
    }

    #[test]
    fn a_batch_goes_on_with_what_it_was_told_and_does_not_begin_anew() {
        let told = |text: &str| going_on(words(text)).join(" ");
        assert_eq!(
            told("sweep x.toml --force --reps 3"),
            "sweep x.toml --reps 3 --resume"
        );
        assert_eq!(told("sweep --resume x.toml"), "sweep --resume x.toml");
        assert_eq!(
            told("sweep --force -- --force"),
            "sweep --resume -- --force"
        );
    }

    #[test]
    fn a_run_goes_on_with_what_it_was_told() {
        let told = "--checkpoint-every 1h30m --keep-checkpoints 2 --threads 3 --shards 4 \
                    --baseline b.json --tolerance 0.1 --junit j.xml --json";
        let begun = words(&format!(
            "patchday run x.toml -s a=b --out d --force {told}"
        ));
        let Command::Run(options) = Cli::try_parse_from(begun).unwrap().command else {
            panic!("no run");
        };
        let options = options_of(&options);
        assert_eq!(options.join(" "), told);
        let command = of_run(Path::new("d"), &options);
        let rest = command.split_once(' ').unwrap().1;
        assert_eq!(rest, format!("run d --resume {told}"));
        Cli::try_parse_from(words(&format!("patchday {rest}"))).unwrap();
    }

    #[test]
    fn the_command_to_run_again_forces_once() {
        let again = |command| {
            from_the_start(command)
                .split_once(' ')
                .unwrap()
                .1
                .to_owned()
        };
        assert_eq!(again("patchday run x"), "run x --force");
        assert_eq!(again("patchday run x --force"), "run x --force");
        assert_eq!(again("patchday run x --resume"), "run x --force");
    }
}
