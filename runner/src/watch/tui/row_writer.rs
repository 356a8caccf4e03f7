//! Writes a screen row by row; every text is cut to the width of the screen.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
    text::Line,
};

use crate::host::escape;

pub(crate) const BOLD: Style = Style::new().add_modifier(Modifier::BOLD);
pub(crate) const FAINT: Style = Style::new().add_modifier(Modifier::DIM);
/// The width of the column with the names of figures.
const NAME_WIDTH: usize = 12;

/// Writes at `row` of `area`, and moves down a row with every text.
pub(crate) struct RowWriter<'a> {
    pub(crate) buffer: &'a mut Buffer,
    pub(crate) area: Rect,
    pub(crate) row: u16,
}

impl RowWriter<'_> {
    pub(crate) fn width(&self) -> usize {
        self.area.width.into()
    }

    /// A row of text, which ends with `…` if it does not fit.
    pub(crate) fn text(&mut self, text: &str, style: Style) {
        let text = cut(text, self.width());
        let width = self.width();
        self.buffer
            .set_stringn(self.area.x, self.row, text, width, style);
        self.row += 1;
    }

    /// A figure: its name and the first of `named` that fits beside the name. If none does, the
    /// first of `bare` that fits without the name.
    pub(crate) fn figure(&mut self, name: &str, named: &[String], bare: &[String]) {
        let available = self.width().saturating_sub(NAME_WIDTH);
        if let Some(form) = named.iter().find(|form| width(form) <= available) {
            let at = self.area.x;
            self.buffer
                .set_stringn(at, self.row, name, NAME_WIDTH, FAINT);
            let at = at + NAME_WIDTH as u16;
            self.buffer
                .set_stringn(at, self.row, form, available, Style::new());
            self.row += 1;
        } else {
            self.fitting(bare, Style::new());
        }
    }

    /// The first of `forms` that fits; if none does, the last, cut.
    pub(crate) fn fitting(&mut self, forms: &[String], style: Style) {
        let available = self.width();
        let fits = forms.iter().find(|form| width(form) <= available);
        let form = fits.or(forms.last()).cloned().unwrap_or_default();
        self.text(&form, style);
    }
}

/// The columns of a terminal that a text takes.
pub(crate) fn width(text: &str) -> usize {
    Line::raw(text).width()
}

/// A text with control characters escaped, cut to at most `available` columns.
pub(crate) fn cut(text: &str, available: usize) -> String {
    let text = escape::line(text);
    if width(&text) <= available {
        return text;
    }
    let mut kept = String::new();
    for sign in text.chars() {
        kept.push(sign);
        if width(&kept) >= available {
            kept.pop();
            break;
        }
    }
    kept + "…"
}
