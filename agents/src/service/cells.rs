//! Cells: the servers of a service in one region, or all servers of a service without regions.
//!
//! The servers of all services are numbered in the order of the services, and of their regions. Each cell
//! has its own controls: limits, health checks and automatic scaling work for each region apart. Units:
//! servers.

use std::ops::Range;

use crate::{
    scenario::{quantity::run_clock::TickLength, root::Scenario},
    service::{control::automation::AutoscaleParams, section::ServiceSection},
};

/// The servers of a service in one region.
#[derive(Debug)]
pub(crate) struct ServiceCell {
    /// The index of the service.
    pub(crate) service: usize,
    /// The index of the region; `None` for a service without regions.
    pub(crate) region: Option<usize>,
    /// The index of its first server among all servers, and their number.
    pub(crate) first: u32,
    pub(crate) servers: u32,
    pub(crate) autoscale: Option<AutoscaleParams>,
}

/// Some servers among those of all services: ranges of their indices.
#[derive(Debug)]
pub(crate) struct ServerSet(Vec<Range<u32>>);

impl ServerSet {
    /// Returns whether a server is among them.
    pub(crate) fn contains(&self, server: u32) -> bool {
        self.0.iter().any(|range| range.contains(&server))
    }

    /// Returns the servers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        self.0.iter().cloned().flatten()
    }
}

impl ServiceCell {
    /// Returns the cells of all services, in their order, and for each service the range of its cells.
    pub(crate) fn all(scenario: &Scenario) -> (Vec<Self>, Vec<Range<usize>>) {
        let mut cells: Vec<Self> = Vec::new();
        let mut first = 0;
        let ranges = scenario
            .service
            .iter()
            .enumerate()
            .map(|(number, section)| {
                let start = cells.len();
                for (region, servers) in parts(section, scenario) {
                    cells.push(Self {
                        service: number,
                        region,
                        first,
                        servers,
                        autoscale: autoscale(section, servers, scenario.tick()),
                    });
                    first += servers;
                }
                start..cells.len()
            });
        let ranges = ranges.collect();
        (cells, ranges)
    }

    /// Returns the servers that something concerns: of the cells of a service that are in one of some
    /// regions, at most so many of each cell.
    pub(crate) fn servers_in(
        cells: &[Self],
        service: usize,
        regions: &[bool],
        most: Option<u32>,
    ) -> ServerSet {
        let meant = cells
            .iter()
            .filter(|cell| cell.service == service && cell.is_in(regions));
        let ranges = meant.map(|cell| {
            let servers = most.map_or(cell.servers, |most| most.min(cell.servers));
            cell.first..cell.first + servers
        });
        ServerSet(ranges.collect())
    }

    /// Returns whether it is in one of some regions: those with `true`. A cell without a region is, too.
    pub(crate) fn is_in(&self, regions: &[bool]) -> bool {
        self.region.is_none_or(|region| regions[region])
    }
}

/// Returns for each region of the users whether it is among some names; without names, all are.
pub(crate) fn named_regions(scenario: &Scenario, names: &[String]) -> Vec<bool> {
    let regions = scenario.population.region.iter();
    regions
        .map(|region| names.is_empty() || names.contains(&region.name))
        .collect()
}

/// Returns the regions of a service with the servers in each: in proportion to the shares, rounded so that
/// the sum is right, and at least one.
fn parts(section: &ServiceSection, scenario: &Scenario) -> Vec<(Option<usize>, u32)> {
    if section.region.is_empty() {
        return vec![(None, section.servers)];
    }
    let named = section.region.iter().filter_map(|one| {
        let mut regions = scenario.population.region.iter();
        let region = regions.position(|region| region.name == one.name)?;
        Some((region, one.share.get()))
    });
    let named: Vec<(usize, f64)> = named.collect();
    let rest = section.servers.saturating_sub(named.len() as u32);
    let mut sum = 0.0;
    let mut given = 0;
    let parts = named.iter().map(|(region, share)| {
        // Each has one; the others are divided at the sums of the shares.
        sum += share;
        let until = (sum.min(1.0) * f64::from(rest)).round() as u32;
        let servers = 1 + until - given;
        given = until;
        (Some(*region), servers)
    });
    parts.collect()
}

/// Returns the automatic scaling of a cell: its part of that of the service.
fn autoscale(section: &ServiceSection, servers: u32, tick: TickLength) -> Option<AutoscaleParams> {
    let all = u64::from(section.servers.max(1));
    let part = |count: u32| {
        let part = (u64::from(count) * u64::from(servers) + all / 2) / all;
        (part as u32).clamp(1, servers)
    };
    let scale = section.autoscale.as_ref()?;
    Some(AutoscaleParams::new(scale, part, tick))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        population::section::Region, scenario::quantity::share::Share,
        service::section::ServiceRegion,
    };

    #[test]
    fn servers_are_divided_by_shares_and_every_region_has_one() {
        let region = |name: &str| Region {
            name: name.into(),
            ..Region::default()
        };
        let part = |name: &str, share: f64| ServiceRegion {
            name: name.into(),
            share: Share::new(share).unwrap(),
        };
        let mut scenario = Scenario::default();
        scenario.population.region = ["west", "east", "south"].map(region).into();
        let divided = |servers, parts: &[(&str, f64)]| {
            let mut scenario = scenario.clone();
            let service = |servers| ServiceSection {
                servers,
                ..ServiceSection::default()
            };
            let mut regional = service(servers);
            regional.region = parts
                .iter()
                .map(|(name, share)| part(name, *share))
                .collect();
            scenario.service = vec![service(7), regional, service(2)];
            let (cells, ranges) = ServiceCell::all(&scenario);
            assert_eq!((ranges[0].clone(), ranges[2].len()), (0..1, 1));
            let found = &cells[ranges[1].clone()];
            assert_eq!(found[0].first, 7);
            let numbered = found
                .windows(2)
                .all(|pair| pair[0].first + pair[0].servers == pair[1].first);
            assert!(numbered, "{found:?}");
            found
                .iter()
                .map(|cell| (cell.region, cell.servers))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            divided(13, &[("south", 0.5), ("west", 0.3), ("east", 0.2)]),
            [(Some(2), 6), (Some(0), 4), (Some(1), 3)]
        );
        // Ten servers more, of which all but a hundredth are in one region.
        assert_eq!(
            divided(12, &[("west", 0.99), ("east", 0.01)]),
            [(Some(0), 11), (Some(1), 1)]
        );
        assert_eq!(divided(5, &[]), [(None, 5)]);
    }
}
