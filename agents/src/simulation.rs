//! A simulation: a scenario under way.
//!
//! One tick is one second. The same scenario and seed give the same rows and
//! the same digest for any number of threads and shards.

use patchday_core::{
    Engine, Halt, Settings, SettingsError, Tick,
    engine::snapshot::{BlockSnapshot, BlockView, Mismatch},
};

use crate::{
    metrics::{
        cell::Cell,
        columns,
        sample_context::{ClusterSizes, SampleContext},
    },
    network::{counters::Counters, model::Network, world::Note},
    scenario::root::Scenario,
    snapshot::Snapshot,
};

/// A scenario under way.
pub struct Simulation {
    pub(crate) engine: Engine<Network>,
    sampled: Counters,
    sampled_events: u64,
    sampled_at: Tick,
}

impl Simulation {
    /// Create every actor of `scenario` at its start. `threads` and `shards` are 1 to
    /// 1,024, and neither changes a result; a run halts when more than `mail_limit` envelopes wait.
    ///
    /// # Errors
    /// [`ValueError`] if threads or shards are out of range, there are more
    /// actors than addresses, or no threads can be had.
    pub fn new(
        scenario: &Scenario,
        seed: u64,
        threads: usize,
        shards: usize,
        mail_limit: u64,
    ) -> Result<Self, SettingsError> {
        let (network, world) = Network::new(scenario);
        let settings = Settings {
            shards,
            mail_limit,
            ..Settings::new(network.actors(), seed, threads)
        };
        let engine = Engine::new(network, world, settings)?;
        Ok(Self {
            engine,
            sampled: Counters::default(),
            sampled_events: 0,
            sampled_at: 0,
        })
    }

    /// Where it stands; with the images of all blocks, all there is to know.
    pub fn standing(&self) -> Snapshot {
        Snapshot {
            clock: self.engine.clock(),
            world: self.engine.world().clone(),
            sampled: self.sampled,
            sampled_events: self.sampled_events,
            sampled_at: self.sampled_at,
        }
    }

    /// Hand the image of every block to `taker`, in order, in groups.
    ///
    /// # Errors
    /// Those of `taker`.
    pub fn blocks<E>(
        &self,
        taker: impl FnMut(Vec<BlockView<'_, Network>>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.engine.blocks(taker)
    }

    /// Go on from where a simulation of `before` stood, as one of `after`, which may be
    /// the same. `next` gives the images of its blocks in order.
    ///
    /// # Errors
    /// [`Mismatch`] if the images do not fit, or `next` fails. What may differ between the
    /// two scenarios is not checked here but by [`Snapshot::obstacles`].
    pub fn resume<E>(
        (before, after): (&Scenario, &Scenario),
        threads: usize,
        shards: usize,
        mail_limit: u64,
        mut standing: Snapshot,
        next: impl FnMut(u32) -> Result<BlockSnapshot<Network>, E>,
    ) -> Result<Self, Mismatch<E>> {
        let (network, _) = Network::new(after);
        if let Some(fault) = standing.fault(&network, before.population.region.len()) {
            return Err(Mismatch::Block(0, fault));
        }
        standing.adopt(before, after, &network);
        let Snapshot {
            clock,
            world,
            sampled,
            sampled_events,
            sampled_at,
        } = standing;
        // Machines that the operator will not need after all stay, and do nothing.
        let actors = network.actors().max(clock.actors);
        let settings = Settings {
            shards,
            mail_limit,
            ..Settings::new(actors, clock.seed, threads)
        };
        let engine = Engine::restore(network, world, settings, clock, next)?;
        Ok(Self {
            engine,
            sampled,
            sampled_events,
            sampled_at,
        })
    }

    /// Do every tick before `end`.
    ///
    /// # Errors
    /// [`Halt`] if there is more mail in flight than allowed.
    pub fn run_until(&mut self, end: Tick) -> Result<(), Halt> {
        self.engine.run_until(end)
    }

    /// Share a tick among the threads if the one before it had this many envelopes or
    /// more; 0 for always. Only speed depends on it.
    pub fn parallel_from(&mut self, envelopes: u64) {
        self.engine.parallel_from(envelopes);
    }

    /// Every tick before this one is done.
    pub fn now(&self) -> Tick {
        self.engine.now()
    }

    /// How many actors there are.
    pub fn actors(&self) -> u32 {
        self.engine.settings().actors
    }

    /// Envelopes handled so far.
    pub fn handled(&self) -> u64 {
        self.engine.handled()
    }

    /// Envelopes that wait.
    pub fn in_flight(&self) -> u64 {
        self.engine.in_flight()
    }

    /// The fingerprint of the whole state.
    pub fn digest(&self) -> u64 {
        self.engine.digest()
    }

    /// A row of the series as of now; counts are since the row before. The
    /// columns are [`crate::metrics::columns::COLUMNS`], and behind them those of
    /// [`crate::metrics::columns::region_columns`].
    pub fn sample(&mut self) -> Vec<Cell> {
        let world = self.engine.world();
        let context = SampleContext {
            network: self.engine.model(),
            world,
            count: world.totals.since(&self.sampled),
            events: self.engine.handled() - self.sampled_events,
            now: self.engine.now(),
            elapsed: self.engine.now() - self.sampled_at,
            clusters: ClusterSizes::count(self.engine.block_states()),
        };
        let row = columns::row(&context);
        self.sampled = world.totals;
        self.sampled_events = self.engine.handled();
        self.sampled_at = self.engine.now();
        row
    }

    /// What happened to the network from outside so far, in order of time.
    pub fn notes(&self) -> &[(Tick, Note)] {
        &self.engine.world().notes
    }

    /// What happened since the start.
    pub fn totals(&self) -> &Counters {
        &self.engine.world().totals
    }
}
