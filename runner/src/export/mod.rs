//! Tables for other programs.

pub(crate) mod column_type;
pub(crate) mod csv;
pub mod format;
#[cfg(feature = "parquet")]
pub(crate) mod parquet;
#[cfg(feature = "parquet")]
pub(crate) mod provenance;
pub(crate) mod table;
pub(crate) mod tables;
pub mod write;
