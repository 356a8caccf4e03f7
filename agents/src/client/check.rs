//! Checks of the client's parameters that need the whole scenario.

use crate::scenario::{
    parameter::check::{Remark, max_below_min},
    root::Scenario,
};

/// Returns a remark for each contradiction or doubtful value.
pub(crate) fn check_client(scenario: &Scenario) -> Vec<Remark> {
    let client = &scenario.client;
    let mut remarks = Vec::new();
    remarks.extend(max_below_min(
        ("client.keep_alive_min", client.keep_alive_min),
        ("client.keep_alive_max", client.keep_alive_max),
    ));
    remarks.extend(max_below_min(
        ("client.crash.restart_min", client.crash.restart_min),
        ("client.crash.restart_max", client.crash.restart_max),
    ));
    remarks.extend(max_below_min(
        ("client.calls.notice_min", client.calls.notice_min),
        ("client.calls.notice_max", client.calls.notice_max),
    ));
    let pause = &client.retry.exponential;
    remarks.extend(max_below_min(
        ("client.retry.exponential.base", pause.base),
        ("client.retry.exponential.cap", pause.cap),
    ));
    if client.retry.budget.tokens > 0 && scenario.overlay.enabled {
        remarks.push(Remark::error(
            "client.retry.budget.tokens",
            "works only without an overlay: set it to 0, or set overlay.enabled = false",
        ));
    }
    let always_on = scenario.population.always_on_share.get();
    if client.retry.give_up > 0 && always_on > 0.0 {
        let percent = (always_on * 1000.0).round() / 10.0;
        remarks.push(Remark::warning(
            "client.retry.give_up",
            format!(
                "does not apply to the {percent} % of the regular users whose machine is always on \
                 (population.always_on_share): they have no next session, so their clients never give up"
            ),
        ));
    }
    if client.bootstrap_probes > client.probes {
        remarks.push(Remark::error(
            "client.bootstrap_probes",
            format!("is above client.probes = {}", client.probes),
        ));
    }
    if client.calls.busy_share.get() >= 0.5 {
        remarks.push(Remark::error(
            "client.calls.busy_share",
            "must be below 0.5",
        ));
    }
    remarks
}
