//! A table: a CSV file whose columns have types, read row by row.
//!
//! Every cell is checked against the type of its column; an error names line and column. One row is
//! in memory at a time.

use std::{collections::BTreeSet, path::PathBuf};

use ::csv::{Position, Reader, StringRecord};

use crate::{
    export::{
        column_type::{Column, TableCell},
        error::ExportError,
    },
    host::error::Failure,
};

/// A table.
#[derive(Debug)]
pub(crate) struct Table {
    /// Its CSV file.
    pub(crate) path: PathBuf,
    pub(crate) columns: Vec<Column>,
}

impl Table {
    /// A table in the CSV file `path` with these columns.
    ///
    /// # Errors
    /// Returns an error if two columns have the same name.
    pub(crate) fn new(path: PathBuf, columns: Vec<Column>) -> Result<Self, ExportError> {
        let table = Self { path, columns };
        let mut names = BTreeSet::new();
        let twice = table
            .columns
            .iter()
            .find(|column| !names.insert(&column.name));
        match twice {
            None => Ok(table),
            Some(column) => Err(ExportError::DuplicateColumn {
                path: table.path.clone(),
                name: column.name.clone(),
            }),
        }
    }

    /// Returns the number of cells of all rows.
    #[cfg(test)]
    pub(crate) fn cells(&self) -> usize {
        let mut cells = 0;
        self.each(|_, row| {
            cells += row.len();
            Ok(())
        })
        .unwrap();
        cells
    }

    /// Calls `take` with every row: its record and its cells.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read, if its columns or cells are not those of the
    /// table, or if `take` returns one.
    pub(crate) fn each(
        &self,
        mut take: impl FnMut(&StringRecord, &[TableCell<'_>]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let broken = ExportError::csv(&self.path);
        let mut reader = Reader::from_path(&self.path).map_err(&broken)?;
        let header = reader.headers().map_err(&broken)?;
        if !header
            .iter()
            .eq(self.columns.iter().map(|column| &column.name))
        {
            return Err(ExportError::OtherColumns(self.path.clone()).into());
        }
        let mut record = StringRecord::new();
        while reader.read_record(&mut record).map_err(&broken)? {
            let mut cells = Vec::with_capacity(self.columns.len());
            for (column, text) in self.columns.iter().zip(&record) {
                let cell = column.read(text).ok_or_else(|| ExportError::Cell {
                    path: self.path.clone(),
                    line: record.position().map_or(0, Position::line),
                    text: text.to_owned(),
                    column: column.name.clone(),
                })?;
                cells.push(cell);
            }
            take(&record, &cells)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::csv_table::ColumnType;

    #[test]
    fn rows_are_read_and_invalid_cells_are_rejected_with_their_line() {
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
            (
                "a,b\n1,x\ny,z\n",
                "t.csv: line 3: `y` is not a value of column `a`",
            ),
            ("a,c\n1,x\n", "does not have the columns of this table"),
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
