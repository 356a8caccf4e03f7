//! Counts of a tick and since the start, and changes of gauges in a tick.
//!
//! Gauges are maintained incrementally, from their changes in a tick; tests compare them with a
//! recount. Counters only grow. All are integers, so shards merge in any order to the same sums.
//! Counters are only reported: the digest does not cover them.

use patchday_core::{ActorId, Tally};
use serde::{Deserialize, Serialize};

use crate::{call::call_leg::Media, client::state::Phase, server::queueing::queue::Queue};

/// Declares the counters once, for the counts of a tick and the totals.
macro_rules! counters {
    ($($(#[doc = $doc:literal])* $name:ident,)*) => {
        /// Counts of what happened, in a tick or since the start.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        pub struct Counters {
            $($(#[doc = $doc])* pub $name: u64,)*
        }

        impl Counters {
            /// Adds all counts of `other`.
            pub(crate) fn add(&mut self, other: &Self) {
                $(self.$name += other.$name;)*
            }

            /// Whether no count exceeds that of `other`.
            pub(crate) fn within(&self, other: &Self) -> bool {
                true $(&& self.$name <= other.$name)*
            }

            /// Whether no count is so great that a sum could overflow.
            pub(crate) fn are_small(&self) -> bool {
                true $(&& self.$name <= u64::MAX >> 1)*
            }

            /// The counts since `before`, which must not exceed these.
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
    /// Probes answered without a seat, because all were taken.
    refused,
    /// Probes that got no answer in time.
    timed_out,
    /// Probes that reached a supernode.
    requests,
    /// Probes that reached a supernode and were lost because it was overloaded.
    requests_lost,
    /// Cycles of probes that ended without a seat.
    cycles_failed,
    /// Users who restarted or reinstalled the client.
    client_restarts,
    /// PCs restarted by the patch while in use.
    patch_restarts,
    /// Requests to the login servers.
    login_arrivals,
    /// Logins served within the time a client waits.
    login_served,
    /// Logins served after the client had stopped waiting.
    login_late,
    /// Logins rejected.
    login_rejected,
    /// Logins admitted to a queue.
    login_admitted,
    /// Clients that crashed.
    crashes,
    /// Supernodes whose client crashed.
    supernodes_crashed,
    /// Supernodes that gave up the role to protect their hosts.
    supernodes_shut_down,
    /// Calls that reached the business gateway.
    gateway_calls,
    /// Calls that reached the business gateway and found neither a free line nor a place in the
    /// queue.
    gateway_calls_failed,
    /// Users who gave up until their next session.
    given_up,
    /// Logins sent by an attacker.
    login_attacks,
    /// Sessions begun.
    sessions,
    /// Clients that lost their supernode.
    links_lost,
    /// Calls that users wanted to make.
    calls_wanted,
    /// Calls not attempted because the user was not logged in.
    calls_missed,
    /// Calls that could not be set up.
    calls_failed,
    /// Calls whose callee was in another call.
    calls_engaged,
    /// Calls answered.
    calls,
    /// Calls ended by a user.
    calls_ended,
    /// Calls dropped by the network.
    calls_dropped,
    /// Talking time of calls that ended, in seconds.
    call_seconds,
    /// Talking time lost to calls not attempted, failed or dropped, in seconds.
    call_seconds_lost,
    /// Calls of business users not attempted, failed or dropped.
    business_calls_lost,
    /// Requests to the business control panel.
    manager_requests,
    /// Requests to the business control panel that were refused.
    manager_requests_failed,
    /// Messages accepted for users who are offline.
    messages_stored,
    /// Messages for users who are offline that were refused.
    messages_refused,
    /// Stored messages fetched by their recipients.
    messages_delivered,
    /// Supernodes lost to restarts of their hosts.
    supernodes_restarted,
    /// Supernodes that failed under load.
    supernodes_fallen,
    /// Leaves promoted to supernode.
    promotions,
}

/// The counts of a tick, and the changes of gauges in it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct TickStats {
    pub(crate) counters: Counters,
    /// Change of the number of clients in each phase.
    pub(crate) phases: [i64; Phase::COUNT],
    /// Change of the number of leaves in clusters.
    pub(crate) leaves: i64,
    /// Change of the number of calls in progress, by medium.
    pub(crate) talking: [i64; Media::COUNT],
    /// Change of the number of clients whose user wants to be online.
    pub(crate) wanting: i64,
    /// Change of the number of clients logged in, by region; shorter than the list of regions if
    /// the last ones did not change.
    pub(crate) regions: Vec<i64>,
    /// Change of the number of business clients logged in.
    pub(crate) business: i64,
    /// Change of the number of busy lines of the business gateway.
    pub(crate) gateway_busy: i64,
    /// New supernodes, in any order; the barrier sorts them.
    pub(crate) entered: Vec<ActorId>,
    /// New machines that relay calls, in any order.
    pub(crate) relays: Vec<ActorId>,
    /// Lost supernodes, in any order.
    pub(crate) left: Vec<ActorId>,
    /// Supernodes that ended their role in an orderly way, in any order.
    pub(crate) withdrawn: Vec<ActorId>,
    /// Clients that logged in, for the presence and chat servers.
    pub(crate) logins: u64,
    /// Queues of the servers that were busy, each with the index of the server.
    pub(crate) queues: Vec<(u32, Queue)>,
    /// Requests at servers of services that are chosen by load, each with the index of the server; of
    /// several entries of one server the last one counts.
    pub(crate) service_loads: Vec<(u32, u32)>,
    /// Servers of services whose memory was used up (`true`), or that are up again, in order.
    pub(crate) restarting: Vec<(u32, bool)>,
}

impl TickStats {
    /// Counts a client of a region that logged in (1) or is no longer logged in (-1).
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
        self.logins += std::mem::take(&mut other.logins);
        self.entered.append(&mut other.entered);
        self.left.append(&mut other.left);
        self.withdrawn.append(&mut other.withdrawn);
        self.relays.append(&mut other.relays);
        self.queues.append(&mut other.queues);
        self.service_loads.append(&mut other.service_loads);
        self.restarting.append(&mut other.restarting);
    }
}
