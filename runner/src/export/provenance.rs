//! Where a table is from: what stands in its file beside the columns.
//!
//! Names are those of `manifest.json` and of a sweep's ledger. What does not change the
//! results is left out, the time and the machine, and of the command that was typed its
//! threads, shards, checkpoints and places of output: the same run has the same bytes however
//! and wherever it ran.

use std::path::Path;

use clap::{Parser, ValueEnum};

use crate::{
    commands::{
        options::{Cli, Command, RunOptions, ScenarioOptions},
        question_options::{ForkOptions, SweepOptions},
    },
    experiment::{design::points::Method, storage::ledger},
    host::error::Failure,
    store::{
        layout::MANIFEST,
        manifest::{Manifest, command_line, words_of},
    },
};

/// Names, and what they say.
pub(crate) type Provenance = Vec<(&'static str, String)>;

/// The provenance of the tables of a directory; of a sweep's table without a ledger nothing is
/// known.
///
/// # Errors
/// That its manifest cannot be read.
pub(crate) fn of(directory: &Path) -> Result<Provenance, Failure> {
    if directory.join(MANIFEST).exists() {
        return Ok(of_run(Manifest::read(directory)?));
    }
    Ok(ledger::of_directory(directory).map_or_else(Vec::new, of_sweep))
}

fn of_run(manifest: Manifest) -> Provenance {
    let all = [
        ("title", Some(manifest.title)),
        ("version", Some(manifest.version)),
        ("command", essence(&manifest.command)),
        ("seed", Some(manifest.seed.to_string())),
        ("scale", Some(manifest.scale.to_string())),
        ("config_hash", Some(manifest.config_hash)),
        ("digest", manifest.digest),
        ("complete", Some(manifest.complete.to_string())),
    ];
    let known = all.into_iter();
    known
        .filter_map(|(name, text)| Some((name, text?)))
        .collect()
}

fn of_sweep(batch: ledger::Batch) -> Provenance {
    let all = [
        ("title", batch.title),
        ("version", batch.version),
        ("command", essence(&batch.command)),
        ("seed", Some(batch.seed.to_string())),
        ("batch", Some(batch.batch)),
    ];
    let known = all.into_iter();
    known
        .filter_map(|(name, text)| Some((name, text?)))
        .collect()
}

/// What of a command the results depend on, as a command; none if it is none of this
/// version.
fn essence(command: &str) -> Option<String> {
    let words = match Cli::try_parse_from(words_of(command)).ok()?.command {
        Command::Run(options) => run(options),
        Command::Fork(options) => fork(options),
        Command::Sweep(options) => sweep(options),
        _ => return None,
    };
    Some(command_line(std::iter::once(String::new()).chain(words)))
}

// Options are taken apart by name, so that a new one has to be decided on.

fn run(options: RunOptions) -> Vec<String> {
    let RunOptions {
        scenario,
        machine: _,
        out: _,
        force: _,
        checkpoint_every: _,
        keep_checkpoints: _,
        resume: _,
        baseline: _,
        tolerance: _,
        junit: _,
        export: _,
        json: _,
        live: _,
    } = options;
    let mut words = vec!["run".to_owned()];
    words.extend(of_scenario(scenario));
    words
}

fn fork(options: ForkOptions) -> Vec<String> {
    let ForkOptions {
        run,
        at,
        r#try,
        machine: _,
        until,
        out: _,
        force: _,
        json: _,
    } = options;
    let mut words = vec!["fork".to_owned(), run.display().to_string()];
    add(&mut words, "--at", [at]);
    add(&mut words, "--try", r#try);
    add(&mut words, "--until", until);
    words
}

fn sweep(options: SweepOptions) -> Vec<String> {
    let SweepOptions {
        scenario,
        machine: _,
        vary,
        method,
        runs,
        points,
        reps,
        shard: _,
        out: _,
        resume: _,
        retry_failed: _,
        force: _,
        spoil: _,
        export: _,
        json: _,
    } = options;
    let mut words = vec!["sweep".to_owned()];
    words.extend(of_scenario(scenario));
    add(&mut words, "--vary", vary);
    let method = (method != Method::Grid)
        .then(|| method.to_possible_value())
        .flatten();
    let name = method.map(|value| value.get_name().to_owned());
    add(&mut words, "--method", name);
    add(&mut words, "--runs", runs.map(|runs| runs.to_string()));
    let points = points.map(|file| file.display().to_string());
    add(&mut words, "--points", points);
    add(&mut words, "--reps", (reps != 1).then(|| reps.to_string()));
    words
}

fn of_scenario(options: ScenarioOptions) -> Vec<String> {
    let ScenarioOptions {
        file,
        set,
        scale,
        seed,
        until,
    } = options;
    let mut words = vec![file.display().to_string()];
    add(&mut words, "-s", set);
    add(
        &mut words,
        "--scale",
        (scale != 1.0).then(|| scale.to_string()),
    );
    add(&mut words, "--seed", seed.map(|seed| seed.to_string()));
    add(&mut words, "--until", until);
    words
}

/// An option with each of its values.
fn add(words: &mut Vec<String>, option: &str, values: impl IntoIterator<Item = String>) {
    for value in values {
        words.extend([option.to_owned(), value]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_command_stays_what_results_depend_on() {
        for (typed, kept) in [
            (
                "patchday run x.toml --threads 2 --out 'a b' --force --export parquet",
                Some("patchday run x.toml"),
            ),
            (
                "patchday run --until 3h --scale 0.01 --json -s 'a=[1, 2]' --set b=2 'x y.toml'",
                Some("patchday run 'x y.toml' -s 'a=[1, 2]' -s b=2 --scale 0.01 --until 3h"),
            ),
            (
                "patchday sweep x.toml --vary 'a=\"it'\\''s\",c' --reps 2 --shard 2/8 --method sobol --resume",
                Some("patchday sweep x.toml --vary 'a=\"it'\\''s\",c' --method sobol --reps 2"),
            ),
            (
                "patchday fork runs/a --at 2h --try none --try 'b: c=1' --out d --threads 7",
                Some("patchday fork runs/a --at 2h --try none --try 'b: c=1'"),
            ),
            ("patchday merge a", None),
            ("patchday run", None),
            ("", None),
        ] {
            let essence = essence(typed);
            assert_eq!(essence.as_deref(), kept, "{typed}");
            // Said again, it is itself.
            assert_eq!(kept.and_then(self::essence), essence);
        }
    }
}
