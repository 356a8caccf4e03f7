//! The types of columns, and what the cells of a CSV file are in them.
//!
//! Quantities in thousandths become floating-point numbers and not decimals: programs that
//! read tables reckon with the former and copy the latter one by one. Each is the
//! number closest to the three decimals, which come back when it is rounded to three.

use jiff::Timestamp;
use patchday_agents::metrics::cell;

use crate::store::csv_table::{ColumnType, TableColumn};

/// Whole numbers below are the same as floating-point numbers; above, several may be one.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum TableCell<'a> {
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
    pub(crate) r#type: ColumnType,
    /// Whether it may have nothing in a row.
    pub(crate) optional: bool,
}

impl From<&TableColumn<'_>> for Column {
    fn from(column: &TableColumn<'_>) -> Self {
        Self {
            name: column.name.to_owned(),
            r#type: column.r#type,
            optional: column.optional,
        }
    }
}

impl Column {
    /// A column that has something in every row.
    pub(crate) fn new(name: &str, r#type: ColumnType) -> Self {
        Self {
            name: name.to_owned(),
            r#type,
            optional: false,
        }
    }

    /// A cell of it; none if there can be no such.
    pub(crate) fn read<'a>(&self, text: &'a str) -> Option<TableCell<'a>> {
        let nothing = text.is_empty() || (self.r#type == ColumnType::Figure && text == "never");
        if nothing && self.optional {
            return Some(TableCell::Nothing);
        }
        match self.r#type {
            ColumnType::Instant => {
                let instant = text.parse::<Timestamp>().ok()?;
                Some(TableCell::Instant(instant.as_microsecond()))
            }
            ColumnType::Integer => text.parse().ok().map(TableCell::Integer),
            ColumnType::Unsigned => text.parse().ok().map(TableCell::Unsigned),
            ColumnType::Thousandths => match cell::Cell::parse(text)? {
                cell @ cell::Cell::Thousandths(_) => Some(TableCell::Number(cell.value())),
                cell::Cell::Count(_) => None,
            },
            ColumnType::Number => number(text).map(TableCell::Number),
            ColumnType::Figure => text.parse().ok().map(TableCell::Number),
            ColumnType::Text => Some(TableCell::Text(text)),
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
            read(ColumnType::Instant, "1970-01-01T00:01:00Z"),
            Some(TableCell::Instant(60_000_000))
        );
        assert_eq!(
            read(ColumnType::Integer, "-3"),
            Some(TableCell::Integer(-3))
        );
        assert_eq!(
            read(ColumnType::Unsigned, "18446744073709551615"),
            Some(TableCell::Unsigned(u64::MAX))
        );
        assert_eq!(
            read(ColumnType::Thousandths, "1.005"),
            Some(TableCell::Number(1.005))
        );
        assert_eq!(
            read(ColumnType::Number, "1_000"),
            Some(TableCell::Number(1_000.0))
        );
        assert_eq!(
            read(ColumnType::Figure, "-0.5"),
            Some(TableCell::Number(-0.5))
        );
        assert_eq!(read(ColumnType::Text, ""), Some(TableCell::Text("")));
        for (kind, text) in [
            (ColumnType::Instant, "yesterday"),
            (ColumnType::Integer, "1.0"),
            (ColumnType::Unsigned, "-1"),
            (ColumnType::Thousandths, "1"),
            (ColumnType::Thousandths, "1.5"),
            (ColumnType::Number, "never"),
            (ColumnType::Figure, "never"),
            (ColumnType::Integer, ""),
        ] {
            assert_eq!(read(kind, text), None, "{kind:?} {text}");
        }
        let figure = Column {
            optional: true,
            ..Column::new("x", ColumnType::Figure)
        };
        assert_eq!(figure.read("never"), Some(TableCell::Nothing));
        assert_eq!(figure.read(""), Some(TableCell::Nothing));
        let text = Column {
            optional: true,
            ..Column::new("x", ColumnType::Text)
        };
        assert_eq!(text.read("never"), Some(TableCell::Text("never")));
    }

    #[test]
    fn thousandths_come_back_from_floating_point() {
        for thousandths in [0, 1, 1_005, 999_999, 123_456_789_012, (1 << 50) + 1] {
            let printed = cell::Cell::Thousandths(thousandths).to_string();
            let column = Column::new("x", ColumnType::Thousandths);
            let Some(TableCell::Number(value)) = column.read(&printed) else {
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
