//! What a fit reads from a run, and the question that the calibration gets.
//!
//! An output is a number of a run: the share of the norm at an observed point or, of a point whose time
//! is uncertain, also the least and the greatest share of its window. The numerics know outputs by their
//! index and nothing else of a run.

use patchday_agents::scenario::Scenario;

use crate::{
    experiment::{
        calibration::question::{CalibrationQuestion, ObservedPoint, Outputs, SAMPLE},
        fit::{
            keys::FitKey,
            observations::points::{FitPoint, Use},
        },
    },
    results::{figures::Outcome, run_record::RunRecord},
};

/// The possible shares of the norm: a recovery can overshoot it.
const BOUNDS: (f64, f64) = (0.0, 1.5);

/// The window of a point whose time is uncertain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Window {
    from: i64,
    to: i64,
}

/// Which numbers of a run are outputs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OutputMap {
    /// The places, in the scenario, of the points that have an output, with that output. Points of one
    /// instant have the same one.
    points: Vec<(usize, usize)>,
    /// The place of the first point of each of these outputs.
    places: Vec<usize>,
    /// The windows, which have two outputs each after those of the points.
    windows: Vec<(usize, Window)>,
}

/// The share of the norm of a run at the observed point in a place; `None` if the run did not reach it. Of
/// a point whose time is uncertain it is the share at its `stated` time: the share that the record holds for
/// the point is the one of the window that is nearest to the observation, so it says where the
/// observation is and not what the run did.
pub(crate) fn share_at(record: &RunRecord, place: usize, stated: Option<i64>) -> Option<f64> {
    let recorded = record.observed.get(place).copied().flatten()?;
    let at_time = stated.and_then(|time| record.shares.near(time));
    Some(at_time.unwrap_or(recorded))
}

