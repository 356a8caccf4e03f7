//! The engine: the tick loop and the barrier.
//!
//! Invariant, checked in release builds, too: after each call of [`Engine::run_until`],
//! envelopes sent = handled + in flight. Ticks in which no envelope is due and no trigger
//! fires are skipped. Units: ticks, envelopes.

use std::sync::Arc;

use rayon::prelude::*;

use crate::{
    actor_id::ActorId,
    engine::{
        clock::Clock,
        mail_peaks::MailPeaks,
        settings::{Settings, SettingsError},
        shard::{Shard, TickInput},
    },
    mail::{exchange::Exchange, layout::Layout, partition::Partition},
    model::{Injection, Model, Tally},
    random::Random,
    time::{MAX_TICK, Tick},
};

/// A tick with fewer envelopes than this runs on one thread, because waking other threads
/// would take longer. It affects only the speed.
const PARALLEL_FROM: u64 = 512;

/// Why [`Engine::run_until`] stopped before its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Halt {
    /// More envelopes in flight than [`Settings::mail_limit`].
    MailLimit {
        /// The last tick that was executed.
        tick: Tick,
        /// Envelopes in flight.
        in_flight: u64,
        /// The limit.
        limit: u64,
    },
}

impl std::fmt::Display for Halt {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::MailLimit {
                tick,
                in_flight,
                limit,
            } => write!(
                formatter,
                "{in_flight} envelopes in flight after tick {tick}, above the limit of {limit}"
            ),
        }
    }
}

impl std::error::Error for Halt {}

/// Starts the threads of an engine.
fn workers(threads: usize) -> Result<rayon::ThreadPool, SettingsError> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|index| format!("shard-worker-{index}"))
        .build()
        .map_err(|error| SettingsError::Threads(error.to_string()))
}

/// A running model: its actors, its world and the envelopes in flight.
pub struct Engine<M: Model> {
    model: M,
    world: M::World,
    settings: Settings,
    random: Random,
    pub(crate) partition: Partition,
    exchange: Exchange<M::Message>,
    pub(crate) shards: Vec<Shard<M>>,
    pub(crate) workers: Arc<rayon::ThreadPool>,
    tally: M::Tally,
    /// The next tick: all ticks before it are done.
    now: Tick,
    /// The last tick that was executed: the batches in the exchange were sent in it.
    pub(crate) last: Tick,
    /// The earliest due tick of the envelopes in the exchange; [`Tick::MAX`] if there are none.
    arriving: Tick,
    sent: u64,
    handled: u64,
    executed: u64,
    /// Envelopes handled in the last tick, as an estimate for the next one.
    recent: u64,
    /// See [`Engine::parallel_from`].
    parallel_from: u64,
    pub(crate) peaks: MailPeaks,
}

impl<M: Model> Engine<M> {
    /// Creates all actors of `model` at tick 0.
    ///
    /// # Errors
    /// Returns an error if a setting is out of range or the threads cannot be started.
    pub fn new(model: M, world: M::World, settings: Settings) -> Result<Self, SettingsError> {
        settings.check()?;
        let Settings {
            actors,
            seed,
            threads,
            shards,
            ..
        } = settings;
        let workers = workers(threads)?;
        let partition = Partition::new(Layout::new(model.kinds(actors)), shards);
        let random = Random::new(seed);
        let shards: Vec<_> = workers.install(|| {
            (0..shards)
                .into_par_iter()
                .map(|index| Shard::create(index, &model, &world, &partition, random, shards))
                .collect()
        });
        let sent = shards.iter().map(|shard| shard.wheel.len()).sum();
        Ok(Self {
            exchange: Exchange::new(shards.len()),
            model,
            world,
            settings,
            random,
            partition,
            shards,
            workers: Arc::new(workers),
            tally: M::Tally::default(),
            now: 0,
            last: 0,
            arriving: Tick::MAX,
            sent,
            handled: 0,
            executed: 0,
            recent: 0,
            parallel_from: PARALLEL_FROM,
            peaks: MailPeaks::default(),
        })
    }

    /// Creates an engine from restored shards.
    pub(crate) fn resumed(
        model: M,
        world: M::World,
        settings: Settings,
        partition: Partition,
        shards: Vec<Shard<M>>,
        clock: Clock,
        sent: u64,
    ) -> Result<Self, SettingsError> {
        Ok(Self {
            exchange: Exchange::new(shards.len()),
            model,
            world,
            settings,
            random: Random::new(settings.seed),
            partition,
            shards,
            workers: Arc::new(workers(settings.threads)?),
            tally: M::Tally::default(),
            now: clock.now,
            last: clock.last,
            arriving: Tick::MAX,
            sent,
            handled: clock.handled,
            executed: 0,
            recent: 0,
            parallel_from: PARALLEL_FROM,
            peaks: MailPeaks::default(),
        })
    }

    /// Executes all ticks before `end`; [`now`](Engine::now) is `end` afterwards. Does nothing
    /// if `end` is not after `now`.
    ///
    /// # Errors
    /// Returns an error if more envelopes are in flight than [`Settings::mail_limit`]. The
    /// state is then the one after the last executed tick, and can be read.
    ///
    /// # Panics
    /// Panics if `end` is above [`MAX_TICK`], if the model panics (actor, tick and seed are
    /// printed to standard error), or if an envelope was lost or duplicated.
    pub fn run_until(&mut self, end: Tick) -> Result<(), Halt> {
        assert!(
            end <= MAX_TICK,
            "a run can have {MAX_TICK} ticks at most, not {end}"
        );
        if self.is_sequential() {
            return self.execute_until(end);
        }
        // The loop runs on a thread of the pool, so a sequential tick wakes no thread.
        let workers = Arc::clone(&self.workers);
        workers.install(|| self.execute_until(end))
    }

