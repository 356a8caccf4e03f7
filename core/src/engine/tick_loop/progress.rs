//! The serial part of a tick: what happens before and after the shards work.
//!
//! Invariant: a shard is left out of a tick only if it has no due envelope, no window of its
//! wheel begins, nothing was sent to it in the tick before, and nothing is injected. The set and
//! the order of the shards that work affect only the speed. With several ranks, the numbers of sent
//! and handled envelopes are those of all ranks, and the shards are those of this one. Units: ticks,
//! envelopes.

use std::sync::{Mutex, PoisonError};

use crate::{
    engine::{
        balance::{Balance, mean_load},
        clock::Clock,
        mail_peaks::MailPeaks,
        shard::{Shard, TickInput},
        tick_loop::assignment::Assignment,
    },
    mail::{exchange::Exchange, partition::Partition},
    model::{Injection, Model, Tally},
    random::Random,
    ranks::remote::{Remote, TickSums},
    time::Tick,
};

/// A tick with fewer envelopes than this runs on one thread: the hand-over takes about as long as
/// its work. Measured with ticks of 570 envelopes: with 256 instead, the smaller ones among them
/// let the other threads fall asleep, and the run took a quarter longer. It affects only the speed.
const PARALLEL_FROM: u64 = 64;

/// What does not change while ticks are executed.
pub(crate) struct Fixed<'a, M: Model> {
    pub(crate) model: &'a M,
    pub(crate) partition: &'a Partition,
    pub(crate) random: Random,
    /// Returns the time in nanoseconds, if the cost of shards is measured.
    pub(crate) clock: Option<fn() -> u64>,
}

impl<M: Model> Fixed<'_, M> {
    /// Executes one tick of a shard.
    pub(crate) fn execute(&self, shard: &mut Shard<M>, frame: &Frame<M>) {
        let started = self.clock.map(|clock| clock());
        shard.tick(&TickInput {
            model: self.model,
            world: &frame.world,
            partition: self.partition,
            exchange: &frame.exchange,
            random: self.random,
            now: frame.now,
            before: frame.before,
            injection: &frame.injection,
        });
        // The thread that has the wheel in its cache looks for the next tick.
        shard.due = next(shard);
        shard.spent = match (self.clock, started) {
            (Some(clock), Some(started)) => clock().saturating_sub(started),
            _ => 0,
        };
    }
}

/// Returns the earliest tick at which the wheel of a shard has something to do; [`Tick::MAX`] if
/// it is empty.
fn next<M: Model>(shard: &Shard<M>) -> Tick {
    shard.next().unwrap_or(Tick::MAX)
}

/// What the shards read during a tick. Only the thread that runs the loop changes it, between
/// ticks.
pub(crate) struct Frame<M: Model> {
    pub(crate) world: M::World,
    pub(crate) exchange: Exchange<M::Message>,
    injection: Injection<M>,
    now: Tick,
    /// The last tick that was executed before `now`: the batches that are delivered now were
    /// sent in it.
    before: Tick,
    /// The shards that work in this tick, ascending.
    pub(crate) active: Vec<u16>,
    /// The same for each thread in a large tick, in the order in which it claims them.
    pub(crate) own: Vec<Vec<u16>>,
}

impl<M: Model> Frame<M> {
    pub(crate) fn new(world: M::World, shards: usize) -> Self {
        Self {
            world,
            exchange: Exchange::new(shards),
            injection: Injection::new(),
            now: 0,
            before: 0,
            active: Vec::new(),
            own: Vec::new(),
        }
    }
}

/// The threads and shards of a loop: one thread with all shards, or several threads.
pub(crate) trait Workplace<M: Model> {
    /// Whether several threads can work.
    const IS_SHARED: bool;

    /// Returns what the shards read. Only called while no shard works.
    fn frame(&mut self) -> &mut Frame<M>;

    /// Executes the tick of every active shard; on several threads, if there are,
    /// if `is_large`. Returns false if another thread panicked.
    fn work(&mut self, is_large: bool) -> bool;

    /// Passes a shard to `look`. Only called while no shard works.
    fn visit(&mut self, shard: usize, look: impl FnOnce(&mut Shard<M>));
}

