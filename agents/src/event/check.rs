//! Checks of the triggers that need the whole scenario: regions, the length of the run, and triggers
//! without effect. Units: ticks.

use std::fmt::Display;

use crate::{
    event::mass_event::MassEvent,
    population::check::unknown_region,
    scenario::{
        parameter::check::{Remark, max_below_min},
        quantity::{instant::Instant, span::Span},
        root::Scenario,
    },
    server::kind::ServerKind,
};

/// The maximum number of entries of a list of triggers or actions.
pub(crate) const MOST_ENTRIES: usize = 10_000;

/// Returns a remark for each contradiction or doubtful value.
pub(crate) fn check_triggers(scenario: &Scenario) -> Vec<Remark> {
    let mut remarks = check_patch_day(scenario);
    remarks.extend(check_counts(scenario));
    remarks.extend(check_regions(scenario));
    for (index, push) in scenario.trigger.configuration_push.iter().enumerate() {
        let path = |key| format!("trigger.configuration_push.{index}.{key}");
        remarks.extend(max_below_min(
            (&path("repair_min"), push.repair_min),
            (&path("repair_max"), push.repair_max),
        ));
    }
    remarks.extend(check_times(scenario));
    remarks.extend(check_effects(scenario));
    remarks
}

fn check_patch_day(scenario: &Scenario) -> Vec<Remark> {
    let patch = &scenario.trigger.patch_day;
    let mut remarks: Vec<Remark> = max_below_min(
        ("trigger.patch_day.check_in_min", patch.check_in_min),
        ("trigger.patch_day.check_in_max", patch.check_in_max),
    )
    .into_iter()
    .collect();
    if patch
        .release
        .is_some_and(|instant| !scenario.run.covers(instant))
    {
        remarks.push(Remark::warning(
            "trigger.patch_day.release",
            "is outside the run: the patch is not released",
        ));
    }
    remarks
}

/// Returns an error for each list that is too long.
fn check_counts(scenario: &Scenario) -> Vec<Remark> {
    let trigger = &scenario.trigger;
    let counts = [
        ("server", trigger.server.len()),
        ("supernode_loss", trigger.supernode_loss.len()),
        ("sign_out", trigger.sign_out.len()),
        ("power_cut", trigger.power_cut.len()),
        ("region_cut", trigger.region_cut.len()),
        ("configuration_push", trigger.configuration_push.len()),
        ("login_flood", trigger.login_flood.len()),
        ("traffic_peak", trigger.traffic_peak.len()),
    ];
    let counts = counts.into_iter();
    counts
        .filter_map(|(kind, count)| too_many(format!("trigger.{kind}"), count))
        .collect()
}

/// Returns an error if a list has too many entries.
pub(crate) fn too_many(path: String, count: usize) -> Option<Remark> {
    let message = format!("has {count} entries; the maximum is {MOST_ENTRIES}");
    (count > MOST_ENTRIES).then(|| Remark::error(path, message))
}

/// Returns an error for each trigger that names an unknown region.
fn check_regions(scenario: &Scenario) -> Vec<Remark> {
    let trigger = &scenario.trigger;
    let mut named: Vec<(&str, usize, &[String])> = Vec::new();
    macro_rules! add {
        ($kind:ident) => {
            for (index, one) in trigger.$kind.iter().enumerate() {
                named.push((stringify!($kind), index, &one.regions));
            }
        };
    }
    add!(sign_out);
    add!(power_cut);
    add!(region_cut);
    add!(configuration_push);
    let unknown = named.into_iter().filter_map(|(kind, index, names)| {
        let path = format!("trigger.{kind}.{index}.regions");
        let mut names = names.iter();
        names.find_map(|name| unknown_region(scenario, &path, name))
    });
    unknown.collect()
}

