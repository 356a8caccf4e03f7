//! `sweep` and `merge`: many runs in one table.

pub(crate) mod bands;
pub(crate) mod batch;
pub(crate) mod heat_map;
pub(crate) mod kept_series;
pub(crate) mod merge;
pub(crate) mod page;
pub(crate) mod page_bands;
pub(crate) mod page_data;
pub(crate) mod page_points;
pub(crate) mod plan;
pub(crate) mod point_table;
pub(crate) mod scatter;
pub(crate) mod sweep_manifest;
