//! Finds the tables of a directory and the types of their columns.
//!
//! The tables of a run are its series, whose columns have the types of its first row, its observed
//! points, its timeline, and its services and operations. A file that was changed after the run is rejected. The main table of an
//! experiment has a row for each run. There a factor is a number if all its values are numbers, otherwise a
//! text. A figure without a value is *never* if the status of the run is `done`, and unknown if the
//! run failed.

use std::{
    fs::File,
    io::{self, BufReader},
    path::Path,
};

use patchday_agents::{
    metrics::cell,
    scenario::{SenderMetric, ServiceMetric},
};

use crate::{
    experiment::storage::{table::Header, unfinished},
    export::{
        column_type::{Column, number},
        error::ExportError,
        experiment_tables,
        table::Table,
    },
    host::error::Failure,
    results::{narrative::timeline::Event, observed::ObservedRow},
    store::{
        csv_table::{ColumnType, TableRow},
        layout::{EVENTS, MANIFEST, OBSERVED, OPERATIONS, SERIES, SERVICES, TABLE},
        manifest::Manifest,
        series::SeriesReader,
    },
};

/// All tables of a directory, the main table first.
///
/// # Errors
/// Returns an error if the directory has no table, or if one cannot be read or was changed.
pub(crate) fn find(directory: &Path) -> Result<Vec<Table>, Failure> {
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
    if !directory.join(MANIFEST).exists() {
        tables.extend(experiment_tables::all(directory)?);
        return Ok(tables);
    }
    let services = ServiceMetric::ALL.iter();
    let services = services.map(|metric| (metric.name(), metric.is_count()));
    tables.extend(of_fleet(directory, SERVICES, "service", services)?);
    let operations = SenderMetric::ALL.iter();
    let operations = operations.map(|metric| (metric.name(), metric.is_count()));
    tables.extend(of_fleet(directory, OPERATIONS, "operation", operations)?);
    Ok(tables)
}

/// The table of services or operations of a run, if it has one. A metric is a name, and whether it is a count.
fn of_fleet(
    directory: &Path,
    name: &str,
    owner: &str,
    metrics: impl Iterator<Item = (&'static str, bool)>,
) -> Result<Option<Table>, Failure> {
    let path = directory.join(name);
    if !path.exists() {
        return Ok(None);
    }
    Manifest::read(directory)?.check_file(directory, name)?;
    let first = [
        Column::new("time", ColumnType::Instant),
        Column::new("tick", ColumnType::Integer),
        Column::new(owner, ColumnType::Text),
    ];
    let metrics = metrics.map(|(name, is_count)| {
        let kind = if is_count {
            ColumnType::Integer
        } else {
            ColumnType::Thousandths
        };
        Column::new(name, kind)
    });
    let columns = first.into_iter().chain(metrics).collect();
    Ok(Some(Table::new(path, columns)?))
}

/// The main table of a directory: the series of a run, or the runs of a sweep.
///
/// # Errors
/// Returns an error if the directory has none, or if it cannot be read or was changed.
pub(crate) fn main(directory: &Path) -> Result<Table, Failure> {
    unfinished::check_finished(directory)?;
    if directory.join(MANIFEST).exists() {
        Manifest::read(directory)?.check_file(directory, SERIES)?;
        return series(&directory.join(SERIES));
    }
    if directory.join(TABLE).exists() {
        return Ok(runs(&directory.join(TABLE))?);
    }
    Err(ExportError::NoTable(directory.to_owned()).into())
}

/// The series of a run.
fn series(path: &Path) -> Result<Table, Failure> {
    let read = || -> io::Result<_> {
        let mut rows = SeriesReader::new(BufReader::new(File::open(path)?))?;
        let first = rows.next().transpose()?;
        Ok((rows.names, first.map_or(Vec::new(), |(_, cells)| cells)))
    };
    let (names, first) = read().map_err(Failure::file("read", path))?;
    let metrics = names.iter().enumerate().map(|(index, name)| {
        let kind = match first.get(index) {
            Some(cell::Cell::Thousandths(_)) => ColumnType::Thousandths,
            // The type does not matter for a series without rows.
            Some(cell::Cell::Count(_)) | None => ColumnType::Integer,
        };
        Column::new(name, kind)
    });
    let times = [
        Column::new("time", ColumnType::Instant),
        Column::new("tick", ColumnType::Integer),
    ];
    let columns = times.into_iter().chain(metrics).collect();
    Ok(Table::new(path.to_owned(), columns)?)
}

/// The table of a sweep.
fn runs(path: &Path) -> Result<Table, ExportError> {
    let broken = ExportError::csv(path);
    let mut reader = ::csv::Reader::from_path(path).map_err(&broken)?;
    let names = reader.headers().map_err(&broken)?.clone();
    let names: Vec<&str> = names.iter().collect();
    let header = Header::parse(&names).ok_or_else(|| ExportError::NotSweep(path.to_owned()))?;
    let mut numbers = vec![true; names.len()];
    for record in reader.records() {
        let record = record.map_err(&broken)?;
        for (is_number, text) in numbers.iter_mut().zip(&record) {
            *is_number &= number(text).is_some();
        }
    }
    let columns = names.iter().enumerate().map(|(index, name)| {
        let factor = if numbers[index] {
            ColumnType::Number
        } else {
            ColumnType::Text
        };
        Column::from(&header.column(index, name, factor))
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
                    0,0,0,7,0.5,5s,1,done,00ff,0.25,\n\
                    1,1,0,7,1_000,6s,true,failed,,,\n";
        fs::write(&path, text).unwrap();
        let tables = find(root.path()).unwrap();
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
        assert_eq!(kinds[7..9], [ColumnType::Text; 2]);
        assert_eq!(kinds[9..], [ColumnType::Figure, ColumnType::Figure]);
        assert_eq!(tables[0].cells(), 22);
    }

    #[test]
    fn a_directory_without_a_table_is_rejected() {
        let root = tempfile::tempdir().unwrap();
        let refused = find(root.path()).unwrap_err();
        assert!(refused.to_string().contains("neither a run"), "{refused}");
        assert_eq!(refused.exit() as u8, 2);
        for text in ["", "a,b\n1,2\n", "status\n"] {
            fs::write(root.path().join(TABLE), text).unwrap();
            let refused = find(root.path()).unwrap_err();
            assert!(
                refused.to_string().contains("not the table of a sweep"),
                "{refused}"
            );
        }
    }
}
