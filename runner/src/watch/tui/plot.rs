//! A panel: curves over the time of a run, with an axis that begins at zero.
//!
//! Curves are drawn in dots of Braille, two by four a cell; a dotted one can be told from a drawn
//! one without colour. All panels of a screen have the same axis of time, which is that of
//! the whole run: what is still to come is empty. Labels are in users' units and stand where
//! they have room, or not at all.

use patchday_core::Tick;
use ratatui_core::{buffer::Buffer, layout::Rect, style::Style};

use crate::report::svg::axis::{Scale, days, levels, marks, unit};

use crate::watch::{
    status::bands::Bands,
    tui::braille::{Dots, braille},
};

/// The room of a cell in the units in which the axis of the picture reckons.
const CELL: f64 = 7.0;

/// A line of a panel.
pub(crate) struct PlotCurve<'a> {
    pub(crate) bands: &'a Bands,
    pub(crate) style: Style,
    pub(crate) dotted: bool,
}

/// A panel of its own scale of values.
pub(crate) struct Plot<'a> {
    /// Those behind first.
    pub(crate) curves: Vec<PlotCurve<'a>>,
    /// Single values: ticks and what they are.
    pub(crate) points: Vec<(i64, u64)>,
    pub(crate) point_style: Style,
}

/// The time of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunSpan {
    /// The instant of tick 0, in seconds since 1970.
    pub(crate) start: i64,
    pub(crate) end: Tick,
}

/// The sign of a single value.
pub(crate) const POINT: &str = "o";

impl Plot<'_> {
    /// The greatest value of all; at least 1.
    fn most(&self) -> u64 {
        let curves = self.curves.iter().map(|curve| curve.bands.greatest());
        let points = self.points.iter().map(|(_, value)| *value);
        curves.chain(points).max().unwrap_or(0).max(1)
    }

    /// The values that are marked in a panel of so many rows, from zero, and how they are
    /// written.
    fn levels(&self, rows: u16) -> Vec<(f64, String)> {
        let most = self.most() as f64;
        let marked = |steps| -> Vec<f64> {
            let mut levels = levels(most, steps);
            // Nobody counts half users.
            levels.retain(|level| *level <= most && level.fract() == 0.0);
            levels
        };
        // The fewer rows, the fewer marks, but one beside zero.
        let fewest = usize::from(rows / 2).clamp(1, 5);
        let found = (fewest..10).map(marked).find(|levels| levels.len() > 1);
        let levels = found.unwrap_or_else(|| vec![0.0, most]);
        let (size, name) = unit(levels.last().copied().unwrap_or(most));
        let written = |level: f64| match level {
            0.0 => "0".to_owned(),
            level => format!("{}{name}", (level / size * 100.0).round() / 100.0),
        };
        levels
            .into_iter()
            .map(|level| (level, written(level)))
            .collect()
    }

    /// The width of its labels in a panel of so many rows.
    pub(crate) fn label_width(&self, rows: u16) -> u16 {
        let widths = self.levels(rows).into_iter();
        let widths = widths.map(|(_, label)| label.chars().count() as u16);
        widths.max().unwrap_or(0)
    }

    /// Draws it, its axis in the column before `inner`, its labels before that.
    pub(crate) fn draw(&self, buffer: &mut Buffer, inner: Rect, span: RunSpan, faint: Style) {
        if inner.width == 0 || inner.height == 0 {
            return;
        }
        let levels = self.levels(inner.height);
        let scale = Scale {
            values: (0.0, self.most() as f64),
            places: (f64::from(inner.height * 4 - 1), 0.0),
        };
        let x = |tick: i64| dot_of(tick, span.end, inner.width);
        let y = |value: u64| scale.place(value as f64).round() as i64;
        axis(buffer, inner, &levels, &scale, faint);
        for mark in marks(span.start, end(span), f64::from(inner.width) * CELL) {
            if mark.midnight && mark.time > span.start {
                let column = inner.x + (x(mark.time - span.start) / 2) as u16;
                for row in inner.top()..inner.bottom() {
                    buffer.set_stringn(column, row, "┊", 1, faint);
                }
            }
        }
        let mut bits = vec![0; usize::from(inner.width) * usize::from(inner.height)];
        for curve in &self.curves {
            let mut dots = Dots::new(inner.width.into(), inner.height.into());
            let mut before = None;
            for band in curve.bands.all() {
                let place = |value| (x(band.tick.into()), y(value));
                dots.line(before.unwrap_or(place(band.first)), place(band.first));
                dots.line(place(band.least), place(band.greatest));
                before = Some(place(band.last));
            }
            if curve.dotted {
                dots.every_other();
            }
            for (index, bits) in bits.iter_mut().enumerate() {
                let (column, row) = (
                    index % usize::from(inner.width),
                    index / usize::from(inner.width),
                );
                let own = dots.cell(column, row);
                *bits |= own;
                if own != 0 {
                    let place = (inner.x + column as u16, inner.y + row as u16);
                    buffer[place].reset();
                    buffer[place]
                        .set_char(braille(*bits))
                        .set_style(curve.style);
                }
            }
        }
        for (tick, value) in &self.points {
            let (x, y) = (x(*tick) / 2, y(*value) / 4);
            let (column, row) = (inner.x + x as u16, inner.y + y.max(0) as u16);
            if (0..=i64::from(span.end)).contains(tick) && row < inner.bottom() {
                buffer.set_stringn(column, row, POINT, 1, self.point_style);
            }
        }
    }
}

