//! How a sender chooses one of the servers of a service.
//!
//! The choice is a draw of the sender, who knows the loads at the end of the tick before. Units:
//! requests.

use patchday_core::Draw;

use crate::service::{fleet_state::FleetState, params::ServiceParams, section::Balancer};

/// Returns the index of the server that gets a request. `round` counts the requests of a sender that
/// goes round the servers; a sender without such a count chooses at random. Words 2 and 3 of the draw
/// are used.
pub(crate) fn choose(
    service: &ServiceParams,
    fleet: &FleetState,
    draw: Draw,
    round: Option<&mut u32>,
) -> u32 {
    let servers = service.servers;
    let any = |word| service.first + draw.below(word, servers);
    let load = |server: u32| fleet.loads[server as usize];
    match (service.balancer, round) {
        _ if servers == 1 => service.first,
        (Balancer::RoundRobin, Some(round)) => {
            let server = service.first + *round % servers;
            *round = (*round + 1) % servers;
            server
        }
        (Balancer::Random, _) | (Balancer::RoundRobin, None) => any(2),
        (Balancer::TwoChoices, _) => {
            let one = any(2);
            // The other one is any of the rest.
            let other = service.first + (one - service.first + 1 + draw.below(3, servers - 1)) % servers;
            if load(other) < load(one) { other } else { one }
        }
        (Balancer::LeastRequests, _) => {
            // From a random server on, so that equal loads are chosen equally often.
            let start = draw.below(2, servers);
            let around = (start..servers).chain(0..start);
            let all = around.map(|place| service.first + place);
            all.min_by_key(|server| load(*server)).unwrap_or(service.first)
        }
    }
}