impl OutputMap {
    /// The outputs of the points that are used or held out.
    pub(crate) fn new(points: &[FitPoint], scenario: &Scenario) -> Self {
        let kept = |place: &usize| matches!(points[*place].r#use, Use::Used | Use::HeldOut);
        let kept: Vec<usize> = (0..points.len()).filter(kept).collect();
        let has_window = |place: usize| {
            let point = scenario.observed.get(place);
            point.is_some_and(|point| point.within.is_some() && !point.daily_peak)
        };
        let same = |one: usize, other: usize| {
            let key = |place: usize| (points[place].time, points[place].daily_peak);
            key(one) == key(other) && !has_window(one) && !has_window(other)
        };
        let mut places: Vec<usize> = Vec::new();
        let mut of_points = Vec::new();
        for place in &kept {
            let known = places.iter().position(|known| same(*known, *place));
            of_points.push((*place, known.unwrap_or(places.len())));
            if known.is_none() {
                places.push(*place);
            }
        }
        let window = |place: &usize| {
            let point = scenario.observed.get(*place)?;
            let reach = i64::from(point.within?.whole_seconds());
            let time = point.time.seconds();
            let window = Window {
                from: time - reach,
                to: time + reach,
            };
            (!point.daily_peak).then_some((*place, window))
        };
        Self {
            windows: kept.iter().filter_map(window).collect(),
            points: of_points,
            places,
        }
    }

    /// The number of outputs.
    fn count(&self) -> usize {
        self.places.len() + 2 * self.windows.len()
    }

    /// The output of a point, if it has one.
    pub(crate) fn output_of(&self, place: usize) -> Option<usize> {
        let mut all = self.points.iter();
        all.find(|(known, _)| *known == place)
            .map(|(_, output)| *output)
    }

    /// The numbers of the points of the question, in their order.
    pub(crate) fn numbers(&self, points: &[FitPoint]) -> Vec<usize> {
        let all = self.points.iter();
        all.map(|(place, _)| points[*place].number).collect()
    }

    /// The outputs of a run; `None` if it failed or did not reach a point.
    pub(crate) fn outputs(&self, record: &RunRecord) -> Outputs {
        let Outcome::Done { .. } = record.outcome else {
            return None;
        };
        let stated = |place: usize| {
            let mut windows = self.windows.iter();
            let window = windows.find(|(of, _)| *of == place);
            window.map(|(_, window)| i64::midpoint(window.from, window.to))
        };
        let at_points = self.places.iter();
        let mut outputs: Vec<f64> = at_points
            .map(|place| share_at(record, *place, stated(*place)))
            .collect::<Option<_>>()?;
        for (place, window) in &self.windows {
            let best = record.observed.get(*place).copied().flatten()?;
            let samples = record.shares.times().zip(record.shares.shares());
            let inside = samples.filter(|(time, _)| (window.from..=window.to).contains(time));
            // The best value of all samples is in the window, even if no share of the record is.
            let (low, high) = inside.fold((best, best), |(low, high), (_, share)| {
                (low.min(share), high.max(share))
            });
            outputs.extend([low, high]);
        }
        Some(outputs)
    }

    /// The question of a fit.
    pub(crate) fn question(
        &self,
        points: &[FitPoint],
        keys: &[FitKey],
        settings: QuestionSettings,
    ) -> CalibrationQuestion {
        let mut groups: Vec<&str> = Vec::new();
        let observed = self.points.iter().map(|(place, output)| {
            let point = &points[*place];
            let group = point.group.as_deref().map(|group| {
                let known = groups.iter().position(|known| *known == group);
                known.unwrap_or_else(|| {
                    groups.push(group);
                    groups.len() - 1
                })
            });
            let window = self.windows.iter().position(|(of, _)| of == place);
            ObservedPoint {
                name: format!("{} ({})", point.name(), point.number),
                instant: if point.daily_peak {
                    point.time.div_euclid(86_400)
                } else {
                    point.time
                },
                value: point.share,
                error: point.error,
                output: *output,
                window: window.map(|window| {
                    let first = self.places.len() + 2 * window;
                    (first, first + 1)
                }),
                group,
                held_out: point.r#use == Use::HeldOut,
            }
        });
        CalibrationQuestion {
            points: observed.collect(),
            priors: keys.iter().map(|key| key.prior.clone()).collect(),
            bounds: vec![BOUNDS; self.count()],
            discrepancy: settings.discrepancy,
            runs: settings.runs,
            more_runs: settings.more_runs,
            seed: settings.seed,
            sample: SAMPLE,
        }
    }
}

/// The numbers of a question that do not come from points and keys.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct QuestionSettings {
    /// What the model cannot meet with any keys, as a standard deviation.
    pub(crate) discrepancy: f64,
    /// The runs of the planned stages, and the most beyond them.
    pub(crate) runs: usize,
    pub(crate) more_runs: usize,
    pub(crate) seed: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        experiment::fit::observations::points::{DefaultErrors, points, tests::scenario_2007},
        results::{figures::Figures, run_record::OnlineShares, samples::KeptSeries},
    };

    fn record(observed: Vec<Option<f64>>, start: i64, shares: &[u16]) -> RunRecord {
        RunRecord {
            outcome: Outcome::Done {
                digest: String::new(),
                figures: Figures::new(),
            },
            observed,
            shares: OnlineShares {
                start,
                step_s: 600,
                values: shares.to_vec(),
            },
            incident: None,
            wall_s: 0.0,
            kept: KeptSeries::default(),
        }
    }

    #[test]
    fn outputs_are_the_points_and_the_ends_of_windows() {
        let mut scenario = scenario_2007();
        scenario.observed.truncate(4);
        scenario.observed[3].within = "20m".parse().ok();
        let all = points(&scenario, DefaultErrors::default(), &[3]).unwrap();
        let map = OutputMap::new(&all, &scenario);
        let time = scenario.observed[3].time.seconds();
        let observed = vec![Some(1.0), Some(0.9), Some(0.5), Some(0.2)];
        let run = record(
            observed,
            time - 1_900,
            &[9_000, 3_000, 1_500, 2_500, 100, 100],
        );
        // At the stated time, 1,900 s after the start, the share is the third one: 0.15. That the value of the
        // window nearest to the observation is 0.2 does not matter.
        assert_eq!(
            map.outputs(&run),
            Some(vec![1.0, 0.9, 0.5, 0.15, 0.01, 0.3])
        );
        assert_eq!(map.outputs(&record(vec![None; 4], 0, &[])), None);
        assert_eq!(map.outputs(&RunRecord::failed("x".into())), None);
        let settings = QuestionSettings {
            discrepancy: 0.05,
            runs: 100,
            more_runs: 0,
            seed: 1,
        };
        let question = map.question(&all, &[], settings);
        assert_eq!(question.bounds.len(), 6);
        assert_eq!(question.points[3].window, Some((4, 5)));
        assert!(question.points[2].held_out && !question.points[3].held_out);
    }

    #[test]
    fn alternatives_share_a_group() {
        let scenario = scenario_2007();
        let all = points(&scenario, DefaultErrors::default(), &[]).unwrap();
        let map = OutputMap::new(&all, &scenario);
        let settings = QuestionSettings {
            discrepancy: 0.05,
            runs: 100,
            more_runs: 0,
            seed: 1,
        };
        let groups: Vec<Option<usize>> = map
            .question(&all, &[], settings)
            .points
            .iter()
            .map(|point| point.group)
            .collect();
        assert_eq!(groups[8..], [Some(0), Some(0), Some(1), Some(1)]);
        assert!(groups[..8].iter().all(Option::is_none));
        // Points 9 and 10 are of one instant, and so are 11 and 12.
        let outputs: Vec<Option<usize>> = (7..13).map(|place| map.output_of(place)).collect();
        assert_eq!(outputs, [Some(7), Some(8), Some(8), Some(9), Some(9), None]);
    }
}
