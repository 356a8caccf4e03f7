//! SVG: axes, the canvas and downsampling.

pub(crate) mod axis;
pub(crate) mod axis_lines;
pub(crate) mod canvas;
pub(crate) mod downsampling;