/// The progress of an engine.
pub(crate) struct Progress<M: Model> {
    tally: M::Tally,
    /// The next tick: all ticks before it are done.
    pub(crate) now: Tick,
    /// The last tick that was executed: the batches in the exchange were sent in it.
    pub(crate) last: Tick,
    /// The earliest due tick of the envelopes in the exchange; [`Tick::MAX`] if there are none.
    arriving: Tick,
    /// The earliest tick at which other ranks have something to do; [`Tick::MAX`] if there are none.
    pub(crate) elsewhere: Tick,
    pub(crate) sent: u64,
    pub(crate) handled: u64,
    pub(crate) executed: u64,
    /// Envelopes handled by this rank in the last tick, as an estimate for the next one.
    recent: u64,
    /// Envelopes sent by this rank in the last tick, or to it.
    pub(crate) in_exchange: u64,
    /// See [`Engine::parallel_from`](crate::Engine::parallel_from).
    pub(crate) parallel_from: u64,
    pub(crate) peaks: MailPeaks,
    /// Whether a trigger fired in this tick.
    fired: bool,
    /// For each shard, the earliest tick at which its wheel has something to do.
    due: Vec<Tick>,
    /// The [mean load](mean_load) of each shard.
    load: Vec<u64>,
    assignment: Assignment,
    pub(crate) balance: Option<Balance>,
    /// The other ranks. A lock, because a digest collects from them, too.
    pub(crate) remote: Option<Mutex<Box<dyn Remote<M>>>>,
}

impl<M: Model> Progress<M> {
    /// The progress of new or restored shards.
    pub(crate) fn new(shards: &[Shard<M>], clock: Clock, threads: usize) -> Self {
        let waiting: u64 = shards.iter().map(|shard| shard.wheel.len()).sum();
        Self {
            tally: M::Tally::default(),
            now: clock.now,
            last: clock.last,
            arriving: Tick::MAX,
            elsewhere: Tick::MAX,
            sent: clock.handled + waiting,
            handled: clock.handled,
            executed: 0,
            recent: 0,
            in_exchange: 0,
            parallel_from: PARALLEL_FROM,
            peaks: MailPeaks::default(),
            fired: false,
            due: shards.iter().map(next).collect(),
            load: vec![0; shards.len()],
            assignment: Assignment::new(threads),
            balance: None,
            remote: None,
        }
    }

    /// Notes that the exchange was emptied into the wheels.
    pub(crate) fn exchange_emptied(&mut self, shards: &[Shard<M>]) {
        self.arriving = Tick::MAX;
        self.in_exchange = 0;
        self.due.clear();
        self.due.extend(shards.iter().map(next));
    }

    /// Returns the earliest tick at which a shard of this rank may have something to do, or a shard of
    /// another rank because of the last tick of this one.
    pub(crate) fn next_here(&self) -> Tick {
        self.due.iter().copied().fold(self.arriving, Tick::min)
    }

    /// Returns the next tick at which an envelope may be due or a trigger fires.
    fn next_busy_tick(&self, model: &M, world: &M::World) -> Option<Tick> {
        let due = self.next_here().min(self.elsewhere);
        let trigger = model.next_trigger(world, self.now);
        let due = (due != Tick::MAX).then_some(due);
        // A wheel may return the tick at which it is.
        let tick = due.into_iter().chain(trigger).min();
        tick.map(|tick| tick.max(self.now))
    }

    /// Executes the next tick before `end`. Returns it, or `None` if there is none or a thread
    /// panicked.
    pub(crate) fn execute_next<P: Workplace<M>>(
        &mut self,
        fixed: &Fixed<'_, M>,
        place: &mut P,
        end: Tick,
    ) -> Option<Tick> {
        let frame = place.frame();
        let tick = self.next_busy_tick(fixed.model, &frame.world)?;
        if tick >= end {
            return None;
        }
        self.begin(fixed, frame, tick);
        let is_large = P::IS_SHARED
            && frame.active.len() > 1
            && (self.recent >= self.parallel_from || !frame.injection.is_empty());
        if is_large {
            self.assignment.assign(&self.load);
            self.assignment.list(&frame.active, &mut frame.own);
        }
        if !place.work(is_large) {
            return None;
        }
        let has_handled = self.finish(fixed, place);
        let frame = place.frame();
        if has_handled || self.fired {
            fixed
                .model
                .end_tick(&mut frame.world, &mut self.tally, tick);
        }
        self.now = tick + 1;
        Some(tick)
    }

