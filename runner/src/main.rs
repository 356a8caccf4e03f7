//! The program: chooses the allocator, reads the command line and calls the command.

use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use patchday_runner::{
    commands::{
        bench,
        cli::{Cli, Command},
        experiment::{compare, fork, map, merge, study, sweep, tip},
        run::{diff, execute, export, report, verify, watch},
        scenario::{check, new, plan, schema},
        shell,
    },
    host::console,
};

// All threads allocate and free batches of messages at the same time and pass them to each other.
// This allocator has a heap for each thread, so that threads do not wait for each other, and it
// returns memory to the system after peaks.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    console::finish(match Cli::parse().command {
        Command::Run(options) => execute::run(&options),
        Command::Watch(options) => watch::watch(&options),
        Command::Check(options) => check::check(&options),
        Command::Plan(options) => plan::plan(&options),
        Command::Bench(options) => bench::bench(&options),
        Command::Verify(options) => verify::verify(&options),
        Command::Sweep(options) => sweep::sweep(&options),
        Command::Merge(options) => merge::merge(&options),
        Command::Tip(options) => tip::tip(&options),
        Command::Compare(options) => compare::compare(&options),
        Command::Map(options) => map::map(&options),
        Command::Study(options) => study::study(&options),
        Command::Fork(options) => fork::fork(&options),
        Command::Diff(options) => diff::diff(&options),
        Command::Report(options) => report::report(&options),
        Command::Export(options) => export::export(&options),
        Command::Schema(options) => schema::schema(&options),
        Command::New(options) => new::new(&options),
        Command::Completions(options) => shell::completions(&options, Cli::command()),
        Command::Man(options) => shell::man(&options, Cli::command()),
    })
}
