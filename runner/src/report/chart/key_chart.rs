//! A chart of values over the values of a key, or of a row of values for each name.

use crate::report::html::viewport::Viewport;
use crate::report::svg::{
    axis::{Scale, levels, ticks, unit, written},
    canvas::{AltText, Anchor, Canvas},
};

/// A value axis.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    /// The label of the axis.
    pub(crate) name: String,
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// Written after each number.
    pub(crate) unit: String,
}

impl Axis {
    /// An axis around all values, with a margin; a single value is in its middle.
    pub(crate) fn around(name: &str, values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = values
            .filter(|value| value.is_finite())
            .fold((f64::MAX, f64::MIN), |(low, high), value| {
                (low.min(value), high.max(value))
            });
        let (low, high) = if low <= high { (low, high) } else { (0.0, 1.0) };
        let margin = if high > low {
            (high - low) * 0.05
        } else {
            (high.abs() * 0.1).max(0.5)
        };
        Self {
            name: name.into(),
            low: low - margin,
            high: high + margin,
            unit: String::new(),
        }
    }

    /// An axis from zero to a round number at or above all values.
    pub(crate) fn from_zero(name: &str, values: impl Iterator<Item = f64>) -> Self {
        let most = values.filter(|value| value.is_finite()).fold(0.0, f64::max);
        Self {
            name: name.into(),
            low: 0.0,
            high: levels(most, 4).last().copied().unwrap_or(1.0),
            unit: String::new(),
        }
    }

    /// The label of a value, with as many digits as it needs.
    pub(crate) fn label(&self, value: f64) -> String {
        written(value, unit(self.low.abs().max(self.high.abs()))) + &self.unit
    }
}

/// A chart under construction.
pub(crate) struct KeyChart {
    pub(crate) canvas: Canvas,
    pub(crate) x: Scale,
    pub(crate) y: Scale,
}

/// The direction in which an interval is drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Along {
    X,
    Y,
}

impl KeyChart {
    /// A chart with both axes drawn. Between the label of the value axis and the plot there is a
    /// row for notes.
    pub(crate) fn new(
        id: &str,
        name: AltText<'_>,
        (x, y): (&Axis, &Axis),
        height: f64,
        viewport: Viewport,
    ) -> Self {
        let plot = (48.0, 48.0 + height);
        let sides = viewport.sides();
        let mut canvas = viewport.canvas(plot.1 + 52.0, name, id, "");
        let across = Scale {
            values: (x.low, x.high),
            places: sides,
        };
        let up = Scale {
            values: (y.low, y.high),
            places: (plot.1, plot.0),
        };
        for value in ticks(y.low, y.high, 5) {
            let at = up.place(value);
            let class = if value == 0.0 { "zero" } else { "grid" };
            canvas.line((sides.0, at), (sides.1, at), class);
            canvas.text(
                (sides.0 - 10.0, at + 4.5),
                Anchor::End,
                "faint",
                &y.label(value),
            );
        }
        canvas.text((8.0, 16.0), Anchor::Start, "faint small", &y.name);
        let mut chart = Self {
            canvas,
            x: across,
            y: up,
        };
        chart.foot(x, plot, false, viewport);
        chart
    }

    /// A chart with a row for each name, with the value axis drawn. Names are to the left, in the
    /// width `available`; in a narrow viewport they are above their row.
    pub(crate) fn rows(
        id: &str,
        name: AltText<'_>,
        x: &Axis,
        rows: &[&str],
        (available, viewport): (f64, Viewport),
    ) -> Self {
        let (high, left) = viewport.select((28.0, available), (46.0, 20.0));
        let plot = (16.0, 16.0 + high * rows.len() as f64);
        let mut canvas = viewport.canvas(plot.1 + 52.0, name, id, "");
        let up = Scale {
            values: (-0.5, rows.len() as f64 - 0.5),
            places: plot,
        };
        for (row, name) in rows.iter().enumerate() {
            let y = up.place(row as f64);
            match viewport {
                Viewport::Wide => {
                    canvas.text((left - 12.0, y + 4.5), Anchor::End, "", &cut(name, left));
                }
                Viewport::Narrow => {
                    let name = cut(name, viewport.width());
                    canvas.text((left, y - 10.0), Anchor::Start, "", &name);
                }
            }
        }
        let mut chart = Self {
            canvas,
            x: Scale {
                values: (x.low, x.high),
                places: (left, viewport.sides().1),
            },
            y: up,
        };
        chart.foot(x, plot, true, viewport);
        chart
    }

