//! Which tables a directory has, and the types of their columns.
//!
//! Of a run its series, with a type for each column by the series' own first row, its
//! observations and its timeline; of a sweep its runs. There a factor is a number if
//! all its values are, and a text otherwise; a figure that has no value in a row is *never*
//! in a run whose status is `done`, and not known in one that failed. A file of a run is a
//! table only if it is as the run wrote it.

use std::{
    fs::File,
    io::{self, BufReader},
    path::Path,
};

use patchday_agents::metrics::cell;

use crate::export::{
    column_type::{Column, number},
    table::Table,
};
use crate::{
    experiment::storage::{table::Header, unfinished},
    host::error::Failure,
    results::{narrative::timeline::Event, observed::ObservedRow},
    store::{
        csv_table::{ColumnType, TableRow},
        layout::{EVENTS, MANIFEST, OBSERVED, SERIES, TABLE},
        manifest::Manifest,
        series::SeriesReader,
    },
};

/// All tables of a directory, the one it is about first.
///
/// # Errors
/// That it has none, or one cannot be read or was changed.
pub(crate) fn of(directory: &Path) -> Result<Vec<Table>, Failure> {
    let mut tables = vec![main(directory)?];
    for (name, columns) in [(OBSERVED, ObservedRow::COLUMNS), (EVENTS, Event::COLUMNS)] {
        let path = directory.join(name);
        if directory.join(MANIFEST).exists() && path.exists() {
            Manifest::read(directory)?.check_file(directory, name)?;
            tables.push(Table::new(
                path,
                columns.iter().map(Column::from).collect(),
            )?);
        }
    }
    Ok(tables)
}

/// The table that a directory is about.
///
/// # Errors
/// That it has none, or it cannot be read or was changed.
pub(crate) fn main(directory: &Path) -> Result<Table, Failure> {
    unfinished::check_finished(directory)?;
    if directory.join(MANIFEST).exists() {
        Manifest::read(directory)?.check_file(directory, SERIES)?;
        return series(&directory.join(SERIES));
    }
    if directory.join(TABLE).exists() {
        return runs(&directory.join(TABLE));
    }
    Err(Failure::usage(format!(
        "{}: it holds neither a run nor the {TABLE} of a sweep",
        directory.display()
    )))
}

/// The series of a run.
fn series(path: &Path) -> Result<Table, Failure> {
    let read = || -> io::Result<_> {
        let mut rows = SeriesReader::new(BufReader::new(File::open(path)?))?;
        let first = rows.next().transpose()?;
        Ok((rows.names, first.map_or(Vec::new(), |(_, cells)| cells)))
    };
    let (names, first) = read().map_err(Failure::file("read", path))?;
    let metrics = names.iter().enumerate().map(|(place, name)| {
        let kind = match first.get(place) {
            Some(cell::Cell::Thousandths(_)) => ColumnType::Thousandths,
            // A series without a row has counts alone, of which there is none.
            Some(cell::Cell::Count(_)) | None => ColumnType::Integer,
        };
        Column::new(name, kind)
    });
    let times = [
        Column::new("time", ColumnType::Instant),
        Column::new("tick", ColumnType::Integer),
    ];
    Table::new(path.to_owned(), times.into_iter().chain(metrics).collect())
}

/// The table of a sweep.
fn runs(path: &Path) -> Result<Table, Failure> {
    let broken =
        |what: &dyn std::fmt::Display| Failure::usage(format!("{}: {what}", path.display()));
    let mut reader = ::csv::Reader::from_path(path).map_err(|error| broken(&error))?;
    let names = reader.headers().map_err(|error| broken(&error))?.clone();
    let names: Vec<&str> = names.iter().collect();
    let header = Header::parse(&names).ok_or_else(|| broken(&"it is not the table of a sweep"))?;
    let mut numbers = vec![true; names.len()];
    for record in reader.records() {
        let record = record.map_err(|error| broken(&error))?;
        for (is_number, text) in numbers.iter_mut().zip(&record) {
            *is_number &= number(text).is_some();
        }
    }
    let columns = names.iter().enumerate().map(|(place, name)| {
        let factor = if numbers[place] {
            ColumnType::Number
        } else {
            ColumnType::Text
        };
        Column::from(&header.column(place, name, factor))
    });
    Table::new(path.to_owned(), columns.collect())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_factor_is_a_number_if_all_its_values_are() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join(TABLE);
        let text = "run,point,replicate,seed,a.b,c,d,status,digest,f,g\n\
                    0,0,0,7,0.5,5s,1,done,00ff,0.25,never\n\
                    1,1,0,7,1_000,6s,true,failed,,,\n";
        fs::write(&path, text).unwrap();
        let tables = of(root.path()).unwrap();
        assert_eq!(tables.len(), 1);
        let kinds: Vec<_> = tables[0]
            .columns
            .iter()
            .map(|column| column.r#type)
            .collect();
        assert_eq!(
            kinds[..4],
            [
                ColumnType::Integer,
                ColumnType::Integer,
                ColumnType::Integer,
                ColumnType::Unsigned
            ]
        );
        assert_eq!(
            kinds[4..7],
            [ColumnType::Number, ColumnType::Text, ColumnType::Text]
        );
        assert_eq!(kinds[7..9], [ColumnType::Text, ColumnType::Text]);
        assert_eq!(kinds[9..], [ColumnType::Figure, ColumnType::Figure]);
        let mut rows = 0;
        tables[0]
            .each(|_, cells| {
                rows += cells.len();
                Ok(())
            })
            .unwrap();
        assert_eq!(rows, 22);
    }

    #[test]
    fn what_has_no_table_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let refused = of(root.path()).unwrap_err();
        assert!(refused.to_string().contains("neither a run"), "{refused}");
        assert_eq!(refused.exit() as u8, 2);
        for text in ["", "a,b\n1,2\n", "status\n"] {
            fs::write(root.path().join(TABLE), text).unwrap();
            let refused = of(root.path()).unwrap_err();
            assert!(
                refused.to_string().contains("not the table of a sweep"),
                "{refused}"
            );
        }
    }
}
