//! The run directory: its layout, lock, files, manifest, series and checkpoints.

pub(crate) mod atomic_file;
pub(crate) mod checkpoint;
pub(crate) mod checksummed_json;
pub(crate) mod command_line;
pub(crate) mod csv_table;
pub(crate) mod ending;
pub(crate) mod error;
pub(crate) mod layout;
pub(crate) mod manifest;
pub(crate) mod place;
pub(crate) mod resume_command;
pub(crate) mod run_directory;
pub(crate) mod series;
