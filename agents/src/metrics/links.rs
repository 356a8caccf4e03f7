//! The survey: who holds what of whom at one moment, and what mail is under way about it.
//!
//! Two actors never agree in the same tick on what is between them: a seat, a call, a
//! request. What makes the account whole is the mail that travels meanwhile. So checks
//! that want equalities, not bounds, need both sides and the mail at once; that is all
//! that is here, and nothing in a run reads it. Units: ticks.

use patchday_core::{ActorId, Random, Tick};

use crate::{
    call::call_leg::{CallLeg, CarriedCall},
    client::state::{DOWN, NEVER, NOBODY, Peer, Phase, State, TALKING},
    network::{address_map::ActorKind, message::Message},
    server::{kind::ServerKind, line_group::LineGroup, login_stack::Waiting},
    simulation::Simulation,
};

/// A client, or a machine of the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Party {
    /// Its address.
    pub id: ActorId,
    /// Whether it is a machine of the operator, and no client.
    pub machine: bool,
    /// What it is doing.
    pub phase: Phase,
    /// The supernode at which it takes itself for a leaf, and the number of its seat.
    pub seat: Option<(ActorId, u8)>,
    /// Whether it takes itself for a supernode.
    pub serves: bool,
    /// Whether its machine, or the client on it, is down and will come up.
    pub down: bool,
    /// When its session ends, if it ever does.
    pub session_end: Option<Tick>,
    /// Whether it is ever used.
    pub regular: bool,
    /// Whether its machine is never switched off.
    pub always_on: bool,
    /// Whether it takes itself for an end of a call.
    pub in_call: bool,
    /// The number of its last request.
    pub serial: u8,
}

/// A supernode and its leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The machine it runs on.
    pub host: ActorId,
    /// When it became a supernode.
    pub since: Tick,
    /// Its leaves and the numbers of their seats; one that comes back before its silence was
    /// noticed has two.
    pub leaves: Vec<(ActorId, u8)>,
}

/// A station of lines that calls of companies, or their administrators' requests, take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switchboard {
    /// Its address.
    pub id: ActorId,
    /// Lines in service.
    pub lines: u32,
    /// What they are doing.
    pub station: LineGroup,
}

/// The state of a network between two ticks.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkAudit {
    /// Every tick before this one is done.
    pub now: Tick,
    /// All clients, then all machines of the operator, in order of their ids.
    pub parties: Vec<Party>,
    /// All supernodes, in order of their hosts.
    pub roles: Vec<Role>,
    /// All ends of calls, in order of the clients.
    pub lines: Vec<CallLeg>,
    /// All calls that others carry, in order of who carries them.
    pub loads: Vec<CarriedCall>,
    /// Log-ins that wait at servers that serve the newest first, each with its server.
    pub stacks: Vec<(ActorId, Waiting)>,
    /// The business gateway and the control panel.
    pub switchboards: Vec<Switchboard>,
    /// All mail under way: when it is due, to whom, what it says.
    pub mail: Vec<(Tick, ActorId, Message)>,
}

impl Simulation {
    /// The state of the whole network, laid open. Costs a pass over the population, and
    /// its memory.
    pub fn survey(&self) -> LinkAudit {
        let mut survey = LinkAudit {
            now: self.now(),
            parties: Vec::new(),
            roles: Vec::new(),
            lines: Vec::new(),
            loads: Vec::new(),
            stacks: Vec::new(),
            switchboards: Vec::new(),
            mail: Vec::new(),
        };
        for (id, state) in self.engine.states() {
            match state {
                State::Peer(peer) => survey.parties.push(self.party(id, peer)),
                State::Server(_) => {}
                State::LineGroup(station) => {
                    survey.switchboards.extend(self.switchboard(id, *station))
                }
            }
        }
        for block_state in self.engine.block_states() {
            survey
                .roles
                .extend(block_state.supernodes.iter().map(|cluster| Role {
                    host: cluster.host,
                    since: cluster.since,
                    leaves: cluster.seated().collect(),
                }));
            survey.lines.extend(block_state.legs.iter());
            survey.loads.extend(block_state.carried.iter());
            survey.stacks.extend(block_state.stacks.iter());
        }
        let taken = self.blocks(|views| {
            survey
                .mail
                .extend(views.into_iter().flat_map(|view| view.mail));
            Ok::<(), std::convert::Infallible>(())
        });
        match taken {
            Ok(()) => survey,
            Err(never) => match never {},
        }
    }

    fn switchboard(&self, id: ActorId, station: LineGroup) -> Option<Switchboard> {
        let (network, world) = (self.engine.model(), self.engine.world());
        let (rules, kind) = match network.addresses.kind(id) {
            ActorKind::Server(ServerKind::Gateway) => {
                (&network.servers.gateway.load, ServerKind::Gateway)
            }
            ActorKind::Server(ServerKind::Manager) => {
                (&network.servers.manager.load, ServerKind::Manager)
            }
            // The calls that group-video servers carry are among the loads.
            _ => return None,
        };
        let lines = rules.size.left(world.slowness[kind as usize]).lines;
        Some(Switchboard { id, lines, station })
    }

    fn party(&self, id: ActorId, peer: &Peer) -> Party {
        let network = self.engine.model();
        let client = network.addresses.is_client(id);
        let random = Random::new(self.engine.settings().seed);
        let traits = client.then(|| network.population.traits(random, id));
        let serves = network.serves(peer, id);
        let seated = network.overlay && peer.phase.attached() && !serves;
        Party {
            id,
            machine: !client,
            phase: peer.phase,
            seat: (seated && peer.link != NOBODY).then_some((peer.link, peer.seat())),
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
