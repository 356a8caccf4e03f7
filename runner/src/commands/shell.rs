//! `patchday completions` and `patchday man`: shell completions and man pages.

use std::{fs, path::PathBuf};

use clap::{Args, Command};
use clap_complete::Shell;

use crate::host::{
    console::print,
    error::{Exit, Failure},
};

/// Options of `patchday completions`.
#[derive(Clone, Debug, Args)]
#[command(after_help = INSTALLATION)]
pub struct CompletionsOptions {
    /// The shell
    pub shell: Shell,
}

const INSTALLATION: &str = "\
To install them: in bash `patchday completions bash > \
~/.local/share/bash-completion/completions/patchday`, in zsh `patchday completions zsh > _patchday` \
in a directory of $fpath, in fish `patchday completions fish > \
~/.config/fish/completions/patchday.fish`.";

/// Options of `patchday man`.
#[derive(Clone, Debug, Args)]
pub struct ManOptions {
    /// The directory for the pages, such as ~/.local/share/man/man1; it is created if needed
    pub directory: PathBuf,
}

/// `patchday completions`; `program` is the command line of the program.
///
/// # Errors
/// Returns an error if standard output cannot be written.
pub fn completions(options: &CompletionsOptions, mut program: Command) -> Result<Exit, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(options.shell, &mut program, "patchday", &mut text);
    print(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Fine)
}

/// `patchday man`: a page for the program and one for each command.
///
/// # Errors
/// Returns an error if the directory or a page cannot be written.
pub fn man(options: &ManOptions, program: Command) -> Result<Exit, Failure> {
    let directory = &options.directory;
    fs::create_dir_all(directory).map_err(Failure::file("create the directory", directory))?;
    clap_mangen::generate_to(program.disable_help_subcommand(true), directory)
        .map_err(Failure::file("write", directory))?;
    print(&format!("{}\n", directory.display()))?;
    Ok(Exit::Fine)
}
