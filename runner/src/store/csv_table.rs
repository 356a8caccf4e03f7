//! CSV tables with a struct for their rows: its fields declare names and types of the columns,
//! once for writer, reader and export.
//!
//! A table has a header even if it has no rows. Columns that may be empty are optional.

use serde::Serialize;

use crate::store::error::StoreError;

/// The type of the cells of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnType {
    /// A time: RFC 3339, UTC.
    Instant,
    /// An integer of at most 63 bits and a sign.
    Integer,
    /// An integer from 0 that may need all of 64 bits.
    Unsigned,
    /// A quantity with three decimals.
    Thousandths,
    /// A number.
    Number,
    /// A figure of a run: a number, or `never`.
    Figure,
    /// A text.
    Text,
}

/// A column of a CSV table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TableColumn<'a> {
    pub(crate) name: &'a str,
    pub(crate) r#type: ColumnType,
    /// Whether its cell may be empty.
    pub(crate) optional: bool,
}

impl<'a> TableColumn<'a> {
    /// A column whose cells are never empty.
    pub(crate) const fn required(name: &'a str, r#type: ColumnType) -> Self {
        Self {
            name,
            r#type,
            optional: false,
        }
    }

    /// A column whose cells may be empty.
    pub(crate) const fn optional(name: &'a str, r#type: ColumnType) -> Self {
        Self {
            name,
            r#type,
            optional: true,
        }
    }
}

/// A struct that is a row of a CSV table.
pub(crate) trait TableRow: Serialize {
    /// The columns, in order of the fields.
    const COLUMNS: &'static [TableColumn<'static>];
}

/// Declares the row of a table: each field is a column of the same name, with the type of the
/// column after `=` and `optional` if it may be empty.
macro_rules! table_row {
    (
        $(#[$attribute:meta])*
        $visibility:vis struct $row:ident {$(
            $(#[$of_field:meta])*
            $field:ident: $type:ty = $column:ident $($optional:ident)?,
        )*}
    ) => {
        $(#[$attribute])*
        #[derive(serde::Serialize, serde::Deserialize)]
        $visibility struct $row {
            $($(#[$of_field])* $visibility $field: $type,)*
        }

        impl $crate::store::csv_table::TableRow for $row {
            const COLUMNS: &'static [$crate::store::csv_table::TableColumn<'static>] =
                &[$($crate::store::csv_table::TableColumn {
                    name: stringify!($field),
                    r#type: $crate::store::csv_table::ColumnType::$column,
                    optional: $crate::store::csv_table::table_row!(@ $($optional)?),
                },)*];
        }
    };
    (@) => { false };
    (@ optional) => { true };
}
pub(crate) use table_row;

/// The bytes of a table; `name` is that of the file, for errors.
///
/// # Errors
/// Returns an error if a row cannot be written as CSV.
pub(crate) fn bytes<R: TableRow>(name: &'static str, rows: &[R]) -> Result<Vec<u8>, StoreError> {
    let mut out = csv::WriterBuilder::new()
        .has_headers(false)
        .from_writer(Vec::new());
    let broken = |source: csv::Error| StoreError::Table { name, source };
    let header = R::COLUMNS.iter().map(|column| column.name);
    out.write_record(header).map_err(broken)?;
    for row in rows {
        out.serialize(row).map_err(broken)?;
    }
    out.into_inner()
        .map_err(|error| broken(error.into_error().into()))
}
