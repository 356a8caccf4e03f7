//! Screening by the method of Morris: the runs of all trajectories, and the effects in their records.
//!
//! With common seeds all runs of a trajectory have one seed, so a key that changes nothing gives the
//! same digest, which proves that it has no effect there. One more run of each trajectory repeats its
//! first point with another seed: the effect of chance. It is not divided by a step.

use serde::{Deserialize, Serialize};

use crate::{
    experiment::{
        design::{points::replicate_seed, trajectories::Trajectory},
        sensitivity::{
            measure::{EffectMeasure, Reading, done},
            space::FactorSpace,
        },
        stats::elementary_effects::{EffectStatistics, effect},
    },
    results::{criteria::Criterion, run_record::RunRecord},
};

/// How seeds are given to runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Seeds {
    /// One seed for all runs that are compared.
    Common,
    /// A seed for each run.
    Own,
}

/// The settings of a screening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ScreeningSettings {
    pub(crate) trajectories: u32,
    /// Levels of each range, an even number.
    pub(crate) levels: u32,
    pub(crate) seeds: Seeds,
    pub(crate) seed: u64,
}

/// A run of a screening.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ScreeningRun {
    pub(crate) trajectory: u32,
    /// The factor that changed since the run before; `None` for the first point of a trajectory and for
    /// the run with another seed.
    pub(crate) changed: Option<usize>,
    /// Whether it repeats the first point with another seed.
    pub(crate) is_chance: bool,
    /// The levels of all keys.
    levels: Vec<u32>,
    pub(crate) values: Vec<String>,
    pub(crate) seed: u64,
}

/// The draw of another seed for the first point of a trajectory.
const CHANCE: u32 = u32::MAX;

/// The runs of a screening, trajectory by trajectory.
pub(crate) fn design(space: &FactorSpace, settings: ScreeningSettings) -> Vec<ScreeningRun> {
    let (coordinates, members) = (space.coordinates(settings.levels), space.members());
    let mut runs = Vec::new();
    for number in 0..settings.trajectories {
        let trajectory = Trajectory::new(settings.seed, number, &coordinates, &members);
        let common = replicate_seed(settings.seed, number);
        let run = |place: usize, changed, levels: &Vec<u32>| ScreeningRun {
            trajectory: number,
            changed,
            is_chance: false,
            values: space.at_levels(levels, settings.levels),
            levels: levels.clone(),
            seed: match settings.seeds {
                Seeds::Common => common,
                Seeds::Own => replicate_seed(common, place as u32),
            },
        };
        let first = run(0, None, &trajectory.points[0]);
        let chance = ScreeningRun {
            is_chance: true,
            seed: replicate_seed(common, CHANCE),
            ..first.clone()
        };
        runs.push(first);
        let steps = trajectory.order.iter().zip(&trajectory.points[1..]);
        runs.extend(
            steps
                .enumerate()
                .map(|(step, (factor, point))| run(step + 1, Some(*factor), point)),
        );
        runs.push(chance);
    }
    runs
}

/// The effect of a step of a trajectory on one measure.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StepEffect {
    pub(crate) trajectory: u32,
    /// The factor; `None` for chance.
    pub(crate) factor: Option<usize>,
    /// `None` if one of the two runs failed or does not have the figure.
    pub(crate) effect: Option<f64>,
    /// Whether both runs have one digest, so that they are the same run; `None` if one of them failed.
    pub(crate) same_digest: Option<bool>,
    /// Whether the runs before and after the step meet the criterion of the edge.
    pub(crate) edge: Option<(bool, bool)>,
    /// Whether the figure of one of the two runs is *never*.
    pub(crate) is_never: bool,
}

/// The effects of all steps on a measure. `records` are the records of the first runs of the design.
pub(crate) fn step_effects(
    (space, settings): (&FactorSpace, ScreeningSettings),
    (runs, records): (&[ScreeningRun], &[RunRecord]),
    measure: &EffectMeasure,
    edge: &Criterion,
) -> Vec<StepEffect> {
    let readings: Vec<Option<Reading>> = records.iter().map(|one| measure.read(one)).collect();
    let met = |record: &RunRecord| edge.holds(done(record)?.1, None);
    let mut effects = Vec::new();
    let mut first = 0;
    for (place, run) in runs.iter().enumerate().take(records.len()) {
        let before = match (run.changed, run.is_chance) {
            (None, false) => {
                first = place;
                continue;
            }
            (_, true) => first,
            (Some(_), false) => place - 1,
        };
        let change = match run.changed {
            Some(factor) => {
                let points = [before, place].map(|place| runs[place].levels.as_slice());
                space.change(factor, points, settings.levels)
            }
            None => (0.0, 1.0),
        };
        let digest = |place: usize| Some(done(&records[place])?.0);
        effects.push(StepEffect {
            trajectory: run.trajectory,
            factor: run.changed,
            effect: readings[before]
                .zip(readings[place])
                .and_then(|(one, other)| effect(one.value, other.value, change)),
            same_digest: digest(before)
                .zip(digest(place))
                .map(|(one, other)| one == other),
            edge: met(&records[before]).zip(met(&records[place])),
            is_never: [before, place]
                .iter()
                .any(|place| readings[*place].is_some_and(|one| one.is_never)),
        });
    }
    effects
}

