//! What the summary, the observations and the plot need of a run, in memory.
//!
//! A point per sample with the few gauges they look at, and sums of what is
//! counted per sample. Ticks and seconds are the same length; a point's instant is
//! the start of the run plus its tick.

use std::collections::BTreeMap;

use patchday_agents::{Note, metrics::columns::Cell};
use patchday_core::Tick;

use crate::results::rows::{column, thousandths};

/// The columns that count what happened since the row before.
const COUNTED: [&str; 29] = [
    "attempts",
    "accepted",
    "refused",
    "timed_out",
    "login_arrivals",
    "login_served",
    "login_rejected",
    "calls_wanted",
    "calls",
    "calls_engaged",
    "calls_missed",
    "calls_failed",
    "calls_dropped",
    "call_seconds",
    "call_seconds_lost",
    "business_calls_lost",
    "messages_stored",
    "messages_refused",
    "messages_delivered",
    "crashes",
    "supernodes_crashed",
    "supernodes_shut_down",
    "promotions",
    "given_up",
    "gateway_calls",
    "gateway_calls_failed",
    "manager_requests",
    "manager_requests_failed",
    "events",
];

/// Whether the summary has the sum of a column.
pub(crate) fn is_counted(name: &str) -> bool {
    COUNTED.contains(&name)
}

/// The columns whose greatest value is of interest.
const WORST: [&str; 4] = [
    "login_wait_s",
    "presence_delay_s",
    "chat_delay_s",
    "offline_messages_wait_s",
];

/// One sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    /// When it was taken, in seconds since 1970.
    pub(crate) time: i64,
    /// Users online.
    pub(crate) online: u64,
    /// Users that would be online without the fault.
    pub(crate) norm: u64,
    /// Supernodes.
    pub(crate) supernodes: u64,
    /// Business users online, and their norm.
    pub(crate) business: u64,
    pub(crate) business_norm: u64,
    /// Traffic of a supernode, mean, in thousandths of a request since the point before.
    pub(crate) traffic: u64,
}

impl Point {
    /// Users online as a share of the norm; where nobody is expected, all are there.
    pub(crate) fn share(&self) -> f64 {
        if self.norm == 0 {
            1.0
        } else {
            self.online as f64 / self.norm as f64
        }
    }

    /// Whether fewer than `level` of the norm are online, for a level in percent.
    pub(crate) fn is_below(&self, level: u64) -> bool {
        self.online.saturating_mul(100) < self.norm.saturating_mul(level)
    }
}

/// All samples of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trail {
    /// When the run began, in seconds since 1970.
    pub(crate) start: i64,
    /// The samples, in order of time.
    pub(crate) points: Vec<Point>,
    /// What was counted over all samples, by column.
    pub(crate) counted: BTreeMap<&'static str, u64>,
    /// The greatest value of a column, in thousandths, and when it was reached first.
    pub(crate) worst: BTreeMap<&'static str, (u64, i64)>,
    /// What happened from outside.
    pub(crate) notes: Vec<(Tick, Note)>,
}

impl Trail {
    /// A trail of a run that begins at `start`, without samples.
    pub(crate) fn new(start: i64) -> Self {
        Self {
            start,
            ..Self::default()
        }
    }

    /// Adds a sample.
    pub(crate) fn add(&mut self, tick: Tick, cells: &[Cell]) {
        let cell = |name| column(name).and_then(|place| cells.get(place)).copied();
        let gauge =
            |name| cell(name).map_or(0, |cell| thousandths(cell).saturating_add(500) / 1_000);
        self.points.push(Point {
            time: self.start + i64::from(tick),
            online: gauge("online"),
            norm: gauge("norm"),
            supernodes: gauge("supernodes"),
            business: gauge("business_online"),
            business_norm: gauge("business_norm"),
            traffic: cell("traffic_per_supernode").map_or(0, thousandths),
        });
        let time = self.start + i64::from(tick);
        for name in WORST {
            let value = cell(name).map_or(0, thousandths);
            let worst = self.worst.entry(name).or_insert((value, time));
            if value > worst.0 {
                *worst = (value, time);
            }
        }
        for name in COUNTED {
            if let Some(cell) = cell(name) {
                let sum = self.counted.entry(name).or_default();
                *sum = sum.saturating_add(thousandths(cell) / 1_000);
            }
        }
    }

    /// Each point with the time since the one before, in seconds.
    pub(crate) fn steps(&self) -> impl Iterator<Item = (&Point, i64)> {
        let before = std::iter::once(self.start).chain(self.points.iter().map(|point| point.time));
        self.points
            .iter()
            .zip(before)
            .map(|(point, before)| (point, point.time - before))
    }

    /// The point closest to an instant of the run, the earlier of two; none before
    /// the start and after the last point.
    pub(crate) fn nearest(&self, time: i64) -> Option<&Point> {
        let last = self.points.last()?;
        if time < self.start || time > last.time {
            return None;
        }
        let after = self.points.partition_point(|point| point.time < time);
        let around = self.points[after.saturating_sub(1)..].iter().take(2);
        around.min_by_key(|point| (point.time - time).abs())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A trail of one point an hour: users online of a norm of 1,000.
    pub(crate) fn hourly(online: &[u64]) -> Trail {
        every(3_600, online)
    }

    /// A trail with a point every so many seconds, of a norm of 1,000.
    pub(crate) fn every(seconds: i64, online: &[u64]) -> Trail {
        let start = 1_187_049_600;
        let point = |(online, index): (&u64, i64)| Point {
            time: start + index * seconds,
            online: *online,
            norm: 1_000,
            supernodes: 30,
            business: online / 4,
            business_norm: 250,
            traffic: 1_000,
        };
        Trail {
            points: online.iter().zip(1..).map(point).collect(),
            ..Trail::new(start)
        }
    }

    #[test]
    fn the_nearest_point_lies_within_the_run() {
        let trail = hourly(&[1, 2, 3]);
        let at = |time| trail.nearest(trail.start + time).map(|point| point.online);
        assert_eq!(at(-1), None);
        assert_eq!(at(0), Some(1));
        assert_eq!(at(3_600), Some(1));
        assert_eq!(at(5_400), Some(1));
        assert_eq!(at(5_401), Some(2));
        assert_eq!(at(10_800), Some(3));
        assert_eq!(at(10_801), None);
        assert_eq!(Trail::new(0).nearest(0), None);
    }

    #[test]
    fn cells_of_any_size_are_taken() {
        let mut trail = Trail::new(0);
        for tick in [60, 120] {
            trail.add(tick, &[Cell::Thousandths(u64::MAX); 100]);
        }
        assert_eq!(trail.points[0].online, u64::MAX / 1_000);
        let mut trail = Trail::new(0);
        for tick in 1..2_000 {
            trail.add(tick, &[Cell::Count(u64::MAX); 100]);
        }
        assert_eq!(trail.counted["events"], u64::MAX);
    }

    #[test]
    fn cells_are_found_by_the_names_of_their_columns() {
        let mut trail = Trail::new(0);
        let cells: Vec<Cell> = (0..100).map(Cell::Count).collect();
        trail.add(60, &cells);
        trail.add(120, &cells);
        let place = |name| column(name).unwrap() as u64;
        assert_eq!(trail.points[1].online, place("online"));
        assert_eq!(trail.points[1].time, 120);
        assert_eq!(trail.counted["calls_failed"], 2 * place("calls_failed"));
        assert_eq!(
            trail.steps().map(|(_, step)| step).collect::<Vec<_>>(),
            [60, 60]
        );
    }
}
