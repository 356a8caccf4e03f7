//! The memory that a scenario needs, and the memory that it may use.
//!
//! What grows with the users is counted by a pilot, from what its simulation allocates; the rest is
//! counted here, or was measured once. The estimate holds for the whole process, from its start to
//! the end of its report. All sizes are in bytes.

use patchday_agents::{Simulation, metrics::columns::COLUMNS, scenario::Scenario};

use crate::{
    host::resources::Workers,
    report::run::thinned_rows::MOST,
    results::samples::{SamplePoint, points},
    run::estimate::pilot::PilotMemory,
};

/// Memory that does not depend on the scenario: the program with the pages of its file that it
/// reads, and its tables.
const BASE_BYTES: f64 = 23e6;
/// Memory of every thread: a heap of the allocator.
const BYTES_PER_THREAD: f64 = 4e6;
/// The program and the page of a report, without its rows, when the actors are gone.
const REPORT_BASE_BYTES: f64 = 18.5e6;
/// Memory of a cell of the report.
const BYTES_PER_CELL: f64 = 8.0;
/// Memory of every regular user: the state of the actor and its share of the block states. No state is
/// stored for the others.
const BYTES_PER_REGULAR_USER: f64 = 16.0;
/// Memory of an envelope.
const BYTES_PER_ENVELOPE: f64 = 12.0;
/// Memory of every supernode: its load.
const BYTES_PER_SUPERNODE: f64 = 88.0;
/// Memory of every supernode in a list of the directory, and the most lists: one of each hour of
/// 15 days.
const BYTES_PER_LISTED: f64 = 12.0;
const MOST_LISTS: f64 = 360.0;
/// Memory of every client of a supernode: its entry in the list and its seat.
const BYTES_PER_SEAT: f64 = 5.0;
/// The most seats for which a supernode reserves memory at the start.
const MOST_SEATS_AT_ONCE: f64 = 300.0;
/// Memory of every shard: the part of huge pages that its actors and envelopes do not fill
/// (measured), and not more than its actors take.
const BYTES_PER_SHARD: f64 = 0.5e6;
/// Partly filled chunks of the timing wheel of every shard, if they were not measured.
const PARTIAL_CHUNK_BYTES: f64 = 1.2e6;
/// Memory of every pair of shards: a batch that is filled and one that is emptied, each of 2,048
/// envelopes, and the channels.
const BYTES_PER_CHANNEL: f64 = 50e3;
/// Memory of a point of the samples; summary and plot need all points until the end.
const BYTES_PER_POINT: f64 = size_of::<SamplePoint>() as f64;
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
/// The envelopes in flight of a run that is not stopped, with the buffers of a tick and the copy of
/// an eighth of all mail that is made while a checkpoint is written.
const LIMIT_BYTES_PER_ENVELOPE: f64 = 24.0;
/// The share of the available memory that an estimate may use; the rest is for estimation errors.
const USABLE: f64 = 0.95;

/// Memory that does not grow with the users, without samples and report.
fn fixed_bytes(regulars: f64, workers: Workers, partial_chunks: f64) -> f64 {
    let shards = workers.shards as f64;
    let unfilled = BYTES_PER_SHARD.min(regulars * BYTES_PER_REGULAR_USER / shards);
    BASE_BYTES
        + BYTES_PER_THREAD * workers.threads as f64
        + (unfilled + partial_chunks) * shards
        + BYTES_PER_CHANNEL * shards * shards
}