/// The column of dots of a tick.
fn dot_of(tick: i64, end: Tick, width: u16) -> i64 {
    let most = i64::from(width) * 2 - 1;
    let share = tick as f64 / f64::from(end.max(1));
    ((share * most as f64).round() as i64).clamp(0, most)
}

fn end(span: RunSpan) -> i64 {
    span.start + i64::from(span.end)
}

fn axis(buffer: &mut Buffer, inner: Rect, levels: &[(f64, String)], scale: &Scale, faint: Style) {
    let column = inner.x.saturating_sub(1);
    for row in inner.top()..inner.bottom() {
        buffer.set_stringn(column, row, "│", 1, faint);
    }
    let mut taken = Vec::new();
    // Zero and the top first, if there is no room for all.
    let order = levels.iter().take(1).chain(levels.iter().skip(1).rev());
    for (level, label) in order {
        let row = inner.y + (scale.place(*level).round() as u16) / 4;
        let width = label.chars().count() as u16;
        if taken.contains(&row) || width + 1 > column {
            continue;
        }
        taken.push(row);
        buffer.set_stringn(column, row, "┤", 1, faint);
        buffer.set_stringn(column - width - 1, row, label, width.into(), Style::new());
    }
}

/// Draws the axis of time below panels: a line if wanted, hours, and days if wanted. Each in
/// a row, of which there are so many below `inner`.
pub(crate) fn time_axis(
    buffer: &mut Buffer,
    inner: Rect,
    span: RunSpan,
    (line, day_names): (bool, bool),
    faint: Style,
) {
    let width = f64::from(inner.width) * CELL;
    let column =
        |time: i64| inner.x + (dot_of(time - span.start, span.end, inner.width) / 2) as u16;
    let marks = marks(span.start, end(span), width);
    let mut row = inner.bottom();
    if line {
        buffer.set_stringn(inner.x.saturating_sub(1), row, "└", 1, faint);
        for column in inner.left()..inner.right() {
            buffer.set_stringn(column, row, "─", 1, faint);
        }
        for mark in &marks {
            buffer.set_stringn(column(mark.time), row, "┴", 1, faint);
        }
        row += 1;
    }
    let labels = marks.iter().filter_map(|mark| {
        let label = mark.label.clone()?;
        Some((column(mark.time), label))
    });
    let days: Vec<(u16, String)> = days(span.start, end(span), width)
        .into_iter()
        .map(|day| (column(day.from.midpoint(day.to)), day.name))
        .collect();
    let hours: Vec<(u16, String)> = labels.collect();
    if hours.is_empty() {
        // A run of many days has no hours.
        labels_in(buffer, inner, row, &days);
    } else {
        labels_in(buffer, inner, row, &hours);
        if day_names {
            labels_in(buffer, inner, row + 1, &days);
        }
    }
    if inner.x >= 5 {
        buffer.set_stringn(inner.x - 5, row, "UTC", 3, faint);
    }
}

/// Labels about their columns, those that have room.
fn labels_in(buffer: &mut Buffer, inner: Rect, row: u16, labels: &[(u16, String)]) {
    let mut free = inner.x.saturating_sub(1);
    for (column, label) in labels {
        let width = label.chars().count() as u16;
        let at = column.saturating_sub(width / 2);
        if at >= free && at + width <= inner.right() {
            buffer.set_stringn(at, row, label, width.into(), Style::new());
            free = at + width + 1;
        }
    }
}