    /// Fires triggers and lists the shards that work in tick `now`.
    fn begin(&mut self, fixed: &Fixed<'_, M>, frame: &mut Frame<M>, now: Tick) {
        frame.injection = Injection::new();
        self.fired = fixed.model.next_trigger(&frame.world, now) == Some(now);
        if self.fired {
            fixed
                .model
                .fire(&mut frame.world, now, &mut frame.injection);
            let mut mail = frame.injection.mail.iter();
            let stray = mail.find(|(to, _)| *to >= fixed.partition.layout.actors);
            assert!(
                stray.is_none(),
                "a trigger sent a message to actor {:?} at tick {now} (seed {})",
                stray.map(|(to, _)| to),
                fixed.random.seed()
            );
            self.sent += frame.injection.mail.len() as u64;
        }
        frame.exchange.swap_lanes();
        frame.now = now;
        frame.before = self.last;
        let is_injected = !frame.injection.is_empty();
        frame.active.clear();
        let first = fixed.partition.own().start;
        for (shard, due) in self.due.iter().enumerate() {
            if is_injected || *due <= now || frame.exchange.is_mail_for(first + shard) {
                frame.active.push(shard as u16);
            }
        }
    }

    /// Sums up what the shards did, and those of other ranks. Returns whether any has handled an
    /// envelope.
    fn finish(&mut self, fixed: &Fixed<'_, M>, place: &mut impl Workplace<M>) -> bool {
        let frame = place.frame();
        self.last = frame.now;
        let active = std::mem::take(&mut frame.active);
        self.executed += 1;
        self.arriving = Tick::MAX;
        let (mut handled, mut sent) = (0, 0);
        // Ascending, so that lists in tallies do not depend on the order of the work.
        for shard in &active {
            let index = usize::from(*shard);
            place.visit(index, |shard| {
                handled += shard.handled;
                sent += shard.outbox.sent;
                self.arriving = self.arriving.min(shard.outbox.earliest);
                self.due[index] = shard.due;
                let load = &mut self.load[index];
                *load = mean_load(*load, shard.handled);
                if let Some(balance) = &mut self.balance {
                    balance.add(index, shard.handled, shard.spent);
                }
                if shard.handled > 0 || self.fired {
                    self.tally.merge(&mut shard.tally);
                }
            });
        }
        place.frame().active = active;
        if let Some(balance) = &mut self.balance {
            balance.end_tick();
        }
        self.recent = handled;
        self.in_exchange = sent;
        if self.remote.is_some() {
            (handled, sent) = self.swap(fixed, place.frame(), handled, sent);
        }
        self.sent += sent;
        self.handled += handled;
        self.peaks.count(handled, sent, self.in_flight());
        handled > 0
    }

    /// Ends a tick together with the other ranks. Returns the envelopes handled and sent by all of them.
    #[cold]
    #[inline(never)]
    fn swap(
        &mut self,
        fixed: &Fixed<'_, M>,
        frame: &Frame<M>,
        handled: u64,
        sent: u64,
    ) -> (u64, u64) {
        let own = TickSums {
            tick: frame.now,
            handled,
            sent,
            next: self.next_here(),
            has_tally: handled > 0 || self.fired,
        };
        let Some(remote) = &mut self.remote else {
            return (handled, sent);
        };
        let remote = remote.get_mut().unwrap_or_else(PoisonError::into_inner);
        let tally = &mut self.tally;
        match remote.swap_tick(own, tally, &frame.exchange, fixed.partition) {
            Ok(all) => {
                self.elsewhere = all.sums.next;
                self.in_exchange += all.arrived;
                (all.sums.handled, all.sums.sent)
            }
            Err(fault) => fault.unwind(),
        }
    }

    /// Returns the number of envelopes in flight.
    pub(crate) fn in_flight(&self) -> u64 {
        self.sent - self.handled
    }
}
