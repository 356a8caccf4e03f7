//! The two variants a picture of a page is drawn on: a wide one, for screens and print, and a
//! narrow one, for telephones, with the same text size on less room.
//!
//! A page carries both and shows the one that fits, so that nothing has to be scrolled
//! sideways and no text shrinks, and no script is needed for it.

use crate::report::svg::canvas::{AltText, Canvas};

/// A viewport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Viewport {
    Wide,
    Narrow,
}

impl Viewport {
    /// Both, the wide one first.
    pub(crate) const BOTH: [Self; 2] = [Self::Wide, Self::Narrow];

    /// The first on wide viewport, the second on narrow.
    pub(crate) fn select<T>(self, wide: T, narrow: T) -> T {
        match self {
            Self::Wide => wide,
            Self::Narrow => narrow,
        }
    }

    pub(crate) fn width(self) -> f64 {
        self.select(960.0, 420.0)
    }

    /// Left and right end of a plot.
    pub(crate) fn sides(self) -> (f64, f64) {
        self.select((72.0, 936.0), (56.0, 400.0))
    }

    /// An empty canvas so high, on a page on which no other picture has this id.
    pub(crate) fn canvas(self, height: f64, name: AltText<'_>, id: &str, more: &str) -> Canvas {
        let (class, behind) = self.select(("wide", ""), ("narrow", "-narrow"));
        let (id, more) = (format!("{id}{behind}"), format!("class=\"{class}\" {more}"));
        Canvas::on_page((self.width(), height), name, &id, &more)
    }
}
