//! `patchday map`: the regimes of a scenario over two keys.
//!
//! At every point the scenario runs twice with one seed, as it is and without its triggers. The two
//! outcomes give one of four regimes (`map::regime`).
//!
//! The map begins with a coarse grid; cells whose corners differ are halved, so most runs lie along
//! the borders of regimes. Optionally (`--branches`) the first key is swept up and down in one
//! continuing run, at three values of the second key: if the two ways differ, the state depends on
//! the past (hysteresis).

use std::{collections::BTreeMap, path::PathBuf};

use patchday_agents::scenario::quantity::Span;

use crate::{
    experiment::{
        design::{
            effects::{FactorEffects, check_names},
            factors::Factor,
        },
        error::ExperimentError,
        jobs::{
            executor::Executor,
            job::{Job, prepare_job, warn_at, warned},
            progress::RunCount,
        },
        map::{
            answer::{HysteresisLoop, MapAnswer, MapPoint},
            grid::{Axes, GridPoint, KeyRange},
            hysteresis::{self, UpAndDown},
            regime::{Regime, count},
            triggers,
        },
        storage::{
            answer::Question,
            answer_dir::{AnswerDir, StoredAnswer},
        },
    },
    host::{
        console::say,
        error::Failure,
        resources::{MachineSettings, Workers},
        signals::Interrupt,
    },
    results::figures::Outcome,
    scenario::{
        load::value_at,
        prepare::{Prepared, ScenarioSettings, load, scaled},
    },
};

/// The settings of a map.
#[derive(Clone, Debug)]
pub(crate) struct MapSettings {
    pub(crate) scenario: ScenarioSettings,
    pub(crate) machine: MachineSettings,
    /// The first key and its range, `KEY=LOW..HIGH`.
    pub(crate) x: String,
    /// The second key and its range.
    pub(crate) y: String,
    /// Points of the coarse grid along each axis, at least 2.
    pub(crate) grid: u32,
    /// How often cells whose corners differ are halved.
    pub(crate) depth: u32,
    /// Whether the first key is also swept up and down.
    pub(crate) branches: bool,
    /// The time that such a sweep stays at each value.
    pub(crate) dwell: Span,
    /// The directory of the answer, unless it is the default one.
    pub(crate) out: Option<PathBuf>,
    /// Whether an answer to another question is replaced.
    pub(crate) force: bool,
}

/// The answer, and the axes that give its values their form.
pub(crate) struct Mapped {
    pub(crate) stored: StoredAnswer<MapAnswer>,
    pub(crate) axes: Axes,
}

/// Runs the points of a map and writes the answer.
///
/// # Errors
/// Returns an error if an axis or the scenario is invalid, if the map was interrupted, or if the
/// answer cannot be written.
pub(crate) fn map(settings: &MapSettings) -> Result<Mapped, Failure> {
    let loaded = load(&settings.scenario)?;
    let axis = |text: &str| -> Result<KeyRange, Failure> {
        let mut factor = Factor::parse(text)?;
        factor.fit(value_at(&loaded.scenario, &factor.key).as_ref());
        Ok(KeyRange {
            key: factor.key.clone(),
            range: factor.range()?.clone(),
        })
    };
    let coarse = 1 << settings.depth;
    let axes = Axes {
        x: axis(&settings.x)?,
        y: axis(&settings.y)?,
        steps: (settings.grid - 1) * coarse,
        coarse,
    };
    let prepared = scaled(&settings.scenario, loaded)?;
    prepared.warn();
    if let Some(warning) = triggers::warning(&prepared.scenario) {
        say(&warning);
    }
    check_names(&[axes.x.key.clone(), axes.y.key.clone()])?;
    check_corners(settings, &axes, &prepared)?;
    let options = [
        settings.x.clone(),
        settings.y.clone(),
        settings.grid.to_string(),
        settings.depth.to_string(),
        u32::from(settings.branches).to_string(),
        settings.dwell.to_string(),
    ];
    let out = settings.out.as_deref();
    let dir = AnswerDir::for_question(Question::Map, &prepared, &options, out, settings.force)?;
    let executor = Executor::new(settings.machine, &prepared, usize::MAX)?;
    let interrupt = Interrupt::from_signals();
    let (base, seed) = (&settings.scenario, prepared.scenario.run.seed);
    let mut known = BTreeMap::new();
    let mut wanted = axes.coarse_points();
    let mut step = coarse;
    let mut digests = BTreeMap::new();
    while !wanted.is_empty() {
        say(&format!("{} points, two runs each", wanted.len()));
        let round = MapRound {
            base,
            axes: &axes,
            seed,
            executor,
            interrupt: &interrupt,
        };
        round.classify(&wanted, &mut known, &mut digests)?;
        if step < 2 {
            break;
        }
        wanted = axes.refined(&known, step);
        step /= 2;
    }
    for key in without_difference(&axes, &digests) {
        say(&format!(
            "warning: {key} had no effect: the runs at all its values are the same (equal digests)"
        ));
    }
    let branches = if settings.branches {
        let sweep = UpAndDown {
            base,
            seed,
            workers: Workers::new(settings.machine),
            dwell: settings.dwell,
        };
        hysteresis::sweep_all(&sweep, &axes, &interrupt)?
    } else {
        Vec::new()
    };
    let answer = answer(&axes, &known, branches);
    let runs = 2 * answer.points.len();
    let is_failed = |regime: &&Regime| **regime == Regime::Failed;
    let failed = known.values().filter(is_failed).count();
    Ok(Mapped {
        stored: dir.write(answer, runs, failed)?,
        axes,
    })
}

