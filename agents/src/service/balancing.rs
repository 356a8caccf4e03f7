//! How a sender chooses one of the servers of a service.
//!
//! The choice is a draw of the sender, who knows the loads at the end of the tick before. Units:
//! requests.

use patchday_core::Draw;

use crate::service::{
    control::fleet_state::FleetState,
    params::{FleetParams, ServiceParams},
    section::Balancer,
};

/// Returns the index of the server that gets a request to service `number` from a sender in a region;
/// `None` if no server gets requests from there. With `round`, the count of its requests, a sender chooses
/// the servers in turn if the balancer is round robin; without it, at random. Words 1 to 3 of the draw are
/// used.
pub(crate) fn choose(
    params: &FleetParams,
    number: usize,
    home: Option<usize>,
    fleet: &FleetState,
    draw: Draw,
    round: Option<&mut u32>,
) -> Option<u32> {
    let service = &params.services[number];
    let cell = choose_cell(params, service, home, fleet, draw)?;
    let members = fleet.controls[cell].members.as_slice();
    let count = members.len() as u32;
    let load = |server: u32| fleet.loads[server as usize];
    let place = match (service.balancer, round) {
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

/// Returns the cell of the sender's region if it has servers that get requests; otherwise any cell that
/// has, in proportion to them, if the service fails over or the sender is in none of its regions.
fn choose_cell(
    params: &FleetParams,
    service: &ServiceParams,
    home: Option<usize>,
    fleet: &FleetState,
    draw: Draw,
) -> Option<usize> {
    let mut cells = service.cells.clone();
    if cells.len() <= 1 {
        return cells.next();
    }
    let members = |cell: usize| fleet.controls[cell].members.len() as u32;
    let own = home.and_then(|home| {
        cells
            .clone()
            .find(|cell| params.cells[*cell].region == Some(home))
    });
    if let Some(own) = own
        && (members(own) > 0 || !service.fail_over)
    {
        return Some(own);
    }
    let all = cells.clone().map(members).sum::<u32>();
    if all == 0 {
        return None;
    }
    let mut place = draw.below(1, all);
    cells.find(|cell| {
        let is_here = place < members(*cell);
        place = place.wrapping_sub(members(*cell));
        is_here
    })
}
