//! Computes figures of one's own sample by sample, so that no sample is kept for them.
//!
//! A sample stands for the time since the one before it, in ticks; the part of that time within
//! the window counts. A ratio whose denominator is 0 is no value, and its time does not count.
//! Every sample counts, also those closer than a minute. Values are rounded to six decimals.

use patchday_agents::{
    metrics::{
        cell::Cell,
        own_figure::{CompiledFigure, SeriesColumn},
    },
    scenario::{Scenario, Statistic},
};
use patchday_core::Tick;

use crate::{host::format::rounded, results::own::id::OwnValue};

/// The figures of one's own of a run, up to its last sample.
#[derive(Clone, Debug, Default)]
pub(crate) struct OwnFigures {
    all: Vec<OwnAccumulator>,
    /// The tick of the last sample.
    before: Tick,
}

/// One figure.
#[derive(Clone, Debug)]
struct OwnAccumulator {
    figure: CompiledFigure,
    /// The time that counts.
    ticks: i64,
    /// The least or greatest value, the integral in ticks, the sum, or the time beyond the level.
    result: f64,
    /// The sum of the column by which another one is divided, for a ratio of sums.
    divisor: f64,
}

impl OwnFigures {
    /// The figures of a scenario, before the first sample.
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let accumulator = |figure| OwnAccumulator {
            figure,
            ticks: 0,
            result: 0.0,
            divisor: 0.0,
        };
        let all = CompiledFigure::all(scenario).into_iter();
        Self {
            all: all.map(accumulator).collect(),
            before: 0,
        }
    }

    /// Adds a sample: a row of the series taken at `tick`.
    pub(crate) fn add(&mut self, tick: Tick, row: &[Cell]) {
        let time = (i64::from(self.before), i64::from(tick));
        for one in &mut self.all {
            one.add(time, row);
        }
        self.before = tick;
    }

    /// The names of the figures with their values.
    pub(crate) fn values(&self) -> impl Iterator<Item = (String, OwnValue)> {
        self.all.iter().map(|one| {
            let value = OwnValue {
                value: one.value(),
                unit: one.figure.unit.clone(),
                meaning: one.figure.doc.clone(),
            };
            (one.figure.name.clone(), value)
        })
    }
}

impl OwnAccumulator {
    fn add(&mut self, (before, tick): (i64, i64), row: &[Cell]) {
        let figure = &self.figure;
        let part = tick.min(figure.window.1) - before.max(figure.window.0);
        if part <= 0 {
            return;
        }
        if figure.statistic == Statistic::SumRatio {
            return self.add_to_sums(part as f64 / (tick - before) as f64, part, row);
        }
        let Some(value) = value_of(figure, row) else {
            return;
        };
        let ticks = part as f64;
        let is_first = self.ticks == 0;
        self.result = match figure.statistic {
            Statistic::Min | Statistic::Max if is_first => value,
            Statistic::Min => self.result.min(value),
            Statistic::Max => self.result.max(value),
            // A count is spread evenly over the time of its sample.
            Statistic::Integral if figure.is_count() => {
                self.result + value * ticks / (tick - before) as f64
            }
            Statistic::Mean | Statistic::Integral => self.result + value * ticks,
            Statistic::TimeBelow if value < figure.level => self.result + ticks,
            Statistic::TimeAbove if value > figure.level => self.result + ticks,
            Statistic::TimeBelow | Statistic::TimeAbove | Statistic::SumRatio => self.result,
        };
        self.ticks += part;
    }

    /// Adds the part of a sample that lies in the window to the two sums of a ratio.
    fn add_to_sums(&mut self, share: f64, ticks: i64, row: &[Cell]) {
        let figure = &self.figure;
        let cell = |column: SeriesColumn| Some(column.cell(row)?.value());
        let divisor = figure.divided_by.and_then(cell);
        if let (Some(value), Some(divisor)) = (cell(figure.column), divisor) {
            self.result += value * share;
            self.divisor += divisor * share;
            // Without anything to divide by there is no value.
            self.ticks += if divisor > 0.0 { ticks } else { 0 };
        }
    }

    /// The figure; `None` if no sample counts.
    fn value(&self) -> Option<f64> {
        if self.ticks == 0 {
            return None;
        }
        let value = match self.figure.statistic {
            Statistic::Min | Statistic::Max => self.result,
            Statistic::Mean => self.result / self.ticks as f64,
            Statistic::Integral if self.figure.is_count() => self.result,
            Statistic::SumRatio => self.result / self.divisor,
            Statistic::Integral | Statistic::TimeBelow | Statistic::TimeAbove => {
                self.result / f64::from(self.figure.tick.hour())
            }
        };
        Some(rounded(value, 6))
    }
}

/// The value of a figure at a sample; `None` for a ratio whose denominator is 0.
fn value_of(figure: &CompiledFigure, row: &[Cell]) -> Option<f64> {
    let value = figure.column.cell(row)?.value();
    let Some(divided_by) = figure.divided_by else {
        return Some(value);
    };
    let denominator = divided_by.cell(row)?.value();
    (denominator > 0.0).then(|| value / denominator)
}

#[cfg(test)]
mod tests {
    use patchday_agents::{
        metrics::columns::{COLUMNS, ColumnId},
        scenario::OwnFigure,
    };

    use super::*;