fn answer(
    axes: &Axes,
    known: &BTreeMap<GridPoint, Regime>,
    branches: Vec<HysteresisLoop>,
) -> MapAnswer {
    let point = |(place, regime): (&GridPoint, &Regime)| MapPoint {
        x: axes.x_value(place.column),
        y: axes.y_value(place.row),
        regime: *regime,
        place: *place,
    };
    MapAnswer {
        x: axes.x.key.clone(),
        y: axes.y.key.clone(),
        counts: count(known.values().copied()),
        points: known.iter().map(point).collect(),
        steps: axes.steps,
        coarse: axes.coarse,
        branches,
    }
}

/// Checks the scenarios at the corners of the map, with their warnings, and that both keys have an effect
/// at one.
fn check_corners(settings: &MapSettings, axes: &Axes, base: &Prepared) -> Result<(), Failure> {
    let (seed, mut said) = (base.scenario.run.seed, warned(base));
    let keys = [axes.x.key.as_str(), axes.y.key.as_str()];
    let mut effects = FactorEffects::new(keys.into_iter());
    for (column, row) in [
        (0, 0),
        (axes.steps, 0),
        (0, axes.steps),
        (axes.steps, axes.steps),
    ] {
        let point = GridPoint { column, row };
        let job = with_triggers(axes, point, seed);
        let prepared = prepare_job(&settings.scenario, &job)?;
        warn_at(&job, &prepared, &mut said);
        effects.see(&prepared.unscaled);
    }
    effects.check()
}

/// The run at a point with the triggers of the scenario.
fn with_triggers(axes: &Axes, point: GridPoint, seed: u64) -> Job {
    let set = [
        format!("{}={}", axes.x.key, axes.x_value(point.column)),
        format!("{}={}", axes.y.key, axes.y_value(point.row)),
    ];
    Job {
        index: 0,
        replicate: 0,
        seed,
        set: set.into(),
    }
}

/// The keys of axes along which the digests of all points are equal.
fn without_difference(axes: &Axes, digests: &BTreeMap<GridPoint, String>) -> Vec<String> {
    let differ = |same_line: fn(&GridPoint, &GridPoint) -> bool| {
        digests.iter().any(|(one, digest)| {
            let mut others = digests.iter();
            others.any(|(other, found)| same_line(one, other) && found != digest)
        })
    };
    let mut idle = Vec::new();
    if !digests.is_empty() && !differ(|one, other| one.row == other.row) {
        idle.push(axes.x.key.clone());
    }
    if !digests.is_empty() && !differ(|one, other| one.column == other.column) {
        idle.push(axes.y.key.clone());
    }
    idle
}

/// What all runs of a round have in common.
struct MapRound<'a> {
    base: &'a ScenarioSettings,
    axes: &'a Axes,
    seed: u64,
    executor: Executor,
    interrupt: &'a Interrupt,
}

impl MapRound<'_> {
    /// Runs points with and without triggers, and adds their regimes to `known` and the digests of the
    /// runs with triggers to `digests`.
    fn classify(
        &self,
        points: &[GridPoint],
        known: &mut BTreeMap<GridPoint, Regime>,
        digests: &mut BTreeMap<GridPoint, String>,
    ) -> Result<(), Failure> {
        let mut jobs = Vec::new();
        for point in points {
            let with_triggers = Job {
                index: jobs.len(),
                ..with_triggers(self.axes, *point, self.seed)
            };
            let without_triggers = Job {
                index: jobs.len() + 1,
                ..triggers::without(with_triggers.clone())
            };
            jobs.extend([with_triggers, without_triggers]);
        }
        for job in &jobs {
            prepare_job(self.base, job)?;
        }
        let mut outcomes: BTreeMap<usize, Outcome> = BTreeMap::new();
        let progress = RunCount::begin(jobs.len());
        self.executor
            .run_all(self.base, &jobs, self.interrupt, |job, record| {
                if let Outcome::Failed(why) = &record.outcome {
                    progress.say(&format!("a run failed ({}): {why}", job.set.join("; ")));
                }
                progress.count();
                outcomes.insert(job.index, record.outcome.clone());
                Ok(())
            })?;
        if self.interrupt.is_set() {
            return Err(ExperimentError::InterruptedQuestion("map".into()).into());
        }
        let figures = |index: usize| match outcomes.get(&index) {
            Some(Outcome::Done { figures, .. }) => Some(figures),
            Some(Outcome::Failed(_)) | None => None,
        };
        for (number, point) in points.iter().enumerate() {
            let regime = match (figures(2 * number), figures(2 * number + 1)) {
                (Some(with), Some(without)) => Regime::from_runs(with, without),
                _ => Regime::Failed,
            };
            if let Some(Outcome::Done { digest, .. }) = outcomes.get(&(2 * number)) {
                digests.insert(*point, digest.clone());
            }
            known.insert(*point, regime);
        }
        Ok(())
    }
}
