//! Presence and chat servers: each login is one job in an unbounded queue.
//!
//! They send no answers, so no message reaches them: the logins of a tick are counted, and at its end
//! added to queues that the world stores ([`ServerParams::announce_logins`]). The state of the actor of
//! such a server never changes. Users see the backlog after logins work again: the status of contacts
//! and the chats are out of date. Units: ticks, jobs.
//!
//! [`ServerParams::announce_logins`]: crate::server::table::ServerParams::announce_logins

use patchday_core::{Context, Span as Ticks};

use crate::{
    client::state::State,
    network::{context::NetworkModel, message::Message, world::World},
    scenario::quantity::rate::Rate,
    section,
    server::{
        interface::{ClientFigures, Server},
        queueing::queue::{Queue, Service},
    },
};

section! {
    /// The presence servers: each login is announced to the user's contacts.
    pub struct PresenceServers {
        /// Whether there are presence servers. Without an overlay: only if the scenario has a section
        /// `servers.presence`.
        on: bool = true, source "given";
        /// Logins per second that they can announce.
        rate: Rate = "900/s", in "0.001/s"..="10000000/s", source "assumed, facts 1.18, 1.19 (lagged behind login)";
    }
}

section! {
    /// The chat servers: each login fetches the chat messages sent in the meantime.
    pub struct ChatServers {
        /// Whether there are chat servers. Without an overlay: only if the scenario has a section
        /// `servers.chat`.
        on: bool = true, source "given";
        /// Logins per second whose chats they can update.
        rate: Rate = "800/s", in "0.001/s"..="10000000/s", source "assumed, facts 1.11, 1.18, 1.19";
    }
}

impl PresenceServers {
    /// Scales the capacity to a network `share` times as large.
    pub(crate) fn scale(&mut self, share: f64) {
        self.rate = self.rate.scaled(share);
    }
}

/// The compiled parameters of the presence servers.
#[derive(Debug)]
pub(crate) struct PresenceParams {
    pub(crate) on: bool,
    pub(crate) service: Service,
}

impl Server for PresenceParams {
    type Section = PresenceServers;

    const IDLE: State = State::Server(Queue::EMPTY);

    fn new(section: &PresenceServers, clients: &ClientFigures<'_>) -> Self {
        Self {
            on: section.on,
            service: Service::new(clients.tick.per_tick(section.rate), Ticks::MAX),
        }
    }

    fn receive<M: NetworkModel>(&self, _: &World, message: Message, context: &mut Context<'_, M>) {
        refuse(message, context)
    }
}

impl ChatServers {
    /// Scales the capacity to a network `share` times as large.
    pub(crate) fn scale(&mut self, share: f64) {
        self.rate = self.rate.scaled(share);
    }
}

/// The compiled parameters of the chat servers.
#[derive(Debug)]
pub(crate) struct ChatParams {
    pub(crate) on: bool,
    pub(crate) service: Service,
}

impl Server for ChatParams {
    type Section = ChatServers;

    const IDLE: State = State::Server(Queue::EMPTY);

    fn new(section: &ChatServers, clients: &ClientFigures<'_>) -> Self {
        Self {
            on: section.on,
            service: Service::new(clients.tick.per_tick(section.rate), Ticks::MAX),
        }
    }

    fn receive<M: NetworkModel>(&self, _: &World, message: Message, context: &mut Context<'_, M>) {
        refuse(message, context)
    }
}

/// Panics, because nothing sends a message to these servers.
fn refuse<M: NetworkModel>(message: Message, context: &Context<'_, M>) -> ! {
    unreachable!(
        "{message:?} reached server {} at tick {}",
        context.id, context.now
    )
}
