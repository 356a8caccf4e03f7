//! A case, and the plans by which it is run.
//!
//! A case says what happens; a plan says who does the work and where it stops on the
//! way. The law says that no plan changes anything.

use patchday_agents::{Simulation, metrics::cell::Cell, scenario::Scenario};
use patchday_core::Tick;

use crate::{dice::Dice, image::Image};

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
pub(crate) struct Crew {
    pub(crate) threads: usize,
    pub(crate) shards: usize,
    /// See [`Simulation::share_from`].
    pub(crate) share_from: u64,
}

/// Something done between two ticks.
#[derive(Clone, Copy)]
pub(crate) enum Stop {
    /// Nothing: the simulation only comes to a halt.
    Pause,
    /// An image is taken, goes through bytes, and another crew goes on.
    Checkpoint(Crew),
    /// The same, and the image is spoilt on the way: for the alarm.
    Spoilt(Crew, fn(&mut Image)),
}

/// How a case is run.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) crew: Crew,
    /// What is done when every tick before this one is done, in order of ticks.
    pub(crate) stops: Vec<(Tick, Stop)>,
    /// Whether rows are taken for the series.
    pub(crate) rows: bool,
}

impl Crew {
    pub(crate) const ALONE: Self = Self {
        threads: 1,
        shards: 1,
        share_from: 512,
    };

    /// One to four threads, one to 64 shards. To wake threads for every tick of a long
    /// run takes long.
    pub(crate) fn any(dice: &mut Dice, end: Tick) -> Self {
        let eager = if end < 20_000 { 0 } else { 32 };
        Self {
            threads: dice.whole(1, 4) as usize,
            shards: dice.spread(1.0, 64.0).round() as usize,
            share_from: *dice.pick(&[eager, 8 + eager, 512]),
        }
    }

    pub(crate) fn takes_over(self, simulation: &mut Simulation) {
        simulation.share_from(self.share_from);
    }
}

impl Plan {
    /// One thread, one shard, from the start to the end.
    pub(crate) fn plain() -> Self {
        Self {
            crew: Crew::ALONE,
            stops: Vec::new(),
            rows: false,
        }
    }

    /// Any crew, some pauses, some checkpoints.
    pub(crate) fn any(dice: &mut Dice, end: Tick) -> Self {
        let crew = Crew::any(dice, end);
        let mut stops = Vec::new();
        for _ in 0..dice.below(5) {
            let at = dice.below(end);
            stops.push((at, Stop::Pause));
            // Neighbours, now and then: the exchange turns twice.
            if dice.hit(0.3) {
                stops.push((at + 1, Stop::Pause));
            }
        }
        for _ in 0..dice.whole(1, 3) {
            stops.push((dice.below(end), Stop::Checkpoint(Crew::any(dice, end))));
        }
        stops.sort_by_key(|(at, _)| *at);
        Self {
            crew,
            stops,
            rows: true,
        }
    }
}

impl std::fmt::Display for Plan {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let crew = |crew: &Crew| {
            let Crew {
                threads,
                shards,
                share_from,
            } = crew;
            format!("{threads} x {shards} from {share_from}")
        };
        write!(out, "{}", crew(&self.crew))?;
        for (at, stop) in &self.stops {
            match stop {
                Stop::Pause => write!(out, ", {at}: pause")?,
                Stop::Checkpoint(next) => write!(out, ", {at}: {}", crew(next))?,
                Stop::Spoilt(next, _) => write!(out, ", {at}: spoilt, {}", crew(next))?,
            }
        }
        Ok(())
    }
}

/// A case that ran, or a part of it.
pub(crate) struct Ran {
    pub(crate) simulation: Simulation,
    pub(crate) rows: Vec<Vec<Cell>>,
}

impl Case {
    /// Run the case by a plan until every tick before `until` is done. What is to be done
    /// between two ticks is done only if the second is reached.
    pub(crate) fn run(&self, plan: &Plan, until: Tick) -> Ran {
        let Crew {
            threads, shards, ..
        } = plan.crew;
        let mut simulation =
            Simulation::new(&self.scenario, self.seed, threads, shards, u64::MAX).unwrap();
        plan.crew.takes_over(&mut simulation);
        let (mut rows, mut crew) = (Vec::new(), plan.crew);
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
                simulation = Image::of(&simulation).resume((&self.scenario, after), crew);
            }
            for (_, stop) in plan.stops.iter().filter(|(stop, _)| *stop == at) {
                let (next, spoil) = match stop {
                    Stop::Pause => continue,
                    Stop::Checkpoint(next) => (next, None),
                    Stop::Spoilt(next, spoil) => (next, Some(spoil)),
                };
                let mut image = Image::from_bytes(&Image::of(&simulation).to_bytes());
                if let Some(spoil) = spoil {
                    spoil(&mut image);
                }
                let scenario = self.scenario_at(at);
                simulation = image.resume((scenario, scenario), *next);
                crew = *next;
            }
        }
        simulation.run_until(until).unwrap();
        Ran { simulation, rows }
    }

    /// A plain run with rows, which cuts the case down to what can be run in a short time:
    /// it ends with the first row after `most` events, and without a fork that the model
    /// does not allow.
    pub(crate) fn scouted(mut self, most: u64) -> (Self, Ran) {
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
                return (self, Ran { simulation, rows });
            }
            let Some((_, after)) = fork.take_if(|(fork, _)| *fork == at) else {
                continue;
            };
            let standing = simulation.standing();
            if standing.obstacles(&self.scenario, &after).is_empty() {
                let image = Image::of(&simulation);
                simulation = image.resume((&self.scenario, &after), Crew::ALONE);
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
