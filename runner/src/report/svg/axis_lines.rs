//! Draws the axes of a picture.
//!
//! A value axis begins at zero; a logarithmic one begins at 1, and its label says so. Times are
//! ticks since 1970, UTC.

use patchday_agents::scenario::quantity::TickLength;

use crate::report::svg::{
    axis::{Scale, days, levels, marks, unit, written},
    canvas::{Anchor, Canvas},
};

/// The rectangle of a picture in which values are drawn, in units of the picture.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlotArea {
    pub(crate) left: f64,
    pub(crate) right: f64,
    pub(crate) top: f64,
    pub(crate) bottom: f64,
}

/// Draws the time axis below the lowest of several plots, with lines at midnight through all of
/// them.
pub(crate) fn time_axis(canvas: &mut Canvas, time: &Scale, plots: &[PlotArea], tick: TickLength) {
    let (start, end) = (time.values.0 as i64, time.values.1 as i64);
    let width = time.places.1 - time.places.0;
    let bottom = plots.iter().map(|plot| plot.bottom).fold(0.0, f64::max);
    for mark in marks(start, end, width, tick) {
        let x = time.place(mark.time as f64);
        let length = if mark.midnight { 8.0 } else { 5.0 };
        for plot in plots {
            if mark.midnight {
                canvas.line((x, plot.top), (x, plot.bottom), "day");
            }
            canvas.line((x, plot.bottom), (x, plot.bottom + length), "tick");
        }
        if let Some(label) = mark.label {
            canvas.text((x, bottom + 20.0), Anchor::Middle, "faint small", &label);
        }
    }
    for day in days(start, end, width, tick) {
        let x = time.place((day.from + day.to) as f64 / 2.0);
        canvas.text((x, bottom + 40.0), Anchor::Middle, "", &day.name);
    }
    let left = (time.places.0 - 12.0, bottom + 40.0);
    canvas.text(left, Anchor::End, "faint small", "UTC");
}

/// Draws the value axis of a plot from zero to at least `most`, with about `steps` steps and the
/// label `what`, and returns its scale.
pub(crate) fn value_axis(
    canvas: &mut Canvas,
    plot: PlotArea,
    most: f64,
    steps: usize,
    what: &str,
) -> Scale {
    let levels = levels(most, steps);
    let top = levels.last().copied().unwrap_or(1.0);
    let scale = Scale {
        values: (0.0, top),
        places: (plot.bottom, plot.top),
    };
    for level in levels {
        let text = written(level, unit(top));
        level_line(canvas, scale.place(level), plot, level == 0.0, &text);
    }
    canvas.text(label_position(plot), Anchor::Start, "faint small", what);
    scale
}

/// Draws a logarithmic value axis from 1 to at least `most`, and returns its scale, which takes
/// logarithms to base 10.
pub(crate) fn log_axis(canvas: &mut Canvas, plot: PlotArea, most: f64, what: &str) -> Scale {
    let tens = most.max(10.0).log10().ceil() as u32;
    let scale = Scale {
        values: (0.0, f64::from(tens)),
        places: (plot.bottom, plot.top),
    };
    for ten in 0..=tens {
        let value = 10_f64.powi(ten as i32);
        // Each level has a unit of its own: 100, 1 k, 10 k.
        let size = if ten < 3 { value } else { value.max(1e4) };
        let text = written(value, unit(size));
        level_line(canvas, scale.place(f64::from(ten)), plot, ten == 0, &text);
    }
    let what = format!("{what}, logarithmic");
    canvas.text(label_position(plot), Anchor::Start, "faint small", &what);
    scale
}

/// The position of the label of a value axis: above the plot, at its left.
fn label_position(plot: PlotArea) -> (f64, f64) {
    ((plot.left - 48.0).max(4.0), plot.top - 14.0)
}

/// Draws the line of a level with its value to the left.
fn level_line(canvas: &mut Canvas, y: f64, plot: PlotArea, least: bool, text: &str) {
    let class = if least { "zero" } else { "grid" };
    canvas.line((plot.left, y), (plot.right, y), class);
    canvas.text((plot.left - 10.0, y + 4.5), Anchor::End, "faint", text);
}
