//! The engine and the loop over its ticks.
//!
//! With one thread, the calling thread does everything. With more, it still runs the loop and
//! the small ticks, and the threads of the pool help with the large ones (`hand_over`).
//! Invariant, checked in release builds, too: after each call of [`Engine::run_until`],
//! envelopes sent = handled + in flight. Ticks in which no envelope is due and no trigger
//! fires are skipped. Units: ticks, envelopes.

use rayon::prelude::*;

use crate::{
    actor_id::ActorId,
    engine::{
        balance::Balance,
        clock::Clock,
        settings::{Settings, SettingsError},
        shard::Shard,
        tick_loop::{
            alone::Alone,
            hand_over::{HandOver, Lead},
            progress::{Fixed, Frame, Progress, Workplace},
        },
    },
    mail::{layout::Layout, partition::Partition},
    model::{Model, kinds_of, weights_of},
    random::Random,
    time::{MAX_TICK, Tick},
};

mod alone;
mod assignment;
mod hand_over;
mod progress;
pub(crate) mod ranked;

/// With fewer envelopes in the exchange than this, one thread empties it at the end of a call.
const SHARE_RECEIVING_FROM: u64 = 4_096;

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
pub(crate) fn workers(threads: usize) -> Result<rayon::ThreadPool, SettingsError> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|index| format!("shard-worker-{index}"))
        .build()
        .map_err(|error| SettingsError::Threads(error.to_string()))
}

/// A running model: its actors, its world and the envelopes in flight.
pub struct Engine<M: Model> {
    model: M,
    settings: Settings,
    random: Random,
    pub(crate) partition: Partition,
    frame: Frame<M>,
    pub(crate) shards: Vec<Shard<M>>,
    pub(crate) workers: rayon::ThreadPool,
    pub(crate) progress: Progress<M>,
    /// See [`hand_over::spins`].
    spins: u32,
    /// Whether the loop runs, or ended by a panic.
    is_broken: bool,
    /// See [`Engine::measure_balance`].
    clock: Option<fn() -> u64>,
}

impl<M: Model> Engine<M> {
    /// Creates all actors of `model` at tick 0.
    ///
    /// # Errors
    /// Returns an error if a setting is out of range or the threads cannot be started.
    pub fn new(model: M, world: M::World, settings: Settings) -> Result<Self, SettingsError> {
        settings.check()?;
        let layout = Layout::new(kinds_of(&model, settings.actors));
        let weights = weights_of(&model, &layout);
        let partition = Partition::new(layout, &weights, settings.shards);
        Self::created(model, world, settings, partition)
    }

    /// Creates the actors of a partition that belong to this rank.
    fn created(
        model: M,
        world: M::World,
        settings: Settings,
        partition: Partition,
    ) -> Result<Self, SettingsError> {
        let Settings {
            actors,
            seed,
            threads,
            ..
        } = settings;
        let workers = workers(threads)?;
        let random = Random::new(seed);
        let shards: Vec<_> = workers.install(|| {
            let own = partition.own().into_par_iter();
            own.map(|index| Shard::create(index, &model, &world, &partition, random))
                .collect()
        });
        let start = Clock {
            now: 0,
            last: 0,
            handled: 0,
            actors,
            block_bits: partition.layout.bits,
            seed,
        };
        Ok(Self::assembled(
            model, world, settings, partition, shards, start, workers,
        ))
    }

