//! The record of a run of an experiment: everything that questions read from a run.
//!
//! Questions work on records and never on a simulation, so a record that is read back from a ledger
//! must equal the one that was written. Shares are in units of a ten-thousandth of the norm, times are
//! seconds since 1970, UTC.

use patchday_agents::scenario::{
    Run, Scenario,
    quantity::{Span, TickLength},
};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use crate::{
    host::format::rounded,
    results::{
        curve::{Curve, incident},
        figures::Outcome,
        observed::Comparison,
        outage::Outage,
        samples::{KeptSeries, Samples, compact_numbers},
        summary::Figure,
    },
};

/// The decimals of a share in tables.
const SHARE_DECIMALS: i32 = 6;
/// Units of a share of the norm.
const UNITS: f64 = 10_000.0;
/// The distances of shares, in minutes; a run has the least with which it has at most [`MOST`].
const STEPS: [u32; 9] = [1, 2, 5, 10, 20, 30, 60, 360, 1_440];
/// The distances, in seconds, of a run whose ticks are shorter than a second, before those in minutes.
const SHORT_STEPS: [u32; 6] = [1, 2, 5, 10, 20, 30];
/// The most shares of a run: ten days have one every ten minutes.
const MOST: u32 = 1_440;

/// A run that ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RunRecord {
    /// Digest and figures, or why it failed.
    pub(crate) outcome: Outcome,
    /// The model at each `[[observed]]` point of the scenario, in their order: users online as a share
    /// of the norm. `None` for a point that the run did not reach. Empty if the run failed.
    pub(crate) observed: Vec<Option<f64>>,
    /// Users online as a share of the norm over time. Empty if the run failed.
    pub(crate) shares: OnlineShares,
    /// Beginning and end of the incident of the run: its outage, or else its longest dip.
    pub(crate) incident: Option<(i64, i64)>,
    /// Real time that the run took, in seconds. No answer depends on it.
    pub(crate) wall_s: f64,
    /// The columns of the series that were to be kept; only while the run is made, and not in a ledger.
    pub(crate) kept: KeptSeries,
}

impl RunRecord {
    /// The record of a run that reached its end.
    pub(crate) fn new(outcome: Outcome, scenario: &Scenario, samples: &Samples) -> Self {
        let observed = Comparison::all(&scenario.observed, samples);
        Self {
            outcome,
            observed: observed.iter().map(Comparison::model_share).collect(),
            shares: OnlineShares::new(samples, &scenario.run),
            incident: incident(samples, Outage::find(samples)).map(|(from, to)| {
                let seconds = |ticks: i64| whole_seconds(ticks, samples.tick);
                (seconds(from), seconds(to))
            }),
            wall_s: 0.0,
            kept: KeptSeries::default(),
        }
    }

    /// The record of a run that failed.
    pub(crate) fn failed(why: String) -> Self {
        Self::of_outcome(Outcome::Failed(why))
    }

    /// The record of a run of which only the outcome is known.
    pub(crate) fn of_outcome(outcome: Outcome) -> Self {
        Self {
            outcome,
            observed: Vec::new(),
            shares: OnlineShares::default(),
            incident: None,
            wall_s: 0.0,
            kept: KeptSeries::default(),
        }
    }

    /// The model at the observed points as figures for tables: `observed.1` for the first point and so
    /// on; *never* for a point that the run did not reach.
    pub(crate) fn observed_figures(&self) -> impl Iterator<Item = (String, Figure)> {
        let numbered = self.observed.iter().enumerate();
        numbered.map(|(place, share)| {
            let share = share.map(|share| rounded(share, SHARE_DECIMALS));
            (format!("observed.{}", place + 1), share)
        })
    }

    /// The curve of the run; `None` if it failed.
    pub(crate) fn curve(&self) -> Option<Curve> {
        let done = matches!(self.outcome, Outcome::Done { .. });
        done.then(|| Curve {
            start: self.shares.start,
            times: self.shares.times().collect(),
            shares: self.shares.shares().map(|share| share as f32).collect(),
            incident: self.incident,
        })
    }
}

/// Users online as a share of the norm at equal distances: value `i`, counted from 0, is at
/// `start + (i + 1) * step_s`.
///
/// The distance is ten minutes for a run of five to ten days; a shorter run has more values in an
/// hour, so that its dips are seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OnlineShares {
    /// When the run began.
    pub(crate) start: i64,
    /// The distance of two values, in seconds.
    pub(crate) step_s: u32,
    /// Ten-thousandths of the norm, at most 65,535.
    #[serde(
        serialize_with = "compact_numbers::write",
        deserialize_with = "read_values"
    )]
    pub(crate) values: Vec<u16>,
}

/// Ticks as whole seconds.
fn whole_seconds(ticks: i64, tick: TickLength) -> i64 {
    ticks.div_euclid(tick.per_second().into())
}

