//! `map`: the regimes of a scenario over two keys.

pub(crate) mod answer;
pub(crate) mod figure_raster;
pub(crate) mod figures;
pub(crate) mod frame;
pub(crate) mod grid;
pub(crate) mod hysteresis;
pub(crate) mod page;
pub(crate) mod question;
pub(crate) mod raster;
pub(crate) mod regime;
pub(crate) mod triggers;
