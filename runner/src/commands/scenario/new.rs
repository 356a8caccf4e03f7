//! `patchday new`: writes a commented scenario as a starting point.
//!
//! The file is a scenario without a peer-to-peer overlay: clients that log in at servers, one
//! outage, and a retry policy; or, with `--fleet`, services that call each other.

use std::path::PathBuf;

use clap::Args;

use crate::{
    commands::error::InvocationError,
    host::{
        console::print,
        error::{Exit, Failure},
    },
    store::{atomic_file::Existing, error::StoreError, place::output},
};

/// The file that is written. `{title}` and `{file}` stand for the name of the scenario.
const TEMPLATE: &str = include_str!("../../../templates/new.toml");
/// The same for a scenario with services.
const FLEET: &str = include_str!("../../../templates/new-fleet.toml");

/// Options of `patchday new`.
#[derive(Clone, Debug, Args)]
pub struct NewOptions {
    /// The name of the scenario; the file is NAME.toml, and NAME may have a directory
    pub name: PathBuf,
    /// Start with services: a gateway, an auth service and a database
    #[arg(long)]
    pub fleet: bool,
    /// Replace the file if it exists
    #[arg(long)]
    pub force: bool,
}

/// `patchday new`.
///
/// # Errors
/// Returns an error if the name is not the name of a file, or if the file exists already or
/// cannot be written.
pub fn new(options: &NewOptions) -> Result<Exit, Failure> {
    let mut path = options.name.clone();
    if path.extension().is_none_or(|end| end != "toml") {
        path.as_mut_os_string().push(".toml");
    }
    let stem = path.file_stem().map(|stem| stem.to_string_lossy());
    let title = match stem {
        Some(stem) if !stem.is_empty() && !stem.chars().any(char::is_control) => {
            let plain = stem.replace(['-', '_'], " ");
            // Quotes and backslashes have a meaning in a TOML string.
            plain.replace(['"', '\\'], "'")
        }
        _ => {
            return Err(InvocationError::FileName(options.name.clone()).into());
        }
    };
    let shown = path.display().to_string();
    let template = if options.fleet { FLEET } else { TEMPLATE };
    let text = template
        .replace("{title}", &title)
        .replace("{file}", &shown);
    let existing = Existing::with_force(options.force);
    match output::write(&path, text.as_bytes(), existing) {
        Err(StoreError::FileExists(path)) => Err(InvocationError::Exists(path).into()),
        Err(error) => Err(error.into()),
        Ok(()) => {
            print(&format!(
                "{shown}\nnext: patchday check {shown}\n      patchday run {shown} --scale 0.01\n"
            ))?;
            Ok(Exit::Fine)
        }
    }
}
