//! Gauge audit: every incrementally maintained gauge, recounted from all actors.
//!
//! An incrementally maintained gauge stays wrong after one missed update, and no row of the
//! series would show it. Tests compare at any barrier what the world maintains
//! ([`Simulation::gauges`]) with the recount ([`Simulation::recounted_gauges`]): they are
//! always equal. Units: clients, leaves, calls, lines.

use patchday_core::{ActorId, Random};

use crate::{
    call::call_leg::{Media, Stage},
    client::state::{Phase, State, TALKING},
    network::address_map::ActorKind,
    server::{kind::ServerKind, queueing::queue::Queue},
    simulation::Simulation,
};

/// The gauges at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GaugeAudit {
    /// Clients in each phase; together they are all clients.
    pub phases: [u64; Phase::COUNT],
    /// Clients whose user wants to be online.
    pub wanting: u64,
    /// Clients logged in, by region.
    pub regions: Vec<u64>,
    /// Business clients logged in.
    pub business: u64,
    /// Leaves in clusters.
    pub leaves: u64,
    /// Supernodes, ascending: those in the directory; in a recount, the hosts of clusters.
    pub supernodes: Vec<ActorId>,
    /// Machines that offered to relay calls, ascending.
    pub relays: Vec<ActorId>,
    /// Calls in progress: voice, video, group video.
    pub talking: [u64; Media::COUNT],
    /// Busy lines of the business gateways.
    pub gateway_busy: u64,
    /// The servers' queues, in order of the servers.
    pub queues: Vec<Queue>,
}

/// A gauge as a count. A negative gauge becomes `u64::MAX`, which no recount gives.
fn count(gauge: i64) -> u64 {
    u64::try_from(gauge).unwrap_or(u64::MAX)
}

impl Simulation {
    /// The gauges as the world maintains them.
    pub fn gauges(&self) -> GaugeAudit {
        let world = self.engine.world();
        let mut phases = world.phases;
        // All clients begin off, before anything is counted.
        phases[Phase::Off as usize] += i64::from(self.engine.model().addresses.clients());
        GaugeAudit {
            phases: phases.map(count),
            wanting: count(world.wanting),
            regions: world.regions.iter().copied().map(count).collect(),
            business: count(world.business),
            leaves: count(world.leaves),
            supernodes: world.directory.live().to_vec(),
            relays: world.relays.clone(),
            talking: world.talking.map(count),
            gateway_busy: count(world.gateway_busy),
            queues: world.queues.clone(),
        }
    }

    /// The gauges recounted from all actors. Takes a pass over the population.
    ///
    /// # Panics
    /// Panics if a client is marked as in a call and has no call leg, or the other way round, and if there
    /// are several ranks.
    pub fn recounted_gauges(&self) -> GaugeAudit {
        self.assert_whole();
        let network = self.engine.model();
        let addresses = &network.addresses;
        let random = Random::new(self.engine.settings().seed);
        let mut recount = GaugeAudit {
            phases: [0; Phase::COUNT],
            wanting: 0,
            regions: vec![0; self.engine.world().regions.len()],
            business: 0,
            leaves: 0,
            supernodes: Vec::new(),
            relays: Vec::new(),
            talking: [0; Media::COUNT],
            gateway_busy: 0,
            queues: Vec::new(),
        };
        let mut in_calls = 0_i64;
        let mut queues = Vec::new();
        for (id, state) in self.engine.states() {
            match state {
                State::Peer(peer) if addresses.is_client(id) => {
                    recount.phases[peer.phase as usize] += 1;
                    in_calls += i64::from(peer.probe & TALKING != 0);
                    let here = peer.phase != Phase::Off;
                    recount.wanting += u64::from(here);
                    if peer.phase.online() {
                        let region = network.population.traits(random, id).region;
                        recount.regions[usize::from(region)] += 1;
                        recount.business += u64::from(network.population.is_business(random, id));
                    }
                    // A client offers to relay with its first step and is never off again.
                    let eligible = || network.population.traits(random, id).eligible;
                    if here && network.overlay && eligible() {
                        recount.relays.push(id);
                    }
                }
                State::Peer(_) => {}
                State::Server(queue) => queues.push(match addresses.kind(id) {
                    // Their queues are in the world alone.
                    ActorKind::Server(ServerKind::Presence | ServerKind::Chat) => {
                        (id, *self.engine.world().queue(addresses, id))
                    }
                    _ => (id, *queue),
                }),
                State::LineGroup(group) if id == addresses.server(ServerKind::Gateway) => {
                    recount.gateway_busy = group.busy.into();
                }
                State::LineGroup(_) | State::Service(_) | State::Source(_) => {}
            }
        }
        for block_state in self.engine.block_states() {
            for cluster in block_state.supernodes.iter() {
                recount.leaves += cluster.leaves.len() as u64;
                recount.supernodes.push(cluster.host);
            }
            for leg in block_state.legs.iter() {
                in_calls -= 1;
                if leg.caller && leg.stage == Stage::Talking {
                    recount.talking[leg.media as usize] += 1;
                }
            }
        }
        assert_eq!(in_calls, 0, "clients marked as in a call, less call legs");
        // The actors come in the order of their blocks.
        queues.sort_unstable_by_key(|(id, _)| *id);
        recount.queues = queues.into_iter().map(|(_, queue)| queue).collect();
        recount.supernodes.sort_unstable();
        recount.relays.sort_unstable();
        recount
    }
}
