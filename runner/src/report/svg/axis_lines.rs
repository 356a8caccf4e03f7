//! The frame of a picture: its axes, drawn.
//!
//! Axes of values begin at zero, but for a logarithmic one, which begins at 1 and says so.
//! Times are seconds since 1970, UTC.

use crate::report::svg::{
    axis::{Scale, days, levels, marks, unit, written},
    canvas::{Anchor, Canvas},
};

/// The axis of time below the lowest of some panels, its days through all of them. A panel
/// is its top and bottom.
pub(crate) fn time_axis(
    canvas: &mut Canvas,
    time: &Scale,
    (start, end): (i64, i64),
    panels: &[(f64, f64)],
) {
    let width = time.places.1 - time.places.0;
    let bottom = panels.iter().map(|panel| panel.1).fold(0.0, f64::max);
    for mark in marks(start, end, width) {
        let x = time.place(mark.time as f64);
        let length = if mark.midnight { 8.0 } else { 5.0 };
        for panel in panels {
            if mark.midnight {
                canvas.line((x, panel.0), (x, panel.1), "day");
            }
            canvas.line((x, panel.1), (x, panel.1 + length), "tick");
        }
        if let Some(label) = mark.label {
            canvas.text((x, bottom + 20.0), Anchor::Middle, "faint small", &label);
        }
    }
    for day in days(start, end, width) {
        let x = time.place((day.from + day.to) as f64 / 2.0);
        canvas.text((x, bottom + 40.0), Anchor::Middle, "", &day.name);
    }
    let left = (time.places.0 - 12.0, bottom + 40.0);
    canvas.text(left, Anchor::End, "faint small", "UTC");
}

/// A panel's axis from zero to at least `most`, with about so many steps, between the left
/// and right end of the panel.
pub(crate) fn value_axis(
    canvas: &mut Canvas,
    panel: (f64, f64),
    sides: (f64, f64),
    (most, steps): (f64, usize),
    what: &str,
) -> Scale {
    let levels = levels(most, steps);
    let top = levels.last().copied().unwrap_or(1.0);
    let scale = Scale {
        values: (0.0, top),
        places: (panel.1, panel.0),
    };
    for level in levels {
        let text = written(level, unit(top));
        level_line(canvas, scale.place(level), sides, level == 0.0, &text);
    }
    canvas.text(what_at(panel, sides), Anchor::Start, "faint small", what);
    scale
}

/// A panel's logarithmic axis, from 1 to at least `most`. Its scale takes logarithms to
/// base 10.
pub(crate) fn log_axis(
    canvas: &mut Canvas,
    panel: (f64, f64),
    sides: (f64, f64),
    most: f64,
    what: &str,
) -> Scale {
    let tens = most.max(10.0).log10().ceil() as u32;
    let scale = Scale {
        values: (0.0, f64::from(tens)),
        places: (panel.1, panel.0),
    };
    for ten in 0..=tens {
        let value = 10_f64.powi(ten as i32);
        // Here each level is of a size of its own: 100, 1 k, 10 k.
        let size = if ten < 3 { value } else { value.max(1e4) };
        let text = written(value, unit(size));
        level_line(canvas, scale.place(f64::from(ten)), sides, ten == 0, &text);
    }
    let what = format!("{what}, logarithmic");
    canvas.text(what_at(panel, sides), Anchor::Start, "faint small", &what);
    scale
}

/// Where it stands what the values are: above the panel, at its left.
fn what_at(panel: (f64, f64), sides: (f64, f64)) -> (f64, f64) {
    ((sides.0 - 48.0).max(4.0), panel.0 - 14.0)
}

/// The line of a level with its value to the left.
fn level_line(canvas: &mut Canvas, y: f64, sides: (f64, f64), least: bool, text: &str) {
    let class = if least { "zero" } else { "grid" };
    canvas.line((sides.0, y), (sides.1, y), class);
    canvas.text((sides.0 - 10.0, y + 4.5), Anchor::End, "faint", text);
}