/// The memory that a run needs: what does not depend on its users, and what grows with them. Without
/// a pilot, the envelopes are those of a network without an outage.
///
/// The report is made in the memory of the actors; a run of few actors and many samples needs what
/// the report needs.
///
/// Of several processes that share a run, this is the first one, which makes the report; the events are
/// divided equally.
pub(crate) fn needed_bytes(
    scenario: &Scenario,
    workers: Workers,
    pilot: Option<PilotMemory>,
    processes: u32,
) -> (f64, f64) {
    let samples = points(scenario.ticks(), &scenario.run) as f64 * BYTES_PER_POINT;
    let (fixed, growing) = follower_bytes(scenario, workers, pilot, processes);
    let fixed = fixed + samples;
    let rows = (scenario.ticks() / scenario.tick().ticks(scenario.run.sample).max(1)) as usize;
    let rows = rows.div_ceil(rows.div_ceil(MOST).max(1));
    // The chart of the regions has all of them at once, each a copy.
    let width = COLUMNS.len() + 2 * scenario.population.region.len();
    let report = REPORT_BASE_BYTES + samples + (rows * width) as f64 * BYTES_PER_CELL;
    (fixed.max(report - growing), growing)
}

/// The memory that a process needs which shares a run with others and writes nothing, in the same two parts: for
/// the one with the most users of processes that share the events equally.
pub(crate) fn follower_bytes(
    scenario: &Scenario,
    workers: Workers,
    pilot: Option<PilotMemory>,
    processes: u32,
) -> (f64, f64) {
    let users = scenario.population.users as f64;
    let chunks = pilot.map_or(PARTIAL_CHUNK_BYTES, |pilot| pilot.partial_chunks);
    let regulars = scenario.population.regulars() as f64;
    let share = match processes {
        0 | 1 => 1.0,
        _ => Simulation::largest_part(scenario, processes),
    };
    let elsewhere = processes.saturating_sub(1) as usize;
    let fixed = fixed_bytes(regulars * share, workers, chunks)
        + BYTES_PER_CHANNEL * (2 * workers.shards * elsewhere) as f64;
    let growing = match pilot {
        Some(pilot) => {
            let lists =
                |lists: f64| regulars * BYTES_PER_REGULAR_USER + lists * users / pilot.users;
            let actors = pilot.lists.map_or_else(|| actor_bytes(scenario), lists);
            actors + (pilot.mail + pilot.buffers + pilot.blocks) * users / pilot.users
        }
        None => {
            let mail = regulars * ENVELOPES_PER_REGULAR_USER * BYTES_PER_ENVELOPE;
            // All who are online start in the same tick: an envelope is due, and one is sent.
            let online = users * scenario.population.online_share.get();
            actor_bytes(scenario) + mail + online * 2.0 * BYTES_PER_ENVELOPE
        }
    };
    (fixed, growing * share)
}

/// Memory of all actors, and of the supernodes that they may become.
pub(crate) fn actor_bytes(scenario: &Scenario) -> f64 {
    let population = &scenario.population;
    let regulars = scenario.population.regulars() as f64;
    let fit = regulars * population.always_on_share.get() * population.eligible_share.get();
    let core = fit.min(scenario.overlay.core.supernodes as f64);
    let hours = f64::from(scenario.ticks()) / f64::from(scenario.tick().hour());
    let lists = (hours + 1.0).min(MOST_LISTS) * BYTES_PER_LISTED;
    let cluster = |count: f64, seats: u16| {
        let reserved = f64::from(seats / 2).min(MOST_SEATS_AT_ONCE);
        count * (BYTES_PER_SUPERNODE + lists + reserved * BYTES_PER_SEAT)
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
        count * BYTES_PER_REGULAR_USER + cluster(count, seats)
    });
    let states = regulars * BYTES_PER_REGULAR_USER;
    states + cluster(core, scenario.overlay.supernode.seats) + machines.sum::<f64>()
}

/// The number of pending envelopes at which a run is stopped: as many as fit in the available memory
/// beside the actors, but at least as many as a network without an outage needs.
pub(crate) fn mail_limit(scenario: &Scenario, workers: Workers, available: Option<u64>) -> u64 {
    let Some(available) = available else {
        return u64::MAX;
    };
    let regular = scenario.population.regulars() as f64;
    let fixed = fixed_bytes(regular, workers, PARTIAL_CHUNK_BYTES);
    let free = usable(available, scenario) - fixed - actor_bytes(scenario);
    (free / LIMIT_BYTES_PER_ENVELOPE).max(regular * ENVELOPES_PER_REGULAR_USER) as u64
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
