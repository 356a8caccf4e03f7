//! A simulation: the engine with the model of one scenario, and the rows of its series.
//!
//! The same scenario and seed give the same rows and the same digest for any number of threads,
//! shards and ranks.

use patchday_core::{
    ActorId, Engine, Halt, Model, Ranks, Settings, SettingsError, Tick,
    engine::{
        balance::Balance,
        memory::MemoryUse,
        snapshot::{BlockSnapshot, BlockView, Mismatch, actors_of},
    },
};

use crate::{
    metrics::{cell::Cell, columns, sample_context::SampleContext},
    network::{block_state::BlockState, counters::Counters, model::Network, world::Note},
    scenario::root::Scenario,
    service::stats::fleet_stats::FleetStats,
    simulation::{
        orders::{Lead, RankOrder},
        snapshot::{ScenarioChange, Snapshot},
        work_conversion::WorkConversion,
    },
};

mod fingerprint;
pub(crate) mod led;
mod orders;
mod ranked;
pub(crate) mod snapshot;
mod work_conversion;

/// The source or the receiver of blocks failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stopped;

/// Takes views of blocks, until it stops.
type BlockTaker<'a> = dyn FnMut(Vec<BlockView<'_, Network>>) -> Result<(), Stopped> + 'a;

/// A simulation of one scenario.
pub struct Simulation {
    pub(crate) engine: Engine<Network>,
    sampled: Counters,
    sampled_events: u64,
    sampled_at: Tick,
    sampled_fleet: FleetStats,
    /// Whether the other ranks follow this one, and why one of them wants to stop.
    lead: Option<Lead>,
}

impl Simulation {
    /// Creates every actor of `scenario` at its start. `threads` and `shards` are 1 to 1,024, and neither
    /// changes a result; a run halts if more than `mail_limit` envelopes are in flight.
    ///
    /// # Errors
    /// Returns an error if threads or shards are out of range, there are more actors than addresses, or
    /// the threads cannot be started.
    pub fn new(
        scenario: &Scenario,
        seed: u64,
        threads: usize,
        shards: usize,
        mail_limit: u64,
    ) -> Result<Self, SettingsError> {
        Self::started(scenario, seed, threads, shards, mail_limit, None)
    }

    /// As [`new`](Self::new), alone or as one of several ranks.
    fn started(
        scenario: &Scenario,
        seed: u64,
        threads: usize,
        shards: usize,
        mail_limit: u64,
        ranks: Option<Ranks>,
    ) -> Result<Self, SettingsError> {
        let (network, world) = Network::new(scenario);
        let settings = Settings {
            shards,
            mail_limit,
            ..Settings::new(network.actors(), seed, threads)
        };
        let engine = match ranks {
            None => Engine::new(network, world, settings)?,
            Some(ranks) => Engine::new_ranked(network, world, settings, ranks)?,
        };
        Ok(Self {
            engine,
            sampled: Counters::default(),
            sampled_events: 0,
            sampled_at: 0,
            sampled_fleet: FleetStats::default(),
            lead: None,
        })
    }

