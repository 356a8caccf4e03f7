//! Sweeps of one key up and down in one continuing run, to show hysteresis.
//!
//! The scenario runs for a dwell time at each value, from the low end up to the high end and down
//! again. Every dwell time continues from the state at the end of the previous one, so users online
//! at a value differ between the two ways if the state depends on the past. The result is a share of
//! the norm; it needs no threshold below which a network counts as down.

use patchday_agents::{
    ScenarioChange, Simulation,
    metrics::columns::ColumnId,
    scenario::{Scenario, mid_run::obstacles_at, quantity::Span},
};
use patchday_core::{Tick, engine::snapshot::Mismatch};

use crate::{
    experiment::{
        error::ExperimentError,
        jobs::{
            job::{Job, prepare_job},
            run_source::RunSource,
        },
        map::{answer::HysteresisLoop, grid::Axes},
        storage::run_ledger_lines::RunKey,
    },
    host::{
        error::Failure,
        resources::{self, Workers},
        signals::Interrupt,
    },
    results::{
        figures::{Figures, Outcome},
        run_record::RunRecord,
    },
    run::{estimate::memory::mail_limit, execute::simulation, run_loop::Simulated},
    scenario::{prepare::ScenarioSettings, print::canonical},
    store::manifest::hex,
};

/// Number of values on each way.
const STEPS: u32 = 9;
/// Where the second key is in its range in each sweep.
const POSITIONS: [f64; 3] = [0.0, 0.5, 1.0];
/// Number of sweeps.
pub(crate) const SWEEPS: usize = POSITIONS.len();

/// How the runs of sweeps up and down are made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UpAndDown<'a> {
    pub(crate) base: &'a ScenarioSettings,
    pub(crate) seed: u64,
    pub(crate) workers: Workers,
    /// The time at each value.
    pub(crate) dwell: Span,
}

/// Checks, before any run, that the first key can be swept up and down.
///
/// # Errors
/// Returns an error if a scenario is invalid, if the first key cannot change during a run, or if the
/// run is too short.
pub(crate) fn check(settings: &UpAndDown<'_>, axes: &Axes) -> Result<(), Failure> {
    for y in values_of_second_key(axes) {
        let scenarios = scenarios(settings, axes, &y)?;
        let dwell = scenarios[0].tick().ticks(settings.dwell);
        if u64::from(dwell) * path().count() as u64 > u64::from(scenarios[0].ticks()) {
            return Err(ExperimentError::DwellTimes {
                count: 2 * STEPS - 1,
                dwell: settings.dwell,
            }
            .into());
        }
        for (end, (step, next)) in (1..).zip(path().zip(path().skip(1))) {
            let [before, after] = [step, next].map(|step| &scenarios[step as usize]);
            refuse(obstacles_at(before, after, end * dwell))?;
        }
    }
    Ok(())
}

/// The error of a key that cannot change during a run.
fn refuse(obstacles: Vec<String>) -> Result<(), Failure> {
    if obstacles.is_empty() {
        return Ok(());
    }
    Err(ExperimentError::Obstacles {
        option: "--branches".into(),
        obstacles,
    }
    .into())
}

/// The values of the second key at which the first one is swept: both ends and the middle.
fn values_of_second_key(axes: &Axes) -> impl Iterator<Item = String> {
    let range = &axes.y.range;
    POSITIONS
        .into_iter()
        .map(|place| range.text(range.at(place)))
}

/// The value of the first key at a step of the way up.
fn value(axes: &Axes, step: u32) -> String {
    let range = &axes.x.range;
    range.text(range.at(f64::from(step) / f64::from(STEPS - 1)))
}

/// The steps of a sweep: all of them up and down, the highest one once.
fn path() -> impl Iterator<Item = u32> {
    (0..STEPS).chain((0..STEPS - 1).rev())
}

/// The scenarios of the steps of the way up, at the value `y` of the second key.
fn scenarios(settings: &UpAndDown<'_>, axes: &Axes, y: &str) -> Result<Vec<Scenario>, Failure> {
    let scenario = |step: u32| {
        let job = Job {
            index: 0,
            replicate: 0,
            seed: settings.seed,
            set: vec![
                format!("{}={y}", axes.y.key),
                format!("{}={}", axes.x.key, value(axes, step)),
            ],
        };
        Ok(prepare_job(settings.base, &job)?.scenario)
    };
    (0..STEPS).map(scenario).collect()
}

