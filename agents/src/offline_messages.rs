//! The servers that keep messages for users who are away, and how their late answers
//! reach the clients (facts 3.2, 3.3).
//!
//! A sign-in fetches what was left meanwhile: one request each. What online users ask
//! of the servers beside that is routine, so it is not mail of theirs: in every tick
//! the servers take the requests of that tick as a batch, in proportion to the users
//! online. When the wait gets long, every client that an answer would hurt draws when
//! its next contact is; if answers are still late then, it is hurt. As contacts come
//! without memory, this is the same as asking all the time. Units: ticks.

use patchday_core::{Injection, LOOKAHEAD, Tick};

use crate::{
    letter::{Kind, Letter},
    network::{Network, Scene},
    peer::{FIXED, NEVER, Peer},
    purpose,
    queue::Queue,
    scenario::ServerKind,
    world::{Note, World},
};

/// How often the servers take a batch of routine requests. A longer time would put a
/// burst before every fetch that comes after it.
pub(crate) const ROUTINE_EVERY: Tick = 1;

impl Network {
    /// A client that has just signed in asks for its messages.
    pub(crate) fn fetch(&self, world: &World, peer: Peer, scene: &mut Scene<'_>) {
        if !(self.offline_messages.on && world.offline_messages_on) {
            return;
        }
        let fragile = u8::from(self.is_fragile(peer, scene));
        let letter = Letter::numbered(Kind::Fetch, scene.id, fragile);
        scene.post(self.places.offline_messages(), LOOKAHEAD, letter);
    }

    /// Whether a late answer makes this client crash.
    fn is_fragile(&self, peer: Peer, scene: &Scene<'_>) -> bool {
        peer.probe & FIXED == 0
            && self
                .versions
                .fragile(scene.random(), scene.id, peer.session_end == NEVER)
    }

    /// The servers take a request of a client, who would be hurt by a late answer if
    /// `fragile` is 1.
    pub(crate) fn keep_messages(
        &self,
        world: &World,
        queue: &mut Queue,
        client: u32,
        fragile: u8,
        scene: &mut Scene<'_>,
    ) {
        if !world.offline_messages_on {
            return;
        }
        let rules = &self.offline_messages;
        let service = world.at_speed(ServerKind::OfflineMessages, &rules.service);
        let wait = service.and_then(|service| queue.admit(scene.now, &service));
        if let Some(wait) = wait.filter(|wait| fragile == 1 && *wait > rules.late) {
            scene.post(client, wait, Letter::new(Kind::LateAnswer, 0));
        }
    }

    /// The servers take a batch of routine requests.
    pub(crate) fn routine(
        &self,
        world: &World,
        queue: &mut Queue,
        requests: u32,
        scene: &Scene<'_>,
    ) {
        let rules = &self.offline_messages;
        if let Some(service) = world.at_speed(ServerKind::OfflineMessages, &rules.service) {
            queue.admit_batch(scene.now, &service, requests.into());
        }
    }

    /// The routine requests of this time go to the servers; are their answers late now, or in
    /// time again?
    pub(crate) fn take_routine(
        &self,
        world: &mut World,
        now: Tick,
        injection: &mut Injection<Self>,
    ) {
        let rules = &self.offline_messages;
        if !world.offline_messages_on {
            return;
        }
        let server = self.places.offline_messages();
        let every = u64::from(rules.contact_every);
        let every = every * 1000;
        let asked = world.online() * u64::from(ROUTINE_EVERY) * u64::from(world.traffic)
            + world.routine_rest;
        world.routine_rest = asked % every;
        let requests = (asked / every).min(u32::MAX.into()) as u32;
        injection.post(server, Letter::new(Kind::Routine, requests));
        let queue = &world.queues[self.places.server_place(server) as usize];
        let wait = queue.wait_thousandths(now) / 1000;
        let late = u64::from(rules.late);
        if !world.late && wait > late {
            world.late = true;
            world.notes.push((now, Note::Late));
            if self.versions.any_fragile() {
                injection.broadcast(Letter::new(Kind::LateFromNow, 0));
            }
        } else if world.late && wait < late / 2 {
            world.late = false;
            world.notes.push((now, Note::InTime));
        }
    }

    /// Answers are late from now on: when will this client get one?
    pub(crate) fn late_from_now(&self, peer: Peer, scene: &mut Scene<'_>) {
        if peer.phase.online() && self.is_fragile(peer, scene) {
            let word = scene.draw(purpose::CONTACT, 0).word(0);
            let contact = self.offline_messages.contacts.span(word);
            let letter = Letter::numbered(Kind::Contact, 0, peer.serial);
            scene.post(scene.id, contact, letter);
        }
    }

    /// A client has to do with the servers.
    pub(crate) fn contact(&self, world: &World, peer: Peer, serial: u8, scene: &mut Scene<'_>) {
        if world.late && peer.serial == serial {
            self.late_answer(world, peer, scene);
        }
    }

    /// An answer came late.
    pub(crate) fn late_answer(&self, world: &World, peer: Peer, scene: &mut Scene<'_>) {
        if peer.phase.online() && world.offline_messages_on {
            self.crash(world, peer, scene);
        }
    }
}
