//! The samples of a run in memory: what summary, observed points, plots and texts need.
//!
//! A point for every 60 ticks (a minute, if a tick is a second) with the few gauges they read, and for
//! each column that the summary aggregates the sum or the maximum so far; of figures of one's own what
//! they need. If samples are closer than that, the first one of each 60 ticks is a point, so that the
//! figures of an outage do not depend on `run.sample`; if they are farther apart, each one is a point.
//! The time of a point is the start of the run plus its tick, in ticks since 1970.

use std::collections::BTreeMap;

use patchday_agents::{
    Note,
    metrics::{
        cell::Cell,
        columns::{Aggregate, COLUMNS, ColumnId},
    },
    scenario::{Run, Scenario, quantity::TickLength},
};
use patchday_core::Tick;

use crate::results::{own::OwnFigures, samples::fleet_rows::FleetRows};

/// One sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SamplePoint {
    /// When it was taken, in ticks since 1970.
    pub(crate) time: i64,
    /// Users online.
    pub(crate) online: u64,
    /// Users expected online without a fault.
    pub(crate) norm: u64,
    /// Supernodes.
    pub(crate) supernodes: u64,
    /// Business users online, and their norm.
    pub(crate) business: u64,
    pub(crate) business_norm: u64,
    /// Requests to a supernode since the point before, mean over all, in thousandths.
    pub(crate) traffic: u64,
}

impl SamplePoint {
    /// Users online as a share of the norm; 1 if the norm is 0.
    pub(crate) fn share(&self) -> f64 {
        if self.norm == 0 {
            1.0
        } else {
            self.online as f64 / self.norm as f64
        }
    }

    /// Whether fewer users than `level` percent of the norm are online, and by more than chance.
    pub(crate) fn is_below(&self, level: u64) -> bool {
        self.online.saturating_mul(100) < self.norm.saturating_mul(level) && self.is_beyond_chance()
    }

    /// Whether users online differ from the norm by more than chance explains: by more than
    /// three standard deviations of a Poisson count with the norm as its mean. With a norm of 900 users
    /// that is a tenth of them; with 9 or fewer nothing below the norm is.
    pub(crate) fn is_beyond_chance(&self) -> bool {
        let difference = self.online.abs_diff(self.norm);
        difference.saturating_mul(difference) > self.norm.saturating_mul(9)
    }
}

/// All samples of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Samples {
    /// The length of a tick.
    pub(crate) tick: TickLength,
    /// When the run began, in ticks since 1970.
    pub(crate) start: i64,
    /// The maximum length of a dip that is no outage, in ticks.
    pub(crate) outage_after: i64,
    /// The time for which the network must be back before an outage is over, in ticks.
    pub(crate) recovered_after: i64,
    /// The points, in order of time.
    pub(crate) points: Vec<SamplePoint>,
    /// The sum of each column with [`Aggregate::Sum`]; empty before the first sample.
    pub(crate) sums: BTreeMap<ColumnId, u64>,
    /// The maximum of each column with [`Aggregate::Max`], in thousandths of its unit, and when
    /// it was reached first; empty before the first sample.
    pub(crate) maxima: BTreeMap<ColumnId, (u64, i64)>,
    /// Events from outside and actions of the operator.
    pub(crate) notes: Vec<(Tick, Note)>,
    /// The figures of one's own so far.
    pub(crate) own: OwnFigures,
    /// The cells of services, operations and sources.
    pub(crate) fleet: FleetRows,
    /// Requests to a supernode since the last point, in thousandths.
    traffic: u64,
}

/// The minimum distance of two points, in ticks.
const MINUTE: Tick = 60;

/// The most points that a run has up to `tick`: one more is taken where it ends or is stopped.
pub(crate) fn points(tick: Tick, run: &Run) -> usize {
    (tick / run.clock().tick.ticks(run.sample).max(MINUTE)) as usize + 1
}

