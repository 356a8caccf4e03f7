//! How a sender chooses one of the servers of a service.
//!
//! The choice is a draw of the sender, who knows the loads at the end of the tick before. Units:
//! requests.

use patchday_core::Draw;

use crate::service::{control::fleet_state::FleetState, params::ServiceParams, section::Balancer};

/// Returns the index of the server that gets a request to service `number`; `None` if none of them gets
/// requests. With `round`, the count of its requests, a sender chooses the servers in turn if the balancer
/// is round robin; without it, at random. Words 2 and 3 of the draw are used.
pub(crate) fn choose(
    services: &[ServiceParams],
    number: usize,
    fleet: &FleetState,
    draw: Draw,
    round: Option<&mut u32>,
) -> Option<u32> {
    let members = fleet.controls[number].members.as_slice();
    let count = members.len() as u32;
    let load = |server: u32| fleet.loads[server as usize];
    let place = match (services[number].balancer, round) {
        _ if count <= 1 => 0,
        (Balancer::RoundRobin, Some(round)) => {
            let place = *round % count;
            *round = place + 1;
            place
        }
        (Balancer::Random, _) | (Balancer::RoundRobin, None) => draw.below(2, count),
        (Balancer::TwoChoices, _) => {
            let one = draw.below(2, count);
            // The other one is any of the rest.
            let other = (one + 1 + draw.below(3, count - 1)) % count;
            let load = |place: u32| load(members[place as usize]);
            if load(other) < load(one) { other } else { one }
        }
        (Balancer::LeastRequests, _) => {
            // From a random server on, so that equal loads are chosen equally often.
            let start = draw.below(2, count);
            let around = (start..count).chain(0..start);
            let least = around.min_by_key(|place| load(members[*place as usize]));
            least.unwrap_or(0)
        }
    };
    members.get(place as usize).copied()
}
