//! Dispatch: the network as the engine's model, which calls the behaviour of each kind of actor.
//!
//! The only file that imports the behaviour of every kind; no other file imports it.

use patchday_core::{ActorId, InitContext, Injection, Model, Tick};

use crate::{
    call::setup::Ending,
    client::state::{Peer, Phase, State},
    network::{
        address_map::ActorKind,
        block_state::BlockState,
        counters::TickStats,
        message::{Kind, Message},
        model::{Network, Scene},
        world::World,
    },
    server::{line_group::LineGroup, queue::Queue},
};

impl Model for Network {
    type State = State;
    type Message = Message;
    type BlockState = BlockState;
    type World = World;
    type Tally = TickStats;

    fn create(&self, _: &World, id: ActorId, init: &mut InitContext<'_, Self>) -> State {
        match self.places.resident(id) {
            ActorKind::Client => State::Peer(self.create_client(id, init)),
            ActorKind::Login
            | ActorKind::Presence
            | ActorKind::Chat
            | ActorKind::OfflineMessages => State::Server(Queue::default()),
            ActorKind::Gateway => {
                if self.gateways.on() {
                    init.send(1, Message::new(Kind::Round, 0));
                }
                State::LineGroup(LineGroup::default())
            }
            ActorKind::Manager => {
                if self.manager.on() {
                    init.send(1, Message::new(Kind::Round, 0));
                }
                State::LineGroup(LineGroup::default())
            }
            ActorKind::GroupVideo => State::LineGroup(LineGroup::default()),
            ActorKind::Machine => State::Peer(Peer::off()),
        }
    }

    fn receive(&self, world: &World, letter: Message, scene: &mut Scene<'_>) {
        let Message { word, kind, serial } = letter;
        let peer = match scene.state {
            State::Peer(peer) => *peer,
            State::Server(queue) => {
                let queue = *queue;
                return self.serve(world, queue, letter, scene);
            }
            State::LineGroup(station) => {
                let station = *station;
                return match self.places.resident(scene.id) {
                    ActorKind::GroupVideo => self.group_video(world, letter, scene),
                    _ => self.gateway(world, station, letter, scene),
                };
            }
        };
        match kind {
            Kind::Resume => self.resume(world, peer, scene),
            Kind::Enlist => self.enlist(world, peer, scene),
            Kind::Adopt => self.adopt(word, scene),
            Kind::Wake => self.wake(world, peer, scene),
            Kind::SessionEnd => self.session_end(world, peer, word, scene),
            Kind::Retry => self.retry(world, peer, serial, scene),
            Kind::Probe => self.probed(world, peer, word, serial, scene),
            Kind::Accept => self.accepted(peer, word, serial, scene),
            Kind::Refuse => self.refused(world, peer, serial, scene),
            Kind::Silence => self.silent(world, peer, serial, scene),
            Kind::CycleOver => self.cycle_over(world, peer, serial, scene),
            Kind::Leave => self.leaf_left(word, serial, scene),
            Kind::LinkLost => self.link_lost(world, peer, word, serial, scene),
            Kind::LoginDone => self.login_done(world, peer, serial, scene),
            Kind::LoginBusy => self.login_refused(world, peer, serial, word, scene),
            Kind::LoginLate => self.login_late(world, peer, serial, word, scene),
            Kind::LoginRetry => self.login_again(peer, serial, scene),
            Kind::CallStart => self.call_start(world, peer, word, scene),
            Kind::Ring => self.ring(world, peer, word, serial, scene),
            Kind::Answer => self.answered(peer, word, serial, scene),
            Kind::Engaged => self.not_answered(peer, word, true, serial, scene),
            Kind::Unreached => self.not_answered(peer, word, false, serial, scene),
            Kind::CallEnd => self.call_end(peer, word, scene),
            Kind::HangUp => self.call_over(peer, word, Ending::HungUp, serial, scene),
            Kind::CallLost => self.call_over(peer, word, Ending::Lost, serial, scene),
            Kind::Carry => self.asked_to_carry(world, peer, word, serial, scene),
            Kind::Carries => self.carried(peer, word, serial, scene),
            Kind::CarriesNot => self.not_carried(world, peer, word, serial, scene),
            Kind::LetGo => self.released(word, serial, scene),
            Kind::Release => self.plan_patch(world, peer, scene),
            Kind::PatchRestart => self.patch_restart(world, peer, word, scene),
            Kind::PowerCycle => self.power_cycle(world, peer, scene),
            Kind::Booted => self.booted(world, peer, scene),
            Kind::Housekeeping => self.housekeeping(world, word, scene),
            Kind::Promote => self.promote(peer, word, serial, scene),
            Kind::Decline => self.ask_leaf(serial, scene),
            Kind::Activate => self.activate(peer, scene),
            Kind::Reset => self.reset(word, scene),
            Kind::LateFromNow => self.late_from_now(world, peer, scene),
            Kind::Contact => self.contact(world, peer, serial, scene),
            Kind::LateAnswer => self.late_answer(world, peer, scene),
            Kind::MassEvent => self.struck(word, scene),
            Kind::Hit => self.hit(world, peer, word, scene),
            Kind::Loss => self.lost(world, peer, word, scene),
            Kind::Login
            | Kind::SignedIn
            | Kind::Fetch
            | Kind::Routine
            | Kind::Store
            | Kind::Flood
            | Kind::SwitchOff
            | Kind::Work
            | Kind::Round
            | Kind::LineFree => {
                unreachable!("{kind:?} reached peer {} at tick {}", scene.id, scene.now)
            }
        }
    }

    fn next_trigger(&self, world: &World, now: Tick) -> Option<Tick> {
        self.schedule
            .get(world.scheduled)
            .map(|(tick, _)| (*tick).max(now))
    }

    fn fire(&self, world: &mut World, now: Tick, injection: &mut Injection<Self>) {
        self.follow_schedule(world, now, injection);
    }

    fn receives_broadcast(&self, id: ActorId, state: &State, _: &Message) -> bool {
        match state {
            State::Peer(peer) => self.places.is_client(id) && peer.phase != Phase::Off,
            State::Server(_) | State::LineGroup(_) => false,
        }
    }

    fn end_tick(&self, world: &mut World, count: &mut TickStats, now: Tick) {
        world.end_tick(count, now, self.promotion.memory);
    }
}
