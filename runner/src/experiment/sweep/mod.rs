//! `sweep` and `merge`: many runs in one table.

pub mod batch;
pub(crate) mod heat_map;
pub mod merge;
pub(crate) mod page;
pub(crate) mod page_data;
pub(crate) mod scatter;
