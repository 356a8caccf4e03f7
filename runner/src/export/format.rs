//! The formats of tables.

use crate::export::error::ExportError;

/// The format of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Columns with types, small; for programs built with the feature `parquet`
    Parquet,
    /// As a run and a sweep write it
    Csv,
}

impl Format {
    /// Checks that this program can write the format. Called before a run, so that the error
    /// comes before the time for the run is spent.
    ///
    /// # Errors
    /// Returns an error if the program was built without the format.
    pub(crate) fn check(self) -> Result<(), ExportError> {
        if self == Self::Parquet && !cfg!(feature = "parquet") {
            return Err(ExportError::NoParquet);
        }
        Ok(())
    }

    /// The extension of its files.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
        }
    }
}
