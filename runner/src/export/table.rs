//! A table: a CSV file, read row by row, whose columns have types.
//!
//! Every cell is held against its column; what does not fit is refused with its line and
//! column. One row is in memory at a time.

use std::{collections::BTreeSet, path::PathBuf};

use ::csv::{Position, Reader, StringRecord};

use crate::export::column_type::{Column, TableCell};
use crate::host::error::Failure;

/// A table.
#[derive(Debug)]
pub(crate) struct Table {
    /// Its CSV file.
    pub(crate) path: PathBuf,
    pub(crate) columns: Vec<Column>,
}

impl Table {
    /// A file with these columns.
    ///
    /// # Errors
    /// That two have one name, which readers could not tell apart.
    pub(crate) fn new(path: PathBuf, columns: Vec<Column>) -> Result<Self, Failure> {
        let table = Self { path, columns };
        let mut names = BTreeSet::new();
        let twice = table
            .columns
            .iter()
            .find(|column| !names.insert(&column.name));
        match twice {
            None => Ok(table),
            Some(column) => {
                Err(table.broken(&format!("two columns have the name `{}`", column.name)))
            }
        }
    }

    /// Gives every row, as it was written and as its cells, to `take`.
    ///
    /// # Errors
    /// That the file cannot be read or is none of this table, or what `take` said.
    pub(crate) fn each(
        &self,
        mut take: impl FnMut(&StringRecord, &[TableCell<'_>]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut reader = Reader::from_path(&self.path).map_err(|error| self.broken(&error))?;
        let header = reader.headers().map_err(|error| self.broken(&error))?;
        if !header
            .iter()
            .eq(self.columns.iter().map(|column| &column.name))
        {
            return Err(self.broken(&"its columns are not those of such a table"));
        }
        let mut record = StringRecord::new();
        while reader
            .read_record(&mut record)
            .map_err(|error| self.broken(&error))?
        {
            let mut cells = Vec::with_capacity(self.columns.len());
            for (column, text) in self.columns.iter().zip(&record) {
                cells.push(column.read(text).ok_or_else(|| {
                    let line = record.position().map_or(0, Position::line);
                    let name = &column.name;
                    self.broken(&format!("line {line}: `{text}` is nothing for {name}"))
                })?);
            }
            take(&record, &cells)?;
        }
        Ok(())
    }

    /// What is wrong with the file.
    fn broken(&self, what: &dyn std::fmt::Display) -> Failure {
        Failure::usage(format!("{}: {what}", self.path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::csv_table::ColumnType;

    #[test]
    fn rows_are_read_and_what_does_not_fit_is_refused_with_its_place() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("t.csv");
        let columns = || {
            vec![
                Column::new("a", ColumnType::Integer),
                Column::new("b", ColumnType::Text),
            ]
        };
        let table = Table::new(path.clone(), columns()).unwrap();
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            let mut sum = 0;
            let read = table.each(|record, cells| {
                assert_eq!(cells[1], TableCell::Text(&record[1]));
                if let TableCell::Integer(number) = cells[0] {
                    sum += number;
                }
                Ok(())
            });
            read.map(|()| sum).map_err(|failure| failure.to_string())
        };
        assert_eq!(read("a,b\n1,x\n2,\"y,\nz\"\n"), Ok(3));
        assert_eq!(read("a,b\n"), Ok(0));
        for (text, part) in [
            ("a,b\n1,x\ny,z\n", "t.csv: line 3: `y` is nothing for a"),
            ("a,c\n1,x\n", "its columns"),
            ("a,b\n1\n", "line: 2"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
        let twice = [columns(), columns()].concat();
        let error = Table::new(path, twice).unwrap_err().to_string();
        assert!(error.contains("two columns have the name `a`"), "{error}");
    }
}
