//! The servers that store messages for users who are away.
//!
//! A login causes one request, which fetches the messages stored in the meantime. All other requests of
//! online users are the routine load of the servers: in every interval the servers receive these
//! requests as a batch, in proportion to the users online. Messages are counted, not stored
//! individually: some routine requests leave a message, and a fetch takes an equal share for each user
//! who was away. Units: ticks, messages.

use patchday_core::{Chance, Context, Injection, LOOKAHEAD, Span as Ticks, Tick};

use crate::{
    client::state::State,
    network::{
        address_map::AddressMap,
        context::NetworkModel,
        distributions::ExponentialSpans,
        draw_ids,
        message::{Kind, Message},
        world::{Note, World},
    },
    scenario::quantity::{rate::Rate, share::Share, span::Span},
    section,
    server::{
        interface::{ClientFigures, Server},
        kind::ServerKind,
        queueing::{
            queue::{Queue, Service},
            service_clock::{Pace, USUAL_SPEED},
            waiting::Waiting,
        },
    },
};

/// The interval at which the servers receive a batch of routine requests, in ticks. With a longer
/// interval, a fetch after a batch would wait for a larger burst.
pub(crate) const ROUTINE_EVERY: Tick = 1;

section! {
    /// The servers that keep messages for users who are away.
    pub struct OfflineMessageServers {
        /// Whether there are offline-message servers.
        on: bool = false, source "fact 3.2 (2010; none told of in 2007)";
        /// Requests per second that all of them together can serve.
        rate: Rate = "40000/s", in "0.001/s"..="10000000/s", source "assumed (some 1.5 times the calm peak)";
        /// Maximum wait; a request that would wait longer is rejected at once.
        queue: Span = "60s", in "0s"..="1d", source "assumed";
        /// Mean time between two requests of an online client, which fetch messages, leave a message,
        /// or ask for new ones.
        contact_every: Span = "15m", in "100ms"..="7d", source "assumed, fact 3.19 (a fifth of all clients down within half an hour)";
        /// An answer that takes longer than this is late.
        late: Span = "10s", in "1ms"..="1d", source "assumed";
        /// Share of these requests that leave a message for a user who is away.
        store_share: Share = 0.05, source "assumed";
    }
}

impl OfflineMessageServers {
    /// Scales the capacity to a network `share` times as large.
    pub(crate) fn scale(&mut self, share: f64) {
        self.rate = self.rate.scaled(share);
    }
}

/// The compiled parameters of the offline-message servers.
#[derive(Debug)]
pub(crate) struct OfflineMessageParams {
    pub(crate) on: bool,
    pub(crate) service: Service,
    /// An answer with a wait above this is late.
    late: Ticks,
    /// The time until the next request of an online client.
    pub(crate) contacts: ExponentialSpans,
    /// The mean of that time.
    contact_every: Ticks,
    /// The number of requests in a thousand that leave a message.
    stores: u64,
    /// Number of regular users.
    regulars: u64,
}

impl Server for OfflineMessageParams {
    type Section = OfflineMessageServers;

    const IDLE: State = State::Server(Queue::EMPTY);

    fn new(section: &OfflineMessageServers, clients: &ClientFigures<'_>) -> Self {
        let tick = clients.tick;
        Self {
            on: section.on,
            service: Service::new(tick.per_tick(section.rate), tick.ticks(section.queue)),
            late: tick.ticks(section.late),
            contacts: ExponentialSpans::new(tick.mean(section.contact_every)),
            contact_every: tick.ticks(section.contact_every),
            stores: (section.store_share.get() * 1000.0).round() as u64,
            regulars: clients.regulars,
        }
    }

    fn receive<M: NetworkModel>(
        &self,
        world: &World,
        message: Message,
        context: &mut Context<'_, M>,
    ) {
        let mut queue = context.state.queue();
        let pace = world.pace(ServerKind::OfflineMessages, context.now);
        match message.kind {
            Kind::Routine | Kind::Store => self.take_batch(&mut queue, &pace, message, context),
            Kind::Work => self.answer_fetches(&pace, context),
            _ => self.handle_fetch(world, &mut queue, &pace, message, context),
        }
        *context.state = State::Server(queue);
    }
}

