//! Checks of regions: those of services, sources, faults and deeds.

use std::collections::BTreeSet;

use crate::{
    population::check::unknown_region,
    scenario::{parameter::check::Remark, root::Scenario},
    service::{
        control::section::DeedKind,
        section::{ServiceRegion, ServiceSection},
    },
};

/// The greatest difference of a sum of shares from 1.
const ROUNDING: f64 = 1e-6;

/// Returns a remark for each contradiction, and for each region without effect.
pub(crate) fn check_regions(scenario: &Scenario) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (number, service) in scenario.service.iter().enumerate() {
        let path = |key: &str| format!("service.{number}.{key}");
        if service.region.is_empty() {
            if !service.fail_over {
                let message = "has no effect: the service has no regions";
                remarks.push(Remark::warning(path("fail_over"), message));
            }
            continue;
        }
        remarks.extend(check_shares(service, &path("region")));
        for (place, region) in service.region.iter().enumerate() {
            let path = path(&format!("region.{place}.name"));
            remarks.extend(unknown_region(scenario, &path, &region.name));
        }
    }
    for (number, source) in scenario.source.iter().enumerate() {
        let Some(region) = &source.region else {
            continue;
        };
        let path = format!("source.{number}.region");
        remarks.extend(unknown_region(scenario, &path, region));
        remarks.extend(without_servers(scenario, path, &source.service, region));
    }
    for (number, fault) in scenario.trigger.service.iter().enumerate() {
        for region in &fault.regions {
            let path = format!("trigger.service.{number}.regions");
            remarks.extend(unknown_region(scenario, &path, region));
            remarks.extend(without_servers(scenario, path, &fault.service, region));
        }
    }
    for (number, deed) in scenario.operator.service.iter().enumerate() {
        for region in &deed.regions {
            let path = format!("operator.service.{number}.regions");
            remarks.extend(unknown_region(scenario, &path, region));
            if deed.deed != DeedKind::LetIn {
                remarks.extend(without_servers(scenario, path, &deed.service, region));
            }
        }
    }
    remarks
}

fn check_shares(service: &ServiceSection, path: &str) -> Vec<Remark> {
    let regions = &service.region;
    let mut remarks = Vec::new();
    let sum: f64 = regions.iter().map(|region| region.share.get()).sum();
    if (sum - 1.0).abs() > ROUNDING {
        let message = format!("have shares that add up to {sum:.4} and not to 1");
        remarks.push(Remark::error(path, message));
    }
    let names: BTreeSet<&str> = regions.iter().map(name).collect();
    if names.len() < regions.len() {
        remarks.push(Remark::error(path, "name a region twice"));
    }
    if service.servers < regions.len() as u32 {
        let message = format!(
            "are {} regions, but the service has only {} servers: each region needs one",
            regions.len(),
            service.servers
        );
        remarks.push(Remark::error(path, message));
    }
    remarks
}

fn name(region: &ServiceRegion) -> &str {
    &region.name
}

/// Returns a warning if a service has no servers of its own in a region.
fn without_servers(
    scenario: &Scenario,
    path: String,
    service: &str,
    region: &str,
) -> Option<Remark> {
    let index = ServiceSection::index_of(&scenario.service, service)?;
    let regions: Vec<&str> = scenario.service[index].region.iter().map(name).collect();
    if regions.contains(&region) {
        return None;
    }
    let message = match regions.as_slice() {
        [] => format!("has no effect: {service} has no regions (service.region)"),
        regions => format!(
            "has no effect for {region}: {service} has servers in {}",
            regions.join(", ")
        ),
    };
    Some(Remark::warning(path, message))
}
