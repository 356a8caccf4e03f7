//! Dispatch: implements the model interface of the engine for [`Network`], and calls the behaviour of
//! each kind of actor.
//!
//! This is the only file that imports the behaviour of every kind; no other file imports it.

use patchday_core::{ActorId, InitContext, Injection, Kinds, LOOKAHEAD, Model, PrefetchPass, Tick};

use crate::{
    call::{carrier::end_call, setup::Ending},
    client::state::{Peer, Phase, State},
    network::{
        address_map::ActorKind,
        block_state::BlockState,
        counters::TickStats,
        message::{Kind, Message},
        model::{Context, Network},
        world::World,
    },
    service::server::server_state::{ServerPlace, SourceState},
};

impl Model for Network {
    type State = State;
    type Message = Message;
    type BlockState = BlockState;
    type World = World;
    type Tally = TickStats;

    fn kinds(&self, actors: u32) -> Kinds {
        self.addresses.kinds(actors)
    }

    fn expected_events(&self, spread: ActorId) -> u32 {
        self.expected.get(&self.addresses, spread)
    }

    fn dormant_state(&self) -> Option<State> {
        Some(State::Peer(Peer::off()))
    }

    fn fingerprint(&self) -> u64 {
        self.parameters_digest()
    }

    fn create(&self, _: &World, id: ActorId, init: &mut InitContext<'_, Self>) -> State {
        match self.addresses.kind(id) {
            ActorKind::Client => State::Peer(self.create_client(id, init)),
            ActorKind::Server(kind) => self.servers.create(kind, init),
            ActorKind::Service => State::Service(ServerPlace::NONE),
            ActorKind::Source => {
                let number = self.addresses.source_number(id).unwrap_or(0);
                let begin = self.fleet.sources[number as usize].period.from;
                init.send(begin.max(LOOKAHEAD), Message::new(Kind::SourceTick, 0));
                State::Source(SourceState::default())
            }
            ActorKind::Machine => State::Peer(Peer::off()),
        }
    }

    fn receive(&self, world: &World, message: Message, context: &mut Context<'_>) {
        let Message {
            payload,
            kind,
            serial,
        } = message;
        let peer = match context.state {
            State::Peer(peer) => *peer,
            State::Server(_) | State::LineGroup(_) => {
                return self.receive_at_server(world, message, context);
            }
            State::Service(place) => {
                return self.receive_at_service(world, *place, message, context);
            }
            State::Source(source) => {
                return self.receive_at_source(world, *source, message, context);
            }
        };
        match kind {
            Kind::Resume => self.resume(world, peer, context),
            Kind::Enlist => self.enlist(world, peer, context),
            Kind::Adopt => self.adopt(payload, context),
            Kind::Wake => self.wake(world, peer, payload, context),
            Kind::SessionEnd => self.session_end(world, peer, payload, context),
            Kind::Retry => self.retry(world, peer, serial, context),
            Kind::Probe => self.probed(world, peer, payload, serial, context),
            Kind::Accept => self.accepted(world, peer, payload, serial, context),
            Kind::Refuse => self.refused(world, peer, serial, context),
            Kind::Silence => self.silent(world, peer, serial, context),
            Kind::CycleOver => self.cycle_over(world, peer, serial, context),
            Kind::Leave => self.leaf_left(payload, serial, context),
            Kind::LinkLost => self.link_lost(world, peer, payload, serial, context),
            Kind::LoginDone => self.login_done(world, peer, serial, context),
            Kind::LoginBusy => self.login_refused(world, peer, serial, payload, context),
            Kind::LoginLate => self.login_late(world, peer, serial, payload, context),
            Kind::LoginRetry => self.login_again(world, peer, serial, context),
            Kind::CallStart => self.call_start(world, peer, payload, context),
            Kind::Ring => self.ring(world, peer, payload, serial, context),
            Kind::Answer => self.answered(peer, payload, serial, context),
            Kind::Engaged => self.not_answered(peer, payload, true, serial, context),
            Kind::Unreached => self.not_answered(peer, payload, false, serial, context),
            Kind::CallEnd => self.call_end(peer, payload, context),
            Kind::HangUp => self.call_over(peer, payload, Ending::HungUp, serial, context),
            Kind::CallLost => self.call_over(peer, payload, Ending::Lost, serial, context),
            Kind::Carry => self.asked_to_carry(world, peer, payload, serial, context),
            Kind::Carries => self.carried(peer, payload, serial, context),
            Kind::CarriesNot => self.not_carried(world, peer, payload, serial, context),
            Kind::LetGo => end_call(payload, serial, context),
            Kind::Release => self.plan_patch(world, peer, context),
            Kind::PatchRestart => self.patch_restart(world, peer, payload, context),
            Kind::PowerCycle => self.power_cycle(world, peer, context),
            Kind::Booted => self.booted(world, peer, context),
            Kind::Housekeeping => self.housekeeping(world, payload, context),
            Kind::Promote => self.promote(peer, payload, serial, context),
            Kind::Decline => self.declined(serial, context),
            Kind::Activate => self.activate(peer, context),
            Kind::Reset => self.reset(payload, context),
            Kind::LateFromNow => self.late_from_now(world, peer, context),
            Kind::Contact => self.contact(world, peer, serial, context),
            Kind::LateAnswer => self.late_answer(world, peer, context),
            Kind::MassEvent => self.schedule_hit(payload, context),
            Kind::Hit => self.handle_hit(world, peer, payload, context),
            Kind::Loss => self.lost(world, peer, payload, context),
            Kind::RequestLate => self.count_late_answer(serial, context),
            Kind::RequestOk | Kind::RequestFailed | Kind::RequestSilent => {
                self.request_over(world, peer, message, context);
            }
            Kind::RequestRetry => self.request_again(world, peer, payload, serial, context),
            Kind::OperationDue => self.operation_due(world, peer, payload, serial, context),
            Kind::Login
            | Kind::Fetch
            | Kind::Routine
            | Kind::Store
            | Kind::Flood
            | Kind::SwitchOff
            | Kind::Work
            | Kind::Round
            | Kind::LineFree
            | Kind::Request
            | Kind::Call
            | Kind::SourceTick
            | Kind::CallOk
            | Kind::CallFailed
            | Kind::CallRetry
            | Kind::Worked
            | Kind::Deadline
            | Kind::ServerDown
            | Kind::ServerUp
            | Kind::ClearQueue
            | Kind::FlushCache
            | Kind::CallHigh
            | Kind::CallLow
            | Kind::CallDeadline => {
                unreachable!(
                    "{kind:?} reached peer {} at tick {}",
                    context.id, context.now
                )
            }
        }
    }

