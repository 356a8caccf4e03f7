//! The work that waits at servers, when a simulation continues with other rates.
//!
//! Queues store work as time at the rate of the scenario. At another rate the number of requests that
//! wait is kept, as with an action of the operator that changes the speed. Without a change of a rate
//! nothing is converted. Units: actors, ticks.

use patchday_core::{ActorId, engine::snapshot::BlockSnapshot};

use crate::{
    client::state::State,
    network::{
        address_map::{ActorKind, AddressMap},
        model::Network,
        world::World,
    },
    server::queueing::rate_change::RateChange,
    simulation::snapshot::{ScenarioChange, Snapshot},
};

/// The changes of the rates of all servers at a snapshot.
pub(crate) struct WorkConversion {
    addresses: AddressMap,
    /// For each kind of server, its change, if there is one; empty if no rate changes.
    changes: Vec<Option<RateChange>>,
}

impl WorkConversion {
    /// Compares the rates of two scenarios at a snapshot, whose world is adapted to the second one
    /// already. `network` is that of the second one.
    pub(crate) fn new(
        scenarios: ScenarioChange<'_>,
        network: &Network,
        snapshot: &Snapshot,
    ) -> Self {
        let ScenarioChange { before, after } = scenarios;
        let changes = if before.servers == after.servers {
            Vec::new()
        } else {
            let (old, _) = Network::new(before);
            let (world, now) = (&snapshot.world, snapshot.clock.now);
            old.servers.rate_changes(&network.servers, world, now)
        };
        Self {
            addresses: network.addresses,
            changes,
        }
    }

    /// Converts the queues of the world.
    pub(crate) fn convert_world(&self, world: &mut World) {
        for (index, queue) in world.queues.iter_mut().enumerate() {
            let server = self.addresses.login_server(index as u32);
            if let Some(change) = self.change(server) {
                queue.convert(&change);
            }
        }
    }

    /// Converts the queues and waiting lines of a block with these actors.
    pub(crate) fn convert_block(
        &self,
        actors: impl Iterator<Item = ActorId>,
        block: &mut BlockSnapshot<Network>,
    ) {
        if self.changes.iter().all(Option::is_none) {
            return;
        }
        for (id, state) in actors.zip(&mut block.states) {
            if let State::Server(queue) = state
                && let Some(change) = self.change(id)
            {
                queue.convert(&change);
            }
        }
        block.block_state.lines.convert(|id| self.change(id));
    }

    /// Returns the change of the rate of a server.
    fn change(&self, server: ActorId) -> Option<RateChange> {
        match self.addresses.kind(server) {
            ActorKind::Server(kind) => self.changes.get(kind as usize).copied().flatten(),
            ActorKind::Client | ActorKind::Machine | ActorKind::Service | ActorKind::Source => None,
        }
    }
}

#[cfg(test)]
mod tests;
