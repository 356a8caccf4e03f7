//! `patchday map`: the regimes of a scenario over two keys.
//!
//! At every point the scenario runs twice with one seed, as it is and without its triggers. The two
//! outcomes give one of four regimes (`map::regime`).
//!
//! The map begins with a coarse grid; cells whose corners differ are halved, so most runs lie along
//! the borders of regimes. Optionally (`--branches`) the first key is swept up and down in one
//! continuing run, at three values of the second key: if the two ways differ, the state depends on
//! the past (hysteresis).

use std::collections::BTreeMap;

use patchday_agents::scenario::quantity::Span;

use crate::{
    experiment::{
        design::{
            effects::{FactorEffects, check_names},
            factors::Factor,
        },
        error::ExperimentError,
        jobs::{
            asked_question::AskedQuestion,
            dry_run::Asked,
            job::{Job, prepare_job, warn_at, warned},
            run_source::RunSource,
            without_triggers::without_triggers,
        },
        map::{
            answer::{HysteresisLoop, MapAnswer},
            figures,
            grid::{Axes, GridPoint, KeyRange, MapPoint},
            hysteresis::{self, SWEEPS, UpAndDown},
            regime::{Regime, count},
            triggers,
        },
        storage::{
            answer::Question,
            answer_dir::{AnswerSettings, StoredAnswer},
        },
    },
    host::{
        console::say,
        error::Failure,
        resources::{MachineSettings, Workers},
    },
    results::{
        figures::{Figures, Outcome},
        summary::FigureId,
    },
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
    /// Figures to show at each point, beside those of the scenario's own.
    pub(crate) figures: Vec<String>,
    /// Whether the first key is also swept up and down.
    pub(crate) branches: bool,
    /// The time that such a sweep stays at each value.
    pub(crate) dwell: Span,
    pub(crate) answer: AnswerSettings,
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
pub(crate) fn map(settings: &MapSettings) -> Result<Asked<Mapped>, Failure> {
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
    let figures = figures::chosen(&settings.figures, &prepared.scenario)?;
    let mut options = vec![
        settings.x.clone(),
        settings.y.clone(),
        settings.grid.to_string(),
        settings.depth.to_string(),
        u32::from(settings.branches).to_string(),
        settings.dwell.to_string(),
    ];
    options.extend(figures.iter().map(|id| format!("figure {id}")));
    if settings.answer.ledger.budget == Some(1) {
        return Err(ExperimentError::SmallBudget {
            least: 2,
            what: "a point needs two runs",
        }
        .into());
    }
    let seed = prepared.scenario.run.seed;
    let up_and_down = UpAndDown {
        base: &settings.scenario,
        seed,
        workers: Workers::new(settings.machine),
        dwell: settings.dwell,
    };
    let mut sweeps = 0;
    if settings.branches {
        hysteresis::check(&up_and_down, &axes)?;
        sweeps = SWEEPS;
    }
    let asked = AskedQuestion {
        question: Question::Map,
        scenario: &settings.scenario,
        base: &prepared,
        machine: settings.machine,
        answer: &settings.answer,
        options: &options,
        largest: &prepared,
        most: 2 * axes.most_points() + sweeps,
        at_most: settings.depth > 0,
    };
    if settings.answer.dry_run {
        let jobs = pairs(&axes, &axes.coarse_points(), seed);
        let then = (settings.depth > 0).then(|| {
            let rounds = settings.depth;
            format!("then cells whose corners differ are halved, up to {rounds} times")
        });
        return Ok(Asked::Planned(asked.price(&jobs, then, sweeps)?));
    }
    let (dir, mut source) = asked.begin()?;
    let mut round = MapRounds::new(&axes, seed, &figures);
    let complete = round.run_all(&mut source)?;
    for key in without_difference(&axes, &round.digests) {
        say(&format!(
            "warning: {key} had no effect: the runs at all its values are the same (equal digests)"
        ));
    }
    let mut branches = Vec::new();
    if settings.branches && complete {
        branches = hysteresis::sweep_all(&up_and_down, &axes, &mut source)?;
    }
    let complete = complete && (!settings.branches || branches.len() == SWEEPS);
    let runs = source.asked();
    source.close();
    let mut answer = answer(&axes, &round, branches);
    if !complete {
        answer.remark = Some(format!("the budget of {runs} runs ended before the map"));
    }
    let is_failed = |regime: &&Regime| **regime == Regime::Failed;
    let failed = round.known.values().filter(is_failed).count();
    Ok(Asked::Answered(Mapped {
        stored: dir.write(answer, runs, failed)?,
        axes,
    }))
}

fn answer(axes: &Axes, round: &MapRounds<'_>, branches: Vec<HysteresisLoop>) -> MapAnswer {
    let known = &round.known;
    let point = |(place, regime): (&GridPoint, &Regime)| MapPoint {
        x: axes.x_value(place.column),
        y: axes.y_value(place.row),
        regime: *regime,
        place: *place,
        figures: round.figures.get(place).cloned().unwrap_or_default(),
    };
    MapAnswer {
        x: axes.x.key.clone(),
        y: axes.y.key.clone(),
        counts: count(known.values().copied()),
        points: known.iter().map(point).collect(),
        steps: axes.steps,
        coarse: axes.coarse,
        figures: figures::named(round.chosen),
        branches,
        remark: None,
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

/// The runs of points: of each the one with triggers, then the one without.
fn pairs(axes: &Axes, points: &[GridPoint], seed: u64) -> Vec<Job> {
    let mut jobs = Vec::new();
    for point in points {
        let with_triggers = Job {
            index: jobs.len(),
            ..with_triggers(axes, *point, seed)
        };
        let without_triggers = Job {
            index: jobs.len() + 1,
            ..without_triggers(with_triggers.clone())
        };
        jobs.extend([with_triggers, without_triggers]);
    }
    jobs
}

/// The points of a map that are known.
struct MapRounds<'a> {
    axes: &'a Axes,
    seed: u64,
    /// The figures that points have.
    chosen: &'a [FigureId],
    known: BTreeMap<GridPoint, Regime>,
    /// The digests of the runs with triggers, and their chosen figures.
    digests: BTreeMap<GridPoint, String>,
    figures: BTreeMap<GridPoint, Figures>,
}

impl<'a> MapRounds<'a> {
    fn new(axes: &'a Axes, seed: u64, chosen: &'a [FigureId]) -> Self {
        Self {
            axes,
            seed,
            chosen,
            known: BTreeMap::new(),
            digests: BTreeMap::new(),
            figures: BTreeMap::new(),
        }
    }

    /// Runs the coarse grid and all finer ones. Returns whether the budget was enough.
    fn run_all(&mut self, source: &mut RunSource) -> Result<bool, Failure> {
        let mut wanted = self.axes.coarse_points();
        let mut step = self.axes.coarse;
        while !wanted.is_empty() {
            let text = format!("{} points, two runs each", wanted.len());
            source.progress().say(&text);
            if !self.classify(&wanted, source)? {
                return Ok(false);
            }
            if step < 2 {
                break;
            }
            wanted = self.axes.refined(&self.known, step);
            step /= 2;
        }
        Ok(true)
    }

    /// Runs points with and without triggers. Returns whether the budget was enough.
    fn classify(&mut self, points: &[GridPoint], source: &mut RunSource) -> Result<bool, Failure> {
        let records = source.ask(&pairs(self.axes, points, self.seed))?;
        for (point, pair) in points.iter().zip(records.chunks_exact(2)) {
            let [with, without] = pair else { continue };
            let regime = match (&with.outcome, &without.outcome) {
                (
                    Outcome::Done { figures: with, .. },
                    Outcome::Done {
                        figures: without, ..
                    },
                ) => Regime::from_runs(with, without),
                _ => Regime::Failed,
            };
            if let Outcome::Done { digest, figures } = &with.outcome {
                self.digests.insert(*point, digest.clone());
                let chosen = figures::select(figures, self.chosen);
                self.figures.insert(*point, chosen);
            }
            self.known.insert(*point, regime);
        }
        Ok(records.len() == 2 * points.len())
    }
}