impl Samples {
    /// No samples yet, of a run of this scenario.
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let (run, tick) = (&scenario.run, scenario.tick());
        Self {
            tick,
            own: OwnFigures::new(scenario),
            fleet: FleetRows::new(scenario),
            start: tick.since_1970(run.start),
            outage_after: tick.ticks(run.outage_after).into(),
            recovered_after: tick.ticks(run.recovered_after).into(),
            ..Self::default()
        }
    }

    /// Reserves memory for the points of a run up to `tick`, so that they take no more than they
    /// need. Returns the number of samples.
    pub(crate) fn expect(&mut self, tick: Tick, run: &Run) -> usize {
        // Ignore errors: without the memory the points grow one by one.
        let _ = self.points.try_reserve_exact(points(tick, run));
        // One more is taken where the run ends or is stopped.
        (tick / run.clock().tick.ticks(run.sample).max(1)) as usize + 1
    }

    /// Adds a sample: a row of the series taken at `tick`.
    pub(crate) fn add(&mut self, tick: Tick, row: &[Cell]) {
        let thousandths = |id: ColumnId| id.cell(row).map_or(0, Cell::thousandths);
        let rounded = |id: ColumnId| thousandths(id).saturating_add(500) / 1_000;
        let time = self.start + i64::from(tick);
        let traffic = thousandths(ColumnId::TrafficPerSupernode);
        self.traffic = self.traffic.saturating_add(traffic);
        let last = self.points.last().map_or(self.start, |point| point.time);
        if i64::from(tick / MINUTE) > (last - self.start) / i64::from(MINUTE) {
            self.points.push(SamplePoint {
                time,
                online: rounded(ColumnId::Online),
                norm: rounded(ColumnId::Norm),
                supernodes: rounded(ColumnId::Supernodes),
                business: rounded(ColumnId::BusinessOnline),
                business_norm: rounded(ColumnId::BusinessNorm),
                traffic: std::mem::take(&mut self.traffic),
            });
        }
        self.own.add(tick, row);
        self.fleet.add(tick, row);
        for column in COLUMNS {
            let value = thousandths(column.id);
            match column.aggregate {
                Some(Aggregate::Sum) => {
                    let sum = self.sums.entry(column.id).or_default();
                    *sum = sum.saturating_add(value / 1_000);
                }
                Some(Aggregate::Max) => {
                    let maximum = self.maxima.entry(column.id).or_insert((value, time));
                    if value > maximum.0 {
                        *maximum = (value, time);
                    }
                }
                None => {}
            }
        }
    }

    /// Each point with the time since the one before, in ticks.
    pub(crate) fn steps(&self) -> impl Iterator<Item = (&SamplePoint, i64)> {
        let before = std::iter::once(self.start).chain(self.points.iter().map(|point| point.time));
        self.points
            .iter()
            .zip(before)
            .map(|(point, before)| (point, point.time - before))
    }

    /// The point closest to a time, the earlier of two; `None` before the start of the run and
    /// after the last point.
    pub(crate) fn nearest(&self, time: i64) -> Option<&SamplePoint> {
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
    use crate::results::samples::minute_points::*;

    /// No samples, of a run that starts at an instant; a dip of up to an hour is no outage.
    pub(crate) fn starting_at(start: i64) -> Samples {
        Samples {
            start,
            outage_after: 3_600,
            recovered_after: 3 * 3_600,
            ..Samples::default()
        }
    }

    /// A point every hour: users online, with a norm of 1,000.
    pub(crate) fn hourly(online: &[u64]) -> Samples {
        every(3_600, online)
    }

    /// A point every so many seconds: users online, with a norm of 1,000.
    pub(crate) fn every(seconds: i64, online: &[u64]) -> Samples {
        let start = 1_187_049_600;
        let point = |(online, index): (&u64, i64)| SamplePoint {
            time: start + index * seconds,
            online: *online,
            norm: 1_000,
            supernodes: 30,
            business: online / 4,
            business_norm: 250,
            traffic: 1_000,
        };
        Samples {
            points: online.iter().zip(1..).map(point).collect(),
            ..starting_at(start)
        }
    }

    #[test]
    fn the_nearest_point_lies_within_the_run() {
        let samples = hourly(&[1, 2, 3]);
        let at = |time| {
            samples
                .nearest(samples.start + time)
                .map(|point| point.online)
        };
        assert_eq!(at(-1), None);
        assert_eq!(at(0), Some(1));
        assert_eq!(at(3_600), Some(1));
        assert_eq!(at(5_400), Some(1));
        assert_eq!(at(5_401), Some(2));
        assert_eq!(at(10_800), Some(3));
        assert_eq!(at(10_801), None);
        assert_eq!(starting_at(0).nearest(0), None);
    }

    #[test]
    fn sums_and_rounding_saturate() {
        let mut samples = starting_at(0);
        for tick in [60, 120] {
            samples.add(tick, &[Cell::Thousandths(u64::MAX); 100]);
        }
        assert_eq!(samples.points[0].online, u64::MAX / 1_000);
        let mut samples = starting_at(0);
        for tick in 1..2_000 {
            samples.add(tick, &[Cell::Count(u64::MAX); 100]);
        }
        assert_eq!(samples.sums[&ColumnId::Events], u64::MAX);
    }

    #[test]
    fn cells_are_found_by_the_ids_of_their_columns() {
        let mut samples = starting_at(0);
        let cells: Vec<Cell> = (0..100).map(Cell::Count).collect();
        samples.add(60, &cells);
        samples.add(120, &cells);
        let place = |id: ColumnId| id.index() as u64;
        assert_eq!(samples.points[1].online, place(ColumnId::Online));
        assert_eq!(samples.points[1].time, 120);
        assert_eq!(
            samples.sums[&ColumnId::CallsFailed],
            2 * place(ColumnId::CallsFailed)
        );
        assert_eq!(
            samples.steps().map(|(_, step)| step).collect::<Vec<_>>(),
            [60, 60]
        );
    }
}
