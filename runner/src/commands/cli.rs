//! The command line: the program and its commands.

use clap::{CommandFactory, Parser, Subcommand};

use crate::{
    commands::{
        bench::{self, BenchOptions},
        error::InvocationError,
        experiment::{
            compare::{self, CompareOptions},
            fit::{self, FitOptions},
            fork::{self, ForkOptions},
            map::{self, MapOptions},
            merge::{self, MergeOptions},
            sensitivity::{self, SensitivityOptions},
            study::{self, StudyOptions},
            sweep::{self, SweepOptions},
            tip::{self, TipOptions},
        },
        run::{
            diff::{self, DiffOptions},
            execute::{self, RunOptions},
            export::{self, ExportOptions},
            report::{self, ReportOptions},
            verify::{self, VerifyOptions},
            watch::{self, WatchOptions},
        },
        scenario::{
            check::{self, CheckOptions},
            new::{self, NewOptions},
            plan::{self, PlanOptions},
            schema::{self, SchemaOptions},
        },
        shell::{self, CompletionsOptions, ManOptions},
    },
    host::{
        error::{Exit, Failure},
        resources,
    },
};

/// Simulates every single client of a large service through an outage.
///
/// Results go to the run directory and standard output, messages go to standard error. The same
/// scenario and seed give the same results, for any number of threads.
#[derive(Debug, Parser)]
#[command(name = "patchday", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "\
Exit codes: 0 success; 1 an expectation was not met, digests differ, or a fit is not reliable; 2 invalid scenario or usage; \
3 a run failed; 4 does not fit in memory; 130 interrupted.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a scenario and write the results into a run directory
    Run(RunOptions),
    /// Watch an active run from another terminal, or show how a run ended
    Watch(WatchOptions),
    /// Report all errors and warnings of a scenario, with line and column
    Check(CheckOptions),
    /// Estimate the memory and time that a run needs
    Plan(PlanOptions),
    /// Measure the speed of this machine: events per second and random memory updates per second
    Bench(BenchOptions),
    /// Repeat a run with other numbers of threads and shards, and compare digests and results
    Verify(VerifyOptions),
    /// Run a scenario at many points and with many seeds, and write one table
    Sweep(SweepOptions),
    /// Join the parts of a sweep into one table
    Merge(MergeOptions),
    /// Find the critical value of one key, and its distance from today's value
    Tip(TipOptions),
    /// Compare variants of a scenario, paired on common random numbers
    Compare(CompareOptions),
    /// Map the regimes over two keys: stable, vulnerable, metastable or always down
    Map(MapOptions),
    /// Find which values of keys agree with what was observed, and how sure that is
    Fit(FitOptions),
    /// Find which keys matter, by how much, and how much is chance
    Sensitivity(SensitivityOptions),
    /// Run the questions of a study file, one after another
    Study(StudyOptions),
    /// Branch a run at a point in time and continue it under several alternatives
    Fork(ForkOptions),
    /// Show the first difference between two runs
    Diff(DiffOptions),
    /// Write the HTML report of a run or an experiment from its directory
    Report(ReportOptions),
    /// Export the tables of a run or an experiment to another format, such as Parquet
    Export(ExportOptions),
    /// List every key of a scenario: form, range, default, source; with --json as JSON Schema
    Schema(SchemaOptions),
    /// Write a commented scenario as a starting point
    New(NewOptions),
    /// Print completions for a shell
    Completions(CompletionsOptions),
    /// Write man pages into a directory
    Man(ManOptions),
}

impl Command {
    /// Executes the command.
    ///
    /// # Errors
    /// Returns an error if the command fails.
    pub fn execute(self) -> Result<Exit, Failure> {
        check_address_space()?;
        match self {
            Self::Run(options) => execute::run(&options),
            Self::Watch(options) => watch::watch(&options),
            Self::Check(options) => check::check(&options),
            Self::Plan(options) => plan::plan(&options),
            Self::Bench(options) => bench::bench(&options),
            Self::Verify(options) => verify::verify(&options),
            Self::Sweep(options) => sweep::sweep(&options),
            Self::Merge(options) => merge::merge(&options),
            Self::Tip(options) => tip::tip(&options),
            Self::Compare(options) => compare::compare(&options),
            Self::Map(options) => map::map(&options),
            Self::Fit(options) => fit::fit(&options),
            Self::Sensitivity(options) => sensitivity::sensitivity(&options),
            Self::Study(options) => study::study(&options),
            Self::Fork(options) => fork::fork(&options),
            Self::Diff(options) => diff::diff(&options),
            Self::Report(options) => report::report(&options),
            Self::Export(options) => export::export(&options),
            Self::Schema(options) => schema::schema(&options),
            Self::New(options) => new::new(&options),
            Self::Completions(options) => shell::completions(&options, Cli::command()),
            Self::Man(options) => shell::man(&options, Cli::command()),
        }
    }
}

/// The address space in which every command can print its results, or why it fails: the program,
/// the first blocks of the allocator, and the files that a command reads. An allocation beyond the
/// limit aborts the program.
const LEAST_ADDRESSES: u64 = 128 << 20;

/// Checks that the limit of address space leaves enough for any command.
fn check_address_space() -> Result<(), InvocationError> {
    let limit = resources::address_space_limit();
    limit
        .filter(|limit| *limit < LEAST_ADDRESSES)
        .map_or(Ok(()), |limit| {
            Err(InvocationError::AddressSpace {
                limit,
                least: LEAST_ADDRESSES,
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_valid() {
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
