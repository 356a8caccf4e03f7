//! Export of the tables of a run or sweep as CSV or Parquet.
//!
//! The tables of a run are `series.csv`, `observed.csv` and `timeline.csv`. The main table of an
//! experiment is `runs.csv`; it can have others.

pub(crate) mod column_type;
pub(crate) mod csv;
pub(crate) mod error;
pub(crate) mod experiment_tables;
pub mod format;
#[cfg(feature = "parquet")]
pub(crate) mod parquet;
#[cfg(feature = "parquet")]
pub(crate) mod provenance;
pub(crate) mod table;
pub(crate) mod tables;
pub mod write;
