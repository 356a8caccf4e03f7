//! Checks of the operator's actions that need the whole scenario.

use crate::{
    event::check::{switched_off, too_many},
    operator::section::{Action, ActionKind, Gauge},
    scenario::{parameter::check::Remark, root::Scenario},
    server::kind::ServerKind,
};

/// The maximum number of users and machines: the limit of the engine, minus 2^17 actors for servers.
const MOST_ACTORS: u64 = u32::MAX as u64 - (1 << 17);

/// Why an entry has no effect.
const OUTSIDE: &str = "is outside the run: this entry has no effect";
const NO_OVERLAY: &str = "is without effect, because overlay.enabled = false";

/// Returns a remark for each contradiction or doubtful value.
pub(crate) fn check_operator(scenario: &Scenario) -> Vec<Remark> {
    let operator = &scenario.operator;
    let mut remarks = Vec::new();
    let lists = [
        ("force_supernodes", operator.force_supernodes.len()),
        ("action", operator.action.len()),
    ];
    remarks.extend(
        lists
            .into_iter()
            .filter_map(|(list, count)| too_many(format!("operator.{list}"), count)),
    );
    for (index, attempt) in operator.force_supernodes.iter().enumerate() {
        let path = |key| format!("operator.force_supernodes.{index}.{key}");
        if !scenario.run.covers(attempt.at) {
            remarks.push(Remark::warning(path("at"), OUTSIDE));
        }
        if !scenario.overlay.enabled {
            remarks.push(Remark::warning(path("count"), NO_OVERLAY));
        } else if attempt.count == 0 {
            remarks.push(Remark::warning(path("count"), "adds no machine"));
        } else if attempt.rate.per_second() == 0.0 {
            remarks.push(Remark::warning(path("rate"), "adds no machine"));
        }
    }
    for (index, action) in operator.action.iter().enumerate() {
        remarks.extend(check_action(scenario, index, action));
    }
    let actors = scenario
        .population
        .users
        .saturating_add(operator.machines());
    if actors > MOST_ACTORS {
        remarks.push(Remark::error(
            "operator.force_supernodes",
            format!("with operator.action and population.users gives {actors} actors; the maximum is {MOST_ACTORS}"),
        ));
    }
    if let Some(at) = operator.restart_overlay.at {
        let message = match (scenario.run.covers(at), scenario.overlay.enabled) {
            (false, _) => Some(OUTSIDE),
            (true, false) => Some(NO_OVERLAY),
            (true, true) => None,
        };
        remarks
            .extend(message.map(|message| Remark::warning("operator.restart_overlay.at", message)));
    }
    remarks
}

/// Returns remarks about an entry of the playbook.
fn check_action(scenario: &Scenario, index: usize, action: &Action) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let path = |key| format!("operator.action.{index}.{key}");
    let mut warn = |key, message: &str| remarks.push(Remark::warning(path(key), message));
    if let Some(instant) = action.not_before {
        let run = &scenario.run;
        if instant >= run.end {
            warn("not_before", OUTSIDE);
        } else if instant < run.start {
            warn(
                "not_before",
                "is before the start of the run: the action can take place from the start on",
            );
        }
    }
    let off = |kind| {
        let key = switched_off(scenario, kind)?;
        Some(format!("is without effect, because {key} = false"))
    };
    let without_overlay = !scenario.overlay.enabled;
    match action.deed {
        ActionKind::AddSupernodes | ActionKind::AddMegaSupernodes => {
            if without_overlay {
                warn("deed", NO_OVERLAY);
            } else if action.count == 0 {
                warn("count", "adds no machine");
            } else if action.rate.per_second() == 0.0 {
                warn("rate", "adds no machine");
            }
        }
        ActionKind::Retune if without_overlay => warn("deed", NO_OVERLAY),
        ActionKind::OfflineMessagesOff | ActionKind::OfflineMessagesOn => {
            if let Some(message) = off(ServerKind::OfflineMessages) {
                warn("deed", &message);
            }
        }
        ActionKind::GroupVideoOff | ActionKind::GroupVideoOn => {
            if let Some(message) = off(ServerKind::GroupVideo) {
                warn("deed", &message);
            }
        }
        ActionKind::LoginRate if action.factor == 1.0 => {
            warn("factor", "changes nothing with deed = \"login-rate\"");
        }
        ActionKind::LoginRate if action.factor == 0.0 => warn(
            "factor",
            "stops the login servers for the rest of the run: no later action changes a rate of 0",
        ),
        ActionKind::LoginRate
        | ActionKind::LoginAdmission
        | ActionKind::ShipFix
        | ActionKind::Retune => {}
    }
    match action.when {
        Gauge::SupernodesBelow if without_overlay => warn(
            "when",
            "refers to supernodes, but there are none with overlay.enabled = false",
        ),
        Gauge::OfflineMessagesWaitAbove if off(ServerKind::OfflineMessages).is_some() => warn(
            "when",
            "is never met, because servers.offline_messages.on = false",
        ),
        _ => {}
    }
    if action.deed == ActionKind::LoginAdmission && action.factor > 1.0 {
        remarks.push(Remark::error(
            path("factor"),
            "is above 1; with deed = \"login-admission\" it is a share",
        ));
    }
    remarks
}
