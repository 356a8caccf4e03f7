//! Sweeps of one key up and down in one continuing run, to show hysteresis.
//!
//! The scenario runs for a dwell time at each value, from the low end up to the high end and down
//! again. Every dwell time continues from the state at the end of the previous one, so users online
//! at a value differ between the two ways if the state depends on the past. The result is a share of
//! the norm; it needs no threshold below which a network counts as down.

use patchday_agents::{
    ScenarioChange, Simulation,
    metrics::columns::ColumnId,
    scenario::{Scenario, quantity::Span},
};
use patchday_core::{Tick, engine::snapshot::Mismatch};

use crate::{
    experiment::{
        error::ExperimentError,
        jobs::job::{Job, prepare_job},
        map::{answer::HysteresisLoop, grid::Axes},
    },
    host::{
        error::Failure,
        resources::{self, Workers},
        signals::Interrupt,
    },
    run::{estimate::memory::mail_limit, execute::simulation, simulated::Simulated},
    scenario::prepare::ScenarioSettings,
};

/// Number of values on each way.
const STEPS: u32 = 9;

/// How the runs of sweeps up and down are made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UpAndDown<'a> {
    pub(crate) base: &'a ScenarioSettings,
    pub(crate) seed: u64,
    pub(crate) workers: Workers,
    /// The time at each value.
    pub(crate) dwell: Span,
}

/// Sweeps the first key up and down at three values of the second one: both ends and the middle.
///
/// # Errors
/// Returns an error if the first key cannot change during a run, if the run is too short, or if it
/// stops early.
pub(crate) fn sweep_all(
    settings: &UpAndDown<'_>,
    axes: &Axes,
    interrupt: &Interrupt,
) -> Result<Vec<HysteresisLoop>, Failure> {
    let range = &axes.y.range;
    [0.0, 0.5, 1.0]
        .into_iter()
        .map(|position| sweep(settings, axes, &range.text(range.at(position)), interrupt))
        .collect()
}

/// One sweep, at the value `y` of the second key.
fn sweep(
    settings: &UpAndDown<'_>,
    axes: &Axes,
    y: &str,
    interrupt: &Interrupt,
) -> Result<HysteresisLoop, Failure> {
    let range = &axes.x.range;
    let value = |step: u32| range.text(range.at(f64::from(step) / f64::from(STEPS - 1)));
    let scenario = |step: u32| -> Result<Scenario, Failure> {
        let job = Job {
            index: 0,
            replicate: 0,
            seed: settings.seed,
            set: vec![
                format!("{}={y}", axes.y.key),
                format!("{}={}", axes.x.key, value(step)),
            ],
        };
        Ok(prepare_job(settings.base, &job)?.scenario)
    };
    let workers = settings.workers;
    let limit = |scenario: &Scenario| {
        let available = resources::memory_available(workers.threads);
        mail_limit(scenario, workers, available)
    };
    let mut at = scenario(0)?;
    let mut run = simulation(&at, workers, limit(&at))?;
    let dwell = settings.dwell.seconds();
    if u64::from(dwell) * u64::from(2 * STEPS - 1) > u64::from(at.ticks()) {
        return Err(ExperimentError::DwellTimes {
            count: 2 * STEPS - 1,
            dwell: settings.dwell,
        }
        .into());
    }
    let mut seen = Vec::new();
    let path: Vec<u32> = (0..STEPS).chain((0..STEPS - 1).rev()).collect();
    for (number, step) in path.iter().enumerate() {
        if interrupt.is_set() {
            return Err(ExperimentError::InterruptedQuestion("map".into()).into());
        }
        if number > 0 {
            let next = scenario(*step)?;
            run = continue_under(&run, &at, &next, workers, limit(&next))?;
            at = next;
        }
        let end = (number as Tick + 1) * dwell;
        run.run_until(end).map_err(ExperimentError::Halted)?;
        let cells = Simulated::sample(&mut run);
        let value = |id: ColumnId| {
            id.cell(&cells)
                .map_or(0.0, |cell| cell.thousandths() as f64)
        };
        seen.push(value(ColumnId::Online) / value(ColumnId::Norm).max(1.0));
    }
    let up = seen[..STEPS as usize].to_vec();
    let mut down: Vec<f64> = seen[STEPS as usize - 1..].to_vec();
    down.reverse();
    let distance: f64 = up
        .iter()
        .zip(&down)
        .map(|(up, down)| (up - down).abs())
        .sum();
    Ok(HysteresisLoop {
        y: y.to_owned(),
        x: (0..STEPS).map(value).collect(),
        hysteresis: distance / f64::from(STEPS),
        up,
        down,
    })
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
    let obstacles = snapshot.obstacles(before, after);
    if !obstacles.is_empty() {
        return Err(ExperimentError::Obstacles {
            option: "--branches".into(),
            obstacles,
        }
        .into());
    }
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
