//! The world: data that every actor can read during a tick, and that changes only between two ticks.
//!
//! Gauges are sums of the changes that actors counted; `metrics::audit` recounts them in tests. Digests
//! depend on the order of the fields. Units: ticks; clients, calls, messages; factors and speeds in
//! millionths.

use std::hash::{Hash, Hasher};

use patchday_core::{ActorId, Chance, Tick};
use serde::{Deserialize, Serialize};

use crate::{
    call::call_leg::Media,
    client::state::Phase,
    network::{
        address_map::AddressMap,
        counters::{Counters, TickStats},
        flood::Flood,
    },
    operator::memory::{Memory, Progress},
    overlay::directory::Directory,
    server::{
        kind::ServerKind,
        queueing::{
            queue::Queue,
            service_clock::{Pace, ServiceClock, USUAL_SPEED},
        },
    },
    service::control::fleet_state::FleetState,
};

/// An event from outside or an action of the operator, for the timeline. A number is the index in the
/// list of the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Note {
    /// The patch was released.
    Released,
    /// The operator noticed the incident.
    Incident,
    /// An attempt to add supernodes began.
    Forced(u16),
    /// The overlay was restarted.
    Restarted,
    /// The operator executed an action of the playbook.
    Action(u16),
    /// The speed of servers changed.
    Trouble(u16),
    /// A trouble of servers is over; others can still be in force.
    TroubleOver(u16),
    /// Answers of the offline-message servers became late.
    Late,
    /// Answers of the offline-message servers are in time again.
    InTime,
    /// Supernodes disappeared.
    Loss(u16),
    /// Clients were signed out.
    SignOut(u16),
    /// A power cut began.
    PowerCut(u16),
    /// Regions were cut off.
    RegionCut(u16),
    /// A faulty configuration was pushed.
    ConfigurationPush(u16),
    /// A power cut, or a cut of regions, ended.
    Over(u16),
    /// A flood of logins began.
    Flood(u16),
    /// A traffic peak began.
    Peak(u16),
    /// An attempt to add supernodes does not take place, because no incident was noticed before.
    NotForced(u16),
    /// The overlay was not restarted, because no incident was noticed before.
    NotRestarted,
    /// A fault of a service began.
    Fault(u16),
    /// A fault of a service is over; others can still be in force.
    FaultOver(u16),
    /// A deed of the operator at a service began.
    Deed(u16),
    /// A deed of the operator at a service is no longer in force.
    DeedOver(u16),
}

/// The world of a network.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct World {
    pub(crate) directory: Directory,
    /// The tick at which the patch was released, if it was.
    pub(crate) released: Option<Tick>,
    /// Whether the allocation algorithm has its flaw.
    pub(crate) flaw: bool,
    /// The index of the next entry of the schedule.
    pub(crate) scheduled: usize,
    /// The tick at which the operator noticed the incident, if it did.
    pub(crate) incident: Option<Tick>,
    /// The number of the operator's machines put into service so far, including those that failed.
    pub(crate) forced: u32,
    /// The service clock of each kind of server, with its speed.
    pub(crate) clocks: [ServiceClock; ServerKind::ALL.len()],
    /// The share of logins that is admitted.
    pub(crate) admission: Chance,
    /// The attackers' logins of all floods in force, and the probability that a user's login is served
    /// meanwhile.
    pub(crate) flood: Flood,
    pub(crate) flooded: Chance,
    /// Whether the offline-message servers are switched on, and whether their answers
    /// are late.
    pub(crate) offline_messages_on: bool,
    pub(crate) late: bool,
    /// The remainder of a routine request that was not sent yet, in millionths times the ticks between
    /// two requests of a client.
    pub(crate) routine_rest: u64,
    /// For each region, the number of cuts in progress, and the sum over all regions.
    pub(crate) cut: Vec<u32>,
    pub(crate) cut_regions: u32,
    /// The requests of an online user, in millionths of the usual number: the product of all traffic
    /// peaks in force.
    pub(crate) traffic: u64,
    /// The tick at which a fixed version of the client was released, if it was.
    pub(crate) fix_out: Option<Tick>,
    /// Whether the group-video servers are switched on.
    pub(crate) group_video_on: bool,
    /// The remainder of an offline message that was not stored yet, in thousandths.
    pub(crate) messages_rest: u64,
    /// Machines that carry calls while they are not supernodes, ascending.
    pub(crate) relays: Vec<ActorId>,
    /// Calls in progress, by media.
    pub(crate) talking: [i64; Media::COUNT],
    /// The gauges that the operator saw, and its progress with each entry of the playbook.
    pub(crate) memory: Memory,
    pub(crate) progress: Vec<Progress>,
    /// Events from outside and actions of the operator, in order of time.
    pub(crate) notes: Vec<(Tick, Note)>,
    /// Clients in each phase.
    pub(crate) phases: [i64; Phase::COUNT],
    /// Leaves of all supernodes.
    pub(crate) leaves: i64,
    /// Clients whose user wants to be online.
    pub(crate) wanting: i64,
    /// Clients logged in, by region.
    pub(crate) regions: Vec<i64>,
    /// Business clients logged in, and busy lines of the business gateway.
    pub(crate) business: i64,
    pub(crate) gateway_busy: i64,
    /// Counts since the start of the run.
    pub(crate) totals: Counters,
    /// The servers' queues as of the last barrier.
    pub(crate) queues: Vec<Queue>,
    /// The servers of services.
    pub(crate) fleet: FleetState,
}

