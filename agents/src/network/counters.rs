//! The tally: what was counted during a tick.
//!
//! Gauges are kept from differences, never by counting the population; a census
//! in the tests checks them. Counters only grow. All integers, so that shards
//! merge in any order to the same sums.

use patchday_core::{ActorId, Tally};
use serde::{Deserialize, Serialize};

use crate::{call::call_leg::Media, client::state::Phase, server::queue::Queue};

/// Declares the counters once: their names serve the tally and the totals.
macro_rules! counters {
    ($($(#[doc = $doc:literal])* $name:ident,)*) => {
        /// What happened, counted: in a tick, or since the start.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub struct Counters {
            $($(#[doc = $doc])* pub $name: u64,)*
        }

        impl Counters {
            /// Add all of `other`.
            pub(crate) fn add(&mut self, other: &Self) {
                $(self.$name += other.$name;)*
            }

            /// Whether none of them is above that of `other`.
            pub(crate) fn within(&self, other: &Self) -> bool {
                true $(&& self.$name <= other.$name)*
            }

            /// What was counted since `before`.
            pub(crate) fn since(&self, before: &Self) -> Self {
                Self { $($name: self.$name - before.$name,)* }
            }
        }
    };
}

counters! {
    /// Probes sent to supernodes.
    attempts,
    /// Probes answered with a seat.
    accepted,
    /// Probes answered without one: all seats taken.
    refused,
    /// Probes that were not answered.
    timed_out,
    /// Probes that reached a supernode.
    requests,
    /// Of these, those it lost because of its load.
    requests_lost,
    /// Cycles of probes without a seat.
    cycles_failed,
    /// Users who restarted their client out of impatience.
    client_restarts,
    /// PCs restarted by the patch while in use.
    patch_restarts,
    /// Requests to the log-in servers.
    login_arrivals,
    /// Log-ins served within the time a client waits.
    login_served,
    /// Log-ins served later than that.
    login_late,
    /// Log-ins turned away.
    login_rejected,
    /// Log-ins let into a queue.
    login_admitted,
    /// Clients that crashed.
    crashes,
    /// Supernodes that crashed with them.
    supernodes_crashed,
    /// Supernodes that gave their role up to protect their hosts.
    supernodes_shut_down,
    /// Calls that reached the business gateway.
    gateway_calls,
    /// Of these, those that found neither a line nor a place to wait.
    gateway_calls_failed,
    /// Users who gave up for the time of their session.
    given_up,
    /// Log-ins of an attacker.
    login_attacks,
    /// Sessions begun.
    sessions,
    /// Clients that lost their supernode.
    links_lost,
    /// Calls that users wanted to make.
    calls_wanted,
    /// Of these, those of users who were not signed in.
    calls_missed,
    /// Those that could not be set up.
    calls_failed,
    /// Those whose callee was in another call.
    calls_engaged,
    /// Those that were answered.
    calls,
    /// Calls ended by a user.
    calls_ended,
    /// Calls cut off by the network.
    calls_dropped,
    /// How long users talked, in calls that are over.
    call_seconds,
    /// How long they would have talked beyond that.
    call_seconds_lost,
    /// Calls of business users that were missed, failed or dropped.
    business_calls_lost,
    /// Requests to the business control panel.
    manager_requests,
    /// Of these, those that were turned away.
    manager_requests_failed,
    /// Messages left for users who were away.
    messages_stored,
    /// Messages that could not be left.
    messages_refused,
    /// Messages fetched by the users they were for.
    messages_delivered,
    /// Supernodes lost to restarts of their hosts.
    supernodes_restarted,
    /// Supernodes that fell over under load.
    supernodes_fallen,
    /// Leaves promoted to supernode.
    promotions,
}

/// What was counted during a tick.
#[derive(Debug, Default)]
pub struct TickStats {
    pub(crate) counters: Counters,
    /// Change of the number of clients in each phase.
    pub(crate) phases: [i64; Phase::COUNT],
    /// Change of the number of leaves in clusters.
    pub(crate) leaves: i64,
    /// Change of the number of calls under way, by what they carry.
    pub(crate) talking: [i64; Media::COUNT],
    /// Change of the number of clients whose user wants to be online.
    pub(crate) wanting: i64,
    /// Change of the number of clients signed in, by region as far as any changed.
    pub(crate) regions: Vec<i64>,
    /// Change of the number of business clients signed in.
    pub(crate) business: i64,
    /// Change of the number of busy lines of the business gateway.
    pub(crate) gateway_busy: i64,
    /// New supernodes; the barrier puts them in order.
    pub(crate) entered: Vec<ActorId>,
    /// Machines that carry calls; likewise.
    pub(crate) relays: Vec<ActorId>,
    /// Lost supernodes; likewise.
    pub(crate) left: Vec<ActorId>,
    /// Queues of the servers that were busy, by their place among the servers.
    pub(crate) queues: Vec<(u32, Queue)>,
}

impl TickStats {
    /// A client of a region signed in (1) or is signed in no longer (-1).
    pub(crate) fn online_in(&mut self, region: u8, change: i64) {
        let region = usize::from(region);
        if self.regions.len() <= region {
            self.regions.resize(region + 1, 0);
        }
        self.regions[region] += change;
    }
}

impl Tally for TickStats {
    fn merge(&mut self, other: &mut Self) {
        self.counters.add(&std::mem::take(&mut other.counters));
        for (sum, part) in self.phases.iter_mut().zip(&mut other.phases) {
            *sum += std::mem::take(part);
        }
        for (sum, part) in self.talking.iter_mut().zip(&mut other.talking) {
            *sum += std::mem::take(part);
        }
        if self.regions.len() < other.regions.len() {
            self.regions.resize(other.regions.len(), 0);
        }
        for (sum, part) in self.regions.iter_mut().zip(&mut other.regions) {
            *sum += std::mem::take(part);
        }
        self.leaves += std::mem::take(&mut other.leaves);
        self.wanting += std::mem::take(&mut other.wanting);
        self.business += std::mem::take(&mut other.business);
        self.gateway_busy += std::mem::take(&mut other.gateway_busy);
        self.entered.append(&mut other.entered);
        self.left.append(&mut other.left);
        self.relays.append(&mut other.relays);
        self.queues.append(&mut other.queues);
    }
}
