//! `services.csv` and `operations.csv`: a row for each sample and service, operation or source. A service with
//! regions has a row for each of them, too.
//!
//! The columns are the metrics of the series without the name of their owner. Times are RFC 3339, UTC.

use patchday_agents::scenario::{FleetColumn, Scenario, SenderMetric, ServiceMetric};

use crate::{host::format, results::samples::minute_points::Samples};

/// The bytes of `services.csv`.
///
/// # Errors
/// Returns an error if a row cannot be written as CSV.
pub(crate) fn services(scenario: &Scenario, samples: &Samples) -> csv::Result<Vec<u8>> {
    let metrics = ServiceMetric::ALL.iter().map(|metric| metric.name());
    table(scenario, samples, "service", metrics, |column| {
        matches!(column, FleetColumn::Service(..) | FleetColumn::Region(..))
    })
}

/// The bytes of `operations.csv`.
///
/// # Errors
/// Returns an error if a row cannot be written as CSV.
pub(crate) fn operations(scenario: &Scenario, samples: &Samples) -> csv::Result<Vec<u8>> {
    let metrics = SenderMetric::ALL.iter().map(|metric| metric.name());
    table(scenario, samples, "operation", metrics, |column| {
        matches!(column, FleetColumn::Sender(..))
    })
}

fn table(
    scenario: &Scenario,
    samples: &Samples,
    owner: &'static str,
    metrics: impl Iterator<Item = &'static str>,
    is_meant: impl Fn(FleetColumn) -> bool,
) -> csv::Result<Vec<u8>> {
    let mut out = csv::Writer::from_writer(Vec::new());
    let first = ["time", "tick", owner].into_iter();
    out.write_record(first.chain(metrics))?;
    for (tick, cells) in &samples.fleet.rows {
        let time = format::instant_at(samples.start + i64::from(*tick), samples.tick);
        let columns = samples.fleet.columns.iter().zip(cells);
        let mut columns = columns.filter(|(column, _)| is_meant(**column)).peekable();
        while let Some((column, cell)) = columns.next() {
            let name = column.owner(scenario);
            let mut row = vec![time.clone(), tick.to_string(), name.to_string()];
            row.push(cell.to_string());
            while let Some((_, cell)) = columns.next_if(|(next, _)| next.owner(scenario) == name) {
                row.push(cell.to_string());
            }
            out.write_record(row)?;
        }
    }
    out.into_inner().map_err(|error| error.into_error().into())
}

#[cfg(test)]
mod tests {
    use patchday_agents::{
        metrics::{
            cell::Cell,
            columns::{COLUMNS, scenario_columns},
        },
        scenario::{RequestSource, ServiceSection},
    };

    use super::*;

    #[test]
    fn each_sample_has_a_row_for_each_service() {
        let service = |name: &str| ServiceSection {
            name: name.into(),
            ..ServiceSection::default()
        };
        let scenario = Scenario {
            service: vec![service("web"), service("db")],
            source: vec![RequestSource {
                name: "load".into(),
                service: "web".into(),
                ..RequestSource::default()
            }],
            ..Scenario::default()
        };
        let mut samples = Samples::new(&scenario);
        let columns = COLUMNS.len() + scenario_columns(&scenario).len();
        samples.add(60, &vec![Cell::Count(3); columns]);
        samples.add(120, &vec![Cell::Count(4); columns]);
        let text = String::from_utf8(services(&scenario, &samples).unwrap()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert!(
            lines[0].starts_with("time,tick,service,arrivals,ok,"),
            "{text}"
        );
        assert!(lines[1].contains(",60,web,3,3,"), "{text}");
        assert!(lines[4].contains(",120,db,4,4,"), "{text}");
        assert_eq!(lines.len(), 5);
        let text = String::from_utf8(operations(&scenario, &samples).unwrap()).unwrap();
        assert!(
            text.lines().nth(2).unwrap().contains(",120,load,4,"),
            "{text}"
        );
    }
}
