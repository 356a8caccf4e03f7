//! Cases and plans.
//!
//! A case is everything that may influence a result. A plan is how the case is executed:
//! threads, shards, pauses and checkpoints. The determinism guarantee says that the plan does
//! not change the result. Units: ticks of one second.

use patchday_agents::{ScenarioChange, Simulation, metrics::cell::Cell, scenario::Scenario};
use patchday_core::Tick;

use crate::{random_choices::RandomChoices, snapshot::FullSnapshot};

/// Everything that may influence a result.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) scenario: Scenario,
    pub(crate) seed: u64,
    /// The tick of a fork and the scenario that continues there.
    pub(crate) fork: Option<(Tick, Scenario)>,
    /// The run ends before this tick.
    pub(crate) end: Tick,
    /// Ticks from one row of the series to the next.
    pub(crate) sample: Tick,
}

/// How the work is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parallelism {
    pub(crate) threads: usize,
    pub(crate) shards: usize,
    /// See [`Simulation::parallel_from`].
    pub(crate) parallel_from: u64,
}

/// An interruption between two ticks.
#[derive(Clone, Copy)]
pub(crate) enum Stop {
    /// The simulation returns and continues.
    Pause,
    /// The simulation is written to bytes and continues from them with another parallelism.
    Checkpoint(Parallelism),
    /// The same, with a change to the snapshot. Only for tests of the search for differences.
    Corrupt(Parallelism, fn(&mut FullSnapshot)),
}

/// How a case is run.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) parallelism: Parallelism,
    /// Interruptions before the given ticks, in ascending order.
    pub(crate) stops: Vec<(Tick, Stop)>,
    /// Whether rows of the series are sampled.
    pub(crate) rows: bool,
}

impl Parallelism {
    pub(crate) const SERIAL: Self = Self {
        threads: 1,
        shards: 1,
        parallel_from: 512,
    };

    /// Draws one to four threads and one to 64 shards. Long runs use threads only for ticks with
    /// many messages, since waking threads in every tick would take too long.
    pub(crate) fn any(choices: &mut RandomChoices, end: Tick) -> Self {
        let least = if end < 20_000 { 0 } else { 32 };
        Self {
            threads: choices.between(1, 4) as usize,
            shards: choices.log_uniform(1.0, 64.0).round() as usize,
            parallel_from: *choices.one_of(&[least, 8 + least, 512]),
        }
    }

    pub(crate) fn apply_to(self, simulation: &mut Simulation) {
        simulation.parallel_from(self.parallel_from);
    }
}

impl Plan {
    /// One thread, one shard, no interruptions.
    pub(crate) fn plain() -> Self {
        Self {
            parallelism: Parallelism::SERIAL,
            stops: Vec::new(),
            rows: false,
        }
    }

    /// Any parallelism, some pauses, some checkpoints.
    pub(crate) fn any(choices: &mut RandomChoices, end: Tick) -> Self {
        let parallelism = Parallelism::any(choices, end);
        let mut stops = Vec::new();
        for _ in 0..choices.below(5) {
            let at = choices.below(end);
            stops.push((at, Stop::Pause));
            // Sometimes two pauses in a row, so that the exchange alternates twice.
            if choices.chance(0.3) {
                stops.push((at + 1, Stop::Pause));
            }
        }
        for _ in 0..choices.between(1, 3) {
            stops.push((
                choices.below(end),
                Stop::Checkpoint(Parallelism::any(choices, end)),
            ));
        }
        stops.sort_by_key(|(at, _)| *at);
        Self {
            parallelism,
            stops,
            rows: true,
        }
    }
}

impl std::fmt::Display for Plan {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parallelism = |parallelism: &Parallelism| {
            let Parallelism {
                threads,
                shards,
                parallel_from,
            } = parallelism;
            format!("{threads} x {shards} from {parallel_from}")
        };
        write!(out, "{}", parallelism(&self.parallelism))?;
        for (at, stop) in &self.stops {
            match stop {
                Stop::Pause => write!(out, ", {at}: pause")?,
                Stop::Checkpoint(next) => write!(out, ", {at}: {}", parallelism(next))?,
                Stop::Corrupt(next, _) => write!(out, ", {at}: changed, {}", parallelism(next))?,
            }
        }
        Ok(())
    }
}

/// A case and the plan by which it is run.
#[derive(Clone, Copy)]
pub(crate) struct Execution<'a> {
    pub(crate) case: &'a Case,
    pub(crate) plan: &'a Plan,
}

