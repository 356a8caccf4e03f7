//! HTML: the page, its viewports and the note on the scale.

pub(crate) mod page;
pub(crate) mod scale_note;
pub(crate) mod viewport;
