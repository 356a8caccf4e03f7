//! The memory that a scenario needs, and the memory that it may use.
//!
//! The size of each kind of object was measured once. All sizes are in bytes.

use patchday_agents::scenario::Scenario;

use crate::host::resources::Workers;

/// Memory that does not depend on the scenario: the program, its tables, and the pools and worlds
/// of an empty network.
const BASE_BYTES: f64 = 22e6;
/// Memory of every user: the state of the actor and its share of the block states.
const BYTES_PER_USER: f64 = 16.5;
/// Memory of every regular user: the pending envelopes, with their share of the pool.
pub(crate) const BYTES_PER_REGULAR_USER: f64 = 22.0;
/// Memory of every supernode: its load, and its entries in the directory of the last hours.
const BYTES_PER_SUPERNODE: f64 = 300.0;
/// Memory of every client of a supernode: its entry in the list, with the unused capacity.
const BYTES_PER_SEAT: f64 = 4.0;
/// The most seats for which a supernode reserves memory at the start.
const MOST_SEATS_AT_ONCE: f64 = 300.0;
/// Memory of every shard: slots of the timing wheel and outboxes.
const BYTES_PER_SHARD: f64 = 4e6;
/// Memory of every pair of shards: channels.
const BYTES_PER_CHANNEL: f64 = 1_100.0;
/// Memory of every sample; summary and plot need all samples until the end.
pub(crate) const BYTES_PER_SAMPLE: f64 = 120.0;
/// Memory of a pending envelope, with its share of the pool, and its share of the copy of an eighth
/// of all mail that is made while a checkpoint is written.
const BYTES_PER_ENVELOPE: f64 = 24.0;
/// Pending envelopes of every regular user in a network without an outage (measured at the start:
/// 1.13 in the scenario of 2007).
const ENVELOPES_PER_REGULAR_USER: f64 = 1.25;
/// Memory of a checkpoint while it is written: for every user, and for the parts that are being
/// compressed, which are smaller with few users.
const CHECKPOINT_BYTES_PER_USER: f64 = 1.3;
const PART_BYTES_PER_USER: f64 = 15.0;
const PARTS_BYTES: f64 = 64e6;
/// Memory that is left for other processes and for estimation errors.
const SPARE_BYTES: f64 = 8e6;
/// Memory of a pending envelope, with its share of the pool, when most envelopes are pending.
pub(crate) const BYTES_PER_WAITING_ENVELOPE: f64 = 15.5;
/// The share of the available memory that an estimate may use; the rest is for estimation errors.
const USABLE: f64 = 0.95;

/// Memory that does not grow with the users.
pub(crate) fn fixed_bytes(workers: Workers) -> f64 {
    let shards = workers.shards as f64;
    BASE_BYTES + BYTES_PER_SHARD * shards + BYTES_PER_CHANNEL * shards * shards
}

/// Memory of all actors, and of the supernodes that they may become.
pub(crate) fn actor_bytes(scenario: &Scenario) -> f64 {
    let population = &scenario.population;
    let users = population.users as f64;
    let fit = users
        * population.regular_share.get()
        * population.always_on_share.get()
        * population.eligible_share.get();
    let core = fit.min(scenario.overlay.core.supernodes as f64);
    let cluster = |count: f64, seats: u16| {
        let reserved = f64::from(seats / 2).min(MOST_SEATS_AT_ONCE);
        count * (BYTES_PER_SUPERNODE + reserved * BYTES_PER_SEAT)
    };
    let operator = &scenario.operator;
    let forced = operator.force_supernodes.iter();
    let forced = forced.map(|attempt| (attempt.count, attempt.seats));
    let added = operator
        .action
        .iter()
        .map(|action| (action.count, action.seats));
    let machines = forced.chain(added);
    let machines = machines.map(|(count, seats)| {
        let count = count as f64;
        count * BYTES_PER_USER + cluster(count, seats)
    });
    users * BYTES_PER_USER + cluster(core, scenario.overlay.supernode.seats) + machines.sum::<f64>()
}

/// The number of pending envelopes at which a run is stopped: as many as fit in the available memory
/// beside the actors, but at least as many as a network without an outage needs.
pub(crate) fn mail_limit(scenario: &Scenario, workers: Workers, available: Option<u64>) -> u64 {
    let Some(available) = available else {
        return u64::MAX;
    };
    let users = scenario.population.users as f64;
    let regular = users * scenario.population.regular_share.get();
    let free = usable(available, scenario) - fixed_bytes(workers) - actor_bytes(scenario);
    (free / BYTES_PER_ENVELOPE).max(regular * ENVELOPES_PER_REGULAR_USER) as u64
}

/// The memory that must stay free during a run: enough to write a checkpoint.
pub(crate) fn reserve(scenario: &Scenario) -> u64 {
    let users = scenario.population.users as f64;
    let parts = (PART_BYTES_PER_USER * users).min(PARTS_BYTES);
    (SPARE_BYTES + parts + CHECKPOINT_BYTES_PER_USER * users) as u64
}

/// The part of the available memory that an estimate may use.
pub(crate) fn usable(available: u64, scenario: &Scenario) -> f64 {
    let left = available.saturating_sub(reserve(scenario));
    (available as f64 * USABLE).min(left as f64)
}

/// The share of a scenario that fits in memory: `fixed` bytes do not depend on its users, `growing`
/// bytes are proportional to them.
pub(crate) fn share_that_fits(available: f64, fixed: f64, growing: f64, users: f64) -> f64 {
    let free = available - fixed;
    // The reserve of `reserve` grows with the users up to a limit. Solve for both cases.
    let left =
        |parts: f64, per_user: f64| (free - SPARE_BYTES - parts) / (growing + per_user * users);
    let many = left(PARTS_BYTES, CHECKPOINT_BYTES_PER_USER);
    let few = left(0.0, CHECKPOINT_BYTES_PER_USER + PART_BYTES_PER_USER);
    let most = (available * USABLE - fixed) / growing;
    most.min(many.max(few))
}
