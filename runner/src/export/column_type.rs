//! The types of columns, and what the cells of a CSV file are in them.
//!
//! Quantities in thousandths become floating-point numbers and not decimals: programs that
//! read tables reckon with the former and copy the latter one by one. Each is the
//! number closest to the three decimals, which come back when it is rounded to three.

use jiff::Timestamp;
use patchday_agents::metrics::cell;

/// Whole numbers below are the same as floating-point numbers; above, several may be one.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An instant: RFC 3339, UTC.
    Instant,
    /// A whole number.
    Integer,
    /// A whole number from 0 that may need all of 64 bits.
    Unsigned,
    /// A quantity with three decimals.
    Thousandths,
    /// A number.
    Number,
    /// A figure of a run: a number, or *never*, which is no number.
    Figure,
    /// Anything.
    Text,
}

/// A cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    /// It is empty, or *never*.
    Nothing,
    /// Microseconds since 1970, UTC.
    Instant(i64),
    Integer(i64),
    Unsigned(u64),
    Number(f64),
    Text(&'a str),
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// Whether it may have nothing in a row.
    pub(crate) optional: bool,
}

impl Column {
    /// A column that has something in every row.
    pub(crate) fn new(name: &str, kind: Kind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            optional: false,
        }
    }

    /// A column that may have nothing in a row.
    pub(crate) fn optional(name: &str, kind: Kind) -> Self {
        Self {
            optional: true,
            ..Self::new(name, kind)
        }
    }

    /// A cell of it; none if there can be no such.
    pub(crate) fn read<'a>(&self, text: &'a str) -> Option<Cell<'a>> {
        let nothing = text.is_empty() || (self.kind == Kind::Figure && text == "never");
        if nothing && self.optional {
            return Some(Cell::Nothing);
        }
        match self.kind {
            Kind::Instant => {
                let instant = text.parse::<Timestamp>().ok()?;
                Some(Cell::Instant(instant.as_microsecond()))
            }
            Kind::Integer => text.parse().ok().map(Cell::Integer),
            Kind::Unsigned => text.parse().ok().map(Cell::Unsigned),
            Kind::Thousandths => match cell::Cell::parse(text)? {
                cell @ cell::Cell::Thousandths(_) => Some(Cell::Number(cell.value())),
                cell::Cell::Count(_) => None,
            },
            Kind::Number => number(text).map(Cell::Number),
            Kind::Figure => text.parse().ok().map(Cell::Number),
            Kind::Text => Some(Cell::Text(text)),
        }
    }
}

/// The value of a key as a number, if it is one and none of its figures is lost by that.
pub(crate) fn number(text: &str) -> Option<f64> {
    let plain = text.replace('_', "");
    let begins = plain.trim_start_matches(['+', '-']);
    if !begins.starts_with(|c: char| c.is_ascii_digit()) {
        // The words for infinity and for no number.
        return None;
    }
    let value: f64 = plain.parse().ok()?;
    let whole = begins.bytes().all(|byte| byte.is_ascii_digit());
    (value.is_finite() && !(whole && value.abs() >= EXACT)).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_what_their_column_says_or_refused() {
        let read = |kind, text| Column::new("x", kind).read(text);
        assert_eq!(
            read(Kind::Instant, "1970-01-01T00:01:00Z"),
            Some(Cell::Instant(60_000_000))
        );
        assert_eq!(read(Kind::Integer, "-3"), Some(Cell::Integer(-3)));
        assert_eq!(
            read(Kind::Unsigned, "18446744073709551615"),
            Some(Cell::Unsigned(u64::MAX))
        );
        assert_eq!(read(Kind::Thousandths, "1.005"), Some(Cell::Number(1.005)));
        assert_eq!(read(Kind::Number, "1_000"), Some(Cell::Number(1_000.0)));
        assert_eq!(read(Kind::Figure, "-0.5"), Some(Cell::Number(-0.5)));
        assert_eq!(read(Kind::Text, ""), Some(Cell::Text("")));
        for (kind, text) in [
            (Kind::Instant, "yesterday"),
            (Kind::Integer, "1.0"),
            (Kind::Unsigned, "-1"),
            (Kind::Thousandths, "1"),
            (Kind::Thousandths, "1.5"),
            (Kind::Number, "never"),
            (Kind::Figure, "never"),
            (Kind::Integer, ""),
        ] {
            assert_eq!(read(kind, text), None, "{kind:?} {text}");
        }
        let figure = Column::optional("x", Kind::Figure);
        assert_eq!(figure.read("never"), Some(Cell::Nothing));
        assert_eq!(figure.read(""), Some(Cell::Nothing));
        let text = Column::optional("x", Kind::Text);
        assert_eq!(text.read("never"), Some(Cell::Text("never")));
    }

    #[test]
    fn thousandths_come_back_from_floating_point() {
        for thousandths in [0, 1, 1_005, 999_999, 123_456_789_012, (1 << 50) + 1] {
            let printed = cell::Cell::Thousandths(thousandths).to_string();
            let column = Column::new("x", Kind::Thousandths);
            let Some(Cell::Number(value)) = column.read(&printed) else {
                panic!("{printed}");
            };
            assert_eq!(format!("{value:.3}"), printed);
        }
    }

    #[test]
    fn numbers_of_factors_lose_nothing() {
        assert_eq!(number("0.50"), Some(0.5));
        assert_eq!(number("-1e3"), Some(-1_000.0));
        assert_eq!(number("-9007199254740991"), Some(1.0 - EXACT));
        for text in [
            "9007199254740993",
            "5s",
            "true",
            "inf",
            "-nan",
            "",
            "\"1\"",
            "1e999",
        ] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
