//! A plot: curves over the time of a run, with a value axis that begins at zero.
//!
//! Curves are drawn on a canvas of Braille patterns, two by four dots a cell; a dotted curve can
//! be told from a solid one without colour. All plots of a screen share one time axis, which
//! covers the whole run: the part still to be simulated is empty. A label without enough space is
//! left out. Times are ticks since 1970, UTC.

use patchday_agents::scenario::quantity::TickLength;
use patchday_core::Tick;
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Color, Style},
    symbols::Marker,
    widgets::{
        Widget,
        canvas::{Canvas, Painter, Shape},
    },
};

use crate::{
    report::svg::axis::{Scale, days, levels, marks, unit},
    watch::status::bands::Bands,
};

/// The width of a cell in the units of the axes of pictures, whose marks are used here, too.
const CELL: f64 = 7.0;

/// A curve of a plot.
pub(crate) struct PlotCurve<'a> {
    pub(crate) bands: &'a Bands,
    /// [`Color::Reset`] without colours.
    pub(crate) colour: Color,
    pub(crate) dotted: bool,
}

/// A plot with a value axis of its own.
pub(crate) struct Plot<'a> {
    /// Drawn in this order: the last is in front.
    pub(crate) curves: Vec<PlotCurve<'a>>,
    /// Single values: ticks and values.
    pub(crate) points: Vec<(i64, u64)>,
    pub(crate) point_style: Style,
}

/// The simulated time of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunSpan {
    /// The length of a tick.
    pub(crate) tick: TickLength,
    /// The time of tick 0.
    pub(crate) start: i64,
    pub(crate) end: Tick,
}

/// The character that marks a single value.
pub(crate) const POINT: &str = "o";

impl Plot<'_> {
    /// The greatest value of all curves and points; at least 1.
    fn most(&self) -> u64 {
        let curves = self.curves.iter().map(|curve| curve.bands.greatest());
        let points = self.points.iter().map(|(_, value)| *value);
        curves.chain(points).max().unwrap_or(0).max(1)
    }

    /// The values that the axis marks in a plot of `rows` rows, from zero, with their labels.
    fn levels(&self, rows: u16) -> Vec<(f64, String)> {
        let most = self.most() as f64;
        let marked = |steps| -> Vec<f64> {
            let mut levels = levels(most, steps);
            // Values are counts.
            levels.retain(|level| *level <= most && level.fract() == 0.0);
            levels
        };
        // Fewer marks with fewer rows, but at least one besides zero.
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

    /// The width of the widest label in a plot of `rows` rows.
    pub(crate) fn label_width(&self, rows: u16) -> u16 {
        let widths = self.levels(rows).into_iter();
        let widths = widths.map(|(_, label)| label.chars().count() as u16);
        widths.max().unwrap_or(0)
    }

    /// Draws the curves into `inner`, the axis in the column before it, and the labels before that.
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
        let curves: Vec<CurveDots> = self
            .curves
            .iter()
            .map(|curve| CurveDots::new(curve, x, y))
            .collect();
        Canvas::default()
            .marker(Marker::Braille)
            .paint(|context| curves.iter().for_each(|curve| context.draw(curve)))
            .render(inner, buffer);
        for mark in marks(
            span.start,
            end(span),
            f64::from(inner.width) * CELL,
            span.tick,
        ) {
            if mark.midnight && mark.time > span.start {
                let column = inner.x + (x(mark.time - span.start) / 2) as u16;
                midnight(buffer, inner, column, faint);
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

/// A dotted vertical line at a change of day, behind the curves.
fn midnight(buffer: &mut Buffer, inner: Rect, column: u16, faint: Style) {
    for row in inner.top()..inner.bottom() {
        if buffer[(column, row)].symbol() == " " {
            buffer.set_stringn(column, row, "┊", 1, faint);
        }
    }
}

/// The dots of a curve, counted from the upper left corner.
struct CurveDots {
    dots: Vec<(i64, i64)>,
    colour: Color,
}

impl CurveDots {
    /// `x` and `y` give the dot of a tick and of a value.
    fn new(curve: &PlotCurve<'_>, x: impl Fn(i64) -> i64, y: impl Fn(u64) -> i64) -> Self {
        let mut dots = Vec::new();
        let mut before = None;
        for band in curve.bands.all() {
            let dot = |value| (x(band.tick.into()), y(value));
            line(
                &mut dots,
                before.unwrap_or(dot(band.first)),
                dot(band.first),
            );
            line(&mut dots, dot(band.least), dot(band.greatest));
            before = Some(dot(band.last));
        }
        if curve.dotted {
            dots.retain(|(x, _)| x % 2 == 0);
        }
        Self {
            dots,
            colour: curve.colour,
        }
    }
}

impl Shape for CurveDots {
    fn draw(&self, painter: &mut Painter<'_, '_>) {
        for (x, y) in &self.dots {
            if let (Ok(x), Ok(y)) = (usize::try_from(*x), usize::try_from(*y)) {
                painter.paint(x, y, self.colour);
            }
        }
    }
}

/// Adds the dots of a straight line with both its ends.
fn line(dots: &mut Vec<(i64, i64)>, (x0, y0): (i64, i64), (x1, y1): (i64, i64)) {
    let steps = (x1 - x0).abs().max((y1 - y0).abs()).max(1);
    for step in 0..=steps {
        // Rounded to the closest dot, halves up.
        let between =
            |from: i64, to: i64| from + (2 * (to - from) * step + steps).div_euclid(2 * steps);
        dots.push((between(x0, x1), between(y0, y1)));
    }
}

/// The column of dots of a tick in a plot of `width` cells.
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
    // Zero and the top first, because there may not be enough space for all.
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

/// The rows that the time axis has besides its row of hours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TimeAxisRows {
    pub(crate) line: bool,
    pub(crate) days: bool,
}

/// Draws the time axis into the rows below `inner`: a line, hours, days.
pub(crate) fn time_axis(
    buffer: &mut Buffer,
    inner: Rect,
    span: RunSpan,
    rows: TimeAxisRows,
    faint: Style,
) {
    let width = f64::from(inner.width) * CELL;
    let column =
        |time: i64| inner.x + (dot_of(time - span.start, span.end, inner.width) / 2) as u16;
    let marks = marks(span.start, end(span), width, span.tick);
    let mut row = inner.bottom();
    if rows.line {
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
    let days: Vec<(u16, String)> = days(span.start, end(span), width, span.tick)
        .into_iter()
        .map(|day| (column(day.from.midpoint(day.to)), day.name))
        .collect();
    let hours: Vec<(u16, String)> = labels.collect();
    if hours.is_empty() {
        // A run of many days has no marks for hours.
        labels_in(buffer, inner, row, &days);
    } else {
        labels_in(buffer, inner, row, &hours);
        if rows.days {
            labels_in(buffer, inner, row + 1, &days);
        }
    }
    if inner.x >= 5 {
        buffer.set_stringn(inner.x - 5, row, "UTC", 3, faint);
    }
}

/// Writes labels centred on their columns; those that do not fit are left out.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_touch_every_column_and_both_ends() {
        let mut dots = Vec::new();
        line(&mut dots, (0, 7), (5, 0));
        assert_eq!(
            dots,
            [
                (0, 7),
                (1, 6),
                (1, 5),
                (2, 4),
                (3, 3),
                (4, 2),
                (4, 1),
                (5, 0)
            ]
        );
    }
}
