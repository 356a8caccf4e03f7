//! A case, and the plans by which it is run.
//!
//! A case says what happens; a plan says who does the work and where it stops on the
//! way. The law says that no plan changes anything.

use patchday_agents::{Simulation, metrics::cell::Cell, scenario::Scenario};
use patchday_core::Tick;

use crate::{random_choices::RandomChoices, snapshot::FullSnapshot};

/// What happens: all that may decide a result.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) scenario: Scenario,
    pub(crate) seed: u64,
    /// From this tick on another scenario goes on.
    pub(crate) fork: Option<(Tick, Scenario)>,
    /// The tick before which it ends, and the ticks between two rows of the series.
    pub(crate) end: Tick,
    pub(crate) sample: Tick,
}

/// Who does the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parallelism {
    pub(crate) threads: usize,
    pub(crate) shards: usize,
    /// See [`Simulation::parallel_from`].
    pub(crate) parallel_from: u64,
}

/// Something done between two ticks.
#[derive(Clone, Copy)]
pub(crate) enum Stop {
    /// Nothing: the simulation only comes to a halt.
    Pause,
    /// An snapshot is taken, goes through bytes, and another parallelism goes on.
    Checkpoint(Parallelism),
    /// The same, and the snapshot is spoilt on the way: for the alarm.
    Corrupt(Parallelism, fn(&mut FullSnapshot)),
}

/// How a case is run.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) parallelism: Parallelism,
    /// What is done when every tick before this one is done, in order of ticks.
    pub(crate) stops: Vec<(Tick, Stop)>,
    /// Whether rows are taken for the series.
    pub(crate) rows: bool,
}

impl Parallelism {
    pub(crate) const SERIAL: Self = Self {
        threads: 1,
        shards: 1,
        parallel_from: 512,
    };

    /// One to four threads, one to 64 shards. To wake threads for every tick of a long
    /// run takes long.
    pub(crate) fn any(choices: &mut RandomChoices, end: Tick) -> Self {
        let eager = if end < 20_000 { 0 } else { 32 };
        Self {
            threads: choices.between(1, 4) as usize,
            shards: choices.log_uniform(1.0, 64.0).round() as usize,
            parallel_from: *choices.one_of(&[eager, 8 + eager, 512]),
        }
    }

    pub(crate) fn apply_to(self, simulation: &mut Simulation) {
        simulation.parallel_from(self.parallel_from);
    }
}

impl Plan {
    /// One thread, one shard, from the start to the end.
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
            // Neighbours, now and then: the exchange turns twice.
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
                Stop::Corrupt(next, _) => write!(out, ", {at}: spoilt, {}", parallelism(next))?,
            }
        }
        Ok(())
    }
}

/// A case that ran, or a part of it.
pub(crate) struct RunResult {
    pub(crate) simulation: Simulation,
    pub(crate) rows: Vec<Vec<Cell>>,
}

impl Case {
    /// Run the case by a plan until every tick before `until` is done. What is to be done
    /// between two ticks is done only if the second is reached.
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
                simulation =
                    FullSnapshot::capture(&simulation).resume((&self.scenario, after), parallelism);
            }
            for (_, stop) in plan.stops.iter().filter(|(stop, _)| *stop == at) {
                let (next, spoil) = match stop {
                    Stop::Pause => continue,
                    Stop::Checkpoint(next) => (next, None),
                    Stop::Corrupt(next, spoil) => (next, Some(spoil)),
                };
                let mut snapshot =
                    FullSnapshot::from_bytes(&FullSnapshot::capture(&simulation).to_bytes());
                if let Some(spoil) = spoil {
                    spoil(&mut snapshot);
                }
                let scenario = self.scenario_at(at);
                simulation = snapshot.resume((scenario, scenario), *next);
                parallelism = *next;
            }
        }
        simulation.run_until(until).unwrap();
        RunResult { simulation, rows }
    }

    /// A plain run with rows, which cuts the case down to what can be run in a short time:
    /// it ends with the first row after `most` events, and without a fork that the model
    /// does not allow.
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
            let standing = simulation.standing();
            if standing.obstacles(&self.scenario, &after).is_empty() {
                let snapshot = FullSnapshot::capture(&simulation);
                simulation = snapshot.resume((&self.scenario, &after), Parallelism::SERIAL);
                self.fork = Some((at, after));
            }
        }
    }

    /// The scenario that goes on at a tick.
    pub(crate) fn scenario_at(&self, at: Tick) -> &Scenario {
        let forked = self.fork.as_ref().filter(|(fork, _)| *fork <= at);
        forked.map_or(&self.scenario, |(_, after)| after)
    }
}