/// The digest covers everything that the future of the simulation depends on, and nothing that is only
/// reported: a new counter or gauge does not change it. The pattern names every field, so a new field
/// cannot be forgotten.
impl Hash for World {
    fn hash<H: Hasher>(&self, digest: &mut H) {
        let Self {
            directory,
            released,
            flaw,
            scheduled,
            incident,
            forced,
            clocks,
            admission,
            flood,
            flooded,
            offline_messages_on,
            late,
            routine_rest,
            cut,
            cut_regions,
            traffic,
            fix_out,
            group_video_on,
            messages_rest,
            relays,
            memory,
            progress,
            phases,
            queues,
            fleet,
            // Only reported: these gauges count the states of actors. Of the counters, only the
            // messages held affect the simulation.
            talking: _,
            notes: _,
            leaves: _,
            wanting: _,
            regions: _,
            business: _,
            gateway_busy: _,
            totals: _,
        } = self;
        (directory, released, flaw, scheduled, incident, forced).hash(digest);
        (clocks, admission, flood, flooded).hash(digest);
        (offline_messages_on, late, routine_rest).hash(digest);
        (cut, cut_regions, traffic, fix_out).hash(digest);
        (group_video_on, messages_rest, relays).hash(digest);
        (memory, progress, phases, queues).hash(digest);
        self.messages_held().hash(digest);
        // Without services the digest is that of a world without this field.
        if !fleet.is_empty() {
            fleet.hash(digest);
        }
    }
}

impl World {
    /// Creates a world before its first tick, without an overlay and with all servers at their usual
    /// speed. `regions`, `actions` and `queues` are the numbers of regions, of entries in the playbook,
    /// and of servers' queues.
    pub(crate) fn new(directory: Directory, regions: usize, actions: usize, queues: usize) -> Self {
        Self {
            directory,
            released: None,
            flaw: false,
            scheduled: 0,
            incident: None,
            forced: 0,
            clocks: [ServiceClock::START; ServerKind::ALL.len()],
            admission: Chance::ALWAYS,
            flood: Flood::NONE,
            flooded: Chance::ALWAYS,
            offline_messages_on: true,
            late: false,
            routine_rest: 0,
            cut: vec![0; regions],
            cut_regions: 0,
            traffic: USUAL_SPEED,
            fix_out: None,
            group_video_on: true,
            messages_rest: 0,
            relays: Vec::new(),
            talking: [0; Media::COUNT],
            memory: Memory::default(),
            progress: vec![Progress::default(); actions],
            notes: Vec::new(),
            phases: [0; Phase::COUNT],
            leaves: 0,
            business: 0,
            regions: vec![0; regions],
            gateway_busy: 0,
            wanting: 0,
            totals: Counters::default(),
            queues: vec![Queue::EMPTY; queues],
            fleet: FleetState::default(),
        }
    }

    /// Adds the counts of a tick. `memory` is the time for which the flawed algorithm lists a vanished
    /// supernode.
    pub(crate) fn end_tick(&mut self, count: &mut TickStats, now: Tick, memory: Tick) {
        self.totals.add(&std::mem::take(&mut count.counters));
        for (sum, part) in self.phases.iter_mut().zip(&mut count.phases) {
            *sum += std::mem::take(part);
        }
        for (sum, part) in self.talking.iter_mut().zip(&mut count.talking) {
            *sum += std::mem::take(part);
        }
        for (sum, part) in self.regions.iter_mut().zip(&mut count.regions) {
            *sum += std::mem::take(part);
        }
        if !count.relays.is_empty() {
            self.relays.append(&mut count.relays);
            self.relays.sort_unstable();
        }
        self.leaves += std::mem::take(&mut count.leaves);
        self.wanting += std::mem::take(&mut count.wanting);
        self.business += std::mem::take(&mut count.business);
        self.gateway_busy += std::mem::take(&mut count.gateway_busy);
        count.entered.sort_unstable();
        for supernode in count.entered.drain(..) {
            self.directory.enter(supernode);
        }
        for (gone, until) in [(&mut count.left, now + memory), (&mut count.withdrawn, now)] {
            gone.sort_unstable();
            gone.drain(..)
                .for_each(|supernode| self.directory.leave(supernode, until));
        }
        self.directory.forget(now);
        for (place, queue) in count.queues.drain(..) {
            self.queues[place as usize] = queue;
        }
        self.fleet
            .note(count.service_loads.drain(..), count.restarting.drain(..));
    }

