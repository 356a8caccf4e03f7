//! The state of a block: data of supernodes, servers and clients in a call that does not fit the 16
//! bytes of an actor.
//!
//! Invariant: each actor reads and writes only its own entries. Digests depend on the order of the
//! fields; a block without servers of services, or without retry budgets that are not full, has the
//! digest that it has without that field.

use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

use crate::{
    call::call_leg::{CallLegs, CarriedCalls},
    client::retry::policy::LastPauses,
    overlay::supernode_load::SupernodeLoads,
    server::queueing::waiting_line::WaitingLines,
    service::{sender::budget::RequestBudgets, server::server_state::BlockServers},
};

/// The data of some actors of a block that does not fit their 16 bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockState {
    pub(crate) supernodes: SupernodeLoads,
    pub(crate) lines: WaitingLines,
    pub(crate) legs: CallLegs,
    pub(crate) carried: CarriedCalls,
    pub(crate) last_pauses: LastPauses,
    pub(crate) services: BlockServers,
    pub(crate) request_budgets: RequestBudgets,
}

impl Hash for BlockState {
    fn hash<H: Hasher>(&self, digest: &mut H) {
        let Self {
            supernodes,
            lines,
            legs,
            carried,
            last_pauses,
            services,
            request_budgets,
        } = self;
        (supernodes, lines, legs, carried, last_pauses).hash(digest);
        if !services.is_empty() {
            services.hash(digest);
        }
        request_budgets.hash(digest);
    }
}

impl BlockState {
    /// Returns the bytes that the lists refer to.
    pub(crate) fn heap_bytes(&self) -> usize {
        let Self {
            supernodes,
            lines,
            legs,
            carried,
            last_pauses,
            services,
            request_budgets,
        } = self;
        let calls = legs.heap_bytes() + carried.heap_bytes();
        supernodes.heap_bytes()
            + lines.heap_bytes()
            + calls
            + last_pauses.heap_bytes()
            + services.heap_bytes()
            + request_budgets.heap_bytes()
    }
}