    fn prefetch(&self, to: ActorId, message: Message, block: &BlockState, pass: PrefetchPass) {
        match (message.kind, pass) {
            (Kind::Probe | Kind::Leave, PrefetchPass::First) => block.supernodes.prefetch(to),
            (Kind::Probe | Kind::Leave, PrefetchPass::Second) => {
                block.supernodes.prefetch_seat(to, message.payload);
            }
            (
                Kind::CallStart
                | Kind::Ring
                | Kind::Answer
                | Kind::Engaged
                | Kind::Unreached
                | Kind::CallEnd
                | Kind::HangUp
                | Kind::CallLost
                | Kind::Carries
                | Kind::CarriesNot,
                PrefetchPass::First,
            ) => block.legs.prefetch(to),
            _ => {}
        }
    }

    fn next_trigger(&self, world: &World, now: Tick) -> Option<Tick> {
        self.next_event(world, now)
    }

    fn fire(&self, world: &mut World, now: Tick, injection: &mut Injection<Self>) {
        self.fire_scheduled(world, now, injection);
    }

    fn receives_broadcast(&self, id: ActorId, state: &State, _: &Message) -> bool {
        match state {
            State::Peer(peer) => self.addresses.is_client(id) && peer.phase != Phase::Off,
            State::Server(_) | State::LineGroup(_) | State::Service(_) | State::Source(_) => false,
        }
    }

    fn end_tick(&self, world: &mut World, count: &mut TickStats, now: Tick) {
        let logins = std::mem::take(&mut count.logins);
        world.end_tick(count, now, self.promotion.memory);
        self.servers
            .announce_logins(&self.addresses, logins, world, now + LOOKAHEAD);
    }
}

impl Network {
    fn receive_at_server(&self, world: &World, message: Message, context: &mut Context<'_>) {
        match self.addresses.kind(context.id) {
            ActorKind::Server(kind) => {
                let index = self.addresses.server_index(context.id);
                self.servers.receive(kind, index, world, message, context);
            }
            ActorKind::Client | ActorKind::Machine | ActorKind::Service | ActorKind::Source => {
                unreachable!(
                    "actor {} has the state of a server, at tick {}",
                    context.id, context.now
                )
            }
        }
    }
}
