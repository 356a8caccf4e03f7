//! The engine: the tick loop, the barrier, the law.
//!
//! Invariants, checked in release builds too: sent = handled + in flight at
//! the end of every stretch; no mail is due in the past. A stretch in which
//! nothing is due is skipped. Units: ticks, envelopes.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use rayon::prelude::*;

use crate::{
    actor_id::ActorId,
    engine::{
        clock::Clock,
        digest::Digester,
        settings::{Settings, SettingsError},
        shard::{Common, Shard},
    },
    mail::{exchange::Exchange, partition::Partition},
    model::{Injection, Model, Tally},
    random::Random,
    time::{MAX_TICK, Tick},
};

/// With less mail than this expected in a tick, waking other threads costs more
/// than it saves. Only speed depends on it.
const WORTH_SHARING: u64 = 512;

/// Why a stretch ended before its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Halt {
    /// More mail in flight than the limit allows.
    MailLimit {
        /// The tick after which it was noticed.
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

/// The threads of an engine.
fn workers(threads: usize) -> Result<rayon::ThreadPool, SettingsError> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|index| format!("shard-worker-{index}"))
        .build()
        .map_err(|error| SettingsError::Threads(error.to_string()))
}

/// A model under way.
pub struct Engine<M: Model> {
    model: M,
    world: M::World,
    settings: Settings,
    random: Random,
    pub(crate) partition: Partition,
    exchange: Exchange<M::Message>,
    pub(crate) shards: Vec<Shard<M>>,
    workers: Arc<rayon::ThreadPool>,
    tally: M::Tally,
    /// Every tick before this one is done.
    now: Tick,
    /// The last tick that was executed; what is in the exchange was sent in it.
    pub(crate) last: Tick,
    /// The earliest tick at which mail in the exchange is due.
    arriving: Tick,
    sent: u64,
    handled: u64,
    executed: u64,
    /// Envelopes handled in the last tick: the guess for the next one.
    recent: u64,
    /// From so many on, a tick is shared among the threads.
    worth_sharing: u64,
}

impl<M: Model> Engine<M> {
    /// Create all actors of `model` at tick 0.
    ///
    /// # Errors
    /// [`SettingsError`] if a setting is outside its range or no threads can be had.
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
        let partition = Partition::new(actors, shards);
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
            worth_sharing: WORTH_SHARING,
        })
    }

    /// An engine that is already under way.
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
            worth_sharing: WORTH_SHARING,
        })
    }

    /// Do every tick before `end`, then stand at `end`. Ticks in which nothing
    /// is due are skipped; `end` in the past does nothing.
    ///
    /// # Errors
    /// [`Halt`] if there is more mail than allowed; the state is then that
    /// after the last tick done and can still be read.
    ///
    /// # Panics
    /// If `end` is beyond [`MAX_TICK`], if a handler panics (who acted, at
    /// which tick and under which seed goes to standard error), or if mail was
    /// lost.
    pub fn run_until(&mut self, end: Tick) -> Result<(), Halt> {
        assert!(
            end <= MAX_TICK,
            "a run may last {MAX_TICK} ticks, not {end}"
        );
        // The loop itself runs on a worker, so that a tick need not wake one.
        let workers = Arc::clone(&self.workers);
        workers.install(|| {
            let outcome = self.stretch(end);
            self.collect();
            self.check_conservation();
            outcome
        })
    }

    fn stretch(&mut self, end: Tick) -> Result<(), Halt> {
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

    /// The next tick at which mail may be due or a trigger fires.
    fn next_busy_tick(&self) -> Option<Tick> {
        let wheels = self.shards.iter().filter_map(Shard::next).min();
        let trigger = self.model.next_trigger(&self.world, self.now);
        let arriving = (self.arriving != Tick::MAX).then_some(self.arriving);
        // A wheel still stands at the last tick done, so its next may be that.
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
        let common = Common {
            model: &self.model,
            world: &self.world,
            partition: &self.partition,
            exchange: &self.exchange,
            random: self.random,
            now,
            before: self.last,
            injection: &injection,
        };
        if self.recent < self.worth_sharing && injection.is_empty() {
            self.shards.iter_mut().for_each(|shard| shard.tick(&common));
        } else {
            self.shards
                .par_iter_mut()
                .with_max_len(1)
                .for_each(|shard| shard.tick(&common));
        }
        self.last = now;
        self.executed += 1;
        self.arriving = Tick::MAX;
        let mut handled = 0;
        for shard in &mut self.shards {
            handled += shard.handled;
            self.sent += shard.outbox.sent;
            self.arriving = self.arriving.min(shard.outbox.earliest);
            if shard.handled > 0 || fired {
                self.tally.merge(&mut shard.tally);
            }
        }
        self.handled += handled;
        self.recent = handled;
        if handled > 0 || fired {
            self.model.end_tick(&mut self.world, &mut self.tally, now);
        }
    }

    /// Bring the mail of the last tick from the exchange into the wheels, so
    /// that between stretches all mail lies in one place. The order of mail
    /// stays what it would have been.
    fn collect(&mut self) {
        self.exchange.swap_lanes();
        let Self {
            shards,
            exchange,
            last,
            ..
        } = self;
        shards
            .par_iter_mut()
            .with_max_len(1)
            .for_each(|shard| shard.receive_batches(exchange, *last));
        self.arriving = Tick::MAX;
    }

    fn check_conservation(&self) {
        let waiting: u64 = self.shards.iter().map(|shard| shard.wheel.len()).sum();
        assert_eq!(
            self.sent,
            self.handled + waiting,
            "mail was lost or doubled by tick {} (seed {})",
            self.now,
            self.settings.seed
        );
    }
}

