//! Why the tables of a directory cannot be exported.

use std::path::{Path, PathBuf};

use crate::{
    host::error::{CommandError, Exit},
    store::layout::TABLE,
};

/// Why the tables of a directory cannot be exported.
///
/// Every variant exits with the code for bad usage.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportError {
    /// The program was built without the feature `parquet`.
    #[error(
        "this patchday was built without Parquet; `cargo install --locked --path runner --features \
         parquet` builds one that has it"
    )]
    NoParquet,
    /// The directory contains no table.
    #[error("{}: it holds neither a run nor the {TABLE} of a sweep", .0.display())]
    NoTable(PathBuf),
    /// The output is the exported table.
    #[error("--out {}: it is the table itself", .0.display())]
    OutIsTable(PathBuf),
    /// The output exists.
    #[error(
        "{} exists; choose another with --out, or give --force to replace it",
        .0.display()
    )]
    OutExists(PathBuf),
    /// The file cannot be read as CSV.
    #[error("{}: {source}", path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// The error, with its position.
        source: csv::Error,
    },
    /// The file does not have the columns of a sweep's table.
    #[error("{}: it is not the table of a sweep", .0.display())]
    NotSweep(PathBuf),
    /// Two columns have one name, so readers could not tell them apart.
    #[error("{}: two columns have the name `{name}`", path.display())]
    DuplicateColumn {
        /// The file.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// The file has other columns than its table.
    #[error("{}: it does not have the columns of this table", .0.display())]
    OtherColumns(PathBuf),
    /// A cell does not have the type of its column.
    #[error("{}: line {line}: `{text}` is not a value of column `{column}`", path.display())]
    Cell {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The text of the cell.
        text: String,
        /// The name of the column.
        column: String,
    },
}

impl ExportError {
    /// For `map_err`: a file that cannot be read as CSV.
    pub(crate) fn csv(path: &Path) -> impl Fn(csv::Error) -> Self {
        move |source| Self::Csv {
            path: path.to_owned(),
            source,
        }
    }
}

impl CommandError for ExportError {
    fn exit(&self) -> Exit {
        Exit::Usage
    }
}
