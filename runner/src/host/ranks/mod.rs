//! The processes that share one run, and the link between them over MPI.

pub mod cluster;
#[cfg(feature = "mpi")]
pub mod mpi_link;
pub mod waits;
