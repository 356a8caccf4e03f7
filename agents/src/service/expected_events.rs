//! The expected events of servers and sources on an ordinary day, by which the engine divides the actors among
//! processes and threads.
//!
//! They are rough, because results do not depend on them. Units: events per second, or as a multiple of
//! the events of a regular client.

use crate::{
    network::address_map::{ActorKind, AddressMap},
    scenario::root::Scenario,
    server::kind::ServerKind,
    service::graph::calm::{ServiceLoad, operation_rate},
};

/// Events of all clients for each login. Measured on the calm days: 11.3 in 2007, 12.2 in 2010.
const CLIENTS_A_LOGIN: f64 = 12.0;
/// Events of a client for each request of an operation, and of a server for each request: its beginning and its
/// end.
const EACH_REQUEST: f64 = 2.0;

/// How many events actors are expected to have for each one of a regular client.
#[derive(Debug)]
pub(crate) struct ExpectedEvents {
    /// One for each kind of server, in the order of [`ServerKind`].
    servers: Vec<u32>,
    /// For each service, the number of its servers and of those of all services before, and the events of
    /// one of them.
    services: Vec<(u32, u32)>,
    /// One for each source.
    sources: Vec<u32>,
}

impl ExpectedEvents {
    /// Computes the events of a scenario with so many logins per second at the peak.
    pub(crate) fn new(scenario: &Scenario, logins: f64) -> Self {
        let operations = scenario.client.operation.iter();
        let requests: f64 = operations
            .map(|one| operation_rate(scenario, logins, one))
            .sum();
        let clients = CLIENTS_A_LOGIN * logins + EACH_REQUEST * requests;
        let one = clients / scenario.population.regulars() as f64;
        // A client without events gives the largest number.
        let relative = |events: f64, actors: u32| (events / f64::from(actors) / one + 0.5) as u32;
        let ticks = f64::from(scenario.tick().per_second());
        let servers = &scenario.servers;
        let of_kind = |kind: &ServerKind| match kind {
            ServerKind::Login => relative(logins, servers.login.servers.into()),
            // A fetch, and if it waits a tick of work.
            ServerKind::OfflineMessages if servers.offline_messages.on => {
                relative(logins + logins.min(ticks), 1)
            }
            // A round in every tick.
            ServerKind::Gateway if servers.gateway.on => relative(ticks, 1),
            ServerKind::Manager if servers.manager.on => relative(ticks, 1),
            _ => 0,
        };
        let mut count = 0;
        let loads = ServiceLoad::at_sign_ins(scenario, logins).into_iter();
        let services = scenario.service.iter().zip(loads).map(|(service, load)| {
            count += service.servers;
            (count, relative(EACH_REQUEST * load.per_s, service.servers))
        });
        let services = services.collect();
        let sources = scenario.source.iter();
        let sources = sources.map(|source| relative(ticks + source.rate.per_second(), 1));
        Self {
            servers: ServerKind::ALL.iter().map(of_kind).collect(),
            services,
            sources: sources.collect(),
        }
    }

    /// Returns the events of an actor that is not a client.
    pub(crate) fn get(&self, addresses: &AddressMap, id: patchday_core::ActorId) -> u32 {
        match addresses.kind(id) {
            ActorKind::Server(kind) => self.servers[kind as usize],
            ActorKind::Service => {
                let index = addresses.service_server_index(id);
                let service = self.services.partition_point(|(end, _)| *end <= index);
                self.services.get(service).map_or(1, |(_, events)| *events)
            }
            ActorKind::Source => {
                let number = addresses.source_number(id).unwrap_or(0);
                self.sources
                    .get(number as usize)
                    .map_or(1, |events| *events)
            }
            ActorKind::Client | ActorKind::Machine => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        population::ordinary_day::OrdinaryDay,
        service::section::{RequestSource, ServiceSection},
    };

    fn relative(expected: u32, of: u32) -> f64 {
        f64::from(expected) / f64::from(of)
    }

    #[test]
    fn servers_have_the_events_of_their_load() {
        let mut scenario = Scenario::default();
        scenario.population.users = 1_000_000;
        scenario.servers.login.servers = 3;
        scenario.service = vec![
            ServiceSection {
                name: "busy".into(),
                servers: 2,
                ..ServiceSection::default()
            },
            ServiceSection {
                name: "idle".into(),
                ..ServiceSection::default()
            },
        ];
        scenario.source = vec![RequestSource {
            name: "load".into(),
            service: "busy".into(),
            rate: "500/s".parse().unwrap(),
            ..RequestSource::default()
        }];
        let population = &scenario.population;
        let addresses = AddressMap::new(population.users, population.regulars(), 3, 0);
        let addresses = addresses.with_services(3, 1);
        let expected = ExpectedEvents::new(&scenario, OrdinaryDay::sign_ins(&scenario));
        let events = |id| expected.get(&addresses, id);
        let logins: u32 = (0..3)
            .map(|number| events(addresses.login_server(number)))
            .sum();
        let regulars = scenario.population.regulars() as u32;
        assert!(
            (relative(regulars, logins) - CLIENTS_A_LOGIN).abs() < 0.01,
            "{logins}"
        );
        let [busy, other, idle] = [0, 1, 2].map(|index| events(addresses.service_server(index)));
        assert_eq!((busy, idle), (other, 0));
        let source = events(addresses.service_server(2) + 1);
        assert!(
            (relative(busy, source) - 500.0 / 501.0).abs() < 0.01,
            "{busy} {source}"
        );
        assert_eq!(events(addresses.server(ServerKind::Presence)), 0);
    }
}
