//! `sweep` and `merge`: many runs in one table.

pub(crate) mod batch;
pub(crate) mod heat_map;
pub(crate) mod merge;
pub(crate) mod page;
pub(crate) mod page_data;
pub(crate) mod plan;
pub(crate) mod scatter;
pub(crate) mod sweep_manifest;