impl Execution<'_> {
    /// Runs until every tick before `until` is done.
    pub(crate) fn run(self, until: Tick) -> RunResult {
        self.case.run(self.plan, until)
    }
}

/// The state and the rows after a run.
pub(crate) struct RunResult {
    pub(crate) simulation: Simulation,
    pub(crate) rows: Vec<Vec<Cell>>,
}

impl Case {
    /// Runs the case by a plan until every tick before `until` is done. An interruption before
    /// tick `until` or a later one is skipped.
    pub(crate) fn run(&self, plan: &Plan, until: Tick) -> RunResult {
        let Parallelism {
            threads, shards, ..
        } = plan.parallelism;
        let mut simulation =
            Simulation::new(&self.scenario, self.seed, threads, shards, u64::MAX).unwrap();
        plan.parallelism.apply_to(&mut simulation);
        let (mut rows, mut parallelism) = (Vec::new(), plan.parallelism);
        let mut ticks: Vec<Tick> = plan.stops.iter().map(|(at, _)| *at).collect();
        if plan.rows {
            ticks.extend(
                (1..)
                    .map(|row| row * self.sample)
                    .take_while(|at| *at <= self.end),
            );
        }
        ticks.extend(self.fork.iter().map(|(at, _)| *at));
        ticks.sort_unstable();
        ticks.dedup();
        for at in ticks {
            if at > until {
                break;
            }
            simulation.run_until(at).unwrap();
            if plan.rows && at > 0 && at.is_multiple_of(self.sample) {
                rows.push(simulation.sample());
            }
            if at == until {
                break;
            }
            if let Some((_, after)) = self.fork.as_ref().filter(|(fork, _)| *fork == at) {
                simulation = FullSnapshot::capture(&simulation).resume(
                    ScenarioChange {
                        before: &self.scenario,
                        after,
                    },
                    parallelism,
                );
            }
            for (_, stop) in plan.stops.iter().filter(|(stop, _)| *stop == at) {
                let (next, corrupt) = match stop {
                    Stop::Pause => continue,
                    Stop::Checkpoint(next) => (next, None),
                    Stop::Corrupt(next, corrupt) => (next, Some(corrupt)),
                };
                let mut snapshot =
                    FullSnapshot::from_bytes(&FullSnapshot::capture(&simulation).to_bytes());
                if let Some(corrupt) = corrupt {
                    corrupt(&mut snapshot);
                }
                let scenario = self.scenario_at(at);
                simulation = snapshot.resume(
                    ScenarioChange {
                        before: scenario,
                        after: scenario,
                    },
                    *next,
                );
                parallelism = *next;
            }
        }
        simulation.run_until(until).unwrap();
        RunResult { simulation, rows }
    }

    /// Limits the case to `most` messages, and returns it with a serial run that samples rows.
    /// The limited case ends with the first row after `most` messages; a fork that the model
    /// does not allow is removed.
    pub(crate) fn limited(mut self, most: u64) -> (Self, RunResult) {
        let mut simulation = Simulation::new(&self.scenario, self.seed, 1, 1, u64::MAX).unwrap();
        let mut rows = Vec::new();
        let mut next = self.sample;
        let mut fork = self.fork.take();
        loop {
            let at = fork.as_ref().map_or(next, |(at, _)| next.min(*at));
            simulation.run_until(at.min(self.end)).unwrap();
            if at == next && at <= self.end {
                rows.push(simulation.sample());
                next += self.sample;
                if simulation.handled() > most {
                    self.end = at;
                }
            }
            if at >= self.end {
                return (self, RunResult { simulation, rows });
            }
            let Some((_, after)) = fork.take_if(|(fork, _)| *fork == at) else {
                continue;
            };
            let standing = simulation.snapshot();
            if standing.obstacles(&self.scenario, &after).is_empty() {
                let snapshot = FullSnapshot::capture(&simulation);
                simulation = snapshot.resume(
                    ScenarioChange {
                        before: &self.scenario,
                        after: &after,
                    },
                    Parallelism::SERIAL,
                );
                self.fork = Some((at, after));
            }
        }
    }

    /// The scenario in effect at a tick.
    pub(crate) fn scenario_at(&self, at: Tick) -> &Scenario {
        let forked = self.fork.as_ref().filter(|(fork, _)| *fork <= at);
        forked.map_or(&self.scenario, |(_, after)| after)
    }
}
