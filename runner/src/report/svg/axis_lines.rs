//! The frame of a picture: its axes, drawn.
//!
//! Axes of values begin at zero, but for a logarithmic one, which begins at 1 and says so.
//! Times are seconds since 1970, UTC.

use crate::report::svg::{
    axis::{Scale, days, levels, marks, unit, written},
    canvas::{Hold, Sheet},
};

/// The axis of time below the lowest of some panels, its days through all of them. A panel
/// is its top and bottom.
pub(crate) fn time_axis(
    sheet: &mut Sheet,
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
                sheet.line((x, panel.0), (x, panel.1), "day");
            }
            sheet.line((x, panel.1), (x, panel.1 + length), "tick");
        }
        if let Some(label) = mark.label {
            sheet.text((x, bottom + 20.0), Hold::Middle, "faint small", &label);
        }
    }
    for day in days(start, end, width) {
        let x = time.place((day.from + day.to) as f64 / 2.0);
        sheet.text((x, bottom + 40.0), Hold::Middle, "", &day.name);
    }
    let left = (time.places.0 - 12.0, bottom + 40.0);
    sheet.text(left, Hold::End, "faint small", "UTC");
}

/// A panel's axis from zero to at least `most`, with about so many steps, between the left
/// and right end of the panel.
pub(crate) fn value_axis(
    sheet: &mut Sheet,
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
        level_line(sheet, scale.place(level), sides, level == 0.0, &text);
    }
    sheet.text(what_at(panel, sides), Hold::Start, "faint small", what);
    scale
}

/// A panel's logarithmic axis, from 1 to at least `most`. Its scale takes logarithms to
/// base 10.
pub(crate) fn log_axis(
    sheet: &mut Sheet,
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
        level_line(sheet, scale.place(f64::from(ten)), sides, ten == 0, &text);
    }
    let what = format!("{what}, logarithmic");
    sheet.text(what_at(panel, sides), Hold::Start, "faint small", &what);
    scale
}

/// Where it stands what the values are: above the panel, at its left.
fn what_at(panel: (f64, f64), sides: (f64, f64)) -> (f64, f64) {
    ((sides.0 - 48.0).max(4.0), panel.0 - 14.0)
}

/// The line of a level with its value to the left.
fn level_line(sheet: &mut Sheet, y: f64, sides: (f64, f64), least: bool, text: &str) {
    let class = if least { "zero" } else { "grid" };
    sheet.line((sides.0, y), (sides.1, y), class);
    sheet.text((sides.0 - 10.0, y + 4.5), Hold::End, "faint", text);
}
