//! `patchday study`: runs the questions of a study file, one after another.
//!
//! Every step is a command of this program, run in a process of its own.

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
};

use clap::Args;

use crate::{
    commands::{error::InvocationError, options::scale},
    experiment::storage::study::Study,
    host::{
        console::{print, say},
        error::{Exit, Failure},
        escape,
    },
    scenario::load,
    store::command_line::CommandLine,
};

/// Options of `patchday study`.
#[derive(Clone, Debug, Args)]
pub struct StudyOptions {
    /// The study, a TOML file
    pub file: PathBuf,
    /// The scale, instead of the one in the study
    #[arg(long, value_name = "F", value_parser = scale)]
    pub scale: Option<f64>,
    /// Number of threads [default: as many as this process may use]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub threads: Option<u32>,
    /// Only print the commands
    #[arg(long)]
    pub list: bool,
}

/// `patchday study`.
///
/// # Errors
/// Returns an error if the file is invalid, or if a step cannot be started or was interrupted.
pub fn study(options: &StudyOptions) -> Result<Exit, Failure> {
    let study = load::load_file::<Study>(&options.file, &[])?.scenario;
    let scale = options.scale.unwrap_or(study.scale);
    let beside = options.file.parent().unwrap_or(Path::new("."));
    let file = beside.join(&study.scenario);
    let program = std::env::current_exe().map_err(InvocationError::Program)?;
    say(&escape::line(&study.title));
    let mut worst = Exit::Fine;
    for step in &study.step {
        let mut words = vec![step.command.name().to_owned(), file.display().to_string()];
        words.extend(["--scale".to_owned(), scale.to_string()]);
        words.extend(step.args.iter().cloned());
        if let Some(threads) = options.threads {
            words.extend(["--threads".to_owned(), threads.to_string()]);
        }
        let shown = CommandLine::new(words.iter().cloned()).to_string();
        let (title, command) = (escape::line(&step.title), escape::line(&shown));
        print(&format!("\n# {title}\n# {command}\n"))?;
        if options.list {
            continue;
        }
        let status = Command::new(&program)
            .args(&words)
            .status()
            .map_err(|source| InvocationError::Step {
                command: shown,
                source,
            })?;
        worst = worse(worst, status);
        if worst == Exit::Interrupted {
            return Err(InvocationError::StudyInterrupted.into());
        }
    }
    Ok(worst)
}

/// The exit code of the study after a step: the higher one of both.
fn worse(before: Exit, status: ExitStatus) -> Exit {
    let exit = match status.code() {
        Some(0) => Exit::Fine,
        Some(1) => Exit::Unmet,
        Some(2) => Exit::Usage,
        Some(4) => Exit::OutOfMemory,
        Some(130) => Exit::Interrupted,
        Some(_) | None => Exit::Failed,
    };
    if (before as u8) < (exit as u8) {
        exit
    } else {
        before
    }
}
