//! Checks of the population, its calendar and its versions that need the whole scenario.

use crate::{
    population::{
        activity::Activity,
        section::{Population, Version},
    },
    scenario::{
        parameter::check::{Remark, max_below_min},
        root::{MIN_USERS, Scenario},
    },
};

/// Returns a remark for each contradiction or doubtful value.
pub(crate) fn check_population(scenario: &Scenario) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let population = &scenario.population;
    let total: f64 = population
        .region
        .iter()
        .map(|region| region.share.get())
        .sum();
    if population.region.is_empty() {
        remarks.push(Remark::error(
            "population.region",
            "is empty; at least one region is required",
        ));
    } else if population.region.len() > 255 {
        remarks.push(Remark::error(
            "population.region",
            "has more than 255 entries",
        ));
    } else if (total - 1.0).abs() > 1e-6 {
        let last = population.region.len() - 1;
        remarks.push(Remark::error(
            format!("population.region.{last}.share"),
            format!("makes the sum of the shares of all regions {total}; it must be 1"),
        ));
    }
    if population.users < MIN_USERS {
        remarks.push(Remark::error(
            "population.users",
            format!("is below {MIN_USERS}, the fewest of a network"),
        ));
    }
    remarks.extend(check_versions(population));
    let sessions = &population.sessions;
    remarks.extend(max_below_min(
        ("population.sessions.long_min", sessions.long_min),
        ("population.sessions.long_max", sessions.long_max),
    ));
    remarks.extend(max_below_min(
        ("population.sessions.short_min", sessions.short_min),
        ("population.sessions.short_max", sessions.short_max),
    ));
    if sessions.hourly.iter().sum::<f64>() <= 0.0 {
        remarks.push(Remark::error(
            "population.sessions.hourly",
            "has only zero weights",
        ));
    }
    remarks.extend(max_below_min(
        ("population.restart_min", population.restart_min),
        ("population.restart_max", population.restart_max),
    ));
    if remarks.is_empty() {
        let needed = Activity::participation_needed(scenario);
        if needed > 1.0 {
            remarks.push(Remark::error(
                "population.online_share",
                format!(
                    "needs {needed:.2} sessions per day of each regular user, but at most 1 is possible: lower it or raise \
                     population.regular_share"
                ),
            ));
        }
        let eligible = population.users as f64
            * population.regular_share.get()
            * population.always_on_share.get()
            * population.eligible_share.get();
        let core = scenario.overlay.core.supernodes as f64;
        if scenario.overlay.enabled && eligible < core {
            remarks.push(Remark::warning(
                "population.eligible_share",
                format!("leaves about {eligible:.0} eligible machines for {core:.0} supernodes"),
            ));
        }
    }
    remarks.extend(check_holidays(scenario));
    remarks
}

/// Returns an error for each holiday that names an unknown region.
fn check_holidays(scenario: &Scenario) -> Vec<Remark> {
    let regions = &scenario.population.region;
    let known: Vec<&str> = regions.iter().map(|region| region.name.as_str()).collect();
    let mut remarks = Vec::new();
    for (index, holiday) in scenario.calendar.holiday.iter().enumerate() {
        for name in &holiday.regions {
            if !known.contains(&name.as_str()) {
                remarks.push(Remark::error(
                    format!("calendar.holiday.{index}.regions"),
                    format!(
                        "has the unknown region `{name}`; the regions are {}",
                        known.join(", ")
                    ),
                ));
            }
        }
    }
    remarks
}

/// Returns an error for each kind of version shares, of all clients and of hosts, whose sum is not 1.
fn check_versions(population: &Population) -> Vec<Remark> {
    let versions = &population.version;
    let Some(last) = versions.len().checked_sub(1) else {
        return Vec::new();
    };
    let host = |version: &Version| version.host_share.unwrap_or(version.share).get();
    let sums = [
        (
            "share",
            versions.iter().map(|one| one.share.get()).sum::<f64>(),
        ),
        ("host_share", versions.iter().map(host).sum::<f64>()),
    ];
    let wrong = sums.into_iter().filter(|(_, sum)| (sum - 1.0).abs() > 1e-6);
    wrong
        .map(|(key, sum)| {
            Remark::error(
                format!("population.version.{last}.{key}"),
                format!("makes the sum over all versions {sum}; it must be 1"),
            )
        })
        .collect()
}
