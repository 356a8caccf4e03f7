//! The balance of work between shards, and the bound on efficiency that follows from it.
//!
//! The bound with `t` threads is the events of all shards divided by `t` times the makespan, both
//! summed over the ticks. The makespan of a tick is the number of events after which the last
//! thread ends if each thread, as soon as it is idle, takes the shard with the most events in the
//! ticks before. It leaves out that events differ in cost, serial parts, the hand-over, and what
//! threads cost each other in caches and memory. It is counted in events and not in time, because
//! a time includes what other processes take.
//!
//! Consecutive shards are merged to as many as an engine with `t` threads has by default, so one
//! measurement with the shards of the largest number of threads gives all bounds. Units: events,
//! nanoseconds.

use std::cmp::Reverse;

use crate::engine::settings::Settings;

/// Returns the mean load of a shard after a tick with some events, in sixteenths of an event, so that a
/// mean of few events is not cut to 0. A tick has a weight of a quarter.
pub(crate) fn mean_load(before: u64, events: u64) -> u64 {
    before - (before >> 2) + 4 * events
}

/// What a shard did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShardCost {
    /// Envelopes handled.
    pub events: u64,
    /// The time that they took, in nanoseconds; 0 without a clock.
    pub nanoseconds: u64,
}

/// The bound for one number of threads.
#[derive(Clone, Debug)]
struct Bound {
    threads: usize,
    /// Events of the merged shards in this tick.
    now: Vec<u64>,
    /// Their mean loads in the ticks before, which determine the order.
    before: Vec<u64>,
    /// The merged shards, those with the most events before first.
    order: Vec<usize>,
    makespan: u64,
}

impl Bound {
    fn new(threads: usize, shards: usize) -> Self {
        let merged = Settings::default_shards(threads).min(shards);
        Self {
            threads,
            now: vec![0; merged],
            before: vec![0; merged],
            order: (0..merged).collect(),
            makespan: 0,
        }
    }

    fn end_tick(&mut self) {
        self.order.sort_by_key(|shard| Reverse(self.before[*shard]));
        let mut ends = [0; Balance::MOST_THREADS];
        let ends = &mut ends[..self.threads];
        for shard in &self.order {
            let Some(first) = ends.iter_mut().min() else {
                return;
            };
            *first += self.now[*shard];
        }
        self.makespan += ends.iter().copied().max().unwrap_or(0);
        for (before, now) in self.before.iter_mut().zip(&mut self.now) {
            *before = mean_load(*before, std::mem::take(now));
        }
    }
}

/// Events and times of shards over some ticks.
#[derive(Clone, Debug, Default)]
pub struct Balance {
    ticks: u64,
    shards: Vec<ShardCost>,
    bounds: Vec<Bound>,
}

impl Balance {
    /// The numbers of threads for which the bound is computed.
    pub const THREADS: [usize; 4] = [2, 4, 8, 16];
    const MOST_THREADS: usize = 16;

    pub(crate) fn new(shards: usize) -> Self {
        let bound = |threads| Bound::new(threads, shards);
        Self {
            ticks: 0,
            shards: vec![ShardCost::default(); shards],
            bounds: Self::THREADS.into_iter().map(bound).collect(),
        }
    }

    /// Adds what a shard did in this tick.
    pub(crate) fn add(&mut self, shard: usize, events: u64, nanoseconds: u64) {
        let all = self.shards.len();
        let sum = &mut self.shards[shard];
        sum.events += events;
        sum.nanoseconds += nanoseconds;
        for bound in &mut self.bounds {
            let merged = bound.now.len();
            bound.now[shard * merged / all] += events;
        }
    }

    pub(crate) fn end_tick(&mut self) {
        self.ticks += 1;
        self.bounds.iter_mut().for_each(Bound::end_tick);
    }

    /// Returns what was measured and sets it to zero; the order of the shards is kept.
    pub(crate) fn take(&mut self) -> Self {
        let taken = self.clone();
        self.ticks = 0;
        self.shards.fill(ShardCost::default());
        for bound in &mut self.bounds {
            bound.makespan = 0;
        }
        taken
    }

    /// Returns the number of ticks.
    pub fn ticks(&self) -> u64 {
        self.ticks
    }

    /// Returns events and time of each shard, in order of shards.
    pub fn shards(&self) -> &[ShardCost] {
        &self.shards
    }

    /// Returns the bound on efficiency for each of [`Self::THREADS`], 0 to 1; 1 if nothing was
    /// done.
    pub fn efficiencies(&self) -> [f64; 4] {
        let events: u64 = self.shards.iter().map(|shard| shard.events).sum();
        let mut efficiencies = [1.0; 4];
        for (efficiency, bound) in efficiencies.iter_mut().zip(&self.bounds) {
            if bound.makespan > 0 {
                *efficiency = events as f64 / (bound.threads as f64 * bound.makespan as f64);
            }
        }
        efficiencies
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Adds ticks in which shard `i` handles `events[i]` envelopes.
    fn balance(events: &[u64], ticks: u32) -> Balance {
        let mut balance = Balance::new(events.len());
        for _ in 0..ticks {
            for (shard, events) in events.iter().enumerate() {
                balance.add(shard, *events, 0);
            }
            balance.end_tick();
        }
        balance
    }

    #[test]
    fn equal_shards_have_a_bound_of_one() {
        let balance = balance(&[3; 64], 5);
        assert_eq!(balance.efficiencies(), [1.0; 4]);
        assert_eq!(balance.ticks(), 5);
        assert_eq!(
            balance.shards()[63],
            ShardCost {
                events: 15,
                nanoseconds: 0
            }
        );
    }

    #[test]
    fn one_shard_with_half_of_the_work_bounds_all_numbers_of_threads() {
        let mut events = [1; 64];
        events[63] = 63;
        let mut balance = balance(&events, 1);
        balance.take();
        for (shard, events) in events.iter().enumerate() {
            balance.add(shard, *events, 0);
        }
        balance.end_tick();
        // Merged to two shards a thread, the last of which has the 63 events and those of the others.
        for (threads, efficiency) in Balance::THREADS.into_iter().zip(balance.efficiencies()) {
            let others = 64 / Settings::default_shards(threads) - 1;
            let last = 63.0 + others as f64;
            assert_eq!(efficiency, 126.0 / (threads as f64 * last), "{threads}");
        }
    }

    #[test]
    fn times_do_not_change_the_bound() {
        let mut balance = Balance::new(2);
        balance.add(0, 1, 100);
        balance.add(1, 3, 100);
        balance.end_tick();
        assert_eq!(balance.efficiencies()[0], 4.0 / 6.0);
        let expected = ShardCost {
            events: 3,
            nanoseconds: 100,
        };
        assert_eq!(balance.shards()[1], expected);
        assert_eq!(Balance::new(2).efficiencies(), [1.0; 4]);
    }
}
