//! `map`: regimes over two keys.

pub(crate) mod hysteresis;
pub(crate) mod page;
pub mod question;
pub(crate) mod raster;
pub(crate) mod regime;
pub(crate) mod triggers;
