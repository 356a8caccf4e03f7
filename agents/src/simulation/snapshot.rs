//! Snapshots: the state of a simulation except its blocks of actors, and the changes of the scenario that
//! are allowed when a simulation continues from one.
//!
//! A simulation that continues under another scenario keeps its past: the population, the numbers of
//! machines and mass events, and everything that has begun stay as they are. Later events and actions can
//! change. Units: ticks.

use patchday_core::{Chance, Tick, engine::clock::Clock};
use serde::{Deserialize, Serialize};

use crate::{
    network::{
        counters::Counters,
        model::{Network, addresses_of},
        world::{Note, World},
    },
    scenario::mid_run::{obstacles_at, prefix},
    scenario::{quantity::instant::Instant, root::Scenario},
    service::stats::fleet_stats::FleetStats,
};

/// The most actors of a snapshot that the network does not have: machines of the operator that an earlier
/// scenario had.
const MOST_IDLE: u32 = 1 << 20;

/// The scenarios before and after a snapshot; without a change, both are the same.
#[derive(Clone, Copy, Debug)]
pub struct ScenarioChange<'a> {
    /// The scenario that led to the snapshot.
    pub before: &'a Scenario,
    /// The scenario that continues from it.
    pub after: &'a Scenario,
}

/// The state of a simulation except its blocks of actors.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Snapshot {
    /// The progress of the engine.
    pub clock: Clock,
    pub(crate) world: World,
    /// Counts, events and tick of the last row of the series.
    pub(crate) sampled: Counters,
    pub(crate) sampled_events: u64,
    pub(crate) sampled_at: Tick,
    /// The statistics of services as of that row.
    pub(crate) sampled_fleet: FleetStats,
}

impl Snapshot {
    /// Returns the events from outside and the actions of the operator so far, in order of time.
    pub fn notes(&self) -> &[(Tick, Note)] {
        &self.world.notes
    }

    /// Returns what is wrong with the snapshot of a simulation of `before`, which continues as `network`.
    /// A snapshot read from a file can have any contents.
    pub(crate) fn fault(&self, network: &Network, before: &Scenario) -> Option<&'static str> {
        let regions = before.population.region.len();
        let (world, clock) = (&self.world, self.clock);
        let is_counted = self.sampled.within(&world.totals)
            && self.sampled_events <= clock.handled
            && self.sampled_at <= clock.now;
        let is_small = world.totals.are_small() && world.forced <= u32::MAX >> 1;
        let is_stored = world.totals.messages_delivered <= world.totals.messages_stored;
        let fits = (world.cut.len(), world.regions.len()) == (regions, regions)
            && world.queues.len() == network.queues()
            && network.fleet.fits(&world.fleet, regions);
        // The memory of an engine is that of its actors, even of those that the snapshot lacks.
        let actors = addresses_of(before).actors().max(network.actors());
        let is_populated = clock.actors.saturating_sub(actors) <= MOST_IDLE;
        let checks = [
            (
                is_counted,
                "the counts of its last row exceed those of the run",
            ),
            (is_small, "its counts are greater than those of any run"),
            (is_stored, "more messages are delivered than were stored"),
            (
                fits,
                "its world has other regions or queues than the network",
            ),
            (is_populated, "it has far more actors than the network"),
            (world.directory.is_sound(), "its directory is inconsistent"),
        ];
        let failed = checks.into_iter().find(|(is_kept, _)| !is_kept);
        failed.map(|(_, fault)| fault)
    }

    /// Returns a description of each reason why a simulation of `before` cannot continue from here as `after`.
    pub fn obstacles(&self, before: &Scenario, after: &Scenario) -> Vec<String> {
        let now = self.clock.now;
        let mut found = obstacles_at(before, after, now);
        let changed = before.trigger.patch_day != after.trigger.patch_day;
        let said = found
            .iter()
            .any(|text| text.starts_with("trigger.patch_day"));
        if self.world.released.is_some() && changed && !said {
            found.push("trigger.patch_day cannot change after the release".to_owned());
        }
        let clock = before.run.clock();
        let begun = |at: Instant| clock.ticks_until(at) < i64::from(now);
        let kept = |name: &str, is: bool| {
            (!is).then(|| {
                format!(
                    "{name}: entries in the past cannot be added, changed or removed during a run"
                )
            })
        };
        let (one, other) = (&before.operator, &after.operator);
        let decided: Vec<bool> = self.world.decided().collect();
        let mut position = 0;
        let actions = prefix(&one.action, &other.action, |_| {
            position += 1;
            decided.get(position - 1).copied().unwrap_or(false)
        });
        found.extend(
            [
                kept("operator.action", actions),
                kept(
                    "machines of the operator",
                    self.machines_kept(before, after, begun),
                ),
            ]
            .into_iter()
            .flatten(),
        );
        found
    }

    /// Returns whether the machines of attempts and actions that have begun keep their numbers.
    fn machines_kept(
        &self,
        before: &Scenario,
        after: &Scenario,
        begun: impl Fn(Instant) -> bool,
    ) -> bool {
        let firsts = |scenario: &Scenario| {
            let operator = &scenario.operator;
            let forced = operator.force_supernodes.iter();
            let added = operator.action.iter().map(|action| action.count);
            let mut next = 0;
            let mut first = |count: u64| {
                next += count;
                next - count
            };
            let forced: Vec<u64> = forced.map(|attempt| first(attempt.count)).collect();
            (forced, added.map(first).collect::<Vec<u64>>())
        };
        let (old, new) = (firsts(before), firsts(after));
        let attempts = before.operator.force_supernodes.iter().enumerate();
        let mut forced = attempts
            .filter(|(_, attempt)| begun(attempt.at))
            .map(|(place, _)| new.0.get(place) == Some(&old.0[place]));
        let decided = self.world.decided().enumerate();
        let mut added = decided
            .filter(|(_, decided)| *decided)
            .map(|(place, _)| new.1.get(place) == old.1.get(place));
        forced.all(|kept| kept) && added.all(|kept| kept)
    }

    /// Adapts the world to the scenario `after`, which replaces `before`.
    pub(crate) fn adopt(&mut self, before: &Scenario, after: &Scenario, network: &Network) {
        let world = &mut self.world;
        let now = self.clock.now;
        world.scheduled = network
            .event
            .schedule
            .partition_point(|scheduled| scheduled.at < now);
        world.follow(after.operator.action.len());
        let flaw = |scenario: &Scenario| scenario.overlay.promotion.flaw;
        if flaw(before) != flaw(after) {
            world.flaw = flaw(after);
        }
        let admission = |scenario: &Scenario| scenario.servers.login.admission;
        if admission(before) != admission(after) {
            world.admission = Chance::new(admission(after).get());
        }
        // As of the last executed tick: what begins or ends at the next one is an event of that tick.
        if let Some(last) = now.checked_sub(1) {
            network.compose_all(world, last);
        }
    }
}
