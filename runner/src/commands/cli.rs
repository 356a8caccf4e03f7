//! The command line: the program and its commands.

use clap::{Parser, Subcommand};

use crate::commands::{
    bench::BenchOptions,
    experiment::{
        compare::CompareOptions, fork::ForkOptions, map::MapOptions, merge::MergeOptions,
        study::StudyOptions, sweep::SweepOptions, tip::TipOptions,
    },
    run::{
        diff::DiffOptions, execute::RunOptions, export::ExportOptions, report::ReportOptions,
        verify::VerifyOptions, watch::WatchOptions,
    },
    scenario::{check::CheckOptions, new::NewOptions, plan::PlanOptions, schema::SchemaOptions},
    shell::{CompletionsOptions, ManOptions},
};

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

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
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