/// What screening says of a factor and a measure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ScreenedFactor {
    /// The key or group; `chance` for another seed.
    pub(crate) factor: String,
    /// Null if no step has an effect that is known.
    pub(crate) effects: Option<EffectStatistics>,
    /// The steps with two runs that ended.
    pub(crate) steps: u32,
    /// The steps whose two runs have one digest. If they are all, it is proved that there is no effect.
    pub(crate) same_digest: u32,
    /// The steps that cross the edge: the criterion holds on one side only.
    pub(crate) crossed: u32,
    /// The mean of absolute effects that is due to them; the rest of it is due to steps on one side.
    pub(crate) across: f64,
    /// The steps between two runs that meet the criterion of the edge.
    pub(crate) beyond: u32,
    /// The mean of absolute effects of those; null without one.
    pub(crate) given_edge: Option<f64>,
    /// Whether its values have an order, so that the mean of effects has a direction.
    pub(crate) ordered: bool,
}

impl ScreenedFactor {
    /// Sums up the effects of one factor.
    pub(crate) fn new(factor: &str, ordered: bool, steps: &[&StepEffect], seed: u64) -> Self {
        let known: Vec<f64> = steps.iter().filter_map(|step| step.effect).collect();
        let mean_abs = |effects: &[f64]| {
            let sum: f64 = effects.iter().map(|one| one.abs()).sum();
            (!effects.is_empty()).then(|| sum / effects.len() as f64)
        };
        let on = |side: &dyn Fn((bool, bool)) -> bool| -> Vec<&&StepEffect> {
            let steps = steps.iter();
            steps.filter(|step| step.edge.is_some_and(side)).collect()
        };
        let effects = |steps: &[&&StepEffect]| -> Vec<f64> {
            steps.iter().filter_map(|step| step.effect).collect()
        };
        let crossed = on(&|(before, after)| before != after);
        let beyond = on(&|(before, after)| before && after);
        let across: f64 = effects(&crossed).iter().map(|one| one.abs()).sum();
        Self {
            factor: factor.to_owned(),
            effects: EffectStatistics::new(&known, seed),
            steps: steps
                .iter()
                .filter(|step| step.same_digest.is_some())
                .count() as u32,
            same_digest: steps
                .iter()
                .filter(|step| step.same_digest == Some(true))
                .count() as u32,
            crossed: crossed.len() as u32,
            across: across / (known.len() as f64).max(1.0),
            beyond: beyond.len() as u32,
            given_edge: mean_abs(&effects(&beyond)),
            ordered,
        }
    }

    /// Whether every step gave the same run, which proves that there is no effect.
    pub(crate) fn is_none(&self) -> bool {
        self.steps > 0 && self.same_digest == self.steps
    }

    /// The mean of absolute effects; 0 if there is none that is known.
    pub(crate) fn size(&self) -> f64 {
        self.effects.map_or(0.0, |effects| effects.mean_abs)
    }

