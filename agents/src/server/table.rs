//! The table of servers: the compiled parameters of every kind, and the dispatch of messages to the
//! kinds.

use patchday_core::{Context, InitContext, Tick};

use crate::{
    client::state::State,
    network::{address_map::AddressMap, context::NetworkModel, message::Message, world::World},
    server::{
        interface::{ClientFigures, Server},
        kind::{ServerKind, server_kinds},
        queueing::{
            queue::{Queue, Service},
            rate_change::RateChange,
        },
        section::Servers,
    },
};

macro_rules! declare_params {
    ($($(#[doc = $doc:literal])+ $kind:ident = $name:literal, $plural:literal, $field:ident: $module:ident::{$section:ident => $params:ident};)+) => {
        /// The compiled parameters of all servers.
        #[derive(Debug)]
        pub(crate) struct ServerParams {
            $($(#[doc = $doc])+ pub(crate) $field: crate::server::$module::$params,)+
        }

        impl ServerParams {
            /// Compiles the sections of all servers.
            pub(crate) fn new(sections: &Servers, clients: &ClientFigures<'_>) -> Self {
                Self { $($field: Server::new(&sections.$field, clients),)+ }
            }

            /// Returns the number of queues that the world stores: one for each server up to the last
            /// kind with a queue.
            pub(crate) fn queues(addresses: &AddressMap) -> usize {
                let kinds = [$((ServerKind::$kind, crate::server::$module::$params::IDLE),)+];
                let with_queue = kinds.into_iter().filter(|(_, idle)| matches!(idle, State::Server(_)));
                let ends = with_queue.map(|(kind, _)| addresses.index_after(kind));
                ends.max().unwrap_or(0) as usize
            }

            /// Returns the initial state of a server.
            pub(crate) fn create<M: NetworkModel>(
                &self,
                kind: ServerKind,
                init: &mut InitContext<'_, M>,
            ) -> State {
                match kind {
                    $(ServerKind::$kind => {
                        self.$field.start(init);
                        crate::server::$module::$params::IDLE
                    })+
                }
            }

            fn dispatch<M: NetworkModel>(
                &self,
                kind: ServerKind,
                world: &World,
                message: Message,
                context: &mut Context<'_, M>,
            ) {
                match kind {
                    $(ServerKind::$kind => self.$field.receive(world, message, context),)+
                }
            }
        }
    };
}

server_kinds! { declare_params }

impl ServerParams {
    /// Returns the rate of a kind of server, if it has a queue.
    fn service(&self, kind: ServerKind) -> Option<&Service> {
        match kind {
            ServerKind::Login => Some(&self.login.service),
            ServerKind::Presence => Some(&self.presence.service),
            ServerKind::Chat => Some(&self.chat.service),
            ServerKind::OfflineMessages => Some(&self.offline_messages.service),
            ServerKind::Gateway | ServerKind::Manager | ServerKind::GroupVideo => None,
        }
    }

    /// Returns the change of the rate of each kind of server, in the order of [`ServerKind`], from these
    /// servers to `after` at the start of tick `now`; `None` if the rate is the same.
    pub(crate) fn rate_changes(
        &self,
        after: &Self,
        world: &World,
        now: Tick,
    ) -> Vec<Option<RateChange>> {
        let changes = ServerKind::ALL.iter().map(|kind| {
            let (one, other) = (self.service(*kind)?, after.service(*kind)?);
            one.change_to(other, world.pace(*kind, now).start)
        });
        changes.collect()
    }

    /// Adds the logins of a tick to the queues of the presence and chat servers, which the world stores
    /// alone. They arrive at the start of tick `now`, also while a server is stopped: their contacts and
    /// chats wait until it works again.
    pub(crate) fn announce_logins(
        &self,
        addresses: &AddressMap,
        logins: u64,
        world: &mut World,
        now: Tick,
    ) {
        if logins == 0 {
            return;
        }
        let (presence, chat) = (&self.presence, &self.chat);
        for (kind, on, service) in [
            (ServerKind::Presence, presence.on, &presence.service),
            (ServerKind::Chat, chat.on, &chat.service),
        ] {
            if on {
                let pace = world.pace(kind, now);
                let index = addresses.server_index(addresses.server(kind));
                world.queues[index as usize].push_all(&pace, service, logins);
            }
        }
    }

    /// Handles a message at a server of a kind; `index` is its index among all servers.
    pub(crate) fn receive<M: NetworkModel>(
        &self,
        kind: ServerKind,
        index: u32,
        world: &World,
        message: Message,
        context: &mut Context<'_, M>,
    ) {
        self.dispatch(kind, world, message, context);
        if let State::Server(queue) = *context.state {
            note_queue(&mut context.tally.queues, index, queue);
        }
    }
}

/// Records the state of a queue; the world stores it at the end of the tick.
fn note_queue(queues: &mut Vec<(u32, Queue)>, index: u32, queue: Queue) {
    match queues.iter_mut().find(|(other, _)| *other == index) {
        Some((_, noted)) => *noted = queue,
        None => queues.push((index, queue)),
    }
}
