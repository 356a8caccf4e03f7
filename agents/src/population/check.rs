//! Checks of the population, its calendar and its versions that need the whole scenario.

use crate::{
    population::{
        ordinary_day::OrdinaryDay,
        section::{Population, Version},
        session_profile::{MAX_SESSIONS, day_factor},
    },
    scenario::{
        parameter::check::{Remark, max_below_min},
        root::{MIN_USERS, Scenario},
    },
};

/// A peak may be above what is possible by this factor: restarts of always-on machines are not counted
/// against a population that is online all the time.
const REACHABLE: f64 = 1.001;

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
    for (index, region) in population.region.iter().enumerate() {
        let earlier = &population.region[..index];
        if let Some(first) = earlier.iter().position(|one| one.name == region.name) {
            remarks.push(Remark::error(
                format!("population.region.{index}.name"),
                format!("is also the name of region {first}; each region needs a name of its own"),
            ));
        }
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
        remarks.extend(check_sessions(scenario));
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

/// Returns an error if no number of sessions gives `population.online_share`, or if a day of the calendar
/// needs too many.
fn check_sessions(scenario: &Scenario) -> Vec<Remark> {
    let population = &scenario.population;
    let target = population.online_share.get();
    let day = OrdinaryDay::new(scenario);
    if population.always_on_share.get() == 1.0 {
        // No user has sessions, so no number of sessions a day can give the share.
        let differs =
            target * REACHABLE < day.always_online || target > day.always_online * REACHABLE;
        return if differs {
            vec![Remark::warning(
                "population.online_share",
                format!(
                    "has no effect: all machines in use are always on, so {:.4} of all users are online at any \
                     time (regular_share = {}, less restarts)",
                    day.always_online,
                    population.regular_share.get()
                ),
            )]
        } else {
            Vec::new()
        };
    }
    if target < day.always_online {
        return vec![Remark::error(
            "population.online_share",
            format!(
                "is below {:.4}, the share of all users who are online at any time because their machines are always on \
                 (regular_share = {} times always_on_share = {}, less restarts): raise it, or lower \
                 population.always_on_share",
                day.always_online,
                population.regular_share.get(),
                population.always_on_share.get(),
            ),
        )];
    }
    let most = day.most_online();
    // Machines that are always on may be as many as the users online, although they restart at times.
    if target > most * REACHABLE {
        return vec![Remark::error(
            "population.online_share",
            format!(
                "is above {most:.4}, the share of all users who are online at the peak with {MAX_SESSIONS} sessions \
                 a day of each user: lower it, raise population.regular_share, or make the sessions longer"
            ),
        )];
    }
    let sessions = day.sessions();
    let limit = f64::from(MAX_SESSIONS);
    let weekdays = &scenario.calendar.weekdays;
    if let Some(most) = weekdays.iter().copied().reduce(f64::max)
        && sessions * most > limit
    {
        return vec![Remark::error(
            "calendar.weekdays",
            format!(
                "needs {:.1} sessions of a user on the busiest day of the week, {most} times the {sessions:.1} of an \
                 ordinary weekday, but at most {MAX_SESSIONS} are possible: lower the factor, or make the sessions longer",
                sessions * most
            ),
        )];
    }
    let mut remarks = Vec::new();
    for (index, holiday) in scenario.calendar.holiday.iter().enumerate() {
        let regions = population
            .region
            .iter()
            .filter(|region| holiday.regions.is_empty() || holiday.regions.contains(&region.name));
        let factors =
            regions.map(|region| day_factor(scenario, &region.name, holiday.day.days().into()));
        let needed = sessions * factors.fold(0.0, f64::max);
        if needed > limit {
            remarks.push(Remark::error(
                format!("calendar.holiday.{index}.factor"),
                format!(
                    "needs {needed:.1} sessions of a user on {}, but at most {MAX_SESSIONS} are possible: lower it, or \
                     make the sessions longer",
                    holiday.day
                ),
            ));
        }
    }
    remarks
}

/// Returns an error for each holiday that names an unknown region.
fn check_holidays(scenario: &Scenario) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (index, holiday) in scenario.calendar.holiday.iter().enumerate() {
        let path = format!("calendar.holiday.{index}.regions");
        let names = holiday.regions.iter();
        remarks.extend(names.filter_map(|name| unknown_region(scenario, &path, name)));
    }
    remarks
}

/// Returns an error at `path` if the users have no region of this name.
pub(crate) fn unknown_region(scenario: &Scenario, path: &str, name: &str) -> Option<Remark> {
    let regions = scenario.population.region.iter();
    let known: Vec<&str> = regions.map(|region| region.name.as_str()).collect();
    (!known.contains(&name)).then(|| {
        let message = format!(
            "has the unknown region `{name}`; the regions are {}",
            known.join(", ")
        );
        Remark::error(path, message)
    })
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