    /// Draws the value axis at the bottom.
    fn foot(&mut self, x: &Axis, plot: (f64, f64), grid: bool, viewport: Viewport) {
        let sides = self.x.places;
        for value in ticks(x.low, x.high, viewport.select(7, 4)) {
            let at = self.x.place(value);
            let top = if grid { plot.0 } else { plot.1 };
            let class = match (grid, value == 0.0) {
                (true, true) => "zero",
                (true, false) => "grid",
                (false, _) => "tick",
            };
            self.canvas.line((at, top), (at, plot.1 + 5.0), class);
            self.canvas.text(
                (at, plot.1 + 20.0),
                Anchor::Middle,
                "faint small",
                &x.label(value),
            );
        }
        self.canvas
            .line((sides.0, plot.1), (sides.1, plot.1), "zero");
        let name = cut(&x.name, viewport.width());
        self.canvas
            .text((sides.1, plot.1 + 42.0), Anchor::End, "faint", &name);
    }

    /// The position of a point.
    pub(crate) fn at(&self, x: f64, y: f64) -> (f64, f64) {
        (self.x.place(x), self.y.place(y))
    }

    /// Draws an interval at a value of the other axis. An end outside the plot is cut and marked
    /// with an arrow; returns whether an end was cut.
    pub(crate) fn interval(&mut self, along: Along, other: f64, (low, high): (f64, f64)) -> bool {
        const TIP: f64 = 7.0;
        let (scale, other) = match along {
            Along::X => (self.x, self.y.place(other)),
            Along::Y => (self.y, self.x.place(other)),
        };
        let (least, most) = scale.values;
        let (from, to) = (low.max(least).min(most), high.max(least).min(most));
        let at = |place: f64, aside: f64| match along {
            Along::X => (place, other + aside),
            Along::Y => (other + aside, place),
        };
        self.canvas.line(
            at(scale.place(from), 0.0),
            at(scale.place(to), 0.0),
            "interval",
        );
        let mut cut = false;
        for (goes_on, end, before) in [(low < least, least, most), (high > most, most, least)] {
            if goes_on {
                let end = scale.place(end);
                let outwards = (end - scale.place(before)).signum();
                let tip = at(end + TIP * outwards, 0.0);
                let base = end - 2.0 * outwards;
                self.canvas
                    .bare_shape(&[tip, at(base, -4.5), at(base, 4.5)], "goes-on");
                cut = true;
            }
        }
        cut
    }
}

/// A name, cut if it is too long for the width `available`.
pub(crate) fn cut(name: &str, available: f64) -> String {
    let most = ((available - 20.0) / 6.9) as usize;
    if name.chars().count() <= most {
        return name.to_owned();
    }
    name.chars()
        .take(most.saturating_sub(1))
        .chain("…".chars())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_contain_all_values() {
        let axis = Axis::around("x", [1.0, 3.0, f64::NAN].into_iter());
        assert!(axis.low < 1.0 && axis.high > 3.0);
        let flat = Axis::around("x", [2.0].into_iter());
        assert!(flat.low < 2.0 && flat.high > 2.0);
        let none = Axis::around("x", std::iter::empty());
        assert!(none.low < none.high);
        let zero = Axis::from_zero("x", [7.3].into_iter());
        assert_eq!((zero.low, zero.high), (0.0, 8.0));
    }

    #[test]
    fn labels_have_enough_digits() {
        let axis = |low, high, unit: &str| Axis {
            name: String::new(),
            low,
            high,
            unit: unit.into(),
        };
        assert_eq!(axis(0.0, 1.0, "").label(0.25), "0.25");
        assert_eq!(axis(0.0, 2e6, " h").label(5e5), "0.5 M h");
        assert_eq!(axis(400.0, 800.0, "/s").label(500.0), "500/s");
        assert_eq!(axis(0.0, 0.1, "").label(0.025), "0.025");
        assert_eq!(axis(0.0, 1.0, "").label(0.0), "0");
    }

    #[test]
    fn an_interval_that_leaves_the_plot_ends_with_an_arrow() {
        let name = AltText {
            title: "x",
            description: "x",
        };
        let axis = Axis::from_zero("y", [40.0].into_iter());
        for viewport in Viewport::BOTH {
            let drawn = |ends| {
                let mut chart = KeyChart::new("x", name, (&axis, &axis), 100.0, viewport);
                let cut = chart.interval(Along::Y, 20.0, ends);
                (cut, chart.canvas.finish().matches("goes-on").count())
            };
            assert_eq!(drawn((0.0, 40.0)), (false, 0));
            assert_eq!(drawn((-3.0, 30.0)), (true, 1));
            assert_eq!(drawn((-3.0, f64::INFINITY)), (true, 2));
        }
    }
}