    /// Returns a snapshot of everything except the blocks. Together with the snapshots of all
    /// [blocks](Self::blocks) it is the whole state.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            clock: self.engine.clock(),
            world: self.engine.world().clone(),
            sampled: self.sampled,
            sampled_events: self.sampled_events,
            sampled_at: self.sampled_at,
            sampled_fleet: self.sampled_fleet.clone(),
        }
    }

    /// Passes a view of every block of this rank to `taker`, in ascending order and in groups, until
    /// `taker` fails.
    ///
    /// # Errors
    /// Returns an error if `taker` does.
    pub fn blocks<E>(
        &self,
        mut taker: impl FnMut(Vec<BlockView<'_, Network>>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut failure = None;
        let taken = self.blocks_dyn(&mut |views| {
            taker(views).map_err(|error| {
                failure = Some(error);
                Stopped
            })
        });
        match (taken, failure) {
            (Err(Stopped), Some(error)) => Err(error),
            _ => Ok(()),
        }
    }

    /// As [`blocks`](Self::blocks), but not generic: the engine is compiled with the model in this crate
    /// and not once more for each caller.
    fn blocks_dyn(&self, taker: &mut BlockTaker<'_>) -> Result<(), Stopped> {
        self.engine.blocks(taker)
    }

    /// Returns the snapshots of all blocks of this rank, in ascending order. They take as much memory as the
    /// simulation.
    pub fn block_snapshots(&self) -> Vec<BlockSnapshot<Network>> {
        self.engine.block_snapshots()
    }

    /// Returns the actors of a block, in the order of their states.
    pub fn actors_of(&self, block: u32) -> impl Iterator<Item = ActorId> {
        let clock = self.engine.clock();
        actors_of(self.engine.model().kinds(clock.actors), clock, block)
    }

    /// Creates a simulation that continues from a snapshot. `next` returns the snapshot of the block with
    /// the given number; it is called in ascending order. The scenario can change within the limits that
    /// [`Snapshot::obstacles`] checks; this function does not check them.
    ///
    /// # Errors
    /// Returns an error if the snapshots do not match the scenario or are not valid, if a setting is out
    /// of range, or if `next` fails.
    pub fn resume<E>(
        scenarios: ScenarioChange<'_>,
        threads: usize,
        shards: usize,
        mail_limit: u64,
        snapshot: Snapshot,
        next: impl FnMut(u32) -> Result<BlockSnapshot<Network>, E>,
    ) -> Result<Self, Mismatch<E>> {
        Self::resume_with(scenarios, threads, shards, mail_limit, None, snapshot, next)
    }

    /// As [`resume`](Self::resume), alone or as one of several ranks.
    fn resume_with<E>(
        scenarios: ScenarioChange<'_>,
        threads: usize,
        shards: usize,
        mail_limit: u64,
        ranks: Option<Ranks>,
        snapshot: Snapshot,
        mut next: impl FnMut(u32) -> Result<BlockSnapshot<Network>, E>,
    ) -> Result<Self, Mismatch<E>> {
        let settings = Settings {
            shards,
            mail_limit,
            ..Settings::new(snapshot.clock.actors, snapshot.clock.seed, threads)
        };
        let mut failure = None;
        let mut next = |number| {
            next(number).map_err(|error| {
                failure = Some(error);
                Stopped
            })
        };
        let resumed = Self::resume_dyn(scenarios, settings, ranks, snapshot, &mut next);
        resumed.map_err(|mismatch| match (failure, mismatch) {
            (Some(error), _) => Mismatch::Source(error),
            (None, Mismatch::Refused(refusal)) => Mismatch::Refused(refusal),
            (None, Mismatch::FewerActors { snapshot, settings }) => {
                Mismatch::FewerActors { snapshot, settings }
            }
            (None, Mismatch::Block(block, fault)) => Mismatch::Block(block, fault),
            (None, Mismatch::Source(Stopped)) => unreachable!("a source that stops has failed"),
        })
    }

    /// As [`resume_with`](Self::resume_with), but not generic.
    fn resume_dyn(
        scenarios: ScenarioChange<'_>,
        settings: Settings,
        ranks: Option<Ranks>,
        mut snapshot: Snapshot,
        next: &mut dyn FnMut(u32) -> Result<BlockSnapshot<Network>, Stopped>,
    ) -> Result<Self, Mismatch<Stopped>> {
        let ScenarioChange { before, after } = scenarios;
        let (network, _) = Network::new(after);
        if let Some(fault) = snapshot.fault(&network, before) {
            return Err(Mismatch::Block(0, fault));
        }
        snapshot.adopt(before, after, &network);
        let work = WorkConversion::new(scenarios, &network, &snapshot);
        work.convert_world(&mut snapshot.world);
        let Snapshot {
            clock,
            world,
            sampled,
            sampled_events,
            sampled_at,
            sampled_fleet,
        } = snapshot;
        // If `after` needs fewer machines of the operator, the others stay as idle actors.
        let settings = Settings {
            actors: network.actors().max(clock.actors),
            ..settings
        };
        let kinds = network.kinds(clock.actors);
        let next = |number| {
            let mut block = next(number)?;
            work.convert_block(actors_of(kinds, clock, number), &mut block);
            Ok(block)
        };
        let engine = match ranks {
            None => Engine::restore(network, world, settings, clock, next)?,
            Some(ranks) => Engine::restore_ranked(network, world, settings, clock, ranks, next)?,
        };
        Ok(Self {
            engine,
            sampled,
            sampled_events,
            sampled_at,
            sampled_fleet,
            lead: None,
        })
    }

    /// Executes all ticks before `end`; [`now`](Self::now) is `end` afterwards.
    ///
    /// # Errors
    /// Returns an error if more envelopes are in flight than `mail_limit`.
    pub fn run_until(&mut self, end: Tick) -> Result<(), Halt> {
        self.order(RankOrder::Run(end));
        self.engine.run_until(end)
    }

    /// Sets the number of envelopes from which on a tick is executed in parallel, judged by the tick
    /// before it; 0 for always. It affects only the speed.
    pub fn parallel_from(&mut self, envelopes: u64) {
        self.engine.parallel_from(envelopes);
    }

    /// Measures the [`Balance`] of the shards from now on: events, and with `clock`, which returns
    /// nanoseconds, the time of each. No result depends on it.
    pub fn measure_balance(&mut self, clock: Option<fn() -> u64>) {
        self.engine.measure_balance(clock);
    }

    /// Returns the balance since the previous call; empty if it is not measured.
    pub fn take_balance(&mut self) -> Balance {
        self.engine.take_balance()
    }

    /// Returns the next tick: all ticks before it are done.
    pub fn now(&self) -> Tick {
        self.engine.now()
    }

    /// Returns the number of actors.
    pub fn actors(&self) -> u32 {
        self.engine.settings().actors
    }

    /// Returns the number of envelopes handled so far.
    pub fn handled(&self) -> u64 {
        self.engine.handled()
    }

    /// Returns the number of envelopes in flight.
    pub fn in_flight(&self) -> u64 {
        self.engine.in_flight()
    }

    /// Returns the memory of the engine, without [`Self::block_bytes`] and [`Self::directory_bytes`].
    pub fn memory(&self) -> MemoryUse {
        self.engine.memory()
    }

    /// Returns the bytes to which the states of this rank's blocks refer now, and the list of relays: clusters,
    /// waiting lines, calls and pauses.
    pub fn block_bytes(&self) -> u64 {
        let relays = self.engine.world().relays.capacity() * size_of::<ActorId>();
        let blocks = self.engine.block_states().map(BlockState::heap_bytes);
        (relays + blocks.sum::<usize>()) as u64
    }

    /// Returns the bytes of the lists of supernodes now. A list of each hour is kept for 15 days.
    pub fn directory_bytes(&self) -> u64 {
        self.engine.world().directory.heap_bytes() as u64
    }

    /// Returns the digest of the whole state. It does not cover the counters, which are only reported
    /// ([`Self::totals`]).
    pub fn digest(&self) -> u64 {
        self.order(RankOrder::Digest);
        self.engine.digest()
    }

    /// Returns a row of the series at the current tick; its counts are those since the previous call. All
    /// ranks must ask for it, and all get the same row. The
    /// columns are [`COLUMNS`](crate::metrics::columns::COLUMNS), followed by
    /// [`scenario_columns`](crate::metrics::columns::scenario_columns).
    pub fn sample(&mut self) -> Vec<Cell> {
        self.order(RankOrder::Sample);
        self.row()
    }

    fn row(&mut self) -> Vec<Cell> {
        let fleet = self.fleet_stats();
        let world = self.engine.world();
        let context = SampleContext {
            network: self.engine.model(),
            world,
            count: world.totals.since(&self.sampled),
            events: self.engine.handled() - self.sampled_events,
            now: self.engine.now(),
            elapsed: self.engine.now() - self.sampled_at,
            clusters: self.clusters(),
            fleet: fleet.since(&self.sampled_fleet),
        };
        let row = columns::row(&context);
        self.sampled = world.totals;
        self.sampled_events = self.engine.handled();
        self.sampled_at = self.engine.now();
        self.sampled_fleet = fleet;
        row
    }

    /// Returns the statistics of all services and of what sends requests to them, since the start.
    pub fn fleet_stats(&self) -> FleetStats {
        let (network, now) = (self.engine.model(), self.engine.now());
        let own = FleetStats::gather(network, self.engine.block_states(), now);
        self.of_all_ranks(own, FleetStats::merged)
    }

    /// Returns the events from outside and the actions of the operator so far, in order of time.
    pub fn notes(&self) -> &[(Tick, Note)] {
        &self.engine.world().notes
    }

    /// Returns the counts since the start.
    pub fn totals(&self) -> &Counters {
        &self.engine.world().totals
    }
}

#[cfg(test)]
mod tests;