    const STATISTICS: [Statistic; 6] = [
        Statistic::Min,
        Statistic::Max,
        Statistic::Mean,
        Statistic::Integral,
        Statistic::TimeBelow,
        Statistic::TimeAbove,
    ];

    /// All statistics of a column over a window of a run of ten hours, in the order of
    /// [`STATISTICS`]; `samples` are ticks with the values of the column and of the norm.
    fn figures(
        column: &str,
        divided_by: Option<&str>,
        (from, to): (&str, &str),
        samples: &[(Tick, u64, u64)],
    ) -> Vec<Option<f64>> {
        let mut scenario = Scenario::default();
        scenario.run.end = scenario.run.start.after("10h".parse().unwrap());
        for statistic in STATISTICS {
            scenario.figure.push(OwnFigure {
                name: statistic.name().into(),
                column: column.into(),
                divided_by: divided_by.map(str::to_owned),
                from: from.parse().ok(),
                to: to.parse().ok(),
                statistic,
                level: Some(if divided_by.is_some() { 0.5 } else { 4.0 }),
                better: None,
            });
        }
        let mut own = OwnFigures::new(&scenario);
        for (tick, value, norm) in samples {
            let mut row = vec![Cell::Count(0); COLUMNS.len()];
            let id = ColumnId::from_name(column).unwrap();
            row[id.index()] = Cell::Count(*value);
            row[ColumnId::Norm.index()] = Cell::Count(*norm);
            own.add(*tick, &row);
        }
        own.values().map(|(_, one)| one.value).collect()
    }

    const HOUR: Tick = 3_600;

    #[test]
    fn every_statistic_has_its_closed_form() {
        // 2 for one hour, 6 for two hours, 4 for one hour.
        let gauge = [(HOUR, 2, 8), (3 * HOUR, 6, 8), (4 * HOUR, 4, 8)];
        let some = |values: [f64; 6]| values.map(Some).to_vec();
        assert_eq!(
            figures("login_queue", None, ("0s", "10h"), &gauge),
            some([2.0, 6.0, 4.5, 18.0, 1.0, 2.0])
        );
        assert_eq!(
            figures("login_queue", Some("norm"), ("0s", "10h"), &gauge),
            some([0.25, 0.75, 0.562_5, 2.25, 1.0, 2.0])
        );
        // The integral of a count is its sum.
        assert_eq!(
            figures("calls_failed", None, ("0s", "10h"), &gauge),
            some([2.0, 6.0, 4.5, 12.0, 1.0, 2.0])
        );
    }

    #[test]
    fn a_sample_counts_as_far_as_its_time_lies_in_the_window() {
        let gauge = [(HOUR, 2, 8), (3 * HOUR, 6, 8), (4 * HOUR, 4, 8)];
        let some = |values: [f64; 6]| values.map(Some).to_vec();
        // Half an hour of 2, then half an hour of 6.
        let window = ("30m", "1h 30m");
        assert_eq!(
            figures("login_queue", None, window, &gauge),
            some([2.0, 6.0, 4.0, 4.0, 0.5, 0.5])
        );
        // A count of 6 in two hours is 1.5 in half an hour, that of 2 in one hour is 1.
        assert_eq!(
            figures("calls_failed", None, window, &gauge),
            some([2.0, 6.0, 4.0, 2.5, 0.5, 0.5])
        );
        // A window that begins at a sample does not count that sample, one that ends at it does.
        assert_eq!(
            figures("login_queue", None, ("1h", "3h"), &gauge),
            some([6.0, 6.0, 6.0, 12.0, 0.0, 2.0])
        );
    }

    #[test]
    fn a_ratio_of_sums_weighs_each_sample_by_its_divisor() {
        let mut scenario = Scenario::default();
        scenario.run.end = scenario.run.start.after("10h".parse().unwrap());
        scenario.figure.push(OwnFigure {
            name: "share".into(),
            column: "calls_failed".into(),
            divided_by: Some("norm".into()),
            from: "30m".parse().ok(),
            statistic: Statistic::SumRatio,
            ..OwnFigure::default()
        });
        let mut own = OwnFigures::new(&scenario);
        for (hour, failed, all) in [(1, 8, 10), (2, 0, 0), (3, 11, 40)] {
            let mut row = vec![Cell::Count(0); COLUMNS.len()];
            row[ColumnId::CallsFailed.index()] = Cell::Count(failed);
            row[ColumnId::Norm.index()] = Cell::Count(all);
            own.add(hour * HOUR, &row);
        }
        let value = own.values().next().unwrap().1.value;
        // Half of the first sample lies in the window.
        assert_eq!(value, Some(rounded(15.0 / 45.0, 6)));
    }

    #[test]
    fn without_a_sample_in_the_window_there_is_no_value() {
        let gauge = [(HOUR, 2, 0), (2 * HOUR, 6, 0)];
        let none = vec![None; 6];
        assert_eq!(figures("login_queue", None, ("2h", "3h"), &gauge), none);
        assert_eq!(figures("login_queue", None, ("0s", "1h"), &[]), none);
        // Nothing is divided by 0.
        assert_eq!(
            figures("login_queue", Some("norm"), ("0s", "3h"), &gauge),
            none
        );
        let some = [(HOUR, 2, 0), (2 * HOUR, 6, 8)];
        let found = figures("login_queue", Some("norm"), ("0s", "3h"), &some);
        assert_eq!(found, [0.75, 0.75, 0.75, 0.75, 0.0, 1.0].map(Some).to_vec());
    }
}
