//! Link audit: which actors hold a link to each other at one moment, and the messages in
//! flight about it.
//!
//! The two ends of a link (a seat at a supernode, a call, a request) never change in the same
//! tick; the messages in flight account for the difference. Tests that check equalities need
//! both ends and the messages at once. No run reads any of this. Units: ticks.

use std::ops::Range;

use patchday_core::{ActorId, Random, Tick};

use crate::{
    call::call_leg::{CallLeg, CarriedCall},
    client::state::{DOWN, NEVER, NO_ACTOR, Peer, Phase, State, TALKING},
    network::{address_map::ActorKind, message::Message},
    server::{kind::ServerKind, queueing::line_group::LineGroup, queueing::waiting::Waiting},
    simulation::Simulation,
};

/// A client or a machine of the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditedPeer {
    /// Its actor id.
    pub id: ActorId,
    /// Whether it is a machine of the operator rather than a client.
    pub machine: bool,
    /// The phase of its client.
    pub phase: Phase,
    /// The supernode it believes it is a leaf of, and the number of its seat.
    pub seat: Option<(ActorId, u8)>,
    /// Whether it believes it is a supernode.
    pub serves: bool,
    /// Whether its machine, or the client on it, is restarting.
    pub down: bool,
    /// When its session ends; `None` if it does not.
    pub session_end: Option<Tick>,
    /// Whether its user is a regular user.
    pub regular: bool,
    /// Whether its machine is never switched off.
    pub always_on: bool,
    /// Whether it is marked as in a call.
    pub in_call: bool,
    /// The number of its last request.
    pub serial: u8,
}

/// A supernode and its leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditedSupernode {
    /// The machine it runs on.
    pub host: ActorId,
    /// When it became a supernode.
    pub since: Tick,
    /// Its leaves and the numbers of their seats. A leaf that reconnects before the supernode
    /// noticed its loss is listed twice.
    pub leaves: Vec<(ActorId, u8)>,
}

/// A line group: business calls, or requests of business administrators, use its lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditedLineGroup {
    /// Its actor id.
    pub id: ActorId,
    /// Lines in service.
    pub lines: u32,
    /// The state of the lines.
    pub state: LineGroup,
}

/// The links of a network between two ticks.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkAudit {
    /// Every tick before this one has been simulated.
    pub now: Tick,
    /// All clients, then all machines of the operator, by id.
    pub peers: Vec<AuditedPeer>,
    /// All supernodes, by host.
    pub supernodes: Vec<AuditedSupernode>,
    /// All call legs, by client.
    pub call_legs: Vec<CallLeg>,
    /// All calls carried by relays or servers, by carrier.
    pub carried_calls: Vec<CarriedCall>,
    /// The login servers.
    pub login_servers: Range<ActorId>,
    /// Clients that wait for an answer of a server, each with the server.
    pub waiting_clients: Vec<(ActorId, Waiting)>,
    /// Logins that are not yet admitted or rejected, each with the server, which has no queue.
    pub arriving_logins: Vec<(ActorId, Waiting)>,
    /// The line groups of the business gateway and of the control panel.
    pub line_groups: Vec<AuditedLineGroup>,
    /// All messages in flight: due tick, recipient, message.
    pub messages: Vec<(Tick, ActorId, Message)>,
}

impl Simulation {
    /// The links of the whole network. Takes a pass over the population, and memory in
    /// proportion to it.
    ///
    /// # Panics
    /// Panics if there are several ranks.
    pub fn link_audit(&self) -> LinkAudit {
        self.assert_whole();
        let mut audit = LinkAudit {
            now: self.now(),
            peers: Vec::new(),
            supernodes: Vec::new(),
            call_legs: Vec::new(),
            carried_calls: Vec::new(),
            login_servers: self.login_servers(),
            waiting_clients: Vec::new(),
            arriving_logins: Vec::new(),
            line_groups: Vec::new(),
            messages: Vec::new(),
        };
        for (id, state) in self.engine.states() {
            match state {
                State::Peer(peer) => audit.peers.push(self.audited_peer(id, peer)),
                State::Server(_) | State::Service(_) | State::Source(_) => {}
                State::LineGroup(state) => audit.line_groups.extend(self.line_group(id, *state)),
            }
        }
        for block_state in self.engine.block_states() {
            audit
                .supernodes
                .extend(block_state.supernodes.iter().map(|cluster| {
                    AuditedSupernode {
                        host: cluster.host,
                        since: cluster.since,
                        leaves: cluster
                            .leaves
                            .iter()
                            .map(|seat| (seat.leaf, seat.number))
                            .collect(),
                    }
                }));
            audit.call_legs.extend(block_state.legs.iter());
            audit.carried_calls.extend(block_state.carried.iter());
            audit.waiting_clients.extend(block_state.lines.waiting());
            audit.arriving_logins.extend(block_state.lines.arriving());
        }
        let taken = self.blocks(|views| {
            audit
                .messages
                .extend(views.into_iter().flat_map(|view| view.mail));
            Ok::<(), std::convert::Infallible>(())
        });
        // The actors come in the order of their blocks.
        audit.peers.sort_unstable_by_key(|peer| peer.id);
        audit.supernodes.sort_unstable_by_key(|one| one.host);
        audit.call_legs.sort_unstable_by_key(|leg| leg.client);
        audit.carried_calls.sort_unstable();
        audit.line_groups.sort_unstable_by_key(|group| group.id);
        match taken {
            Ok(()) => audit,
            Err(never) => match never {},
        }
    }

    fn login_servers(&self) -> Range<ActorId> {
        let addresses = &self.engine.model().addresses;
        let first = addresses.login_server(0);
        first..first + addresses.login_servers()
    }

    fn line_group(&self, id: ActorId, state: LineGroup) -> Option<AuditedLineGroup> {
        let (network, world) = (self.engine.model(), self.engine.world());
        let (limits, kind) = match network.addresses.kind(id) {
            ActorKind::Server(ServerKind::Gateway) => {
                (&network.servers.gateway.load, ServerKind::Gateway)
            }
            ActorKind::Server(ServerKind::Manager) => {
                (&network.servers.manager.load, ServerKind::Manager)
            }
            // Calls carried by group-video servers are in `carried_calls`.
            _ => return None,
        };
        let lines = limits.size.at_speed(world.speed(kind)).lines;
        Some(AuditedLineGroup { id, lines, state })
    }

    fn audited_peer(&self, id: ActorId, peer: &Peer) -> AuditedPeer {
        let network = self.engine.model();
        let client = network.addresses.is_client(id);
        let random = Random::new(self.engine.settings().seed);
        let traits = client.then(|| network.population.traits(random, id));
        let serves = network.serves(peer, id);
        let seated = network.overlay && peer.phase.attached() && !serves;
        AuditedPeer {
            id,
            machine: !client,
            phase: peer.phase,
            seat: (seated && peer.link != NO_ACTOR).then_some((peer.link, peer.seat())),
            serves,
            down: match peer.phase {
                Phase::Booting => true,
                Phase::Off => peer.probe & DOWN != 0,
                Phase::Seeking | Phase::Waiting | Phase::SigningIn | Phase::Online => false,
            },
            session_end: (peer.session_end != NEVER).then_some(peer.session_end),
            regular: traits.is_some_and(|traits| traits.regular),
            always_on: traits.is_some_and(|traits| traits.always_on),
            in_call: peer.probe & TALKING != 0,
            serial: peer.serial,
        }
    }
}
