//! Chosen columns of the series of a run, kept whole.
//!
//! A column is in thousandths of its unit or in
//! whole units, as in `series.csv`; ticks count from the start of the run.

use patchday_agents::metrics::cell::Cell;
use patchday_core::Tick;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use crate::results::samples::compact_numbers;

/// Chosen columns of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptSeries {
    /// The ticks of the samples.
    #[serde(serialize_with = "compact_numbers::write", deserialize_with = "read")]
    pub(crate) ticks: Vec<u64>,
    pub(crate) columns: Vec<KeptColumn>,
}

/// A column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptColumn {
    pub(crate) name: String,
    /// Whether the values are in thousandths.
    thousandths: bool,
    /// A value for each tick.
    #[serde(serialize_with = "compact_numbers::write", deserialize_with = "read")]
    values: Vec<u64>,
}

impl KeptColumn {
    /// The value at a sample.
    pub(crate) fn cell(&self, sample: usize) -> Option<Cell> {
        let value = *self.values.get(sample)?;
        Some(match self.thousandths {
            true => Cell::Thousandths(value),
            false => Cell::Count(value),
        })
    }
}

impl KeptSeries {
    /// No samples yet, of columns with these names.
    pub(crate) fn new(names: &[String]) -> Self {
        let column = |name: &String| KeptColumn {
            name: name.clone(),
            ..KeptColumn::default()
        };
        Self {
            ticks: Vec::new(),
            columns: names.iter().map(column).collect(),
        }
    }

    /// Adds a sample: a cell for each column.
    pub(crate) fn add(&mut self, tick: Tick, cells: impl Iterator<Item = Cell>) {
        self.ticks.push(tick.into());
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            match cell {
                Cell::Count(count) => column.values.push(count),
                Cell::Thousandths(value) => {
                    column.thousandths = true;
                    column.values.push(value);
                }
            }
        }
    }

    /// Whether it has these columns, and a value of each at every tick.
    pub(crate) fn is_of(&self, names: &[String]) -> bool {
        let known = self.columns.iter().map(|column| &column.name);
        let whole = |column: &KeptColumn| column.values.len() == self.ticks.len();
        known.eq(names) && self.columns.iter().all(whole)
    }
}

fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u64>, D::Error> {
    let values = compact_numbers::read(deserializer)?;
    values.ok_or_else(|| D::Error::custom("the values of a column are damaged"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_read_back_as_they_were_written_and_are_small() {
        let names = ["online".to_owned(), "login_wait_s".to_owned()];
        let mut kept = KeptSeries::new(&names);
        let odd = [0, u64::MAX, 1, u64::MAX / 2, 7, 0];
        for (place, value) in odd.into_iter().enumerate() {
            let cells = [Cell::Count(value), Cell::Thousandths(value)];
            kept.add(60 * place as Tick, cells.into_iter());
        }
        let text = serde_json::to_string(&kept).unwrap();
        let read: KeptSeries = serde_json::from_str(&text).unwrap();
        assert_eq!(read, kept);
        assert_eq!(read.columns[0].cell(1), Some(Cell::Count(u64::MAX)));
        assert_eq!(read.columns[1].cell(4), Some(Cell::Thousandths(7)));
        assert!(kept.is_of(&names) && !kept.is_of(&names[..1]));
        let mut day = KeptSeries::new(&names[..1]);
        for minute in 1..=1_440 {
            let online = 50_000 + 37 * (u64::from(minute) % 60);
            day.add(60 * minute, std::iter::once(Cell::Count(online)));
        }
        let text = serde_json::to_string(&day).unwrap();
        assert!(text.len() < 1_440 * 5, "{}", text.len());
    }

    #[test]
    fn damaged_numbers_are_refused() {
        for damaged in ["g", "!", "gggggggggggggggA", "ggggggggggggB_"] {
            assert_eq!(compact_numbers::decode::<u64>(damaged), None, "{damaged}");
        }
        assert_eq!(compact_numbers::decode("gT"), Some(vec![304_u64]));
    }
}
