//! The two widths in which each picture of a page is drawn: wide for screens and print, narrow for
//! telephones, with the same text size.
//!
//! A page contains both and shows the one that fits by its style sheet, so that nothing needs
//! sideways scrolling, no text shrinks, and no script is needed.

use crate::report::svg::canvas::{AltText, Canvas};

/// A width in which pictures are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Viewport {
    Wide,
    Narrow,
}

impl Viewport {
    /// Both, the wide one first.
    pub(crate) const BOTH: [Self; 2] = [Self::Wide, Self::Narrow];

    /// `wide` or `narrow`, depending on the viewport.
    pub(crate) fn select<T>(self, wide: T, narrow: T) -> T {
        match self {
            Self::Wide => wide,
            Self::Narrow => narrow,
        }
    }

    /// The width of a picture.
    pub(crate) fn width(self) -> f64 {
        self.select(960.0, 420.0)
    }

    /// The left and right end of a plot.
    pub(crate) fn sides(self) -> (f64, f64) {
        self.select((72.0, 936.0), (56.0, 400.0))
    }

    /// An empty canvas of this height. `id` must be unique on the page; `more` are further attributes.
    pub(crate) fn canvas(self, height: f64, name: AltText<'_>, id: &str, more: &str) -> Canvas {
        let (class, behind) = self.select(("wide", ""), ("narrow", "-narrow"));
        let (id, more) = (format!("{id}{behind}"), format!("class=\"{class}\" {more}"));
        Canvas::on_page((self.width(), height), name, &id, &more)
    }
}