/// Returns a warning for each trigger that begins outside the run.
fn check_times(scenario: &Scenario) -> Vec<Remark> {
    let (trigger, run) = (&scenario.trigger, &scenario.run);
    let clock = run.clock();
    let ends =
        |at: Instant, lasts: Span| clock.ticks_until(at) + i64::from(clock.tick.ticks(lasts));
    let mut times: Vec<(&str, usize, Instant, i64)> = Vec::new();
    macro_rules! add {
        ($kind:ident, $ends:expr) => {
            for (index, one) in trigger.$kind.iter().enumerate() {
                times.push((stringify!($kind), index, one.at, $ends(one)));
            }
        };
    }
    add!(server, |one: &crate::event::section::ServerTrouble| ends(
        one.at, one.lasts
    ));
    add!(login_flood, |one: &crate::event::section::LoginFlood| ends(
        one.at, one.lasts
    ));
    add!(traffic_peak, |one: &crate::event::section::TrafficPeak| {
        ends(one.at, one.lasts)
    });
    add!(service, |one: &crate::service::section::ServiceFault| ends(
        one.at, one.lasts
    ));
    add!(supernode_loss, |_| 0);
    let mut mass_events = MassEvent::all(scenario)
        .into_iter()
        .map(|event| event.ends());
    let mut next = || mass_events.next().unwrap_or(0);
    // The order of the mass events.
    add!(sign_out, |_| next());
    add!(power_cut, |_| next());
    add!(region_cut, |_| next());
    add!(configuration_push, |_| next());
    let warnings = times.into_iter().filter_map(|(kind, index, at, ends)| {
        let message = if at >= run.end {
            "is not before the end of the run: this trigger has no effect"
        } else if at >= run.start {
            return None;
        } else if ends > 0 {
            "is before the start of the run: this trigger acts from the start until it ends"
        } else {
            "is before the start of the run, and so is its end: this trigger has no effect"
        };
        Some(Remark::warning(
            format!("trigger.{kind}.{index}.at"),
            message,
        ))
    });
    warnings.collect()
}

/// Returns a warning for each trigger that has no effect because of its size or of what is switched off.
fn check_effects(scenario: &Scenario) -> Vec<Remark> {
    let trigger = &scenario.trigger;
    let mut remarks = Vec::new();
    let mut warn = |kind: &str, index: usize, key: &str, message: &dyn Display| {
        remarks.push(Remark::warning(
            format!("trigger.{kind}.{index}.{key}"),
            message.to_string(),
        ));
    };
    for (index, one) in trigger.server.iter().enumerate() {
        if one.factor == 1.0 {
            warn("server", index, "factor", &"changes nothing");
        }
        if let Some(key) = switched_off(scenario, one.server) {
            let message = format!("is without effect, because {key} = false");
            warn("server", index, "server", &message);
        }
    }
    for (index, one) in trigger.traffic_peak.iter().enumerate() {
        if one.factor == 1.0 {
            warn("traffic_peak", index, "factor", &"changes nothing");
        } else if let Some(key) = switched_off(scenario, ServerKind::OfflineMessages) {
            let message = format!("is without effect, because {key} = false");
            warn("traffic_peak", index, "factor", &message);
        }
    }
    for (index, one) in trigger.login_flood.iter().enumerate() {
        if one.rate.per_second() == 0.0 {
            warn("login_flood", index, "rate", &"has no logins");
        }
    }
    for (index, one) in trigger.supernode_loss.iter().enumerate() {
        if !scenario.overlay.enabled {
            let message = "is without effect, because overlay.enabled = false";
            warn("supernode_loss", index, "share", &message);
        } else if one.share.get() == 0.0 {
            warn("supernode_loss", index, "share", &"affects no supernode");
        }
    }
    for (index, one) in trigger.sign_out.iter().enumerate() {
        if one.share.get() == 0.0 {
            warn("sign_out", index, "share", &"affects no client");
        }
    }
    for (index, one) in trigger.configuration_push.iter().enumerate() {
        if one.share.get() == 0.0 {
            warn("configuration_push", index, "share", &"affects no client");
        }
    }
    remarks
}

/// Returns the key that switches a kind of server off, if it is switched off in the scenario.
pub(crate) fn switched_off(scenario: &Scenario, kind: ServerKind) -> Option<&'static str> {
    let servers = &scenario.servers;
    let (on, key) = match kind {
        ServerKind::Login | ServerKind::Presence | ServerKind::Chat => return None,
        ServerKind::OfflineMessages => (servers.offline_messages.on, "servers.offline_messages.on"),
        ServerKind::Gateway => (servers.gateway.on, "servers.gateway.on"),
        ServerKind::Manager => (servers.manager.on, "servers.manager.on"),
        ServerKind::GroupVideo => (servers.group_video.on, "servers.group_video.on"),
    };
    (!on).then_some(key)
}
