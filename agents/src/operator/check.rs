//! Checks of the operator's actions that need the whole scenario.

use crate::{
    operator::section::Deed,
    scenario::{parameter::check::Remark, root::Scenario},
};

/// The most actors there can be (the engine's limit), less some for servers.
const MOST_ACTORS: u64 = u32::MAX as u64 - (1 << 17);

/// Returns a remark for each contradiction or doubtful value.
pub(crate) fn check_operator(scenario: &Scenario) -> Vec<Remark> {
    let operator = &scenario.operator;
    let mut remarks = Vec::new();
    let outside = "is outside the run: it will not happen";
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
        if action.deed == Deed::LoginAdmission && action.factor > 1.0 {
            let path = format!("operator.action.{index}.factor");
            remarks.push(Remark::error(path, "is a share here: at most 1"));
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
            format!("and population.users make {actors} actors; at most {MOST_ACTORS} can be"),
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
