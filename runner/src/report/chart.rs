//! A chart: values against the values of a key, or names against values.

use crate::{
    figures::rounded,
    plot::{
        axis::{Scale, levels, ticks, unit},
        sheet::{Hold, Name, Sheet},
    },
};

const WIDTH: f64 = 960.0;

/// The numbers along an axis.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    /// What they are.
    pub(crate) name: String,
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// What stands behind each number.
    pub(crate) unit: String,
}

impl Axis {
    /// Around all values, with some room; a single one gets room on both sides.
    pub(crate) fn around(name: &str, values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = values
            .filter(|value| value.is_finite())
            .fold((f64::MAX, f64::MIN), |(low, high), value| {
                (low.min(value), high.max(value))
            });
        let (low, high) = match low <= high {
            true => (low, high),
            false => (0.0, 1.0),
        };
        let room = match high > low {
            true => (high - low) * 0.05,
            false => (high.abs() * 0.1).max(0.5),
        };
        Self {
            name: name.into(),
            low: low - room,
            high: high + room,
            unit: String::new(),
        }
    }

    /// From zero to a round number at or above all values.
    pub(crate) fn from_zero(name: &str, values: impl Iterator<Item = f64>) -> Self {
        let most = values.filter(|value| value.is_finite()).fold(0.0, f64::max);
        Self {
            name: name.into(),
            low: 0.0,
            high: levels(most, 4).last().copied().unwrap_or(1.0),
            unit: String::new(),
        }
    }

    /// A number on it.
    pub(crate) fn label(&self, value: f64) -> String {
        let (size, name) = unit(self.low.abs().max(self.high.abs()));
        let shown = value / size;
        let places = match (self.high - self.low) / size {
            width if width >= 20.0 => 0,
            width if width >= 2.0 => 1,
            width if width >= 0.2 => 2,
            _ => 4,
        };
        match rounded(shown, places) {
            0.0 => format!("0{}", self.unit),
            shown => format!("{shown}{name}{}", self.unit),
        }
    }
}

/// A chart that grows.
pub(crate) struct Chart {
    pub(crate) sheet: Sheet,
    pub(crate) x: Scale,
    pub(crate) y: Scale,
}

impl Chart {
    /// A chart with both axes drawn. `left` is where it begins.
    pub(crate) fn new(
        id: &str,
        name: Name<'_>,
        (x, y): (&Axis, &Axis),
        height: f64,
        left: f64,
    ) -> Self {
        let plot = (34.0, 34.0 + height);
        let sides = (left, 936.0);
        let mut sheet = Sheet::on_page((WIDTH, plot.1 + 52.0), name, id, "");
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
            sheet.line((sides.0, at), (sides.1, at), class);
            sheet.text(
                (sides.0 - 10.0, at + 4.5),
                Hold::End,
                "faint",
                &y.label(value),
            );
        }
        sheet.text((8.0, plot.0 - 16.0), Hold::Start, "faint small", &y.name);
        let mut chart = Self {
            sheet,
            x: across,
            y: up,
        };
        chart.foot(x, plot, false);
        chart
    }

    /// A chart of names, a row each, against values, with the axis of values drawn.
    pub(crate) fn rows(id: &str, name: Name<'_>, x: &Axis, rows: &[&str], left: f64) -> Self {
        let height = 28.0 * rows.len() as f64;
        let plot = (16.0, 16.0 + height);
        let mut sheet = Sheet::on_page((WIDTH, plot.1 + 52.0), name, id, "");
        let up = Scale {
            values: (-0.5, rows.len() as f64 - 0.5),
            places: plot,
        };
        for (row, name) in rows.iter().enumerate() {
            let at = (left - 12.0, up.place(row as f64) + 4.5);
            sheet.text(at, Hold::End, "", &cut(name, left));
        }
        let mut chart = Self {
            sheet,
            x: Scale {
                values: (x.low, x.high),
                places: (left, 936.0),
            },
            y: up,
        };
        chart.foot(x, plot, true);
        chart
    }

    /// The axis of values at the bottom.
    fn foot(&mut self, x: &Axis, plot: (f64, f64), grid: bool) {
        let sides = self.x.places;
        for value in ticks(x.low, x.high, 7) {
            let at = self.x.place(value);
            let top = if grid { plot.0 } else { plot.1 };
            let class = match (grid, value == 0.0) {
                (true, true) => "zero",
                (true, false) => "grid",
                (false, _) => "tick",
            };
            self.sheet.line((at, top), (at, plot.1 + 5.0), class);
            self.sheet.text(
                (at, plot.1 + 20.0),
                Hold::Middle,
                "faint small",
                &x.label(value),
            );
        }
        self.sheet
            .line((sides.0, plot.1), (sides.1, plot.1), "zero");
        self.sheet
            .text((sides.1, plot.1 + 42.0), Hold::End, "faint", &x.name);
    }

    /// A place.
    pub(crate) fn at(&self, x: f64, y: f64) -> (f64, f64) {
        (self.x.place(x), self.y.place(y))
    }
}

/// The beginning of a name that is too long for the room to the left of a chart.
fn cut(name: &str, room: f64) -> String {
    let most = ((room - 20.0) / 6.9) as usize;
    match name.chars().count() <= most {
        true => name.to_owned(),
        false => name
            .chars()
            .take(most.saturating_sub(1))
            .chain("…".chars())
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_hold_all_values_and_begin_at_zero_where_they_say_so() {
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
    fn labels_are_as_fine_as_the_axis() {
        let axis = |low, high, unit: &str| Axis {
            name: String::new(),
            low,
            high,
            unit: unit.into(),
        };
        assert_eq!(axis(0.0, 1.0, "").label(0.25), "0.25");
        assert_eq!(axis(0.0, 2e6, " h").label(5e5), "0.5 M h");
        assert_eq!(axis(400.0, 800.0, "/s").label(500.0), "500/s");
    }
}