    /// The direction of the effects: `+`, `-`, or `+-` if a fifth of them or more goes the other way.
    pub(crate) fn sign(&self) -> &'static str {
        match self.effects {
            Some(found) if self.ordered && found.mean_abs > 0.0 => {
                let share = found.mean / found.mean_abs;
                match share {
                    _ if share > 0.6 => "+",
                    _ if share < -0.6 => "-",
                    _ => "+-",
                }
            }
            _ => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use patchday_agents::scenario::Scenario;

    use super::*;
    use crate::{
        experiment::design::factors::Factor,
        results::{
            figures::{Figures, Outcome},
            run_record::RunRecord,
        },
    };

    const FIGURE: &str = "user_hours_lost";
    const NEVER: &str = "hours_to_90_percent";

    fn space(keys: &[&str]) -> FactorSpace {
        let keys = keys.iter().map(|text| Factor::parse(text).unwrap());
        FactorSpace::new(keys.collect(), &[]).unwrap()
    }

    fn settings(trajectories: u32, seeds: Seeds) -> ScreeningSettings {
        ScreeningSettings {
            trajectories,
            levels: 4,
            seeds,
            seed: 7,
        }
    }

    /// The record of a run with these figures and digest.
    fn record(figure: f64, hours: Option<f64>, digest: String) -> RunRecord {
        let figures = Figures::from([(FIGURE.into(), Some(figure)), (NEVER.into(), hours)]);
        RunRecord {
            outcome: Outcome::Done { digest, figures },
            ..RunRecord::failed(String::new())
        }
    }

    /// Noise of standard deviation 5 that depends on the seed alone.
    fn noise(seed: u64) -> f64 {
        let draw = patchday_core::Random::new(seed).draw(0, 0, 1, 0);
        let unit = |word| (f64::from(draw.word(word)) + 0.5) / 4_294_967_296.0;
        5.0 * (-2.0 * unit(0).ln()).sqrt() * (2.0 * std::f64::consts::PI * unit(1)).cos()
    }

    /// Runs of y = 10 x + noise; the second key is dead.
    fn toy(runs: &[ScreeningRun]) -> Vec<RunRecord> {
        let run = |run: &ScreeningRun| {
            let x: f64 = run.values[0].parse().unwrap();
            let y = 10.0 * x + noise(run.seed);
            record(y, Some(y), format!("{x} {}", run.seed))
        };
        runs.iter().map(run).collect()
    }

    fn factor(found: &[StepEffect], factor: Option<usize>) -> ScreenedFactor {
        let steps: Vec<&StepEffect> = found.iter().filter(|one| one.factor == factor).collect();
        ScreenedFactor::new("x", true, &steps, 1)
    }

    fn effects(runs: u32, seeds: Seeds, edge: &str) -> Vec<StepEffect> {
        let (space, settings) = (space(&["a=0.0..1.0", "b=0.0..1.0"]), settings(runs, seeds));
        let runs = design(&space, settings);
        let measure = EffectMeasure::parse(FIGURE, &Scenario::default()).unwrap();
        let edge = Criterion::parse(edge, &Scenario::default()).unwrap();
        step_effects((&space, settings), (&runs, &toy(&runs)), &measure, &edge)
    }

    #[test]
    fn a_dead_key_has_no_effect_and_chance_is_measured() {
        let found = effects(200, Seeds::Common, "user_hours_lost > 5");
        let dead = factor(&found, Some(1));
        assert!(dead.is_none() && dead.steps == 200);
        assert_eq!((dead.size(), dead.sign(), dead.crossed), (0.0, "", 0));
        let live = factor(&found, Some(0));
        assert!((live.size() - 10.0).abs() < 1e-3 && live.sign() == "+" && !live.is_none());
        // The mean absolute difference of two normal numbers is 2 / sqrt(pi) standard deviations.
        let chance = factor(&found, None);
        assert!(
            (chance.size() / 5.64 - 1.0).abs() < 0.15,
            "{}",
            chance.size()
        );
        // With a seed for each run the dead key shows chance, divided by the step.
        let own = factor(&effects(200, Seeds::Own, "user_hours_lost > 5"), Some(1));
        assert!((own.size() / (5.64 * 1.5) - 1.0).abs() < 0.15 && !own.is_none());
    }

    #[test]
    fn steps_across_the_edge_are_apart_from_those_beyond_it() {
        let found = effects(100, Seeds::Common, "user_hours_lost > 5");
        let live = factor(&found, Some(0));
        assert!(live.crossed > 0 && live.beyond > 0 && live.crossed + live.beyond < 100);
        let part = f64::from(live.crossed) / 100.0;
        assert!((live.across - 10.0 * part).abs() < 1e-3, "{live:?}");
        assert!((live.given_edge.unwrap() - 10.0).abs() < 1e-3);
    }

    #[test]
    fn more_trajectories_only_add_runs() {
        let space = space(&["a=1..9", "b=x,y,z", "c=1h..3h"]);
        let few = design(&space, settings(10, Seeds::Common));
        let many = design(&space, settings(20, Seeds::Common));
        assert_eq!((few.len(), many.len()), (50, 100));
        assert_eq!(few, many[..50]);
        // A trajectory has one seed, and chance another.
        for runs in many.chunks(5) {
            assert!(runs[..4].iter().all(|run| run.seed == runs[0].seed));
            assert!(runs[4].seed != runs[0].seed && runs[4].values == runs[0].values);
        }
    }

    #[test]
    fn never_and_failed_runs_leave_all_numbers_finite() {
        let (space, settings) = (space(&["a=0.0..1.0"]), settings(10, Seeds::Common));
        let runs = design(&space, settings);
        let mut records = toy(&runs);
        for (place, one) in records.iter_mut().enumerate() {
            if place % 10 == 3 {
                *one = RunRecord::failed("panicked".into());
            } else if place % 10 == 5 {
                *one = record(1.0, None, place.to_string());
                one.shares = serde_json::from_value(
                    serde_json::json!({"start": 0, "step_s": 600, "values": "AAA"}),
                )
                .unwrap();
            }
        }
        let edge = Criterion::parse("user_hours_lost > 5", &Scenario::default()).unwrap();
        let read = |text: &str| {
            let measure = EffectMeasure::parse(text, &Scenario::default()).unwrap();
            step_effects((&space, settings), (&runs, &records), &measure, &edge)
        };
        let found = read(NEVER);
        assert!(found.iter().any(|one| one.is_never));
        assert!(
            found
                .iter()
                .any(|one| one.effect.is_none() && one.same_digest.is_none())
        );
        for text in [
            NEVER,
            FIGURE,
            "hours_to_90_percent < 3",
            "hours_to_90_percent == never",
        ] {
            let found = factor(&read(text), Some(0));
            assert!(found.steps < 10 && found.size().is_finite(), "{text}");
            assert!(
                !serde_json::to_string(&found)
                    .unwrap()
                    .contains("null,\"steps")
            );
        }
    }
}
