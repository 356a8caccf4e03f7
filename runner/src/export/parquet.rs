//! Parquet: a column of a type for each of a table, in groups of rows, with the provenance
//! of the table in the footer.
//!
//! Nothing in the file depends on when or where it was written: no clock, a fixed name for
//! what wrote it, columns compressed one after another in one thread.

use std::{io, path::Path, sync::Arc};

use ::parquet::{
    basic::{Compression, Encoding, LogicalType, Repetition, TimeUnit, Type as Physical},
    column::writer::ColumnWriter,
    data_type::ByteArray,
    errors::ParquetError,
    file::{metadata::KeyValue, properties::WriterProperties, writer::SerializedFileWriter},
    schema::types::{ColumnPath, Type, TypePtr},
};

use crate::export::{
    column_type::{Column, TableCell},
    provenance,
    table::Table,
};
use crate::{
    host::error::Failure,
    store::{atomic_file::AtomicFile, csv_table::ColumnType},
};

/// Rows of a group; so many are in memory at once.
const GROUP: usize = 1 << 15;

/// Writes a table.
///
/// # Errors
/// What cannot be read or written.
pub(crate) fn write(table: &Table, file: &mut AtomicFile) -> Result<(), Failure> {
    let path = file.path().to_owned();
    let lost = |error: ParquetError| lost(&path, error);
    let directory = table.path.parent().unwrap_or(Path::new(""));
    let properties = properties(&table.columns, provenance::of(directory)?).map_err(lost)?;
    let schema = schema(&table.columns).map_err(lost)?;
    let mut out =
        SerializedFileWriter::new(&mut *file, schema, Arc::new(properties)).map_err(lost)?;
    let mut group = RowGroup::of(&table.columns);
    table.each(|_, cells| {
        group.add(cells);
        match group.rows < GROUP {
            true => Ok(()),
            false => group.write(&mut out).map_err(lost),
        }
    })?;
    if group.rows > 0 {
        group.write(&mut out).map_err(lost)?;
    }
    out.close().map(drop).map_err(lost)
}