    /// Creates an engine from new or restored shards.
    pub(crate) fn assembled(
        model: M,
        world: M::World,
        settings: Settings,
        partition: Partition,
        shards: Vec<Shard<M>>,
        clock: Clock,
        workers: rayon::ThreadPool,
    ) -> Self {
        let progress = Progress::new(&shards, clock, settings.threads);
        Self {
            model,
            settings,
            random: Random::new(settings.seed),
            frame: Frame::new(world, partition.len()),
            partition,
            shards,
            workers,
            progress,
            spins: hand_over::spins(settings.threads),
            is_broken: false,
            clock: None,
        }
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
    /// printed to standard error), or if an envelope was lost or duplicated. If a rank panics, all
    /// ranks do at the same tick, with its message.
    pub fn run_until(&mut self, end: Tick) -> Result<(), Halt> {
        assert!(
            end <= MAX_TICK,
            "a run can have {MAX_TICK} ticks at most, not {end}"
        );
        assert!(
            !self.is_broken,
            "the engine has stopped at a panic of its model (seed {})",
            self.settings.seed
        );
        self.is_broken = true;
        let outcome = if self.progress.remote.is_some() {
            self.run_with_ranks(end)
        } else {
            self.execute_until(end)
        };
        self.is_broken = false;
        outcome
    }

    fn execute_until(&mut self, end: Tick) -> Result<(), Halt> {
        let Self {
            shards,
            frame,
            progress,
            workers,
            settings:
                Settings {
                    threads,
                    mail_limit,
                    ..
                },
            ..
        } = self;
        let fixed = Fixed {
            model: &self.model,
            partition: &self.partition,
            random: self.random,
            clock: self.clock,
        };
        let outcome = if *threads == 1 {
            let mut place = Alone {
                fixed: &fixed,
                frame,
                shards,
            };
            execute(progress, &fixed, &mut place, *mail_limit, end)
        } else {
            let shared = HandOver::new(&fixed, frame, shards, *threads, self.spins);
            workers.in_place_scope(|scope| {
                let mut place = Lead::new(&shared, scope);
                execute(progress, &fixed, &mut place, *mail_limit, end)
            })
        };
        self.empty_exchange();
        self.check_conservation();
        outcome
    }

    /// Moves the envelopes of the last tick from the exchange into the timing wheels, so that
    /// all envelopes in flight are in the wheels when the engine is read or saved. The order
    /// of the envelopes does not change.
    fn empty_exchange(&mut self) {
        let Self {
            shards,
            frame,
            progress,
            ..
        } = self;
        frame.exchange.swap_lanes();
        let last = progress.last;
        let receive = |shard: &mut Shard<M>| {
            // The wheel of a shard without work stays behind.
            shard.wheel.advance(last);
            shard.receive_batches(&frame.exchange, last);
        };
        if self.settings.threads == 1 || progress.in_exchange < SHARE_RECEIVING_FROM {
            shards.iter_mut().for_each(receive);
        } else {
            self.workers
                .install(|| shards.par_iter_mut().with_max_len(1).for_each(receive));
        }
        progress.exchange_emptied(shards);
    }

    /// Returns the envelopes that wait in the wheels of this rank.
    fn waiting(&self) -> u64 {
        self.shards.iter().map(|shard| shard.wheel.len()).sum()
    }

    fn check_conservation(&mut self) {
        let waiting = self.all_waiting();
        assert_eq!(
            self.sent(),
            self.handled() + waiting,
            "envelopes were lost or duplicated before tick {} (seed {})",
            self.now(),
            self.settings.seed
        );
    }
}

/// Executes all ticks before `end`.
fn execute<M: Model>(
    progress: &mut Progress<M>,
    fixed: &Fixed<'_, M>,
    place: &mut impl Workplace<M>,
    limit: u64,
    end: Tick,
) -> Result<(), Halt> {
    while let Some(tick) = progress.execute_next(fixed, place, end) {
        let in_flight = progress.in_flight();
        if in_flight > limit {
            return Err(Halt::MailLimit {
                tick,
                in_flight,
                limit,
            });
        }
    }
    progress.now = progress.now.max(end);
    Ok(())
}

impl<M: Model> Engine<M> {
    /// Measures the [`Balance`] of the shards from now on. `clock` returns nanoseconds since any
    /// fixed point in time; without it, no times are measured. Results do not depend on it. The
    /// measurement takes 1 to 2 us a tick.
    pub fn measure_balance(&mut self, clock: Option<fn() -> u64>) {
        self.clock = clock;
        self.progress.balance = Some(Balance::new(self.shards.len()));
    }

    /// Returns what was measured since the previous call; an empty balance if
    /// [`measure_balance`](Self::measure_balance) was not called.
    pub fn take_balance(&mut self) -> Balance {
        let balance = self.progress.balance.as_mut();
        balance.map(Balance::take).unwrap_or_default()
    }

    /// Sets the number of envelopes from which on a tick is executed in parallel, judged by the
    /// tick before it; 0 for always. It affects only the speed. Tests set it to 0 to use
    /// several threads with few actors.
    pub fn parallel_from(&mut self, envelopes: u64) {
        self.progress.parallel_from = envelopes;
    }

    /// Returns the next tick: all ticks before it are done.
    pub fn now(&self) -> Tick {
        self.progress.now
    }

    /// Returns the model.
    pub fn model(&self) -> &M {
        &self.model
    }

    /// Returns the world as of the last barrier.
    pub fn world(&self) -> &M::World {
        &self.frame.world
    }

    /// Returns the settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Returns the number of envelopes sent so far: by actors, at their creation and by
    /// triggers. A broadcast is not counted.
    pub fn sent(&self) -> u64 {
        self.progress.sent
    }

    /// Returns the number of envelopes handled so far: the events of a run.
    pub fn handled(&self) -> u64 {
        self.progress.handled
    }

    /// Returns the number of envelopes in flight: sent and not yet handled.
    pub fn in_flight(&self) -> u64 {
        self.progress.in_flight()
    }

    /// Returns the number of ticks that this engine has executed and not skipped.
    pub fn executed_ticks(&self) -> u64 {
        self.progress.executed
    }

    /// Returns every actor of this rank with its state, in order of blocks. This is a pass over all
    /// actors, for checks and not for every tick.
    pub fn states(&self) -> impl Iterator<Item = (ActorId, &M::State)> {
        let layout = &self.partition.layout;
        let shards = self.shards.iter();
        shards.flat_map(move |shard| shard.states(layout))
    }

    /// Returns the block states of this rank, in order of blocks.
    pub fn block_states(&self) -> impl Iterator<Item = &M::BlockState> {
        self.shards.iter().flat_map(Shard::block_states)
    }
}
