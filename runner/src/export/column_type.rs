//! Parses the cells of a CSV file by the types of their columns.
//!
//! Quantities in thousandths become floating-point numbers, because programs that read tables
//! compute faster with them than with decimals. Each is the number closest to the three decimals,
//! so rounding it to three decimals gives the text of the cell.

use jiff::Timestamp;
use patchday_agents::metrics::cell;

use crate::store::csv_table::{ColumnType, TableColumn};

/// Every integer below this one has a floating-point number of its own.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum TableCell<'a> {
    /// Empty, or *never*.
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
    /// Whether its cells may be empty.
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
    /// A column whose cells are never empty.
    pub(crate) fn new(name: &str, r#type: ColumnType) -> Self {
        Self {
            name: name.to_owned(),
            r#type,
            optional: false,
        }
    }

    /// Parses a cell of the column; `None` if the text does not have its type.
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

/// The value of a key as a number; `None` if it is not a number or would lose digits.
pub(crate) fn number(text: &str) -> Option<f64> {
    let plain = text.replace('_', "");
    let begins = plain.trim_start_matches(['+', '-']);
    if !begins.starts_with(|c: char| c.is_ascii_digit()) {
        // `inf` and `nan`, which Rust would parse.
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
    fn cells_have_the_type_of_their_column_or_are_rejected() {
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
    fn numbers_of_factors_lose_no_digits() {
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
