//! The address map: the ranges of actor ids of clients, servers, and machines of the operator.
//!
//! Clients come first, from 0, so that the traits of a client do not depend on the number of servers;
//! the regular ones are the first of them. The others are dormant actors of the engine: no state is
//! stored for them until a message reaches one. Servers follow in the order of [`ServerKind`]: the
//! login servers, then one actor for each other kind. Then come the servers of services, the sources
//! of requests and, last, the machines of the operator. All but clients are spread actors of the engine, because they get more messages than clients.

use patchday_core::{ActorId, Kinds};

use crate::server::kind::ServerKind;

/// The ranges of ids of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressMap {
    clients: u32,
    regulars: u32,
    login_servers: u32,
    service_servers: u32,
    sources: u32,
    machines: u32,
}

/// The kind of actor that has an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ActorKind {
    Client,
    Server(ServerKind),
    Service,
    Source,
    Machine,
}

impl AddressMap {
    /// Creates the map for these numbers of clients, of regular ones among them, of login servers and
    /// of machines of the operator. Numbers above 2^32 - 1 become 2^32 - 1; the engine rejects a network
    /// of that size.
    pub(crate) fn new(clients: u64, regulars: u64, login_servers: u16, machines: u64) -> Self {
        let narrow = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        Self {
            clients: narrow(clients),
            regulars: narrow(regulars.min(clients)),
            login_servers: login_servers.into(),
            service_servers: 0,
            sources: 0,
            machines: narrow(machines),
        }
    }

    /// Returns the map with so many servers of services and sources.
    pub(crate) fn with_services(self, servers: u32, sources: u32) -> Self {
        Self {
            service_servers: servers,
            sources,
            ..self
        }
    }

    /// Returns the number of actors, at most 2^32 - 1.
    pub(crate) fn actors(&self) -> u32 {
        self.first_machine().saturating_add(self.machines)
    }

    /// Returns the number of clients.
    pub(crate) fn clients(&self) -> u32 {
        self.clients
    }

    /// Returns the number of clients that can be called: the regular ones, which have smaller ids.
    pub(crate) fn callable(&self) -> u32 {
        self.regulars
    }

    /// Returns the kinds of `actors` actors for the engine.
    pub(crate) fn kinds(&self, actors: u32) -> Kinds {
        Kinds {
            active: self.regulars,
            dormant: self.clients - self.regulars,
            spread: actors.saturating_sub(self.clients),
        }
    }

    /// Returns the number of login servers.
    pub(crate) fn login_servers(&self) -> u32 {
        self.login_servers
    }

    /// Returns the id of login server `number`, from 0.
    pub(crate) fn login_server(&self, number: u32) -> ActorId {
        self.clients + number
    }

    /// Returns the id of the server of a kind; of the login servers, the first.
    pub(crate) fn server(&self, kind: ServerKind) -> ActorId {
        self.clients.saturating_add(self.first_index(kind))
    }

    /// Returns the index of a server among all servers, from 0.
    pub(crate) fn server_index(&self, id: ActorId) -> u32 {
        id - self.clients
    }

    /// Returns the index, among all servers, of the first server after those of a kind.
    pub(crate) fn index_after(&self, kind: ServerKind) -> u32 {
        self.login_servers + kind as u32
    }

    fn first_index(&self, kind: ServerKind) -> u32 {
        match kind {
            ServerKind::Login => 0,
            other => self.login_servers + other as u32 - 1,
        }
    }

    fn first_service_server(&self) -> ActorId {
        let servers = self.login_servers + ServerKind::ALL.len() as u32 - 1;
        self.clients.saturating_add(servers)
    }

    fn first_machine(&self) -> ActorId {
        let services = self.service_servers + self.sources;
        self.first_service_server().saturating_add(services)
    }

    /// Returns the id of the server of a service with an index among all of them.
    #[inline]
    pub(crate) fn service_server(&self, index: u32) -> ActorId {
        self.first_service_server() + index
    }

    /// Returns the index of a server of a service among all of them.
    #[inline]
    pub(crate) fn service_server_index(&self, id: ActorId) -> u32 {
        id - self.first_service_server()
    }

    /// Returns the number of a source, if the actor is one.
    #[inline]
    pub(crate) fn source_number(&self, id: ActorId) -> Option<u32> {
        let number = id.checked_sub(self.first_service_server() + self.service_servers)?;
        (number < self.sources).then_some(number)
    }

    /// Returns the id of machine `number` of the operator, from 0.
    pub(crate) fn machine(&self, number: u32) -> ActorId {
        self.first_machine() + number
    }

    /// Returns the number of a machine of the operator.
    pub(crate) fn machine_number(&self, id: ActorId) -> u32 {
        id - self.first_machine()
    }

    /// Returns whether the actor is a client.
    #[inline]
    pub(crate) fn is_client(&self, id: ActorId) -> bool {
        id < self.clients
    }

    /// Returns the kind of an actor.
    pub(crate) fn kind(&self, id: ActorId) -> ActorKind {
        if self.is_client(id) {
            return ActorKind::Client;
        }
        let behind = (self.server_index(id) + 1).saturating_sub(self.login_servers);
        if let Some(kind) = ServerKind::ALL.get(behind as usize) {
            return ActorKind::Server(*kind);
        }
        let place = id - self.first_service_server();
        if place < self.service_servers {
            ActorKind::Service
        } else if place < self.service_servers + self.sources {
            ActorKind::Source
        } else {
            ActorKind::Machine
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_id_has_the_kind_of_its_range() {
        let addresses = AddressMap::new(10, 6, 3, 2);
        assert_eq!(addresses.kind(9), ActorKind::Client);
        for number in 0..3 {
            let id = addresses.login_server(number);
            assert_eq!(addresses.kind(id), ActorKind::Server(ServerKind::Login));
        }
        for kind in ServerKind::ALL {
            let id = addresses.server(*kind);
            assert_eq!(addresses.kind(id), ActorKind::Server(*kind));
        }
        let last = addresses.server(ServerKind::ALL[ServerKind::ALL.len() - 1]);
        assert_eq!(addresses.machine(0), last + 1);
        assert_eq!(addresses.kind(addresses.machine(1)), ActorKind::Machine);
        assert_eq!(addresses.actors(), addresses.machine(1) + 1);
        let services = addresses.with_services(3, 1);
        assert_eq!(
            services.kind(last),
            ActorKind::Server(ServerKind::ALL[ServerKind::ALL.len() - 1])
        );
        assert_eq!(services.service_server(0), last + 1);
        assert_eq!(
            services.kind(services.service_server(2)),
            ActorKind::Service
        );
        assert_eq!(services.kind(last + 4), ActorKind::Source);
        assert_eq!(services.source_number(last + 4), Some(0));
        assert_eq!(services.source_number(last + 3), None);
        assert_eq!(services.machine(0), last + 5);
    }
}