/// How columns are packed. Whole numbers as differences, which makes the series of a run a
/// third of the size it has with dictionaries; these only for texts, which repeat.
fn properties(
    columns: &[Column],
    provenance: provenance::Provenance,
) -> Result<WriterProperties, ParquetError> {
    let pairs = provenance.into_iter();
    let pairs = pairs.map(|(name, text)| KeyValue::new(name.to_owned(), text));
    let mut properties = WriterProperties::builder()
        .set_created_by(concat!("patchday version ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_key_value_metadata(Some(pairs.collect()))
        .set_compression(Compression::SNAPPY);
    for column in columns {
        let path = ColumnPath::from(column.name.clone());
        let encoding = match types(column.r#type).0 {
            Physical::INT64 => Encoding::DELTA_BINARY_PACKED,
            _ => Encoding::PLAIN,
        };
        properties = properties
            .set_column_dictionary_enabled(path.clone(), column.r#type == ColumnType::Text)
            .set_column_encoding(path, encoding);
    }
    Ok(properties.build())
}

/// The columns, flat.
fn schema(columns: &[Column]) -> Result<TypePtr, ParquetError> {
    let fields = columns.iter().map(|column| {
        let (physical, logical) = types(column.r#type);
        let repetition = match column.optional {
            true => Repetition::OPTIONAL,
            false => Repetition::REQUIRED,
        };
        Type::primitive_type_builder(&column.name, physical)
            .with_repetition(repetition)
            .with_logical_type(logical)
            .build()
            .map(Arc::new)
    });
    let fields = fields.collect::<Result<Vec<_>, _>>()?;
    let whole = Type::group_type_builder("table").with_fields(fields);
    whole.build().map(Arc::new)
}

/// How a kind is stored, and what readers take it for.
fn types(r#type: ColumnType) -> (Physical, Option<LogicalType>) {
    match r#type {
        ColumnType::Instant => (
            Physical::INT64,
            Some(LogicalType::timestamp(true, TimeUnit::MICROS)),
        ),
        ColumnType::Integer => (Physical::INT64, None),
        ColumnType::Unsigned => (Physical::INT64, Some(LogicalType::integer(64, false))),
        ColumnType::Thousandths | ColumnType::Number | ColumnType::Figure => {
            (Physical::DOUBLE, None)
        }
        ColumnType::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
    }
}

/// Rows that are not written yet, by column.
struct RowGroup {
    columns: Vec<Values>,
    rows: usize,
}

/// The values of a column.
struct Values {
    stored: Stored,
    /// A 1 for each row that has a value, and a 0 for the others; none where all have.
    present: Option<Vec<i16>>,
}

enum Stored {
    Integers(Vec<i64>),
    Numbers(Vec<f64>),
    Texts(Vec<ByteArray>),
}

impl RowGroup {
    fn of(columns: &[Column]) -> Self {
        let column = |column: &Column| Values {
            stored: match column.r#type {
                ColumnType::Instant | ColumnType::Integer | ColumnType::Unsigned => {
                    Stored::Integers(Vec::new())
                }
                ColumnType::Thousandths | ColumnType::Number | ColumnType::Figure => {
                    Stored::Numbers(Vec::new())
                }
                ColumnType::Text => Stored::Texts(Vec::new()),
            },
            present: column.optional.then(Vec::new),
        };
        Self {
            columns: columns.iter().map(column).collect(),
            rows: 0,
        }
    }

    /// Adds a row, whose cells are of the kinds of their columns.
    fn add(&mut self, cells: &[TableCell<'_>]) {
        self.rows += 1;
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            if let Some(present) = &mut column.present {
                present.push(i16::from(*cell != TableCell::Nothing));
            }
            match (&mut column.stored, *cell) {
                (
                    Stored::Integers(values),
                    TableCell::Instant(value) | TableCell::Integer(value),
                ) => {
                    values.push(value);
                }
                // The same bits, which the column says to be unsigned.
                (Stored::Integers(values), TableCell::Unsigned(value)) => {
                    values.push(value.cast_signed());
                }
                (Stored::Numbers(values), TableCell::Number(value)) => values.push(value),
                (Stored::Texts(values), TableCell::Text(value)) => values.push(value.into()),
                (_, TableCell::Nothing) => {}
                (_, other) => unreachable!("{other:?} in a column of another kind"),
            }
        }
    }

    /// Writes the rows, and has none then.
    fn write(
        &mut self,
        out: &mut SerializedFileWriter<&mut AtomicFile>,
    ) -> Result<(), ParquetError> {
        let mut group = out.next_row_group()?;
        for column in &mut self.columns {
            let Some(mut writer) = group.next_column()? else {
                break;
            };
            let present = column.present.as_deref();
            match (writer.untyped(), &mut column.stored) {
                (ColumnWriter::Int64ColumnWriter(out), Stored::Integers(values)) => {
                    out.write_batch(values, present, None)?;
                    values.clear();
                }
                (ColumnWriter::DoubleColumnWriter(out), Stored::Numbers(values)) => {
                    out.write_batch(values, present, None)?;
                    values.clear();
                }
                (ColumnWriter::ByteArrayColumnWriter(out), Stored::Texts(values)) => {
                    out.write_batch(values, present, None)?;
                    values.clear();
                }
                _ => {
                    let what = "a column of another type than its values";
                    return Err(ParquetError::General(what.into()));
                }
            }
            column.present.iter_mut().for_each(Vec::clear);
            writer.close()?;
        }
        group.close()?;
        self.rows = 0;
        Ok(())
    }
}

/// A file that cannot be written: what the system said, if it did.
fn lost(path: &Path, error: ParquetError) -> Failure {
    let said = match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    };
    Failure::file("write", path)(said)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use ::parquet::{
        file::reader::{FileReader, SerializedFileReader},
        record::Field,
    };

    use super::*;
    use crate::store::atomic_file::fill_whole;

    /// Writes rows of a number and a text that every third lacks, and reads them.
    fn there_and_back(rows: usize) -> (usize, Vec<(Field, Field)>) {
        let root = tempfile::tempdir().unwrap();
        let (from, to) = (root.path().join("t.csv"), root.path().join("t.parquet"));
        let mut text = String::from("n,t\n");
        for row in 0..rows {
            let word = match row % 3 {
                0 => String::new(),
                _ => format!("word {}", row % 7),
            };
            text.push_str(&format!("{row},{word}\n"));
        }
        fs::write(&from, text).unwrap();
        let columns = vec![
            Column::new("n", ColumnType::Integer),
            Column {
                optional: true,
                ..Column::new("t", ColumnType::Text)
            },
        ];
        let table = Table::new(from, columns).unwrap();
        fill_whole(&to, |file| write(&table, file)).unwrap();
        let reader = SerializedFileReader::new(fs::File::open(&to).unwrap()).unwrap();
        let rows = reader.get_row_iter(None).unwrap().map(|row| {
            let row = row.unwrap();
            let mut cells = row.get_column_iter().map(|(_, cell)| cell.clone());
            (cells.next().unwrap(), cells.next().unwrap())
        });
        (reader.num_row_groups(), rows.collect())
    }

    #[test]
    fn rows_on_both_sides_of_a_border_of_groups_are_there_once() {
        for (rows, groups) in [
            (0, 0),
            (1, 1),
            (GROUP - 1, 1),
            (GROUP, 1),
            (GROUP + 1, 2),
            (2 * GROUP + 5, 3),
        ] {
            let (found, read) = there_and_back(rows);
            assert_eq!((found, read.len()), (groups, rows));
            for (row, (number, text)) in read.into_iter().enumerate() {
                assert_eq!(number, Field::Long(row as i64));
                let word = match row % 3 {
                    0 => Field::Null,
                    _ => Field::Str(format!("word {}", row % 7)),
                };
                assert_eq!(text, word);
            }
        }
    }
}
