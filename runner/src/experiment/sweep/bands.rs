//! Bands over the replicates of each point: `bands.csv`.
//!
//! A row has for a point, a column and a time the 5, 25, 50, 75 and 95 % quantiles over the replicates
//! that did not fail; 50 % is the median. They are quantiles at each time, so a band is not a run. Of a
//! long run every n-th sample has a row, at most 1,440. Values are in the units of the columns and
//! rounded to three decimals; ticks count from the start of the run.

use std::io;

use crate::{
    experiment::stats::quantiles::band, host::format::rounded, results::samples::KeptSeries,
};

/// The most times of a band.
const MOST_TIMES: usize = 1_440;

/// The columns of the table.
pub(crate) const HEADER: [&str; 9] = [
    "point", "column", "tick", "runs", "p5", "p25", "median", "p75", "p95",
];

/// The band of a column at a point.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PointBand {
    pub(crate) point: usize,
    pub(crate) column: String,
    /// The number of replicates.
    pub(crate) runs: usize,
    pub(crate) ticks: Vec<u64>,
    /// The quantiles at each tick, in the order of the columns.
    pub(crate) quantiles: Vec<[f64; 5]>,
}

impl PointBand {
    /// The bands of all columns over the replicates of a point, at the times that all of them have.
    pub(crate) fn all(point: usize, replicates: &[KeptSeries]) -> Vec<Self> {
        let Some(first) = replicates.first() else {
            return Vec::new();
        };
        let is_common = |place: &usize| {
            let tick = first.ticks.get(*place);
            replicates.iter().all(|run| run.ticks.get(*place) == tick)
        };
        let common = (0..first.ticks.len()).take_while(is_common).count();
        let step = common.div_ceil(MOST_TIMES).max(1);
        let places: Vec<usize> = (1..=common / step).map(|count| count * step - 1).collect();
        let band_of = |column: usize| {
            let at = |place: &usize| {
                let cells = replicates
                    .iter()
                    .filter_map(|run| run.columns.get(column)?.cell(*place));
                let mut values: Vec<f64> = cells.map(|cell| cell.value()).collect();
                let quantiles = band(&mut values).unwrap_or_default();
                quantiles.map(|value| rounded(value, 3))
            };
            Self {
                point,
                column: first.columns[column].name.clone(),
                runs: replicates.len(),
                ticks: places.iter().map(|place| first.ticks[*place]).collect(),
                quantiles: places.iter().map(at).collect(),
            }
        };
        (0..first.columns.len()).map(band_of).collect()
    }

    /// Writes its rows.
    ///
    /// # Errors
    /// Returns the errors of `out`.
    pub(crate) fn write(&self, out: &mut csv::Writer<impl io::Write>) -> csv::Result<()> {
        for (tick, quantiles) in self.ticks.iter().zip(&self.quantiles) {
            let first = [
                self.point.to_string(),
                self.column.clone(),
                tick.to_string(),
                self.runs.to_string(),
            ];
            let quantiles = quantiles.iter().map(f64::to_string);
            out.write_record(first.into_iter().chain(quantiles))?;
        }
        Ok(())
    }

    /// Reads all bands of a table, in its order.
    ///
    /// # Errors
    /// Returns an error with the line if it is not such a table.
    pub(crate) fn read(table: impl io::Read) -> Result<Vec<Self>, String> {
        let mut reader = csv::Reader::from_reader(table);
        let heads = reader.headers().map_err(|error| error.to_string())?;
        if !heads.iter().eq(HEADER) {
            return Err("line 1: it is not a table of bands".into());
        }
        let mut bands: Vec<Self> = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| error.to_string())?;
            let line = record.position().map_or(0, csv::Position::line);
            let row = Self::read_row(&record).ok_or(format!("line {line}: not a row of bands"))?;
            match bands.last_mut() {
                Some(last) if (last.point, &last.column) == (row.point, &row.column) => {
                    last.ticks.extend(row.ticks);
                    last.quantiles.extend(row.quantiles);
                }
                _ => bands.push(row),
            }
        }
        Ok(bands)
    }

    /// The band of a single row.
    fn read_row(record: &csv::StringRecord) -> Option<Self> {
        let mut quantiles = [0.0; 5];
        for (place, cell) in quantiles.iter_mut().zip(record.iter().skip(4)) {
            *place = cell.parse().ok().filter(|value: &f64| value.is_finite())?;
        }
        Some(Self {
            point: record[0].parse().ok()?,
            column: record[1].to_owned(),
            runs: record[3].parse().ok()?,
            ticks: vec![record[2].parse().ok()?],
            quantiles: vec![quantiles],
        })
    }
}

#[cfg(test)]
mod tests {
    use patchday_agents::metrics::cell::Cell;

    use super::*;

    /// A run with so many samples a minute apart, whose only column is `value` at each.
    fn run(samples: u32, value: u64) -> KeptSeries {
        let mut kept = KeptSeries::new(&["online".to_owned()]);
        for sample in 1..=samples {
            kept.add(60 * sample, std::iter::once(Cell::Count(value)));
        }
        kept
    }

    #[test]
    fn a_band_has_the_quantiles_of_the_replicates_at_each_time() {
        let replicates: Vec<KeptSeries> = (0..=20).map(|value| run(3, value)).collect();
        let bands = PointBand::all(7, &replicates);
        assert_eq!(bands.len(), 1);
        assert_eq!((bands[0].point, bands[0].runs), (7, 21));
        assert_eq!(bands[0].ticks, [60, 120, 180]);
        assert_eq!(bands[0].quantiles, [[1.0, 5.0, 10.0, 15.0, 19.0]; 3]);
        let mut out = csv::Writer::from_writer(Vec::new());
        out.write_record(HEADER).unwrap();
        bands[0].write(&mut out).unwrap();
        let text = out.into_inner().unwrap();
        assert_eq!(PointBand::read(text.as_slice()).unwrap(), bands);
        for (wrong, says) in [
            ("", "line 1"),
            (
                "point,column,tick,runs,p5,p25,median,p75,p95\n0,x,60,2,1,1,NaN,1,1\n",
                "line 2",
            ),
        ] {
            let error = PointBand::read(wrong.as_bytes()).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn long_runs_are_thinned_and_runs_of_different_length_share_their_times() {
        let bands = PointBand::all(0, &[run(2_880, 1), run(2_880, 3)]);
        assert_eq!(bands[0].ticks.len(), 1_440);
        assert_eq!((bands[0].ticks[0], bands[0].ticks[1_439]), (120, 172_800));
        let bands = PointBand::all(0, &[run(5, 1), run(3, 3)]);
        assert_eq!(bands[0].ticks, [60, 120, 180]);
        assert!(PointBand::all(0, &[]).is_empty());
    }
}
