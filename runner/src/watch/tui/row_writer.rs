//! The pen: rows of text, each within the width there is.

use ratatui_core::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
    text::Line,
};

use crate::host::escape;

pub(crate) const BOLD: Style = Style::new().add_modifier(Modifier::BOLD);
pub(crate) const FAINT: Style = Style::new().add_modifier(Modifier::DIM);
/// Names of figures are as wide as this.
const NAMES: usize = 12;

/// Writes row by row.
pub(crate) struct RowWriter<'a> {
    pub(crate) buffer: &'a mut Buffer,
    pub(crate) area: Rect,
    pub(crate) row: u16,
}

impl RowWriter<'_> {
    pub(crate) fn width(&self) -> usize {
        self.area.width.into()
    }

    /// A row of text, with `…` at its end if it does not fit.
    pub(crate) fn text(&mut self, text: &str, style: Style) {
        let text = cut(text, self.width());
        let width = self.width();
        self.buffer
            .set_stringn(self.area.x, self.row, text, width, style);
        self.row += 1;
    }

    /// The first of some forms of a figure that fits beside its name, or of those that say
    /// themselves what they are.
    pub(crate) fn figure(&mut self, name: &str, named: &[String], bare: &[String]) {
        let room = self.width().saturating_sub(NAMES);
        if let Some(form) = named.iter().find(|form| width(form) <= room) {
            let at = self.area.x;
            self.buffer.set_stringn(at, self.row, name, NAMES, FAINT);
            let at = at + NAMES as u16;
            self.buffer
                .set_stringn(at, self.row, form, room, Style::new());
            self.row += 1;
        } else {
            self.fitting(bare, Style::new());
        }
    }

    /// The first of some forms of a row that fits, or the last, cut.
    pub(crate) fn fitting(&mut self, forms: &[String], style: Style) {
        let room = self.width();
        let fits = forms.iter().find(|form| width(form) <= room);
        let form = fits.or(forms.last()).cloned().unwrap_or_default();
        self.text(&form, style);
    }
}

pub(crate) fn width(text: &str) -> usize {
    Line::raw(text).width()
}

/// A text of at most so many columns, as it can be shown.
pub(crate) fn cut(text: &str, room: usize) -> String {
    let text = escape::line(text);
    if width(&text) <= room {
        return text;
    }
    let mut kept = String::new();
    for sign in text.chars() {
        kept.push(sign);
        if width(&kept) >= room {
            kept.pop();
            break;
        }
    }
    kept + "…"
}
