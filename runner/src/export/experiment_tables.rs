//! The tables of an experiment beside that of its runs: points, kept series, bands, design, effects,
//! indices, posterior, prediction.
//!
//! Columns that a table always has are declared. The others are factors and the model at observed
//! points: such a column is a number if all its cells are numbers, otherwise a text, and it is optional
//! if one of its cells is empty.

use std::path::Path;

use crate::{
    experiment::{
        fit::files::{POSTERIOR, PREDICTIVE, PREDICTIVE_COLUMNS},
        sensitivity::tables::{DESIGN, EFFECTS, EffectRow, INDICES, IndexRow},
        sweep::{bands::HEADER, point_table},
    },
    export::{
        column_type::{Column, number},
        error::ExportError,
        table::Table,
    },
    host::error::Failure,
    store::{
        csv_table::{ColumnType, TableColumn, TableRow},
        layout::{BANDS, POINTS, SERIES},
    },
};

/// The columns of `design.csv` beside the keys, of a sensitivity analysis and of a fit.
const DESIGN_COLUMNS: [TableColumn<'_>; 8] = [
    TableColumn::required("run", ColumnType::Integer),
    TableColumn::required("row", ColumnType::Integer),
    TableColumn::required("point", ColumnType::Integer),
    TableColumn::required("part", ColumnType::Text),
    TableColumn::required("purpose", ColumnType::Text),
    TableColumn::required("replicate", ColumnType::Integer),
    TableColumn::required("scale", ColumnType::Number),
    TableColumn::required("seed", ColumnType::Unsigned),
];

/// The columns of `posterior.csv` beside keys and observed points.
const POSTERIOR_COLUMNS: [TableColumn<'_>; 1] =
    [TableColumn::required("weight", ColumnType::Number)];

/// The tables in the directory of an experiment, without that of its runs.
///
/// # Errors
/// Returns an error if one cannot be read.
pub(crate) fn all(directory: &Path) -> Result<Vec<Table>, Failure> {
    let known: [(&str, &[TableColumn<'_>]); 6] = [
        (POINTS, &point_table::COLUMNS),
        (DESIGN, &DESIGN_COLUMNS),
        (EFFECTS, EffectRow::COLUMNS),
        (INDICES, IndexRow::COLUMNS),
        (POSTERIOR, &POSTERIOR_COLUMNS),
        (PREDICTIVE, &PREDICTIVE_COLUMNS),
    ];
    let mut tables = kept(directory)?;
    for (name, columns) in known {
        let path = directory.join(name);
        if path.exists() {
            tables.push(table(&path, columns)?);
        }
    }
    Ok(tables)
}

/// A table of which some columns are declared.
fn table(path: &Path, declared: &[TableColumn<'_>]) -> Result<Table, ExportError> {
    let broken = ExportError::csv(path);
    let mut reader = ::csv::Reader::from_path(path).map_err(&broken)?;
    let names = reader.headers().map_err(&broken)?.clone();
    let (mut numbers, mut empty) = (vec![true; names.len()], vec![false; names.len()]);
    for record in reader.records() {
        for (place, text) in record.map_err(&broken)?.iter().enumerate() {
            match text {
                "" => empty[place] = true,
                text => numbers[place] &= number(text).is_some(),
            }
        }
    }
    let columns = names.iter().enumerate().map(|(place, name)| {
        let known = declared.iter().find(|column| column.name == name);
        known.map_or_else(
            || Column {
                name: name.to_owned(),
                r#type: match numbers[place] {
                    true => ColumnType::Number,
                    false => ColumnType::Text,
                },
                optional: empty[place],
            },
            Column::from,
        )
    });
    Table::new(path.to_owned(), columns.collect())
}

/// The kept series of a sweep, and their bands.
fn kept(directory: &Path) -> Result<Vec<Table>, Failure> {
    let mut tables = Vec::new();
    let series = directory.join(SERIES);
    if series.exists() {
        let broken = ExportError::csv(&series);
        let mut reader = ::csv::Reader::from_path(&series).map_err(&broken)?;
        let names = reader.headers().map_err(&broken)?.clone();
        let first = reader.records().next().transpose().map_err(&broken)?;
        let columns = names.iter().enumerate().map(|(index, name)| {
            let cell = first.as_ref().and_then(|row| row.get(index));
            let is_decimal = cell.is_some_and(|cell| cell.contains('.'));
            Column::new(
                name,
                match is_decimal {
                    true => ColumnType::Thousandths,
                    false => ColumnType::Integer,
                },
            )
        });
        tables.push(Table::new(series.clone(), columns.collect())?);
    }
    let bands = directory.join(BANDS);
    if bands.exists() {
        let columns = HEADER.iter().map(|name| {
            let kind = match *name {
                "point" | "tick" | "runs" => ColumnType::Integer,
                "column" => ColumnType::Text,
                _ => ColumnType::Number,
            };
            Column::new(name, kind)
        });
        tables.push(Table::new(bands, columns.collect())?);
    }
    Ok(tables)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn tables_of_points_have_declared_columns_and_factors() {
        let root = tempfile::tempdir().unwrap();
        let text = "point,a.b,c,figure,unit,runs,never,mean,mean_is,mean_low,mean_high,p5,p25,median,\
                    p75,p95\n\
                    0,0.5,5s,outage.hours,h,3,1,2.5,at least,,,1,2,3,,\n\
                    1,1,6s,calls_failed,count,0,0,,,,,,,,,\n";
        fs::write(root.path().join(POINTS), text).unwrap();
        let tables = all(root.path()).unwrap();
        assert_eq!(tables.len(), 1);
        let column = |name: &str| {
            let mut columns = tables[0].columns.iter();
            let found = columns.find(|column| column.name == name).unwrap();
            (found.r#type, found.optional)
        };
        assert_eq!(column("a.b"), (ColumnType::Number, false));
        assert_eq!(column("c"), (ColumnType::Text, false));
        assert_eq!(column("mean"), (ColumnType::Number, true));
        assert_eq!(column("never"), (ColumnType::Integer, false));
        assert_eq!(tables[0].cells(), 32);
    }
}
