//! AddressMap: which actor ids are clients, servers, and machines of the operator.
//!
//! Clients come first, from 0, so that a client's traits do not depend on how
//! many servers there are; then log-in servers, the presence, the chat and the
//! offline-message server, the business gateway and control panel, the group-video
//! servers, and the operator's machines.

use patchday_core::ActorId;

use crate::scenario::root::Scenario;

/// Who lives where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressMap {
    clients: u32,
    logins: u32,
    machines: u32,
}

/// What kind of actor an id belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ActorKind {
    Client,
    Login,
    Presence,
    Chat,
    OfflineMessages,
    Gateway,
    Manager,
    GroupVideo,
    Machine,
}

impl AddressMap {
    /// The places of a scenario; counts that do not fit are cut, see
    /// [`AddressMap::actors`].
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let narrow = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        Self {
            clients: narrow(scenario.population.users),
            logins: scenario.servers.login.servers.into(),
            machines: narrow(scenario.operator.machines()),
        }
    }

    /// How many actors there are; more than 2^32 is refused by the engine.
    pub(crate) fn actors(&self) -> u32 {
        self.first_machine().saturating_add(self.machines)
    }

    /// Servers with a queue.
    pub(crate) fn servers(&self) -> u32 {
        self.logins + 3
    }

    fn first_machine(&self) -> ActorId {
        self.clients.saturating_add(self.servers() + 3)
    }

    pub(crate) fn gateway(&self) -> ActorId {
        self.offline_messages() + 1
    }

    pub(crate) fn manager(&self) -> ActorId {
        self.gateway() + 1
    }

    pub(crate) fn group_video(&self) -> ActorId {
        self.manager() + 1
    }

    pub(crate) fn clients(&self) -> u32 {
        self.clients
    }

    pub(crate) fn login(&self, place: u32) -> ActorId {
        self.clients + place
    }

    pub(crate) fn logins(&self) -> u32 {
        self.logins
    }

    pub(crate) fn presence(&self) -> ActorId {
        self.clients + self.logins
    }

    pub(crate) fn chat(&self) -> ActorId {
        self.presence() + 1
    }

    pub(crate) fn offline_messages(&self) -> ActorId {
        self.chat() + 1
    }

    /// The operator's machine `number`.
    pub(crate) fn machine(&self, number: u32) -> ActorId {
        self.first_machine() + number
    }

    /// The number of one of the operator's machines.
    pub(crate) fn machine_number(&self, id: ActorId) -> u32 {
        id - self.first_machine()
    }

    /// Place of a server among the servers: log-in, presence, chat, offline messages.
    pub(crate) fn server_place(&self, id: ActorId) -> u32 {
        id - self.clients
    }

    #[inline]
    pub(crate) fn is_client(&self, id: ActorId) -> bool {
        id < self.clients
    }

    pub(crate) fn resident(&self, id: ActorId) -> ActorKind {
        match id {
            _ if id < self.clients => ActorKind::Client,
            _ if id < self.presence() => ActorKind::Login,
            _ if id == self.presence() => ActorKind::Presence,
            _ if id == self.chat() => ActorKind::Chat,
            _ if id == self.offline_messages() => ActorKind::OfflineMessages,
            _ if id == self.gateway() => ActorKind::Gateway,
            _ if id == self.manager() => ActorKind::Manager,
            _ if id == self.group_video() => ActorKind::GroupVideo,
            _ => ActorKind::Machine,
        }
    }
}
