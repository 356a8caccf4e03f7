//! Branches: one key swept up and down again in one continuing run.
//!
//! The scenario runs for a dwell time at each value, up from the low end and down again
//! from the high one; every stretch goes on where the one before ended, so what is seen at a
//! value depends on where the network comes from, if it does.

use patchday_agents::{Simulation, metrics::columns::ColumnId, scenario::Scenario};
use patchday_core::{
    Tick,
    engine::snapshot::{BlockSnapshot, Mismatch},
};
use serde::{Deserialize, Serialize};

use crate::{
    commands::question_options::MapOptions,
    experiment::{design::factors::Range, jobs::job::Job},
    host::{
        error::Failure,
        resources::{self, Workers},
        signals::Interrupt,
    },
    run::{estimate::memory::mail_limit, execute::simulation, simulated::Simulated},
    scenario::prepare::Prepared,
};

/// Values on each way.
const STEPS: u32 = 9;

/// What was seen on the two ways at one value of the other key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ways {
    pub(crate) y: String,
    pub(crate) x: Vec<String>,
    /// Users online as a share of the norm at the end of each stretch.
    pub(crate) up: Vec<f64>,
    /// The same on the way down, in the order of `x`.
    pub(crate) down: Vec<f64>,
    /// The mean distance of the two.
    pub(crate) hysteresis: f64,
}

/// Both ways at each of three values of the second key.
///
/// # Errors
/// That the first key cannot change in mid-run, or what stopped a run.
pub(crate) fn all(
    options: &MapOptions,
    prepared: &Prepared,
    (x, y): (&(String, Range), &(String, Range)),
    interrupt: &Interrupt,
) -> Result<Vec<Ways>, Failure> {
    let mut all = Vec::new();
    for place in [0.0, 0.5, 1.0] {
        let level = y.1.text(y.1.at(place));
        all.push(ways(
            options,
            prepared,
            x,
            &format!("{}={level}", y.0),
            interrupt,
        )?);
    }
    Ok(all)
}

fn ways(
    options: &MapOptions,
    prepared: &Prepared,
    (key, range): &(String, Range),
    other: &str,
    interrupt: &Interrupt,
) -> Result<Ways, Failure> {
    let value = |step: u32| range.text(range.at(f64::from(step) / f64::from(STEPS - 1)));
    let scenario = |step: u32| -> Result<Scenario, Failure> {
        let job = Job {
            index: 0,
            replicate: 0,
            seed: prepared.scenario.run.seed,
            set: vec![other.to_owned(), format!("{key}={}", value(step))],
            spoiled: false,
        };
        Ok(crate::experiment::jobs::job::prepared(&options.scenario.settings(), &job)?.scenario)
    };
    let workers = Workers::new(options.machine.settings());
    let limit = |scenario: &Scenario| {
        mail_limit(
            scenario,
            workers,
            resources::memory_available(workers.threads),
        )
    };
    let mut at = scenario(0)?;
    let mut run = simulation(&at, workers, limit(&at))?;
    let dwell = options.dwell.seconds();
    if u64::from(dwell) * u64::from(2 * STEPS - 1) > u64::from(at.ticks()) {
        return Err(Failure::usage(format!(
            "--branches: {} stretches of {} are longer than the run",
            2 * STEPS - 1,
            options.dwell
        )));
    }
    let mut seen = Vec::new();
    let way: Vec<u32> = (0..STEPS).chain((0..STEPS - 1).rev()).collect();
    for (stretch, step) in way.iter().enumerate() {
        if interrupt.is_set() {
            return Err(Failure::interrupted(": nothing is kept of a map".into()));
        }
        if stretch > 0 {
            let next = scenario(*step)?;
            run = going_on(&run, (&at, &next), workers, limit(&next))?;
            at = next;
        }
        let end = (stretch as Tick + 1) * dwell;
        run.run_until(end)
            .map_err(|halt| Failure::failed(format!("halted: {halt}")))?;
        let cells = Simulated::sample(&mut run);
        let of = |id: ColumnId| {
            id.cell(&cells)
                .map_or(0.0, |cell| cell.thousandths() as f64)
        };
        seen.push(of(ColumnId::Online) / of(ColumnId::Norm).max(1.0));
    }
    let up = seen[..STEPS as usize].to_vec();
    let mut down: Vec<f64> = seen[STEPS as usize - 1..].to_vec();
    down.reverse();
    let distance: f64 = up
        .iter()
        .zip(&down)
        .map(|(up, down)| (up - down).abs())
        .sum();
    Ok(Ways {
        y: other
            .split_once('=')
            .map_or(other, |(_, value)| value)
            .to_owned(),
        x: (0..STEPS).map(value).collect(),
        hysteresis: distance / f64::from(STEPS),
        up,
        down,
    })
}

/// The same simulation under another scenario, by way of memory.
fn going_on(
    run: &Simulation,
    (before, after): (&Scenario, &Scenario),
    workers: Workers,
    limit: u64,
) -> Result<Simulation, Failure> {
    let standing = run.snapshot();
    let obstacles = standing.obstacles(before, after);
    if !obstacles.is_empty() {
        return Err(Failure::usage(format!(
            "--branches: {}",
            obstacles.join("; ")
        )));
    }
    let mut snapshots = Vec::new();
    let taken = run.blocks(|views| -> Result<(), ()> {
        snapshots.extend(views.into_iter().map(|view| BlockSnapshot {
            states: view.states.to_vec(),
            block_state: view.block_state.clone(),
            mail: view.mail,
        }));
        Ok(())
    });
    debug_assert_eq!(taken, Ok(()));
    let mut snapshots = snapshots.into_iter();
    let next = |_| snapshots.next().ok_or(());
    Simulation::resume(
        (before, after),
        workers.threads,
        workers.shards,
        limit,
        standing,
        next,
    )
    .map_err(|mismatch| match mismatch {
        Mismatch::Refused(refusal) => refusal.into(),
        other => Failure::failed(format!("the run cannot go on: {other:?}")),
    })
}

/// Both ways for people; nothing if there are none.
pub(crate) fn text(all: &[Ways], x: &str, y: &str) -> String {
    let mut text = String::new();
    for ways in all {
        text.push_str(&format!(
            "\n{y} = {}: users online as a share of the norm, {x} up and down; mean distance {:.3}\n",
            ways.y, ways.hysteresis
        ));
        for ((x, up), down) in ways.x.iter().zip(&ways.up).zip(&ways.down) {
            text.push_str(&format!("{x:>12}  {up:>6.3}  {down:>6.3}\n"));
        }
    }
    text
}
