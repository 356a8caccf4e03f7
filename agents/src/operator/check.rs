//! Checks of the operator's actions that need the whole scenario.

use crate::{
    operator::section::ActionKind,
    scenario::{parameter::check::Remark, root::Scenario},
};

/// The maximum number of users and machines: the limit of the engine, minus 2^17 actors for servers.
const MOST_ACTORS: u64 = u32::MAX as u64 - (1 << 17);

/// Returns a remark for each contradiction or doubtful value.
pub(crate) fn check_operator(scenario: &Scenario) -> Vec<Remark> {
    let operator = &scenario.operator;
    let mut remarks = Vec::new();
    let outside = "is outside the run: this entry has no effect";
    let mut actors = scenario.population.users;
    for (index, attempt) in operator.force_supernodes.iter().enumerate() {
        actors = actors.saturating_add(attempt.count);
        if !scenario.run.covers(attempt.at) {
            let path = format!("operator.force_supernodes.{index}.at");
            remarks.push(Remark::warning(path, outside));
        }
    }
    for (index, action) in operator.action.iter().enumerate() {
        actors = actors.saturating_add(action.count);
        if action.deed == ActionKind::LoginAdmission && action.factor > 1.0 {
            let path = format!("operator.action.{index}.factor");
            remarks.push(Remark::error(
                path,
                "is above 1; with deed = \"login-admission\" it is a share",
            ));
        }
        if action
            .not_before
            .is_some_and(|instant| !scenario.run.covers(instant))
        {
            let path = format!("operator.action.{index}.not_before");
            remarks.push(Remark::warning(path, outside));
        }
    }
    if actors > MOST_ACTORS {
        remarks.push(Remark::error(
            "operator.force_supernodes",
            format!("with operator.action and population.users gives {actors} actors; the maximum is {MOST_ACTORS}"),
        ));
    }
    if operator
        .restart_overlay
        .at
        .is_some_and(|instant| !scenario.run.covers(instant))
    {
        remarks.push(Remark::warning("operator.restart_overlay.at", outside));
    }
    remarks
}