/// Sweeps the first key up and down at three values of the second one: both ends and the middle. If
/// the budget of `source` ends, the first sweeps.
///
/// # Errors
/// Returns an error if the first key cannot change in the state that the run has reached, or if the
/// run stops early.
pub(crate) fn sweep_all(
    settings: &UpAndDown<'_>,
    axes: &Axes,
    source: &mut RunSource,
) -> Result<Vec<HysteresisLoop>, Failure> {
    let mut loops = Vec::new();
    for y in values_of_second_key(axes) {
        if source.left() == Some(0) {
            break;
        }
        loops.push(sweep(settings, axes, &y, source)?);
    }
    Ok(loops)
}

/// One sweep, at the value `y` of the second key.
fn sweep(
    settings: &UpAndDown<'_>,
    axes: &Axes,
    y: &str,
    source: &mut RunSource,
) -> Result<HysteresisLoop, Failure> {
    let scenarios = scenarios(settings, axes, y)?;
    let texts: Vec<String> = scenarios.iter().map(|one| canonical(one)).collect();
    let dwell = scenarios[0].tick().ticks(settings.dwell).to_string();
    let parts = ["up and down", dwell.as_str()].into_iter();
    let parts: Vec<&str> = parts.chain(texts.iter().map(String::as_str)).collect();
    let record = source.ask_once(RunKey::from_parts(&parts), |interrupt| {
        run_up_and_down(settings, &scenarios, interrupt)
    })?;
    let shares = |way: &str| -> Vec<f64> {
        let Outcome::Done { figures, .. } = &record.outcome else {
            return Vec::new();
        };
        let share = |step| figures.get(&figure(way, step)).copied().flatten();
        (0..STEPS).filter_map(share).collect()
    };
    let (up, down) = (shares("up"), shares("down"));
    let pairs = up.iter().zip(&down);
    let distance: f64 = pairs.map(|(up, down)| (up - down).abs()).sum();
    Ok(HysteresisLoop {
        y: y.to_owned(),
        x: (0..STEPS).map(|step| value(axes, step)).collect(),
        hysteresis: distance / f64::from(STEPS),
        up,
        down,
    })
}

/// The name of the share at the end of a dwell time in the record of a sweep.
fn figure(way: &str, step: u32) -> String {
    format!("online_share.{way}.{step}")
}

/// Runs one sweep; `scenarios` are those of the way up. `None` if it was interrupted.
fn run_up_and_down(
    settings: &UpAndDown<'_>,
    scenarios: &[Scenario],
    interrupt: &Interrupt,
) -> Result<Option<RunRecord>, Failure> {
    let dwell = scenarios[0].tick().ticks(settings.dwell);
    let workers = settings.workers;
    let limit = |scenario: &Scenario| {
        let available = resources::memory_available(workers.threads);
        mail_limit(scenario, workers, available)
    };
    let mut at = &scenarios[0];
    let mut run = simulation(at, workers, limit(at))?;
    let mut figures = Figures::new();
    for (number, step) in path().enumerate() {
        if interrupt.is_set() {
            return Ok(None);
        }
        if number > 0 {
            let next = &scenarios[step as usize];
            run = continue_under(&run, at, next, workers, limit(next))?;
            at = next;
        }
        let end = (number as Tick + 1) * dwell;
        run.run_until(end).map_err(ExperimentError::Halted)?;
        let cells = Simulated::sample(&mut run);
        let value = |id: ColumnId| {
            id.cell(&cells)
                .map_or(0.0, |cell| cell.thousandths() as f64)
        };
        let share = value(ColumnId::Online) / value(ColumnId::Norm).max(1.0);
        // The dwell time at the highest value is the end of one way and the beginning of the other.
        if number < STEPS as usize {
            figures.insert(figure("up", step), Some(share));
        }
        if number + 1 >= STEPS as usize {
            figures.insert(figure("down", step), Some(share));
        }
    }
    let digest = hex(Simulated::digest(&run));
    let outcome = Outcome::Done { digest, figures };
    Ok(Some(RunRecord::of_outcome(outcome)))
}

/// The same simulation under the scenario `after`, by a snapshot in memory.
fn continue_under(
    run: &Simulation,
    before: &Scenario,
    after: &Scenario,
    workers: Workers,
    limit: u64,
) -> Result<Simulation, Failure> {
    let snapshot = run.snapshot();
    refuse(snapshot.obstacles(before, after))?;
    let mut snapshots = run.block_snapshots().into_iter();
    let next = |_| snapshots.next().ok_or(());
    Simulation::resume(
        ScenarioChange { before, after },
        workers.threads,
        workers.shards,
        limit,
        snapshot,
        next,
    )
    .map_err(|mismatch| match mismatch {
        Mismatch::Refused(refusal) => refusal.into(),
        other => ExperimentError::CannotContinue(format!("{other:?}")).into(),
    })
}
