//! The command line: commands, options and their help texts.
//!
//! What can be said about an option without knowing a scenario or the machine is
//! checked here, and ends with exit code 2; the rest is checked where it is used. The
//! commands that make more than one run have their options in `questions`.

use crate::commands::{
    bench::BenchOptions,
    check::CheckOptions,
    diff::DiffOptions,
    experiment::{
        compare::CompareOptions, fork::ForkOptions, map::MapOptions, merge::MergeOptions,
        study::StudyOptions, sweep::SweepOptions, tip::TipOptions,
    },
    export::ExportOptions,
    plan::PlanOptions,
    report::ReportOptions,
    run::RunOptions,
    schema::SchemaOptions,
    verify::VerifyOptions,
    watch::WatchOptions,
};

use crate::commands::{
    new::NewOptions,
    shell::{CompletionsOptions, ManOptions},
};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use patchday_agents::scenario::quantity::Span;

use crate::{host::resources::MachineSettings, scenario::prepare::ScenarioSettings};

/// Follows every single client of a fleet through an outage.
///
/// Results go to the run directory and standard output, talk goes to standard
/// error. Same scenario, same seed: same results, for any number of threads.
#[derive(Debug, Parser)]
#[command(name = "patchday", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "\
Exit codes: 0 fine; 1 an expectation was not met, or digests differ; 2 bad scenario or usage; \
3 a run failed; 4 would not fit in memory; 130 interrupted.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a scenario and write what happened into a run directory
    Run(RunOptions),
    /// Watch a run as it goes on, from another terminal, or see how one ended
    Watch(WatchOptions),
    /// Say everything that is wrong with a scenario, with line and column
    Check(CheckOptions),
    /// Estimate the memory and time a run would need
    Plan(PlanOptions),
    /// Measure what this machine can do: events per second beside its random updates per second
    Bench(BenchOptions),
    /// Repeat a run with other numbers of threads and shards, and compare digests and results
    Verify(VerifyOptions),
    /// Run a scenario at many points and with many seeds, into one table
    Sweep(SweepOptions),
    /// Make one table of the shards of a sweep
    Merge(MergeOptions),
    /// Find the critical value of one key, and how far today's is from it
    Tip(TipOptions),
    /// Compare variants of a scenario, paired on common random numbers
    Compare(CompareOptions),
    /// Map two keys: stable, vulnerable, metastable or always down
    Map(MapOptions),
    /// Ask the questions of a study file, one after another
    Study(StudyOptions),
    /// Branch a run at a point in time and continue it under several alternatives
    Fork(ForkOptions),
    /// Show where two runs part
    Diff(DiffOptions),
    /// Make the page with everything to look at, from the directory of a run or experiment
    Report(ReportOptions),
    /// Write the tables of a run or a sweep in another format, such as Parquet
    Export(ExportOptions),
    /// List every key of a scenario: form, range, default, source; with --json as JSON Schema
    Schema(SchemaOptions),
    /// Write a commented scenario to begin with
    New(NewOptions),
    /// Print completions for a shell
    Completions(CompletionsOptions),
    /// Write man pages into a directory
    Man(ManOptions),
}

/// Which scenario, and how it is changed.
#[derive(Clone, Debug, Args)]
pub struct ScenarioOptions {
    /// The scenario, a TOML file
    pub file: PathBuf,
    /// Override a key of the scenario, such as overlay.promotion.flaw=false; may be repeated
    #[arg(short = 's', long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Shrink (or grow) people and capacities together, such as 0.01
    #[arg(long, value_name = "F", default_value = "1", value_parser = scale)]
    pub scale: f64,
    /// The seed of every random draw; without it that of the scenario, never the clock
    #[arg(long, value_name = "N",
          value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    pub seed: Option<u64>,
    /// End at this instant (2007-08-16T12:00:00Z) or after this time (36h)
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
}

/// How much of the machine is used. No result depends on it.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct MachineOptions {
    /// Threads that work; without it as many as this process may use
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub threads: Option<u32>,
    /// Parts the actors are cut into; without it as many as threads
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_024))]
    pub shards: Option<u32>,
}

impl ScenarioOptions {
    /// The options as plain settings.
    pub(crate) fn settings(&self) -> ScenarioSettings {
        ScenarioSettings {
            file: self.file.clone(),
            overrides: self.set.clone(),
            scale: self.scale,
            seed: self.seed,
            until: self.until.clone(),
        }
    }
}

impl MachineOptions {
    /// The options as plain settings.
    pub(crate) fn settings(self) -> MachineSettings {
        MachineSettings {
            threads: self.threads,
            shards: self.shards,
        }
    }
}

/// A time: at least a second.
pub(crate) fn span(text: &str) -> Result<Span, String> {
    match text.parse::<Span>() {
        Ok(span) if span.seconds() > 0 => Ok(span),
        _ => Err("a time such as 90s, 30m or 6h".to_owned()),
    }
}

/// A tolerance: a share, not below 0.
pub(crate) fn tolerance(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=100.0).contains(&share) => Ok(share),
        _ => Err("a share such as 0.05".to_owned()),
    }
}

/// A scale: above 0, at most 1,000.
pub(crate) fn scale(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(scale) if scale > 0.0 && scale <= 1_000.0 => Ok(scale),
        _ => Err("a number above 0, at most 1000, such as 0.01".to_owned()),
    }
}

/// A number of actors: digits, with `_` between and `k` or `M` behind if liked.
pub(crate) fn count(text: &str) -> Result<u32, String> {
    let plain = text.replace('_', "");
    let (digits, factor) = match plain.char_indices().last() {
        Some((at, 'k')) => (&plain[..at], 1_000),
        Some((at, 'M')) => (&plain[..at], 1_000_000),
        _ => (plain.as_str(), 1),
    };
    digits
        .parse::<u32>()
        .ok()
        .and_then(|number| number.checked_mul(factor))
        .filter(|number| (1_000..=4_000_000_000).contains(number))
        .ok_or_else(|| "a number from 1000 to 4000000000, such as 10000000 or 10M".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn counts_as_people_write_them() {
        for (text, number) in [
            ("1000", 1_000),
            ("10M", 10_000_000),
            ("220_000k", 220_000_000),
        ] {
            assert_eq!(count(text), Ok(number), "{text}");
        }
        for text in ["", "M", "999", "-5", "1e6", "5000M", "10 M", "\u{663}M"] {
            assert!(count(text).is_err(), "{text}");
        }
    }

    #[test]
    fn scales_are_above_zero() {
        assert_eq!(scale("0.01"), Ok(0.01));
        for text in ["0", "-1", "nan", "inf", "1001", "", "1%"] {
            assert!(scale(text).is_err(), "{text}");
        }
    }

    #[test]
    fn options_are_read() {
        let cli = Cli::try_parse_from([
            "patchday",
            "run",
            "x.toml",
            "-s",
            "a.b=1",
            "--set",
            "c=d",
            "--scale",
            "0.1",
            "--seed",
            "7",
            "--threads",
            "2",
            "--until",
            "36h",
        ]);
        let Ok(Cli {
            command: Command::Run(options),
        }) = cli
        else {
            panic!("{cli:?}");
        };
        assert_eq!(options.scenario.set, ["a.b=1", "c=d"]);
        assert_eq!(options.scenario.seed, Some(7));
        assert_eq!(options.machine.threads, Some(2));
        assert!(Cli::try_parse_from(["patchday", "run", "x", "--threads", "0"]).is_err());
    }
}
