//! The program as one process, or as one of several that share a run.

use std::process::ExitCode;

use clap::Parser;

#[cfg(feature = "mpi")]
use crate::host::ranks::mpi_link;
use crate::{
    commands::cli::{Cli, Command},
    host::{
        console::{finish, say},
        error::Exit,
        ranks::cluster::cluster,
    },
    run::ranks,
};

/// Reads the command line and executes the command. If a launcher of MPI started several processes, rank 0
/// does so, and the others take part in its run.
pub fn execute() -> ExitCode {
    #[cfg(feature = "mpi")]
    let membership = match mpi_link::join() {
        Ok(membership) => membership,
        Err(text) => {
            say(&text);
            return Exit::Usage.into();
        }
    };
    let code = match cluster() {
        None => finish(Cli::parse().command.execute()),
        Some(cluster) if cluster.rank > 0 => finish(ranks::serve(cluster)),
        Some(_) => {
            let code = lead();
            ranks::dismiss();
            code
        }
    };
    // The end of MPI, after everything that uses it.
    #[cfg(feature = "mpi")]
    drop(membership);
    code
}

/// Executes the command of rank 0.
fn lead() -> ExitCode {
    match Cli::try_parse() {
        Ok(Cli {
            command: command @ Command::Run(_),
        }) => finish(command.execute()),
        Ok(_) => {
            say(
                "only `patchday run` can be divided among processes; this command runs in one process",
            );
            Exit::Usage.into()
        }
        Err(error) => {
            // Errors of the terminal are ignored, as by the parser itself.
            let _ = error.print();
            ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
        }
    }
}
