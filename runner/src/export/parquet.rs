//! Writes a table as Parquet: typed columns in groups of rows, with the provenance of the table in
//! the footer.
//!
//! The bytes do not depend on time or machine: the file contains no time of writing, the name of the
//! writer is fixed, and columns are compressed one after another in one thread.

use std::{io, path::Path, sync::Arc};

use ::parquet::{
    basic::{Compression, Encoding, LogicalType, Repetition, TimeUnit, Type as Physical},
    column::writer::ColumnWriter,
    data_type::ByteArray,
    errors::ParquetError,
    file::{metadata::KeyValue, properties::WriterProperties, writer::SerializedFileWriter},
    schema::types::{ColumnPath, Type, TypePtr},
};

use crate::{
    export::{
        column_type::{Column, TableCell},
        provenance,
        table::Table,
    },
    host::error::Failure,
    store::{atomic_file::AtomicFile, csv_table::ColumnType},
};

/// Rows of a group, which are in memory at once.
const GROUP: usize = 1 << 15;

/// Writes a table.
///
/// # Errors
/// Returns an error if the table cannot be read or the file cannot be written.
pub(crate) fn write(table: &Table, file: &mut AtomicFile) -> Result<(), Failure> {
    let path = file.path().to_owned();
    let lost = |error: ParquetError| lost(&path, error);
    let directory = table.path.parent().unwrap_or(Path::new(""));
    let properties = properties(&table.columns, provenance::read(directory)?).map_err(lost)?;
    let schema = schema(&table.columns).map_err(lost)?;
    let mut out =
        SerializedFileWriter::new(&mut *file, schema, Arc::new(properties)).map_err(lost)?;
    let mut group = RowGroup::new(&table.columns);
    table.each(|_, cells| {
        group.add(cells);
        if group.rows < GROUP {
            return Ok(());
        }
        group.write(&mut out).map_err(lost)
    })?;
    if group.rows > 0 {
        group.write(&mut out).map_err(lost)?;
    }
    out.close().map(drop).map_err(lost)
}

/// The encodings of columns. Integers are stored as differences, which makes the series of a run a
/// third of its size with dictionaries. Texts have dictionaries, because they repeat.
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

/// The schema: a flat list of columns.
fn schema(columns: &[Column]) -> Result<TypePtr, ParquetError> {
    let fields = columns.iter().map(|column| {
        let (physical, logical) = types(column.r#type);
        let repetition = if column.optional {
            Repetition::OPTIONAL
        } else {
            Repetition::REQUIRED
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

/// The physical and logical type of a column type.
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
    /// 1 for each row that has a value, otherwise 0; `None` if the column is not optional.
    present: Option<Vec<i16>>,
}

enum Stored {
    Integers(Vec<i64>),
    Numbers(Vec<f64>),
    Texts(Vec<ByteArray>),
}

impl RowGroup {
    fn new(columns: &[Column]) -> Self {
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

    /// Adds a row, whose cells have the types of their columns.
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
                // Parquet stores unsigned integers as the same bits of a signed one.
                (Stored::Integers(values), TableCell::Unsigned(value)) => {
                    values.push(value.cast_signed());
                }
                (Stored::Numbers(values), TableCell::Number(value)) => values.push(value),
                (Stored::Texts(values), TableCell::Text(value)) => values.push(value.into()),
                (_, TableCell::Nothing) => {}
                (_, other) => unreachable!("{other:?} in a column of another type"),
            }
        }
    }

    /// Writes the rows and removes them.
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
                    let what = "values have another type than their column";
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

/// A file that cannot be written, with the error of the operating system if there is one.
fn lost(path: &Path, error: ParquetError) -> Failure {
    let source = match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    };
    Failure::file("write", path)(source)
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

    /// Writes rows of a number and a text, which is empty in every third row, and reads them.
    fn write_and_read(rows: usize) -> (usize, Vec<(Field, Field)>) {
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
    fn rows_at_the_border_of_two_groups_are_written_once() {
        for (rows, groups) in [
            (0, 0),
            (1, 1),
            (GROUP - 1, 1),
            (GROUP, 1),
            (GROUP + 1, 2),
            (2 * GROUP + 5, 3),
        ] {
            let (found, read) = write_and_read(rows);
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