impl OnlineShares {
    fn new(samples: &Samples, run: &Run) -> Self {
        let tick = samples.tick;
        let first = samples.start;
        let last = samples.points.last().map_or(first, |point| point.time);
        let seconds = u32::try_from(whole_seconds(last - first, tick)).unwrap_or(0);
        let short = SHORT_STEPS
            .into_iter()
            .filter(|_| tick < TickLength::SECOND);
        let mut steps = short.chain(STEPS.map(|minutes| 60 * minutes));
        // Between two samples there is nothing to tell.
        let fits = |step: &u32| seconds / step <= MOST && Span::from_seconds(*step) >= run.sample;
        let step_s = steps.find(fits).unwrap_or(60 * STEPS[STEPS.len() - 1]);
        let count = seconds / step_s;
        let start = whole_seconds(first, tick);
        let share = |number: u32| {
            let time = first + i64::from(number) * i64::from(tick.seconds(step_s));
            let share = samples.nearest(time).map_or(1.0, |point| point.share());
            // The conversion saturates.
            (share * UNITS).round() as u16
        };
        Self {
            start,
            step_s,
            values: (1..=count).map(share).collect(),
        }
    }

    /// The times of the values.
    pub(crate) fn times(&self) -> impl Iterator<Item = i64> {
        let (start, step) = (self.start, i64::from(self.step_s));
        (1..=self.values.len() as i64).map(move |number| start + number * step)
    }

    /// The share of the norm nearest to a time; `None` if there are none.
    pub(crate) fn near(&self, time: i64) -> Option<f64> {
        let step = i64::from(self.step_s.max(1));
        let number = (time - self.start + step / 2).div_euclid(step);
        let last = self.values.len().checked_sub(1)?;
        let place = usize::try_from(number - 1).unwrap_or(0).min(last);
        Some(f64::from(self.values[place]) / UNITS)
    }

    /// The values as shares of the norm.
    pub(crate) fn shares(&self) -> impl Iterator<Item = f64> {
        self.values.iter().map(|value| f64::from(*value) / UNITS)
    }
}

fn read_values<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u16>, D::Error> {
    let values = compact_numbers::read(deserializer)?;
    values.ok_or_else(|| D::Error::custom("`values` of `shares` is damaged"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::samples::tests::every;

    fn run(sample: u32) -> Run {
        let mut run = Scenario::default().run;
        run.sample = patchday_agents::scenario::quantity::Span::from_seconds(sample);
        run
    }

    #[test]
    fn a_curve_has_the_share_at_each_time_and_the_incident() {
        let curve = |online: &[u64]| {
            let outcome = Outcome::Done {
                digest: String::new(),
                figures: Default::default(),
            };
            let samples = every(60, online);
            let curve = RunRecord::new(outcome, &Scenario::default(), &samples).curve();
            curve.unwrap()
        };
        let dip = curve(&[1_000, 250, 500, 1_000]);
        assert_eq!(dip.shares, [1.0, 0.25, 0.5, 1.0]);
        assert_eq!(dip.incident, Some((dip.times[1], dip.times[3])));
        assert_eq!(dip.times[0], dip.start + 60);
        assert_eq!(curve(&[1_000, 1_000]).incident, None);
        assert!(curve(&[]).times.is_empty());
        assert_eq!(RunRecord::failed(String::new()).curve(), None);
    }

    #[test]
    fn shares_are_read_back_as_they_were_written() {
        for values in [
            vec![],
            vec![0],
            vec![u16::MAX, 0, u16::MAX, 10_000, 9_999, 9_984, 9_983, 10_014],
            (0..3_000).map(|n: u16| n.wrapping_mul(40_503)).collect(),
        ] {
            let shares = OnlineShares {
                start: -5,
                step_s: 600,
                values,
            };
            let text = serde_json::to_string(&shares).unwrap();
            assert_eq!(serde_json::from_str::<OnlineShares>(&text).unwrap(), shares);
        }
        for damaged in ["g", "ggggA", "B", "!", "ggggggggA"] {
            assert_eq!(compact_numbers::decode::<u16>(damaged), None, "{damaged}");
        }
        assert_eq!(compact_numbers::decode("gT"), Some(vec![304_u16]));
    }

    #[test]
    fn ten_days_have_a_value_every_ten_minutes_and_short_runs_more() {
        for (hours, minutes) in [(2, 1), (24, 1), (25, 2), (120, 5), (240, 10), (480, 20)] {
            let online = vec![500; hours * 60];
            let shares = OnlineShares::new(&every(60, &online), &run(60));
            assert_eq!(shares.step_s, minutes * 60, "{hours} h");
            assert_eq!(shares.values.len() as u32, hours as u32 * 60 / minutes);
            assert!(shares.values.iter().all(|value| *value == 5_000));
        }
        // Not more than there are samples.
        let shares = OnlineShares::new(&every(600, &[500, 250]), &run(600));
        assert_eq!((shares.step_s, shares.values), (600, vec![5_000, 2_500]));
        let none = OnlineShares::new(&every(60, &[]), &run(60));
        assert!(none.values.is_empty());
    }

    #[test]
    fn a_share_that_is_too_large_is_the_largest() {
        let shares = OnlineShares::new(&every(60, &[1_000_000]), &run(60));
        assert_eq!(shares.values, [u16::MAX]);
        assert_eq!(shares.shares().next(), Some(6.5535));
    }
}
