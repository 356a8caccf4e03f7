//! `patchday completions` and `patchday man`: shell completions and man pages.

use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_complete::Shell;
use clap_mangen::Man;

use crate::{
    host::{
        console::print,
        durable::create_directories,
        error::{Exit, Failure},
        limited_read,
    },
    store::{atomic_file::Existing, place::output},
};

/// The largest man page that is examined, in bytes.
const LONGEST_PAGE: u64 = 1 << 20;

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
    /// Replace pages of other programs
    #[arg(long)]
    pub force: bool,
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

/// `patchday man`: a page for the program and one for each command. Pages of this program are
/// replaced, others only with `--force`.
///
/// # Errors
/// Returns an error if a page of another program exists, or if the directory or a page cannot be
/// written.
pub fn man(options: &ManOptions, program: Command) -> Result<Exit, Failure> {
    let directory = &options.directory;
    create_directories(directory)?;
    let mut program = program.disable_help_subcommand(true);
    program.build();
    let mut pages = Vec::new();
    let commands = program.get_subcommands().filter(|it| !it.is_hide_set());
    let commands = commands.cloned();
    for command in commands.chain([program.clone()]) {
        let page = Man::new(command);
        let path = directory.join(page.get_filename());
        let mut text = Vec::new();
        let rendered = page.render(&mut text);
        rendered.map_err(Failure::file("write", &path))?;
        let existing = Existing::with_force(options.force || is_own(&path));
        output::check(&path, existing)?;
        pages.push((path, text, existing));
    }
    for (path, text, existing) in pages {
        output::write(&path, &text, existing)?;
    }
    print(&format!("{}\n", directory.display()))?;
    Ok(Exit::Fine)
}

/// Whether a file is a man page of this program.
fn is_own(path: &Path) -> bool {
    let text = limited_read::whole(path, LONGEST_PAGE).unwrap_or_default();
    String::from_utf8_lossy(&text).contains("\n.TH patchday")
}
