//! Export of the tables of a run or sweep as CSV or Parquet.
//!
//! The tables of a run are `series.csv`, `observed.csv` and `timeline.csv`, that of a sweep is
//! `runs.csv`.

pub(crate) mod column_type;
pub(crate) mod csv;
pub(crate) mod error;
pub mod format;
#[cfg(feature = "parquet")]
pub(crate) mod parquet;
#[cfg(feature = "parquet")]
pub(crate) mod provenance;
pub(crate) mod table;
pub(crate) mod tables;
pub mod write;