impl<M: Model> Engine<M> {
    /// Share a tick among the threads if the one before it had this many envelopes or
    /// more; 0 for always. Only speed depends on it: small engines that shall prove
    /// something about threads must use them.
    pub fn parallel_from(&mut self, envelopes: u64) {
        self.worth_sharing = envelopes;
    }

    /// Every tick before this one is done.
    pub fn now(&self) -> Tick {
        self.now
    }

    /// The model.
    pub fn model(&self) -> &M {
        &self.model
    }

    /// The world as it stood at the last barrier.
    pub fn world(&self) -> &M::World {
        &self.world
    }

    /// How it is run.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Envelopes sent so far, by actors, at creation and by triggers.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// Envelopes handled so far: the events of a run.
    pub fn handled(&self) -> u64 {
        self.handled
    }

    /// Envelopes that wait or travel.
    pub fn in_flight(&self) -> u64 {
        self.sent - self.handled
    }

    /// Ticks that were executed and not skipped, by this engine.
    pub fn executed_ticks(&self) -> u64 {
        self.executed
    }

    /// Every actor with its state, in order of ids: a census. Costs a pass over
    /// the population, so it is for checks, not for every tick.
    pub fn states(&self) -> impl Iterator<Item = (ActorId, &M::State)> {
        self.shards.iter().flat_map(Shard::states)
    }

    /// The block_states of all blocks, in order of blocks.
    pub fn block_states(&self) -> impl Iterator<Item = &M::BlockState> {
        self.shards.iter().flat_map(Shard::block_states)
    }
}

impl<M: Model> Engine<M> {
    /// The fingerprint of the whole state: actors, block_states, waiting mail, world
    /// and time. The same for any threads and shards.
    pub fn digest(&self) -> u64 {
        let bits = self.partition.bits;
        let (blocks, mail): (Vec<_>, Vec<_>) = self.workers.install(|| {
            self.shards
                .par_iter()
                .map(|shard| (shard.digests(bits), shard.mail_digest()))
                .collect::<Vec<_>>()
                .into_iter()
                .unzip()
        });
        let mut digester = Digester::new();
        for block in blocks.iter().flatten() {
            block.hash(&mut digester);
        }
        mail.iter()
            .fold(0u64, |sum, part| sum.wrapping_add(*part))
            .hash(&mut digester);
        self.world.hash(&mut digester);
        self.now.hash(&mut digester);
        self.handled.hash(&mut digester);
        digester.finish()
    }
}
