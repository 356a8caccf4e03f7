//! The footprint: how much memory a scenario takes, and how much it may take.
//!
//! Sizes of each kind of thing were measured once. In bytes.

use patchday_agents::scenario::Scenario;

use crate::host::resources::Workers;

/// Memory that does not depend on the scenario: the program, its tables, the pools
/// and worlds of an empty network.
const BASE_BYTES: f64 = 22e6;
/// Memory of every user: the state of the actor and its share of the annexes.
const BYTES_PER_USER: f64 = 16.5;
/// Memory of every regular user: the envelopes that wait, with the pool around them.
pub(crate) const BYTES_PER_REGULAR_USER: f64 = 22.0;
/// Memory of every supernode: its cluster, and its place in the lists of many hours.
const BYTES_PER_SUPERNODE: f64 = 300.0;
/// Memory of every leaf: its place in a cluster, with what the list grows ahead.
const BYTES_PER_SEAT: f64 = 4.0;
/// Seats of which a cluster keeps room from the beginning, at most.
const MOST_SEATS_AT_ONCE: f64 = 300.0;
/// Memory of every shard: calendar slots and outboxes.
const BYTES_PER_SHARD: f64 = 4e6;
/// Memory of every pair of shards: channels.
const BYTES_PER_CHANNEL: f64 = 1_100.0;
/// Memory of every sample, which the summary and the plot need until the end.
pub(crate) const BYTES_PER_SAMPLE: f64 = 120.0;
/// Memory of an envelope that waits, with the pool around it, and of its share of the copy
/// that is made of an eighth of all mail while a checkpoint is written.
const BYTES_PER_ENVELOPE: f64 = 24.0;
/// Envelopes of every regular user that a calm network may have on the way (measured when it
/// begins: 1.13 in the scenario of 2007).
const ENVELOPES_PER_REGULAR_USER: f64 = 1.25;
/// Memory of a checkpoint while it is written: for every user, and of parts that are packed,
/// which for few users are few.
const CHECKPOINT_BYTES_PER_USER: f64 = 1.3;
const PART_BYTES_PER_USER: f64 = 15.0;
const PARTS_BYTES: f64 = 64e6;
/// What is left to others, and to what nobody foresees.
const SPARE_BYTES: f64 = 8e6;
/// Memory of an envelope that waits, at the moment at which most do, with the pool around it.
pub(crate) const BYTES_PER_WAITING_ENVELOPE: f64 = 15.5;
/// The share of the available memory that a run may plan for; the rest is for what
/// was not foreseen.
const USABLE: f64 = 0.95;

/// Memory that does not grow with the users.
pub(crate) fn fixed_bytes(workers: Workers) -> f64 {
    let shards = workers.shards as f64;
    BASE_BYTES + BYTES_PER_SHARD * shards + BYTES_PER_CHANNEL * shards * shards
}

/// Memory of all actors, and of the clusters that they may have.
pub(crate) fn actor_bytes(scenario: &Scenario) -> f64 {
    let population = &scenario.population;
    let users = population.users as f64;
    let fit = users
        * population.regular_share.get()
        * population.always_on_share.get()
        * population.eligible_share.get();
    let core = fit.min(scenario.overlay.core.supernodes as f64);
    let cluster = |count: f64, seats: u16| {
        let room = f64::from(seats / 2).min(MOST_SEATS_AT_ONCE);
        count * (BYTES_PER_SUPERNODE + room * BYTES_PER_SEAT)
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

/// How many envelopes may wait before a run is stopped: what the memory holds that
/// can be had beside the actors, but never fewer than a calm network needs.
pub(crate) fn mail_limit(scenario: &Scenario, workers: Workers, available: Option<u64>) -> u64 {
    let Some(available) = available else {
        return u64::MAX;
    };
    let users = scenario.population.users as f64;
    let regular = users * scenario.population.regular_share.get();
    let room = usable(available, scenario) - fixed_bytes(workers) - actor_bytes(scenario);
    (room / BYTES_PER_ENVELOPE).max(regular * ENVELOPES_PER_REGULAR_USER) as u64
}

/// What must be left of the memory while a run is under way: enough to write a checkpoint.
pub(crate) fn reserve(scenario: &Scenario) -> u64 {
    let users = scenario.population.users as f64;
    let parts = (PART_BYTES_PER_USER * users).min(PARTS_BYTES);
    (SPARE_BYTES + parts + CHECKPOINT_BYTES_PER_USER * users) as u64
}

/// What a run may plan for of the memory that can be had.
pub(crate) fn usable(available: u64, scenario: &Scenario) -> f64 {
    let left = available.saturating_sub(reserve(scenario));
    (available as f64 * USABLE).min(left as f64)
}

/// The share of a scenario that fits into memory, of which so much does not grow with its
/// users and so much does.
pub(crate) fn share_that_fits(available: f64, fixed: f64, growing: f64, users: f64) -> f64 {
    let room = available - fixed;
    // What must be left grows with the users as well, or no longer; the lesser of the two
    // counts.
    let left =
        |parts: f64, per_user: f64| (room - SPARE_BYTES - parts) / (growing + per_user * users);
    let many = left(PARTS_BYTES, CHECKPOINT_BYTES_PER_USER);
    let few = left(0.0, CHECKPOINT_BYTES_PER_USER + PART_BYTES_PER_USER);
    let most = (available * USABLE - fixed) / growing;
    most.min(many.max(few))
}
