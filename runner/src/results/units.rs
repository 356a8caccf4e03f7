//! Figures with their units as people read them.
//!
//! Times are in natural units (`31 min`, `1 d 7 h`), shares in percent, their differences in
//! percentage points. Values are in the units that [`FigureId`] declares.
//!
//! [`FigureId`]: crate::results::summary::FigureId

use crate::{
    host::format::{duration, four_figures, rounded, short},
    results::{figures, summary::Figure},
};

/// The seconds of a unit of time; `None` for other units.
fn seconds(unit: &str) -> Option<f64> {
    match unit {
        "h" => Some(3_600.0),
        "s" => Some(1.0),
        _ => None,
    }
}

/// A time in natural units, with a sign. Times of less than ten seconds have decimals.
fn time(seconds: f64) -> String {
    let sign = if seconds < 0.0 { "-" } else { "" };
    let text = match seconds.abs() {
        size if size < 10.0 => format!("{} s", four_figures((size * 100.0).round() / 100.0)),
        size => duration(size),
    };
    format!("{sign}{text}")
}

/// A figure with its unit as text: times in natural units, shares in percent.
pub(crate) fn with_unit(value: f64, unit: &str) -> String {
    if let Some(seconds) = seconds(unit) {
        return time(value * seconds);
    }
    match unit {
        "share" => format!("{} %", four_figures((value * 1_000.0).round() / 10.0)),
        "" | "count" | "0 or 1" | "ratio" => figure(Some(value)),
        unit => format!("{} {unit}", figure(Some(value))),
    }
}

/// The factor and the unit with which values of a figure up to `most` are drawn: times in the unit in
/// which they are read, shares in percent.
pub(crate) fn drawn_unit(unit: &str, most: f64) -> (f64, &str) {
    if let Some(seconds) = seconds(unit) {
        return match most * seconds {
            most if most < 120.0 => (seconds, "s"),
            most if most < 7_200.0 => (seconds / 60.0, "min"),
            most if most < 864_000.0 => (seconds / 3_600.0, "h"),
            _ => (seconds / 86_400.0, "d"),
        };
    }
    match unit {
        "share" => (100.0, "%"),
        "count" | "0 or 1" | "ratio" => (1.0, ""),
        unit => (1.0, unit),
    }
}

/// A difference of two figures with its unit as text: that of shares in percentage points.
pub(crate) fn difference_with_unit(value: f64, unit: &str) -> String {
    let text = with_unit(value, unit);
    match (unit, text.strip_suffix(" %")) {
        ("share", Some(number)) => format!("{number} percentage points"),
        _ => text,
    }
}

/// A figure as text; *never* if it has no value.
pub(crate) fn figure(value: Option<f64>) -> String {
    match value {
        None => "never".into(),
        Some(value) if value != 0.0 && value.abs() < 0.01 => format!("{value:.4}"),
        Some(value) if value.abs() < 1_000.0 => format!("{value:.2}"),
        Some(value) if value < 0.0 => format!("-{}", short(-value)),
        Some(value) => short(value),
    }
}

/// A figure of one's own as text, with its unit unless the unit stands beside it.
pub(crate) fn own_with_unit(value: Option<f64>, unit: &str) -> String {
    value.map_or_else(|| "no value".into(), |value| with_unit(value, unit))
}

/// The value of a figure that a criterion judges: as people read it and, where that is rounded or in
/// another unit, as the criterion compares it.
pub(crate) fn judged(figure: Figure, unit: &str) -> String {
    let plain = figures::text(figure);
    let Some(value) = figure else { return plain };
    match unit {
        "" | "count" | "0 or 1" | "ratio" => plain,
        "share" => format!("{} ({})", with_unit(value, unit), rounded(value, 4)),
        "h" | "s" if value != 0.0 => {
            format!("{} ({} {unit})", with_unit(value, unit), rounded(value, 4))
        }
        unit => format!("{plain} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn judged_values_are_in_natural_units_and_in_that_of_the_criterion() {
        for (value, unit, text) in [
            (Some(0.516_6), "h", "31 min (0.5166 h)"),
            (Some(0.0), "h", "0 h"),
            (Some(0.912_34), "share", "91.2 % (0.9123)"),
            (Some(12.0), "calls", "12 calls"),
            (Some(1.0), "0 or 1", "1"),
            (None, "h", "never"),
        ] {
            assert_eq!(judged(value, unit), text);
        }
    }

    #[test]
    fn times_are_in_natural_units() {
        for (value, unit, text) in [
            (0.516_6, "h", "31 min"),
            (-40.0, "h", "-40 h"),
            (0.0, "h", "0 s"),
            (0.001, "h", "3.6 s"),
            (5_400.0, "s", "1 h 30 min"),
            (2.25, "s", "2.25 s"),
            (0.512, "share", "51.2 %"),
            (1_234_000.0, "user h", "1.23 M user h"),
            (3.0, "count", "3.00"),
        ] {
            assert_eq!(with_unit(value, unit), text);
        }
        assert_eq!(difference_with_unit(-0.03, "share"), "-3 percentage points");
    }

    #[test]
    fn axes_have_the_unit_in_which_values_are_read() {
        for (unit, most, drawn) in [
            ("h", 0.02, "s"),
            ("h", 0.5, "min"),
            ("h", 40.0, "h"),
            ("h", 400.0, "d"),
            ("s", 90.0, "s"),
            ("s", 30_000.0, "h"),
            ("share", 0.2, "%"),
            ("user h", 1e6, "user h"),
        ] {
            assert_eq!(drawn_unit(unit, most).1, drawn, "{most} {unit}");
        }
        assert_eq!(drawn_unit("h", 0.5), (60.0, "min"));
        assert_eq!(drawn_unit("s", 30_000.0), (1.0 / 3_600.0, "h"));
    }
}
