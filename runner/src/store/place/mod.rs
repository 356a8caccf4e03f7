//! Places that the program writes into: locks and claims of directories, and files at paths that
//! the user chose.

pub(crate) mod claim;
pub(crate) mod free;
pub(crate) mod lock;
pub(crate) mod output;