    /// Returns, for each entry of the playbook, whether the operator has decided on it.
    pub(crate) fn decided(&self) -> impl Iterator<Item = bool> {
        self.progress.iter().map(Progress::is_decided)
    }

    /// Extends the progress to a playbook of `entries` entries.
    pub(crate) fn follow(&mut self, entries: usize) {
        self.progress.resize(entries, Progress::default());
    }

    /// Returns the number of supernodes that the allocation algorithm counts at `now`.
    pub(crate) fn listed(&self, now: Tick) -> u64 {
        if self.flaw {
            self.directory.with_vanished(now)
        } else {
            self.directory.live().len() as u64
        }
    }

    /// Sets the speed of a kind of server from the start of tick `now` on, in millionths of its usual
    /// speed: the product of everything that affects it. This is the only place where speeds change.
    pub(crate) fn set_speed(&mut self, kind: ServerKind, speed: u64, now: Tick) {
        self.clocks[kind as usize].set_speed(speed, now);
    }

    /// Returns the speed of a kind of server, in millionths of its usual speed; 0 if it is stopped.
    pub(crate) fn speed(&self, kind: ServerKind) -> u64 {
        self.clocks[kind as usize].speed()
    }

    /// Returns the service clock of a kind of server during tick `now`.
    pub(crate) fn pace(&self, kind: ServerKind, now: Tick) -> Pace {
        self.clocks[kind as usize].pace(now)
    }

    /// Returns the queue of a server as of the last barrier.
    pub(crate) fn queue(&self, addresses: &AddressMap, server: ActorId) -> &Queue {
        &self.queues[addresses.server_index(server) as usize]
    }

    /// Returns the maximum wait at the login servers, in thousandths of a tick: at the speed of now, or
    /// at the usual speed if they are stopped.
    pub(crate) fn login_wait(&self, addresses: &AddressMap, now: Tick) -> u64 {
        let pace = self.pace(ServerKind::Login, now);
        let logins = &self.queues[..addresses.login_servers() as usize];
        let waits = logins.iter().map(|queue| queue.wait_thousandths(&pace));
        waits.max().unwrap_or(0)
    }

    /// Returns the number of clients logged in.
    pub(crate) fn online(&self) -> u64 {
        self.phase(Phase::Online)
    }

    /// Returns the number of messages stored for users who are away.
    pub(crate) fn messages_held(&self) -> u64 {
        self.totals.messages_stored - self.totals.messages_delivered
    }

    /// Returns the number of calls in progress with this medium.
    pub(crate) fn talking(&self, media: Media) -> u64 {
        u64::try_from(self.talking[media as usize]).unwrap_or(0)
    }

    /// Returns the number of clients in a phase.
    pub(crate) fn phase(&self, phase: Phase) -> u64 {
        u64::try_from(self.phases[phase as usize]).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use patchday_core::engine::digest::Digester;

    use super::*;

    /// Returns the digest of a small world after a tick with these counts.
    fn digest(count: impl FnOnce(&mut TickStats)) -> u64 {
        let mut world = World::new(Directory::default(), 2, 1, 3);
        let mut tally = TickStats::default();
        count(&mut tally);
        world.end_tick(&mut tally, 1, 60);
        Digester::hash_one(&world)
    }

    #[test]
    fn a_counter_or_gauge_that_is_only_reported_does_not_change_the_digest() {
        let calm = digest(|_| {});
        assert_eq!(digest(|tally| tally.counters.crashes += 1), calm);
        assert_eq!(digest(|tally| tally.counters.sessions += 7), calm);
        assert_eq!(digest(|tally| tally.online_in(1, 1)), calm);
        assert_eq!(digest(|tally| tally.business += 1), calm);
        assert_eq!(digest(|tally| tally.wanting += 1), calm);
    }

    #[test]
    fn state_that_affects_the_future_changes_the_digest() {
        let calm = digest(|_| {});
        assert_ne!(digest(|tally| tally.counters.messages_stored += 1), calm);
        assert_ne!(
            digest(|tally| tally.phases[Phase::Online as usize] += 1),
            calm
        );
        assert_ne!(digest(|tally| tally.relays.push(3)), calm);
        let both = |tally: &mut TickStats| {
            tally.counters.messages_stored += 1;
            tally.counters.messages_delivered += 1;
        };
        assert_eq!(digest(both), calm);
    }
}
