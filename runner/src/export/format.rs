//! The formats of tables.

use crate::host::error::Failure;

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Columns with types, small; for programs built with the feature `parquet`
    Parquet,
    /// As a run and a sweep write it
    Csv,
}

impl Format {
    /// Refuses a format that this program was built without, so that nobody waits for a
    /// run first.
    ///
    /// # Errors
    /// How to get it.
    pub(crate) fn check(self) -> Result<(), Failure> {
        match self {
            Self::Parquet if !cfg!(feature = "parquet") => Err(Failure::usage(
                "this patchday was built without Parquet; `cargo install --locked --path runner \
                 --features parquet` builds one that has it"
                    .into(),
            )),
            Self::Parquet | Self::Csv => Ok(()),
        }
    }

    /// How names of its files end.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
        }
    }
}
