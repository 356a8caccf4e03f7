//! The servers that keep messages for users who are away, and how their late answers
//! reach the clients (facts 3.2, 3.3).
//!
//! A sign-in fetches what was left meanwhile: one request each. What online users ask
//! of the servers beside that is routine, so it is not mail of theirs: in every tick
//! the servers take the requests of that tick as a batch, in proportion to the users
//! online. When the wait gets long, every client that an answer would hurt draws when
//! its next contact is; if answers are still late then, it is hurt. As contacts come
//! without memory, this is the same as asking all the time.
//!
//! Messages are counted, not kept one by one: some routine requests leave one, and a
//! fetch takes as many as fall to one of those who were away. Units: ticks, messages.

use patchday_core::{Chance, Injection, LOOKAHEAD, Tick};

use crate::{
    client::state::{FIXED, NEVER, Peer},
    event::schedule::ROUTINE_EVERY,
    network::{
        draw_ids,
        message::{Kind, Message},
        model::{Context, Network},
        world::{Note, World},
    },
    server::{queue::Queue, section::ServerKind},
};

impl Network {
    /// A client that has just signed in asks for its messages.
    pub(crate) fn fetch(&self, world: &World, peer: Peer, context: &mut Context<'_>) {
        if !(self.offline_messages.on && world.offline_messages_on) {
            return;
        }
        let fragile = u8::from(self.is_fragile(world, peer, context));
        let message = Message::numbered(Kind::Fetch, context.id, fragile);
        context.send(self.addresses.offline_messages(), LOOKAHEAD, message);
    }

    /// Whether a late answer makes this client crash.
    fn is_fragile(&self, world: &World, peer: Peer, context: &Context<'_>) -> bool {
        peer.probe & FIXED == 0
            && !self.has_updated(world, context)
            && self
                .versions
                .fragile(context.random(), context.id, peer.session_end == NEVER)
    }

    /// Whether this client has updated itself to a fixed version.
    fn has_updated(&self, world: &World, context: &Context<'_>) -> bool {
        let (share, spans) = &self.updates;
        world.fix_out.is_some_and(|out| {
            let draw = context.random().draw(context.id, 0, draw_ids::UPDATE, 0);
            draw.hits(0, *share) && out.saturating_add(spans.span(draw.word(1))) <= context.now
        })
    }

    /// The servers take a request of a client, who would be hurt by a late answer if
    /// `fragile` is 1.
    pub(crate) fn keep_messages(
        &self,
        world: &World,
        queue: &mut Queue,
        client: u32,
        fragile: u8,
        context: &mut Context<'_>,
    ) {
        if !world.offline_messages_on {
            return;
        }
        let rules = &self.offline_messages;
        let service = world.at_speed(ServerKind::OfflineMessages, &rules.service);
        let wait = service.and_then(|service| queue.admit(context.now, &service));
        if wait.is_some() {
            context.tally.counters.messages_delivered += self.messages_for(world, client, context);
        }
        if let Some(wait) = wait.filter(|wait| fragile == 1 && *wait > rules.late) {
            context.send(client, wait, Message::new(Kind::LateAnswer, 0));
        }
    }

    /// The messages that a client finds: all are alike to the servers, so one of those who
    /// were away finds its part of all that are held, rounded by chance.
    fn messages_for(&self, world: &World, client: u32, context: &Context<'_>) -> u64 {
        let away = self
            .offline_messages
            .regulars
            .saturating_sub(world.online());
        let away = away.max(1);
        // Of what was held at the last barrier, others of this tick have had their part.
        let taken = context.tally.counters.messages_delivered;
        let held = world.messages_held();
        let draw = context.draw(draw_ids::MESSAGES, client);
        let one_more = u64::from(draw.hits(0, Chance::ratio(held % away, away)));
        (held / away + one_more).min(held.saturating_sub(taken))
    }

    /// The servers take a batch of routine requests, or of messages to keep.
    pub(crate) fn routine(
        &self,
        world: &World,
        queue: &mut Queue,
        message: Message,
        context: &mut Context<'_>,
    ) {
        let rules = &self.offline_messages;
        let requests = u64::from(message.payload);
        let service = world.at_speed(ServerKind::OfflineMessages, &rules.service);
        let admitted = service.map_or(0, |service| {
            queue.admit_batch(context.now, &service, requests)
        });
        if message.kind == Kind::Store {
            context.tally.counters.messages_stored += admitted;
            context.tally.counters.messages_refused += requests - admitted;
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
        let server = self.addresses.offline_messages();
        let every = u64::from(rules.contact_every);
        let every = every * 1000;
        let asked = world.online() * u64::from(ROUTINE_EVERY) * u64::from(world.traffic)
            + world.routine_rest;
        world.routine_rest = asked % every;
        let requests = (asked / every).min(u32::MAX.into());
        let messages = requests * rules.stores + world.messages_rest;
        world.messages_rest = messages % 1000;
        let messages = (messages / 1000).min(requests);
        if !world.offline_messages_on {
            world.totals.messages_refused += messages;
            return;
        }
        let others = (requests - messages) as u32;
        injection.send(server, Message::new(Kind::Routine, others));
        injection.send(server, Message::new(Kind::Store, messages as u32));
        let wait = self.queue(world, server).wait_thousandths(now) / 1000;
        let late = u64::from(rules.late);
        if !world.late && wait > late {
            world.late = true;
            world.notes.push((now, Note::Late));
            if self.versions.any_fragile() {
                injection.broadcast(Message::new(Kind::LateFromNow, 0));
            }
        } else if world.late && wait < late / 2 {
            world.late = false;
            world.notes.push((now, Note::InTime));
        }
    }

    /// Answers are late from now on: when will this client get one?
    pub(crate) fn late_from_now(&self, world: &World, peer: Peer, context: &mut Context<'_>) {
        if peer.phase.online() && self.is_fragile(world, peer, context) {
            let word = context.draw(draw_ids::CONTACT, 0).word(0);
            let contact = self.offline_messages.contacts.span(word);
            let message = Message::numbered(Kind::Contact, 0, peer.serial);
            context.send(context.id, contact, message);
        }
    }

    /// A client has to do with the servers.
    pub(crate) fn contact(&self, world: &World, peer: Peer, serial: u8, context: &mut Context<'_>) {
        if world.late && peer.serial == serial {
            self.late_answer(world, peer, context);
        }
    }

    /// An answer came late.
    pub(crate) fn late_answer(&self, world: &World, peer: Peer, context: &mut Context<'_>) {
        let hurts = peer.phase.online() && world.offline_messages_on;
        if hurts && self.is_fragile(world, peer, context) {
            self.crash(world, peer, context);
        }
    }
}