    /// Whether the calling thread does all the work: a hand-over to one other thread only costs time.
    fn is_sequential(&self) -> bool {
        self.settings.threads == 1
    }

    fn execute_until(&mut self, end: Tick) -> Result<(), Halt> {
        let outcome = self.execute_ticks(end);
        self.empty_exchange();
        self.check_conservation();
        outcome
    }

    fn execute_ticks(&mut self, end: Tick) -> Result<(), Halt> {
        while let Some(tick) = self.next_busy_tick().filter(|tick| *tick < end) {
            self.tick(tick);
            self.now = tick + 1;
            let in_flight = self.in_flight();
            if in_flight > self.settings.mail_limit {
                let limit = self.settings.mail_limit;
                return Err(Halt::MailLimit {
                    tick,
                    in_flight,
                    limit,
                });
            }
        }
        self.now = self.now.max(end);
        Ok(())
    }

    /// Returns the next tick at which an envelope may be due or a trigger fires.
    fn next_busy_tick(&self) -> Option<Tick> {
        let wheels = self.shards.iter().filter_map(Shard::next).min();
        let trigger = self.model.next_trigger(&self.world, self.now);
        let arriving = (self.arriving != Tick::MAX).then_some(self.arriving);
        // The wheels are still at the last executed tick, so they may return that tick.
        [wheels, trigger, arriving]
            .into_iter()
            .flatten()
            .min()
            .map(|tick| tick.max(self.now))
    }

    fn tick(&mut self, now: Tick) {
        let mut injection = Injection::new();
        let fired = self.model.next_trigger(&self.world, now) == Some(now);
        if fired {
            self.model.fire(&mut self.world, now, &mut injection);
            self.sent += injection.mail.len() as u64;
        }
        self.exchange.swap_lanes();
        let input = TickInput {
            model: &self.model,
            world: &self.world,
            partition: &self.partition,
            exchange: &self.exchange,
            random: self.random,
            now,
            before: self.last,
            injection: &injection,
        };
        let is_small = self.recent < self.parallel_from && injection.is_empty();
        if is_small || self.is_sequential() {
            self.shards.iter_mut().for_each(|shard| shard.tick(&input));
        } else {
            self.shards
                .par_iter_mut()
                .with_max_len(1)
                .for_each(|shard| shard.tick(&input));
        }
        self.last = now;
        self.executed += 1;
        self.arriving = Tick::MAX;
        let (mut handled, mut sent) = (0, 0);
        for shard in &mut self.shards {
            handled += shard.handled;
            sent += shard.outbox.sent;
            self.arriving = self.arriving.min(shard.outbox.earliest);
            if shard.handled > 0 || fired {
                self.tally.merge(&mut shard.tally);
            }
        }
        self.sent += sent;
        self.handled += handled;
        self.peaks.count(handled, sent, self.in_flight());
        self.recent = handled;
        if handled > 0 || fired {
            self.model.end_tick(&mut self.world, &mut self.tally, now);
        }
    }

    /// Moves the envelopes of the last tick from the exchange into the timing wheels, so that
    /// all envelopes in flight are in the wheels when the engine is read or saved. The order
    /// of the envelopes does not change.
    fn empty_exchange(&mut self) {
        self.exchange.swap_lanes();
        let is_sequential = self.is_sequential();
        let Self {
            shards,
            exchange,
            last,
            ..
        } = self;
        let receive = |shard: &mut Shard<M>| shard.receive_batches(exchange, *last);
        if is_sequential {
            shards.iter_mut().for_each(receive);
        } else {
            shards.par_iter_mut().with_max_len(1).for_each(receive);
        }
        self.arriving = Tick::MAX;
    }

    fn check_conservation(&self) {
        let waiting: u64 = self.shards.iter().map(|shard| shard.wheel.len()).sum();
        assert_eq!(
            self.sent,
            self.handled + waiting,
            "envelopes were lost or duplicated before tick {} (seed {})",
            self.now,
            self.settings.seed
        );
    }
}

impl<M: Model> Engine<M> {
    /// Sets the number of envelopes from which on a tick is executed in parallel, judged by the
    /// tick before it; 0 for always. It affects only the speed. Tests set it to 0 to use
    /// several threads with few actors.
    pub fn parallel_from(&mut self, envelopes: u64) {
        self.parallel_from = envelopes;
    }

    /// Returns the next tick: all ticks before it are done.
    pub fn now(&self) -> Tick {
        self.now
    }

    /// Returns the model.
    pub fn model(&self) -> &M {
        &self.model
    }

    /// Returns the world as of the last barrier.
    pub fn world(&self) -> &M::World {
        &self.world
    }

    /// Returns the settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Returns the number of envelopes sent so far: by actors, at their creation and by
    /// triggers. A broadcast is not counted.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// Returns the number of envelopes handled so far: the events of a run.
    pub fn handled(&self) -> u64 {
        self.handled
    }

    /// Returns the number of envelopes in flight: sent and not yet handled.
    pub fn in_flight(&self) -> u64 {
        self.sent - self.handled
    }

    /// Returns the number of ticks that this engine has executed and not skipped.
    pub fn executed_ticks(&self) -> u64 {
        self.executed
    }

    /// Returns every actor with its state, in order of blocks. This is a pass over all actors,
    /// for checks and not for every tick.
    pub fn states(&self) -> impl Iterator<Item = (ActorId, &M::State)> {
        let layout = &self.partition.layout;
        let shards = self.shards.iter();
        shards.flat_map(move |shard| shard.states(layout))
    }

    /// Returns the block states, in order of blocks.
    pub fn block_states(&self) -> impl Iterator<Item = &M::BlockState> {
        self.shards.iter().flat_map(Shard::block_states)
    }
}
