//! The rows of a series in bounded memory.
//!
//! A series can have millions of rows, and its charts show some thousands of points. If there are
//! more rows than [`MOST`], as many consecutive rows as needed become one: a count is the sum of
//! the rows, as if the samples had been taken less often; of the other columns the row with the
//! lowest share of users online counts, so that every dip stays visible. Times are in seconds since
//! 1970.

use std::collections::TryReserveError;

use patchday_agents::metrics::{
    cell::Cell,
    columns::{Aggregate, COLUMNS, ColumnId},
};

/// The most rows that are kept. A row of all columns takes a kilobyte or two.
pub(crate) const MOST: usize = 30_000;

/// Rows of a series.
pub(crate) struct ThinnedRows {
    /// The time of the last of the rows that became one.
    pub(crate) times: Vec<i64>,
    /// The values of all rows, one row after another.
    values: Vec<f64>,
    width: usize,
    /// How many rows become one.
    joined: usize,
    /// How many rows are in the last one.
    in_last: usize,
    /// The lowest share of users online in the last one.
    lowest: f64,
}

impl ThinnedRows {
    /// No rows yet, of a series with about `expected` rows of `width` cells.
    ///
    /// # Errors
    /// Returns an error if the cells, and a copy of them for the charts, do not fit in memory.
    pub(crate) fn new(width: usize, expected: usize) -> Result<Self, TryReserveError> {
        let joined = expected.div_ceil(MOST).max(1);
        let cells = width.saturating_mul(expected.div_ceil(joined));
        let mut values = Vec::new();
        values.try_reserve_exact(cells)?;
        // Only checks that a copy fits; it is returned at once.
        Vec::<f64>::new().try_reserve_exact(cells)?;
        Ok(Self {
            times: Vec::new(),
            values,
            width,
            joined,
            in_last: joined,
            lowest: f64::INFINITY,
        })
    }

    /// Adds a row.
    pub(crate) fn add(&mut self, time: i64, cells: &[Cell]) {
        let value = |place: usize| cells.get(place).map_or(f64::NAN, |cell| cell.value());
        let share = value(ColumnId::Online.index()) / value(ColumnId::Norm.index());
        if self.in_last == self.joined {
            self.times.push(time);
            self.values.extend((0..self.width).map(value));
            (self.in_last, self.lowest) = (1, share);
            return;
        }
        let begin = self.values.len() - self.width;
        let is_lower = share < self.lowest;
        for (place, kept) in self.values[begin..].iter_mut().enumerate() {
            let aggregate = COLUMNS.get(place).and_then(|column| column.aggregate);
            match aggregate {
                Some(Aggregate::Sum) => *kept += value(place),
                Some(Aggregate::Max) => *kept = kept.max(value(place)),
                None if is_lower => *kept = value(place),
                None => {}
            }
        }
        if let Some(last) = self.times.last_mut() {
            *last = time;
        }
        self.in_last += 1;
        self.lowest = self.lowest.min(share);
    }

    /// The values at one place of all rows.
    pub(crate) fn values(&self, place: usize) -> Vec<f64> {
        let rows = self.values.chunks_exact(self.width.max(1));
        rows.map(|row| row.get(place).copied().unwrap_or(f64::NAN))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of `count` samples, with a dip in one of them; every other column counts 1.
    fn rows(count: usize, dip: usize) -> ThinnedRows {
        let mut rows = ThinnedRows::new(COLUMNS.len(), count).unwrap();
        for place in 0..count {
            let mut cells = vec![Cell::Count(1); COLUMNS.len()];
            cells[ColumnId::Norm.index()] = Cell::Count(100);
            let online = if place == dip { 7 } else { 100 };
            cells[ColumnId::Online.index()] = Cell::Count(online);
            rows.add(60 * (place as i64 + 1), &cells);
        }
        rows
    }

    #[test]
    fn few_rows_are_all_kept() {
        let rows = rows(1_000, 500);
        assert_eq!(rows.times.len(), 1_000);
        let online = rows.values(ColumnId::Online.index());
        assert_eq!((online[499], online[500], online[501]), (100.0, 7.0, 100.0));
    }

    #[test]
    fn many_rows_are_bounded_and_keep_sums_and_dips() {
        let count = 7 * MOST + 3;
        let rows = rows(count, 12_345);
        assert!(rows.times.len() <= MOST, "{}", rows.times.len());
        assert!(rows.times.is_sorted());
        assert_eq!(rows.times.last(), Some(&(60 * count as i64)));
        let served: f64 = rows.values(ColumnId::LoginServed.index()).iter().sum();
        assert_eq!(served, count as f64);
        let online = rows.values(ColumnId::Online.index());
        assert_eq!(online.iter().filter(|users| **users == 7.0).count(), 1);
        assert_eq!(online.len(), rows.times.len());
    }
}