impl OfflineMessageParams {
    /// Handles the request of a client that has logged in. The serial number of the message is 1 if a
    /// late answer would crash the client.
    fn handle_fetch<M: NetworkModel>(
        &self,
        world: &World,
        queue: &mut Queue,
        pace: &Pace,
        message: Message,
        context: &mut Context<'_, M>,
    ) {
        if !world.offline_messages_on {
            return;
        }
        let client = message.payload;
        if pace.is_stopped() {
            return;
        }
        let Some(done) = queue.admit(pace, &self.service) else {
            return;
        };
        context.tally.counters.messages_delivered += self.messages_for(world, client, context);
        // An answer in the next tick is never late; only late answers have an effect.
        if message.serial == 1 && done > pace.end() {
            let id = context.id;
            let line = context.block_state.lines.get_or_create(id);
            line.push_promised(Waiting::client(client, 0, context.now, done));
            if line.start_working() {
                context.send(id, LOOKAHEAD, Message::new(Kind::Work, 0));
            }
        }
    }

    /// Answers the fetches that are done by the next tick and whose late answer crashes a client.
    fn answer_fetches<M: NetworkModel>(&self, pace: &Pace, context: &mut Context<'_, M>) {
        let id = context.id;
        let mut line = context.block_state.lines.take(id);
        line.take_done(pace, |fetch| {
            let answered = pace.now + LOOKAHEAD;
            if answered - fetch.since > self.late {
                context.send(fetch.client, LOOKAHEAD, Message::new(Kind::LateAnswer, 0));
            }
        });
        if line.continue_working() {
            context.send(id, LOOKAHEAD, Message::new(Kind::Work, 0));
        }
        context.block_state.lines.put_back(id, line);
    }

    /// Handles a batch of routine requests or of messages to store.
    fn take_batch<M: NetworkModel>(
        &self,
        queue: &mut Queue,
        pace: &Pace,
        message: Message,
        context: &mut Context<'_, M>,
    ) {
        let requests = u64::from(message.payload);
        let admitted = if pace.is_stopped() {
            0
        } else {
            queue.admit_batch(pace, &self.service, requests)
        };
        if message.kind == Kind::Store {
            context.tally.counters.messages_stored += admitted;
            context.tally.counters.messages_refused += requests - admitted;
        }
    }

    /// Returns the number of messages that a client fetches: an equal share, rounded at random, of all
    /// messages stored for the users who were away.
    fn messages_for<M: NetworkModel>(
        &self,
        world: &World,
        client: u32,
        context: &Context<'_, M>,
    ) -> u64 {
        let away = self.regulars.saturating_sub(world.online()).max(1);
        // The messages stored at the last barrier, minus those that others fetched in this tick.
        let taken = context.tally.counters.messages_delivered;
        let held = world.messages_held();
        let draw = context.draw(draw_ids::MESSAGES, client);
        let one_more = u64::from(draw.hits(0, Chance::ratio(held % away, away)));
        (held / away + one_more).min(held.saturating_sub(taken))
    }

    /// Sends the routine requests of this interval to the servers, and records whether answers become
    /// late or are in time again. `has_fragile` says whether a late answer crashes any client.
    pub(crate) fn send_routine<M: NetworkModel>(
        &self,
        addresses: &AddressMap,
        has_fragile: bool,
        world: &mut World,
        now: Tick,
        injection: &mut Injection<M>,
    ) {
        let server = addresses.server(ServerKind::OfflineMessages);
        let every = u128::from(self.contact_every) * u128::from(USUAL_SPEED);
        let asked = u128::from(world.online() * u64::from(ROUTINE_EVERY))
            * u128::from(world.traffic)
            + u128::from(world.routine_rest);
        world.routine_rest = (asked % every) as u64;
        let requests = (asked / every).min(u32::MAX.into()) as u64;
        let messages = requests * self.stores + world.messages_rest;
        world.messages_rest = messages % 1000;
        let messages = (messages / 1000).min(requests);
        if !world.offline_messages_on {
            world.totals.messages_refused += messages;
            return;
        }
        let others = (requests - messages) as u32;
        injection.send(server, Message::new(Kind::Routine, others));
        injection.send(server, Message::new(Kind::Store, messages as u32));
        let pace = world.pace(ServerKind::OfflineMessages, now);
        if pace.is_stopped() {
            // Servers that do not answer give no late answers.
            world.late = false;
            return;
        }
        let wait = world.queue(addresses, server).wait_thousandths(&pace) / 1000;
        let late = u64::from(self.late);
        if !world.late && wait > late {
            world.late = true;
            world.notes.push((now, Note::Late));
            if has_fragile {
                injection.broadcast(Message::new(Kind::LateFromNow, 0));
            }
        } else if world.late && wait < late / 2 {
            world.late = false;
            world.notes.push((now, Note::InTime));
        }
    }
}
