//! The alternatives of an earlier fork in a directory that a fork replaces.
//!
//! They would stay beside the new ones under numbers that the answer does not have. Invariant: only
//! files of a run that a fork made are removed, so a directory with other files stays, with them.

use std::{fs, io, path::Path};

use crate::{
    host::error::{Failure, FileError},
    store::{
        atomic_file::hidden,
        checkpoint::format,
        layout::{EXPORTS, FILES, LIVE, LIVE_ASIDE, MANIFEST},
        manifest::Manifest,
        place::lock::lock,
    },
};

/// Removes the alternatives of an earlier fork from a directory, except those to keep.
///
/// # Errors
/// Returns an error if a directory cannot be read, if a run writes into one, or if a file cannot be
/// removed.
pub(super) fn remove(root: &Path, keep: &[&Path]) -> Result<(), Failure> {
    let entries = fs::read_dir(root).map_err(Failure::file("read the directory", root))?;
    for entry in entries.flatten() {
        let path = entry.path();
        if keep.contains(&path.as_path()) {
            continue;
        }
        let is_directory = entry.file_type().is_ok_and(|found| found.is_dir());
        if is_directory && is_numbered(&entry.file_name().to_string_lossy()) && is_of_fork(&path) {
            remove_run(&path)?;
        }
    }
    Ok(())
}

/// Whether a name is that of an alternative: a number, a hyphen, and more.
fn is_numbered(name: &str) -> bool {
    let number = name.split_once('-').map(|(number, _)| number);
    number.is_some_and(|number| number.parse::<usize>().is_ok())
}

fn is_of_fork(run: &Path) -> bool {
    let manifest = Manifest::read(run);
    manifest.is_ok_and(|it| it.reproduce.to_string().contains("fork "))
}

/// Removes the files of a run, the manifest last, and the directory if nothing else is in it.
fn remove_run(run: &Path) -> Result<(), Failure> {
    let held = lock(run)?;
    format::clear_torn(run);
    for checkpoint in format::list(run) {
        remove_file(&checkpoint)?;
    }
    let names = FILES.iter().chain(&EXPORTS).chain(&[LIVE, LIVE_ASIDE]);
    for name in names.filter(|name| **name != MANIFEST) {
        remove_file(&run.join(name))?;
        remove_file(&run.join(hidden(name)))?;
    }
    remove_file(&run.join(hidden(MANIFEST)))?;
    remove_file(&run.join(MANIFEST))?;
    // Ignore errors: a directory with other files stays.
    let _ = fs::remove_dir(run.join(format::DIRECTORY));
    let _ = fs::remove_dir(run);
    drop(held);
    Ok(())
}

fn remove_file(path: &Path) -> Result<(), Failure> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(FileError::at("remove", path)(error).into())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_alternatives_are_numbered() {
        for (name, numbered) in [
            ("1-none", true),
            ("12-a-b", true),
            ("none", false),
            ("x-1", false),
            ("1", false),
        ] {
            assert_eq!(is_numbered(name), numbered, "{name}");
        }
    }

    #[test]
    fn files_of_others_stay() {
        let root = tempfile::tempdir().unwrap();
        let notes = root.path().join("1-none/notes.txt");
        fs::create_dir(root.path().join("1-none")).unwrap();
        fs::write(&notes, "mine").unwrap();
        remove(root.path(), &[]).unwrap();
        assert!(notes.exists());
    }
}
